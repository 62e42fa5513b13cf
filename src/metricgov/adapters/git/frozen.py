"""The journal as it is at one commit: everything can be read, nothing can be added."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from metricgov.adapters.git.journal_view import JournalView
from metricgov.domain.errors import Refused
from metricgov.domain.workflow.envelope import Draft, Envelope


class FrozenJournal(JournalView):
    """Implements the port Journal for readers that must not write, such as the gate."""

    def append(self, decide: Callable[[], Sequence[Draft]]) -> tuple[Envelope, ...]:
        """Refuse: this journal is the record at one commit, not the place to decide."""
        raise Refused("journal_frozen", "a journal at a commit cannot be added to", hint="work on its branch")
