"""The contract of the port Journal, kept by the journal in git (both object formats) and by the one in memory."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from contract.journal_contract import AT, JournalContract
from contract.memory_journal import MemoryJournal
from metricgov.adapters.git.journal import GitJournal
from metricgov.adapters.git.mirror import Mirror
from metricgov.adapters.git.remote import GitRemote
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.setup import create_repository
from metricgov.adapters.git.shared_journal import SharedJournal


class RacingGitJournal(GitJournal):
    """A git journal that knows its rivals."""

    def rival(self) -> GitJournal:
        """Return a writer with a repository of its own, as another process would have."""
        return GitJournal(GitRepository.open(self._store.git.root))


class TestGitJournal(JournalContract):
    """INV-35: both object formats."""

    @pytest.fixture
    def journal(self, repository_of_each_format: GitRepository) -> GitJournal:
        journal = RacingGitJournal(repository_of_each_format)
        journal.create("7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11", at=AT)
        return journal


class RacingSharedJournal(SharedJournal):
    """A journal with a remote that knows its rivals: other clones."""

    def rival(self) -> SharedJournal:
        """Return a writer in a clone of its own, as somebody elsewhere has it."""
        here = Path(self._store.git.root)
        there = here.parent / "rival"
        address = subprocess.run(
            ["git", "-C", here, "remote", "get-url", "origin"], capture_output=True, text=True, check=True
        ).stdout.strip()
        subprocess.run(["git", "clone", "-q", address, there], capture_output=True, check=True)
        return shared(GitRepository.open(there), SharedJournal)


def shared(repository: GitRepository, kind: type[SharedJournal] = RacingSharedJournal) -> SharedJournal:
    """Return the journal of a clone whose remote is `origin`."""
    branch = "metricgov/journal"
    return kind(repository, branch, Mirror(repository, GitRemote(repository, "origin"), f"refs/heads/{branch}"))


def publish(repository: GitRepository, folder: Path) -> None:
    """Give a repository a remote that has its main, and nothing else."""
    create_repository(folder, bare=True, object_format=repository.object_format).close()
    for words in (("remote", "add", "origin", str(folder)), ("push", "-q", "origin", "main")):
        subprocess.run(["git", "-C", str(repository.git.root), *words], capture_output=True, check=True)


class TestSharedGitJournal(JournalContract):
    """The same over a remote, both object formats."""

    @pytest.fixture
    def journal(self, repository_of_each_format: GitRepository, tmp_path: Path) -> SharedJournal:
        publish(repository_of_each_format, tmp_path / "shared.git")
        journal = shared(repository_of_each_format)
        journal.create("7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11", at=AT)
        return journal


class TestOfflineGitJournal(JournalContract):
    """What waits in the outbox is a journal too; its rivals are other processes in the same clone."""

    @pytest.fixture
    def journal(self, repository: GitRepository, tmp_path: Path) -> SharedJournal:
        publish(repository, tmp_path / "shared.git")
        journal = Offline(repository, "metricgov/journal", shared(repository).mirror, offline=True)
        journal.create("7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11", at=AT)
        return journal


class Offline(SharedJournal):
    """Works without the remote."""

    def rival(self) -> SharedJournal:
        """Return another process in the same clone."""
        repository = GitRepository.open(self._store.git.root)
        return SharedJournal(repository, "metricgov/journal", shared(repository).mirror, offline=True)


class TestMemoryJournal(JournalContract):
    """The fake that others test with."""

    @pytest.fixture
    def journal(self) -> MemoryJournal:
        return MemoryJournal()
