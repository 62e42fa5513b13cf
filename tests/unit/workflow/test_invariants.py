"""One test a rule for the invariants that the workflow keeps; each names its INV."""

from __future__ import annotations

from typing import Any

import pytest

from metricgov.domain.changes.findings import ChangeClass, Finding, Flag
from metricgov.domain.definitions.problems import DefinitionErrors
from metricgov.domain.digest import BlobRef, ChangeSet, PathEdit
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.envelope import Actor, Draft, Identity
from metricgov.domain.workflow.fold import Replay
from metricgov.domain.workflow.judge import judge
from metricgov.domain.workflow.moving import settle
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.proposal import touched as gather
from metricgov.domain.workflow.registry_events import MainMoved
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import who
from metricgov.domain.workflow.statement import PURPOSE
from metricgov.domain.workflow.vocabulary import Stage, Treatment, Verdict
from unit.workflow.world import (
    CHANGE,
    CLAIMS,
    OTHER,
    PEOPLE,
    RACI,
    REGISTRY,
    SPEED,
    TARGET,
    TEAMS,
    TIP,
    World,
    blob,
    files,
    governance,
    proposal,
    team_of,
    touched,
)

PATH = touched().path
OLD, NEW = blob(f"old {PATH}"), blob(f"new {PATH}")
EDITED = {
    "one byte": [PathEdit(PATH, OLD, blob("new!"))],
    "one mode": [PathEdit(PATH, OLD, BlobRef("100755", NEW.sha256))],
    "one path more": [PathEdit(PATH, OLD, NEW), PathEdit("metrics/crm_handoff/other.yaml", None, blob("x"))],
    "one path less": [],
}


@pytest.mark.parametrize("edits", EDITED.values(), ids=list(EDITED))
def test_an_approval_counts_for_its_contents_alone(edits: list[PathEdit]) -> None:
    """INV-01: a byte, a mode, a path more or less leaves the change without valid approvals."""
    world = World().agreed()
    assert world.judge().allowed
    found = proposal()
    applied = type(found)(ChangeSet.of(edits), found.canonical, found.definitions, found.base)
    assert "digest" in world.unmet(contents=applied)
    world.contents[CHANGE] = applied
    assert "digest" in world.refused("ops-lead", c.Apply())


def test_a_new_revision_has_no_approvals() -> None:
    """INV-01: approvals of revision 1 are none of revision 2, even if it only moves a claim."""
    world = World().agreed()
    world.revise("ops-lead", proposal(), CLAIMS.model_copy(update={"treatment": Treatment.RESTATE}))
    assert {"approval_accountable", "approval_council", "consulted"} <= world.unmet()
    assert world.judge().approvals == ()


def test_every_decision_names_what_it_is_about() -> None:
    """INV-02: change, revision, cycle, digest, target and registry stand in each statement."""
    world = World()
    world.propose()
    world.object("sales-ann")
    world.do("sales-ann", c.WithdrawDecision())
    world.object("sales-bob")
    world.do("crm-lead", c.EndObjection(principal="sales-bob", reason="answered in the thread"))
    world.acknowledge("sales-bob")
    world.approve("crm-lead")
    world.do("analytics-lead", c.Abstain(seen=world.seen()))
    world.do("crm-lead", c.Reject(seen=world.seen(), reason="never mind"))
    statements = [one.statement for one in world.log if one.statement is not None]
    assert [one["decision"] for one in statements] == [
        "request_changes", "withdraw_decision", "request_changes", "end_objection:sales-bob", "acknowledge",
        "approve", "abstain", "reject",
    ]  # fmt: skip
    for one in statements:
        assert set(one) == {
            "type", "registry", "change", "revision", "cycle", "digest", "canonical", "target", "decision",
            "principal", "reason_sha256",
        }  # fmt: skip
        about = (one["type"], one["registry"], one["change"], one["target"], one["digest"])
        assert about == (PURPOSE, REGISTRY, CHANGE, TARGET, proposal().changes.digest)


def test_a_late_verdict_is_refused() -> None:
    """INV-02: who looked at revision 1 cannot decide on revision 2, not even where the contents came back (ABA)."""
    world = World()
    world.propose()
    first = world.seen()
    world.revise("ops-lead", proposal(after="other"))
    assert "stale" in world.refused("crm-lead", c.Approve(seen=first))
    world.revise("ops-lead", proposal())
    assert world.state().digest == first.digest
    assert world.state().cycle == 3
    assert "stale" in world.refused("crm-lead", c.Approve(seen=first))


def test_a_statement_of_another_registry_is_not_admitted() -> None:
    """INV-02: an approval replayed from elsewhere has no effect."""
    world = World()
    world.propose()
    world.approve("crm-lead")
    real = world.log.pop()
    for key, value in {"registry": "other", "target": "refs/heads/x", "cycle": 2, "principal": "x", "more": 1}.items():
        forged = Draft(
            CHANGE, real.type, real.actor, real.at, real.payload, statement={**(real.statement or {}), key: value}
        )
        world.append(forged)
        assert [one.code for one in world.folded().problems] == ["statement"], key
        assert world.folded().state.decisions == ()
        world.log.pop()


