"""Dates of changes: setting one, taking it back, what becomes of it, and that no event comes before its time."""

from __future__ import annotations

from typing import Any

import pytest

from metricgov.domain import time
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.vocabulary import ENDED, Stage, Treatment
from metricgov.domain.working_days import least
from unit.workflow.world import CHANGE, CLAIMS, World, governance, proposal

DAY = "2026-08-01"
DUE = f"{DAY}T08:00:00Z"
LATER = f"{DAY}T17:00:00Z"
AUGUST = CLAIMS.model_copy(update={"effective_from": DAY})
EXPIRES = "2026-07-15T23:59:59Z"


def agreed() -> World:
    """A change with every approval that waits for its first day."""
    world = World()
    world.propose(claims=AUGUST)
    world.acknowledge("sales-ann")
    world.approve("crm-lead", "head-of-marketing")
    return world


def scheduled() -> World:
    world = agreed()
    world.do("ops-lead", c.Schedule(due=DUE, reason="with the quarter"))
    return world


def suspended() -> World:
    """One that came due while the accountable had taken their approval back."""
    world = scheduled()
    world.do("crm-lead", c.WithdrawDecision())
    world.later(DUE).do("", c.Suspend())
    return world


def expiring(**policy: Any) -> World:
    """A submitted change that is open for ten working days at most."""
    world = World(governance=governance(policy={"expire_days": 10} | policy))
    world.propose(claims=AUGUST)
    return world


def test_an_approved_change_takes_a_date_and_gives_it_back() -> None:
    world = scheduled()
    state = world.state()
    assert (state.stage, state.due) == (Stage.SCHEDULED, DUE)
    assert world.unmet() == {"not_yet_effective", "not_yet_due"}
    assert world.judge().stage is Stage.SCHEDULED
    back = world.do("crm-lead", c.Unschedule(reason="finance first"))
    assert (back.stage, back.due, back.cycle) == (Stage.IN_REVIEW, "", state.cycle)
    assert world.judge().stage is Stage.APPROVED


def test_the_same_date_again_is_nothing_and_another_one_moves_it() -> None:
    world = scheduled()
    length = len(world.log)
    world.do("ops-lead", c.Schedule(due=DUE))
    assert len(world.log) == length
    assert world.do("ops-lead", c.Schedule(due=LATER)).due == LATER


REFUSED: dict[str, tuple[str, str, set[str]]] = {
    "the past": ("ops-lead", "2026-06-30T08:00:00Z", {"due_passed", "not_yet_effective"}),
    "this second": ("ops-lead", "2026-07-01T08:00:00Z", {"due_passed", "not_yet_effective"}),
    "before its first day": ("ops-lead", "2026-07-31T23:59:59Z", {"not_yet_effective"}),
    "after its first day": ("ops-lead", "2026-08-02T00:00:00Z", {"effective_date_passed"}),
    "no such day": ("ops-lead", "2026-08-32T00:00:00Z", {"due_form", "effective_date_passed"}),
    "a stranger": ("stranger", DUE, {"right"}),
    "consulted": ("sales-ann", DUE, {"right"}),
    "nobody known": ("nobody", DUE, {"right", "principal"}),
}


@pytest.mark.parametrize(("actor", "due", "codes"), REFUSED.values(), ids=list(REFUSED))
def test_a_date_must_be_possible_and_set_by_somebody_with_a_part(actor: str, due: str, codes: set[str]) -> None:
    """INV-17: everything against it at once."""
    assert set(agreed().refused(actor, c.Schedule(due=due))) == codes


def test_only_an_approved_change_takes_a_date() -> None:
    """INV-14, INV-17: the refusal names what is missing and who can supply it."""
    world = World()
    world.propose(claims=AUGUST)
    assert {"approval_accountable", "approval_council", "consulted"} <= set(
        world.refused("ops-lead", c.Schedule(due=DUE))
    )
    draft = World()
    draft.propose(claims=AUGUST, submit=False)
    assert "stage" in draft.refused("ops-lead", c.Schedule(due=DUE))


def test_a_restated_history_may_be_applied_later_than_its_first_day() -> None:
    world = World()
    world.propose(claims=AUGUST.model_copy(update={"treatment": Treatment.RESTATE}))
    world.acknowledge("sales-ann")
    world.approve("crm-lead", "head-of-marketing")
    assert world.do("ops-lead", c.Schedule(due="2026-08-09T00:00:00Z")).stage is Stage.SCHEDULED


