"""Reading the journal as an auditor does: its events in sentences, and whether it holds together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypedDict

from metricgov.app.addressing import labels_of
from metricgov.app.delegating import MARKER
from metricgov.app.story import sentence
from metricgov.domain.errors import Problem
from metricgov.domain.views import AuditRow
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.fold import Replay, fold
from metricgov.domain.workflow.overriding import OVERRIDES
from metricgov.domain.workflow.summary import summarise
from metricgov.domain.workflow.typed import Unreadable, parse
from metricgov.ports.index import EventQuery, Lookup
from metricgov.ports.integrity import Integrity
from metricgov.ports.journal import ChangeIds, Journal, JournalHead

EVENT_PLACE = "event "


class Shown(TypedDict):
    """What verifying found, as renderers take it."""

    events: int
    changes: int
    sha256: str
    problems: tuple[Problem, ...]
    first_bad: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What verifying found. `note` says what cannot be known here, "" if nothing; `first_bad` is the first bad seq."""

    head: JournalHead
    changes: int
    problems: tuple[Problem, ...]
    first_bad: int | None
    note: str = ""
    whole: bool = True
    """Whether every byte is what it was; an event that was not possible can stand in a journal that is whole."""
    anchored: int = 0
    anchors: tuple[tuple[int, str, str], ...] = ()
    """Seq, SHA-256 and commit of each place that main vouches for."""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def as_shown(self) -> Shown:
        """Return what every renderer is given."""
        return {
            "events": self.head.seq,
            "changes": self.changes,
            "sha256": self.head.sha256,
            "problems": self.problems,
            "first_bad": self.first_bad,
            "note": self.note,
        }


def audit_log(lookup: Lookup, journal: Journal, ids: ChangeIds, query: EventQuery) -> tuple[AuditRow, ...]:
    """Return events in one line each, newest first, as the journal's readers expect."""
    labels = labels_of(ids.changes())
    known: dict[str, str] = {}
    rows = []
    for envelope in reversed(lookup.events(query)):
        event = parse(envelope)
        change = envelope.change or ""
        if change and change not in known:
            known[change] = summarise(fold(change, journal.events_of(change)).state).definition
        rows.append(
            AuditRow(
                seq=envelope.seq,
                at=envelope.at,
                who=envelope.actor.principal,
                identity=envelope.actor.identity,
                type=envelope.type,
                what=sentence(event).says,
                change=change,
                label=labels.get(change, ""),
                definition=known.get(change, ""),
                sha256=envelope.sha256,
                prev=envelope.prev,
                fault=event.payload.message if isinstance(event.payload, Unreadable) else "",
            )
        )
    return tuple(rows)


def audit_verify(
    integrity: Integrity,
    *,
    expected: tuple[int, str] | None = None,
    beside: Callable[[Envelope], object] = lambda _envelope: None,
) -> Audit:
    """Check every byte, link and marker of the journal, then whether each event was possible where it stands.

    `beside` is shown every event in order, for whoever needs them too.
    """
    replay = Replay(keep_ended=False)

    def take(envelope: Envelope) -> None:
        replay.take(envelope)
        beside(envelope)

    checked = integrity.check(subjects_of=subjects_of, expected=expected, beside=take)
    bad = checked.first_bad or (1 if checked.problems else 0)
    replayed = [one for one in replay.problems if not bad or _seq_of(one) < bad]  # what follows damage proves nothing
    problems = (*checked.problems, *replayed)
    first = [seq for seq in (checked.first_bad, *map(_seq_of, replayed)) if seq]
    tail = checked.anchored < checked.head.seq
    return Audit(
        head=checked.head,
        changes=len(replay.changes),
        problems=problems,
        first_bad=min(first, default=None),
        note="; ".join(
            filter(None, (f"tail not anchored after seq {checked.anchored}" if tail else "", _redacted(replay)))
        ),
        whole=not checked.problems,
        anchored=checked.anchored,
        anchors=checked.anchors,
    )


def _redacted(replay: Replay) -> str:
    """Return how many texts are gone on record, and with which events; "" where none are."""
    found = [one for state in replay.changes.values() for one in state.redactions]
    number = sum(len(one.blobs) for one in found)
    events = ", ".join(str(seq) for seq in sorted(one.seq for one in found))
    return f"{number} {'text' if number == 1 else 'texts'} redacted on record (event {events})" if found else ""


def subjects_of(envelope: Envelope) -> Iterable[str]:
    """Return the definitions that an event makes its change touch, and what an event of no change is about."""
    payload = envelope.payload
    match envelope.type:
        case "delegated" | "delegation_ended":
            return (MARKER,)
        case "override_confirmed":
            return (OVERRIDES,)
        case "change_requested":
            return _texts([payload.get("definition")])
        case "revision_drafted" | "revision_submitted":
            records = payload.get("definitions")
            return (
                _texts([one.get("id") for one in records if isinstance(one, dict)]) if isinstance(records, list) else ()
            )
        case _:
            return ()


def _texts(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(one for one in values if isinstance(one, str))


def _seq_of(problem: Problem) -> int:
    number = problem.place.path.removeprefix(EVENT_PLACE)
    return int(number) if number.isdigit() else 0