@pytest.mark.parametrize("elsewhere", ["registry", "target"])
def test_a_change_counts_in_its_registry_and_on_its_target(elsewhere: str) -> None:
    """INV-02: the journal of another registry, or another target ref, brings no approvals."""
    world = World().agreed()
    place = {"registry": REGISTRY, "target": TARGET} | {elsewhere: "other"}
    found = judge(world.state(), world.contents[CHANGE], world.governance, now=world.now, **place)
    assert [str(one.code) for one in found.unmet] == ["registry"]


@pytest.mark.parametrize("keeps", [False, True], ids=["default", "reformatting_keeps_approval"])
def test_reformatting_keeps_an_approval_only_by_policy(keeps: bool) -> None:
    """INV-03: bytes count; the policy's one exception is recorded, and needs both forms recomputed."""
    world = World(governance(policy={"reformatting_keeps_approval": keeps})).agreed()
    first = world.state().digest
    same = proposal().canonical
    world.revise("crm-deputy", proposal(after="new ", canonical=same, earlier={first: same}))
    assert world.state().cycle == 2
    assert world.judge().allowed is keeps
    if keeps:
        assert all(vote.kept for vote in world.judge().approvals)
        world.do("crm-deputy", c.Apply())
        counted = world.log[-1].payload["approvals"]
        assert [(one["principal"], one["kept"]) for one in counted] == [("crm-lead", True), ("head-of-marketing", True)]


@pytest.mark.parametrize("rules", [governance(), team_of(2, "solo")], ids=["standard", "solo"])
def test_reformatting_ones_own_approval_away(rules: Governance) -> None:
    """INV-03, INV-05: who approved and then reformats has contributed; the approval is not kept."""
    raw = dict(rules.raw) | {"policy": dict(rules.raw["policy"]) | {"reformatting_keeps_approval": True}}  # type: ignore[arg-type, call-overload]
    world = World(Governance.of(raw))
    author, approver = ("p1", "p2") if rules.self_approval else ("ops-lead", "crm-lead")
    world.propose(author)
    world.approve(approver)
    assert [vote.principal for vote in world.judge().approvals] == [approver]
    first, same = world.state().digest, proposal().canonical
    world.revise(approver, proposal(after="new ", canonical=same, earlier={first: same}))
    assert world.judge().approvals == ()


LIES: dict[str, dict[str, Any]] = {
    "not recomputed": {"earlier": {}},
    "recomputed otherwise": {"earlier": {proposal().changes.digest: "f" * 64}},
    "another before": {"before": "older"},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=list(LIES))
def test_reformatting_keeps_nothing_that_was_not_recomputed(lie: dict[str, Any]) -> None:
    """INV-03: the canonical digest in the journal alone never keeps an approval."""
    world = World(governance(policy={"reformatting_keeps_approval": True})).agreed()
    same = proposal().canonical
    values = {"earlier": {proposal().changes.digest: same}} | lie
    world.revise("ops-lead", proposal(after="new ", canonical=same, **values))
    assert "approval_accountable" in world.unmet()


def test_a_wrong_canonical_digest_blocks() -> None:
    """INV-03: what the revision recorded as canonical must be that of its contents."""
    world = World().agreed()
    assert "digest" in world.unmet(contents=proposal(canonical="f" * 64))


def test_an_objection_outranks_approvals() -> None:
    """INV-04: any number of approvals, one objection: blocked, whichever came first."""
    world = World().agreed()
    world.object("sales-ann")
    assert world.unmet() == {"objection"}
    assert world.judge().stage is Stage.CHANGES_REQUESTED
    assert "objection" in world.refused("ops-lead", c.Apply())
    world.do("sales-ann", c.WithdrawDecision())
    assert world.unmet() == {"consulted"}


def test_an_objection_survives_a_revision() -> None:
    """INV-04: it stands until its author takes it back, not until the next revision."""
    world = World()
    world.propose()
    world.object("sales-ann")
    world.revise("ops-lead", proposal(after="better"))
    world.approve("crm-lead", "head-of-marketing")
    world.acknowledge("sales-bob")
    assert world.unmet() == {"objection"}


def test_withdrawing_an_objection_revives_nothing() -> None:
    """INV-04: approve, object, withdraw: no decision is left."""
    world = World()
    world.propose()
    world.approve("crm-lead")
    world.object("crm-lead")
    world.do("crm-lead", c.WithdrawDecision())
    assert world.state().decision_of("crm-lead") is None
    assert "approval_accountable" in world.unmet()


ENDERS = {
    "accountable": ("crm-lead", True),
    "deputy": ("crm-deputy", True),
    "council": ("head-of-marketing", False),
    "contributor": ("ops-lead", False),
    "stranger": ("stranger", False),
    "objector": ("sales-ann", False),
}


@pytest.mark.parametrize(("person", "may"), ENDERS.values(), ids=list(ENDERS))
def test_only_accountable_or_deputy_end_an_objection(person: str, may: bool) -> None:
    """INV-04: with a reason, as an event of its own, and approvals stay."""
    world = World().agreed()
    world.object("sales-ann")
    command = c.EndObjection(principal="sales-ann", reason="settled by phone")
    if not may:
        assert world.refused(person, command)
        return
    assert "reason" in world.refused(person, c.EndObjection(principal="sales-ann", reason=" "))
    cycle = world.state().cycle
    world.do(person, command)
    assert world.state().cycle == cycle
    assert {vote.principal for vote in world.judge().approvals} == {"crm-lead", "head-of-marketing"}
    assert world.unmet() == {"consulted"}


