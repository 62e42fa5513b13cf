"""The port Site over one repository: first commits with their work tree, and the first commit of the journal."""

from __future__ import annotations

from collections.abc import Mapping

from metricgov.adapters.git.bulk import Prepared, check_what_arrives, land, prepare, stand_on
from metricgov.adapters.git.journal import GitJournal
from metricgov.adapters.git.repository import GitRepository


class GitSite:
    """Implements the port Site."""

    def __init__(self, repository: GitRepository) -> None:
        self._repository = repository

    def tip(self, ref: str) -> str:
        """Return the commit of a full ref, "" if there is no such ref."""
        return self._repository.store.ref(ref)

    def commit(self, files: Mapping[str, bytes], *, tip: str, message: str, at: str, author: str) -> str:
        """Store a commit on top of `tip` with these files; no ref moves."""
        return prepare(self._repository, tip, files, message=message, at=at, author=author).commit

    def land(self, ref: str, *, tip: str, commit: str) -> None:
        """Move a ref and the work tree that stands on it; Refused if that is not possible."""
        if not tip and not self._repository.bare and not self.tip(self._repository.branch()):
            stand_on(self._repository, ref)
        follow = not self._repository.bare and self._repository.branch() == ref
        land(self._repository, ref, Prepared(commit, tip), follow=follow)

    def open_journal(self, branch: str, *, registry: str, target: str, at: str) -> GitJournal:
        """Start the journal branch of a registry."""
        journal = GitJournal(self._repository, branch)
        journal.create(registry, target, at=at)
        return journal

    def protect(self) -> None:
        """Let git check every object that arrives from now on (INV-33)."""
        check_what_arrives(self._repository)
