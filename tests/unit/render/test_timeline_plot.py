"""The plot of a long series: parts told apart, breaks, values as they were, and the same in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.comparability.interval import Interval
from metricgov.domain.comparability.over_time import Line, Series
from metricgov.render.kit import Screen
from metricgov.render.plots.picture import picture
from metricgov.render.plots.timeline import MOST_LINES, PARTS, part_of, timeline_chart, timeline_spec, timeline_words
from metricgov.render.series import series_csv, series_table, series_text

E, D, B = (frozenset({one}) for one in (Flag.ESTIMATED, Flag.DIFFERS, Flag.BREAK))
POINTS = (
    Observation("2026-01-01", 100, "1.0.0", D),
    Observation("2026-02-01", 80, "2.0.0", E | B, 96, Interval(76, 84)),
    Observation("2026-03-01", None, "2.0.0", E),
    Observation("2026-04-01", 82, "2.0.0", E, 98, Interval(78, 86)),
    Observation("2026-05-01", 93, "3.0.0", B, 111),
    Observation("2026-06-01", 94, "3.0.0"),
)


def series(*keys: tuple[str | None, ...]) -> Series:
    """Return the same points for each key, of a metric by channel; without keys, for everything."""
    lines = tuple(Line(key, POINTS) for key in keys) or (Line((), POINTS),)
    return Series("visits", "current", "month", ("channel",) if keys else (), "2026-01-01", "2026-07-01", (), lines)


def layers(panel: Any) -> list[list[Any]]:
    """Return the rows of each layer."""
    return [one["data"]["values"] for one in panel["layer"]]


def test_parts_are_told_apart_by_more_than_colour() -> None:
    """Each has a colour, dashes and a shape; the two of one colour differ in both others."""
    assert [part_of(one) for one in POINTS] == [
        "by another definition",
        *["bridged"] * 3,
        *["measured"] * 2,
    ]
    for place in (1, 2):
        assert len({str(one[place]) for one in PARTS.values()}) == len(PARTS)


def test_the_specification_has_what_the_figures_say() -> None:
    """Band where something was estimated, a point for each value as it was, a line for each break; gaps are gaps."""
    (panel,) = timeline_spec(series())["vconcat"]  # type: ignore[misc,union-attr]
    band, course, befores, breaks, labels = layers(panel)
    assert [one["period"][5:7] for one in band] == ["02", "04"]
    assert [one["period"][5:7] for one in course] == ["01", "02", "04", "05", "06"]
    assert [one["before"] for one in befores] == [96, 98, 111]
    assert [one["says"] for one in breaks] == [one["says"] for one in labels] == ["2.0.0 begins", "3.0.0 begins"]


def test_in_words() -> None:
    """First and last value, how many are bridged, each break with the value before."""
    assert timeline_words(series()) == (
        "visits by month, 1 Jan 2026 until 1 Jul 2026; from 100 (2026-01-01) to 94 (2026-06-01), 2 points bridged, "
        "until 2026-04-01, break at 2026-02-01, 96 before, break at 2026-05-01, 111 before."
    )
    assert "channel (none): from 100" in timeline_words(series((None,)))


def test_on_a_terminal() -> None:
    """Signs for parts, a vertical line before each break."""
    legend, *drawn = timeline_chart(series().lines[0], Screen())
    assert legend == ". as it was   + measured   ~ bridged   o by another definition"
    assert all(sign in "".join(drawn) for sign in "+~o.")
    assert any(line.count("│") == 4 for line in drawn)


def test_stored_points_are_told_apart() -> None:
    """With signs of their own, bridged or not, and in words."""
    points = (*(replace(one, stored="2026-07-01T08:00:00Z", vintage=2) for one in POINTS[1:5]), POINTS[5])
    assert [part_of(one) for one in points[2:]] == ["stored and bridged", "stored", "measured"]
    assert "4 points stored" not in timeline_words(series())
    found = replace(series(), lines=(Line((), points),))
    assert "3 points stored, until 2026-05-01" in timeline_words(found)
    legend, *_ = timeline_chart(found.lines[0], Screen())
    assert "# stored   x stored and bridged" in legend
    assert "stored 1 Jul 2026" in series_text(found)
    assert series_csv(found).splitlines()[1].endswith("stored,2026-07-01T08:00:00Z")


def test_many_lines_are_cut_and_say_so() -> None:
    """A picture of a hundred lines is none; the figures have all."""
    many = series(*((str(place),) for place in range(MOST_LINES + 3)))
    found = timeline_spec(many)
    assert len(found["vconcat"]) == MOST_LINES  # type: ignore[arg-type]
    assert "8 of 11 lines" in str(found["title"])
    assert len(series_table(many)[1]) == (MOST_LINES + 3) * len(POINTS)


def test_a_table_has_every_flag_and_limit() -> None:
    """One flag to show and all that apply; numbers unrounded, nothing for nothing."""
    rows = series_csv(series(("web",), (None,))).splitlines()
    assert rows[0] == "PERIOD,channel,OBS_VALUE,OBS_STATUS,PRE_BREAK_VALUE,VERSION,FLAGS,LOW,HIGH,SOURCE,COMPUTED_AT"
    assert rows[2] == "2026-02-01,web,80,B,96,2.0.0,BE,76,84,measured,"
    assert rows[9] == "2026-03-01,,,E,,2.0.0,E,,,,"


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_it_can_be_drawn(kind: Any) -> None:
    """Without a browser; the words are in the picture for who cannot see it."""
    drawn = picture(timeline_spec(series()), kind)
    assert drawn.startswith(b"<svg" if kind == "svg" else b"\x89PNG")
    assert kind == "png" or b"2 points bridged" in drawn
