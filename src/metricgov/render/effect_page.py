"""The approver's report as one HTML file that opens offline: figures, plots as inline pictures, and tables beside."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from metricgov.domain.comparability.effect import Effect, Part
from metricgov.domain.comparability.evidence import MetricEffect
from metricgov.domain.comparability.paired import Cells
from metricgov.domain.effect_report import EffectReport
from metricgov.render.bars import number
from metricgov.render.effect_words import FUTURE, VERDICTS, advice_words, goal_words, reader_words
from metricgov.render.kit import plural
from metricgov.render.link import link_words
from metricgov.render.paper import paper
from metricgov.render.plots.chart import FEWEST
from metricgov.render.plots.forest import forest_spec, shown
from metricgov.render.plots.overlap import overlap_spec
from metricgov.render.plots.picture import Spec, picture
from metricgov.render.plots.timeline import timeline_spec


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, and in words what it shows."""

    svg: Markup
    says: str


def effect_html(found: EffectReport) -> str:
    """Return the whole page; Undecidable where the library that draws is not installed."""
    environment = paper()
    environment.filters.update(number=number, interval=_interval, moved=_moved, kept=_kept, verdict=_verdict)
    environment.filters.update(link=link_words, advice=advice_words, goal=goal_words, reader=reader_words)
    return environment.get_template("effect.html").render(
        report=found,
        blocking=sum(len(one.blocking) for one in found.evidence.metrics),
        figures={one.metric: _figures(one, found) for one in found.evidence.metrics},
        counted=lambda count, grain: plural(count, grain, grain + "s"),
    )


def _figures(one: MetricEffect, report: EffectReport) -> list[Figure]:
    if one.effect is None:
        return []
    specs = (
        [overlap_spec(one.metric, one.effect, report.of(one.metric).unit)] if len(one.effect.pairs) >= FEWEST else []
    )
    specs += [forest_spec(one.metric, each) for each in one.effect.dimensions if len(shown(each)) > 1]
    future = report.futures.get(one.metric)
    if future is not None and any(line.observations for line in future.lines):
        specs.append(timeline_spec(future) | {"title": f"{one.metric}: {FUTURE}"})
    return [_figure(each) for each in specs]


def _figure(wanted: Spec) -> Figure:
    drawn = picture(wanted, "svg").decode()
    return Figure(Markup(drawn), str(wanted["description"]))  # noqa: S704 - drawn here; texts in it are escaped


def _interval(part: Part) -> str:
    found = part.estimate
    if found is None:
        return part.reason
    low, high = found.interval.values
    return f"{number(low)} to {number(high)}, {found.estimator.value}"


def _moved(cells: Cells) -> str:
    return f"{100 * cells.net:+.1f} %, {100 * cells.gross:.1f} %" if cells.n_old else "–"


def _kept(cells: Cells) -> str:
    return f"kept {cells.both:,}, leave {cells.old_only:,}, enter {cells.new_only:,}"


def _verdict(effect: Effect) -> str:
    said = effect.total.verdict
    return "none: " + effect.total.reason if said is None else f"{VERDICTS[said]} (margin {100 * effect.margin:g} %)"
