"""Whether one factor serves all seasons, where a window, a zone or a calendar changed (row 22 of the decision table).

Such a change is seasonal by construction: what comes late comes latest before holidays. A factor for each season would
need each season several times, or nobody could say how far it moves from one year to the next.
"""

from __future__ import annotations

from datetime import date

from metricgov.domain.comparability.link import Linked, LinkScale

YEAR = 360
"""Days from which an overlap holds every season."""

GRAINS = ("month", "quarter")
"""Grains that show seasons."""


def seasonal(link: Linked, margin: float) -> str:
    """Say why one factor is not known to serve all seasons; "" where it is: months differ by less than the margin."""
    if link.scale is LinkScale.EXACT or not link.start or not link.end:
        return ""
    days = (date.fromisoformat(link.end[:10]) - date.fromisoformat(link.start[:10])).days
    if days < YEAR:
        return f"such a change differs by season, and the overlap of {days} days does not hold a year"
    known = link.scatter or {}
    grain = next((one for one in GRAINS if one in known), "")
    if not grain or link.scale is LinkScale.DIFFERENCE:
        return f"such a change differs by season, and the link was measured by {link.grain} alone"
    if known[grain] <= margin:
        return ""
    return (
        f"the factor differs by {100 * known[grain]:.1f}% between {grain}s, more than the margin; one for each season "
        "would have no error, because the overlap holds it too seldom"
    )
