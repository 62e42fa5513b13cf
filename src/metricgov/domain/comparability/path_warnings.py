"""What must be said about a path from one version to another: too long, rolled up, across a break, or preliminary."""

from __future__ import annotations

from collections.abc import Iterator

from metricgov.domain.comparability.thresholds import Thresholds
from metricgov.domain.comparability.warned import Severity, Warned

DISTINCT = frozenset({"count_distinct", "approx_count_distinct"})
POSITIONS = frozenset({"median", "percentile"})
DEFAULTS = Thresholds()


def too_long(bridges: int, rse: float | None, limits: Thresholds = DEFAULTS) -> Iterator[Warned]:
    """Yield W15 for a path over more bridges, or with more error, than can be read with confidence."""
    reasons = [f"{bridges} bridges (at most {limits.bridges})"] if bridges > limits.bridges else []
    if rse is not None and rse > limits.vague:
        reasons.append(f"an error of {100 * rse:.1f}% (at most {100 * limits.vague:g}%)")
    if reasons:
        says = f"the way between the two versions goes over {' and '.join(reasons)}"
        yield Warned("W15", "CHAIN_TOO_LONG", Severity.WARN, says)


def rolled_up(aggregate: str, measured: str, asked: str) -> Iterator[Warned]:
    """Yield W14 for a ratio of units or positions that is asked for at another grain than it was measured at."""
    if aggregate in DISTINCT | POSITIONS and measured != asked:
        says = f"the ratio was measured by {measured}; what is counted once a {measured} has another ratio by {asked}"
        yield Warned("W14", "ROLLED_UP_DISTINCT", Severity.BLOCK, says)


def across(breaks: int) -> Iterator[Warned]:
    """Yield W16 for a question whose answer would cross a break."""
    if breaks:
        says = "the periods lie on both sides of a break; no number connects them"
        yield Warned("W16", "NOT_COMPARABLE", Severity.BLOCK, says)


def older_than_data(measured_until: str, data_until: str) -> Iterator[Warned]:
    """Yield W17 for a ratio that was measured before the data it is applied to were complete (both: ISO days)."""
    if measured_until < data_until:
        says = f"the ratio was measured on data until {measured_until}, and there are data until {data_until}"
        yield Warned("W17", "PRELIMINARY_RATIO", Severity.WARN, says)
