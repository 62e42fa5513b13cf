"""Landing: the commit is a function of the plan, the target moves by compare-and-swap, work trees follow or refuse."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from metricgov.adapters.git.landing import GitLanding
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.setup import commit_files, create_repository, move_branch
from metricgov.domain.errors import BadInput, Refused, Undecidable
from metricgov.ports.landing import Outcome, Plan

AT = "2026-06-18T09:52:30Z"
MAIN = "refs/heads/main"
SPEED = "metrics/crm/speed.yaml"
New = Callable[..., GitRepository]
Git = Callable[..., str]


def plan_for(repository: GitRepository, **more: bytes | None) -> Plan:
    """Return a plan that edits one file, adds one, and whatever else is given."""
    writes = {SPEED: b"kind: metric\nname: speed\nversion: 2.0.0\n", "sources/leads.yaml": b"kind: source\n"} | more
    message = "metricgov: apply chg-abcdef\n\nMetricgov-Change: 01J0000000000000000000000A\n"
    return Plan(MAIN, repository.resolve("main"), writes, AT, message)


def land(repository: GitRepository, plan: Plan) -> tuple[Outcome, str]:
    """Build and move."""
    landing = GitLanding(repository)
    commit = landing.build(plan)
    return landing.move(plan, commit), commit


def status(git: Git, folder: Path | GitRepository) -> str:
    return git(folder, "status", "--porcelain", "--untracked-files=all")


def test_the_commit_is_a_function_of_the_plan(new_repository: New, object_format: str, git: Git) -> None:
    """INV-50, INV-35: the same inputs give the same id, in any clone, whatever git is set to."""
    one = new_repository("one", object_format=object_format)
    other = new_repository("other", object_format=object_format, bare=True)
    git(other, "config", "core.autocrlf", "true")
    git(other, "config", "user.name", "somebody")
    plan = plan_for(one, **{"metricgov.yaml": b"kind: metricgov\r\n", "metrics/crm/other.yaml": None})
    commit = GitLanding(one).build(plan)
    assert GitLanding(one).build(plan) == commit == GitLanding(other).build(plan)
    assert one.resolve("main") == plan.tip
    shown = git(one, "log", "-1", "--format=%P|%an <%ae>|%cn <%ce>|%aI|%cI|%B", commit)
    assert shown == "|".join([
        plan.tip, *["metricgov <metricgov@invalid>"] * 2, *["2026-06-18T09:52:30+00:00"] * 2, plan.message.strip(),
    ])  # fmt: skip
    git(one, "fsck", "--full", "--strict")


def test_only_the_named_paths_change(repository: GitRepository, git: Git) -> None:
    plan = plan_for(repository)
    outcome, commit = land(repository, plan)
    assert (outcome, repository.resolve("main")) == (Outcome.MOVED, commit)
    assert [change.path for change in repository.changed(plan.tip, commit)] == [SPEED, "sources/leads.yaml"]
    assert status(git, repository) == ""
    assert (repository.toplevel() / SPEED).read_bytes() == plan.writes[SPEED]


def test_deleting_the_last_file_of_a_folder_leaves_no_folder(repository: GitRepository, git: Git) -> None:
    plan = Plan(MAIN, repository.resolve("main"), {SPEED: None}, AT, "m")
    _, commit = land(repository, plan)
    assert list(repository.tree(commit)) == ["metricgov.yaml"]
    assert not (repository.toplevel() / "metrics").exists()
    git(repository, "fsck", "--full", "--strict")


def test_a_file_never_replaces_a_folder_nor_a_folder_a_file(repository: GitRepository) -> None:
    for path in ("metrics/crm", "metricgov.yaml/x.yaml"):
        with pytest.raises(Refused) as caught:
            GitLanding(repository).build(Plan(MAIN, repository.resolve("main"), {path: b"x"}, AT, "m"))
        assert caught.value.code == "path_in_the_way"


def test_a_bare_repository_has_nothing_to_follow(new_repository: New, object_format: str) -> None:
    """INV-35"""
    bare = new_repository(bare=True, object_format=object_format)
    plan = plan_for(bare)
    GitLanding(bare).check(plan)
    outcome, commit = land(bare, plan)
    assert (outcome, bare.resolve("main")) == (Outcome.MOVED, commit)
    assert GitLanding(bare).landed(MAIN, commit)


def test_a_target_that_moved_is_lost_and_stays_lost(repository: GitRepository, git: Git) -> None:
    """INV-52: once the target has left T, the swap on T cannot win any more."""
    plan = plan_for(repository)
    landing = GitLanding(repository)
    commit = landing.build(plan)
    rival = commit_files(repository, "main", {"rival.yaml": b"1\n"}, message="rival", at=AT)
    for _ in range(2):
        assert landing.move(plan, commit) is Outcome.LOST
        landing.settle(plan, commit)
    assert repository.resolve("main") == rival
    assert not landing.landed(MAIN, commit)
    assert status(git, repository) == ""


def test_moving_twice_is_moving_once(repository: GitRepository) -> None:
    """INV-50"""
    plan = plan_for(repository)
    _, commit = land(repository, plan)
    landing = GitLanding(repository)
    assert landing.move(plan, commit) is Outcome.MOVED
    commit_files(repository, "main", {"later.yaml": b"1\n"}, message="later", at=AT)
    assert landing.landed(MAIN, commit)
    assert len(repository.first_parents(repository.resolve("main"))) == 3


def test_what_was_never_built_has_not_landed(repository: GitRepository) -> None:
    """INV-53"""
    assert not GitLanding(repository).landed(MAIN, "1" * 40)
    assert not GitLanding(repository).landed("refs/heads/nowhere", "1" * 40)


def test_a_shallow_clone_cannot_say_whether_a_commit_has_landed(
    repository: GitRepository, git: Git, tmp_path: Path
) -> None:
    """INV-53"""
    plan = plan_for(repository)
    _, commit = land(repository, plan)
    commit_files(repository, "main", {"later.yaml": b"1\n"}, message="later", at=AT)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository.git.root}", str(tmp_path / "shallow"))
    with pytest.raises(Undecidable):
        GitLanding(GitRepository.open(tmp_path / "shallow")).landed(MAIN, commit)


def test_a_commit_of_another_plan_is_not_moved(repository: GitRepository) -> None:
    with pytest.raises(ValueError, match="the plan builds"):
        GitLanding(repository).move(plan_for(repository), repository.resolve("main"))


class TestWorkTrees:
    """Every work tree on the target follows, or the apply is refused."""

    def test_all_on_the_target_follow_and_others_do_not(
        self, repository: GitRepository, git: Git, tmp_path: Path
    ) -> None:
        git(repository, "worktree", "add", "-q", "-f", str(tmp_path / "second"), "main")
        git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
        git(repository, "worktree", "add", "-q", "--detach", str(tmp_path / "detached"))
        plan = plan_for(repository)
        land(repository, plan)
        for folder in (repository.toplevel(), tmp_path / "second"):
            assert status(git, folder) == ""
            assert (folder / SPEED).read_bytes() == plan.writes[SPEED]
        for name in ("side", "detached"):
            assert status(git, tmp_path / name) == ""
            assert (tmp_path / name / SPEED).read_bytes() != plan.writes[SPEED]

    def test_landing_from_a_linked_work_tree(self, repository: GitRepository, git: Git, tmp_path: Path) -> None:
        git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
        linked = GitRepository.open(tmp_path / "side")
        land(linked, plan_for(linked))
        assert status(git, repository) == "" == status(git, tmp_path / "side")

    @pytest.mark.parametrize("staged", [False, True], ids=["edited", "staged"])
    def test_a_dirty_path_of_the_change_refuses(self, repository: GitRepository, git: Git, staged: bool) -> None:
        plan = plan_for(repository)
        file = repository.toplevel() / SPEED
        file.write_text("mine\n")
        if staged:
            git(repository, "add", SPEED)
        landing = GitLanding(repository)
        commit = landing.build(plan)
        for act in (lambda: landing.check(plan), lambda: landing.move(plan, commit)):
            with pytest.raises(Refused) as caught:
                act()
            assert caught.value.code == "work_tree_dirty"
            assert SPEED in caught.value.message
            assert str(repository.toplevel()) in caught.value.message
            assert caught.value.hint
        assert repository.resolve("main") == plan.tip
        assert file.read_text() == "mine\n"
        assert not (repository.toplevel() / "sources").exists()

    def test_an_untracked_file_in_the_way_refuses(self, repository: GitRepository) -> None:
        (repository.toplevel() / "sources").mkdir()
        (repository.toplevel() / "sources/leads.yaml").write_text("mine\n")
        with pytest.raises(Refused, match=r"sources/leads\.yaml"):
            GitLanding(repository).check(plan_for(repository))

    def test_a_link_in_the_way_refuses(self, repository: GitRepository, tmp_path: Path) -> None:
        """INV-31"""
        (tmp_path / "elsewhere").mkdir()
        (repository.toplevel() / "sources").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(Refused):
            land(repository, plan_for(repository))
        assert list((tmp_path / "elsewhere").iterdir()) == []

    def test_other_edits_stay_as_they_are(self, repository: GitRepository, git: Git) -> None:
        (repository.toplevel() / "metricgov.yaml").write_text("mine\n")
        (repository.toplevel() / "notes.txt").write_text("mine\n")
        land(repository, plan_for(repository))
        assert status(git, repository) == "M metricgov.yaml\n?? notes.txt"
        assert (repository.toplevel() / "metricgov.yaml").read_text() == "mine\n"

    @pytest.mark.parametrize("staged", [False, True], ids=["edited", "staged"])
    def test_whoever_proposed_from_the_work_tree_has_the_contents_already(
        self, repository: GitRepository, git: Git, staged: bool
    ) -> None:
        plan = plan_for(repository, **{"metricgov.yaml": None})
        for path, data in plan.writes.items():
            file = repository.toplevel() / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            if data is not None:
                file.write_bytes(data)
        if staged:
            git(repository, "add", "-A")
        GitLanding(repository).check(plan)
        outcome, _ = land(repository, plan)
        assert outcome is Outcome.MOVED
        assert status(git, repository) == ""

    def test_a_touched_file_is_not_dirty(self, repository: GitRepository, git: Git) -> None:
        file = repository.toplevel() / SPEED
        data = file.read_bytes()
        file.unlink()
        file.write_bytes(data)
        land(repository, plan_for(repository))
        assert status(git, repository) == ""

    def test_a_touched_file_that_git_converts_is_not_dirty(self, repository: GitRepository, git: Git) -> None:
        commit_files(repository, "main", {".gitattributes": b"*.yaml text eol=crlf\n"}, message="eol", at=AT)
        file = repository.toplevel() / SPEED
        file.unlink()
        git(repository, "checkout", "--", SPEED)
        os.utime(file, (1, 1))
        assert file.read_bytes() == b"kind: metric\r\nname: speed\r\n"
        land(repository, plan_for(repository))
        assert status(git, repository) == ""

    @pytest.mark.parametrize("path", [SPEED, "sources/leads.yaml"], ids=["known file", "new file"])
    @pytest.mark.parametrize("size", [0, 7])
    def test_a_file_that_was_half_written_is_written_again(
        self, repository: GitRepository, git: Git, path: str, size: int
    ) -> None:
        """INV-50: a full disk or a killed git leaves the beginning of the new contents."""
        plan = plan_for(repository)
        landing = GitLanding(repository)
        commit = landing.build(plan)
        data = plan.writes[path]
        assert data is not None
        (repository.toplevel() / path).parent.mkdir(exist_ok=True)
        (repository.toplevel() / path).write_bytes(data[:size])
        assert landing.move(plan, commit) is Outcome.MOVED
        assert status(git, repository) == ""

    def test_a_half_written_file_of_an_abandoned_attempt_goes_back(self, repository: GitRepository, git: Git) -> None:
        """INV-52"""
        plan = plan_for(repository)
        landing = GitLanding(repository)
        commit = landing.build(plan)
        (repository.toplevel() / SPEED).write_bytes(b"kind: metric\nname: speed\nvers")
        git(repository, "update-ref", MAIN, evil_twin(repository, git))
        assert landing.move(plan, commit) is Outcome.LOST
        landing.settle(plan, commit)
        assert status(git, repository) == ""

    def test_two_workers_do_not_move_the_same_work_trees_at_once(self, repository: GitRepository) -> None:
        """INV-50"""
        plan = plan_for(repository)
        landing = GitLanding(repository)
        commit = landing.build(plan)
        outcomes: list[Outcome] = []
        with landing._alone():
            other = Thread(target=lambda: outcomes.append(GitLanding(repository).move(plan, commit)))
            other.start()
            time.sleep(0.2)
            assert (outcomes, repository.resolve("main")) == ([], plan.tip)
        other.join()
        assert outcomes == [Outcome.MOVED]

    @pytest.mark.parametrize("command", ["merge", "rebase", "cherry-pick", "revert"])
    def test_one_in_the_middle_of_something_refuses(self, repository: GitRepository, git: Git, command: str) -> None:
        base = repository.resolve("main")
        move_branch(repository, "side", base, old="")
        side = commit_files(repository, "side", {"a.yaml": b"1\n"}, message="side", at=AT)
        first = commit_files(repository, "main", {"a.yaml": b"2\n"}, message="main", at=AT)
        commit_files(repository, "main", {"a.yaml": b"3\n"}, message="main", at=AT)
        git(repository, command, first if command == "revert" else side, ok=(0, 1))
        plan = plan_for(repository)
        with pytest.raises(Refused, match=f"in the middle of a {command}"):
            land(repository, plan)
        assert repository.resolve("main") == plan.tip

    def test_a_lost_race_takes_the_work_trees_back(
        self, repository: GitRepository, git: Git, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """INV-52: a rival moves the target after the work trees have followed."""
        from metricgov.adapters.git.store import ObjectStore

        plan = plan_for(repository)
        rival = evil_twin(repository, git)
        true = ObjectStore.swap

        def swap(store: ObjectStore, ref: str, *rest: str) -> bool:
            git(repository, "update-ref", MAIN, rival)
            return true(store, ref, *rest)

        monkeypatch.setattr(ObjectStore, "swap", swap)
        assert land(repository, plan)[0] is Outcome.LOST
        assert (repository.toplevel() / SPEED).read_bytes() == b"kind: metric\nname: speed\n"
        assert not (repository.toplevel() / "sources").exists()
        assert git(repository, "diff", "--cached", "--name-only", plan.tip) == ""

    def test_one_that_was_deleted_is_skipped_and_one_that_is_locked_away_refuses(
        self, repository: GitRepository, git: Git, tmp_path: Path
    ) -> None:
        git(repository, "worktree", "add", "-q", "-f", str(tmp_path / "gone"), "main")
        (tmp_path / "gone").rename(tmp_path / "away")
        GitLanding(repository).check(plan_for(repository))
        (tmp_path / "away").rename(tmp_path / "gone")
        git(repository, "worktree", "lock", str(tmp_path / "gone"))
        (tmp_path / "gone").rename(tmp_path / "away")
        with pytest.raises(Refused) as caught:
            GitLanding(repository).check(plan_for(repository))
        assert caught.value.code == "work_tree_away"

    def test_a_rebase_of_the_target_refuses(self, repository: GitRepository, git: Git) -> None:
        base = repository.resolve("main")
        move_branch(repository, "side", base, old="")
        commit_files(repository, "side", {"a.yaml": b"1\n"}, message="side", at=AT)
        commit_files(repository, "main", {"a.yaml": b"2\n"}, message="main", at=AT)
        git(repository, "rebase", "side", ok=(1,))
        assert repository.branch() == ""
        with pytest.raises(Refused, match="a rebase"):
            GitLanding(repository).check(plan_for(repository))

    def test_a_lock_of_another_git_is_named(self, monkeypatch: pytest.MonkeyPatch, repository: GitRepository) -> None:
        monkeypatch.setattr("metricgov.adapters.git.locks._somebody_writes", lambda _places: True)
        (repository.git.git_dir / "index.lock").touch()
        with pytest.raises(Undecidable) as caught:
            land(repository, plan_for(repository))
        assert caught.value.code == "repository_locked"
        assert "index.lock" in caught.value.hint


def evil_twin(repository: GitRepository, git: Git) -> str:
    """Return a commit on main's tip with the same tree."""
    return git(repository, "commit-tree", "-p", "main", "-m", "rival", "main^{tree}")


