"""What reviewers ask about one change, answered from the registry here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from metricgov.desk.asked import Progress, silent
from metricgov.desk.at import At

if TYPE_CHECKING:
    from metricgov.app.contents import EditedPath
    from metricgov.app.moment import Moment
    from metricgov.desk.session import Session
    from metricgov.domain.changes.findings import Finding
    from metricgov.domain.edited_views import EditedDefinition
    from metricgov.domain.effect_report import EffectOnRecord
    from metricgov.domain.past_views import StoryLine
    from metricgov.domain.views import ChangeView, ImpactRow
    from metricgov.domain.workflow.events import Revised, Side
    from metricgov.domain.workflow.state import ChangeState


class LocalChanges(At):
    """Implements Changes over a Session."""

    def change(self, change: str) -> ChangeView:
        """Return the change as it stands."""
        from metricgov.app.change_view import change_view

        session = self.session()
        found = session.change(change, ended=True)
        return change_view(session.reading, found, label=session.label(found), moment=session.moment)

    def edits(self, change: str, *, since: int = 0) -> tuple[EditedDefinition, ...]:
        """Return what it does to the texts of definitions."""
        from metricgov.app.moment import known_change

        session = self.session()
        found = session.change(change, ended=True)
        state = known_change(session.reading, found)
        if since:
            return _between(session, state, since)
        return _edits(session, state, session.moment)

    def effect(self, change: str) -> EffectOnRecord:
        """Return the effect on record."""
        from metricgov.app.recording import effect_of
        from metricgov.desk.evaluating import report_of
        from metricgov.domain.effect_report import EffectOnRecord

        session = self.session()
        found = session.change(change, ended=True)
        state, kept, evidence = effect_of(session.reading, found)
        of = next((one.number for one in reversed(state.revisions) if one.digest == kept.digest), 0)
        return EffectOnRecord(report_of(session, found, (evidence, {})), of, kept.at, kept.digest == state.digest)

    def evaluate(
        self, change: str, *, engine: str = "", as_of: str = "", dry_run: bool = False, progress: Progress = silent
    ) -> EffectOnRecord:
        """Compute the effect of the contents and record it, or with `dry_run` only compute it."""
        from metricgov.app.recording import record_effect
        from metricgov.desk.evaluating import evaluated, report_of
        from metricgov.domain.effect_report import EffectOnRecord
        from metricgov.domain.period import whole_day

        session = self.session()
        found = session.change(change)
        day = whole_day(as_of) if as_of else None
        done = evaluated(session, found, engine, day, progress=progress)
        if dry_run:
            report = report_of(session, found, done)
            return EffectOnRecord(report, report.change.revision, "", current=True)
        events = record_effect(session.access, change=found, actor=session.actor, evidence=done[0])
        self.forget()
        session = self.session()
        report = report_of(session, found, done)
        return EffectOnRecord(report, report.change.revision, report.change.at, current=True, anew=bool(events))

    def impact(self, change: str) -> tuple[tuple[str, tuple[ImpactRow, ...]], ...]:
        """Return each changed definition with everything that depends on it."""
        from metricgov.app.impact import impact
        from metricgov.app.moment import known_change
        from metricgov.app.owning import governance_or_why

        session = self.session()
        state = known_change(session.reading, session.change(change, ended=True))
        said = state.draft or state.revision
        linted = session.workspace.load_registry(session.tip)
        governance, _ = governance_or_why(session.access, session.tip)
        names = [one.id for one in said.definitions] if said else [state.definition] if state.definition else []
        return tuple((one, impact(one, linted, governance)) for one in names if linted.registry.get(one) is not None)

    def story(self, change: str) -> tuple[StoryLine, ...]:
        """Return what happened, oldest first."""
        from metricgov.app.story import story
        from metricgov.app.trail import trail_of

        session = self.session()
        found = session.change(change, ended=True)
        unsent = session.access.unsent()
        lines = story(trail_of(session.reading, session.reading.journal.events_of(found)))
        return tuple(replace(line, waiting=line.seq in unsent) for line in lines)


def _edits(session: Session, state: ChangeState, moment: Moment) -> tuple[EditedDefinition, ...]:
    """Return what the contents of a change do: on today's main while it is open, else as they were recorded."""
    from metricgov.app.recorded import recorded, recorded_paths
    from metricgov.domain.workflow.vocabulary import ENDED

    contents = state.draft or state.revision
    if contents is None:
        return ()
    assessment = moment.assessment(state) if state.stage not in ENDED else None
    if assessment is not None:
        found = {one.touched.id: (one.paths, one.findings) for one in assessment.definitions}
        return _shown(session, assessment.edited, found)
    journal, files = session.reading.journal, session.reading.files
    done = recorded(state.change, contents, journal=journal, files=files, governance=moment.governance)
    edited = recorded_paths(state.change, contents.edits, journal)
    return _shown(session, edited, _by_definition(session, edited, done.findings))


