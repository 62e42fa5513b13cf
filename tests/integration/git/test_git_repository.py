"""Reading a repository: finding it, refs, trees, changes, ancestry, and what is wrong with it, in words."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from integration.git.loose_objects import loosen
from metricgov.adapters.git import process
from metricgov.adapters.git.process import own_environment
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.setup import commit_files, create_repository
from metricgov.domain.errors import BadInput, MetricgovError, Undecidable

AT = "2026-06-18T09:52:30Z"
New = Callable[..., GitRepository]
Git = Callable[..., str]


def commit(repository: GitRepository, branch: str = "main", **files: str | None) -> str:
    """Commit files given as metrics__x__y="text" under their paths."""
    data = {name.replace("__", "/") + ".yaml": None if t is None else t.encode() for name, t in files.items()}
    return commit_files(repository, branch, data, message="change", at=AT)


def test_it_is_found_from_any_folder_in_it(repository: GitRepository) -> None:
    top = repository.toplevel()
    found = GitRepository.open(top / "metrics" / "crm")
    assert (found.toplevel(), found.common_dir(), found.bare) == (top, top / ".git", False)
    assert found.state_dir() == top / ".git" / "metricgov"
    assert GitRepository.open(top / ".git").toplevel() == top


def test_it_is_found_from_a_linked_work_tree(repository: GitRepository, git: Git, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    linked = GitRepository.open(tmp_path / "linked" / "metrics")
    assert linked.toplevel() == tmp_path / "linked"
    assert linked.common_dir() == repository.common_dir()
    assert linked.branch() == "refs/heads/side"
    assert linked.resolve("HEAD") == repository.resolve("main")


def test_a_bare_repository_has_no_work_tree(new_repository: New) -> None:
    bare = GitRepository.open(new_repository(bare=True).git.root)
    assert bare.bare
    assert bare.resolve("main")
    with pytest.raises(BadInput, match="bare"):
        bare.toplevel()


def test_a_hook_says_where_the_repository_is(repository: GitRepository, tmp_path: Path) -> None:
    environ = {"GIT_DIR": str(repository.git.git_dir), "GIT_INDEX_FILE": "/nowhere", "PATH": "/usr/bin:/bin"}
    assert GitRepository.open(environ=environ).resolve("HEAD") == repository.resolve("HEAD")
    with pytest.raises(BadInput):
        GitRepository.open(tmp_path, environ=environ)


def test_in_a_hook_only_the_quarantine_of_the_callers_environment_stays() -> None:
    """INV-33"""
    quarantine = {"GIT_QUARANTINE_PATH": "/q", "GIT_OBJECT_DIRECTORY": "/q", "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/o"}
    foreign = {"GIT_CONFIG_COUNT": "1", "GIT_INDEX_FILE": "/i", "GIT_EXTERNAL_DIFF": "/evil", "GIT_NAMESPACE": "n"}
    in_hook = own_environment(quarantine | foreign | {"HOME": "/h"})
    assert quarantine.items() <= in_hook.items()
    assert not foreign.keys() & in_hook.keys()
    assert not quarantine.keys() & own_environment({"GIT_OBJECT_DIRECTORY": "/q"}).keys()


def test_refs_resolve_in_one_order(repository_of_each_format: GitRepository, git: Git) -> None:
    """INV-30, INV-35"""
    repository = repository_of_each_format
    first = repository.resolve("main")
    second = commit(repository, metrics__crm__more="a: 1\n")
    git(repository, "update-ref", "refs/remotes/origin/main", first)
    git(repository, "update-ref", "refs/heads/origin/dev", second)
    git(repository, "update-ref", "refs/remotes/origin/dev", first)
    assert [repository.resolve(ref) for ref in ("main", "refs/heads/main", "HEAD", second, "origin/main")] == [
        *(second, second, second, second, first)
    ]
    assert repository.resolve("origin/dev") == second
    assert repository.resolve("refs/remotes/origin/dev") == first


@pytest.mark.parametrize(
    ("ref", "code"),
    [
        ("", "bad_ref"),
        ("main~1", "bad_ref"),
        ("main^{tree}", "bad_ref"),
        ("main@{1}", "bad_ref"),
        (":/first", "bad_ref"),
        ("main:metricgov.yaml", "bad_ref"),
        ("ma*", "bad_ref"),
        ("../main", "bad_ref"),
        ("a\nb", "bad_ref"),
        ("nowhere", "unknown_ref"),
        ("-x", "unknown_ref"),
        ("--upload-pack=evil", "unknown_ref"),
        ("refs/heads", "unknown_ref"),
        ("refs/tags/v1", "tag_refused"),
        ("v1", "unknown_ref"),
        ("abc1234", "unknown_ref"),
        ("f" * 40, "commit_missing"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_names_no_commit_is_an_error(repository: GitRepository, git: Git, ref: str, code: str) -> None:
    """INV-30, INV-32"""
    git(repository, "tag", "v1")
    with pytest.raises(MetricgovError) as caught:
        repository.resolve(ref)
    assert caught.value.code == code
    assert caught.value.hint
    assert caught.value.exit_code in (2, 3)


def test_a_tree_is_no_commit(repository: GitRepository, git: Git) -> None:
    with pytest.raises(BadInput, match="is a tree"):
        repository.resolve(git(repository, "rev-parse", "main^{tree}"))


def test_an_annotated_tag_given_by_id_is_no_commit(repository: GitRepository, git: Git) -> None:
    """INV-30"""
    git(repository, "tag", "-a", "-m", "x", "v1")
    with pytest.raises(BadInput, match="is a tag"):
        repository.resolve(git(repository, "rev-parse", "v1"))


def test_trees_and_changes(repository_of_each_format: GitRepository) -> None:
    """INV-22 (no renames), INV-35"""
    repository = repository_of_each_format
    base = repository.resolve("main")
    moved = {"metrics__crm__speed": None, "metrics__crm__pace": "kind: metric\nname: speed\n", "metricgov": "kind: m\n"}
    head = commit(repository, **moved)
    changes = {change.path: change for change in repository.changed(base, head)}
    assert list(changes) == ["metricgov.yaml", "metrics/crm/pace.yaml", "metrics/crm/speed.yaml"]
    gone, new = changes["metrics/crm/speed.yaml"], changes["metrics/crm/pace.yaml"]
    assert gone.after is None is new.before
    assert gone.before == new.after
    assert list(repository.tree(head)) == ["metricgov.yaml", "metrics/crm/pace.yaml"]
    assert list(repository.tree(head, ["metrics"])) == ["metrics/crm/pace.yaml"]
    assert repository.tree(head, ["nothing"]) == {}
    oids = [entry.oid for entry in repository.tree(head).values()]
    assert list(repository.read([*oids, oids[0]])) == [b"kind: m\n", b"kind: metric\nname: speed\n", b"kind: m\n"]


def test_reading_asks_for_more_than_fits_into_a_pipe(repository: GitRepository) -> None:
    files = {f"metrics/many/m{n}.yaml": b"x" * 3000 + b"%d" % n for n in range(1500)}
    head = commit_files(repository, "bulk", files, message="many", at=AT)
    entries = repository.tree(head)
    assert dict(zip(entries, repository.read(entry.oid for entry in entries.values()), strict=True)) == files


def test_a_missing_blob_is_undecidable(repository: GitRepository) -> None:
    with pytest.raises(Undecidable):
        list(repository.read(["0" * 40]))
    with pytest.raises(BadInput):
        list(repository.read(["main:metricgov.yaml"]))


def test_words_are_found_whole_and_literally(repository: GitRepository) -> None:
    head = commit(
        repository,
        a="uses: [routing_speed]\n",
        b="routing_speed_2\nfast_routing_speed\n",
        c="text: a.b\n",
        d="axb\n",
        e="-e\n--open-files-in-pager=evil\n",
    )
    assert tuple(repository.mentioning(head, ["routing_speed"])) == ("a.yaml",)
    assert tuple(repository.mentioning(head, ["a.b", "speed"])) == ("c.yaml", "metrics/crm/speed.yaml")
    assert tuple(repository.mentioning(head, ["--open-files-in-pager=evil"])) == ("e.yaml",)
    assert repository.mentioning(head, []) == {} == repository.mentioning(head, ["", "nowhere"])


def test_ancestry(repository_of_each_format: GitRepository, git: Git) -> None:
    """INV-35"""
    repository = repository_of_each_format
    root = repository.resolve("main")
    git(repository, "branch", "side", "main")
    one = commit(repository, a="1")
    two = commit(repository, "side", b="1")
    git(repository, "merge", "-q", "--no-edit", "side")
    top = repository.resolve("main")
    assert repository.merge_base(one, two) == root == repository.merge_base(root, top)
    assert repository.contains(top, two)
    assert repository.contains(top, top)
    assert not repository.contains(two, one)
    assert not repository.contains(top, "1" * len(top))
    assert repository.first_parents(top) == (root, one, top)
    assert repository.first_parents(top, since=one) == (top,)
    assert repository.first_parents(top, since=top) == ()


def test_unrelated_histories_have_no_merge_base(repository: GitRepository, git: Git) -> None:
    git(repository, "checkout", "-q", "--orphan", "alone")
    git(repository, "commit", "-q", "-m", "alone")
    with pytest.raises(Undecidable, match="no commit in common"):
        repository.merge_base(repository.resolve("main"), repository.resolve("alone"))


def shallow_clone(repository: GitRepository, git: Git, to: Path, depth: int = 1) -> GitRepository:
    git(to.parent, "clone", "-q", f"--depth={depth}", "--no-single-branch", f"file://{repository.git.root}", str(to))
    return GitRepository.open(to)


def test_a_shallow_clone_says_which_fetch_helps(repository: GitRepository, git: Git, tmp_path: Path) -> None:
    """INV-25"""
    root = repository.resolve("main")
    git(repository, "branch", "side", "main")
    one, two = commit(repository, a="1"), commit(repository, "side", b="1")
    shallow = shallow_clone(repository, git, tmp_path / "shallow")
    assert shallow.shallow
    for question in (
        lambda: shallow.merge_base(one, two),
        lambda: shallow.contains(one, two),
        lambda: shallow.contains(one, root),
        lambda: shallow.first_parents(one),
        lambda: shallow.first_parents(one, since=root),
        lambda: shallow.resolve(root),
    ):
        with pytest.raises(Undecidable) as caught:
            question()
        assert "git fetch" in caught.value.hint
    assert shallow.contains(one, one)
    assert [change.path for change in shallow.changed(one, two)] == ["a.yaml", "b.yaml"]


def test_a_shallow_clone_that_reaches_the_merge_base_decides(
    repository: GitRepository, git: Git, tmp_path: Path
) -> None:
    for number in range(3):
        root = commit(repository, a=str(number))
    git(repository, "branch", "side", "main")
    one, two = commit(repository, b="1"), commit(repository, "side", c="1")
    shallow = shallow_clone(repository, git, tmp_path / "shallow", depth=2)
    assert shallow.merge_base(one, two) == root
    assert shallow.first_parents(one, since=root) == (one,)


def test_an_empty_repository_says_so(tmp_path: Path) -> None:
    empty = create_repository(tmp_path / "empty")
    with pytest.raises(Undecidable) as caught:
        empty.resolve("HEAD")
    assert caught.value.code == "no_commits"
    with pytest.raises(BadInput):
        empty.resolve("main")


def test_no_repository_at_all(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not in a git repository"):
        GitRepository.open(tmp_path)


def test_a_detached_head_and_the_middle_of_a_rebase_resolve(repository: GitRepository, git: Git) -> None:
    first = repository.resolve("main")
    git(repository, "branch", "side", "main")
    one = commit(repository, a="1")
    commit(repository, "side", a="2")
    git(repository, "checkout", "-q", "--detach", first)
    assert (repository.resolve("HEAD"), repository.branch()) == (first, "")
    git(repository, "checkout", "-q", "side")
    git(repository, "rebase", "-q", "main", ok=(1,))
    assert (repository.resolve("HEAD"), repository.branch()) == (one, "")


def test_damage_is_one_error(repository: GitRepository) -> None:
    """INV-25"""
    top = repository.resolve("main")
    objects = repository.common_dir() / "objects"
    repository.close()
    for found in (*objects.glob("??"), objects / "pack"):
        shutil.rmtree(found)
    for question in (repository.tree, lambda commit: repository.changed(commit, commit), repository.resolve):
        with pytest.raises(Undecidable) as caught:
            question(top)
        assert caught.value.hint


def test_a_garbled_object_is_one_error(repository: GitRepository) -> None:
    """INV-25"""
    oid = repository.tree(repository.resolve("main"))["metricgov.yaml"].oid
    loosen(repository.common_dir() / "objects")
    file = repository.common_dir() / "objects" / oid[:2] / oid[2:]
    file.chmod(0o644)
    file.write_bytes(b"garbage")
    repository.close()
    with pytest.raises(Undecidable):
        list(repository.read([oid]))


def test_a_broken_ref_is_one_error(repository: GitRepository) -> None:
    """INV-25"""
    (repository.common_dir() / "refs/heads/main").write_text("garbage\n")
    with pytest.raises(Undecidable) as caught:
        repository.resolve("main")
    assert caught.value.exit_code == 3


def test_an_old_git_is_named(repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for its version only when it does not understand a call, so a new one is never asked."""
    (tmp_path / "bin").mkdir()
    old = tmp_path / "bin" / "git"
    true = shutil.which("git")
    old.write_text(
        '#!/bin/sh\ncase "$*" in *cat-file*) exit 129;; version) echo git version 2.30.2;; '
        f'*) exec {true} "$@";; esac\n'
    )
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    fresh = GitRepository.open(repository.toplevel())
    with pytest.raises(Undecidable) as caught:
        fresh.resolve(fresh.resolve("main"))
    assert (caught.value.code, caught.value.message) == ("git_too_old", "git version 2.30.2 is too old")


