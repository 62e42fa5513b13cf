"""The versions of one definition: which days each measures, since when that is known, and who agreed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metricgov.app.addressing import Labels
from metricgov.app.contents import read_paths
from metricgov.app.folding import state_of
from metricgov.app.moment import Moment
from metricgov.app.proven import proven_link
from metricgov.app.recorded import data_after
from metricgov.app.rights import path_at
from metricgov.domain.changes.findings import GRAVITY, ChangeClass
from metricgov.domain.definitions.fields import Edge
from metricgov.domain.definitions.kinds import NATIVE, Kind, path_for, split_id
from metricgov.domain.digest import JSON
from metricgov.domain.errors import BadInput, MetricgovError
from metricgov.domain.past_views import VersionRow
from metricgov.domain.registry import Entry
from metricgov.domain.views import LinkStatus
from metricgov.domain.workflow.registry_events import Baseline
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.summary import Step, contents, steps_of
from metricgov.domain.workflow.typed import parse
from metricgov.domain.workflow.vocabulary import ENDED, Treatment
from metricgov.ports.journal import ChangeIds

if TYPE_CHECKING:
    from metricgov.domain.comparability.link import Linked

LINKS: Mapping[Treatment, LinkStatus] = {
    Treatment.NONE: LinkStatus.SAME,
    Treatment.ANNOTATE: LinkStatus.SAME,
    Treatment.ALIAS: LinkStatus.SAME,
    Treatment.RESTATE: LinkStatus.RESTATED,
    Treatment.BREAK: LinkStatus.BROKEN,
    Treatment.NEW_METRIC: LinkStatus.BROKEN,
}
"""How the version before a step compares with the one after it, by the treatment alone; bridges are measured."""

MEASURED = frozenset({LinkStatus.RESTATED, LinkStatus.BRIDGED, LinkStatus.BRIDGED_BY_SEGMENT})
"""Links that may have a factor."""

DEEPEST = 20
"""Levels of inputs that are followed; lint refuses cycles, and this ends one that got past it."""


@dataclass(frozen=True, slots=True)
class _Version:
    """A row and what orders it: the event that made it known, and the class of the step that led to it."""

    seq: int
    row: VersionRow
    change_class: ChangeClass
    treatment: Treatment | None = None
    measured: Linked | None = None


def history(moment: Moment, definition: str, ids: ChangeIds) -> tuple[VersionRow, ...]:
    """Return the versions of a definition, oldest first, then what open changes propose.

    The intervals of versions follow one another without gaps: each is `[data_from, data_to)`. A step that only words
    or additions led to begins on the day it became known. Steps that a changed input caused stand between them with
    their root cause.
    """
    labels = Labels(ids.changes())
    states = [state_of(change, moment.access.journal) for change in moment.access.journal.touching(definition)]
    applied = sorted(
        (step for state in states for step in steps_of(state) if step.definition == definition),
        key=lambda step: step.seq,
    )
    links = {state.change: measured_link(state, definition) for state in states}
    for state in states:
        measured = links[state.change]
        if measured is None or not measured.bridges:
            links[state.change] = proven_link(moment, state, definition) or measured
    own = [
        *_first(moment, definition, applied),
        *(_applied(moment, step, labels, links.get(step.change)) for step in applied),
    ]
    own.sort(key=lambda one: one.seq)
    versions = sorted([*own, *_indirect(moment, definition, own, labels)], key=lambda one: one.seq)
    return (*_with_intervals(versions), *_proposed(moment, definition, states, labels))


def _first(moment: Moment, definition: str, applied: Sequence[Step]) -> Iterator[_Version]:
    """Yield the version that was accepted as found, if one was."""
    path = applied[0].path if applied else path_at(moment, definition)
    for envelope in moment.access.journal.events_of(None):
        if envelope.type != "baseline" or path is None:
            continue
        payload = parse(envelope).payload
        if not isinstance(payload, Baseline) or path not in {entry.path for entry in payload.entries}:
            continue
        data = _data_at(moment, payload.commit, path)
        if not data and not applied:  # a shallow clone lacks that commit; what nobody changed still stands at the tip
            data = _data_at(moment, moment.tip, path)
        row = VersionRow(
            definition=definition,
            version=_word(data, "version") or (applied[0].version_before if applied else ""),
            state="baseline",
            data_from=_word(data, "effective_from"),
            known_from=envelope.at,
            why=payload.reason,
            commit=payload.commit,
        )
        yield _Version(envelope.seq, row, ChangeClass.IDENTICAL)
        return


def measured_link(state: ChangeState, definition: str) -> Linked | None:
    """Return what the newest effect of the contents of a change says about a metric; None where none was recorded."""
    found = state.effect
    if found is None or not found.links:
        return None
    from metricgov.domain.comparability.link_record import restored

    links = (replace(restored(one), at=found.at) for one in found.links if f"metric:{one.metric}" == definition)
    return next(links, None)


def _applied(moment: Moment, step: Step, labels: Mapping[str, str], link: Linked | None) -> _Version:
    access = moment.access
    data = data_after(step.change, step.path, step.after, journal=access.journal, files=access.files)
    row = VersionRow(
        definition=step.definition,
        version=step.version_after or _word(data, "version"),
        state="applied",
        data_from=_word(data, "effective_from") or step.effective_from,
        known_from=step.at,
        approved_by=step.approved_by,
        change=step.change,
        label=labels.get(step.change, step.change),
        change_class=step.change_class,
        why=step.why,
        commit=step.commit,
    )
    return _Version(step.seq, row, step.change_class, step.treatment, link)


def _with_intervals(versions: Sequence[_Version]) -> Iterator[VersionRow]:
    starts = [_start(versions, place) for place in range(len(versions))]
    for place, one in enumerate(versions):
        later = versions[place + 1 :]
        end = max(starts[place], starts[place + 1]) if later and starts[place + 1] else ""
        row = replace(one.row, data_from=starts[place], data_to=end)
        if not later:
            yield row
            continue
        following = later[0]
        link = link_of(following.change_class, following.treatment, following.measured)
        measured = following.measured
        moves = link in MEASURED and measured is not None and measured.factor is not None
        factor = repr(measured.factor.value) if moves and measured and measured.factor else ""
        yield replace(row, link=link, factor=factor, measured=measured)


def _start(versions: Sequence[_Version], place: int) -> str:
    """Return the first day that a version measures; words take over on the day they became known."""
    one = versions[place]
    if place == 0 or GRAVITY[one.change_class] > GRAVITY[ChangeClass.COMPATIBLE]:
        return one.row.data_from
    before = versions[place - 1].row.data_from
    return one.row.data_from if one.row.data_from > before else one.row.known_from[:10]


def link_of(change_class: ChangeClass, treatment: Treatment | None, measured: Linked | None = None) -> LinkStatus:
    """Return how values before a step compare with those after it; a bridge is one only as far as it was measured."""
    if GRAVITY[change_class] <= GRAVITY[ChangeClass.COMPATIBLE]:
        return LinkStatus.SAME
    if treatment is None or treatment is Treatment.NONE:
        return LinkStatus.NOT_MEASURED
    if treatment is Treatment.BRIDGE:
        return LinkStatus(measured.as_bridge.value) if measured is not None else LinkStatus.NOT_MEASURED
    return LINKS[treatment]


def _proposed(
    moment: Moment, definition: str, states: Sequence[ChangeState], labels: Mapping[str, str]
) -> Iterator[VersionRow]:
    """Yield what open changes would make of the definition; their link is measured when they are applied."""
    for state in states:
        found = contents(state)
        record = next((one for one in found.definitions if one.id == definition), None) if found else None
        if state.stage in ENDED or found is None or record is None:
            continue
        judgement = moment.judgement(state) if state.revision and state.reviewable else None
        yield VersionRow(
            definition=definition,
            version=record.version_after or "",
            state=str(judgement.stage if judgement else state.stage),
            data_from=found.effective_from or "",
            link=LinkStatus.NOT_MEASURED,
            change=state.change,
            label=labels.get(state.change, state.change),
            change_class=record.change_class,
            why=found.why,
        )


def _indirect(
    moment: Moment, definition: str, versions: Sequence[_Version], labels: Mapping[str, str]
) -> Iterator[_Version]:
    """Yield the steps that changed inputs caused while the definition stood still (INV-19)."""
    own = {one.row.change for one in versions}
    for cause in _inputs(moment, definition):
        states = [state_of(change, moment.access.journal) for change in moment.access.journal.touching(cause)]
        for step in (one for state in states for one in steps_of(state) if one.definition == cause):
            version = next((one.row.version for one in reversed(versions) if one.seq < step.seq), "")
            minor = GRAVITY[step.change_class] <= GRAVITY[ChangeClass.COMPATIBLE]
            if minor or step.change in own or (versions and step.seq < versions[0].seq):
                continue
            row = VersionRow(
                definition=definition,
                version=version,
                state="applied",
                data_from=step.effective_from,
                known_from=step.at,
                approved_by=step.approved_by,
                change=step.change,
                label=labels.get(step.change, step.change),
                change_class=step.change_class,
                why=step.why,
                cause=f"{cause} {step.version_after}".strip(),
                commit=step.commit,
            )
            link = next((measured_link(one, definition) for one in states if one.change == step.change), None)
            yield _Version(step.seq, row, step.change_class, step.treatment, link)


def _inputs(moment: Moment, definition: str) -> tuple[str, ...]:
    """Return everything that a definition is computed from at the tip, nearest first."""
    found: dict[str, None] = {}
    level = [definition]
    for _ in range(DEEPEST):
        paths = [path for one in level if (path := _path(moment, one)) is not None]
        nearer = [target for path in paths for target in _targets(moment, path)]
        level = [one for one in dict.fromkeys(nearer) if one not in found and one != definition]
        found.update(dict.fromkeys(level))
        if not level:
            break
    return tuple(found)


def _path(moment: Moment, definition: str) -> str | None:
    kind, name = split_id(definition)
    if kind not in NATIVE:
        return None
    if kind is Kind.METRIC:
        return path_at(moment, definition)
    try:
        return path_for(kind, name)
    except BadInput:
        return None


def _targets(moment: Moment, path: str) -> list[str]:
    from metricgov.domain.definitions.kinds import id_of

    definition = id_of(path)
    data = _data_at(moment, moment.tip, path)
    if definition is None or not data:
        return []
    return [one.target for one in Entry(definition, path, data).references if one.edge is Edge.COMPUTED]


def _data_at(moment: Moment, commit: str, path: str) -> Mapping[str, JSON]:
    """Return the mapping at a path of a commit; {} where there is none that loads."""
    try:
        content = read_paths(moment.access.source, commit, (path,)).get(path)
        return moment.access.files.load(content.data, path) if content else {}
    except MetricgovError:
        return {}


def _word(data: Mapping[str, JSON], field: str) -> str:
    found = data.get(field)
    return found if isinstance(found, str) else ""
