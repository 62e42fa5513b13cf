"""Every event of the journal as a flat row; what an event says is only what the journal held up to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from metricgov.app.lookup import passes
from metricgov.app.story import sentence
from metricgov.domain.exported import ExportRow
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.typed import Event, Unreadable, parse
from metricgov.ports.index import EventQuery
from metricgov.ports.journal import Journal


def export(journal: Journal, query: EventQuery) -> Iterator[ExportRow]:
    """Yield matching events in order of seq; the same journal gives the same rows, and a longer one the same first."""
    rows = _rows(_every(journal, query), query)
    return iter(deque(rows, maxlen=query.last)) if query.last else rows


def _every(journal: Journal, query: EventQuery) -> Iterable[Envelope]:
    """Return the events among which the matching ones are, each change from its first event on."""
    if query.changes is None:
        return journal.events()
    return sorted((one for change in query.changes for one in journal.events_of(change)), key=lambda one: one.seq)


@dataclass(frozen=True, slots=True)
class _Contents:
    """What a change proposes after one of its events."""

    definitions: tuple[str, ...] = ()
    change_class: str = ""


def _rows(envelopes: Iterable[Envelope], query: EventQuery) -> Iterator[ExportRow]:
    known: dict[str, _Contents] = {}
    for envelope in envelopes:
        event = parse(envelope)
        contents = _Contents()
        if envelope.change:
            contents = known[envelope.change] = _after(known.get(envelope.change, contents), event)
        if passes(envelope, query):
            yield _row(envelope, event, contents)


def _after(before: _Contents, event: Event) -> _Contents:
    match event.payload:
        case e.Revised() as revised:
            return _Contents(tuple(one.id for one in revised.definitions), revised.change_class.value)
        case e.ChangeRequested(definition=definition):
            return _Contents((definition,))
        case _:
            return before


def _row(envelope: Envelope, event: Event, contents: _Contents) -> ExportRow:
    payload = event.payload
    said = sentence(event)
    return ExportRow(
        seq=envelope.seq,
        at=envelope.at,
        who=envelope.actor.principal,
        identity=envelope.actor.identity,
        type=envelope.type,
        what=said.says,
        words=said.words,
        change=envelope.change or "",
        definitions=contents.definitions,
        change_class=contents.change_class,
        revision=_number(payload, "number", "revision"),
        cycle=_number(payload, "cycle"),
        contents=_text(payload, "digest"),
        commit=_text(payload, "commit", "after"),
        main=envelope.main,
        sha256=envelope.sha256,
        prev=envelope.prev,
        fault=payload.message if isinstance(payload, Unreadable) else "",
    )


def _number(payload: object, *fields: str) -> int | None:
    found = (getattr(payload, field, None) for field in fields)
    return next((value for value in found if isinstance(value, int)), None)


def _text(payload: object, *fields: str) -> str:
    found = (getattr(payload, field, None) for field in fields)
    return next((value for value in found if isinstance(value, str)), "")
