"""Refs read from files say what git says, whatever was done to them; about anything odd, git is asked."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metricgov.adapters.git.ref_files import RefFiles
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.setup import commit_files
from metricgov.adapters.git.store import ObjectStore
from metricgov.domain.errors import Undecidable

Git = Callable[..., str]
New = Callable[..., GitRepository]
AT = "2026-06-18T09:52:30Z"
MAIN = "refs/heads/main"
NAMES = (MAIN, "refs/heads/side", "refs/heads/metricgov/journal", "refs/metricgov/seen", "refs/remotes/origin/main")


def files_of(repository: GitRepository) -> RefFiles:
    return RefFiles(repository.common_dir(), repository.object_format)


def listed(repository: GitRepository) -> dict[str, str]:
    rows = repository.git.read("for-each-ref", "--format=%(refname) %(objectname)").text.splitlines()
    return dict(row.split(" ") for row in rows)


def test_a_ref_is_read_from_its_file_or_from_the_packed_ones(repository: GitRepository, git: Git) -> None:
    tip = repository.resolve("main")
    assert files_of(repository).read(MAIN) == tip
    git(repository, "pack-refs", "--all")
    assert not (repository.common_dir() / MAIN).exists()
    assert files_of(repository).read(MAIN) == tip
    assert files_of(repository).read("refs/heads/none") == ""


def test_a_file_goes_before_the_packed_ref(repository: GitRepository, git: Git) -> None:
    files = files_of(repository)
    git(repository, "pack-refs", "--all")
    assert files.read(MAIN)
    later = commit_files(repository, "main", {"metrics/crm/other.yaml": b"name: other\n"}, message="more", at=AT)
    assert files.read(MAIN) == later


COUNTER = count()
DONE = st.lists(
    st.tuples(st.sampled_from(["set", "delete", "pack", "prune"]), st.sampled_from(NAMES), st.integers(0, 2)),
    max_size=10,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=DONE)
def test_they_say_what_git_says_after_anything_that_git_does(new_repository: New, git: Git, done: list) -> None:  # type: ignore[type-arg]
    repository = new_repository(f"registry-{next(COUNTER)}")
    files, store = files_of(repository), repository.store
    commits = [repository.resolve("main")]
    for number in range(2):
        data = {f"metrics/crm/more_{number}.yaml": b"name: more\n"}
        commits.append(commit_files(repository, "main", data, message="more", at=AT))
    before, mark = listed(repository), store.mark()
    for what, name, which in done:
        if what == "set":
            git(repository, "update-ref", name, commits[which])
        elif what == "delete" and name != MAIN:
            git(repository, "update-ref", "-d", name)
        elif what == "pack":
            git(repository, "pack-refs", "--all", "--no-prune")
        elif what == "prune":
            git(repository, "pack-refs", "--all", "--prune")
        now = listed(repository)
        assert {one: files.read(one) or None for one in NAMES} == {one: now.get(one) for one in NAMES}
        assert {one.name: one.oid for one in store.refs(*NAMES)} == {one: now[one] for one in NAMES if one in now}
        if now != before:
            assert store.mark() != mark
        before, mark = now, store.mark()


def symbolic(repository: GitRepository, git: Git) -> None:
    git(repository, "symbolic-ref", "refs/heads/other", MAIN)


def linked(repository: GitRepository, _git: Git) -> None:
    (repository.common_dir() / "refs/heads/other").symlink_to("main")


def padded(repository: GitRepository, _git: Git) -> None:
    (repository.common_dir() / "refs/heads/other").write_text(repository.resolve("main") + " and more\n")


@pytest.mark.parametrize("make", [symbolic, linked, padded], ids=lambda make: make.__name__)
def test_what_is_no_plain_ref_is_left_to_git(
    repository: GitRepository, git: Git, make: Callable[[GitRepository, Git], None]
) -> None:
    """INV-30"""
    make(repository, git)
    assert files_of(repository).read("refs/heads/other") is None


@pytest.mark.parametrize(
    "name",
    ["HEAD", "refs/heads/../../HEAD", "refs/tags/v1", "refs/heads/main.lock", "refs/heads/-x", "refs/heads/.", "main"],
)
def test_an_odd_name_is_left_to_git(repository: GitRepository, name: str) -> None:
    """INV-30"""
    (repository.common_dir() / "refs/heads/main.lock").write_text(repository.resolve("main") + "\n")
    assert files_of(repository).read(name) is None


def test_where_two_names_are_one_file_git_is_asked(repository: GitRepository) -> None:
    """INV-30: on such a file system the file of refs/heads/MAIN is that of refs/heads/main."""
    (repository.common_dir() / "head").write_bytes((repository.common_dir() / "HEAD").read_bytes())
    assert files_of(repository).read(MAIN) is None
    assert files_of(repository).all_of_them() is None


def test_another_storage_is_left_to_git(repository: GitRepository) -> None:
    (repository.common_dir() / "reftable").mkdir()
    assert files_of(repository).read(MAIN) is None


def test_a_damaged_file_of_packed_refs_is_left_to_git(repository: GitRepository, git: Git) -> None:
    git(repository, "pack-refs", "--all")
    with (repository.common_dir() / "packed-refs").open("a") as file:
        file.write("nonsense\n")
    assert files_of(repository).read(MAIN) is None


def test_a_ref_to_an_object_that_is_missing_is_not_taken_for_a_ref(repository: GitRepository) -> None:
    (repository.common_dir() / "refs/heads/side").write_text("1" * 40 + "\n")
    with pytest.raises(Undecidable, match="cannot read"):
        repository.store.refs("refs/heads/side")


def test_the_refs_of_a_linked_work_tree_are_those_of_all(repository: GitRepository, git: Git, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    linked = GitRepository.open(tmp_path / "linked")
    assert linked.store.ref("refs/heads/side") == repository.resolve("main")


def test_no_process_is_started_to_look_at_a_ref(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ObjectStore, "_listed", None)
    assert repository.store.ref(MAIN) == repository.store.ref(MAIN) != ""
    assert repository.store.ref("refs/heads/none") == ""
    assert repository.store.mark()


def test_so_many_refs_of_their_own_are_listed_by_git(repository: GitRepository) -> None:
    tip = repository.resolve("main")
    folder = repository.common_dir() / "refs/heads/many"
    folder.mkdir()
    for number in range(401):
        (folder / f"one-{number}").write_text(tip + "\n")
    assert files_of(repository).all_of_them() is None
    before = repository.store.mark()
    (folder / "one-7").unlink()
    assert repository.store.mark() != before
