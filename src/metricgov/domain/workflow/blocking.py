"""What the effect of a change holds against it: a record that is stale, and warnings that nobody has ruled on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from metricgov.domain.definitions.governance import EffectRule
from metricgov.domain.workflow.envelope import RANK, Identity
from metricgov.domain.workflow.events import Blocked
from metricgov.domain.workflow.proposal import Proposal, Touched
from metricgov.domain.workflow.requirements import Code, Requirement, doubted
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import Roles, who
from metricgov.domain.workflow.state import Acceptance, ChangeState, Evaluated

NO_ENGINE = "effect not evaluated: no engine"
"""The sentence that stands in for an effect where no engine is bound; shown to every approver."""

WARNINGS = tuple(f"W{number:02}" for number in range(1, 22))
"""Every warning that an effect can carry; docs/concepts/effects.md says what each means."""

TARGETS = "W09"
"""The warning about numbers that a metric is judged by: moving them in the same change meets it too."""

Plans = Iterable[tuple[Touched, Roles]]


@dataclass(frozen=True, slots=True)
class Rulers:
    """Who may let a metric's warnings pass, and how surely they have to be known."""

    people: frozenset[str]
    identity: Identity


def effect_of(
    state: ChangeState, proposal: Proposal, plans: Plans, governance: Governance, ref: str
) -> Iterator[Requirement]:
    """Yield what is missing about the effect: that there is one, that it still holds, rulings on what it blocks."""
    revision = state.revision
    assert revision is not None
    plans = tuple(plans)
    authors = tuple(sorted(state.contributors))
    asks = {roles.rule.effect for _, roles in plans}
    asked = EffectRule.ALWAYS in asks or (EffectRule.IF_ENGINE in asks and proposal.engine_bound)
    effect, how = state.effect, f"metricgov effect {ref}"
    if effect is None:
        if asked:
            says = "the effect of these contents on the numbers has not been computed"
            yield Requirement(Code.EFFECT, says, authors, how)
        elif EffectRule.IF_ENGINE in asks and not revision.effect_note:
            says = f"the record does not say `{NO_ENGINE}`"
            yield Requirement(Code.EFFECT, says, authors, f"metricgov revise {ref}")
        return
    if asked and proposal.effect_differs:
        says = f"the effect on record is no longer that of this change: {'; '.join(proposal.effect_differs)}"
        yield Requirement(Code.EFFECT_STALE, says, authors, how)
    for block in effect.blocks:
        rulers = rulers_of(block.metric, state, proposal, plans, governance)
        given = [one for one in state.accepted if _about(one, block, effect)]
        if any(rules(one, rulers, governance) for one in given):
            continue
        says = f"{block.id} {block.metric}: {block.says}"
        if given:
            names = ", ".join(f"{one.principal}{doubted(one.doubt)}" for one in given)
            says += f" ({names} accepted it, who may not or is not known as {rulers.identity})"
        step = f"metricgov accept-warning {ref} {block.id} --metric {block.metric} -m WHY; or other contents: "
        on_targets = block.id == TARGETS
        step += f"metricgov revise {ref}" + (" --rebase-targets" if on_targets else "")
        code = Code.TARGETS if on_targets else Code.EFFECT_BLOCKED
        able = rulers.people | state.contributors if on_targets else rulers.people
        yield Requirement(code, says, tuple(sorted(able)), step, (f"metric:{block.metric}",))


def accepted(
    state: ChangeState, proposal: Proposal, plans: Plans, governance: Governance
) -> tuple[tuple[Blocked, Acceptance], ...]:
    """Return the warnings of the newest effect that somebody let pass who may, each with the ruling that counts."""
    effect, plans = state.effect, tuple(plans)
    found = []
    for block in effect.blocks if effect else ():
        rulers = rulers_of(block.metric, state, proposal, plans, governance)
        given = (one for one in state.accepted if effect and _about(one, block, effect))
        counting = next((one for one in given if rules(one, rulers, governance)), None)
        found += [(block, counting)] if counting else []
    return tuple(found)


def rulers_of(metric: str, state: ChangeState, proposal: Proposal, plans: Plans, governance: Governance) -> Rulers:
    """Return who may rule on a metric: its accountable or deputy, or one of the council, and nobody who contributed.

    Where everybody approves what they write themselves (preset solo), they rule on it as well.
    """
    definition = f"metric:{metric}"
    plans = tuple(plans)
    barred = frozenset() if governance.self_approval else state.contributors
    roles = [one for touched, one in plans if touched.id == definition]
    if not roles:
        classes = proposal.change_class
        roles = [
            who(one, classes, state.contributors, governance) for one in proposal.dependants if one.id == definition
        ]
    people = governance.council | frozenset(person for one in roles for person in one.enders)
    least = max(
        (one.rule.identity for one in roles or [one for _, one in plans]),
        key=RANK.__getitem__,
        default=Identity.CLAIMED,
    )
    return Rulers(frozenset(one for one in people - barred if governance.can_be(one, least)), least)


def rules(one: Acceptance, rulers: Rulers, governance: Governance) -> bool:
    """Say whether a ruling counts: of somebody who may, with rights today, known as surely as asked."""
    known = governance.person(one.principal) is not None and RANK[one.identity] >= RANK[rulers.identity]
    return known and one.principal in rulers.people


def accepted_words(rulings: Iterable[tuple[Blocked, Acceptance]]) -> Iterator[str]:
    """Yield each warning that was let pass in a sentence, with who let it pass and why."""
    for block, one in rulings:
        yield f"{block.id} {block.metric} ({block.says}) accepted by {one.principal}: {one.reason}"


def _about(one: Acceptance, block: Blocked, effect: Evaluated) -> bool:
    return (one.evidence, one.metric, one.warning) == (effect.evidence, block.metric, block.id)


def blocks_by(effect: Evaluated | None) -> Mapping[str, tuple[Blocked, ...]]:
    """Return the blocking warnings of an effect by their id."""
    found: dict[str, tuple[Blocked, ...]] = {}
    for block in effect.blocks if effect else ():
        found[block.id] = (*found.get(block.id, ()), block)
    return found
