"""What happened after a position in the journal, as far as it is decided for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from metricgov.app.access import Access
from metricgov.app.addressing import Labels
from metricgov.app.folding import state_of
from metricgov.app.story import sentence
from metricgov.domain.happenings import Happening, Happenings
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.summary import summarise
from metricgov.domain.workflow.typed import parse
from metricgov.ports.journal import ChangeIds


def settled(access: Access) -> int:
    """Return the last event that is decided for good: what waits here may yet be decided otherwise (INV-54)."""
    last, unsent = access.journal.head().seq, access.unsent()
    return min(last, unsent.start - 1) if unsent else last


def happenings(
    access: Access, ids: ChangeIds, *, after: int, most: int, change: str = "", person: str = ""
) -> Happenings:
    """Return what happened after a position: `most` events at most, of one change or by one person where named.

    The position lies ahead of the journal where another process has read further: nothing happened after it yet.
    """
    last = settled(access)
    events: Iterable[Envelope] = access.journal.events_of(change) if change else access.journal.events(since=after)
    wanted = (one for one in events if after < one.seq <= last and person in ("", one.actor.principal))
    found = tuple(islice(wanted, most))
    position = found[-1].seq if len(found) == most else max(after, last)
    labels = Labels(ids.changes()) if any(one.change for one in found) else {}
    definition = _definitions(access)
    return Happenings(
        tuple(
            Happening(
                seq=one.seq,
                at=one.at,
                who=one.actor.principal,
                type=one.type,
                says=sentence(parse(one)).says,
                change=one.change or "",
                label=labels.get(one.change or "", ""),
                definition=definition(one.change) if one.change else "",
            )
            for one in found
        ),
        position,
    )


def _definitions(access: Access) -> Callable[[str], str]:
    """Return what says the gravest definition of a change; each change is read once."""
    known: dict[str, str] = {}

    def definition(change: str) -> str:
        if change not in known:
            known[change] = summarise(state_of(change, access.journal)).definition
        return known[change]

    return definition