def test_a_stale_lock_of_the_target_is_named(monkeypatch: pytest.MonkeyPatch, repository: GitRepository) -> None:
    """INV-50: nothing moves, and the hint says which file is in the way."""
    lock = repository.common_dir() / "refs/heads/main.lock"
    lock.touch()
    plan = plan_for(repository)
    landing = GitLanding(repository)
    commit = landing.build(plan)
    monkeypatch.setattr("metricgov.adapters.git.locks._somebody_writes", lambda _places: True)
    with pytest.raises(Undecidable) as caught:
        landing.move(plan, commit)
    assert "main.lock" in caught.value.hint
    assert repository.resolve("main") == plan.tip
    assert (repository.toplevel() / SPEED).read_bytes() == b"kind: metric\nname: speed\n"
    lock.unlink()
    assert landing.move(plan, commit) is Outcome.MOVED


def test_files_of_a_first_commit_may_lie_there_already(tmp_path: Path, git: Git) -> None:
    made = create_repository(tmp_path / "new")
    (made.toplevel() / "metricgov.yaml").write_text("kind: metricgov\n")
    (made.toplevel() / "notes.txt").write_text("mine\n")
    commit_files(made, "main", {"metricgov.yaml": b"kind: metricgov\n", "a/b.yaml": b"x\n"}, message="first", at=AT)
    assert status(git, made) == "?? notes.txt"
    with pytest.raises(BadInput):
        create_repository(tmp_path / "new")
