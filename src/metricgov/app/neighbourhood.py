"""The definitions around a change: what the changed ones are computed from, and what is computed from them.

Cost follows the change: files that mention a changed name are found with one search of the object database, nothing
else is parsed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from metricgov.app.contents import Content, read_entries
from metricgov.app.meanwhile import Meanwhile
from metricgov.app.mentions import naming, readers_in
from metricgov.domain.definitions.fields import Edge
from metricgov.domain.definitions.kinds import FOLDERS, NATIVE, Kind, id_of, path_for, split_id, stem_of
from metricgov.domain.digest import JSON
from metricgov.domain.errors import BadInput, InvalidFiles
from metricgov.domain.registry import Entry, Registry
from metricgov.ports.files import DefinitionFiles
from metricgov.ports.source import DefinitionSource


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Both sides of the change, each with the unchanged definitions that matter to it.

    `dependants` are unchanged definitions computed from changed ones, nearest first, by id.
    """

    before: Registry
    after: Registry
    dependants: tuple[str, ...]


class Search:
    """Looks for what is computed from changed definitions, on a thread of its own from the moment it is made.

    Git does the looking, so that the caller can read and compare the changed files meanwhile.
    """

    def __init__(self, paths: Iterable[str], *, base: str, source: DefinitionSource, files: DefinitionFiles) -> None:
        changed = {path: definition for path in paths if (definition := id_of(path)) is not None}
        self._surroundings = _Surroundings(base, changed.keys(), source, files)
        self._dependants = Meanwhile(lambda: self._surroundings.computed_from(changed.values()))

    def around(self, before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Neighbourhood:
        """Return both sides of the changed definitions (ids to entries) with what surrounds them."""
        dependants = self._dependants.result()
        self._surroundings.named_by([*before.values(), *after.values()])
        unchanged = tuple(self._surroundings.entries.values())
        return Neighbourhood(
            Registry([*before.values(), *unchanged]), Registry([*after.values(), *unchanged]), tuple(dependants)
        )


class _Surroundings:
    """Unchanged definitions of one tree, loaded as they are found."""

    def __init__(
        self, base: str, changed_paths: Collection[str], source: DefinitionSource, files: DefinitionFiles
    ) -> None:
        self.entries: dict[str, Entry] = {}
        self._base = base
        self._changed_paths = changed_paths
        self._source = source
        self._files = files

    def computed_from(self, changed: Iterable[str]) -> dict[str, None]:
        """Load everything computed from these definitions and return its ids, nearest first.

        One search finds the lines that name a changed definition and every line that names a metric as an input; the
        way from metric to metric is then followed along those lines, and only files on the way are read.
        """
        waiting = tuple(one for one in changed if split_id(one)[0] in NATIVE)
        if not waiting:
            return {}
        names = [split_id(one)[1] for one in waiting]
        lines = self._source.mentioning(self._base, names, key=Kind.METRIC)
        self._load(naming(lines, names))
        readers = readers_in(lines)
        found: dict[str, None] = {}
        while waiting:
            targets = frozenset(waiting)
            self._load(path for one in waiting for path in readers.naming(split_id(one)[1]))
            nearer = [
                entry.id
                for entry in self.entries.values()
                if entry.id not in found
                and any(one.target in targets and one.edge is Edge.COMPUTED for one in entry.references)
            ]
            found.update(dict.fromkeys(nearer))
            waiting = tuple(nearer)
        return found

    def named_by(self, entries: Iterable[Entry]) -> None:
        """Load what these definitions refer to, and what that is computed from."""
        waiting = {one.target for entry in entries for one in entry.references}
        seen: set[str] = set()
        while waiting := {one for one in waiting if one not in seen and one not in self.entries}:
            seen |= waiting
            self._load(self._paths_of(waiting))
            waiting = {
                one.target
                for known in seen
                if (entry := self.entries.get(known)) is not None
                for one in entry.references
                if one.edge is Edge.COMPUTED
            }

    def _paths_of(self, ids: Iterable[str]) -> tuple[str, ...]:
        paths: list[str] = []
        metrics: set[str] = set()
        for one in ids:
            kind, name = split_id(one)
            if kind is Kind.METRIC:
                metrics.add(name)
                continue
            try:
                paths.append(path_for(kind, name))
            except BadInput:
                continue
        if metrics:
            listed = self._source.tree(self._base, (FOLDERS[Kind.METRIC],))
            paths.extend(path for path in listed if stem_of(path) in metrics)
        return tuple(paths)

    def _load(self, paths: Iterable[str]) -> None:
        wanted = [
            path
            for path in paths
            if path not in self._changed_paths
            and (found := id_of(path)) is not None
            and split_id(found)[0] in NATIVE
            and found not in self.entries
        ]
        if not wanted:
            return
        tree = {path: entry for path, entry in self._source.tree(self._base, wanted).items() if path in set(wanted)}
        for path, content in read_entries(self._source, tree).items():
            entry = self._entry(path, content)
            if entry is not None:
                self.entries[entry.id] = entry

    def _entry(self, path: str, content: Content) -> Entry | None:
        """Return a neighbour; one that does not load has no lineage, and the lint of the registry names it."""
        definition = id_of(path)
        if definition is None:
            return None
        try:
            data: Mapping[str, JSON] = self._files.load(content.data, path)
        except InvalidFiles:
            return None
        return Entry(definition, path, data)
