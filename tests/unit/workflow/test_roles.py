"""Who has to agree: RACI resolution as tables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.changes.findings import ChangeClass, Flag
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.requirements import Code
from metricgov.domain.workflow.roles import Slot, cost_of_contributing, fill, roles_of, who
from unit.workflow.world import PEOPLE, RACI, SPEED, TEAMS, governance, proposal, touched

LADDER: dict[str, Any] = RACI | {
    "entries": [
        {"match": {"name": "routing_speed"}, "accountable": "finance-lead"},
        {"match": {"name": "routing_*"}, "accountable": "sales-ann"},
        {"match": {"tag": "lead"}, "accountable": "paid-lead", "deputy": "paid-deputy"},
        {"match": {"domain": "crm_handoff"}, "accountable": "crm-lead", "deputy": "crm-deputy"},
        {"match": {"kind": "metric"}, "accountable": "data-lead"},
    ]
}
SPECIFIC = {
    "exact name": ("routing_speed", "crm_handoff", {"lead"}, "finance-lead", "name routing_speed"),
    "name pattern": ("routing_time", "crm_handoff", {"lead"}, "sales-ann", "pattern routing_*"),
    "tag": ("speed", "crm_handoff", {"lead"}, "paid-lead", "tag lead"),
    "domain": ("speed", "crm_handoff", {"other"}, "crm-lead", "domain crm_handoff"),
    "kind": ("speed", "paid", set(), "data-lead", "kind metric"),
}


@pytest.mark.parametrize(("name", "domain", "tags", "accountable", "matched"), SPECIFIC.values(), ids=list(SPECIFIC))
def test_the_most_specific_entry_wins(name: str, domain: str, tags: set[str], accountable: str, matched: str) -> None:
    subject = Subject(f"metric:{name}", domain=domain, tags=frozenset(tags))
    found = who(subject, ChangeClass.COMPATIBLE, (), governance(raci=LADDER))
    assert (found.accountable, found.matched, found.decides) == (accountable, matched, (accountable,))
    assert found.because == ""


def test_without_an_entry_the_registry_decides() -> None:
    found = who(Subject("event:lead_submitted"), ChangeClass.COMPATIBLE, (), governance())
    assert (found.accountable, found.matched) == ("head-of-marketing", "registry")


def test_an_opaque_file_belongs_to_its_owner() -> None:
    found = who(Subject("opaque:models/x.sql", owner="finance-lead"), ChangeClass.UNKNOWN, (), governance())
    assert found.decides == ("finance-lead",)


CHAIN = {
    "nobody": ((), "crm-lead", "accountable of domain crm_handoff"),
    "A": (("crm-lead",), "crm-deputy", "deputy of domain crm_handoff"),
    "A, D": (("crm-lead", "crm-deputy"), "data-lead", "accountable of kind metric"),
    "A, D, kind": (("crm-lead", "crm-deputy", "data-lead"), "head-of-marketing", "accountable of registry"),
    "A, D, kind, registry": (
        ("crm-lead", "crm-deputy", "data-lead", "head-of-marketing"),
        "analytics-lead",
        "deputy of registry",
    ),
}


@pytest.mark.parametrize(("contributors", "decides", "decides_as"), CHAIN.values(), ids=list(CHAIN))
def test_where_the_accountable_contributed_the_next_decides(
    contributors: tuple[str, ...], decides: str, decides_as: str
) -> None:
    """INV-05: deputy, then the next levels of raci.yaml, then the council; and `because` says why."""
    raci = RACI | {"entries": [RACI["entries"][0], {"match": {"kind": "metric"}, "accountable": "data-lead"}]}
    found = who(SPEED, ChangeClass.COMPATIBLE, contributors, governance(raci=raci))
    assert (found.decides, found.decides_as) == ((decides,), decides_as)
    for person in contributors:
        assert f"{person} contributed" in found.because


def test_the_council_is_the_last_level() -> None:
    teams = [TEAMS[0] | {"members": ["head-of-marketing", "analytics-lead", "finance-lead"]}, TEAMS[1]]
    everybody = ("crm-lead", "crm-deputy", "head-of-marketing", "analytics-lead")
    found = who(SPEED, ChangeClass.COMPATIBLE, everybody, governance(teams=teams))
    assert (found.decides, found.decides_as) == (("finance-lead",), "accountable of council")


def test_who_has_left_is_passed_over() -> None:
    found = who(SPEED, ChangeClass.COMPATIBLE, (), governance(left=("crm-lead",)))
    assert found.decides == ("crm-deputy",)
    assert "crm-lead has nobody with rights" in found.because


def test_any_colleague_acts_for_an_accountable_team() -> None:
    """INV-05: one member contributed, the others stay eligible."""
    raci = RACI | {"entries": [RACI["entries"][0] | {"accountable": "sales-operations"}]}
    found = who(SPEED, ChangeClass.COMPATIBLE, ("sales-ann",), governance(raci=raci))
    assert found.decides == ("sales-bob",)


TIES = {
    "two patterns": [
        {"match": {"name": "routing_*"}, "accountable": "crm-lead"},
        {"match": {"name": "*_speed"}, "accountable": "paid-lead"},
    ],
    "two tags": [
        {"match": {"tag": "lead"}, "accountable": "crm-lead"},
        {"match": {"tag": "speed"}, "accountable": "paid-lead"},
    ],
}


@pytest.mark.parametrize("entries", TIES.values(), ids=list(TIES))
def test_a_tie_is_an_error(entries: list[dict[str, Any]]) -> None:
    """INV-07: exactly one accountable, or a requirement that nobody can meet."""
    from unit.workflow.world import World

    subject = Subject(SPEED.id, SPEED.domain, frozenset({"lead", "speed"}))
    rules = governance(raci=RACI | {"entries": entries})
    assert "2 entries of raci.yaml" in who(subject, ChangeClass.COMPATIBLE, (), rules).tie
    world = World(rules)
    world.propose(contents=proposal(touched(subject=subject)))
    assert "raci_tie" in world.unmet()


def test_a_new_definition_is_routed_by_its_domain() -> None:
    """Its author chose name and tags, and would choose the judge with them."""
    rules = governance(raci=LADDER)
    (found,) = roles_of(touched(ChangeClass.COMPATIBLE, new=True), (), rules)
    assert found.accountable == "crm-lead"
    (known,) = roles_of(touched(ChangeClass.COMPATIBLE), (), rules)
    assert known.accountable == "finance-lead"


def test_both_sides_of_a_move_decide() -> None:
    """INV-22: the owners of both domains are needed, and each consulted team of either side."""
    after = Subject(SPEED.id, domain="paid", tags=SPEED.tags, consulted=("finance-lead",))
    one, other = roles_of(touched(ChangeClass.EDITORIAL, after=after, flags=[Flag.GOVERNANCE]), (), governance())
    assert [one.accountable, other.accountable] == ["crm-lead", "paid-lead"]
    assert one.consulted == ("sales-operations", "finance-lead")


def test_a_file_adds_consulted_and_cannot_drop_those_of_its_base() -> None:
    before = Subject(SPEED.id, SPEED.domain, SPEED.tags, consulted=("finance-lead",))
    after = Subject(SPEED.id, SPEED.domain, SPEED.tags, consulted=("paid-lead",))
    (found,) = roles_of(touched(subject=before, after=after), (), governance())
    assert found.consulted == ("sales-operations", "finance-lead", "paid-lead")


SLOTS: dict[str, tuple[str, ChangeClass, list[Flag], list[Code]]] = {
    "standard identical": ("standard", ChangeClass.IDENTICAL, [], []),
    "standard editorial": ("standard", ChangeClass.EDITORIAL, [], [Code.APPROVAL_RESPONSIBLE]),
    "standard editorial G": ("standard", ChangeClass.EDITORIAL, [Flag.GOVERNANCE], [Code.APPROVAL_ACCOUNTABLE]),
    "standard compatible": ("standard", ChangeClass.COMPATIBLE, [], [Code.APPROVAL_ACCOUNTABLE]),
    "standard breaking": ("standard", ChangeClass.BREAKING, [], [Code.APPROVAL_ACCOUNTABLE, Code.APPROVAL_COUNCIL]),
    "standard unknown": ("standard", ChangeClass.UNKNOWN, [], [Code.APPROVAL_ACCOUNTABLE, Code.APPROVAL_COUNCIL]),
    "small editorial": ("small", ChangeClass.EDITORIAL, [], [Code.APPROVAL_FURTHER]),
    "small editorial G": ("small", ChangeClass.EDITORIAL, [Flag.GOVERNANCE], [Code.APPROVAL_ACCOUNTABLE]),
    "small breaking": ("small", ChangeClass.BREAKING, [], [Code.APPROVAL_FURTHER]),
    "solo breaking": ("solo", ChangeClass.BREAKING, [], [Code.APPROVAL_FURTHER]),
    "regulated editorial": ("regulated", ChangeClass.EDITORIAL, [], [Code.APPROVAL_ACCOUNTABLE]),
    "regulated breaking": (
        "regulated",
        ChangeClass.BREAKING,
        [],
        [Code.APPROVAL_ACCOUNTABLE, Code.APPROVAL_COUNCIL, Code.APPROVAL_COUNCIL],
    ),
}


@pytest.mark.parametrize(("preset", "change_class", "flags", "codes"), SLOTS.values(), ids=list(SLOTS))
def test_places_by_preset_and_class(
    preset: str, change_class: ChangeClass, flags: list[Flag], codes: list[Code]
) -> None:
    found = who(SPEED, change_class, ("stranger",), governance(preset=preset), flags=frozenset(flags))
    assert [slot.code for slot in found.slots] == codes


def test_the_deputy_has_no_place_while_the_accountable_can() -> None:
    found = who(SPEED, ChangeClass.COMPATIBLE, ("ops-lead",), governance())
    assert found.approvers == {"crm-lead"}
    assert found.enders == ("crm-deputy", "crm-lead")


@pytest.mark.parametrize("definition", ["governance:raci", "governance:gitattributes", "opaque:metrics/.gitattributes"])
def test_the_council_decides_about_governance(definition: str) -> None:
    """INV-09: also about what tells git how to treat files, at whatever depth."""
    found = who(Subject(definition), ChangeClass.EDITORIAL, (), governance())
    assert [slot.code for slot in found.slots] == [Code.APPROVAL_COUNCIL, Code.APPROVAL_COUNCIL]
    assert found.approvers == {"head-of-marketing", "analytics-lead"}


def test_contributing_has_a_cost_that_is_told_beforehand() -> None:
    roles = roles_of(touched(ChangeClass.BREAKING), ("ops-lead",), governance())
    assert (
        cost_of_contributing("crm-lead", roles) == "revising costs crm-lead the right to approve metric:routing_speed"
    )
    assert cost_of_contributing("stranger", roles) == ""


NAMES = st.sampled_from(("a", "b", "c", "d", "e"))


@given(
    st.lists(st.frozensets(NAMES), max_size=5).map(
        lambda sets: [Slot(Code.APPROVAL_COUNCIL, str(index), people) for index, people in enumerate(sets)]
    ),
    st.frozensets(NAMES),
)
def test_filling_places_counts_each_person_once(slots: list[Slot], people: frozenset[str]) -> None:
    """INV-06: nobody fills two places, nobody one that is not theirs, and no fuller seating exists."""
    seats = fill(slots, people)
    taken = [person for person in seats if person is not None]
    assert len(set(taken)) == len(taken)
    for slot, person in zip(slots, seats, strict=True):
        assert person is None or (person in slot.people and person in people)
    assert len(taken) == best(slots, people)


def best(slots: list[Slot], people: frozenset[str]) -> int:
    if not slots:
        return 0
    without = best(slots[1:], people)
    return max([without, *(1 + best(slots[1:], people - {one}) for one in slots[0].people & people)])


@given(st.frozensets(st.sampled_from(PEOPLE)), st.sampled_from(ChangeClass))
def test_nobody_who_contributed_is_among_the_approvers(contributors: frozenset[str], change_class: ChangeClass) -> None:
    """INV-05: whoever contributed, whatever the class; where nobody is left the gap says so."""
    found = who(SPEED, change_class, contributors, governance())
    assert not found.approvers & contributors
    assert not set(found.enders) & contributors
    assert bool(found.gap) is any(seat is None for seat in fill(found.slots, found.approvers))
