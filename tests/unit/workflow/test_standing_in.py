"""Somebody else fills a place: by delegation, reassigning, escalation; and what never counts, however written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.governance import Match
from metricgov.domain.errors import BadInput
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow import registry_events as r
from metricgov.domain.workflow.delegating import delegate, end_delegation, known, scope_of
from metricgov.domain.workflow.delegations import Delegation, replayed
from metricgov.domain.workflow.envelope import Actor, Identity
from metricgov.domain.workflow.payload import Payload
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.statement import handing_over, lending, statement
from metricgov.domain.workflow.typed import TYPE_OF, TYPES, Event
from metricgov.domain.workflow.vocabulary import Stage
from unit.workflow.world import CHANGE, CLAIMS, REGISTRY, World, governance, proposal, team_of, touched

AT = "2026-07-01T08:00:00Z"
DUE = "2026-07-08T23:59:59Z"
LATER = "2026-07-09T06:00:00Z"
SECOND = "2026-07-16T23:59:59Z"
LONG = CLAIMS.model_copy(update={"effective_from": "2026-09-01"})
PLAIN = c.Claims(why="The window was too wide.")
ULID = "01J9ZQ4N8T6V3W2X1Y0RK7M2{}"


def compatible(**values: Any) -> Any:
    """Contents that only the accountable has to agree to."""
    return proposal(touched(ChangeClass.COMPATIBLE, **values))


@dataclass
class Away(World):
    """A world whose registry records delegations; every command and judgement sees them."""

    given: list[Delegation] = field(default_factory=list)

    def lends(self, giver: str, to: str, *, by: str = "", scope: str = "", **values: Any) -> Delegation:
        """Record a delegation past `delegate`, as somebody with push rights could."""
        one = Delegation(
            **{
                "id": ULID.format(f"{len(self.given) + 10:02d}"),
                "giver": giver,
                "to": to,
                "match": scope_of(scope),
                "starts": AT,
                "ends": "2026-12-31T23:59:59Z",
                "reason": "away",
                "principal": by or giver,
                "identity": self.identity,
                "seq": 0,
                "at": AT,
            }
            | values
        )
        self.given.append(one)
        return one

    def propose(self, actor: str = "ops-lead", contents: Any = None, claims: Any = None, **values: Any) -> Any:
        claims = claims or (PLAIN if contents else CLAIMS)
        return super().propose(actor, contents, claims, **values)

    def revise(self, actor: str, contents: Any, claims: Any = PLAIN, change: str = CHANGE) -> Any:
        return super().revise(actor, contents, claims, change)

    def context(self, actor: str, change: str = CHANGE, **values: Any) -> Any:
        return super().context(actor, change, **({"delegations": tuple(self.given)} | values))

    def judge(self, change: str = CHANGE, **values: Any) -> Any:
        return super().judge(change, **({"delegations": tuple(self.given)} | values))

    def agrees(self, person: str, giver: str | None = None, **values: Any) -> None:
        """Approve, in whose name is said or found."""
        self.do(person, c.Approve(seen=self.seen(), on_behalf_of=giver), **values)

    def forged_approval(self, person: str, giver: str, **values: Any) -> None:
        """Write an approval in another's name past `decide`."""
        state = self.state()
        payload = e.Approved(revision=len(state.revisions), cycle=state.cycle, digest=state.digest, on_behalf_of=giver)
        self.forge("approved", person, payload.as_json(), statement=statement(state, payload, person), **values)


def waiting(**values: Any) -> Away:
    """A compatible change of ops-lead that waits for crm-lead."""
    world = Away(**values)
    world.propose(contents=compatible())
    assert world.unmet() == {"approval_accountable"}
    return world


