"""Where a desk stands: one person in one registry; what it knows is read anew when something has moved."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

from metricgov.desk.session import Session

if TYPE_CHECKING:
    from metricgov.app.moment import Moment
    from metricgov.ports.clock import Clock

SECONDS_KEPT = 60.0
"""How long answers may rest on one look at the clock: deadlines pass without any ref moving."""


class At:
    """One person in one registry.

    A session reads nothing twice; it is kept while every ref stands where it stood, so that questions about the same
    state cost little, and made anew after that.
    """

    def __init__(
        self,
        folder: Path | str | None = None,
        *,
        claimed: str | None = None,
        key: str = "",
        clock: Clock | None = None,
    ) -> None:
        self._folder, self._claimed, self._key, self._clock = folder, claimed, key, clock
        self._session: Session | None = None
        self._mark = ""
        self._until = 0.0
        self._overview: Moment | None = None

    def session(self) -> Session:
        """Return the session for the registry as it is now."""
        kept = self._session
        if kept is not None and time.monotonic() < self._until and self._mark == _mark_of(kept):
            return kept
        self.forget()
        fresh = Session(self._claimed, key=self._key, folder=self._folder, clock=self._clock)
        self._session, self._mark = fresh, _mark_of(fresh)
        self._until = time.monotonic() + SECONDS_KEPT
        return fresh

    def overview(self) -> Moment:
        """Return the moment at which many changes are looked at: what it judges, it judges once a session."""
        from metricgov.app.moment import at_tip

        session = self.session()
        if self._overview is None:
            self._overview = at_tip(session.workspace.still)
        return self._overview

    def mark(self) -> str:
        """Return a word that changes whenever a ref of the repository has moved."""
        self.session()  # made anew where its mark is no longer that of the repository
        return self._mark

    def forget(self) -> None:
        """Let the session go: the next question reads everything anew."""
        if self._session is not None:
            self._session.workspace.repository.close()
            self._session = self._overview = None


def _mark_of(session: Session) -> str:
    listed = session.workspace.repository.git.read(
        "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/", "refs/remotes/", "refs/metricgov/"
    )
    return hashlib.sha256(listed.out).hexdigest()[:16]
