"""Forged delegations, handovers and escalations at the gate: written past every command, they let nothing through."""

from __future__ import annotations

from typing import Any

import pytest

from integration.gate.gate_world import FASTER, World, codes
from metricgov.app.delegating import MARKER, Wish, delegate, end_delegation
from metricgov.domain.verdict import Verdict
from metricgov.domain.workflow import commands
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow import registry_events as r
from metricgov.domain.workflow.envelope import Actor, Draft
from metricgov.domain.workflow.payload import Payload
from metricgov.domain.workflow.statement import handing_over, lending, statement
from metricgov.domain.workflow.typed import TYPE_OF

ENDS = "2026-06-30T23:59:59Z"
LENT = "01J9ZQ4N8T6V3W2X1Y0RK7M9D1"
STAND_IN = "growth-lead"


def written(world: World, change: str | None, actor: str, payload: Payload, said: Any = None, at: str = "") -> None:
    """Write an event into the journal past the use cases, as somebody who can push could."""
    last = list(world.access.journal.events())[-1]
    draft = Draft(
        change=change,
        type=TYPE_OF[type(payload)],
        actor=Actor(actor),
        at=max(at, last.at),
        payload=payload.as_json(),
        main=world.tip,
        statement=said,
        subjects=(MARKER,) if change is None else ("metric:routing_speed",),
    )
    world.access.journal.append(lambda: (draft,))


def lent(world: World, *, by: str = "crm-lead", **values: Any) -> None:
    """Write a delegation of crm-lead's places."""
    last = list(world.access.journal.events())[-1]
    fields = {"id": LENT, "from": "crm-lead", "to": STAND_IN, "starts": last.at, "ends": ENDS, "reason": "x"}
    payload = r.Delegated.model_validate(fields | values)
    written(world, None, by, payload, lending(payload, by, world.access.registry))


def approved_for(world: World, change: str, giver: str = "crm-lead", who: str = STAND_IN) -> None:
    """Write an approval in another's name."""
    state = world.state(change)
    payload = e.Approved(revision=len(state.revisions), cycle=state.cycle, digest=state.digest, on_behalf_of=giver)
    written(world, change, who, payload, statement(state, payload, who))


@pytest.fixture
def waiting(world: World) -> tuple[World, str]:
    """A change that lacks nothing but the approval of crm-lead."""
    change = world.propose(FASTER)
    world.decide(change, commands.Acknowledge, "sales-lead")
    world.approve(change, "analytics-lead")
    return world, change


def missing(world: World, change: str) -> set[str]:
    """Return what the gate finds missing for the contents of a change."""
    report = world.gate(world.branch(world.contents(change)))
    assert (report.verdict is Verdict.PASS) is (not codes(report))
    return codes(report)


def test_what_was_rightly_lent_passes_and_says_for_whom(waiting: tuple[World, str]) -> None:
    """INV-06: the right way, so that the wrong ones below fail for their own reason."""
    world, change = waiting
    delegate(
        world.access, id=LENT, actor=Actor("crm-lead"), wish=Wish(to=STAND_IN, ends="2026-06-30", reason="on leave")
    )
    world.approve(change, STAND_IN)
    report = world.gate(world.branch(world.contents(change)))
    assert report.verdict is Verdict.PASS
    assert set(report.definitions[0].approved_by) == {"analytics-lead", "growth-lead for crm-lead"}
    end_delegation(world.access, text=LENT, actor=Actor("crm-lead"), reason="back")
    assert missing(world, change) == set()  # what was decided while it ran stays decided
    landed = world.apply(change)
    assert "Approved-by: growth-lead" in world.git("show", "-s", "--format=%B", landed.commit)
    assert world.verification().holds


FORGED: dict[str, dict[str, Any]] = {
    "nobody lent anything": {},
    "lent by the one who takes": {"by": STAND_IN},
    "lent by a stranger": {"by": "sales-lead"},
    "taken by one of the council": {"by": "head-of-marketing", "to": "head-of-marketing"},
    "lent by who wrote it": {"by": "ops-lead"},
    "over": {"starts": "2026-06-01T00:00:00Z", "ends": "2026-06-18T08:00:00Z"},
    "not begun": {"starts": "2026-06-29T00:00:00Z"},
    "about something else": {"match": {"domain": "growth"}},
    "lent to the author": {"to": "ops-lead"},
}