class TestDelegation:
    """`to` fills a place of `from` while the delegation runs."""

    def test_an_approval_fills_the_place_of_the_giver_and_says_so(self) -> None:
        world = waiting()
        world.lends("crm-lead", "stranger")
        world.agrees("stranger", "crm-lead")
        judgement = world.judge()
        assert judgement.allowed
        assert [one.named for one in judgement.approvals] == ["stranger for crm-lead"]
        assert world.log[-1].statement is not None
        assert world.log[-1].statement["for"] == "crm-lead"
        world.do("ops-lead", c.Apply())
        counted = world.log[-1].payload["approvals"]
        assert isinstance(counted, list)
        assert [(one["principal"], one["on_behalf_of"]) for one in counted] == [("stranger", "crm-lead")]

    def test_a_plain_decision_has_a_plain_statement(self) -> None:
        world = waiting()
        world.approve("crm-lead")
        assert world.log[-1].statement is not None
        assert "for" not in world.log[-1].statement

    def test_the_one_place_is_found_without_a_name(self) -> None:
        world = waiting()
        world.lends("crm-lead", "stranger")
        world.agrees("stranger")
        assert world.judge().allowed

    def test_with_two_names_one_has_to_be_said(self) -> None:
        world = Away()
        world.propose()
        world.lends("crm-lead", "stranger")
        world.lends("analytics-lead", "stranger")
        refused = world.refused("stranger", c.Approve(seen=world.seen()))
        assert "crm-lead" in refused["delegation"]
        assert "analytics-lead" in refused["delegation"]
        world.agrees("stranger", "analytics-lead")
        assert {one.holder for one in world.judge().approvals} == {"analytics-lead"}

    def test_ones_own_place_comes_first(self) -> None:
        world = Away()
        world.propose()
        world.lends("crm-lead", "analytics-lead")
        world.agrees("analytics-lead")
        assert [one.named for one in world.judge().approvals] == ["analytics-lead"]

    def test_one_person_fills_one_place(self) -> None:
        """INV-06: with a place of their own and another's, one decision counts, in one of them."""
        world = Away()
        world.propose()
        world.acknowledge("sales-ann")
        world.lends("crm-lead", "analytics-lead")
        world.agrees("analytics-lead", "crm-lead")
        assert world.unmet() == {"approval_council"}
        world.agrees("analytics-lead")
        assert world.unmet() == {"approval_accountable"}

    def test_the_giver_counts_once_whoever_speaks_for_them(self) -> None:
        """INV-06: a quorum of two is not met by one of the council and their own stand-in."""
        world = Away(governance(policy={"classes": {"breaking": {"council": 2}}}))
        world.propose()
        world.acknowledge("sales-ann")
        world.approve("crm-lead", "analytics-lead")
        world.lends("analytics-lead", "stranger")
        world.lends("analytics-lead", "data-lead")
        assert "right" not in world.unmet()
        world.agrees("stranger", "analytics-lead")
        world.agrees("data-lead", "analytics-lead")
        assert world.unmet() == {"approval_council"}
        world.approve("head-of-marketing")
        assert world.judge().allowed

    @pytest.mark.parametrize(
        ("contributor", "giver", "to"),
        [("crm-lead", "crm-lead", "stranger"), ("stranger", "crm-lead", "stranger")],
        ids=["who gave it", "who has it"],
    )
    def test_it_never_helps_a_contributor(self, contributor: str, giver: str, to: str) -> None:
        """INV-05: refused with the reason, and a forged one is no event at all, or does not count."""
        world = Away()
        world.lends(giver, to)
        world.propose(contributor, contents=compatible())
        refused = world.refused(to, c.Approve(seen=world.seen(), on_behalf_of=giver))
        assert "contributed" in " ".join(refused.values())
        world.forged_approval(to, giver)
        assert [one.code for one in world.folded().problems] == ["contributor"]

    def test_contributing_later_takes_it_away(self) -> None:
        """INV-05, INV-08: a form that keeps its approval does not keep that of a stand-in whose giver wrote."""
        world = Away(governance(policy={"reformatting_keeps_approval": True}))
        same = proposal(touched(ChangeClass.COMPATIBLE), canonical="a" * 64)
        world.propose(contents=same)
        world.lends("crm-lead", "stranger")
        world.agrees("stranger", "crm-lead")
        digest = world.state().digest
        other = proposal(touched(ChangeClass.COMPATIBLE), after="newer", canonical="a" * 64, earlier={digest: "a" * 64})
        world.contents[CHANGE] = other
        kept = world.revise("ops-lead", other)
        assert len(kept.revisions) == 2
        assert world.judge().allowed
        world.revise(
            "crm-lead",
            proposal(
                touched(ChangeClass.COMPATIBLE),
                after="newest",
                canonical="a" * 64,
                earlier={one.digest: "a" * 64 for one in kept.revisions},
            ),
        )
        assert not world.judge().allowed

    def test_who_recorded_it_for_somebody_cannot_have_contributed(self) -> None:
        """INV-05: else one of the council could choose who judges their own change."""
        world = Away()
        world.lends("crm-lead", "stranger", by="head-of-marketing")
        world.propose("head-of-marketing", contents=compatible())
        assert "right" in world.refused("stranger", c.Approve(seen=world.seen()))
        world.forged_approval("stranger", "crm-lead")
        assert "approval_accountable" in world.unmet()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"by": "stranger"},
            {"by": "paid-lead"},
            {"by": "head-of-marketing", "to": "head-of-marketing"},
            {"starts": "2026-07-02T00:00:00Z"},
            {"ends": "2026-07-01T07:59:59Z"},
            {"ended_seq": 1},
            {"seq": 99},
            {"scope": "domain:paid"},
            {"scope": "kind:source"},
            {"scope": "tag:board_report"},
            {"scope": "name:revenue_*"},
            {"giver": "paid-lead"},
            {"identity": Identity.CLAIMED},
        ],
        ids=[
            "given by the receiver", "given by somebody else", "taken by one of the council", "not begun", "over",
            "ended before", "given afterwards", "other domain", "other kind", "other tag", "other name",
            "of somebody without the place", "less sure than is asked",
        ],
    )  # fmt: skip
    def test_what_does_not_cover_a_decision_does_not_count(self, wrong: dict[str, Any]) -> None:
        """INV-08: judged by the base, whatever the journal was made to say."""
        rules = governance(policy={"classes": {"compatible": {"identity": "host"}}}, keys=True)
        world = waiting(governance=rules)
        values = {"giver": "crm-lead", "to": "stranger"} | wrong
        world.lends(**values)
        to = str(values["to"])
        if "seq" not in wrong:  # a command knows of nothing that is recorded after it
            assert world.refused(to, c.Approve(seen=world.seen(), on_behalf_of=str(values["giver"])))
        world.forged_approval(to, str(values["giver"]))
        assert "approval_accountable" in world.unmet()

    @pytest.mark.parametrize("scope", ["", "domain:crm_handoff", "kind:metric", "tag:lead", "name:routing_*"])
    def test_a_scope_that_covers_it(self, scope: str) -> None:
        world = waiting()
        world.lends("crm-lead", "stranger", scope=scope)
        world.agrees("stranger")
        assert world.judge().allowed

    def test_a_tag_that_the_change_itself_adds_widens_nothing(self) -> None:
        """INV-08: a scope looks at the base too, and at a new definition's domain and kind alone."""
        tagged = Subject("metric:routing_speed", domain="crm_handoff", tags=frozenset({"lead", "mine"}))
        world = Away()
        world.lends("crm-lead", "stranger", scope="tag:mine")
        world.propose(contents=compatible(after=tagged))
        assert world.refused("stranger", c.Approve(seen=world.seen()))
        world = Away()
        world.lends("crm-lead", "stranger", scope="tag:mine")
        world.propose(contents=compatible(subject=tagged, new=True))
        assert world.refused("stranger", c.Approve(seen=world.seen()))

    def test_there_is_no_delegation_of_a_delegation(self) -> None:
        world = waiting()
        world.lends("crm-lead", "finance-lead")
        world.lends("finance-lead", "stranger")
        assert world.refused("stranger", c.Approve(seen=world.seen()))
        assert world.refused("stranger", c.Approve(seen=world.seen(), on_behalf_of="crm-lead"))
        world.forged_approval("stranger", "finance-lead")
        assert world.unmet() == {"approval_accountable"}

    def test_ending_it_later_leaves_what_was_decided(self) -> None:
        world = waiting()
        world.lends("crm-lead", "stranger")
        world.agrees("stranger")
        assert world.judge().allowed
        after = world.log[-1].seq + 1
        world.given = [Delegation(**{**_fields(world.given[0]), "ended_seq": after})]
        assert world.judge().allowed

    def test_it_answers_for_the_consulted_and_objects(self) -> None:
        """INV-16: who spoke for whom is recorded."""
        world = Away()
        world.propose()
        world.lends("sales-ann", "stranger")
        world.do("stranger", c.Acknowledge(seen=world.seen(), on_behalf_of="sales-ann"))
        answer = world.judge().answers[0]
        assert (answer.outcome, answer.by, answer.at) == ("answered", "stranger for sales-ann", AT)
        world.do("stranger", c.RequestChanges(seen=world.seen(), reason="no", on_behalf_of="sales-ann"))
        assert world.state().stage is Stage.CHANGES_REQUESTED
        assert "objection" in world.unmet()
        assert "stranger for sales-ann" in world.judge().unmet[-1].says + world.judge().unmet[0].says

    def test_a_forged_answer_in_anothers_name_is_no_answer(self) -> None:
        """INV-16: silence is silence."""
        world = Away()
        world.propose()
        state = world.state()
        payload = e.Acknowledged(revision=1, cycle=1, digest=state.digest, on_behalf_of="sales-ann")
        world.forge("acknowledged", "stranger", payload.as_json(), statement=statement(state, payload, "stranger"))
        assert "consulted" in world.unmet()

    @pytest.mark.parametrize("kind", ["rejected", "abstained", "decision_withdrawn"])
    def test_some_things_are_said_in_ones_own_name(self, kind: str) -> None:
        world = waiting()
        state = world.state()
        payload = TYPES[kind](revision=1, cycle=1, digest=state.digest, reason="x", on_behalf_of="crm-lead")
        assert isinstance(payload, e.Decided)
        world.forge(kind, "stranger", payload.as_json(), statement=statement(state, payload, "stranger"))
        assert "delegation" in {one.code for one in world.folded().problems}

    def test_the_solo_preset_lets_no_contributor_through_another_name(self) -> None:
        """INV-05: one's own change is approved as one's own, and marked."""
        world = Away(team_of(2, "solo"))
        world.propose("p1", contents=compatible())
        world.lends("p2", "p1")
        assert world.refused("p1", c.Approve(seen=world.seen(), on_behalf_of="p2"))


