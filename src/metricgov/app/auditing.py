"""Reading the journal as an auditor does: its events in sentences, and whether it holds together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypedDict

from metricgov.app.access import Access
from metricgov.app.addressing import Labels
from metricgov.app.delegating import MARKER
from metricgov.app.story import sentence
from metricgov.domain import time
from metricgov.domain.errors import BadInput, Problem
from metricgov.domain.past_views import AuditRow
from metricgov.domain.workflow.decide import SKEW
from metricgov.domain.workflow.delegations import replayed
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.fold import RegistryState, Replay, fold
from metricgov.domain.workflow.overriding import OVERRIDES
from metricgov.domain.workflow.summary import summarise
from metricgov.domain.workflow.typed import Unreadable, parse
from metricgov.ports.index import EventQuery, Lookup
from metricgov.ports.integrity import Checked, Integrity, Point
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
    since: int
    ahead: int


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
    since: int = 0
    """The last event that was not checked."""
    ahead: int = 0
    """The first event that is dated ahead of now and that nobody has put right; 0 without one."""

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
            "since": self.since,
            "ahead": self.ahead,
        }


def audit_log(lookup: Lookup, journal: Journal, ids: ChangeIds, query: EventQuery) -> tuple[AuditRow, ...]:
    """Return events in one line each, newest first, as the journal's readers expect."""
    labels = Labels(ids.changes())
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
    now: str = "",
) -> Audit:
    """Check every byte, link and marker of the journal, then whether each event was possible where it stands.

    `beside` is shown every event in order, for whoever needs them too. With `now` (UTC in seconds), events that are
    dated later are singled out; they are no fault.
    """
    replay = Replay(keep_ended=False)

    def take(envelope: Envelope) -> None:
        replay.take(envelope)
        beside(envelope)

    return _concluded(integrity.check(subjects_of=subjects_of, expected=expected, beside=take), replay, now=now)


def audit_verify_since(
    integrity: Integrity, access: Access, *, seq: int, expected: tuple[int, str] | None = None, now: str = ""
) -> Audit:
    """Check what came after an event, at a cost of what came; the changes it touched are folded from their beginning.

    `access` is to the record alone. BadInput where `expected` lies before what is checked.
    """
    point = integrity.point(seq)
    if expected is not None and expected[0] < point.head.seq:
        says = f"event {expected[0]} lies before event {point.head.seq}, where this check begins"
        raise BadInput("expected_unchecked", says, hint=f"--since {expected[0]}, or without --since")
    journal, replay = access.journal, resumed(point, access)

    def take(envelope: Envelope) -> None:
        if envelope.change and envelope.change not in replay.changes:
            before = [one for one in journal.events_of(envelope.change) if one.seq <= point.head.seq]
            replay.changes[envelope.change] = fold(envelope.change, before).state
        replay.take(envelope)

    checked = integrity.check(subjects_of=subjects_of, expected=expected, beside=take, since=point)
    return _concluded(checked, replay, since=point.head.seq, now=now)


def resumed(point: Point, access: Access) -> Replay:
    """Return a replay that stands at a point: what the registry's events came to by then, and no change yet."""
    if not point.head.seq:
        return Replay(keep_ended=False)
    own = [one for one in access.journal.about(MARKER) if one.seq <= point.head.seq]
    state = RegistryState(
        registry=access.registry,
        target=access.target,
        main=point.head.main,
        delegations=replayed(map(parse, own)),
        last_seq=point.head.seq,
        last_at=point.at,
    )
    return Replay(registry=state, last_at=point.at, keep_ended=False, times=[(point.head.seq, point.at)])


def _concluded(checked: Checked, replay: Replay, *, since: int = 0, now: str = "") -> Audit:
    """Return what both found: the bytes, and whether each event was possible."""
    bad = checked.first_bad or (1 if checked.problems else 0)
    sound = [one for one in replay.problems if not bad or _seq_of(one) < bad]  # what follows damage proves nothing
    problems = (*checked.problems, *sound)
    first = [seq for seq in (checked.first_bad, *map(_seq_of, sound)) if seq]
    tail = checked.anchored < checked.head.seq
    return Audit(
        head=checked.head,
        changes=len(replay.changes),
        problems=problems,
        first_bad=min(first, default=None),
        note="; ".join(filter(None, (_tail(checked, since) if tail else "", _redacted(replay)))),
        whole=not checked.problems,
        anchored=checked.anchored,
        anchors=checked.anchors,
        since=since,
        ahead=replay.ahead(later(now)) if now else 0,
    )


def later(now: str) -> str:
    """Return the last second that an event may be dated, seen from now: clocks differ a little."""
    return time.to_text(time.from_text(now) + SKEW)


def _tail(checked: Checked, since: int) -> str:
    known = "" if not since or checked.anchored > since else ", which you trust"
    return f"tail not anchored after seq {checked.anchored}{known}"


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
