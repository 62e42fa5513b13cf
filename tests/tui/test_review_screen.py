"""Review, played by keys against real registries: an open change of ops-lead that crm-lead reviews."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cli.reading_world import OPEN, build
from metricgov_tui.screens.review import Review
from tui.stage import LARGE, SMALL, Stage, cli, snapshot

CHANGE = "sales_accepted_lead_rate"
GOLDEN = Path(__file__).parent / "golden"


class Noon:
    """A clock that stands."""

    def now(self) -> datetime:
        """Return noon."""
        return datetime(2026, 6, 19, 12, tzinfo=UTC)


def review(stage: Stage) -> Review:
    """Return the screen."""
    screen = stage.app.screen
    assert isinstance(screen, Review)
    return screen


def opened(registry: Path, home: Path, **how: object) -> Stage:
    """Return a stage with the change open."""
    return Stage(registry, home, change=CHANGE, **how)  # type: ignore[arg-type]


def test_enter_on_a_row_of_the_inbox_opens_the_change(registry: Path, home: Path) -> None:
    """Ten seconds: what changed in meaning, why, what is missing and from whom."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "enter")
        shown = stage.text()
        assert re.search(r"Inbox › chg-\w{6}  sales_accepted_lead_rate  1.2.0 → 2.0.0", shown)
        assert 'ops-lead: "three weeks"' in shown
        assert re.search(r"▌≠ calculation\.where +BREAKING", shown)
        assert "INTERVAL '[30 → 21]' DAY" in shown
        assert re.search(r"── Missing \d of \d ─", shown)
        await stage.press(pilot, "escape")
        assert "[1 Inbox" in stage.text()

    Stage(registry, home).play(scene)


def test_n_walks_the_findings_and_counts_those_that_were_read(registry: Path, home: Path) -> None:
    """`n` goes on, `N` goes back, and what was read is remembered over restarts."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        assert "4 findings to read, 1 read." in stage.text()
        await stage.press(pilot, "n", "n")
        assert "4 findings to read, 3 read." in stage.text()
        assert review(stage).finding is not None
        assert review(stage).finding.field == "description"  # type: ignore[union-attr]
        await stage.press(pilot, "N")
        assert review(stage).field == (
            "metrics/crm_handoff/sales_accepted_lead_rate.yaml",
            "calculation.numerator.where",
        )
        await stage.press(pilot, "n", "n")
        assert "All 4 findings are read." in stage.text()
        await stage.press(pilot, "escape")
        stage.app.quit()

    async def again(stage: Stage, _pilot: Pilot[None]) -> None:
        assert "All 4 findings are read." in stage.text()

    opened(registry, home).play(scene)
    opened(registry, home).play(again)


def test_h_and_l_walk_the_views_and_what_is_missing_stays_in_sight(registry: Path, home: Path) -> None:
    """Diff, Effect, Impact, Talk, Story; each says what it has, or why it has nothing."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        said = {"Effect": "no engine", "Impact": "lead_quality_trend", "Talk": "No comments.", "Story": "submitted"}
        for title, words in said.items():
            await stage.press(pilot, "l")
            assert f"[{title}]" in stage.text()
            assert words in stage.text()
            assert re.search(r"── Missing \d+ of \d+: ", stage.text())
        await stage.press(pilot, "l", "h", "h", "h", "h", "h")
        assert "[Diff]" in stage.text()

    opened(registry, home).play(scene)


def test_tab_lists_everything_that_is_missing_and_escape_folds_it(registry: Path, home: Path) -> None:
    """Who can meet it and by when; Esc goes back to the diff, not out of the change."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "tab")
        assert "who  " in stage.text() and "due  " in stage.text()
        await stage.press(pilot, "escape")
        assert "who  " not in stage.text()
        assert isinstance(stage.app.screen, Review)

    opened(registry, home).play(scene)


def test_z_unfolds_the_file_and_s_puts_it_side_by_side(registry: Path, home: Path) -> None:
    """Folded, the rest is a count; unfolded, every line with its number."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        assert "The rest of the file is unchanged" in stage.text()
        assert "INTERVAL '[30]' DAY" in stage.text() and "before  1.2.0" in stage.text()
        await stage.press(pilot, "s")
        assert "before  1.2.0" not in stage.text()
        await stage.press(pilot, "z")
        assert "The rest of the file is unchanged" not in stage.text()
        await stage.press(pilot, "G")
        assert "tags: [lead]" in stage.text()

    opened(registry, home).play(scene, LARGE)


def test_a_comment_stands_on_its_field_and_x_settles_it(registry: Path, home: Path) -> None:
    """`c` on a field starts a thread there; Talk lists it; `x` closes it and opens it again."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "n", "c")
        await stage.type(pilot, "calendar days")
        await stage.press(pilot, "enter")
        assert '" crm-lead: calendar days' in stage.text()
        assert "Talk 1" in stage.text()
        assert review(stage).thread is not None
        await stage.press(pilot, "l", "l", "l")
        assert "calculation.numerator.where" in stage.text() and "you, " in stage.text()
        await stage.press(pilot, "x")
        assert "settled" in stage.text()
        await stage.press(pilot, "x")
        assert "settled" not in stage.text()

    opened(registry, home).play(scene)


def test_another_revision_is_said_and_enter_shows_what_it_changed(registry: Path, home: Path) -> None:
    """Nothing moves under the hands: a banner, then only what differs from the revision that was read."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "n")
        path = registry / "metrics" / "crm_handoff" / "sales_accepted_lead_rate.yaml"
        text = path.read_text().replace("INTERVAL '30' DAY", "INTERVAL '21' DAY").replace("after 30", "after 21")
        path.write_text(text.replace("within 30 days", "within three weeks"))
        cli(registry, "revise", CHANGE, str(path), "-m", "in words", person="ops-lead")
        await stage.app._watch()
        await stage.settled(pilot)
        assert "You read revision 1; revision 2 came" in stage.text()
        assert "INTERVAL '[30 → 21]' DAY" in stage.text()
        await stage.press(pilot, "enter")
        shown = stage.text()
        assert "What revision 2 changed of revision 1" in shown
        assert "~ description" in shown and "calculation.where" not in shown
        await stage.press(pilot, "escape")
        assert "≠ calculation.where" in stage.text()
        assert isinstance(stage.app.screen, Review)

    opened(registry, home).play(scene)


