"""The effect of a change on one metric: both definitions asked of a warehouse, and what the answers amount to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from metricgov.app.fitting import check_times
from metricgov.domain.query.dialects import sql_of
from metricgov.domain.query.rows import Reading
from metricgov.domain.query.span import Grain, Window, after, start_of
from metricgov.ports.warehouse import Limits, Warehouse

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.comparability.effect import Effect, Mix, Pair
    from metricgov.domain.comparability.link import Linked, Nature
    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.definitions.source import Source
    from metricgov.domain.query.catalogue import Catalogue
    from metricgov.domain.query.dual import DualQuery, Side, Sums

Told = Callable[[str], None]

QUANTILES = frozenset({"percentile", "median", "min", "max"})
"""Aggregates that no single factor moves."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The effect on one metric, the SQL it came from, and the window of data that was read."""

    metric: str
    effect: Effect
    window: Window
    sql: tuple[str, ...]
    one_pass: bool
    link: Linked


def measure(
    old: Side,
    new: Side,
    warehouse: Warehouse,
    *,
    window: Window,
    as_of: datetime,
    dialect: str,
    limits: Limits,
    margin: float,
    break_percent: int = 1,
    told: Told = lambda _says: None,
    exact: bool = False,
) -> Measured:
    """Return the effect of one definition becoming another, overall and by each dimension that both have.

    `dialect` is that of the expressions, `told` hears what is being computed, `exact` says that only unit or scale
    differ. Undecidable, naming the column, where the warehouse lacks what a definition needs.
    """
    from metricgov.domain.comparability.effect import effect
    from metricgov.domain.comparability.link import linked
    from metricgov.domain.query.dual import in_one_pass, shared_dimensions

    reading = Reading(dialect, relations((old.catalogue, new.catalogue), warehouse), as_of)
    dimensions = shared_dimensions(old.metric, new.metric)
    query = in_one_pass(old, new, reading, window, dimensions)
    if query is not None:
        told(f"{new.metric.name}: both definitions in one pass")
        sums, sql = _asked_once(query, warehouse, limits)
    else:
        sums, sql = _asked_apart(old, new, warehouse, reading, window, dimensions, limits, told)
        sums, more = _with_units(sums, old, new, warehouse, reading, window, dimensions, limits, told)
        sql = (*sql, *more)
    units = "value" if query is None and any(one.both or one.new_only or one.old_only for one in sums) else ""
    units = query.moved if query is not None else units
    total = [_pair(one, units) for one in sums if not one.dimension]
    parts: dict[tuple[str, str | None], list[Pair]] = {}
    for one in sums:
        if one.dimension:
            parts.setdefault((one.dimension, one.segment), []).append(_pair(one, units))
    scale = (old.metric.calculation.scale, new.metric.calculation.scale)
    found = effect(
        total,
        [(dimension, segment, pairs) for (dimension, segment), pairs in parts.items()],
        grain=window.grain,
        periods=sum(1 for _ in window.periods()),
        additive=adds_up(old.metric) and adds_up(new.metric),
        scale=scale,
        margin=margin,
        break_percent=break_percent,
    )
    days = (f"{window.start:%Y-%m-%d}", f"{window.end:%Y-%m-%d}")
    nature = _nature(old.metric, new.metric, exact=exact, recut=tuple(sorted(reclassified(old, new))))
    link = linked(new.metric.name, found, parts, nature, scale=scale, start=days[0], end=days[1])
    return Measured(new.metric.name, found, window, sql, query is not None, link)


def reclassified(old: Side, new: Side) -> frozenset[str]:
    """Return the dimensions of a metric whose values its source computes otherwise than before."""
    sides = []
    for side in (old, new):
        source = side.catalogue.sources.get(getattr(side.metric.calculation, "source", None) or "")
        columns = source.columns if source is not None else ()
        sides.append({one.name: one.expression for one in columns if one.name in side.metric.dimensions})
    first, second = sides
    return frozenset(one for one in first if one in second and first[one] != second[one])


