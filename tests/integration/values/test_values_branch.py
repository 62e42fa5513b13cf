"""The branch of values: added to by one at a time, whole after a crash, put together across clones, never rewritten."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from integration.values.values_world import BRANCH, NAME, REGISTRY
from metricgov.adapters.git.mirror import Mirror
from metricgov.adapters.git.remote import GitRemote
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.shared_values import SharedValues
from metricgov.adapters.git.values import GitValues
from metricgov.app.checking_values import wrong_with
from metricgov.domain.comparability.vintages import Amount, Cell, Row, Taking, Under, from_bytes, to_bytes
from metricgov.domain.errors import Refused, Undecidable

AT = "2026-04-01T08:00:00Z"
Git = Callable[..., str]


def taking(metric: str = NAME, at: str = AT) -> Taking:
    """Return a computation."""
    return Taking(metric, at, "2026-04-01", "a" * 40, "here", "0" * 64, "2026-01-01", "2026-04-01", "month", (), "1")


def row(value: str, month: str = "2026-01") -> Row:
    """Return a value of a month."""
    return Row(Cell("month", f"{month}-01"), Under("1.0.0", "", Amount(value)))


def store(repository: GitRepository) -> GitValues:
    """Return the branch of a repository."""
    return GitValues(repository, BRANCH, REGISTRY)


def add(values: GitValues, *found: str, metric: str = NAME, at: str = AT) -> None:
    """Add a vintage."""
    assert values.append(values.tip(), [(taking(metric, at), tuple(map(row, found)))])


def test_the_layout_is_the_one_that_is_written_down(repository_of_each_format: GitRepository, git: Git) -> None:
    """One file for each metric and computation, lines of canonical JSON."""
    values = store(repository_of_each_format)
    add(values, "1")
    add(values, "2")
    listed = git(repository_of_each_format, "ls-tree", "-r", "--name-only", BRANCH).splitlines()
    assert [one.rpartition("/")[2] for one in listed] == [
        "000001-20260401T080000Z.jsonl",
        "000002-20260401T080000Z.jsonl",
        "values.json",
    ]
    stored = git(repository_of_each_format, "show", f"{BRANCH}:{listed[0]}")
    assert stored.splitlines()[1] == '{"change":"","period":"2026-01-01","value":"1","version":"1.0.0"}'
    assert values.metrics() == (NAME,)
    git(repository_of_each_format, "fsck", "--full", "--strict")


def test_lines_read_back(repository: GitRepository) -> None:
    """Everything that a vintage holds."""
    values = store(repository)
    add(values, "1", "2.5")
    (one,) = values.vintages(NAME)
    assert from_bytes(to_bytes(one), "x") == one


def test_a_branch_that_moved_takes_nothing(repository: GitRepository) -> None:
    """Compare-and-swap."""
    values = store(repository)
    add(values, "1")
    assert not values.append("", [(taking(), (row("2"),))])
    assert len(values.vintages(NAME)) == 1


def test_two_writers_lose_nothing(repository: GitRepository) -> None:
    """Whoever loses a race looks again."""

    def write(name: str, first: int) -> None:
        with GitRepository.open(Path(repository.git.root)) as mine:
            values = store(mine)
            for number in range(first, first + 5):
                while not values.append(values.tip(), [(taking(name), (row(str(number)),))]):
                    continue

    threads = [Thread(target=write, args=found) for found in (("one", 0), ("one", 5), ("two", 0))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    values = store(repository)
    assert [len(values.vintages(name)) for name in ("one", "two")] == [10, 5]


KILLED = """
import sys
from metricgov.adapters.git.repository import GitRepository
sys.path.insert(0, sys.argv[2])
from integration.values.test_values_branch import add, store
with GitRepository.open(sys.argv[1]) as repository:
    values = store(repository)
    for number in range(10_000):
        add(values, str(number))
        print(number, flush=True)
"""


def test_a_killed_writer_leaves_whole_vintages(repository: GitRepository) -> None:
    """What was acknowledged is there, and the next writer goes on."""
    tests = str(Path(__file__).parents[2])
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(repository.git.root), tests],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([tests, *sys.path])},
    )
    assert child.stdout is not None
    said = [int(child.stdout.readline()) for _ in range(3)]
    time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    said += [int(line) for line in child.stdout.read().split()]
    values = store(repository)
    assert len(values.vintages(NAME)) in (len(said), len(said) + 1)
    while not values.append(values.tip(), [(taking(), (row("1"),))]):
        continue  # the git that the killed process had started may still be moving the branch
    assert wrong_with(values, lambda _commit: True) == ()


@pytest.mark.parametrize("damage", ["value", "gap", "stranger", "registry"])
def test_damage_is_named(repository: GitRepository, git: Git, damage: str, tmp_path: Path) -> None:
    """A value changed later, a vintage taken out, a file that does not belong, another registry's values."""
    values = store(repository)
    for one in "123":
        add(values, one)
    tree = tmp_path / "tree"
    git(repository, "worktree", "add", "-q", str(tree), BRANCH)
    first, second, _ = sorted((tree / "metrics").rglob("*.jsonl"))
    match damage:
        case "value":
            first.write_text(first.read_text().replace('"value":"1"', '"value":"9"'))
        case "gap":
            second.unlink()
        case "stranger":
            (first.parent / "notes.txt").write_text("mine")
        case _:
            (tree / "values.json").write_text('{"format":1,"registry":"other"}')
    git(tree, "add", "-A")
    git(tree, "-c", "user.name=x", "-c", "user.email=x@y.z", "commit", "-qm", "x")
    with pytest.raises(Undecidable) as error:
        values.vintages(NAME)
    assert error.value.code in ("values_damaged", "other_values")
    assert wrong_with(values, lambda _commit: True)


