"""Clocks that are years ahead: nothing they let pass, expire or escalate lasts, and there is a way on (INV-24)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from integration.gate.gate_world import FASTER, FILES, POLICY, World, codes, copy_of, make
from metricgov.app.auditing import audit_verify
from metricgov.app.correcting_clock import correct_clock
from metricgov.app.ticking import tick
from metricgov.domain import time
from metricgov.domain.digest import canonical_json
from metricgov.domain.verdict import Verdict
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.envelope import Actor, Draft
from metricgov.domain.workflow.fold import Replay
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.statement import correcting
from metricgov.domain.workflow.vocabulary import Stage

CHANGE = "01J9ZQ4N8T6V3W2X1Y0RK7M001"
NOW = datetime.fromisoformat("2026-06-19T09:00:00+00:00")
AHEAD = datetime.fromisoformat("2036-06-19T09:00:00+00:00")
GATE_AT = "2026-06-19T10:00:00Z"


def council(world: World) -> list[str]:
    from metricgov.app.moment import at_tip

    return sorted(at_tip(world.access).governance.council)


def correct(world: World, who: str) -> list[str]:
    world.clock.at = NOW
    return [one.type for one in correct_clock(world.access, actor=Actor(who), reason="the server lived in 2036")]


def problems(world: World) -> list[tuple[str, str]]:
    found = audit_verify(world.workspace.integrity, now=time.to_text(NOW))
    return [(one.code, one.message) for one in found.problems]


@pytest.fixture(scope="session")
def _asked(tmp_path_factory: pytest.TempPathFactory) -> World:
    files = FILES | {POLICY: FILES[POLICY] + "expire_days: 30\n"}
    world = make(tmp_path_factory.mktemp("clocks") / "registry", files=files)
    assert world.propose(FASTER, effective_from="2026-06-19") == CHANGE
    world.close()
    return world


@pytest.fixture
def asked(_asked: World, tmp_path: Path) -> Iterator[World]:
    """A change of which nobody of those who are asked has said anything."""
    world = copy_of(_asked, tmp_path / "registry")
    world.clock.at = NOW
    yield world
    world.close()


def ticked_ahead(world: World) -> None:
    """A tick on a machine whose clock is ten years ahead: it escalates, and lets the change expire."""
    world.clock.at = AHEAD
    tick(world.access, landing=world.workspace.landing, lookup=lambda: world.workspace.lookup)
    world.clock.at = NOW


def test_a_change_that_it_let_expire_is_open_again(asked: World) -> None:
    ticked_ahead(asked)
    assert asked.state(CHANGE).stage is Stage.EXPIRED
    before = asked.state(CHANGE).cycle
    with pytest.raises(RefusedUnmet) as refused:
        asked.propose(FASTER)
    assert "metricgov correct-clock" in refused.value.unmet[0].how
    assert audit_verify(asked.workspace.integrity, now=time.to_text(NOW)).ahead
    assert correct(asked, council(asked)[0]) == ["clock_corrected", "times_corrected"]
    state = asked.state(CHANGE)
    assert (state.stage, state.cycle, state.submitted_at[:10]) == (Stage.IN_REVIEW, before + 1, "2026-06-19")
    assert (state.escalations, state.ended_seq) == ((), 0)
    assert problems(asked) == []
    assert audit_verify(asked.workspace.integrity, now=time.to_text(NOW)).ahead == 0
    asked.agree(CHANGE)
    assert asked.gate(asked.branch(asked.contents(CHANGE)), at=GATE_AT).verdict is Verdict.PASS
    asked.apply(CHANGE)
    assert asked.state(CHANGE).stage is Stage.APPLIED
    assert problems(asked) == []


def test_a_deputy_whom_it_let_in_early_does_not_count(asked: World) -> None:
    """INV-08: before anybody corrects anything, by the gate's own time; and after it."""
    asked.clock.at = AHEAD
    state = asked.state(CHANGE)
    revision = state.revision
    assert revision is not None
    payload = {"from": "crm-lead", "to": "crm-deputy", "due": "2036-06-30T00:00:00Z"}
    asked.access.journal.append(lambda: (Draft(CHANGE, "escalated", Actor(""), time.to_text(AHEAD), payload),))
    asked.approve(CHANGE, "crm-deputy", "analytics-lead")
    head = asked.branch(asked.contents(CHANGE))
    assert "approval_accountable" in codes(asked.gate(head, at=GATE_AT))
    correct(asked, council(asked)[-1])
    assert "approval_accountable" in codes(asked.gate(head, at=GATE_AT))
    assert problems(asked) == []


