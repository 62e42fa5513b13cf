"""Commands: who may give them, what they record, what repeats; and what a change of several definitions needs."""

from __future__ import annotations

from typing import Any

import pytest

from metricgov.domain.changes.findings import ChangeClass, Flag
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.blocking import NO_ENGINE
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.moving import settle
from metricgov.domain.workflow.proposal import Subject, combined_canonical, subject
from metricgov.domain.workflow.proposal import touched as gather
from metricgov.domain.workflow.requirements import RefusedUnmet, Requirement, merged, shown
from metricgov.domain.workflow.vocabulary import Intent, Stage, Treatment
from unit.workflow.world import (
    CHANGE,
    CLAIMS,
    OTHER,
    TODAY,
    World,
    blob,
    governance,
    proposal,
    team_of,
    touched,
)

PAID = touched(subject=Subject("metric:cost_per_lead", domain="paid"), path="metrics/paid/cost_per_lead.yaml")


def test_a_request_is_taken_up() -> None:
    world = World()
    world.do("stranger", c.Request(change=CHANGE, definition="metric:routing_speed", why="too slow"))
    assert world.state().stage is Stage.REQUESTED
    world.propose("ops-lead")
    state = world.state()
    assert (state.stage, state.created_by, state.contributors) == (Stage.IN_REVIEW, "stranger", {"ops-lead"})


def test_a_draft_owes_nothing_until_it_is_submitted() -> None:
    world = World()
    bare = c.Claims(why="thinking")
    world.propose("ops-lead", claims=bare, submit=False)
    world.do("crm-deputy", c.Revise(claims=bare))
    state = world.state()
    assert (state.stage, state.revisions, state.contributors) == (Stage.DRAFT, (), {"ops-lead", "crm-deputy"})
    assert world.unmet() == {"stage"}
    assert "treatment" in world.refused("ops-lead", c.Submit(claims=bare))
    world.do("ops-lead", c.Submit(claims=CLAIMS))
    assert (world.state().stage, world.state().cycle) == (Stage.IN_REVIEW, 1)
    assert "stage" in world.refused("ops-lead", c.Submit(claims=CLAIMS.model_copy(update={"why": "more"})))


def test_a_revision_records_what_it_was_judged_by() -> None:
    world = World()
    found = touched(version_before="1.0.0", version_after="2.0.0", version_due="2.0.0", flags=[Flag.NOTIFY])
    claims = CLAIMS.model_copy(
        update={"refs": ("TICKET-1",), "requested_by": "stranger", "implemented_by": "data-lead"}
    )
    world.propose(contents=proposal(found, rules=3, canonicaliser=2), claims=claims)
    revision = world.state().revisions[0]
    record = revision.definitions[0]
    assert (revision.rules, revision.canonicaliser, revision.change_class) == (3, 2, ChangeClass.BREAKING)
    assert (record.version_before, record.version_after, record.accountable) == ("1.0.0", "2.0.0", "crm-lead")
    assert record.flags == (Flag.NOTIFY,)
    assert (revision.refs, revision.requested_by, revision.implemented_by) == (("TICKET-1",), "stranger", "data-lead")
    assert revision.effect_note == NO_ENGINE
    assert NO_ENGINE in world.judge().notes
    assert [(one.principal, one.due) for one in revision.asked] == [("sales-operations", "2026-07-08T23:59:59Z")]
    assert world.log[-1].payload["class"] == "breaking"


def test_with_an_engine_the_effect_is_asked_for() -> None:
    world = World()
    world.propose(contents=proposal(engine_bound=True))
    assert "effect" in world.unmet()
    assert world.state().revisions[0].effect_note == ""
    world.do("data-lead", c.RecordEffect(digest=world.state().digest, evidence=b'{"ratio": 0.9}'))
    assert "effect" not in world.unmet()
    world.revise("ops-lead", proposal(after="third", engine_bound=True))
    assert "effect" in world.unmet()


def test_repeating_a_decision_changes_nothing() -> None:
    world = World()
    world.propose()
    world.approve("crm-lead")
    length = len(world.log)
    world.approve("crm-lead")
    assert len(world.log) == length
    world.do("crm-lead", c.Approve(seen=world.seen()), identity=Identity.SIGNED)
    assert len(world.log) == length + 1


