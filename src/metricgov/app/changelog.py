"""What reached main, in sentences for readers of numbers; the versions of one definition are for history.py."""

from __future__ import annotations

from metricgov.app.addressing import Labels
from metricgov.app.folding import state_of
from metricgov.app.moment import Moment
from metricgov.app.recorded import recorded
from metricgov.domain.changes.findings import ChangeClass, Finding
from metricgov.domain.errors import MetricgovError
from metricgov.domain.past_views import ChangelogEntry
from metricgov.domain.verdict import VersionStep
from metricgov.domain.workflow.summary import Step
from metricgov.ports.index import Lookup
from metricgov.ports.journal import ChangeIds


def changelog(
    lookup: Lookup, moment: Moment, ids: ChangeIds, *, since: str = "", definition: str = "", most: int = 0
) -> tuple[ChangelogEntry, ...]:
    """Return what was applied, newest first; `since` is a moment as the journal writes it, inclusive.

    `most` limits the entries (0: all).
    """
    labels = Labels(ids.changes())
    steps = lookup.steps(since=since, definition=definition)
    steps = steps[-most:] if most > 0 else steps
    return tuple(_entry(step, moment, labels.get(step.change, step.change)) for step in reversed(steps))


def _entry(step: Step, moment: Moment, label: str) -> ChangelogEntry:
    title, findings = _told(step, moment)
    return ChangelogEntry(
        at=step.at,
        definition=step.definition,
        title=title,
        change_class=step.change_class,
        version=VersionStep(step.version_before, step.version_after),
        says=tuple(dict.fromkeys(one.says for one in findings if _tells(one))),
        why=step.why,
        author=step.author,
        approved_by=step.approved_by,
        effective_from=step.effective_from,
        intent=step.intent,
        treatment=step.treatment or "",
        change=step.change,
        label=label,
    )


def _tells(finding: Finding) -> bool:
    """Whether a finding tells readers more than version, date and class beside it do."""
    return finding.change_class is not ChangeClass.IDENTICAL and finding.field not in {"version", "effective_from"}


def _told(step: Step, moment: Moment) -> tuple[str, tuple[Finding, ...]]:
    """Return the title and the findings of a step; nothing of either where its bytes are gone (redacted)."""
    access = moment.access
    contents = state_of(step.change, access.journal).revision
    assert contents is not None, "what was applied had a revision"
    try:
        found = recorded(
            step.change, contents, journal=access.journal, files=access.files, governance=moment.governance
        )
    except MetricgovError:
        return "", ()
    data = found.after.get(step.definition) or found.before.get(step.definition) or {}
    title = data.get("title")
    return (title if isinstance(title, str) else ""), found.findings.get(step.definition, ())