def _fields(one: Delegation) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Delegation.__dataclass_fields__}


class TestGiving:
    """Who may record and end a delegation."""

    @staticmethod
    def wish(giver: str = "crm-lead", to: str = "stranger") -> r.Delegated:
        return r.Delegated(id=ULID.format("10"), giver=giver, to=to, starts=AT, ends=DUE, reason="on leave")

    @pytest.mark.parametrize(
        ("actor", "giver", "to", "codes"),
        [
            ("crm-lead", "crm-lead", "stranger", set()),
            ("head-of-marketing", "crm-lead", "stranger", set()),
            ("crm-deputy", "crm-lead", "stranger", {"right"}),
            ("head-of-marketing", "crm-lead", "head-of-marketing", {"delegation"}),
            ("crm-lead", "crm-lead", "crm-lead", {"delegation"}),
            ("crm-lead", "crm-lead", "sales-operations", {"principal"}),
            ("stranger", "crm-lead", "nobody", {"principal", "right"}),
        ],
        ids=["themself", "the council", "the deputy", "for oneself", "to oneself", "to a team", "all at once"],
    )
    def test_who_may(self, actor: str, giver: str, to: str, codes: set[str]) -> None:
        """INV-17: everything that stands against it at once."""
        context = World().context(actor)
        if not codes:
            assert delegate(self.wish(giver, to), context).subjects == ("governance:delegation",)
            return
        with pytest.raises(RefusedUnmet) as refusal:
            delegate(self.wish(giver, to), context)
        assert {str(one.code) for one in refusal.value.unmet} == codes

    @pytest.mark.parametrize("actor", ["crm-lead", "stranger", "head-of-marketing", "analytics-lead"])
    def test_who_may_end_it(self, actor: str) -> None:
        one = Away().lends("crm-lead", "stranger", by="head-of-marketing")
        assert end_delegation(one, r.DelegationEnded(id=one.id), World().context(actor)) is not None
        with pytest.raises(RefusedUnmet):
            end_delegation(one, r.DelegationEnded(id=one.id), World().context("paid-lead"))

    def test_the_journal_is_replayed_and_what_cannot_be_has_no_effect(self) -> None:
        wish = self.wish()

        def event(seq: int, payload: Payload, actor: str = "crm-lead", at: str = AT) -> Event:
            said = lending(payload, actor, REGISTRY) if isinstance(payload, r.Delegated) else None
            return Event(TYPE_OF[type(payload)], payload, seq, None, Actor(actor), at, statement=said)

        found = replayed(
            [
                event(3, r.DelegationEnded(id=wish.id)),
                event(4, wish),
                event(5, wish.model_copy(update={"to": "paid-lead"})),
                event(6, wish.model_copy(update={"id": ULID.format("11"), "to": "crm-lead"})),
                event(7, wish.model_copy(update={"id": ULID.format("12")}), at=LATER),
                event(8, wish.model_copy(update={"id": ULID.format("13")}), actor=""),
                event(9, r.DelegationEnded(id=wish.id), actor="stranger"),
                event(10, r.DelegationEnded(id=wish.id)),
            ]
        )
        assert [(one.id, one.to, one.ended_seq, one.ended_by) for one in found] == [
            (wish.id, "stranger", 9, "stranger")
        ]

    @pytest.mark.parametrize("text", ["domain", "team:sales", "kind:dashboard", "name:", "tag:Not Plain", "*"])
    def test_a_scope_that_is_none(self, text: str) -> None:
        with pytest.raises(BadInput) as error:
            scope_of(text)
        assert error.value.hint

    def test_scopes_are_read(self) -> None:
        assert scope_of("") is None
        assert scope_of("name:routing_*") == Match(name="routing_*")

    def test_one_is_named_by_its_last_letters(self) -> None:
        world = Away()
        first, second = world.lends("crm-lead", "stranger"), world.lends("paid-lead", "stranger")
        assert known(f"dlg-{first.id[-6:].lower()}", world.given) is first
        assert known(second.id, world.given) is second
        for text in ("", "dlg-", "nothing"):
            with pytest.raises(BadInput):
                known(text, world.given)