def test_repeating_a_revision_is_refused() -> None:
    world = World()
    world.propose()
    assert "nothing_changes" in world.refused("ops-lead", c.Revise(claims=CLAIMS))
    world.revise("ops-lead", proposal(), CLAIMS.model_copy(update={"treatment": Treatment.RESTATE}))
    state = world.state()
    assert (len(state.revisions), state.cycle) == (2, 1)


def test_creating_a_change_twice_is_refused() -> None:
    world = World()
    world.propose()
    assert "stage" in world.refused("ops-lead", c.Create(change=CHANGE, claims=CLAIMS))


MAY: dict[str, tuple[Any, set[str]]] = {
    "reject": (lambda w: c.Reject(seen=w.seen(), reason="no"), {"crm-lead", "crm-deputy"}),
    "withdraw": (lambda _: c.Withdraw(), {"ops-lead"}),
    "supersede": (lambda _: c.Supersede(), {"ops-lead", "crm-lead", "crm-deputy"}),
    "acknowledge": (lambda w: c.Acknowledge(seen=w.seen()), {"sales-ann", "sales-bob"}),
    "approve": (lambda w: c.Approve(seen=w.seen()), {"crm-lead", "head-of-marketing", "analytics-lead"}),
    "resolve": (lambda _: c.ResolveThread(thread="t1"), {"stranger", "crm-lead", "crm-deputy"}),
}
EVERYBODY = (
    "ops-lead", "crm-lead", "crm-deputy", "sales-ann", "sales-bob", "head-of-marketing", "analytics-lead", "stranger",
    "finance-lead", "paid-lead",
)  # fmt: skip


@pytest.mark.parametrize("person", EVERYBODY)
@pytest.mark.parametrize(("command", "may"), MAY.values(), ids=list(MAY))
def test_who_may_give_a_command(command: Any, may: set[str], person: str) -> None:
    """INV-17: and who may not is told who can."""
    world = World()
    world.propose()
    world.propose(change=OTHER, contents=proposal(after="other"))
    world.do("stranger", c.Comment(text="why?"))
    values = {"other": world.state(OTHER)}
    if person in may:
        world.do(person, command(world), **values)
        return
    with pytest.raises(RefusedUnmet) as refusal:
        world.do(person, command(world), **values)
    named = {one for found in refusal.value.unmet for one in found.who}
    assert may <= named | {"stranger"}


def test_a_reply_stays_in_its_thread() -> None:
    world = World()
    world.propose()
    world.do("stranger", c.Comment(text="why?", path="a.yaml", field="calculation.where"))
    world.do("ops-lead", c.Comment(text="because", thread="t1"))
    (thread,) = world.state().threads
    assert (thread.opened_by, thread.field, len(thread.remarks)) == ("stranger", "calculation.where", 2)
    assert "not_allowed" in world.refused("ops-lead", c.Comment(text="x", thread="t7"))
    world.do("stranger", c.ResolveThread(thread="t1"))
    assert "thread" in world.refused("stranger", c.ResolveThread(thread="t1"))
    world.do("ops-lead", c.ReopenThread(thread="t1"))
    assert not world.state().threads[0].resolved


def test_suggesting_in_a_comment_costs_nothing() -> None:
    """INV-05: a comment is no contribution."""
    world = World()
    world.propose()
    world.do("crm-lead", c.Comment(text="write 14 days"))
    world.approve("crm-lead")
    assert "approval_accountable" not in world.unmet()


def test_a_revert_is_a_change_of_its_own() -> None:
    """INV-12, INV-23: judged like any other."""
    world = World().agreed()
    back = proposal(before="new", after="old")
    world.contents[OTHER] = back
    command = c.Revert(change=OTHER, claims=CLAIMS.model_copy(update={"why": "It was wrong."}))
    assert "stage" in world.refused("crm-lead", command, OTHER, other=world.state())
    world.do("ops-lead", c.Apply())
    world.do("", c.FinishApply(commit="b" * 40))
    world.contents[OTHER] = proposal(PAID)
    assert "not_allowed" in world.refused("crm-lead", command, OTHER, other=world.state())
    world.contents[OTHER] = back
    world.do("crm-lead", command, OTHER, other=world.state())
    assert world.state(OTHER).reverts == CHANGE
    assert "approval_accountable" in world.unmet(OTHER)


