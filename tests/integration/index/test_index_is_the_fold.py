"""The index says what folding says, however it was filled, and nothing is lost with it (INV-51)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from journals import CHANGES, PEOPLE, REGISTRY, TARGET, ListJournal, NoDefinitions, drafts, moment
from sqlalchemy import select

from metricgov.adapters.index import rows
from metricgov.adapters.index.filling import Git
from metricgov.adapters.index.stored import StoredIndex
from metricgov.adapters.index.tables import COMPUTED, OF_A_CHANGE, Baseline, Event, Target, table
from metricgov.adapters.yaml.files import YamlFiles
from metricgov.app.lookup import JournalLookup
from metricgov.domain.workflow import registry_events as r
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.fold import Replay
from metricgov.domain.workflow.vocabulary import Stage
from metricgov.ports.index import ChangeQuery, EventQuery

Dump = dict[str, list[tuple[Any, ...]]]


def git_of(journal: ListJournal, registry: str = REGISTRY) -> Git:
    return Git(journal, NoDefinitions(), YamlFiles(), TARGET, registry)


def index_of(journal: ListJournal, where: Path | str = "sqlite://") -> StoredIndex:
    return StoredIndex(where, git_of(journal), tell=pytest.fail)


def dump(index: StoredIndex) -> Dump:
    """Return every row of every table that the journal fills."""
    index.catch_up()
    engine = index._engine
    assert engine is not None
    with engine.connect() as connection:
        return {
            table(one).name: sorted(map(tuple, connection.execute(select(table(one)))), key=repr)
            for one in (Event, Target, Baseline, *OF_A_CHANGE)
        }


def without_a_database(journal: ListJournal) -> Dump:
    """Return what the rows must be, from one replay in memory."""
    replay, found = Replay(), {table(one).name: [] for one in (Event, Target, Baseline, *OF_A_CHANGE)}
    for envelope in journal.events():
        before = len(replay.problems)
        event = replay.take(envelope)
        faults = ",".join(problem.code for problem in replay.problems[before:])
        found["event"].append(rows.event_row(envelope, faults))
        if event is not None and isinstance(event.payload, r.Baseline):
            found["baseline"].extend(rows.baseline_rows(envelope.seq, event.payload))
    if journal.log:
        found["target"].append(rows.target_row(replay.registry))
    for state in replay.changes.values():
        for name, values in rows.change_rows(state).items():
            found[name].extend(values)
    columns = {table(one).name: [column.name for column in table(one).columns] for one in COMPUTED}
    return {
        name: sorted((tuple(row[column] for column in columns[name]) for row in values), key=repr)
        for name, values in found.items()
    }


histories = st.tuples(st.integers(0, 2**32), st.integers(0, 160), st.lists(st.integers(0, 160), max_size=6).map(sorted))


@settings(max_examples=20, deadline=None)
@given(histories)
@example((975, 21, [20]))  # two events dated before those they follow, and a batch that ends between them
def test_any_journal_filled_in_any_batches_is_the_fold(history: tuple[int, int, list[int]]) -> None:
    """INV-51: incremental == rebuilt == folded without a database, and verify finds nothing."""
    seed, count, cuts = history
    journal = ListJournal()
    journal.add(drafts(seed, count))
    grown = ListJournal()
    index = index_of(grown)
    for cut in [*cuts, count]:
        grown.log[:] = journal.until(cut).log
        index.catch_up()
    expected = without_a_database(journal)
    assert dump(index) == expected
    assert index.verify() == ()
    index.rebuild()
    assert dump(index) == expected
    index.close()


QUERIES = [
    ChangeQuery(frozenset(stages), definition, person)
    for stages, definition, person in product(
        [(), (Stage.IN_REVIEW, Stage.CHANGES_REQUESTED), (Stage.APPLIED,)],
        ["", "metric:routing_speed", "metric:nothing"],
        ["", PEOPLE[0], "nobody"],
    )
]
EVENTS = [
    EventQuery(),
    EventQuery(last=5),
    EventQuery(since=moment(20), until=moment(60)),
    EventQuery(person=PEOPLE[1], last=3),
    EventQuery(type="commented"),
    EventQuery(changes=CHANGES[:2], last=4),
    EventQuery(changes=()),
]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 160))
def test_the_index_answers_as_the_journal_does(seed: int, count: int) -> None:
    """INV-51: each answer of the stored index is the one that folding gives."""
    journal = ListJournal()
    journal.add(drafts(seed, count))
    index, lookup = index_of(journal), JournalLookup(journal)
    for changes in QUERIES:
        assert _readable(index.changes(changes)) == _readable(lookup.changes(changes)), changes
    for events in EVENTS:
        assert index.events(events) == lookup.events(events), events
    for since, definition in product(["", moment(40)], ["", "metric:routing_speed"]):
        stored = index.steps(since=since, definition=definition)
        assert _readable(stored) == _readable(lookup.steps(since=since, definition=definition))
    index.close()


def _readable(values: object) -> str:
    """Return values as text without the NUL that no database takes."""
    return repr(values).replace("\\x00", "\ufffd")


@pytest.fixture
def journal() -> ListJournal:
    found = ListJournal()
    found.add(drafts(7, 120))
    return found


def test_deleting_the_file_loses_nothing(tmp_path: Path, journal: ListJournal) -> None:
    """INV-51."""
    path = tmp_path / "metricgov" / "index.sqlite3"
    index = index_of(journal, path)
    before = dump(index)
    index.close()
    for file in path.parent.iterdir():
        file.unlink()
    again = index_of(journal, path)
    assert dump(again) == before
    again.close()


def test_a_catch_up_reads_only_what_is_new(
    tmp_path: Path, journal: ListJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cost follows what is new: of 120 events, the 20 that were appended; the commit before may be a large one."""
    grown = journal.until(100)
    index = index_of(grown, tmp_path / "i.sqlite3")
    index.catch_up()
    grown.log.extend(journal.log[100:])
    asked = []
    all_of_it = ListJournal.events

    def events(self: ListJournal, *, since: int = 0) -> Iterator[Envelope]:
        asked.append(since)
        return all_of_it(self, since=since)

    monkeypatch.setattr(ListJournal, "events", events)
    assert index.catch_up().events == 20
    assert set(asked) == {100}
    assert index.catch_up().events == 0
    index.close()


