"""What a change does to the numbers, as the pages of one panel; plots are text, each with its figures beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.text import Text

from metricgov.domain.comparability.verdict import Verdict
from metricgov.domain.comparability.warnings import Severity
from metricgov.domain.time import spoken
from metricgov.render.bars import number
from metricgov.render.effect_words import VERDICTS, advice_words, goal_words, reader_words
from metricgov.render.kit import Screen, cells, clean, plural, time_words
from metricgov.render.link import link_words
from metricgov.render.plots.forest import forest_rows
from metricgov.render.plots.overlap import overlap_chart, overlap_words, ratios
from metricgov.render.plots.timeline import timeline_chart, timeline_words
from metricgov_tui import words_review as words
from metricgov_tui.lines import Line
from metricgov_tui.panels.flow import Run, flow, rule

if TYPE_CHECKING:
    from metricgov.domain.comparability.effect import Dimension, Effect, Part
    from metricgov.domain.comparability.evidence import MetricEffect
    from metricgov.domain.effect_report import EffectOnRecord, EffectReport
    from metricgov_tui.look import Look

FEW = 6
"""Segments on the first page; the second has all."""

FOREST = 28
"""Columns of drawn intervals on the first page."""

LOW, HIGH, WIDE = 9, 14, 110
"""Rows of a chart where there is little room, and where there is more: from so many columns."""

THOUSANDTHS = 10
"""Below this a ratio is said in thousandths."""

_MARKS = {"o": "old", "+": "new", "~": "bridged", ".": "old"}


@dataclass(frozen=True, slots=True)
class Pane(Screen):
    """A panel as the renderers know screens: exactly as wide as it is."""

    @property
    def columns(self) -> int:
        """The width that layouts use."""
        return max(self.width, 24)


def pane(width: int, look: Look) -> Pane:
    """Return a panel for the renderers."""
    return Pane(width, ascii=look.rule.isascii())


def effect_lines(found: EffectOnRecord, page: str, width: int, look: Look) -> list[Line]:
    """Return one page: `numbers`, `segments`, `history`, `tables` or `warnings`, metric by metric."""
    report = found.report
    texts: list[Text] = []
    if not found.current:
        texts += flow([(f"{look.warn} {words.stale(found.revision)}", "warn")], width)
    if not report.evidence.metrics:
        texts += flow([(words.NO_NUMBERS, "")], width)
    lines: list[Line] = [Line(text) for text in texts]
    for place, one in enumerate(report.evidence.metrics):
        lines += [Line(Text())] if place else []
        if len(report.evidence.metrics) > 1:
            cause = f", computed from {clean(one.cause).removeprefix('metric:')}" if one.cause else ""
            title = f"{clean(one.metric)}{cause}"
            lines.append(Line(rule(title, width, look.rule, "title"), f"metric {one.metric}", title.replace("_", " ")))
        lines += _PAGES[page](one, report, width, look)
    if not found.current:
        lines = [replace(one, text=_dimmed(one.text)) if at >= len(texts) else one for at, one in enumerate(lines)]
    asked = f"Evaluated {time_words(found.at)} by {clean(report.evidence.engine)} on revision {found.revision}."
    lines += [Line(Text()), *(Line(text) for text in flow([(asked, "dim")], width))]
    lines = [replace(one, text=_lettered(one.text, look)) for one in lines]
    return [replace(one, key="", under=False) for one in lines]  # pages scroll by lines: nothing on them is opened


def effect_short(found: EffectOnRecord, width: int, look: Look) -> list[Line]:
    """Return the effect in a few lines with its plot, as it stands beside a diff."""
    lines: list[Line] = []
    if not found.current:
        lines += [Line(text) for text in flow([(f"{look.warn} {words.stale(found.revision)}", "warn")], width)]
    metrics = found.report.evidence.metrics
    for one in metrics[:1]:
        lines += _numbers(one, found.report, width, look, brief=True)
    for one in metrics[1:]:
        said = f"{clean(one.metric)}: {_brief(one)}"
        lines += [Line(text) for text in flow([(said, "")], width, "", "  ")]
    if not metrics:
        lines += [Line(text) for text in flow([(words.NO_NUMBERS, "")], width)]
    return [replace(one, text=_lettered(one.text, look)) for one in lines]


def _lettered(text: Text, look: Look) -> Text:
    """Return a text in letters that can be shown; one that needs others loses its styles, not its words."""
    if not look.rule.isascii() or text.plain.isascii():
        return text
    return Text(pane(80, look).letters(text.plain), style=text.style)


def _dimmed(text: Text) -> Text:
    return Text(text.plain, style="dim")


def _said(said: str, width: int, head: str = "", style: str = "") -> list[Line]:
    """Return a paragraph, with a word in bold before it."""
    pad = " " * cells(head)
    return [Line(text) for text in flow([(head, "bold"), (said, style)], width, "", pad or None)]


# the first page


def _page_numbers(one: MetricEffect, report: EffectReport, width: int, look: Look) -> list[Line]:
    return _numbers(one, report, width, look, brief=False)


def _numbers(one: MetricEffect, report: EffectReport, width: int, look: Look, *, brief: bool) -> list[Line]:
    effect = one.effect
    if effect is None:
        return _said(f"Not evaluated: {clean(one.reason)}", width, style="warn")
    lines = [] if brief else _said(_window(one, effect, look), width)
    totals, ratio, moved = _totals(one, effect, report), _ratio(effect, look), _moved(effect)
    together = effect.total.estimate is not None and _length(totals) + 3 + _length(ratio) <= width
    heads = [[*totals, ("   ", ""), *ratio], moved] if together else [totals, ratio, moved]
    for runs in heads:
        lines += [Line(text) for text in flow(runs, width, "", "  ")] if runs else []
    lines += _verdict(effect, width)
    if look.plots:
        lines += _chart(overlap_chart(effect, pane(width, look), LOW if brief or width < WIDE else HIGH))
    else:
        lines += _said(overlap_words(one.metric, effect), width)
        lines += _page_tables(one, report, width, look) if effect.pairs and not brief else []
    lines += _said(words.NO_PERIODS, width, style="dim") if not effect.pairs and not brief else []
    if brief:
        return [*lines, *_after(one, width, look, most=1, brief=True)]
    if effect.dimensions:
        lines += _dimension(effect.dimensions[0], width, look, most=FEW, columns=FOREST)
    return [*lines, *_after(one, width, look, most=3)]


def _length(runs: Sequence[Run]) -> int:
    return sum(cells(text) for text, _ in runs)


def _window(one: MetricEffect, effect: Effect, look: Look) -> str:
    start, end, grain = one.window
    said = f"Same data under both: {spoken(start)} until {spoken(end)} {look.dot} "
    said += plural(effect.periods, grain, grain + "s")
    moved = effect.total.cells
    return said + (f" {look.dot} {moved.both + moved.old_only:,} counted before" if moved else "")


def _unit(one: MetricEffect, report: EffectReport) -> str:
    unit = clean(report.of(one.metric).unit)
    return " %" if unit == "percent" else f" {unit.replace('_', ' ')}" if unit else ""


def _totals(one: MetricEffect, effect: Effect, report: EffectReport) -> list[Run]:
    unit, total = _unit(one, report), effect.total
    return [
        ("old ", "dim"),
        (f"{number(total.old)}{unit}", "old"),
        ("   new ", "dim"),
        (f"{number(total.new)}{unit}", "new"),
    ]


def _ratio(effect: Effect, look: Look) -> list[Run]:
    found = effect.total.estimate
    if found is None:
        return [(f"No ratio: {clean(effect.total.reason)}.", "warn")]
    low, high = found.interval.values
    said = f"   {100 * found.level:g} % CI {number(low)}{look.dash}{number(high)}"
    ratio = f"{found.ratio:.3f}" if found.ratio < THOUSANDTHS else number(found.ratio)
    return [("ratio ", "dim"), (ratio, "bold"), (said, "")]


def _moved(effect: Effect) -> list[Run]:
    moved = effect.total.cells
    if moved is None:
        return []
    said = f"kept {moved.both:,}   leave {moved.old_only:,}   enter {moved.new_only:,}"
    if moved.n_old:
        said += f"   net {100 * moved.net:+.1f} %   gross {100 * moved.gross:.1f} %"
    return [(said, "")]


def _verdict(effect: Effect, width: int) -> list[Line]:
    said = effect.total.verdict
    if said is None:
        return []
    grave = said is Verdict.MATERIAL
    word = VERDICTS[said].upper() if grave else VERDICTS[said]
    return [
        Line(text) for text in flow([(f"{word} (margin {100 * effect.margin:g} %)", "grave" if grave else "")], width)
    ]


def _chart(lines: Sequence[str]) -> list[Line]:
    """Return a chart with the signs of its courses in their styles."""
    found = []
    for place, line in enumerate(lines):
        text = Text(line)
        inside = max(line.find("┤"), line.find("│"), 0) if place else 0
        for at in range(inside, len(line)):
            style = _MARKS.get(line[at])
            alone = not line[at - 1 : at].isalnum() and not line[at + 1 : at + 2].isalnum()
            if style and (place or alone):
                text.stylize(style, at, at + 1)
        found.append(Line(text))
    return found


def _after(one: MetricEffect, width: int, look: Look, *, most: int, brief: bool = False) -> list[Line]:
    """Return what becomes of history, targets and readers, and how many warnings there are."""
    lines = []
    if one.link is not None:
        said = link_words(one.link)
        lines += _said(said.partition("; ")[0] if brief else said, width, "History  ")
    for goal in one.goals[:most]:
        lines += _said(
            goal_words(goal).replace("->", look.arrow), width, "Target   " if goal is one.goals[0] else "         "
        )
    rest = len(one.goals) - most
    lines += _said(f"and {rest} more", width, "         ", "dim") if rest > 0 else []
    if one.warned:
        stops = len(one.blocking)
        said = plural(len(one.warned), "warning")
        said += f", {plural(stops, 'stops', 'stop')} this change" if stops else ""
        lines += _said(f"{said} {look.dash} p lists them", width, style="grave" if stops else "warn")
    return lines


def _brief(one: MetricEffect) -> str:
    if one.effect is None:
        return f"not evaluated, {clean(one.reason)}"
    found = one.effect.total.estimate
    if found is None:
        return clean(one.effect.total.reason)
    low, high = found.interval.values
    return f"ratio {number(found.ratio)} ({number(low)} to {number(high)})"


# segments


def _page_segments(one: MetricEffect, _report: EffectReport, width: int, look: Look) -> list[Line]:
    effect = one.effect
    if effect is None or not effect.dimensions:
        return _said("No segments were computed." if effect else f"Not evaluated: {clean(one.reason)}", width)
    lines: list[Line] = []
    for place, each in enumerate(effect.dimensions):
        lines += [Line(Text())] if place else []
        lines += _dimension(each, width, look, most=0, columns=max(FOREST, width - 48))
    return lines


def _dimension(dimension: Dimension, width: int, look: Look, *, most: int, columns: int) -> list[Line]:
    """Return the segments of a dimension: share, ratio with its interval, and the interval drawn with a mark at 1."""
    parts = sorted(dimension.parts, key=lambda one: -(one.share or 0.0))
    shown = parts[:most] if most else parts
    reasons = {one.reason for one in parts}
    if len(reasons) == 1 and not any(one.estimate for one in parts):
        return _said(f"by {clean(dimension.name)}: no ratio: {clean(reasons.pop())}", width)
    room = width - 46
    columns = min(columns, room) if room >= 12 else 0
    drawn = forest_rows(shown, columns, ascii_only=look.rule.isascii()) if columns else ["" for _ in shown]
    head = f"{'by ' + clean(dimension.name):<16}{'share':>6}{'ratio':>8}  {'95 % CI':<14}"
    lines = [Line(Text(head[:width], style="dim"))]
    for part, line in zip(shown, drawn, strict=True):
        lines += _segment(part, line, dimension, width, look)
    if len(parts) > len(shown):
        lines += _said(f"  {len(parts) - len(shown)} more: p", width, style="dim")
    return lines


def _segment(part: Part, drawn: str, dimension: Dimension, width: int, look: Look) -> list[Line]:
    name = "(none)" if part.segment is None else clean(part.segment)
    short = name if cells(name) <= 15 else name[:14] + look.ellipsis
    share = "" if part.share is None else f"{100 * part.share:.0f} %"
    found = part.estimate
    key = f"segment {dimension.name} {part.segment}"
    if found is None:
        texts = flow([(clean(part.reason), "dim")], width, f"{short:<16}{share:>6}  ")
        return [Line(text) for text in texts]
    low, high = found.interval.values
    plain = part.verdict in (Verdict.EQUIVALENT, Verdict.INCONCLUSIVE)
    interval = f"{low:.3f}{look.dash}{high:.3f}" if high < THOUSANDTHS else f"{number(low)}{look.dash}{number(high)}"
    ratio = f"{found.ratio:.3f}" if found.ratio < THOUSANDTHS else number(found.ratio)
    text = Text(f"{short:<16}{share:>6}{ratio:>8}  {interval:<14}", style="dim" if plain else "text")
    text.append(drawn, "new")
    said = f"{name}: ratio {ratio}, {interval}" + (", no detectable change" if plain else "")
    return [Line(text, key, said)]


# history, tables, warnings


def _page_history(one: MetricEffect, report: EffectReport, width: int, look: Look) -> list[Line]:
    lines = _said(link_words(one.link), width) if one.link is not None else _said("No link was measured.", width)
    if one.advice is not None:
        said = advice_words(one.advice)
        lines += _said(said[:1].upper() + said[1:] + ".", width)
    future = report.futures.get(one.metric)
    if future is None:
        return lines + (
            _said("The record holds no values: v evaluates again and draws them.", width, style="dim")
            if not one.cause
            else []
        )
    lines += [Line(Text()), *_said(f"History as it will read: {timeline_words(future)}", width)]
    for each in future.lines if look.plots else ():
        lines += _chart(timeline_chart(each, pane(width, look), LOW if width < WIDE else HIGH))
    return lines


def _page_tables(one: MetricEffect, _report: EffectReport, width: int, look: Look) -> list[Line]:
    effect = one.effect
    if effect is None:
        return _said(f"Not evaluated: {clean(one.reason)}", width)
    if not effect.pairs:
        return _said(words.NO_PERIODS, width)
    lines = [Line(Text(f"{effect.grain:<12}{'old':>12}{'new':>12}{'ratio':>10}", style="dim"))]
    for pair, ratio in zip(effect.pairs, ratios(effect), strict=True):
        old, new = effect.scaled(pair)
        text = Text.assemble(
            f"{pair.period[:10]:<12}",
            (f"{_cell(old, look):>12}", "old"),
            (f"{_cell(new, look):>12}", "new"),
            f"{_cell(ratio, look):>10}",
        )
        said = f"{pair.period[:10]}: old {number(old)}, new {number(new)}"
        lines.append(Line(text, f"period {one.metric} {pair.period}", said))
    return lines


def _cell(value: float | None, look: Look) -> str:
    return look.dash if value is None else number(value)


def _page_warnings(one: MetricEffect, _report: EffectReport, width: int, look: Look) -> list[Line]:
    lines: list[Line] = list(_warned(one, width, look))
    told = [*map(goal_words, one.goals), *map(reader_words, one.readers)]
    if told:
        lines.append(Line(Text("targets and readers", style="title")))
    for said in told:
        lines += [Line(text) for text in flow([(said, "")], width, "  ", "    ")]
    return lines or _said("No warnings, and nothing reads its values.", width)


def _warned(one: MetricEffect, width: int, look: Look) -> Iterator[Line]:
    for place, said in enumerate(one.warned):
        grave = said.severity is Severity.BLOCK
        mark: Run = (f"{look.error} {said.id} stops ", "grave") if grave else (f"{look.warn} {said.id} warns ", "warn")
        first, *rest = flow([mark, (clean(said.says), "")], width, "", "    ")
        yield Line(
            first, f"warning {one.metric} {place}", f"{said.id} {'stops' if grave else 'warns'}: {clean(said.says)}"
        )
        yield from (Line(text, under=True) for text in rest)


Page = Callable[["MetricEffect", "EffectReport", int, "Look"], list[Line]]

_PAGES: Mapping[str, Page] = {
    "numbers": _page_numbers,
    "segments": _page_segments,
    "history": _page_history,
    "tables": _page_tables,
    "warnings": _page_warnings,
}
