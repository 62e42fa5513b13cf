"""Targets, thresholds and readers of a metric whose definition moves: by kind, with intervals, and what stops."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.comparability.effect import Effect, Pair, effect
from metricgov.domain.comparability.link import Factor, Linked, LinkScale
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.moved_targets import Fate, Goal, goals, level, readers, target_warnings, to_set
from metricgov.domain.comparability.targets import rebase_difference
from metricgov.domain.workflow.vocabulary import Treatment

DAYS = [f"2026-01-{day:02}" for day in range(1, 29)]


def total(old: float, new: float) -> Effect:
    """Return the effect on a sum of so much a day."""
    return effect([Pair(day, old, new) for day in DAYS], (), grain="day")


def linked(factor: float, se: float = 0.0, scale: LinkScale = LinkScale.RATIO, **more: Any) -> Linked:
    """Return a link with one factor."""
    return Linked("m", Status.BRIDGED, scale, Factor(factor, se), **more)


def metric(value: float = 1000, *, kind: str | None = "absolute", direction: str = "up_is_better", **kpi: Any) -> Any:
    """Return a raw definition with a target."""
    target = {"value": value, "by": "2026-12-31"} | ({"kind": kind} if kind else {})
    return {"direction": direction, "kpi": {"target": target} | kpi}


def one(before: Any, after: Any | None = None, *, old: float = 980, factor: float = 1.06, **more: Any) -> Goal:
    """Return what happens to the target."""
    link = linked(factor, **more)
    (found,) = goals(before, after or before, total(old, old * factor), link)
    return found


def test_a_target_that_would_be_met_by_definition_stops() -> None:
    """D-TARGET: 980 of 1000 is missed, 1038.8 of 1000 would be met, of 1060 it is missed as before."""
    found = one(metric())
    assert found.rebased == pytest.approx(1060)
    assert found.fate is Fate.UNMOVED
    assert found.flips == "not met before, met by definition alone (1039 against 1000)"
    (warned,) = target_warnings([found], ())
    assert (warned.id, warned.severity.value) == ("W09", "block")
    assert "on the new basis it is 1060" in warned.says
    assert to_set([found]) == {"kpi.target.value": 1060.0}


@pytest.mark.parametrize(
    ("kind", "fate", "rebased"),
    [
        ("absolute", Fate.UNMOVED, 1060.0),
        ("percent_improvement", Fate.STAYS, 1000.0),
        ("elimination", Fate.STAYS, 1000.0),
        ("coverage", Fate.STAYS, 1000.0),
        ("same_as", Fate.STAYS, 1000.0),
        (None, Fate.NO_KIND, None),
    ],
)
def test_targets_move_by_their_kind(kind: str | None, fate: Fate, rebased: float | None) -> None:
    """D-TARGET-HP2010: elimination, coverage and another's target stay, an improvement stays the same percent."""
    found = one(metric(kind=kind))
    assert found.fate is fate
    assert found.rebased == (None if rebased is None else pytest.approx(rebased))
    assert bool(list(target_warnings([found], ()))) is (fate in (Fate.UNMOVED, Fate.NO_KIND))


def test_the_baseline_of_an_improvement_moves() -> None:
    """D-TARGET-HP2010: the percent stays, what it is a percent of is on the new basis."""
    before = metric(30, kind="percent_improvement", baseline={"value": 200, "as_of": "2026-01-01"})
    found = {goal.field: goal for goal in goals(before, before, total(980, 1038.8), linked(1.06))}
    assert found["kpi.target.value"].fate is Fate.STAYS
    assert found["kpi.baseline.value"].rebased == pytest.approx(212)
    assert to_set(list(found.values())) == {"kpi.baseline.value": 212.0}


@pytest.mark.parametrize(
    ("proposed", "fate"),
    [
        pytest.param(1060, Fate.REBASED, id="exactly"),
        pytest.param(1055, Fate.REBASED, id="rounded"),
        pytest.param(1054, Fate.OTHER, id="not close enough"),
        pytest.param(1000, Fate.UNMOVED, id="as it was"),
    ],
)
def test_a_number_counts_as_moved_within_what_people_round(proposed: float, fate: Fate) -> None:
    """Half a percent, or the interval where that is wider."""
    assert one(metric(), metric(proposed)).fate is fate
    wide = one(metric(), metric(1040), se=0.02)
    assert wide.interval is not None
    assert wide.fate is Fate.REBASED


@pytest.mark.parametrize(("factor", "fate"), [(1.0199, Fate.WITHIN_MARGIN), (1.0201, Fate.UNMOVED)])
def test_what_moves_less_than_the_margin_may_stay(factor: float, fate: Fate) -> None:
    """Unless the verdict would flip."""
    found = one(metric(1000), old=500, factor=factor)
    assert (found.fate, found.flips) == (fate, "")
    assert found.stops is (fate is Fate.UNMOVED)
    assert one(metric(1000), old=995, factor=1.0199).stops


def test_down_is_better_turns_the_verdict_around() -> None:
    """A ceiling that is no longer kept."""
    found = one(metric(1000, direction="down_is_better"))
    assert found.flips.startswith("met before, not met by definition alone")
    assert one(metric(1000, direction="on_target_is_better")).flips == ""