def _nature(old: Metric, new: Metric, *, exact: bool, recut: tuple[str, ...]) -> Nature:
    from metricgov.domain.comparability.link import Nature
    from metricgov.domain.query.aggregates import COUNTS

    kinds = {one.calculation.aggregate if one.calculation.type == "simple" else "" for one in (old, new)}
    return Nature(
        rolls_up=parts_add_up(old) and parts_add_up(new),
        counts=kinds <= COUNTS,
        quantile=bool(kinds & QUANTILES),
        exact=exact,
        share=is_share(new),
        recut=recut,
    )


def is_share(metric: Metric) -> bool:
    """Say whether a value is a part of a whole for certain: both sides of a ratio count alike, and one filters more."""
    calculation = metric.calculation
    if calculation.type != "ratio" or calculation.scale <= 0:
        return False
    part, whole = calculation.numerator, calculation.denominator
    if part.aggregate != whole.aggregate or part.aggregate not in ("count", "count_distinct"):
        return False
    alike = all(getattr(part, field) == getattr(whole, field) for field in ("expression", "source", "time"))
    return alike and whole.where in (None, part.where)


def parts_add_up(metric: Metric) -> bool:
    """Say whether values of segments give that of the whole: sums, and quotients whose parts are sums."""
    from metricgov.domain.query.aggregates import ADDITIVE

    calculation = metric.calculation
    if calculation.type == "ratio":
        return all(one.aggregate in ADDITIVE for one in (calculation.numerator, calculation.denominator))
    return adds_up(metric)


def adds_up(metric: Metric) -> bool:
    """Say whether the values of segments sum to that of the whole."""
    from metricgov.domain.query.aggregates import ADDITIVE

    calculation = metric.calculation
    return calculation.type == "simple" and calculation.aggregate in ADDITIVE


def relations(catalogues: Sequence[Catalogue], warehouse: Warehouse) -> Mapping[str, exp.Expr]:
    """Return the relation of every source of these catalogues; of several, the last one's."""
    return _Relations({name: one.sources for one in catalogues for name in one.sources}, warehouse)


class _Relations(Mapping[str, "exp.Expr"]):
    """Relations by source, each asked for when a query needs it."""

    def __init__(self, sources: Mapping[str, Mapping[str, Source]], warehouse: Warehouse) -> None:
        self._sources = sources
        self._warehouse = warehouse
        self._checked: set[str] = set()

    def __getitem__(self, name: str) -> exp.Expr:
        source = self._sources[name][name]
        found = self._warehouse.relation(source)
        if found is None:
            raise KeyError(name)
        if name not in self._checked:
            check_times(source, self._warehouse)
            self._checked.add(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)


def _asked_once(query: DualQuery, warehouse: Warehouse, limits: Limits) -> tuple[tuple[Sums, ...], tuple[str, ...]]:
    from metricgov.domain.query.dual import read

    answer = warehouse.run(query.tree, limits)
    return read(query, answer.rows), (sql_of(query.tree, warehouse.dialect),)


def _asked_apart(
    old: Side,
    new: Side,
    warehouse: Warehouse,
    reading: Reading,
    window: Window,
    dimensions: Sequence[str],
    limits: Limits,
    told: Told,
) -> tuple[tuple[Sums, ...], tuple[str, ...]]:
    from metricgov.domain.query.dual import counted, joined, one_by_one, rolled_up

    answers: list[dict[tuple[str, str], Sequence[Sequence[object]]]] = [{}, {}]
    asked = []
    for word, side, found in (("old", old, answers[0]), ("new", new, answers[1])):
        together = rolled_up(side, reading, window, dimensions)
        for one in together:
            told(f"{side.metric.name}: the {word} definition")
            found.update(one.answers(warehouse.run(one.tree, limits).rows))
            asked.append(sql_of(one.tree, warehouse.dialect))
        if together:
            continue
        for dimension, label, tree in one_by_one(side, reading, window, dimensions):
            told(f"{side.metric.name}: the {word} definition" + (f" by {dimension}" if dimension else ""))
            found[dimension, label] = warehouse.run(tree, limits).rows
            asked.append(sql_of(tree, warehouse.dialect))
    return joined(answers[0], answers[1], (counted(old.metric), counted(new.metric))), tuple(asked)


