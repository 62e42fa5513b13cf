"""The effect of planted changes: found, sized, and warned about; and what cannot be estimated said instead."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.comparability.effect import Effect, Pair, effect, part_of
from metricgov.domain.comparability.paired import Cells, Estimator
from metricgov.domain.comparability.verdict import Verdict
from metricgov.domain.comparability.warnings import Claimed, Severity, warnings
from metricgov.domain.workflow.vocabulary import Intent, Treatment

RANDOM = random.Random(7)


def counted(both: int, new_only: int = 0, old_only: int = 0, period: str = "2026-01-01") -> Pair:
    """Return a period in which units were judged by both definitions."""
    cells = Cells(both, new_only, old_only)
    return Pair(period, cells.n_old, cells.n_new, cells=cells)


def summed(old: float | None, new: float | None, period: str = "2026-01-01") -> Pair:
    """Return a period of plain sums."""
    return Pair(period, old, new)


def share(old: float, old_below: float, new: float, new_below: float) -> Pair:
    """Return a period of a quotient."""
    return Pair("2026-01-01", old, new, old_below, new_below)


def of(*pairs: Pair, **more: object) -> Effect:
    """Return the effect on a total alone."""
    return effect(pairs, (), grain="day", **more)  # type: ignore[arg-type]


def codes(found: Effect, **claimed: object) -> set[str]:
    """Return the ids of the warnings."""
    return {one.id for one in warnings(found, Claimed(**claimed))}  # type: ignore[arg-type]


WEEKS = [counted(90 + RANDOM.randrange(5), 2, 8 + RANDOM.randrange(5)) for _ in range(28)]


def test_independent_units_get_the_paired_estimator() -> None:
    """Where periods scatter no more than units do, the units' own error counts (E1)."""
    found = of(*WEEKS).total
    assert found.estimate is not None
    assert found.estimate.estimator is Estimator.PAIRED_COUNTS
    assert found.cells is not None
    assert found.estimate.ratio == pytest.approx(found.cells.ratio)
    assert found.verdict is Verdict.MATERIAL
    assert not found.dependent


def test_days_that_move_together_get_the_clustered_estimator() -> None:
    """A change that hits every second day whole is no sum of independent units (E3, W11)."""
    days = [counted(100, 0, 0) if day % 2 else counted(40, 0, 60) for day in range(28)]
    found = of(*days)
    assert found.total.estimate is not None
    assert found.total.estimate.estimator is Estimator.CLUSTERED
    assert found.total.dependent
    assert "W11" in codes(found)


def test_few_differences_get_a_score_interval() -> None:
    """Nine of thousands judged differently (E2, W04)."""
    found = of(*[counted(200, 0, 1) for _ in range(9)])
    assert found.total.estimate is not None
    assert found.total.estimate.estimator is Estimator.FEW_DISCORDANT
    assert found.total.verdict is Verdict.IMMATERIAL or found.total.verdict is Verdict.EQUIVALENT
    assert "W04" in codes(found)


def test_no_difference_shows_equivalence_and_does_not_assert_it() -> None:
    """A dual run without any difference over many units is evidence; over few it is not."""
    assert of(*[counted(500) for _ in range(14)]).total.verdict is Verdict.EQUIVALENT
    assert of(*[counted(3) for _ in range(14)]).total.verdict is Verdict.INCONCLUSIVE


def test_sums_get_the_error_of_periods() -> None:
    """Amounts have no units to pair (E3)."""
    found = of(*[summed(100 + day, 90 + day) for day in range(14)]).total
    assert found.estimate is not None
    assert found.estimate.estimator is Estimator.CLUSTERED
    assert (found.old, found.new) == (1491, 1351)


def test_a_sum_near_zero_is_refused_a_ratio() -> None:
    """Net flows whose mean cannot be told from 0 (E5, W10)."""
    pairs = [summed(old, old + 1) for old in (3.0, -2.0, 4.0, -5.0, 1.0, -0.5, -0.2)]
    found = of(*pairs)
    assert found.total.estimate is None
    assert "difference" in found.total.reason
    assert "W10" in codes(found, treatment=Treatment.BRIDGE)


def test_a_vague_mean_gets_fiellers_set() -> None:
    """A denominator that is uncertain but not near 0 (E5)."""
    found = of(*[summed(old, old * 1.1) for old in (10.0, 2.0, 9.0, 1.0, 12.0, 3.0, 8.0)]).total
    assert found.estimate is not None
    assert found.estimate.estimator is Estimator.FIELLER


def test_a_spread_that_chance_could_make_is_called_so() -> None:
    """Two segments whose ratios differ by more than the margin, and by less than their errors (W03)."""

    def noisy(shift: float) -> list[Pair]:
        return [summed(100, 90 + shift + 40 * (day % 2)) for day in range(14)]

    def steady(ratio: float) -> list[Pair]:
        return [summed(100 + day, (100 + day) * ratio + day % 2) for day in range(14)]

    def said(first: list[Pair], second: list[Pair]) -> str:
        found = effect(noisy(0), (("c", "a", first), ("c", "b", second)), grain="day")
        return next(one.says for one in warnings(found, Claimed()) if one.id == "W03")

    assert "chance alone could do it" in said(noisy(0), noisy(6))
    assert "chance" not in said(steady(0.5), steady(0.9))


