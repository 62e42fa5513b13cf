"""A metric over time as a value: lines of observations, and which version computed which part of them."""

from __future__ import annotations

from dataclasses import dataclass

from metricgov.domain.comparability.flags import Observation
from metricgov.domain.comparability.joining import Stretch
from metricgov.domain.comparability.warnings import Warned

Key = tuple[str | None, ...]
"""A combination of dimension values, () for the whole."""


@dataclass(frozen=True, slots=True)
class Line:
    """The observations of one combination of dimension values, oldest first."""

    key: Key
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """A metric over the days [start, end), by a grain and dimensions; `stretches` say which version computed what.

    `warned` is what a reader must know of it. `stored` are the stretches that come from values on record, `notes` say
    what was asked of nobody and what is not on record.
    """

    metric: str
    basis: str
    grain: str
    dimensions: tuple[str, ...]
    start: str
    end: str
    stretches: tuple[Stretch, ...]
    lines: tuple[Line, ...]
    warned: tuple[Warned, ...] = ()
    stored: tuple[Stretch, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def bridged(self) -> tuple[Stretch, ...]:
        """The stretches whose values were moved."""
        return tuple(one for one in (*self.stretches, *self.stored) if one.chain)