def test_while_it_is_applied_nothing_moves_it() -> None:
    """INV-50: decisions, withdrawal and revision wait until the attempt has ended."""
    world = World().agreed()
    world.do("ops-lead", c.Apply())
    seen = world.seen()
    for person, command in (
        ("crm-lead", c.WithdrawDecision()),
        ("sales-ann", c.RequestChanges(seen=seen, reason="wait")),
        ("ops-lead", c.Withdraw()),
        ("ops-lead", c.Revise(claims=CLAIMS.model_copy(update={"why": "x"}))),
        ("ops-lead", c.Apply()),
    ):
        assert "stage" in world.refused(person, command)
    assert world.judge().allowed
    assert world.judge().stage is Stage.APPLYING
    world.do("", c.AbandonApply(reason="the target moved"))
    assert world.judge().stage is Stage.APPROVED
    world.do("ops-lead", c.Apply())
    assert "attempt" not in world.unmet()


def test_apply_records_what_it_rests_on() -> None:
    """INV-08: governance by digest with its bytes, approvals by event."""
    from metricgov.domain.workflow.decide import decide

    world = World().agreed()
    (draft,) = decide(world.state(), c.Apply(), world.context("ops-lead"))
    digest = world.governance.digest
    assert draft.payload["governance"] == digest
    assert draft.blobs == {digest: world.governance.to_bytes()}
    assert [one["principal"] for one in draft.payload["approvals"]] == ["crm-lead", "head-of-marketing"]  # type: ignore[union-attr,index]


def test_an_effective_date_waits() -> None:
    """Before its day a change is approved and not applied; after it the date is asked again."""
    world = World()
    world.propose(claims=CLAIMS.model_copy(update={"effective_from": "2026-07-03"}))
    world.acknowledge("sales-ann")
    world.approve("crm-lead", "head-of-marketing")
    assert world.unmet() == {"not_yet_effective"}
    assert world.judge().stage is Stage.APPROVED
    assert "not_yet_effective" in world.refused("ops-lead", c.Apply())
    assert world.judge(now="2026-07-03T00:00:00Z").allowed
    assert world.unmet(now="2026-07-04T00:00:00Z") == {"effective_date_passed"}


def test_restated_history_may_begin_in_the_past() -> None:
    world = World()
    world.propose(claims=CLAIMS.model_copy(update={"effective_from": "2026-01-01", "treatment": Treatment.RESTATE}))
    assert "effective_date_passed" not in world.unmet()


FITS = {
    "breaking none": (ChangeClass.BREAKING, Treatment.NONE, False),
    "breaking bridge": (ChangeClass.BREAKING, Treatment.BRIDGE, True),
    "editorial restate": (ChangeClass.EDITORIAL, Treatment.RESTATE, False),
    "compatible alias": (ChangeClass.COMPATIBLE, Treatment.ALIAS, True),
}


@pytest.mark.parametrize(("change_class", "treatment", "fits"), FITS.values(), ids=list(FITS))
def test_a_treatment_fits_its_class(change_class: ChangeClass, treatment: Treatment, fits: bool) -> None:
    world = World()
    world.contents[CHANGE] = proposal(touched(change_class))
    command = c.Create(change=CHANGE, claims=CLAIMS.model_copy(update={"treatment": treatment}))
    if fits:
        world.do("ops-lead", command)
    else:
        assert "treatment" in world.refused("ops-lead", command)


def test_a_stale_text_is_changed_or_waived_on_record() -> None:
    stale = touched(flags=[Flag.STALE_TEXT])
    world = World()
    world.contents[CHANGE] = proposal(stale)
    assert "stale_text" in world.refused("ops-lead", c.Create(change=CHANGE, claims=CLAIMS))
    world.propose(contents=proposal(stale), claims=CLAIMS.model_copy(update={"meaning_unchanged": True}))
    assert "the author states: meaning unchanged" in world.judge().notes


def test_several_definitions_need_the_union() -> None:
    """Each definition's accountable; one of the council as a person besides, who may serve for both."""
    world = World()
    world.propose(contents=proposal(touched(), PAID))
    needed = {(str(one.code), one.who) for one in world.judge().unmet}
    assert ("approval_accountable", ("crm-lead",)) in needed
    assert ("approval_accountable", ("paid-lead",)) in needed
    world.acknowledge("sales-ann")
    world.approve("crm-lead", "paid-lead")
    assert world.unmet() == {"approval_council"}
    world.approve("analytics-lead")
    assert world.judge().allowed


