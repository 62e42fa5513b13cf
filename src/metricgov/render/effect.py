"""What a change does to the numbers, for the approver at a terminal and as JSON, both from one value."""

from __future__ import annotations

from dataclasses import replace

from metricgov.domain.comparability.effect import Dimension, Effect, Part
from metricgov.domain.comparability.evidence import MetricEffect
from metricgov.domain.comparability.over_time import Series
from metricgov.domain.comparability.paired import Cells
from metricgov.domain.comparability.verdict import Verdict
from metricgov.domain.comparability.warnings import Severity
from metricgov.domain.digest import JSON
from metricgov.domain.effect_report import EffectReport, MetricFacts
from metricgov.domain.time import spoken
from metricgov.domain.views import ChangeView
from metricgov.render.as_json import change_object
from metricgov.render.bars import number
from metricgov.render.changes import definition_lines, head_lines
from metricgov.render.effect_words import FUTURE, VERDICTS, advice_words, goal_words, reader_words
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, ink, plural
from metricgov.render.link import link_words
from metricgov.render.plots.forest import forest_rows
from metricgov.render.plots.overlap import overlap_chart
from metricgov.render.plots.timeline import timeline_chart, timeline_words
from metricgov.render.series import series_object

NO_FACTS = MetricFacts()

SEGMENTS = 12
"""Segments of a dimension that are shown; JSON has all."""

FOREST = 24
"""Columns of the drawn intervals."""

UNDETECTED = "n.d."
"""Stands where a segment shows no detectable change; explained below each table that has it."""


def effect_text(report: EffectReport, screen: Screen | None = None) -> str:
    """Return the report: the change, and each metric with its numbers, segments, stability and warnings."""
    screen = screen or Screen()
    found = report.evidence
    lines = [*_change(report.change, screen), ""]
    for one in found.metrics:
        lines += [*metric_lines(one, screen, report.of(one.metric), report.futures.get(one.metric)), ""]
    if not found.metrics:
        lines += screen.wrap("No number can move: no metric is touched by more than words.")
    blocking = sum(len(one.blocking) for one in found.metrics)
    said = f"{plural(blocking, 'warning blocks', 'warnings block')} this change. " if blocking else ""
    asked = f"Computed by engine {clean(found.engine)}, read as of {spoken(found.as_of)}."
    return screen.text([*lines, *screen.wrap(said + asked)])


def effect_json(report: EffectReport) -> str:
    """Return the evidence as it is kept, with the change and what its metrics are called."""
    facts: dict[str, JSON] = {
        name: {"title": one.title, "unit": one.unit, "accountable": one.accountable}
        for name, one in sorted(report.facts.items())
    }
    futures: dict[str, JSON] = {name: series_object(one) for name, one in sorted(report.futures.items())}
    shape = report.evidence.as_json() | {"change": change_object(report.change), "facts": facts, "futures": futures}
    return json_text(shape)


def _change(view: ChangeView, screen: Screen) -> list[str]:
    lines = head_lines(view, screen)[:-1]
    for one in view.definitions:
        lines += definition_lines(one, screen, findings=False)
    return lines


def _future(found: Series | None, screen: Screen) -> list[str]:
    """Return history as it will read: a chart, and what it shows in words."""
    if found is None:
        return []
    inner = replace(screen, width=screen.columns - 2)
    drawn = [line for one in found.lines for line in timeline_chart(one, inner)]
    if not drawn:
        return []
    return ["", *screen.wrap(f"{FUTURE}: {timeline_words(found)}", "  "), *(f"  {line}" for line in drawn)]


def metric_lines(
    one: MetricEffect, screen: Screen, facts: MetricFacts = NO_FACTS, future: Series | None = None
) -> list[str]:
    """Return the effect on one metric: both numbers, segments, stability, what becomes of history, warnings."""
    lines = [screen.rule(clean(one.metric))]
    if facts.title:
        lines += screen.ends(f"  {clean(facts.title)}", f"accountable {facts.accountable}" if facts.accountable else "")
    if one.cause:
        lines += screen.wrap(f"computed from {clean(one.cause)}, which changes", "  ")
    effect = one.effect
    if effect is None:
        return [*lines, *screen.wrap(f"not evaluated: {clean(one.reason)}", "  ")]
    start, end, grain = one.window
    lines += screen.wrap(
        f"the same data under both definitions, {spoken(start)} until {spoken(end)}, "
        f"{plural(effect.periods, grain, grain + 's')}",
        "  ",
    )
    lines += _total(effect, screen)
    for dimension in effect.dimensions:
        lines += _dimension(dimension, screen)
    lines += _stability(effect, screen)
    if one.link is not None:
        lines += ["", *screen.wrap(link_words(one.link), "  " + ink("history", Ink.BOLD) + " ", "          ")]
    if one.advice is not None:
        lines += screen.wrap(advice_words(one.advice), "          ")
    lines += _future(future, screen)
    lines += _targets(one, screen)
    if one.warned:
        lines += ["", "  " + ink("warnings", Ink.BOLD)]
        for said in one.warned:
            grave = said.severity is Severity.BLOCK
            mark = ink("blocks", Ink.GRAVE) if grave else ink("warns ", Ink.WARN)
            lines += screen.wrap(clean(said.says), f"  {said.id} {mark} ", "             ")
    return lines


