"""Every preset is free of deadlock at its smallest size, for every class and every author."""

from __future__ import annotations

from typing import Any

import pytest

from metricgov.domain.changes.findings import ChangeClass, Flag
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.authoring import gaps
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.vocabulary import Stage
from unit.workflow.world import CHANGE, CLAIMS, World, governance, proposal, team_of, touched

SMALLEST = {"solo": 1, "small": 2, "standard": 3, "regulated": 4}
"""The size from which on everybody can change everything (computed, and held here)."""

METRIC = Subject("metric:speed", domain="crm", consulted=("p1",))
KINDS = (METRIC, Subject("source:leads"), Subject("opaque:models/x.sql", owner="p1"))


@pytest.mark.parametrize(("preset", "size"), SMALLEST.items())
def test_the_smallest_size_is_free_of_gaps(preset: str, size: int) -> None:
    """INV-07: at that size every class by every author can be approved, below it something cannot."""
    assert list(gaps(KINDS, team_of(size, preset))) == []
    if size > 1:
        found = list(gaps(KINDS, team_of(size - 1, preset)))
        assert found
        assert all(reason for *_, reason in found)


CASES = [
    pytest.param(preset, size, author, kind, id=f"{preset}-{author}-{kind}")
    for preset, size in SMALLEST.items()
    for author in (f"p{number}" for number in range(1, size + 1))
    for kind in (*ChangeClass, "editorial G", "breaking G", "governance")
]


@pytest.mark.parametrize(("preset", "size", "author", "kind"), CASES)
def test_every_change_reaches_its_end(preset: str, size: int, author: str, kind: str) -> None:
    """INV-07, INV-17: by doing what the requirements say, by those they name."""
    world = World(team_of(size, preset), identity=Identity.HOST)
    if kind == "governance":
        people = touched(ChangeClass.EDITORIAL, subject=Subject("governance:people"), path="governance/people.yaml")
        contents = proposal(people, governance_after=world.governance)
    else:
        dependants = (Subject("metric:ratio", domain="crm"),)
        change_class, _, flag = kind.partition(" ")
        flags = [Flag.GOVERNANCE] if flag else []
        contents = proposal(touched(ChangeClass(change_class), subject=METRIC, flags=flags), dependants=dependants)
    moves = kind in {"breaking", "unknown", "breaking G"}
    claims = CLAIMS if moves else c.Claims(why="words")
    world.propose(author, contents, claims)
    for _ in range(12):
        judgement = world.judge()
        if judgement.allowed:
            break
        meet(world, judgement.unmet[0])
    world.do(author, c.Apply())
    assert world.state().stage is Stage.APPLYING
    approvers = {vote.principal for vote in judgement.approvals}
    assert preset == "solo" or author not in approvers
    assert judgement.self_approved is (preset == "solo" and kind != "identical")


def meet(world: World, requirement: Any) -> None:
    assert requirement.who, requirement
    person = requirement.who[0]
    match str(requirement.code):
        case "consulted" | "dependant":
            world.acknowledge(person)
        case "effect":
            world.do(person, c.RecordEffect(digest=world.state().digest, evidence=b"{}"))
        case _:
            world.approve(person)


def test_regulated_counts_attested_approvals_only() -> None:
    """A claimed identity is refused at once, and does not count where it stands in the journal."""
    world = World(team_of(4, "regulated"))
    world.propose("p4", proposal(touched(ChangeClass.EDITORIAL, subject=METRIC)), c.Claims(why="words"))
    seen = world.seen()
    assert "identity" in world.refused("p1", c.Approve(seen=seen), identity=Identity.CLAIMED)
    world.governance = team_of(4, "standard")
    world.do("p1", c.Approve(seen=seen), identity=Identity.CLAIMED)
    world.governance = team_of(4, "regulated")
    (open_place,) = world.judge().unmet
    assert "not as sure as host" in open_place.says
    world.approve("p1")
    assert world.judge().allowed


def test_regulated_needs_accounts_that_can_attest() -> None:
    """INV-07: people without a key cannot approve there, and the gap says so."""
    from unit.workflow.world import PEOPLE, SPEED

    weak = governance(preset="regulated", keys=False, people=PEOPLE)
    reasons = {reason for *_, reason in gaps((SPEED,), weak)}
    assert reasons
    assert all("identity host is asked for" in reason for reason in reasons)


def test_overrides_tighten_and_loosen_by_class() -> None:
    """policy.yaml states what differs; what it does not state stays as in the preset."""
    rules = governance(policy={"classes": {"breaking": {"council": 2, "consulted": "answered"}}})
    world = World(rules)
    world.propose()
    world.approve("crm-lead", "head-of-marketing")
    assert world.unmet(now="2026-07-01T23:00:00Z") == {"approval_council", "consulted"}
    loose = World(governance(policy={"classes": {"breaking": {"council": 0}}}))
    loose.propose()
    assert "approval_council" not in loose.unmet()


def test_scopes_only_tighten_classes() -> None:
    """A scope adds to what its definitions need; the stricter of both counts."""
    scopes = [
        {"match": {"domain": "crm_handoff"}, "classes": {"editorial": {"council": 1}, "breaking": {"council": 0}}}
    ]
    world = World(governance(policy={"scopes": scopes}))
    world.propose(contents=proposal(touched(ChangeClass.EDITORIAL)), claims=c.Claims(why="words"))
    world.approve("crm-lead")
    assert world.unmet() == {"approval_council"}
    world.propose(change=CHANGE[:-1] + "9")
    assert "approval_council" in world.unmet(CHANGE[:-1] + "9")


ENFORCEMENT = {
    "default": ({}, "block"),
    "file observes": ({"enforce": "observe"}, "observe"),
    "scope loosens": ({"scopes": [{"match": {"domain": "crm_handoff"}, "enforce": "observe"}]}, "observe"),
    "other scope": ({"scopes": [{"match": {"domain": "paid"}, "enforce": "observe"}]}, "block"),
    "strictest wins": (
        {
            "enforce": "observe",
            "scopes": [
                {"match": {"domain": "crm_handoff"}, "enforce": "observe"},
                {"match": {"name": "routing_*"}, "enforce": "block"},
            ],
        },
        "block",
    ),
}


@pytest.mark.parametrize(("policy", "says"), ENFORCEMENT.values(), ids=list(ENFORCEMENT))
def test_enforcement_by_scope(policy: dict[str, Any], says: str) -> None:
    """INV-26: of the scopes that match the strictest wins; none: what the file says."""
    world = World(governance(policy=policy))
    world.propose()
    assert world.judge().enforce == says
