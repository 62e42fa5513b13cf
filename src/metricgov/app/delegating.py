"""Delegations: reading them from the journal, giving and ending one, listing them; what they allow is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from datetime import date

    from metricgov.app.access import Access
    from metricgov.domain.workflow.delegations import Delegation
    from metricgov.domain.workflow.envelope import Actor, Draft, Envelope
    from metricgov.domain.working_days import WorkingDays
    from metricgov.ports.journal import Notices

MARKER = "governance:delegation"
"""`SUBJECT` of domain/workflow/delegations.py, said here again so that looking for none imports nothing."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody who delegates says; `giver` "" is themself, `scope` as on the command line, days as ISO dates."""

    to: str
    ends: str
    reason: str
    giver: str = ""
    scope: str = ""
    starts: str = ""


def delegations_in(journal: Notices) -> tuple[Delegation, ...]:
    """Return every delegation that a journal records, in order; () costs one look into a folder."""
    found = journal.about(MARKER)
    if not found:
        return ()
    from metricgov.domain.workflow.delegations import replayed
    from metricgov.domain.workflow.typed import parse

    return replayed(map(parse, found))


def delegate(access: Access, *, id: str, actor: Actor, wish: Wish) -> tuple[Envelope, ...]:
    """Let somebody fill another's places for a while; `id` is a fresh ULID.

    The days are days of the registry's zone, the last one included. RefusedUnmet with everything that stands against
    it; BadInput for days and scopes that are none.
    """
    from metricgov.app.carrying import with_signature
    from metricgov.app.catching_up import catch_up
    from metricgov.app.moment import at_tip
    from metricgov.app.working_calendar import working_days
    from metricgov.domain.workflow.delegating import delegate as decided
    from metricgov.domain.workflow.delegating import scope_of
    from metricgov.domain.workflow.registry_events import Delegated

    match = scope_of(wish.scope)
    signed: dict[bytes, bytes] = {}

    def drafts() -> tuple[Draft, ...]:
        moment = at_tip(access)
        moment.pending.extend(catch_up(moment))
        context = moment.context(actor)
        days = working_days(moment.governance, None, calendars=access.calendars)
        now = max(moment.now, moment.not_before)
        starts, ends = _period(wish, days, now)
        payload = Delegated(
            id=id,
            giver=wish.giver or actor.principal,
            to=wish.to,
            match=match,
            starts=starts,
            ends=ends,
            reason=wish.reason,
        )
        return (*moment.pending, with_signature(decided(payload, context), access, signed))

    return access.journal.append(drafts)


def end_delegation(access: Access, *, text: str, actor: Actor, reason: str = "") -> tuple[Envelope, ...]:
    """End a delegation before its time; () where it has ended."""
    from metricgov.app.catching_up import catch_up
    from metricgov.app.moment import at_tip
    from metricgov.domain.workflow.delegating import end_delegation as decided
    from metricgov.domain.workflow.delegating import known
    from metricgov.domain.workflow.registry_events import DelegationEnded

    def drafts() -> tuple[Draft, ...]:
        moment = at_tip(access)
        moment.pending.extend(catch_up(moment))
        one = known(text, moment.delegations)
        draft = decided(one, DelegationEnded(id=one.id, reason=reason), moment.context(actor))
        return (*moment.pending, draft) if draft else ()

    return access.journal.append(drafts)


def running(delegations: Sequence[Delegation], *, now: str) -> tuple[Delegation, ...]:
    """Return the delegations that hold now or will, the one that ends first in front."""
    found = [one for one in delegations if not one.ended_seq and one.ends >= now]
    return tuple(sorted(found, key=lambda one: (one.ends, one.seq)))


def _period(wish: Wish, days: WorkingDays, now: str) -> tuple[str, str]:
    starts = days.begins(_day(wish.starts, "--starts")) if wish.starts else now
    ends = days.ends(_day(wish.ends, "--ends"))
    if ends < max(starts, now):
        what = "before it starts" if starts > now else "in the past"
        raise BadInput("bad_period", f"it would end {what}", hint="a delegation ends on a day to come: --ends DATE")
    return starts, ends


def _day(text: str, option: str) -> date:
    from metricgov.domain import time

    try:
        return time.day(text)
    except ValueError:
        raise BadInput("bad_day", f"{option}: `{text}` is not a date", hint="write it as 2026-12-24") from None