def _rewound(journal: ListJournal) -> str:
    journal.log[:] = journal.until(60).log
    return "the journal was rewound"


def _parted(journal: ListJournal) -> str:
    journal.log[:] = journal.until(60).log
    journal.add(drafts(8, 90)[1:])
    return "the journal was rewound"


@pytest.mark.parametrize("bend", [_rewound, _parted], ids=["shorter", "other events"])
def test_a_journal_that_was_rewound_is_read_again(
    tmp_path: Path, journal: ListJournal, bend: Callable[[ListJournal], str]
) -> None:
    index = index_of(journal, tmp_path / "i.sqlite3")
    index.catch_up()
    reason = bend(journal)
    assert index.catch_up().rebuilt == reason
    assert dump(index) == without_a_database(journal)
    index.close()


def test_another_registry_in_the_same_file_is_read_again(tmp_path: Path, journal: ListJournal) -> None:
    path = tmp_path / "i.sqlite3"
    index_of(journal, path).catch_up()
    other = ListJournal()
    other.add(drafts(11, 30))
    index = StoredIndex(path, git_of(other, "another"), tell=pytest.fail)
    assert dump(index) == without_a_database(other)
    index.close()


def test_an_index_filled_by_another_version_of_the_program_is_read_again(
    tmp_path: Path, journal: ListJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "i.sqlite3"
    index_of(journal, path).catch_up()
    monkeypatch.setattr(rows, "SHAPE", rows.SHAPE + 1)
    index = index_of(journal, path)
    assert index.catch_up().rebuilt == "another version of the program filled it"
    index.close()
