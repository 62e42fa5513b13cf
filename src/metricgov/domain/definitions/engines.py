"""Where data are, as metricgov.yaml names it: no secret stands in a file, only the variable that holds it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

VARIABLE = r"^[A-Z][A-Z0-9_]*$"
"""A name of the environment."""


class EngineModel(BaseModel):
    """Base: unknown keys are refused, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Limited(EngineModel):
    """What every engine may be told."""

    seconds: Annotated[StrictInt, Field(ge=1, le=86_400)] = Field(
        300, description="Seconds after which a query is cancelled."
    )
    rows: Annotated[StrictInt, Field(ge=1, le=10_000_000)] = Field(
        1_000_000, description="Rows of aggregates that a query may return."
    )


class DuckDbEngine(Limited):
    """DuckDB in this process: a database file, or Parquet, CSV and JSON files that sources name."""

    type: Literal["duckdb"] = Field(description="DuckDB, which is embedded.")
    path: str | None = Field(
        None, min_length=1, description="Database file, beside metricgov.yaml; absent: files only."
    )
    files: tuple[str, ...] = Field(
        (), description="Folders that sources may read files from, beside metricgov.yaml; nothing else is read."
    )
    memory: str | None = Field(
        None, pattern=r"^\d+(\.\d+)? ?(KB|MB|GB|KiB|MiB|GiB)$", description="Memory that DuckDB may take: 4GB."
    )
    threads: Annotated[StrictInt, Field(ge=1, le=1024)] | None = Field(None, description="Threads it may use.")


class SqlEngine(Limited):
    """Any engine that SQLAlchemy reaches: PostgreSQL, Trino, Snowflake, BigQuery and others."""

    type: Literal["sqlalchemy"] = Field(description="An engine behind SQLAlchemy.")
    url_from: str = Field(pattern=VARIABLE, description="Environment variable that holds the SQLAlchemy URL.")
    dialect: str | None = Field(None, min_length=1, description="sqlglot dialect; absent: by the URL.")


class SparkEngine(Limited):
    """Spark: a local session, or a server through Spark Connect."""

    type: Literal["spark"] = Field(description="PySpark.")
    remote_from: str | None = Field(
        None, pattern=VARIABLE, description="Environment variable with the Spark Connect URL; absent: a local session."
    )


EngineSettings = Annotated[DuckDbEngine | SqlEngine | SparkEngine, Field(discriminator="type")]
"""One engine of metricgov.yaml."""


Share = Annotated[float, Field(gt=0, lt=1)]
Number = Annotated[StrictInt, Field(ge=1, le=1_000_000)]
Tier = Literal["primary", "supporting", "diagnostic"]


class TierThresholds(EngineModel):
    """From where on effects on metrics of one tier are worth a warning; what is absent is as for all metrics."""

    margin: Share | None = Field(None, description="Share by which a number may move without mattering.")
    coverage: Share | None = Field(None, description="Least share that both definitions could judge (W01).")
    units: Number | None = Field(None, description="Least number of units on either side (W04).")
    periods: Number | None = Field(None, description="Least number of periods of an overlap (W04).")
    drift_p: Share | None = Field(None, description="Probability below which a drift of the ratio is no chance (W06).")
    break_percent: Literal[10, 5, 1] | None = Field(
        None, description="Percent of series without a step that may be said to have one (W18)."
    )
    churn: Share | None = Field(None, description="Share of other units behind an equal total (W08).")
    vague: Share | None = Field(None, description="Relative error of a bridged value (W12, W15).")
    segments: Number | None = Field(None, description="Segments that are read without a note on chance (W20).")
    bridges: Number | None = Field(None, description="Bridges between two versions (W15).")


class EffectSettings(EngineModel):
    """How effects of changes are computed, and from where on they are worth a warning."""

    engine: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)] | None = Field(
        None, description="Name of the engine to ask; needed where there are several."
    )
    days: Annotated[StrictInt, Field(ge=1, le=3660)] = Field(
        364, description="Days of data on which old and new are compared: 52 whole weeks."
    )
    margin: Share = Field(0.02, description="Share by which a number may move without mattering.")
    coverage: Share = Field(0.98, description="Least share that both definitions could judge (W01).")
    units: Number = Field(20, description="Least number of units on either side (W04).")
    periods: Number = Field(7, description="Least number of periods of an overlap (W04).")
    drift_p: Share = Field(0.05, description="Probability below which a drift of the ratio is no chance (W06).")
    break_percent: Literal[10, 5, 1] = Field(
        1, description="Percent of series without a step that may be said to have one (W18)."
    )
    churn: Share = Field(0.05, description="Share of other units behind an equal total (W08).")
    vague: Share = Field(0.10, description="Relative error of a bridged value (W12, W15).")
    segments: Number = Field(10, description="Segments that are read without a note on chance (W20).")
    bridges: Number = Field(2, description="Bridges between two versions (W15).")
    tiers: dict[Tier, TierThresholds] = Field(
        default_factory=dict, description="What differs for KPIs of a tier: primary, supporting or diagnostic."
    )

    def thresholds(self, tier: str | None = None) -> dict[str, float]:
        """Return the thresholds for a metric of a tier (None: no KPI), by name."""
        own = {name: getattr(self, name) for name in TierThresholds.model_fields}
        differs = next((one for name, one in self.tiers.items() if name == tier), None)
        return own | ({} if differs is None else differs.model_dump(exclude_none=True))
