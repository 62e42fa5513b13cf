"""The gate as CI calls it: every kind of repository, the same bytes everywhere, and exit codes that can be trusted."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from integration.gate.gate_world import (
    FASTER,
    GATE_AT,
    POLICY,
    QUALIFIED,
    REGISTRY,
    REWORDED,
    SETTINGS,
    SHORTER,
    SPEED,
    VIEWS,
    World,
    both,
    edited,
    make,
    run_git,
)
from integration.git.loose_objects import loosen
from metricgov.adapters.git.objects import ObjectFormat
from metricgov.cli.main import run
from metricgov.domain.verdict import Verdict

FORMATS = ("text", "json", "markdown", "github", "sarif", "junit")


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Gate = Callable[..., Outcome]


@pytest.fixture
def gate(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gate:
    """Return `gate(folder, *words)`: the program in this process, at a fixed time unless told otherwise."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_COLOR", "1")

    def call(folder: Path, *words: str) -> Outcome:
        monkeypatch.chdir(folder)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ending:
            run(["gate", *(() if "--at" in words else ("--at", GATE_AT)), *words])
        said = capfd.readouterr()
        assert isinstance(ending.value.code, int)
        assert "Traceback" not in said.err
        return Outcome(ending.value.code, said.out, said.err)

    return call


