"""The exact reader: follows PyYAML's event stream, collects every problem with its place, and finds every field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.reader import Reader, ReaderError

from metricgov.adapters.yaml.scalars import MAX_BYTES, MAX_DEPTH, UNSEEN, resolve, unseen_name
from metricgov.domain.definitions.fields import field_at, item_names
from metricgov.domain.definitions.kinds import NATIVE, Kind
from metricgov.domain.digest import JSON
from metricgov.domain.errors import Place, Problem

CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)
"""What git leaves in a file above the first of two sides that changed the same lines."""

MANY = 50
"""So many hidden characters of a file are reported one by one."""


@dataclass(slots=True)
class Document:
    """What a file holds (None where it holds no mapping), what is wrong with it, and where its fields stand."""

    value: dict[str, JSON] | None = None
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)


@dataclass(slots=True)
class _Node:
    """A value with its place, and for collections the places of what is in them."""

    value: Any
    place: Place
    entries: list[tuple[str, Place, _Node]] = field(default_factory=list)
    items: list[_Node] = field(default_factory=list)


class _Loader(Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """PyYAML's own reader, scanner and parser without composing, so that nothing is built from tags or aliases."""

    def __init__(self, stream: str) -> None:
        Reader.__init__(self, stream)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)

    def check_printable(self, data: Any) -> None:
        """Leave characters to the check that reports all of them."""


def read(data: bytes, path: str) -> Document:
    """Read a file; never raises for any bytes."""
    reading = _Reading(path)
    text = reading.decode(data)
    if text is not None:
        reading.characters(text)
        reading.document(UNSEEN.sub(lambda found: " " if found[0] == "\t" else "x", text))
    reading.result.problems.sort(key=lambda problem: (problem.place.line, problem.place.column))
    return reading.result


