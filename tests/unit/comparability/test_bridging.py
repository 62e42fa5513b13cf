"""Old values moved over chains of links: by segment, by part, on each scale, with their errors; what is refused."""

from __future__ import annotations

from math import isclose, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.comparability.bridging import Cell, Moved, chained, check, moved, needed, share_days
from metricgov.domain.comparability.interval import t
from metricgov.domain.comparability.joining import Stretch
from metricgov.domain.comparability.link import Factor, Linked, LinkScale
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.propagation import product
from metricgov.domain.comparability.series_warnings import series_warnings
from metricgov.domain.comparability.thresholds import Thresholds
from metricgov.domain.errors import Refused

CHANNELS = (
    Factor(0.9, 0.009, "web", "channel"),
    Factor(0.5, 0.05, "app", "channel"),
)


def link(**more: object) -> Linked:
    """Return a link of 0.8 ± 0.008, measured in 2025."""
    facts: dict[str, object] = {
        "metric": "visits",
        "status": Status.BRIDGED,
        "scale": LinkScale.RATIO,
        "factor": Factor(0.8, 0.008),
        "scatter": {},
        "start": "2025-01-01",
        "end": "2026-01-01",
        "grain": "day",
        "periods": 365,
    }
    return Linked(**(facts | more))  # type: ignore[arg-type]  # by name


def whole(cells: dict[tuple[str | None, ...], Cell], *chain: Linked, names: tuple[str, ...] = ()) -> Moved:
    """Return everything, moved."""
    (found,) = moved(cells, chain, names=names, asked=0, grain="day").values()
    return found


BY_CHANNEL = link(segments=CHANNELS, dimension="channel", status=Status.BRIDGED_BY_SEGMENT)


def test_a_total_is_multiplied_and_its_error_is_that_of_the_factor() -> None:
    """Relative errors stay as they are."""
    found = whole({(): Cell(1000)}, link())
    assert (found.value, found.old) == (800, 1000)
    assert found.se == pytest.approx(8)
    assert found.interval.low < 800 < found.interval.high
    assert found.interval.high / 800 == pytest.approx(800 / found.interval.low)


def test_segments_are_moved_each_by_its_own_factor() -> None:
    """The implied total ratio follows the mix (1.5); cells that share a factor share its error."""
    cells = {("web",): Cell(100), ("app",): Cell(300)}
    found = whole(cells, BY_CHANNEL, names=("channel",))
    assert found.value == pytest.approx(0.9 * 100 + 0.5 * 300)
    assert found.se == pytest.approx(sqrt((100 * 0.009) ** 2 + (300 * 0.05) ** 2))
    split = {("web", "de"): Cell(60), ("web", "fr"): Cell(40), ("app", None): Cell(300)}
    again = whole(split, BY_CHANNEL, names=("channel", "country"))
    assert again.value == pytest.approx(found.value)
    assert again.se == pytest.approx(found.se)


def test_a_segment_without_a_factor_borrows_that_of_everything() -> None:
    """And how much did is told."""
    found = whole({("web",): Cell(75), ("kiosk",): Cell(25)}, BY_CHANNEL, names=("channel",))
    assert found.value == pytest.approx(75 * 0.9 + 25 * 0.8)
    assert found.borrowed == 0.25


def test_of_a_quotient_both_parts_are_moved() -> None:
    """FIPP's illustration of Facebook 2016: C of the numerator 1, of the denominator 10, of the quotient 0.1."""
    one = link(factor=Factor(0.1, 0.001, above=1.0, below=10.0))
    found = whole({(): Cell(50, 100)}, one)
    assert (found.old, found.value) == (0.5, pytest.approx(0.05))
    two = link(
        factor=Factor(0.5, 0.0, above=1.0, below=2.0),
        segments=(Factor(1, 0, "a", "g", 1.0, 1.0), Factor(0.1, 0, "b", "g", 1.0, 10.0)),
        dimension="g",
    )
    mixed = whole({("a",): Cell(50, 100), ("b",): Cell(50, 100)}, two, names=("g",))
    assert mixed.value == pytest.approx(100 / 1100)


def test_balances_are_moved_by_a_difference() -> None:
    """Below 0 too; its error is in units and does not grow with the value."""
    one = link(scale=LinkScale.DIFFERENCE, factor=Factor(2.0, 0.3), scatter={"day": 0.4}, rolls_up=False)
    found = whole({(): Cell(-5)}, one)
    assert (found.value, found.se) == (-3, pytest.approx(0.5))
    assert found.interval.high + 3 == pytest.approx(t(0.95, 364) * 0.5)


def test_shares_keep_their_odds() -> None:
    """D-SPLICE-LOGIT: 0.99 stays below 1 where a ratio would pass it."""
    odds = (0.98 / 0.02) / (0.95 / 0.05)
    found = whole({(): Cell(0.99)}, link(scale=LinkScale.ODDS, factor=Factor(odds, 0.1 * odds), rolls_up=False))
    assert found.value == pytest.approx(0.9961, abs=2e-4)
    assert found.interval.high < 1
    percent = moved(
        {(): Cell(0.99)},
        (link(scale=LinkScale.ODDS, factor=Factor(odds, 0), top=100.0, rolls_up=False),),
        names=(),
        asked=0,
        grain="day",
        scale=100,
    )
    assert percent[()].value == pytest.approx(100 * found.value)


