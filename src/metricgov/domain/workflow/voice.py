"""The words of a person as the journal has them: what every record of them holds, whatever they were about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from metricgov.domain.digest import JSON
from metricgov.domain.workflow.envelope import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """That a person spoke: when, with what reason, and how sure it is that it was they.

    `identity` is what the event claims, until the signature over `said` was checked; `doubt` says why less counts.
    """

    principal: str
    identity: Identity
    seq: int
    at: str
    reason: str = ""
    said: Mapping[str, JSON] | None = field(default=None, compare=False, repr=False)
    doubt: str = field(default="", compare=False)
