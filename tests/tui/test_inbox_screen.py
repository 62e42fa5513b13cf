"""The inbox, played by keys against a real registry."""

from __future__ import annotations

import re
from pathlib import Path

from textual.pilot import Pilot

from tui.stage import LARGE, Stage, cli


def test_the_first_screen_says_what_waits_and_why(registry: Path, home: Path) -> None:
    """The inbox is the first screen, its first row is selected, and the preview says why it is you."""

    async def scene(stage: Stage, _pilot: Pilot[None]) -> None:
        shown = stage.text()
        assert "[1 Inbox 1]" in shown
        assert re.search(r"▌ .* Decide   sales_accepted_lead_rate +BREAKING +ops-lead", shown)
        assert "Missing" in shown

    Stage(registry, home).play(scene)


def test_tabs_walk_with_h_and_l_and_come_back_at_the_next_start(registry: Path, home: Path) -> None:
    """What was on the screen last is there at the next start."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "l", "l")
        assert "[Watched 0]" in stage.text()
        stage.app.quit()

    async def again(stage: Stage, _pilot: Pilot[None]) -> None:
        assert "[Watched 0]" in stage.text()

    Stage(registry, home).play(scene)
    Stage(registry, home).play(again)


def test_news_is_counted_and_comes_in_when_asked_for(registry: Path, home: Path) -> None:
    """Nothing moves under the hands: another window's decision is counted, `.` shows it."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        cli(registry, "withdraw", "sales_accepted_lead_rate", "-m", "not now", person="ops-lead")
        await stage.app._watch()
        await stage.settled(pilot)
        shown = stage.text()
        assert "1 new: ." in shown
        assert "Decide   sales_accepted_lead_rate" in shown
        await stage.press(pilot, "full_stop")
        assert "No change is open." in stage.text()

    Stage(registry, home).play(scene)


def test_filter_says_what_matches_nothing_and_escape_clears_it(registry: Path, home: Path) -> None:
    """`/` filters with every key; Esc clears."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "slash")
        await stage.type(pilot, "routing")
        assert 'Nothing matches "routing". Esc clears.' in stage.text()
        await stage.press(pilot, "escape")
        assert "Decide   sales_accepted_lead_rate" in stage.text()

    Stage(registry, home).play(scene)


def test_watching_a_change_lists_it(registry: Path, home: Path) -> None:
    """`w` watches what the cursor is on, and does not any more the second time."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "w")
        assert "Watched 1" in stage.text()
        await stage.press(pilot, "w")
        assert "Watched 0" in stage.text()

    Stage(registry, home).play(scene)


def test_keys_and_palette_open_and_close(registry: Path, home: Path) -> None:
    """`?` lists the keys that work here, `:` runs anything by its name."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "question_mark")
        assert "Keys that work here" in stage.text()
        await stage.press(pilot, "escape", "colon")
        await stage.type(pilot, "theme light")
        await stage.press(pilot, "enter")
        assert stage.app.palette.name == "light"

    Stage(registry, home).play(scene)


def test_large_terminals_show_list_and_preview_side_by_side(registry: Path, home: Path) -> None:
    """From 120 columns nothing is hidden below."""

    async def scene(stage: Stage, _pilot: Pilot[None]) -> None:
        rows = stage.text().splitlines()
        assert any("Decide   sales_accepted_lead_rate" in row and "│" in row for row in rows)

    Stage(registry, home).play(scene, LARGE)
