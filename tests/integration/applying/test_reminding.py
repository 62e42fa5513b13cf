"""What a tick does where nobody answers: reminds twice, lets the next in line answer, and does neither twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from integration.gate.gate_fixtures import copy_of
from integration.gate.gate_world import FASTER, World, codes, make
from metricgov.app.inbox import inbox
from metricgov.app.moment import at_tip
from metricgov.app.ticking import tick
from metricgov.domain.ticked import Did
from metricgov.domain.verdict import Verdict
from metricgov.domain.workflow import commands as c

CHANGE = "01J9ZQ4N8T6V3W2X1Y0RK7M001"
HALFWAY, OVER, OVER_AGAIN = "2026-06-22T12:00:00+00:00", "2026-06-26T00:00:00+00:00", "2026-07-06T00:00:00+00:00"


@pytest.fixture(scope="session")
def _silent(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = make(tmp_path_factory.mktemp("silent") / "registry")
    assert world.propose(FASTER, effective_from="2026-08-01") == CHANGE
    world.close()
    return world


@pytest.fixture
def silent(_silent: World, tmp_path: Path) -> Iterator[World]:
    """A change of which nobody of those who are asked has said anything; submitted on a Thursday, five days to go."""
    world = copy_of(_silent, tmp_path / "registry")
    yield world
    world.close()


def ticked(world: World, at: str) -> list[tuple[Did, str]]:
    """One tick at a time, by a process that knows nothing, and one more, which finds nothing to do."""
    world.clock.at = datetime.fromisoformat(at)
    world.close()
    found = tick(world.access, landing=world.workspace.landing, lookup=lambda: world.workspace.lookup)
    assert found.failed == []
    seen = len(world.types())
    again = tick(world.access, landing=world.workspace.landing, lookup=lambda: world.workspace.lookup)
    assert (again.done, len(world.types())) == ([], seen)
    return [(one.did, one.says) for one in found.done]


def test_reminded_twice_then_the_deputy_may_answer_then_the_next(silent: World) -> None:
    """INV-24: from the dates in the revision alone, each thing once."""
    assert ticked(silent, "2026-06-19T08:00:00+00:00") == []
    assert [did for did, _ in ticked(silent, HALFWAY)] == [Did.REMINDED, Did.REMINDED]
    over = ticked(silent, OVER)
    assert [did for did, _ in over] == [Did.REMINDED, Did.ESCALATED]
    assert "let crm-deputy decide as well, because crm-lead had not answered in time" in over[1][1]
    assert [one.to for one in silent.state(CHANGE).escalations] == ["crm-deputy"]
    assert [did for did, _ in ticked(silent, OVER_AGAIN)] == [Did.REMINDED, Did.ESCALATED]
    assert [one.to for one in silent.state(CHANGE).escalations] == ["crm-deputy", "head-of-marketing"]
    assert silent.verification().holds


def test_the_substitute_finds_it_and_the_gate_takes_it(silent: World) -> None:
    """INV-08, INV-16: the deputy's answer counts from then on, and silence of the consulted is recorded as that."""
    ticked(silent, OVER)
    moment = at_tip(silent.access)
    (row,) = inbox(silent.workspace.lookup, moment, silent.workspace.journal, person="crm-deputy")
    assert "crm-lead did not answer until" in row.because
    assert row.days_left is not None
    silent.approve(CHANGE, "crm-deputy", "analytics-lead")
    head = silent.branch(silent.contents(CHANGE))
    assert codes(silent.gate(head, at="2026-06-27T08:00:00Z")) == {"not_yet_effective"}
    silent.clock.at = datetime.fromisoformat("2026-08-01T08:00:00+00:00")
    report = silent.gate(head, at="2026-08-01T08:00:00Z")
    assert report.verdict is Verdict.PASS
    assert [(one.outcome, one.at) for one in report.definitions[0].consulted] == [("timed_out", "2026-06-25T23:59:59Z")]
    silent.apply(CHANGE)
    started = next(one for one in silent.access.journal.events_of(CHANGE) if one.type == "apply_started")
    assert [(one["principal"], one["outcome"]) for one in started.payload["consulted"]] == [("sales", "timed_out")]


def test_who_answers_is_left_alone(silent: World) -> None:
    silent.decide(CHANGE, c.Acknowledge, "sales-lead")
    silent.approve(CHANGE, "crm-lead")
    assert ticked(silent, OVER) == []
