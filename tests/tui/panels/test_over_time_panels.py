"""Versions, links, plots and tables: a break parts what lies on its sides, every number stands beside its version."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.comparability.joining import Stretch
from metricgov.domain.comparability.over_time import Line, Series
from metricgov.domain.comparability.pairing import all_pairs
from metricgov.domain.past_views import VersionRow
from metricgov.domain.reading_views import Origin, SeriesView, VersionHistory
from metricgov.domain.views import LinkStatus
from metricgov_tui.look import ASCII, UNICODE
from metricgov_tui.panels.over_time import (
    bars_of,
    link_lines,
    plot_lines,
    points_of,
    table_lines,
    values_lines,
    version_at,
    version_key,
    version_lines,
)
from metricgov_tui.panels.parts import screen_of

RATE = "metric:rate"
FIRST = VersionRow(RATE, "1.0.0", "baseline", "2025-01-01", "2026-01-01", "2025-01-01T08:00:00Z", LinkStatus.BROKEN)
SECOND = VersionRow(
    RATE, "2.0.0", "applied", "2026-01-01", "", "2025-12-18T09:30:00Z", None, approved_by=("crm-lead", "cfo"),
    change="01J", label="chg-7f3kq2", change_class=ChangeClass.BREAKING, why="a shorter window",
)  # fmt: skip
PENDING = VersionRow(
    RATE, "3.0.0", "in_review", "2026-08-01", link=LinkStatus.NOT_MEASURED, change="01K", label="chg-9xw2td"
)


def history(*rows: VersionRow) -> VersionHistory:
    measured = [one for one in rows if one.state in ("applied", "baseline")]
    return VersionHistory(RATE, rows, all_pairs("rate", measured), 5, 5)


def point(month: int, value: float, *flags: Flag, version: str = "2.0.0", **more: float) -> Observation:
    return Observation(f"2026-{month:02d}-01", value, version, frozenset(flags or {Flag.NORMAL}), **more)  # type: ignore[arg-type]


POINTS = (
    point(1, 40.0, Flag.DIFFERS, version="1.0.0"),
    point(2, 41.0, Flag.DIFFERS, version="1.0.0"),
    point(3, 30.5, Flag.BREAK, pre_break_value=41.5),
    point(4, 31.0, Flag.ESTIMATED),
    point(5, 32.0),
    point(6, 33.0),
)


def view(*points: Observation) -> SeriesView:
    lines = (Line((), points),) if points else ()
    stretches = (Stretch("2.0.0", "2026-01-01", "2026-07-01"),)
    series = Series("rate", "current", "month", (), "2026-01-01", "2026-07-01", stretches, lines)
    return SeriesView(series, Origin.ENGINE, "warehouse", "2026-07-01T09:00:00Z")


def plain(lines: list[object]) -> str:
    return "\n".join(one.text.plain for one in lines)  # type: ignore[attr-defined]


def test_versions_show_intervals_links_and_who_agreed() -> None:
    shown = plain([*version_lines(history(FIRST, SECOND, PENDING), 79, UNICODE)])
    assert "1.0.0" in shown
    assert "broken" in shown
    assert "crm-lead +1" in shown
    assert "? 3.0.0" in shown
    assert "in review" in shown


@pytest.mark.parametrize("width", [40, 60, 79, 139, 299])
def test_versions_fit_every_width(width: int) -> None:
    caused = replace(SECOND, cause="source:crm_leads_of_every_region_and_year 3.0.0")
    lines = version_lines(history(FIRST, caused, PENDING), width, UNICODE)
    assert all(one.text.cell_len <= width for one in lines)
    assert lines[1].says.startswith("version 1.0.0, data from 1 Jan 2025 to 1 Jan 2026")


def test_a_key_leads_to_its_version() -> None:
    known = history(FIRST, SECOND)
    assert version_at(known, version_key(1)) is SECOND
    assert version_at(known, "elsewhere") is None
    assert version_at(None, version_key(0)) is None


def test_a_link_is_said_in_words_with_what_compares_today() -> None:
    said = plain([*link_lines(history(FIRST, SECOND), FIRST, 79, UNICODE)])
    assert "1.0.0 → 2.0.0  broken" in said
    assert "do not compare" in said
    assert "1.0.0–2.0.0 broken" in said
    assert "Comparable today: 5 months strict." in said
    assert "Agreed in chg-7f3kq2 by crm-lead and cfo, 18 Dec 2025." in said


def test_one_version_has_nothing_to_compare_with() -> None:
    alone = replace(FIRST, link=None, data_to="")
    said = plain([*link_lines(history(alone), alone, 79, UNICODE)])
    assert "One version since 1 Jan 2025: nothing to compare." in said


def test_a_plot_has_a_sign_for_every_part_and_names_the_versions() -> None:
    shown = plain([*plot_lines(view(*POINTS), 79, 14, UNICODE)])
    assert "x not comparable" in shown
    assert ": bridged" in shown
    assert "o measured" in shown
    assert "1.0.0 not comparable from 1 Jan 2026" in shown
    assert "2.0.0 measured from 1 May 2026" in shown


def test_a_narrow_panel_has_bars_that_a_break_parts() -> None:
    points = points_of(view(*POINTS).series)
    assert bars_of(points, screen_of(60, UNICODE)) == "..┊▁▂▅█"
    assert bars_of(points, screen_of(60, ASCII)).count("|") == 1
    assert all(one.text.cell_len <= 42 for one in plot_lines(view(*POINTS), 42, 14, UNICODE))


def test_a_table_has_a_version_for_every_value_and_marks_the_break() -> None:
    lines = table_lines(view(*POINTS), 79, UNICODE)
    shown = [one.text.plain for one in lines]
    values = [one for one in lines if one.key.startswith("period ")]
    assert len(values) == len(POINTS)
    assert all(one.text.plain.rstrip().endswith(("1.0.0", "2.0.0")) for one in values)
    assert all("by version" in one.says for one in values)
    place = next(number for number, one in enumerate(shown) if "break" in one and one.startswith("─"))
    assert shown[place + 1].startswith("2026-03")
    newest = [one.key for one in table_lines(view(*POINTS), 79, UNICODE, newest_first=True) if one.key]
    assert newest[0] == "period 2026-06-01"


def test_nothing_is_said_to_be_nothing() -> None:
    assert "No rows in these periods." in plain([*plot_lines(view(), 79, 10, UNICODE)])
    assert "No stored values. v reads them from warehouse." in plain(
        [*values_lines(None, "percent", "warehouse", "2026-07-01", 79, UNICODE)]
    )
    assert "no engine here" in plain([*values_lines(None, "percent", "", "2026-07-01", 79, UNICODE)])


def test_what_files_say_cannot_style_a_line() -> None:
    evil = replace(SECOND, why="\x1b[31mred", label="\x07bell", approved_by=("\u202eme",))
    for one in (
        *version_lines(history(FIRST, evil), 79, UNICODE),
        *link_lines(history(FIRST, evil), FIRST, 79, UNICODE),
    ):
        assert one.text.plain.isprintable()