def test_silence_begins_anew(asked: World) -> None:
    """Who was asked has all their days from the correction on."""
    asked.clock.at = AHEAD
    asked.say(CHANGE, "ops-lead", c.Comment(text="from the future"))
    correct(asked, council(asked)[0])
    asked.approve(CHANGE, "crm-lead", "analytics-lead")
    head = asked.branch(asked.contents(CHANGE))
    assert "consulted" in codes(asked.gate(head, at="2026-06-25T00:00:00Z"))


class TestWhoMay:
    def test_only_the_council_and_not_whose_clock_it_was(self, asked: World) -> None:
        one, other, *_ = council(asked)
        asked.clock.at = AHEAD
        asked.say(CHANGE, one, c.Comment(text="from the future"))
        for who in ("ops-lead", one):
            with pytest.raises(RefusedUnmet) as refused:
                correct(asked, who)
            assert one not in refused.value.unmet[0].who
            assert other in refused.value.unmet[0].who
        assert correct(asked, other) == ["clock_corrected", "times_corrected"]
        assert correct(asked, other) == []

    def test_a_correction_by_others_blocks_what_rests_on_it(self, asked: World) -> None:
        """INV-08: written past the program; the gate looks at who it was."""
        asked.clock.at = AHEAD
        asked.say(CHANGE, "ops-lead", c.Comment(text="from the future"))
        first = asked.access.journal.head().seq
        forge(asked, first, "ops-lead", time.to_text(NOW))
        asked.clock.at = NOW
        asked.approve(CHANGE, "crm-lead", "analytics-lead")
        asked.decide(CHANGE, c.Acknowledge, "sales-lead")
        assert codes(asked.gate(asked.branch(asked.contents(CHANGE)), at=GATE_AT)) == {"clock"}


def forge(world: World, first: int, who: str, at: str) -> None:
    """Write a correction past every check of rights."""
    said = correcting(first, "x", who, world.access.registry)
    payload = {"first": first, "reason": "x"}
    kinds = ((None, "clock_corrected"), (CHANGE, "times_corrected"))
    drafts = tuple(Draft(change, kind, Actor(who), at, payload, statement=said) for change, kind in kinds)
    world.access.journal.append(lambda: drafts)


@pytest.mark.parametrize(
    ("first", "at", "code"),
    [
        pytest.param(1, "2026-06-01T00:00:00Z", "time_order", id="back before everything"),
        pytest.param(0, "2026-06-01T00:00:00Z", "time_order", id="back before what it does not name"),
        pytest.param(2, "2026-06-19T00:00:00Z", "time_order", id="naming what was dated rightly"),
    ],
)
def test_times_are_not_turned_back_by_it(asked: World, first: int, at: str, code: str) -> None:
    """INV-24, INV-62: a correction names what is dated after it, and nothing else."""
    asked.clock.at = AHEAD
    asked.say(CHANGE, "ops-lead", c.Comment(text="from the future"))
    forge(asked, first or asked.access.journal.head().seq, "growth-lead", at)
    assert code in {one for one, _ in problems(asked)} or first == 1


def test_one_without_the_other_is_found(asked: World) -> None:
    """A change's times go back only where the registry's do."""
    asked.clock.at = AHEAD
    asked.say(CHANGE, "ops-lead", c.Comment(text="from the future"))
    first, who = asked.access.journal.head().seq, council(asked)[0]
    said = correcting(first, "x", who, asked.access.registry)
    draft = Draft(
        CHANGE, "times_corrected", Actor(who), time.to_text(NOW), {"first": first, "reason": "x"}, statement=said
    )
    asked.access.journal.append(lambda: (draft,))
    assert [code for code, _ in problems(asked)] == ["time_order"]


def test_what_was_said_is_what_stands(asked: World) -> None:
    """INV-60"""
    asked.clock.at = AHEAD
    asked.say(CHANGE, "ops-lead", c.Comment(text="from the future"))
    first, who = asked.access.journal.head().seq, council(asked)[0]
    said = correcting(first + 1, "x", who, asked.access.registry)
    assert canonical_json(said) != canonical_json(correcting(first, "x", who, asked.access.registry))
    payload = {"first": first, "reason": "x"}
    drafts = tuple(
        Draft(change, kind, Actor(who), time.to_text(NOW), payload, statement=said)
        for change, kind in ((None, "clock_corrected"), (CHANGE, "times_corrected"))
    )
    asked.access.journal.append(lambda: drafts)
    assert [code for code, _ in problems(asked)] == ["statement", "statement"]


def test_the_index_and_a_replay_agree(asked: World) -> None:
    """INV-51"""
    ticked_ahead(asked)
    correct(asked, council(asked)[0])
    replay = Replay(keep_ended=False)
    for envelope in asked.access.journal.events():
        replay.take(envelope)
    assert replay.problems == []
    assert replay.changes[CHANGE] == asked.state(CHANGE)
