"""The model of a source: where rows come from, what they hold, how fresh and how far back they are."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from metricgov.domain.definitions.common import (
    RELATION,
    Block,
    Column,
    Columns,
    Day,
    Definition,
    Flag,
    Name,
    Relation,
    Span,
    Sql,
    Texts,
    Words,
    wrong,
)


class ReplacedBySource(Block):
    """The source to read instead."""

    source: Name = Field(description="Name of the successor.")
    relation: Relation = RELATION


class Files(Block):
    """Files that hold the rows, where no engine does."""

    format: Literal["parquet", "csv", "json"] = Field(description="How the files are written.")
    paths: Annotated[Texts, Field(min_length=1)] = Field(description="Globs of the files.")


class SourceColumn(Block):
    """One column that metrics may use."""

    name: Column = Field(description="Name of the column.")
    type: Literal[
        "string",
        "integer",
        "decimal",
        "float",
        "boolean",
        "date",
        "timestamp",
        "timestamptz",
        "json",
        "array",
    ] = Field(description="Type of its values.")
    description: Words | None = Field(default=None, description="What a value says.")
    nullable: Flag = Field(default=True, description="Whether a value may be absent.")
    personal: Flag = Field(default=False, description="Whether it is personal data.")
    values: Texts = Field(default=(), description="Allowed values, where they are few.")
    expression: Sql | None = Field(
        default=None, description="SQL that computes it, where the relation has no such column."
    )
    renamed_from: Column | None = Field(default=None, description="Its name before; same values.")


class TimeColumn(Block):
    """What decides the day of a row."""

    column: Column = Field(description="Column with the time of the row.")
    zone: Words = Field(default="UTC", description="Time zone whose days count: Europe/Berlin.")


class Freshness(Block):
    """How old the newest row may be."""

    within: Span = Field(description="Greatest age: 24 hours.")
    column: Column | None = Field(default=None, description="Column that shows the age; the time column without.")


class Source(Definition):
    """Rows that metrics are computed from."""

    native_kind: ClassVar[str] = "source"

    kind: Literal["source"] = Field(description="Always source.")
    effective_from: Day | None = Field(default=None, description="First day of data that this version describes.")
    replaced_by: ReplacedBySource | None = Field(default=None, description="What to read instead, once deprecated.")
    renamed_from: Name | None = Field(default=None, description="Name of the source before; same rows.")
    relations: dict[Name, Words] = Field(default={}, description="Relation per engine: warehouse: analytics.crm_leads.")
    files: Files | None = Field(default=None, description="Files that hold the rows, in place of relations.")
    columns: Annotated[tuple[SourceColumn, ...], Field(min_length=1)] = Field(description="Columns metrics may use.")
    primary_key: Columns = Field(default=(), description="Columns that together name one row.")
    time: TimeColumn | None = Field(default=None, description="What decides the day of a row.")
    where: Sql | None = Field(default=None, description="SQL predicate on all rows, for every metric.")
    freshness: Freshness | None = Field(default=None, description="How old the newest row may be.")
    recomputable_from: Day | None = Field(default=None, description="How far back raw data reach.")
    source_of_truth: Flag = Field(default=False, description="Whether others are reconciled against it.")
    known_limits: Words | None = Field(default=None, description="What its rows do not show.")

    @model_validator(mode="after")
    def _knows_its_columns(self) -> Self:
        names = {column.name for column in self.columns}
        missing = [column for column in self.primary_key if column not in names]
        if missing:
            raise wrong("primary_key", f"{missing[0]} is not among the columns")
        if self.time is not None and self.time.column not in names:
            raise wrong("time.column", f"{self.time.column} is not among the columns")
        return self
