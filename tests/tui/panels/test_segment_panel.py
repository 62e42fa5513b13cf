"""A metric by a dimension: every value on one scale, rows without one named, one alone drawn as the whole would be."""

from __future__ import annotations

from dataclasses import replace

from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.comparability.joining import Stretch
from metricgov.domain.comparability.over_time import Line, Series
from metricgov.domain.reading_views import Origin, SeriesView
from metricgov_tui.look import ASCII, UNICODE
from metricgov_tui.panels.segments import one_segment, segment_lines, segment_tables


def line(name: str | None, *values: float | None, broken: int = 0) -> Line:
    flags = [frozenset({Flag.BREAK if place and place == broken else Flag.NORMAL}) for place in range(len(values))]
    points = zip(values, flags, strict=True)
    return Line(
        (name,),
        tuple(Observation(f"2026-{place:02d}-01", one, "2.0.0", flag) for place, (one, flag) in enumerate(points, 1)),
    )


LOW, HIGH = line("webinar", 10.0, 11.0, 12.0, 13.0), line("referral", 40.0, 44.0, 48.0, 50.0, broken=2)
NONE = line(None, 20.0, 20.0, 20.0, None)


def view(*lines: Line) -> SeriesView:
    stretches = (Stretch("2.0.0", "2026-01-01", "2026-07-01"),)
    series = Series("rate", "current", "month", ("channel",), "2026-01-01", "2026-07-01", stretches, lines)
    return SeriesView(series, Origin.ENGINE, "warehouse", "2026-07-01T09:00:00Z")


def rows(*lines: Line, look: object = UNICODE, width: int = 79) -> list[str]:
    return [one.text.plain for one in segment_lines(view(*lines), width, look) if one.key]  # type: ignore[arg-type]


def test_the_largest_comes_first_and_rows_without_a_value_are_named() -> None:
    assert [row.split()[0] for row in rows(LOW, NONE, HIGH)] == ["referral", "(none)", "webinar"]


def test_bars_stand_on_one_scale() -> None:
    """The smallest segment must not look as tall as the largest."""
    high, low = rows(LOW, HIGH)
    assert "█" in high
    assert not set("▃▄▅▆▇█") & set(low)


def test_a_break_parts_the_bars() -> None:
    high, low = rows(LOW, HIGH)
    assert "┊" in high
    assert "┊" not in low
    assert "|" in rows(HIGH, look=ASCII)[0]
    assert all(one.isascii() for one in rows(LOW, NONE, HIGH, look=ASCII))


def test_the_last_value_stands_with_its_period() -> None:
    """Of a segment that has none in the newest period, an older one, and which one that is."""
    none = next(row for row in rows(NONE, HIGH) if row.startswith("(none)"))
    assert "20" in none
    assert "Mar" in none or "2026-03" in none


def test_a_narrow_panel_keeps_names_and_figures() -> None:
    high, _ = rows(LOW, HIGH, width=34)
    assert "referral" in high
    assert "50" in high


def test_one_value_alone() -> None:
    keys = [one.key for one in segment_lines(view(LOW, NONE, HIGH), 79, UNICODE) if one.key]
    found = one_segment(view(LOW, NONE, HIGH), keys[0])
    assert found is not None
    assert [one.key for one in found.series.lines] == [("referral",)]
    assert one_segment(view(LOW), keys[0]) is None
    assert len(set(keys)) == 3


def test_no_rows_are_said() -> None:
    for lines in ((), (replace(LOW, observations=()),)):
        assert "No rows" in segment_lines(view(*lines), 79, UNICODE)[0].text.plain


def test_tables_stand_one_after_the_other() -> None:
    shown = "\n".join(one.text.plain for one in segment_tables(view(LOW, HIGH), 79, UNICODE))
    assert shown.index("webinar") < shown.index("13") < shown.index("referral") < shown.index("44")
