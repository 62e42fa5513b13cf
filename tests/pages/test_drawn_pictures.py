"""Pictures of pages: what is told apart in them, what is never joined, and that no text in them is markup."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.comparability.effect import Pair, effect
from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.comparability.interval import Interval
from metricgov.domain.comparability.over_time import Line, Series
from metricgov.render.plots.effect_svg import forest_svg, overlap_svg
from metricgov.render.plots.svg import Drawing, Scale, around, ticks
from metricgov.render.plots.timeline_svg import timeline_svg

NASTY = "<script>alert(1)</script>\"' onload=x \u202e"


def months(count: int) -> list[str]:
    return [f"{2024 + place // 12}-{place % 12 + 1:02}-01" for place in range(count)]


def paired(count: int, ratio: float = 0.9) -> list[Pair]:
    return [Pair(name, 100.0 + place, (100.0 + place) * ratio) for place, name in enumerate(months(count))]


def kinds(svg: str, tag: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [one.attrib.get("class", "") for one in root.iter() if one.tag.rpartition("}")[2] == tag]


def test_old_and_new_are_told_apart_without_colour() -> None:
    """By their signs, by dashes (the style knows the class), and in words."""
    drawn = overlap_svg("leads", effect(paired(12), [], grain="month"), "count")
    assert drawn is not None
    assert kinds(drawn, "circle").count("old") == 13  # with the one of the legend
    assert kinds(drawn, "path").count("new") == 13
    assert {"old", "new", "ratio"} <= set(kinds(drawn, "polyline"))
    assert "band" in kinds(drawn, "rect")
    assert "old definition" in drawn
    assert "new definition" in drawn


def test_a_gap_is_no_line() -> None:
    pairs = paired(9)
    pairs[4] = Pair(pairs[4].period, None, None)
    drawn = overlap_svg("leads", effect(pairs, [], grain="month"))
    assert drawn is not None
    assert kinds(drawn, "polyline").count("old") == 2
    assert kinds(drawn, "polyline").count("ratio") == 2


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_little_to_see_is_no_picture(count: int) -> None:
    assert overlap_svg("leads", effect(paired(count), [], grain="month")) is None


def test_many_days_are_drawn_as_means() -> None:
    days = [Pair(f"2026-{place // 28 + 1:02}-{place % 28 + 1:02}", 10.0, 9.0) for place in range(280)]
    drawn = overlap_svg("leads", effect(days, [], grain="day"))
    assert drawn is not None
    assert "each the mean of 7 days" in drawn
    assert kinds(drawn, "circle").count("old") == 41


def test_segments_have_their_interval_and_their_figures() -> None:
    parts = [("channel", name, paired(12, ratio)) for name, ratio in (("email", 0.8), (None, 1.0), (NASTY, 0.9))]
    found = effect(paired(12), parts, grain="month")
    drawn = forest_svg("leads", found.dimensions[0])
    assert drawn is not None
    assert kinds(drawn, "circle").count("estimate") == 3
    assert kinds(drawn, "line").count("interval") == 9
    said = " ".join(one.text or "" for one in ElementTree.fromstring(drawn).iter())
    assert "(none)" in said
    assert "0.8 (" in said
    assert "<script" not in drawn
    assert "\u202e" not in drawn


def test_one_segment_is_no_picture() -> None:
    found = effect(paired(12), [("channel", "email", paired(12))], grain="month")
    assert forest_svg("leads", found.dimensions[0]) is None


def over_time(*points: Observation) -> tuple[Series, Line]:
    line = Line((), points)
    return Series(NASTY, "current", "month", (), "2024-01-01", "2025-01-01", (), (line,)), line


def test_no_line_crosses_a_break() -> None:
    points = [Observation(name, 10.0 + place, "1.0.0") for place, name in enumerate(months(8))]
    points[4] = Observation(points[4].period, 20.0, "2.0.0", frozenset({Flag.BREAK}), pre_break_value=14.0)
    drawn = timeline_svg(*over_time(*points))
    assert drawn is not None
    assert kinds(drawn, "polyline").count("measured") == 2
    assert kinds(drawn, "line").count("break") == 1
    assert kinds(drawn, "polygon").count("before") == 1
    assert "break: 2.0.0" in drawn
    assert "<script" not in drawn


def test_parts_of_a_series_are_told_apart() -> None:
    parts = [
        Observation("2024-01-01", 1.0, "1", frozenset({Flag.DIFFERS})),
        Observation("2024-02-01", 2.0, "1", frozenset({Flag.ESTIMATED}), interval=Interval(1.5, 2.5)),
        Observation("2024-03-01", 3.0, "2"),
        Observation("2024-04-01", 4.0, "2", stored="2024-05-01T00:00:00Z"),
        Observation("2024-05-01", None, "2"),
    ]
    drawn = timeline_svg(*over_time(*parts))
    assert drawn is not None
    for kind, words in (("by-another-definition", "by another definition"), ("bridged", "bridged"),
                        ("measured", "measured"), ("stored", "stored")):  # fmt: skip
        assert f'class="{kind}' in drawn
        assert f">{words}<" in drawn
    assert kinds(drawn, "line").count("interval") == 1


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_ticks_are_few_and_within(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    found = ticks(low, high)
    assert 1 <= len(found) <= 12 or not found
    room = (high - low) * 1e-6 + 1e-9
    assert all(low - room <= value <= high + room for value in found)
    assert found == sorted(set(found))


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=20))
def test_everything_fits(values: list[float]) -> None:
    low, high = around(values)
    scale = Scale(low, high, 200, 10)
    assert low < high
    assert all(9.9 <= scale(value) <= 200.1 for value in values)
    assert all(math.isfinite(scale(value)) for value in values)


def test_elements_have_no_style_of_their_own() -> None:
    """The policy of the pages would not let it through."""
    drawing = Drawing(100)
    drawing.course("x", [(1, 1), (2, 2), None, (3, 3)])
    drawing.words("tick end", NASTY, 1, 2)
    for shape in ("circle", "cross", "square", "triangle", "diamond"):
        drawing.sign("x", shape, (5, 5))
    markup = drawing.markup(NASTY)
    assert ElementTree.fromstring(markup).attrib["role"] == "img"
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=\"", markup)