def test_nothing_is_applied_before_its_date_and_then_it_is() -> None:
    """INV-14: the date decides, whoever asks; on it the program itself may begin."""
    world = scheduled()
    assert set(world.refused("ops-lead", c.Apply())) == {"not_yet_effective", "not_yet_due"}
    assert "not_yet_due" in world.refused("", c.Apply())
    assert world.later(DUE).do("", c.Apply()).stage is Stage.APPLYING


def test_without_a_date_the_program_applies_nothing() -> None:
    assert "principal" in agreed().later(DUE).refused("", c.Apply())


def test_an_abandoned_attempt_keeps_the_date() -> None:
    """INV-52: so that the next tick tries again."""
    world = scheduled().later(DUE)
    world.do("", c.Apply())
    state = world.do("", c.AbandonApply(reason="lost the race"))
    assert (state.stage, state.due) == (Stage.SCHEDULED, DUE)


DRIFT: dict[str, Any] = {
    "an objection": lambda world: world.object("sales-bob"),
    "an approval taken back": lambda world: world.do("crm-lead", c.WithdrawDecision()),
    "an approver who left": lambda world: vars(world).update(governance=governance(left=["crm-lead"])),
    "another rule": lambda world: vars(world).update(
        governance=governance(policy={"classes": {"breaking": {"council": 2}}})
    ),
    "other contents": lambda world: world.contents.update({CHANGE: proposal(after="other")}),
    "a ticket is asked for": lambda world: vars(world).update(
        governance=governance(policy={"classes": {"breaking": {"ticket": True}}})
    ),
    "an engine was bound": lambda world: world.contents.update({CHANGE: proposal(engine_bound=True)}),
}


@pytest.mark.parametrize("drift", DRIFT.values(), ids=list(DRIFT))
def test_any_drift_suspends_what_comes_due(drift: Any) -> None:
    """INV-14: approvals, rights, rules, contents, effect: all judged again on the date; suspended, and it shows."""
    world = scheduled()
    drift(world)
    world.later(DUE)
    missing = world.refused("", c.Apply())
    state = world.do("", c.Suspend())
    assert state.stage is Stage.SUSPENDED
    assert set(state.suspended_for) == set(missing)
    assert "suspended" in world.unmet()
    assert "suspended" in world.refused("ops-lead", c.Apply())
    assert world.judge().stage is Stage.SUSPENDED


def test_what_holds_or_is_not_due_is_not_suspended() -> None:
    """INV-14: nothing is recorded, so that any number of ticks is one."""
    world = scheduled()
    length = len(world.log)
    world.object("sales-bob")
    world.do("", c.Suspend())
    world.do("sales-bob", c.WithdrawDecision())
    world.later(DUE).do("", c.Suspend())
    assert len(world.log) == length + 2


def test_a_suspended_change_is_scheduled_again_once_everything_is_met() -> None:
    """INV-14: no new cycle; approvals that stood still stand."""
    world = suspended()
    cycle = world.state().cycle
    assert set(world.refused("ops-lead", c.Schedule(due=LATER))) == {"approval_accountable"}
    world.approve("crm-lead")
    state = world.do("ops-lead", c.Schedule(due=LATER))
    assert (state.stage, state.due, state.cycle, state.suspended_for) == (Stage.SCHEDULED, LATER, cycle, ())
    assert world.later(LATER).do("", c.Apply()).stage is Stage.APPLYING


@pytest.mark.parametrize("back", ["unschedule", "revise"])
def test_a_suspended_change_comes_back_into_review_in_a_new_cycle(back: str) -> None:
    """INV-02: nobody's decision of before counts."""
    world = suspended()
    cycle, seen = world.state().cycle, world.seen()
    if back == "unschedule":
        state = world.do("ops-lead", c.Unschedule(reason="look again"))
    else:
        state = world.revise("ops-lead", proposal(), AUGUST.model_copy(update={"why": "Other words."}))
    assert (state.stage, state.cycle) == (Stage.IN_REVIEW, cycle + 1)
    assert world.judge().approvals == ()
    assert {"approval_accountable", "approval_council"} <= world.unmet()
    assert "stale" in world.refused("crm-lead", c.Approve(seen=seen))


