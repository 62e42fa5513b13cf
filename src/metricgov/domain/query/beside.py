"""Series beside one another, and beside every period that they could have a value in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from metricgov.domain.errors import BadInput
from metricgov.domain.query.fragments import timestamp
from metricgov.domain.query.frame import VALUE
from metricgov.domain.query.rows import PERIOD, name

if TYPE_CHECKING:
    from datetime import datetime

    from sqlglot import exp

    from metricgov.domain.definitions.calculation import Part, Simple
    from metricgov.domain.query.span import Window

SPINE = "metricgov_spine"
SPINE_END = "period_end"


def side_by_side(
    series: Mapping[str, exp.Select], dimensions: Sequence[str], value: exp.Expr, counted: Collection[str] = ()
) -> exp.Select:
    """Return several series side by side and one value of them; keys that are NULL meet as well.

    `counted` are those in which nothing is 0 wherever another series has a value.
    """
    from sqlglot import exp

    keys = (PERIOD, *dimensions)
    stacked: exp.Query | None = None
    for own, tree in series.items():
        columns = [exp.alias_(name(VALUE) if own == other else exp.Null(), other, quoted=True) for other in series]
        one = exp.select(*map(name, keys), *columns).from_(tree.subquery("metricgov_series"))
        stacked = one if stacked is None else exp.union(stacked, one, distinct=False)
    assert stacked is not None
    zero = exp.Literal.number(0)
    values: dict[str, exp.Expr] = {own: exp.Max(this=name(own)) for own in series}
    values |= {own: exp.Coalesce(this=values[own], expressions=[zero]) for own in counted}
    gathered = (
        exp.select(*map(name, keys), *(exp.alias_(one, own, quoted=True) for own, one in values.items()))
        .from_(stacked.subquery("metricgov_stacked"))
        .group_by(*map(name, keys))
    )
    return exp.select(*map(name, keys), exp.alias_(value, VALUE, quoted=True)).from_(
        gathered.subquery("metricgov_gathered")
    )


def spine(window: Window) -> exp.Expr:
    """Return every period of the window with its end."""
    periods = list(window.periods())
    if not periods:
        raise BadInput("window_empty", "there is no period between the two dates")
    return moments(periods, PERIOD, SPINE_END)


def moments(pairs: Sequence[tuple[datetime, datetime]], *columns: str) -> exp.Expr:
    """Return a relation SPINE of pairs of moments under two names."""
    from sqlglot import exp

    alias = exp.TableAlias(
        this=exp.to_identifier(SPINE), columns=[exp.to_identifier(one, quoted=True) for one in columns]
    )
    return exp.Values(expressions=[exp.Tuple(expressions=[*map(timestamp, one)]) for one in pairs], alias=alias)


def filled(series: exp.Select, measured: Simple | Part, window: Window, dimensions: Sequence[str]) -> exp.Select:
    """Return a series in which periods without rows appear, where the definition asks for them."""
    from sqlglot import exp

    if not measured.join_to_timespine and measured.fill_nulls_with is None:
        return series
    value: exp.Expr = name(VALUE, "metricgov_series")
    if measured.fill_nulls_with is not None:
        value = exp.Coalesce(this=value, expressions=[exp.Literal.number(measured.fill_nulls_with)])
    if not measured.join_to_timespine:
        keys = [name(one, "metricgov_series") for one in (PERIOD, *dimensions)]
        return exp.select(*keys, exp.alias_(value, VALUE, quoted=True)).from_(series.subquery("metricgov_series"))
    wanted: exp.Select = exp.select(name(PERIOD, SPINE)).from_(spine(window))
    if dimensions:
        groups = exp.select(*map(name, dimensions)).distinct().from_(series.copy().subquery("metricgov_known"))
        wanted = exp.select(name(PERIOD, SPINE), *(name(one, "metricgov_groups") for one in dimensions))
        wanted = wanted.from_(spine(window)).join(groups.subquery("metricgov_groups"), join_type="cross")
    same = [
        exp.NullSafeEQ(this=name(one, "metricgov_keys"), expression=name(one, "metricgov_series"))
        for one in (PERIOD, *dimensions)
    ]
    keys = [name(one, "metricgov_keys") for one in (PERIOD, *dimensions)]
    return (
        exp.select(*keys, exp.alias_(value, VALUE, quoted=True))
        .from_(wanted.subquery("metricgov_keys"))
        .join(series.subquery("metricgov_series"), on=exp.and_(*same), join_type="left")
    )


def scaled(series: exp.Select, dimensions: Sequence[str], scale: float) -> exp.Select:
    from sqlglot import exp

    keys = map(name, (PERIOD, *dimensions))
    value = exp.Mul(this=name(VALUE), expression=exp.Literal.number(scale))
    return exp.select(*keys, exp.alias_(value, VALUE, quoted=True)).from_(series.subquery("metricgov_unscaled"))
