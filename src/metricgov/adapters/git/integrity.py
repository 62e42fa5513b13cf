"""The port Integrity over one repository; the checks themselves live in journal_verify.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from metricgov.adapters.git.journal import GitJournal
from metricgov.adapters.git.journal_verify import Anchor, anchors_on, verify
from metricgov.adapters.git.journal_view import JournalView
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.errors import MetricgovError
from metricgov.domain.workflow.envelope import Envelope
from metricgov.ports.integrity import Checked


class GitIntegrity:
    """Checks the journal branch against itself and against the anchors that the target carries."""

    def __init__(self, repository: GitRepository, journal: GitJournal, target: str) -> None:
        self._repository = repository
        self._journal = journal
        self._target = target

    def check(
        self,
        *,
        subjects_of: Callable[[Envelope], Iterable[str]],
        expected: tuple[int, str] | None = None,
        beside: Callable[[Envelope], object] | None = None,
    ) -> Checked:
        """Return everything that is wrong with the branch as it is now."""
        anchors = own = self._anchors()
        if expected is not None:
            anchors = (*anchors, Anchor(*expected, where="--expect"))
        found = verify(
            self._repository,
            self._journal.record(),
            anchors=anchors,
            subjects_of=subjects_of,
            others=self._others(),
            beside=beside,
        )
        named = tuple((one.seq, one.sha256, one.where) for one in own)
        return Checked(found.head, found.problems, found.first_bad, found.anchored, named)

    def _anchors(self) -> tuple[Anchor, ...]:
        """Return the anchors on the target; none where there is no target, or a shallow clone cuts it off."""
        try:
            return anchors_on(self._repository, self._repository.resolve(self._target))
        except MetricgovError:
            return ()

    def _others(self) -> tuple[JournalView, ...]:
        """Return the journal as origin had it when this clone fetched last: another clone that vouches for it."""
        branch = self._journal.ref.removeprefix("refs/heads/")
        commit = self._repository.store.ref(f"refs/remotes/origin/{branch}")
        return (self._journal.view(commit),) if commit else ()
