"""Whether the journal branch is whole: chain, forms, bytes, markers, growth, anchors; meaning is not judged."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from metricgov.adapters.git.journal_layout import (
    BLOB_PATH,
    EVENT_PATH,
    MARKER_PATH,
    OTHER_PATHS,
    SEQ,
    ULID,
    WORKFLOW,
    JournalRegistry,
    blob_path,
    blobs_named_by,
    event_path,
    read_envelope,
    redacted_by,
    shard,
    signature_path,
    subject_folder,
)
from metricgov.adapters.git.journal_signed import asks_for_signature, wrong_signature
from metricgov.adapters.git.journal_view import JournalView
from metricgov.adapters.git.objects import FILE
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.signing.verify import SshVerifier
from metricgov.domain.digest import sha256_hex
from metricgov.domain.errors import BadInput, MetricgovError, Place, Problem
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.registry_events import RegistryCreated
from metricgov.domain.workflow.typed import TYPE_OF
from metricgov.ports.journal import JournalHead

ANCHOR = re.compile(r"^Metricgov-Journal: (\d{1,15}) ([0-9a-f]{64})$", re.MULTILINE)
BEYOND = 10**15
"""Sorts what concerns no event after everything that does."""
HINT = "compare with another clone; what stood there before is in its objects"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place of the chain that something outside the journal vouches for; `where` says what."""

    seq: int
    sha256: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What the check found: problems in the order of events, the first bad seq if any, the last anchored seq."""

    head: JournalHead
    problems: tuple[Problem, ...] = ()
    first_bad: int | None = None
    anchored: int = 0

    @property
    def holds(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems

    @property
    def note(self) -> str:
        """Return what the check cannot know, "" if nothing."""
        return "" if self.anchored >= self.head.seq else f"tail not anchored after seq {self.anchored}"


def anchors_on(repository: GitRepository, tip: str, *, since: str = "") -> tuple[Anchor, ...]:
    """Return the anchors that the commits of a branch after `since` (all, if "") carry, oldest first."""
    chain = repository.first_parents(tip, since=since)
    found: list[Anchor] = []
    for commit, item in zip(chain, repository.store.reader.contents(chain), strict=True):
        _, _, message = item.data.decode("utf-8", "replace").partition("\n\n") if item else ("", "", "")
        found.extend(Anchor(int(seq), sha256, commit) for seq, sha256 in ANCHOR.findall(message))
    return tuple(found)


def verify(
    repository: GitRepository,
    view: JournalView,
    *,
    anchors: Iterable[Anchor] = (),
    subjects_of: Callable[[Envelope], Iterable[str]] | None = None,
    others: Iterable[JournalView] = (),
    beside: Callable[[Envelope], object] | None = None,
) -> Verification:
    """Check everything on the branch at one commit, and that no earlier commit of it held anything else.

    `subjects_of` derives from an event the definitions that its change touches; without it only the form of the
    markers is checked. `others` are the same journal as other clones hold it. `beside` is shown every event that reads,
    in order. One event at a time is held; of the rest, digests are.
    """
    check = Check(repository, view, subjects_of, beside)
    return concluded(check, tuple(anchors), tuple(others))


def concluded(check: Check, anchors: tuple[Anchor, ...], others: tuple[JournalView, ...]) -> Verification:
    """Run a check to its end, and return what it found."""
    check.files()
    check.chain()
    check.signatures()
    check.markers()
    check.workflow()
    check.growth()
    anchored = max(check.anchors(anchors), check.others(others))
    rows = sorted(check.rows, key=lambda row: (row[0], row[1].place.path, row[1].code))
    first = rows[0][0] if rows and rows[0][0] <= check.last else None
    return Verification(check.head, tuple(dict.fromkeys(problem for _, problem in rows)), first, anchored)


@dataclass(slots=True)
class Check:
    """One check on its way. `after` is the event it began behind: what the next one has to follow, and not read."""

    repository: GitRepository
    view: JournalView
    subjects_of: Callable[[Envelope], Iterable[str]] | None
    beside: Callable[[Envelope], object] | None
    after: JournalHead = field(default_factory=JournalHead)
    rows: list[tuple[int, Problem]] = field(default_factory=list)
    events: dict[int, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    marked: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    prevs: dict[int, str] = field(default_factory=dict)
    digests: dict[int, str] = field(default_factory=dict)
    due: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    signers: dict[int, Envelope] = field(default_factory=dict)
    firsts: dict[str, int] = field(default_factory=dict)
    written: Envelope | None = None
    blobs: list[tuple[str, str, str]] = field(default_factory=list)
    signed: list[tuple[int, str, str]] = field(default_factory=list)
    gone: dict[tuple[str, str], int] = field(default_factory=dict)
    named: dict[tuple[str, str], int] = field(default_factory=dict)
    head: JournalHead = field(default_factory=JournalHead)
    last: int = 0
    host: str = ""

    def bad(self, seq: int, code: str, message: str, path: str = "") -> None:
        """Note a problem at the event it concerns; 0 where it concerns the whole branch."""
        self.rows.append((seq or BEYOND, Problem(code, message, Place(path or "journal"), HINT)))

    def listed(self) -> Iterable[tuple[str, str, str]]:
        """Return path, mode and object id of every file to check."""
        return self.view.files()

    def held(self, _path: str) -> bool:
        """Say whether a path that was not listed stands on the branch all the same."""
        return False

    def files(self) -> None:
        """Sort every file of the branch by its path, and refuse what does not belong there."""
        seen: set[str] = set()
        for path, mode, oid in self.listed():
            if path in seen or mode != FILE:
                self.bad(self._seq_in(path), "journal_file", f"{path} stands twice or is no regular file", path)
            seen.add(path)
            if not self._known(path, oid):
                self.bad(self._seq_in(path), "journal_file", f"{path} does not belong on the journal branch", path)

    def chain(self) -> None:
        """Read every event and blob; each event must follow the one before, the last be the one of the tip."""
        record: JournalRegistry | None = None
        try:
            self.head = self.view.tip
            record = self.view.registry()
        except MetricgovError as error:
            self.bad(0, error.code, error.message)
        self.last = max([self.head.seq, *self.events])
        self._read_events(record)
        self._walk_back()
        self._read_blobs()

    def _walk_back(self) -> None:
        """Go from the tip to the first event: each is what the one after it names, where that one can be trusted.

        Walking back tells the event that was changed from the one after it, whose `prev` is still right.
        """
        for seq in (one for one in self.events if one > self.head.seq):
            self.bad(seq, "journal_tip", f"event {seq} stands behind the tip, which names {self.head.seq}")
        witness = self.head.sha256 if self.head.seq else ""
        following = self.head.seq + 1
        for seq in sorted((one for one in self.events if one <= self.head.seq), reverse=True):
            if seq + 1 < following:
                self._missing(seq + 1, following - 1)
                witness = ""
            witness, following = self._witnessed(seq, witness), seq
        begins = self.after.seq + 1
        if following > begins:
            self._missing(begins, following - 1)
        elif witness not in ("", self.after.sha256):
            says = f"event {begins} does not follow event {self.after.seq}" if self.after.seq else ""
            self.bad(begins, "journal_chain", says or "event 1 follows an event that is not there")

    def _witnessed(self, seq: int, witness: str) -> str:
        """Compare an event with what the one after it names ("": it cannot say); return what it names itself."""
        copies, prev = self.events[seq], self.prevs.get(seq)
        if len(copies) != 1:
            self.bad(seq, "journal_gap", f"event {seq} stands {len(copies)} times")
        elif prev is not None and witness and self.digests[seq] != witness:
            says = f"event {seq + 1}" if seq < self.head.seq else "the tip"
            self.bad(seq, "journal_chain", f"event {seq} is not the one that {says} names", copies[0][0])
        elif prev is not None:
            return prev
        return ""

    def _missing(self, first: int, last: int) -> None:
        """Note a gap once, however long a number that somebody made up makes it."""
        says = f"event {first} is missing" if first == last else f"events {first} to {last} are missing"
        self.bad(first, "journal_gap", says)

    def signatures(self) -> None:
        """Each signed event has its signature beside it, over its own statement; nothing else has one.

        Whose key it was, and whether it counts, the people.yaml of a base says; that is not asked here.
        """
        verifier = SshVerifier()
        beside: dict[int, str] = {}
        contents = self.repository.store.reader.contents([oid for _, _, oid in self.signed])
        for (seq, path, _), found in zip(self.signed, contents, strict=True):
            envelope = self.signers.get(seq)
            if envelope is None or signature_path(envelope.change, seq) != path:
                self.bad(seq, "journal_signature", f"{path} stands beside no event", path)
            elif envelope.statement is None or not asks_for_signature(envelope):
                self.bad(seq, "journal_signature", f"{path} stands beside an event that is not signed", path)
            else:
                beside[seq] = path
                if wrong := wrong_signature(envelope, found.data if found else b"", verifier):
                    self.bad(seq, "journal_signature", f"{path}: {wrong}", path)
        for seq, envelope in self.signers.items():
            if asks_for_signature(envelope) and seq not in beside:
                self.bad(seq, "journal_signature", f"event {seq} calls itself signed, and no signature is beside it")

    def markers(self) -> None:
        """Compare the markers with what the events say they should be."""
        if self.subjects_of is None:
            return
        for folder in sorted({*self.due, *self.marked}):
            due, marked = self.due.get(folder, {}), self.marked.get(folder, set())
            for change in sorted(due.keys() - marked):
                if not self.held(f"{folder}/{change}"):
                    self.bad(due[change], "journal_marker", f"{folder}/{change} is missing", folder)
            for change in sorted(marked - due.keys()):
                self.bad(0, "journal_marker", f"{folder}/{change} marks what is not about it", folder)

    def workflow(self) -> None:
        """Compare the host's workflow with the last event that wrote one."""
        last = self.written
        data = next(self.repository.store.reader.contents([self.host])) if self.host else None
        if last is None and data is not None:
            self.bad(0, "journal_workflow", f"{WORKFLOW} stands here, and no event wrote it", WORKFLOW)
        elif last is not None and (data is None or sha256_hex(data.data) != last.payload.get("sha256")):
            self.bad(last.seq, "journal_workflow", f"{WORKFLOW} is not what event {last.seq} wrote", WORKFLOW)

    def growth(self) -> None:
        """Walk the commits of the branch: files may be added, and bytes go with a redaction, but nothing may change."""
        if not self.view.commit or self.repository.shallow:
            return
        git = self.repository.git
        limits = [f"^{self.after.commit}"] if self.after.commit else []
        commits = git.read("rev-list", "--reverse", "--end-of-options", self.view.commit, *limits).out
        options = ("--stdin", "-r", "-m", "-z", "--raw", "--no-renames", "--diff-filter=MDT", "--no-commit-id")
        listed = git.read("diff-tree", *options, stdin=commits).out.decode("utf-8", "surrogateescape")
        fields = listed.split("\0")
        for meta, path in zip(fields[::2], fields[1::2], strict=False):
            blob = BLOB_PATH.fullmatch(path)
            redacted = blob and meta.endswith("D") and (blob[2] or "", blob[3]) in self.gone
            if not redacted and path not in OTHER_PATHS - {"registry.json"}:
                self.bad(self._seq_in(path), "journal_rewritten", f"a later commit changed or dropped {path}", path)

    def anchors(self, anchors: tuple[Anchor, ...]) -> int:
        """Compare with what others vouch for, and return the last seq that somebody vouched for rightly."""
        anchored = 0
        for anchor in anchors:
            if self.digests.get(anchor.seq) == anchor.sha256:
                anchored = max(anchored, anchor.seq)
            elif anchor.seq in self.digests:
                words = f"event {anchor.seq} is another one than the anchor names ({anchor.where or 'given'})"
                self.bad(anchor.seq, "journal_anchor", words)
            else:
                first = min(anchor.seq, self.last + 1)
                gone = f"event {first}" if first == anchor.seq else f"events {first} to {anchor.seq}"
                self.bad(
                    first, "journal_anchor", f"{gone} are missing; an anchor names them ({anchor.where or 'given'})"
                )
                self.last = max(self.last, first)
        return anchored

    def others(self, others: tuple[JournalView, ...]) -> int:
        """Compare event by event with what other clones hold; return the last seq that one of them has as well."""
        anchored = 0
        for other in others:
            try:
                theirs = dict(sorted((seq, oid) for seq, _, oid in other.event_files()))
            except MetricgovError:
                continue
            mine = {seq: rows[0][1] for seq, rows in self.events.items() if len(rows) == 1}
            both = [seq for seq in theirs if seq in mine]
            if bad := next((seq for seq in both if theirs[seq] != mine[seq]), 0):
                self.bad(bad, "journal_anchor", f"event {bad} is another one in another clone ({other.commit[:12]})")
            else:
                anchored = max([anchored, *both])
        return anchored

    def _known(self, path: str, oid: str) -> bool:
        if event := EVENT_PATH.fullmatch(path):
            seq, change = int(event[5]), event[2]
            if change is not None and not ULID.fullmatch(change):
                return False
            if event_path(change, seq).removesuffix("json") + event[6] != path:
                return False
            if event[6] == "json":
                self.events[seq].append((path, oid))
            else:
                self.signed.append((seq, path, oid))
            return True
        if blob := BLOB_PATH.fullmatch(path):
            if blob[2] is not None and not ULID.fullmatch(blob[2]):
                return False
            self.blobs.append((path, oid, blob[3]))
            return blob_path(blob[2], blob[3]) == path
        if marker := MARKER_PATH.fullmatch(path):
            self.marked[path.rpartition("/")[0]].add(marker[3])
            return marker[1] == shard(marker[2]) and bool(ULID.fullmatch(marker[3]) or SEQ.fullmatch(marker[3]))
        if path == WORKFLOW:
            self.host = oid
        return path in OTHER_PATHS

    def _read_events(self, record: JournalRegistry | None) -> None:
        rows = [(seq, path, oid) for seq, copies in sorted(self.events.items()) for path, oid in copies]
        signed = {seq for seq, _, _ in self.signed}
        contents = self.repository.store.reader.contents(oid for _, _, oid in rows)
        for (seq, path, _), found in zip(rows, contents, strict=True):
            data = found.data if found else b""
            try:
                envelope = read_envelope(data, path)
            except MetricgovError as error:
                self.bad(seq, error.code, error.message, path)
                continue
            self.digests[seq], self.prevs[seq] = sha256_hex(data), envelope.prev
            if seq in signed or asks_for_signature(envelope):
                self.signers[seq] = envelope
            self._take(envelope, path, record)

    def _take(self, envelope: Envelope, path: str, record: JournalRegistry | None) -> None:
        """Note what one event says about the files around it."""
        seq, payload = envelope.seq, envelope.payload
        if envelope.change:
            self.firsts.setdefault(envelope.change, seq)
            for one in blobs_named_by(envelope):
                self.named.setdefault((envelope.change, one), seq)
            self.gone.update(((envelope.change, one), seq) for one in redacted_by(envelope))
        if envelope.type == "workflow_written":
            self.written = envelope
        named = (payload.get("registry"), payload.get("target"))
        begins = seq == 1 and envelope.type == TYPE_OF[RegistryCreated]  # any other beginning is found by replaying
        if begins and record and named != (record.registry, record.target):
            self.bad(0, "journal_registry", f"registry.json names another registry or target than event {seq}")
        if seq == self.head.seq and (path, envelope.main) != (self.view.last_path, self.head.main):
            self.bad(0, "journal_tip", f"the tip names another place or another main of event {seq}")
        for name in self.subjects_of(envelope) if self.subjects_of else ():
            try:
                self.due[subject_folder(name)].setdefault(envelope.change or f"{seq:09d}", seq)
            except BadInput as error:
                self.bad(seq, "journal_marker", error.message, path)
        if self.beside is not None:
            self.beside(envelope)

    def _missing_blobs(self) -> None:
        """Find bytes that an event names, that are not there, and that no event says were redacted."""
        there = {(path.split("/")[2], sha256) for path, _, sha256 in self.blobs if path.startswith("changes/")}
        there |= {key for key in {*self.gone, *self.named} - there if self.held(blob_path(*key))}
        for key in self.gone.keys() & there:
            says = f"event {self.gone[key]} says that {key[1][:12]} was redacted, and it stands there"
            self.bad(self.gone[key], "journal_redaction", says, blob_path(*key))
        for key, seq in self.named.items():
            if key not in there and key not in self.gone:
                says = f"event {seq} names bytes that are not there"
                self.bad(seq, "journal_blob_missing", says, blob_path(*key))

    def _read_blobs(self) -> None:
        self._missing_blobs()
        contents = self.repository.store.reader.contents(oid for _, oid, _ in self.blobs)
        for (path, _, sha256), found in zip(self.blobs, contents, strict=True):
            if found is None or sha256_hex(found.data) != sha256:
                seq = self.firsts.get(path.split("/")[2], 0) if path.startswith("changes/") else 0
                self.bad(seq, "journal_blob", f"the bytes of {path} are not what their name says", path)

    @staticmethod
    def _seq_in(path: str) -> int:
        found = EVENT_PATH.fullmatch(path)
        return int(found[5]) if found else 0
