"""Worked examples from the literature besides those of the reference vectors, through the public functions."""

from __future__ import annotations

from math import log, sqrt

import pytest

from metricgov.domain.comparability.paired import Cells, discordance_limit, mcnemar, score_interval, wald_interval
from metricgov.domain.comparability.prediction import predict
from metricgov.domain.comparability.propagation import poisson_factors
from metricgov.domain.comparability.segments import heterogeneity

BCG = (
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232),
    (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
)  # fmt: skip
"""Colditz et al. (1994): cases and others, vaccinated and not, in 13 trials; `dat.bcg` of the R package metafor."""

BENTUR = Cells(1, 1, 7, 12)
"""Bentur et al. (2009), airway hyper-responsiveness; example of Fagerland, Lydersen and Laake (2014)."""


def test_random_effects_of_the_thirteen_trials() -> None:
    """DerSimonian and Laird as metafor prints it: tau² 0.3088, Q 152.233, log ratio -0.7141 with error 0.1787."""
    ratios = [log(a / (a + b)) - log(c / (c + d)) for a, b, c, d in BCG]
    errors = [sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)) for a, b, c, d in BCG]
    found = predict(ratios, errors)
    assert found.tau2 == pytest.approx(0.3088, abs=5e-5)
    assert found.q == pytest.approx(152.2330, abs=5e-5)
    assert log(found.ratio) == pytest.approx(-0.7141, abs=5e-5)
    assert found.se_mean == pytest.approx(0.1787, abs=5e-5)
    assert found.mean.low == pytest.approx(0.3449, abs=5e-5)
    assert found.mean.high == pytest.approx(0.6950, abs=5e-5)


def test_ratio_of_paired_proportions_in_a_small_table() -> None:
    """Intervals of the ratio 2 of 21 to 8 of 21: by logarithms, and by the score of Tang."""
    assert wald_interval(BENTUR).low == pytest.approx(0.0625, abs=5e-5)
    assert wald_interval(BENTUR).high == pytest.approx(0.9996, abs=5e-5)
    assert score_interval(BENTUR).low == pytest.approx(0.0653, abs=5e-5)
    assert score_interval(BENTUR).high == pytest.approx(0.9069, abs=5e-5)


def test_three_tests_of_the_same_table() -> None:
    """Asymptotic 0.0339, mid-P 0.0391, exact conditional 0.0703."""
    found = mcnemar(BENTUR)
    assert found.p == pytest.approx(0.0339, abs=5e-5)
    assert found.mid_p == pytest.approx(0.0391, abs=5e-5)
    assert found.exact_p == pytest.approx(0.0703, abs=5e-5)


def test_spread_of_the_thirteen_trials() -> None:
    """Taken as segments of one dimension, they differ by the same Q, 152.233 on 12 degrees of freedom."""
    ratios = [a / (a + b) / (c / (c + d)) for a, b, c, d in BCG]
    errors = [
        one * sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)) for one, (a, b, c, d) in zip(ratios, BCG, strict=True)
    ]
    found = heterogeneity(ratios, errors)
    assert found.q == pytest.approx(152.2330, abs=5e-5)
    assert found.p < 1e-4


def test_approval_asked_twice() -> None:
    """Agresti, Categorical Data Analysis: 1,600 people, 150 and 86 changed their mind; z = -4.17, z² = 17.36."""
    found = mcnemar(Cells(794, 86, 150, 570))
    assert found.z == pytest.approx(-4.17, abs=5e-3)
    assert found.z**2 == pytest.approx(17.36, abs=5e-3)


@pytest.mark.parametrize(("events", "low", "high"), [(1, 0.0253, 5.5716), (5, 1.6235, 11.6683), (10, 4.7954, 18.3904)])
def test_exact_limits_of_a_count(events: int, low: float, high: float) -> None:
    """Garwood (1936), limits of a Poisson mean at 95%."""
    found = poisson_factors(events)
    assert found.low * events == pytest.approx(low, abs=5e-5)
    assert found.high * events == pytest.approx(high, abs=5e-5)


def test_nothing_seen_in_fourteen() -> None:
    """Hanley and Lippman-Hand (1983), none of 14: the exact upper limit is 19.3%."""
    assert discordance_limit(Cells(14)) == pytest.approx(0.193, abs=5e-4)
