"""Deciding on effects: putting one on record, and letting a warning of it pass; what they hold back is for judge.py."""

from __future__ import annotations

from metricgov.domain.digest import sha256_hex
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.blocking import WARNINGS, blocks_by, rulers_of
from metricgov.domain.workflow.context import Context, Plan, record
from metricgov.domain.workflow.requirements import Code, Requirement, shown
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.verdicts import too_weak


def record_effect(state: ChangeState, command: c.RecordEffect, context: Context) -> Plan:
    """Record that the effect of exactly these contents was computed; () where that very evidence is on record."""
    evidence = sha256_hex(command.evidence)
    payload = e.EffectEvaluated(
        digest=command.digest,
        evidence=evidence,
        says=command.says,
        basis=command.basis or None,
        engine=command.engine,
        settings=command.settings or None,
        methods=command.methods,
        read=command.read,
        blocks=command.blocks,
        links=command.links,
    )
    last = state.effect
    if last is not None and (last.digest, last.evidence, last.basis) == (command.digest, evidence, command.basis):
        return Plan()
    return Plan((record(state, context, payload, blobs={evidence: command.evidence}),))


def accept_warning(state: ChangeState, command: c.AcceptWarning, context: Context) -> Plan:
    """Let a change pass in spite of a warning of its newest effect.

    For the accountable or deputy of the metric, and the council; it holds for exactly that evidence.
    """
    ref, person, effect = shown(state.change), context.actor.principal, state.effect
    found = blocks_by(effect).get(command.warning, ())
    meant = [one for one in found if command.metric in ("", one.metric)]
    if effect is None or len(meant) != 1:
        return Plan(unmet=(_unclear(state, command, [one.metric for one in found]),))
    (block,) = meant
    plans = context.plans(state)
    rulers = rulers_of(block.metric, state, context.contents, plans, context.governance)
    unmet: list[Requirement] = []
    if person not in rulers.people:
        says = f"{person or 'the program'} may not rule on a warning about {block.metric}"
        if person in state.contributors:
            says += ": who contributed does not rule on their own change"
        unmet.append(Requirement(Code.RIGHT, says, tuple(sorted(rulers.people)), f"metricgov comment {ref} -m TEXT"))
    else:
        unmet += too_weak(context, rulers.identity, "accept it")
    payload = e.WarningAccepted(
        revision=len(state.revisions) or 1,
        cycle=state.cycle or 1,
        digest=state.digest or "0" * 64,
        reason=command.reason,
        evidence=effect.evidence,
        metric=block.metric,
        warning=block.id,
    )
    stood = [one for one in state.accepted if (one.evidence, one.metric, one.warning) == _named(payload)]
    if not unmet and any((one.principal, one.reason) == (person, command.reason) for one in stood):
        return Plan()
    return Plan((record(state, context, payload),), tuple(unmet), tuple(sorted(rulers.people)))


def _named(payload: e.WarningAccepted) -> tuple[str, str, str]:
    return payload.evidence, payload.metric, payload.warning


def _unclear(state: ChangeState, command: c.AcceptWarning, metrics: list[str]) -> Requirement:
    """Return why nobody can tell which warning is meant."""
    ref, named = shown(state.change), blocks_by(state.effect)
    if state.effect is None:
        return Requirement(Code.NOT_ALLOWED, "no effect of these contents is on record", (), f"metricgov effect {ref}")
    if metrics and command.metric:
        says = f"{command.warning} does not stop {command.metric}; it stops {', '.join(metrics)}"
        return Requirement(Code.NOT_ALLOWED, says, (), f"name one of them: --metric {metrics[0]}")
    if metrics:
        says = f"{command.warning} stops {len(metrics)} metrics: {', '.join(metrics)}; each is ruled on by itself"
        return Requirement(Code.NOT_ALLOWED, says, (), f"name one: --metric {metrics[0]}")
    stopping = ", ".join(sorted(named)) or "no warning"
    says = f"{command.warning} stops nothing here; what does: {stopping}"
    if command.warning not in WARNINGS:
        known = f"{WARNINGS[0]} to {WARNINGS[-1]}"
        says = f"there is no warning {command.warning}, only {known}; what stops this change: {stopping}"
    return Requirement(Code.NOT_ALLOWED, says, (), f"metricgov change show {ref}")
