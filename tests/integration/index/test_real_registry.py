"""The index over real repositories: definitions at the tip, and journals long enough to be read by what is new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from journals import REGISTRY, TARGET, drafts

from metricgov.adapters.git.journal import GitJournal
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.setup import commit_files, move_branch
from metricgov.adapters.index.filling import Git
from metricgov.adapters.index.stored import StoredIndex
from metricgov.adapters.yaml.files import YamlFiles
from metricgov.ports.index import DefinitionRecord, EventQuery

AT = "2026-06-18T09:52:30Z"
SETTINGS = b"kind: metricgov\nregistry: " + REGISTRY.encode() + b"\nformat: 1\n"


def metric(name: str, source: str = "leads", extra: str = "") -> bytes:
    return (
        f"kind: metric\nname: {name}\ntitle: The {name}\nversion: 1.0.0\nstatus: active\ntags: [lead, {name}]\n"
        f"calculation:\n  type: simple\n  source: {source}\n  aggregate: count\n{extra}"
    ).encode()


FILES: dict[str, bytes | None] = {
    "metricgov.yaml": SETTINGS,
    "metrics/crm/speed.yaml": metric("speed"),
    "metrics/crm/rate.yaml": metric("rate", extra="kpi: {objective: grow}\n"),
    "sources/leads.yaml": b"kind: source\nname: leads\nversion: 2.0.0\n",
    "README.md": b"not a definition",
}


@pytest.fixture
def repository(new_repository: Callable[..., GitRepository]) -> GitRepository:
    return new_repository(bare=True, files=FILES)


@pytest.fixture
def index(repository: GitRepository) -> StoredIndex:
    return index_of(repository)


def index_of(repository: GitRepository) -> StoredIndex:
    git = Git(GitJournal(repository), repository, YamlFiles(), TARGET, REGISTRY)
    return StoredIndex(repository.state_dir() / "index.sqlite3", git, tell=pytest.fail)


def by_id(index: StoredIndex) -> dict[str, DefinitionRecord]:
    return {one.id: one for one in index.definitions()}


def put(repository: GitRepository, files: dict[str, bytes | None]) -> str:
    return commit_files(repository, "main", files, message="x", at=AT)


def test_definitions_at_the_tip(index: StoredIndex) -> None:
    found = by_id(index)
    assert set(found) == {"governance:metricgov", "metric:speed", "metric:rate", "source:leads"}
    rate = found["metric:rate"]
    assert (rate.title, rate.version, rate.status, rate.domain, rate.kpi) == (
        "The rate",
        "1.0.0",
        "active",
        "crm",
        True,
    )
    assert rate.tags == ("lead", "rate")
    assert rate.references == ("objective:grow", "source:leads")
    assert index.dependants("source:leads") == ("metric:rate", "metric:speed")
    assert [one.id for one in index.definitions(kind="source")] == ["source:leads"]
    index.close()


@pytest.mark.parametrize(
    ("files", "read"),
    [
        ({"metrics/crm/speed.yaml": metric("speed", "other")}, 1),
        ({"metrics/crm/speed.yaml": None}, 0),
        ({"metrics/crm/new.yaml": metric("new"), "README.md": b"changed"}, 1),
        ({"metrics/crm/speed.yaml": None, "metrics/paid/speed.yaml": metric("speed")}, 1),
        ({"metrics/crm/speed.yaml": b"kind: metric\nkind: metric\n"}, 1),
        ({"metrics/crm/speed.yaml": b"\xff\xfe"}, 1),
        ({"metrics/paid/speed.yaml": metric("speed")}, 1),
    ],
    ids=["edited", "deleted", "added", "moved", "duplicate key", "not UTF-8", "name taken twice"],
)
def test_only_files_that_differ_are_read_again(
    repository: GitRepository, index: StoredIndex, files: dict[str, bytes | None], read: int
) -> None:
    index.catch_up()
    put(repository, files)
    assert index.catch_up().definitions == read
    assert index.verify() == ()
    index.close()


def test_a_file_that_does_not_load_says_why(repository: GitRepository, index: StoredIndex) -> None:
    put(repository, {"metrics/crm/speed.yaml": b"kind: metric\nname: a\nname: b\n"})
    record = by_id(index)["metric:speed"]
    assert "metrics/crm/speed.yaml:3" in record.problem
    index.close()


def test_a_name_taken_twice_keeps_both_files(repository: GitRepository, index: StoredIndex) -> None:
    put(repository, {"metrics/paid/speed.yaml": metric("speed")})
    assert [one.path for one in index.definitions() if one.id == "metric:speed"] == [
        "metrics/crm/speed.yaml",
        "metrics/paid/speed.yaml",
    ]
    index.close()


def test_other_tools_files_are_definitions_where_metricgov_yaml_says_so(
    repository: GitRepository, index: StoredIndex
) -> None:
    put(repository, {"models/orders.sql": b"select 1", "models/x/deep.sql": b"select 2"})
    assert "opaque:models/orders.sql" not in by_id(index)
    governed = SETTINGS + b'opaque: [{paths: ["models/**/*.sql"], dialect: duckdb}]\n'
    put(repository, {"metricgov.yaml": governed})
    index.catch_up()
    assert {"opaque:models/orders.sql", "opaque:models/x/deep.sql"} <= set(by_id(index))
    put(repository, {"metricgov.yaml": SETTINGS})
    index.catch_up()
    assert "opaque:models/orders.sql" not in by_id(index)
    assert index.verify() == ()
    index.close()


def test_a_symbolic_link_is_not_read(repository: GitRepository, index: StoredIndex, git: Callable[..., str]) -> None:
    blob = git(repository, "hash-object", "-w", "--stdin", stdin=b"../../etc/passwd")
    git(repository, "read-tree", "main")
    git(repository, "update-index", "--add", "--cacheinfo", f"120000,{blob},metrics/crm/link.yaml")
    tree = git(repository, "write-tree")
    made = git(repository, "commit-tree", tree, "-p", "main", "-m", "link")
    git(repository, "update-ref", "refs/heads/main", made)
    assert "not a regular file" in by_id(index)["metric:link"].problem
    index.close()


def test_main_that_went_back_is_read_as_it_is(repository: GitRepository, index: StoredIndex) -> None:
    first = repository.resolve("refs/heads/main")
    second = put(repository, {"metrics/crm/speed.yaml": metric("speed", "other")})
    index.catch_up()
    move_branch(repository, "main", first, old=second)
    index.catch_up()
    assert by_id(index)["metric:speed"].references == ("source:leads",)
    assert index.verify() == ()
    index.close()


def test_without_a_target_there_are_no_definitions(new_repository: Callable[..., GitRepository]) -> None:
    index = index_of(new_repository(bare=True, files={}))
    assert index.definitions() == ()
    assert index.verify() == ()
    index.close()


class TestLongJournal:
    """More events than are listed at once (FEW): the new ones are found by the commits that brought them."""

    @pytest.fixture
    def journal(self, repository_of_each_format: GitRepository) -> GitJournal:
        journal = GitJournal(repository_of_each_format)
        journal.create(REGISTRY, TARGET, at=AT)
        pending = drafts(5, 400)
        for size in (1, 7, 300, 60, 1, 1, 30):
            batch, pending = pending[:size], pending[size:]
            journal.append(lambda batch=batch: batch)  # type: ignore[misc]
        return journal

    def test_events_since_any_seq_are_the_tail(self, journal: GitJournal) -> None:
        every = list(journal.events())
        assert len(every) == 400
        for since in (0, 1, 5, 8, 9, 255, 308, 309, 368, 369, 370, 399, 400, 999):
            assert list(journal.events(since=since)) == every[since:], since

    def test_a_shallow_clone_reads_them_too(self, journal: GitJournal, tmp_path: Path, git: Callable[..., str]) -> None:
        root = journal._store.git.root
        git(tmp_path, "clone", "-q", "--bare", "--depth=1", "--branch=metricgov/journal", f"file://{root}", "shallow")
        shallow = GitJournal(GitRepository.open(tmp_path / "shallow"))
        assert list(shallow.events(since=390)) == list(journal.events(since=390))
        assert list(shallow.events(since=0)) == list(journal.events())

    def test_the_index_follows(self, repository_of_each_format: GitRepository, journal: GitJournal) -> None:
        git = Git(journal, repository_of_each_format, YamlFiles(), TARGET, REGISTRY)
        index = StoredIndex(repository_of_each_format.state_dir() / "i.sqlite3", git, tell=pytest.fail)
        assert index.catch_up().events == 400
        assert index.events(EventQuery()) == tuple(journal.events())
        assert index.verify() == ()
        index.close()
