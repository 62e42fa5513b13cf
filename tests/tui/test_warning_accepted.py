"""`W`, from an effect that stops a change to a warning that somebody let pass, by keys alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from textual.pilot import Pilot

from metricgov.desk.local import LocalDesk
from tui.stage import LARGE, Stage, cli

RATE = "sales_accepted_lead_rate"
REASON = "Targets follow next quarter."


@pytest.fixture(scope="module")
def made_stopped(measured: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A change whose effect on record moves the numbers of two metrics whose targets stay where they are."""
    folder = Path(shutil.copytree(measured, tmp_path_factory.mktemp("stopped") / "marketing", symlinks=True))
    desk = LocalDesk(folder, claimed="ops-lead")
    desk.evaluate(RATE, as_of="2026-06-15")
    desk.forget()
    return folder


@pytest.fixture
def stopped(made_stopped: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(made_stopped, tmp_path / "marketing", symlinks=True))


def stops(folder: Path) -> set[str]:
    """Return the warnings that stop the change, as the command line tells them."""
    found = json.loads(cli(folder, "change", "show", RATE, "--json"))["change"]["requirements"]
    return {one["says"].partition(":")[0] for one in found if one["code"] == "targets" and not one["met"]}


def test_a_warning_is_accepted_where_it_stands(stopped: Path, home: Path) -> None:
    """The one the reader answers for stands in the line already; Enter, a reason, Enter; the other one still stops."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        assert f"W09 {RATE}: W accepts, e" in stage.text()
        await stage.press(pilot, "W")
        shown = stage.text()
        assert "It holds for exactly this effect" in shown
        assert f"Which warning              W09 {RATE}" in shown
        await stage.press(pilot, "enter", "enter")
        assert "It goes on record with a reason. Say why." in stage.text()
        assert stops(stopped) == before
        await stage.type(pilot, REASON)
        await stage.press(pilot, "enter")
        assert stage.message.startswith("Warning accepted.")
        assert f"W09 {RATE}: W accepts" not in stage.text()

    before = {f"W09 {RATE}", "W09 lead_quality_trend"}
    assert stops(stopped) == before
    Stage(stopped, home, claimed="crm-lead", change=RATE).play(scene, LARGE)
    assert stops(stopped) == {"W09 lead_quality_trend"}
    assert REASON in cli(stopped, "change", "explain", RATE)


def test_of_two_warnings_a_few_letters_choose(stopped: Path, home: Path) -> None:
    """Somebody who answers for both says which; the words stay where it is left."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "W")
        assert f"W09 {RATE} · W09 lead_quality_trend" in stage.text()
        await stage.type(pilot, "trend")
        assert "Enter takes W09 lead_quality_trend" in stage.text()
        await stage.press(pilot, "enter")
        await stage.type(pilot, REASON)
        await stage.press(pilot, "escape", "W")
        assert REASON in stage.text()
        await stage.press(pilot, "enter", "enter")
        assert stage.message.startswith("Warning accepted.")

    Stage(stopped, home, claimed="head-of-marketing", change=RATE).play(scene, LARGE)
    assert stops(stopped) == {f"W09 {RATE}"}


def test_who_wrote_the_change_does_not_rule_on_its_warning(stopped: Path, home: Path) -> None:
    """Nothing is recorded, it is said why, and the words are not lost."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "W", "ctrl+u")
        await stage.type(pilot, "sales")
        await stage.press(pilot, "enter")
        await stage.type(pilot, REASON)
        await stage.press(pilot, "enter")
        assert "who contributed" in stage.message
        await stage.press(pilot, "W")
        assert REASON in stage.text()

    Stage(stopped, home, claimed="ops-lead", change=RATE).play(scene, LARGE)
    assert len(stops(stopped)) == 2
