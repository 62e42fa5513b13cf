"""Warnings about the data behind a ratio, on both sides of every threshold, and settings that move it."""

from __future__ import annotations

import random
from dataclasses import replace
from math import exp
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.comparability.breakpoints import step, undeclared
from metricgov.domain.comparability.coverage import Coverage, crosses, of_sums, of_units
from metricgov.domain.comparability.effect import Effect, Mix, Pair, effect
from metricgov.domain.comparability.interval import Interval
from metricgov.domain.comparability.paired import Cells
from metricgov.domain.comparability.thresholds import Thresholds
from metricgov.domain.comparability.warned import Claimed, Severity, Warned
from metricgov.domain.comparability.warnings import warnings
from metricgov.domain.definitions.engines import EffectSettings
from metricgov.domain.workflow.vocabulary import Intent, Treatment

DAYS = [f"2026-{month:02}-{day:02}" for month in (1, 2, 3) for day in range(1, 29)]
BRIDGED: dict[str, Any] = {"treatment": Treatment.BRIDGE}


def counted(unknown: tuple[int, int] = (0, 0), *, new_only: int = 0, old_only: int = 200) -> Effect:
    """Return the effect on 1,000 units a day; the unknown ones are all of one day."""
    pairs = []
    for place, day in enumerate(DAYS):
        cells = Cells(1000 - old_only, new_only, old_only)
        pairs.append(Pair(day, cells.n_old, cells.n_new, cells=cells, unknown=unknown if place == 0 else (0, 0)))
    return effect(pairs, (), grain="day")


def said(found: Effect, id_: str, limits: Thresholds | None = None, **claimed: Any) -> list[Warned]:
    """Return the warnings of one id."""
    every = warnings(found, Claimed(**claimed), limits or Thresholds())
    return [one for one in every if one.id == id_]


PLAIN = counted()
TOTAL = 1000 * len(DAYS)


class TestCoverage:
    """W01."""

    @pytest.mark.parametrize(
        ("unknown", "blocks"),
        [
            pytest.param((0, 0), False, id="all judged"),
            pytest.param((int(0.02 * TOTAL) - 1, 0), False, id="just above 98%"),
            pytest.param((int(0.02 * TOTAL) + 1, 0), True, id="just below 98% of the old"),
            pytest.param((0, int(0.02 * TOTAL) + 1), True, id="just below 98% of the new"),
        ],
    )
    def test_too_few_judged_by_both_block(self, unknown: tuple[int, int], blocks: bool) -> None:
        assert [one.severity for one in said(counted(unknown), "W01")] == ([Severity.BLOCK] if blocks else [])

    def test_a_registry_moves_the_threshold(self) -> None:
        few = counted((int(0.02 * TOTAL) + 1, 0))
        assert not said(few, "W01", Thresholds(coverage=0.9))
        assert said(counted((100, 0)), "W01", Thresholds(coverage=0.999))

    @pytest.mark.parametrize(
        ("ratio", "low", "high", "what"),
        [
            pytest.param(0.9, 0.88, 0.95, "", id="moves nothing"),
            pytest.param(0.99, 0.97, 1.01, "its direction", id="past one"),
            pytest.param(1.01, 1.005, 1.05, "whether it matters", id="past the margin"),
            pytest.param(0.95, 0.94, 0.985, "whether it matters", id="into the margin"),
        ],
    )
    def test_the_worst_case_is_looked_at(self, ratio: float, low: float, high: float, what: str) -> None:
        assert crosses(ratio, Interval(low, high), 0.02) == what

    def test_sids(self) -> None:
        """NCHS: 208 deaths without a second code turn +5.7% into -1.5%."""
        found = of_units(2991, 3161, 0, 208)
        assert found.new < 0.98
        assert found.worst is not None
        assert found.worst.low == pytest.approx(3161 / (2991 + 208))
        assert crosses(3161 / 2991, found.worst, 0.02) == "its direction"

    def test_periods_of_one_side_count_for_sums(self) -> None:
        assert of_sums([(90, 90, True), (10, 0, False)]) == Coverage(0.9, 1.0)
        assert of_sums([(-5, 1, True)]) is None

    @pytest.mark.parametrize(("missing", "blocks"), [(range(3), False), (range(81, 84), False), (range(40, 43), True)])
    def test_only_gaps_within_the_overlap_count(self, missing: range, blocks: bool) -> None:
        """A longer window of maturity ends earlier; that is no gap."""
        pairs = [Pair(day, 100.0, None if place in missing else 90.0) for place, day in enumerate(DAYS)]
        found = effect(pairs, (), grain="day")
        assert bool(said(found, "W01")) is blocks
        assert said(found, "W17")

    @given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 50), st.integers(0, 50))
    def test_the_worst_case_holds_the_ratio(self, both: int, rest: int, old: int, new: int) -> None:
        found = of_units(both + rest + old, both + rest + new, old, new)
        ratio = (both + rest + new) / (both + rest + old)
        assert found.worst is None or found.worst.low <= ratio <= found.worst.high
        assert 0 <= found.least <= 1


