"""`schedule`, `unschedule` and `tick` as people and cron run them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cli.conftest import Desk

RunGit = Callable[..., str]
SPEED = "metrics/crm_handoff/routing_speed.yaml"
NAME = "routing_speed"


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Return a way to let time pass for the program."""
    from metricgov.adapters.clock import SystemClock

    passed = [timedelta()]

    def further(length: timedelta) -> None:
        passed[0] += length

    monkeypatch.setattr(SystemClock, "now", lambda _self: datetime.now(UTC) + passed[0])
    return further


@pytest.fixture
def agreed(desk: Desk, git: RunGit) -> Desk:
    """A change of words that everybody agreed to."""
    desk.sed(SPEED, "title: Routing speed", "title: Speed of routing")
    assert desk.run("ops-lead", "propose", "-m", "shorter").code == 0
    git(desk.root, "checkout", "-q", "--", SPEED)
    assert desk.run("crm-lead", "approve", NAME).code == 0
    return desk


def tomorrow() -> str:
    return f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"


def tick(desk: Desk, code: int = 0) -> dict[str, Any]:
    """Run a tick as cron does: nobody git knows."""
    done = desk.call("tick", "--json", cwd=desk.root, email="")
    assert done.code == code, (done.out, done.err)
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_a_change_is_scheduled_and_applied_by_a_tick(agreed: Desk, wait: Callable[[timedelta], None]) -> None:
    done = agreed.run("ops-lead", "schedule", NAME, "--at", tomorrow(), "-m", "with the new quarter")
    assert done.code == 0, done.err
    assert "scheduled it" in done.out
    assert agreed.shown(NAME)["state"] == "scheduled"
    assert agreed.shown(NAME)["due"] == f"{tomorrow()}T00:00:00Z"
    assert "scheduled, waits" in agreed.run("ops-lead", "change", "list").out
    first = tick(agreed)
    assert (first["done"], [one["what"] for one in first["next"]]) == ([], ["apply"])
    wait(timedelta(days=1))
    assert [one["did"] for one in tick(agreed)["done"]] == ["applied"]
    assert "title: Speed of routing" in (agreed.root / SPEED).read_text()
    assert tick(agreed)["done"] == []
    assert agreed.call("tick", cwd=agreed.root).out == "Nothing was due.\n"
    story = agreed.run("ops-lead", "change", "explain", NAME).out
    assert "scheduled revision 1 for" in story


def test_a_suspended_change_shows_everywhere(agreed: Desk, wait: Callable[[timedelta], None]) -> None:
    """INV-14: in the tick's own words, in `change show`, in `change list`, in its author's inbox."""
    assert agreed.run("ops-lead", "schedule", NAME, "--at", tomorrow()).code == 0
    assert agreed.run("crm-lead", "withdraw-decision", NAME).code == 0
    wait(timedelta(days=1))
    done = agreed.call("tick", cwd=agreed.root)
    assert done.code == 0
    assert "SUSPENDED" in done.out
    assert "metricgov change show chg-" in done.out
    shown = agreed.shown(NAME)
    assert (shown["state"], shown["suspended_for"]) == ("suspended", ["approval_responsible"])
    assert "suspended" in agreed.run("ops-lead", "change", "list", "--state", "suspended").out
    assert "Re-date" in agreed.run("ops-lead", "inbox").out
    assert agreed.run("crm-lead", "approve", NAME).code == 0
    later = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"
    assert agreed.run("ops-lead", "schedule", NAME, "--at", later).code == 0
    assert agreed.shown(NAME)["cycle"] == shown["cycle"]


def test_taking_the_date_back_needs_words(agreed: Desk) -> None:
    assert agreed.run("ops-lead", "schedule", NAME, "--at", tomorrow()).code == 0
    assert agreed.run("ops-lead", "unschedule", NAME).code == 2
    done = agreed.run("ops-lead", "unschedule", NAME, "-m", "finance first")
    assert (done.code, agreed.shown(NAME)["state"]) == (0, "approved")


WRONG: dict[str, tuple[list[str], int, str]] = {
    "no time": (["schedule", NAME], 2, "--at"),
    "a word": (["schedule", NAME, "--at", "soon"], 2, "2026-08-01T08:00"),
    "the past": (["schedule", NAME, "--at", "2020-01-01"], 1, "metricgov apply"),
    "no date to take back": (["unschedule", NAME, "-m", "x"], 1, "change show"),
    "apply too early": (["apply", NAME], 0, "is on main"),
}


@pytest.mark.parametrize(("words", "code", "says"), WRONG.values(), ids=list(WRONG))
def test_mistakes_are_explained(agreed: Desk, words: list[str], code: int, says: str) -> None:
    done = agreed.run("ops-lead", *words)
    assert done.code == code, done.err
    assert says in done.out + done.err
    assert "Traceback" not in done.err


def test_a_scheduled_change_is_not_applied_early(agreed: Desk) -> None:
    """INV-17: the refusal says until when, and how to do it all the same."""
    assert agreed.run("ops-lead", "schedule", NAME, "--at", tomorrow()).code == 0
    done = agreed.run("ops-lead", "apply", NAME)
    assert done.code == 1
    assert "unschedule" in done.err
