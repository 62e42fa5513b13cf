"""Whole ways of a change as people at a terminal go them, from the first edit to what the audit says years later."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integration.gate.gate_world import FASTER, FILES, REWORDED, SPEED, World, edited, run_git
from metricgov.cli.main import run

TODAY = datetime.now(UTC).date().isoformat()
SAYING = ("--intent", "redefinition", "--treatment", "break", "--effective", TODAY, "--yes")


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return " ".join((self.out + self.err).split())


Call = Callable[..., Outcome]


@pytest.fixture
def metricgov(world: World, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Return `metricgov("approve routing_speed", who="crm-lead", code=0)`, called in the world's folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(world.root)

    def call(line: str, *words: str, who: str = "ops-lead", code: int = 0) -> Outcome:
        (tmp_path / ".gitconfig").write_text(f"[user]\n\tname = {who}\n\temail = {who}@example.com\n")
        capfd.readouterr()
        with pytest.raises(SystemExit) as ending:
            run([*line.split(), *words])
        said = capfd.readouterr()
        outcome = Outcome(ending.value.code if isinstance(ending.value.code, int) else -1, said.out, said.err)
        assert outcome.code == code, outcome
        return outcome

    return call


def write(world: World, edits: dict[str, bytes]) -> None:
    for path, data in edits.items():
        (world.root / path).write_bytes(data)


def propose(world: World, metricgov: Call, edits: dict[str, bytes], *words: str) -> str:
    """Propose edits of the work tree, and put the work tree back; return the change's id."""
    write(world, edits)
    found = json.loads(metricgov("propose --json", *(words or SAYING), "-m", "Sales answers sooner now.").out)
    world.git("checkout", "-q", "--", ".")
    return str(found["change"]["change"])


