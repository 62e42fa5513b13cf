"""What was and what differs, answered from the registry here: the changelog, versions and commits side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metricgov.desk.asked import Progress, silent
from metricgov.desk.asked_past import NOW, Compared
from metricgov.desk.over_time import LocalOverTime
from metricgov.domain.errors import BadInput
from metricgov.domain.period import start_of, whole_day

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from metricgov.app.comparing_versions import Now
    from metricgov.desk.asked_past import Asked
    from metricgov.desk.session import Session
    from metricgov.domain.comparability.causes import Revised
    from metricgov.domain.comparability.pairing import Pairing
    from metricgov.domain.comparability.timeline import Known
    from metricgov.domain.comparability.why import Difference
    from metricgov.domain.edited_views import EditedDefinition
    from metricgov.domain.happenings import Happenings
    from metricgov.domain.past_views import ChangelogEntry, VersionRow


MOST_AT_ONCE = 1000
"""Events that are told with one answer."""


class LocalPast(LocalOverTime):
    """Implements Past, and of OverTime what lies between versions, over a Session."""

    def happened(self, *, after: int = NOW, change: str = "", person: str = "", most: int = 500) -> Happenings:
        """Return what happened after a position in the journal, oldest first."""
        from metricgov.app.happening import happenings, settled
        from metricgov.domain.happenings import Happenings

        if not 1 <= most <= MOST_AT_ONCE or after < NOW:
            says = f"no answer holds {most} events after position {after}"
            raise BadInput("bad_position", says, hint=f"1 to {MOST_AT_ONCE} events, after 0 or a later position")
        session = self.session()
        session.workspace.require_journal()
        if after == NOW:
            return Happenings((), settled(session.access))
        found = session.change(change, ended=True) if change else ""
        ids = session.workspace.journal
        return happenings(session.access, ids, after=after, most=most, change=found, person=person)

    def changelog(self, *, since: str = "", definition: str = "", most: int = 0) -> tuple[ChangelogEntry, ...]:
        """Return what was applied, newest first."""
        from metricgov.app.changelog import changelog
        from metricgov.app.moment import at_tip

        session = self.session()
        session.workspace.require_journal()
        only = session.definition(definition, past=True) if definition else ""
        found = session.workspace.lookup, at_tip(session.reading), session.workspace.journal
        return changelog(*found, since=start_of(since), definition=only, most=most)

    def differences(self, definition: str, old: str, new: str = "") -> EditedDefinition:
        """Return both texts of two versions of a definition and what differs between them."""
        from metricgov.app.contents import REGULAR, Content, EditedPath
        from metricgov.app.sides import read_sides
        from metricgov.desk.edited import edited_definition
        from metricgov.domain.changes.diff import diff
        from metricgov.domain.changes.values import DiffContext

        session = self.session()
        before = self.card(definition, version=old)
        after = self.card(before.id, version=new)
        dialect = session.workspace.settings.dialect
        edited = EditedPath(after.path, *(Content(REGULAR, one.text) for one in (before, after)))
        globs = session.globs_for(after.id)
        sides = read_sides((edited,), globs=globs, files=session.reading.files, dialect=dialect)
        findings = (
            diff(sides.before.get(after.id), sides.after.get(after.id), context=DiffContext(dialect=dialect))
            if after.id not in sides.unread
            else ()
        )
        lines = session.reading.files.key_lines
        return edited_definition(after.id, edited, findings, before_path=before.path, dialect=dialect, lines=lines)

    def compared(self, base: str, head: str = "", *, only: tuple[str, ...] = ()) -> Compared:
        """Return what one commit or branch does to another."""
        from metricgov.app.comparing import compare

        session = self.session()
        first, second = session.commit(base), session.commit(head)
        return Compared(first, second, compare(session.access, base=first, head=second, only=only))

    def compare(
        self,
        metric: str,
        old: str,
        new: str,
        *,
        recorded: bool = False,
        engine: str = "",
        as_of: str = "",
        progress: Progress = silent,
    ) -> Pairing:
        """Return how two versions of a metric compare."""
        name = self._metric(metric)
        day = whole_day(as_of) if as_of else None
        session = self.session()
        now = None if recorded else engine_now(session, engine, day, lambda says: progress(says, 0, 0))
        return paired(session, name, old, new, now)

    def why(
        self,
        metric: str,
        asked: Asked,
        *,
        recorded: bool = False,
        engine: str = "",
        as_of: str = "",
        progress: Progress = silent,
    ) -> Difference:
        """Return what a difference consists of."""
        from metricgov.desk.explained import explained

        name, session = self._metric(metric), self.session()
        return explained(session, name, asked, recorded=recorded, engine=engine, as_of=as_of, progress=progress)

    def revisions(self, metric: str, *, by: tuple[str, ...] = ()) -> tuple[Revised, ...]:
        """Return how stored values were revised."""
        from metricgov.desk.explained import revised

        return revised(self.session(), self._metric(metric), by)

    def measured_on(self, metric: str, day: str, *, known_at: str = "") -> Known | None:
        """Return which version measures a day, as it was known at the end of another."""
        name, session = self._metric(metric), self.session()
        then = whole_day(known_at) if known_at else session.today()
        return measured_on(session, name, whole_day(day), then)


def versions_in_order(session: Session, metric: str) -> tuple[VersionRow, ...]:
    """Return the versions in force; one that is on no commit of its own stands as main has it."""
    from metricgov.app.comparing_versions import in_force
    from metricgov.app.history import history
    from metricgov.app.moment import at_tip

    session.workspace.require_journal()
    moment = at_tip(session.reading)
    rows = in_force(history(moment, f"metric:{metric}", session.workspace.journal))
    return tuple(replace(one, commit=one.commit or moment.tip) for one in rows)


def measured_on(session: Session, metric: str, day: datetime, known_at: datetime) -> Known | None:
    """Return which version measures a day as it was known on another; None where none does."""
    from metricgov.domain.comparability.pairing import spans
    from metricgov.domain.comparability.timeline import known

    return known(spans(versions_in_order(session, metric)), f"{day:%Y-%m-%d}", f"{known_at:%Y-%m-%d}")


def paired(session: Session, metric: str, old: str, new: str, now: Now | None) -> Pairing:
    """Return how two versions of a metric compare; the engine is let go of."""
    from metricgov.app.comparing_versions import compare_versions, named

    workspace = session.workspace
    try:
        rows = versions_in_order(session, metric)
        return compare_versions(
            metric,
            rows,
            named(rows, old),
            named(rows, new),
            registry_at=lambda commit: workspace.load_registry(commit).registry,
            dialect=workspace.settings.dialect,
            now=now,
        )
    finally:
        if now is not None:
            now.warehouse.close()


def engine_now(
    session: Session, engine: str, as_of: datetime | None, told: Callable[[str], None] = lambda _says: None
) -> Now | None:
    """Return an engine to ask; None where none is bound and none was named."""
    from metricgov.app.comparing_versions import Now
    from metricgov.ports.warehouse import Limits

    workspace = session.workspace
    settings = workspace.settings
    if not engine and not settings.engines:
        return None
    name, chosen, warehouse = workspace.warehouse(engine or None)
    effect, limits = settings.effect, Limits(chosen.rows, chosen.seconds)
    day = as_of or session.today()
    return Now(
        warehouse, day, settings.dialect, limits, effect.days, effect.margin, lambda says: told(f"{name}: {says}")
    )
