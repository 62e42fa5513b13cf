"""What the payloads of all events share: the forms of their fields, and that they never change."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from metricgov.domain.digest import JSON

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Oid = Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
Ulid = Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
Count = Annotated[StrictInt, Field(ge=1, lt=2**53)]
Size = Annotated[StrictInt, Field(ge=0, lt=2**53)]
Figure = Annotated[str, Field(pattern=r"^(-?\d+(\.\d+)?(e[+-]?\d+)?)?$")]
"""A number as text, unrounded, so that every reader has the same bytes; "" for none."""
Principal = Annotated[str, Field(min_length=1, max_length=80)]


class Payload(BaseModel):
    """Base of all payloads: unknown keys are refused, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)

    def as_json(self) -> dict[str, JSON]:
        """Return the object that goes into the envelope."""
        return self.model_dump(mode="json", by_alias=True)
