"""Empty cells, zeros, signs, huge and tiny figures: a number, or a reason in words; never a crash and never NaN."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricgov.domain.comparability import clustered, linking, paired, prediction, propagation, segments
from metricgov.domain.comparability.effect import Pair, effect
from metricgov.domain.comparability.evidence import MetricEffect, metric_json
from metricgov.domain.comparability.link import Nature, linked
from metricgov.domain.comparability.matrix import Edge, Status, matrix
from metricgov.domain.comparability.paired import Cells
from metricgov.domain.comparability.verdict import Verdict
from metricgov.domain.errors import BadInput
from metricgov.domain.query.numbers import number_of

NASTY = st.sampled_from((0.0, 1.0, -1.0, 1e-60, 1e60, 1e15, 5.0, 100.0, -100.0, 0.1, None)) | st.floats(-1e6, 1e6).map(
    number_of
)
SUMS = st.lists(st.tuples(NASTY, NASTY), max_size=16)
QUOTIENTS = st.lists(st.tuples(NASTY, NASTY, NASTY, NASTY), max_size=16)
MANY = st.sampled_from((0, 0, 1, 5, 40, 10**9, 10**15))
COUNTED = st.lists(st.builds(Cells, MANY, MANY, MANY), max_size=10)


def _days(rows: list[tuple[float | None, ...]]) -> list[Pair]:
    return [Pair(f"2026-01-{place + 1:02}", *row) for place, row in enumerate(rows)]


def _whole(pairs: list[Pair]) -> None:
    """All that follows from an overlap can be written as JSON, which has no NaN and no infinity."""
    half = [Pair(one.period, one.old, 0.0, one.old_below, one.new_below) for one in pairs]
    found = effect(pairs, [("channel", "web", pairs), ("channel", None, half)], grain="day")
    assert found.total.estimate is not None or found.total.reason
    for nature in (Nature(), Nature(counts=True), Nature(rolls_up=False), Nature(exact=True)):
        link = linked("m", found, {("channel", "web"): pairs, ("channel", None): half}, nature)
        json.dumps(metric_json(MetricEffect("m", "breaking", effect=found, link=link)), allow_nan=False)
        matrix(("1", "2"), [link.edge("1", "2")])
    if found.total.verdict in (Verdict.EQUIVALENT, Verdict.INCONCLUSIVE):
        assert found.total.estimate is not None
        assert 1 in found.total.estimate.interval


@settings(max_examples=60, deadline=None)
@given(SUMS)
def test_any_sums_end_in_figures_or_a_reason(rows: list[tuple[float | None, ...]]) -> None:
    """Sums of any sign and size."""
    _whole(_days(rows))


@settings(max_examples=60, deadline=None)
@given(QUOTIENTS)
def test_any_quotients_end_in_figures_or_a_reason(rows: list[tuple[float | None, ...]]) -> None:
    """Numerators and denominators of any sign and size."""
    _whole(_days(rows))


@settings(max_examples=60, deadline=None)
@given(COUNTED)
def test_any_counts_end_in_figures_or_a_reason(rows: list[Cells]) -> None:
    """Units by the thousand billion beside days without any."""
    days = [Pair(f"2026-01-{i + 1:02}", float(one.n_old), float(one.n_new), cells=one) for i, one in enumerate(rows)]
    _whole(days)


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "score, nothing old": (lambda: paired.score_interval(Cells(0, 3)), "counts nothing"),
    "hybrid, nothing old": (lambda: paired.hybrid_interval(Cells(0, 3)), "counts nothing"),
    "marginals": (lambda: paired.marginal_bounds(0, 5), "both sides"),
    "disjoint": (lambda: paired.disjoint_se(5, 0), "both sides"),
    "linearised": (lambda: clustered.linearised([1, 2], [1, -1]), "sums to 0"),
    "one cluster": (lambda: clustered.linearised([1], [1]), "one cluster"),
    "jackknife": (lambda: clustered.jackknife_se([1, 2], [0, 5]), "one cluster holds all"),
    "bootstrap of zeros": (lambda: clustered.bootstrapped([1, 2], [0, 0]), "sums to 0"),
    "bootstrap of one": (lambda: clustered.bootstrapped([1, 2, 0], [0, 5, 0], draws=99), "some draws"),
    "test without errors": (lambda: propagation.z_across_break(1, 0, 2, 0), "needs an error"),
    "standardised to 0": (lambda: propagation.standardised_rse([1, 1], [1, -1], [1, 1], [0.1, 0.1]), "sum of 0"),
    "log odds of 1": (lambda: linking.logit_se(1.0, 0.1), "strictly between"),
    "seasons": (lambda: linking.same_season([1, 2], [1, 2], ["w"]), "its season"),
}


@pytest.mark.filterwarnings("ignore:The BCa confidence interval")
@pytest.mark.parametrize(("tried", "says"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_figure_says_why(tried: Callable[[], object], says: str) -> None:
    """A sentence, not a division by zero."""
    with pytest.raises(ValueError, match=says):
        tried()


def test_a_definition_that_counts_nothing_any_more_has_a_limit() -> None:
    """None of five is left: from 0 to 1 / (1 + z² / 5)⁻¹ as the score test has it."""
    found = paired.score_interval(Cells(0, 0, 5))
    assert found.low == 0
    assert found.high == pytest.approx(3.8414588206941236 / 5)


def test_the_score_interval_of_a_thousand_billion_units() -> None:
    """The interval of few differences hardly depends on how many agree: its width shrinks with their number alone."""
    few, many = (paired.score_interval(Cells(number, 1, 0)) for number in (10**6, 10**12))
    assert (many.high - 1) * 1e12 == pytest.approx((few.high - 1) * 1e6, rel=1e-3)


def test_mcnemar_of_a_million_changes() -> None:
    """Counts of any size are judged at once; of equal numbers nothing can be said."""
    found = paired.mcnemar(Cells(10, 500_000, 500_000))
    assert (found.z, found.exact_p) == (0.0, 1.0)


def test_a_bootstrap_of_equal_ratios_has_no_width() -> None:
    """Every draw gives the same."""
    found = clustered.bootstrapped([2.2, 4.4, 6.6], [2.0, 4.0, 6.0])
    assert found.interval.low == found.interval.high == pytest.approx(1.1)


def test_one_period_may_be_a_million_times_surer_than_another() -> None:
    """The variance between periods is taken from what all of them hold, also where one drowns the rest."""
    found = prediction.predict([0.0, 0.5, 0.6], [1e-9, 0.3, 0.4])
    assert found.tau2 >= 0
    assert isclose(found.ratio, 1, abs_tol=0.5)


def test_a_ratio_that_computers_round_does_not_drift() -> None:
    """Ten percent more each day is one ratio, whatever the last digit says."""
    assert prediction.drift([1.1 + place * 2e-16 for place in range(10)]).p == 1


def test_from_nothing_there_is_no_way_back() -> None:
    """A ratio of 0 multiplies; the other way round there is no ratio."""
    found = matrix(("1", "2"), [Edge("1", "2", Status.BRIDGED, 0.0)])
    assert (found["1", "2"].ratio, found["2", "1"].ratio) == (0.0, None)


def test_the_verdict_is_that_of_the_interval_shown() -> None:
    """Four weeks: with normal quantiles they would show a change, with those of t, as printed, they do not."""
    days = _days([(100.0, 100.5), (100.0, 104.0), (100.0, 101.0), (100.0, 104.5)])
    found = effect(days, [], grain="week").total
    assert found.estimate is not None
    assert 1 in found.estimate.interval
    assert abs(found.estimate.ratio - 1) > 1.96 * found.estimate.se
    assert found.verdict is Verdict.INCONCLUSIVE


def test_a_segment_that_is_left_out_differs_from_the_rest() -> None:
    """A filter that drops a channel: the others keep their ratio of 1, so history is bridged by channel."""
    kept, gone = _days([(100.0, 100.0)] * 8), _days([(50.0, 0.0)] * 8)
    whole = _days([(150.0, 100.0)] * 8)
    found = effect(whole, [("channel", "web", kept), ("channel", "bots", gone)], grain="day")
    assert found.dimensions[0].by_segment
    link = linked("m", found, {("channel", "web"): kept, ("channel", "bots"): gone}, Nature(counts=True))
    assert {one.segment: one.value for one in link.segments} == {"web": 1.0, "bots": 0.0}
    assert segments.by_segment([0.0, 0.0], 1.0) is False


@pytest.mark.parametrize(("above", "says"), [((-5.0, 6.0), "sign"), ((1e-9, 5.0), "")], ids=["sign", "none"])
def test_a_quotient_without_a_ratio_says_which(above: tuple[float, float], says: str) -> None:
    """The reason is the real one, not that there is one period."""
    found = effect(_days([(*above, 10.0, 10.0)] * 4), [], grain="day").total
    assert found.estimate is None if says else found.estimate is not None
    assert says in found.reason


@pytest.mark.parametrize("value", [1e61, 10**400, float("inf"), float("nan")], ids=str)
def test_sums_beyond_reckoning_are_refused(value: float) -> None:
    """Squares of larger sums are infinite."""
    with pytest.raises(BadInput) as refused:
        number_of(value)
    assert refused.value.code == "value_infinite"


@pytest.mark.parametrize(("value", "found"), [(5e-324, 0.0), (-1e-70, 0.0), (1e-9, 1e-9), (None, None)], ids=str)
def test_what_is_left_of_nothing_is_nothing(value: float | None, found: float | None) -> None:
    """A sum that is not 0 by rounding alone must be no denominator."""
    assert number_of(value) == found
