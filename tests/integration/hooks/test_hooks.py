"""The hooks that git really calls: a push of what nobody approved is stopped, at home and on the server."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from integration.hosted import METRIC, edit, git, host_of, metricgov, shell, take_approved
from metricgov.adapters.git.hooks import GitHooks
from metricgov.adapters.git.repository import GitRepository
from metricgov.app.hooking import MARK, install, uninstall
from metricgov.domain.errors import Refused

Shell = Callable[..., subprocess.CompletedProcess[str]]


def commit_edit(home: Path, old: str = "title: ", new: str = "title: My ") -> str:
    """Commit what nobody approved on main."""
    edit(home, old, new)
    git(home, "commit", "-qam", "quick fix")
    return git(home, "rev-parse", "HEAD")


def commit_approved(home: Path) -> None:
    """Commit the contents of the approved change, as a squash on a host does."""
    take_approved(home)
    git(home, "commit", "-qam", "the approved one")


class TestAtHome:
    def test_a_push_of_what_nobody_approved_is_stopped(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """INV-21"""
        assert metricgov(home, "hook", "install", monkeypatch=monkeypatch) == 0
        commit_edit(home)
        done = shell(home, "git", "push", "-q", "origin", "main", check=False)
        assert done.returncode == 1
        assert "no change request covers this edit" in done.stderr
        assert shell(home, "git", "push", "-q", "origin", "HEAD:refs/heads/idea").returncode == 0

    def test_a_push_of_what_was_approved_passes(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, on_its_day: None
    ) -> None:
        metricgov(home, "hook", "install", monkeypatch=monkeypatch)
        commit_approved(home)
        assert "PASS" in shell(home, "git", "push", "origin", "main").stderr.upper()

    def test_from_a_work_tree_of_its_own(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        metricgov(home, "hook", "install", monkeypatch=monkeypatch)
        shell(home, "git", "checkout", "-q", "-b", "elsewhere")
        shell(home, "git", "worktree", "add", "-q", "../tree", "main")
        commit_edit(home.parent / "tree")
        done = shell(home.parent / "tree", "git", "push", "-q", "origin", "main", check=False)
        assert (done.returncode, "no change request covers" in done.stderr) == (1, True)

    def test_main_moved_meanwhile(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """INV-25: what is not here cannot be judged, and the hint says which fetch helps."""
        metricgov(home, "hook", "install", monkeypatch=monkeypatch)
        shell(home.parent, "git", "clone", "-q", "host.git", "other")
        (home.parent / "other/notes.txt").write_text("1\n")
        shell(home.parent / "other", "git", "add", "notes.txt")
        shell(home.parent / "other", "git", "commit", "-qm", "notes")
        shell(home.parent / "other", "git", "push", "-q", "origin", "main")
        commit_edit(home)
        done = shell(home, "git", "push", "-q", "origin", "main", check=False)
        assert done.returncode != 0
        assert "git fetch" in done.stderr

    def test_a_commit_is_linted(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        metricgov(home, "hook", "install", "--lint", monkeypatch=monkeypatch)
        file = home / METRIC
        file.write_text(file.read_text() + "colour: red\n")
        done = shell(home, "git", "commit", "-qam", "colourful", check=False)
        assert done.returncode == 1
        assert "colour" in done.stdout + done.stderr


class TestOthersHooks:
    def test_they_are_kept_and_come_back(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        theirs = home / ".git/hooks/pre-push"
        theirs.parent.mkdir(exist_ok=True)
        theirs.write_text('#!/bin/sh\ncat > "$(git rev-parse --git-dir)/seen"\n')
        theirs.chmod(0o755)
        assert metricgov(home, "hook", "install", monkeypatch=monkeypatch) == 1
        assert metricgov(home, "hook", "install", "--chain", monkeypatch=monkeypatch) == 0
        assert metricgov(home, "hook", "install", monkeypatch=monkeypatch) == 0
        commit = commit_edit(home)
        assert shell(home, "git", "push", "-q", "origin", "main", check=False).returncode == 1
        assert (home / ".git/seen").read_text().split()[1] == commit
        assert metricgov(home, "hook", "uninstall", monkeypatch=monkeypatch) == 0
        assert "seen" in theirs.read_text()
        assert not (home / ".git/hooks/pre-push.before-metricgov").exists()

    def test_one_of_theirs_that_refuses_ends_it(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        theirs = home / ".git/hooks/pre-push"
        theirs.parent.mkdir(exist_ok=True)
        theirs.write_text("#!/bin/sh\necho not today >&2; exit 7\n")
        theirs.chmod(0o755)
        metricgov(home, "hook", "install", "--chain", monkeypatch=monkeypatch)
        (home / "notes.txt").write_text("1\n")
        shell(home, "git", "add", "notes.txt")
        shell(home, "git", "commit", "-qm", "notes")
        assert "not today" in shell(home, "git", "push", "origin", "main", check=False).stderr

    def test_a_folder_of_hooks_in_the_repository_is_used(self, home: Path) -> None:
        shell(home, "git", "config", "core.hooksPath", ".husky")
        with GitRepository.open(home) as repository:
            install(GitHooks(repository), ["pre-push"], python="/usr/bin/python3", chain=False)
            assert MARK in (home / ".husky/pre-push").read_text()
            assert [one.what for one in uninstall(GitHooks(repository), ["pre-push", "pre-commit"])] == [
                "removed",
                "none",
            ]

    def test_a_folder_for_all_repositories_is_left_alone(self, home: Path) -> None:
        shell(home, "git", "config", "core.hooksPath", str(home.parent / "hooks-of-all"))
        with GitRepository.open(home) as repository, pytest.raises(Refused) as refused:
            install(GitHooks(repository), ["pre-push"], python="/usr/bin/python3", chain=True)
        assert refused.value.code == "hooks_shared"
        assert "metricgov hook run pre-push" in refused.value.hint

    def test_a_hook_that_calls_us_is_in_place(self, home: Path) -> None:
        with GitRepository.open(home) as repository:
            hooks = GitHooks(repository)
            hooks.write("pre-push", b'#!/bin/sh\nmake test && metricgov hook run pre-push "$@"\n')
            assert install(hooks, ["pre-push"], python="/x", chain=False)[0].what == "in place"

    def test_a_program_that_is_gone_says_so(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with GitRepository.open(home) as repository:
            install(GitHooks(repository), ["pre-push"], python="/gone/python", chain=False)
        commit_edit(home)
        monkeypatch.setenv("PATH", "/usr/bin:/bin")
        done = shell(home, "git", "push", "-q", "origin", "main", check=False)
        assert (done.returncode, "install it again" in done.stderr) == (1, True)


class TestOnTheServer:
    @pytest.fixture
    def server(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        assert metricgov(host_of(home), "hook", "install", "--server", monkeypatch=monkeypatch) == 0
        return host_of(home)

    def tip(self, server: Path, ref: str = "main") -> str:
        return shell(server, "git", "rev-parse", ref, check=False).stdout.strip()

    def test_what_nobody_approved_is_not_taken(self, home: Path, server: Path) -> None:
        """INV-21: the objects of the push are still in quarantine while it is judged."""
        before = self.tip(server)
        commit_edit(home)
        done = shell(home, "git", "push", "--no-verify", "origin", "main", check=False)
        assert done.returncode == 1
        assert "no change request covers this edit" in done.stderr
        assert self.tip(server) == before

    def test_what_was_approved_is_taken(self, home: Path, server: Path, on_its_day: None) -> None:
        commit_approved(home)
        shell(home, "git", "push", "origin", "main")
        assert self.tip(server) == self.tip(home)

    def test_the_approval_may_come_with_the_push(self, home: Path, server: Path, on_its_day: None) -> None:
        commit_approved(home)
        shell(server, "git", "update-ref", "refs/heads/metricgov/journal", self.tip(server, "metricgov/journal~2"))
        assert shell(home, "git", "push", "origin", "main", check=False).returncode == 1
        shell(home, "git", "push", "origin", "main", "metricgov/journal")
        assert self.tip(server) == self.tip(home)

    @pytest.mark.parametrize("ref", ["main", "metricgov/journal"])
    def test_neither_goes_back_or_away(self, home: Path, server: Path, ref: str) -> None:
        """INV-51"""
        before = self.tip(server, ref)
        for push in (f"+{ref}~1:{ref}", f":{ref}"):
            done = shell(home, "git", "push", "origin", push, check=False)
            assert (done.returncode, self.tip(server, ref)) == (1, before), done.stderr
            assert "cannot be deleted" in done.stderr or "only goes forward" in done.stderr

    def test_a_journal_that_was_edited_is_not_taken(self, home: Path, server: Path) -> None:
        """INV-51, INV-62: a commit on top of it that changes, drops or forges an event."""
        shell(home, "git", "worktree", "add", "-q", "../log", "metricgov/journal")
        log = home.parent / "log"
        event = next(iter(sorted(log.glob("changes/*/*/*.json"))))
        for act in ("rm", "edit", "forge"):
            shell(log, "git", "reset", "-q", "--hard", "origin/metricgov/journal")
            if act == "rm":
                event.unlink()
            elif act == "edit":
                event.write_bytes(event.read_bytes().replace(b'"at":"2026', b'"at":"2025'))
            else:
                (event.parent / "000009999.json").write_bytes(event.read_bytes())
            shell(log, "git", "add", "-A")
            shell(log, "git", "commit", "-qm", "tidy up")
            done = shell(log, "git", "push", "origin", "HEAD:metricgov/journal", check=False)
            assert (done.returncode, "is the journal" in done.stderr) == (1, True), act

    def test_other_branches_are_nobody_s_business(self, home: Path, server: Path) -> None:
        commit_edit(home)
        shell(home, "git", "push", "origin", "main:idea")

    def test_a_registry_begins_under_the_root_that_is_pinned(
        self, home: Path, agreed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """INV-07: without a pin nobody can decide; with another one it is refused."""
        shell(home.parent, "git", "init", "-q", "--bare", "-b", "main", "new.git")
        new = home.parent / "new.git"
        shell(home, "git", "remote", "add", "new", new)
        metricgov(new, "hook", "install", "--server", monkeypatch=monkeypatch)
        done = shell(home, "git", "push", "new", "main", check=False)
        assert (done.returncode, "root_not_pinned" in done.stderr) == (1, True)
        metricgov(new, "hook", "install", "--server", "--root", "0" * 64, monkeypatch=monkeypatch)
        assert "root_differs" in shell(home, "git", "push", "new", "main", check=False).stderr
        digest = "".join(done.stderr.partition("--root ")[2].replace("remote:", " ").split())[:64]
        metricgov(new, "hook", "install", "--server", "--root", digest, monkeypatch=monkeypatch)
        shell(home, "git", "push", "new", "main", "metricgov/journal")
        assert self.tip(new) == self.tip(home)


@pytest.fixture
def on_its_day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the programs that git starts live on the day of the change: a clock of the test's, for them alone."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "from datetime import UTC, datetime\n"
        "from metricgov.adapters import clock\n"
        "clock.SystemClock.now = lambda self: datetime(2026, 8, 1, 8, 0, tzinfo=UTC)\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{os.environ['PYTHONPATH']}")
