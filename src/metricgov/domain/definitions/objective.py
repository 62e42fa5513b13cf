"""The model of an objective: what somebody wants to reach in a period."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from metricgov.domain.definitions.common import (
    RELATION,
    Block,
    Day,
    Definition,
    Name,
    Principal,
    Relation,
    Words,
    wrong,
)


class ReplacedByObjective(Block):
    """The objective that took its place."""

    objective: Name = Field(description="Name of the successor.")
    relation: Relation = RELATION


class Period(Block):
    """First and last day."""

    start: Day = Field(description="First day.")
    end: Day = Field(description="Last day.")

    @model_validator(mode="after")
    def _goes_forward(self) -> Self:
        if self.end < self.start:
            raise wrong("end", "ends before it starts")
        return self


class Objective(Definition):
    """What somebody wants to reach; KPIs are tied to it."""

    native_kind: ClassVar[str] = "objective"

    kind: Literal["objective"] = Field(description="Always objective.")
    replaced_by: ReplacedByObjective | None = Field(default=None, description="What took its place, once deprecated.")
    statement: Words = Field(description="What shall be true at the end of the period.")
    owner: Principal = Field(description="Person or team that answers for it.")
    period: Period = Field(description="When it holds.")
    parent: Name | None = Field(default=None, description="The objective above it.")
