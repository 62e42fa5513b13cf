"""Where a desk stands: one person in one registry; what it knows is read anew when something has moved."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from metricgov.adapters.git.journal import writes_of
from metricgov.adapters.index.opened import Opened
from metricgov.app.remembered import Remembered
from metricgov.bootstrap import Workspace
from metricgov.desk.session import Session
from metricgov.domain.workflow.envelope import Identity

if TYPE_CHECKING:
    from metricgov.adapters.git.repository import GitRepository
    from metricgov.app.moment import Moment
    from metricgov.ports.clock import Clock

T = TypeVar("T")

SECONDS_KEPT = 60.0
"""How long answers may rest on one look at the clock: deadlines pass without any ref moving."""


class Site:
    """What several grounds of one registry share: git's processes, one queue of appends, the database of the index, and
    what was worked out.

    Safe for threads.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = folder
        self.remembered = Remembered()
        self._opened = Opened()
        self._opening = threading.Lock()
        self._repository: GitRepository | None = None

    def repository(self) -> GitRepository:
        """Return the repository as if it were opened anew."""
        with self._opening:
            if self._repository is None:
                self._repository = Workspace(self.folder).repository
            return self._repository.again()

    def workspace(self, repository: GitRepository, clock: Clock | None) -> Workspace:
        """Return the registry as it is now."""
        return Workspace(
            self.folder, clock=clock, repository=repository, remembered=self.remembered, opened=self._opened
        )

    def close(self) -> None:
        """End git's processes and close the database; the next question starts them again."""
        with self._opening:
            if self._repository is not None:
                self._repository.close()
            self._repository = None
            self._opened.close()


Who = tuple[str | None, str, Identity]
"""Whom somebody says to be, the key that they name, and how they are known."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """A registry and its sessions, good while every ref stands where it stood; one full ref may not matter (`but`)."""

    workspace: Workspace
    mark: str
    until: float
    but: str = ""
    sessions: dict[Who, Session] = field(default_factory=dict)

    def stands(self) -> bool:
        return time.monotonic() < self.until and self.mark == self.workspace.repository.store.mark(but=self.but)

    def session(self, who: Who) -> Session:
        if who not in self.sessions:
            claimed, key, identity = who
            self.sessions[who] = Session(claimed, key=key, workspace=self.workspace, identity=identity)
        return self.sessions[who]


class Ground:
    """A registry as it is at this moment, opened once for everybody who asks about it one after the other.

    It is kept while every ref stands where it stood, so that questions about the same state cost little, and opened
    anew after that. Not for two threads at once: each has a ground of its own, which may stand on one `site`.
    """

    def __init__(
        self, folder: Path | str | None = None, *, clock: Clock | None = None, site: Site | None = None
    ) -> None:
        self._clock = clock
        self._site = site or Site(folder)
        self._shared = site is not None
        self._now: _Standing | None = None
        self._for_deeds: _Standing | None = None
        self._overview: Moment | None = None
        self._made: dict[str, tuple[object, object]] = {}

    def made(self, name: str, of: object, make: Callable[[], T]) -> T:
        """Return what was made of a state, once for everybody who asks; made anew where the state is another."""
        if name not in self._made or self._made[name][0] != of:
            self._made[name] = of, make()
        return cast("T", self._made[name][1])

    def workspace(self) -> Workspace:
        """Return the registry as it is now: the same object as before where nothing has moved."""
        return self._as_it_is().workspace

    def _as_it_is(self) -> _Standing:
        kept = self._now
        if kept is not None and kept.stands():
            return kept
        self._let_go()
        repository = self._site.repository()
        mark = repository.store.mark()
        fresh = self._site.workspace(repository, self._clock)
        self._now = _Standing(fresh, mark, time.monotonic() + SECONDS_KEPT)
        return self._now

    def session(self, claimed: str | None, key: str, identity: Identity) -> Session:
        """Return the session of somebody in the registry as it is now."""
        return self._as_it_is().session((claimed, key, identity))

    def session_for_deeds(self, claimed: str | None, key: str, identity: Identity) -> Session:
        """Return a session for what is decided at the tip of the journal, wherever that is by then.

        It is not opened anew because others decided meanwhile: it holds nothing of what has happened to changes, and
        its `access` reads that at the tip.
        """
        if self._for_deeds is None or not self._for_deeds.stands():
            self._for_deeds = self._but_for_the_journal()
        return (self._for_deeds or self._as_it_is()).session((claimed, key, identity))

    def _but_for_the_journal(self) -> _Standing | None:
        """Return the registry as it is now; None where more than the journal counts, or main is not recorded yet."""
        now = self._as_it_is()
        workspace = now.workspace
        if workspace.shared is not None or workspace.foreseen.journal is not workspace.journal:
            return None
        journal = workspace.journal.ref
        mark = workspace.repository.store.mark(but=journal)
        if not now.stands():  # else the mark might be of a main that this workspace has not seen
            return None
        return _Standing(workspace, mark, now.until, but=journal)

    def overview(self) -> Moment:
        """Return the moment at which many changes are looked at: what it judges, it judges once."""
        from metricgov.app.moment import at_tip

        workspace = self.workspace()
        if self._overview is None:
            self._overview = at_tip(workspace.still)
        return self._overview

    def mark(self) -> str:
        """Return a word that changes whenever a ref of the repository has moved."""
        return self._as_it_is().mark

    @staticmethod
    def asked(question: Callable[[], T]) -> T:
        """Return the answer to a question; an error of it says whether it is certain that nothing was written."""
        return writes_of(question)

    def forget(self) -> None:
        """Let it go: the next question reads everything anew."""
        self._let_go()
        self._for_deeds = None
        if not self._shared:
            self._site.close()

    def _let_go(self) -> None:
        self._now = self._overview = None


class At:
    """One person in one registry. `ground` is what several people who ask by turns stand on, else one of their own."""

    def __init__(
        self,
        folder: Path | str | None = None,
        *,
        claimed: str | None = None,
        key: str = "",
        clock: Clock | None = None,
        ground: Ground | None = None,
        identity: Identity = Identity.CLAIMED,
    ) -> None:
        self._ground = ground or Ground(folder, clock=clock)
        self._claimed, self._key, self._identity = claimed, key, identity

    def session(self) -> Session:
        """Return the session for the registry as it is now."""
        return self._ground.session(self._claimed, self._key, self._identity)

    def session_for_deeds(self) -> Session:
        """Return the session for what is decided at the tip of the journal, wherever that is by then."""
        return self._ground.session_for_deeds(self._claimed, self._key, self._identity)

    def overview(self) -> Moment:
        """Return the moment at which many changes are looked at: what it judges, it judges once a session."""
        return self._ground.overview()

    def made(self, name: str, of: object, make: Callable[[], T]) -> T:
        """Return what was made of a state, once for everybody who asks here; made anew where the state is another."""
        return self._ground.made(name, of, make)

    def mark(self) -> str:
        """Return a word that changes whenever a ref of the repository has moved."""
        return self._ground.mark()

    def forget(self) -> None:
        """Let the session go: the next question reads everything anew."""
        self._ground.forget()