def apart(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program as a process of its own."""
    command = [sys.executable, "-m", "metricgov.cli.main", *words]
    kept = {"PATH": os.environ["PATH"], "HOME": str(folder.parent)}
    return subprocess.run(command, cwd=folder, env=kept | environment, capture_output=True)


def clone_of(world: World, folder: Path, *options: str) -> Path:
    world.close()
    run_git(world.root.parent, "clone", "-q", "--no-local", *options, world.root.as_uri(), str(folder))
    return folder


class TestSameBytes:
    """INV-24: a function of base, head, journal, root and time."""

    @pytest.mark.parametrize("format_", FORMATS)
    def test_every_format_twice(self, world: World, gate: Gate, format_: str) -> None:
        """INV-24"""
        world.branch(both(FASTER, SHORTER, {VIEWS: b"kind: [\n", "metrics/crm/late.yaml": b"\xff"}))
        words = ("--base", "main", "--head", "change", "--format", format_)
        first, second = gate(world.root, *words), gate(world.root / "metrics" / "crm", *words)
        assert first == second
        assert first.code == 1
        assert first.err == ""

    def test_another_environment(self, world: World) -> None:
        """INV-24: time zone, language, home, hash seed, editor, settings of git: nothing of it is read."""
        world.branch(both(FASTER, SHORTER))
        world.close()
        hostile = world.root.parent / "home"
        hostile.mkdir()
        settings = (
            "diff.renames=copies",
            "diff.noprefix=true",
            "core.autocrlf=true",
            "color.ui=always",
            "grep.patternType=fixed",
            "grep.lineNumber=true",
        )
        for one in settings:
            world.git("config", "--file", str(hostile / ".gitconfig"), *one.split("="))
        words = ("gate", "--base", "main", "--head", "change", "--at", GATE_AT, "--json")
        plain = apart(world.root, *words)
        odd = apart(
            world.root,
            *words,
            TZ="Pacific/Kiritimati",
            LANG="tr_TR.UTF-8",
            LC_ALL="C.UTF-8",
            HOME=str(hostile),
            PYTHONHASHSEED="7",
            METRICGOV_ACTOR="crm-lead",
            METRICGOV_INDEX="sqlite:////nowhere/x.db",
            COLUMNS="40",
            GIT_CONFIG_COUNT="1",
            GIT_CONFIG_KEY_0="core.bare",
            GIT_CONFIG_VALUE_0="true",
        )
        assert plain.returncode == odd.returncode == 1
        assert plain.stdout == odd.stdout
        assert odd.stderr == b""

    def test_another_clock(self, world: World, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
        """INV-24: with --at, the clock of the machine is not asked."""
        world.branch(FASTER)
        monkeypatch.setattr("metricgov.adapters.clock.SystemClock.now", lambda _self: 1 / 0)
        words = ("--base", "main", "--head", "change", "--json")
        for at in (GATE_AT, "2030-01-01T00:00:00Z"):
            found = gate(world.root, *words, "--at", at)
            assert (found.code, json.loads(found.out)["at"]) == (1, at)
        assert gate(world.root, *words, "--at", GATE_AT).out == gate(world.root, *words).out

    def test_another_order_of_the_same_commits(self, world: World, gate: Gate) -> None:
        """INV-24: how the result came about, in which order files were added, does not matter."""
        edits = both(FASTER, SHORTER, {QUALIFIED: edited(QUALIFIED, ("all questions", "every question"))})
        world.branch(edits, "once")
        paths = list(edits)
        random.Random(4).shuffle(paths)
        for path in paths:
            world.branch({path: edits[path]}, "steps")
        one, other = (json.loads(gate(world.root, "--head", head, "--json").out) for head in ("once", "steps"))
        assert one.pop("head") != other.pop("head")
        assert one == other

    def test_a_packed_repository_and_a_loose_one(self, world: World, gate: Gate) -> None:
        """INV-24"""
        world.branch(both(FASTER, SHORTER))
        loose = gate(world.root, "--head", "change", "--json")
        world.git("gc", "-q", "--prune=now")
        assert gate(world.root, "--head", "change", "--json") == loose

    def test_it_writes_nothing(self, world: World, gate: Gate) -> None:
        """INV-24, INV-25: no ref, no object, no file, whatever the verdict."""
        world.branch(both(FASTER, {POLICY: b"x"}))

        def everything() -> dict[str, bytes]:
            files = (file for file in world.root.rglob("*") if file.is_file())
            return {str(file): file.read_bytes() for file in files}

        before = everything()
        gate(world.root, "--head", "change")
        gate(world.root, "--head", "nothing")
        assert everything() == before


class TestExitCodes:
    """INV-25: 0 pass, 1 blocked, 2 usage, 3 could not decide, 130 interrupted."""

    def test_pass_would_block_and_blocked(self, approved: World, faster: str, gate: Gate) -> None:
        """INV-25, INV-26"""
        approved.branch(approved.contents(faster), "good")
        approved.branch(REWORDED, "bad")
        approved.branch({VIEWS: edited(VIEWS, ("where: NOT is_test", "where: TRUE"))}, "seen")
        found = {head: gate(approved.root, "--head", head, "--json") for head in ("good", "bad", "seen")}
        assert {head: (one.code, json.loads(one.out)["verdict"]) for head, one in found.items()} == {
            "good": (0, "pass"),
            "bad": (1, "blocked"),
            "seen": (0, "would_block"),
        }

    @pytest.mark.parametrize(
        ("words", "code", "says"),
        [
            (("--base", "nowhere"), 2, "nowhere"),
            (("--head", "refs/tags/v1"), 2, "v1"),
            (("--base", "--upload-pack=x"), 2, "upload-pack"),
            (("--base", "0" * 40), 3, "not here"),
            (("--base", "main~1"), 2, "main~1"),
            (("--base", ""), 2, "ref"),
            (("--at", "yesterday"), 2, "yesterday"),
            (("--at", "2026-06-18"), 2, "2026-06-18"),
            (("--format", "pdf"), 2, "pdf"),
            (("--nonsense",), 2, "nonsense"),
            (("--head", "change", "--journal", "nowhere"), 2, "nowhere"),
            (("--head", "change", "--journal", "main"), 3, "registry.json"),
        ],
    )
    def test_what_cannot_be_asked_or_decided(
        self, world: World, gate: Gate, words: tuple[str, ...], code: int, says: str
    ) -> None:
        """INV-25: one clear error on stderr, nothing on stdout."""
        world.branch(FASTER)
        found = gate(world.root, *words)
        assert (found.code, found.out) == (code, "")
        assert says in found.err

    def test_interrupted(self, world: World, tmp_path: Path) -> None:
        """INV-25: 130, and one line."""
        world.close()
        slow = tmp_path / "bin"
        slow.mkdir()
        (slow / "git").write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\nexec sleep 30\n")
        (slow / "git").chmod(0o755)
        process = subprocess.Popen(
            [sys.executable, "-m", "metricgov.cli.main", "gate"],
            cwd=world.root,
            env=os.environ | {"PATH": f"{slow}:{os.environ['PATH']}"},
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        while not (tmp_path / "asked").exists():
            time.sleep(0.02)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out) == (130, b"")
        assert err.decode().startswith("interrupted")

    def test_nobody_reads_the_verdict(self, world: World) -> None:
        """INV-25: a closed pipe does not turn a block into a pass."""
        world.branch(FASTER)
        world.close()
        reader, writer = os.pipe()
        os.close(reader)
        command = [sys.executable, "-m", "metricgov.cli.main", "gate", "--head", "change"]
        done = subprocess.run(command, cwd=world.root, stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        assert done.returncode == 1
        assert b"Traceback" not in done.stderr

    def test_a_broken_program_is_not_a_finding(self, world: World, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
        """INV-25: a bug ends with 3."""
        world.branch(FASTER)
        monkeypatch.setattr("metricgov.app.assess.indirect", lambda *_args, **_words: 1 / 0)
        found = gate(world.root, "--head", "change")
        assert (found.code, found.out) == (3, "")
        assert "not your mistake" in found.err


class TestKindsOfRepository:
    def test_both_object_formats(self, tmp_path: Path, object_format: ObjectFormat, gate: Gate) -> None:
        """INV-35: the whole way."""
        world = make(tmp_path / "registry", object_format=object_format)
        change = world.approved(FASTER)
        world.branch(world.contents(change))
        assert gate(world.root, "--head", "change").code == 0
        world.apply(change)
        assert world.verification().holds
        world.branch({SPEED: edited(SPEED, ("'4' HOUR", "'3' HOUR"))}, "bad")
        assert gate(world.root, "--head", "bad").code == 1
        world.close()

    def test_a_bare_one(self, tmp_path: Path, gate: Gate) -> None:
        """INV-25: a server holds no work tree, and needs none to judge and to apply."""
        world = make(tmp_path / "registry.git", bare=True)
        change = world.approved(FASTER)
        world.branch(world.contents(change))
        assert gate(world.root, "--base", "main", "--head", "change").code == 0
        world.apply(change)
        assert world.read(SPEED) == world.contents(change)[SPEED]
        world.close()

    def test_a_clone_that_knows_the_journal_from_origin_alone(
        self, approved: World, faster: str, gate: Gate, tmp_path: Path
    ) -> None:
        """INV-24: the branch of the remote is found without being told."""
        approved.branch(approved.contents(faster))
        here = clone_of(approved, tmp_path / "clone")
        assert gate(here, "--base", "origin/main", "--head", "origin/change").code == 0
        bare = clone_of(approved, tmp_path / "clone.git", "--bare")
        assert gate(bare, "--base", "main", "--head", "change").code == 0

    def test_a_clone_without_the_journal(self, approved: World, faster: str, gate: Gate, tmp_path: Path) -> None:
        """INV-25, INV-07: undecided, with the fetch that helps; then it is a pass."""
        approved.branch(approved.contents(faster))
        here = clone_of(approved, tmp_path / "clone", "--single-branch")
        run_git(here, "fetch", "-q", "origin", "change:refs/remotes/origin/change")
        found = gate(here, "--base", "main", "--head", "origin/change")
        assert (found.code, found.out) == (3, "")
        assert "git fetch origin metricgov/journal:metricgov/journal" in found.err
        run_git(here, "fetch", "-q", "origin", "metricgov/journal:metricgov/journal")
        assert gate(here, "--base", "main", "--head", "origin/change").code == 0
        assert gate(here, "--base", "main", "--head", "main").code == 0

    def test_nothing_governed_changed_needs_no_journal(self, world: World, gate: Gate, tmp_path: Path) -> None:
        """INV-21"""
        world.branch({"README.md": b"x\n"})
        here = clone_of(world, tmp_path / "clone", "--single-branch", "--branch", "change")
        run_git(here, "fetch", "-q", "origin", "main:refs/remotes/origin/main")
        assert gate(here, "--base", "origin/main", "--head", "HEAD").code == 0

    @pytest.mark.parametrize("fetch", [("--unshallow",), ("--deepen=1000",)], ids=["unshallow", "deepen"])
    def test_a_shallow_clone(
        self, approved: World, faster: str, gate: Gate, tmp_path: Path, fetch: tuple[str, ...]
    ) -> None:
        """INV-25: not enough history is undecided, and what the hint says is enough."""
        approved.branch(approved.contents(faster))
        for number in range(3):
            approved.push({"README.md": b"%d\n" % number})
        here = clone_of(approved, tmp_path / "clone", "--depth", "1", "--no-single-branch")
        words = ("--base", "origin/main", "--head", "origin/change")
        found = gate(here, *words)
        assert (found.code, found.out) == (3, "")
        assert "git fetch --unshallow" in found.err
        assert "git fetch --deepen=1000" in " ".join(found.err.split())
        run_git(here, "fetch", "-q", *fetch)
        assert gate(here, *words).code == 0

    def test_a_shallow_clone_that_holds_enough(self, approved: World, faster: str, gate: Gate, tmp_path: Path) -> None:
        """INV-25: two commits of the branch, one of the journal: all that this verdict needs."""
        approved.branch(approved.contents(faster))
        here = clone_of(approved, tmp_path / "clone", "--depth", "2", "--no-single-branch")
        assert gate(here, "--base", "origin/main", "--head", "origin/change").code == 0

    def test_a_journal_without_its_past(self, approved: World, faster: str, gate: Gate, tmp_path: Path) -> None:
        """INV-25: the tip of the journal holds everything, so one commit of it is enough."""
        approved.branch(approved.contents(faster))
        here = clone_of(approved, tmp_path / "clone", "--single-branch", "--branch", "change")
        run_git(here, "fetch", "-q", "origin", "main:main")
        run_git(here, "fetch", "-q", "--depth", "1", "origin", "metricgov/journal:metricgov/journal")
        assert run_git(here, "rev-list", "--count", "metricgov/journal") == "1"
        assert gate(here, "--base", "main", "--head", "HEAD").code == 0

    def test_detached_and_in_the_middle_of_a_rebase(self, world: World, gate: Gate) -> None:
        """INV-25: HEAD is a commit like any other; what is half done in the work tree is not looked at."""
        world.branch(FASTER)
        world.close()
        world.git("checkout", "-q", "--detach", "change")
        assert gate(world.root, "--base", "main").code == 1
        (world.root / SPEED).write_bytes(b"half done")
        world.git("commit", "-q", "-a", "-m", "x")
        world.git("checkout", "-q", "-b", "mine", "main")
        (world.root / SPEED).write_bytes(REWORDED[SPEED])
        world.git("commit", "-q", "-a", "-m", "y")
        world.git("rebase", "change", ok=(1,))
        assert (world.root / ".git" / "rebase-merge").exists()
        found = gate(world.root, "--base", "main")
        assert found == gate(world.root, "--base", "main", "--head", "change")
        assert found.code == 1

    def test_no_repository_and_an_empty_one(self, gate: Gate, tmp_path: Path) -> None:
        """INV-25"""
        folder = tmp_path / "empty"
        folder.mkdir()
        assert gate(folder).code == 2
        run_git(folder, "init", "-q", "-b", "main")
        assert gate(folder).code == 2

    @pytest.mark.parametrize("damage", [b"", b"garbage", None], ids=["empty", "garbage", "gone"])
    def test_a_damaged_repository(self, world: World, gate: Gate, damage: bytes | None) -> None:
        """INV-25: what cannot be read is undecided, never a pass and never a finding."""
        head = world.branch(FASTER)
        oid = world.git("rev-parse", f"{head}:{SPEED}")
        world.close()
        loosen(world.root / ".git" / "objects")
        file = world.root / ".git" / "objects" / oid[:2] / oid[2:]
        file.chmod(0o644)
        file.unlink() if damage is None else file.write_bytes(damage)
        found = gate(world.root, "--head", "change")
        assert (found.code, found.out) == (3, "")

    def test_a_journal_of_another_registry(self, world: World, gate: Gate, tmp_path: Path) -> None:
        """INV-02, INV-25: approvals that were given elsewhere are no approvals here."""
        other = make(tmp_path / "other", files=None)
        theirs = other.approved(FASTER)
        other.close()
        settings = (
            (world.root / SETTINGS).read_bytes().replace(REGISTRY.encode(), b"11111111-5a3c-4f0e-9d4b-0d6a1a0e8f11")
        )
        world.push({SETTINGS: settings})
        world.branch(FASTER)
        world.close()
        world.git("fetch", "-q", str(other.root), "+metricgov/journal:refs/heads/theirs")
        for words in ((), ("--journal", "theirs")):
            found = gate(world.root, "--head", "change", *words)
            assert (found.code, found.out) == (3, ""), theirs
            assert "registry" in found.err

    @pytest.mark.parametrize("what", ["event", "tip", "registry.json", "blob", "no tree"])
    def test_a_damaged_journal(self, approved: World, faster: str, gate: Gate, what: str) -> None:
        """INV-25: a journal that cannot be read decides nothing."""
        approved.branch(approved.contents(faster))
        approved.close()
        git = approved.git
        listed = [line.split("\t") for line in git("ls-tree", "-r", "metricgov/journal").splitlines()]
        wanted = {
            "event": lambda path: path.endswith("000000004.json"),
            "tip": lambda path: path.endswith("000000007.json"),
            "registry.json": lambda path: path == "registry.json",
            "blob": lambda path: "/blobs/" in path,
            "no tree": lambda path: False,
        }[what]
        bad = git("hash-object", "-w", "--stdin", stdin=b"{not json")
        rows = [f"{meta.split()[0]} blob {bad if wanted(path) else meta.split()[2]}\t{path}" for meta, path in listed]
        git("read-tree", "--empty")
        git("update-index", "--add", "--index-info", stdin="\n".join(rows).encode())
        tree = git("mktree") if what == "no tree" else git("write-tree")
        git("read-tree", "main")
        message = git("log", "-1", "--format=%B", "metricgov/journal")
        commit = git("commit-tree", "-p", "metricgov/journal", tree, stdin=message.encode())
        git("update-ref", "refs/heads/metricgov/journal", commit)
        found = gate(approved.root, "--head", "change")
        assert (found.code, found.out) == (3, ""), found
        assert "journal" in found.err


def test_one_verdict_however_it_is_asked(approved: World, faster: str) -> None:
    """INV-24: full ids, branches and HEAD name the same commits."""
    head = approved.branch(approved.contents(faster))
    heads, bases = (head, "change", "refs/heads/change"), ("main", "HEAD", approved.tip)
    reports = {approved.gate(one, base=base) for one in heads for base in bases}
    assert [one.verdict for one in reports] == [Verdict.PASS]