def test_reformatting_keeps_no_approval_from_before_a_suspension() -> None:
    """INV-02, INV-03: neither at once nor after another revision."""
    world = scheduled()
    world.governance = governance(policy={"reformatting_keeps_approval": True})
    world.do("head-of-marketing", c.WithdrawDecision())
    world.later(DUE).do("", c.Suspend())
    world.do("ops-lead", c.Unschedule(reason="look again"))
    first = world.contents[CHANGE]
    same = proposal(after="new ", canonical=first.canonical, earlier={first.changes.digest: first.canonical})
    world.revise("ops-lead", same, AUGUST)
    assert world.judge().approvals == ()


LEAVES: dict[str, tuple[Any, Stage | None]] = {
    "withdrawn": (lambda world: world.do("ops-lead", c.Withdraw()), Stage.WITHDRAWN),
    "rejected": (lambda world: world.do("crm-lead", c.Reject(seen=world.seen(), reason="no")), Stage.REJECTED),
    "revised": (lambda world: world.revise("ops-lead", proposal(after="2"), AUGUST), Stage.IN_REVIEW),
    "objected": (lambda world: world.object("sales-ann"), None),
    "commented": (lambda world: world.do("stranger", c.Comment(text="why?")), None),
}


@pytest.mark.parametrize("begin", [scheduled, suspended], ids=["scheduled", "suspended"])
@pytest.mark.parametrize(("act", "stage"), LEAVES.values(), ids=list(LEAVES))
def test_people_go_on_deciding_about_a_change_with_a_date(begin: Any, act: Any, stage: Stage | None) -> None:
    world = begin()
    before = world.state().stage
    state = act(world)
    assert state.stage is (stage or before)
    if stage is not None:
        assert state.due == "" or state.stage in ENDED


def test_a_moved_target_takes_the_date_away() -> None:
    """INV-20: a conflict sends it back; a rebase does not bring the date again."""
    world = scheduled()
    world.contents[CHANGE] = proposal(before="moved")
    state = world.do("", c.MarkConflicted())
    assert (state.stage, state.due) == (Stage.CONFLICTED, "")
    state = world.do("crm-deputy", c.Rebase(claims=AUGUST))
    assert (state.stage, state.due) == (Stage.IN_REVIEW, "")


def test_a_change_that_was_open_too_long_expires() -> None:
    """INV-11: an outcome of its own; nothing leaves it, and nobody is said to have ended it."""
    world = expiring().later(EXPIRES)
    state = world.do("", c.Expire())
    assert (state.stage, state.ended_by) == (Stage.EXPIRED, "")
    assert world.log[-1].type == "expired"
    length = len(world.log)
    assert world.do("", c.Expire()).stage is Stage.EXPIRED
    assert len(world.log) == length
    assert "stage" in world.refused("ops-lead", c.Revise(claims=AUGUST))


def test_nothing_expires_early_or_without_a_date() -> None:
    world = expiring().later("2026-07-15T23:59:58Z")
    assert world.do("", c.Expire()).stage is Stage.IN_REVIEW
    other = expiring(expire_days=0)
    assert other.later("2027-07-01T00:00:00Z").do("", c.Expire()).stage is Stage.IN_REVIEW


@pytest.mark.parametrize("days", [0, 30], ids=["never", "later"])
def test_a_date_that_was_only_written_down_expires_nothing_early(days: int) -> None:
    """INV-08, INV-24: the policy of the base still has to let it end."""
    world = expiring().later(EXPIRES)
    world.governance = governance(policy={"expire_days": days})
    assert world.do("", c.Expire()).stage is Stage.IN_REVIEW


def test_what_everybody_agreed_to_does_not_expire() -> None:
    """It waits for its day, not for people; back in review after a suspension, people have their time again."""
    world = expiring()
    world.acknowledge("sales-ann")
    world.approve("crm-lead", "head-of-marketing")
    assert world.later(EXPIRES).do("", c.Expire()).stage is Stage.IN_REVIEW
    world.do("ops-lead", c.Schedule(due=DUE))
    assert world.do("", c.Expire()).stage is Stage.SCHEDULED
    world.do("crm-lead", c.WithdrawDecision())
    world.later(DUE).do("", c.Suspend())
    assert world.later("2026-08-05T08:00:00Z").do("", c.Expire()).stage is Stage.SUSPENDED
    world.do("ops-lead", c.Unschedule(reason="look again"))
    assert world.later("2026-08-15T07:59:59Z").do("", c.Expire()).stage is Stage.IN_REVIEW
    assert world.later("2026-08-15T08:00:00Z").do("", c.Expire()).stage is Stage.EXPIRED


