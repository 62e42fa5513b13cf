"""The gate and dates: freezes and scheduled changes, judged as of the time that is passed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.gate.gate_world import FASTER, FILES, GATE_AT, POLICY, World, codes, copy_of, make
from metricgov.domain.verdict import Verdict
from metricgov.domain.workflow import commands as c

FREEZE = "freezes:\n  - {name: half-year end, starts: 2026-06-18T12:00:00Z, ends: 2026-06-18T20:00:00Z, match: {domain: crm}}\n"  # noqa: E501


@pytest.fixture(scope="module")
def _freezing(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = make(tmp_path_factory.mktemp("freezing") / "registry", files=FILES | {POLICY: FILES[POLICY] + FREEZE})
    world.approved(FASTER)
    world.close()
    return world


@pytest.fixture
def freezing(_freezing: World, tmp_path: Path) -> Iterator[World]:
    """An approved change in a registry that is frozen in the afternoon."""
    world = copy_of(_freezing, tmp_path / "registry")
    yield world
    world.close()


@pytest.mark.parametrize(
    ("at", "found"),
    [("2026-06-18T11:59:59Z", set()), (GATE_AT, {"frozen"}), ("2026-06-18T20:00:00Z", set())],
    ids=["before", "during", "after"],
)
def test_the_gate_keeps_a_freeze_by_the_time_that_is_passed_in(freezing: World, at: str, found: set[str]) -> None:
    """INV-24: no other clock; the same call gives the same answer for ever."""
    head = freezing.branch(freezing.contents("01J9ZQ4N8T6V3W2X1Y0RK7M001"))
    report = freezing.gate(head, at=at)
    assert codes(report) == found
    assert report.verdict is (Verdict.BLOCKED if found else Verdict.PASS)
    if found:
        unmet = next(one for each in report.definitions for one in each.unmet)
        assert "half-year end" in unmet.says
        assert "18 Jun 2026 20:00 UTC" in unmet.says


def test_the_gate_lets_a_scheduled_change_through_from_its_date_on(approved: World, faster: str) -> None:
    """INV-14, INV-24: what people set a date for is not merged before it."""
    approved.say(faster, "ops-lead", c.Schedule(due=GATE_AT))
    head = approved.branch(approved.contents(faster))
    assert codes(approved.gate(head, at="2026-06-18T17:59:59Z")) == {"not_yet_due"}
    assert approved.gate(head, at=GATE_AT).verdict is Verdict.PASS


def test_the_gate_blocks_a_suspended_change(approved: World, faster: str) -> None:
    """INV-14: what is missing and that it was suspended are both named."""
    approved.say(faster, "ops-lead", c.Schedule(due=GATE_AT))
    approved.say(faster, "crm-lead", c.WithdrawDecision())
    approved.clock.at = approved.clock.at.replace(hour=18)
    approved.say(faster, "", c.Suspend())
    head = approved.branch(approved.contents(faster))
    assert codes(approved.gate(head)) == {"suspended", "approval_accountable"}
