"""The journal of a registry with a remote: decided at the remote's tip and pushed, or waiting here to be sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from metricgov.adapters.git.journal import ATTEMPTS, Asked, GitJournal
from metricgov.adapters.git.journal_view import JournalView
from metricgov.adapters.git.mirror import Mirror
from metricgov.adapters.git.objects import Objects
from metricgov.adapters.git.outbox import REF, Attempt, Contents, Item, OutboxRef, dropped, item
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.errors import BadInput, MetricgovError, Refused
from metricgov.domain.workflow.envelope import Draft, Envelope
from metricgov.ports.remote import Answer, Rejection, Settled, Unreachable, Waiting

BEGINNING = "2000-01-01T00:00:00Z"
"""The date of every commit of the outbox: it says nothing, so that equal contents are equal commits."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Try:
    """A commit that was pushed, and what everybody in its group would hear if it got there."""

    commit: str
    outcomes: tuple[tuple[tuple[Envelope, ...], BaseException | None], ...]


class SharedJournal(GitJournal):
    """Implements the ports Journal and Outbox.

    Reads come from this clone alone: the mirror of the remote's journal, and what waits on top of it. `tell` is given
    sentences for the person; `again`, once it is set, returns what decides things that wait before something new is
    appended.
    """

    def __init__(
        self,
        repository: GitRepository,
        branch: str,
        mirror: Mirror,
        *,
        offline: bool = False,
        tell: Tell = lambda _: None,
    ) -> None:
        super().__init__(repository, branch)
        self.mirror = mirror
        self.offline = offline
        self.again: Callable[[], Callable[[Waiting], Sequence[Draft]]] | None = None
        self._outbox = OutboxRef(repository.store)
        self._repository = repository
        self._tell = tell

    def view(self, commit: str = "") -> JournalView:
        """Return the journal at a commit, by default at the tip, with what waits here."""
        if commit:
            return super().view(commit)
        tips = {found.name: found.oid for found in self._store.refs(REF, self.ref)}
        waiting = self._outbox.at(tips[REF]).tip if REF in tips else ""
        return self._line.view(self._store, waiting or tips.get(self.ref, ""))

    # Outbox

    def seqs(self) -> range:
        """Return the places of the events that wait, for as long as they wait."""
        items = self._outbox.read().items
        return range(items[0].first, items[-1].last + 1) if items else range(0)

    def waiting(self) -> tuple[Waiting, ...]:
        """Return what waits, in the order in which it was decided."""
        return self._outbox.waiting(self._outbox.read())

    def refused(self) -> tuple[Rejection, ...]:
        """Return what was refused and not dropped yet, oldest first."""
        return self._outbox.read().refused

    def drop(self, number: int) -> None:
        """Forget a refused one, counted from 1; 0 forgets all of them."""
        while self._outbox.write(dropped(self._outbox.read(), number), at=BEGINNING) is None:
            continue

    def settle(self, again: Callable[[Waiting], Sequence[Draft]]) -> Settled:
        """Fetch, decide everything that waits again at the remote's tip, and push it as one group."""
        with self._line.leader:
            self._catch_up()
            for attempt in range(ATTEMPTS):
                contents, found = self._strike(self._outbox.read())
                if found is not None:
                    return found
                if not contents.items:
                    return Settled()
                settled = self._settle(contents, again)
                if settled is not None:
                    return settled
                time.sleep(min(0.01 * attempt, 0.5))
                self.mirror.fetch()
        raise self._busy()

    # Inside

    def _commit(self, group: Sequence[Asked]) -> None:
        if self.offline or not self._sent_before():
            self._let_wait(group)
            return
        tries: list[_Try] = []
        for attempt in range(ATTEMPTS):
            try:
                self._catch_up()
                if self._landed(group, tries):
                    return
                batch = self._decided(group, self.record())
                if not batch.envelopes:
                    return
                commit, objects = self._built(batch)
                tries.append(_Try(commit, tuple((one.envelopes, one.error) for one in group)))
                if self._pushed(batch.base.commit, commit, objects) is Answer.MOVED:
                    return
            except Unreachable as error:
                self._keep(group, tries, error)
                return
            time.sleep(min(0.01 * attempt, 0.5))
        raise self._busy()

    def _sent_before(self) -> bool:
        """Send what waits already, so that the new comes after it; say whether nothing waits any more."""
        if self._outbox.read().items and self.again is not None:
            try:
                self.settle(self.again())
            except Unreachable as error:
                self._tell(f"{error.message}; this waits here too. Later: metricgov sync")
        return not self._outbox.read().items

    def _catch_up(self) -> None:
        self.mirror.fetch()
        while self.mirror.unsent():
            self.mirror.send_unsent()
            self.mirror.fetch()

    def _pushed(self, old: str, commit: str, objects: Objects) -> Answer:
        try:
            with self._store.written(objects):
                return self.mirror.push_journal(old=old, new=commit)
        except KeyboardInterrupt:
            self._tell("Stopped while sending: whether it arrived is not known. See: metricgov sync")
            raise

    def _landed(self, group: Sequence[Asked], tries: Sequence[_Try]) -> bool:
        """Say whether one of our pushes is there after all, whatever was answered (INV-53)."""
        for one in tries:
            if self._is_there(one.commit):
                for asked, (envelopes, error) in zip(group, one.outcomes, strict=True):
                    asked.envelopes, asked.error = envelopes, error
                return True
        return False

    def _is_there(self, commit: str) -> bool:
        tip = self._store.ref(self.ref)
        return bool(tip) and not self._store.missing([commit]) and self._repository.contains(tip, commit)

    def _keep(self, group: Sequence[Asked], tries: Sequence[_Try], error: Unreachable) -> None:
        """Let a group wait here; what may have arrived already is remembered as such."""
        name = self.mirror.remote.name
        if not tries:
            self._let_wait(group)
            self._tell(f"{error.message}; this waits here, and others do not see it yet. Later: metricgov sync")
            return
        contents = self._outbox.read()
        while True:
            kept = replace(
                contents,
                tip=tries[-1].commit,
                items=_items(group),
                attempts=tuple(Attempt(one.commit, len(_items(group))) for one in tries),
            )
            if self._outbox.write(kept, at=BEGINNING) is not None:
                break
            contents = self._outbox.read()
            if contents.items:
                raise error
        self._tell(f"{name} did not say whether this arrived, and {error.message}. To find out: metricgov sync")

    def _let_wait(self, group: Sequence[Asked]) -> None:
        """Decide a group on top of what waits already, and let it wait too."""
        for attempt in range(ATTEMPTS):
            contents = self._outbox.read()
            batch = self._decided(group, JournalView(self._store, contents.tip) if contents.tip else self.record())
            if not batch.envelopes:
                return
            commit, objects = self._built(batch)
            longer = replace(contents, tip=commit, items=(*contents.items, *_items(group)))
            with self._store.written(objects):
                if self._outbox.write(longer, at=BEGINNING) is not None:
                    return
            time.sleep(min(0.002 * attempt, 0.05))
        raise self._busy()

    def _strike(self, contents: Contents) -> tuple[Contents, Settled | None]:
        """Take out what an earlier push brought to the remote, whose answer was lost."""
        for one in contents.attempts:
            if self._is_there(one.commit):
                waiting = self._outbox.waiting(contents)[: one.items]
                if self._outbox.write(_after(contents, one), at=BEGINNING) is None:
                    return self._strike(self._outbox.read())
                return contents, Settled(tuple(event for each in waiting for event in each.events), one.refused)
        return contents, None

    def _settle(self, contents: Contents, again: Callable[[Waiting], Sequence[Draft]]) -> Settled | None:
        """Decide and push what waits; None if somebody was quicker, or no answer came."""
        waiting = self._outbox.waiting(contents)
        group = [Asked(partial(again, one)) for one in waiting]
        batch = self._decided(group, self.record())
        refused = tuple(
            self._rejection(one, asked.error, contents.tip)
            for one, asked in zip(waiting, group, strict=True)
            if asked.error is not None
        )
        if not batch.envelopes:
            done = self._outbox.write(_after(contents, Attempt("", len(contents.items), refused)), at=BEGINNING)
            return None if done is None else Settled((), refused)
        commit, objects = self._built(batch)
        attempt = Attempt(commit, len(contents.items), refused)
        noted = self._outbox.write(replace(contents, attempts=(*contents.attempts, attempt)), at=BEGINNING)
        if noted is None or self._pushed(batch.base.commit, commit, objects) is not Answer.MOVED:
            return None
        while self._outbox.write(_after(noted, attempt), at=BEGINNING) is None:  # something was queued meanwhile
            noted = self._outbox.read()
        return Settled(tuple(batch.envelopes), refused)

    def _rejection(self, waiting: Waiting, error: BaseException, tip: str) -> Rejection:
        """Return what is kept of something that is refused now; any other error ends the settling, and all waits on."""
        if not (isinstance(error, Refused | BadInput) or getattr(error, "code", "") == "change_unknown"):
            raise error
        assert isinstance(error, MetricgovError)
        from metricgov.domain.workflow.events import Revised
        from metricgov.domain.workflow.typed import parse

        view = JournalView(self._store, tip)
        mine = [one for one in waiting.events if one.actor.principal] or list(waiting.events)
        texts: dict[str, bytes] = {}
        for payload in (parse(one).payload for one in mine):
            if isinstance(payload, Revised):
                texts |= {e.path: view.blob(mine[0].change or "", e.after.sha256) for e in payload.edits if e.after}
        said = [one.payload.get(key) for one in mine for key in ("reason", "text", "why")]
        return Rejection(
            change=mine[0].change or "",
            principal=mine[0].actor.principal,
            at=mine[0].at,
            types=tuple(one.type for one in mine),
            code=error.code,
            message=error.message,
            hint=error.hint,
            words=next((one for one in said if isinstance(one, str) and one), ""),
            texts=texts,
        )


def _items(group: Sequence[Asked]) -> tuple[Item, ...]:
    return tuple(item(one.drafts, one.envelopes) for one in group if one.envelopes and not one.error)


def _after(contents: Contents, attempt: Attempt) -> Contents:
    """Return the outbox after an attempt reached the remote."""
    left = contents.items[attempt.items :]
    return replace(
        contents,
        tip=contents.tip if left else "",
        items=left,
        attempts=(),
        refused=(*contents.refused, *attempt.refused),
    )
