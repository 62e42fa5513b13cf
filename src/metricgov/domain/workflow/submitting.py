"""Deciding on contents: request, decline, create, revise, submit, rebase, revert."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.governance import EffectRule, Hearing
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.admit import next_cycle
from metricgov.domain.workflow.authoring import owed
from metricgov.domain.workflow.blocking import NO_ENGINE
from metricgov.domain.workflow.context import Context, Plan, record
from metricgov.domain.workflow.envelope import Draft
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.hearing import questions
from metricgov.domain.workflow.judge import moved_paths
from metricgov.domain.workflow.requirements import Code, Requirement, shown
from metricgov.domain.workflow.roles import who
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.typed import foresee
from metricgov.domain.workflow.vocabulary import Stage

MOST = 50
"""Definitions that one request may change: what one person can read in one sitting, and then some."""


def request(state: ChangeState, command: c.Request, context: Context) -> Plan:
    """Ask for a change without contents."""
    payload = e.ChangeRequested(
        registry=context.registry,
        target=context.target,
        definition=command.definition,
        why=command.why,
        refs=command.refs,
    )
    return Plan((record(state, context, payload),))


def decline(state: ChangeState, command: c.Decline, context: Context) -> Plan:
    """Say no to a request; for the responsible people, the accountable and the deputy."""
    may: set[str] = set()
    for subject in context.subjects:
        roles = who(subject, ChangeClass.COMPATIBLE, (), context.governance)
        may.update(roles.enders)
        may.update(person for name in roles.responsible for person in context.governance.members(name))
    unmet = _right(context, may, "decline a request for it", "")
    return Plan((record(state, context, e.Declined(reason=command.reason)),), unmet)


def create(state: ChangeState, command: c.Create, context: Context) -> Plan:
    """Begin a change; its contents are a draft or at once the first revision.

    Where somebody asked for it, the change names them, what they referred to and who brings the contents; it has to
    change what they asked about.
    """
    if state.stage is not Stage.REQUESTED:
        return _begin(state, command.claims, context, submit=command.submit)
    claims = command.claims
    taken_up = claims.model_copy(
        update={
            "requested_by": claims.requested_by or state.created_by,
            "implemented_by": claims.implemented_by or context.actor.principal,
            "refs": tuple(dict.fromkeys((*state.refs, *claims.refs))),
        }
    )
    plan = _begin(state, taken_up, context, submit=command.submit)
    if state.definition in {one.id for one in context.contents.definitions}:
        return plan
    says = f"{shown(state.change)} asks for a change of {state.definition}, and these contents do not change it"
    how = "propose them as a change of their own (--another), or change what was asked about"
    return replace(plan, unmet=(*plan.unmet, Requirement(Code.NOT_ALLOWED, says, (), how)))


def revert(state: ChangeState, command: c.Revert, context: Context) -> Plan:
    """Begin a change that undoes an applied one."""
    original = context.other
    if original is None or original.stage is not Stage.APPLIED:
        found = "no change" if original is None else f"{shown(original.change)}, {original.stage}"
        says = f"only an applied change can be reverted, and this is {found}"
        return Plan(unmet=(Requirement(Code.STAGE, says, (), "metricgov change list"),))
    known = {edit.path for edit in original.revisions[-1].edits}
    strange = [edit.path for edit in context.contents.changes.edits if edit.path not in known]
    plan = _begin(state, command.claims, context, submit=command.submit, reverts=original.change)
    if not strange:
        return plan
    says = f"{shown(original.change)} did not touch {', '.join(strange)}"
    return replace(plan, unmet=(*plan.unmet, Requirement(Code.NOT_ALLOWED, says, (), "leave these paths out")))


def revise(state: ChangeState, command: c.Revise, context: Context) -> Plan:
    """New contents or claims: a draft stays a draft, a change in review gets its next revision."""
    if state.stage is Stage.DRAFT:
        return Plan((_drafted(state, command.claims, context),))
    return _submitted(state, command.claims, context)


def submit(state: ChangeState, command: c.Submit, context: Context) -> Plan:
    """Put a draft up for review."""
    plan = _submitted(state, command.claims, context)
    if state.stage is Stage.DRAFT or not plan.drafts:
        return plan
    says = f"{shown(state.change)} is {state.stage.replace('_', ' ')}, not a draft"
    how = f"metricgov revise {shown(state.change)}"
    return Plan(unmet=(Requirement(Code.STAGE, says, (), how), *plan.unmet))


def rebase(state: ChangeState, command: c.Rebase, context: Context) -> Plan:
    """Bring the proposal onto the tip; who only moves the base does not become a contributor (INV-05)."""
    if state.revision is not None and state.stage is not Stage.CONFLICTED and not moved_paths(state, context.contents):
        says = "the target did not move under this change, so there is nothing to rebase"
        return Plan(unmet=(Requirement(Code.NOT_ALLOWED, says, (), f"metricgov change show {shown(state.change)}"),))
    return _submitted(state, command.claims, context, rebased=True)


def _begin(state: ChangeState, claims: c.Claims, context: Context, *, submit: bool, reverts: str | None = None) -> Plan:
    payload = e.ChangeCreated(registry=context.registry, target=context.target, why=claims.why, reverts=reverts)
    created = record(state, context, payload)
    begun = evolve(state, foresee(created, state.last_seq + 1))
    if not submit:
        return Plan((created, _drafted(begun, claims, context)))
    plan = _submitted(begun, claims, context)
    return Plan((created, *plan.drafts), plan.unmet)


def _drafted(state: ChangeState, claims: c.Claims, context: Context) -> Draft:
    payload = e.RevisionDrafted(**_revised(claims, context, _contributors(state, claims, context, rebased=False)))
    return record(state, context, payload, blobs=context.contents.blobs)


def _submitted(state: ChangeState, claims: c.Claims, context: Context, *, rebased: bool = False) -> Plan:
    proposal, now = context.contents, max(context.now, context.not_before)
    contributors = _contributors(state, claims, context, rebased=rebased)
    knowing = replace(state, contributors=state.contributors | frozenset(contributors))
    plans = context.plans(knowing)
    roles = tuple(one for _, one in plans)
    authors = tuple(sorted(knowing.contributors))
    how = (
        f"metricgov {'revise' if state.revisions else 'propose'}{' ' + shown(state.change) if state.revisions else ''}"
    )
    unmet = list(owed(claims, proposal, roles, context.governance, now=now, authors=authors, how=how))
    if not proposal.definitions:
        return Plan(unmet=tuple(unmet))
    if len(proposal.definitions) > MOST:
        says = f"one request changes at most {MOST} definitions, and this one {len(proposal.definitions)}"
        unmet.append(Requirement(Code.TOO_MANY, says, authors, "propose them in parts: name their files"))
    governance, days = context.governance, context.calendar()
    due = days.after(now, governance.consulted_days)
    asked = tuple(
        e.Asked(
            principal=one.principal,
            definitions=one.definitions,
            due=due if one.hearing is Hearing.HEARD else None,
        )
        for one in questions(proposal, plans, context.governance)
    )
    no_engine = not proposal.engine_bound and any(one.rule.effect is EffectRule.IF_ENGINE for one in roles)
    payload = e.RevisionSubmitted(
        **_revised(claims, context, contributors, effect_note=NO_ENGINE if no_engine else ""),
        number=len(state.revisions) + 1,
        cycle=next_cycle(state, proposal.changes.digest),
        asked=asked,
        respond_by=days.after(now, governance.respond_days) if governance.respond_days else None,
        expires=days.after(now, governance.expire_days) if governance.expire_days else None,
        rebased=rebased,
        pure_revert=proposal.purity.pure if proposal.purity else None,
    )
    if _repeats(state, payload):
        says = "contents and claims are those already under review"
        unmet.append(Requirement(Code.NOTHING_CHANGES, says, authors, f"metricgov change show {shown(state.change)}"))
    return Plan((record(state, context, payload, blobs=proposal.blobs),), tuple(unmet))


def _contributors(state: ChangeState, claims: c.Claims, context: Context, *, rebased: bool) -> tuple[str, ...]:
    brought = {*claims.contributors, context.actor.principal}
    if rebased and state.revision is not None:
        after = {edit.path: edit.as_edit().after for edit in state.revision.edits}
        if all(edit.path in after and edit.after == after[edit.path] for edit in context.contents.changes.edits):
            brought = set(claims.contributors)
    return tuple(sorted(brought - {""}))


def _revised(
    claims: c.Claims, context: Context, contributors: Iterable[str], *, effect_note: str = ""
) -> dict[str, object]:
    proposal = context.contents
    accountable = {one.id: roles.accountable for one, roles in reversed(context.plans(_nobody(context)))}
    return {
        "base": proposal.base,
        "edits": tuple(e.Edit.model_validate(edit.as_json()) for edit in proposal.changes.edits),
        "digest": proposal.changes.digest,
        "canonical": proposal.canonical,
        "definitions": tuple(
            e.DefinitionRecord(
                id=one.id,
                path=one.path,
                change_class=one.change_class,
                flags=tuple(sorted(one.flags)),
                version_before=one.version_before,
                version_after=one.version_after,
                accountable=accountable.get(one.id, ""),
            )
            for one in proposal.definitions
        ),
        "change_class": proposal.change_class,
        "rules": proposal.rules,
        "canonicaliser": proposal.canonicaliser,
        "why": claims.why,
        "intent": claims.intent,
        "treatment": claims.treatment,
        "effective_from": claims.effective_from,
        "meaning_unchanged": claims.meaning_unchanged,
        "contributors": tuple(contributors),
        "requested_by": claims.requested_by,
        "implemented_by": claims.implemented_by,
        "refs": claims.refs,
        "effect_note": effect_note,
    }


def _nobody(context: Context) -> ChangeState:
    return ChangeState(change="", registry=context.registry)


def _repeats(state: ChangeState, payload: e.RevisionSubmitted) -> bool:
    last = state.revision
    if last is None or state.stage is Stage.CONFLICTED:
        return False
    bound = {"number", "cycle", "asked", "respond_by", "expires", "rebased", "contributors", "base"}
    return last.model_dump(exclude=bound) == payload.model_dump(exclude=bound)


def _right(context: Context, may: Iterable[str], what: str, how: str) -> tuple[Requirement, ...]:
    people = tuple(sorted(may))
    if context.actor.principal in people:
        return ()
    says = f"{context.actor.principal or 'the program'} may not {what}"
    return (Requirement(Code.RIGHT, says, people, how),)
