"""Keys in no order, as fast as they come: nothing breaks, and the app still answers afterwards."""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from metricgov_tui.keys import TABLE
from tui.stage import LARGE, SMALL, Stage

SECONDS = float(os.environ.get("METRICGOV_RANDOM_KEYS", "3"))
"""How long each seed presses; the bench does it for a minute."""

LEFT_OUT = {"q", "ctrl+z", "ctrl+c", "E"}
"""Keys that leave the app, suspend it, or open another program."""

KEYS = [*sorted({key for one in TABLE for key in one.keys.split(",")} - LEFT_OUT), *"abcxyz0", "backspace", "delete"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_keys_break_nothing(registry: Path, home: Path, seed: int) -> None:
    """Any bug in a handler, a panel or the desk raises here."""
    chance = random.Random(seed)

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        until, pressed = time.monotonic() + SECONDS, list[str]()
        while time.monotonic() < until:
            keys = chance.choices(KEYS, k=chance.choice((1, 8, 40)))
            pressed += keys
            stage.burst(*keys)
            await asyncio.sleep(chance.choice((0, 0.05, 0.3)))
            face_problems = [one.problem for one in stage.app.screen_stack if getattr(one, "problem", None)]
            assert not face_problems, (pressed[-40:], face_problems[0].report)
        for _ in range(8):
            await pilot.press("escape")
        await stage.settled(pilot)
        assert stage.app.is_running
        print(f"{len(pressed)} keys pressed")

    Stage(registry, home).play(scene, SMALL if seed % 2 else LARGE)