def _with_units(
    sums: tuple[Sums, ...],
    old: Side,
    new: Side,
    warehouse: Warehouse,
    reading: Reading,
    window: Window,
    dimensions: Sequence[str],
    limits: Limits,
    told: Told,
) -> tuple[tuple[Sums, ...], tuple[str, ...]]:
    """Return sums with who moved behind each, where both definitions count units of one entity."""
    from dataclasses import replace

    from metricgov.domain.query.units import Moved, read_units, units

    moved: Moved = {}
    asked = []
    for dimension in ("", *dimensions):
        query = units(old, new, reading, window, dimension)
        if query is None:
            return sums, ()
        told(f"{new.metric.name}: who moved" + (f" by {dimension}" if dimension else ""))
        moved |= read_units(dimension, warehouse.run(query, limits).rows)
        asked.append(sql_of(query, warehouse.dialect))
    found = []
    for one in sums:
        both, new_only, old_only = moved.get((one.dimension, one.segment, one.period), (0, 0, 0))
        found.append(replace(one, both=both, new_only=new_only, old_only=old_only))
    return tuple(found), tuple(asked)


def mixes(
    measured: Measured, old: Side, warehouse: Warehouse, as_of: datetime, dialect: str, limits: Limits
) -> tuple[Mix, ...]:
    """Return what the segments' ratios make of the total in as many periods before an overlap, by dimension.

    Only for a metric whose segments sum to the total, and where every segment of those periods has a ratio.
    """
    from metricgov.domain.comparability.effect import Mix
    from metricgov.domain.comparability.segments import implied_ratio
    from metricgov.domain.query.dual import one_by_one

    total, window = measured.effect.total.estimate, measured.window
    reading = Reading(dialect, relations((old.catalogue,), warehouse), as_of)
    days = (window.end - window.start).days
    before = Window(start_of(after(window.start, -days, "day"), window.grain), window.start, window.grain)
    found = []
    for dimension in measured.effect.dimensions if total is not None else ():
        ratios = {one.segment: one.estimate.ratio for one in dimension.parts if one.estimate is not None}
        values: dict[str | None, float] = {}
        for by, _label, tree in one_by_one(old, reading, before, (dimension.name,)):
            for row in warehouse.run(tree, limits).rows if by else ():
                segment = None if row[1] is None else str(row[1])
                values[segment] = values.get(segment, 0.0) + float(row[-1] or 0)
        if total is not None and values and sum(values.values()) > 0 and values.keys() <= ratios.keys():
            named = {f"{one is None} {one}": one for one in values}
            implied = implied_ratio({k: ratios[v] for k, v in named.items()}, {k: values[v] for k, v in named.items()})
            found.append(Mix(dimension.name, total.ratio, implied))
    return tuple(found)


def _pair(one: Sums, units: str) -> Pair:
    from metricgov.domain.comparability.effect import Pair
    from metricgov.domain.comparability.paired import Cells

    if "above" in one.old or "above" in one.new:
        return Pair(one.period, one.old.get("above"), one.new.get("above"), one.old.get("below"), one.new.get("below"))
    cells = Cells(one.both, one.new_only, one.old_only) if units else None
    unknown = (one.old_unknown, one.new_unknown)
    return Pair(one.period, one.old.get("value"), one.new.get("value"), cells=cells, unknown=unknown)


def overlap(end: datetime, days: int, grain: Grain) -> Window:
    """Return the window of whole periods of about so many days that ends with the last complete one before a moment."""
    last = start_of(end, grain)
    return Window(start_of(after(last, -days, "day"), grain), last, grain)
