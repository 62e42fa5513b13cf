"""What tells states of a small world apart; everything else is visited once, whatever it says.

No guard can tell texts, event numbers, seconds between two ticks, what a decision on earlier contents said, or people
who swap their places together with their definitions. `test_states_that_look_alike_behave_alike` (test_worlds.py) holds
that to the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import ENDED, Stage, Verdict
from metricgov.domain.working_days import least

ANN, BEA, CEM = "ann", "bea", "cem"
"""Ann writes. Bea and Cem are each accountable for one definition and deputy for the other."""
PEOPLE = (ANN, BEA, CEM)

CLOCK = ("2026-07-01T08:00:00Z", "2026-07-10T08:00:00Z", "2026-07-11T08:00:00Z", "2026-08-20T08:00:00Z")
"""The start; the first day, which is frozen; the date that is set; long after everything has expired."""
START, FIRST_TICK, DUE_TICK, LAST_TICK = range(4)


class Place(Protocol):
    """A state with the trees and the time around it."""

    @property
    def state(self) -> ChangeState: ...
    @property
    def base(self) -> str: ...
    @property
    def contents(self) -> str: ...
    @property
    def tick(self) -> int: ...


SWAPPED: Mapping[str, str] = {BEA: CEM, CEM: BEA, "metric:first": "metric:second", "metric:second": "metric:first"}
"""Two people who do the same for one another's definition; what only their names tell apart is one state."""
ITSELF: Mapping[str, str] = {}


def _from(date: str | None) -> int:
    """Return the first tick that has reached a date, one past the last where none has."""
    return next((tick for tick, now in enumerate(CLOCK) if date and now >= date), len(CLOCK)) if date else len(CLOCK)


def _said(state: ChangeState, names: Mapping[str, str]) -> tuple[Any, ...]:
    """Return what each person's decisions come to; on earlier contents only objections do, and that there are some."""
    now = (len(state.revisions), state.cycle, state.digest)
    found = set()
    for one in state.decisions:
        current = (one.revision, one.cycle, one.digest) == now
        word = one.verdict.value if current or one.verdict is Verdict.REQUEST_CHANGES else "earlier"
        about = tuple(sorted(names.get(each, each) for each in one.definitions))
        who, giver = names.get(one.principal, one.principal), names.get(one.on_behalf_of, one.on_behalf_of)
        found.add((who, word, current, about, giver if word != "earlier" else ""))
    return tuple(sorted(found))


def _overridden(state: ChangeState, names: Mapping[str, str]) -> tuple[Any, ...]:
    one = state.override
    if one is None:
        return ()
    people = [one.called, one.confirmed, one.reviewed]
    named = tuple(names.get(each.principal, each.principal) if each else "" for each in people)
    current = (one.revision, one.cycle, one.digest) == (len(state.revisions), state.cycle, state.digest)
    return (current, one.landed, one.outcome, _from(one.review_due), *named)


def _passed_on(state: ChangeState, names: Mapping[str, str]) -> tuple[Any, ...]:
    """Return how the accountable's place went from hand to hand, and who had answered before it did."""

    def named(*words: str) -> tuple[str, ...]:
        return tuple(names.get(word, word) for word in words)

    if not state.reassignments and not state.escalations:
        return ()
    events: list[tuple[int, Any]] = [
        (one.seq, ("handed", *named(one.giver, one.to, one.principal), _from(one.due), _from(one.at)))
        for one in state.reassignments
    ]
    for went in state.escalations:
        before = tuple(sorted(named(*(one.principal for one in state.decisions if one.seq < went.seq))))
        events.append((went.seq, ("went", *named(went.giver, went.to), _from(went.due), before)))
    return tuple(what for _, what in sorted(events, key=lambda one: one[0]))


def _named_by(node: Place, names: Mapping[str, str]) -> tuple[Any, ...]:
    state = node.state
    last = state.revision
    quiet = max(state.submitted_at, state.stage_since if state.folded not in ENDED | {Stage.SCHEDULED} else "")
    spans = {one: _from(least(state.submitted_at, one)) for one in (3, 5)} if last else {}
    return (
        state.folded.value,
        _said(state, names),
        tuple(sorted(names.get(one, one) for one in state.contributors)),
        tuple(sorted((names.get(o.principal, o.principal), names.get(o.objection.principal, o.objection.principal),
                      tuple(sorted(names.get(d, d) for d in o.objection.definitions))) for o in state.endings)),
        _from(last.expires if last else None),
        _from(least(quiet, 20)) if quiet else 0,
        _from(last.respond_by if last else None),
        tuple(spans.values()),
        tuple(sorted((names.get(one.principal, one.principal), _from(one.due)) for one in last.asked)) if last else (),
        state.due,
        names.get(state.definition, state.definition),
        _overridden(state, names),
        _passed_on(state, names),
        tuple(sorted((names.get(one[0], one[0]), one[2], one[3], _from(one[1])) for one in state.reminded)),
        tuple(sorted({(one.digest, one.evidence) for one in state.effects})),
        tuple(sorted({(one.evidence, one.metric, names.get(one.principal, one.principal)) for one in state.accepted})),
    )  # fmt: skip


def told_apart(node: Place, *, ended: bool) -> tuple[Any, ...]:
    """Return what tells a node from others; `ended` says whether that matters of a change that has ended."""
    state = node.state
    place = (
        node.base,
        node.contents,
        node.tick,
        state.digest,
        len(state.revisions),
        state.cycle,
        state.draft.digest if state.draft else "",
        state.reverts or "",
        tuple(sorted({blob for one in state.redactions for blob in one.blobs})),
        bool(state.redactions),
    )
    if state.folded in ENDED and not ended:
        return (state.folded.value, state.cycle, len(state.revisions))
    return (*place, min(_named_by(node, ITSELF), _named_by(node, SWAPPED)))
