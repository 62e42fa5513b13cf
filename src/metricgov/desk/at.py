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


@dataclass(frozen=True, slots=True)
class _Standing:
    """A registry as deeds need it, which read the journal at its tip: kept while every other ref stands."""

    workspace: Workspace
    mark: str
    until: float
    sessions: dict[tuple[str | None, str, Identity], Session] = field(default_factory=dict)

    def stands(self) -> bool:
        journal = self.workspace.journal.ref
        return time.monotonic() < self.until and self.mark == self.workspace.repository.store.mark(but=journal)


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
        self._workspace: Workspace | None = None
        self._mark = ""
        self._until = 0.0
        self._overview: Moment | None = None
        self._made: dict[str, tuple[object, object]] = {}
        self._sessions: dict[tuple[str | None, str, Identity], Session] = {}
        self._standing: _Standing | None = None

    def made(self, name: str, of: object, make: Callable[[], T]) -> T:
        """Return what was made of a state, once for everybody who asks; made anew where the state is another."""
        if name not in self._made or self._made[name][0] != of:
            self._made[name] = of, make()
        return cast("T", self._made[name][1])

    def workspace(self) -> Workspace:
        """Return the registry as it is now: the same object as before where nothing has moved."""
        kept = self._workspace
        if kept is not None and time.monotonic() < self._until and self._mark == kept.repository.store.mark():
            return kept
        self._let_go()
        repository = self._site.repository()
        self._mark = repository.store.mark()
        fresh = self._site.workspace(repository, self._clock)
        self._workspace = fresh
        self._until = time.monotonic() + SECONDS_KEPT
        return fresh

    def session(self, claimed: str | None, key: str, identity: Identity) -> Session:
        """Return the session of somebody in the registry as it is now."""
        workspace = self.workspace()
        who = (claimed, key, identity)
        if who not in self._sessions:
            self._sessions[who] = Session(claimed, key=key, workspace=workspace, identity=identity)
        return self._sessions[who]

    def session_for_deeds(self, claimed: str | None, key: str, identity: Identity) -> Session:
        """Return a session for what is decided at the tip of the journal, wherever that is by then.

        It is not opened anew because others decided meanwhile; of what has happened to changes, it knows nothing.
        """
        standing = self._standing
        if standing is None or not standing.stands():
            standing = self._standing = self._stood()
        if standing is None:
            return self.session(claimed, key, identity)
        who = (claimed, key, identity)
        if who not in standing.sessions:
            standing.sessions[who] = Session(claimed, key=key, workspace=standing.workspace, identity=identity)
        return standing.sessions[who]

    def _stood(self) -> _Standing | None:
        """Return the registry as it is now; None where more than the journal counts, or main is not recorded yet."""
        workspace = self.workspace()
        if workspace.shared is not None or workspace.foreseen.journal is not workspace.journal:
            return None
        mark = workspace.repository.store.mark(but=workspace.journal.ref)
        if workspace is not self.workspace():
            return None
        return _Standing(workspace, mark, self._until)

    def overview(self) -> Moment:
        """Return the moment at which many changes are looked at: what it judges, it judges once."""
        from metricgov.app.moment import at_tip

        workspace = self.workspace()
        if self._overview is None:
            self._overview = at_tip(workspace.still)
        return self._overview

    def mark(self) -> str:
        """Return a word that changes whenever a ref of the repository has moved."""
        self.workspace()  # opened anew where its mark is no longer that of the repository
        return self._mark

    @staticmethod
    def asked(question: Callable[[], T]) -> T:
        """Return the answer to a question; an error of it says whether it is certain that nothing was written."""
        return writes_of(question)

    def forget(self) -> None:
        """Let it go: the next question reads everything anew."""
        self._let_go()
        self._standing = None
        if not self._shared:
            self._site.close()

    def _let_go(self) -> None:
        self._workspace = self._overview = None
        self._sessions.clear()  # each would hold what it read of a registry that is none any more


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
