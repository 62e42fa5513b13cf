"""Replaying events into states; an inadmissible event is reported and has no effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from metricgov.domain.errors import Place, Problem
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow import registry_events as r
from metricgov.domain.workflow.admit import admit
from metricgov.domain.workflow.delegations import Delegation, after, impossible
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.needed import needed
from metricgov.domain.workflow.possession import challenge
from metricgov.domain.workflow.state import ChangeState, absent
from metricgov.domain.workflow.statement import correcting, differing
from metricgov.domain.workflow.typed import Event, Unreadable, parse
from metricgov.domain.workflow.vocabulary import ENDED, Stage


@dataclass(frozen=True, slots=True)
class Folded:
    """A change and what its events had against them."""

    state: ChangeState
    problems: tuple[Problem, ...] = ()


def fold(change: str, envelopes: Iterable[Envelope]) -> Folded:
    """Return a change from its own events alone, in order of seq."""
    return fold_on(Folded(absent(change)), envelopes)


def fold_on(folded: Folded, envelopes: Iterable[Envelope]) -> Folded:
    """Return a change after more of its events."""
    state = folded.state
    problems = list(folded.problems)
    for envelope in envelopes:
        event = parse(envelope)
        problem = admit(state, event)
        if problem is None:
            state = evolve(state, event)
        else:
            problems.append(problem)
    return Folded(state, tuple(problems))


@dataclass(frozen=True, slots=True)
class RegistryState:
    """What the events of no change tell: identity, the recorded tip of the target, accepted contents, delegations."""

    registry: str = ""
    target: str = ""
    main: str = ""
    governance: str = ""
    moves: int = 0
    rewinds: int = 0
    baselines: tuple[r.Baseline, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    last_seq: int = 0
    last_at: str = ""


def admit_registry(state: RegistryState, event: Event) -> Problem | None:
    """Return why an event of the registry is not possible here, None where it is."""
    place = Place(f"event {event.seq}")
    match event.payload:
        case Unreadable(code=code, message=message):
            return Problem(code, message, place)
        case r.RegistryCreated() if state.registry:
            return Problem("registry", "the registry exists already", place)
        case r.RegistryCreated():
            return None
        case (
            r.Baseline()
            | r.MainMoved()
            | r.MainRewound()
            | r.WorkflowWritten()
            | r.Delegated()
            | r.DelegationEnded()
            | r.KeyProved()
            | r.ClockCorrected()
        ) if not state.registry:
            return Problem("registry", "the journal does not begin with its registry", place)
        case r.MainMoved(before=before) | r.MainRewound(before=before) if state.main and before != state.main:
            return Problem("main", f"the recorded tip is {state.main}, not {before}", place)
        case r.Baseline() | r.MainMoved() | r.MainRewound() | r.WorkflowWritten():
            pass
        case r.KeyProved(principal=principal, key=key):
            if wrong := differing(event.statement, challenge(state.registry, principal, key)):
                return Problem("statement", f"the proof does not say what the event says: {', '.join(wrong)}", place)
        case r.ClockCorrected(first=first, reason=reason):
            return _miscorrected(state, event, first, reason)
        case r.Delegated() | r.DelegationEnded() if says := impossible(state.delegations, event):
            return Problem("delegation", says, place)
        case r.Delegated() | r.DelegationEnded():
            pass
        case _:
            return Problem("event_misplaced", f"`{event.type}` is not an event of the registry", place)
    if event.seq <= state.last_seq:
        return Problem("order", f"event {event.seq} does not come after event {state.last_seq}", place)
    if event.at < state.last_at:
        return Problem("time_order", f"{event.at} lies before {state.last_at}", place)
    return None


def _miscorrected(state: RegistryState, event: Event, first: int, reason: str) -> Problem | None:
    """Return why a clock cannot be corrected like this; how the times before it lie is for the whole journal to say."""
    place, who = Place(f"event {event.seq}"), event.actor.principal
    if not who:
        return Problem("principal", "a clock is corrected by a person, not by the program", place)
    if event.seq <= max(state.last_seq, first):
        return Problem("order", f"event {event.seq} cannot correct event {first}", place)
    if wrong := differing(event.statement, correcting(first, reason, who, state.registry)):
        return Problem("statement", f"the statement does not say what the event says: {', '.join(wrong)}", place)
    return None


def evolve_registry(state: RegistryState, event: Event) -> RegistryState:
    """Return the registry after an event that has already happened."""
    state = replace(state, last_seq=event.seq, last_at=event.at)
    match event.payload:
        case r.RegistryCreated() as created:
            return replace(state, registry=created.registry, target=created.target, main=event.main)
        case r.Baseline() as baseline:
            return replace(state, baselines=(*state.baselines, baseline))
        case r.MainMoved() as moved:
            return replace(
                state, main=moved.after, governance=moved.governance or state.governance, moves=state.moves + 1
            )
        case r.MainRewound() as rewound:
            return replace(
                state,
                main=rewound.after,
                governance=rewound.governance or state.governance,
                rewinds=state.rewinds + 1,
            )
        case r.Delegated() | r.DelegationEnded():
            return replace(state, delegations=after(state.delegations, event))
        case _:
            return state


@dataclass(slots=True)
class Replay:
    """The whole journal folded in one pass, event by event; what the index and the audit are filled from.

    Without `keep_ended`, of a change that ended only what later events of it are checked against is kept.
    """

    registry: RegistryState = field(default_factory=RegistryState)
    changes: dict[str, ChangeState] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    last_at: str = ""
    keep_ended: bool = True
    times: list[tuple[int, str]] = field(default_factory=list)
    """Each event that is dated later than all before it, and its time; those that a correction names are left out."""

    def take(self, envelope: Envelope) -> Event | None:
        """Fold one event and return it; None where it had no effect, which `problems` then explains.

        An event whose time lies before that of the event before it in the whole journal is reported besides (INV-24).
        """
        event = parse(envelope)
        if says := self._misdated(event):
            self.problems.append(Problem("time_order", says, Place(f"event {event.seq}")))
        if event.at > self.last_at:
            self.times.append((event.seq, event.at))
        self.last_at = max(self.last_at, event.at)
        if event.change is None:
            problem = admit_registry(self.registry, event)
            if problem is None:
                self.registry = evolve_registry(self.registry, event)
        else:
            state = self.changes.get(event.change) or absent(event.change)
            problem = admit(state, event)
            if problem is None:
                moved = evolve(state, event)
                self.changes[event.change] = moved if self.keep_ended or moved.folded in _KEPT else _remains(moved)
                if isinstance(event.payload, e.Applied):
                    self.registry = replace(self.registry, main=event.main or event.payload.commit)
        if problem is not None:
            self.problems.append(problem)
            return None
        return event

    def ahead(self, moment: str) -> int:
        """Return the first event that is dated after a moment and that no correction names, 0 without one."""
        return next((seq for seq, at in self.times if at > moment), 0)

    def _misdated(self, event: Event) -> str:
        """Return what is wrong with the time of an event, "" if nothing; from a correction on, order counts anew."""
        if not isinstance(event.payload, r.ClockCorrected):
            return f"{event.at} lies before {self.last_at}" if event.at < self.last_at else ""
        first = event.payload.first
        kept = [one for one in self.times if one[0] < first]
        if kept and kept[-1][1] > event.at:
            return f"{event.at} lies before {kept[-1][1]}, the time of event {kept[-1][0]}, which it does not name"
        if any(at <= event.at for seq, at in self.times if seq >= first):
            return f"it names event {first}, which is not dated ahead of it"
        self.times, self.last_at = kept, kept[-1][1] if kept else ""
        return ""


_KEPT = frozenset(Stage) - (ENDED - {Stage.EXPIRED})
"""What is kept whole without `keep_ended`: a change that expired by a clock that was ahead is open again."""


def _remains(state: ChangeState) -> ChangeState:
    """Return what of a change that ended is still asked about: its last revision's place, its override, its threads."""
    last = tuple(one.model_copy(update={"edits": (), "definitions": (), "asked": ()}) for one in state.revisions[-1:])
    kept = frozenset(needed(state))
    return replace(
        state,
        revisions=last,
        draft=None,
        decisions=(),
        endings=(),
        retractions=(),
        reassignments=(),
        effects=(),
        accepted=(),
        kept=kept,
    )
