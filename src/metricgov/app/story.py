"""What happened, as sentences that continue a name: "approved revision 1"; who and when stand beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from metricgov.app.trail import Station, Trail
from metricgov.domain import time
from metricgov.domain.past_views import StoryLine, StoryNeed
from metricgov.domain.ssh import fingerprint
from metricgov.domain.verdict import Consulted, heard_words
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow import registry_events as r
from metricgov.domain.workflow.needs import Turn, rule_words
from metricgov.domain.workflow.requirements import shown
from metricgov.domain.workflow.typed import Event, Unreadable

SHORT = 12
"""Letters of a commit id that people read."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence without its subject, and the words that the person gave."""

    says: str
    words: str = ""


def story(trail: Trail) -> tuple[StoryLine, ...]:
    """Return one line an event, in order, with what it asked for and what it met.

    Words that only repeat those of the line before are left out, and so are rules that were said already.
    """
    lines: list[StoryLine] = []
    words = ""
    unjudged = ""
    rules: tuple[str, ...] = ()
    for station in trail.stations:
        said = sentence(station.event)
        if isinstance(station.event.payload, e.ChangeCreated) and station.state.definition:
            said = Said(f"took up what {station.state.created_by} asked for", said.words)
        told = _rules(station)
        lines.append(
            StoryLine(
                at=station.event.at,
                who=station.event.actor.principal,
                says=said.says,
                words="" if said.words == words else said.words,
                identity=station.event.actor.identity,
                seq=station.event.seq,
                rules=() if told in ((), rules) else told,
                meanwhile=_turn(station.meanwhile),
                needs=_turn(station.turn),
                left=len(station.judgement.unmet) if station.judgement else 0,
                fault=station.problem or (station.unjudged if station.unjudged != unjudged else ""),
            )
        )
        words, rules, unjudged = said.words, told or rules, station.unjudged
    return tuple(lines)


def _rules(station: Station) -> tuple[str, ...]:
    """Return under which rules a change was judged after an event."""
    roles = station.judgement.roles if station.judgement else ()
    return tuple(dict.fromkeys(rule_words(one) for one in roles))


def _turn(turn: Turn) -> tuple[StoryNeed, ...]:
    return (
        *(StoryNeed(one.says, one.who, one.end.value, one.code) for one in turn.went),
        *(StoryNeed(one.says, one.who, code=one.code) for one in turn.came),
    )


def sentence(event: Event) -> Said:
    """Return what an event says; of one that cannot be read, that it cannot."""
    payload = event.payload
    if isinstance(payload, Unreadable):
        return Said(f"{event.type.replace('_', ' ')} (cannot be read: {payload.message})")
    if isinstance(payload, e.Decided):
        return _decided(payload)
    if isinstance(payload, e.Revised):
        return _revised(payload)
    return _other(payload)


def _decided(payload: e.Decided) -> Said:
    on = f"revision {payload.revision}"
    if payload.definitions:
        on += f", only {_some(payload.definitions)}"
    on += f" for {payload.on_behalf_of}" if payload.on_behalf_of else ""
    match payload:
        case e.Approved(self_approved=True):
            return Said(f"approved {on}, their own", payload.reason)
        case e.Approved():
            return Said(f"approved {on}", payload.reason)
        case e.ChangesRequested():
            return Said(f"requested changes of {on}", payload.reason)
        case e.Rejected():
            return Said(f"rejected {on}", payload.reason)
        case e.Acknowledged():
            return Said(f"answered about {on}", payload.reason)
        case e.Abstained():
            return Said(f"abstained on {on}", payload.reason)
        case e.DecisionWithdrawn():
            return Said(f"took back their decision on {on}", payload.reason)
        case e.OverrideCalled():
            return Said(
                f"called for an override of {on}: it shall not wait for the agreements it lacks", payload.reason
            )
        case e.OverrideConfirmed(review_due=due):
            return Said(f"confirmed the override of {on}, to be reviewed by {time.spoken(due)}", payload.reason)
        case e.OverrideReviewed(revert=None):
            return Said(f"reviewed the override of {on} and kept it", payload.reason)
        case e.OverrideReviewed(revert=str(reverting)):
            return Said(f"reviewed the override of {on} and reverts it by {shown(reverting)}", payload.reason)
        case e.WarningAccepted(warning=warning, metric=metric, evidence=evidence):
            return Said(f"accepted warning {warning} about {metric} of the effect {evidence[:SHORT]}", payload.reason)
        case e.ObjectionEnded():
            return Said(f"ended the objection of {payload.principal} to {on}", payload.reason)
        case _:
            return Said(f"decided on {on}", payload.reason)


def _revised(payload: e.Revised) -> Said:
    about = f"{payload.change_class}: {_some([one.id for one in payload.definitions])}"
    if isinstance(payload, e.RevisionSubmitted):
        verb = "rebased the change as" if payload.rebased else "submitted"
        asked = f"; asked {_some([one.principal for one in payload.asked])}" if payload.asked else ""
        pure = "; every definition reads as before (pure revert)" if payload.pure_revert else ""
        return Said(f"{verb} revision {payload.number} ({about}){asked}{pure}", payload.why)
    return Said(f"kept a draft ({about})", payload.why)


