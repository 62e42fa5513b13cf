"""What an effect amounts to: whether it can be detected, and whether it matters; two questions, five words.

Source: two one-sided tests (Schuirmann 1987) beside the usual interval.
"""

from __future__ import annotations

from enum import StrEnum
from math import exp, log

from metricgov.domain.comparability.interval import Interval, z

MARGIN = 0.02
"""Share of a number that may move without mattering, unless the policy of a registry says otherwise."""


class Verdict(StrEnum):
    """The five words; "equivalent" belongs to statistics alone."""

    EQUIVALENT = "equivalent"
    IMMATERIAL = "detectable_but_immaterial"
    MATERIAL = "material_change"
    UNCERTAIN = "change_materiality_uncertain"
    INCONCLUSIVE = "inconclusive"


def margin_interval(margin: float = MARGIN) -> Interval:
    """Return the ratios that do not matter: from 1 / (1 + margin) to 1 + margin."""
    if margin <= 0:
        raise ValueError("a margin above 0 is needed")
    return Interval(1 / (1 + margin), 1 + margin)


def verdict(ratio: float, se: float, margin: float = MARGIN) -> Verdict:
    """Return the word for a ratio with its standard error, on the log scale."""
    if ratio <= 0 or se < 0:
        raise ValueError("a verdict needs a ratio above 0 and an error that is not negative")

    def limits(level: float) -> Interval:
        spread = z(level) * se / ratio
        return Interval(exp(log(ratio) - spread), exp(log(ratio) + spread))

    return judged(limits(0.95), limits(0.90), margin)


def judged(wide: Interval, narrow: Interval, margin: float = MARGIN) -> Verdict:
    """Return the word for the 95% and the 90% interval of a ratio, however they were found."""
    harmless = margin_interval(margin)
    detected = 1.0 not in wide
    if narrow.within(harmless):
        return Verdict.IMMATERIAL if detected else Verdict.EQUIVALENT
    if not detected:
        return Verdict.INCONCLUSIVE
    outside = wide.low > harmless.high or wide.high < harmless.low
    return Verdict.MATERIAL if outside else Verdict.UNCERTAIN
