"""How a metric is computed: six types, with the semantics of MetricFlow's five and raw SQL as the sixth."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from metricgov.domain.definitions.common import (
    Block,
    Column,
    Columns,
    Flag,
    Grain,
    Name,
    Names,
    Number,
    Span,
    Sql,
    wrong,
)

Aggregate = Literal[
    "count",
    "count_distinct",
    "approx_count_distinct",
    "sum",
    "sum_boolean",
    "average",
    "min",
    "max",
    "median",
    "percentile",
]


class NonAdditive(Block):
    """A dimension over which the values must not be summed (a balance over days)."""

    dimension: Column = Field(description="The dimension, usually the time column.")
    window_choice: Literal["min", "max"] = Field(
        default="max", description="Which row of a period stands for it: the first (min) or the last (max)."
    )
    window_groupings: Columns = Field(default=(), description="Columns within which that row is chosen.")


class Measured(Block):
    """An aggregate over rows."""

    expression: Sql | None = Field(default=None, description="SQL that is aggregated; count needs none.")
    percentile: Number | None = Field(
        default=None, gt=0, lt=1, description="With aggregate percentile: which one, 0.9 for the 90th."
    )
    percentile_method: Literal["continuous", "discrete", "approximate"] = Field(
        default="continuous", description="How a percentile between two values is found."
    )
    non_additive: NonAdditive | None = Field(default=None, description="Dimension that must not be summed over.")
    join_to_timespine: Flag = Field(default=False, description="Whether days without rows appear.")
    fill_nulls_with: Number | None = Field(default=None, description="Value of days without rows.")

    def _check_measure(self, aggregate: str | None) -> None:
        if aggregate not in (None, "count") and self.expression is None:
            raise wrong("aggregate", f"{aggregate} needs an expression to aggregate")
        if (aggregate == "percentile") != (self.percentile is not None):
            raise wrong("percentile", "aggregate percentile says which one, and no other aggregate does")


class Part(Measured):
    """One side of a ratio, or what is accumulated or converted: an aggregate of rows, or another metric."""

    metric: Name | None = Field(default=None, description="A metric to take, in place of an aggregate.")
    source: Name | None = Field(
        default=None, description="Source of the rows, where it differs from the calculation's."
    )
    time: Column | None = Field(default=None, description="Time column, where it differs from the calculation's.")
    where: Sql | None = Field(default=None, description="SQL predicate for this part, besides the calculation's.")
    aggregate: Aggregate | None = Field(default=None, description="How rows become a number.")

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if self.metric is None and self.aggregate is None:
            raise wrong("", "says neither aggregate nor metric")
        if self.metric is not None:
            for field in ("aggregate", "source", "time", "expression", "percentile", "non_additive"):
                if getattr(self, field) is not None:
                    raise wrong(field, "a part that takes a metric has no aggregate, source or time of its own")
        self._check_measure(self.aggregate)
        return self


class Scaled(Block):
    """What all calculations share."""

    grain: Grain = Field(default="day", description="Finest period for which the value is published.")
    scale: Number = Field(default=1, description="Factor on the result: 100 for percent.")


class Simple(Scaled, Measured):
    """One aggregate over one source."""

    type: Literal["simple"] = Field(description="One aggregate over one source.")
    source: Name = Field(description="Source of the rows.")
    time: Column = Field(description="Column that decides the period of a row.")
    where: Sql | None = Field(default=None, description="SQL predicate: which rows count. `as_of` is the reading time.")
    aggregate: Aggregate = Field(description="How rows become a number.")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        self._check_measure(self.aggregate)
        return self


class Sourced(Scaled):
    """A calculation of parts, which share source, time and filter unless they say otherwise."""

    source: Name | None = Field(default=None, description="Source of the rows of all parts.")
    time: Column | None = Field(default=None, description="Time column of all parts.")
    where: Sql | None = Field(default=None, description="SQL predicate for all parts. `as_of` is the reading time.")

    def _check_parts(self, **parts: Part) -> None:
        for name, part in parts.items():
            if part.metric is not None:
                continue
            for field in ("source", "time"):
                if getattr(self, field) is None and getattr(part, field) is None:
                    raise wrong(name, f"no {field}: neither here nor in the calculation")


class Ratio(Sourced):
    """Numerator over denominator; nothing where the denominator is zero."""

    type: Literal["ratio"] = Field(description="Numerator over denominator.")
    numerator: Part = Field(description="What is divided.")
    denominator: Part = Field(description="What it is divided by.")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        self._check_parts(numerator=self.numerator, denominator=self.denominator)
        return self


class Input(Block):
    """A metric inside a derived one."""

    metric: Name = Field(description="Name of the metric.")
    alias: Name | None = Field(default=None, description="Its name in the expression; the metric's own without.")
    where: Sql | None = Field(default=None, description="SQL predicate on the rows of the input.")
    offset_window: Span | None = Field(default=None, description="Read the input this long before.")
    offset_to_grain: Grain | None = Field(default=None, description="Read the input at the start of this period.")

    @model_validator(mode="after")
    def _has_one_offset(self) -> Self:
        if self.offset_window is not None and self.offset_to_grain is not None:
            raise wrong("offset_to_grain", "an input has offset_window or offset_to_grain, not both")
        return self


class Derived(Scaled):
    """An expression over other metrics."""

    type: Literal["derived"] = Field(description="An expression over other metrics.")
    expression: Sql = Field(description="SQL over the inputs, by alias or name.")
    inputs: Annotated[tuple[Input, ...], Field(min_length=1)] = Field(description="The metrics it is computed from.")


class Cumulative(Sourced):
    """A measure accumulated over a window, or since the start of a period, or since ever."""

    type: Literal["cumulative"] = Field(description="A measure accumulated over time.")
    measure: Part = Field(description="What is accumulated.")
    window: Span | None = Field(default=None, description="Rolling window: 28 days. Without, since ever.")
    grain_to_date: Grain | None = Field(default=None, description="Start again at each such period.")
    period_aggregate: Literal["first", "last", "average"] = Field(
        default="first", description="Which value stands for a period coarser than the grain."
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.window is not None and self.grain_to_date is not None:
            raise wrong("grain_to_date", "accumulate over window or grain_to_date, not both")
        self._check_parts(measure=self.measure)
        return self


class ConstantProperty(Block):
    """A property that must be the same in both events of a conversion."""

    base: Column = Field(description="Column of the base.")
    conversion: Column = Field(description="Column of the conversion.")


class Conversion(Sourced):
    """How many entities of a base did something else within a window."""

    type: Literal["conversion"] = Field(description="Base to conversion within a window.")
    entity: Column = Field(description="Column that ties a conversion to its base.")
    base: Part = Field(description="Where entities begin.")
    conversion: Part = Field(description="What they do.")
    window: Span | None = Field(default=None, description="Longest time between the two. Without, any time.")
    result: Literal["conversion_rate", "conversions"] = Field(
        default="conversion_rate", description="Publish the rate or the number."
    )
    constant_properties: tuple[ConstantProperty, ...] = Field(
        default=(), description="Properties that must agree between base and conversion."
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        self._check_parts(base=self.base, conversion=self.conversion)
        return self


class RawSql(Scaled):
    """A query of its own, where no other type fits; it returns the columns period and value."""

    type: Literal["sql"] = Field(description="A query of its own.")
    sql: Sql = Field(description="Query that returns period, value and the dimensions.")
    sources: Annotated[Names, Field(min_length=1)] = Field(description="The sources that the query reads.")
    time: Column | None = Field(default=None, description="Column of the result that holds the period.")


Calculation = Annotated[Simple | Ratio | Derived | Cumulative | Conversion | RawSql, Field(discriminator="type")]
