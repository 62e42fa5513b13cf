"""Numbers as engines give them, as this program takes them: none that is infinite."""

from __future__ import annotations

from math import isfinite

from metricgov.domain.errors import BadInput


def number_of(value: object) -> float | None:
    """Return a number of an engine (an int, a float or a Decimal); BadInput for one that is infinite or no number."""
    if value is None:
        return None
    found = float(value)  # type: ignore[arg-type]  # engines give int, float or Decimal
    if not isfinite(found):
        raise BadInput(
            "value_infinite",
            "the engine gave a sum that is infinite or no number",
            hint="leave such rows out with a filter, or mend the column that they come from",
        )
    return found
