"""Locks of git processes that were killed: they are freed without a person, those of the living are not."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable

import pytest

from metricgov.adapters.git import locks
from metricgov.adapters.git.journal import GitJournal
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.errors import Undecidable
from metricgov.domain.workflow.envelope import Actor, Draft

AT = "2026-06-18T09:52:30Z"
New = Callable[..., GitRepository]


@pytest.fixture
def journal(new_repository: New) -> GitJournal:
    journal = GitJournal(new_repository())
    journal.create("7b0f9a52", at=AT)
    return journal


def append(journal: GitJournal) -> None:
    journal.append(lambda: [Draft(None, "main_moved", Actor(""), AT, {"before": "", "after": "x"})])


def lock_of(journal: GitJournal, *, age: float) -> None:
    lock = journal._store.common_dir / f"{journal.ref}.lock"
    lock.write_bytes(b"")
    os.utime(lock, (time.time() - age,) * 2)


def test_a_lock_of_the_dead_is_freed(journal: GitJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-50: recovery needs no person; a young lock is waited for first."""
    lock_of(journal, age=locks.OLD + 1)
    append(journal)
    monkeypatch.setattr(locks, "OLD", 1.0)
    lock_of(journal, age=0.5)
    append(journal)
    assert journal.head().seq == 2


def test_a_lock_of_the_living_stays(journal: GitJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "OLD", 0.5)
    lock_of(journal, age=3600)
    folder = journal._store.git.root
    writer = subprocess.Popen(
        ["git", "hash-object", "--stdin"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        with pytest.raises(Undecidable) as refused:
            append(journal)
        assert refused.value.code == "repository_locked"
    finally:
        writer.communicate(b"")
    append(journal)


def test_where_processes_cannot_be_listed_nothing_is_removed(
    journal: GitJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PROCESSES", journal._store.git.root / "no-proc")
    lock_of(journal, age=3600)
    with pytest.raises(Undecidable):
        append(journal)


def test_only_locks_of_this_repository_are_touched(journal: GitJournal) -> None:
    other = journal._store.git.root.parent / "other.lock"
    other.write_bytes(b"")
    said = f"fatal: Unable to create '{other}': File exists."
    assert not locks.freed(said, places=(journal._store.git.root,))
    assert other.exists()
