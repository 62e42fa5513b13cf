"""Old and new definition over the same rows, in one query: sums by period and by each dimension, and who moved.

One pass at the finest grain with a filter for each part, then grouping sets over that: the rows are read once. Where
the two definitions do not share their rows, or a part does not add up, each is computed on its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metricgov.domain.query.aggregates import ADDITIVE, COUNTS, aggregate
from metricgov.domain.query.catalogue import Catalogue
from metricgov.domain.query.fragments import at, predicate
from metricgov.domain.query.numbers import number_of
from metricgov.domain.query.once import rows_once
from metricgov.domain.query.rows import PERIOD, TIME, Reading, name, period_of, rows, within
from metricgov.domain.query.series import Compiler
from metricgov.domain.query.span import Window

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.calculation import Part, Ratio, Simple
    from metricgov.domain.definitions.metric import Metric

SIDES = ("old", "new")
MOVED = ("both", "new_only", "old_only", "old_unknown", "new_unknown")
"""Units that both definitions count, that one of them does, and those of each that the other one cannot judge."""

FINE = "metricgov_fine"
ROLLED = "metricgov_rolled_"
"""Prefix of the columns that say whether a dimension was summed over."""


@dataclass(frozen=True, slots=True)
class Side:
    """One definition with what it is computed from."""

    metric: Metric
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Measure:
    """One sum of a definition: its aggregate over the rows that its conditions let through."""

    label: str
    kind: str
    part: Simple | Part
    where: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DualQuery:
    """A query and how its answer is to be read.

    `measures` are the columns of each side: `value`, or `above` and `below` of a quotient. `scale` are the factors on
    old and new values. `moved` says whether the columns of MOVED are there, for which measure.
    """

    tree: exp.Query
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    scale: tuple[float, float]
    moved: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answer after period, dimensions and their marks."""
        sums = tuple(f"{side}_{label}" for side in SIDES for label in self.measures)
        return (*sums, *(MOVED if self.moved else ()))


def in_one_pass(old: Side, new: Side, reading: Reading, window: Window, dimensions: Sequence[str]) -> DualQuery | None:
    """Return one query for both definitions; None where they do not share their rows or do not add up."""
    if not _share_rows(old, new):
        return None
    first, second = _measures(old.metric), _measures(new.metric)
    if not first or [one.label for one in first] != [one.label for one in second]:
        return None
    tree = _fine(old, first, second, new, reading, window, dimensions)
    labels = tuple(one.label for one in first)
    moved = _counted_units(old, new, first, second)
    return DualQuery(
        _grouped(tree, labels, moved, dimensions),
        tuple(dimensions),
        labels,
        (old.metric.calculation.scale, new.metric.calculation.scale),
        moved,
    )


def one_by_one(
    side: Side, reading: Reading, window: Window, dimensions: Sequence[str]
) -> Iterator[tuple[str, str, exp.Select]]:
    """Yield (dimension, measure, query) of one definition: for the total (dimension "") and for each dimension."""
    for one in ("", *dimensions):
        compiler = Compiler(side.catalogue, reading, window, (one,) if one else ())
        for label, tree in compiler.components(side.metric).items():
            yield one, label, rows_once(tree)


@dataclass(frozen=True, slots=True)
class RolledUp:
    """One measure of one definition by period, in total and by each dimension, in one query; its rows are read once."""

    label: str
    tree: exp.Select
    dimensions: tuple[str, ...]

    def answers(self, found: Sequence[Sequence[object]]) -> dict[tuple[str, str], list[tuple[object, ...]]]:
        """Return the rows of the answer as `one_by_one` gives them: period, segment where there is one, value."""
        split: dict[tuple[str, str], list[tuple[object, ...]]] = {
            (one, self.label): [] for one in ("", *self.dimensions)
        }
        width = len(self.dimensions)
        for row in found:
            place = next((i for i, mark in enumerate(row[1 + width : 1 + 2 * width]) if not mark), None)
            if place is None:
                split["", self.label].append((row[0], row[-1]))
            else:
                split[self.dimensions[place], self.label].append((row[0], row[1 + place], row[-1]))
        return split


