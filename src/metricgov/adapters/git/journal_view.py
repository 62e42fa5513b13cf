"""The journal as it stands at one commit, read lazily; appending lives in journal.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from metricgov.adapters.git.batch import Object
from metricgov.adapters.git.journal_layout import (
    EVENT_PATH,
    SEQ,
    ULID,
    JournalRegistry,
    blob_path,
    change_folder,
    damaged,
    event_path,
    read_envelope,
    read_registry,
    read_tip,
    subject_folder,
)
from metricgov.adapters.git.objects import FOLDER, Entry, tree_entries
from metricgov.adapters.git.store import ObjectStore
from metricgov.domain.digest import sha256_hex
from metricgov.domain.errors import Undecidable
from metricgov.domain.workflow.envelope import ZERO, Envelope
from metricgov.ports.journal import JournalHead

FOLDERS = ("changes", "registry")
"""Where events stand."""
FEW = 256
"""Events, and commits, up to which listing all of them is as quick as asking for the new ones."""
KEPT = 20_000
"""Events that are remembered at one time."""
KEPT_CHANGES = 2_000
"""Changes whose events are remembered together."""


class JournalView:
    """Reads one commit of the journal branch; "" is the journal that does not exist yet."""

    def __init__(self, store: ObjectStore, commit: str) -> None:
        self.commit = commit
        self._store = store
        self._last_path = ""

    @cached_property
    def root(self) -> str:
        """Id of the tree, "" if there is none."""
        return self._store.tree_of(self.commit) if self.commit else ""

    @cached_property
    def tip(self) -> JournalHead:
        """The last event's place as the trailers of the commit name it; its bytes are not looked at."""
        if not self.commit:
            return JournalHead()
        tip = read_tip(self._store.commit_header(self.commit)[""][0], self.commit)
        self._last_path = tip.path
        return JournalHead(self.commit, tip.seq, tip.sha256 if tip.seq else ZERO, tip.main)

    @property
    def last_path(self) -> str:
        """Where the last event stands, as the tip names it."""
        return self._last_path if self.tip.seq else ""

    def event_files(self) -> list[tuple[int, str, str]]:
        """Return seq, path and object id of every event, unsorted; nothing is read."""
        return self._event_files()

    @cached_property
    def _last(self) -> Envelope | None:
        tip = self.tip
        if not tip.seq:
            return None
        data, entry = self._bytes(self._last_path), self._entry(self._last_path)
        assert entry is not None  # its bytes were just read
        (last,) = self._envelopes([(tip.seq, self._last_path, entry.oid)])
        if sha256_hex(data) != tip.sha256 or last.seq != tip.seq:
            raise damaged(f"event {tip.seq} is not the one that the tip names")
        return last

    def last(self) -> Envelope | None:
        """Return the last event, checked against the tip; None before the first."""
        return self._last

    def head(self) -> JournalHead:
        """Return the last event's place, checked against its bytes."""
        self.last()
        return self.tip

    def holds(self, other: JournalView) -> bool:
        """Say whether the last event of another commit of the journal stands here, byte for byte."""
        if not other.tip.seq:
            return True
        mine, theirs = self._entry(other._last_path), other._entry(other._last_path)
        return mine is not None and mine == theirs

    def registry(self) -> JournalRegistry:
        """Return whose journal this is; Undecidable if there is none."""
        if not self.commit:
            hint = "fetch it: git fetch origin BRANCH:BRANCH, with the one that metricgov.yaml names; or metricgov init"
            raise Undecidable("no_journal", "this clone has no journal", hint=hint)
        return read_registry(self._bytes("registry.json"))

    def events(self, *, since: int = 0) -> Iterator[Envelope]:
        """Yield every event with seq > since in order, the chain checked on the way; damage is Undecidable."""
        head = self.head()
        if since >= head.seq:
            return
        if since == head.seq - 1 and (last := self.last()) is not None:
            yield last
            return
        before = self.before(since, most=FEW) if since and head.seq > FEW else None
        if before is None or not before.tip.seq:
            expected, prev = max(since, 1), ""
            rows = sorted(row for row in self._event_files() if row[0] >= expected)
        else:
            expected, prev = before.tip.seq + 1, before.tip.sha256
            rows = sorted(self._event_files_since(before.commit))
        contents = self._store.reader.contents([oid for _, _, oid in rows])
        for (seq, path, _), found in zip(rows, contents, strict=True):
            if seq != expected or found is None:
                raise damaged(f"event {expected} is missing or stands twice")
            envelope = read_envelope(found.data, path)
            if envelope.prev != (prev or (ZERO if seq == 1 else envelope.prev)):
                raise damaged(f"event {seq} does not follow event {seq - 1}")
            prev = sha256_hex(found.data)
            expected += 1
            if seq > since:
                yield envelope
        if (expected - 1, prev) != (head.seq, head.sha256):
            raise damaged(f"the events end at {expected - 1}, the tip names {head.seq}")

    def events_of(self, change: str | None) -> tuple[Envelope, ...]:
        """Return the events of one change (of the registry: None), in order of seq; () if unknown."""
        events = self._registry_events() if change is None else self._events_of_change(change)
        if events and events[-1].seq > self.tip.seq:
            raise damaged(f"event {events[-1].seq} stands behind the tip, which names {self.tip.seq}")
        return events

    def _registry_events(self) -> tuple[Envelope, ...]:
        rows = sorted(row for row in self._event_files("registry") if row[1].startswith("registry/"))
        return self._envelopes(rows)

    def _events_of_change(self, change: str) -> tuple[Envelope, ...]:
        """Return the events in the folder of a change; where the folder is as it was, the same tuple as then."""
        folder = change_folder(change)
        entry = self._entry(folder)
        if entry is None:
            return ()
        known = self._store.events_of
        oid, events = known.get(change, ("", ()))
        if oid != entry.oid:
            events = self._envelopes(sorted(self._events_in(folder)))
            if len(known) > KEPT_CHANGES:
                known.clear()
            known[change] = entry.oid, events
        return events

    def _envelopes(self, rows: Sequence[tuple[int, str, str]]) -> tuple[Envelope, ...]:
        """Return events by seq, path and object id; those read lately are the same objects as then."""
        known = self._store.envelopes
        found = {(path, oid): known.get((path, oid)) for _, path, oid in rows}
        missing = [row for row, envelope in found.items() if envelope is None]
        contents = self._store.reader.contents([oid for _, oid in missing])
        read = {row: read_envelope(_held(one, row[0]), row[0]) for row, one in zip(missing, contents, strict=True)}
        if len(known) > KEPT:
            known.clear()
        known.update(read)
        return tuple(found[path, oid] or read[path, oid] for _, path, oid in rows)

    def touching(self, definition: str) -> tuple[str, ...]:
        """Return the ids of the changes that touch a definition, oldest first (ULIDs sort by time)."""
        return tuple(sorted(name for name in self._marked(definition) if ULID.fullmatch(name)))

    def about(self, subject: str) -> tuple[Envelope, ...]:
        """Return the events of no change that name a subject, in order of seq."""
        paths = [event_path(None, int(name)) for name in sorted(self._marked(subject)) if SEQ.fullmatch(name)]
        return tuple(read_envelope(self._bytes(path), path) for path in paths)

    def changes(self) -> tuple[str, ...]:
        """Return the id of every change, oldest first."""
        return self._changes

    @cached_property
    def _changes(self) -> tuple[str, ...]:
        shards = [shard.oid for shard in self._folder("changes") if shard.mode == FOLDER]
        known = self._store.changes
        missing = [oid for oid in shards if oid not in known]
        trees = (_held_tree(found) for found in self._store.reader.contents(missing))
        read = {oid: self._changes_in(tree) for oid, tree in zip(missing, trees, strict=True)}
        names = [name for oid in shards for name in (read[oid] if oid in read else known[oid])]
        self._store.changes = {oid: read[oid] if oid in read else known[oid] for oid in shards}
        return tuple(sorted(names))

    def _changes_in(self, shard: bytes) -> tuple[str, ...]:
        names = (entry.name.decode("utf-8", "replace") for entry in self._lines(shard))
        return tuple(name for name in names if ULID.fullmatch(name))

    def blob(self, change: str, sha256: str) -> bytes:
        """Return stored bytes of a change ("" = of the registry); Undecidable if the journal does not hold them."""
        data = self._bytes(blob_path(change or None, sha256))
        if sha256_hex(data) != sha256:
            raise damaged(f"the bytes {sha256[:12]} of {change or 'the registry'} are not what their name says")
        return data

    def signatures(self, change: str | None) -> Mapping[int, bytes]:
        """Return the signature of each signed event of one change (of the registry: None) by its seq."""
        if change is None:
            rows = [row for row in self._event_files("registry", suffix="sig") if row[1].startswith("registry/")]
        else:
            rows = self._events_in(change_folder(change), suffix="sig")
        contents = self._store.reader.contents([oid for _, _, oid in rows])
        return {seq: _held(found, path) for (seq, path, _), found in zip(rows, contents, strict=True)}

    def files(self) -> Iterator[tuple[str, str, str]]:
        """Yield path, mode and object id of everything on the branch."""
        if not self.commit:
            return
        listed = self._store.git.read("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", self.commit)
        for row in listed.out.split(b"\0")[:-1]:
            meta, _, path = row.partition(b"\t")
            mode, _, oid = meta.decode().split(" ")
            yield path.decode("utf-8", "surrogateescape"), mode, oid

    def _marked(self, subject: str) -> list[str]:
        return [entry.name.decode("utf-8", "replace") for entry in self._folder(subject_folder(subject))]

    def before(self, seq: int, *, most: int = 0) -> JournalView | None:
        """Return the journal as it stood before any event after `seq`, by its own line of commits.

        None where this clone does not reach back so far, or where it is not among the newest `most` commits (0: all).
        """
        passed, step = 0, FEW
        while not most or passed < most:
            listed = self._store.git.read(
                "rev-list",
                "--first-parent",
                f"--skip={passed}",
                f"--max-count={step}",
                "--end-of-options",
                self.commit,
            ).text.split()
            for commit, found in zip(listed, self._store.reader.contents(listed), strict=True):
                if found is None:
                    return None
                tip = read_tip(found.data.decode("utf-8", "replace").partition("\n\n")[2], commit)
                if tip.seq <= seq:
                    return JournalView(self._store, commit)
            if len(listed) < step:
                return None
            passed, step = passed + step, 2 * step
        return None

    def object_at(self, path: str) -> str:
        """Return the id of what stands at a path, "" where nothing does."""
        entry = self._entry(path)
        return entry.oid if entry else ""

    def added_since(self, commit: str) -> Iterator[tuple[str, str, str]]:
        """Yield path, mode and object id of what stands here and did not stand in an earlier commit."""
        return (row[1:] for row in self._differing(commit) if row[0] == "A")

    def _differing(self, commit: str, *folders: str) -> Iterator[tuple[str, str, str, str]]:
        """Yield letter of the difference, path, mode and object id of what is not as it was in an earlier commit."""
        options = ("-r", "-z", "--raw", "--no-renames", "--end-of-options")
        listed = self._store.git.read("diff-tree", *options, commit, self.commit, "--", *folders)
        parts = listed.out.decode("utf-8", "surrogateescape").split("\0")[:-1]
        for meta, path in zip(parts[::2], parts[1::2], strict=True):
            _, mode, _, oid, letter = meta.split(" ")
            yield letter, path, mode, oid

    def _event_files_since(self, commit: str) -> list[tuple[int, str, str]]:
        """Return seq, path and object id of the events that stand here and not so in an earlier commit, unsorted."""
        rows = ((EVENT_PATH.fullmatch(path), path, oid) for _, path, _, oid in self._differing(commit, *FOLDERS))
        return [(int(found[5]), path, oid) for found, path, oid in rows if found and found[6] == "json"]

    def _event_files(self, *folders: str, suffix: str = "json") -> list[tuple[int, str, str]]:
        """Return seq, path and object id of events, unsorted."""
        if not self.commit:
            return []
        folders = folders or FOLDERS
        listed = self._store.git.read("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", self.commit, *folders)
        rows = []
        for row in listed.out.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            meta, _, path = row.partition("\t")
            found = EVENT_PATH.fullmatch(path) if path.endswith(f".{suffix}") else None
            if found:
                rows.append((int(found[5]), path, meta.rpartition(" ")[2]))
        return rows

    def _events_in(self, folder: str, *, suffix: str = "json") -> list[tuple[int, str, str]]:
        rows = []
        for entry in self._folder(folder):
            path = f"{folder}/{entry.name.decode('utf-8', 'surrogateescape')}"
            found = EVENT_PATH.fullmatch(path)
            if found and found[6] == suffix:
                rows.append((int(found[5]), path, entry.oid))
        return rows

    def _entry(self, path: str) -> Entry | None:
        """Walk from the root; a name that a folder holds twice is damage."""
        entry = Entry("40000", b"", self.root) if self.root else None
        for part in path.encode().split(b"/"):
            if entry is None or entry.mode != "40000":
                return None
            same = [one for one in self._store.entries(entry.oid) if one.name == part]
            if len(same) > 1:
                raise damaged(f"{path} stands twice on the branch")
            entry = same[0] if same else None
        return entry

    def _folder(self, path: str) -> tuple[Entry, ...]:
        entry = self._entry(path)
        if entry is None or entry.mode != "40000":
            return ()
        return self._entries(entry.oid)

    def _entries(self, tree: str) -> tuple[Entry, ...]:
        return self._store.entries(tree)

    def _lines(self, data: bytes) -> tuple[Entry, ...]:
        return tree_entries(self._store.object_format, data)

    def _bytes(self, path: str) -> bytes:
        entry = self._entry(path)
        if entry is None:
            raise Undecidable(
                "not_in_journal",
                f"the journal does not hold {path}",
                hint="run: git fetch; metricgov audit verify (a redacted text stays only in older commits)",
            )
        return _held(next(self._store.reader.contents([entry.oid])), path)


def longer(store: ObjectStore, here: str, there: str, *, branch: str) -> str:
    """Return whichever of two commits of a journal holds the last event of the other; Undecidable if neither does.

    The chain binds everything before an event to it, so a clone needs no older commits to know (INV-62).
    """
    one, other = JournalView(store, here), JournalView(store, there)
    short, long = (one, other) if one.tip.seq <= other.tip.seq else (other, one)
    if long.holds(short):
        return here if one.tip.seq == other.tip.seq else long.commit
    raise Undecidable(
        "journal_diverged",
        f"{branch} here ({one.tip.seq} events) and at origin ({other.tip.seq} events) are two different journals",
        hint=f"find out why (metricgov audit verify), then name the right one: --journal origin/{branch}",
    )


def _held(found: Object | None, path: str) -> bytes:
    if found is None or found.kind != "blob":
        raise damaged(f"the bytes of {path} are missing")
    return found.data


def _held_tree(found: Object | None) -> bytes:
    if found is None or found.kind != "tree":
        raise damaged("a folder of the branch is missing")
    return found.data
