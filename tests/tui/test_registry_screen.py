"""The registry, its timeline and the scorecards, played by keys against a real registry with values."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from desk.measured_world import RATE, Standing
from metricgov_tui.look import ASCII
from metricgov_tui.screens.registry import RegistryPlace
from metricgov_tui.screens.timeline import Timeline
from metricgov_tui.widgets.line_view import LineView
from tui.stage import LARGE, SMALL, Stage, snapshot

GOLDEN = Path(__file__).parent / "golden"
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "140x40"])


@pytest.fixture
def stage(measured: Path, home: Path) -> Stage:
    """The app of crm-lead on 28 September 2026."""
    return Stage(measured, home, claimed="crm-lead", clock=Standing(), now=_now)


def _now() -> datetime:
    return Standing().now()


@SIZES
def test_the_registry(stage: Stage, size: tuple[int, int]) -> None:
    """A few letters find it; beside the list stands what it is."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> str:
        await stage.press(pilot, "2", "slash")
        await stage.type(pilot, "sales acc")
        await stage.press(pilot, "enter")
        return stage.text()

    snapshot(stage.play(scene, size), GOLDEN / f"registry-{size[0]}.txt")


@SIZES
def test_the_timeline(stage: Stage, size: tuple[int, int]) -> None:
    """Versions and links above, the series below, the link in words."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> str:
        await stage.press(pilot, "2", "slash")
        await stage.type(pilot, "sales acc")
        await stage.press(pilot, "enter", "t")
        return stage.text()

    snapshot(stage.play(scene, size), GOLDEN / f"timeline-{size[0]}.txt")


@SIZES
def test_the_scorecards(stage: Stage, size: tuple[int, int]) -> None:
    """A row a metric, once `v` has read them from the engine."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> str:
        await stage.press(pilot, "3", "v", "j")
        return stage.text()

    snapshot(stage.play(scene, size), GOLDEN / f"scorecards-{size[0]}.txt")


def test_the_lineage_is_walked_and_escape_walks_back(stage: Stage) -> None:
    """`l` opens, `h` closes or goes up, Enter makes it the centre, Esc goes back to the centre before."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "2", "slash")
        await stage.type(pilot, "sales accepted")
        await stage.press(pilot, "enter", "l", "l")
        assert "[Lineage]" in stage.text()
        place = stage.app.screen
        assert isinstance(place, RegistryPlace)
        place.detail.go("used by > metric:lead_quality_trend")
        await stage.press(pilot, "l")
        assert re.search(r"▾ lead_quality_trend", stage.text())
        await stage.press(pilot, "j", "h")
        assert place.detail.at == "used by > metric:lead_quality_trend"
        await stage.press(pilot, "h")
        assert re.search(r"▸ lead_quality_trend", stage.text())
        await stage.press(pilot, "enter")
        assert re.search(r"│ +lead_quality_trend *$", stage.text(), re.MULTILINE)
        assert "computed from" in stage.text()
        await stage.press(pilot, "escape")
        assert re.search(r"│ +sales_accepted_lead_rate *$", stage.text(), re.MULTILINE)

    stage.play(scene)


def test_tabs_walk_with_l_and_h_and_back_to_the_list(stage: Stage) -> None:
    """From the list `l` goes into the detail, there from tab to tab; `h` goes back."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "2", "l")
        for tab in ("Lineage", "Who", "Versions", "Values"):
            await stage.press(pilot, "l")
            assert f"[{tab}]" in stage.text()
        for tab in ("Versions", "Who", "Lineage", "Definition"):
            await stage.press(pilot, "h")
            assert f"[{tab}]" in stage.text()
        await stage.press(pilot, "h")
        place = stage.app.screen
        assert isinstance(place, RegistryPlace)
        assert place.rows.has_focus

    stage.play(scene)


def test_who_names_the_people_and_you(stage: Stage) -> None:
    """For a change that the reader writes."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "2", "slash")
        await stage.type(pilot, "sales accepted")
        await stage.press(pilot, "enter", "l", "l", "l")
        shown = stage.text()
        assert "accountable  crm-lead (you)" in shown
        assert "BREAKING" in shown
        assert "approval of" in shown

    stage.play(scene)


def test_nothing_found_says_what_is_closest_and_escape_clears(stage: Stage) -> None:
    """Every empty state says what leads on."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "2", "slash")
        await stage.type(pilot, "led rate")
        shown = " ".join(stage.text().split())
        assert 'Nothing matches "led rate". Closest:' in shown
        await stage.press(pilot, "escape")
        assert "Nothing matches" not in stage.text()

    stage.play(scene)


