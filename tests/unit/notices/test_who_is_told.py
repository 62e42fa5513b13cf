"""Who is told of what, and why them: tables over a journal of the core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from metricgov.domain.notices.addressing import Told, notices_of
from metricgov.domain.notices.notice import ASKS, Notice, NoticeKind, notice_id
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.fold import fold
from metricgov.domain.workflow.places import Place
from metricgov.domain.workflow.roles import who
from metricgov.domain.workflow.typed import parse
from unit.workflow.world import CHANGE, SPEED, World, governance


def told(world: World, place: int = -1) -> tuple[Notice, ...]:
    """Return what is told of one event of a world, the last one if none is named."""
    envelope = world.log[place]
    own = [one for one in world.log if one.change == CHANGE and one.seq < envelope.seq]
    before = fold(CHANGE, own).state
    after = evolve(before, parse(envelope))
    classes = after.revision.definitions if after.revision else ()
    roles = tuple(
        who(SPEED, one.change_class, after.contributors, world.governance, place=Place.of(after, one.id))
        for one in classes
    )
    event = Told(parse(envelope), "did it", "", before, after, roles, ("crm-lead", "crm-deputy", "ops-lead"))
    return notices_of(event, world.governance)


def kinds(notices: tuple[Notice, ...]) -> dict[str, str]:
    return {one.person: str(one.kind) for one in notices}


def proposed() -> World:
    world = World()
    world.propose()
    return world


def requested() -> World:
    world = World()
    world.do("paid-lead", c.Request(change=CHANGE, definition="metric:routing_speed", why="too slow"))
    return world


def approved() -> World:
    world = proposed()
    world.approve("crm-lead")
    return world


def objected() -> World:
    world = proposed()
    world.object("crm-lead")
    return world


def answered() -> World:
    from unit.workflow.world import proposal

    world = objected()
    world.revise("ops-lead", proposal(after="newer"))
    return world


def mentioned() -> World:
    world = proposed()
    text = "@finance-lead, what do you say? ada@paid-lead.com @nobody"
    world.do("crm-lead", c.Comment(text=text))
    return world


def talked() -> World:
    world = mentioned()
    world.do("finance-lead", c.Comment(thread="t1", text="fine"))
    return world


def withdrawn() -> World:
    world = approved()
    world.do("ops-lead", c.Withdraw(reason="not needed"))
    return world


def applied() -> World:
    world = World().agreed()
    contents = world.state()
    last = world.seen()
    world.forge(
        "landed",
        "",
        {"commit": "b" * 40, "revision": last.revision, "digest": contents.digest, "covered": True, "override": False},
    )
    return world


def reminded() -> World:
    world = proposed()
    world.forge("reminded", "", {"whom": "crm-lead", "due": "2026-07-08T00:00:00Z", "about": "decide", "passed": False})
    return world


CASES: dict[str, tuple[Callable[[], World], dict[str, str]]] = {
    "a revision asks who decides, who is consulted, and not who wrote it": (
        proposed,
        {
            "crm-lead": "decide",
            "head-of-marketing": "decide",
            "analytics-lead": "decide",
            "sales-ann": "answer",
            "sales-bob": "answer",
        },
    ),
    "a request goes to those who answer for the definition": (
        requested,
        {"crm-lead": "answer", "crm-deputy": "answer", "ops-lead": "answer"},
    ),
    "an approval is told to the author": (approved, {"ops-lead": "own"}),
    "an objection asks the author to mend it": (objected, {"ops-lead": "revise"}),
    "a new revision is an answer to who objected": (
        answered,
        {
            "crm-lead": "decide",
            "head-of-marketing": "decide",
            "analytics-lead": "decide",
            "sales-ann": "answer",
            "sales-bob": "answer",
        },
    ),
    "who is named with an @ is told, addresses and strangers are not": (
        mentioned,
        {"finance-lead": "mentioned", "ops-lead": "own"},
    ),
    "an answer goes to who spoke in the thread": (talked, {"crm-lead": "talk", "ops-lead": "own"}),
    "what was withdrawn is told to who took part": (
        withdrawn,
        {"crm-lead": "followed", "sales-ann": "followed", "sales-bob": "followed"},
    ),
    "what was applied is told to the informed, and who answers for it": (
        applied,
        {
            "finance-lead": "informed",
            "crm-lead": "followed",
            "crm-deputy": "followed",
            "head-of-marketing": "followed",
            "sales-ann": "followed",
            "sales-bob": "followed",
            "ops-lead": "own",
        },
    ),
    "a reminder goes to the one who is reminded": (reminded, {"crm-lead": "decide"}),
}


@pytest.mark.parametrize("name", CASES)
def test_who_is_told(name: str) -> None:
    make, expected = CASES[name]
    assert kinds(told(make())) == expected


@pytest.mark.parametrize("name", CASES)
def test_nobody_is_told_of_their_own_doing_or_twice(name: str) -> None:
    world = CASES[name][0]()
    for place, envelope in enumerate(world.log):
        people = [one.person for one in told(world, place)]
        assert envelope.actor.principal not in people
        assert len(people) == len(set(people))


@pytest.mark.parametrize("name", CASES)
def test_every_notice_says_why_it_is_them(name: str) -> None:
    for one in told(CASES[name][0]()):
        assert one.because
        assert bool(one.asks) == (one.kind in ASKS)


def test_who_has_left_is_told_nothing() -> None:
    world = proposed()
    world.governance = governance(left=["sales-bob"])
    assert "sales-bob" not in kinds(told(world))


def test_what_is_asked_has_a_reason_a_day_and_a_command() -> None:
    found = {one.person: one for one in told(proposed())}
    assert found["crm-lead"].because == "You decide about metric:routing_speed as accountable of domain crm_handoff."
    assert "You are on the council" in found["head-of-marketing"].because
    assert found["sales-ann"].because == "You are consulted about metric:routing_speed."
    assert "metricgov change show chg-" in found["crm-lead"].asks
    assert "metric:routing_speed" in found["crm-lead"].changed


def test_an_id_is_the_same_everywhere_and_of_one_event_person_and_channel() -> None:
    """INV-54: a receiver drops a repeat by it."""
    ids = {notice_id(*one) for one in [("r", 1, "a", "c"), ("r", 1, "a", "d"), ("r", 2, "a", "c"), ("r", 1, "b", "c")]}
    assert len(ids) == 4
    assert notice_id("r", 1, "a", "c") == notice_id("r", 1, "a", "c")


PROOF = {"whom": "finance-lead", "channel": "mailto", "event": 1, "notice": "ntc_" + "0" * 32}


def test_a_proof_of_delivery_moves_nothing_and_tells_nobody() -> None:
    world = applied()
    before = world.state()
    world.forge("notified", "", PROOF)
    assert replace(world.state(), last_seq=before.last_seq) == before
    assert told(world) == ()


@pytest.mark.parametrize(
    ("actor", "payload", "code"),
    [
        ("crm-lead", PROOF, "principal"),
        ("", PROOF | {"event": 99}, "order"),
        ("", PROOF | {"notice": "ntc_1"}, "event_payload_invalid"),
        ("", PROOF | {"channel": "https://example.com"}, "event_payload_invalid"),
    ],
    ids=["by a person", "of what was not yet", "another id", "an address"],
)
def test_a_proof_that_cannot_be_is_not_taken(actor: str, payload: dict[str, object], code: str) -> None:
    world = applied()
    world.forge("notified", actor, payload)
    assert [one.code for one in world.folded().problems] == [code]


def test_the_graver_reason_wins() -> None:
    assert kinds(told(proposed()))["crm-lead"] == NoticeKind.DECIDE
