"""The journal branch: its layout, what a change of any byte of it leads to, and what a shallow fetch of it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from metricgov.adapters.git.journal import GitJournal, writes_of
from metricgov.adapters.git.journal_layout import read_envelope, shard
from metricgov.adapters.git.journal_verify import Anchor, anchors_on, verify
from metricgov.adapters.git.objects import Objects, commit_bytes
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.setup import commit_files
from metricgov.adapters.git.store import ObjectStore
from metricgov.domain.digest import canonical_json, sha256_hex
from metricgov.domain.errors import BadInput, MetricgovError, Refused, Undecidable
from metricgov.domain.workflow.envelope import ZERO, Actor, Draft, Envelope

AT = "2026-06-18T09:52:30Z"
ONE = "01J0000000000000000000000A"
TWO = "01J1111111111111111111111B"
BRANCH = "metricgov/journal"
TEXT = b"kind: metric\n"
Git = Callable[..., str]


def draft(change: str | None, type: str, **payload: str) -> Draft:
    return Draft(change, type, Actor("crm-lead"), AT, payload, main="a" * 40)


def full(repository: GitRepository) -> GitJournal:
    """Return a journal with seven events, blobs, markers and a registry event."""
    journal = GitJournal(repository)
    journal.create("7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11", at=AT)
    opened = Draft(
        ONE,
        "created",
        Actor("ops-lead"),
        AT,
        {"why": "später"},
        blobs={sha256_hex(TEXT): TEXT},
        subjects=("metric:speed",),
    )
    journal.append(lambda: [opened])
    for number in range(4):
        journal.append(lambda number=number: [draft((ONE, TWO)[number % 2], "commented", n=str(number))])
    journal.append(lambda: [draft(None, "main_moved"), draft(ONE, "approved")])
    return journal


def subjects_of(event: Envelope) -> tuple[str, ...]:
    return ("metric:speed",) if event.type == "created" else ()


def test_the_layout_is_the_one_that_is_written_down(repository_of_each_format: GitRepository, git: Git) -> None:
    """INV-35"""
    journal = full(repository_of_each_format)
    listed = git(repository_of_each_format, "ls-tree", "-r", "--name-only", BRANCH).splitlines()
    one, two, subject = shard(ONE), shard(TWO), shard("metric.speed")
    assert listed == sorted([
        *(f"changes/{one}/{ONE}/00000000{seq}.json" for seq in (1, 2, 4, 7)),
        f"changes/{one}/{ONE}/blobs/{sha256_hex(TEXT)}",
        *(f"changes/{two}/{TWO}/00000000{seq}.json" for seq in (3, 5)),
        "registry.json",
        "registry/000/000/000000006.json",
        f"subjects/{subject}/metric.speed/{ONE}",
    ])  # fmt: skip
    first = next(journal.events())
    stored = git(repository_of_each_format, "show", f"{BRANCH}:changes/{one}/{ONE}/000000001.json")
    assert stored.encode() == canonical_json(json.loads(stored)) == first.to_bytes()
    assert git(repository_of_each_format, "show", f"{BRANCH}:registry.json") == (
        '{"format":1,"registry":"7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11","target":"refs/heads/main"}'
    )
    message = git(repository_of_each_format, "log", "-1", "--format=%B", BRANCH)
    assert re.fullmatch(
        r"metricgov: main_moved, approved\n\nMetricgov-Append: [0-9a-f]{16}\nMetricgov-Journal: 7 [0-9a-f]{64}\n"
        rf"Metricgov-Last: changes/{one}/{ONE}/000000007\.json\nMetricgov-Main: a{{40}}",
        message,
    )
    assert git(repository_of_each_format, "rev-list", "--max-parents=0", "--count", BRANCH, "main") == "2"
    git(repository_of_each_format, "fsck", "--full", "--strict")


def test_the_same_bytes_as_on_main_are_the_same_object(repository: GitRepository, git: Git) -> None:
    """No extra storage for contents before and after."""
    commit_files(repository, "main", {"metrics/crm/speed.yaml": TEXT}, message="m", at=AT)
    full(repository)
    main = git(repository, "rev-parse", "main:metrics/crm/speed.yaml")
    assert main in git(repository, "ls-tree", "-r", BRANCH)


def test_nothing_is_checked_out(repository: GitRepository, git: Git) -> None:
    """INV-31"""
    full(repository)
    assert git(repository, "status", "--porcelain") == ""
    assert repository.branch() == "refs/heads/main"


def test_creating_it_twice_is_creating_it_once(repository: GitRepository) -> None:
    journal = full(repository)
    head = journal.head()
    journal.create("7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11", at="2027-01-01T00:00:00Z")
    assert journal.head() == head
    with pytest.raises(Refused):
        journal.create("another", at=AT)
    with pytest.raises(Refused):
        journal.create("7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11", "refs/heads/trunk", at=AT)


def test_without_a_journal_reads_are_empty_and_writes_say_what_to_do(repository: GitRepository) -> None:
    journal = GitJournal(repository)
    assert (journal.exists(), journal.head().seq, list(journal.events())) == (False, 0, [])
    assert journal.events_of(ONE) == () == journal.touching("metric:speed")
    with pytest.raises(Undecidable) as caught:
        journal.append(lambda: [draft(ONE, "commented")])
    assert "metricgov init" in caught.value.hint


def test_a_fetch_of_depth_one_holds_everything(repository: GitRepository, git: Git, tmp_path: Path) -> None:
    journal = full(repository)
    to = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=1", f"--branch={BRANCH}", f"file://{repository.git.root}", str(to))
    shallow = GitRepository.open(to)
    there = GitJournal(shallow)
    assert list(there.events()) == list(journal.events())
    assert there.head() == journal.head()
    assert there.view(shallow.resolve(f"origin/{BRANCH}")).touching("metric:speed") == (ONE,)
    assert verify(shallow, there.view()).holds


def test_a_branch_that_is_no_journal_is_damage(repository: GitRepository) -> None:
    """INV-07: it is never read as an empty journal."""
    journal = GitJournal(repository, "main")
    for question in (
        journal.head,
        journal.registry,
        lambda: list(journal.events()),
        lambda: journal.append(lambda: []),
    ):
        with pytest.raises(Undecidable):
            question()


def tampered(repository: GitRepository, files: dict[str, bytes | None], *, keep_trailers: bool = True) -> None:
    """Put a commit on the journal that changes files and, as a forger would, repeats the trailers."""
    store = repository.store
    message = store.commit_header(store.ref(f"refs/heads/{BRANCH}"))[""][0]
    commit_files(repository, BRANCH, files, message=message if keep_trailers else "x", at=AT)


def path_of(seq: int) -> str:
    change = {1: ONE, 2: ONE, 3: TWO, 4: ONE, 5: TWO, 7: ONE}.get(seq)
    name = f"{seq:09d}.json"
    return f"changes/{shard(change)}/{change}/{name}" if change else f"registry/000/000/{name}"


def stored(repository: GitRepository, seq: int) -> bytes:
    entry = repository.tree(repository.store.ref(f"refs/heads/{BRANCH}"))[path_of(seq)]
    return next(repository.read([entry.oid]))


def test_what_was_not_touched_holds(repository_of_each_format: GitRepository) -> None:
    """INV-51, INV-35"""
    journal = full(repository_of_each_format)
    result = verify(repository_of_each_format, journal.view(), subjects_of=subjects_of)
    assert (result.problems, result.first_bad, result.head) == ((), None, journal.head())
    assert result.note == "tail not anchored after seq 0"


def test_every_byte_of_an_event_counts(repository: GitRepository) -> None:
    """INV-51, INV-62: the first bad event is named, whichever byte of it was changed."""
    full(repository)
    tip = repository.store.ref(f"refs/heads/{BRANCH}")
    good = stored(repository, 4)
    for position in range(0, len(good), 7):
        bad = bytearray(good)
        bad[position] ^= 1
        tampered(repository, {path_of(4): bytes(bad)})
        journal = GitJournal(repository)
        result = verify(repository, journal.view())
        assert result.first_bad == 4, (position, result.problems)
        with pytest.raises(Undecidable):
            list(journal.events())
        assert repository.store.swap(f"refs/heads/{BRANCH}", repository.store.ref(f"refs/heads/{BRANCH}"), tip, "back")


def without_history(repository: GitRepository) -> GitJournal:
    """Return the journal as a fetch of depth 1 sees it: one commit, nothing to compare it with."""
    store = repository.store
    ref = f"refs/heads/{BRANCH}"
    header = store.commit_header(store.ref(ref))
    objects = Objects(repository.object_format)
    raw = commit_bytes(tree=header["tree"][0], parents=(), at=AT, message=header[""][0])
    assert store.publish(ref, store.ref(ref), objects.add("commit", raw), objects, "squash")
    return GitJournal(repository)


@pytest.mark.parametrize("field", ["prev", "at", "type", "main", "payload"])
@pytest.mark.parametrize("seq", range(1, 8))
def test_the_chain_alone_names_the_event_that_was_changed(repository: GitRepository, seq: int, field: str) -> None:
    """INV-51, INV-62: in its proper form, but with other contents, and without any history to compare with."""
    full(repository)
    other = {"prev": "1" * 64, "at": "2026-06-18T09:52:31Z", "type": "rejected", "main": "b" * 40, "payload": {"n": 1}}
    value = json.loads(stored(repository, seq)) | {field: other[field]}
    tampered(repository, {path_of(seq): canonical_json(value)})
    journal = without_history(repository)
    result = verify(repository, journal.view())
    last_main = (seq, field) == (7, "main")  # the tip repeats the main of the last event
    assert {problem.code for problem in result.problems} == {"journal_chain", *(["journal_tip"] if last_main else [])}
    assert result.first_bad == seq
    with pytest.raises(Undecidable):
        list(journal.events())


@pytest.mark.parametrize("seq", range(1, 8))
def test_a_dropped_event_is_named(repository: GitRepository, seq: int) -> None:
    """INV-51, INV-62"""
    full(repository)
    tampered(repository, {path_of(seq): None})
    assert verify(repository, GitJournal(repository).view()).first_bad == seq
    with pytest.raises(Undecidable):
        list(GitJournal(repository).events())


def forged(repository: GitRepository, seq: int, **other: object) -> dict[str, bytes | None]:
    """Return files in which an event says something else and all later ones follow it again."""
    files: dict[str, bytes | None] = {}
    prev = ""
    for number in range(seq, 8):
        value = json.loads(stored(repository, number)) | ({"prev": prev} if prev else other)
        files[path_of(number)] = canonical_json(value)
        prev = sha256_hex(canonical_json(value))
    return files


def test_a_rewritten_chain_is_found_by_its_history(repository: GitRepository) -> None:
    """INV-51: the chain is whole again, and still an earlier commit held another event."""
    full(repository)
    files = forged(repository, 3, at="2026-06-18T09:52:31Z")
    last = files[path_of(7)]
    assert last is not None
    store = repository.store
    message = store.commit_header(store.ref(f"refs/heads/{BRANCH}"))[""][0]
    message = re.sub(r"(?<=Metricgov-Journal: 7 )\w+", sha256_hex(last), message)
    commit_files(repository, BRANCH, files, message=message, at=AT)
    assert len(list(GitJournal(repository).events())) == 7
    result = verify(repository, GitJournal(repository).view())
    assert result.first_bad == 3
    assert {problem.code for problem in result.problems} == {"journal_rewritten"}


def test_anchors_find_a_journal_that_was_replaced_as_a_whole(repository: GitRepository, git: Git) -> None:
    """INV-62 (chain): a dropped tail, or another chain, against the trailers of main."""
    journal = full(repository)
    events = list(journal.events())
    trailer = f"Metricgov-Journal: {events[4].seq} {events[4].sha256}"
    top = commit_files(repository, "main", {"a.yaml": b"1"}, message=f"metricgov: apply\n\n{trailer}\n", at=AT)
    (anchor,) = anchors = anchors_on(repository, top)
    assert anchor == Anchor(5, events[4].sha256, top)
    result = verify(repository, journal.view(), anchors=anchors)
    assert (result.problems, result.anchored, result.note) == ((), 5, "tail not anchored after seq 5")
    assert verify(repository, journal.view(), anchors=[*anchors, Anchor(7, events[6].sha256)]).note == ""
    older = git(repository, "rev-parse", f"{BRANCH}~3")
    cut = verify(repository, journal.view(older), anchors=anchors)
    assert [(problem.code, problem.message[:17]) for problem in cut.problems] == [
        ("journal_anchor", "events 4 to 5 are")
    ]
    wrong = verify(repository, journal.view(), anchors=[Anchor(5, "0" * 64)])
    assert (wrong.first_bad, wrong.problems[0].code) == (5, "journal_anchor")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"changes/zz/x.json": b"{}"}, "journal_file"),
        ({"evil.sh": b"echo"}, "journal_file"),
        ({f"changes/{shard(ONE)}/{ONE}/000000009.json.bak": b"{}"}, "journal_file"),
        ({f"changes/00/{ONE}/000000001.json": b"{}"}, "journal_file"),
        ({f"changes/{shard(ONE)}/{ONE}/blobs/{'0' * 64}": b"x"}, "journal_blob"),
        ({f"changes/{shard(ONE)}/{ONE}/blobs/{sha256_hex(TEXT)}": b"y"}, "journal_blob"),
        ({f"subjects/{shard('metric.other')}/metric.other/{ONE}": b""}, "journal_marker"),
        ({f"subjects/{shard('metric.speed')}/metric.speed/{ONE}": None}, "journal_marker"),
        ({f"subjects/{shard('metric.speed')}/metric.speed/evil": b""}, "journal_file"),
        ({"registry/000/000/000000003.json": b"{}"}, "journal_gap"),
        ({"registry.json": b'{"format":1,"registry":"evil","target":"refs/heads/main"}'}, "journal_rewritten"),
        ({"registry.json": b'{"format": 1}'}, "journal_damaged"),
        ({"registry.json": None}, "not_in_journal"),
    ],
    ids=lambda value: next(iter(value))[:40] if isinstance(value, dict) else "",
)
def test_what_does_not_belong_is_found(repository: GitRepository, files: dict[str, bytes | None], code: str) -> None:
    """INV-51, INV-62"""
    full(repository)
    tampered(repository, files)
    result = verify(repository, GitJournal(repository).view(), subjects_of=subjects_of)
    assert code in {problem.code for problem in result.problems}
    assert not result.holds


def test_the_tip_must_name_the_last_event(repository: GitRepository) -> None:
    """INV-62: an event that was put behind the tip, and a commit without trailers."""
    full(repository)
    value = json.loads(stored(repository, 7)) | {"seq": 8, "prev": sha256_hex(stored(repository, 7))}
    tampered(repository, {path_of(7).replace("7.json", "8.json"): canonical_json(value)})
    result = verify(repository, GitJournal(repository).view())
    assert (result.first_bad, result.problems[0].code) == (8, "journal_tip")
    with pytest.raises(Undecidable):
        list(GitJournal(repository).events())
    tampered(repository, {}, keep_trailers=False)
    with pytest.raises(Undecidable):
        GitJournal(repository).head()


GOOD = Envelope(1, ZERO, "", ONE, "commented", Actor("crm-lead"), AT, {"text": "x"}).as_json()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        canonical_json(GOOD) + b"\n",
        json.dumps(GOOD).encode(),
        canonical_json(GOOD).replace(b'"seq":1', b'"seq":1,"seq":1'),
        canonical_json(GOOD).replace(b'"seq":1', b'"seq":1.0'),
        canonical_json(GOOD | {"seq": 0}),
        canonical_json(GOOD | {"seq": True}),
        canonical_json(GOOD).replace(b'"seq":1', b'"seq":9007199254740992'),
        canonical_json(GOOD).replace(b'"text":"x"', b'"text":9007199254740993'),
        canonical_json(GOOD).replace(b'"text":"x"', b'"text":NaN'),
        canonical_json(GOOD).replace(b'"text":"x"', b'"text":1e400'),
        canonical_json(GOOD).replace(b'"text":"x"', b'"text":"\\u0078"'),
        canonical_json(GOOD).replace(b'"text":"x"', b'"text":' + b"[" * 5000 + b"]" * 5000),
        canonical_json(GOOD | {"more": 1}),
        canonical_json({key: value for key, value in GOOD.items() if key != "statement"}),
        canonical_json(GOOD | {"actor": {"principal": "x", "identity": "god"}}),
        canonical_json(GOOD | {"actor": {"principal": "x", "identity": "claimed", "admin": True}}),
        canonical_json(GOOD | {"at": "2026-06-18 09:52:30"}),
        canonical_json(GOOD | {"change": TWO}),
        canonical_json(GOOD | {"change": ONE.lower()}),
        canonical_json(GOOD | {"prev": "0"}),
        canonical_json(GOOD | {"main": "main"}),
        canonical_json(GOOD | {"type": "Approved!"}),
        canonical_json(GOOD | {"payload": []}),
        canonical_json(GOOD | {"statement": "x"}),
    ],
    ids=lambda data: data.decode("utf-8", "replace")[:30],
)
def test_an_envelope_has_one_form(data: bytes) -> None:
    """INV-62: strict keys, strict numbers, RFC 8785 bytes."""
    path = f"changes/{shard(ONE)}/{ONE}/000000001.json"
    assert read_envelope(canonical_json(GOOD), path).seq == 1
    with pytest.raises((Undecidable, BadInput)):
        read_envelope(data, path)


def test_an_append_writes_a_handful_of_objects(repository: GitRepository, git: Git) -> None:
    """What an append costs does not grow with the journal."""
    journal = full(repository)
    before = objects_in(repository, git)
    journal.append(lambda: [draft(ONE, "commented")])
    assert 3 <= objects_in(repository, git) - before <= 7


def objects_in(repository: GitRepository, git: Git) -> int:
    return len(git(repository, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split())


def test_an_append_outlives_the_gc_of_its_objects(repository: GitRepository, git: Git) -> None:
    """INV-50, INV-51"""
    journal = full(repository)
    git(repository, "gc", "-q", "--prune=now")
    journal.append(lambda: [draft(ONE, "commented")])
    git(repository, "gc", "-q", "--prune=now")
    assert len(list(journal.events())) == 8
    assert verify(repository, journal.view()).holds


def test_a_missing_blob_is_undecidable(repository: GitRepository) -> None:
    journal = full(repository)
    for change, digest in ((ONE, "0" * 64), (TWO, sha256_hex(TEXT)), ("", sha256_hex(TEXT))):
        with pytest.raises(Undecidable):
            journal.blob(change, digest)
    for change, digest in ((ONE, "../../registry.json"), ("../..", "0" * 64)):
        with pytest.raises(MetricgovError):
            journal.blob(change, digest)


def test_an_error_says_whether_anything_was_ready_to_be_written(
    repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Certain only before the first event is ready: what fails while it is written may have been written."""
    journal = full(repository)

    def refuse() -> tuple[Draft, ...]:
        raise Undecidable("remote_missing", "origin is not there")

    with pytest.raises(Undecidable) as before:
        writes_of(lambda: journal.append(refuse))
    assert before.value.undone
    monkeypatch.setattr(ObjectStore, "publish", lambda *_: refuse())
    with pytest.raises(Undecidable) as within:
        writes_of(lambda: journal.append(lambda: (draft(None, "registry_created"),)))
    assert not within.value.undone
    with pytest.raises(Undecidable) as anew:
        writes_of(lambda: journal.append(refuse))
    assert anew.value.undone
