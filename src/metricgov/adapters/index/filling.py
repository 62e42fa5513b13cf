"""Reading git into the tables, incrementally, inside the transaction of the caller; answering lives in stored.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from metricgov.adapters.index import rows
from metricgov.adapters.index.tables import (
    COMPUTED,
    OF_A_CHANGE,
    OF_A_DEFINITION,
    Event,
    Position,
    Target,
    table,
)
from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, id_of
from metricgov.domain.digest import JSON
from metricgov.domain.errors import InvalidFiles, MetricgovError
from metricgov.domain.workflow import registry_events as r
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.fold import Replay, fold
from metricgov.domain.workflow.vocabulary import ENDED
from metricgov.ports.files import DefinitionFiles
from metricgov.ports.index import Followed, Progress
from metricgov.ports.journal import Journal, JournalHead
from metricgov.ports.source import DefinitionSource, TreeEntry

EVENTS_AT_ONCE = 1000
FILES_AT_ONCE = 500
NAMES_AT_ONCE = 500
"""Values in one IN list."""

REGULAR = "100644"
SETTINGS = "metricgov.yaml"
UNPARSED = ".gitattributes"


@dataclass(frozen=True, slots=True)
class Git:
    """What the index is computed from: the journal, and the definitions at the tip of the target."""

    journal: Journal
    source: DefinitionSource
    files: DefinitionFiles
    target: str
    registry: str


@dataclass(frozen=True, slots=True)
class Place:
    """How far an index has read, as its Position row holds it."""

    registry: str = ""
    shape: int = 0
    seq: int = 0
    sha256: str = ""
    target: str = ""
    tip: str = ""
    governed: tuple[str, ...] = ()


def place_of(connection: Connection) -> Place | None:
    """Return how far the index has read; None before the first time."""
    row = connection.execute(select(table(Position))).mappings().first()
    if row is None:
        return None
    return Place(
        registry=row["registry_id"],
        shape=row["shape"],
        seq=row["journal_seq"],
        sha256=row["journal_sha256"],
        target=row["target"],
        tip=row["target_tip"],
        governed=rows.unlines(row["governed"]),
    )


def tip_of(git: Git) -> str:
    """Return the commit of the target, "" where it does not exist yet."""
    try:
        return git.source.resolve(git.target)
    except MetricgovError:
        return ""


def is_current(place: Place | None, head: JournalHead, tip: str, git: Git) -> bool:
    """Say whether there is nothing to read."""
    return (
        place is not None
        and (place.registry, place.shape, place.target) == (git.registry, rows.SHAPE, git.target)
        and (place.seq, place.sha256, place.tip) == (head.seq, head.sha256, tip)
    )


def forget(connection: Connection) -> None:
    """Empty every table."""
    for one in COMPUTED:
        connection.execute(delete(table(one)))


def fill(connection: Connection, git: Git, progress: Progress, *, again: str = "") -> Followed:
    """Read what is new, or everything where `again` or the place of the index says why."""
    head, tip = git.journal.head(), tip_of(git)
    place = place_of(connection)
    reason = again or _why_again(place, head, git)
    if reason or place is None:
        forget(connection)
        place = Place(target=git.target)
    known = Place(target=git.target) if place.target != git.target else place
    read = _Events(connection, git.journal, place.seq, head.seq, progress).read()
    globs, files = _Definitions(connection, git, known, tip, progress).read()
    connection.execute(delete(table(Position)))
    connection.execute(insert(table(Position)), _position(git, head, tip, globs))
    return Followed(read, files, reason)


def _position(git: Git, head: JournalHead, tip: str, globs: Sequence[str]) -> dict[str, Any]:
    return {
        "id": 1,
        "registry_id": git.registry,
        "shape": rows.SHAPE,
        "journal_seq": head.seq,
        "journal_sha256": head.sha256,
        "target": git.target,
        "target_tip": tip,
        "governed": rows.lines(globs),
    }


def _why_again(place: Place | None, head: JournalHead, git: Git) -> str:
    if place is None:
        return ""
    if place.registry != git.registry:
        return "it held another registry"
    if place.shape != rows.SHAPE:
        return "another version of the program filled it"
    if place.seq and not _follows(place, head, git.journal):
        return "the journal was rewound"
    return ""


def _follows(place: Place, head: JournalHead, journal: Journal) -> bool:
    """Say whether the journal still holds the last event that was read."""
    if head.seq <= place.seq:
        return (head.seq, head.sha256) == (place.seq, place.sha256)
    following = next(iter(journal.events(since=place.seq)), None)  # names the one before it: that need not be read
    return following is not None and following.prev == place.sha256


class _Events:
    """One pass over new events; keeps the changes that are open, asks the tables for the others."""

    def __init__(self, connection: Connection, journal: Journal, since: int, until: int, progress: Progress) -> None:
        self._connection = connection
        self._journal = journal
        self._since = since
        self._until = until
        self._progress = progress
        self._replay = Replay()

    def read(self) -> int:
        """Fold and store every event up to the tip; return how many there were."""
        total = self._until - self._since
        if total <= 0:
            return 0
        self._resume()
        done = 0
        events = (one for one in self._journal.events(since=self._since) if one.seq <= self._until)
        while chunk := tuple(islice(events, EVENTS_AT_ONCE)):
            self._take(chunk)
            done += len(chunk)
            self._progress("events", done, total)
        self._store_target()
        return done

    def _resume(self) -> None:
        stored = self._connection.execute(select(table(Target))).mappings().first()
        if stored is not None:
            self._replay.registry = rows.target_state(dict(stored))
        self._replay.last_at = self._last_at()

    def _last_at(self) -> str:
        """Return the time that the next event must not lie before: the latest since the last corrected clock."""
        events, latest = table(Event).c, ""
        newest_first = select(events.at, events.type, events.fault).order_by(events.seq.desc())
        for at, kind, fault in self._connection.execute(newest_first.execution_options(yield_per=EVENTS_AT_ONCE)):
            if kind == "clock_corrected":
                return self._replayed().last_at
            latest = max(latest, at)
            if "time_order" not in fault:  # what lies before an earlier one does not set the time
                break
        return latest

    def _take(self, chunk: Sequence[Envelope]) -> None:
        touched = {one.change for one in chunk if one.change is not None}
        self._recall(touched - self._replay.changes.keys())
        if any(one.type == "clock_corrected" for one in chunk):
            self._recall_times()
        stored, baselines = [], []
        for envelope in chunk:
            before = len(self._replay.problems)
            event = self._replay.take(envelope)
            fault = ",".join(problem.code for problem in self._replay.problems[before:])
            stored.append(rows.event_row(envelope, fault))
            if event is not None and isinstance(event.payload, r.Baseline):
                baselines.extend(rows.baseline_rows(envelope.seq, event.payload))
        self._replay.problems.clear()
        insert_rows(self._connection, {"event": stored, "baseline": baselines})
        self._store_changes(touched)

    def _recall(self, changes: set[str]) -> None:
        """Fold the earlier events of changes that this pass has not met."""
        if self._since == 0 and not self._replay.changes and not self._replay.last_at:
            return
        events = table(Event)
        for names in batched(sorted(changes), NAMES_AT_ONCE):
            found = self._connection.execute(
                select(events.c.change, events.c.envelope).where(events.c.change.in_(names)).order_by(events.c.seq)
            )
            earlier: dict[str, list[Envelope]] = {}
            for change, stored in found:
                earlier.setdefault(change, []).append(rows.envelope_of(stored))
            self._replay.changes |= {change: fold(change, envelopes).state for change, envelopes in earlier.items()}

    def _recall_times(self) -> None:
        """Recall how the times of earlier events rose; a correction is compared with them."""
        self._replay.times = self._replayed().times

    def _replayed(self) -> Replay:
        """Fold every event that is stored."""
        replay, events = Replay(), table(Event).c
        for (stored,) in self._connection.execute(select(events.envelope).order_by(events.seq)):
            replay.take(rows.envelope_of(stored))
        return replay

    def _store_changes(self, touched: set[str]) -> None:
        states = [self._replay.changes[change] for change in sorted(touched) if change in self._replay.changes]
        for names in batched([state.change for state in states], NAMES_AT_ONCE):
            for one in OF_A_CHANGE:
                columns = table(one).c
                column = columns["id" if "change" not in columns else "change"]
                self._connection.execute(delete(table(one)).where(column.in_(names)))
        insert_rows(self._connection, merged(rows.change_rows(state) for state in states))
        for state in states:
            if state.stage in ENDED:
                del self._replay.changes[state.change]

    def _store_target(self) -> None:
        self._connection.execute(delete(table(Target)))
        insert_rows(self._connection, {"target": [rows.target_row(self._replay.registry)]})


class _Definitions:
    """One pass over the files that differ between the tip that was read and the tip of now."""

    def __init__(self, connection: Connection, git: Git, place: Place, tip: str, progress: Progress) -> None:
        self._connection = connection
        self._git = git
        self._place = place
        self._tip = tip
        self._progress = progress

    def read(self) -> tuple[tuple[str, ...], int]:
        """Store what differs; return the opaque globs in force and how many files were read."""
        if self._tip == self._place.tip:
            return self._place.governed, 0
        globs = self._globs()
        differing = self._differing() if self._place.tip and globs == self._place.governed else None
        if differing is None:
            for one in OF_A_DEFINITION:
                self._connection.execute(delete(table(one)))
            wanted = self._all(globs)
        else:
            gone = [rows.key(path) for path in differing if id_of(path, globs) is not None]
            for paths in batched(gone, NAMES_AT_ONCE):
                for one in OF_A_DEFINITION:
                    self._connection.execute(delete(table(one)).where(table(one).c.path.in_(paths)))
            wanted = {path: entry for path, entry in differing.items() if entry is not None}
        governed = {
            path: (definition, entry)
            for path, entry in sorted(wanted.items())
            if (definition := id_of(path, globs)) is not None
        }
        self._store(governed)
        return globs, len(governed)

    def _globs(self) -> tuple[str, ...]:
        entry = self._git.source.tree(self._tip, (SETTINGS,)).get(SETTINGS) if self._tip else None
        data = self._load(SETTINGS, next(iter(self._git.source.read([entry.oid]))))[0] if entry else None
        listed = (data or {}).get("opaque")
        files = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, Sequence) else []
        paths = (one.get("paths") for one in files)
        return tuple(
            glob
            for found in paths
            if isinstance(found, Sequence) and not isinstance(found, str)
            for glob in found
            if isinstance(glob, str)
        )

    def _differing(self) -> dict[str, TreeEntry | None] | None:
        """Return what is at the tip for each path that differs; None where the old tip is gone."""
        try:
            changed = self._git.source.changed(self._place.tip, self._tip)
        except MetricgovError:
            return None
        return {change.path: change.after for change in changed}

    def _all(self, globs: Sequence[str]) -> dict[str, TreeEntry]:
        if not self._tip:
            return {}
        return dict(self._git.source.tree(self._tip, () if globs else GOVERNED_ROOTS))

    def _store(self, governed: Mapping[str, tuple[str, TreeEntry]]) -> None:
        done = 0
        for paths in batched(list(governed), FILES_AT_ONCE):
            readable = [path for path in paths if _is_read(path, *governed[path])]
            data = dict(zip(readable, self._git.source.read([governed[path][1].oid for path in readable]), strict=True))
            found = []
            for path in paths:
                definition, entry = governed[path]
                mapping, problem = self._load(path, data[path]) if path in data else (None, _irregular(entry))
                found.append(
                    rows.definition_rows(rows.definition_record(definition, path, entry.oid, mapping, problem))
                )
            insert_rows(self._connection, merged(found))
            done += len(paths)
            self._progress("definitions", done, len(governed))

    def _load(self, path: str, data: bytes) -> tuple[Mapping[str, JSON] | None, str]:
        try:
            return self._git.files.load(data, path), ""
        except InvalidFiles as error:
            return None, str(error)


def _is_read(path: str, definition: str, entry: TreeEntry) -> bool:
    return entry.mode == REGULAR and not rows.is_opaque(definition) and not path.endswith(UNPARSED)


def _irregular(entry: TreeEntry) -> str:
    return "" if entry.mode == REGULAR else f"not a regular file (mode {entry.mode})"


def insert_rows(connection: Connection, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Insert rows by table name."""
    by_name = {table(one).name: table(one) for one in COMPUTED}
    for name, values in found.items():
        if values:
            connection.execute(insert(by_name[name]), list(values))


def merged(parts: Iterable[rows.Rows]) -> rows.Rows:
    """Return the rows of several values by table."""
    together: rows.Rows = {}
    for part in parts:
        for name, values in part.items():
            together.setdefault(name, []).extend(values)
    return together


def batched(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield slices of at most `size` values."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
