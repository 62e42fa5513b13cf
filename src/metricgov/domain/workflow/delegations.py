"""Who may answer in whose name, for which definitions and how long; what they answered is for judge.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from metricgov.domain import time
from metricgov.domain.definitions.governance import Match
from metricgov.domain.workflow import registry_events as r
from metricgov.domain.workflow.envelope import RANK, Identity
from metricgov.domain.workflow.proposal import Subject, Touched
from metricgov.domain.workflow.rights import Governance, matches
from metricgov.domain.workflow.state import Decision
from metricgov.domain.workflow.statement import differing, lending
from metricgov.domain.workflow.typed import Event
from metricgov.domain.workflow.voice import Voice

SUBJECT = "governance:delegation"
"""The marker under which the journal keeps the events of delegations, so that nobody reads all of the registry's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation(Voice):
    """`giver` lets `to` fill their places from `starts` to `ends` (UTC in seconds, both inclusive).

    `match` limits it to some definitions (None: all); its speaker recorded it. `ended_seq` is the event that ended it
    early, 0 if none.
    """

    id: str
    giver: str
    to: str
    match: Match | None
    starts: str
    ends: str
    ended_seq: int = 0
    ended_by: str = ""
    ended_at: str = ""

    @property
    def label(self) -> str:
        """Its short name: `dlg-` and the last letters of its id."""
        return f"dlg-{self.id[-6:].lower()}"

    @property
    def scope(self) -> str:
        """What it is about, as `--scope` takes it; "everything" without a limit."""
        if self.match is None:
            return "everything"
        key = self.match.keys()[0]
        return f"{key}:{getattr(self.match, key)}"

    def runs(self, now: str) -> bool:
        """Say whether it holds at a moment."""
        ended = bool(self.ended_seq) and (not self.ended_at or self.ended_at <= now)
        return not ended and max(self.starts, self.at) <= now <= self.ends


def impossible(known: tuple[Delegation, ...], event: Event) -> str:
    """Return why an event about a delegation is not possible after those that are known, "" where it is."""
    payload = event.payload
    if not event.actor.principal:
        return "a delegation is a person's doing, not the program's"
    if isinstance(payload, r.DelegationEnded):
        one = next((one for one in known if one.id == payload.id), None)
        if one is None:
            return f"there is no delegation {payload.id}"
        return f"delegation {payload.id} has ended already" if one.ended_seq else ""
    if isinstance(payload, r.Delegated):
        if payload.giver == payload.to:
            return "nobody stands in for themself"
        if any(one.id == payload.id for one in known):
            return f"delegation {payload.id} is there already"
        if payload.match is not None and len(payload.match.keys()) != 1:
            return "a scope names exactly one of name, tag, domain, kind"
        if not max(payload.starts, event.at) <= payload.ends:
            return "it ends before it starts, or before it was given"
        registry = str((event.statement or {}).get("registry", ""))
        if wrong := differing(event.statement, lending(payload, event.actor.principal, registry)):
            return f"the statement does not say what the event says: {', '.join(wrong)}"
    return ""


def after(known: tuple[Delegation, ...], event: Event) -> tuple[Delegation, ...]:
    """Return the delegations after an event about one."""
    payload = event.payload
    if isinstance(payload, r.Delegated):
        return (*known, _given(payload, event))
    if isinstance(payload, r.DelegationEnded):
        by, seq, at = event.actor.principal, event.seq, event.at
        return tuple(
            replace(one, ended_seq=seq, ended_by=by, ended_at=at) if one.id == payload.id else one for one in known
        )
    return known


def _given(payload: r.Delegated, event: Event) -> Delegation:
    return Delegation(
        id=payload.id,
        giver=payload.giver,
        to=payload.to,
        match=payload.match,
        starts=payload.starts,
        ends=payload.ends,
        reason=payload.reason,
        principal=event.actor.principal,
        identity=event.actor.identity,
        seq=event.seq,
        at=event.at,
        said=event.statement,
    )


def replayed(events: Iterable[Event]) -> tuple[Delegation, ...]:
    """Return the delegations that these events about them leave, in order; what is not possible has no effect."""
    known: tuple[Delegation, ...] = ()
    for event in events:
        if not impossible(known, event):
            known = after(known, event)
    return known


