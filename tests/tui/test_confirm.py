"""Confirmations: what can be taken back takes Enter; what ends something takes its capital letter and nothing else."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from metricgov_tui.dialogs import confirm
from metricgov_tui.dialogs.confirm import DEAF_FOR, Confirm, Said
from metricgov_tui.words_deciding import ASKS, Ask
from tui.stage import Stage

LEFT = "left"


async def _asked(stage: Stage, pilot: Pilot[None], ask: Ask, *keys: str, wait: float = DEAF_FOR + 0.1) -> object:
    """Show a confirmation, press keys, and return what it was answered with ("still there" where it was not)."""
    answers: list[object] = []
    stage.app.push_screen(Confirm("Apply", "Apply now?", ask, Said()), answers.append)
    await pilot.pause()
    await asyncio.sleep(wait)
    await pilot.press(*keys)
    await pilot.pause()
    if not answers:
        await pilot.press("escape")
        await pilot.pause()
        return "still there"
    return LEFT if answers[0] is None else answers[0]


@pytest.mark.parametrize(
    ("ask", "keys", "answer"),
    [
        (Ask(words=""), ["enter"], Said()),
        (Ask(words=""), ["escape"], LEFT),
        (Ask("A", ""), ["enter"], "still there"),
        (Ask("A", ""), ["a"], "still there"),
        (Ask("A", ""), ["A"], Said()),
        (Ask("A", ""), ["escape"], LEFT),
        (Ask("R", "must"), ["n", "o", "tab", "R"], Said("no")),
        (Ask("R", "must"), ["R"], "still there"),
        (Ask("R", "must"), ["tab", "R"], "still there"),
        (Ask(words="must"), ["enter"], "still there"),
        (Ask(words="must"), ["w", "h", "y", "enter"], Said("why")),
        (Ask(words="may"), ["enter"], Said()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_each_key_does(registry: Path, home: Path, ask: Ask, keys: list[str], answer: object) -> None:
    """Two grades, and words that must be there."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        assert await _asked(stage, pilot, ask, *keys) == answer

    Stage(registry, home).play(scene)


def test_keys_that_were_typed_ahead_end_nothing(registry: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow line a capital letter may arrive before the sentence could be read."""
    monkeypatch.setattr(confirm, "DEAF_FOR", 60.0)  # so that a slow machine does not outlast it

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        assert await _asked(stage, pilot, Ask("A", ""), "A", wait=0.0) == "still there"

    Stage(registry, home).play(scene)


def test_what_moves_main_or_ends_something_is_of_the_second_grade() -> None:
    """The table of tui.md: everything that a new change alone can undo."""
    ends = {"apply", "reject", "withdraw", "supersede", "end_objection", "override", "revert", "decline"}
    assert {deed for deed, ask in ASKS.items() if ask.capital} == ends


def test_words_that_were_not_used_are_there_the_next_time(registry: Path, home: Path) -> None:
    """Esc keeps what was typed."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "enter", "r")
        await stage.type(pilot, "too short")
        await stage.press(pilot, "escape", "r")
        assert "too short" in stage.text()
        await stage.press(pilot, "enter")
        assert "Asked for changes." in stage.message

    Stage(registry, home).play(scene)


def test_a_contributor_is_refused_in_words(registry: Path, home: Path) -> None:
    """The key of an approval that cannot count is in brackets, and says why and who can."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "a")
        assert "wrote" in stage.message or "contribut" in stage.message
        assert "[a approve]" in stage.text()

    Stage(registry, home, claimed="ops-lead", change="sales_accepted_lead_rate").play(scene)


WHO = ("analytics-lead", "crm-deputy", "finance-lead")


@pytest.mark.parametrize(
    ("ask", "keys", "answer", "shown"),
    [
        (Ask(words="", person="Who"), [*"deputy", "enter"], Said(person="crm-deputy"), "Enter takes crm-deputy"),
        (Ask(words="", person="Who"), [*"nobody", "enter"], None, "nobody cannot be named here"),
        (Ask(words="", day="When"), [*"mon", "enter"], Said(day="2026-07-01"), "Enter takes first of next month"),
        (Ask(words="", day="When"), [*"soon", "enter"], None, '"soon" is no day; write it as 2026-08-01'),
        (Ask("A", "", day="When"), [*"today", "tab", "A"], Said(day="2026-06-18"), "today 2026-06-18"),
    ],
    ids=["person", "no such person", "day", "no day", "day, then the capital"],
)
def test_people_and_days_by_a_few_letters(
    registry: Path, home: Path, ask: Ask, keys: list[str], answer: Said | None, shown: str
) -> None:
    """What a line is taken for stands below it before it is; what means nothing is said, and nothing is done."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        answers: list[object] = []
        stage.app.push_screen(Confirm("Do", "Do it?", ask, Said(), WHO if ask.person else ()), answers.append)
        await stage.settled(pilot)
        await asyncio.sleep(DEAF_FOR)
        seen = ""
        for key in keys:
            await stage.press(pilot, key)
            seen += " ".join(stage.text().split())
        assert shown in seen
        assert answers == ([answer] if answer else [])

    Stage(registry, home, now=lambda: datetime(2026, 6, 18, tzinfo=UTC)).play(scene)
