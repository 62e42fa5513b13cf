"""What is known of one blob without reading it again: facts and problems, as a value and as a line of the cache."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from metricgov.adapters.yaml.load import load, locate
from metricgov.adapters.yaml.place import place_of
from metricgov.domain.definitions.facts import Facts
from metricgov.domain.definitions.fields import Edge
from metricgov.domain.definitions.problems import Severity
from metricgov.domain.errors import InvalidFiles, Place, Problem
from metricgov.domain.practice.definition import examine

_EDGES = {edge.value: edge for edge in Edge}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem with its place and how grave it is; the lint rule is `problem.code`."""

    problem: Problem
    severity: Severity


@dataclass(frozen=True, slots=True)
class Found:
    """A problem of a blob, which may stand at several paths."""

    code: str
    message: str
    line: int
    column: int
    hint: str
    severity: str

    def at(self, path: str) -> Finding:
        """Return the problem at a path."""
        place = Place(path, self.line, self.column)
        return Finding(Problem(self.code, self.message, place, self.hint), Severity(self.severity))


class Record(NamedTuple):
    """Facts and problems of a blob; without facts it did not load. The mapping itself is never kept here."""

    facts: Facts | None
    found: tuple[Found, ...] = ()
    told: bytes = b""

    @property
    def line(self) -> bytes:
        """The record as one line of JSON without its end; where it was read from one (`told`), that one."""
        if self.told:
            return self.told
        found = [[one.code, one.message, one.line, one.column, one.hint, one.severity] for one in self.found]
        facts = self.facts
        if facts is None:
            return _encode([None, found]).encode()
        row = (
            *(facts.kind, facts.name, facts.domain, facts.title, facts.version, facts.status, facts.tags),
            *(facts.references, facts.uses_columns, facts.columns, facts.people, facts.category, facts.kpi),
        )
        return _encode([row, found]).encode()

    @classmethod
    def from_line(cls, line: bytes) -> Record:
        """Return the record of a line; ValueError or TypeError where it is none."""
        facts, found = _decode(line.decode())
        return cls(None if facts is None else _facts(*facts), tuple([Found(*one) for one in found]), line)


def _facts(
    kind: str, name: str, domain: str, title: str, version: str, status: str, tags: Any, references: Any, *rest: Any
) -> Facts:
    uses, columns, people, category, kpi = rest
    return Facts(
        kind,
        name,
        domain,
        title,
        version,
        status,
        tuple(tags),
        tuple([(field, target, _EDGES[edge]) for field, target, edge in references]),
        tuple([(field, source, column) for field, source, column in uses]),
        tuple(columns),
        tuple([(field, who) for field, who in people]),
        category,
        kpi,
    )


def examined(blob: bytes, dialect: str) -> Record:
    """Load, validate and lint one blob by itself."""
    try:
        data = load(blob, "")
    except InvalidFiles as error:
        return Record(
            None,
            tuple(
                Found(one.code, one.message, one.place.line, one.place.column, one.hint, Severity.ERROR)
                for one in error.problems
            ),
        )
    facts, problems = examine(data, dialect=dialect)
    if not problems:
        return Record(facts)
    places = locate(blob)
    found = []
    for one in problems:
        place = place_of(places, one.field, "")
        found.append(Found(one.code, one.message, place.line, place.column, one.hint, one.severity.value))
    return Record(facts, tuple(sorted(found, key=lambda one: (one.line, one.column))))