@pytest.mark.parametrize(
    ("link", "rebased"),
    [
        pytest.param(linked(0.9, scale=LinkScale.RATIO), 27.0, id="ratio"),
        pytest.param(linked(100, scale=LinkScale.EXACT), 3000.0, id="exact"),
        pytest.param(linked(-5, scale=LinkScale.DIFFERENCE), 25.0, id="difference"),
        pytest.param(linked(2, scale=LinkScale.ODDS, top=100), 100 * (6 / 7) / (6 / 7 + 1), id="odds"),
    ],
)
def test_targets_move_on_the_scale_of_the_link(link: Linked, rebased: float) -> None:
    """A share stays below its whole."""
    (found,) = goals(metric(30), metric(30), total(20, 18), link)
    assert found.rebased == pytest.approx(rebased)


INTERVALS = {
    "difference": (linked(-5, 2, LinkScale.DIFFERENCE), 25.0, (21.080, 28.920)),
    "difference of seven days": (linked(-5, 2, LinkScale.DIFFERENCE, periods=7), 25.0, (20.106, 29.894)),
    "odds": (linked(2, 0.4, LinkScale.ODDS, top=100), 46.154, (36.676, 55.918)),
    "difference without an error": (linked(-5, 0, LinkScale.DIFFERENCE), 25.0, None),
    "exact": (linked(100, scale=LinkScale.EXACT), 3000.0, None),
}


@pytest.mark.parametrize(("link", "moved", "limits"), INTERVALS.values(), ids=INTERVALS.keys())
def test_a_moved_target_shows_how_sure_it_is(link: Linked, moved: float, limits: tuple[float, float] | None) -> None:
    """On every scale whose factor has an error; a share stays within its whole."""
    (found,) = goals(metric(30), metric(30), total(20, 18), link)
    assert found.rebased == pytest.approx(moved, abs=1e-3)
    assert (found.interval.values if found.interval else None) == (limits and pytest.approx(limits, abs=1e-3))
    (warned,) = target_warnings([found], ())
    assert (" to " in warned.says) is (limits is not None)


@given(st.floats(-1e4, 1e4), st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(0, 400))
def test_the_interval_of_a_difference_does_not_depend_on_the_target(
    target: float, difference: float, se: float, periods: int
) -> None:
    """It is that of the difference, about wherever the target comes to stand."""
    at, zero = (rebase_difference(one, difference, se, periods=periods) for one in (target, 0.0))
    assert at.interval is not None
    assert zero.interval is not None
    assert at.interval.low - target == pytest.approx(zero.interval.low, abs=1e-6)
    assert at.interval.high - at.value == pytest.approx(at.value - at.interval.low, rel=1e-6, abs=1e-6)


def test_without_a_factor_nothing_is_guessed() -> None:
    """It is said, and stops nothing by itself."""
    (found,) = goals(metric(), metric(), None, None)
    assert found.fate is Fate.UNKNOWN
    assert not found.stops
    assert to_set([found]) == {}


def test_thresholds_follow_the_target() -> None:
    """Warn and critical, each by itself; without a target they are absolute."""
    kpi = {"thresholds": {"warn": 900, "critical": 800}}
    found = {goal.name: goal for goal in goals(metric(**kpi), metric(**kpi), total(980, 1038.8), linked(1.06))}
    assert found["threshold (warn)"].rebased == pytest.approx(954)
    assert found["threshold (critical)"].rebased == pytest.approx(848)
    alone = {"kpi": kpi}
    assert [goal.fate for goal in goals(alone, alone, total(980, 1038.8), linked(1.06))] == [Fate.UNMOVED] * 2


def test_a_sum_is_compared_by_period_and_a_share_as_a_whole() -> None:
    """A target of 1,000 a day is not met by the sum of a month."""
    assert level(total(980, 1038.8)) == (pytest.approx(980), pytest.approx(1038.8))
    share = effect([Pair(day, 30, 20, 100, 100) for day in DAYS], (), grain="day")
    assert level(share) == (pytest.approx(0.3), pytest.approx(0.2))


@pytest.mark.parametrize(
    ("asked", "treatment", "says", "stops"),
    [
        pytest.param("tell", Treatment.RESTATE, "is told: values move times 1.06", False, id="tell"),
        pytest.param("rebase", Treatment.BRIDGE, "what it stores moves times 1.06", False, id="rebase"),
        pytest.param("keep_old", Treatment.NEW_METRIC, "keeps the old number", False, id="kept"),
        pytest.param("keep_old", Treatment.RESTATE, "wants the old number", True, id="left without"),
    ],
)
def test_every_reader_is_listed_with_what_happens_to_it(
    asked: str, treatment: Treatment, says: str, stops: bool
) -> None:
    """A contract that fixes the old number stops a change that ends it."""
    used_in = [{"kind": "contract", "name": "Partner X", "owner": "Legal", "on_change": asked}]
    (found,) = readers(used_in, treatment, linked(1.06))
    assert found.says.startswith(says)
    assert (found.stops, [warned.id for warned in target_warnings((), [found])]) == (stops, ["W09"] if stops else [])
