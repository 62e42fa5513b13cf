"""The list of changes: where each stands now and what it waits for; one change in full is for change_view.py."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.app.addressing import Labels
from metricgov.app.moment import Moment
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.problems import did_you_mean
from metricgov.domain.errors import BadInput
from metricgov.domain.views import ChangeRow
from metricgov.domain.workflow.judge import Judgement
from metricgov.domain.workflow.requirements import ONLY_TIME, Code
from metricgov.domain.workflow.summary import ChangeSummary
from metricgov.domain.workflow.vocabulary import ENDED, IN_REVIEW, REVIEWABLE, Stage
from metricgov.ports.index import ChangeQuery, Lookup
from metricgov.ports.journal import ChangeIds

OPEN_STAGES = frozenset(Stage) - ENDED - {Stage.ABSENT}
"""Folded stages of everything that may still move, the one being applied included."""

NAMED = 3
"""People whom a note names at most."""


def list_changes(
    lookup: Lookup,
    moment: Moment,
    ids: ChangeIds,
    *,
    ended: bool = False,
    state: str = "",
    definition: str = "",
    person: str = "",
    author: str = "",
    change_class: str = "",
    since: str = "",
    most: int = 0,
) -> tuple[ChangeRow, ...]:
    """Return changes, the one that moved last first; open ones alone unless `ended` or a `state` asks for others.

    `approved` is judged here and now, never stored. `person` has a part in it, `author` began it; `since` is the
    second from which on it has moved. `most` limits the rows (0: all).
    """
    stages = _stages(state, ended=ended)
    if change_class and change_class not in set(ChangeClass):
        hint = did_you_mean(change_class, [*ChangeClass]) or ", ".join(ChangeClass)
        raise BadInput("class_unknown", f"{change_class!r} is no class of changes", hint=hint)
    found = lookup.changes(ChangeQuery(stages, definition, person))
    labels = Labels(ids.changes())
    wanted = (one for one in found if one.moved_at >= since and author in ("", one.author))
    rows = (_row(one, moment, labels.get(one.change, one.change)) for one in wanted)
    fitting: list[ChangeRow] = []
    for row in rows:
        if (not state or row.state == state) and (not change_class or row.change_class == change_class):
            fitting.append(row)
        if most and len(fitting) == most:
            break
    return tuple(fitting)


def _stages(state: str, *, ended: bool) -> frozenset[Stage]:
    if state in {Stage.APPROVED, Stage.OVERRIDDEN, Stage.IN_REVIEW, Stage.CHANGES_REQUESTED}:
        return IN_REVIEW
    if state:
        if state not in set(Stage):
            hint = did_you_mean(state, [*Stage]) or ", ".join(Stage)
            raise BadInput("state_unknown", f"{state!r} is no state", hint=hint)
        return frozenset({Stage(state)})
    return frozenset() if ended else OPEN_STAGES


def _row(summary: ChangeSummary, moment: Moment, label: str) -> ChangeRow:
    judgement = moment.judgement(moment.state(summary.change)) if summary.stage in REVIEWABLE else None
    return ChangeRow(
        change=summary.change,
        label=label,
        state=str(judgement.stage if judgement else summary.stage),
        definition=summary.definition,
        change_class=judgement.change_class if judgement else summary.change_class,
        author=summary.author,
        moved_at=summary.moved_at,
        note=waits_for(judgement) if judgement else _note(summary),
        more=max(0, len(summary.definitions) - 1),
    )


def waits_for(judgement: Judgement) -> str:
    """Return what a change waits for, in a few words."""
    if judgement.allowed:
        return "ready to apply, by override" if judgement.override else "ready to apply"
    if all(one.code in ONLY_TIME | {Code.SUSPENDED} for one in judgement.unmet):
        return judgement.unmet[0].says
    people = list(dict.fromkeys(name for one in judgement.unmet for name in one.who))
    missing = f"{len(judgement.unmet)} missing"
    if not people:
        return f"{missing}: {judgement.unmet[0].says}"
    return f"{missing}: {named(people)}"


def named(people: Sequence[str]) -> str:
    """Return the first names of a list, and how many follow."""
    more = f" +{len(people) - NAMED}" if len(people) > NAMED else ""
    return ", ".join(people[:NAMED]) + more


def _note(summary: ChangeSummary) -> str:
    match summary.stage:
        case Stage.DRAFT:
            return "not submitted"
        case Stage.REQUESTED:
            return "waits for somebody to take it up"
        case Stage.CONFLICTED:
            return "main moved under it: rebase"
        case Stage.APPLYING:
            return "being applied"
        case Stage.APPLIED:
            return summary.commit[:12]
        case _:
            return ""
