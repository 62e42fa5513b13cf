"""The journal as it would be after events that nobody has recorded yet: for reading alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from metricgov.adapters.git.journal import Batch
from metricgov.adapters.git.journal_view import JournalView
from metricgov.domain.errors import Refused
from metricgov.domain.workflow.envelope import Draft, Envelope


class ForeseenJournal(Batch):
    """Implements the port Journal for readers: the tip, and events that the next writer will record."""

    @classmethod
    def after(cls, base: JournalView, drafts: Sequence[Draft]) -> ForeseenJournal:
        """Return the journal as it would be with these events."""
        journal = cls(base)
        journal.add(drafts)
        return journal

    def append(self, decide: Callable[[], Sequence[Draft]]) -> tuple[Envelope, ...]:
        """Refuse: these events are only foreseen."""
        raise Refused("journal_frozen", "a journal that is only foreseen cannot be added to", hint="work on its branch")
