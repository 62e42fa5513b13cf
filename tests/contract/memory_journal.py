"""A journal in memory that passes the same suite as the one in git; for tests of everything above the port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metricgov.adapters.git.journal import chained
from metricgov.domain.errors import Undecidable
from metricgov.domain.workflow.envelope import Draft, Envelope
from metricgov.ports.journal import JournalHead


@dataclass
class MemoryJournal:
    """Implements the port Journal; instances that share `log` and `drafts` are rivals on one journal."""

    log: list[Envelope] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)

    def rival(self) -> MemoryJournal:
        """Return another writer of the same journal."""
        return MemoryJournal(self.log, self.drafts)

    def head(self) -> JournalHead:
        if not self.log:
            return JournalHead()
        last = self.log[-1]
        return JournalHead(f"{last.seq:040x}", last.seq, last.sha256, last.main)

    def events(self, *, since: int = 0) -> Iterator[Envelope]:
        yield from self.log[since:]

    def events_of(self, change: str | None) -> tuple[Envelope, ...]:
        return tuple(envelope for envelope in self.log if envelope.change == change)

    def touching(self, definition: str) -> tuple[str, ...]:
        return tuple(sorted({d.change for d in self.drafts if d.change and definition in d.subjects}))

    def about(self, subject: str) -> tuple[Envelope, ...]:
        pairs = zip(self.drafts, self.log, strict=True)
        return tuple(one for draft, one in pairs if draft.change is None and subject in draft.subjects)

    def changes(self) -> tuple[str, ...]:
        return tuple(sorted({draft.change for draft in self.drafts if draft.change}))

    def blob(self, change: str, sha256: str) -> bytes:
        for draft in self.drafts:
            if (draft.change or "") == change and sha256 in draft.blobs:
                return draft.blobs[sha256]
        raise Undecidable("not_in_journal", f"the journal does not hold {sha256}")

    def signatures(self, change: str | None) -> Mapping[int, bytes]:
        own = zip(self.drafts, self.log, strict=True)
        return {event.seq: one.signature for one, event in own if one.signature and one.change == change}

    def append(self, decide: Callable[[], Sequence[Draft]]) -> tuple[Envelope, ...]:
        while True:
            before = self.head()
            drafts = tuple(decide())
            if self.head() != before:
                continue
            envelopes: list[Envelope] = []
            head = before
            for draft in drafts:
                envelopes.append(envelope := chained(draft, head))
                head = JournalHead("", envelope.seq, envelope.sha256, envelope.main)
            self.log.extend(envelopes)
            self.drafts.extend(drafts)
            return tuple(envelopes)
