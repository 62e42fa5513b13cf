"""The audit log, played by keys: search, filter, verify, export."""

from __future__ import annotations

import asyncio
import csv
import json
import subprocess
from pathlib import Path

import pytest
from textual.pilot import Pilot

from metricgov_tui.screens import audit as screens
from tui.stage import LARGE, SMALL, Stage, cli


async def _to_audit(stage: Stage, pilot: Pilot[None]) -> None:
    await stage.press(pilot, "4")


def test_the_newest_event_is_first_and_told_in_full(registry: Path, home: Path) -> None:
    """Rows are the journal's, the event under the cursor says who, how proved, and where in the chain."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await _to_audit(stage, pilot)
        shown = stage.text()
        assert "[4 Audit log]" in shown
        assert "▌      4" in shown
        assert "ops-lead, claimed" in shown

    Stage(registry, home).play(scene)


def test_verify_says_what_holds(registry: Path, home: Path) -> None:
    """`V` checks every event beside the screen."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await _to_audit(stage, pilot)
        await stage.press(pilot, "V")
        assert "✓ 4 events of 1 change hold" in stage.message

    Stage(registry, home).play(scene)


def test_verify_names_the_first_bad_event(registry: Path, home: Path) -> None:
    """An event that was written anew is named, and the cursor goes to it (INV-31)."""
    work = registry.parent / "forged"
    subprocess.run(["git", "worktree", "add", "-q", str(work), "metricgov/journal"], cwd=registry, check=True)
    forged = next(path for path in work.rglob("*3.json") if "changes" in path.parts)
    forged.write_text(forged.read_text().replace("ops-lead", "crm-lead"))
    subprocess.run(["git", "commit", "-qam", "append"], cwd=work, check=True)

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await _to_audit(stage, pilot)
        await stage.press(pilot, "V")
        assert "is the first bad one" in stage.message

    Stage(registry, home).play(scene)


def test_search_and_filter(registry: Path, home: Path) -> None:
    """`/` narrows what is here, `f` asks the journal; a type that does not exist is refused with those that do."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await _to_audit(stage, pilot)
        await stage.press(pilot, "slash")
        await stage.type(pilot, "submitted")
        await stage.press(pilot, "enter")
        assert "1 of 4" in stage.text()
        await stage.press(pilot, "escape", "f", "down", "down", "down")
        await stage.type(pilot, "aproved")
        await stage.press(pilot, "enter")
        assert "no event is called 'aproved'" in stage.message
        assert "approved" in stage.message

    Stage(registry, home).play(scene)


def test_export_writes_what_the_filter_shows_and_nothing_over_an_old_file(
    registry: Path, home: Path, tmp_path: Path
) -> None:
    """`X` asks for a file; one that is there stays as it is."""
    out = tmp_path / "events.csv"

    async def export(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "X", "ctrl+u")
        await stage.type(pilot, str(out))
        await stage.press(pilot, "enter")

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await _to_audit(stage, pilot)
        await export(stage, pilot)
        assert "4 events written" in stage.message
        assert [row["seq"] for row in csv.DictReader(out.open())] == ["1", "2", "3", "4"]
        out.write_text("mine")
        await export(stage, pilot)
        assert "is there already" in stage.message
        assert out.read_text() == "mine"

    Stage(registry, home).play(scene)
    assert cli(registry, "audit", "verify")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_export_writes_what_is_found_and_says_so_before(registry: Path, home: Path, tmp_path: Path, form: str) -> None:
    """`/` narrows what `X` writes, as `f` does; the dialog counts it."""
    out = tmp_path / f"events.{form}"

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await _to_audit(stage, pilot)
        await stage.press(pilot, "X")
        assert "Export every event" in stage.text()
        await stage.press(pilot, "escape", "slash")
        await stage.type(pilot, "submitted")
        await stage.press(pilot, "enter", "X")
        assert 'Export 1 event found by "submitted"' in stage.text()
        await stage.press(pilot, "ctrl+u")
        await stage.type(pilot, str(out))
        await stage.press(pilot, "enter")
        assert "1 event written" in stage.message

    Stage(registry, home).play(scene)
    rows = list(csv.DictReader(out.open())) if form == "csv" else [json.loads(one) for one in out.open()]
    assert [row["type"] for row in rows] == ["revision_submitted"]


def test_a_search_among_the_newest_says_among_how_many(
    registry: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not read yet was not searched, and nobody takes the file for everything."""
    monkeypatch.setattr(screens, "AT_FIRST", 2)

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await _to_audit(stage, pilot)
        await stage.press(pilot, "slash")
        await stage.type(pilot, "ops-lead")
        await stage.press(pilot, "enter", "X")
        assert 'found by "ops-lead", of the 2 newest' in stage.text()

    Stage(registry, home).play(scene)


@pytest.mark.parametrize("key", ["1", "3", "4", "5"])
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_somebody_unknown_is_told_so_and_how_it_goes_on(
    registry: Path, home: Path, key: str, size: tuple[int, int]
) -> None:
    """No place reads for ever; keys about what is not shown are in brackets and say why."""

    async def scene() -> None:
        async with stage.app.run_test(size=size) as pilot:
            for _ in range(400):
                await pilot.pause(0.01)
                if stage.app.refused is not None:
                    break
            await pilot.press(key)
            await pilot.pause(0.1)
            shown = " ".join(stage.text().split())
            assert "Nothing is shown: 'crm-leed' is nobody with rights here." in shown
            assert "metricgov tui --as NAME" in shown
            assert " …" not in stage.text()
            if key == "4":
                assert "[V verify]" in shown
                await pilot.press("X")
                await pilot.pause(0.1)
                assert type(stage.app.screen).__name__ == "AuditLog"
                assert "nobody with rights here" in stage.message

    stage = Stage(registry, home, claimed="crm-leed")
    asyncio.run(scene())