def rolled_up(side: Side, reading: Reading, window: Window, dimensions: Sequence[str]) -> tuple[RolledUp, ...]:
    """Return one query for each measure of a definition whose sums add up; () where `one_by_one` has to be asked."""
    if not dimensions or not _measures(side.metric):
        return ()
    compiler = Compiler(side.catalogue, reading, window, tuple(dimensions))
    return tuple(
        RolledUp(label, rows_once(_summed(tree, ("value",), dimensions)), tuple(dimensions))
        for label, tree in compiler.components(side.metric).items()
    )


def shared_dimensions(old: Metric, new: Metric) -> tuple[str, ...]:
    """Return the dimensions of both definitions, in the order of the new one."""
    return tuple(one for one in new.dimensions if one in old.dimensions)


def _share_rows(old: Side, new: Side) -> bool:
    """Whether both read the same rows of the same source by the same time, each unit once in the same way."""
    places = [_place(side) for side in (old, new)]
    if None in places or places[0] != places[1]:
        return False
    before, after = old.metric.deduplicate, new.metric.deduplicate
    if before is None and after is None:
        return True
    # Which row of a unit is kept depends on the rows that count; equal filters keep equal rows.
    return before == after and _shared_where(old.metric) == _shared_where(new.metric)


def _place(side: Side) -> tuple[object, ...] | None:
    calculation = side.metric.calculation
    if calculation.type not in ("simple", "ratio") or calculation.source is None or calculation.time is None:
        return None
    source = side.catalogue.sources.get(calculation.source)
    if source is None:
        return None
    facts = source.model_dump(include={"relations", "files", "where", "columns", "time"}, mode="json")
    return calculation.source, calculation.time, calculation.grain, repr(facts)


def _shared_where(metric: Metric) -> str | None:
    calculation = metric.calculation
    return calculation.where if calculation.type in ("simple", "ratio") else None


def _measures(metric: Metric) -> tuple[Measure, ...]:
    """Return the sums that a metric consists of, () where it has none that add up."""
    calculation = metric.calculation
    found: list[Measure | None] = []
    match calculation.type:
        case "simple":
            found = [_measure(metric, calculation, calculation, "value")]
        case "ratio":
            parts = (("above", calculation.numerator), ("below", calculation.denominator))
            found = [_measure(metric, calculation, part, label) for label, part in parts]
        case _:
            pass
    whole = tuple(one for one in found if one is not None)
    return whole if len(whole) == len(found) else ()


def _measure(metric: Metric, whole: Simple | Ratio, part: Simple | Part, label: str) -> Measure | None:
    """Return the sum that a part is, None where it reads other rows or does not add up."""
    special = part.non_additive is not None or part.join_to_timespine or part.fill_nulls_with is not None
    if special or part.aggregate not in ADDITIVE:
        return None
    where = [(f"{metric.name}.where", whole.where)] if whole.where else []
    if part is whole:
        return Measure(label, part.aggregate, part, tuple(where))
    if part.source not in (None, whole.source) or part.time not in (None, whole.time):
        return None
    where += [(f"{metric.name}.{label}.where", part.where)] if part.where else []
    return Measure(label, part.aggregate, part, tuple(where))


def _counted_units(old: Side, new: Side, first: Sequence[Measure], second: Sequence[Measure]) -> str:
    """Return the measure whose rows are units of the entity, "" where rows are not units or are not counted."""
    entity, calculation = new.metric.entity, new.metric.calculation
    if entity is None or old.metric.entity != entity or calculation.type not in ("simple", "ratio"):
        return ""
    source = new.catalogue.sources[calculation.source or ""]
    unit = (entity,)
    unique = source.primary_key == unit or (new.metric.deduplicate is not None and new.metric.deduplicate.key == unit)
    plain = first[0].kind == second[0].kind == "count" and first[0].part.expression is second[0].part.expression is None
    return first[0].label if unique and plain else ""


