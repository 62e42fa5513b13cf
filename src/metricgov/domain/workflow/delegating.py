"""Deciding on delegations: who may let whom answer in whose name; what that lets them answer is judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from metricgov.domain.definitions.governance import Match
from metricgov.domain.definitions.kinds import Kind
from metricgov.domain.errors import BadInput
from metricgov.domain.workflow import registry_events as r
from metricgov.domain.workflow.context import Context
from metricgov.domain.workflow.delegations import SUBJECT, Delegation
from metricgov.domain.workflow.envelope import Draft
from metricgov.domain.workflow.payload import Payload
from metricgov.domain.workflow.requirements import Code, RefusedUnmet, Requirement
from metricgov.domain.workflow.statement import lending
from metricgov.domain.workflow.typed import TYPE_OF

KEYS = ("name", "domain", "kind", "tag")


def scope_of(text: str) -> Match | None:
    """Read `name:…`, `domain:…`, `kind:…` or `tag:…`, "" for everything; BadInput for anything else."""
    if not text:
        return None
    key, _, value = text.partition(":")
    hint = "for example: --scope domain:crm_handoff, name:routing_*, kind:source, tag:board_report"
    if key not in KEYS or not value:
        raise BadInput("bad_scope", f"`{text}` is not a scope", hint=hint)
    if key == "kind" and value not in set(Kind):
        raise BadInput("bad_scope", f"`{value}` is not a kind of definition", hint=f"one of {', '.join(Kind)}")
    try:
        return Match.model_validate({key: value})
    except ValueError as error:
        raise BadInput("bad_scope", f"`{value}` is not a {key}", hint=hint) from error


def delegate(payload: r.Delegated, context: Context) -> Draft:
    """Return the event that lets `to` fill places of `from`; RefusedUnmet with everything that stands against it."""
    actor, governance = context.actor, context.governance
    unmet = [*_people(payload, context)]
    if actor.principal != payload.giver and actor.principal not in governance.council:
        says = f"{actor.principal or 'the program'} may not give away places of {payload.giver}"
        who = tuple(sorted({payload.giver, *governance.council}))
        unmet.append(Requirement(Code.RIGHT, says, who, f"{payload.giver} does it, or one of the council for them"))
    if payload.giver == payload.to:
        unmet.append(Requirement(Code.DELEGATION, "nobody stands in for themself", (), "--to somebody else"))
    elif actor.principal == payload.to:
        says = f"{actor.principal} cannot take a place of {payload.giver} for themself"
        who = tuple(sorted({payload.giver, *governance.council} - {payload.to}))
        unmet.append(Requirement(Code.DELEGATION, says, who, f"{payload.giver} does it, or another of the council"))
    if unmet:
        raise RefusedUnmet(f"delegate {payload.giver} to {payload.to}: refused", unmet)
    return replace(_draft(payload, context), statement=lending(payload, actor.principal, context.registry))


def end_delegation(one: Delegation, payload: r.DelegationEnded, context: Context) -> Draft | None:
    """Return the event that ends a delegation, None where it has ended; for giver, receiver, and the council."""
    if one.ended_seq or one.ends < max(context.now, context.not_before):
        return None
    may = enders(one, context.governance.council)
    if context.actor.principal not in may:
        says = f"{context.actor.principal or 'the program'} may not end it"
        raise RefusedUnmet("end the delegation: refused", [Requirement(Code.RIGHT, says, tuple(sorted(may)))])
    return _draft(payload, context)


def enders(one: Delegation, council: frozenset[str]) -> frozenset[str]:
    """Return who may end a delegation: who gave it, who has it, who recorded it, the council."""
    return frozenset({one.giver, one.to, one.principal}) | council


def known(text: str, delegations: Sequence[Delegation]) -> Delegation:
    """Return the delegation that a text names, by id or the letters shown; BadInput for none or several."""
    word = text.strip().lower().removeprefix("dlg-")
    found = [one for one in delegations if word and one.id.lower().endswith(word)]
    if len(found) != 1:
        what = "more than one delegation" if found else "no delegation"
        raise BadInput("delegation_unknown", f"`{text}` names {what}", hint="run: metricgov delegate --list")
    return found[0]


def _people(payload: r.Delegated, context: Context) -> Iterator[Requirement]:
    for person in dict.fromkeys((context.actor.principal, payload.giver, payload.to)):
        if context.governance.person(person) is None:
            says = f"{person or 'the program'} is not a person with rights in governance/people.yaml"
            yield Requirement(Code.PRINCIPAL, says, (), "name somebody who is there, and not a team")


def _draft(payload: Payload, context: Context) -> Draft:
    return Draft(
        change=None,
        type=TYPE_OF[type(payload)],
        actor=context.actor,
        at=max(context.now, context.not_before),
        payload=payload.as_json(),
        main=context.main,
        subjects=(SUBJECT,),
    )
