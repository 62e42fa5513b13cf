"""Each event as one sentence for people; how sentences are laid out lives in the renderers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.views import AuditRow, StoryLine
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.requirements import shown

Label = Callable[[str], str]
"""Gives the short form of a change id."""


def tell(event: e.Event, *, label: Label = shown) -> StoryLine:
    """Return an event as a line of its change's story; what cannot be read says so and why."""
    if isinstance(event.payload, e.Unreadable):
        says, words = f"left an event that cannot be read: {event.payload.message}", ""
    else:
        says, words = _SENTENCES[type(event.payload)](event.payload, label)
    return StoryLine(event.at, event.actor.principal, says, words, event.actor.identity)


def story(events: Iterable[e.Event], *, label: Label = shown) -> tuple[StoryLine, ...]:
    """Return the story of a change, in the order of its events."""
    return tuple(tell(event, label=label) for event in events)


def audit_row(envelope: Envelope, *, label: Label = shown, fault: str = "", digest: bool = True) -> AuditRow:
    """Return an event of the journal as a row of the audit log; `digest=False` spares the hashing of long lists."""
    event = e.parse(envelope)
    return AuditRow(
        seq=envelope.seq,
        at=envelope.at,
        who=envelope.actor.principal,
        identity=envelope.actor.identity,
        type=envelope.type,
        what=tell(event, label=label).says,
        change=envelope.change or "",
        label=label(envelope.change) if envelope.change else "",
        definition=_subject(event),
        sha256=envelope.sha256 if digest else "",
        prev=envelope.prev,
        fault=fault or (event.payload.code if isinstance(event.payload, e.Unreadable) else ""),
    )


def _subject(event: e.Event) -> str:
    match event.payload:
        case e.Revised(definitions=(first, *_)):
            return first.id
        case e.ChangeRequested(definition=definition):
            return definition
        case _:
            return ""


def _classed(change_class: ChangeClass) -> str:
    grave = change_class in (ChangeClass.BREAKING, ChangeClass.UNKNOWN)
    return change_class.value.upper() if grave else change_class.value


def _named(record: e.DefinitionRecord) -> str:
    before, after = record.version_before or "", record.version_after or ""
    step = f" {before} → {after}" if before and after and before != after else f" {after or before}".rstrip()
    return record.id + step


def _contents(payload: e.Revised) -> str:
    named = ", ".join(_named(record) for record in payload.definitions[:3])
    more = f" and {len(payload.definitions) - 3} more" if len(payload.definitions) > 3 else ""
    return f"{_classed(payload.change_class)}: {named}{more}" if named else _classed(payload.change_class)


def _submitted(payload: e.RevisionSubmitted, _: Label) -> tuple[str, str]:
    verb = "rebased it as" if payload.rebased else "submitted"
    asked = ", ".join(f"{one.principal} by {one.due[:10]}" if one.due else one.principal for one in payload.asked)
    return f"{verb} revision {payload.number}, {_contents(payload)}" + (
        f"; asked {asked}" if asked else ""
    ), payload.why


def _created(payload: e.ChangeCreated, label: Label) -> tuple[str, str]:
    return "began it" + (f", to revert {label(payload.reverts)}" if payload.reverts else ""), payload.why


def _decided(verb: str) -> Callable[[e.Decided, Label], tuple[str, str]]:
    def says(payload: e.Decided, _: Label) -> tuple[str, str]:
        return f"{verb} revision {payload.revision}", payload.reason

    return says


def _approved(payload: e.Approved, _: Label) -> tuple[str, str]:
    own = ", as one of its authors" if payload.self_approved else ""
    return f"approved revision {payload.revision}{own}", payload.reason


def _objection_ended(payload: e.ObjectionEnded, _: Label) -> tuple[str, str]:
    return f"ended the objection of {payload.principal}", payload.reason


def _override_confirmed(payload: e.OverrideConfirmed, _: Label) -> tuple[str, str]:
    says = f"confirmed the OVERRIDE of revision {payload.revision}; its review is due by {payload.review_due[:10]}"
    return says, payload.reason


