"""Who is told of an event, and why them; a table by type of event, over the roles of the change's definitions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from metricgov.domain.notices.notice import GRAVITY, Notice, NoticeKind, Urgency
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow import registry_events as r
from metricgov.domain.workflow.delegations import Delegation
from metricgov.domain.workflow.requirements import Code, shown
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import Roles
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.typed import Event

MENTION = re.compile(r"(?<![\w@./-])@([a-z0-9][a-z0-9_-]*)")
"""`@crm-lead` in a text; an address such as ada@example.com is none."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event with what it takes to know whom it concerns.

    `says` continues the name of whoever did it, `words` are theirs. `before` and `after` are the change around it
    (None: an event of the registry). `roles` are those for its definitions after it, `askable` who answers a request,
    `delegations` those that hold at that second.
    """

    event: Event
    says: str
    words: str
    before: ChangeState | None = None
    after: ChangeState | None = None
    roles: tuple[Roles, ...] = ()
    askable: tuple[str, ...] = ()
    delegations: tuple[Delegation, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One reason to tell one person or team."""

    whom: str
    kind: NoticeKind
    because: str
    asks: str = ""
    until: str = ""
    urgency: Urgency = Urgency.CALM


def notices_of(told: Told, governance: Governance) -> tuple[Notice, ...]:
    """Return whom an event is told to: each person once, for the gravest reason, and never whoever did it."""
    found: dict[str, Call] = {}
    for call in _calls(told, governance):
        for person in sorted(governance.members(call.whom)):
            if person == told.event.actor.principal:
                continue
            known = found.get(person)
            if known is None or GRAVITY[call.kind] > GRAVITY[known.kind]:
                found[person] = replace(call, whom=person)
    return tuple(_notice(told, found[person]) for person in sorted(found))


def _notice(told: Told, call: Call) -> Notice:
    event, state = told.event, told.after
    definition = definition_of(state) if state is not None else ""
    name = definition.partition(":")[2] or "the registry"
    who = event.actor.principal or "metricgov"
    return Notice(
        seq=event.seq,
        at=event.at,
        change=event.change or "",
        definition=definition,
        person=call.whom,
        kind=call.kind,
        urgency=call.urgency,
        headline=f"{name}: {HEADLINES.get(call.kind, '') or f'{who} {told.says}'}",
        says=f"{who} {told.says}",
        because=call.because,
        changed=changed(state),
        words=told.words,
        asks=call.asks,
        until=call.until,
    )


HEADLINES: dict[NoticeKind, str] = {
    NoticeKind.DECIDE: "your decision is asked",
    NoticeKind.ANSWER: "your answer is asked",
}


def changed(state: ChangeState | None) -> str:
    """Return what a change does, as it was recorded: definitions with class and versions, from when, and why."""
    contents = (state.revision or state.draft) if state is not None else None
    if contents is None:
        return ""
    parts = []
    for one in contents.definitions[:SHOWN]:
        step = " → ".join(filter(None, (one.version_before, one.version_after)))
        parts.append(f"{one.id} {step} ({one.change_class})" if step else f"{one.id} ({one.change_class})")
    more = len(contents.definitions) - SHOWN
    said = ", ".join(parts) + (f" and {more} more" if more > 0 else "")
    said += f", from {contents.effective_from}" if contents.effective_from else ""
    said += f", history: {contents.treatment.value.replace('_', ' ')}" if contents.treatment else ""
    return f"{said}. Why: {contents.why}"


SHOWN = 5
"""Definitions that a message names."""


def definition_of(state: ChangeState) -> str:
    """Return the gravest definition of a change, or the one that a request asks about."""
    contents = state.revision or state.draft
    return contents.definitions[0].id if contents is not None and contents.definitions else state.definition