def _between(session: Session, state: ChangeState, since: int) -> tuple[EditedDefinition, ...]:
    """Return what the newest contents do to those of an earlier revision; what only main moved is left out."""
    from metricgov.app.contents import EditedPath
    from metricgov.app.recorded import content_of
    from metricgov.app.sides import read_sides
    from metricgov.domain.changes.diff import diff
    from metricgov.domain.changes.values import DiffContext

    read = next((one for one in state.revisions if one.number == since), None)
    newest = state.revision
    if read is None or newest is None or read.digest == newest.digest:
        return ()
    journal, config = session.reading.journal, session.governance.config
    old, new = _after(read), _after(newest)
    edited = tuple(
        EditedPath(path, *(content_of(state.change, side, journal) for side in (old.get(path), new.get(path))))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    )
    globs = tuple(glob for one in config.opaque for glob in one.paths)
    sides = read_sides(edited, globs=globs, files=session.reading.files, dialect=config.dialect)
    context = DiffContext(dialect=config.dialect, rules=newest.rules)
    findings = {
        one: diff(sides.before.get(one), sides.after.get(one), context=context)
        for one in sides.ids
        if one not in sides.unread
    }
    return _shown(session, edited, _by_definition(session, edited, findings))


def _after(contents: Revised) -> dict[str, Side | None]:
    return {one.path: one.after for one in contents.edits}


def _by_definition(
    session: Session, edited: Sequence[EditedPath], findings: Mapping[str, tuple[Finding, ...]]
) -> dict[str, tuple[tuple[str, ...], tuple[Finding, ...]]]:
    from metricgov.domain.definitions.kinds import id_of

    globs = tuple(glob for one in session.governance.config.opaque for glob in one.paths)
    paths: dict[str, tuple[str, ...]] = {}
    for one in edited:
        if (definition := id_of(one.path, globs)) is not None:
            paths[definition] = (*paths.get(definition, ()), one.path)
    return {one: (found, findings.get(one, ())) for one, found in paths.items()}


def _shown(
    session: Session, edited: Sequence[EditedPath], found: Mapping[str, tuple[tuple[str, ...], tuple[Finding, ...]]]
) -> tuple[EditedDefinition, ...]:
    from metricgov.app.contents import EditedPath
    from metricgov.desk.edited import edited_definition
    from metricgov.domain.changes.findings import GRAVITY, gravest

    by_path = {one.path: one for one in edited}
    shown = []
    for definition, (paths, findings) in found.items():
        here = [by_path[path] for path in paths if path in by_path]
        old = next((one for one in here if one.before is not None), None)
        new = next((one for one in here if one.after is not None), None)
        side = new or old
        if side is None:
            continue
        both = EditedPath(side.path, old.before if old else None, new.after if new else None)
        shown.append(
            edited_definition(
                definition,
                both,
                findings,
                before_path=old.path if old else "",
                dialect=session.governance.config.dialect,
                lines=session.reading.files.key_lines,
            )
        )
    grave = {one.definition: GRAVITY[gravest(each.finding.change_class for each in one.fields)] for one in shown}
    return tuple(sorted(shown, key=lambda one: -grave[one.definition]))