def test_a_class_counts_for_its_own_definition() -> None:
    words = touched(ChangeClass.EDITORIAL, subject=PAID.before, path=PAID.path)  # type: ignore[arg-type]
    world = World()
    world.propose(contents=proposal(touched(), words))
    by_definition = {one.id: [str(slot.code) for slot in r.slots] for one, r in world.context("x").plans(world.state())}
    assert by_definition == {
        "metric:routing_speed": ["approval_accountable", "approval_council"],
        "metric:cost_per_lead": ["approval_responsible"],
    }


def test_identical_passes_with_nobody() -> None:
    world = World()
    world.propose(contents=proposal(touched(ChangeClass.IDENTICAL)), claims=c.Claims(why="format"))
    assert world.judge().stage is Stage.APPROVED
    world.do("ops-lead", c.Apply())


def test_one_way_in_for_every_preset_and_class_is_told_who() -> None:
    """Every unmet requirement names people, or says that nobody can."""
    for preset, size in (("solo", 1), ("small", 2), ("standard", 3), ("regulated", 4)):
        world = World(team_of(size, preset))
        world.propose("p1", proposal(touched(subject=Subject("metric:x"))))
        for one in world.judge().unmet:
            assert one.says
            assert one.how
            assert one.who or one.code == "nobody_can_approve"


def test_a_moved_target_settles_what_it_touches() -> None:
    """INV-20, INV-23: landed, conflicted, or none of its business; a running attempt is left to recovery."""
    path = touched().path
    world = World()
    world.propose()
    context = world.context("")
    for tip, type in (
        ({path: blob(f"new {path}")}, "landed"),
        ({path: blob("something else")}, "conflicted"),
        ({path: None}, "conflicted"),
        ({path: blob(f"old {path}")}, None),
    ):
        draft = settle(world.state(), tip, context, commit="b" * 40)
        assert (draft.type if draft else None) == type
    world.acknowledge("sales-ann")
    world.approve("crm-lead", "head-of-marketing")
    world.do("ops-lead", c.Apply())
    assert settle(world.state(), {path: blob("something else")}, context, commit="b" * 40) is None


def test_a_ticket_can_be_asked_for() -> None:
    world = World(governance(policy={"classes": {"breaking": {"ticket": True}}}))
    world.contents[CHANGE] = proposal()
    assert "ticket" in world.refused("ops-lead", c.Create(change=CHANGE, claims=CLAIMS))
    world.propose(claims=CLAIMS.model_copy(update={"refs": ("T-1",)}))
    assert "ticket" not in world.unmet()


def test_facts_are_read_from_raw_definitions() -> None:
    found = subject("metric:x", {"domain": "crm", "tags": ["a", 1], "consulted": "ann", "informed": None})
    assert found == Subject("metric:x", "crm", frozenset({"a"}), ("ann",), ())
    assert subject("source:x", None, domain="").is_governance is False
    one = gather("metric:x", "p", before=found, after=found, findings=[])
    assert one.change_class is ChangeClass.IDENTICAL
    assert combined_canonical({"a": "1", "b": None}) == combined_canonical({"b": None, "a": "1"})


def test_the_same_requirement_is_said_once() -> None:
    one = Requirement("c", "says", ("ann",), "how", ("metric:a",))
    other = Requirement("c", "says", ("ann",), "how", ("metric:b",))
    assert merged((one, other)) == (Requirement("c", "says", ("ann",), "how", ("metric:a", "metric:b")),)
    assert one.as_json() == {"code": "c", "says": "says", "who": ["ann"], "how": "how"}
    assert shown(CHANGE) == "chg-k7m2p5"


def test_solo_needs_no_second_person_and_no_answer() -> None:
    world = World(team_of(1, "solo"))
    mine = Subject("metric:x", consulted=("p1",))
    claims = c.Claims(why="x", intent=Intent.DEFECT, treatment=Treatment.RESTATE, effective_from=TODAY)
    world.propose("p1", proposal(touched(subject=mine), dependants=(Subject("metric:y"),)), claims)
    world.approve("p1")
    assert world.judge().allowed
    assert [one.outcome for one in world.judge().answers] == ["answered"]