def _fine(
    old: Side,
    first: Sequence[Measure],
    second: Sequence[Measure],
    new: Side,
    reading: Reading,
    window: Window,
    dimensions: Sequence[str],
) -> exp.Select:
    """Return the sums of both definitions at the finest grain: period and all dimensions."""
    from sqlglot import exp

    calculation = new.metric.calculation
    assert calculation.type in ("simple", "ratio")
    source = new.catalogue.sources[calculation.source or ""]
    kept = new.metric.deduplicate
    shared = [(f"{new.metric.name}.where", calculation.where)] if kept is not None and calculation.where else []
    base = within(rows(source, calculation.time or "", shared, reading, deduplicate=kept), window.start, window.end)
    keys = [exp.alias_(period_of(name(TIME), window.grain), PERIOD, quoted=True), *map(name, dimensions)]
    columns: list[exp.Expr] = []
    lets: dict[str, exp.Expr] = {}
    for side, measures in (("old", first), ("new", second)):
        for one in measures:
            value = aggregate(one.kind, one.part, reading, one.label)
            lets[f"{side}_{one.label}"] = condition = _condition(one, reading)
            columns.append(exp.alias_(_filtered(value, condition), f"{side}_{one.label}", quoted=True))
    if moved := _counted_units(old, new, first, second):
        columns += _moves(lets[f"old_{moved}"], lets[f"new_{moved}"], new.metric.entity or "")
    groups = [period_of(name(TIME), window.grain), *map(name, dimensions)]
    return exp.select(*keys, *columns).from_(base.subquery("metricgov_rows")).group_by(*groups)


def _moves(old: exp.Expr, new: exp.Expr, entity: str) -> list[exp.Expr]:
    """Return the numbers of units that both, the new or the old definition counts; a condition that is NULL is no.

    The last two are those that only one side counts and the other cannot judge, its condition or the key being NULL.
    """
    from sqlglot import exp

    before, after = (exp.Coalesce(this=one.copy(), expressions=[exp.false()]) for one in (old, new))
    keyless = exp.Is(this=name(entity), expression=exp.Null())
    conditions = (
        exp.and_(before, after),
        exp.and_(after, exp.not_(before)),
        exp.and_(before, exp.not_(after)),
        exp.and_(before, exp.or_(_is_null(new), keyless)),
        exp.and_(after, exp.or_(_is_null(old), keyless)),
    )
    return [
        exp.alias_(_filtered(exp.Count(this=exp.Star()), one), label, quoted=True)
        for label, one in zip(MOVED, conditions, strict=True)
    ]


