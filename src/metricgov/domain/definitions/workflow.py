"""The model of a workflow: a recurring process that a team owns."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from metricgov.domain.definitions.common import (
    RELATION,
    Block,
    Definition,
    Name,
    Principal,
    Principals,
    Relation,
    Texts,
)


class ReplacedByWorkflow(Block):
    """The workflow that took its place."""

    workflow: Name = Field(description="Name of the successor.")
    relation: Relation = RELATION


class Workflow(Definition):
    """A recurring process; metrics belong to one, and scorecards hold metrics of workflows their team is in."""

    native_kind: ClassVar[str] = "workflow"

    kind: Literal["workflow"] = Field(description="Always workflow.")
    replaced_by: ReplacedByWorkflow | None = Field(default=None, description="What took its place, once deprecated.")
    team: Principal = Field(description="The team that runs it.")
    hands_over_to: Principals = Field(default=(), description="Teams it hands work over to.")
    steps: Annotated[Texts, Field(min_length=1)] = Field(description="Its steps, in order.")