@pytest.mark.parametrize("stuck", ["conflicted", "suspended"])
def test_what_nobody_mends_expires_in_the_end(stuck: str) -> None:
    """INV-11: but people have as many days as for a review, from the moment it got stuck."""
    world = expiring()
    if stuck == "conflicted":
        world.contents[CHANGE] = proposal(before="moved")
        world.later(EXPIRES).do("", c.MarkConflicted())
    else:
        world.acknowledge("sales-ann")
        world.approve("crm-lead", "head-of-marketing")
        world.do("ops-lead", c.Schedule(due=DUE))
        world.do("crm-lead", c.WithdrawDecision())
        world.later(DUE).do("", c.Suspend())
    since = world.state().stage_since
    world.later(least(since, 9)).do("", c.Expire())
    assert world.state().stage == stuck
    assert world.later(least(since, 10)).do("", c.Expire()).stage is Stage.EXPIRED


EARLY: dict[str, tuple[Any, str, dict[str, Any], str, str]] = {
    "scheduled for the past": (agreed, "scheduled", {"due": "2026-07-01T07:00:00Z"}, "", "due_passed"),
    "suspended before its date": (
        scheduled, "suspended", {"due": DUE, "unmet": ["objection"]}, "2026-08-01T07:59:59Z", "not_yet_due",
    ),
    "suspended for another date": (scheduled, "suspended", {"due": LATER, "unmet": ["objection"]}, DUE, "due"),
    "applied before its date": (scheduled, "apply_started", {}, "2026-08-01T07:59:59Z", "not_yet_due"),
    "expired before its date": (expiring, "expired", {"due": EXPIRES}, "2026-07-15T23:59:58Z", "not_yet_due"),
    "expired on another date": (expiring, "expired", {"due": "2026-07-02T00:00:00Z"}, EXPIRES, "due"),
    "expired without a date": (agreed, "expired", {"due": EXPIRES}, EXPIRES, "due"),
}  # fmt: skip


@pytest.mark.parametrize(("begin", "type", "payload", "at", "code"), EARLY.values(), ids=list(EARLY))
def test_no_event_comes_before_its_date(begin: Any, type: str, payload: dict[str, Any], at: str, code: str) -> None:
    """INV-24: forged past `decide`, it is reported and moves nothing."""
    world = begin()
    state = world.state()
    bound = {"revision": 1, "cycle": 1, "digest": state.digest}
    if type == "scheduled":
        payload = {**bound, **payload}
    if type == "apply_started":
        payload = {**bound, "onto": world.main, "governance": world.governance.digest}
    if at:
        world.later(at)
    world.forge(type, "", payload, main=world.main)
    folded = world.folded()
    assert [one.code for one in folded.problems] == [code]
    assert folded.state == state


@pytest.mark.parametrize("type", ["unscheduled", "suspended"])
def test_without_a_date_there_is_none_to_take_away(type: str) -> None:
    world = agreed()
    world.forge(type, "ops-lead", {"unscheduled": {"reason": "x"}}.get(type, {"due": DUE, "unmet": ["objection"]}))
    assert [one.code for one in world.folded().problems] == ["stage"]


SPOKEN: dict[str, str] = {
    "2026-08-01": "2026-08-01T00:00:00Z",
    "2026-08-01T08:00": "2026-08-01T08:00:00Z",
    "2026-08-01 08:00": "2026-08-01T08:00:00Z",
    "2026-08-01T08:00:00Z": "2026-08-01T08:00:00Z",
    "2026-08-01T10:00+02:00": "2026-08-01T08:00:00Z",
}


@pytest.mark.parametrize(("text", "second"), SPOKEN.items(), ids=list(SPOKEN))
def test_people_name_a_time_in_their_way(text: str, second: str) -> None:
    assert time.instant(text) == second


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-8-1", "2026-W31-6", "20260801", "2026-13-01", "2026-08-01T25:00", "2026-08-01T08:00:00.5"],
)
def test_what_is_no_time_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError):
        time.instant(text)
