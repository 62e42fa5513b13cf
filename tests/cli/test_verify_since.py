"""`audit verify --since`: what came after an event is checked whole, what came before is named as not checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Metricgov
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.setup import commit_files
from metricgov.app.auditing import Audit, audit_verify, audit_verify_since
from metricgov.bootstrap import Workspace
from metricgov.domain.digest import canonical_json, sha256_hex
from metricgov.domain.errors import BadInput, Undecidable
from metricgov.domain.workflow.envelope import Envelope

RunGit = Callable[..., str]
BRANCH = "metricgov/journal"


def since(root: Path, seq: int, *, expected: tuple[int, str] | None = None) -> Audit:
    workspace = Workspace(root)
    return audit_verify_since(workspace.integrity, workspace.audited, seq=seq, expected=expected)


def events(root: Path) -> list[Envelope]:
    return list(Workspace(root).journal.events())


def path_of(root: Path, seq: int, git: RunGit) -> str:
    listed = git(root, "ls-tree", "-r", "--name-only", BRANCH).split()
    return next(one for one in listed if one.endswith(f"/{seq:09d}.json"))


def put(root: Path, files: dict[str, bytes | None], *, message: str = "") -> None:
    """Commit files onto the journal; its trailers stay those of the last append."""
    with GitRepository.open(root) as repository:
        store = repository.store
        message = message or store.commit_header(store.ref(f"refs/heads/{BRANCH}"))[""][0]
        commit_files(repository, BRANCH, files, message=message, at="2026-07-01T09:00:00Z")


def forged(root: Path, seq: int, git: RunGit) -> dict[str, bytes | None]:
    """Return an event that says something else."""
    path = path_of(root, seq, git)
    value = json.loads(git(root, "show", f"{BRANCH}:{path}"))
    value["actor"]["principal"] += "x"
    return {path: canonical_json(value)}


def test_every_place_to_begin_from_finds_the_rest_whole(registry: Path) -> None:
    """INV-62"""
    whole = audit_verify(Workspace(registry).integrity)
    assert whole.holds
    for seq in range(1, whole.head.seq + 1):
        found = since(registry, seq)
        assert (found.problems, found.head) == ((), whole.head)
        assert found.since <= seq
        assert found.changes <= whole.changes


def test_what_was_changed_after_it_is_named(registry: Path, git: RunGit) -> None:
    """INV-62: each event after the point, in a later commit that changes its bytes."""
    last = events(registry)[-1].seq
    tip = git(registry, "rev-parse", BRANCH)
    for seq in range(last - 3, last + 1):
        put(registry, forged(registry, seq, git))
        found = since(registry, seq - 1)
        assert (found.holds, found.first_bad) == (False, seq)
        git(registry, "update-ref", f"refs/heads/{BRANCH}", tip)


def test_an_old_event_that_a_later_commit_changes_is_found_too(registry: Path, git: RunGit) -> None:
    """INV-51: what stood there is compared, not read."""
    last = events(registry)[-1].seq
    put(registry, forged(registry, 3, git))
    found = since(registry, last - 1)
    assert (found.first_bad, {one.code for one in found.problems}) == (3, {"journal_rewritten"})


def test_what_was_wrong_before_it_is_outside(registry: Path, git: RunGit, metricgov: Metricgov) -> None:
    """The whole history was written anew with another event 3: only the kept line, or a check of all, can tell."""
    kept = events(registry)
    point = kept[since(registry, kept[-3].seq).since - 1]
    rewrite(registry, 3, git)
    found = since(registry, point.seq)
    assert (found.holds, found.since) == (True, point.seq)
    said = metricgov("audit", "verify", "--since", str(point.seq), cwd=registry)
    assert (said.code, f"Events 1 to {point.seq} were not checked" in said.out) == (0, True)
    tied = since(registry, point.seq, expected=(point.seq, point.sha256))
    assert (tied.first_bad, tied.problems[0].code) == (point.seq, "journal_anchor")
    assert audit_verify(Workspace(registry).integrity, expected=(point.seq, point.sha256)).first_bad is not None


def rewrite(root: Path, seq: int, git: RunGit) -> None:
    """Write the branch anew, one commit an event, with another event in it and everything after it chained again."""
    git(root, "branch", "-q", "-m", BRANCH, "old")
    git(root, "update-ref", "-d", "refs/remotes/origin/metricgov/journal")
    old = git(root, "rev-list", "--reverse", "old").split()
    with GitRepository.open(root) as repository:
        store, changed = repository.store, dict[str, str]()
        for commit in old:
            parent = git(root, "rev-list", "--max-count=1", "--skip=1", commit)
            names = ["-r", "--name-only", "--no-commit-id", *([parent] if parent else ["--root"]), commit]
            message, files = store.commit_header(commit)[""][0], dict[str, bytes | None]()
            for path in git(root, "diff-tree", *names).split():
                data = bytes(repository.store.git.read("cat-file", "blob", f"{commit}:{path}").out)
                if path.endswith(".json") and path != "registry.json":
                    value = json.loads(data)
                    if value["seq"] == seq:
                        value["actor"]["principal"] += "x"
                    was = sha256_hex(data)
                    value["prev"] = changed.get(value["prev"], value["prev"])
                    data = canonical_json(value)
                    changed[was] = sha256_hex(data)
                files[path] = data
            for was, now in changed.items():
                message = message.replace(was, now)
            commit_files(repository, BRANCH, files, message=message, at="2026-07-01T09:00:00Z")


@pytest.mark.parametrize("what", ["blob", "marker", "stranger", "signature", "old seq", "workflow", "dropped"])
def test_other_files_that_came_or_went(registry: Path, git: RunGit, what: str) -> None:
    """INV-62"""
    last = events(registry)[-1]
    files: dict[str, bytes | None] = {
        "blob": {f"registry/blobs/{'a' * 64}": b"other bytes"},
        "marker": {f"subjects/{sha256_hex(b'metric.made_up')[:2]}/metric.made_up/{last.change or '000000001'}": b""},
        "stranger": {"notes.txt": b"hello"},
        "signature": {path_of(registry, 2, git).replace(".json", ".sig"): b"x"},
        "old seq": {"registry/000/000/000000002.json": b"{}"},
        "workflow": {".github/workflows/metricgov.yml": b"on: push\n"},
        "dropped": {path_of(registry, 2, git): None},
    }[what]  # type: ignore[assignment]
    put(registry, files)
    assert not since(registry, last.seq - 1).holds
    assert not audit_verify(Workspace(registry).integrity).holds


def test_an_event_that_was_not_possible(registry: Path) -> None:
    """Folded are the changes that new events touch, from their beginning: what an old event made of one counts."""
    from metricgov.domain.workflow.envelope import Actor, Draft

    workspace = Workspace(registry)
    ended = next(one for one in events(registry) if one.type == "applied")
    draft = Draft(ended.change, "withdrawn", Actor("ops-lead"), events(registry)[-1].at, {"reason": "too late"})
    (forged,) = workspace.journal.append(lambda: (draft,))
    found = since(registry, forged.seq - 1)
    assert (found.first_bad, {one.code for one in found.problems}) == (forged.seq, {"stage"})
    assert found.changes == 1
    wrong = Draft(None, "main_moved", Actor(""), events(registry)[-1].at, {"before": "a" * 40, "after": "b" * 40})
    (moved,) = workspace.journal.append(lambda: (wrong,))
    assert [one.code for one in since(registry, moved.seq - 1).problems] == ["main"]


def test_what_a_caller_gets_wrong(registry: Path, metricgov: Metricgov, git: RunGit) -> None:
    last = events(registry)[-1]
    with pytest.raises(BadInput, match="the journal ends with"):
        since(registry, last.seq + 1)
    with pytest.raises(BadInput, match="lies before event"):
        since(registry, last.seq, expected=(1, "0" * 64))
    both = metricgov("audit", "verify", "--since", "3", "--full", cwd=registry)
    assert (both.code, "leave --since out" in both.err) == (2, True)
    told = json.loads(metricgov("audit", "verify", "--since", str(last.seq), "--json", cwd=registry).out)
    assert (told["holds"], told["since"], told["events"]) == (True, last.seq, last.seq)
    git(registry, "clone", "-q", "--depth=1", "--branch", BRANCH, f"file://{registry}", str(registry.with_name("flat")))
    flat = registry.with_name("flat")
    git(flat, "fetch", "-q", "origin", "main:main")
    with pytest.raises(Undecidable, match="does not hold the journal"):
        since(flat, 2)


def test_what_is_read_grows_with_what_is_new(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of everything before the point, the last event alone is read; and the changes that new events are of."""
    from metricgov.adapters.git import journal_verify

    last, read = events(registry)[-1].seq, list[str]()
    true = journal_verify.read_envelope

    def noted(data: bytes, path: str) -> Envelope:
        read.append(path)
        return true(data, path)

    monkeypatch.setattr(journal_verify, "read_envelope", noted)
    found = since(registry, last - 2)
    assert len(read) == last - found.since