@pytest.mark.parametrize("values", FORGED.values(), ids=list(FORGED))
def test_a_forged_delegation_lets_nothing_through(waiting: tuple[World, str], values: dict[str, Any]) -> None:
    """INV-05, INV-08: written into the journal, and judged by the base all the same."""
    world, change = waiting
    if values:
        lent(world, **values)
    approved_for(world, change, who=values.get("to", STAND_IN))
    assert missing(world, change) == {"approval_accountable"}


def test_a_delegation_that_was_ended_lets_nothing_through(waiting: tuple[World, str]) -> None:
    """INV-08: an approval written after the end does not count, whoever wrote it."""
    world, change = waiting
    lent(world)
    written(world, None, "crm-lead", r.DelegationEnded(id=LENT))
    approved_for(world, change)
    assert missing(world, change) == {"approval_accountable"}


def test_a_delegation_that_comes_after_lets_nothing_through(waiting: tuple[World, str]) -> None:
    """INV-08: what was lent later does not mend what was said before."""
    world, change = waiting
    approved_for(world, change)
    lent(world)
    assert missing(world, change) == {"approval_accountable"}


def test_a_second_name_is_no_second_person(waiting: tuple[World, str]) -> None:
    """INV-06: one of the council does not fill the accountable's place besides their own."""
    world, change = waiting
    lent(world, to="analytics-lead")
    approved_for(world, change, who="analytics-lead")
    assert missing(world, change) == {"approval_council"}


def test_a_delegation_without_its_statement_is_no_event(waiting: tuple[World, str]) -> None:
    """INV-62: an audit names it, and the gate takes it for nothing."""
    world, change = waiting
    last = list(world.access.journal.events())[-1]
    payload = r.Delegated.model_validate(
        {"id": LENT, "from": "crm-lead", "to": STAND_IN, "starts": last.at, "ends": ENDS, "reason": "x"}
    )
    written(world, None, "crm-lead", payload)
    approved_for(world, change)
    assert missing(world, change) == {"approval_accountable"}


@pytest.mark.parametrize(
    ("actor", "to"),
    [
        ("growth-lead", "growth-lead"),
        ("sales-lead", "growth-lead"),
        ("crm-lead", "ops-lead"),
        ("ops-lead", "growth-lead"),
    ],
    ids=["to oneself", "by a stranger", "to the author", "by the author"],
)
def test_a_forged_handover_lets_nothing_through(waiting: tuple[World, str], actor: str, to: str) -> None:
    """INV-05, INV-08: the place stays with whom raci.yaml of the base names."""
    world, change = waiting
    payload = e.Reassigned.model_validate({"from": "crm-lead", "to": to, "reason": "x"})
    written(world, change, actor, payload, handing_over(world.state(change), payload, actor))
    state = world.state(change)
    said = e.Approved(revision=1, cycle=state.cycle, digest=state.digest)
    written(world, change, to, said, statement(state, said, to))
    assert missing(world, change) == {"approval_accountable"}


@pytest.mark.parametrize(
    ("at", "to"),
    [("", "crm-deputy"), ("2026-06-26T08:00:00Z", "growth-lead"), ("2026-06-26T08:00:00Z", "head-of-marketing")],
    ids=["too early", "to a friend", "past the deputy"],
)
def test_a_forged_escalation_lets_nothing_through(waiting: tuple[World, str], at: str, to: str) -> None:
    """INV-24, INV-08: only when the time is over, and only to whom raci.yaml names next."""
    world, change = waiting
    payload = e.Escalated.model_validate({"from": "crm-lead", "to": to, "due": "2026-07-30T23:59:59Z"})
    written(world, change, "", payload, at=at)
    state = world.state(change)
    said = e.Approved(revision=1, cycle=state.cycle, digest=state.digest)
    written(world, change, to, said, statement(state, said, to))
    report = world.gate(world.branch(world.contents(change)), at=at or "2026-06-18T18:00:00Z")
    assert "approval_accountable" in codes(report)
