"""Who asks, how far this clone is, what waits for them: answered from the registry here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from metricgov.desk.asked import Reader, Standing
from metricgov.desk.at import At

if TYPE_CHECKING:
    from pathlib import Path

    from metricgov.app.moment import Moment
    from metricgov.desk.session import Session
    from metricgov.domain.views import ChangeRow, InboxRow


class LocalEntrance(At):
    """Implements Entrance over a Session."""

    def reader(self) -> Reader:
        """Return who asks."""
        session = self.session()
        actor, voice = session.actor, session.voice
        person = session.governance.person(actor.principal)
        return Reader(
            principal=actor.principal,
            name=person.name if person else "",
            registry=session.workspace.registry_id,
            title=session.workspace.repository.common_dir().parent.name,
            proof=voice.actor.identity.value,
            council=actor.principal in session.governance.council,
            unsigned="" if voice.access.signer else voice.unsigned,
        )

    def standing(self) -> Standing:
        """Return how far this clone is."""
        session = self.session()
        mirror = session.workspace.mirror
        return Standing(
            mark=self.mark(),
            unsent=len(session.access.unsent()),
            remote=mirror.remote.name if mirror else "",
            fetched_at=_fetched(session.workspace.repository.common_dir() / "FETCH_HEAD"),
            offline=session.workspace.offline,
        )

    def inbox(self) -> tuple[InboxRow, ...]:
        """Return what waits for the reader."""
        return inbox_of(self.session(), self.overview())

    def change_rows(
        self,
        *,
        ended: bool = False,
        state: str = "",
        person: str = "",
        definition: str = "",
        author: str = "",
        change_class: str = "",
        since: str = "",
        most: int = 0,
    ) -> tuple[ChangeRow, ...]:
        """Return changes, the one that moved last first."""
        from metricgov.app.listing_changes import list_changes
        from metricgov.domain.period import start_of

        session = self.session()
        return list_changes(
            session.workspace.lookup,
            self.overview(),
            session.workspace.journal,
            ended=ended,
            state=state,
            definition=session.definition(definition, past=True) if definition else "",
            person=person,
            author=author,
            change_class=change_class,
            since=start_of(since),
            most=most,
        )


def inbox_of(session: Session, moment: Moment) -> tuple[InboxRow, ...]:
    """Return what waits for who acts, each row with whether others see all of it yet."""
    from metricgov.app.inbox import inbox

    workspace, journal = session.workspace, session.workspace.journal
    rows = inbox(workspace.lookup, moment, journal, person=session.actor.principal)
    unsent = session.access.unsent()
    if not unsent:
        return rows
    return tuple(replace(row, waiting=any(one.seq in unsent for one in journal.events_of(row.change))) for row in rows)


def _fetched(head: Path) -> str:
    """Return when git fetched last, "" for never: it writes this file with every fetch."""
    from metricgov.domain import time

    try:
        return time.to_text(datetime.fromtimestamp(head.stat().st_mtime, UTC).replace(microsecond=0))
    except OSError:
        return ""
