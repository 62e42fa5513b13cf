"""Errors of what is computed with ratios: products, chains, bridged values, tests across a break, small counts.

Sources: Goodman (1960) for products; NCHS, A Guide to State Implementation of ICD-10 for Mortality, Part II (formulas
3 to 6, Poisson limits).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod, sqrt

from metricgov.domain.comparability.interval import LEVEL, Interval, around, around_log, z


@dataclass(frozen=True, slots=True)
class Product:
    """A product of independent factors; `rse_exact` after Goodman, `rse_delta` the sum on the log scale."""

    value: float
    rse_exact: float
    rse_delta: float

    @property
    def se(self) -> float:
        """Standard error, exact."""
        return abs(self.value) * self.rse_exact

    @property
    def se_delta(self) -> float:
        """Standard error on the log scale."""
        return abs(self.value) * self.rse_delta

    def interval(self, level: float = LEVEL) -> Interval:
        """Return value ± z × exact standard error."""
        return around(self.value, self.se, z(level))

    def interval_log(self, level: float = LEVEL) -> Interval:
        """Return the interval that is symmetric on the log scale."""
        return around_log(self.value, self.se_delta, z(level))


def product(values: Sequence[float], errors: Sequence[float]) -> Product:
    """Return the product of independent factors with their standard errors.

    Never for breaks that were measured on one base: there the direct pair is exact (C12 × C23 = C13).
    """
    if len(values) != len(errors) or not values:
        raise ValueError("each factor needs its error")
    if not all(values):
        raise ValueError("a factor of 0 has no relative error")
    squares = [(error / value) ** 2 for value, error in zip(values, errors, strict=True)]
    return Product(prod(values), sqrt(prod(1 + one for one in squares) - 1), sqrt(sum(squares)))


def count_rse(events: float) -> float:
    """Return the relative error of a count of independent events: 1 / sqrt(n)."""
    if events <= 0:
        raise ValueError("a count above 0 is needed")
    return 1 / sqrt(events)


def z_across_break(bridged: float, bridged_se: float, new: float, new_se: float) -> float:
    """Return how many standard errors a bridged old value and a new one lie apart; errors are those of the values."""
    if not bridged_se and not new_se:
        raise ValueError("at least one of the two values needs an error")
    return (bridged - new) / sqrt(bridged_se**2 + new_se**2)


def standardised_rse(
    weights: Sequence[float], ratios: Sequence[float], rates: Sequence[float], rses: Sequence[float]
) -> float:
    """Return the relative error of sum(weight × ratio × rate), with the relative errors of its terms (formula 6)."""
    terms = [w * c * r for w, c, r in zip(weights, ratios, rates, strict=True)]
    if not sum(terms):
        raise ValueError("a sum of 0 has no relative error")
    return sqrt(sum((term * rse) ** 2 for term, rse in zip(terms, rses, strict=True))) / abs(sum(terms))


def poisson_factors(events: int, level: float = LEVEL) -> Interval:
    """Return by which factors a count of 1 to 99 events is multiplied for its exact limits."""
    from scipy.special import gammaincinv

    if events < 1:
        raise ValueError("limits exist from one event on")
    rest = 1 - level
    return Interval(
        float(gammaincinv(events, rest / 2)) / events, float(gammaincinv(events + 1, 1 - rest / 2)) / events
    )
