"""The journal on its branch: group commit, compare-and-swap, decide again; what events mean lives in the core."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from metricgov.adapters.git.journal_layout import (
    EVENT_TYPE,
    REDACTED,
    WORKFLOW,
    JournalRegistry,
    Tip,
    blob_path,
    commit_message,
    event_path,
    read_envelope,
    redacted_by,
    signature_path,
    subject_folder,
    trailers,
)
from metricgov.adapters.git.journal_view import JournalView
from metricgov.adapters.git.objects import Objects, commit_bytes
from metricgov.adapters.git.refs import is_full_ref
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.store import ObjectStore, edited_tree, path_parts
from metricgov.domain.digest import sha256_hex
from metricgov.domain.errors import BadInput, MetricgovError, Refused, Undecidable
from metricgov.domain.workflow.envelope import ZERO, Draft, Envelope
from metricgov.ports.journal import JournalHead

T = TypeVar("T")

ATTEMPTS = 200
"""Lost races after which an append gives up; every lost race means that somebody else's append won."""


class GitJournal:
    """Implements the port Journal on `refs/heads/<branch>` of a repository.

    Safe to share between threads: appends that wait for one another are committed as one group, and each `decide` then
    runs in the thread that commits, seeing what the group holds so far.
    """

    def __init__(self, repository: GitRepository, branch: str = "metricgov/journal") -> None:
        self.ref = f"refs/heads/{branch}"
        if not is_full_ref(self.ref):
            raise BadInput("bad_branch", f"not a branch name: {branch!r}", hint="set `journal:` in metricgov.yaml")
        self._store = repository.store
        self._line = repository.line(self.ref)

    def view(self, commit: str = "") -> JournalView:
        """Return the journal at a commit (for example of a remote branch), by default at the tip."""
        return self._line.view(self._store, commit or self._store.ref(self.ref))

    def record(self) -> JournalView:
        """Return the journal as everybody may see it: without what waits here to be sent."""
        return self._line.view(self._store, self._store.ref(self.ref))

    def exists(self) -> bool:
        """Say whether the branch is there."""
        return bool(self._store.ref(self.ref))

    def registry(self) -> JournalRegistry:
        """Return whose journal this is and which ref its changes reach."""
        return self.view().registry()

    def create(self, registry_id: str, target: str = "refs/heads/main", *, at: str) -> None:
        """Start the branch with registry.json; the same again does nothing, another registry is refused."""
        record = JournalRegistry(registry_id, target)
        if not is_full_ref(target):
            raise BadInput("bad_ref", f"not a full ref: {target!r}", hint="write refs/heads/main")
        objects = Objects(self._store.object_format)
        blob = objects.add("blob", record.to_bytes())
        root = edited_tree(objects, self._store.entries, "", {(b"registry.json",): blob})
        message = f"metricgov: the journal of registry {registry_id}\n\n" + trailers(Tip(0, ZERO, "", ""))
        commit = objects.add("commit", commit_bytes(tree=root, parents=(), at=at, message=message))
        if not self._store.publish(self.ref, "", commit, objects, "metricgov init") and self.registry() != record:
            raise Refused(
                "journal_exists", f"{self.ref} is the journal of another registry", hint="choose another branch name"
            )

    # Port

    def head(self) -> JournalHead:
        """Return the tip."""
        return self._reading().head()

    def events(self, *, since: int = 0) -> Iterator[Envelope]:
        """Yield every event with seq > since, in order of seq."""
        return self._reading().events(since=since)

    def events_of(self, change: str | None) -> tuple[Envelope, ...]:
        """Return the events of one change (of the registry: None), in order of seq; () if unknown."""
        return self._reading().events_of(change)

    def touching(self, definition: str) -> tuple[str, ...]:
        """Return the ids of the changes that touch a definition (`kind:name`), oldest first."""
        return self._reading().touching(definition)

    def about(self, subject: str) -> tuple[Envelope, ...]:
        """Return the events of no change that name a subject, in order of seq."""
        return self._reading().about(subject)

    def changes(self) -> tuple[str, ...]:
        """Return the id of every change, oldest first."""
        return self._reading().changes()

    def blob(self, change: str, sha256: str) -> bytes:
        """Return stored bytes of a change ("" = of the registry); Undecidable if the journal does not hold them."""
        return self._reading().blob(change, sha256)

    def signatures(self, change: str | None) -> Mapping[int, bytes]:
        """Return the signature of each signed event of one change (of the registry: None) by its seq."""
        return self._reading().signatures(change)

    def append(self, decide: Callable[[], Sequence[Draft]]) -> tuple[Envelope, ...]:
        """Append what `decide` returns at the current tip, durably, as one batch; decide again after a lost race."""
        if self._line.batch is not None:
            raise RuntimeError("decide must not append")
        mine = Asked(decide)
        self._line.join(mine)
        try:
            with self._line.leader:
                if not mine.settled:
                    self._commit_waiting()
        finally:
            if mine.tried:
                _thread.wrote = True
        if mine.error is not None:
            raise mine.error
        return mine.envelopes

    # Inside

    def _reading(self) -> JournalView | Batch:
        return self._line.batch or self.view()

    def _commit_waiting(self) -> None:
        """Decide and commit everything that waits now, as one group."""
        group = self._line.all_waiting()
        try:
            self._commit(group)
        except BaseException as error:
            for one in group:
                one.error = one.error or error
            raise
        finally:
            for one in group:
                one.settled = True

    def _commit(self, group: Sequence[Asked]) -> None:
        """Decide and publish a group, anew after every lost race; how each one ended stands in it."""
        for attempt in range(ATTEMPTS):
            batch = self._decided(group, self.view())
            if not batch.envelopes or self._published(batch):
                return
            time.sleep(min(0.002 * attempt, 0.05))
        raise self._busy()

    def _busy(self) -> Undecidable:
        return Undecidable("journal_busy", f"{self.ref} moves too fast", hint="run the command again")

    def _decided(self, group: Sequence[Asked], base: JournalView) -> Batch:
        batch = Batch(base)
        batch.base.registry()
        self._line.batch = batch
        try:
            for one in group:
                one.envelopes, one.error, one.drafts = (), None, ()
                try:
                    one.drafts = tuple(one.decide())
                    one.envelopes = batch.add(one.drafts)
                    one.tried |= bool(one.envelopes)
                except Exception as error:  # noqa: BLE001 - belongs to whoever asked, not to the group
                    one.error = error
        finally:
            self._line.batch = None
        return batch

    def _published(self, batch: Batch) -> bool:
        commit, objects = self._built(batch)
        return self._store.publish(self.ref, batch.base.commit, commit, objects, "metricgov append")

    def _built(self, batch: Batch) -> tuple[str, Objects]:
        """Return the commit that appends a batch to its base, and its objects; nothing is written."""
        objects = Objects(self._store.object_format)
        edits = {
            path_parts(path): None if data is None else objects.add("blob", data)
            for path, data in batch.files().items()
        }
        root = edited_tree(objects, self._store.entries, batch.base.root, edits)
        message = commit_message(tuple(batch.envelopes))
        parents = (batch.base.commit,)
        raw = commit_bytes(tree=root, parents=parents, at=batch.envelopes[-1].at, message=message)
        return objects.add("commit", raw), objects


