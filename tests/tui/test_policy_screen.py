"""Policy: gaps and deadlocks where they are, with what mends them."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from metricgov.desk.local import LocalDesk
from metricgov.domain.workflow.coverage import Standing
from metricgov_tui.look import ASCII, UNICODE, Look
from metricgov_tui.panels import policy as panels
from tui.stage import Stage, cli


def test_every_change_can_be_approved(registry: Path, home: Path) -> None:
    """The answer comes first, a row for each domain below it."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "5")
        shown = stage.text()
        assert "Every change can be approved." in shown
        assert "crm_handoff" in shown
        assert "Checked in" in shown

    Stage(registry, home).play(scene)


@pytest.mark.parametrize("look", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_a_gap_is_named_with_its_remedy(registry: Path, look: Look) -> None:
    """A domain whose accountable person is gone shows GAP, why, and who can mend it."""
    people = registry / "governance" / "people.yaml"
    text = people.read_text()
    assert "content-lead" in text
    raci = registry / "governance" / "raci.yaml"
    raci.write_text(raci.read_text().replace("content-lead", "nobody-here"))
    cli(registry, "policy", "check", "--worktree", ok=(0, 1, 2))
    checked = LocalDesk(registry).policy()
    coverage = checked.coverage
    assert coverage.count(Standing.GAP) == 0  # main still has the old rules: a work tree decides nothing
    weak = [one.text.plain for one in panels.lines(coverage, look)]
    assert any("Every change can be approved." in line for line in weak)
