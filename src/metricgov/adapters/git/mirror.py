"""What a remote holds, as this clone saw it last: its journal and its main, moved by what the remote says alone."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from metricgov.adapters.git.journal_view import JournalView
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.errors import Refused, Undecidable
from metricgov.ports.remote import Answer, Remote

SEEN = "refs/metricgov/seen/journal"
"""The last journal that the remote is known to have held; unlike a remote branch, no fetch of the user moves it."""

ARRIVED = "refs/metricgov/arrived/journal"
"""The journal that the last fetch brought, whether it was believed or not."""

DEFAULT_TARGET = "refs/heads/main"
SHORT = 12


class Mirror:
    """The local journal branch and the remote-tracking branch of the target, kept in step with one remote.

    Every exchange with the remote holds a lock of this clone, so that no answer overtakes a later one.
    """

    def __init__(self, repository: GitRepository, remote: Remote, journal_ref: str) -> None:
        self.remote = remote
        self.journal_ref = journal_ref
        self._repository = repository
        self._store = repository.store

    @property
    def target(self) -> str:
        """The full ref that changes land on, as the journal was created for."""
        tip = self._store.ref(self.journal_ref)
        return JournalView(self._store, tip).registry().target if tip else DEFAULT_TARGET

    def tracking(self, target: str = "") -> str:
        """Return the ref under which the remote's target is known here."""
        return f"refs/remotes/{self.remote.name}/{(target or self.target).removeprefix('refs/heads/')}"

    def main(self) -> str:
        """Return where the remote's target was seen last, "" if never."""
        return self._store.ref(self.tracking())

    def fetch(self) -> None:
        """Bring journal and target up to date; Refused where the remote's journal does not go on where ours is."""
        with self.alone():
            for _ in range(2):
                self._fetch()
                if not self._torn():
                    return

    def push_journal(self, *, old: str, new: str) -> Answer:
        """Move the remote's journal from `old` to `new`, and ours with it."""
        with self.alone():
            answer = self.remote.push(self.journal_ref, old=old, new=new)
            if answer is Answer.MOVED:
                self._believe(old, new)
        return answer

    def push_target(self, *, old: str, new: str) -> Answer:
        """Move the remote's target; what is known of it here follows."""
        target = self.target
        with self.alone():
            answer = self.remote.push(target, old=old, new=new)
            if answer is Answer.MOVED:
                self._store.set(self.tracking(target), new, "metricgov push")
        return answer

    def unsent(self) -> bool:
        """Say whether events stand on our journal that the remote never had, as from before there was a remote."""
        ours, seen = self._store.ref(self.journal_ref), self._store.ref(SEEN)
        return bool(ours) and ours != seen

    def send_unsent(self) -> None:
        """Give the remote the events that it never had."""
        ours, seen = self._store.ref(self.journal_ref), self._store.ref(SEEN)
        if ours and ours != seen:
            self.push_journal(old=seen, new=ours)

    def restore(self) -> tuple[int, int]:
        """Give the remote back what it lost of its journal; return the last seq that it had, and has now.

        Refused where the remote went another way: which of the two holds is for people to say.
        """
        with self.alone():
            theirs = self.remote.fetch({self.journal_ref: ARRIVED}).get(self.journal_ref, "")
            ours = self._store.ref(self.journal_ref)
            if theirs and not self._repository.contains(ours, theirs):
                raise self._parted(ours, theirs)
            before, after = self._seq(theirs), self._seq(ours)
            if theirs != ours and self.remote.push(self.journal_ref, old=theirs, new=ours) is not Answer.MOVED:
                raise Undecidable(
                    "push_failed",
                    f"{self.remote.name} did not take its journal back, or did not say so",
                    hint="run: metricgov sync",
                )
            self._store.set(SEEN, ours, "metricgov restore")
        return before, after

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes of this clone from talking to the remote; the system drops the lock of a dead one."""
        folder = self._repository.state_dir()
        folder.mkdir(exist_ok=True)
        with (folder / "remote.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    # Inside

    def _fetch(self) -> None:
        target = self.target
        before = self._store.ref(self.tracking(target))
        found = self.remote.fetch({self.journal_ref: ARRIVED, target: self.tracking(target)})
        self._adopt(found.get(self.journal_ref, ""))
        if target not in found:
            raise self._no_target(target, before)

    def _torn(self) -> bool:
        """Say whether the journal knows a main that the same fetch did not bring: it was moved between two looks."""
        ours, main = self._store.ref(self.journal_ref), self.main()
        if not ours or not main:
            return False
        seen = JournalView(self._store, ours).tip.main
        return bool(seen) and seen != main and not self._store.missing([main]) and not self._holds(main, seen)

    def _holds(self, tip: str, commit: str) -> bool:
        try:
            return self._repository.contains(tip, commit)
        except Undecidable:  # a shallow clone cannot say; a second look does not help it
            return True

    def _adopt(self, theirs: str) -> None:
        """Let our journal follow the remote's, if that is the same journal and has lost nothing."""
        ours, seen = self._store.ref(self.journal_ref), self._store.ref(SEEN)
        if not theirs:
            if seen:
                raise self._gone(ours)
            return
        if theirs == ours == seen:
            return
        contains = self._repository.contains
        if seen and not contains(theirs, seen):
            raise self._parted(ours, theirs) if not contains(ours, theirs) else self._rewound(ours, theirs)
        if ours and not contains(theirs, ours):
            if not contains(ours, theirs):
                raise self._parted(ours, theirs)
            self._store.set(SEEN, theirs, "metricgov fetch")
            return
        JournalView(self._store, theirs).head()
        self._believe(ours, theirs)

    def _believe(self, ours: str, theirs: str) -> None:
        if ours != theirs and not self._store.swap(self.journal_ref, ours, theirs, "metricgov fetch"):
            raise Undecidable(
                "journal_moved",
                f"something other than metricgov moves {self.journal_ref}",
                hint="run the command again",
            )
        self._store.set(SEEN, theirs, "metricgov fetch")

    def _seq(self, commit: str) -> int:
        return JournalView(self._store, commit).tip.seq if commit else 0

    def _rewound(self, ours: str, theirs: str) -> Refused:
        last, had = self._seq(theirs), self._seq(ours)
        name = self.remote.name
        return Refused(
            "journal_rewound",
            f"the journal on {name} was rewound: it ends at event {last}, and held event {had} before; "
            f"{_events(last + 1, had)} {'are' if had > last + 1 else 'is'} missing there and still here",
            hint=f"give {name} back what it lost: metricgov sync --restore",
        )

    def _gone(self, ours: str) -> Refused:
        name = self.remote.name
        return Refused(
            "journal_gone",
            f"{name} no longer has the journal {self.journal_ref.removeprefix('refs/heads/')}; "
            f"all {self._seq(ours)} events are still here",
            hint="if nobody moved it on purpose, give it back: metricgov sync --restore",
        )

    def _parted(self, ours: str, theirs: str) -> Refused:
        name = self.remote.name
        try:
            common = self._seq(self._repository.merge_base(ours, theirs))
        except Undecidable:
            common = 0
        return Refused(
            "journal_forked",
            f"the journal here and the one on {name} have parted: both hold event {common}, then {name} goes on to "
            f"event {self._seq(theirs)} ({theirs[:SHORT]}) and this clone to event {self._seq(ours)} ({ours[:SHORT]})",
            hint=f"compare both: metricgov audit log, git log {theirs[:SHORT]}; ask who forced the branch. People "
            "decide which one holds, and move the other: git push --force-with-lease, or git update-ref",
        )

    def _no_target(self, target: str, before: str) -> Undecidable:
        name, short = self.remote.name, target.removeprefix("refs/heads/")
        head = self.remote.look()
        default = head.default.removeprefix("refs/heads/")
        if before and default and default != short and head.default in head.tips:
            return Undecidable(
                "target_renamed",
                f"{name} has no branch {short} any more, its default branch is {default}; the registry governs {short}",
                hint=f"give it its name back, on the host or with: git push {name} {head.tips[head.default]}:{target}. "
                f"Every statement names {short}, so the registry does not follow a rename",
            )
        return Undecidable(
            "target_missing",
            f"{name} has no branch {short}, which this registry governs",
            hint=f"push it: git push {name} {short}",
        )


def _events(first: int, last: int) -> str:
    return f"event {first}" if first == last else f"events {first} to {last}"
