"""What piles up in a repository is put together, and nothing of it is lost."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable

import pytest

from metricgov.adapters.git import bulk, store
from metricgov.adapters.git.journal import GitJournal
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.workflow.envelope import Actor, Draft

AT = "2026-06-18T09:52:30Z"


@pytest.fixture
def journal(repository_of_each_format: GitRepository) -> GitJournal:
    found = GitJournal(repository_of_each_format)
    found.create("7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11", at=AT)
    return found


@pytest.fixture
def repository(repository_of_each_format: GitRepository) -> GitRepository:
    return repository_of_each_format


def _said(number: int) -> Draft:
    return Draft("01J0000000000000000000000A", "commented", Actor("ada"), AT, {"text": f"{number}"})


def _talk(journal: GitJournal, number: int) -> None:
    journal.append(lambda: (_said(number),))


def _packs(repository: GitRepository) -> int:
    return len(list((repository.common_dir() / "objects" / "pack").glob("*.pack")))


def _loose(repository: GitRepository) -> int:
    return len(list((repository.common_dir() / "objects").glob("??/*")))


def test_what_piled_up_is_put_together_and_all_of_it_is_there(
    journal: GitJournal, repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MANY_PACKS", 6)
    for number in range(12):
        _talk(journal, number)
    before = tuple(journal.events())
    assert _packs(repository) >= 12

    assert bulk.tidy(repository)

    repository.close()
    assert tuple(GitJournal(GitRepository.open(repository.git.root)).events()) == before
    assert _packs(repository) <= 6
    fsck = ["git", "-C", str(repository.git.root), "fsck", "--full", "--strict"]
    assert subprocess.run(fsck, capture_output=True, check=False).returncode == 0


def test_loose_objects_of_others_count_too(
    journal: GitJournal, repository: GitRepository, git: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MANY_LOOSE", -1)
    tip = git(repository, "commit-tree", "-m", "by hand", f"{journal.head().commit}^{{tree}}")
    git(repository, "update-ref", "refs/heads/by-hand", tip)
    assert _loose(repository)

    assert bulk.tidy(repository)

    assert _loose(repository) == 0
    assert git(repository, "cat-file", "-t", tip) == "commit"


def test_what_a_killed_writer_kept_is_let_go_of_after_an_hour(journal: GitJournal, repository: GitRepository) -> None:
    """Not what is being written now, and nothing that others keep."""
    packs = repository.common_dir() / "objects" / "pack"
    long_ago = time.time() - 2 * bulk.ABANDONED
    for name, words, at in (("a", "metricgov", long_ago), ("b", "metricgov", time.time()), ("c", "mine", long_ago)):
        keep = packs / f"pack-{name}.keep"
        keep.write_text(f"{words}\n")
        os.utime(keep, (at, at))
    whole = next(packs.glob("*.idx"))
    whole.with_suffix(".keep").write_text("metricgov\n")
    os.utime(whole.with_suffix(".keep"), (long_ago, long_ago))
    (packs / "pack-a.pack").write_bytes(b"PACK")
    (packs / "pack-a.half").write_bytes(b"")

    bulk.tidy(repository)

    assert sorted(one.name for one in packs.glob("*.keep")) == ["pack-b.keep", "pack-c.keep"]
    assert not list(packs.glob("pack-a.*"))
    assert whole.exists()
    assert whole.with_suffix(".pack").exists()


def test_little_is_left_as_it_is(journal: GitJournal, repository: GitRepository) -> None:
    _talk(journal, 1)
    before = (_packs(repository), _loose(repository))

    assert not bulk.tidy(repository)

    assert (_packs(repository), _loose(repository)) == before


def test_a_pack_of_an_append_is_kept_only_until_the_branch_leads_to_it(
    journal: GitJournal, repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    swap = store.ObjectStore.swap

    def watching(self: store.ObjectStore, *asked: str) -> bool:
        seen.extend((self.common_dir / "objects" / "pack").glob("*.keep"))
        return swap(self, *asked)

    monkeypatch.setattr(store.ObjectStore, "swap", watching)
    _talk(journal, 1)

    assert len(seen) == 1
    assert not list((repository.common_dir() / "objects" / "pack").glob("*.keep"))
