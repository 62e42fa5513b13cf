"""The contract of the port Journal, kept by the journal in git (both object formats) and by the one in memory."""

from __future__ import annotations

import pytest

from contract.journal_contract import AT, JournalContract
from contract.memory_journal import MemoryJournal
from metricgov.adapters.git.journal import GitJournal
from metricgov.adapters.git.repository import GitRepository


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


class TestMemoryJournal(JournalContract):
    """The fake that others test with."""

    @pytest.fixture
    def journal(self) -> MemoryJournal:
        return MemoryJournal()
