"""The model of an event: what is tracked, with which properties, on which legal basis."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from metricgov.domain.definitions.common import (
    RELATION,
    Block,
    Column,
    Columns,
    Day,
    Definition,
    Flag,
    Name,
    Principals,
    Relation,
    Texts,
    Words,
)


class ReplacedByEvent(Block):
    """The event to read instead."""

    event: Name = Field(description="Name of the successor.")
    relation: Relation = RELATION


class Property(Block):
    """One property of an event."""

    name: Column = Field(description="Name of the property.")
    type: Literal["string", "integer", "number", "boolean", "date", "timestamp", "array", "object"] = Field(
        description="Type of its values."
    )
    description: Words | None = Field(default=None, description="What a value says.")
    required: Flag = Field(default=False, description="Whether every event carries it.")
    personal: Flag = Field(default=False, description="Whether it is personal data.")
    values: Texts = Field(default=(), description="Allowed values, where they are few.")


class Event(Definition):
    """Something that happens and is tracked; named object_action in the past tense."""

    native_kind: ClassVar[str] = "event"

    kind: Literal["event"] = Field(description="Always event.")
    effective_from: Day | None = Field(default=None, description="First day of data that this version describes.")
    replaced_by: ReplacedByEvent | None = Field(default=None, description="What to read instead, once deprecated.")
    trigger: Words = Field(description="When exactly it fires, in words.")
    properties: tuple[Property, ...] = Field(default=(), description="What it carries.")
    campaign_parameters: Columns = Field(default=(), description="Campaign parameters it must carry.")
    consent: Literal["consent", "contract", "legitimate_interest", "legal_obligation", "not_personal"] | None = Field(
        default=None, description="Legal basis on which it may be stored."
    )
    destinations: Texts = Field(default=(), description="Where it is sent.")
    implemented_by: Principals = Field(default=(), description="People or teams who implement it.")
    deduplication_key: Columns = Field(default=(), description="Properties that together name one event.")
    known_limits: Words | None = Field(default=None, description="When it is missing or fires twice.")
