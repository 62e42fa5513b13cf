"""Commands that have no key: each is one of the command line's, and the palette gives the line to type."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from metricgov.cli.lazy import Group
from metricgov.cli.table import SECTIONS
from metricgov_tui.commands import COMMANDS, line_of
from tui.stage import Stage


def _known() -> set[str]:
    found = set()
    for commands in SECTIONS.values():
        for name, one in commands.items():
            inner = one.commands if isinstance(one, Group) else {}
            found |= {f"{name} {each}" for each in inner} or {name}
    return found


@pytest.mark.parametrize(("name", "says", "line"), COMMANDS, ids=[one[0] for one in COMMANDS])
def test_each_is_a_command(name: str, says: str, line: str) -> None:
    """A name that the command line no longer knows turns this red."""
    assert name in _known()
    assert line.startswith(f"metricgov {name}")
    assert says


def test_the_definition_in_front_stands_in_the_line() -> None:
    """`{name}` is what the screen is about."""
    assert line_of("metricgov why {name} PERIOD", "metric:routing_speed") == "metricgov why routing_speed PERIOD"
    assert line_of("metricgov who {name}", "") == "metricgov who NAME"


def test_the_palette_gives_the_line(registry: Path, home: Path) -> None:
    """It is shown and copied, and nothing is done."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "colon")
        await stage.type(pilot, "rename")
        await stage.press(pilot, "enter")
        assert "metricgov rename sales_accepted_lead_rate NEW_NAME -m WHY" in stage.message

    Stage(registry, home).play(scene)
