"""What an auditor looks at one by one: which events, steps and silences are exceptions, and in which words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from metricgov.app.story import sentence
from metricgov.app.trail import Station, Trail
from metricgov.domain.errors import Problem
from metricgov.domain.report import ExceptionKind, Heard, Unusual
from metricgov.domain.verdict import LateReview
from metricgov.domain.walked import Bypass, Judged
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.requirements import shown
from metricgov.domain.workflow.state import Override
from metricgov.domain.workflow.typed import parse

OF_TYPE: dict[str, ExceptionKind] = {
    "objection_ended": ExceptionKind.OBJECTION_ENDED,
    "warning_accepted": ExceptionKind.WARNING_ACCEPTED,
    "expired": ExceptionKind.EXPIRED,
    "override_called": ExceptionKind.OVERRIDE,
    "override_confirmed": ExceptionKind.OVERRIDE,
    "override_reviewed": ExceptionKind.OVERRIDE,
    "main_rewound": ExceptionKind.REWOUND,
    "redacted": ExceptionKind.REDACTED,
}
"""Events that are exceptions by themselves; types that this version does not write are named for those that do."""

SHORT = 12


def unusual_in(trail: Trail, label: str, heard: Sequence[Heard], step: Judged | None) -> Iterator[Unusual]:
    """Yield the exceptions of one change."""
    for station in trail.stations:
        yield from _of_event(station, label)
    last = trail.stations[-1]
    change, commit = last.state.change, step.commit if step else ""
    yield from late_reviews_in(change, label, last.state.overridden)
    for one in heard:
        if one.late or one.outcome == "timed_out":
            kind = ExceptionKind.LATE_ANSWER if one.late else ExceptionKind.SILENCE
            says = f"{one.who} answered at {one.answered_at}" if one.late else f"{one.who} did not answer"
            yield Unusual(kind, f"{says}; silence counted from {one.due}", one.due, one.who, change, label, commit)


def late_reviews_in(change: str, label: str, override: Override | None) -> Iterator[Unusual]:
    """Yield the review of an override that came later than it was due."""
    reviewed = override.reviewed if override else None
    if override is not None and reviewed is not None and reviewed.at > override.review_due:
        says = f"{reviewed.principal} reviewed the override at {reviewed.at}; it was due at {override.review_due}"
        yield Unusual(ExceptionKind.LATE_REVIEW, says, reviewed.at, reviewed.principal, change, label, seq=reviewed.seq)


def missing_reviews(late: Iterable[LateReview]) -> Iterator[Unusual]:
    """Yield the overrides that nobody has looked at in time."""
    for one in late:
        says = f"the override by {' and '.join(one.people)} was to be reviewed by {one.due}, and nobody has"
        yield Unusual(ExceptionKind.LATE_REVIEW, says, one.due, "", one.change, shown(one.change))


def _of_event(station: Station, label: str) -> Iterator[Unusual]:
    event = station.event
    who, change = event.actor.principal, event.change or ""
    said = sentence(event)
    words = said.says + (f": {said.words}" if said.words else "")
    if station.problem:
        says = f"event {event.seq} had no effect: {station.problem}"
        yield Unusual(ExceptionKind.CONFLICT, says, event.at, who, change, label, seq=event.seq)
    elif event.type in OF_TYPE:
        yield Unusual(OF_TYPE[event.type], words, event.at, who, change, label, seq=event.seq)
    elif getattr(event.payload, "self_approved", False) and event.type == "approved":
        yield Unusual(ExceptionKind.SELF_APPROVAL, words, event.at, who, change, label, seq=event.seq)


def unusual_of_registry(envelopes: Iterable[Envelope]) -> Iterator[Unusual]:
    """Yield the exceptions among events of no change."""
    for envelope in envelopes:
        if envelope.type in OF_TYPE:
            said = sentence(parse(envelope))
            words = said.says + (f": {said.words}" if said.words else "")
            yield Unusual(OF_TYPE[envelope.type], words, envelope.at, envelope.actor.principal, seq=envelope.seq)


def unusual_steps(bypasses: Iterable[Bypass], within: frozenset[str]) -> Iterator[Unusual]:
    """Yield the steps of main that nothing let through, of those within the period."""
    for one in bypasses:
        if one.commit not in within:
            continue
        missing = [
            f"{each.id} ({each.change_class}): {'; '.join(unmet.says for unmet in each.unmet) or 'not covered'}"
            for each in one.definitions
        ]
        missing += [problem.message for problem in one.problems]
        kind = ExceptionKind.OBSERVED if one.observed else ExceptionKind.BYPASS
        says = f"{one.subject or one.commit[:SHORT]}: " + " | ".join(missing)
        yield Unusual(kind, says, one.at, f"{one.author} (git's author)", commit=one.commit, seq=one.seen_by)


def unusual_problems(problems: Iterable[Problem]) -> Iterator[Unusual]:
    """Yield what an audit of the journal and of main reports besides."""
    for one in problems:
        place = str(one.place)
        yield Unusual(ExceptionKind.CONFLICT, f"{place}: {one.message}" if place else one.message)
