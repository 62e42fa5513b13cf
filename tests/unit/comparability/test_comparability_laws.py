"""Laws that estimators, splices, decompositions and the matrix keep for any input."""

from __future__ import annotations

from math import isclose, prod

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metricgov.domain.comparability import across_break, linking, paired, prediction, segments, timeline
from metricgov.domain.comparability.interval import Interval
from metricgov.domain.comparability.matrix import GRAVITY, Edge, Status, compare, matrix
from metricgov.domain.comparability.paired import Cells, Estimator
from metricgov.domain.comparability.verdict import Verdict, verdict

POSITIVE = st.floats(0.01, 1e6)
COUNTS = st.integers(0, 400)
CELLS = st.builds(Cells, st.integers(1, 400), COUNTS, COUNTS, COUNTS)


@given(st.lists(st.tuples(st.floats(0, 1e6), POSITIVE), min_size=1, max_size=8))
def test_a_total_lies_between_its_segments(rows: list[tuple[float, float]]) -> None:
    """The additive law: on one base no reversal is possible."""
    found = segments.additive([new for new, _ in rows], [old for _, old in rows])
    assert found.bounded
    assert isclose(sum(found.weights), 1)
    assert isclose(sum(w * r for w, r in zip(found.weights, found.ratios, strict=True)), found.total, abs_tol=1e-9)


@given(CELLS, CELLS)
def test_segments_account_for_the_whole_base(one: Cells, other: Cells) -> None:
    """The accounting law: a partition counts the same units as its base."""
    total = one + other
    assert (total.n_new, total.n_old) == (one.n_new + other.n_new, one.n_old + other.n_old)
    assert min(one.ratio, other.ratio) - 1e-12 <= total.ratio <= max(one.ratio, other.ratio) + 1e-12


@given(CELLS)
def test_intervals_hold_their_ratio(cells: Cells) -> None:
    """Every estimator's interval holds the ratio it belongs to, and few differences choose the score interval."""
    found = paired.estimate(cells)
    assert found.interval.low <= found.ratio <= found.interval.high
    few = 40 if 0 in (cells.new_only, cells.old_only) else 10
    assert found.estimator is (Estimator.FEW_DISCORDANT if cells.discordant < few else Estimator.PAIRED_COUNTS)
    hybrid = paired.hybrid_interval(cells)
    assert 0 < hybrid.low <= hybrid.high


@given(CELLS)
def test_turning_old_and_new_turns_the_interval(cells: Cells) -> None:
    """The score interval of old / new is the reciprocal of that of new / old."""
    turned = Cells(cells.both, cells.old_only, cells.new_only, cells.neither)
    there, back = paired.score_interval(cells), paired.score_interval(turned)
    assert isclose(there.low * back.high, 1, rel_tol=1e-6)
    assert isclose(there.high * back.low, 1, rel_tol=1e-6)


@given(CELLS)
def test_marginals_bound_the_error(cells: Cells) -> None:
    """What the totals alone allow (E7) holds the error that the cells give (E1)."""
    bounds = paired.marginal_bounds(cells.n_new, cells.n_old)
    assert bounds.low - 1e-9 <= paired.se(cells) <= bounds.high + 1e-9