_thread = threading.local()


def writes_of(act: Callable[[], T]) -> T:
    """Do something; an error of it says whether it is certain that it added nothing to any journal.

    It is certain where no event of it was ever ready to be written; after that, only the journal knows.
    """
    _thread.wrote = False
    try:
        return act()
    except MetricgovError as error:
        error.undone = not _thread.wrote
        raise


class Line:
    """Appends to one journal that wait for one another, from all threads of this process.

    `leader` is held by whoever commits for all; `batch` is what that thread has decided so far, None in all others.
    """

    def __init__(self) -> None:
        self.leader = threading.RLock()
        self._waiting: list[Asked] = []
        self._queue = threading.Lock()
        self._inside = threading.local()
        self._last: JournalView | None = None

    @property
    def batch(self) -> Batch | None:
        """What is decided and not committed yet, in the thread that decides."""
        return getattr(self._inside, "batch", None)

    @batch.setter
    def batch(self, batch: Batch | None) -> None:
        self._inside.batch = batch

    def join(self, asked: Asked) -> None:
        """Wait with the others."""
        with self._queue:
            self._waiting.append(asked)

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return len(self._waiting)

    def all_waiting(self) -> list[Asked]:
        """Take everything that waits now."""
        with self._queue:
            group, self._waiting = self._waiting, []
        return group

    def view(self, store: ObjectStore, commit: str) -> JournalView:
        """Return the journal at a commit; what was read of it last is not read again."""
        last = self._last
        if last is None or last.commit != commit:
            last = self._last = JournalView(store, commit)
        return last


@dataclass(slots=True)
class Asked:
    """One append on its way, and how it ended."""

    decide: Callable[[], Sequence[Draft]]
    drafts: tuple[Draft, ...] = ()
    envelopes: tuple[Envelope, ...] = ()
    error: BaseException | None = None
    settled: bool = False
    tried: bool = False
    """Whether there was anything of it to write: from then on only the journal says whether it was written."""


