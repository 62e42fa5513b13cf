"""The port Integrity over one repository; the checks themselves live in journal_verify.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from metricgov.adapters.git.journal import GitJournal
from metricgov.adapters.git.journal_since import verify_since
from metricgov.adapters.git.journal_verify import Anchor, anchors_on, verify
from metricgov.adapters.git.journal_view import JournalView
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.errors import BadInput, MetricgovError, Undecidable
from metricgov.domain.workflow.envelope import Envelope
from metricgov.ports.integrity import Checked, Point
from metricgov.ports.journal import JournalHead


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
        since: Point | None = None,
    ) -> Checked:
        """Return everything that is wrong with the branch as it is now, or with what is new on it."""
        anchors = own = self._anchors(since.head.main if since else "")
        if expected is not None:
            anchors = (*anchors, Anchor(*expected, where="--expect"))
        journal, others = self._journal.record(), self._others()
        if since is None or not since.head.seq:
            found = verify(
                self._repository, journal, anchors=anchors, subjects_of=subjects_of, others=others, beside=beside
            )
        else:
            found = verify_since(
                self._repository,
                journal,
                self._journal.view(since.head.commit),
                anchors=anchors,
                subjects_of=subjects_of,
                others=others,
                beside=beside,
            )
        named = tuple((one.seq, one.sha256, one.where) for one in own)
        return Checked(found.head, found.problems, found.first_bad, found.anchored, named)

    def point(self, seq: int) -> Point:
        """Return the end of the last append that brought no event after `seq`."""
        record = self._journal.record()
        head = record.tip
        if not 0 <= seq <= head.seq:
            hint = "name the seq up to which it was verified before, as the line `last event` says"
            raise BadInput(
                "since_unknown", f"the journal ends with event {head.seq}; there is no event {seq}", hint=hint
            )
        before = record.before(seq)
        if before is None:
            says = f"this clone does not hold the journal as it stood after event {seq}"
            raise Undecidable("shallow_journal", says, hint="run: git fetch --unshallow; or verify without --since")
        last = before.last()
        return Point(before.head() if last else JournalHead(), last.at if last else "")

    def _anchors(self, since: str) -> tuple[Anchor, ...]:
        """Return the anchors on the target, all or those after a commit; none without a target, or in a shallow clone.

        Where the target does not hold that commit any more, all of it counts.
        """
        try:
            tip = self._repository.resolve(self._target)
            known = since if since and self._repository.contains(tip, since) else ""
            return anchors_on(self._repository, tip, since=known)
        except MetricgovError:
            return ()

    def _others(self) -> tuple[JournalView, ...]:
        """Return the journal as origin had it when this clone fetched last: another clone that vouches for it."""
        branch = self._journal.ref.removeprefix("refs/heads/")
        commit = self._repository.store.ref(f"refs/remotes/origin/{branch}")
        return (self._journal.view(commit),) if commit else ()