def test_a_machine_without_git(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Undecidable) as caught:
        GitRepository.open(repository.toplevel())
    assert caught.value.code == "git_not_found"


def test_a_folder_that_only_looks_like_a_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(Undecidable) as caught:
        GitRepository.open(tmp_path)
    assert caught.value.code == "not_a_repository"


def test_the_email_is_the_users(
    repository: GitRepository, git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """INV-33: only this one call sees the user's configuration."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert GitRepository.open(repository.toplevel()).user_email() == ""
    (tmp_path / ".gitconfig").write_text("[user]\n\temail = crm-lead@example.com\n")
    assert GitRepository.open(repository.toplevel()).user_email() == "crm-lead@example.com"
    git(repository, "config", "user.email", "other@example.com")
    assert GitRepository.open(repository.toplevel()).user_email() == "other@example.com"


def test_the_work_tree_is_read_as_bytes(repository: GitRepository) -> None:
    top = repository.toplevel()
    (top / "metrics/crm/speed.yaml").write_bytes(b"a: 1\r\n")
    (top / "metrics/crm/new.yaml").write_bytes(b"b: 1\n")
    (top / ".gitignore").write_text("*.tmp\n")
    (top / "x.tmp").write_text("x")
    (top / "metricgov.yaml").unlink()
    assert repository.worktree_paths() == (".gitignore", "metrics/crm/new.yaml", "metrics/crm/speed.yaml")
    assert repository.worktree_changed(repository.resolve("main")) == (
        *(".gitignore", "metricgov.yaml", "metrics/crm/new.yaml", "metrics/crm/speed.yaml"),
    )
    assert repository.worktree_changed(repository.resolve("main"), ["sources"]) == ()
    read = repository.read_worktree(["metrics/crm/speed.yaml", "metricgov.yaml"])
    assert read == {"metrics/crm/speed.yaml": b"a: 1\r\n", "metricgov.yaml": None}


def test_a_touched_file_with_the_same_bytes_has_not_changed(repository: GitRepository) -> None:
    import os

    os.utime(repository.toplevel() / "metricgov.yaml", (1, 1))
    assert repository.worktree_changed(repository.resolve("main")) == ()


@pytest.mark.parametrize("path", ["link.yaml", "linked/secret.yaml", "../secret.yaml", ".git/config", "metrics"])
def test_reading_the_work_tree_follows_no_link_and_stays_inside(repository: GitRepository, path: str) -> None:
    """INV-31, INV-42"""
    top = repository.toplevel()
    (top.parent / "secret.yaml").write_text("secret")
    (top / "link.yaml").symlink_to(top.parent / "secret.yaml")
    (top / "linked").symlink_to(top.parent)
    with pytest.raises(BadInput):
        repository.read_worktree([path])


def test_made_repositories_check_what_they_are_sent(new_repository: New, git: Git) -> None:
    """INV-33"""
    for bare in (False, True):
        made = new_repository(f"made-{bare}", bare=bare)
        assert git(made, "config", "transfer.fsckObjects") == "true"
        git(made, "fsck", "--full", "--strict")


def test_changed_costs_what_changed(repository: GitRepository) -> None:
    """The time for one changed file of 4,000 stays near that of one changed file of two."""
    import time

    base = repository.resolve("main")
    head = commit(repository, metricgov="kind: x\n")
    many = {f"metrics/d{n % 40}/m{n}.yaml": b"x" for n in range(4000)}
    big_base = commit_files(repository, "big", many, message="many", at=AT)
    big_head = commit_files(repository, "big", {"metrics/d1/m1.yaml": b"y"}, message="one", at=AT)

    def cost(one: str, other: str) -> float:
        times = []
        for _ in range(7):
            start = time.perf_counter()
            assert len(repository.changed(one, other)) == 1
            times.append(time.perf_counter() - start)
        return min(times)

    assert cost(big_base, big_head) < 3 * cost(base, head) + 0.005


def test_a_git_whose_input_stays_open_elsewhere_is_ended(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was forked from this one holds the other end of the pipe: closing it here tells git nothing."""
    monkeypatch.setattr(process, "ENDS_WITHIN", 0.2)
    started = repository.git.start("cat-file", "--batch-command")
    assert started.stdin is not None
    elsewhere = os.dup(started.stdin.fileno())
    try:
        process.stop(started)
        assert started.returncode == -signal.SIGKILL
    finally:
        os.close(elsewhere)