def test_facets_narrow_and_are_there_at_the_next_start(measured: Path, home: Path) -> None:
    """`f`, a few letters, Enter; Esc on the dialog leaves everything as it is."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "2", "f")
        await stage.type(pilot, "domain crm")
        await stage.press(pilot, "enter")
        assert "domain crm_handoff" in stage.text()
        await stage.press(pilot, "f", "escape")
        assert "domain crm_handoff" in stage.text()
        stage.app.quit()

    async def again(stage: Stage, _pilot: Pilot[None]) -> None:
        assert "[2 Registry]" in stage.text()
        assert "domain crm_handoff" in stage.text()

    Stage(measured, home, claimed="crm-lead", clock=Standing(), now=_now).play(scene)
    Stage(measured, home, claimed="crm-lead", clock=Standing(), now=_now).play(again)


def test_the_cursor_keeps_its_row_when_the_order_changes(stage: Stage) -> None:
    """Nothing moves under the hands."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "2", "j", "j", "j")
        place = stage.app.screen
        assert isinstance(place, RegistryPlace)
        before = place.rows.at
        await stage.press(pilot, "s")
        assert place.rows.at == before
        assert "Sorted by owner." in stage.message

    stage.play(scene)


def test_a_source_has_no_timeline(stage: Stage) -> None:
    """The key is there, closed, and says why."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "2", "slash")
        await stage.type(pilot, "crm_leads")
        await stage.press(pilot, "enter")
        assert "[t timeline]" in stage.text()
        await stage.press(pilot, "t")
        assert "Timelines are of metrics" in stage.message

    stage.play(scene)


def test_basis_dates_and_table_of_the_timeline(stage: Stage) -> None:
    """`b` chooses the definition, `d` the days, `p` the figures; a day that is none is said at once."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        stage.app.open_timeline(RATE)
        await stage.settled(pilot)
        assert isinstance(stage.app.screen, Timeline)
        await stage.press(pilot, "b", "G", "enter")
        assert "basis version 1.2.0" in stage.text()
        await stage.press(pilot, "d")
        await stage.type(pilot, "soon")
        await stage.press(pilot, "enter")
        assert '"soon" is no day' in stage.text()
        await stage.press(pilot, "ctrl+u")
        assert "empty: everything" in stage.text()
        await stage.type(pilot, "year")
        assert "Enter takes first of this year 2026-01-01" in stage.text()
        await stage.press(pilot, "ctrl+u")
        await stage.type(pilot, "2026-04-01")
        await stage.press(pilot, "enter", "p")
        shown = stage.text()
        assert "period" in shown
        assert "2025-01" in shown
        assert "2026-05" not in shown

    stage.play(scene)


@SIZES
def test_the_timeline_by_a_dimension(stage: Stage, size: tuple[int, int]) -> None:
    """`x` asks by what; every value has its line."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> str:
        stage.app.open_timeline(RATE)
        await stage.settled(pilot)
        await stage.press(pilot, "x", "j", "enter")
        return stage.text()

    snapshot(stage.play(scene, size), GOLDEN / f"timeline-by-{size[0]}.txt")


def test_one_value_of_a_dimension_and_back(stage: Stage) -> None:
    """Enter draws it alone, Esc goes back to all of them at the same row, `x` to the whole."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        stage.app.open_timeline(RATE)
        await stage.settled(pilot)
        await stage.press(pilot, "x", "j", "enter", "tab", "j")
        screen = stage.app.screen
        assert isinstance(screen, Timeline)
        at = screen.query_one("#plot", LineView).at
        await stage.press(pilot, "enter")
        assert " · percent by month and channel" in stage.text()
        assert "┤" in stage.text()
        await stage.press(pilot, "p")
        assert "period" in stage.text()
        await stage.press(pilot, "p", "escape")
        assert screen.query_one("#plot", LineView).at == at
        await stage.press(pilot, "x", "g", "enter")
        assert "and channel" not in stage.text()
        assert "┤" in stage.text()

    stage.play(scene)


def test_scorecards_filter_and_lead_to_the_timeline(stage: Stage) -> None:
    """Enter opens the timeline of the row, Esc comes back to it."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "3", "slash")
        await stage.type(pilot, "routing")
        await stage.press(pilot, "enter", "enter")
        assert "routing_speed › Timeline" in stage.text()
        await stage.press(pilot, "escape")
        assert "[3 Scorecards]" in stage.text()
        assert "routing_speed" in stage.text()

    stage.play(scene)


def test_the_palette_opens_a_definition_by_its_name(stage: Stage) -> None:
    """From anywhere, and whatever the registry was narrowed to."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "colon")
        await stage.type(pilot, "lead quality tr")
        await stage.press(pilot, "enter")
        assert "[2 Registry]" in stage.text()
        assert re.search(r"▌lead_quality_trend", stage.text())

    stage.play(scene)


def test_without_utf_8_every_letter_is_ascii(stage: Stage) -> None:
    """On a terminal that has no others."""
    stage.app.look = ASCII

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "2")
        assert stage.text().isascii()
        await stage.press(pilot, "l", "l", "t")
        assert stage.text().isascii()
        await stage.press(pilot, "3", "v")
        assert stage.text().isascii()

    stage.play(scene)
