"""What the models of all kinds share: strict values, the head of a definition, and the blocks inside several kinds."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from metricgov.domain.definitions.kinds import MAX_NAME, NAME_PATTERN, PRINCIPAL_PATTERN

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_SPAN = re.compile(r"([1-9]\d{0,4}) (minute|hour|day|week|month|quarter|year)s?")
_TOLERANCE = re.compile(r"(?:0|[1-9]\d*)(?:\.\d+)?%?")
SPAN_PATTERN = rf"^{_SPAN.pattern}$"
TOLERANCE_PATTERN = rf"^{_TOLERANCE.pattern}$"


class Block(BaseModel):
    """A frozen mapping of a definition file; a key that is not listed is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _read_date(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise PydanticCustomError("not_a_date", "write a date as 2026-07-01")
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("not_a_date", "{value} is not in the calendar", {"value": value}) from None


def _read_span(value: str) -> str:
    if not _SPAN.fullmatch(value):
        raise PydanticCustomError("not_a_span", "write a length of time as 14 days, 24 hours or 3 months")
    return value


def _read_tolerance(value: Any) -> Any:
    """Accept 1% and plain numbers; keep the words as they stand."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise PydanticCustomError("not_a_tolerance", "write a tolerance as 1% or as a number")
    text = str(value)
    if not _TOLERANCE.fullmatch(text):
        raise PydanticCustomError("not_a_tolerance", "write a tolerance as 1% or as a number of at least 0")
    return text


def _unique(values: tuple[Any, ...]) -> tuple[Any, ...]:
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            raise PydanticCustomError("repeated_item", "{value} stands in the list twice", {"value": value})
        seen.add(value)
    return values


Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=MAX_NAME)]
Principal = Annotated[str, StringConstraints(pattern=PRINCIPAL_PATTERN, max_length=MAX_NAME)]
Column = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=200)]
Words = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Sql = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
Version = Annotated[str, StringConstraints(pattern=r"^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$")]
Number = Annotated[float, Strict()]
Flag = Annotated[bool, Strict()]
Day = Annotated[datetime.date, BeforeValidator(_read_date)]
Span = Annotated[str, AfterValidator(_read_span), Field(json_schema_extra={"pattern": SPAN_PATTERN})]
Tolerance = Annotated[
    str,
    BeforeValidator(_read_tolerance),
    Field(json_schema_extra={"type": ["string", "number"], "pattern": TOLERANCE_PATTERN, "minimum": 0}),
]
Names = Annotated[tuple[Name, ...], AfterValidator(_unique), Field(json_schema_extra={"uniqueItems": True})]
Principals = Annotated[tuple[Principal, ...], AfterValidator(_unique), Field(json_schema_extra={"uniqueItems": True})]
Columns = Annotated[tuple[Column, ...], AfterValidator(_unique), Field(json_schema_extra={"uniqueItems": True})]
Texts = Annotated[tuple[Words, ...], AfterValidator(_unique), Field(json_schema_extra={"uniqueItems": True})]

Status = Literal["draft", "active", "deprecated", "retired"]
Relation = Literal["rename", "superset", "subset", "scaled", "different"]
Rhythm = Literal["week", "two_weeks", "month", "quarter", "half_year", "year"]
Grain = Literal["hour", "day", "week", "month", "quarter", "year"]


def wrong(field: str, message: str) -> PydanticCustomError:
    """Return the error of a rule that spans several fields, to be shown at one of them."""
    return PydanticCustomError("at_field", "{message}", {"message": message, "field": field})


class Retirement(Block):
    """Why a retired definition ended, and how long its values were good."""

    reason: Words = Field(description="Why it was retired, in a sentence for somebody who still reads it.")
    last_good_date: Day = Field(description="Last day of data for which its values can be trusted.")


RELATION = Field(
    description="How the successor's values relate: rename (same values), superset, subset, scaled or different."
)


class Definition(Block):
    """The head that every native kind begins with, and the people every definition can add."""

    native_kind: ClassVar[str]

    name: Name = Field(description="Unique name in the registry; the stem of the file. Never used again.")
    title: Words = Field(description="The published name, as readers see it.")
    version: Version = Field(description="MAJOR.MINOR.PATCH; written by the tool from what changed.")
    status: Status = Field(description="draft, active, deprecated or retired; a retired file stays in place.")
    retirement: Retirement | None = Field(
        default=None, description="With status retired: why, and until when the values are good."
    )
    description: Words = Field(description="What it is, in a sentence or two, without formula.")
    consulted: Principals = Field(
        default=(), description="People or teams asked besides those of raci.yaml; they never decide."
    )
    informed: Principals = Field(
        default=(), description="People or teams told when a change is applied, besides those of raci.yaml."
    )
    tags: Names = Field(default=(), description="Free labels; raci.yaml may route by them.")

    @model_validator(mode="after")
    def _ends_are_told(self) -> Self:
        if (self.status == "retired") != (self.retirement is not None):
            if self.retirement is None:
                raise wrong("status", "a retired definition says why and until when: add retirement")
            raise wrong("retirement", f"only a retired definition has a retirement; this one is {self.status}")
        successor = getattr(self, "replaced_by", None)
        if successor is not None and self.status not in ("deprecated", "retired"):
            raise wrong("replaced_by", f"only a deprecated or retired definition is replaced; this is {self.status}")
        if successor is not None and getattr(successor, self.native_kind) == self.name:
            raise wrong("replaced_by", "a definition cannot be replaced by itself")
        return self