def _calls(told: Told, governance: Governance) -> Iterator[Call]:
    payload, state = told.event.payload, told.after
    if state is None:
        yield from _of_registry(payload, governance)
        return
    match payload:
        case e.ChangeRequested():
            yield from _requested(told, state)
        case e.RevisionSubmitted():
            yield from _submitted(told, state, payload)
        case e.ChangesRequested() | e.Conflicted() | e.Suspended() | e.ApplyAbandoned():
            yield from _authors(state, NoticeKind.REVISE, _mend(payload, shown(state.change)), Urgency.NOW)
        case e.Commented() | e.ThreadResolved() | e.ThreadReopened():
            yield from _talked(told, state, payload.thread)
        case e.Reassigned() | e.Escalated():
            yield from _handed(state, payload)
        case e.Reminded():
            yield from _reminded(state, payload)
        case e.OverrideCalled():
            ask = f"Look at it; a second person has to agree: metricgov override {shown(state.change)} -m WHY"
            for whom in _deciders(told.roles, governance):
                yield Call(whom, NoticeKind.DECIDE, "Your agreement is what it would not wait for.", ask, "", NOW)
            yield from _authors(state, NoticeKind.OWN)
        case e.OverrideConfirmed():
            ask = f"Look at it afterwards: metricgov review-override {shown(state.change)}"
            for whom in _deciders(told.roles, governance):
                because = "It goes ahead without an agreement that was yours to give."
                yield Call(whom, NoticeKind.DECIDE, because, ask, payload.review_due, NOW)
            yield from _authors(state, NoticeKind.OWN)
        case e.Applied() | e.Landed():
            yield from _landed(told, state)
        case e.Rejected() | e.Withdrawn() | e.Superseded() | e.Expired() | e.Declined():
            yield from _authors(state, NoticeKind.OWN)
            yield from _took_part(told, "You took part in it; nothing is asked of you any more.")
        case (
            e.Approved()
            | e.Acknowledged()
            | e.Abstained()
            | e.DecisionWithdrawn()
            | e.ObjectionEnded()
            | e.OverrideReviewed()
            | e.WarningAccepted()
            | e.EffectEvaluated()
            | e.Scheduled()
            | e.Unscheduled()
        ):
            yield from _authors(state, NoticeKind.OWN)
            if isinstance(payload, e.ObjectionEnded):
                yield Call(payload.principal, NoticeKind.FOLLOWED, "It was your objection.", urgency=Urgency.SOON)
        case _:
            return


NOW = Urgency.NOW


def _of_registry(payload: object, governance: Governance) -> Iterator[Call]:
    match payload:
        case r.Delegated():
            because = f"You stand in for {payload.giver} from {payload.starts[:10]} until {payload.ends[:10]}."
            yield Call(payload.to, NoticeKind.FOLLOWED, because, urgency=Urgency.SOON)
            yield Call(payload.giver, NoticeKind.FOLLOWED, "It is your place that is lent.", urgency=Urgency.SOON)
        case r.MainRewound():
            because = "You are on the council, and the main branch lost commits."
            yield Call(governance.raci.council, NoticeKind.FOLLOWED, because, urgency=NOW)
        case _:
            return


def _requested(told: Told, state: ChangeState) -> Iterator[Call]:
    ref, name = shown(state.change), state.definition.partition(":")[2]
    ask = f"Take it up: metricgov edit {name} --request {ref}; or say no: metricgov decline {ref} -m WHY"
    for person in told.askable:
        yield Call(person, NoticeKind.ANSWER, f"{state.definition} is yours.", ask, "", Urgency.SOON)


def _submitted(told: Told, state: ChangeState, payload: e.RevisionSubmitted) -> Iterator[Call]:
    ref = shown(state.change)
    until = payload.respond_by or ""
    decide = f"Approve it, or request changes: metricgov change show {ref}"
    for roles in told.roles:
        for slot in roles.slots:
            for person in sorted(slot.people):
                because = _why_decide(slot.code, slot.says, roles, person)
                yield Call(person, NoticeKind.DECIDE, because, decide, until, Urgency.SOON)
            yield from _lent(told, slot.people, state, decide, until)
        for name in roles.responsible:
            yield Call(name, NoticeKind.FOLLOWED, f"You are responsible for {roles.definition}.")
    for asked in payload.asked:
        about = ", ".join(asked.definitions) or definition_of(state)
        ask = f"Answer: metricgov acknowledge {ref}, or request changes of it"
        because = f"You are consulted about {about}."
        yield Call(asked.principal, NoticeKind.ANSWER, because, ask, asked.due or "", Urgency.SOON)
    for one in state.objections:
        because = f"You asked for changes of revision {one.revision}; this is the answer."
        yield Call(one.principal, NoticeKind.DECIDE, because, decide, until, Urgency.SOON)
    yield from _authors(state, NoticeKind.OWN)