def test_quotients_move_by_both_parts() -> None:
    """C of a rate is C of its numerator over C of its denominator (E8), and scale is part of the definition."""
    pairs = [share(40 + day, 100 + day, 20 + day, 100 + day) for day in range(14)]
    found = effect(pairs, (), grain="day", scale=(100, 100)).total
    assert found.estimate is not None
    assert found.estimate.estimator is Estimator.RATIO_METRIC
    assert found.new is not None
    assert found.old is not None
    assert found.estimate.ratio == pytest.approx(found.new / found.old)
    percent = effect(pairs, (), grain="day", scale=(1, 100)).total
    assert percent.estimate is not None
    assert percent.estimate.ratio == pytest.approx(100 * found.estimate.ratio)


NO_PERIOD = "no period has a value under both definitions: look at the filters, and at how far the data reach"
NOTHING = {
    "no period": ((), NO_PERIOD),
    "never both": ((summed(1, None), summed(None, 1)), NO_PERIOD),
    "one period": ((summed(5, 4),), "one period shows no error"),
    "an old sum of nothing": ((summed(0, 4), summed(0, 1)), "the old definition sums to 0, so there is no ratio to it"),
    "an empty denominator": (
        (share(1, 0.5, 0, 1), share(1, 1, 0, 1)),
        "a numerator or denominator sums to 0, so there is no ratio",
    ),
}


@pytest.mark.parametrize(("pairs", "reason"), NOTHING.values(), ids=list(NOTHING))
def test_what_cannot_be_estimated_says_why(pairs: tuple[Pair, ...], reason: str) -> None:
    """Nothing is guessed."""
    found = of(*pairs).total
    assert found.estimate is None
    assert found.verdict is None
    assert found.reason == reason


def test_segments_that_differ_call_for_bridges_of_their_own() -> None:
    """A filter that moves one channel alone (W03); NULL is a segment."""
    web = [counted(60, 0, 1) for _ in range(28)]
    app = [counted(20, 0, 20) for _ in range(28)]
    total = [counted(80, 0, 21) for _ in range(28)]
    found = effect(total, (("channel", "web", web), ("channel", None, app)), grain="day")
    (channel,) = found.dimensions
    assert channel.by_segment
    assert [one.segment for one in channel.parts] == ["web", None]
    assert [round(one.share or 0, 3) for one in channel.parts] == [0.604, 0.396]
    assert "W03" in codes(found)
    alike = effect(total, (("channel", "a", web), ("channel", "b", web)), grain="day")
    assert not alike.dimensions[0].by_segment


def test_a_reversal_is_a_warning_for_quotients_and_stops_sums() -> None:
    """Both channels rise and the rate falls (W02); a sum cannot do that."""
    one = [share(10, 100, 12, 110) for _ in range(14)]
    other = [share(90, 100, 10, 11) for _ in range(14)]
    total = [share(100, 200, 22, 121) for _ in range(14)]
    found = effect(total, (("channel", "a", one), ("channel", "b", other)), grain="day")
    (said,) = [w for w in warnings(found, Claimed(additive=False)) if w.id == "W02"]
    assert said.severity is Severity.WARN
    (said,) = [w for w in warnings(found, Claimed(additive=True)) if w.id == "W02"]
    assert said.severity is Severity.BLOCK


TOLD = {
    "five days are no week": (of(*WEEKS[:5]), {}, "W05"),
    "a bridge needs a year": (of(*WEEKS), {"treatment": Treatment.BRIDGE}, "W05"),
    "too few periods": (of(*WEEKS[:5]), {}, "W04"),
    "a ratio that drifts": (of(*[summed(100, 100 - day) for day in range(28)]), {}, "W06"),
    "no detectable change": (of(*[counted(30, 1, 1) for _ in range(14)]), {}, "W07"),
    "others in the same number": (of(*[counted(80, 20, 20) for _ in range(28)]), {}, "W08"),
    "no effect is claimed and there is one": (of(*WEEKS), {"intent": Intent.NO_EFFECT}, "W21"),
    "no effect is claimed of a sum that moves": (
        of(*[summed(10, 11) for _ in range(14)]),
        {"intent": Intent.NO_EFFECT},
        "W21",
    ),
}


@pytest.mark.parametrize(("found", "claimed", "code"), TOLD.values(), ids=list(TOLD))
def test_a_warning_is_raised(found: Effect, claimed: dict[str, object], code: str) -> None:
    """Each trigger of the method pages that an effect alone can show."""
    assert code in codes(found, **claimed)


def test_a_clean_effect_warns_of_nothing() -> None:
    """Four whole weeks, enough units, one ratio, a change that is plain."""
    assert codes(of(*WEEKS)) == set()
    assert codes(of(*[counted(500) for _ in range(14)]), intent=Intent.NO_EFFECT) == {"W07", "W04"}


def test_many_segments_are_said_to_be_many() -> None:
    """Of eleven intervals one may miss by chance (W20)."""
    parts = [("country", str(number), WEEKS) for number in range(11)]
    assert "W20" in codes(effect(WEEKS, parts, grain="day"))


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=30))
def test_an_effect_never_contradicts_its_units(rows: list[tuple[int, int, int]]) -> None:
    """Whatever estimator is chosen, the ratio is that of the totals, and its interval holds it."""
    found = part_of("", None, [counted(*row) for row in rows])
    assert found.cells is not None
    assert found.estimate is not None
    assert found.estimate.ratio == pytest.approx(found.cells.ratio)
    assert found.estimate.interval.low <= found.estimate.ratio <= found.estimate.interval.high