def _targets(one: MetricEffect, screen: Screen) -> list[str]:
    """Return what happens to targets, thresholds and whatever reads the values."""
    if not one.goals and not one.readers:
        return []
    lines = ["", "  " + ink("targets and readers", Ink.BOLD)]
    for said in (*map(goal_words, one.goals), *map(reader_words, one.readers)):
        lines += screen.wrap(said, "    ", "      ")
    return lines


def _total(effect: Effect, screen: Screen) -> list[str]:
    total = effect.total
    lines = ["", *screen.wrap(f"old {number(total.old)}   new {number(total.new)}   {_ratio(total)}", "  ")]
    if total.cells is not None:
        lines += screen.wrap(_moved(total.cells), "  ")
    if total.verdict is not None:
        said = f"{VERDICTS[total.verdict]} (margin {100 * effect.margin:g}%)"
        lines += screen.wrap(said, "  " + ink("verdict", Ink.BOLD) + " ", "          ")
    inner = replace(screen, width=screen.columns - 2)
    lines += [f"  {line}" for line in overlap_chart(effect, inner)]
    return lines


def _ratio(part: Part) -> str:
    found = part.estimate
    if found is None:
        return f"no ratio: {part.reason}"
    low, high = found.interval.values
    level = f"{100 * found.level:g}% {number(low)} to {number(high)}"
    return f"ratio {number(found.ratio)}   {level}   ({found.estimator.value})"


def _moved(cells: Cells) -> str:
    said = f"kept {cells.both:,} · leave {cells.old_only:,} · enter {cells.new_only:,}"
    if cells.n_old:
        said += f" · net {100 * cells.net:+.1f}% · gross {100 * cells.gross:.1f}%"
    return said


def _dimension(dimension: Dimension, screen: Screen) -> list[str]:
    shown = dimension.parts[:SEGMENTS]
    reasons = {one.reason for one in dimension.parts}
    if len(reasons) == 1 and not any(one.estimate for one in dimension.parts):
        return ["", *screen.wrap(f"{clean(dimension.name)}: no ratio: {reasons.pop()}", "  ")]
    head = [clean(dimension.name), "share", "ratio", "95%", "", ""]
    kept = [place for place in range(6) if place != 1 or any(one.share is not None for one in shown)]
    drawn = forest_rows(shown, FOREST, ascii_only=screen.ascii)
    rows = [[[*_row(part), line][place] for place in kept] for part, line in zip(shown, drawn, strict=True)]
    inner = replace(screen, width=screen.columns - 2)
    right = tuple(place for place, column in enumerate(kept) if column in (1, 2))
    lines = ["", *("  " + line for line in inner.table([head[place] for place in kept], rows, right=right))]
    if any(row[-2] for row in rows):
        lines += [f"  {UNDETECTED} no detectable change"]
    if len(dimension.parts) > SEGMENTS:
        lines += [f"  and {len(dimension.parts) - SEGMENTS} more: --json has all"]
    return lines


def _row(part: Part) -> tuple[str, str, str, str, str]:
    name = "(none)" if part.segment is None else clean(part.segment)
    share = "" if part.share is None else f"{100 * part.share:.0f}%"
    found = part.estimate
    if found is None:
        return name, share, "", part.reason, ""
    low, high = found.interval.values
    plain = part.verdict in (Verdict.EQUIVALENT, Verdict.INCONCLUSIVE)
    return name, share, number(found.ratio), f"{number(low)} to {number(high)}", UNDETECTED if plain else ""


def _stability(effect: Effect, screen: Screen) -> list[str]:
    lines: list[str] = []
    if effect.stable is not None:
        low, high = effect.stable.elsewhere.values
        says = f"for another {effect.grain} the ratio is to be expected between {number(low)} and {number(high)} (E9)"
        lines += ["", *screen.wrap(says, "  ")]
    return lines