@given(CELLS, COUNTS, COUNTS)
def test_coverage_bounds_hold_every_completion(cells: Cells, yes: int, no: int) -> None:
    """However the unknown units would be judged, the ratio lies within the bounds."""
    found = across_break.coverage(cells, old_yes_unknown=yes, old_no_unknown=no)
    for kept, entered in ((0, 0), (yes, 0), (0, no), (yes, no), (yes // 2, no // 2)):
        full = Cells(cells.both + kept, cells.new_only + entered, cells.old_only + yes - kept)
        assert found.bounds.low - 1e-12 <= full.ratio <= found.bounds.high + 1e-12


@given(st.floats(-1e5, 1e5), POSITIVE, st.floats(-1e5, 1e5))
def test_parts_of_a_difference_sum(old: float, ratio: float, new: float) -> None:
    """Definition and real movement are all there is."""
    found = across_break.difference(old, ratio, new)
    assert found.definition + found.real == pytest.approx(found.naive, abs=1e-3)


FACTORS = st.dictionaries(st.sampled_from("abcd"), st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=4)


@given(FACTORS)
def test_shapley_values_sum_to_the_change(factors: dict[str, tuple[float, float]]) -> None:
    """Nothing of a change is left over, and a factor that did not move contributes nothing."""
    before = {name: pair[0] for name, pair in factors.items()}
    after = {name: pair[1] for name, pair in factors.items()}
    found = segments.shares_of_change(before, after)
    change = prod(after.values()) - prod(before.values())
    scale = max(prod(after.values()), prod(before.values()), *(abs(one) for one in found.values()))
    assert abs(sum(found.values()) - change) <= 1e-9 * scale
    still = segments.shares_of_change({**before, "z": 2.0}, {**after, "z": 2.0})
    assert still["z"] == 0


@given(st.lists(st.tuples(POSITIVE, st.floats(0, 1)), min_size=1, max_size=5))
def test_a_transfer_moves_and_loses_nothing(rows: list[tuple[float, float]]) -> None:
    """The total before and after a reclassification is the same (W19)."""
    values = {f"old{place}": value for place, (value, _) in enumerate(rows)}
    table = {f"old{place}": {"x": share, "y": 1 - share} for place, (_, share) in enumerate(rows)}
    assert sum(segments.transferred(values, table).values()) == pytest.approx(sum(values.values()))


@given(st.lists(POSITIVE, min_size=1, max_size=6), POSITIVE)
def test_a_ratio_splice_keeps_growth(history: list[float], factor: float) -> None:
    """Growth rates of history are those it had."""
    moved = linking.splice_ratio(history, factor).values
    assert all(
        isclose(history[i + 1] * moved[i], history[i] * moved[i + 1], rel_tol=1e-9) for i in range(len(history) - 1)
    )


@given(st.lists(st.floats(0.001, 0.999), min_size=1), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_a_logit_splice_stays_within_bounds(history: list[float], old: float, new: float) -> None:
    """Shares stay shares, and the overlap value itself becomes the new one."""
    shift = linking.logit_shift(old, new)
    assert all(0 < one < 1 for one in linking.splice_logit(history, shift).values)
    assert linking.splice_logit([old], shift).values[0] == pytest.approx(new)


@given(st.lists(POSITIVE, min_size=4, max_size=4), st.lists(POSITIVE, min_size=2, max_size=2))
def test_denton_meets_its_targets(indicator: list[float], wanted: list[float]) -> None:
    """The mean of each block is its target."""
    assume(max(indicator) / min(indicator) < 1e3 and max(wanted) / min(wanted) < 1e3)
    found = linking.denton(indicator, wanted)
    assert [sum(found[:2]) / 2, sum(found[2:]) / 2] == pytest.approx(wanted, rel=1e-6)


STATUSES = st.sampled_from([Status.RESTATED, Status.BRIDGED, Status.BRIDGED_BY_SEGMENT, Status.BROKEN])
LINKS = st.lists(st.tuples(STATUSES, st.floats(0.2, 5), st.floats(0, 0.2)), min_size=1, max_size=6)


@given(LINKS)
def test_a_matrix_is_reciprocal_and_as_good_as_its_worst_link(rows: list[tuple[Status, float, float]]) -> None:
    """m_ij × m_ji = 1, errors are symmetric, a break makes the pair null and never 1 or 0."""
    versions = [str(place) for place in range(len(rows) + 1)]
    edges = [Edge(str(i), str(i + 1), status, ratio, rse) for i, (status, ratio, rse) in enumerate(rows)]
    found = matrix(versions, edges)
    for (old, new), entry in found.items():
        back = found[new, old]
        assert back.status is entry.status
        assert back.rse == pytest.approx(entry.rse)
        between = rows[min(int(old), int(new)) : max(int(old), int(new))]
        worst = max((status for status, *_ in between), key=GRAVITY.__getitem__, default=Status.SAME)
        assert entry.status is worst
        if worst is Status.BROKEN:
            assert entry.ratio is None
        else:
            assert entry.ratio is not None
            assert back.ratio is not None
            assert entry.ratio * back.ratio == pytest.approx(1)


def test_a_direct_measurement_beats_the_path() -> None:
    """Two links of 1.1 say 1.21; a dual run of the ends says what it says."""
    edges = [Edge("1", "2", Status.BRIDGED, 1.1, 0.1), Edge("2", "3", Status.BRIDGED, 1.1, 0.1)]
    assert compare(("1", "2", "3"), edges, "1", "3").ratio == pytest.approx(1.21)
    direct = (*edges, Edge("1", "3", Status.BRIDGED, 1.3, 0.02))
    found = compare(("1", "2", "3"), direct, "3", "1")
    assert found.ratio == pytest.approx(1 / 1.3)
    assert (found.rse, found.hops) == (0.02, 1)


@given(st.lists(st.tuples(st.floats(-0.5, 0.5), st.floats(0.001, 0.1)), min_size=2, max_size=12))
def test_a_prediction_is_never_narrower_than_its_mean(rows: list[tuple[float, float]]) -> None:
    """A bridge is a prediction: its interval holds that of the mean."""
    found = prediction.predict([one for one, _ in rows], [error for _, error in rows])
    assert found.elsewhere.low <= found.mean.low <= found.ratio <= found.mean.high <= found.elsewhere.high
    assert found.rse >= found.se_mean


@given(st.floats(0.5, 2), st.floats(0.0001, 0.2))
def test_a_verdict_does_not_depend_on_which_is_called_old(ratio: float, rse: float) -> None:
    """1 / C gets the word of C."""
    assert verdict(ratio, rse * ratio) is verdict(1 / ratio, rse / ratio)


def test_no_error_and_no_change_is_equivalent() -> None:
    """A dual run without any difference shows it; it is not merely asserted."""
    assert verdict(1.0, 0.0) is Verdict.EQUIVALENT
    assert verdict(1.5, 0.0) is Verdict.MATERIAL


DAYS = st.dates().map(lambda day: day.isoformat())


@given(st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=5), DAYS, DAYS)
def test_a_day_is_measured_by_what_was_known(rows: list[tuple[str, str]], day: str, known_at: str) -> None:
    """As-of answers never come from the future, and knowing more never turns an answer into none."""
    spans = timeline.intervals((str(place), start, known) for place, (start, known) in enumerate(rows))
    found = timeline.as_of(spans, day, known_at)
    if found is not None:
        assert found.known_from <= known_at
        assert found.start <= day
        assert timeline.as_of(spans, day, "9999-12-31") is not None


def test_an_interval_holds_its_ends() -> None:
    """Limits belong to an interval."""
    assert 1.0 in Interval(1.0, 2.0)
    assert 2.1 not in Interval(1.0, 2.0)
