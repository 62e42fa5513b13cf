"""Whose approval counts at the gate, and until when: judged at the base of the result, never as it was on the day."""

from __future__ import annotations

import pytest

from integration.gate.gate_world import (
    FASTER,
    FILES,
    INDEX,
    PEOPLE,
    POLICY,
    RACI,
    REWORDED,
    SPEED,
    World,
    codes,
    edited,
    lines,
    verdict_of,
)
from metricgov.app.deciding import give_verdict, seen_now
from metricgov.domain.errors import Refused
from metricgov.domain.verdict import Verdict
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.envelope import Actor
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.vocabulary import Stage

OTHER = {SPEED: edited(SPEED, ("'4' HOUR", "'1' HOUR"), ("4 hours", "1 hour"))}


def test_a_late_verdict_on_an_earlier_revision(world: World) -> None:
    """INV-02: what was seen is no longer what is under review."""
    change = world.propose(FASTER)
    seen = seen_now(world.state(change))
    world.revise(change, OTHER)
    with pytest.raises(RefusedUnmet) as refused:
        give_verdict(world.access, change=change, actor=Actor("crm-lead"), verdict=commands.Approve, seen=seen)
    assert refused.value.code == "stale"
    assert "approved" not in world.types(change)


def test_going_back_to_earlier_contents_revives_nothing(approved: World, faster: str) -> None:
    """INV-02: A, B, A again: the contents are those that were approved once, the review is another."""
    approved.revise(faster, OTHER)
    approved.revise(faster, FASTER)
    report = approved.gate(approved.branch(approved.contents(faster)))
    assert report.verdict is Verdict.BLOCKED
    assert {"approval_accountable", "approval_council"} <= codes(report)


def test_an_objection_outranks_all_approvals(approved: World, faster: str) -> None:
    """INV-04: and taking it back leaves no older approval of the same person."""
    head = approved.branch(approved.contents(faster))
    approved.decide(faster, commands.RequestChanges, "analytics-lead", reason="calendar hours?")
    assert "objection" in codes(approved.gate(head))
    approved.say(faster, "analytics-lead", commands.WithdrawDecision())
    assert codes(approved.gate(head)) == {"approval_council"}
    approved.approve(faster, "data-lead")
    assert approved.gate(head).verdict is Verdict.PASS


def test_ending_an_objection_keeps_the_approvals(approved: World, faster: str) -> None:
    """INV-04: for the accountable or the deputy, with a reason."""
    head = approved.branch(approved.contents(faster))
    approved.decide(faster, commands.RequestChanges, "sales-lead", reason="too short")
    with pytest.raises(RefusedUnmet):
        approved.say(faster, "ops-lead", commands.EndObjection(principal="sales-lead", reason="no"))
    approved.say(faster, "crm-deputy", commands.EndObjection(principal="sales-lead", reason="agreed by phone"))
    assert codes(approved.gate(head)) == {"consulted"}
    approved.decide(faster, commands.Acknowledge, "sales-lead")
    assert approved.gate(head).verdict is Verdict.PASS


@pytest.mark.parametrize("author", ["crm-lead", "analytics-lead"])
def test_who_contributed_cannot_approve(world: World, author: str) -> None:
    """INV-05: neither the accountable nor one of the council; their colleagues can."""
    change = world.propose(FASTER, who=author)
    with pytest.raises(RefusedUnmet) as refused:
        world.approve(change, author)
    assert refused.value.code == "contributor"
    world.agree(change)
    assert author not in {vote.principal for vote in world.judged(change).approvals}
    assert world.gate(world.branch(world.contents(change))).verdict is Verdict.PASS


def test_a_revision_by_an_approver_costs_that_approval(approved: World, faster: str) -> None:
    """INV-05: the set of contributors only grows, whoever revises afterwards."""
    approved.revise(faster, OTHER, who="crm-lead")
    approved.revise(faster, FASTER, who="ops-lead")
    with pytest.raises(RefusedUnmet):
        approved.approve(faster, "crm-lead")
    approved.approve(faster, "crm-deputy", "analytics-lead")
    approved.decide(faster, commands.Acknowledge, "sales-lead")
    report = approved.gate(approved.branch(approved.contents(faster)))
    assert report.verdict is Verdict.PASS, lines(report)


def test_authors_of_the_commits_are_contributors(world: World) -> None:
    """INV-05: a contributor that `propose --from` found in the branch is barred like the one who typed the command."""
    change = world.propose(FASTER, who="ops-lead", contributors=("crm-lead",))
    with pytest.raises(RefusedUnmet):
        world.approve(change, "crm-lead")


def test_one_person_in_two_roles_is_one_person(world: World) -> None:
    """INV-06: the accountable who sits on the council as well fills one place, not two."""
    people = edited(PEOPLE, ("members: [head-of-marketing,", "members: [crm-lead, head-of-marketing,"))
    world.apply(world.agree(world.reword({PEOPLE: people})))
    change = world.propose(FASTER)
    world.approve(change, "crm-lead")
    world.decide(change, commands.Acknowledge, "sales-lead")
    head = world.branch(world.contents(change))
    assert codes(world.gate(head)) == {"approval_council"}
    world.approve(change, "data-lead")
    assert world.gate(head).verdict is Verdict.PASS