def test_an_accountable_who_contributed_ends_no_objection() -> None:
    """INV-04, INV-05: the deputy does, where the accountable is a contributor."""
    world = World()
    world.propose("crm-lead")
    world.object("sales-ann")
    command = c.EndObjection(principal="sales-ann", reason="settled")
    assert {"right", "contributor"} & set(world.refused("crm-lead", command))
    world.do("crm-deputy", command)
    assert world.state().objections == ()


OBJECTORS = {
    "responsible": ("crm-deputy", True),
    "accountable": ("crm-lead", True),
    "consulted": ("sales-bob", True),
    "approver": ("analytics-lead", True),
    "informed": ("finance-lead", False),
    "stranger": ("stranger", False),
}


@pytest.mark.parametrize(("person", "may"), OBJECTORS.values(), ids=list(OBJECTORS))
def test_who_may_object_with_effect(person: str, may: bool) -> None:
    """INV-04: R, A, C and approvers; others comment."""
    world = World()
    world.propose()
    command = c.RequestChanges(seen=world.seen(), reason="no")
    if may:
        world.do(person, command)
        assert "objection" in world.unmet()
    else:
        assert "right" in world.refused(person, command)


def test_a_contributor_never_approves() -> None:
    """INV-05: across revisions the set only grows; team membership does not help; colleagues stay eligible."""
    world = World()
    world.propose("ops-lead", claims=CLAIMS.model_copy(update={"contributors": ("head-of-marketing",)}))
    world.revise("crm-deputy", proposal(after="second"))
    world.revise("paid-lead", proposal(after="third"))
    assert world.state().contributors == {"ops-lead", "head-of-marketing", "crm-deputy", "paid-lead"}
    assert "contributor" in world.refused("head-of-marketing", c.Approve(seen=world.seen()))
    world.approve("crm-lead", "analytics-lead")
    world.acknowledge("sales-ann")
    assert world.judge().allowed


