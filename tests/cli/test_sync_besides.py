"""What waits in the outbox without a command about a change behind it: delegations, proofs of keys, moves of main."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.test_sync import NAME, OFFLINE, RATE, Team, propose
from signing_keys import make_key

if TYPE_CHECKING:
    from cli.conftest import Desk, Metricgov

RunGit = Callable[..., str]
LEND = ("delegate", "--to", "ops-lead", "--scope", "domain:crm_handoff", "-m", "on holiday")


@pytest.fixture
def team(desk: Desk, git: RunGit, metricgov: Metricgov, monkeypatch: pytest.MonkeyPatch) -> Team:
    monkeypatch.delenv(OFFLINE, raising=False)
    return Team(desk, git, metricgov, monkeypatch)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Pull the plug, and put it in again."""

    def switch(off: bool) -> None:
        monkeypatch.setenv(OFFLINE, "1" if off else "0")

    return switch


def lent(place: Desk) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(place.run("crm-lead", "delegate", "--list", "--all", "--json").out)[
        "delegations"
    ]
    return found


def waiting(place: Desk) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(place.run("crm-lead", "sync", "--show", "--json").out)
    return found


def test_a_delegation_waits_and_is_sent(team: Team, offline: Callable[[bool], None]) -> None:
    """INV-51: it holds here at once, and for everybody after the sync."""
    before = team.journal()
    offline(True)
    done = team.crm.run("crm-lead", *LEND, "--ends", "2099-12-31")
    assert done.code == 0, done.err
    assert (team.journal(), len(lent(team.crm)), lent(team.ops)) == (before, 1, [])
    assert len(waiting(team.crm)["waiting"]) == 1
    offline(False)
    assert team.crm.run("crm-lead", "sync").code == 0
    assert team.ops.run("ops-lead", "sync").code == 0
    assert lent(team.ops) == lent(team.crm)
    assert waiting(team.crm)["waiting"] == []


def test_a_delegation_that_is_over_when_it_is_sent(
    team: Team, offline: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-14: what waited too long is refused, and its text is kept."""
    offline(True)
    assert team.crm.run("crm-lead", *LEND, "--ends", "2099-12-31").code == 0
    offline(False)
    monkeypatch.setattr("metricgov.adapters.clock.SystemClock.now", later)
    done = team.crm.run("crm-lead", "sync")
    assert (done.code, "Refused 1" in done.out) == (1, True), done.out
    assert "delegated" not in team.types()
    assert "on holiday" in team.crm.run("crm-lead", "sync", "--show").out


def later(_clock: object) -> object:
    from datetime import UTC, datetime

    return datetime(2100, 6, 1, tzinfo=UTC)


def test_two_end_the_same_delegation(team: Team, offline: Callable[[bool], None]) -> None:
    """The second one to arrive finds it ended, and is told so."""
    assert team.crm.run("crm-lead", *LEND, "--ends", "2099-12-31").code == 0
    assert team.ops.run("ops-lead", "sync").code == 0
    label = lent(team.crm)[0]["label"]
    offline(True)
    assert team.crm.run("crm-lead", "delegate", "--end", label, "-m", "back early").code == 0
    offline(False)
    assert team.ops.run("ops-lead", "delegate", "--end", label).code == 0
    done = team.crm.run("crm-lead", "sync")
    assert (done.code, "Refused 1" in done.out) == (1, True), done.out
    assert team.types().count("delegation_ended") == 1
    assert "back early" in team.crm.run("crm-lead", "sync", "--show").out


def test_a_key_and_its_proof(team: Team, offline: Callable[[bool], None], tmp_path: Path) -> None:
    """INV-60: the proof is sent as it was signed; the change of people.yaml is decided again."""
    key = make_key(tmp_path / "key", "-t", "ed25519")
    offline(True)
    done = team.crm.run("crm-lead", "key", "add", str(key), "--yes")
    assert done.code == 0, done.err
    key.unlink()
    offline(False)
    sent = team.crm.run("crm-lead", "sync")
    assert sent.code == 0, sent.out + sent.err
    assert {"key_proved", "revision_submitted"} <= set(team.types())
    assert team.crm.run("crm-lead", "audit", "verify").code == 0


def test_what_the_program_noticed_is_noticed_again(team: Team, offline: Callable[[bool], None], git: RunGit) -> None:
    """INV-23: a main that others moved on is recorded once, as it is when the outbox is sent."""
    propose(team.ops)
    assert team.crm.run("crm-lead", "sync").code == 0
    git(team.ops.root, "checkout", "-q", "--", RATE)
    for number in (1, 2):
        (team.ops.root / "notes.txt").write_text(f"{number}\n")
        git(team.ops.root, "add", "notes.txt")
        git(team.ops.root, "commit", "-qm", f"note {number}")
        git(team.ops.root, "push", "-q", "origin", "main")
        git(team.crm.root, "pull", "-q", "--ff-only")
        if number == 1:
            offline(True)
            done = team.crm.run("crm-lead", "comment", NAME, "-m", "seen after the first note")
            assert done.code == 0, done.err
            offline(False)
    done = team.crm.run("crm-lead", "sync")
    assert done.code == 0, done.out + done.err
    assert team.types().count("main_moved") == 1
    assert team.types()[-1] == "commented"
