"""Keys that come in one burst, before what they are meant for is there: none is lost, none goes elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from metricgov_tui import typed
from metricgov_tui.app import GovApp
from tui.stage import Stage

FOUND = "lead_source_completeness"


def _view(app: GovApp) -> str:
    return str(getattr(app.screen, "view", ""))


def _lines(app: GovApp) -> list[str]:
    return [one.value for one in app.screen.query(Input)]


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (["enter", "l", "l"], lambda app: _view(app) == "impact"),
        (["enter", "l", "h", "l", "l"], lambda app: _view(app) == "impact"),
        (["enter", "c", *"why"], lambda app: _lines(app) == ["why"]),
        (["enter", "d", "b", *"yes"], lambda app: _lines(app) == ["yes"] and _title(app) == "Abstain"),
        (["enter", "c", *"lost", "escape", "c"], lambda app: _lines(app) == ["lost"]),
        (["enter", "t", "escape", "l"], lambda app: _view(app) == "effect"),
        (["2", "/", *"lead"], lambda app: app.screen.typed == "lead"),
        (["2", "/", *FOUND, "enter", "t"], lambda app: app.screen.about_definition() == f"metric:{FOUND}"),
        (["4", "X", "ctrl+u", "slash", *"tmp"], lambda app: _lines(app) == ["/tmp"]),
        (["enter", "c", *"not yet", "alt+l"], lambda app: _view(app) == "effect"),
        (["colon", *"tim"], lambda app: _lines(app) == ["tim"]),
        (["4", "1", "enter", "escape", "5"], lambda app: app.screen.NAME == "policy"),
    ],
    ids=[
        "view",
        "views",
        "comment",
        "menu",
        "words kept",
        "timeline and back",
        "search",
        "found",
        "a line emptied",
        "Esc and a letter",
        "palette",
        "places",
    ],
)
def test_keys_in_one_burst(registry: Path, home: Path, keys: list[str], shown: Callable[[GovApp], bool]) -> None:
    """Each key reaches the screen that the one before it opened."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        stage.burst(*keys)
        await pilot.pause()
        await stage.settled(pilot)
        assert shown(stage.app), stage.text()

    Stage(registry, home, claimed="crm-lead").play(scene)


def _title(app: GovApp) -> str:
    return str(getattr(app.screen, "title_words", str)())


def test_keys_before_anything_is_there(registry: Path, home: Path) -> None:
    """Typed while the app starts: they wait for the rows that they are about."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.settled(pilot)
        assert _view(stage.app) == "effect", stage.text()

    stage = Stage(registry, home)
    enter = stage.app._enter

    async def typed_first() -> None:
        stage.burst("enter", "l")
        await enter()

    stage.app._enter = typed_first  # type: ignore[method-assign]
    stage.play(scene)


def test_what_waits_too_long_is_dropped_and_named(registry: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dialog that does not come: the keys for it are not done later, when nobody expects it any more."""
    monkeypatch.setattr(typed, "LONGEST", 0.1)

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        with stage.app.coming():
            stage.burst("j", "enter")
            await stage.settled(pilot)
        await stage.settled(pilot)
        assert stage.message.startswith("Not done: j Enter.")
        assert "[1 Inbox" in stage.text()

    Stage(registry, home).play(scene)


def test_ctrl_c_never_waits(registry: Path, home: Path) -> None:
    """It stops what runs, and what was typed before it."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        with stage.app.coming():
            stage.burst("2", "ctrl+c")
            await stage.settled(pilot)
            assert stage.message == "Nothing runs that could be stopped."
        await stage.settled(pilot)
        assert "[1 Inbox" in stage.text()

    Stage(registry, home).play(scene)
