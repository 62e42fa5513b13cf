"""All definitions at one commit, or some of them: names, references, lineage. How files become mappings is not here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metricgov.domain.definitions.facts import Facts, facts_of
from metricgov.domain.definitions.fields import Edge
from metricgov.domain.definitions.kinds import NATIVE, Kind, id_of
from metricgov.domain.definitions.problems import FieldProblem
from metricgov.domain.digest import JSON

if TYPE_CHECKING:
    from metricgov.domain.definitions.parse import AnyDefinition


@dataclass(frozen=True, slots=True)
class Reference:
    """One definition names another: where, and whether a change of the target moves numbers here."""

    origin: str
    field: str
    target: str
    edge: Edge


_KINDS = {kind.value: kind for kind in Kind}


class Entry:
    """One definition: id, path, git object id, raw mapping; mapping, facts and model are made when asked for."""

    __slots__ = ("_data", "_facts", "_model", "_references", "id", "kind", "name", "oid", "path")

    kind: Kind
    """The kind by the path, which is what counts where the file disagrees."""
    name: str
    """The name by the path."""

    def __init__(
        self,
        id: str,
        path: str,
        data: Mapping[str, JSON] | Callable[[], Mapping[str, JSON]],
        oid: str = "",
        facts: Facts | None = None,
    ) -> None:
        kind, _, self.name = id.partition(":")
        self.kind = _KINDS[kind]
        self.id = id
        self.path = path
        self.oid = oid
        self._data = data
        self._facts = facts
        self._references: tuple[Reference, ...] | None = None
        self._model: AnyDefinition | None = None

    def __repr__(self) -> str:
        return f"Entry({self.id!r}, {self.path!r})"

    @property
    def data(self) -> Mapping[str, JSON]:
        """The raw mapping of the file."""
        if callable(self._data):
            self._data = self._data()
        return self._data

    @property
    def facts(self) -> Facts:
        """What others can contradict."""
        if self._facts is None:
            self._facts = facts_of(self.data)
        return self._facts

    @property
    def references(self) -> tuple[Reference, ...]:
        """What this definition refers to, in the order of its fields."""
        if self._references is None:
            self._references = tuple(Reference(self.id, *found) for found in self.facts.references)
        return self._references

    @property
    def model(self) -> AnyDefinition:
        """The frozen model; DefinitionErrors where the mapping is none."""
        if self._model is None:
            from metricgov.domain.definitions.parse import parse

            self._model = parse(self.data, self.path)
        return self._model


class Registry:
    """Definitions by id, and how they hang together.

    `others` are governed paths that exist at the same commit and are not loaded (a gate reads few files, and some
    files do not load): their names count as taken and as there.
    """

    def __init__(self, entries: Iterable[Entry], others: Iterable[str] = ()) -> None:
        self._all = tuple(entries)
        self._entries: dict[str, Entry] = {}
        for entry in self._all:
            self._entries.setdefault(entry.id, entry)
        self.others: dict[str, str] = {definition: path for path in others if (definition := id_of(path)) is not None}
        self._inbound: dict[str, list[Reference]] | None = None

    @classmethod
    def of(
        cls,
        files: Mapping[str, Mapping[str, JSON]],
        *,
        oids: Mapping[str, str] | None = None,
        opaque: Iterable[str] = (),
        others: Iterable[str] = (),
    ) -> Registry:
        """Return the registry of raw mappings by path; ungoverned paths are left out."""
        globs = tuple(opaque)
        known = oids or {}
        entries = [
            Entry(definition, path, data, known.get(path, ""))
            for path, data in files.items()
            if (definition := id_of(path, globs)) is not None
        ]
        return cls(entries, others)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, definition: object) -> bool:
        return definition in self._entries

    def __getitem__(self, definition: str) -> Entry:
        return self._entries[definition]

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Definitions by id."""
        return self._entries

    @property
    def files(self) -> tuple[Entry, ...]:
        """Every loaded file, those whose id is taken by another included."""
        return self._all

    def get(self, definition: str) -> Entry | None:
        """Return a loaded definition by id."""
        return self._entries.get(definition)

    def named(self, name: str) -> Entry | None:
        """Return the definition that a bare name or an id means; names are unique over the kinds."""
        if ":" in name:
            return self._entries.get(name)
        return next((found for kind in NATIVE if (found := self._entries.get(f"{kind}:{name}"))), None)

    def exists(self, definition: str) -> bool:
        """Say whether a definition is there, loaded or not."""
        return definition in self._entries or definition in self.others

    def references(self, definition: str) -> tuple[Reference, ...]:
        """Return what a definition refers to, in the order of its fields; of an unknown one, nothing."""
        entry = self._entries.get(definition)
        return entry.references if entry else ()

    def referring(self, definition: str) -> tuple[Reference, ...]:
        """Return every reference to a definition."""
        if self._inbound is None:
            inbound: dict[str, list[Reference]] = defaultdict(list)
            for entry in self._entries.values():
                for reference in entry.references:
                    inbound[reference.target].append(reference)
            self._inbound = inbound
        return tuple(self._inbound.get(definition, ()))

    def dependants(
        self, definition: str, *, transitive: bool = False, edge: Edge | None = Edge.COMPUTED
    ) -> tuple[str, ...]:
        """Return who is computed from a definition (edge None: who refers to it at all), nearest first."""
        return self._reach(
            definition, transitive, lambda at: [r.origin for r in self.referring(at) if edge in (None, r.edge)]
        )

    def inputs(
        self, definition: str, *, transitive: bool = False, edge: Edge | None = Edge.COMPUTED
    ) -> tuple[str, ...]:
        """Return what a definition is computed from (edge None: what it refers to at all), nearest first."""
        return self._reach(
            definition, transitive, lambda at: [r.target for r in self.references(at) if edge in (None, r.edge)]
        )

    def problems(self) -> tuple[FieldProblem, ...]:
        """Return what is wrong between the loaded definitions: names, references, cycles."""
        from metricgov.domain.practice.structure import registry_problems

        return registry_problems(self)

    @staticmethod
    def _reach(start: str, transitive: bool, neighbours: Callable[[str], list[str]]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        waiting = [start]
        while waiting:
            step = [other for at in waiting for other in neighbours(at) if other != start]
            waiting = [other for other in dict.fromkeys(step) if other not in found]
            found.update(dict.fromkeys(waiting))
            if not transitive:
                break
        return tuple(found)