def _other(payload: Any) -> Said:
    match payload:
        case e.ChangeRequested():
            return Said(f"asked for a change of {payload.definition}", payload.why)
        case e.ChangeCreated(reverts=None):
            return Said("created the change", payload.why)
        case e.ChangeCreated(reverts=str(reverted)):
            return Said(f"created the change, which reverts {shown(reverted)}", payload.why)
        case e.Commented():
            where = payload.field or payload.path
            return Said("commented" + (f" on {where}" if where else "") + f" in thread {payload.thread}", payload.text)
        case e.ThreadResolved():
            return Said(f"resolved thread {payload.thread}")
        case e.ThreadReopened():
            return Said(f"reopened thread {payload.thread}")
        case e.EffectEvaluated(blocks=()):
            return Said("computed the effect", payload.says)
        case e.EffectEvaluated(blocks=blocks):
            stops = _some([f"{one.id} {one.metric}" for one in blocks])
            return Said(f"computed the effect, which stops the change ({stops})", payload.says)
        case e.Withdrawn():
            return Said("withdrew the change", payload.reason)
        case e.Declined():
            return Said("declined the request", payload.reason)
        case e.Superseded():
            return Said(f"superseded it by {shown(payload.by)}", payload.reason)
        case e.Redacted():
            number = len(payload.blobs)
            digests = _some([one[:SHORT] for one in payload.blobs])
            return Said(f"redacted {number} {'text' if number == 1 else 'texts'} ({digests})", payload.reason)
        case e.Conflicted():
            return Said(f"found a conflict: main moved under {_some(payload.paths)}")
        case e.Reassigned():
            return Said(f"handed the place of {payload.giver} to {payload.to}{_until(payload.due)}", payload.reason)
        case e.Escalated():
            until = _until(payload.due)
            return Said(f"let {payload.to} decide as well, because {payload.giver} had not answered in time{until}")
        case e.Reminded():
            what = "to decide" if payload.about == "decide" else "to answer"
            since = f", due since {time.spoken(payload.due)}" if payload.passed else _until(payload.due)
            return Said(f"reminded {payload.whom} {what}{since}")
        case e.Notified():
            return Said(f"told {payload.whom} of event {payload.event} (over {payload.channel})")
        case e.ApplyStarted():
            heard = "; ".join(_heard(one) for one in payload.consulted)
            by = " by override" if payload.override else ""
            said = f"began to apply revision {payload.revision}{by} onto {payload.onto[:SHORT]}"
            return Said(said + (f"; consulted: {heard}" if heard else ""))
        case e.Applied():
            return Said(f"applied it as {payload.commit[:SHORT]}")
        case e.Scheduled():
            return Said(f"scheduled revision {payload.revision} for {time.spoken(payload.due)}", payload.reason)
        case e.Unscheduled():
            return Said("took its date back", payload.reason)
        case e.Suspended():
            return Said(f"suspended it when it came due, because of {_some(payload.unmet)}")
        case e.TimesCorrected():
            return Said(f"put on record that event {payload.first} and those after it were dated ahead", payload.reason)
        case e.Expired():
            return Said(f"ended the change: it was still open on {time.spoken(payload.due)}")
        case e.ApplyAbandoned():
            return Said("abandoned the attempt to apply", payload.reason)
        case e.Landed(covered=False):
            return Said(f"found its contents on main as {payload.commit[:SHORT]}, not approved at that step")
        case e.Landed(override=True):
            return Said(f"found its contents on main as {payload.commit[:SHORT]}, by override")
        case e.Landed():
            return Said(f"found its contents on main as {payload.commit[:SHORT]}")
        case _:
            return _of_the_registry(payload)


def _until(due: str | None) -> str:
    return f", until {time.spoken(due)}" if due else ""


def _heard(one: e.Heard) -> str:
    """Return how somebody was heard, by whom and when (INV-16)."""
    return heard_words(Consulted(one.principal, one.outcome, one.by or "", one.at or "", one.due or ""))


def _of_the_registry(payload: Any) -> Said:
    match payload:
        case r.RegistryCreated():
            return Said(f"began the journal of registry {payload.registry} for {payload.target}")
        case r.Baseline():
            number = len(payload.entries)
            return Said(f"accepted {number} {'file' if number == 1 else 'files'} as found (baseline)", payload.reason)
        case r.MainMoved():
            return Said(f"found main moved to {payload.after[:SHORT]}")
        case r.Delegated():
            keys = payload.match.keys() if payload.match else ()
            about = f"{keys[0]} {getattr(payload.match, keys[0])}" if keys else "everything"
            period = f"from {time.spoken(payload.starts)} until {time.spoken(payload.ends)}"
            return Said(f"let {payload.to} stand in for {payload.giver} about {about} {period}", payload.reason)
        case r.DelegationEnded():
            return Said(f"ended the delegation dlg-{payload.id[-6:].lower()}", payload.reason)
        case r.MainRewound():
            return Said(f"found main rewound to {payload.after[:SHORT]}", payload.reason)
        case r.KeyProved():
            return Said(f"showed that {payload.principal} holds the key {fingerprint(payload.key)}")
        case r.ClockCorrected():
            return Said(f"corrected the clock: events from {payload.first} on were dated ahead", payload.reason)
        case r.WorkflowWritten():
            return Said(f"wrote {payload.path} beside the journal ({payload.sha256[:SHORT]})")
        case _:
            return Said(type(payload).__name__.lower())


def _some(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
