"""Scorecards: which metrics a team reads, what they shall be, where their values stand; reading those is elsewhere.

A value is judged by the target of today's definition only as far as it was made by a version that compares with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from metricgov.domain.comparability.attained import DOWN, UP, aim, levels, standing
from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.definitions.kinds import Kind
from metricgov.domain.digest import JSON
from metricgov.domain.linted import Linted
from metricgov.domain.reading_views import Score, ScorecardView, ScoreSection
from metricgov.domain.registry import Registry
from metricgov.domain.workflow.rights import Governance

APART = frozenset({Flag.DIFFERS, Flag.NOT_COLLECTED, Flag.IMPOSSIBLE})
"""Flags of points that cannot stand beside the others."""


def scorecards(linted: Linted, governance: Governance | None, person: str) -> tuple[ScorecardView, ...]:
    """Return every scorecard that is not retired, those of the person's teams first, then by title."""
    found = [_card(one, path, linted, governance, person) for one, path in linted.paths.items() if _is_one(one)]
    kept = [one for one in found if one is not None]
    return tuple(sorted(kept, key=lambda one: (not one.mine, one.title.casefold(), one.id)))


def _is_one(definition: str) -> bool:
    return definition.startswith(f"{Kind.SCORECARD}:")


def _card(
    definition: str, path: str, linted: Linted, governance: Governance | None, person: str
) -> ScorecardView | None:
    entry = linted.registry.get(definition)
    if entry is None:
        wrong = next((one.problem for one in linted.complaints if one.problem.place.path == path), None)
        says = f"line {wrong.place.line}: {wrong.message}" if wrong else "it does not load"
        return ScorecardView(definition, definition.partition(":")[2], "", "", "", (), problem=says)
    data = entry.data
    if data.get("status") == "retired":
        return None
    team = _word(data, "team")
    members = governance.members(team) if governance and team else frozenset[str]()
    return ScorecardView(
        id=definition,
        title=_word(data, "title") or entry.name,
        version=_word(data, "version"),
        team=team,
        rhythm=_word(data, "rhythm"),
        sections=tuple(_sections(data)),
        mine=bool(person) and person in {team, *members},
    )


def _sections(data: Mapping[str, JSON]) -> Iterator[ScoreSection]:
    found = data.get("sections")
    for one in found if isinstance(found, list | tuple) else ():
        if not isinstance(one, Mapping):
            continue
        named = one.get("metrics")
        metrics = tuple(f"metric:{name}" for name in named if isinstance(name, str)) if isinstance(named, list) else ()
        title = _word(one, "title") or _word(one, "id").replace("_", " ")
        yield ScoreSection(title, metrics, _word(one, "rhythm"))


def bare_score(metric: str, registry: Registry) -> Score:
    """Return what the definition of a metric says that its value shall be, without a value."""
    entry = registry.get(metric)
    if entry is None:
        there = registry.exists(metric)
        return Score(metric, why="its file does not load: metricgov lint" if there else "no such metric is on main")
    data = entry.data
    kpi = _kpi(data)
    direction = _word(data, "direction")
    target = kpi.get("target")
    by = target.get("by") if isinstance(target, Mapping) else None
    return Score(
        metric=metric,
        title=_word(data, "title"),
        version=_word(data, "version"),
        unit=_word(data, "unit"),
        direction=direction,
        kpi=bool(kpi),
        target=aim(kpi, direction, lambda name: _kpi_of(name, registry)),
        target_by=str(by) if by else "",
    )


def scored(score: Score, points: Sequence[Observation], registry: Registry, *, grain: str) -> Score:
    """Return a score with its points: where the last one stands, and whether it moved the good way."""
    kept = tuple(points)
    with_points = replace(score, points=kept, grain=grain)
    last = with_points.last
    if last is None:
        return replace(with_points, why="there is no value in these periods")
    entry = registry.get(score.metric)
    warn, critical = levels(_kpi(entry.data)) if entry is not None else (None, None)
    if APART & last.flags:
        return replace(with_points, why="its last value was made by a definition that does not compare with today's")
    word = standing(last.value, score.target, warn=warn, critical=critical, direction=score.direction)
    return replace(with_points, standing=word, better=_better(score, kept, last))


def _better(score: Score, points: Sequence[Observation], last: Observation) -> int:
    """Say which way the last value went from the one before; 0 across a break, and where no way is the good one."""
    place = points.index(last)
    before = points[place - 1] if place else None
    if before is None or before.value is None or last.value is None or Flag.BREAK in last.flags or APART & before.flags:
        return 0
    moved = (last.value > before.value) - (last.value < before.value)
    return {UP: moved, DOWN: -moved}.get(score.direction, 0)


def _kpi(data: Mapping[str, JSON]) -> Mapping[str, JSON]:
    found = data.get("kpi")
    return found if isinstance(found, Mapping) else {}


def _kpi_of(name: str, registry: Registry) -> Mapping[str, JSON]:
    entry = registry.get(f"metric:{name}")
    return _kpi(entry.data) if entry is not None else {}


def _word(data: Mapping[str, JSON], field: str) -> str:
    found = data.get(field)
    return found if isinstance(found, str) else ""
