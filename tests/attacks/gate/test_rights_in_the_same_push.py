"""Rights that a push brings along for a change in it: people, roles, policy, settings and keys, one by one (INV-09).

Each attack is tried in one commit and in two, and refused by the gate and by the second verifier. Where the same files
stand on main beforehand, the same words are enough: so it is the base that refuses, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from attacks.gate.forging import forged_answer, forged_approval
from integration.gate.gate_world import (
    FASTER,
    FILES,
    MAIN,
    PEOPLE,
    POLICY,
    RACI,
    SETTINGS,
    World,
    both,
    codes,
    edited,
    lines,
    make,
    verdict_of,
)
from metricgov.domain.verdict import Verdict

COUNCIL = "members: [head-of-marketing, analytics-lead, data-lead]"
MALLORY = "  - {id: mallory, name: mallory, email: mallory@example.com}\nteams:\n"
FORMER = "  - {id: former-lead, name: former-lead, email: former-lead@example.com, status: left}\nteams:\n"
WITH_FORMER = FILES[PEOPLE].replace("teams:\n", FORMER).replace(COUNCIL, COUNCIL.replace("]", ", former-lead]"))
CRM_LEAD = "    accountable: crm-lead\n    deputy: crm-deputy\n"
BREAKING = "enforce: block\nclasses:\n  breaking: {accountable: true, council: 0}\n"


@dataclass(frozen=True)
class Attack:
    """Files of governance that come along, whose words they are to make enough, and what the base still misses."""

    path: str
    text: bytes
    people: tuple[str, ...]
    missing: str
    author: str = "ops-lead"
    heard: str = "sales-lead"
    before: Mapping[str, str] = field(default_factory=dict)
    helps: bool = True


def council(*people: str) -> tuple[str, str]:
    return COUNCIL, f"members: [{', '.join(people)}]"


ATTACKS = {
    "an accomplice on the council": Attack(
        PEOPLE, edited(PEOPLE, council("data-lead", "growth-lead")), ("crm-lead", "growth-lead"), "approval_council"
    ),
    "somebody new on the council": Attack(
        PEOPLE,
        edited(PEOPLE, ("teams:\n", MALLORY), council("data-lead", "mallory")),
        ("crm-lead", "mallory"),
        "approval_council",
    ),
    "somebody who left, back again": Attack(
        PEOPLE,
        edited(PEOPLE, (", status: left", ""), text=WITH_FORMER),
        ("crm-lead", "former-lead"),
        "approval_council",
        before={PEOPLE: WITH_FORMER},
    ),
    "an accomplice in the consulted team": Attack(
        PEOPLE,
        edited(PEOPLE, ("members: [sales-lead]", "members: [sales-lead, growth-lead]")),
        ("crm-lead", "data-lead"),
        "consulted",
        heard="growth-lead",
    ),
    "an address of one's own for somebody else": Attack(
        PEOPLE,
        edited(PEOPLE, ("data-lead@example.com", "mallory@example.com")),
        ("crm-lead",),
        "approval_council",
        helps=False,
    ),
    "an accomplice as accountable": Attack(
        RACI,
        edited(RACI, (CRM_LEAD, CRM_LEAD.replace("crm-lead", "growth-lead"))),
        ("growth-lead", "data-lead"),
        "approval_accountable",
    ),
    "oneself as deputy": Attack(
        RACI,
        edited(RACI, (CRM_LEAD, CRM_LEAD.replace("crm-deputy", "growth-lead"))),
        ("growth-lead", "data-lead"),
        "approval_accountable",
        author="crm-lead",
    ),
    "another council": Attack(
        RACI,
        edited(RACI, ("council: metrics-council", "council: growth-lead")),
        ("crm-lead", "growth-lead"),
        "approval_council",
    ),
    "nobody to consult": Attack(
        RACI,
        edited(RACI, ("    consulted: [sales]\n", "")),
        ("crm-lead", "data-lead"),
        "consulted",
        heard="",
    ),
    "a milder rule": Attack(POLICY, edited(POLICY, ("enforce: block\n", BREAKING)), ("crm-lead",), "approval_council"),
    "a milder preset": Attack(
        POLICY, edited(POLICY, ("preset: standard", "preset: small")), ("crm-deputy",), "approval_accountable"
    ),
    "one's own approval": Attack(
        POLICY, edited(POLICY, ("preset: standard", "preset: solo")), ("ops-lead",), "approval_accountable"
    ),
    "a policy that only watches": Attack(
        POLICY,
        edited(POLICY, ("enforce: block", "enforce: observe"), ("domain: content", "domain: elsewhere")),
        (),
        "approval_accountable",
        helps=False,
    ),
    "another registry": Attack(
        SETTINGS, edited(SETTINGS, ("7b0f9a52", "8b0f9a52")), ("crm-lead",), "approval_council", helps=False
    ),
}


@pytest.mark.parametrize("commits", [1, 2], ids=["one commit", "two commits"])
@pytest.mark.parametrize("name", ATTACKS)
def test_what_comes_along_gives_no_rights(world: World, tmp_path: Path, name: str, commits: int) -> None:
    """INV-09, INV-08: who may agree is read from the base, and governance needs the council of the base."""
    attack = ATTACKS[name]
    if attack.before:
        world = make(tmp_path / "before", files={**FILES, **attack.before})
    change = agreed(world, attack)
    rules: dict[str, bytes | None] = {attack.path: attack.text}
    if commits == 2:
        world.branch(rules)
        head = world.branch(world.contents(change))
    else:
        head = world.branch(both(rules, world.contents(change)))
    report = world.gate(head)
    assert report.verdict is Verdict.BLOCKED, lines(report)
    speed = verdict_of(report, "metric:routing_speed")
    assert attack.missing in {one.code for one in speed.unmet}, lines(report)
    kind = attack.path.rpartition("/")[2].removesuffix(".yaml")
    assert "approval_council" in {one.code for one in verdict_of(report, f"governance:{kind}").unmet}
    world.close()


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.helps])
def test_on_the_base_it_would_have_been_enough(world: World, tmp_path: Path, name: str) -> None:
    """INV-09: so it is the base that tells, and the attack above is one."""
    attack = ATTACKS[name]
    if attack.before:
        world = make(tmp_path / "before", files={**FILES, **attack.before})
    change = agreed(world, attack)
    contents = world.contents(change)
    world.push({attack.path: attack.text})
    report = world.gate(world.branch(contents))
    assert report.verdict is Verdict.PASS, lines(report)
    world.close()


def agreed(world: World, attack: Attack) -> str:
    """Propose a change and write down the words that the attack relies on, past the program."""
    change = world.propose(FASTER, attack.author)
    if attack.heard:
        forged_answer(world, change, attack.heard)
    for person in attack.people:
        forged_approval(world, change, person)
    return change


def test_a_journal_of_ones_own(world: World) -> None:
    """INV-09: the base says which branch is the journal; the one that the push names holds every approval."""
    change = world.propose(FASTER)
    contents, true = world.contents(change), world.git("rev-parse", "metricgov/journal")
    world.agree(change)
    world.close()
    world.git("update-ref", "refs/heads/metricgov/mine", "refs/heads/metricgov/journal")
    world.git("update-ref", "refs/heads/metricgov/journal", true)
    settings = edited(SETTINGS, ("journal: metricgov/journal", "journal: metricgov/mine"))
    report = world.gate(world.branch(both(contents, {SETTINGS: settings})))
    assert report.verdict is Verdict.BLOCKED
    assert {"approval_accountable", "approval_council"} <= codes(report), lines(report)


def test_a_target_of_ones_own(approved: World, faster: str) -> None:
    """INV-02: what was agreed for another branch counts for nothing on this one."""
    world, contents = approved, approved.contents(faster)
    world.close()
    record = world.git("show", "metricgov/journal:registry.json")
    blob = world.git("hash-object", "-w", "--stdin", stdin=record.replace(MAIN, "refs/heads/other").encode())
    world.git("read-tree", "metricgov/journal")
    world.git("update-index", "--cacheinfo", f"100644,{blob},registry.json")
    message = world.git("log", "-1", "--format=%B", "metricgov/journal").encode()
    tip = world.git("commit-tree", "-p", "metricgov/journal", world.git("write-tree"), stdin=message)
    world.git("read-tree", "HEAD")
    world.git("update-ref", "refs/heads/metricgov/journal", tip)
    head = world.branch(contents)
    report = world.gate(head)
    assert report.verdict is Verdict.BLOCKED, lines(report)