class TestReassigning:
    """The accountable's place of one change goes to somebody else."""

    @staticmethod
    def forged(world: Away, actor: str, **values: str) -> None:
        """Write it past `decide`, as somebody with push rights could."""
        payload = e.Reassigned.model_validate({"from": "crm-lead", "reason": "x"} | values)
        said = handing_over(world.state(), payload, actor)
        world.forge("reassigned", actor, payload.as_json(), statement=said)

    def test_the_new_one_decides_and_the_old_one_does_not(self) -> None:
        world = waiting()
        world.approve("crm-lead")
        assert world.judge().allowed
        world.do("crm-lead", c.Reassign(to="stranger", reason="she knows the source"))
        need = world.judge().unmet[0]
        assert need.who == ("stranger",)
        assert "crm-lead handed it to stranger: she knows the source" in need.says
        assert "right" in world.refused("crm-lead", c.Approve(seen=world.seen(), reason="again"))
        world.approve("stranger")
        assert world.judge().allowed

    def test_it_holds_for_the_next_revision_and_can_be_handed_back(self) -> None:
        world = waiting()
        world.do("crm-deputy", c.Reassign(to="stranger", reason="away"))
        world.revise("ops-lead", proposal(touched(ChangeClass.COMPATIBLE), after="third"))
        assert world.judge().unmet[0].who == ("stranger",)
        world.do("stranger", c.Reassign(to="crm-lead", reason="she is back"))
        assert world.judge().unmet[0].who == ("crm-lead",)

    @pytest.mark.parametrize("actor", ["crm-lead", "crm-deputy", "head-of-marketing", "analytics-lead"])
    def test_who_may(self, actor: str) -> None:
        world = waiting()
        world.do(actor, c.Reassign(to="stranger", reason="away"))
        assert world.judge().unmet[0].who == ("stranger",)

    @pytest.mark.parametrize(
        ("actor", "to", "code"),
        [
            ("paid-lead", "stranger", "right"),
            ("ops-lead", "stranger", "contributor"),
            ("crm-lead", "ops-lead", "contributor"),
            ("crm-lead", "nobody", "principal"),
            ("crm-lead", "sales-operations", "principal"),
            ("stranger", "stranger", "right"),
        ],
        ids=["no part in it", "the author", "to the author", "to nobody", "to a team", "to oneself"],
    )
    def test_who_may_not(self, actor: str, to: str, code: str) -> None:
        """INV-05, INV-17."""
        assert code in waiting().refused(actor, c.Reassign(to=to, reason="away"))

    def test_not_where_nobody_could_approve_it_then(self) -> None:
        """INV-07: the council's one free person cannot take the accountable's place as well."""
        world = Away(governance(left=("analytics-lead",)))
        world.propose()
        refused = world.refused("crm-lead", c.Reassign(to="head-of-marketing", reason="away"))
        assert "nobody_can_approve" in refused

    @pytest.mark.parametrize(
        ("actor", "values"),
        [
            ("stranger", {"to": "stranger"}),
            ("paid-lead", {"to": "stranger"}),
            ("crm-lead", {"from": "paid-lead", "to": "stranger"}),
            ("crm-lead", {"to": "nobody"}),
        ],
        ids=["by oneself", "by somebody else", "a place of others", "to nobody"],
    )
    def test_a_forged_one_does_not_count(self, actor: str, values: dict[str, str]) -> None:
        """INV-08: judged by raci.yaml of the base."""
        world = waiting()
        self.forged(world, actor, **values)
        assert world.folded().problems == ()
        assert world.judge().unmet[0].who == ("crm-lead",)

    def test_by_whom_is_as_sure_as_the_policy_asks(self) -> None:
        world = waiting(governance=governance(policy={"classes": {"compatible": {"identity": "host"}}}, keys=True))
        world.identity = Identity.CLAIMED
        self.forged(world, "crm-lead", to="stranger")
        assert world.judge().unmet[0].who == ("crm-lead",)

    def test_of_a_contributor_it_counts_for_nothing(self) -> None:
        """INV-05: who contributes afterwards has not chosen a judge before."""
        world = waiting()
        world.do("crm-lead", c.Reassign(to="stranger", reason="away"))
        world.revise("crm-lead", proposal(touched(ChangeClass.COMPATIBLE), after="third"))
        assert world.judge().unmet[0].who == ("crm-deputy",)