def test_a_chain_multiplies_and_its_errors_follow_goodman() -> None:
    """Independent links: exact; links of the same days are not independent, so their errors are added."""
    earlier = link(factor=Factor(1.2, 0.06), start="2023-01-01", end="2024-01-01")
    found = whole({(): Cell(100)}, earlier, link())
    exact = product([1.2, 0.8], [0.06, 0.008])
    assert found.value == pytest.approx(96)
    assert found.rse == pytest.approx(exact.rse_exact)
    shared = whole({(): Cell(100)}, link(factor=Factor(1.2, 0.06)), link())
    assert shared.rse == pytest.approx(0.05 + 0.01)
    assert shared.rse > found.rse


def test_scatter_between_periods_widens_a_prediction() -> None:
    """E9: the ratio of another period is not known as well as the mean ratio."""
    found = whole({(): Cell(100)}, link(scatter={"day": 0.1}))
    assert found.rse == pytest.approx(sqrt(0.01**2 + 0.1**2))


@given(st.lists(st.tuples(st.sampled_from(["web", "app", None]), st.floats(1, 1e6)), min_size=1, max_size=8))
def test_a_total_lies_between_what_its_factors_give(rows: list[tuple[str | None, float]]) -> None:
    """The additive law, for every mix: a bridged total lies between the least and the largest factor times the old."""
    cells = {(channel, str(place)): Cell(value) for place, (channel, value) in enumerate(rows)}
    found = whole(cells, BY_CHANNEL, names=("channel", "row"))
    assert 0.5 - 1e-9 <= found.value / found.old <= 0.9 + 1e-9
    backwards = dict(reversed(cells.items()))
    assert whole(backwards, BY_CHANNEL, names=("channel", "row")) == found
    parts = moved(cells, (BY_CHANNEL,), names=("channel", "row"), asked=1, grain="day")
    assert isclose(sum(one.value for one in parts.values()), found.value, rel_tol=1e-9)


REFUSED: dict[str, tuple[Linked, tuple[str, ...], str, str]] = {
    "another breakdown": (link(uniform=("country",)), ("colour",), "day", "nobody measured the link by colour"),
    "distinct counts at another grain": (link(rolls_up=False), (), "month", "measured by day, not by month"),
    "distinct counts by a dimension": (link(rolls_up=False), ("channel",), "day", "nobody measured"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_what_was_not_measured_there_is_refused(case: tuple[Linked, tuple[str, ...], str, str]) -> None:
    """W14."""
    one, asked, grain, says = case
    with pytest.raises(Refused, match=says):
        check((one,), asked, grain)


@pytest.mark.parametrize(
    ("one", "asked", "grain"),
    [
        (link(uniform=("country",)), ("country",), "year"),
        (BY_CHANNEL, ("channel",), "month"),
        (link(rolls_up=False), (), "day"),
        (link(rolls_up=False, segments=CHANNELS, dimension="channel"), ("channel",), "day"),
    ],
    ids=["uniform", "by segment", "as measured", "each segment"],
)
def test_what_was_measured_may_be_asked(one: Linked, asked: tuple[str, ...], grain: str) -> None:
    """The dimensions that have to be read are those asked for and that of the link."""
    check((one,), asked, grain)
    expected = ("channel",) if one.segments else asked
    assert set(needed((one,), asked)) == set(expected) | set(asked)


def test_a_ratio_cannot_carry_values_below_zero() -> None:
    """W10: the guard is on the data."""
    with pytest.raises(Refused, match="W10"):
        whole({(): Cell(-1)}, link())


def test_an_end_of_the_scale_has_no_odds() -> None:
    """At exactly 1 there is no bridge."""
    with pytest.raises(Refused, match="W10"):
        whole({(): Cell(1.0)}, link(scale=LinkScale.ODDS, rolls_up=False))


def test_exact_conversions_bring_no_error() -> None:
    """And depend on nothing that was measured on the same days."""
    exact = link(scale=LinkScale.EXACT, factor=Factor(60.0, 0.0))
    found = whole({(): Cell(2)}, exact)
    assert (found.value, found.se, found.interval.values) == (120, 0, (120, 120))
    assert not share_days((exact, exact))
    assert chained([0.0, 0.0], (exact, exact)) == 0


def test_what_a_reader_is_told() -> None:
    """Far from the overlap, a mix that moved, many bridges, breaks that were insisted on."""
    near = Stretch("1", "2025-06-01", "2025-12-01", chain=(link(),))
    fine = whole({(): Cell(100)}, link())
    assert series_warnings((near,), ((near, [fine]),), across_breaks=False) == ()
    far = Stretch("1", "2020-01-01", "2025-12-01", chain=(BY_CHANNEL, link(), link()))
    rough = Moved(100, 120, 20, fine.interval, borrowed=0.3)
    found = series_warnings((far,), ((far, [rough]),), across_breaks=False)
    assert [one.id for one in found] == ["W12", "W13", "W15", "W15"]
    patient = Thresholds(bridges=3, vague=0.5, margin=0.4)
    found = series_warnings((far,), ((far, [rough]),), across_breaks=False, limits=patient)
    assert [(one.id, one.code) for one in found] == [("W12", "EXTRAPOLATION"), ("W15", "COMMON_BASE")]
    alone = Stretch("1", "2025-06-01", "2025-12-01", chain=(BY_CHANNEL,))
    other_mix = whole({("web",): Cell(100)}, BY_CHANNEL, names=("channel",))
    (mix,) = series_warnings((alone,), ((alone, [other_mix]),), across_breaks=False)
    assert mix.id == "W13"
    assert "0.900" in mix.says
    broken = Stretch("2", "2026-01-01", "2026-06-01", breaks=True, before="1")
    (told,) = series_warnings((broken,), (), across_breaks=True)
    assert told.id == "W16"
