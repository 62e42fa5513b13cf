"""What `ci init` writes: files of YAML whose steps really run, here against a bare repository instead of a host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from integration.hosted import edit, git, host_of, metricgov, take_approved
from metricgov.bootstrap import Workspace

ON_ITS_DAY = "2026-08-01T08:00:00Z"


def propose_commit(home: Path, *, approved: bool, behind: int = 0) -> str:
    """Push what a pull request proposes, and return its commit; main is `behind` commits further by then."""
    git(home, "checkout", "-q", "-b", f"idea{approved}{behind}", "main")
    if approved:
        take_approved(home)
    else:
        edit(home)
    git(home, "commit", "-qam", "an idea")
    commit = git(home, "rev-parse", "HEAD")
    git(home, "push", "-q", "origin", f"{commit}:refs/pull/{7 if approved else 8}/head")
    git(home, "checkout", "-q", "main")
    for number in range(behind):
        (home / "notes.txt").write_text(f"{number}\n")
        git(home, "add", "notes.txt")
        git(home, "commit", "-qm", f"note {number}")
    git(home, "push", "-q", "origin", "main")
    return commit


class Host:
    """Runs the steps of a job as a host does: in a shallow clone of main, with a `gh` that keeps what it is told."""

    def __init__(self, home: Path, env: Mapping[str, str]) -> None:
        self.folder = home.parent
        self.env = {**os.environ, **env}
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        self.told = self.folder / "told.jsonl"
        for name, script in {
            "metricgov": f'exec {sys.executable} -m metricgov.cli.main "$@"\n',
            "date": f"echo {ON_ITS_DAY}\n",
            "gh": f'exec {sys.executable} {tools / "gh.py"} "$@"\n',
        }.items():
            (tools / name).write_text(f"#!/bin/sh\n{script}")
            (tools / name).chmod(0o755)
        (tools / "gh.py").write_text(GH)
        self.env |= {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "TOLD": str(self.told),
            "OPEN_PULLS": env.get("OPEN_PULLS", ""),
            "GITHUB_REPOSITORY": "acme/metrics",
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
        }

    def run(self, script: str, *, depth: int = 1) -> subprocess.CompletedProcess[str]:
        clone = self.folder / f"clone{len(list(self.folder.glob('clone*')))}"
        git(self.folder, "clone", "-q", f"--depth={depth}", "--branch", "main", f"file://{self.folder}/host.git", clone)
        return subprocess.run(
            ["bash", "-e", "-c", script], cwd=clone, env=self.env, capture_output=True, text=True, check=False
        )

    def statuses(self) -> list[tuple[str, str]]:
        """Return which commits were given which state."""
        calls = [json.loads(line) for line in self.told.read_text().splitlines()] if self.told.exists() else []
        return [
            (call[-1 - 6].rpartition("/")[2], next(word for word in call if word.startswith("state="))[6:])
            for call in calls
            if any("/statuses/" in word for word in call)
        ]

    def comments(self) -> int:
        """Return how often a comment was written."""
        return self.told.read_text().count("body=@verdict.md") if self.told.exists() else 0


GH = """
import json, os, sys
words = sys.argv[1:]
with open(os.environ["TOLD"], "a") as told:
    told.write(json.dumps(words) + "\\n")
if any("/pulls?" in word for word in words):
    print(os.environ["OPEN_PULLS"])
"""


def steps(text: str, job: str) -> str:
    """Return the scripts of a GitHub job but the installation, as one."""
    return "\n".join(
        step["run"] for step in yaml.safe_load(text)["jobs"][job]["steps"] if "run" in step and "pip" not in step["run"]
    )


@pytest.fixture
def github(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The registry with the files for GitHub in place, on main and beside the journal."""
    assert metricgov(home, "ci", "init", "github", "--write", monkeypatch=monkeypatch) == 0
    git(home, "add", ".github")
    git(home, "commit", "-qm", "gate in CI")
    git(home, "push", "-q", "origin", "main", "metricgov/journal")
    return home


