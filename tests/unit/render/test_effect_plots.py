"""The plots of an effect: what they show is what was computed, in signs, in words and in a specification."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from metricgov.domain.comparability.effect import Dimension, Effect, Pair, effect
from metricgov.domain.comparability.paired import Cells
from metricgov.render.kit import Screen
from metricgov.render.plots.forest import NARROWEST, forest_rows, forest_spec, forest_words
from metricgov.render.plots.overlap import MOST, overlap_chart, overlap_spec, overlap_words, ratios
from metricgov.render.plots.picture import picture


def days(number: int, left: int) -> list[Pair]:
    """Return days on which 100 units counted before and some of them left."""
    cells = [Cells(100 - left - day % 3, 0, left + day % 3) for day in range(number)]
    return [
        Pair(f"2026-{1 + day // 28:02}-{1 + day % 28:02}", one.n_old, one.n_new, cells=one)
        for day, one in enumerate(cells)
    ]


def planted(number: int = 28) -> Effect:
    """Return an effect whose paid segment loses much and whose organic one nothing that can be detected."""
    return effect(
        days(number, 10),
        (("channel", "paid", days(number, 20)), ("channel", "organic", days(number, 0)), ("channel", None, days(2, 5))),
        grain="day",
        scale=(1, 1),
    )


CHANNEL: Dimension = planted().dimensions[0]


def test_a_rate_in_percent_is_drawn_in_percent() -> None:
    """Values carry the unit of each side's definition, as the totals do."""
    pairs = [Pair(f"2026-01-{day:02}", 40, 30, 100, 100) for day in range(1, 15)]
    found = effect(pairs, (), grain="day", scale=(1, 100))
    assert [found.scaled(one) for one in found.pairs] == [(0.4, 30.0)] * 14
    assert ratios(found) == pytest.approx([75.0] * 14)
    assert found.total.new == pytest.approx(30)


def test_no_ratio_to_a_value_that_is_not_positive() -> None:
    found = effect([Pair("a", -1, 2), Pair("b", 0, 2), Pair("c", 4, 2), Pair("d", None, 2)], (), grain="day")
    assert ratios(found) == (None, None, 0.5, None)


def test_the_chart_shows_both_courses_and_the_ratio() -> None:
    legend, *rows = overlap_chart(planted(), Screen(width=80))
    assert legend == "o old   + new"
    assert sum(row.count("+") for row in rows) >= 10
    assert rows[-1].endswith("ratio, 0.88 to 0.9")


def test_more_days_than_a_terminal_shows_are_whole_weeks() -> None:
    legend, *_ = overlap_chart(planted(MOST * 5), Screen(width=80))
    assert legend.endswith("each the mean of 7 days")


def test_an_effect_without_values_has_no_chart() -> None:
    assert overlap_chart(effect([], (), grain="day"), Screen()) == []


@pytest.mark.parametrize(
    ("left", "says"),
    [(10, "below the old in every period"), (-10, "above the old in every period")],
    ids=["less", "more"],
)
def test_the_words_say_on_which_side_the_new_values_lie(left: int, says: str) -> None:
    pairs = [Pair(f"2026-01-{day:02}", 100, 100 - left) for day in range(1, 15)]
    assert says in overlap_words("leads", effect(pairs, (), grain="day"))


def test_the_words_do_not_say_below_where_it_is_not_always_so() -> None:
    pairs = [Pair(f"2026-01-{day:02}", 100, 100 + (1 if day % 2 else -1)) for day in range(1, 15)]
    said = overlap_words("leads", effect(pairs, (), grain="day"))
    assert "below the old in 7 of 14 periods and above the old in 7 of 14 periods" in said


@pytest.mark.parametrize("columns", [NARROWEST, 24, 60])
def test_a_row_shows_an_interval_around_its_ratio(columns: int) -> None:
    for part, row in zip(CHANNEL.parts, forest_rows(CHANNEL.parts, columns), strict=True):
        assert len(row) == columns
        if part.estimate is not None:
            left, point = row.index("●"), row.rindex("●")
            assert left == point
            assert set(row[:left]) <= set(" ├─┊")
            assert set(row[point + 1 :]) <= set(" ─┤┊")


def test_the_mark_at_one_stands_in_the_same_column_of_every_row() -> None:
    rows = [row for row in forest_rows(CHANNEL.parts, 40) if "┊" in row]
    assert rows
    assert len({row.index("┊") for row in rows}) == 1


def test_a_segment_that_leaves_one_does_not_touch_the_mark() -> None:
    (paid,) = (one for one in CHANNEL.parts if one.segment == "paid")
    row = forest_rows(CHANNEL.parts, 40)[CHANNEL.parts.index(paid)]
    assert row.index("┊") > max(row.rfind("┤"), row.rfind("●"))


def test_too_few_columns_draw_nothing() -> None:
    assert set(forest_rows(CHANNEL.parts, NARROWEST - 1)) == {""}


def test_a_plain_screen_gets_plain_signs() -> None:
    assert all(row.isascii() for row in forest_rows(CHANNEL.parts, 30, ascii_only=True))


def test_the_words_of_a_forest_name_its_ends_and_what_is_not_detectable() -> None:
    said = forest_words(CHANNEL)
    assert "from paid 0.79" in said
    assert "to organic 0.9" in said


def test_pictures_name_what_they_show() -> None:
    for wanted in (overlap_spec("leads", planted(), "leads a day"), forest_spec("leads", CHANNEL)):
        svg = ElementTree.fromstring(picture(wanted, "svg"))
        words = " ".join(svg.itertext())
        assert "leads" in words
        assert svg.attrib["aria-label"] == wanted["description"]
        assert "NaN" not in ElementTree.tostring(svg, encoding="unicode")
    assert {"paid", "organic", "(none)"} <= set(words.replace(",", " ").split())
