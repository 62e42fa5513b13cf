"""How long rows wait until a definition counts them, and so up to which moment its periods are whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from metricgov.domain.errors import BadInput
from metricgov.domain.query.catalogue import DEEPEST, sources_of
from metricgov.domain.query.fragments import AS_OF, predicate, query
from metricgov.domain.query.span import LENGTHS, MONTHS, after, parts

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.query.catalogue import Catalogue

Wait = tuple[tuple[int, str], ...]
"""A length of time in parts: number and unit each."""

SIDES = ("numerator", "denominator", "measure", "base", "conversion")


def waits_of(metric: Metric | None, catalogue: Catalogue, dialect: str) -> tuple[Wait, ...]:
    """Return the times that rows wait, through other metrics too: `created_at < as_of - INTERVAL '30' DAY` is 30 days.

    A conversion waits for its window besides. What a condition says of `as_of` in another way is not known here; nor
    what cannot be read any more, and that has no values either.
    """
    try:
        return tuple(dict.fromkeys(_waits(metric, catalogue, dialect, 0))) if metric is not None else ()
    except BadInput:
        return ()


def settled_until(waits: tuple[Wait, ...], as_of: datetime) -> datetime:
    """Return the moment up to which a period must have ended for all of its rows to be counted at a reading."""
    return min([as_of, *(_before(as_of, one) for one in waits)])


def longest(waits: tuple[Wait, ...], as_of: datetime) -> str:
    """Return the longest wait in words, "" where nothing waits."""
    found = min(waits, key=lambda one: _before(as_of, one), default=())
    return " and ".join(f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in found)


def provisional_words(
    period: str, ends: datetime, waits: tuple[Wait, ...], as_of: datetime, spoken: str = ""
) -> Iterator[str]:
    """Yield that the value of a period is provisional, where it is; `spoken` names the day of a reading in the past."""
    is_, counted, on = ("was", "counted", f" on {spoken}") if spoken else ("is", "count", "")
    if ends > as_of:
        yield f"{period} {is_} not over{on}, so its value {is_} provisional."
    elif ends > settled_until(waits, as_of):
        wait = longest(waits, as_of)
        yield f"Not all rows of {period} {counted} yet{on} (they wait {wait}), so its value {is_} provisional."


def _before(moment: datetime, wait: Wait) -> datetime:
    for number, unit in wait:
        moment = after(moment, -number, unit)
    return moment


def _waits(metric: Metric, catalogue: Catalogue, dialect: str, depth: int) -> Iterator[Wait]:
    calculation = metric.calculation
    sides = [side for one in SIDES if (side := getattr(calculation, one, None)) is not None]
    inputs = getattr(calculation, "inputs", ())
    texts = [getattr(one, "where", None) for one in (calculation, *sides, *inputs)]
    texts += [source.where for one in sources_of(metric, catalogue) if (source := catalogue.sources.get(one))]
    for text in texts:
        if text and AS_OF in text.lower():
            yield from _said(predicate(text, dialect, f"{metric.name}.where"))
    if calculation.type == "sql":
        yield from _said(query(calculation.sql, dialect, f"{metric.name}.sql"))
    if calculation.type == "conversion" and calculation.window is not None:
        yield (parts(calculation.window),)
    for one in (*sides, *inputs) if depth < DEEPEST else ():
        inner = catalogue.metrics.get(one.metric) if one.metric is not None else None
        if inner is not None:
            yield from _waits(inner, catalogue, dialect, depth + 1)


def _said(tree: exp.Expr) -> Iterator[Wait]:
    """Yield the wait of each comparison that lets a row in only some time before the reading."""
    from sqlglot import exp

    for node in tree.find_all(exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between):
        early, late = node.this, node.args["high"] if isinstance(node, exp.Between) else node.expression
        if isinstance(node, (exp.GT, exp.GTE)):
            early, late = late, early
        shifted, read = _shift(early), _shift(late)
        if shifted is None or read is None or not _is_as_of(read[0]) or _is_as_of(shifted[0]):
            continue
        wait = (*((number, unit) for number, unit in shifted[1]), *((-number, unit) for number, unit in read[1]))
        if any(number > 0 for number, _ in wait):
            yield wait


def _shift(tree: exp.Expr) -> tuple[exp.Expr, Wait] | None:
    """Return a moment and the lengths that are added to it (negative: taken from it); None for anything else."""
    from sqlglot import exp

    tree = _bare(tree)
    if isinstance(tree, exp.Column):
        return tree, ()
    if not isinstance(tree, (exp.Add, exp.Sub)):
        return None
    inner, span = _shift(tree.this), _length(_bare(tree.expression))
    if inner is None or span is None:
        return None
    sign = 1 if isinstance(tree, exp.Add) else -1
    return inner[0], (*inner[1], (sign * span[0], span[1]))


def _bare(tree: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    while isinstance(tree, (exp.Paren, exp.Cast)):
        tree = tree.this
    return tree


def _length(tree: exp.Expr) -> tuple[int, str] | None:
    from sqlglot import exp

    if isinstance(tree, exp.Literal) and not tree.is_string and tree.name.isdigit():
        return int(tree.name), "day"
    if not isinstance(tree, exp.Interval) or tree.this is None or tree.unit is None:
        return None
    unit = tree.unit.name.lower().removesuffix("s")
    known = tree.this.name.isdigit() and (unit in LENGTHS or unit in MONTHS)
    return (int(tree.this.name), unit) if known else None


def _is_as_of(tree: exp.Expr) -> bool:
    from sqlglot import exp

    return isinstance(tree, exp.Column) and not tree.table and tree.name.lower() == AS_OF
