"""The model of a scorecard: which metrics a team looks at, in which rhythm."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from metricgov.domain.definitions.common import (
    RELATION,
    Block,
    Definition,
    Name,
    Names,
    Principal,
    Relation,
    Rhythm,
    Words,
)


class ReplacedByScorecard(Block):
    """The scorecard that took its place."""

    scorecard: Name = Field(description="Name of the successor.")
    relation: Relation = RELATION


class Section(Block):
    """Metrics that are read together."""

    id: Name = Field(
        description="priorities, workflow_health, performance, lead_quality, learning, or a name of one's own."
    )
    title: Words | None = Field(default=None, description="Heading, where it is not the id.")
    rhythm: Rhythm | None = Field(default=None, description="How often it is read, where not as the scorecard.")
    metrics: Names = Field(default=(), description="Names of the metrics, in the order they are read.")


class Scorecard(Definition):
    """The metrics a team can influence and is judged by."""

    native_kind: ClassVar[str] = "scorecard"

    kind: Literal["scorecard"] = Field(description="Always scorecard.")
    replaced_by: ReplacedByScorecard | None = Field(default=None, description="What took its place, once deprecated.")
    team: Principal = Field(description="The team it belongs to.")
    rhythm: Rhythm = Field(description="How often it is read.")
    sections: Annotated[tuple[Section, ...], Field(min_length=1)] = Field(description="What is on it.")