class _TooDeep(Exception):
    """Ends the reading: what nests without end costs more than time for every further level."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


class _Reading:
    """One pass over one file."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.result = Document()
        self.events: Iterator[Any] = iter(())

    def problem(self, code: str, message: str, place: Place, hint: str = "") -> None:
        """Note one thing that is wrong."""
        self.result.problems.append(Problem(code, message, place, hint))

    def decode(self, data: bytes) -> str | None:
        """Return the text of a file, None where there is none to read."""
        start = Place(self.path, 1, 1)
        if len(data) > MAX_BYTES:
            self.problem("yaml_too_large", f"the file has {len(data):,} bytes", start, "at most 256 KiB are read")
            return None
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            before = data[: error.start]
            line = before.count(b"\n") + 1
            column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
            place = Place(self.path, line, column)
            self.problem("yaml_not_utf8", "the file is not UTF-8", place, "save it as UTF-8 without byte order mark")
            return None
        if not text.strip():
            self.problem("yaml_empty", "the file is empty", start, "begin with kind: metric")
            return None
        return text

    def characters(self, text: str) -> None:
        """Report characters that nobody sees or that turn the reading order."""
        for count, found in enumerate(UNSEEN.finditer(text)):
            if count == MANY:
                place = _at(self.path, text, found.start())
                self.problem("yaml_hidden_character", "more hidden characters follow", place, "remove them")
                return
            place = _at(self.path, text, found.start())
            self.problem(
                "yaml_hidden_character",
                f"hidden character U+{ord(found[0]):04X} ({unseen_name(found[0])})",
                place,
                "remove it; indent with spaces" if found[0] == "\t" else "remove it",
            )

    def document(self, text: str) -> None:
        """Read the one document of a file."""
        try:
            self.events = iter(_events(text))
            next(self.events)
            start = next(self.events)
            if isinstance(start, yaml.StreamEndEvent):
                self.problem(
                    "yaml_empty", "the file holds only comments", Place(self.path, 1, 1), "begin with kind: metric"
                )
                return
            if start.version or start.tags:
                self.problem(
                    "yaml_directive",
                    "a directive stands before the document",
                    self.place(start),
                    "remove the line that begins with %",
                )
            node = self.node(next(self.events), 1)
            next(self.events)
            extra = next(self.events)
            if not isinstance(extra, yaml.StreamEndEvent):
                self.problem(
                    "yaml_documents",
                    "a second document begins here",
                    self.place(extra),
                    "one file holds one definition",
                )
        except yaml.YAMLError as error:
            self.syntax(error, text)
            return
        except _TooDeep as error:
            self.problem("yaml_too_deep", f"nested deeper than {MAX_DEPTH} levels", error.place, "flatten it")
            return
        if not isinstance(node.value, dict):
            self.problem("yaml_no_mapping", "the file holds no fields", node.place, "write key: value, one a line")
            return
        kind = node.value.get("kind")
        self.result.places[""] = node.entries[0][1] if node.entries else node.place
        self.find(node, "", Kind(kind) if isinstance(kind, str) and kind in NATIVE else None)
        self.result.value = node.value

    def syntax(self, error: yaml.YAMLError, text: str) -> None:
        """Report what the scanner or parser could not read, unless a hidden character there explains it."""
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = Place(self.path, mark.line + 1, mark.column + 1) if mark else Place(self.path, 1, 1)
        if isinstance(error, ReaderError):
            self.problem("yaml_syntax", "cannot be read as YAML", _at(self.path, text, error.position))
            return
        if any(one.place == place for one in self.result.problems):
            return
        said = getattr(error, "problem", None) or "cannot be read as YAML"
        hint = ""
        if (found := CONFLICT.search(text)) and "\n=======\n" in text:
            place = Place(self.path, text.count("\n", 0, found.start()) + 1, 1)
            said, hint = "git left a conflict here", "write what it should be, and remove the lines of <<<, === and >>>"
        elif "mapping values are not allowed" in said:
            said, hint = "a second `: ` on one line", "put the text in quotes, or begin it on a new line after >-"
        elif "cannot start any token" in said:
            said = re.sub(r"found character (.*) that cannot start any token", r"\1 cannot begin a value", said)
            hint = "put the text in quotes"
        elif "expected <block end>" in said:
            said, hint = (
                "the line is not indented like its neighbours",
                "indent the keys of one block alike, with spaces",
            )
        elif "expected '<document start>'" in said:
            said, hint = "the mapping above has ended before this", "indent the line as its neighbours are"
        elif "could not find expected ':'" in said:
            said, hint = "a key without a colon", "write key: value"
        self.problem("yaml_syntax", said, place, hint)

    def place(self, event: Any) -> Place:
        """Return where an event begins."""
        return Place(self.path, event.start_mark.line + 1, event.start_mark.column + 1)

    def node(self, event: Any, depth: int) -> _Node:
        """Return the node that begins with an event, and report what is wrong inside it."""
        place = self.place(event)
        if isinstance(event, yaml.AliasEvent):
            self.problem("yaml_alias", f"*{event.anchor} repeats another value", place, "write the value out")
            return _Node(None, place)
        if event.anchor is not None:
            self.problem(
                "yaml_anchor", f"&{event.anchor} names a value for reuse", place, "remove it, and write values out"
            )
        if event.tag is not None:
            self.problem("yaml_tag", f"{_short(event.tag)} sets a type", place, "remove it; put text in quotes")
        if isinstance(event, yaml.ScalarEvent):
            return _Node(self.scalar(event, place), place)
        if depth > MAX_DEPTH:
            raise _TooDeep(place)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(inner := next(self.events), yaml.SequenceEndEvent):
                items.append(self.node(inner, depth + 1))
            return _Node([item.value for item in items], place, items=items)
        return self.mapping(place, depth)

    def mapping(self, place: Place, depth: int) -> _Node:
        """Return a mapping whose opening has been read."""
        node = _Node({}, place)
        first: dict[str, Place] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            where = self.place(event)
            key_node = self.node(event, depth + 1)
            merge = isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]
            value = self.node(next(self.events), depth + 1)
            if isinstance(event, yaml.AliasEvent):
                continue
            key = key_node.value
            if merge:
                self.problem("yaml_merge", "<< merges another block", where, "write its fields out")
            elif not isinstance(key, str):
                shown = _short(event.value) if isinstance(event, yaml.ScalarEvent) else "a block"
                self.problem("yaml_key", f"{shown} as a key is not text", where, "put the key in quotes")
            elif key in first:
                self.problem(
                    "yaml_duplicate_key",
                    f"{_short(key)} stands here twice, first in line {first[key].line}",
                    where,
                    "keep one",
                )
            else:
                first[key] = where
                node.value[key] = value.value
                node.entries.append((key, where, value))
        return node

    def scalar(self, event: Any, place: Place) -> JSON:
        """Return the value of a scalar by the YAML 1.2 core schema."""
        if event.style is not None or not event.implicit[0]:
            if found := UNSEEN.search(event.value):
                self.problem(
                    "yaml_hidden_character",
                    f"an escape writes hidden character U+{ord(found[0]):04X} ({unseen_name(found[0])})",
                    place,
                    "remove it",
                )
            return str(event.value)
        value, wrong = resolve(event.value)
        if wrong:
            self.problem("yaml_number", f"{_short(event.value)} {wrong}", place, "put it in quotes if it is text")
        return value

    def find(self, node: _Node, at: str, kind: Kind | None) -> None:
        """Note the places of a node's fields."""
        for key, place, inner in node.entries:
            path = f"{at}.{key}" if at else key
            self.result.places[path] = place
            self.find(inner, path, kind)
        if node.items:
            names = item_names(field_at(kind, at) if kind else None, node.value)
            for name, item in zip(names, node.items, strict=True):
                path = f"{at}[{name}]"
                self.result.places[path] = item.place
                self.find(item, path, kind)


def loader_of(text: str) -> Any:
    """Return PyYAML's scanner and parser over a text; nothing is composed or constructed."""
    return _Loader(text)


def _events(text: str) -> Iterator[Any]:
    loader = loader_of(text)
    while loader.check_event():
        yield loader.get_event()


def _at(path: str, text: str, offset: int) -> Place:
    before = text[:offset]
    return Place(path, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
