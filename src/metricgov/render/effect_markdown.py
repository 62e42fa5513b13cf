"""The approver's report as Markdown, for a pull request or a wiki; its plots are drawn in characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metricgov.domain.comparability.effect import Dimension, Effect
from metricgov.domain.comparability.evidence import MetricEffect
from metricgov.domain.comparability.over_time import Series
from metricgov.domain.comparability.warnings import Severity
from metricgov.domain.effect_report import EffectReport, MetricFacts
from metricgov.domain.time import spoken
from metricgov.render.bars import number
from metricgov.render.effect import SEGMENTS
from metricgov.render.effect_words import FUTURE, VERDICTS, advice_words, goal_words, reader_words
from metricgov.render.gate_markdown import escaped
from metricgov.render.kit import Screen, plural
from metricgov.render.link import link_words
from metricgov.render.plots.forest import forest_rows, forest_words
from metricgov.render.plots.overlap import overlap_chart, overlap_words
from metricgov.render.plots.timeline import timeline_chart, timeline_words

FOREST = 32


def effect_markdown(found: EffectReport) -> str:
    """Return the report: the change, and a section for each metric."""
    return "\n".join(_blocks(found)) + "\n"


def _blocks(found: EffectReport) -> Iterator[str]:
    change = found.change
    yield f"## {change.label}: what it does to the numbers"
    yield f"\n> {escaped(change.why) or '–'}\n"
    yield from _table(
        ("definition", "version", "class"),
        [
            (
                f"`{one.id}`",
                f"{one.version.before or 'new'} → {one.version.after or 'removed'}",
                one.change_class.value,
            )
            for one in change.definitions
        ],
    )
    claims = (("intent", change.intent), ("history", change.treatment), ("in effect from", change.effective_from))
    yield "\n" + " · ".join(f"{name}: {(said or '–').replace('_', ' ')}" for name, said in claims)
    blocking = sum(len(one.blocking) for one in found.evidence.metrics)
    if blocking:
        yield f"\n**{plural(blocking, 'warning blocks', 'warnings block')} this change until somebody rules.**"
    if not found.evidence.metrics:
        yield "\nNo number can move: no metric is touched by more than words."
    for one in found.evidence.metrics:
        yield from _metric(one, found.of(one.metric), found.futures.get(one.metric))
    yield (
        f"\nBasis `{found.evidence.basis_sha256[:12]}`, computed by engine {escaped(found.evidence.engine)}, "
        f"read as of {spoken(found.evidence.as_of)}."
    )


def _metric(one: MetricEffect, facts: MetricFacts, future: Series | None) -> Iterator[str]:
    yield f"\n### {escaped(facts.title or one.metric)}"
    if one.cause:
        yield f"\nComputed from `{one.cause}`, which changes."
    effect = one.effect
    if effect is None:
        yield f"\nNot evaluated: {escaped(one.reason)}"
        return
    start, end, grain = one.window
    yield (
        f"\nThe same data under both definitions, {spoken(start)} until {spoken(end)}, "
        f"{plural(effect.periods, grain, grain + 's')}.\n"
    )
    yield from _total(effect)
    for said in one.warned:
        grave = said.severity is Severity.BLOCK
        yield f"- {'**' + said.id + ' blocks**' if grave else said.id + ' warns'}: {escaped(said.says)}"
    if drawn := overlap_chart(effect, Screen()):
        yield "\n```"
        yield from drawn
        yield "```"
        yield escaped(overlap_words(one.metric, effect))
    for dimension in effect.dimensions:
        yield from _dimension(dimension)
    if one.link is not None:
        yield f"\n**History** {escaped(link_words(one.link))}."
    if one.advice is not None:
        yield escaped(advice_words(one.advice))
    if future is not None and (lines := [line for each in future.lines for line in timeline_chart(each, Screen())]):
        yield f"\n**{FUTURE.capitalize()}**\n\n```"
        yield from lines
        yield "```"
        yield escaped(timeline_words(future))
    if one.goals or one.readers:
        yield "\n**Targets and readers**\n"
        for words in (*map(goal_words, one.goals), *map(reader_words, one.readers)):
            yield f"- {escaped(words)}"


def _total(effect: Effect) -> Iterator[str]:
    total = effect.total
    rows = [("old", number(total.old)), ("new", number(total.new))]
    if total.estimate is None:
        rows.append(("ratio", "none: " + escaped(total.reason)))
    else:
        low, high = total.estimate.interval.values
        method = total.estimate.estimator.value
        rows.append(("ratio", f"{number(total.estimate.ratio)}, 95 % {number(low)} to {number(high)} ({method})"))
    if total.cells is not None and total.cells.n_old:
        cells = total.cells
        rows.append(("units", f"kept {cells.both:,}, leave {cells.old_only:,}, enter {cells.new_only:,}"))
        rows.append(("net, gross", f"{100 * cells.net:+.1f} %, {100 * cells.gross:.1f} %"))
    if total.verdict is not None:
        rows.append(("verdict", f"**{VERDICTS[total.verdict]}** (margin {100 * effect.margin:g} %)"))
    yield from _table(("", ""), rows)
    yield ""


def _dimension(dimension: Dimension) -> Iterator[str]:
    parts = dimension.parts[:SEGMENTS]
    rows = []
    for part, line in zip(parts, forest_rows(parts, FOREST), strict=True):
        name = "(none)" if part.segment is None else escaped(part.segment)
        share = "" if part.share is None else f"{100 * part.share:.0f} %"
        if part.estimate is None:
            rows.append((name, share, "", escaped(part.reason), ""))
            continue
        low, high = part.estimate.interval.values
        rows.append((name, share, number(part.estimate.ratio), f"{number(low)} to {number(high)}", _fixed(line)))
    yield ""
    yield from _table((escaped(dimension.name), "share", "ratio", "95 %", ""), rows)
    if len(dimension.parts) > SEGMENTS:
        yield f"\nand {len(dimension.parts) - SEGMENTS} more"
    yield "\n" + escaped(forest_words(dimension))


def _fixed(line: str) -> str:
    return f"`{line.replace(' ', chr(0xA0))}`" if line else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
