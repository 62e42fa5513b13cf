"""A metric over time as text, CSV and JSON: every point with its flags, its version and the value before a break."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.domain.comparability.flags import MEANINGS, Flag, Observation
from metricgov.domain.comparability.over_time import Line, Series
from metricgov.domain.digest import JSON
from metricgov.domain.time import spoken
from metricgov.render.bars import bars, number
from metricgov.render.csv_text import csv_lines
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, ink
from metricgov.render.link import link_json, link_words
from metricgov.render.plots.timeline import timeline_chart

FORMAT = 1
COLUMNS = (
    ("OBS_VALUE", "number"),
    ("OBS_STATUS", "text"),
    ("PRE_BREAK_VALUE", "number"),
    ("VERSION", "text"),
    ("FLAGS", "text"),
    ("LOW", "number"),
    ("HIGH", "number"),
    ("SOURCE", "text"),
    ("COMPUTED_AT", "text"),
)
"""Columns after the period and the dimensions."""


def series_text(found: Series, screen: Screen | None = None) -> str:
    """Return each line as a picture and a table, and what its flags mean."""
    screen = screen or Screen()
    basis = found.basis if found.basis in ("current", "as-reported") else f"version {found.basis}"
    title = f"{clean(found.metric)} by {found.grain}, {spoken(found.start)} until {spoken(found.end)}"
    lines = screen.ends(ink(title, Ink.BOLD), clean(basis))
    if not any(line.observations for line in found.lines):
        lines += ["", *screen.wrap("No rows in these periods.")]
    for one in found.lines:
        lines += ["", *_line(one, found.dimensions, screen, drawn=len(found.lines) == 1)]
    used = {flag for one in found.lines for point in one.observations for flag in point.flags} - {Flag.NORMAL}
    lines += [""] if used else []
    lines += [f"{flag.value}  {MEANINGS[flag]}" for flag in Flag if flag in used]
    for stretch in (*found.stretches, *found.stored):
        if stretch.says:
            lines += screen.wrap(clean(stretch.says), "B  ")
        for link in stretch.chain:
            says = f"{clean(stretch.version)}, {spoken(stretch.start)} until {spoken(stretch.end)}: {link_words(link)}"
            lines += screen.wrap(says, "E  ")
    lines += [""] if found.notes else []
    for note in found.notes:
        lines += screen.wrap(clean(note))
    lines += [""] if found.warned else []
    for said in found.warned:
        lines += screen.wrap(clean(said.says), f"{said.id} {ink('warns', Ink.WARN)} ", "          ")
    return screen.text(lines)


def _line(line: Line, dimensions: Sequence[str], screen: Screen, *, drawn: bool) -> list[str]:
    lines = []
    if dimensions:
        names = (f"{clean(one)} {_segment(value)}" for one, value in zip(dimensions, line.key, strict=True))
        lines.append(ink(", ".join(names), Ink.BOLD))
    if chart := timeline_chart(line, screen) if drawn else []:
        lines += [*chart, ""]
    elif course := bars([one.value for one in line.observations], screen):
        lines.append(course)
    before = any(one.pre_break_value is not None for one in line.observations)
    limits = any(one.interval is not None for one in line.observations)
    stored = any(one.stored for one in line.observations)
    head = ["period", "value", *(["95%"] if limits else []), *(["before"] if before else []), "flags", "version"]
    head += ["source"] if stored else []
    rows = [
        [*_row(one, before=before, limits=limits), *([source_of(one)] if stored else [])] for one in line.observations
    ]
    right = (1, 2 + limits) if before else (1,)
    return [*lines, *screen.table(head, rows, right=right, fixed=(0,))]


def _row(one: Observation, *, before: bool, limits: bool) -> list[str]:
    flags = "".join(flag.value for flag in Flag if flag in one.flags)
    was = [number(one.pre_break_value) if one.pre_break_value is not None else ""] if before else []
    around = [f"{number(one.interval.low)} to {number(one.interval.high)}" if one.interval else ""] if limits else []
    return [one.period, number(one.value), *around, *was, "" if flags == "A" else flags, clean(one.version)]


def source_of(one: Observation) -> str:
    """Return where a value comes from, for people: nothing for one that is missing."""
    if one.value is None:
        return ""
    return f"stored {spoken(one.stored[:10])}" if one.stored else "measured"


def _source(one: Observation) -> str | None:
    return None if one.value is None else "stored" if one.stored else "measured"


def _segment(value: str | None) -> str:
    return "(none)" if value is None else clean(value)


def series_table(found: Series) -> tuple[list[tuple[str, str]], list[tuple[str | float | None, ...]]]:
    """Return columns (name, `text` or `number`) and one row an observation, named as SDMX does where it does."""
    columns = [("PERIOD", "text"), *((one, "text") for one in found.dimensions), *COLUMNS]
    rows = [
        (
            one.period,
            *line.key,
            one.value,
            one.status.value,
            one.pre_break_value,
            one.version,
            "".join(flag.value for flag in Flag if flag in one.flags),
            one.interval.low if one.interval else None,
            one.interval.high if one.interval else None,
            _source(one),
            one.stored or None,
        )
        for line in found.lines
        for one in line.observations
    ]
    return columns, rows


def series_csv(found: Series) -> str:
    """Return the table as CSV; numbers are unrounded."""
    columns, rows = series_table(found)
    return "".join(csv_lines([name for name, _ in columns], ([_plain(one) for one in row] for row in rows)))


def series_json(found: Series) -> str:
    """Return the series in a documented shape."""
    return json_text(series_object(found))


def series_object(found: Series) -> dict[str, JSON]:
    """Return the shape of a series, also where it is a part of something else."""
    return {
        "format": FORMAT,
        "metric": found.metric,
        "basis": found.basis,
        "grain": found.grain,
        "dimensions": list(found.dimensions),
        "from": found.start,
        "to": found.end,
        "stretches": [
            {
                "version": one.version,
                "from": one.start,
                "to": one.end,
                "break": one.breaks,
                "says": one.says,
                "source": source,
                "bridges": [link_json(link) for link in one.chain],
            }
            for source, some in (("measured", found.stretches), ("stored", found.stored))
            for one in some
        ],
        "notes": list(found.notes),
        "warnings": [{"id": one.id, "code": one.code, "says": one.says} for one in found.warned],
        "lines": [
            {"key": list(line.key), "observations": [_observation(one) for one in line.observations]}
            for line in found.lines
        ],
    }


def _observation(one: Observation) -> dict[str, JSON]:
    return {
        "period": one.period,
        "value": one.value,
        "status": one.status.value,
        "flags": [flag.value for flag in Flag if flag in one.flags],
        "pre_break_value": one.pre_break_value,
        "low": one.interval.low if one.interval else None,
        "high": one.interval.high if one.interval else None,
        "version": one.version,
        "source": _source(one),
        "computed_at": one.stored or None,
        "vintage": one.vintage or None,
    }


def _plain(value: str | float | None) -> str:
    return "" if value is None else value if isinstance(value, str) else repr(value)
