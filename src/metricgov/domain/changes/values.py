"""The values a diff reads and passes on: definitions, context, edits, rules. What rules exist lives in `rules/`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from metricgov.domain.changes.findings import ChangeClass, Flag
from metricgov.domain.digest import JSON


class Definition(Protocol):
    """What a diff needs of one definition: `kind:name`, the file it stands in, its raw parsed mapping."""

    @property
    def id(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def data(self) -> Mapping[str, JSON]: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """The smallest `Definition`."""

    id: str
    path: str
    data: Mapping[str, JSON]


class Lineage(Protocol):
    """What indirect findings need of a registry: one definition by id, and who is computed from it directly."""

    def get(self, definition: str) -> Definition | None: ...
    def dependants(self, definition: str) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True)
class Earlier:
    """A version that was published before the one in `before`, by the digest of its meaning."""

    version: str
    meaning: str


@dataclass(frozen=True, slots=True)
class DiffContext:
    """What a diff knows besides the two sides.

    `dialect` is the sqlglot dialect of the expressions (None: every difference in SQL is unknown). `removed` holds
    the ids that were published once and are gone from the target (INV-18). `earlier` is the timeline of a
    definition by id, oldest first, without the current version. `others_before` and `others_after` are raw
    mappings of definitions that this one is computed from, by id, where the caller has them: predicates
    are then compared as composed. `routing_tags` are the tags by which raci.yaml decides (None: not known, so any may
    be one). `today` is an ISO date; without it no date counts as still to come.
    """

    dialect: str | None = None
    rules: int = 1
    removed: frozenset[str] = frozenset()
    earlier: Mapping[str, tuple[Earlier, ...]] = field(default_factory=dict)
    others_before: Mapping[str, Mapping[str, JSON]] = field(default_factory=dict)
    others_after: Mapping[str, Mapping[str, JSON]] = field(default_factory=dict)
    routing_tags: frozenset[str] | None = None
    today: str | None = None


class Missing:
    """The absence of a field, which is not the same as null in a field that no table knows."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


@dataclass(frozen=True, slots=True)
class Edit:
    """One field that differs after normalisation.

    `pattern` is the path with the keys of list items and mapping entries replaced (`columns[].type`, `meta.*`), as
    the field table writes it; None where the table does not know the field. `before` and `after` are the values of
    that field, MISSING where the side has none.
    """

    kind: str
    path: str
    pattern: str | None
    before: JSON | Missing
    after: JSON | Missing

    @property
    def added(self) -> bool:
        return isinstance(self.before, Missing)

    @property
    def removed(self) -> bool:
        return isinstance(self.after, Missing)


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything a predicate may look at besides its own edit: both sides, all edits, the context."""

    definition: str
    path: str
    kind: str
    before: Mapping[str, JSON]
    after: Mapping[str, JSON]
    edits: tuple[Edit, ...]
    context: DiffContext


@dataclass(frozen=True, slots=True)
class Example:
    """A definition's fragment before and after, as YAML that a reader of the rule's page sees."""

    before: str
    after: str


Predicate = Callable[[Edit, Scope], bool]
Sentence = Callable[[Edit, Scope], str]


def always(_edit: Edit, _scope: Scope) -> bool:
    """The predicate of a rule that speaks for every edit of its fields."""
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: which edits of which fields mean what, and why.

    `fields` are `kind:pattern`; a pattern of the form `x.**` names x and everything under it. Rules are tried in
    order and the first that applies to an edit speaks for it. `says` may name {field}, {name}, {before} and
    {after}; `narrow` makes a more exact sentence of it where it can.
    """

    id: str
    change_class: ChangeClass
    says: str
    because: str
    fields: tuple[str, ...]
    example: Example
    flags: frozenset[Flag] = frozenset()
    applies: Predicate = always
    narrow: Sentence | None = None