def _override_reviewed(payload: e.OverrideReviewed, label: Label) -> tuple[str, str]:
    end = f"and reverts it by {label(payload.revert)}" if payload.revert else "and kept it"
    return f"reviewed the override of revision {payload.revision} {end}", payload.reason


def _commented(payload: e.Commented, _: Label) -> tuple[str, str]:
    return "commented" + (f" on {payload.field}" if payload.field else ""), payload.text


def _started(payload: e.ApplyStarted, _: Label) -> tuple[str, str]:
    agreed = ", ".join(one.principal for one in payload.approvals)
    heard = ", ".join(f"{one.principal} {one.outcome.replace('_', ' ')}" for one in payload.consulted)
    parts = [f"agreed: {agreed}" if agreed else "", f"consulted: {heard}" if heard else ""]
    parts.append("self-approved" if payload.self_approved else "")
    parts.append("by OVERRIDE" if payload.override else "")
    said = "; ".join(part for part in parts if part)
    return f"began to apply revision {payload.revision}" + (f" ({said})" if said else ""), ""


def _landed(payload: e.Landed, _: Label) -> tuple[str, str]:
    rights = "with every agreement it needed" if payload.covered else "WITHOUT the agreements it needed"
    rights = "by OVERRIDE" if payload.covered and payload.override else rights
    return f"found revision {payload.revision} on the target as {payload.commit[:7]}, {rights}", ""


def _conflicted(payload: e.Conflicted, _: Label) -> tuple[str, str]:
    return f"found that the target moved under {', '.join(payload.paths)}", ""


def _baseline(payload: e.Baseline, _: Label) -> tuple[str, str]:
    return f"accepted {len(payload.entries):,} files as found (baseline, not approved)", payload.reason


def _moved(payload: e.MainMoved, _: Label) -> tuple[str, str]:
    return f"found the target at {payload.after[:7]}", ""


def _rewound(payload: e.MainRewound, _: Label) -> tuple[str, str]:
    return f"found the target REWOUND to {payload.after[:7]}", payload.reason


_SENTENCES: Mapping[type[e.Payload], Callable[..., tuple[str, str]]] = {
    e.ChangeRequested: lambda p, _: (f"asked for a change of {p.definition}", p.why),
    e.ChangeCreated: _created,
    e.RevisionDrafted: lambda p, _: (f"kept a draft, {_contents(p)}", p.why),
    e.RevisionSubmitted: _submitted,
    e.Approved: _approved,
    e.ChangesRequested: _decided("asked for changes of"),
    e.Rejected: _decided("rejected"),
    e.Acknowledged: _decided("acknowledged"),
    e.Abstained: _decided("abstained on"),
    e.DecisionWithdrawn: _decided("withdrew the own decision on"),
    e.ObjectionEnded: _objection_ended,
    e.OverrideCalled: _decided("called for an OVERRIDE of"),
    e.OverrideConfirmed: _override_confirmed,
    e.OverrideReviewed: _override_reviewed,
    e.Commented: _commented,
    e.ThreadResolved: lambda p, _: (f"resolved thread {p.thread}", ""),
    e.ThreadReopened: lambda p, _: (f"reopened thread {p.thread}", ""),
    e.EffectEvaluated: lambda p, _: ("evaluated the effect", p.says),
    e.Withdrawn: lambda p, _: ("withdrew the change", p.reason),
    e.Declined: lambda p, _: ("declined the request", p.reason),
    e.Superseded: lambda p, label: (f"replaced it by {label(p.by)}", p.reason),
    e.Conflicted: _conflicted,
    e.ApplyStarted: _started,
    e.Applied: lambda p, _: (f"applied it as {p.commit[:7]}", ""),
    e.ApplyAbandoned: lambda p, _: ("gave up applying it", p.reason),
    e.Landed: _landed,
    e.RegistryCreated: lambda p, _: (f"began the journal of registry {p.registry}", ""),
    e.Baseline: _baseline,
    e.MainMoved: _moved,
    e.MainRewound: _rewound,
}