class TestEscalation:
    """Silence lets the next in line answer as well."""

    def escalated(self, world: Away) -> list[tuple[object, object, object]]:
        world.do("", c.Escalate())
        return [
            (one.payload["from"], one.payload["to"], one.payload["due"]) for one in world.log if one.type == "escalated"
        ]

    def test_not_before_the_time_is_over(self) -> None:
        world = waiting()
        assert self.escalated(world) == []
        world.later("2026-07-08T23:59:58Z")
        assert self.escalated(world) == []
        world.later(DUE)
        assert self.escalated(world) == [("crm-lead", "crm-deputy", "2026-07-15T23:59:59Z")]

    def test_the_deputy_may_answer_and_so_may_the_accountable_still(self) -> None:
        for person in ("crm-lead", "crm-deputy"):
            world = waiting().later(LATER)
            assert isinstance(world, Away)
            assert self.escalated(world) == [("crm-lead", "crm-deputy", SECOND)]
            need = world.judge().unmet[0]
            assert need.who == ("crm-deputy", "crm-lead")
            assert "crm-lead did not answer until 8 Jul 2026" in need.says
            world.approve(person)
            assert world.judge().allowed

    def test_once_each_and_then_the_next_level(self) -> None:
        world = waiting().later(LATER)
        assert isinstance(world, Away)
        assert len(self.escalated(world)) == len(self.escalated(world)) == 1
        world.later("2026-07-16T23:59:58Z")
        assert len(self.escalated(world)) == 1
        world.later("2026-07-17T00:00:00Z")
        assert self.escalated(world)[1:] == [("crm-lead", "head-of-marketing", "2026-07-24T23:59:59Z")]
        world.later("2026-07-25T00:00:00Z")
        assert self.escalated(world)[2:] == [("crm-lead", "analytics-lead", "2026-07-31T23:59:59Z")]
        world.later("2027-07-25T00:00:00Z")
        assert len(self.escalated(world)) == 3  # behind them stands the council, and these two are all of it
        assert world.judge().unmet[0].who == ("analytics-lead", "crm-deputy", "crm-lead", "head-of-marketing")

    def test_an_answer_stops_it(self) -> None:
        world = waiting()
        world.object("crm-lead")
        world.later(LATER)
        assert self.escalated(world) == []
        world = waiting()
        world.approve("crm-lead")
        world.later(LATER)
        assert self.escalated(world) == []

    def test_an_abstention_does_not(self) -> None:
        world = waiting()
        world.do("crm-lead", c.Abstain(seen=world.seen()))
        world.later(LATER)
        assert len(self.escalated(world)) == 1

    def test_never_to_a_contributor(self) -> None:
        """INV-05: the deputy wrote it, so the next level is asked."""
        world = Away()
        world.propose("crm-deputy", contents=compatible())
        world.later(LATER)
        assert [to for _, to, _ in self.escalated(world)] == ["head-of-marketing"]

    def test_new_contents_begin_a_new_period(self) -> None:
        world = waiting().later(LATER)
        assert isinstance(world, Away)
        assert len(self.escalated(world)) == 1
        world.revise("ops-lead", proposal(touched(ChangeClass.COMPATIBLE), after="third"))
        assert world.judge().unmet[0].who == ("crm-lead",)
        assert world.state().escalations == ()

    def test_whoever_was_reassigned_has_a_period_of_their_own(self) -> None:
        world = waiting().later("2026-07-07T08:00:00Z")
        assert isinstance(world, Away)
        world.do("crm-lead", c.Reassign(to="stranger", reason="away"))
        world.later(LATER)
        assert self.escalated(world) == []
        world.later("2026-07-15T00:00:00Z")
        assert [(giver, to) for giver, to, _ in self.escalated(world)] == [("stranger", "crm-deputy")]

    @pytest.mark.parametrize(
        ("now", "payload", "folds"),
        [
            ("2026-07-02T08:00:00Z", {}, False),
            (LATER, {"to": "stranger"}, True),
            (LATER, {"to": "head-of-marketing"}, True),
            (LATER, {"from": "paid-lead"}, True),
            (LATER, {"due": "2026-07-01T00:00:00Z"}, False),
        ],
        ids=["too early", "to a friend", "past the deputy", "for somebody else", "due before it was said"],
    )
    def test_a_forged_one_does_not_count(self, now: str, payload: dict[str, str], folds: bool) -> None:
        """INV-24, INV-08: inadmissible before its time, and without effect where raci.yaml names another."""
        world = waiting()
        world.later(now)
        world.forge("escalated", "", {"from": "crm-lead", "to": "crm-deputy", "due": SECOND} | payload)
        assert (world.folded().problems == ()) is folds
        assert not world.folded().state.escalations or folds
        state = world.folded().state
        world.log = [one for one in world.log if folds or one.type != "escalated"]
        assert world.judge().unmet[0].who == ("crm-lead",), state

    def test_a_shorter_time_in_the_revision_does_not_count(self) -> None:
        """INV-24: never earlier than so many plain days after the submission, whatever the event says."""
        world = waiting()
        payload = world.log.pop().payload
        world.forge("revision_submitted", "ops-lead", {**payload, "respond_by": "2026-07-02T08:00:00Z"})
        world.later("2026-07-03T08:00:00Z")
        world.forge("escalated", "", {"from": "crm-lead", "to": "crm-deputy", "due": SECOND})
        assert world.folded().problems == ()
        assert world.judge().unmet[0].who == ("crm-lead",)
        world.later("2026-07-06T08:00:00Z")
        world.forge("escalated", "", {"from": "crm-lead", "to": "crm-deputy", "due": SECOND})
        assert world.judge().unmet[0].who == ("crm-deputy", "crm-lead")

    def test_a_second_period_cannot_be_forged_short(self) -> None:
        world = waiting().later(LATER)
        world.forge("escalated", "", {"from": "crm-lead", "to": "crm-deputy", "due": LATER})
        world.forge("escalated", "", {"from": "crm-lead", "to": "head-of-marketing", "due": SECOND})
        assert world.judge().unmet[0].who == ("crm-deputy", "crm-lead")

    def test_not_where_policy_waits_for_ever(self) -> None:
        """INV-08: the base decides, whatever was recorded under other rules."""
        world = waiting().later(LATER)
        assert isinstance(world, Away)
        assert self.escalated(world)
        silent = governance(policy={"respond_days": 0})
        assert world.judge(governance=silent).unmet[0].who == ("crm-lead",)

    def test_the_council_decides_on_governance_alone(self) -> None:
        world = Away()
        subject = Subject("governance:policy")
        policy = touched(subject=subject, path="governance/policy.yaml")
        world.propose("crm-lead", proposal(policy, governance_after=governance()), claims=LONG)
        world.later(LATER)
        assert self.escalated(world) == []