def test_approving_twice_is_approving_once(world: World) -> None:
    """INV-06"""
    change = world.propose(FASTER)
    world.approve(change, "analytics-lead", "analytics-lead")
    world.approve(change, "analytics-lead")
    world.decide(change, commands.Acknowledge, "sales-lead")
    assert "approval_accountable" in codes(world.gate(world.branch(world.contents(change))))


def test_approvals_of_people_without_a_part_fill_no_place(world: World) -> None:
    """INV-07: many approvals of the wrong people are none."""
    change = world.propose(FASTER)
    for person in ("growth-lead", "sales-lead"):
        try:
            world.approve(change, person)
        except RefusedUnmet as refused:
            assert "right" in refused.code or refused.unmet
    report = world.gate(world.branch(world.contents(change)))
    assert {"approval_accountable", "approval_council"} <= codes(report)


def test_when_nobody_is_left_who_may_the_gap_is_named(world: World) -> None:
    """INV-07: nobody can approve is an error with a name, never an approval."""
    left = edited(
        PEOPLE,
        *(
            (f"email: {one}@example.com", f"email: {one}@example.com, status: left")
            for one in ("crm-lead", "crm-deputy")
        ),
    )
    world.push({PEOPLE: left})
    world.push(
        {RACI: edited(RACI, ("accountable: head-of-marketing, deputy: analytics-lead", "accountable: crm-lead"))}
    )
    change = world.propose(FASTER)
    asked = [one for one in world.judged(change).unmet if one.code == "approval_accountable"]
    assert asked
    assert set(asked[0].who) == {"head-of-marketing", "analytics-lead", "data-lead"}
    everyone = edited(
        PEOPLE, *((f"{one}@example.com", f"{one}@example.com, status: left") for one in ("data-lead", "analytics-lead"))
    )
    report = world.gate(world.branch({PEOPLE: everyone}))
    assert report.verdict is Verdict.BLOCKED


class TestRightsLost:
    """INV-08: judged again at the base of the step, whatever was shown when the approval was given."""

    EDITS = {  # noqa: RUF012
        "the approver left": {
            PEOPLE: edited(PEOPLE, ("email: crm-lead@example.com", "email: crm-lead@example.com, status: left"))
        },
        "the council changed": {
            PEOPLE: edited(
                PEOPLE,
                ("members: [head-of-marketing, analytics-lead, data-lead]", "members: [head-of-marketing, data-lead]"),
            )
        },
        "raci moved on": {RACI: edited(RACI, ("    accountable: crm-lead\n", "    accountable: growth-lead\n"))},
        "the policy is stricter": {
            POLICY: edited(POLICY, ("enforce: block\n", "enforce: block\nclasses:\n  breaking: {council: 2}\n"))
        },
    }

    @pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
    def test_between_approval_and_gate(self, approved: World, faster: str, edits: dict[str, bytes | None]) -> None:
        """INV-08"""
        head = approved.branch(approved.contents(faster))
        assert approved.gate(head).verdict is Verdict.PASS
        approved.push(edits)
        report = approved.gate(head)
        assert report.verdict is Verdict.BLOCKED
        assert {"approval_accountable", "approval_council"} & codes(report), lines(report)

    @pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
    def test_between_approval_and_apply(self, approved: World, faster: str, edits: dict[str, bytes | None]) -> None:
        """INV-08: and then nothing was announced."""
        approved.push(edits)
        with pytest.raises(RefusedUnmet) as refused:
            approved.apply(faster)
        assert {"approval_accountable", "approval_council"} & {str(one.code) for one in refused.value.unmet}
        assert "apply_started" not in approved.types(faster)

    def test_lost_after_the_step_changes_nothing(self, approved: World, faster: str) -> None:
        """INV-08: the position of a decision is the base of the step that consumes it."""
        before = approved.tip
        approved.apply(faster)
        approved.push(self.EDITS["the approver left"])
        middle = approved.workspace.repository.first_parents(approved.tip, since=before)[0]
        assert approved.gate(middle, base=before).verdict is Verdict.PASS


