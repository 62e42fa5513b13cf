"""Rows 11 and 22 of the decision table: no matrix and no factors by season, so a break, and why in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import exp, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.comparability.advice import Advice, Overlap, Reach, advise
from metricgov.domain.comparability.bridging import check
from metricgov.domain.comparability.effect import Pair, effect
from metricgov.domain.comparability.link import Factor, Linked, LinkScale, Nature, linked
from metricgov.domain.comparability.link_record import recorded, restored
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.season import seasonal
from metricgov.domain.comparability.warnings import Claimed, warnings
from metricgov.domain.errors import Refused
from metricgov.domain.workflow.vocabulary import Treatment
from metricgov.render.link import link_words

START = date(2025, 1, 1)


def year(swing: float, days: int = 365) -> Linked:
    """Return the link of a year in which the ratio swings with the season."""
    pairs = [
        Pair((START + timedelta(days=day)).isoformat(), 1000.0, 900 * exp(swing * sin(day * 2 * 3.14159 / 365)))
        for day in range(days)
    ]
    end = (START + timedelta(days=days)).isoformat()
    return linked("m", effect(pairs, (), grain="day"), {}, Nature(counts=True), start="2025-01-01", end=end)


def advised(rule: str, overlap: Overlap) -> Advice:
    """Return the advice where no raw data reach back."""
    return advise(ChangeClass.BREAKING, intent=None, available=Reach.NOTHING, rules=frozenset({rule}), overlap=overlap)


LINKS: dict[str, tuple[Linked, str]] = {
    "a year that hardly swings": (year(0.01), ""),
    "a year that swings": (year(0.1), "between months, more than the margin"),
    "half a year": (year(0.0, 182), "does not hold a year"),
    "by day alone": (replace(year(0.01), scatter={"day": 0.01}), "measured by day alone"),
    "a difference": (replace(year(0.01), scale=LinkScale.DIFFERENCE), "measured by day alone"),
    "an exact factor": (replace(year(0.1), scale=LinkScale.EXACT), ""),
    "by quarter": (replace(year(0.0), grain="quarter", scatter={"quarter": 0.3}), "30.0% between quarters"),
}


@pytest.mark.parametrize("case", LINKS.values(), ids=LINKS.keys())
def test_one_factor_serves_all_seasons_or_none(case: tuple[Linked, str]) -> None:
    """Row 22: bridge where a year shows that months are alike, else break, with the reason; only for such changes."""
    link, says = case
    found = seasonal(link, 0.02)
    assert says in found
    assert bool(found) is bool(says)
    window = advised("FILTER_WINDOW", Overlap(bridges=True, seasonal=found))
    assert (window.treatment, window.row) == (Treatment.BREAK if says else Treatment.BRIDGE, 22)
    assert not says or window.reason == found
    plain = advised("FILTER_CHANGED", Overlap(bridges=True, seasonal=found))
    assert (plain.treatment, plain.row) == (Treatment.BRIDGE, 8)


@given(st.floats(0, 0.5), st.floats(0.001, 0.5))
def test_a_wider_margin_never_makes_a_break(scatter: float, margin: float) -> None:
    """What serves at a margin serves at every wider one."""
    link = replace(year(0.0), scatter={"day": 0.5, "month": scatter})
    if not seasonal(link, margin):
        assert not seasonal(link, margin * 2)


WEB = [Pair((START + timedelta(days=day)).isoformat(), 80.0 + day % 3, 30.0 + day % 2) for day in range(28)]
APP = [Pair(one.period, 20.0 + place % 2, 70.0 + place % 3) for place, one in enumerate(WEB)]
ALL = [
    Pair(one.period, (one.old or 0) + (two.old or 0), (one.new or 0) + (two.new or 0))
    for one, two in zip(WEB, APP, strict=True)
]
PARTS = {("channel", "web"): WEB, ("channel", "app"): APP, ("country", "de"): ALL}


def recut_link(*recut: str) -> Linked:
    """Return a link of two dimensions; that of channel differs by segment."""
    whole = effect(ALL, [(*key, pairs) for key, pairs in PARTS.items()], grain="day")
    nature = Nature(counts=True, recut=recut)
    return linked("m", whole, PARTS, nature, start="2025-01-01", end="2025-01-29")


def test_a_re_cut_dimension_has_no_factors() -> None:
    """Row 11: web before and web after are other rows, and the ratio between them is no factor of either."""
    plain, recut = recut_link(), recut_link("channel")
    assert (plain.status, plain.dimension, plain.recut) == (Status.BRIDGED_BY_SEGMENT, "channel", ())
    assert (recut.status, recut.dimension, recut.recut) == (Status.BRIDGED, "", ("channel",))
    assert not recut.of("channel")
    assert "channel" not in recut.uniform
    assert recut.factor == plain.factor
    assert restored(recorded(recut)).recut == ("channel",)
    check((recut,), (), "month")
    with pytest.raises(Refused, match="by channel it is a break"):
        check((recut,), ("channel",), "month")
    with pytest.raises(Refused, match="row 11"):
        check((replace(recut, scale=LinkScale.EXACT, factor=Factor(2.0, 0.0)),), ("channel",), "month")


def test_everybody_is_told_why() -> None:
    """The link in words, the advice and the warning; without a re-cut dimension nobody hears of it."""
    why = "not which rows went where"
    assert why in link_words(recut_link("channel"))
    assert why not in link_words(recut_link())
    found = advised("COLUMN_CHANGED", Overlap(bridges=True, recut=("channel",)))
    assert (found.treatment, found.row) == (Treatment.BRIDGE, 8)
    assert "by channel it is a break (row 11)" in found.reason
    whole = effect(ALL, [(*key, pairs) for key, pairs in PARTS.items()], grain="day")
    (said,) = (one for one in warnings(whole, Claimed(reclassified=frozenset({"channel"}))) if one.id == "W03")
    assert "history breaks by it (row 11)" in said.says
