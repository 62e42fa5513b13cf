"""Answers about many changes straight from the journal: what a small registry uses, and what every index must equal."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.fold import Replay
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.summary import ChangeSummary, Step, steps_of, summarise
from metricgov.ports.index import ChangeQuery, EventQuery
from metricgov.ports.journal import Journal

WINDOW = 256
"""Events read at first when only the newest are wanted; four times as many each time that was not enough."""


class JournalLookup:
    """Implements the port Lookup; the journal is folded once, when an answer needs all of it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def changes(self, query: ChangeQuery) -> tuple[ChangeSummary, ...]:
        """Return matching changes, the one that moved last first."""
        found = [summarise(state) for state in self._states(query.definition) if _fits(state, query)]
        return tuple(sorted(found, key=lambda one: -one.last_seq))

    def events(self, query: EventQuery) -> tuple[Envelope, ...]:
        """Return matching events in order of seq."""
        if query.changes is not None:
            known = sorted(
                (one for change in query.changes for one in self._journal.events_of(change)), key=lambda one: one.seq
            )
            return _newest((one for one in known if passes(one, query)), query.last)
        if not query.last:
            return tuple(one for one in self._journal.events() if passes(one, query))
        return self._newest_of_all(query)

    def steps(self, *, since: str = "", definition: str = "") -> tuple[Step, ...]:
        """Return what reached the target, oldest first."""
        found = (step for state in self._states(definition) for step in steps_of(state))
        fitting = [step for step in found if step.at >= since and (not definition or step.definition == definition)]
        return tuple(sorted(fitting, key=lambda step: (step.seq, step.definition)))

    def _states(self, definition: str) -> Iterable[ChangeState]:
        """Return the states of all changes, or of those that touch a definition, of which alone events are read."""
        if not definition:
            return self._replay.changes.values()
        from metricgov.app.folding import state_of

        return [state_of(change, self._journal) for change in self._journal.touching(definition)]

    @cached_property
    def _replay(self) -> Replay:
        replay = Replay()
        for envelope in self._journal.events():
            replay.take(envelope)
        return replay

    def _newest_of_all(self, query: EventQuery) -> tuple[Envelope, ...]:
        """Return the newest matching events, reading no further back than needed."""
        last = self._journal.head().seq
        window = max(WINDOW, query.last)
        while True:
            since = max(0, last - window)
            found = [one for one in self._journal.events(since=since) if passes(one, query)]
            if len(found) >= query.last or since == 0:
                return _newest(found, query.last)
            window *= 4


def _newest(found: Iterable[Envelope], last: int) -> tuple[Envelope, ...]:
    every = tuple(found)
    return every[-last:] if last else every


def passes(envelope: Envelope, query: EventQuery) -> bool:
    """Say whether an event is one of those that are asked for; to which change it belongs is not looked at."""
    return (
        (not query.since or envelope.at >= query.since)
        and (not query.until or envelope.at < query.until)
        and (not query.person or envelope.actor.principal == query.person)
        and (not query.type or envelope.type == query.type)
    )


def _fits(state: ChangeState, query: ChangeQuery) -> bool:
    return (
        (not query.stages or state.stage in query.stages)
        and (not query.definition or query.definition in touched(state))
        and (not query.person or query.person in involved(state))
    )


def touched(state: ChangeState) -> frozenset[str]:
    """Return the ids of every definition that a change touched in any revision, or was requested for."""
    revisions = (*state.revisions, *([state.draft] if state.draft else []))
    found = {record.id for one in revisions for record in one.definitions}
    return frozenset(found | ({state.definition} - {""}))


def involved(state: ChangeState) -> frozenset[str]:
    """Return everybody who wrote, contributed, decided or was asked."""
    revision = state.revision
    return frozenset(
        {
            state.created_by,
            *state.contributors,
            *(one.principal for one in state.decisions),
            *(one.principal for one in (revision.asked if revision else ())),
        }
    )
