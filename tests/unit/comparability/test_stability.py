"""W06 on the scale of the link: a difference, odds or an exact factor that stands still does not block."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.comparability.advice import Overlap, Reach, advise
from metricgov.domain.comparability.effect import Effect, Pair, effect
from metricgov.domain.comparability.link import Factor, Linked, LinkScale
from metricgov.domain.comparability.linking import expit
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.stability import moving
from metricgov.domain.comparability.warnings import Claimed, warnings
from metricgov.domain.workflow.vocabulary import Treatment

DAYS = [f"2026-01-{day:02}" for day in range(1, 29)]
NOISE = Random(11)
LEVELS = [100.0 + 10 * place for place in range(28)]
LOGITS = [-2 + 0.15 * place for place in range(28)]


def of(values: list[tuple[float, float]], scale: tuple[float, float] = (1, 1)) -> Effect:
    """Return the effect over days with these old and new values."""
    pairs = [Pair(day, old, new) for day, (old, new) in zip(DAYS, values, strict=True)]
    return effect(pairs, (), grain="day", scale=scale)


def said(found: Effect, scale: LinkScale | None) -> str:
    """Return what W06 says of a bridge on a scale, "" where it is silent."""
    link = Linked("m", Status.BRIDGED, scale, Factor(2.0, 0.1)) if scale is not None else None
    claimed = Claimed(treatment=Treatment.BRIDGE, link=link)
    return next((one.says for one in warnings(found, claimed) if one.id == "W06"), "")


NOISY = [NOISE.gauss(0, 0.5) for _ in DAYS]

SHIFTED = [(x, x + 50 + e) for x, e in zip(LEVELS, NOISY, strict=True)]
BELOW = [(-old, place + new - 2 * old - 50) for place, (old, new) in enumerate(SHIFTED)]
SHARES = [(expit(x), expit(x + 0.7)) for x in LOGITS]
STEEPER = [(expit(x), expit(x * 1.1 + 0.7)) for x in LOGITS]
ROUNDED = [(x, x * 60 * (1 + 1e-12 * place)) for place, x in enumerate(LEVELS)]
BITS = [(0.1 * x, 0.1 * x + 0.3) for x in LEVELS]

CASES: dict[str, tuple[list[tuple[float, float]], LinkScale | None, str]] = {
    "one difference, while the level grows": (SHIFTED, LinkScale.DIFFERENCE, ""),
    "the same, seen as a ratio": (SHIFTED, LinkScale.RATIO, "the ratio moves"),
    "the same, without a link": (SHIFTED, None, "the ratio moves"),
    "a difference that grows below 0": (BELOW, LinkScale.DIFFERENCE, "the difference moves within the overlap, by +"),
    "a difference that differs in the last bit": (BITS, LinkScale.DIFFERENCE, ""),
    "one ratio of odds, while the share grows": (SHARES, LinkScale.ODDS, ""),
    "the same shares, seen as a ratio": (SHARES, LinkScale.RATIO, "the ratio moves"),
    "odds that move": (STEEPER, LinkScale.ODDS, "the ratio of the odds moves"),
    "an exact factor, rounded by an engine": (ROUNDED, LinkScale.EXACT, ""),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_link_is_judged_on_its_own_scale(case: tuple[list[tuple[float, float]], LinkScale | None, str]) -> None:
    """W06 blocks where what the link keeps moves, and nowhere else."""
    values, scale, says = case
    found = said(of(values), scale)
    assert found.startswith(says)
    assert bool(found) is bool(says)


def test_a_difference_moves_in_the_unit_that_is_published() -> None:
    """The scale of the definitions goes into it, and shares at an end have no odds to move."""
    drift, size = moving(of([(x, x + place) for place, x in enumerate(LEVELS)], (100, 100)), LinkScale.DIFFERENCE)
    assert drift is not None
    assert drift.slope == pytest.approx(100)
    assert size == "+100"
    ends = of([(0.0, 0.5)] * 26 + [(0.2, 0.3)] * 2)
    assert moving(ends, LinkScale.ODDS) == (None, "")


def test_the_advice_follows() -> None:
    """Row 20 bridges by a difference that stands still; one that moves is row 26."""

    def row(overlap: Overlap) -> tuple[int, str]:
        found = advise(ChangeClass.BREAKING, intent=None, available=Reach.NOTHING, overlap=overlap)
        return found.row, found.reason

    assert row(Overlap(bridges=True, scale="difference"))[0] == 20
    number, says = row(Overlap(bridges=True, scale="difference", unstable="the difference moves"))
    assert (number, says) == (26, "the difference moves, so one difference would be false")


@given(st.lists(st.integers(-(10**8), 10**8), min_size=28, max_size=28), st.floats(-1e5, 1e5))
def test_one_difference_never_drifts(cents: list[int], difference: float) -> None:
    """Whatever the old values do: what is added to all of them alike stands still."""
    found, _ = moving(of([(x / 100, x / 100 + difference) for x in cents]), LinkScale.DIFFERENCE)
    assert found is not None
    assert found.p == 1


@given(st.lists(st.floats(-6, 6), min_size=28, max_size=28), st.floats(-2, 2))
def test_one_ratio_of_odds_never_drifts(logits: list[float], shift: float) -> None:
    """Shares of any size whose odds are multiplied alike."""
    found, _ = moving(of([(expit(x), expit(x + shift)) for x in logits]), LinkScale.ODDS)
    assert found is not None
    assert found.p == 1
