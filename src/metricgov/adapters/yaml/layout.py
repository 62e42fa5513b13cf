"""A file as people wrote it: values with their spans and styles, and every comment at the entry it speaks of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from metricgov.adapters.yaml.exact import loader_of
from metricgov.adapters.yaml.scalars import resolve
from metricgov.domain.digest import JSON

BLANK = ""
"""Stands among comments for an empty line."""


@dataclass(slots=True)
class Node:
    """One value: `source` is the text of a plain scalar; `end` lies behind it, trailing line ends not included."""

    value: JSON
    start: int
    end: int
    source: str = ""
    plain: bool = False
    flow: bool = False
    entries: list[Entry] = field(default_factory=list)

    @property
    def is_map(self) -> bool:
        """Whether this is a mapping."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether this is a list."""
        return isinstance(self.value, list)

    @property
    def is_scalar(self) -> bool:
        """Whether this is neither."""
        return not isinstance(self.value, dict | list)


@dataclass(slots=True)
class Entry:
    """A key with its value, or an item of a list (key ""), with the comments before, beside and after it."""

    key: str
    start: int
    column: int
    node: Node
    leading: list[str] = field(default_factory=list)
    beside: str = ""
    after: list[str] = field(default_factory=list)
    parents: tuple[Entry, ...] = ()

    @property
    def has_comments_inside(self) -> bool:
        """Whether a comment stands at something inside the value."""
        return any(
            inner.leading or inner.beside or inner.after or inner.has_comments_inside for inner in self.node.entries
        )


@dataclass(slots=True)
class Layout:
    """A whole file."""

    text: str
    root: Node
    header: list[str]
    tail: list[str]


@dataclass(frozen=True, slots=True)
class _Comment:
    start: int
    column: int
    text: str
    alone: bool
    after_blank: bool


def layout(text: str) -> Layout:
    """Read the layout of a text that the strict loader accepts; line ends are LF."""
    tokens: list[Any] = list(_tokens(text))
    dashes: list[int] = [token.start_mark.index for token in tokens if isinstance(token, yaml.BlockEntryToken)]
    root = _Tree(text, dashes).read()
    found = Layout(text, root, [], [])
    _attach(found, _comments(text, tokens))
    return found


def block_entries(node: Node, parents: tuple[Entry, ...] = ()) -> Iterator[Entry]:
    """Yield the entries of block collections in the order of the text; `parents` are filled in."""
    if node.flow:
        return
    for entry in node.entries:
        entry.parents = parents
        yield entry
        yield from block_entries(entry.node, (*parents, entry))


class _Tree:
    """Builds nodes from PyYAML's events."""

    def __init__(self, text: str, dashes: list[int]) -> None:
        self.text = text
        self.dashes = dashes
        loader = loader_of(text)
        self.events = iter(loader.get_event, None)

    def read(self) -> Node:
        """Return the one document."""
        next(self.events)
        next(self.events)
        return self.node(next(self.events))

    def node(self, event: Any) -> Node:
        """Return the node that begins with an event."""
        start, behind = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style is None and event.implicit[0]
            value: JSON = resolve(event.value)[0] if plain else str(event.value)
            end = start + len(self.text[start:behind].rstrip())
            return Node(value, start, end, str(event.value), plain)
        flow = bool(event.flow_style)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(start, flow)
        entries = []
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            node = self.node(next(self.events))
            entries.append(Entry(str(key.value), key.start_mark.index, key.start_mark.column, node))
        value = {entry.key: entry.node.value for entry in entries}
        return Node(value, start, self.end(key, flow, entries, start), flow=flow, entries=entries)

    def sequence(self, start: int, flow: bool) -> Node:
        """Return a list whose opening has been read."""
        entries = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            node = self.node(event)
            at = node.start
            if not flow:
                at = self.dashes[bisect_right(self.dashes, max(node.start - 1, 0)) - 1]
            entries.append(Entry("", at, at - (self.text.rfind("\n", 0, at) + 1), node))
        value = [entry.node.value for entry in entries]
        return Node(value, start, self.end(event, flow, entries, start), flow=flow, entries=entries)

    def end(self, event: Any, flow: bool, entries: list[Entry], start: int) -> int:
        """Return where a collection ends: its bracket, or the end of its last value."""
        if flow:
            return int(event.end_mark.index)
        return entries[-1].node.end if entries else start