def test_a_forged_approval_of_a_contributor_has_no_effect() -> None:
    """INV-05: written past `decide` it is inadmissible, and calling it self-approved helps under `solo` alone."""
    world = World()
    world.propose("crm-lead")
    for mark in (False, True):
        payload = {"revision": 1, "cycle": 1, "digest": world.state().digest, "reason": "", "self_approved": mark}
        said = {
            "type": PURPOSE, "registry": REGISTRY, "change": CHANGE, "revision": 1, "cycle": 1,
            "digest": world.state().digest, "canonical": proposal().canonical, "target": TARGET,
            "decision": "approve", "principal": "crm-lead",
            "reason_sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        }  # fmt: skip
        world.forge("approved", "crm-lead", payload, statement=said)
        assert bool(world.folded().problems) is not mark
        world.log[-1:] = [] if not mark else world.log[-1:]
    assert world.state().decision_of("crm-lead") is not None
    assert world.judge().approvals == ()
    assert "approval_accountable" in world.unmet()


def test_a_rebase_neither_shrinks_nor_grows_the_contributors() -> None:
    """INV-05: who only moves the base stays free to approve; who changes what is proposed does not."""
    world = World().agreed()
    moved = proposal(before="moved")
    world.contents[CHANGE] = moved
    world.do("", c.MarkConflicted())
    assert world.state().stage is Stage.CONFLICTED
    assert "stage" in world.refused("crm-lead", c.Approve(seen=world.seen()))
    world.do("crm-lead", c.Rebase(claims=CLAIMS))
    assert world.state().contributors == {"ops-lead"}
    assert world.state().cycle == 2
    world.approve("crm-lead")
    world.contents[CHANGE] = proposal(before="again", after="and different")
    world.do("", c.MarkConflicted())
    world.do("crm-lead", c.Rebase(claims=CLAIMS))
    assert world.state().contributors == {"ops-lead", "crm-lead"}


def test_solo_is_the_one_exception_and_marked() -> None:
    """INV-05: under `solo` the author approves; state, apply_started and notes say self-approved."""
    world = World(team_of(1, "solo"))
    world.propose("p1")
    world.approve("p1")
    assert world.judge().self_approved
    assert "self-approved by p1 (preset solo)" in world.judge().notes
    world.do("p1", c.Apply())
    assert world.log[-1].payload["self_approved"] is True
    assert world.log[-2].payload["self_approved"] is True


def test_a_quorum_counts_people() -> None:
    """INV-06: one person in two teams, with two roles, approving twice, fills one place."""
    teams = [
        {"id": "metrics-council", "title": "Council", "members": ["crm-lead", "analytics-lead"]},
        {"id": "sales-operations", "title": "Sales", "members": ["sales-ann"]},
    ]
    world = World(governance(teams=teams))
    world.propose()
    world.acknowledge("sales-ann")
    world.approve("crm-lead")
    world.do("crm-lead", c.Approve(seen=world.seen(), reason="again"))
    world.do("crm-lead", c.Approve(seen=world.seen(), reason="signed"), identity=Identity.SIGNED)
    assert world.unmet() == {"approval_council"}
    (open_place,) = world.judge().unmet
    assert open_place.who == ("analytics-lead",)


def test_one_person_is_one_entry() -> None:
    """INV-06: two accounts with one address (or its hash), one login, or one key are refused."""
    from metricgov.domain.definitions.governance import email_hash

    raw = files()
    raw["people"]["people"][1]["email"] = email_hash("CRM-lead@example.com")
    raw["people"]["people"][2]["login"] = "CRM-LEAD"
    with pytest.raises(DefinitionErrors) as refusal:
        Governance.of(raw)
    assert [one.code for one in refusal.value.problems] == ["PERSON_TWICE", "PERSON_TWICE"]


EMPTY: dict[str, dict[str, Any]] = {
    "everybody with the role has left": {"left": ("crm-lead", "crm-deputy", "head-of-marketing", "analytics-lead")},
    "the accountable team is empty": {
        "raci": RACI | {"entries": [], "registry": {"accountable": "empty"}, "council": "empty"},
        "teams": [*TEAMS, {"id": "empty", "title": "Empty", "members": []}],
    },
}


@pytest.mark.parametrize("values", EMPTY.values(), ids=list(EMPTY))
def test_the_empty_set_denies(values: dict[str, Any]) -> None:
    """INV-07: nobody who may is an error that names the gap, with class and reason, and never an approval."""
    world = World(governance(**values))
    world.propose()
    gap = next(one for one in world.judge().unmet if one.code == "nobody_can_approve")
    assert gap.who == ()
    assert "breaking change of metric:routing_speed" in gap.says
    assert "nobody" in gap.says
    assert "nobody_can_approve" in world.refused("ops-lead", c.Apply())


@pytest.mark.parametrize("missing", ["people", "raci", "policy", "metricgov"])
def test_a_missing_governance_file_denies(missing: str) -> None:
    """INV-07: there is no default policy and no default owner."""
    raw = files()
    del raw[missing]
    with pytest.raises(DefinitionErrors) as refusal:
        Governance.of(raw)
    assert [one.code for one in refusal.value.problems] == ["GOVERNANCE_MISSING"]


@pytest.mark.parametrize("key", ["editorial", "compatible", "breaking", "unknown", "governance"])
def test_a_policy_that_asks_nobody_is_refused(key: str) -> None:
    """INV-07: a quorum of 0."""
    nobody = {"accountable": False, "responsible": False, "council": 0, "approvals": 0}
    with pytest.raises(DefinitionErrors) as refusal:
        governance(policy={"classes": {key: nobody}})
    assert [(one.code, one.field) for one in refusal.value.problems] == [("POLICY_EMPTY", f"classes.{key}")]


def test_a_change_of_nothing_is_not_applied() -> None:
    """INV-07: no definition matched is not an approval."""
    world = World()
    empty = proposal()
    world.contents[CHANGE] = type(empty)(empty.changes, empty.canonical, (), empty.base)
    assert "nothing_changes" in world.refused("ops-lead", c.Create(change=CHANGE, claims=CLAIMS))


LOST = {
    "left": {"left": ("head-of-marketing", "analytics-lead")},
    "out of the team": {"teams": [TEAMS[0] | {"members": ["finance-lead"]}, TEAMS[1]]},
    "another accountable": {
        "raci": RACI | {"entries": [RACI["entries"][0] | {"accountable": "paid-lead"}, *RACI["entries"][1:]]}
    },
}


@pytest.mark.parametrize("values", LOST.values(), ids=list(LOST))
def test_rights_are_read_again_when_applying(values: dict[str, Any]) -> None:
    """INV-08: an approval dies with the right; `approved` is never folded from the journal."""
    world = World().agreed()
    assert world.judge().stage is Stage.APPROVED
    assert world.state().stage is Stage.IN_REVIEW
    world.governance = governance(**values)
    assert not world.judge().allowed
    assert world.refused("ops-lead", c.Apply())
    if "left" in values:
        assert "the approval of head-of-marketing on revision 1 does not count" in world.judge().notes


def governed(result: Governance | None, **values: Any) -> Any:
    one = touched(ChangeClass.EDITORIAL, subject=Subject("governance:people"), path="governance/people.yaml")
    return proposal(one, governance_after=result, **values)


def test_governance_and_definitions_travel_apart() -> None:
    """INV-09: a change of both is refused."""
    both = proposal(touched(), *governed(governance()).definitions, governance_after=governance())
    world = World()
    world.contents[CHANGE] = both
    assert "governance_mixed" in world.refused("ops-lead", c.Create(change=CHANGE, claims=CLAIMS))


def test_governance_is_judged_by_the_rules_before_it() -> None:
    """INV-09: a result that makes its author the whole council needs the council of the base."""
    coup = governance(teams=[{"id": "metrics-council", "title": "Coup", "members": ["stranger", "ops-lead"]}, TEAMS[1]])
    world = World()
    world.propose("stranger", governed(coup))
    assert world.unmet() == {"approval_council"}
    assert "contributor" in world.refused("stranger", c.Approve(seen=world.seen()))
    world.approve("head-of-marketing")
    assert world.unmet() == {"approval_council"}
    world.approve("analytics-lead")
    assert world.judge().allowed


def test_one_council_member_left_is_enough_for_governance() -> None:
    """INV-09: min(2, eligible), at least 1."""
    world = World()
    world.propose("analytics-lead", governed(governance()))
    world.approve("head-of-marketing")
    assert world.judge().allowed


LOCKS: dict[str, Any] = {
    "council without members": {"teams": [TEAMS[0] | {"members": []}, TEAMS[1]]},
    "council that left": {"left": ("head-of-marketing", "analytics-lead")},
    "council asks for more than there are": {"policy": {"classes": {"governance": {"council": 3}}}},
    "nobody could sign": {"policy": {"classes": {"governance": {"identity": "signed"}}}},
}


@pytest.mark.parametrize("values", LOCKS.values(), ids=list(LOCKS))
def test_no_result_locks_governance_for_ever(values: dict[str, Any]) -> None:
    """INV-09: refused at submit, and again when judged."""
    world = World()
    world.contents[CHANGE] = governed(governance(**values))
    assert "governance_locked" in world.refused("stranger", c.Create(change=CHANGE, claims=CLAIMS))
    world.propose("stranger", governed(governance()))
    world.approve("head-of-marketing", "analytics-lead")
    assert world.unmet(contents=governed(governance(**values))) == {"governance_locked"}


def test_one_person_alone_needs_the_preset_solo() -> None:
    """INV-09: `small` with one person would lock governance; `solo` does not."""
    from metricgov.domain.workflow.authoring import locks

    assert locks(team_of(1, "solo")) == ""
    assert "never change again" in locks(team_of(1, "small"))
    assert locks(team_of(2, "small")) == ""


def test_governance_that_does_not_load_is_refused() -> None:
    """INV-09: with the reason."""
    world = World()
    world.contents[CHANGE] = governed(None, governance_problems=("governance/raci.yaml: council is missing",))
    sentences = world.refused("stranger", c.Create(change=CHANGE, claims=CLAIMS))
    assert sentences["governance_invalid"] == "governance/raci.yaml: council is missing"


@pytest.mark.parametrize("field", ["registry", "journal"])
def test_the_registry_keeps_id_and_journal(field: str) -> None:
    """INV-09: with another one every recorded decision would be lost."""
    raw = files()
    raw["metricgov"][field] = {"registry": REGISTRY.replace("7", "8"), "journal": "elsewhere"}[field]
    world = World()
    world.contents[CHANGE] = governed(Governance.of(raw))
    assert "never_allowed" in world.refused("stranger", c.Create(change=CHANGE, claims=CLAIMS))


ENDINGS = {
    "withdrawn": ("ops-lead", c.Withdraw(reason="no time"), Stage.WITHDRAWN),
    "rejected": ("crm-lead", "reject", Stage.REJECTED),
    "superseded": ("ops-lead", "supersede", Stage.SUPERSEDED),
}


@pytest.mark.parametrize(("person", "command", "stage"), ENDINGS.values(), ids=list(ENDINGS))
def test_outcomes_differ_and_touch_no_definition(person: str, command: Any, stage: Stage) -> None:
    """INV-10, INV-11: each ending is an event of its own, ends the change, and brings no contents."""
    world = World()
    world.propose()
    world.propose(change=OTHER, contents=proposal(after="other"))
    if command == "reject":
        command = c.Reject(seen=world.seen(), reason="no")
    values = {}
    if command == "supersede":
        command, values = c.Supersede(), {"other": world.state(OTHER)}
    world.do(person, command, **values)
    assert world.state().stage is stage
    assert world.log[-1].type == stage.value
    assert world.log[-1].main == TIP
    assert "edits" not in world.log[-1].payload
    assert "stage" in world.refused("crm-lead", c.Approve(seen=world.seen()))
    assert "stage" in world.refused("ops-lead", c.Apply())


def test_conflicted_and_declined_are_outcomes_of_their_own() -> None:
    """INV-11: a conflict keeps the change open; a declined request had no contents."""
    world = World().agreed()
    world.contents[CHANGE] = proposal(before="moved")
    world.do("", c.MarkConflicted())
    assert (world.state().stage, world.log[-1].type) == (Stage.CONFLICTED, "conflicted")
    world.do("stranger", c.Request(change=OTHER, definition=SPEED.id, why="please"), OTHER)
    assert "right" in world.refused("stranger", c.Decline(reason="no"), OTHER, subjects=(SPEED,))
    world.do("ops-lead", c.Decline(reason="not now"), OTHER, subjects=(SPEED,))
    assert world.state(OTHER).stage is Stage.DECLINED


def test_the_class_is_computed_never_chosen() -> None:
    """INV-12: no command carries a class; the graver of recorded and recomputed counts."""
    assert not any("class" in name for name in c.Claims.model_fields)
    world = World()
    world.propose(contents=proposal(touched(ChangeClass.EDITORIAL)), claims=c.Claims(why="words"))
    world.approve("crm-lead")
    assert world.judge().allowed
    worse = world.judge(contents=proposal(touched(ChangeClass.BREAKING)))
    assert worse.change_class is ChangeClass.BREAKING
    assert {"approval_council", "treatment", "intent", "effective_date"} <= {str(one.code) for one in worse.unmet}
    world = World().agreed()
    assert world.judge(contents=proposal(touched(ChangeClass.EDITORIAL))).change_class is ChangeClass.BREAKING


def test_unknown_is_treated_as_breaking() -> None:
    """INV-13: same people, same statements, in every preset."""
    for preset in ("solo", "small", "standard", "regulated"):
        rules = governance(preset=preset)
        assert rules.rule(ChangeClass.UNKNOWN) == rules.rule(ChangeClass.BREAKING)
    world = World()
    world.contents[CHANGE] = proposal(touched(ChangeClass.UNKNOWN))
    command = c.Create(change=CHANGE, claims=c.Claims(why="x"))
    assert {"intent", "treatment", "effective_date"} == set(world.refused("ops-lead", command))
    world.governance = governance(policy={"classes": {"unknown": {"statements": False}}})
    assert {"intent", "treatment", "effective_date"} == set(world.refused("ops-lead", command))


def test_consulted_people_are_heard_or_their_day_has_passed() -> None:
    """INV-16: answered or timed out, and the record says which; contents under review, not earlier ones."""
    world = World()
    world.propose()
    world.approve("crm-lead", "head-of-marketing")
    assert world.unmet() == {"consulted"}
    assert world.unmet(now="2026-07-08T23:59:58Z") == {"consulted", "effective_date_passed"}
    world = World()
    world.propose(claims=CLAIMS.model_copy(update={"effective_from": "2026-07-08"}))
    world.approve("crm-lead", "head-of-marketing")
    world.later("2026-07-08T23:59:59Z").do("ops-lead", c.Apply())
    due = "2026-07-08T23:59:59Z"
    silent = {"principal": "sales-operations", "outcome": "timed_out", "by": None, "at": due, "due": due}
    assert world.log[-1].payload["consulted"] == [silent]
    world = World().agreed()
    world.do("ops-lead", c.Apply())
    spoken = {"outcome": "answered", "by": "sales-ann", "at": "2026-07-01T08:00:00Z"}
    assert world.log[-1].payload["consulted"] == [silent | spoken]


def test_regulated_waits_for_an_answer() -> None:
    """INV-16: under `regulated` silence never counts."""
    world = World(governance(preset="regulated"))
    world.propose()
    assert "consulted" in world.unmet(now="2030-01-01T00:00:00Z")
    assert world.state().revisions[0].asked[0].due is None
    world = World()
    world.propose()
    later = "2026-07-10T00:00:00Z"
    assert "consulted" not in world.unmet(now=later)
    assert "consulted" in world.unmet(now=later, governance=governance(preset="regulated"))


def test_a_refusal_names_everything_at_once() -> None:
    """INV-17: every unmet requirement with who can meet it and how, in the message too."""
    world = World(governance(policy={"classes": {"breaking": {"ticket": False, "threads": True}}}))
    world.propose()
    world.do("stranger", c.Comment(text="why?"))
    world.object("sales-ann", "the old window was right")
    with pytest.raises(RefusedUnmet) as refusal:
        world.do("ops-lead", c.Apply())
    found = {str(one.code): one for one in refusal.value.unmet}
    assert set(found) == {"approval_accountable", "approval_council", "objection", "threads"}
    for one in found.values():
        assert one.says
        assert one.how
        assert one.who
        assert one.says in str(refusal.value)
        assert one.how in str(refusal.value)
    assert refusal.value.exit_code == 1


def test_submitting_names_everything_the_author_owes() -> None:
    """INV-17: at submit already."""
    world = World()
    found = touched(
        flags=[Flag.STALE_TEXT],
        version_before="1.0.0",
        version_after="1.0.1",
        version_due="2.0.0",
        blocked_by=("a retired name is used again",),
    )
    world.contents[CHANGE] = proposal(found)
    codes = set(world.refused("ops-lead", c.Create(change=CHANGE, claims=c.Claims(why="x"))))
    assert codes == {"intent", "treatment", "effective_date", "stale_text", "version_step", "never_allowed"}


def test_what_is_never_allowed_blocks_whoever_agrees() -> None:
    """INV-18, INV-27: a recycled name, a deleted file; a published version is never written over."""
    finding = Finding(
        "NAME_RECYCLED", SPEED.id, "p", "", None, None, ChangeClass.BREAKING, frozenset({Flag.BLOCKS}), "recycled", "x"
    )
    blocked = gather(SPEED.id, touched().path, before=SPEED, after=SPEED, findings=[finding])
    world = World().agreed()
    assert world.unmet(contents=proposal(blocked)) == {"never_allowed"}
    kept = touched(version_before="2.0.0", version_after="2.0.0", version_due="3.0.0")
    assert world.unmet(contents=proposal(kept)) == {"version_step"}
    larger = touched(version_before="2.0.0", version_after="4.0.0", version_due="3.0.0")
    assert world.judge(contents=proposal(larger)).allowed
    assert any("larger step" in note for note in world.judge(contents=proposal(larger)).notes)


def test_dependants_are_named_and_asked_once() -> None:
    """INV-19: one question a person, for whatever number of dependants; not for editorial changes."""
    dependants = (
        Subject("metric:cost_per_lead", domain="paid"),
        Subject("metric:roas", domain="paid"),
        Subject("metric:revenue", domain="finance"),
    )
    source = touched(ChangeClass.COMPATIBLE, subject=Subject("source:crm_leads"), path="sources/crm_leads.yaml")
    world = World()
    world.propose("ops-lead", proposal(source, dependants=dependants), c.Claims(why="a column"))
    world.approve("data-lead")
    asked = {one.who: one for one in world.judge().unmet}
    assert set(asked) == {("paid-lead",), ("head-of-marketing",)}
    assert asked[("paid-lead",)].definitions == ("metric:cost_per_lead", "metric:roas")
    assert {str(one.code) for one in asked.values()} == {"dependant"}
    world.acknowledge("paid-lead", "head-of-marketing")
    assert world.judge().allowed
    editorial = touched(ChangeClass.EDITORIAL, subject=source.before, path=source.path)  # type: ignore[arg-type]
    world.propose("ops-lead", proposal(editorial, dependants=dependants), c.Claims(why="words"), OTHER)
    world.approve("data-lead", change=OTHER)
    assert world.judge(OTHER).allowed


def test_an_approval_of_a_dependants_accountable_answers() -> None:
    """INV-19: who approves the change has been heard about what depends on it."""
    world = World()
    mine = Subject("metric:follow_up", domain="crm_handoff")
    world.propose(contents=proposal(dependants=(mine,)))
    assert "dependant" in world.unmet()
    world.approve("crm-lead")
    assert "dependant" not in world.unmet()


def test_two_changes_of_one_definition_do_not_overwrite() -> None:
    """INV-20: once the first has landed the second is conflicted, whole, and comes back into review."""
    world = World().agreed()
    world.propose("crm-deputy", proposal(after="rival"), change=OTHER)
    world.do("ops-lead", c.Apply())
    world.do("", c.FinishApply(commit="b" * 40))
    tip = {touched().path: blob(f"new {touched().path}")}
    draft = settle(world.state(OTHER), tip, world.context("", OTHER), commit="b" * 40)
    assert draft is not None
    world.append(draft)
    assert world.state(OTHER).stage is Stage.CONFLICTED
    assert "stage" in world.refused("crm-deputy", c.Apply(), OTHER)
    world.contents[OTHER] = proposal(before="new", after="rival")
    world.do("crm-deputy", c.Rebase(claims=CLAIMS), OTHER)
    assert (world.state(OTHER).stage, world.state(OTHER).cycle) == (Stage.IN_REVIEW, 2)


def test_a_moved_base_blocks_before_anybody_recorded_it() -> None:
    """INV-20: the digest holds the contents before as well."""
    world = World().agreed()
    assert world.unmet(contents=proposal(before="moved")) == {"base_moved"}


def test_what_was_consumed_is_over() -> None:
    """INV-23: an applied change approves nothing a second time."""
    world = World().agreed()
    world.do("ops-lead", c.Apply())
    world.do("", c.FinishApply(commit="b" * 40))
    assert "stage" in world.unmet()
    assert "stage" in world.refused("ops-lead", c.Apply())
    assert "stage" in world.refused("crm-lead", c.Approve(seen=world.seen()))


def test_what_the_host_landed_is_over_too() -> None:
    """INV-23: main_moved consumes, and one change's own events tell it."""
    world = World().agreed()
    tip = {touched().path: blob(f"new {touched().path}")}
    draft = settle(world.state(), tip, world.context(""), commit="c" * 40, covered=True)
    assert draft is not None
    world.append(draft)
    state = world.state()
    assert (state.stage, state.landed_by, state.commit) == (Stage.APPLIED, "host", "c" * 40)


def test_time_runs_forward() -> None:
    """INV-24: an event before its predecessor, or due before it was asked, is inadmissible; a slow clock waits."""
    world = World()
    world.propose()
    world.later("2026-07-01T07:59:00Z")
    world.forge("commented", "stranger", {"thread": "t1", "text": "hello", "path": "", "field": ""})
    assert [one.code for one in world.folded().problems] == ["time_order"]
    world.log.pop()
    last = world.log[-1].at
    world.do("stranger", c.Comment(text="hello"), not_before=last)
    assert world.log[-1].at == last
    world.later("2026-07-01T07:00:00Z")
    assert "clock" in world.refused("stranger", c.Comment(text="hello"), not_before=last)


def test_a_question_is_not_due_before_it_is_asked() -> None:
    """INV-24: dates are computed once, in the event that opens them, and cannot lie before it."""
    world = World()
    world.propose()
    submitted = world.log.pop()
    asked = [{**one, "due": "2026-06-30T00:00:00Z"} for one in submitted.payload["asked"]]  # type: ignore[union-attr,dict-item]
    world.forge("revision_submitted", "ops-lead", {**submitted.payload, "asked": asked})
    assert [one.code for one in world.folded().problems] == ["due_order"]


def test_replay_reports_time_across_changes() -> None:
    """INV-24: the order of the whole journal is checked besides that of each change."""
    world = World()
    world.append(
        Draft(None, "registry_created", Actor(""), world.now, {"registry": REGISTRY, "target": TARGET, "format": 1})
    )
    world.propose()
    world.later("2026-07-01T07:00:00Z")
    world.append(Draft(None, "main_moved", Actor(""), world.now, MainMoved(before="", after="b" * 40).as_json()))
    replay = Replay()
    for envelope in world.log:
        replay.take(envelope)
    assert "time_order" in {one.code for one in replay.problems}
    assert replay.registry.registry == REGISTRY
    assert replay.changes[CHANGE] == world.state()


def test_the_verdict_needs_nothing_but_its_arguments() -> None:
    """INV-24: same arguments, same judgement."""
    world = World().agreed()
    assert world.judge() == world.judge()
    assert repr(world.judge()) == repr(world.judge())


def test_one_current_decision_a_person() -> None:
    """INV-04: the last word counts."""
    world = World()
    world.propose()
    world.approve("crm-lead")
    world.do("crm-lead", c.Abstain(seen=world.seen()))
    assert [one.verdict for one in world.state().decisions] == [Verdict.ABSTAIN]
    assert "approval_accountable" in world.unmet()


def test_a_service_is_no_person() -> None:
    """INV-06: a program may apply and never approve."""
    services = [{"id": "bot", "title": "Bot"}]
    raci = RACI | {"registry": {"accountable": "head-of-marketing"}}
    world = World(governance(services=services, raci=raci)).agreed()
    assert "principal" in world.refused("bot", c.Approve(seen=world.seen()))
    world.do("bot", c.Apply())
    assert world.state().stage is Stage.APPLYING


def test_only_people_with_rights_act() -> None:
    """INV-07: who left, or is in no file, does nothing at all."""
    world = World(governance(left=("stranger",)))
    world.propose()
    for name in ("stranger", "nobody-knows", "metrics-council", ""):
        assert "principal" in world.refused(name, c.Comment(text="hi"))


def test_who_says_beforehand() -> None:
    """INV-07: the gap is known before anything is proposed."""
    alone = governance(left=("head-of-marketing", "analytics-lead"))
    found = who(SPEED, ChangeClass.BREAKING, ("crm-lead",), alone)
    assert found.decides == ("crm-deputy",)
    assert "crm-lead contributed" in found.because
    assert "council" in found.gap
    assert len(PEOPLE) == 12


def test_a_forged_end_of_an_objection_ends_nothing() -> None:
    """INV-04, INV-08: whether somebody may end it is judged at the base, not believed from the journal."""
    world = World().agreed()
    world.object("sales-ann")
    world.acknowledge("sales-bob")
    rights = world.governance
    coup = RACI | {"entries": [RACI["entries"][0] | {"deputy": "stranger"}, *RACI["entries"][1:]]}
    world.governance = governance(raci=coup)
    world.do("stranger", c.EndObjection(principal="sales-ann", reason="trust me"))
    assert world.judge().allowed
    world.governance = rights
    assert world.unmet() == {"objection"}
    assert world.judge().stage is Stage.CHANGES_REQUESTED
    world.do("sales-ann", c.WithdrawDecision())
    assert world.judge().allowed


def test_a_forged_resolution_resolves_nothing() -> None:
    """INV-08: where the policy asks for resolved threads."""
    world = World(governance(policy={"classes": {"breaking": {"threads": True}}}))
    world.propose()
    world.do("stranger", c.Comment(text="why?"))
    world.forge("thread_resolved", "ops-lead", {"thread": "t1"})
    assert world.state().threads[0].resolved
    assert "threads" in world.unmet()


def test_a_conflict_between_keeps_no_approval() -> None:
    """INV-02, INV-03: reformatting keeps approvals of the same review, never across a conflict."""
    rules = governance(policy={"reformatting_keeps_approval": True})
    world = World(rules).agreed()
    first, same = world.state().digest, proposal().canonical
    kept = proposal(after="new ", canonical=same, earlier={first: same})
    world.contents[CHANGE] = proposal(before="moved")
    world.do("", c.MarkConflicted())
    world.revise("crm-deputy", kept)
    assert world.judge().approvals == ()


def test_a_comment_in_a_governance_file_passes_alone() -> None:
    """INV-09: identical is identical; anything more is the council's."""
    one = touched(ChangeClass.IDENTICAL, subject=Subject("governance:people"), path="governance/people.yaml")
    world = World()
    world.propose("stranger", proposal(one, governance_after=governance()), c.Claims(why="a comment"))
    assert world.judge().allowed


def test_ending_an_objection_needs_the_identity_of_its_class() -> None:
    """INV-04: where approvals must be attested, a claimed end of an objection ends nothing."""
    world = World()
    world.propose()
    world.object("sales-ann")
    command = c.EndObjection(principal="sales-ann", reason="settled")
    world.do("crm-lead", command, identity=Identity.CLAIMED)
    assert "objection" not in world.unmet()
    assert "objection" in world.unmet(governance=governance(preset="regulated"))
    world = World(governance(preset="regulated"))
    world.propose()
    world.object("sales-ann")
    assert "identity" in world.refused("crm-lead", command, identity=Identity.CLAIMED)


def test_an_objection_dies_with_the_part_of_its_author() -> None:
    """INV-04: an objection of somebody without a part (any more) stands in the notes and blocks nothing."""
    world = World().agreed()
    world.object("analytics-lead")
    assert world.unmet() == {"objection"}
    teams = [TEAMS[0] | {"members": ["head-of-marketing"]}, TEAMS[1]]
    raci = RACI | {"registry": {"accountable": "head-of-marketing"}}
    world.governance = governance(teams=teams, raci=raci)
    assert world.unmet() == set()
    assert any("analytics-lead objects without a part" in note for note in world.judge().notes)


def test_a_conflict_raises_the_cycle_even_where_contents_return() -> None:
    """INV-02, INV-20: a target that moved and moved back leaves the same digest and another cycle."""
    world = World().agreed()
    world.contents[CHANGE] = proposal(before="moved")
    world.do("", c.MarkConflicted())
    world.contents[CHANGE] = proposal()
    world.do("ops-lead", c.Rebase(claims=CLAIMS))
    state = world.state()
    assert (len(state.revisions), state.cycle, len({one.digest for one in state.revisions})) == (2, 2, 1)
    assert world.judge().approvals == ()
