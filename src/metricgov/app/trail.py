"""A change as it went: after each of its events, what was missing by the rules in force where it was written.

Nothing here decides: what counted when a change landed was judged then, and the gate and audits judge it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from metricgov.app.access import Access
from metricgov.app.as_it_stood import JournalThen, Memory
from metricgov.app.governing import governance_at
from metricgov.app.moment import Moment
from metricgov.domain.errors import MetricgovError
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.admit import admit
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.judge import Judgement
from metricgov.domain.workflow.needs import End, Ledger, Mark, Need, Turn
from metricgov.domain.workflow.requirements import Requirement
from metricgov.domain.workflow.state import ChangeState, absent
from metricgov.domain.workflow.typed import Event, parse
from metricgov.domain.workflow.vocabulary import ENDED
from metricgov.ports.journal import JournalHead

NOTHING = Turn()

SETTLING = frozenset({e.Applied, e.ApplyAbandoned, e.Landed, e.Conflicted})
"""Events that themselves say what a moved main did to the change."""


ENDS: dict[type, End] = {
    e.RevisionDrafted: End.REPLACED,
    e.RevisionSubmitted: End.REPLACED,
    e.OverrideConfirmed: End.OVERRIDDEN,
}
"""How an event ends what is no longer missing after it, where it does not meet it."""


@dataclass(frozen=True, slots=True)
class Station:
    """One event of a change and what it made of it.

    `problem` says why the event had no effect, "" if it had one. `judgement` is what was missing after it, at the main
    that its writer saw; None where there is nothing to judge, or, with the reason in `unjudged`, where nobody can any
    more. `meanwhile` is what time and a moved main had changed before it, `turn` what the event changed.
    """

    envelope: Envelope
    event: Event
    state: ChangeState
    problem: str = ""
    judgement: Judgement | None = None
    unjudged: str = ""
    meanwhile: Turn = NOTHING
    turn: Turn = NOTHING


@dataclass(frozen=True, slots=True)
class Trail:
    """All events of a change, and everything that was ever missing."""

    stations: tuple[Station, ...]
    needs: tuple[Need, ...]

    @property
    def last_judged(self) -> Station | None:
        """The last event after which anything was judged."""
        return next((one for one in reversed(self.stations) if one.judgement is not None), None)


@dataclass(slots=True)
class Pathfinder:
    """Follows changes; keeps what it learned of each main for the next change."""

    access: Access
    memory: Memory
    _moments: dict[str, Moment | str] = field(default_factory=dict)

    def trail(self, events: Sequence[Envelope]) -> Trail:
        """Return the way of one change, given its events in order."""
        state = absent((events[0].change if events else "") or "")
        ledger = Ledger()
        stations: list[Station] = []
        main = ""
        for envelope in events:
            event = parse(envelope)
            problem = admit(state, event)
            if problem is not None:
                stations.append(Station(envelope, event, state, problem.message))
                continue
            meanwhile = self._meanwhile(ledger, state, envelope, event, moved=bool(main) and envelope.main != main)
            main, state = envelope.main, evolve(state, event)
            judgement, unjudged = self.judged(state, envelope)
            turn = NOTHING
            if judgement is not None or state.stage in ENDED:
                end = ENDS.get(type(event.payload), End.MET)
                missing = judgement.unmet if judgement else tuple(_as_asked(one) for one in ledger.open.values())
                turn = ledger.look(missing, _mark(envelope, state), end)
            stations.append(Station(envelope, event, state, "", judgement, unjudged, meanwhile, turn))
        return Trail(tuple(stations), ledger.needs)

    def judged(self, state: ChangeState, envelope: Envelope) -> tuple[Judgement | None, str]:
        """Return what is missing for a state at the main that an event names, and why nobody can say."""
        if state.revision is None or state.stage in ENDED:
            return None, ""
        try:
            moment = self._moment(envelope)
            return moment.judgement(state), ""
        except MetricgovError as error:
            return None, error.message

    def _meanwhile(self, ledger: Ledger, state: ChangeState, envelope: Envelope, event: Event, *, moved: bool) -> Turn:
        """Look again just before an event: what changed since the last one, nobody of the change brought about."""
        if type(event.payload) in SETTLING or not (ledger.open or moved):
            return NOTHING
        judgement, _ = self.judged(state, envelope)
        if judgement is None:
            return NOTHING
        end = End.ELSEWHERE if moved else End.TIME
        return ledger.look(judgement.unmet, replace(_mark(envelope, state), by=""), end)

    def _moment(self, envelope: Envelope) -> Moment:
        """Return the registry as the writer of an event saw it: that main, that journal, that time."""
        journal = JournalThen(self.memory, JournalHead("", envelope.seq - 1, envelope.prev, envelope.main))
        access = replace(self.access, journal=journal)
        known = self._moments.get(envelope.main)
        if isinstance(known, Moment):  # what delegations there were depends on the event, what files mean on main alone
            return replace(known, access=access, now=envelope.at, _delegations=None)
        governance = governance_at(envelope.main, source=access.source, files=access.files)
        moment = Moment(access, envelope.main, governance, envelope.at, "")
        self._moments[envelope.main] = moment
        return moment


def _mark(envelope: Envelope, state: ChangeState) -> Mark:
    revision = state.revision.number if state.revision else 0
    return Mark(envelope.seq, envelope.at, envelope.actor.principal, envelope.actor.identity, revision)


def _as_asked(one: Need) -> Requirement:
    return Requirement(one.code, one.says, one.who, "", one.definitions)


def trail_of(access: Access, events: Iterable[Envelope]) -> Trail:
    """Return the way of one change."""
    return Pathfinder(access, Memory(access.journal)).trail(tuple(events))
