"""Charts and pictures: every course can be told apart without colour, and equal values give equal bytes."""

from __future__ import annotations

import builtins
from xml.etree import ElementTree

import pytest

from metricgov.domain.errors import Undecidable
from metricgov.render.kit import Screen
from metricgov.render.plots.chart import FEWEST, WIDEST, Course, chart
from metricgov.render.plots.picture import OLD, picture, spec

PERIODS = tuple(f"2026-{month:02}" for month in range(1, 13))
OLD_VALUES = (36.0, 36.2, None, 37.0, 36.1, 36.4, 36.0, 36.9, 37.0, 36.2, 36.1, 36.6)
NEW_VALUES = tuple(None if value is None else value * 0.875 for value in OLD_VALUES)
BOTH = (Course("old", "o", OLD_VALUES), Course("new", "+", NEW_VALUES))


def drawn() -> dict[str, object]:
    values = [{"period": period, "value": value} for period, value in zip(PERIODS, OLD_VALUES, strict=True)]
    return spec(
        "Accepted leads",
        "36 to 37 % all year",
        {
            "data": {"values": values},
            "mark": {"type": "line", "color": OLD},
            "encoding": {
                "x": {"field": "period", "type": "ordinal"},
                "y": {"field": "value", "type": "quantitative"},
            },
        },
    )


def test_courses_are_told_apart_by_their_signs_and_stand_in_their_order() -> None:
    legend, *rows = chart(BOTH, PERIODS, Screen(width=80))
    assert legend == "o old   + new"
    first_old = next(place for place, row in enumerate(rows) if "o" in row.partition("┤")[2])
    first_new = next(place for place, row in enumerate(rows) if "+" in row)
    assert first_old < first_new, "36 stands above 31.5"
    assert sum(row.count("+") for row in rows) == sum(value is not None for value in NEW_VALUES)


def test_a_chart_names_its_first_and_last_period() -> None:
    rows = chart(BOTH, PERIODS, Screen(width=80))
    assert "2026-01" in rows[-1]
    assert "2026-12" in rows[-1]


@pytest.mark.parametrize("columns", [60, 80, 100, 300])
def test_no_line_is_wider_than_the_screen_or_than_is_readable(columns: int) -> None:
    rows = chart(BOTH, PERIODS, Screen(width=columns))
    assert max(map(len, rows)) <= min(columns, WIDEST)
    assert max(map(len, rows)) > min(columns, WIDEST) - 20


def test_a_break_is_a_line_that_stands_between_two_periods() -> None:
    plain = chart(BOTH, PERIODS, Screen(width=80))
    broken = chart(BOTH, PERIODS, Screen(width=80), breaks=(6,))
    column = broken[1].index("┬")
    assert "┬" not in plain[1]
    assert all(row[column] in "│o+" for row in broken[2:-2])
    assert 0.4 < column / len(broken[1]) < 0.6, "before the seventh of twelve"


def test_a_screen_without_unicode_gets_ascii() -> None:
    assert all(row.isascii() for row in chart(BOTH, PERIODS, Screen(width=80, ascii=True), breaks=(3,)))


def test_what_an_earlier_chart_drew_does_not_stay() -> None:
    alone = chart(BOTH[:1], PERIODS, Screen(width=80))
    chart(BOTH, PERIODS, Screen(width=60), breaks=(2, 5))
    assert chart(BOTH[:1], PERIODS, Screen(width=80)) == alone


@pytest.mark.parametrize(
    "courses",
    [(), (Course("old", "o", (None,) * 12),), (Course("old", "o", (1.0, 2.0, *(None,) * 10)),)],
    ids=["nothing", "no value", "two values"],
)
def test_too_little_is_no_chart(courses: tuple[Course, ...]) -> None:
    assert FEWEST == 3
    assert chart(courses, PERIODS, Screen(width=80)) == []


def test_a_picture_is_whole_xml_with_its_words_as_text() -> None:
    svg = picture(drawn(), "svg")
    words = " ".join(ElementTree.fromstring(svg).itertext())
    assert "Accepted leads" in words
    assert "2026-07" in words
    assert ElementTree.fromstring(svg).attrib["aria-label"] == "36 to 37 % all year"
    assert OLD.encode() in svg


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_equal_values_give_equal_bytes(kind: str) -> None:
    assert picture(drawn(), kind) == picture(drawn(), kind)  # type: ignore[arg-type]


def test_a_png_is_a_png() -> None:
    assert picture(drawn(), "png").startswith(b"\x89PNG\r\n\x1a\n")


def test_without_the_library_the_way_to_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: object) -> object:
        if name == "vl_convert":
            raise ModuleNotFoundError(name=name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(Undecidable) as refused:
        picture(drawn(), "svg")
    assert refused.value.hint == "pip install 'metricgov[plots]'"
