"""Break-glass as a way past the gate: one person as two, authors who confirm, other contents, forged words (INV-15)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integration.gate.gate_world import (
    FASTER,
    POLICY,
    QUALIFIED,
    REWORDED,
    SPEED,
    VIEWS,
    World,
    codes,
    edited,
    verdict_of,
)
from metricgov.app.moment import at_tip
from metricgov.app.overriding import override, review_override
from metricgov.domain.verdict import Coverage, Verdict
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.envelope import Actor, Draft, Identity
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.overriding import OVERRIDES
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.typed import foresee

WHY = "a wrong number goes out at noon"
LATER = "2026-06-24T08:00:00Z"


def overridden(world: World, change: str, *people: str) -> str:
    """Let people call for an override and confirm it."""
    for person in people:
        override(world.access, change=change, actor=Actor(person), reason=WHY)
    return change


def drafted(world: World, change: str, *people: str) -> tuple[Draft, ...]:
    """Return the two events that an override by these people would be, whoever they are."""
    moment, state = at_tip(world.access), world.state(change)
    revision = state.revision
    assert revision is not None
    seen = commands.Seen(revision=revision.number, cycle=state.cycle, digest=revision.digest)
    drafts: list[Draft] = []
    for stand_in, person in zip(("crm-lead", "crm-deputy"), people, strict=True):
        context = moment.context(Actor(stand_in), proposal=moment.proposal(state))
        (draft,) = decide(state, commands.Override(seen=seen, reason=WHY), context)
        statement = {**(draft.statement or {}), "principal": person}
        drafts.append(replace(draft, actor=Actor(person, Identity.SIGNED), statement=statement))
        state = evolve(state, foresee(draft, state.last_seq + 1))
    return tuple(drafts)


def forged(world: World, change: str, *people: str) -> str:
    """Write an override by these people into the journal, past the program."""
    drafts = drafted(world, change, *people)
    world.access.journal.append(lambda: drafts)
    return change


def proposed(world: World, change: str) -> str:
    """Return a branch with the contents of a change, as a pull request brings them."""
    return world.branch(world.contents(change))


class TestWhatItIs:
    """What two people may, and how the gate says so."""

    def test_the_gate_names_it(self, world: World) -> None:
        """INV-15: it passes, and nowhere as a plain approval."""
        change = overridden(world, world.propose(FASTER), "ops-lead", "crm-lead")
        report = world.gate(proposed(world, change))
        assert report.verdict is Verdict.PASS
        one = verdict_of(report, "metric:routing_speed")
        assert (one.coverage, one.approved_by) == (Coverage.OVERRIDE, ())
        assert one.override is not None
        assert one.override.people == ("ops-lead", "crm-lead")
        assert len(one.override.waives) >= 3

    def test_merged_by_the_host_it_is_recorded_as_one(self, world: World) -> None:
        """INV-15: whoever moves main, the review is due."""
        change = overridden(world, world.propose(FASTER), "ops-lead", "crm-lead")
        world.push(world.contents(change))
        world.reword({VIEWS: edited(VIEWS, ("Moves the weekly", "Moves the whole weekly"))}, "crm-deputy")
        state = world.state(change)
        assert state.landed_by == "host"
        assert state.override is not None
        assert state.override.landed
        assert [one.change for one in at_tip(world.access).reviews()] == [change]

    def test_its_marker_is_what_the_events_say(self, world: World) -> None:
        """INV-62: a marker that is missing or too much is found, as for definitions."""
        change = overridden(world, world.propose(FASTER), "ops-lead", "crm-lead")
        assert world.access.journal.touching(OVERRIDES) == (change,)
        assert world.verification().problems == ()

    def test_an_overdue_review_blocks_there_and_warns_elsewhere(self, world: World) -> None:
        """INV-15, INV-24: by the time that is passed in, and by nothing else."""
        change = overridden(world, world.propose(FASTER), "ops-lead", "crm-lead")
        world.apply(change)
        late = world.agree(world.reword({SPEED: edit_of(world, "Under 80 the", "Under 80 the whole")}))
        head = proposed(world, late)
        assert world.gate(head).verdict is Verdict.PASS
        report = world.gate(head, at=LATER)
        assert report.verdict is Verdict.BLOCKED
        (unmet,) = verdict_of(report, "metric:routing_speed").unmet
        assert (unmet.code, "crm-deputy" in unmet.who) == ("override_review_overdue", True)
        elsewhere = world.gate(world.branch({"README.md": b"x"}, name="elsewhere"), at=LATER)
        assert elsewhere.verdict is Verdict.PASS
        views = world.reword({VIEWS: edited(VIEWS, ("Moves the weekly", "Moves the whole weekly"))}, "crm-deputy")
        warned = world.gate(world.branch(world.contents(world.agree(views)), name="views"), at=LATER)
        assert [one.change for one in warned.late] == [change]
        assert verdict_of(warned, "metric:page_views").unmet == ()
        review_override(world.access, change=change, actor=Actor("crm-deputy"), reason="it was right")
        assert world.gate(head, at=LATER).verdict is Verdict.PASS


def edit_of(world: World, old: str, new: str) -> bytes:
    return edited(SPEED, (old, new), text=world.read(SPEED).decode())


class TestAttacks:
    """Each ends with the gate naming what is missing."""

    @pytest.mark.parametrize(
        "people",
        [("crm-lead", "crm-lead"), ("crm-lead", "ops-lead"), ("growth-lead", "sales-lead"), ("mallory", "crm-lead")],
        ids=["one person as two", "a contributor confirms", "two without rights", "somebody unknown"],
    )
    def test_forged_in_the_journal(self, world: World, people: tuple[str, str]) -> None:
        """INV-05, INV-08, INV-15: written past the program, signed or not as it says, it covers nothing."""
        change = forged(world, world.propose(FASTER), *people)
        report = world.gate(proposed(world, change))
        assert report.verdict is Verdict.BLOCKED
        assert "approval_accountable" in codes(report)
        assert verdict_of(report, "metric:routing_speed").override is None

    def test_other_contents(self, world: World) -> None:
        """INV-01: the override of one digest lets no other through."""
        change = overridden(world, world.propose(FASTER), "ops-lead", "crm-lead")
        other = world.branch({SPEED: world.contents(change)[SPEED].replace(b"'2' HOUR", b"'1' HOUR")})  # type: ignore[union-attr]
        report = world.gate(other)
        assert report.verdict is Verdict.BLOCKED
        assert "other_contents" in codes(report)

    def test_an_earlier_revision(self, world: World) -> None:
        """INV-02: new contents leave no override, and the old words are of another cycle."""
        change = overridden(world, world.propose(FASTER), "ops-lead", "crm-lead")
        world.revise(change, {SPEED: edited(SPEED, ("'4' HOUR", "'3' HOUR"), ("4 hours", "3 hours"))})
        report = world.gate(proposed(world, change))
        assert report.verdict is Verdict.BLOCKED
        assert "approval_accountable" in codes(report)

    def test_governance(self, world: World) -> None:
        """INV-09: the rules themselves are never overridden, by the program or past it."""
        looser = {POLICY: edited(POLICY, ("enforce: block", "enforce: observe"))}
        change = world.reword(looser, "head-of-marketing")
        with pytest.raises(RefusedUnmet) as refused:
            override(world.access, change=change, actor=Actor("analytics-lead"), reason=WHY)
        assert refused.value.code == "not_allowed"
        state = world.state(change)
        named = {"revision": 1, "cycle": state.cycle, "digest": state.digest, "reason": WHY}
        for kind, person, more in (
            ("override_called", "analytics-lead", {}),
            ("override_confirmed", "data-lead", {"review_due": "2026-06-20T08:00:00Z"}),
        ):
            write(world, change, kind, person, named | more)
        assert world.state(change).overridden is not None
        report = world.gate(proposed(world, change))
        assert report.verdict is Verdict.BLOCKED
        assert verdict_of(report, "governance:policy").override is None

    def test_used_a_second_time(self, world: World) -> None:
        """INV-23: what was overridden, applied and taken back is not overridden again."""
        change = overridden(world, world.propose(FASTER), "ops-lead", "crm-lead")
        contents, before = world.contents(change), world.read(SPEED)
        world.apply(change)
        world.push({SPEED: before})
        report = world.gate(world.branch(contents, name="again"))
        assert "approval_used" in codes(report)

    def test_an_objection_that_stands(self, world: World) -> None:
        """INV-04: two people in a hurry do not outrank it."""
        change = world.propose(FASTER)
        world.decide(change, commands.RequestChanges, "sales-lead", reason="our report breaks")
        overridden(world, change, "ops-lead", "crm-lead")
        report = world.gate(proposed(world, change))
        assert codes(report) == {"objection"}

    def test_the_words_of_one_definition_do_not_reach_another(self, world: World) -> None:
        """INV-21: an edit that travels along is not covered."""
        change = overridden(world, world.propose(FASTER), "ops-lead", "crm-lead")
        sneaked = edited(QUALIFIED, ("Moves the weekly", "Moves the whole weekly"))
        report = world.gate(
            world.branch({**world.contents(change), "metrics/crm/qualified_leads.yaml": None, VIEWS: sneaked})
        )
        assert report.verdict is Verdict.BLOCKED

    def test_an_author_reviews(self, world: World) -> None:
        """INV-15: neither the two nor an author; the forged word stays without effect."""
        change = overridden(world, world.reword(REWORDED), "crm-lead", "crm-deputy")
        world.apply(change)
        state = world.state(change)
        for person in ("crm-lead", "ops-lead"):
            with pytest.raises(RefusedUnmet):
                review_override(world.access, change=change, actor=Actor(person), reason="fine")
            named = {"revision": 1, "cycle": state.cycle, "digest": state.digest, "reason": "fine"}
            write(world, change, "override_reviewed", person, named | {"outcome": "kept", "revert": None})
        assert [one.change for one in at_tip(world.access).reviews()] == [change]


def write(world: World, change: str, kind: str, person: str, payload: dict[str, object]) -> None:
    """Put an event into the journal as somebody with push rights could, with the statement that belongs to it."""
    from metricgov.domain.workflow.events import Decided
    from metricgov.domain.workflow.statement import statement
    from metricgov.domain.workflow.typed import TYPES

    state = world.state(change)
    said = TYPES[kind].model_validate(payload)
    assert isinstance(said, Decided)
    draft = Draft(
        change,
        kind,
        Actor(person),
        state.last_at,
        said.as_json(),
        main=world.tip,
        statement=statement(state, said, person),
        subjects=(OVERRIDES,) if kind == "override_confirmed" else (),
    )
    world.access.journal.append(lambda: (draft,))
