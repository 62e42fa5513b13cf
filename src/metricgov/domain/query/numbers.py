"""Numbers as engines give them, as this program takes them: none that is infinite, or whose fourth power is."""

from __future__ import annotations

from math import inf, isfinite

from metricgov.domain.errors import BadInput

LARGEST = 1e60
"""A sum beyond which no error can be computed; one below its reciprocal is what is left of 0 by rounding."""


def number_of(value: object) -> float | None:
    """Return a number of an engine (an int, a float or a Decimal); BadInput for one that is too large or no number."""
    if value is None:
        return None
    try:
        found = float(value)  # type: ignore[arg-type]  # engines give int, float or Decimal
    except OverflowError:  # of an int alone
        found = inf
    if not isfinite(found) or abs(found) > LARGEST:
        raise BadInput(
            "value_infinite",
            "the engine gave a sum that is infinite or no number, or lies beyond 1e60",
            hint="leave such rows out with a filter, or mend the column that they come from",
        )
    return found if abs(found) * LARGEST >= 1 else 0.0
