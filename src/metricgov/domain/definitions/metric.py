"""The model of a metric: words, classification, calculation, checks, and the block that makes it a KPI."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from metricgov.domain.definitions.calculation import Calculation
from metricgov.domain.definitions.common import (
    RELATION,
    Block,
    Column,
    Columns,
    Day,
    Definition,
    Name,
    Names,
    Number,
    Relation,
    Rhythm,
    Span,
    Sql,
    Tolerance,
    Words,
    wrong,
)


class ReplacedByMetric(Block):
    """The metric to read instead."""

    metric: Name = Field(description="Name of the successor.")
    relation: Relation = RELATION


class Deduplicate(Block):
    """Which rows count once."""

    key: Annotated[Columns, Field(min_length=1)] = Field(description="Columns that together name one unit.")
    keep: Literal["first", "last"] = Field(default="first", description="Which row of a unit is kept, by time.")


class ReconcileWith(Block):
    """The source of truth that the number must agree with."""

    source: Name = Field(description="Source that holds the true number.")
    expression: Sql | None = Field(
        default=None, description="SQL over that source that gives the number to compare with."
    )
    tolerance: Tolerance = Field(description="How far apart the two may lie: 1% or an absolute number.")


class Check(Block):
    """One test of the data behind the metric."""

    id: Name = Field(description="Name of the check, unique in this metric.")
    level: Literal["event", "logic", "outcome", "freshness", "drift"] = Field(
        description="What is tested: that events fire, that rows are counted as intended, that the number agrees."
    )
    description: Words | None = Field(default=None, description="What the check protects from.")
    source: Name | None = Field(default=None, description="Source to look at, where it is not the metric's own.")
    event: Name | None = Field(default=None, description="Event whose required properties are tested.")
    expect: Sql | None = Field(default=None, description="SQL predicate that every row must meet.")
    within: Span | None = Field(default=None, description="With freshness: the greatest age of the newest row.")
    tolerance: Tolerance | None = Field(
        default=None, description="Share or number of rows that may fail, or the drift that is still normal."
    )
    severity: Literal["warn", "block"] = Field(default="warn", description="What a failed check does.")


class Baseline(Block):
    """Where the KPI started."""

    value: Number = Field(description="Value in the metric's unit.")
    as_of: Day = Field(description="Day for which the value was read.")


class Benchmark(Block):
    """What others reach."""

    value: Number = Field(description="Value in the metric's unit.")
    source: Words = Field(description="Where the value was published.")
    as_of: Day | None = Field(default=None, description="Day of the publication.")


class Target(Block):
    """What the KPI is judged against."""

    value: Number = Field(description="Value to reach, in the metric's unit (percent for percent_improvement).")
    by: Day = Field(description="The deadline.")
    kind: Literal["absolute", "percent_improvement", "elimination", "coverage", "same_as"] = Field(
        default="absolute", description="Which targets move when the definition changes depends on this."
    )
    same_as: Name | None = Field(default=None, description="With kind same_as: the metric whose target this follows.")

    @model_validator(mode="after")
    def _names_what_it_follows(self) -> Self:
        if (self.kind == "same_as") != (self.same_as is not None):
            raise wrong("same_as", "kind same_as names the metric it follows in same_as, and no other kind does")
        return self


class Thresholds(Block):
    """Values at which people are told."""

    warn: Number | None = Field(default=None, description="From here on the KPI is at risk.")
    critical: Number | None = Field(default=None, description="From here on somebody must act.")


class Kpi(Block):
    """What makes a metric a KPI: a named objective and a target it is judged against."""

    objective: Name | None = Field(default=None, description="The objective it serves.")
    tier: Literal["primary", "supporting", "diagnostic"] = Field(
        default="supporting", description="One primary KPI per objective; the others explain it."
    )
    supports: Name | None = Field(default=None, description="The KPI that this one explains.")
    guards: Names = Field(default=(), description="Metrics that must not fall while this one rises.")
    baseline: Baseline | None = Field(default=None, description="Where it started.")
    benchmark: Benchmark | None = Field(default=None, description="What others reach.")
    target: Target | None = Field(default=None, description="What it is judged against.")
    thresholds: Thresholds | None = Field(default=None, description="When people are told.")


class Consumer(Block):
    """Something that reads the metric's values and must hear of changes."""

    kind: Literal["dashboard", "report", "alert", "contract", "bonus", "model"] = Field(
        description="What reads the values; contracts and bonuses pay by them."
    )
    name: Words = Field(description="Its name, unique in this list.")
    url: Words | None = Field(default=None, description="Where it is.")
    owner: Words | None = Field(default=None, description="Who answers for it.")
    on_change: Literal["rebase", "keep_old", "tell"] = Field(
        default="tell", description="What it needs when values move: new base, the old definition, or a word."
    )


class Review(Block):
    """How often people look at whether the metric still serves."""

    every: Rhythm = Field(description="Longest time between two reviews.")


class Metric(Definition):
    """A number that people decide by, with everything needed to compute and to judge it."""

    native_kind: ClassVar[str] = "metric"

    kind: Literal["metric"] = Field(description="Always metric.")
    effective_from: Day | None = Field(
        default=None, description="First day of data that this version measures; written by the tool."
    )
    replaced_by: ReplacedByMetric | None = Field(default=None, description="What to read instead, once deprecated.")
    decision: Words | None = Field(default=None, description="Which decision it moves; without one, why measure it?")
    domain: Name = Field(description="The folder below metrics/; raci.yaml routes by it.")
    workflow: Name | None = Field(default=None, description="The recurring process that produces it.")
    category: Literal["output", "quality", "speed", "learning"] | None = Field(
        default=None, description="What it says about the work; a scorecard needs a mix."
    )
    family: Literal["outcome", "efficiency", "funnel", "measurement_health"] | None = Field(
        default=None, description="Family of KPI it belongs to."
    )
    indicator: Literal["leading", "lagging"] | None = Field(
        default=None, description="Whether it moves before the result or with it."
    )
    direction: Literal["up_is_better", "down_is_better", "on_target_is_better"] | None = Field(
        default=None, description="Which way is good; alerts and colours follow it."
    )
    unit: Name | None = Field(default=None, description="Unit of the value: percent, eur, minutes, count …")
    calculation: Calculation = Field(description="How the number is computed.")
    dimensions: Columns = Field(default=(), description="Columns it may be broken down by.")
    entity: Column | None = Field(default=None, description="Column of the unit counted; pairs old and new values.")
    identity: Words | None = Field(default=None, description="What counts as one unit, in words.")
    deduplicate: Deduplicate | None = Field(default=None, description="Which rows count once.")
    attribution: Words | None = Field(default=None, description="Which cause is credited, in words.")
    uses_events: Names = Field(default=(), description="Events whose data it rests on.")
    exclusions: Words | None = Field(default=None, description="Who or what is left out, in words; `where` must agree.")
    known_limits: Words | None = Field(default=None, description="What the number does not show.")
    reconcile_with: ReconcileWith | None = Field(default=None, description="The source of truth it must agree with.")
    checks: tuple[Check, ...] = Field(default=(), description="Tests of the data behind it.")
    kpi: Kpi | None = Field(default=None, description="Present if the metric is a KPI: objective and target.")
    used_in: tuple[Consumer, ...] = Field(default=(), description="What reads its values.")
    review: Review | None = Field(default=None, description="How often it is reviewed.")