def test_the_way_of_the_demo_in_processes_of_their_own(world: World, tmp_path: Path) -> None:
    """A branch blocks, is proposed, a stranger is refused, those who should agree, it lands, the gate passes."""
    world.branch(FASTER, "faster", author="Ops lead <ops-lead@example.com>")
    world.close()
    before = world.tip
    world.close()
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "NO_COLOR": "1"}

    def call(line: str, who: str = "ops-lead", code: int = 0) -> str:
        words = [sys.executable, "-m", "metricgov.cli.main", *line.split(), *(["--as", who] if who else [])]
        done = subprocess.run(words, cwd=world.root, env=env, capture_output=True, text=True)
        assert done.returncode == code, (line, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return " ".join((done.stdout + done.stderr).split())

    assert "no change request covers" in call("gate --head faster", "", 1)
    call(f"propose --from faster -m Sooner --intent redefinition --treatment break --effective {TODAY} --yes")
    assert "growth-lead" in call("approve routing_speed", "growth-lead", 1)
    assert "routing_speed" in call("inbox", "crm-lead")
    call("acknowledge routing_speed -m fine", "sales-lead")
    call("approve routing_speed", "crm-lead")
    assert "council" in call("apply routing_speed", code=1)
    call("approve routing_speed", "analytics-lead")
    call("apply routing_speed")
    call(f"gate --base {before} --head main", "")
    assert "2.0.0" in call("history routing_speed", "")
    call("audit verify", "")
    assert world.verification().holds
    world.close()


def test_changes_requested_revised_and_approved(world: World, metricgov: Call) -> None:
    """INV-02, INV-04: an objection stands until its author takes it back; a revision asks everybody again."""
    propose(world, metricgov, FASTER)
    metricgov("approve routing_speed", who="analytics-lead")
    metricgov("request-changes routing_speed", "-m", "calendar hours?", who="crm-lead")
    assert "crm-lead objects" in metricgov("apply routing_speed", code=1).said
    write(world, {SPEED: edited(SPEED, ("'4' HOUR", "'3' HOUR"), ("4 hours", "3 hours"))})
    metricgov("revise routing_speed", "--yes")
    world.git("checkout", "-q", "--", ".")
    refused = metricgov("approve routing_speed --revision 1", who="analytics-lead", code=1)
    assert "revision 2" in refused.said
    metricgov("withdraw-decision routing_speed", "-m", "answered", who="crm-lead")
    metricgov("approve routing_speed", who="crm-lead")
    assert "council" in metricgov("apply routing_speed", code=1).said
    metricgov("approve routing_speed", who="analytics-lead")
    metricgov("acknowledge routing_speed", who="sales-lead")
    metricgov("apply routing_speed")
    assert b"'3' HOUR" in (world.root / SPEED).read_bytes()
    metricgov("audit verify")


def test_an_objection_is_ended_with_a_reason(world: World, metricgov: Call) -> None:
    """INV-04"""
    propose(world, metricgov, FASTER)
    metricgov("request-changes routing_speed", "-m", "too soon", who="sales-lead")
    metricgov("end-objection routing_speed sales-lead", "-m", "by phone", who="ops-lead", code=1)
    metricgov("end-objection routing_speed sales-lead", who="crm-lead", code=2)
    metricgov("end-objection routing_speed sales-lead", "-m", "agreed by phone", who="crm-lead")
    for who in ("crm-lead", "data-lead"):
        metricgov("approve routing_speed", who=who)
    metricgov("acknowledge routing_speed", who="sales-lead")
    metricgov("apply routing_speed")
    assert "agreed by phone" in metricgov("change explain routing_speed").said


def test_withdrawn_changes_leave_nothing(world: World, metricgov: Call) -> None:
    """INV-10, INV-11"""
    before = world.tip
    change = propose(world, metricgov, FASTER)
    metricgov(f"withdraw {change}", "-m", "no", who="crm-lead", code=1)
    metricgov(f"withdraw {change}", "-m", "we measure first")
    metricgov(f"apply {change}", code=1)
    metricgov(f"approve {change}", who="crm-lead", code=1)
    assert world.tip == before
    assert (world.root / SPEED).read_bytes() == FILES[SPEED].encode()
    assert "withdrawn" in metricgov(f"change show {change}").said


def test_reverted_by_a_change_of_its_own(world: World, metricgov: Call) -> None:
    """INV-12, INV-23: judged like any other, by people of its own."""
    change = propose(world, metricgov, FASTER)
    for who in ("crm-lead", "data-lead"):
        metricgov(f"approve {change}", who=who)
    metricgov(f"acknowledge {change}", who="sales-lead")
    metricgov(f"apply {change}")
    reverting = json.loads(metricgov(f"revert {change} --json", "-m", "the rota did not follow", who="crm-deputy").out)
    back = str(reverting["change"]["change"])
    metricgov(f"apply {back}", code=1)
    metricgov(f"approve {back}", who="crm-deputy", code=1)
    for who in ("crm-lead", "data-lead"):
        metricgov(f"approve {back}", who=who)
    metricgov(f"acknowledge {back}", who="sales-lead")
    metricgov(f"apply {back}")
    text = (world.root / SPEED).read_text()
    assert "'4' HOUR" in text
    assert "version: 3.0.0" in text
    metricgov(f"revert {change}", "-m", "again", code=1)
    metricgov("audit verify")


@pytest.mark.parametrize("approved", [True, False], ids=["after approval", "without approval"])
def test_the_host_merges_it(world: World, metricgov: Call, approved: bool) -> None:
    """INV-21, INV-23: the next command learns of it, and the record says whether it was covered."""
    change = propose(world, metricgov, REWORDED, "--yes")
    if approved:
        metricgov(f"approve {change}", who="crm-lead")
    world.branch(world.contents(change))
    world.close()
    world.git("merge", "-q", "--no-ff", "-m", "Merge pull request #1", "change")
    propose(
        world,
        metricgov,
        {"sources/pages.yaml": edited("sources/pages.yaml", ("title: Pages", "title: All pages"))},
        "--yes",
    )
    landed = next(one for one in world.access.journal.events_of(change) if one.type == "landed")
    assert landed.payload["covered"] is approved
    assert ("not approved at that step" in metricgov("audit log").said) is not approved
    assert "merged on the host" in metricgov(f"apply {change}", code=1).said
    metricgov("audit verify")


BAD = {
    "empty": b"",
    "not UTF-8": b"\xff\xfe\x00kind: metric",
    "huge": b"kind: metric\n" + b"# padding\n" * 40_000,
    "deep": b"kind: metric\na: " + b"[" * 60 + b"]" * 60,
    "duplicate key": FILES[SPEED].encode() + b"title: Another\n",
    "anchor": FILES[SPEED].replace("title: Routing speed", "title: &x Routing speed").encode(),
    "tag": FILES[SPEED].replace("title: Routing speed", "title: !!str Routing speed").encode(),
    "two documents": FILES[SPEED].encode() + b"---\nkind: metric\n",
    "bidi": FILES[SPEED].replace("Routing speed", "Routing \u202edeeps").encode(),
    "wrong kind": FILES[SPEED].replace("kind: metric", "kind: source").encode(),
    "another name": FILES[SPEED].replace("name: routing_speed", "name: routing_pace").encode(),
    "unknown field": FILES[SPEED].encode() + b"colour: red\n",
    "dangling reference": FILES[SPEED].replace("source: leads", "source: nothing_there").encode(),
    "a list": b"- kind: metric\n",
    "not YAML": b"kind: [\n",
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_bad_files(world: World, metricgov: Call, data: bytes) -> None:
    """INV-40: one clear error with the place, exit code 2 for who proposes and 1 at the gate, nothing written."""
    refs = world.git("for-each-ref")
    write(world, {SPEED: data})
    found = metricgov("propose", *SAYING, "-m", "x", code=2)
    assert SPEED in found.said
    assert found.out == ""
    assert world.git("for-each-ref") == refs
    assert (world.root / SPEED).read_bytes() == data
    world.git("checkout", "-q", "--", ".")
    world.branch({SPEED: data})
    blocked = json.loads(metricgov("gate --head change --json", code=1).out)
    assert any(one.get("path", one.get("place", "")).startswith(SPEED) for one in blocked["problems"]), blocked[
        "problems"
    ]


@pytest.mark.parametrize("line", ["inbox", "change list", "history routing_speed", "audit log", "audit verify"])
def test_a_clone_without_the_journal_knows_nothing_and_says_so(
    world: World, metricgov: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str
) -> None:
    """INV-25: what a plain `git clone` gives; 'nothing waits for you' would be a guess."""
    world.close()
    run_git(tmp_path, "clone", "-q", str(world.root), "clone")
    monkeypatch.chdir(tmp_path / "clone")
    found = metricgov(line, code=3)
    assert found.out == ""
    assert "git fetch origin metricgov/journal:metricgov/journal" in found.said
    run_git(tmp_path / "clone", "fetch", "-q", "origin", "metricgov/journal:metricgov/journal")
    metricgov(line)