class TestOutcomes:
    """INV-10, INV-11: a proposal is outside the live definitions, and every end has its own name."""

    def test_proposing_and_ending_touches_nothing(self, world: World) -> None:
        """INV-10"""
        tip, tree = world.tip, (world.root / SPEED).read_bytes()
        ends = {
            "withdrawn": lambda change: world.say(change, "ops-lead", commands.Withdraw(reason="later")),
            "rejected": lambda change: world.decide(change, commands.Reject, "crm-lead", reason="no"),
        }
        for name, end in ends.items():
            change = world.approved(FASTER)
            head = world.branch(world.contents(change), name)
            assert world.gate(head).verdict is Verdict.PASS
            end(change)
            assert world.state(change).stage == name
            report = world.gate(head)
            assert report.verdict is Verdict.BLOCKED
            assert "no_change" in codes(report), lines(report)
            with pytest.raises(RefusedUnmet):
                world.apply(change)
        assert world.tip == tip
        assert (world.root / SPEED).read_bytes() == tree

    def test_superseded_and_conflicted(self, world: World) -> None:
        """INV-11"""
        first, second = world.approved(FASTER), world.approved(OTHER)
        from metricgov.app.deciding import say

        say(
            world.access,
            change=first,
            actor=Actor("ops-lead"),
            command=lambda _state: commands.Supersede(reason="the other one"),
            other=second,
        )
        assert (world.state(first).stage, world.state(first).superseded_by) == (Stage.SUPERSEDED, second)
        head = world.branch(world.contents(second))
        world.push(REWORDED)
        world.reword({INDEX: edited(INDEX, ("Read every", "Looked at every"))})
        assert world.state(second).stage is Stage.CONFLICTED
        report = world.gate(head)
        assert report.verdict is Verdict.BLOCKED


class TestAnswers:
    """INV-16: consulted people have answered, or their deadline has passed; which one is recorded."""

    def test_silence_counts_from_the_day_that_was_stored(self, world: World) -> None:
        """INV-16, INV-24: the deadline stands in the event; the time is what the gate is given."""
        change = world.propose(FASTER, effective_from="2026-06-25")
        world.approve(change, "crm-lead", "analytics-lead")
        head = world.branch(world.contents(change))
        early, late = "2026-06-25T23:59:58Z", "2026-06-25T23:59:59Z"
        assert codes(world.gate(head, at=early)) == {"consulted"}
        assert world.gate(head, at=late).verdict is Verdict.PASS

    def test_an_answer_is_recorded_as_one(self, approved: World, faster: str) -> None:
        """INV-16"""
        approved.apply(faster)
        started = next(one for one in approved.access.journal.events_of(faster) if one.type == "apply_started")
        heard = [{key: one[key] for key in ("principal", "outcome", "by")} for one in started.payload["consulted"]]
        assert heard == [{"principal": "sales", "outcome": "answered", "by": "sales-lead"}]


def test_not_before_its_day(world: World) -> None:
    """INV-24: the effective date is compared with the time that is passed in."""
    change = world.approved(FASTER, effective_from="2026-07-01")
    head = world.branch(world.contents(change))
    assert codes(world.gate(head)) == {"not_yet_effective"}
    assert world.gate(head, at="2026-07-01T00:00:00Z").verdict is Verdict.PASS


class TestUsedUp:
    """INV-23: an approval counts once."""

    def back(self) -> dict[str, bytes | None]:
        return {SPEED: FILES[SPEED].encode()}

    def test_applied_and_reverted_by_hand(self, approved: World, faster: str) -> None:
        """INV-23"""
        approved.apply(faster)
        approved.push(self.back())
        report = approved.gate(approved.branch(approved.contents(faster)))
        assert "approval_used" in codes(report), lines(report)
        assert verdict_of(report, "metric:routing_speed").change == faster

    def test_landed_by_hand_and_reverted_before_anybody_looked(self, approved: World, faster: str) -> None:
        """INV-23: the journal has not seen these steps of main, and they count as if it had."""
        approved.push(approved.contents(faster))
        approved.push({"README.md": b"between\n"})
        approved.push(self.back())
        head = approved.branch(approved.contents(faster))
        assert "approval_used" in codes(approved.gate(head))
        approved.reword({INDEX: edited(INDEX, ("Read every", "Looked at every"))})
        assert approved.state(faster).stage is Stage.APPLIED
        assert approved.access.journal.head().main == approved.tip
        assert "approval_used" in codes(approved.gate(head))
        with pytest.raises(Refused) as refused:
            approved.apply(faster)
        assert refused.value.code == "stage"

    def test_merged_as_a_pull_request_and_reverted(self, approved: World, faster: str) -> None:
        """INV-23: one step of the first-parent chain brings it, another takes it away."""
        head = approved.branch(approved.contents(faster))
        approved.git("merge", "-q", "--no-ff", "-m", "merge", "change")
        approved.git("revert", "-m", "1", "--no-edit", "HEAD")
        again = approved.branch(approved.contents(faster), "again")
        assert "approval_used" in codes(approved.gate(again)), head

    def test_a_new_change_may_bring_the_same_contents(self, approved: World, faster: str) -> None:
        """INV-23: with approvals of its own."""
        approved.apply(faster)
        approved.push(self.back())
        again = approved.propose(FASTER)
        head = approved.branch(approved.contents(again))
        assert approved.gate(head).verdict is Verdict.BLOCKED
        approved.agree(again)
        report = approved.gate(head)
        assert report.verdict is Verdict.PASS, lines(report)
        assert verdict_of(report, "metric:routing_speed").change == again
