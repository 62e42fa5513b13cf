"""`policy check`: a table for each kind of weakness, and the law that it says what trying everything says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.governance import Hearing
from metricgov.domain.definitions.problems import DefinitionErrors
from metricgov.domain.workflow.alike import GOVERNANCE_AREA, Group, area_of, group
from metricgov.domain.workflow.coverage import WEIGHT, Outcome, Prover, Standing, without
from metricgov.domain.workflow.proof import Cause, Coverage, Weakness
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import Slot, fill, routes, who
from metricgov.domain.workflow.weaknesses import prove
from unit.workflow.world import files, key, team_of

FILES = tuple(Subject(f"governance:{name}") for name in ("people", "raci", "policy", "metricgov"))
SPEED = Subject("metric:routing_speed", domain="crm")
RATE = Subject("metric:win_rate", domain="crm", tags=frozenset({"booked"}))
LEADS = Subject("source:leads")
EVERYBODY = ("ann", "bob", "cleo", "dan", "eve", "fay")


def rules(
    entries: Iterable[Mapping[str, Any]] = (),
    council: Iterable[str] = ("ann", "bob", "cleo"),
    registry: Mapping[str, str] | None = None,
    teams: Iterable[Mapping[str, Any]] = (),
    keys: Iterable[str] = (),
    **values: Any,
) -> Governance:
    """Return a governance of six people under `standard`; `keys` are those who can sign."""
    raci = {"kind": "raci", "council": "council", "entries": list(entries)}
    raci["registry"] = registry or {"accountable": "ann", "deputy": "bob"}
    board = {"id": "council", "title": "Council", "members": list(council)}
    found = files(people=EVERYBODY, teams=[board, *teams], raci=raci, **values)
    for number, person in enumerate(found["people"]["people"]):
        if person["id"] in set(keys):
            person["keys"] = [{"key": key(number)}]
    return Governance.of(found)


def check(governance: Governance, *subjects: Subject, **asked: frozenset[str]) -> Coverage:
    return prove(
        (*(subjects or (SPEED,)), *FILES), governance, asked={f"source:{one}": who for one, who in asked.items()}
    )


def cells(found: Coverage, area: str) -> dict[str, str]:
    (row,) = (row for row in found.rows if row.area == area)
    return {key: cell.standing.value for key, cell in row.cells.items()}


def the(found: Coverage, standing: Standing, area: str = "crm") -> Weakness:
    (one,) = (one for one in found.weaknesses if one.standing is standing and area in one.areas)
    return one


CRM = {"match": {"domain": "crm"}, "accountable": "dan", "deputy": "eve", "responsible": ["fay"]}
ALL_OK = {"editorial": "ok", "compatible": "ok", "breaking": "ok", "unknown": "ok"}


def test_enough_people_leave_nothing_to_say() -> None:
    """INV-07: and what is asked for is said of governance as well."""
    found = check(rules([CRM]))
    assert (found.holds, found.weaknesses, found.keyless) == (True, (), {})
    assert cells(found, "crm") == ALL_OK
    assert cells(found, GOVERNANCE_AREA) == {"governance": "ok"}
    assert found.governance == "2 of the council needed, 3 can"
    assert (found.definitions, found.authors, found.preset) == (1, 6, "standard")


def test_who_is_accountable_and_away_keeps_changes_waiting() -> None:
    """A deputy decides where the accountable wrote the change or has left; that is no weakness, and is said."""
    (row, _) = check(rules([CRM])).rows
    assert {key: cell.waits for key, cell in row.cells.items()} == {
        "editorial": (),
        "compatible": ("dan",),
        "breaking": ("dan",),
        "unknown": ("dan",),
    }
    team = {"id": "crm-team", "title": "CRM", "members": ["dan", "eve"]}
    (row, _) = check(rules([CRM | {"accountable": "crm-team"}], teams=[team])).rows
    assert not any(cell.waits for cell in row.cells.values())


def test_nobody_with_rights_is_a_gap() -> None:
    """INV-07: nobody behind any name that could decide."""
    found = check(rules([CRM | {"accountable": "dan"}], council=("ann",), left=("ann", "bob", "cleo", "dan", "eve")))
    words, gap = (one for one in found.weaknesses if "crm" in one.areas)
    assert not found.holds
    assert (gap.cause, gap.authors, gap.gone, gap.definitions) == (Cause.NOBODY, (), (), ("metric:routing_speed",))
    assert (words.classes, gap.classes) == (("editorial",), ("compatible", "breaking", "unknown"))
    assert "nobody with rights is behind dan, eve, ann, bob, council" in gap.says
    assert gap.says.startswith("nobody can approve it")
    assert gap.who == "nobody: governance cannot be changed either, so mend that first"
    assert "raci.yaml" in gap.mend or "council" in gap.mend
    assert the(found, Standing.GAP, GOVERNANCE_AREA).until == "no change can pass there"
    assert found.governance == "the council is empty"


def test_a_quorum_that_cannot_be_reached_is_a_gap() -> None:
    """INV-06, INV-07: more people than there are."""
    found = check(rules([CRM], policy={"classes": {"breaking": {"council": 4}}}))
    gap = the(found, Standing.GAP)
    assert (gap.cause, gap.classes) == (Cause.QUORUM, ("breaking",))
    assert "it needs the accountable and 4 of the council (5 different people)" in gap.says
    assert "of the council only ann, bob, cleo can" in gap.says
    assert gap.until == "only editorial, compatible and unknown changes can pass there"
    assert gap.who == "anybody can propose it; 2 people of the council must agree (ann, bob, cleo)"
    assert "policy.yaml" in gap.mend


def test_the_only_approver_as_author_is_a_deadlock() -> None:
    """INV-05: once that person writes it, nobody can."""
    found = check(rules([CRM], council=("ann",)))
    stuck = the(found, Standing.DEADLOCK)
    assert not found.holds
    assert cells(found, "crm") == ALL_OK | {"breaking": "deadlock", "unknown": "deadlock"}
    assert (stuck.authors, stuck.classes, stuck.cause) == (("ann",), ("breaking", "unknown"), Cause.NOBODY)
    assert stuck.says.startswith("once ann writes it, nobody can approve it: it needs the accountable and 1 of the co")
    assert stuck.until == "what others write can pass"
    assert the(found, Standing.DEADLOCK, GOVERNANCE_AREA).authors == ("ann",)


def test_one_person_without_whom_nobody_can() -> None:
    """INV-06: people are counted, and here each of them is needed, whoever writes it."""
    one = the(check(team_of(3, "standard")), Standing.ONE_PERSON)
    assert (one.gone, one.authors, one.classes) == (("p1", "p2", "p3"), (), ("breaking", "unknown"))
    assert one.says.startswith("while p1, p2 or p3 is away, nobody can approve it: it needs the accountable and 1")


def test_an_accountable_without_a_deputy_is_one_person() -> None:
    """While they are on holiday nobody can; wider levels decide only where somebody has left or wrote it."""
    entry = {"match": {"domain": "crm"}, "accountable": "dan"}
    found = check(rules([entry]))
    one = the(found, Standing.ONE_PERSON)
    assert found.holds
    assert (one.gone, one.authors, one.classes) == (("dan",), (), tuple(ALL_OK))
    assert one.says == "while dan is away, nobody can approve it: no deputy is there to stand in (domain crm)"
    assert one.mend == "name a deputy, or a team as accountable, in governance/raci.yaml, domain crm"
    gone = check(rules([entry | {"deputy": "eve"}], left=("eve",)))
    assert the(gone, Standing.ONE_PERSON).gone == ("dan",), "a deputy who has left is none"
    free = check(rules([entry | {"responsible": ["fay", "eve"]}]))
    assert cells(free, "crm")["editorial"] == "ok", "a responsible person is enough there"


def test_two_people_depend_on_each_other() -> None:
    """INV-05: with one gone, the other is left alone with their own change."""
    found = check(team_of(2, "small"))
    assert found.holds
    assert cells(found, "crm") == dict.fromkeys(ALL_OK, "one_person")
    one = the(found, Standing.ONE_PERSON)
    assert (one.gone, one.classes) == (("p1", "p2"), tuple(ALL_OK))
    assert one.until == "everything can pass while all are there"


def test_what_needs_two_absences_is_told_apart() -> None:
    """Somebody writes it and somebody else is gone: named, and no weakness."""
    found = check(rules([CRM], council=("ann", "bob")))
    assert cells(found, "crm") == ALL_OK
    assert {(one.gone, one.authors) for one in found.pairs} >= {(("ann",), ("bob",)), (("bob",), ("ann",))}


def test_an_identity_that_nothing_attests_yet() -> None:
    """INV-60: where the policy asks for host or server, that is said, for its classes and those of its scopes."""
    assert check(rules([CRM])).unattested == {}
    asked = {
        "classes": {"breaking": {"identity": "host"}, "compatible": {"identity": "signed"}},
        "scopes": [{"match": {"domain": "crm"}, "classes": {"editorial": {"identity": "server"}}}],
    }
    found = check(rules([CRM], policy=asked, keys=("dan", "eve", "fay", "ann", "bob", "cleo")))
    assert found.unattested == {"server": ("editorial",), "host": ("breaking",)}
    assert check(rules([CRM], policy={"preset": "regulated"})).unattested["host"] == (
        "editorial",
        "compatible",
        "breaking",
        "unknown",
        "governance",
    )


def test_people_without_a_key_where_signatures_are_asked_for() -> None:
    """INV-60: they are named, and where they are all there is, it is a gap for that reason."""
    signed = {"classes": {"compatible": {"identity": "signed"}}}
    found = check(rules([CRM], policy=signed, keys=("dan", "eve", "fay", "bob", "cleo")))
    assert (found.holds, found.keyless) == (True, {})
    lacking = check(rules([CRM], policy=signed, keys=("dan", "ann", "bob")))
    assert lacking.keyless == {"signed": ("eve",)}, "ann and bob can sign, and nobody asks cleo or fay to"
    bare = check(rules([CRM], policy=signed))
    gap = the(bare, Standing.GAP)
    assert (gap.cause, gap.classes) == (Cause.IDENTITY, ("compatible",))
    assert "identity signed is asked for and dan, eve cannot give it" in gap.says
    assert "a key" in gap.mend
    some = check(rules([CRM], policy=signed, keys=("dan",)))
    stuck = the(some, Standing.DEADLOCK)
    assert (stuck.authors, stuck.cause) == (("dan",), Cause.IDENTITY)


def test_two_of_a_team_are_told_apart_by_their_keys() -> None:
    """INV-60: the one with a key can approve what the other writes, and not the other way round."""
    team = {"id": "crm-team", "title": "CRM", "members": ["dan", "eve"]}
    signed = {"classes": {"compatible": {"identity": "signed"}}}
    entry = {"match": {"domain": "crm"}, "accountable": "crm-team"}
    stuck = the(check(rules([entry], teams=[team], policy=signed, keys=("eve",))), Standing.DEADLOCK)
    assert (stuck.authors, stuck.cause) == (("eve",), Cause.IDENTITY)


def test_entries_that_contradict_each_other_are_a_gap() -> None:
    """INV-07: exactly one accountable decides, or nobody."""
    entries = [
        {"match": {"name": "routing_*"}, "accountable": "dan"},
        {"match": {"name": "*_speed"}, "accountable": "eve"},
    ]
    found = check(rules(entries), SPEED, RATE)
    gap = the(found, Standing.GAP)
    assert (gap.cause, gap.definitions) == (Cause.TIE, ("metric:routing_speed",))
    assert "2 entries of raci.yaml match it by pattern" in gap.says


def test_who_must_answer_and_cannot_is_a_gap() -> None:
    """INV-16, INV-19: silence does not count there, so somebody has to be behind the name."""
    strict = {"classes": {"breaking": {"consulted": "answered"}}}
    by_raci = check(rules([CRM | {"consulted": ["fay"]}], left=("fay",), policy=strict))
    gap = the(by_raci, Standing.GAP)
    assert (gap.cause, gap.classes) == (Cause.ANSWER, ("breaking",))
    assert gap.says.endswith("fay must answer, and nobody who could is behind that name")
    by_file = check(rules([CRM], left=("fay",), policy=strict), Subject(SPEED.id, SPEED.domain, consulted=("fay",)))
    assert the(by_file, Standing.GAP).cause is Cause.ANSWER
    both = {"classes": {"editorial": {"consulted": "answered"}, "breaking": {"consulted": "answered"}}}
    by_lineage = check(rules([CRM], left=("fay",), policy=both), LEADS, leads=frozenset({"fay"}))
    assert cells(by_lineage, "all sources")["editorial"] != "gap", "words ask nobody about what is computed from them"
    assert the(by_lineage, Standing.GAP, "all sources").cause is Cause.ANSWER
    assert check(rules([CRM | {"consulted": ["fay"]}], left=("fay",))).holds, "heard: silence counts"


def test_a_new_definition_is_tried_as_it_is_routed() -> None:
    """Its name and tags do not count, so others may decide about it than about those that are there."""
    entries = [{"match": {"name": "routing_*"}, "accountable": "dan", "deputy": "eve"}]
    entries += [{"match": {"domain": "crm"}, "accountable": "bob"}]
    strict = {"scopes": [{"match": {"name": "new"}, "classes": {"compatible": {"council": 3}}}]}
    found = check(rules(entries, policy=strict))
    gap = the(found, Standing.GAP)
    assert (gap.new, gap.definitions) == (True, ())


def test_solo_approves_itself() -> None:
    found = check(team_of(1, "solo"))
    assert found.holds
    assert found.weaknesses == ()


def test_when_everybody_has_left_nothing_is_proved() -> None:
    """INV-07: no author is left to be tried; that is a gap, not a pass."""
    found = check(rules([CRM], left=EVERYBODY))
    assert not found.holds
    assert set(cells(found, "crm").values()) == {"gap"}


def test_groups_follow_what_routing_looks_at() -> None:
    """A tag or name that no entry mentions does not part two definitions."""
    entries = [
        {"match": {"tag": "booked"}, "accountable": "dan"},
        {"match": {"name": "routing_*"}, "accountable": "eve"},
    ]
    many = [Subject(f"metric:m{number}", "crm", frozenset({f"t{number}"})) for number in range(50)]
    found = group((*many, SPEED, RATE, LEADS, Subject("event:lead_sent")), rules(entries))
    assert sorted(len(one.definitions) for one in found if not one.new) == [1, 1, 1, 1, 50]


# ---------------------------------------------------------------------------------------------------------------------
# The law: grouping, interchangeable people and looking only at who fills a place change nothing.

NAMES = ("p1", "p2", "p3", "p4", "p5")
HOLDERS = st.sampled_from((*NAMES, "council", "team"))
MATCHES = st.sampled_from(
    (
        *({"domain": "crm"}, {"domain": "paid"}, {"kind": "source"}, {"tag": "booked"}, {"tag": "lead"}),
        *({"name": "a_*"}, {"name": "*_b"}, {"name": "a_b"}),
    )
)
SUBJECTS = tuple(
    Subject(f"{kind}:{name}", domain if kind == "metric" else "", frozenset(tags), consulted)
    for kind in ("metric", "source")
    for name, domain, tags, consulted in (
        ("a_b", "crm", {"booked"}, ()),
        ("a_c", "crm", {"lead", "x"}, ("p1",)),
        ("d_b", "paid", {"booked", "lead"}, ("team",)),
        ("e", "paid", set(), ("p5",)),
        ("f", "paid", {"x"}, ()),
    )
)
RULE = st.fixed_dictionaries(
    {},
    optional={
        "council": st.integers(0, 4),
        "approvals": st.integers(0, 3),
        "accountable": st.booleans(),
        "responsible": st.booleans(),
        "identity": st.sampled_from(("claimed", "host", "signed")),
        "consulted": st.sampled_from(("none", "heard", "answered")),
    },
)
ENTRY = st.fixed_dictionaries(
    {"match": MATCHES, "accountable": HOLDERS},
    optional={
        "deputy": HOLDERS,
        "responsible": st.lists(HOLDERS, max_size=2, unique=True),
        "consulted": st.lists(HOLDERS, max_size=2, unique=True),
    },
)
KEYS = st.sampled_from((*ChangeClass, "governance"))


@st.composite
def small_rules(draw: st.DrawFn) -> Governance:
    """Return a governance of at most five people."""
    people = []
    for number, name in enumerate(NAMES[: draw(st.integers(1, 5))]):
        one: dict[str, Any] = {"id": name, "name": name, "status": draw(st.sampled_from(("active",) * 4 + ("left",)))}
        one |= {"login": name} if draw(st.booleans()) else {}
        one |= {"keys": [{"key": key(number)}]} if draw(st.booleans()) else {}
        people.append(one)
    there = [one["id"] for one in people]
    some = st.lists(st.sampled_from(there), unique=True)
    teams = [{"id": name, "title": name, "members": draw(some)} for name in ("council", "team")]
    entries = draw(st.lists(ENTRY, max_size=4))
    scopes = [
        {"match": draw(MATCHES), "classes": draw(st.dictionaries(KEYS, RULE, max_size=2))}
        for _ in range(draw(st.integers(0, 1)))
    ]
    parts = {
        "people": {"kind": "people", "people": people, "teams": teams},
        "raci": {
            "kind": "raci",
            "council": "council",
            "registry": {"accountable": draw(st.sampled_from(there))},
            "entries": entries,
        },
        "policy": {
            "kind": "policy",
            "preset": draw(st.sampled_from(("solo", "small", "standard", "regulated"))),
            "classes": draw(st.dictionaries(KEYS, RULE, max_size=3)),
            "scopes": scopes,
        },
        "metricgov": files()["metricgov"],
    }
    try:
        return Governance.of(parts)
    except DefinitionErrors:
        assume(False)
        raise


def is_stuck(
    subject: Subject, key: ChangeClass, author: str, rules: Governance, *, new: bool, asked: frozenset[str]
) -> bool:
    """Say whether nobody can bring this change to its end, from `who` and from what judging asks of the consulted."""
    roles = who(subject, key, (author,), rules, new=new)
    if roles.gap or roles.tie:
        return True
    if roles.rule.consulted is not Hearing.ANSWERED:
        return False
    more = asked if key not in (ChangeClass.IDENTICAL, ChangeClass.EDITORIAL) and not subject.is_governance else set()
    for name in {*roles.consulted, *more}:
        behind = rules.members(name)
        if behind == {author}:
            continue
        if not [one for one in behind if one != author and rules.can_be(one, roles.rule.identity)]:
            return True
    return False


def is_stuck_without(
    subject: Subject, key: ChangeClass, author: str, gone: str, rules: Governance, *, new: bool, asked: frozenset[str]
) -> bool:
    """Say the same while somebody is away: at the level that decides, a deputy stands in, and no wider level does."""
    left = without(rules, gone)
    if is_stuck(subject, key, author, left, new=new, asked=asked):
        return True
    barred = set() if rules.self_approval else {author}
    roles = who(subject, key, (author,), left, new=new)
    levels, _ = routes(subject, rules, new=new)
    sides = [(rules.members(one.accountable) - barred, rules.members(one.deputy) - barred) for one in levels]
    here = next((one[0] | one[1] for one in sides if one[0] | one[1]), None)
    if here is None or here - {gone}:
        return False
    able = {
        person
        for name in roles.responsible
        for person in left.members(name) - barred
        if left.can_be(person, roles.rule.identity)
    }
    slots = []
    for slot in roles.slots:
        people = {"approval_accountable": frozenset[str](), "approval_responsible": frozenset(able)}
        slots.append(Slot(slot.code, slot.says, people.get(slot.code, slot.people)))
    return None in fill(slots, rules.active)


def brute(
    subject: Subject, key: ChangeClass, rules: Governance, *, new: bool = False, asked: frozenset[str] = frozenset()
) -> tuple[Standing, set[str], set[tuple[str, str]]]:
    """Try every author, and every author with every other person gone."""
    stuck = {one for one in rules.active if is_stuck(subject, key, one, rules, new=new, asked=asked)}
    hinges = {
        (gone, author)
        for author in rules.active - stuck
        for gone in rules.active - {author}
        if is_stuck_without(subject, key, author, gone, rules, new=new, asked=asked)
    }
    if stuck == rules.active:
        return Standing.GAP, stuck, hinges
    whole = [
        gone
        for gone in {gone for gone, _ in hinges}
        if all((gone, author) in hinges for author in rules.active - stuck - {gone})
    ]
    return (Standing.DEADLOCK if stuck else Standing.ONE_PERSON if whole else Standing.OK), stuck, hinges


def told(outcome: Outcome) -> tuple[Standing, set[str], set[tuple[str, str]]]:
    stuck = {author for one in outcome.stuck for author in one.authors}
    hinges = {
        (gone, author) for one in outcome.hinges for gone in one.people for author in one.authors if gone != author
    }
    return outcome.standing, stuck, hinges


@settings(max_examples=100, deadline=None)
@given(
    small_rules(), st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=5, unique_by=lambda one: one.id), HOLDERS
)
def test_it_says_what_trying_everything_says(rules: Governance, subjects: list[Subject], holder: str) -> None:
    """INV-07: standing, authors and people agree with `who` for every definition, class, author and absence."""
    asked = {subjects[0].id: frozenset({holder})}
    prover = Prover(rules)
    groups = group((*subjects, *FILES), rules, asked=asked)
    by_id = {definition: one for one in groups for definition in one.definitions}
    cell: dict[tuple[str, str], list[Standing]] = {}
    for subject in (*subjects, *FILES):
        outcomes = prover.outcomes(by_id[subject.id])
        for kind in (ChangeClass.UNKNOWN,) if subject.is_governance else ChangeClass:
            word = "governance" if subject.is_governance else kind.value
            expected = brute(subject, kind, rules, asked=asked.get(subject.id, frozenset()))
            assert told(outcomes[word]) == expected, (subject, kind)
            cell.setdefault((area_of(subject), word), []).append(expected[0])
    for kind, domain in {(one.kind, one.domain) for one in subjects}:
        new = Subject(f"{kind}:new", domain=domain)
        for one in ChangeClass:
            cell[area_of(new), one.value].append(brute(new, one, rules, new=True)[0])
    found = prove((*subjects, *FILES), rules, asked=asked)
    for row in found.rows:
        for word, one in row.cells.items():
            assert one.standing is max(cell[row.area, word], key=WEIGHT.__getitem__), (row.area, word)
    grave = {one.standing for one in found.weaknesses} & {Standing.GAP, Standing.DEADLOCK}
    assert found.holds is not bool(grave)


def test_the_files_of_governance_stand_for_themselves() -> None:
    (one,) = group(FILES, rules())
    assert (one.area, len(one.definitions)) == (GOVERNANCE_AREA, 4)
    assert isinstance(one, Group)
