"""The definitions on both sides of a set of edits; a file that cannot be read is a problem, never a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metricgov.app.contents import REGULAR, Content, EditedPath, irregular
from metricgov.app.placing import placed
from metricgov.domain.definitions.kinds import NATIVE, Kind, id_of, split_id
from metricgov.domain.digest import JSON
from metricgov.domain.errors import InvalidFiles, Place, Problem
from metricgov.domain.practice.definition import examine
from metricgov.domain.registry import Entry
from metricgov.ports.files import DefinitionFiles


@dataclass(frozen=True, slots=True)
class Sides:
    """What edits do to definitions: entries by id before and after, and both sides of each id as one edit.

    A definition that moves to another folder comes from two of `paths`; its edit has the path it moves to. `unread`
    holds ids with a side that does not load; nobody can say what such a change means.
    """

    paths: tuple[EditedPath, ...]
    edits: Mapping[str, EditedPath]
    before: Mapping[str, Entry]
    after: Mapping[str, Entry]
    unread: frozenset[str]
    problems: tuple[Problem, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Every changed definition, by path."""
        return tuple(self.edits)


def read_sides(edited: Sequence[EditedPath], *, globs: Sequence[str], files: DefinitionFiles, dialect: str) -> Sides:
    """Load both sides of governed paths; problems of the side after are collected, those before only noted."""
    before: dict[str, Entry] = {}
    after: dict[str, Entry] = {}
    unread: set[str] = set()
    problems: list[Problem] = []
    paths: list[EditedPath] = []
    edits: dict[str, EditedPath] = {}
    for one in sorted(edited, key=lambda one: one.path):
        definition = id_of(one.path, globs)
        if definition is None:
            continue
        paths.append(one)
        known = edits.get(definition)
        edits[definition] = one if known is None else _joined(known, one)
        for content, entries, is_result in ((one.before, before, False), (one.after, after, True)):
            if content is None:
                continue
            if known is not None and (known.after if is_result else known.before) is not None:
                problems.extend([_taken(definition, one.path, known.path)] if is_result else ())
                continue
            entry, found = _entry(definition, one.path, content, files, dialect if is_result else "")
            if entry is None:
                unread.add(definition)
            else:
                entries[definition] = entry
            if is_result:
                problems.extend(found)
    return Sides(tuple(paths), edits, before, after, frozenset(unread), tuple(problems))


def _joined(known: EditedPath, other: EditedPath) -> EditedPath:
    """Return two edits of one definition as one: where it stands afterwards, and what it was before."""
    result = other if known.after is None and other.after is not None else known
    return EditedPath(result.path, known.before or other.before, result.after)


def _taken(definition: str, path: str, other: str) -> Problem:
    name = split_id(definition)[1]
    says = f"name: the name {name} is taken by {other}"
    return Problem("NAME_TAKEN", says, Place(path), "choose another name, or leave one of the files out")


def _entry(
    definition: str, path: str, content: Content, files: DefinitionFiles, dialect: str
) -> tuple[Entry | None, tuple[Problem, ...]]:
    """Return a definition and what is wrong with it; `dialect` "" leaves out the check of its model and SQL."""
    if content.mode != REGULAR:
        return None, (irregular(path, content.mode),)
    kind = split_id(definition)[0]
    if kind is Kind.OPAQUE or path == ".gitattributes":
        return Entry(definition, path, lambda: _opaque(content, path, files)), ()
    try:
        data = files.load(content.data, path)
    except InvalidFiles as error:
        return None, error.problems
    if not dialect or (kind not in NATIVE and kind is not Kind.GOVERNANCE):
        return Entry(definition, path, data), ()
    found = examine(data, path, dialect=dialect)[1]
    return Entry(definition, path, data), placed(found, {path: content}, files=files) if found else ()


def _opaque(content: Content, path: str, files: DefinitionFiles) -> Mapping[str, JSON]:
    tree = files.parse_opaque(content.data, path)
    return tree if isinstance(tree, Mapping) else {"": tree}
