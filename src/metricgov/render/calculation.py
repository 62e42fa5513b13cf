"""How a metric is computed, in words and SQL as its file says it; nothing is translated for any engine here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from metricgov.domain.digest import JSON
from metricgov.render.inline import words_of
from metricgov.render.kit import Ink, Screen, clean, ink

LABEL = 16
"""Columns that labels take."""

AGGREGATES = {
    "count": "COUNT(*)",
    "count_distinct": "COUNT(DISTINCT {})",
    "approx_count_distinct": "APPROX_COUNT_DISTINCT({})",
    "sum": "SUM({})",
    "sum_boolean": "COUNT_IF({})",
    "average": "AVG({})",
    "min": "MIN({})",
    "max": "MAX({})",
    "median": "MEDIAN({})",
}

Row = tuple[str, str, bool]
"""Label, text, and whether the text is SQL."""

PARTS = ("numerator", "denominator", "measure", "base", "conversion")
SAID = frozenset(
    {"type", "source", "sources", "time", "grain", "scale", "where", "aggregate", "expression", "percentile"}
)


def calculation_lines(calculation: Mapping[str, JSON], screen: Screen) -> list[str]:
    """Return a calculation line by line; whatever its file holds is shown, also what no schema knows."""
    lines: list[str] = []
    for label, text, is_sql in _rows(calculation):
        if is_sql and "\n" in text.strip():
            lines += [*labelled(label, "", screen), *sql_lines(text, screen)]
        else:
            lines += labelled(label, clean(text), screen)
    return lines


def labelled(label: str, text: str, screen: Screen, indent: str = "  ") -> list[str]:
    """Return a label and its text, which hangs beside it."""
    first = indent + ink(clean(label).replace("_", " "), Ink.DIM)
    gap = " " * max(1, LABEL - len(clean(label)))
    return screen.wrap(text, first + gap, indent + " " * LABEL)


def sql_lines(text: str, screen: Screen, indent: str = "    ") -> list[str]:
    """Return SQL with the lines its author gave it."""
    lines: list[str] = []
    for line in text.expandtabs(4).strip("\n").split("\n"):
        inner = indent + " " * (len(line) - len(line.lstrip(" ")))
        lines += screen.wrap(clean(line.strip()), inner[: screen.columns // 2], inner[: screen.columns // 2] + "  ")
    return lines


def _rows(calculation: Mapping[str, JSON]) -> Iterator[Row]:
    kind = _text(calculation.get("type"))
    yield "type", _sentence(kind, calculation), False
    if "source" in calculation:
        yield "rows", _text(calculation["source"]), False
    if "sources" in calculation:
        yield "rows", words_of(calculation["sources"]), False
    if "where" in calculation:
        yield "where", _text(calculation["where"]), True
    if "aggregate" in calculation:
        yield "value", _aggregate(calculation), True
    elif "expression" in calculation:
        yield "value", _text(calculation["expression"]), True
    for name, value in calculation.items():
        if name in SAID:
            continue
        if name in PARTS and isinstance(value, Mapping):
            yield from _part(name, value)
        elif name == "inputs" and isinstance(value, list | tuple):
            yield from _inputs(value)
        elif name == "sql":
            yield "SQL", _text(value), True
        else:
            yield name, words_of(value), False


def _sentence(kind: str, calculation: Mapping[str, JSON]) -> str:
    says = {
        "ratio": "numerator / denominator",
        "simple": "one number from rows",
        "derived": "an expression over other metrics",
        "cumulative": "a measure accumulated over time",
        "conversion": "how many of a base did something else",
        "sql": "a query of its own",
    }.get(kind, "")
    scale = calculation.get("scale", 1)
    times = f", times {_number(scale)}" if scale != 1 else ""
    grain, time = _text(calculation.get("grain", "day")), calculation.get("time")
    per = f", per {grain}" + (f" of {_text(time)}" if time else "")
    return (f"{kind}: {says}" if says else kind) + times + per


def _part(name: str, part: Mapping[str, JSON]) -> Iterator[Row]:
    if "metric" in part:
        yield name, f"the metric {_text(part['metric'])}", False
    else:
        rows = f" over {_text(part['source'])}" if "source" in part else ""
        time = f", by {_text(part['time'])}" if "time" in part else ""
        yield name, _aggregate(part) + rows + time, True
    if "where" in part:
        yield "  where", _text(part["where"]), True
    for key, value in part.items():
        if key not in SAID and key != "metric":
            yield f"  {key}", words_of(value), False


def _inputs(inputs: list[JSON] | tuple[JSON, ...]) -> Iterator[Row]:
    for number, one in enumerate(inputs):
        label = "" if number else "inputs"
        if not isinstance(one, Mapping):
            yield label, words_of(one), False
            continue
        name = _text(one.get("alias") or one.get("metric"))
        said = f"{name} = the metric {_text(one.get('metric'))}" if one.get("alias") else f"the metric {name}"
        rest = [
            f"{key.replace('_', ' ')} {words_of(value)}" for key, value in one.items() if key not in ("alias", "metric")
        ]
        yield label, ", ".join([said, *rest]), False


def _aggregate(part: Mapping[str, JSON]) -> str:
    name, expression = _text(part.get("aggregate", "")), _text(part.get("expression", ""))
    if name == "percentile":
        return f"percentile {_number(part.get('percentile'))} of {expression}"
    form = AGGREGATES.get(name, name + "({})")
    if name == "count" and expression:
        form = "COUNT({})"
    return form.format(expression)


def _number(value: JSON) -> str:
    return f"{value:g}" if isinstance(value, float) else words_of(value)


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else words_of(value)