def test_a_rewritten_branch_is_noticed(repository: GitRepository, git: Git) -> None:
    """Without any remote: the clone remembers what it wrote."""
    values = store(repository)
    add(values, "1")
    before = values.tip()
    add(values, "2")
    assert wrong_with(values, lambda _commit: True) == ()
    git(repository, "update-ref", values.ref, before)
    (found,) = wrong_with(values, lambda _commit: True)
    assert "does not hold" in found
    with pytest.raises(Refused) as error:
        values.append(before, [(taking(), (row("3"),))])
    assert error.value.code == "values_rewritten"
    git(repository, "update-ref", "-d", values.ref)
    assert "is gone" in wrong_with(values, lambda _commit: True)[0]


def test_values_of_a_main_that_nobody_has_are_noticed(repository: GitRepository) -> None:
    """A value says which commit of main defined it."""
    values = store(repository)
    add(values, "1")
    (found,) = wrong_with(values, lambda _commit: False)
    assert "aaaaaaaaaaaa" in found


class TestTwoClones:
    """A bare repository between two clones."""

    @pytest.fixture
    def clones(self, new_repository: Callable[..., GitRepository], git: Git, tmp_path: Path) -> list[SharedValues]:
        new_repository("first")
        git(tmp_path, "clone", "-q", "--bare", "first", "shared.git")
        found = []
        for name in "ab":
            git(tmp_path, "clone", "-q", "shared.git", name)
            repository = GitRepository.open(tmp_path / name)
            mirror = Mirror(repository, GitRemote(repository, "origin"), "refs/heads/metricgov/journal")
            found.append(SharedValues(repository, store(repository), mirror))
        return found

    def test_values_reach_the_other(self, clones: list[SharedValues]) -> None:
        """Sent by one, fetched by the other."""
        a, b = clones
        add(a._values, "1")
        assert a.exchange().sent
        assert b.exchange().fetched
        assert b._values.vintages(NAME) == a._values.vintages(NAME)
        assert not b.exchange().fetched

    def test_what_two_wrote_apart_is_put_together(self, clones: list[SharedValues]) -> None:
        """Both vintages stand in both, whichever came first; what both knew stands once."""
        a, b = clones
        add(a._values, "1")
        add(b._values, "1", at="2026-04-01T09:00:00Z")
        add(b._values, "2", at="2026-04-02T09:00:00Z")
        a.exchange()
        done = b.exchange()
        assert (done.fetched, done.sent) == (True, True)
        a.exchange()
        assert a._values.vintages(NAME) == b._values.vintages(NAME)
        assert [[one.under.amount.value for one in v.rows] for v in a._values.vintages(NAME)] == [["1"], ["2"]]
        assert wrong_with(b._values, lambda _commit: True) == ()

    def test_a_process_that_was_killed_between_is_put_right(self, clones: list[SharedValues], git: Git) -> None:
        """What it did not come to remember is remembered by the next one."""
        a, b = clones
        add(a._values, "1")
        a.exchange()
        add(b._values, "2")
        before = git(b._repository, "rev-parse", "refs/metricgov/kept/values")
        b.exchange()
        git(b._repository, "update-ref", "refs/metricgov/kept/values", before)
        assert wrong_with(b._values, lambda _commit: True)
        b.exchange()
        assert wrong_with(b._values, lambda _commit: True) == ()

    def test_a_remote_that_lost_values_is_refused(self, clones: list[SharedValues], git: Git, tmp_path: Path) -> None:
        """The mirror rule: what it once held, it must hold."""
        a, _ = clones
        add(a._values, "1")
        a.exchange()
        first = a._values.tip()
        add(a._values, "2")
        a.exchange()
        git(tmp_path / "shared.git", "update-ref", a._values.ref, first)
        with pytest.raises(Refused) as error:
            a.exchange()
        assert error.value.code == "values_rewound"
        git(tmp_path / "shared.git", "update-ref", "-d", a._values.ref)
        with pytest.raises(Refused) as error:
            a.exchange()
        assert error.value.code == "values_gone"