class TestBridges:
    """W12, W13, W14: history that a ratio is carried to."""

    @pytest.mark.parametrize(
        ("start", "warns"),
        [
            pytest.param("2025-10-10", False, id="as long as the overlap"),
            pytest.param("2025-10-09", True, id="a day longer"),
            pytest.param("", False, id="nobody knows"),
        ],
    )
    def test_more_history_than_overlap(self, start: str, warns: bool) -> None:
        long = replace(PLAIN, pairs=(*PLAIN.pairs[:-1], replace(PLAIN.pairs[-1], period="2026-03-25")))
        assert bool(said(long, "W12", reported_from=start, **BRIDGED)) is warns
        assert not said(long, "W12", reported_from=start)

    @pytest.mark.parametrize(("tau", "warns"), [(0.099, False), (0.101, True)])
    def test_a_vague_bridge(self, tau: float, warns: bool) -> None:
        dice = random.Random(3)
        pairs = []
        for day in DAYS:
            old_only = int(300 + 1000 * dice.gauss(0, 0.01))
            cells = Cells(1000 - old_only, 0, old_only)
            pairs.append(Pair(day, cells.n_old, cells.n_new, cells=cells))
        found = effect(pairs, (), grain="day")
        assert found.stable is not None
        vague = replace(found, stable=replace(found.stable, tau2=tau**2, se_mean=0.0))
        assert bool(said(vague, "W12", **BRIDGED)) is warns
        assert bool(said(vague, "W12", Thresholds(vague=0.2), **BRIDGED)) is False

    @pytest.mark.parametrize(("implied", "warns"), [(0.8 * 1.0099, False), (0.8 * 1.0101, True), (0.8 * 0.9899, True)])
    def test_other_shares_before(self, implied: float, warns: bool) -> None:
        """Half a margin is enough."""
        found = replace(PLAIN, mixes=(Mix("channel", 0.8, implied),))
        assert bool(said(found, "W13", **BRIDGED)) is warns
        assert not said(found, "W13")

    @pytest.mark.parametrize(
        ("aggregate", "blocks"), [("percentile", True), ("median", True), ("count_distinct", False), ("sum", False)]
    )
    def test_no_factor_moves_a_percentile(self, aggregate: str, blocks: bool) -> None:
        assert bool(said(PLAIN, "W14", aggregate=aggregate, **BRIDGED)) is blocks
        assert not said(PLAIN, "W14", aggregate=aggregate)


@pytest.mark.parametrize(("periods", "warns"), [(len(DAYS), False), (len(DAYS) + 1, True)])
def test_a_partial_base_is_preliminary(periods: int, warns: bool) -> None:
    """W17: a period without both values."""
    assert bool(said(replace(PLAIN, periods=periods), "W17")) is warns


def noisy(size: float = 0.0, at: int = 42, *, trend: float = 0.0, seed: int = 5, n: int = 84) -> list[float]:
    """Return days around 1,000 with weekends, a trend, and a step from a day on."""
    dice = random.Random(seed)
    return [
        1000 * exp(dice.gauss(0, 0.02) + trend * day + (size if day >= at else 0) - (0.3 if day % 7 in (5, 6) else 0.0))
        for day in range(n)
    ]