def _tokens(text: str) -> Iterator[Any]:
    loader = loader_of(text)
    while loader.check_token():
        yield loader.get_token()


def _comments(text: str, tokens: list[Any]) -> Iterator[_Comment]:
    """Yield the comments between tokens, and those behind the mark of a block scalar."""
    behind = 0
    for token in tokens:
        start = token.start_mark.index
        yield from _in_gap(text, behind, start)
        behind = max(behind, token.end_mark.index)
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            line_end = text.find("\n", start)
            line = text[start : line_end if line_end >= 0 else len(text)]
            if "#" in line:
                yield from _in_gap(text, start + line.index("#"), start + len(line))
    yield from _in_gap(text, behind, len(text))


def _in_gap(text: str, start: int, end: int) -> Iterator[_Comment]:
    at = text.find("#", start, end)
    while 0 <= at < end:
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        begin = text.rfind("\n", 0, at) + 1
        above = text[text.rfind("\n", 0, begin - 1) + 1 : begin] if begin else "x"
        yield _Comment(at, at - begin, text[at:stop].rstrip(), not text[begin:at].strip(), not above.strip())
        at = text.find("#", stop, end)


def _attach(found: Layout, comments: Iterator[_Comment]) -> None:
    entries = list(block_entries(found.root))
    starts = [entry.start for entry in entries]
    for comment in comments:
        place = bisect_right(starts, comment.start)
        previous = entries[place - 1] if place else None
        following = entries[place] if place < len(entries) else None
        words = [BLANK, comment.text] if comment.after_blank and comment.alone else [comment.text]
        if previous is not None and _inside_flow(previous.node, comment.start):
            previous.leading.append(comment.text)
        elif not comment.alone and previous is not None:
            if previous.beside:
                previous.leading.append(comment.text)
            else:
                previous.beside = comment.text
        else:
            _attach_line(found, comment, words, previous, following)
    for entry in entries:
        if _blank_above(found.text, entry.start) and (entry.leading[-1:] != [BLANK]):
            entry.leading.append(BLANK)
    if entries:
        _split_header(found, entries[0])


def _attach_line(
    found: Layout, comment: _Comment, words: list[str], previous: Entry | None, following: Entry | None
) -> None:
    """Attach a comment that has its line alone: to what follows, unless it is indented deeper than that."""
    owner = None
    if previous is not None:
        chain = (*previous.parents, previous)
        owner = next((entry for entry in reversed(chain) if entry.column <= comment.column), None)
    if following is not None and (owner is None or owner.column <= following.column):
        following.leading += words
    elif owner is not None and owner.column > 0:
        owner.after += words
    else:
        found.tail += words


def _inside_flow(node: Node, at: int) -> bool:
    return node.flow and node.start < at < node.end


def _blank_above(text: str, at: int) -> bool:
    begin = text.rfind("\n", 0, at) + 1
    if begin == 0 or text[begin:at].strip(" -"):
        return False
    return not text[text.rfind("\n", 0, begin - 1) + 1 : begin].strip()


def _split_header(found: Layout, first: Entry) -> None:
    """Keep at the top what speaks of the file: editors' lines, and comments set apart by an empty line."""
    lines = first.leading
    cut = 0
    for index, line in enumerate(lines):
        if line == BLANK or line.startswith("# yaml-language-server:"):
            cut = index + 1
    found.header = lines[:cut]
    first.leading = lines[cut:]