class TestGithub:
    def gate(self, github: Path) -> str:
        return steps((github / ".github/workflows/metricgov.yml").read_text(), "gate")

    def test_what_was_approved_gets_a_green_status(self, github: Path) -> None:
        sha = propose_commit(github, approved=True)
        host = Host(github, {"NUMBER": "7", "SHA": sha})
        done = host.run(self.gate(github))
        assert done.returncode == 0, done.stderr
        assert host.statuses() == [(sha, "success")]
        assert host.comments() == 1
        assert "metricgov" in (github.parent / "summary.md").read_text()

    def test_what_nobody_approved_gets_a_red_one(self, github: Path) -> None:
        """INV-21"""
        sha = propose_commit(github, approved=False)
        host = Host(github, {"NUMBER": "7", "SHA": sha})
        done = host.run(self.gate(github))
        assert done.returncode == 0, done.stderr
        assert host.statuses() == [(sha, "failure")]
        assert "::error" in done.stdout
        clone = next(github.parent.glob("clone*"))
        assert json.loads((clone / "metricgov.sarif").read_text())["version"] == "2.1.0"

    def test_a_clone_that_is_too_shallow_is_deepened(self, github: Path) -> None:
        sha = propose_commit(github, approved=True, behind=60)
        host = Host(github, {"NUMBER": "7", "SHA": sha})
        done = host.run(self.gate(github))
        assert host.statuses() == [(sha, "success")], done.stderr

    def test_what_cannot_be_judged_is_an_error_never_a_pass(self, github: Path) -> None:
        """INV-25: here the host lost the journal."""
        sha = propose_commit(github, approved=True)
        host = Host(github, {"NUMBER": "7", "SHA": sha})
        git(host_of(github), "update-ref", "-d", "refs/heads/metricgov/journal")
        assert host.run(self.gate(github)).returncode != 0
        assert host.statuses() == []

    def test_a_status_that_cannot_be_set_fails_the_job(self, github: Path) -> None:
        """INV-07"""
        sha = propose_commit(github, approved=True)
        host = Host(github, {"NUMBER": "7", "SHA": sha})
        (github.parent / "tools/gh").write_text("#!/bin/sh\nexit 4\n")
        assert host.run(self.gate(github)).returncode != 0

    def test_a_decision_judges_every_open_pull_request_again(self, github: Path) -> None:
        good = propose_commit(github, approved=True)
        bad = propose_commit(github, approved=False)
        host = Host(github, {"OPEN_PULLS": f"7 {good}\n8 {bad}"})
        text = git(host_of(github), "show", "metricgov/journal:.github/workflows/metricgov.yml")
        done = host.run(steps(text, "gate"))
        assert done.returncode == 0, done.stderr
        assert host.statuses() == [(good, "success"), (bad, "failure")]

    def test_the_journal_with_the_workflow_holds(self, github: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """INV-62: an event knows its digest; another text, or none, is found."""
        assert metricgov(github, "audit", "verify", monkeypatch=monkeypatch) == 0
        git(github, "worktree", "add", "-q", "../log", "metricgov/journal")
        log = github.parent / "log"
        file = log / ".github/workflows/metricgov.yml"
        message = git(log, "log", "-1", "--format=%B")
        for act in ("edited", "gone"):
            git(log, "reset", "-q", "--hard", "origin/metricgov/journal")
            file.write_text(file.read_text() + "# mine\n") if act == "edited" else file.unlink()
            git(log, "commit", "-qam", message)
            assert metricgov(github, "audit", "verify", monkeypatch=monkeypatch) == 1, act

    def test_a_workflow_that_no_event_wrote_is_found(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """INV-62"""
        git(home, "worktree", "add", "-q", "../log", "metricgov/journal")
        log = home.parent / "log"
        message = git(log, "log", "-1", "--format=%B")
        (log / ".github/workflows").mkdir(parents=True)
        (log / ".github/workflows/metricgov.yml").write_text("on: push\n")
        git(log, "add", "-A")
        git(log, "commit", "-qm", message)
        assert metricgov(home, "audit", "verify", monkeypatch=monkeypatch) == 1

    def test_again_is_nothing_to_do(
        self, github: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = git(github, "rev-parse", "metricgov/journal")
        assert metricgov(github, "ci", "init", "github", "--write", "--json", monkeypatch=monkeypatch) == 0
        assert [one["what"] for one in json.loads(capsys.readouterr().out)["files"]] == ["same"] * 3
        assert git(github, "rev-parse", "metricgov/journal") == before
        assert git(github, "status", "--porcelain") == ""


class TestGitlab:
    @pytest.mark.parametrize(("approved", "code"), [(True, 0), (False, 1)], ids=["approved", "not approved"])
    def test_the_job_says_what_the_gate_says(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, approved: bool, code: int
    ) -> None:
        assert metricgov(home, "ci", "init", "gitlab", "--write", monkeypatch=monkeypatch) == 0
        job = yaml.safe_load((home / ".gitlab/metricgov.yml").read_text())["metricgov"]
        sha = propose_commit(home, approved=approved)
        host = Host(home, {"CI_COMMIT_SHA": sha})
        done = host.run("\n".join(line for line in job["script"] if "pip" not in line))
        assert done.returncode == code, done.stderr
        clone = next(home.parent.glob("clone*"))
        assert "<testsuite" in (clone / "metricgov.xml").read_text()

    def test_it_is_included(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        metricgov(home, "ci", "init", "gitlab", "--write", monkeypatch=monkeypatch)
        assert yaml.safe_load((home / ".gitlab-ci.yml").read_text()) == {
            "include": [{"local": ".gitlab/metricgov.yml"}]
        }


class TestPreCommit:
    def test_both_definitions_name_commands_that_exist(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert metricgov(home, "ci", "init", "pre-commit", "--write", monkeypatch=monkeypatch) == 0
        ours = yaml.safe_load((Path(__file__).resolve().parents[3] / ".pre-commit-hooks.yaml").read_text())
        theirs = yaml.safe_load((home / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
        assert [one["id"] for one in ours] == [one["id"] for one in theirs]
        for one in (*ours, *theirs):
            words = one["entry"].split()[1:]
            assert metricgov(home, *words[: 2 if words[0] == "hook" else 1], "--help", monkeypatch=monkeypatch) == 0

    def test_the_gate_is_told_of_the_push(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        base, sha = git(home, "rev-parse", "main"), propose_commit(home, approved=False)
        monkeypatch.setenv("PRE_COMMIT_FROM_REF", base)
        monkeypatch.setenv("PRE_COMMIT_TO_REF", sha)
        for ref, code in (("refs/heads/main", 1), ("refs/heads/idea", 0)):
            monkeypatch.setenv("PRE_COMMIT_REMOTE_BRANCH", ref)
            assert metricgov(home, "hook", "run", "pre-push", monkeypatch=monkeypatch) == code


class TestWriting:
    def test_nothing_is_written_unasked(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = git(home, "rev-parse", "metricgov/journal")
        assert metricgov(home, "ci", "init", "github", monkeypatch=monkeypatch) == 0
        assert "+++ b/.github/workflows/metricgov.yml" in capsys.readouterr().out
        assert (git(home, "status", "--porcelain"), git(home, "rev-parse", "metricgov/journal")) == ("", before)

    @pytest.mark.parametrize(
        ("host", "path"),
        [
            ("github", ".github/workflows/metricgov.yml"),
            ("gitlab", ".gitlab-ci.yml"),
            ("pre-commit", ".pre-commit-config.yaml"),
        ],
    )
    def test_a_file_of_somebody_else_stays(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str, path: str
    ) -> None:
        file = home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("on: push\n")
        assert metricgov(home, "ci", "init", host, "--write", monkeypatch=monkeypatch) == 1
        assert file.read_text() == "on: push\n"
        assert "foreign_file" in capsys.readouterr().err
        assert git(home, "status", "--porcelain").count("\n") == 0

    @pytest.mark.parametrize(
        ("host", "path", "adds"),
        [
            ("gitlab", ".gitlab-ci.yml", "include: [{local: .gitlab/metricgov.yml}]\n"),
            ("pre-commit", ".pre-commit-config.yaml", "repos: []  # metricgov-gate\n"),
        ],
    )
    def test_one_that_has_ours_in_it_is_in_order(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, host: str, path: str, adds: str
    ) -> None:
        (home / path).write_text(adds)
        assert metricgov(home, "ci", "init", host, "--write", monkeypatch=monkeypatch) == 0
        assert (home / path).read_text() == adds

    def test_the_root_is_that_of_the_first_governance(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """INV-07: a gate with another root would refuse a registry that begins."""
        from metricgov.app.governing import governance_at

        metricgov(home, "ci", "init", "github", "--write", monkeypatch=monkeypatch)
        workspace = Workspace(home)
        first = workspace.repository.first_parents(workspace.repository.resolve("main"))[0]
        digest = governance_at(first, source=workspace.repository, files=workspace.files).digest
        assert f"--root {digest}" in (home / ".github/workflows/metricgov.yml").read_text()

    @pytest.mark.parametrize("words", [("--root", "abc"), ("--install", "x'; rm -rf /"), ("--install", "a\nb")])
    def test_what_could_not_stand_in_a_script_is_refused(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, str]
    ) -> None:
        """INV-32"""
        assert metricgov(home, "ci", "init", "github", *words, monkeypatch=monkeypatch) == 2