class TestReminding:
    """Who is asked is told twice: halfway, and when the time is over."""

    def reminded(self, world: Away) -> list[tuple[object, ...]]:
        before = len(world.log)
        world.do("", c.Remind())
        return [tuple(one.payload[key] for key in ("whom", "about", "passed")) for one in world.log[before:]]

    def test_halfway_and_when_it_has_passed_once_each(self) -> None:
        world = Away()
        world.propose(claims=LONG)
        world.later("2026-07-05T03:59:58Z")
        assert self.reminded(world) == []
        world.later("2026-07-05T15:59:59Z")
        halfway = [("sales-operations", "answer", False), ("crm-lead", "decide", False)]
        assert self.reminded(world) == halfway
        assert self.reminded(world) == []
        world.later(LATER)
        assert self.reminded(world) == [("crm-lead", "decide", True)]  # the consulted need not answer any more
        assert self.reminded(world) == []

    def test_who_has_answered_is_left_alone(self) -> None:
        world = Away()
        world.propose(claims=LONG)
        world.acknowledge("sales-bob")
        world.object("crm-lead")
        world.later(LATER)
        assert self.reminded(world) == []

    def test_after_an_escalation_the_substitute_is(self) -> None:
        world = waiting().later(LATER)
        assert isinstance(world, Away)
        assert self.reminded(world) == [("crm-lead", "decide", True)]
        world.do("", c.Escalate())
        assert self.reminded(world) == []
        world.later("2026-07-13T12:00:00Z")
        assert self.reminded(world) == [("crm-deputy", "decide", False)]

    def test_a_forged_one_is_no_event(self) -> None:
        """INV-24: that a time has passed is not said before it has."""
        world = waiting()
        world.forge("reminded", "", {"whom": "crm-lead", "due": DUE, "about": "decide", "passed": True})
        assert [one.code for one in world.folded().problems] == ["not_due"]