def _why_decide(code: Code, says: str, roles: Roles, person: str) -> str:
    match code:
        case Code.APPROVAL_ACCOUNTABLE:
            return f"You decide about {roles.definition} as {roles.acts_as(person)}."
        case Code.APPROVAL_COUNCIL:
            return f"You are on the council, and it has to agree to this change of {roles.definition}."
        case _:
            return f"Your approval would count for {roles.definition}: {says}."


def _lent(told: Told, people: frozenset[str], state: ChangeState, ask: str, until: str) -> Iterator[Call]:
    """Tell those who stand in for somebody who is asked; whether their word counts is judged, not said here."""
    for one in told.delegations:
        if one.giver in people and one.to not in state.contributors:
            because = f"You stand in for {one.giver} until {one.ends[:10]}."
            yield Call(one.to, NoticeKind.DECIDE, because, ask, until, Urgency.SOON)


def _authors(state: ChangeState, kind: NoticeKind, asks: str = "", urgency: Urgency = Urgency.SOON) -> Iterator[Call]:
    for person in sorted({*state.contributors, state.created_by} - {""}):
        yield Call(person, kind, "It is your change.", asks, "", urgency)


def _mend(payload: object, ref: str) -> str:
    match payload:
        case e.ChangesRequested():
            return f"Answer with new contents or words: metricgov revise {ref}, or metricgov comment {ref}"
        case e.Conflicted():
            return f"Bring it onto today's main branch: metricgov rebase {ref}"
        case e.Suspended():
            return f"See what is missing, and date it again: metricgov change show {ref}"
        case _:
            return f"Look at why, and apply it again: metricgov apply {ref}"


def _talked(told: Told, state: ChangeState, thread: str) -> Iterator[Call]:
    payload = told.event.payload
    if isinstance(payload, e.Commented):
        for person in dict.fromkeys(MENTION.findall(payload.text)):
            yield Call(person, NoticeKind.MENTIONED, "You are mentioned in it.", "", "", Urgency.SOON)
    known = state.thread(thread)
    for person in {one.principal for one in known.remarks} if known else ():
        yield Call(person, NoticeKind.TALK, f"You wrote in thread {thread}.")
    yield from _authors(state, NoticeKind.OWN, urgency=Urgency.CALM)


def _handed(state: ChangeState, payload: e.Reassigned | e.Escalated) -> Iterator[Call]:
    ask = f"Approve it, or request changes: metricgov change show {shown(state.change)}"
    because = f"The decision of {payload.giver} is yours as well now."
    yield Call(payload.to, NoticeKind.DECIDE, because, ask, payload.due or "", Urgency.SOON)
    yield Call(payload.giver, NoticeKind.FOLLOWED, "It was your decision.", urgency=Urgency.SOON)
    yield from _authors(state, NoticeKind.OWN, urgency=Urgency.CALM)


def _reminded(state: ChangeState, payload: e.Reminded) -> Iterator[Call]:
    ref = shown(state.change)
    over = "Your time is over; somebody else may answer now." if payload.passed else "It still waits for you."
    if payload.about == "decide":
        ask = f"Approve it, or request changes: metricgov change show {ref}"
        yield Call(payload.whom, NoticeKind.DECIDE, over, ask, payload.due, NOW)
    else:
        yield Call(payload.whom, NoticeKind.ANSWER, over, f"Answer: metricgov acknowledge {ref}", payload.due, NOW)


def _landed(told: Told, state: ChangeState) -> Iterator[Call]:
    yield from _authors(state, NoticeKind.OWN)
    for roles in told.roles:
        for name in roles.informed:
            yield Call(name, NoticeKind.INFORMED, f"You are informed of {roles.definition}.")
        for name in (roles.accountable, roles.deputy or "", *roles.responsible):
            yield Call(name, NoticeKind.FOLLOWED, f"You answer for {roles.definition}.")
    yield from _took_part(told, "You took part in it.")


def _took_part(told: Told, because: str) -> Iterator[Call]:
    """Tell those who decided or were asked, as the change knew them before it ended."""
    state = told.before or told.after
    if state is None:
        return
    asked = state.revision.asked if state.revision else ()
    for name in dict.fromkeys((*(one.principal for one in state.decisions), *(one.principal for one in asked))):
        yield Call(name, NoticeKind.FOLLOWED, because)


def _deciders(roles: Iterable[Roles], governance: Governance) -> tuple[str, ...]:
    named = {person for one in roles for person in one.approvers} | governance.council
    return tuple(sorted(named))
