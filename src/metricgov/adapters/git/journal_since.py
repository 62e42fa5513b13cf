"""Whether what the journal branch gained since an event is whole, at a cost of what is new; the rest is not read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from metricgov.adapters.git.journal_layout import WORKFLOW, subject_folder
from metricgov.adapters.git.journal_verify import Anchor, Check, Verification, concluded
from metricgov.adapters.git.journal_view import JournalView
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.errors import BadInput, MetricgovError
from metricgov.domain.workflow.envelope import Envelope


def verify_since(
    repository: GitRepository,
    view: JournalView,
    before: JournalView,
    *,
    anchors: Iterable[Anchor] = (),
    subjects_of: Callable[[Envelope], Iterable[str]],
    others: Iterable[JournalView] = (),
    beside: Callable[[Envelope], object] | None = None,
) -> Verification:
    """Check what stands at one commit and did not stand `before`, an earlier commit of the same branch.

    Every new event, byte, signature and marker is checked as by `verify`; that later commits changed nothing that was
    there is too. What an event of that time or of an earlier one holds is not read, but for the last one.
    """
    check = _CheckSince(repository, view, subjects_of, beside, before.head(), before=before)
    found = concluded(check, tuple(anchors), tuple(others))
    return Verification(found.head, found.problems, found.first_bad, max(found.anchored, check.after.seq))


@dataclass(slots=True)
class _CheckSince(Check):
    """The check of one stretch: what is asked of the whole branch is looked up where an event needs it."""

    before: JournalView = field(kw_only=True)

    def listed(self) -> Iterable[tuple[str, str, str]]:
        """Return path, mode and object id of every file that is new."""
        return self.view.added_since(self.after.commit)

    def held(self, path: str) -> bool:
        """Say whether a path that is not new stands on the branch."""
        return bool(self.view.object_at(path))

    def chain(self) -> None:
        """Read the new events; one that claims a place among the old ones does not belong there."""
        for seq in sorted(one for one in self.events if one <= self.after.seq):
            path, _ = self.events.pop(seq)[0]
            says = f"event {seq} was put in when event {self.after.seq} stood there already"
            self.bad(seq, "journal_rewritten", says, path)
        Check.chain(self)
        self.digests[self.after.seq] = self.after.sha256

    def markers(self) -> None:
        """Compare the new markers with what any event of their change says, old ones included."""
        derive = self.subjects_of
        assert derive is not None
        for folder, names in self.marked.items():
            for change in sorted(names - self.due.get(folder, {}).keys()):
                try:
                    own = self.view.events_of(change)
                    due = {subject_folder(name) for one in own if one.seq <= self.after.seq for name in derive(one)}
                except (BadInput, MetricgovError):
                    continue  # a change that does not exist; said of the marker below
                if folder in due:
                    self.due[folder][change] = self.after.seq
        Check.markers(self)

    def workflow(self) -> None:
        """Compare the host's workflow with the last new event that wrote one; without one it has to be as it was."""
        self.host = self.view.object_at(WORKFLOW)
        if self.written is not None:
            Check.workflow(self)
        elif self.host != self.before.object_at(WORKFLOW):
            says = f"{WORKFLOW} changed since event {self.after.seq}, and no event wrote it"
            self.bad(0, "journal_workflow", says, WORKFLOW)

    def others(self, others: tuple[JournalView, ...]) -> int:
        """Ask whether one journal holds the last event of the other: the chain binds everything before it to it."""
        anchored = 0
        for other in others:
            try:
                short, long = (self.view, other) if self.head.seq <= other.tip.seq else (other, self.view)
                if long.holds(short):
                    anchored = max(anchored, short.tip.seq)
                    continue
            except MetricgovError:
                continue
            if short.tip.seq > self.after.seq:
                Check.others(self, (other,))
            else:
                says = f"event {short.tip.seq} is another one in another clone ({other.commit[:12]})"
                self.bad(short.tip.seq, "journal_anchor", says)
        return anchored