def _is_null(condition: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    return exp.Is(this=exp.paren(condition.copy()), expression=exp.Null())


def _condition(measure: Measure, reading: Reading) -> exp.Expr:
    from sqlglot import exp

    parts = [exp.paren(at(predicate(text, reading.dialect, field), reading.as_of)) for field, text in measure.where]
    return exp.and_(*parts) if parts else exp.true()


def _filtered(value: exp.Expr, condition: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    if isinstance(condition, exp.Boolean) and condition.this:
        return value
    return exp.Filter(this=value, expression=exp.Where(this=condition.copy()))


def _grouped(tree: exp.Select, labels: Sequence[str], moved: str, dimensions: Sequence[str]) -> exp.Select:
    sums = [*(f"{side}_{label}" for side in SIDES for label in labels), *(MOVED if moved else ())]
    return _summed(tree, sums, dimensions)


def _summed(tree: exp.Select, sums: Sequence[str], dimensions: Sequence[str]) -> exp.Select:
    """Return the sums by period, and by period and each dimension; marks tell a missing value from a sum over all."""
    from sqlglot import exp

    columns = [exp.alias_(exp.Sum(this=name(one)), one, quoted=True) for one in sums]
    marks = [
        exp.alias_(exp.Anonymous(this="GROUPING", expressions=[name(one)]), ROLLED + one, quoted=True)
        for one in dimensions
    ]
    found = exp.select(name(PERIOD), *map(name, dimensions), *marks, *columns).from_(tree.subquery(FINE))
    if not dimensions:
        return found.group_by(name(PERIOD))
    sets = [exp.Tuple(expressions=[name(PERIOD)])]
    sets += [exp.Tuple(expressions=[name(PERIOD), name(one)]) for one in dimensions]
    found.set("group", exp.Group(grouping_sets=[exp.GroupingSets(expressions=sets)]))
    return found


@dataclass(frozen=True, slots=True)
class Sums:
    """What both definitions give for one period, of everything (`dimension` "") or of one segment of a dimension."""

    period: str
    dimension: str
    segment: str | None
    old: Mapping[str, float | None]
    new: Mapping[str, float | None]
    both: int = 0
    new_only: int = 0
    old_only: int = 0
    old_unknown: int = 0
    new_unknown: int = 0


def read(query: DualQuery, rows_: Sequence[Sequence[object]]) -> tuple[Sums, ...]:
    """Return the rows of an answer to `in_one_pass`, totals first, in order of period and segment."""
    width = len(query.dimensions)
    found = []
    for row in rows_:
        segments, marks, sums = row[1 : 1 + width], row[1 + width : 1 + 2 * width], row[1 + 2 * width :]
        place = next((i for i, mark in enumerate(marks) if not mark), None)
        values = dict(zip(query.columns, sums, strict=True))
        found.append(
            Sums(
                day_of(row[0]),
                "" if place is None else query.dimensions[place],
                None if place is None or segments[place] is None else str(segments[place]),
                {label: number_of(values[f"old_{label}"]) for label in query.measures},
                {label: number_of(values[f"new_{label}"]) for label in query.measures},
                *(int(number_of(values[label]) or 0) for label in MOVED if query.moved),
            )
        )
    return tuple(sorted(found, key=_order))


def counted(metric: Metric) -> frozenset[str]:
    """Return the parts of a quotient that are 0, not unknown, where nothing is left of them to count."""
    calculation = metric.calculation
    if calculation.type != "ratio":
        return frozenset()
    parts = {"above": calculation.numerator, "below": calculation.denominator}
    return frozenset(label for label, part in parts.items() if part.metric is None and part.aggregate in COUNTS)


def joined(
    old: Mapping[tuple[str, str], Sequence[Sequence[object]]],
    new: Mapping[tuple[str, str], Sequence[Sequence[object]]],
    zero: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset()),
) -> tuple[Sums, ...]:
    """Return the answers to `one_by_one` of both definitions side by side, in the order of `read`.

    `zero` are the parts of either that are 0 where their other part has a value and they have none (`counted`).
    """
    found: dict[tuple[str, str | None, str], tuple[dict[str, float | None], dict[str, float | None]]] = {}
    for place, answers in enumerate((old, new)):
        for (dimension, label), rows_ in answers.items():
            for row in rows_:
                segment = str(row[1]) if dimension and row[1] is not None else None
                sides = found.setdefault((dimension, segment, day_of(row[0])), ({}, {}))
                sides[place][label] = number_of(row[-1])
    for both in found.values():
        for sums_of_side, labels in zip(both, zero, strict=True):
            if sums_of_side:
                sums_of_side.update({label: 0.0 for label in labels if sums_of_side.get(label) is None})
    sums = [
        Sums(period, dimension, segment, before, after)
        for (dimension, segment, period), (before, after) in found.items()
    ]
    return tuple(sorted(sums, key=_order))


def _order(one: Sums) -> tuple[str, bool, str, str]:
    return one.dimension, one.segment is None, one.segment or "", one.period


def day_of(value: object) -> str:
    """Return the start of a period as text: its day, or the second where it begins within one."""
    return str(value)[:10] if str(value)[10:] in ("", " 00:00:00", "T00:00:00") else str(value)
