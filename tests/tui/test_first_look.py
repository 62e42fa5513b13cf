"""What somebody meets who tries the screens for the first time, and makes mistakes."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from metricgov_tui.dialogs.menu import ROWS, reason
from metricgov_tui.look import UNICODE
from metricgov_tui.panels import audit
from metricgov_tui.screens.review import Review
from tui.stage import LARGE, SMALL, Stage


def test_the_changes_beside_a_change_are_those_of_the_list_without_its_headings(registry: Path, home: Path) -> None:
    """`>` after the only change of the inbox is the end, not a change without a name."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "enter")
        assert isinstance(stage.app.screen, Review)
        assert all(stage.app.screen.among)
        assert len(stage.app.screen.among) == 1

    Stage(registry, home).play(scene)


def test_a_comment_says_what_it_is_on_and_that_nothing_is_written(registry: Path, home: Path) -> None:
    """The dialog names the field under the cursor, and asks for words, not for a reason."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "enter", "c")
        assert "A comment on calculation." in stage.text()
        assert "Why?" not in stage.text()
        await stage.press(pilot, "enter")
        assert "Nothing is written yet." in stage.text()
        await stage.press(pilot, "escape", "l", "l", "l", "c")
        assert "A comment on the change as a whole." in stage.text()

    Stage(registry, home).play(scene)


def test_enter_takes_the_closest_name_where_nothing_matches(registry: Path, home: Path) -> None:
    """A search that finds nothing is one key from what was meant."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "2", "slash")
        await stage.type(pilot, "led rat")
        assert "Closest: sales_accepted_lead_rate; Enter takes it." in " ".join(stage.text().split())
        await stage.press(pilot, "enter")
        assert "▌sales_accepted_lead_rate" in stage.text()

    Stage(registry, home).play(scene)


def test_a_reason_that_is_too_long_for_its_rows_says_so() -> None:
    """No text ends in the middle as if that were all."""
    assert reason("short", "…") == ["short"]
    rows = reason("word " * 200, "…")
    assert len(rows) == ROWS
    assert rows[-1].endswith("…")


def test_a_cut_column_says_that_it_is_cut() -> None:
    """Names and sentences of the journal end in a sign where the row has no room for them."""
    head = audit._columns("1", "", "head-of-marketing-and-more", "claimed", "x" * 90, 80, UNICODE.ellipsis)
    assert len(head) == 79
    assert head.count("…") == 2


def test_enter_on_a_domain_of_the_policy_shows_its_definitions(registry: Path, home: Path) -> None:
    """The rules of a domain and the definitions they are for are one key apart, also before anything was looked up."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "5", "j", "enter")
        assert "domain content_seo" in stage.text()
        await stage.press(pilot, "5", "G", "enter")
        assert "kind governance" in stage.text()

    Stage(registry, home).play(scene)


def test_columns_stand_under_their_names_at_every_width(registry: Path, home: Path) -> None:
    """The row of names is laid out for the width of the list, not for that of the window."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "4")
        rows = stage.text().splitlines()
        names = next(row for row in rows if "proof" in row)
        event = next(row for row in rows if row.startswith("▌"))
        assert event[names.index("proof") :].startswith(("claimed", "server"))

    for size in (SMALL, LARGE):
        Stage(registry, home).play(scene, size)


def test_nothing_blinks_where_somebody_types(registry: Path, home: Path) -> None:
    """A cursor that blinks distracts, and keeps a slow line busy for as long as it has the focus."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "slash")
        focused = stage.app.focused
        assert isinstance(focused, Input)
        assert not focused.cursor_blink
        await stage.press(pilot, "escape", "2", "e", "l", "i")
        text = stage.app.focused
        assert isinstance(text, TextArea)
        assert not text.cursor_blink

    Stage(registry, home).play(scene)
