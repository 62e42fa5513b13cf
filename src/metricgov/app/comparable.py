"""How far back a metric compares with itself today: strictly, and with the bridges that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from metricgov.app.series import versions_of
from metricgov.domain.comparability.flags import Flag
from metricgov.domain.comparability.joining import join
from metricgov.domain.past_views import VersionRow

if TYPE_CHECKING:
    from metricgov.domain.query.catalogue import Catalogue


def comparable_from(metric: str, rows: Sequence[VersionRow], catalogue: Catalogue, today: str) -> tuple[str, str]:
    """Return the first day that compares with today without any factor, and the first that does with one (ISO days).

    `catalogue` are the definitions of now: how far raw data reach is a fact of now. "" where nothing measures today.
    """
    versions = [one.measuring for one in versions_of(rows, metric, lambda _commit: catalogue)]
    start = min((one.start for one in versions if one.start), default="")
    if not start or start >= today:
        return "", ""
    strict = bridged = today
    for one in reversed(join(versions, start, today, basis="current", across_breaks=True)):
        if Flag.DIFFERS in one.flags:
            break
        if not one.chain and strict == bridged:
            strict = one.start
        bridged = one.start
    return strict, bridged


def months(start: str, end: str) -> int:
    """Return the whole months of the days [start, end)."""
    if not start or start >= end:
        return 0
    first, last = (int(one[:4]) * 12 + int(one[5:7]) for one in (start, end))
    return max(0, last - first - (start[8:10] > end[8:10]))