def given_rightly(one: Delegation, governance: Governance) -> bool:
    """Say whether those who gave it could: `giver` themself, or one of the council, and never to themself (INV-08)."""
    named = one.principal == one.giver or (one.principal in governance.council and one.principal != one.to)
    return named and one.giver != one.to and all(map(governance.person, (one.giver, one.to, one.principal)))


def about(one: Delegation, touched: Touched) -> bool:
    """Say whether it covers a definition: each side that the change leaves or makes; a new one by domain and kind."""
    if one.match is None:
        return True
    if touched.before is None and (one.match.name is not None or one.match.tag is not None):
        return False  # the author of a new definition chose its name and tags
    sides: list[Subject] = [side for side in (touched.before, touched.after) if side is not None]
    return bool(sides) and all(matches(one.match, side) for side in sides)


def standing_in(
    delegations: Iterable[Delegation], people: Iterable[str], touched: Touched, governance: Governance, *, now: str
) -> tuple[Delegation, ...]:
    """Return the delegations of these people for a definition that hold now."""
    givers = frozenset(people)
    return tuple(
        one
        for one in delegations
        if one.giver in givers and one.runs(now) and about(one, touched) and given_rightly(one, governance)
    )


@dataclass(frozen=True, slots=True)
class Names:
    """In whose name people may speak about one change: what a judgement asks about every decision of it."""

    delegations: tuple[Delegation, ...]
    contributors: frozenset[str]
    governance: Governance
    now: str

    def speaks(self, decision: Decision, touched: Touched, identity: Identity = Identity.CLAIMED) -> bool:
        """Say whether a decision may be given in the name it is given in."""
        if not decision.on_behalf_of:
            return True
        found = authorised(decision, self.delegations, touched, self.contributors, self.governance, identity=identity)
        return found is not None

    def voices(self, decision: Decision, touched: Touched) -> frozenset[str]:
        """Return who has spoken with a decision: the person, and whom they rightly stand in for."""
        giver = {decision.on_behalf_of} if decision.on_behalf_of and self.speaks(decision, touched) else set()
        return frozenset({decision.principal, *giver})

    def helpers(
        self, people: Iterable[str], touched: Touched, identity: Identity = Identity.CLAIMED
    ) -> tuple[Delegation, ...]:
        """Return the delegations, as surely known as that, with which others could fill a place of these people now."""
        found = standing_in(self.delegations, people, touched, self.governance, now=self.now)
        return tuple(
            one
            for one in found
            if not self.contributors & {one.giver, one.to, one.principal} and RANK[one.identity] >= RANK[identity]
        )


def spoken_for(decision: Decision) -> str:
    """Return who decided, and for whom if not for themself: `ann for bob`."""
    return f"{decision.principal} for {decision.on_behalf_of}" if decision.on_behalf_of else decision.principal


def instead(helpers: Iterable[Delegation], command: str) -> str:
    """Return how those who stand in for others can give a command, to follow how everybody else does."""
    said = [
        f"; {one.to}, who stands in until {time.spoken(one.ends[:10])}: {command} --for {one.giver}" for one in helpers
    ]
    return "".join(dict.fromkeys(said))


def authorised(
    decision: Decision,
    delegations: Iterable[Delegation],
    touched: Touched,
    contributors: frozenset[str],
    governance: Governance,
    *,
    identity: Identity,
) -> Delegation | None:
    """Return the delegation that a decision in another's name rests on; None where none covered it at its time.

    It was recorded before the decision, ran then, had not been ended, and nobody who gave, received or recorded it
    brought contents (INV-05); it is as surely known as the policy asks of the decision itself.
    """
    for one in delegations:
        if (one.giver, one.to) != (decision.on_behalf_of, decision.principal):
            continue
        if one.seq > decision.seq or not one.starts <= decision.at <= one.ends:
            continue
        if one.ended_seq and one.ended_seq < decision.seq:
            continue
        if contributors & {one.giver, one.to, one.principal} or RANK[one.identity] < RANK[identity]:
            continue
        if about(one, touched) and given_rightly(one, governance):
            return one
    return None
