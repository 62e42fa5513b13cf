"""Which governance was in force at a moment: main as the journal knew it then, never as commits date themselves."""

from __future__ import annotations

from dataclasses import dataclass

from metricgov.app.access import Access
from metricgov.app.governing import governance_at
from metricgov.app.moment import Moment
from metricgov.domain.errors import BadInput
from metricgov.domain.workflow.envelope import Envelope
from metricgov.ports.journal import Journal


@dataclass(frozen=True, slots=True)
class InForce:
    """Main at a moment, as the last event until then names it.

    `seq` and `at` are those of that event. `next_seq` is the first event after it that saw another main (0: none did);
    when between the two main moved, the journal cannot say.
    """

    commit: str
    seq: int
    at: str
    next_seq: int = 0
    next_at: str = ""


def in_force(journal: Journal, at: str) -> InForce:
    """Return main as it was known at a UTC second; BadInput where the journal had not begun then."""
    last: Envelope | None = None
    first_at = ""
    for envelope in journal.events():
        first_at = first_at or envelope.at
        if envelope.at <= at:
            last = envelope
        elif last is not None and envelope.main != last.main:
            return InForce(last.main, last.seq, last.at, envelope.seq, envelope.at)
    if last is None or not last.main:
        begun = f"; it begins at {first_at}" if first_at else ""
        raise BadInput("before_the_journal", f"the journal says nothing of {at}{begun}", hint="ask for a later moment")
    return InForce(last.main, last.seq, last.at)


def moment_then(access: Access, found: InForce, at: str) -> Moment:
    """Return that moment, as everything that asks about roles takes it; Undecidable where no rules were in force."""
    governance = governance_at(found.commit, source=access.source, files=access.files)
    return Moment(access, found.commit, governance, at, "")