class TestSteps:
    """W18."""

    def test_a_step_is_found_where_it_is(self) -> None:
        found = step(DAYS, noisy(0.2), weekly=True)
        assert found is not None
        assert abs(DAYS.index(found.period) - 42) <= 1
        assert found.factor == pytest.approx(exp(0.2), rel=0.03)

    @pytest.mark.parametrize("trend", [0.0, 0.005, -0.01])
    def test_growth_and_weekends_are_none(self, trend: float) -> None:
        found = [step(DAYS, noisy(trend=trend, seed=seed), weekly=True) for seed in range(40)]
        assert sum(one is not None for one in found) <= 3

    def test_too_few_periods_and_values_below_zero_say_nothing(self) -> None:
        assert step(DAYS[:27], noisy(0.5, 14, n=27)) is None
        assert step(DAYS, [0.0, *noisy(0.5)[1:]]) is None
        assert step(DAYS, [5.0] * len(DAYS)) is None

    @pytest.mark.parametrize(
        ("starts", "margin", "says"),
        [
            pytest.param((), 0.02, True, id="no version begins"),
            pytest.param(("2026-02-15",), 0.02, False, id="a version begins there"),
            pytest.param(("2026-02-17",), 0.02, False, id="two days beside"),
            pytest.param(("2026-02-25",), 0.02, True, id="far beside"),
            pytest.param((), 0.5, False, id="within the margin"),
        ],
    )
    def test_only_what_matters_and_nobody_declared(self, starts: tuple[str, ...], margin: float, says: bool) -> None:
        found = step(DAYS, noisy(0.2), weekly=True)
        assert undeclared(found, DAYS, starts, margin) is says

    def test_an_effect_says_it(self) -> None:
        pairs = [Pair(day, value, 0.9 * value) for day, value in zip(DAYS, noisy(0.2), strict=True)]
        found = effect(pairs, (), grain="day")
        (one,) = said(found, "W18")
        assert "step by +2" in one.says
        assert one.severity is Severity.WARN
        assert not said(found, "W18", starts=("2026-02-15",))


class TestAccounting:
    """W19."""

    def segmented(self, moved: float = 0.0, lost: float = 0.0) -> Effect:
        """Return two channels; some of one go to the other, and some of the new one are lost."""
        total = [Pair(day, 100, 100 - lost) for day in DAYS]
        web = [Pair(day, 60, 60 - moved) for day in DAYS]
        app = [Pair(day, 40, 40 + moved - lost) for day in DAYS]
        return effect(total, [("channel", "web", web), ("channel", "app", app)], grain="day")

    def test_what_is_only_sorted_anew_keeps_its_total(self) -> None:
        sorted_anew = frozenset({"channel"})
        assert not said(self.segmented(moved=5), "W19", reclassified=sorted_anew)
        (one,) = said(self.segmented(moved=5, lost=1), "W19", reclassified=sorted_anew)
        assert "from 8,400 to 8,316" in one.says
        assert not said(self.segmented(moved=5, lost=1), "W19")
        assert not said(self.segmented(moved=5, lost=1), "W19", reclassified=sorted_anew, additive=False)

    def test_segments_sum_to_the_total(self) -> None:
        found = effect(
            [Pair(day, 100, 90) for day in DAYS], [("c", "x", [Pair(day, 99, 90) for day in DAYS])], grain="day"
        )
        (one,) = said(found, "W19")
        assert "sum to 8,316 under the old definition, not to 8,400" in one.says


class TestThresholds:
    """Every number is a setting, for all metrics or for those of a tier."""

    def test_settings_are_the_defaults_of_the_methods(self) -> None:
        assert Thresholds(**EffectSettings().thresholds()) == Thresholds()  # type: ignore[arg-type]

    def test_a_tier_differs_where_it_says_so(self) -> None:
        settings = EffectSettings.model_validate(
            {"margin": 0.03, "tiers": {"primary": {"margin": 0.01, "segments": 3}, "diagnostic": {"churn": 0.5}}}
        )
        assert settings.thresholds()["margin"] == 0.03
        primary = settings.thresholds("primary")
        assert (primary["margin"], primary["segments"], primary["churn"]) == (0.01, 3, 0.05)
        assert settings.thresholds("diagnostic")["churn"] == 0.5

    @pytest.mark.parametrize(
        ("found", "id_", "name", "loose"),
        [
            pytest.param(counted(old_only=990), "W04", "units", 1, id="units"),
            pytest.param(replace(PLAIN, pairs=PLAIN.pairs[:6]), "W04", "periods", 6, id="periods"),
            pytest.param(counted(new_only=100, old_only=100), "W08", "churn", 0.5, id="churn"),
        ],
    )
    def test_each_one_moves_its_warning(self, found: Effect, id_: str, name: str, loose: float) -> None:
        strict = {"units": 10_000_000, "periods": 7, "churn": 0.05}[name]
        assert said(found, id_, Thresholds(**{name: strict}))  # type: ignore[arg-type]
        assert not said(found, id_, Thresholds(**{name: loose}))  # type: ignore[arg-type]


def test_what_is_claimed_to_do_nothing_is_believed_only_without_a_difference() -> None:
    """W21."""
    assert said(PLAIN, "W21", intent=Intent.NO_EFFECT)
    assert not said(counted(old_only=0), "W21", intent=Intent.NO_EFFECT)
