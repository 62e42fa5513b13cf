"""Flags of observations, and the two values at a break; source: SDMX code list CL_OBS_STATUS 2.0 and its glossary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from metricgov.domain.comparability.interval import Interval


class Flag(StrEnum):
    """The flags that are used here; an observation keeps all that apply."""

    NORMAL = "A"
    BREAK = "B"
    DIFFERS = "D"
    ESTIMATED = "E"
    PROVISIONAL = "P"
    UNRELIABLE = "U"
    IMPOSSIBLE = "M"
    NOT_COLLECTED = "L"
    SUPPRESSED = "Q"


MEANINGS: dict[Flag, str] = {
    Flag.NORMAL: "Normal value",
    Flag.BREAK: "Time series break",
    Flag.DIFFERS: "Definition differs",
    Flag.ESTIMATED: "Estimated value",
    Flag.PROVISIONAL: "Provisional value",
    Flag.UNRELIABLE: "Low reliability",
    Flag.IMPOSSIBLE: "Missing value; data cannot exist",
    Flag.NOT_COLLECTED: "Missing value; data exist but were not collected",
    Flag.SUPPRESSED: "Missing value; suppressed",
}
"""The names of the code list."""

PRECEDENCE: tuple[Flag, ...] = (
    Flag.BREAK,
    Flag.IMPOSSIBLE,
    Flag.NOT_COLLECTED,
    Flag.SUPPRESSED,
    Flag.DIFFERS,
    Flag.ESTIMATED,
    Flag.PROVISIONAL,
    Flag.UNRELIABLE,
    Flag.NORMAL,
)
"""Which flag is shown where only one may be; the code list orders break first, before what is missing."""

LOW_RELIABILITY = 0.10
"""Relative error of a bridged value above which it is flagged as little reliable."""


def single(flags: Iterable[Flag]) -> Flag:
    """Return the one flag to show; normal where there is none."""
    present = set(flags)
    return next((one for one in PRECEDENCE if one in present), Flag.NORMAL)


@dataclass(frozen=True, slots=True)
class Observation:
    """A value with its flags; at a break, and where it was bridged, with the value under the definition before.

    `interval` says where the value on the new basis is to be expected (95%), None where nothing was estimated.
    `stored` is the UTC second at which a value on record was computed, "" for one that was measured for this reading;
    `vintage` is the number that it was stored with.
    """

    period: str
    value: float | None
    version: str
    flags: frozenset[Flag] = frozenset({Flag.NORMAL})
    pre_break_value: float | None = None
    interval: Interval | None = None
    stored: str = ""
    vintage: int = 0

    @property
    def status(self) -> Flag:
        """The one flag to show."""
        return single(self.flags)


def at_break(period: str, *, version: str, value: float, value_before: float) -> Observation:
    """Return the first observation of a new definition, with the value that the old one gives for the same period."""
    return Observation(period, value, version, frozenset({Flag.BREAK}), value_before)


def bridged_flags(rse: float) -> frozenset[Flag]:
    """Return the flags of a value that was moved to another basis with this relative error."""
    return frozenset({Flag.ESTIMATED, Flag.UNRELIABLE} if rse > LOW_RELIABILITY else {Flag.ESTIMATED})
