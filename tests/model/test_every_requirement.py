"""Every code of a requirement holds something back: without it a law of a small world fails, or one change lands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from metricgov.domain.changes.findings import Flag
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.blocking import TARGETS
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.events import Blocked
from metricgov.domain.workflow.judge import judge
from metricgov.domain.workflow.proposal import Proposal, Subject
from metricgov.domain.workflow.requirements import Code, RefusedUnmet
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.state import Correction, Evaluated, Remark, Thread, absent
from metricgov.domain.workflow.vocabulary import Treatment
from model.agreeing import COUNCIL, DATING, GOVERNANCE, SAID, raci
from model.apart import ANN, BEA, CEM, CLOCK, DUE_TICK, PEOPLE
from model.beginnings import BEGINNINGS
from model.effects import EFFECTS
from model.emergencies import EMERGENCIES
from model.exploring import World, begun, remembering
from model.handing_on import STANDING_IN
from model.test_guards import DISCUSSING, _judged_without, caught, ready
from unit.workflow.world import CHANGE, REGISTRY, TARGET, governance, proposal, touched

DAN = "dan"
POLICY = Subject("governance:policy")


@pytest.fixture(autouse=True)
def _remembering() -> Iterator[None]:
    with remembering():
        yield


def lands(
    *,
    contents: dict[str, Any] | None = None,
    each: dict[str, Any] | None = None,
    said: dict[str, Any] | None = None,
    rules: Governance = GOVERNANCE,
    **state: Any,
) -> bool:
    """Say whether a change that everybody agreed to may be applied, with one thing about it otherwise."""
    node = ready()
    proposed: Proposal = DATING.contents("old", "x")
    if each:
        proposed = replace(proposed, definitions=tuple(replace(one, **each) for one in proposed.definitions))
    if said:
        state["revisions"] = (node.state.revisions[-1].model_copy(update=said),)
    judgement = judge(
        replace(node.state, **state),
        replace(proposed, **(contents or {})),
        rules,
        now=CLOCK[DUE_TICK],
        registry=REGISTRY,
        target=TARGET,
    )
    return judgement.allowed


def ruled(*, left: tuple[str, ...] = (), entries: tuple[dict[str, Any], ...] = (), **rule: Any) -> Governance:
    """Return the governance of these worlds with another rule for breaking changes, and other entries."""
    parts = raci()
    parts["entries"] = [*parts["entries"], *entries]
    policy = {"classes": {"breaking": rule}} if rule else {}
    return governance(people=(*PEOPLE, DAN), left=left, teams=COUNCIL, raci=parts, policy=policy)


def asking(principal: str) -> Governance:
    """Return a governance in which somebody who has left must answer."""
    rules = {"classes": {"breaking": {"consulted": "answered"}}}
    parts = raci(consulted=[principal])
    return governance(people=(*PEOPLE, DAN), left=(DAN,), teams=COUNCIL, raci=parts, policy=rules)


def of_governance(**contents: Any) -> bool:
    definitions = (touched(subject=POLICY, path="governance/policy.yaml"),)
    return lands(contents={"definitions": definitions, "governance_after": GOVERNANCE} | contents)


def taken(command: c.Command, actor: str, *, world: World = DATING, begun_: bool = True, **values: Any) -> bool:
    """Say whether a command is taken, with one thing about its context otherwise."""
    node = begun(world, SAID) if begun_ else world.first()
    state = node.state if begun_ else absent(CHANGE)
    try:
        return bool(decide(state, command, replace(world.context("old", "x", 0, actor), **values)))
    except RefusedUnmet:
        return False


def many() -> Proposal:
    return proposal(
        *(touched(subject=Subject(f"metric:m{n}", domain="one"), path=f"metrics/one/m{n}.yaml") for n in range(51))
    )


def weakly_known() -> bool:
    node = begun(DATING, SAID)
    rules = governance(
        people=PEOPLE, teams=COUNCIL, raci=raci(), policy={"classes": {"breaking": {"identity": "signed"}}}, keys=True
    )
    return taken(c.Approve(seen=node.seen), BEA, governance=rules)


def evaluated(*blocks: Blocked) -> tuple[Evaluated, ...]:
    """Return an effect of the contents that everybody agreed to."""
    digest = ready().state.digest
    return (Evaluated(digest, "e" * 64, "", "duckdb", "", 1, (), blocks, 1, CLOCK[0]),)


def corrected(principal: str) -> tuple[Correction, ...]:
    """Return a correction of the clock by somebody; nothing but who it was can be wrong with it."""
    return (Correction(principal=principal, identity=Identity.CLAIMED, at=CLOCK[0], seq=1, first=1),)


OPENED = (Thread("t1", "", "", (Remark(ANN, "why?", 1, CLOCK[0]),)),)
THIRD = (Subject("metric:third", domain="three"),)

OF_CONTENTS: dict[Code, Callable[[], bool]] = {
    Code.APPROVAL_RESPONSIBLE: lambda: lands(rules=ruled(accountable=False, council=0, responsible=True), decisions=()),
    Code.APPROVAL_FURTHER: lambda: lands(rules=ruled(accountable=False, council=0, approvals=1), decisions=()),
    Code.DEPENDANT: lambda: lands(
        contents={"dependants": THIRD}, rules=ruled(entries=({"match": {"domain": "three"}, "accountable": DAN},))
    ),
    Code.INTENT: lambda: lands(said={"intent": None}),
    Code.TREATMENT: lambda: lands(said={"treatment": None, "effective_from": CLOCK[DUE_TICK][:10]}),
    Code.EFFECTIVE_DATE: lambda: lands(said={"effective_from": None}),
    Code.EFFECTIVE_DATE_PASSED: lambda: lands(said={"treatment": Treatment.BREAK, "effective_from": "2026-07-01"}),
    Code.STALE_TEXT: lambda: lands(each={"flags": frozenset({Flag.STALE_TEXT})}),
    Code.THREADS: lambda: lands(rules=ruled(threads=True), threads=OPENED),
    Code.TICKET: lambda: lands(rules=ruled(ticket=True)),
    Code.VERSION_STEP: lambda: lands(each={"version_after": "1.0.1", "version_due": "2.0.0"}),
    Code.NEVER_ALLOWED: lambda: lands(each={"blocked_by": ("a name that was another's",)}),
    Code.REGISTRY: lambda: lands(registry="elsewhere"),
    Code.NOTHING_CHANGES: lambda: lands(contents={"definitions": ()}),
    Code.TOO_MANY: lambda: taken(
        c.Create(change=CHANGE, claims=SAID), ANN, world=BEGINNINGS, begun_=False, proposal=many()
    ),
    Code.GOVERNANCE_MIXED: lambda: lands(
        contents={
            "definitions": (*DATING.definitions, touched(subject=POLICY, path="governance/policy.yaml")),
            "governance_after": GOVERNANCE,
        }
    ),
    Code.GOVERNANCE_LOCKED: lambda: of_governance(governance_after=ruled(left=(BEA, CEM))),
    Code.GOVERNANCE_INVALID: lambda: of_governance(governance_after=None, governance_problems=("not YAML",)),
    Code.FILE_INVALID: lambda: lands(contents={"file_problems": ("a key twice",)}),
    Code.NOBODY_CAN_ANSWER: lambda: lands(rules=asking(DAN)),
    Code.RACI_TIE: lambda: lands(
        rules=ruled(entries=tuple({"match": {"name": name}, "accountable": BEA} for name in ("fir*", "f*t")))
    ),
    Code.IDENTITY: weakly_known,
    Code.CLOCK: lambda: lands(corrections=corrected(ANN)),
    Code.TARGETS: lambda: lands(
        effects=evaluated(Blocked(metric="first", id=TARGETS, code="targets", says="35 to 31"))
    ),
}
"""What a change can lack that no order of commands brings about, each alone: whether it is let through."""

OF_ORDER: dict[Code, World] = {
    Code.APPROVAL_ACCOUNTABLE: STANDING_IN,
    Code.APPROVAL_COUNCIL: EMERGENCIES,
    Code.CONSULTED: STANDING_IN,
    Code.OBJECTION: DATING,
    Code.NOT_YET_EFFECTIVE: DATING,
    Code.NOT_YET_DUE: DATING,
    Code.DUE_PASSED: DATING,
    Code.SUSPENDED: DATING,
    Code.FROZEN: DATING,
    Code.EFFECT: EFFECTS,
    Code.EFFECT_STALE: EFFECTS,
    Code.EFFECT_BLOCKED: EFFECTS,
    Code.DIGEST: EFFECTS,
    Code.BASE_MOVED: DATING,
    Code.STAGE: DATING,
    Code.OVERRIDE: EMERGENCIES,
    Code.OVERRIDE_REVIEW_OVERDUE: BEGINNINGS,
    Code.NOBODY_CAN_APPROVE: DATING,
    Code.PRINCIPAL: DATING,
    Code.RIGHT: DISCUSSING,
    Code.DELEGATION: STANDING_IN,
    Code.NOT_ALLOWED: BEGINNINGS,
}
"""The world in which a law fails once nobody knows a requirement."""


def test_a_correction_by_the_council_holds_nothing_back() -> None:
    assert lands(corrections=corrected(BEA))


def test_every_requirement_has_a_mutant() -> None:
    """INV-07, INV-17: whoever adds a code says where it is held to the laws, or this turns red."""
    assert OF_CONTENTS.keys() | OF_ORDER.keys() == set(Code)
    assert not OF_CONTENTS.keys() & OF_ORDER.keys()


@pytest.mark.parametrize("code", OF_ORDER)
def test_without_a_requirement_a_law_fails(code: Code) -> None:
    """INV-08: the exploration sees that nobody asks for it any more."""
    assert caught(OF_ORDER[code], _judged_without(code))


@pytest.mark.parametrize("code", OF_CONTENTS)
def test_only_this_requirement_holds_a_change_back(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-08: a change that lacks one thing does not land, and lands once nobody asks for it."""
    assert lands()
    assert not OF_CONTENTS[code]()
    _judged_without(code)(monkeypatch)
    assert OF_CONTENTS[code]()