def test_neighbours_of_the_list_are_one_key_away(registry: Path, home: Path) -> None:
    """`>` and `<` walk the list that the change came from; at its ends they say so."""
    path = registry / "metrics" / "crm_handoff" / "routing_speed.yaml"
    before = path.read_text()
    path.write_text(before.replace("title: ", "title: The "))
    cli(registry, "propose", str(path), "-m", "a word", person="ops-lead")
    path.write_text(before)

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "enter")
        first = review(stage).asked
        assert "1 of 2  < >" in stage.text()
        await stage.press(pilot, "greater_than_sign")
        assert "2 of 2  < >" in stage.text()
        assert review(stage).asked != first
        await stage.press(pilot, "greater_than_sign")
        assert "This is the last change of the list." in stage.text()
        await stage.press(pilot, "less_than_sign")
        assert review(stage).asked == first

    Stage(registry, home).play(scene)


def test_very_wide_screens_show_the_list_beside_it(registry: Path, home: Path) -> None:
    """From 200 columns list, diff and evidence stand side by side, and Enter in the list opens another change."""
    path = registry / "metrics" / "crm_handoff" / "routing_speed.yaml"
    before = path.read_text()
    path.write_text(before.replace("title: ", "title: The "))
    cli(registry, "propose", str(path), "-m", "a word", person="ops-lead")
    path.write_text(before)

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "enter")
        first, rows = review(stage).asked, stage.text().splitlines()
        assert any("routing_speed" in row[:46] for row in rows) and any(CHANGE in row[:46] for row in rows)
        assert any("IMPACT" in row[150:] for row in rows)
        await stage.press(pilot, "shift+tab", "j", "k", "k", "j", "enter")
        assert review(stage).asked in review(stage).among
        await stage.press(pilot, "tab")
        assert review(stage).main.has_focus
        assert first in review(stage).among

    Stage(registry, home).play(scene, (210, 50))


def test_an_unknown_change_is_said_in_the_panel(registry: Path, home: Path) -> None:
    """The screen opens, says what is wrong, and Esc leads back."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        assert "chg-nowhere" in stage.text()
        await stage.press(pilot, "escape")
        assert "[1 Inbox" in stage.text()

    Stage(registry, home, change="chg-nowhere").play(scene)


@pytest.mark.slow
def test_v_evaluates_and_p_walks_the_pages(registry: Path, home: Path) -> None:
    """The effect is computed on the engine, recorded, and drawn: numbers, segments, history, tables, warnings."""
    _with_data(registry)

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "v")
        shown = stage.text()
        assert "Evaluated and recorded with the change." in shown
        assert "ratio " in shown and "o old   + new" in shown
        for words in ("by channel", "History as it will read", "2026-", "targets and readers"):
            await stage.press(pilot, "p")
            await stage.press(pilot, "G")
            pages = "\n".join(line.text.plain for line in review(stage).main.lines())
            assert words in pages
        assert review(stage).effect is not None and review(stage).effect.current  # type: ignore[union-attr]

    opened(registry, home, now=lambda: datetime(2026, 6, 29, tzinfo=UTC)).play(scene)


def _with_data(registry: Path) -> None:
    """Bind a small database to the registry."""
    cli(registry, "sample-data", "sample.duckdb", "--rows", "3000")
    settings = registry / "metricgov.yaml"
    before = settings.read_text()
    settings.write_text(before + "engines:\n  warehouse: {type: duckdb, path: sample.duckdb}\n")
    cli(registry, "propose", "metricgov.yaml", "-m", "bind the sample")
    for person in ("finance-lead", "head-of-marketing"):
        cli(registry, "approve", "governance:metricgov", person=person)
    settings.write_text(before)
    cli(registry, "apply", "governance:metricgov")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry whose clock and ids never change."""
    root = tmp_path_factory.mktemp("past") / "marketing"
    build(root)
    return root


@pytest.mark.parametrize(("size", "name"), [(SMALL, "review-80x24"), (LARGE, "review-140x40")], ids=["small", "large"])
def test_the_screen_looks_as_it_was_looked_at(past: Path, tmp_path: Path, size: tuple[int, int], name: str) -> None:
    """One look at the diff in either size."""
    root = Path(shutil.copytree(past, tmp_path / "marketing", symlinks=True))

    async def scene(stage: Stage, pilot: Pilot[None]) -> str:
        await stage.press(pilot, "n")
        return stage.text()

    stage = Stage(root, tmp_path / "state", claimed="crm-lead", change=OPEN, clock=Noon(), now=Noon().now)
    snapshot(stage.play(scene, size), GOLDEN / f"{name}.txt")