@dataclass(slots=True)
class Batch:
    """Events that are decided and not committed yet, read together with what the tip holds."""

    base: JournalView
    envelopes: list[Envelope] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)

    def add(self, drafts: Sequence[Draft]) -> tuple[Envelope, ...]:
        """Give drafts their places in the chain; all of them or, if one is malformed, none."""
        head = self.head()
        added: list[Envelope] = []
        for draft in drafts:
            added.append(envelope := chained(draft, head))
            head = JournalHead(head.commit, envelope.seq, envelope.sha256, envelope.main)
        self.envelopes.extend(added)
        self.drafts.extend(drafts)
        return tuple(added)

    def files(self) -> dict[str, bytes | None]:
        """Return the files that the batch adds to the branch; None for those that a redaction takes away."""
        files: dict[str, bytes | None] = {}
        for draft, envelope in zip(self.drafts, self.envelopes, strict=True):
            files[event_path(draft.change, envelope.seq)] = envelope.to_bytes()
            if draft.signature:
                files[signature_path(draft.change, envelope.seq)] = draft.signature
            files |= {blob_path(draft.change, sha256): data for sha256, data in draft.blobs.items()}
            marker = draft.change or f"{envelope.seq:09d}"
            files |= {f"{subject_folder(name)}/{marker}": b"" for name in draft.subjects}
            if draft.type == REDACTED:
                files |= {blob_path(draft.change, sha256): None for sha256 in redacted_by(envelope)}
            if draft.type == "workflow_written" and (written := str(draft.payload.get("sha256"))) in draft.blobs:
                files[WORKFLOW] = draft.blobs[written]
        return files

    def head(self) -> JournalHead:
        """Return the tip with the batch on it."""
        base = self.base.head()
        if not self.envelopes:
            return base
        last = self.envelopes[-1]
        return JournalHead(base.commit, last.seq, last.sha256, last.main)

    def events(self, *, since: int = 0) -> Iterator[Envelope]:
        """Yield every event with seq > since, in order of seq."""
        yield from self.base.events(since=since)
        yield from (envelope for envelope in self.envelopes if envelope.seq > since)

    def events_of(self, change: str | None) -> tuple[Envelope, ...]:
        """Return the events of one change (of the registry: None), in order of seq."""
        return self.base.events_of(change) + tuple(one for one in self.envelopes if one.change == change)

    def touching(self, definition: str) -> tuple[str, ...]:
        """Return the ids of the changes that touch a definition, oldest first."""
        own = {draft.change for draft in self.drafts if draft.change and definition in draft.subjects}
        return tuple(sorted({*self.base.touching(definition), *own}))

    def about(self, subject: str) -> tuple[Envelope, ...]:
        """Return the events of no change that name a subject, in order of seq."""
        own = [
            envelope
            for draft, envelope in zip(self.drafts, self.envelopes, strict=True)
            if draft.change is None and subject in draft.subjects
        ]
        return (*self.base.about(subject), *own)

    def changes(self) -> tuple[str, ...]:
        """Return the id of every change, oldest first."""
        return tuple(sorted({*self.base.changes(), *(draft.change for draft in self.drafts if draft.change)}))

    def blob(self, change: str, sha256: str) -> bytes:
        """Return stored bytes of a change ("" = of the registry)."""
        for draft in self.drafts:
            if (draft.change or "") == change and sha256 in draft.blobs:
                return draft.blobs[sha256]
        return self.base.blob(change, sha256)

    def signatures(self, change: str | None) -> Mapping[int, bytes]:
        """Return the signature of each signed event of one change (of the registry: None) by its seq."""
        own = zip(self.drafts, self.envelopes, strict=True)
        waiting = {
            envelope.seq: draft.signature for draft, envelope in own if draft.signature and draft.change == change
        }
        return {**self.base.signatures(change), **waiting}


def chained(draft: Draft, head: JournalHead) -> Envelope:
    """Return the event that a draft becomes after `head`; a draft that does not say which main it saw keeps the last.

    BadInput for a draft that would not read back; ValueError for a mistake of the program.
    """
    if not EVENT_TYPE.fullmatch(draft.type):
        raise ValueError(f"not an event type: {draft.type!r}")
    for sha256, data in draft.blobs.items():
        if sha256_hex(data) != sha256:
            raise ValueError(f"bytes stand under another digest: {sha256}")
    envelope = Envelope(
        seq=head.seq + 1,
        prev=head.sha256,
        main=draft.main or head.main,
        change=draft.change,
        type=draft.type,
        actor=draft.actor,
        at=draft.at,
        payload=draft.payload,
        statement=draft.statement,
    )
    path = event_path(draft.change, envelope.seq)
    try:
        return read_envelope(envelope.to_bytes(), path)
    except (ValueError, TypeError, Undecidable) as error:
        raise BadInput("malformed_event", f"an event of type {draft.type} cannot be stored: {error}") from error
