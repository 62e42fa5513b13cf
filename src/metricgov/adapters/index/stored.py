"""The index in a database: keeps the tables in step with git and answers from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Select, or_, select
from sqlalchemy.exc import SQLAlchemyError

from metricgov.adapters.index import rows
from metricgov.adapters.index.filling import Git, fill, is_current, place_of, tip_of
from metricgov.adapters.index.opened import Opened
from metricgov.adapters.index.opening import Tell, broken, memory, put_aside, unreachable, writing
from metricgov.adapters.index.tables import (
    COMPUTED,
    Asked,
    Change,
    Decision,
    Definition,
    Event,
    Person,
    Reference,
    Row,
    Tag,
    Touch,
    Version,
    table,
)
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.summary import ChangeSummary, Question, Step, Subject
from metricgov.domain.workflow.vocabulary import Stage, Treatment
from metricgov.ports.index import (
    ChangeQuery,
    DefinitionRecord,
    Difference,
    EventQuery,
    Followed,
    Progress,
    silent,
)

ROUNDS = 3
"""How often a comparison starts again because git moved meanwhile."""

Answer = TypeVar("Answer")


class StoredIndex:
    """Implements the ports Index and Lookup over SQLModel tables; `where` as for `open_engine`, `opened` may be shared.

    Every answer comes from the last catch-up. A file that turns out to be damaged is moved aside and filled again,
    whatever was being asked.
    """

    def __init__(self, where: Path | str, git: Git, tell: Tell, opened: Opened | None = None) -> None:
        self._where = where
        self._opened = opened or Opened()
        self._git = git
        self._tell = tell
        self._engine: Engine | None = None
        self._filled = False

    def close(self) -> None:
        """Close the connections; the object stays usable."""
        if self._engine is not None:
            self._opened.drop(self._engine)
            self._engine = None

    # Index

    def catch_up(self, progress: Progress = silent) -> Followed:
        """Read what is new in the journal and on the target, all or nothing."""
        return self._guarded(lambda engine: self._catch_up(engine, progress), answers=False)

    def rebuild(self, progress: Progress = silent) -> Followed:
        """Forget everything and read all of it again, all or nothing."""

        def again(engine: Engine) -> Followed:
            with writing(engine) as connection:
                done = fill(connection, self._git, progress, again="it was asked for")
            self._filled = True
            return done

        return self._guarded(again, answers=False)

    def verify(self, progress: Progress = silent) -> tuple[Difference, ...]:
        """Compare every row with what git says now; () if none differs."""
        return self._guarded(lambda engine: self._verify(engine, progress), answers=False)

    def definitions(self, *, kind: str = "") -> tuple[DefinitionRecord, ...]:
        """Return the definitions at the tip that was read last, by id."""
        return self._guarded(lambda engine: _definitions(engine, kind))

    def dependants(self, definition: str) -> tuple[str, ...]:
        """Return the ids that refer to a definition directly."""
        found = table(Reference)
        query = select(found.c.definition).where(found.c.target == rows.key(definition)).order_by(found.c.definition)
        return self._guarded(lambda engine: tuple(row[0] for row in _all(engine, query)))

    # Lookup

    def changes(self, query: ChangeQuery) -> tuple[ChangeSummary, ...]:
        """Return matching changes, the one that moved last first."""
        return self._guarded(lambda engine: _changes(engine, query))

    def events(self, query: EventQuery) -> tuple[Envelope, ...]:
        """Return matching events in order of seq."""
        return self._guarded(lambda engine: _events(engine, query))

    def steps(self, *, since: str = "", definition: str = "") -> tuple[Step, ...]:
        """Return what reached the target, oldest first."""
        versions = table(Version)
        query = select(versions).order_by(versions.c.seq, versions.c.definition)
        if since:
            query = query.where(versions.c.at >= since)
        if definition:
            query = query.where(versions.c.definition == rows.key(definition))
        return self._guarded(lambda engine: tuple(_step(row) for row in _mappings(engine, query)))

    # Inside

    def _guarded(self, ask: Callable[[Engine], Answer], *, answers: bool = True) -> Answer:
        """Ask, and once more after a damaged file was put aside; answers need an index that was filled once."""
        for attempt in range(2):
            if self._engine is None:
                self._engine = self._opened.engine(self._where, self._tell)
                self._filled = False
            engine = self._engine
            try:
                if answers and not self._filled:
                    self._catch_up(engine, silent)
                return ask(engine)
            except SQLAlchemyError as error:
                url = engine.url
                self.close()
                if attempt or not broken(error) or not isinstance(self._where, Path):
                    raise unreachable(url, error) from error
                put_aside(self._where, "damaged", self._tell)
        raise AssertionError("the second attempt returns")

    def _catch_up(self, engine: Engine, progress: Progress) -> Followed:
        with engine.connect() as connection:
            if is_current(place_of(connection), self._git.journal.head(), tip_of(self._git), self._git):
                self._filled = True
                return Followed(0, 0)
        with writing(engine) as connection:
            done = fill(connection, self._git, progress)
        self._filled = True
        return done

    def _verify(self, engine: Engine, progress: Progress) -> tuple[Difference, ...]:
        """Compare with a second index that is filled from nothing, in memory."""
        for attempt in range(ROUNDS):
            self._catch_up(engine, silent)
            with _scratch() as fresh:
                with writing(fresh) as connection:
                    fill(connection, self._git, progress)
                with engine.connect() as stored, fresh.connect() as folded:
                    if attempt == ROUNDS - 1 or place_of(stored) == place_of(folded):
                        return tuple(_differences(stored, folded))
        raise AssertionError("the last round returns")


@contextmanager
def _scratch() -> Iterator[Engine]:
    engine = memory()
    try:
        yield engine
    finally:
        engine.dispose()


def _differences(stored: Connection, folded: Connection) -> Iterator[Difference]:
    for one in COMPUTED:
        ours, theirs = _digests(stored, one), _digests(folded, one)
        for name in sorted(ours.keys() | theirs.keys()):
            if ours.get(name) != theirs.get(name):
                yield Difference(table(one).name, name, _how(ours.get(name), theirs.get(name)))


def _digests(connection: Connection, one: type[Row]) -> dict[str, dict[str, bytes]]:
    """Return a digest of each column of each row, by primary key."""
    own = table(one)
    keys = [column.name for column in own.primary_key]
    found: dict[str, dict[str, bytes]] = {}
    for row in connection.execute(select(own)).mappings():
        name = " ".join(str(row[part]) for part in keys)
        found[name] = {
            column: hashlib.blake2b(repr(value).encode("utf-8", "replace"), digest_size=8).digest()
            for column, value in row.items()
        }
    return found


def _how(ours: Mapping[str, bytes] | None, theirs: Mapping[str, bytes] | None) -> str:
    if ours is None:
        return "missing from the index"
    if theirs is None:
        return "not what git says: no such row"
    columns = sorted(column for column in ours if ours[column] != theirs.get(column))
    return f"not what git says: {', '.join(columns)}"


def _mappings(engine: Engine, query: Select[Any]) -> list[Mapping[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _all(engine: Engine, query: Select[Any]) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(query))


def _matching(query: ChangeQuery) -> Select[Any]:
    changes, touches, people = table(Change), table(Touch), table(Person)
    found = select(changes)
    if query.stages:
        found = found.where(changes.c.stage.in_(sorted(stage.value for stage in query.stages)))
    if query.definition:
        touching = select(touches.c.change).where(touches.c.definition == rows.key(query.definition))
        found = found.where(or_(changes.c.id.in_(touching), changes.c.requested == query.definition))
    if query.person:
        found = found.where(
            changes.c.id.in_(select(people.c.change).where(people.c.principal == rows.key(query.person)))
        )
    return found


def _changes(engine: Engine, query: ChangeQuery) -> tuple[ChangeSummary, ...]:
    found = _matching(query)
    ids = found.with_only_columns(table(Change).c.id)

    def of(one: type[Row], *order: str) -> dict[str, list[Mapping[str, Any]]]:
        own = table(one)
        selected = select(own).where(own.c.change.in_(ids)).order_by(*(own.c[name] for name in order))
        grouped: dict[str, list[Mapping[str, Any]]] = {}
        for row in connection.execute(selected).mappings():
            grouped.setdefault(row["change"], []).append(dict(row))
        return grouped

    with engine.connect() as connection:
        changes = [dict(row) for row in connection.execute(found.order_by(table(Change).c.last_seq.desc())).mappings()]
        touches = of(Touch, "change", "number", "place")
        people = of(Person, "change", "principal")
        decisions = of(Decision, "change", "principal")
        asked = of(Asked, "change", "principal")
    return tuple(
        _summary(
            row,
            touches.get(row["id"], []),
            people.get(row["id"], []),
            decisions.get(row["id"], []),
            asked.get(row["id"], []),
        )
        for row in changes
    )


def _summary(
    row: Mapping[str, Any],
    touches: list[Mapping[str, Any]],
    people: list[Mapping[str, Any]],
    decisions: list[Mapping[str, Any]],
    asked: list[Mapping[str, Any]],
) -> ChangeSummary:
    drafted = any(touch["number"] == rows.DRAFT for touch in touches)
    number = rows.DRAFT if drafted else row["revision"]
    return ChangeSummary(
        change=row["id"],
        stage=Stage(row["stage"]),
        author=row["author"],
        why=row["why"],
        created_at=row["created_at"],
        moved_at=row["last_at"],
        last_seq=row["last_seq"],
        revision=row["revision"],
        cycle=row["cycle"],
        change_class=ChangeClass(row["change_class"]) if row["change_class"] else None,
        requested=row["requested"],
        definitions=tuple(
            Subject(
                touch["definition"],
                ChangeClass(touch["change_class"]),
                touch["version_before"],
                touch["version_after"],
            )
            for touch in touches
            if touch["number"] == number
        ),
        contributors=tuple(sorted(one["principal"] for one in people if one["role"] == "contributor")),
        asked=tuple(sorted((Question(one["principal"], one["due"]) for one in asked), key=lambda one: one.principal)),
        decided=tuple(sorted((one["principal"], one["verdict"]) for one in decisions)),
        effective_from=row["effective_from"],
        commit=row["commit"],
    )


def _events(engine: Engine, query: EventQuery) -> tuple[Envelope, ...]:
    events = table(Event)
    found = select(events.c.envelope)
    if query.since:
        found = found.where(events.c.at >= query.since)
    if query.until:
        found = found.where(events.c.at < query.until)
    if query.person:
        found = found.where(events.c.principal == rows.key(query.person))
    if query.type:
        found = found.where(events.c.type == rows.key(query.type))
    if query.changes is not None:
        found = found.where(events.c.change.in_(query.changes))
    if query.last:
        newest = _all(engine, found.order_by(events.c.seq.desc()).limit(query.last))
        return tuple(rows.envelope_of(row[0]) for row in reversed(newest))
    return tuple(rows.envelope_of(row[0]) for row in _all(engine, found.order_by(events.c.seq)))


def _step(row: Mapping[str, Any]) -> Step:
    return Step(
        definition=row["definition"],
        path=row["path"],
        seq=row["seq"],
        at=row["at"],
        change=row["change"],
        revision=row["revision"],
        change_class=ChangeClass(row["change_class"]),
        version_before=row["version_before"],
        version_after=row["version_after"],
        after=row["after"],
        why=row["why"],
        author=row["author"],
        approved_by=rows.unlines(row["approved_by"]),
        effective_from=row["effective_from"],
        intent=row["intent"],
        treatment=Treatment(row["treatment"]) if row["treatment"] else None,
        commit=row["commit"],
    )


def _definitions(engine: Engine, kind: str) -> tuple[DefinitionRecord, ...]:
    definitions, tags, references = table(Definition), table(Tag), table(Reference)
    query = select(definitions).order_by(definitions.c.id, definitions.c.path)
    if kind:
        query = query.where(definitions.c.kind == kind)
    with engine.connect() as connection:
        found = [dict(row) for row in connection.execute(query).mappings()]
        tagged: dict[str, list[str]] = {}
        for path, tag in connection.execute(select(tags.c.path, tags.c.tag)):
            tagged.setdefault(path, []).append(tag)
        named: dict[str, list[str]] = {}
        for path, target in connection.execute(select(references.c.path, references.c.target)):
            named.setdefault(path, []).append(target)
    return tuple(
        DefinitionRecord(
            id=row["id"],
            path=row["path"],
            oid=row["oid"],
            title=row["title"],
            version=row["version"],
            status=row["status"],
            domain=row["domain"],
            effective_from=row["effective_from"],
            kpi=row["kpi"],
            consulted=rows.unlines(row["consulted"]),
            informed=rows.unlines(row["informed"]),
            tags=tuple(sorted(tagged.get(row["path"], []))),
            references=tuple(sorted(named.get(row["path"], []))),
            problem=row["problem"],
        )
        for row in found
    )
