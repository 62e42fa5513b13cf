"""What a newcomer meets: no registry here, and the tour through a copy of the starter registry."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from textual.pilot import Pilot

from metricgov.desk.asked import Desk
from metricgov.desk.local import LocalDesk
from metricgov.desk.trying import METRIC, READER, make_copy
from metricgov.desk.windows import window_here
from metricgov.domain.errors import Undecidable
from metricgov_tui import start
from metricgov_tui import tour as tours
from metricgov_tui.screens.first_run import FirstRun
from metricgov_tui.tour import LAST, STEPS, Seen, Tour
from tui.stage import Stage, snapshot


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tour") / "starter"
    make_copy(folder, lambda _what, _done, _total: None)
    return folder


def test_the_copy_is_ready_for_every_step(copied: Path) -> None:
    """One change waits for the reader, and the metric and its data are there."""
    desk: Desk = LocalDesk(copied, claimed=READER)
    (row,) = desk.inbox()
    assert (row.asked.value if hasattr(row.asked, "value") else row.asked, row.definition) == (
        "decide",
        f"metric:{METRIC}",
    )
    assert desk.engine() == "warehouse"
    assert b"INTERVAL '4' HOUR" in desk.card("routing_speed").text


@pytest.mark.parametrize(
    ("at", "seen", "done"),
    [
        (0, Seen("Inbox"), False),
        (0, Seen("Review"), True),
        (1, Seen("Review", "diff", Counter(next_match=1)), False),
        (1, Seen("Review", "diff", Counter(next_match=2)), True),
        (1, Seen("Review", "effect"), True),
        (2, Seen("Review", "effect"), False),
        (2, Seen("Review", "effect", effect=True), True),
        (3, Seen("Review", "effect", effect=True), False),
        (3, Seen("Review", "effect", effect=True, approved=True), True),
        (4, Seen("RegistryPlace"), False),
        (4, Seen("Edit"), True),
        (5, Seen("Edit"), False),
        (5, Seen("Edit", breaking=True), True),
        (6, Seen("RegistryPlace"), False),
        (6, Seen("Edit", pressed=Counter(submit=1)), False),
        (6, Seen("RegistryPlace", pressed=Counter(submit=1)), True),
        (7, Seen("RegistryPlace"), False),
        (7, Seen("Timeline"), True),
        (8, Seen("Timeline"), False),
        (8, Seen("KeysHelp", pressed=Counter(keys=1)), True),
        (8, Seen("Palette", pressed=Counter(palette=1)), True),
    ],
)
def test_a_step_ends_when_it_is_done(at: int, seen: Seen, done: bool) -> None:
    assert STEPS[at].done(seen) is done


@pytest.mark.parametrize("at", range(len(STEPS) + 1))
def test_the_strip_fits_the_smallest_screen(at: int) -> None:
    """Three rows of 80 columns, nothing cut."""
    tour = Tour(Path("copy"))
    tour.at = at
    rows = tour.rows()
    assert len(rows) == tours.ROWS
    assert max(row.cell_len for row in rows) <= 79
    tour.ended = True
    assert tour.rows() == ()


def test_the_tour_goes_on_and_ends(copied: Path, home: Path) -> None:
    """Two steps on; Esc in the inbox ends it and says how it goes on, and it does, where it was left."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        assert "tour, step 1 of 9, as crm-lead, in a copy" in stage.text()
        await stage.press(pilot, "enter")
        await pilot.pause(2 * tours.EVERY)
        assert "n walks the findings" in stage.text()
        await stage.press(pilot, "n", "n")
        await pilot.pause(2 * tours.EVERY)
        assert "tour, step 3 of 9" in stage.text()
        await stage.press(pilot, "escape", "escape")
        assert "The tour is over; : tour goes on with it. You are still in the copy; q leaves it." in " ".join(
            stage.text().split()
        )
        assert "step 3" not in stage.text()
        await stage.press(pilot, "colon")
        await stage.type(pilot, "tour")
        await stage.press(pilot, "enter")
        assert "tour, step 3 of 9" in stage.text()

    stage = Stage(copied, home, claimed=READER)
    stage.app.tour = Tour(copied)
    stage.play(scene)


def test_the_last_words_say_how_to_leave(copied: Path, home: Path) -> None:
    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        assert LAST[1] in stage.text()
        stage.app.keep_copy()
        assert stage.app.tour is not None
        assert stage.app.tour.keeps
        await pilot.pause()
        assert f"The copy stays in {copied}" in stage.message

    stage = Stage(copied, home, claimed=READER)
    stage.app.tour = Tour(copied)
    stage.app.tour.at = len(STEPS)
    stage.play(scene)


@pytest.mark.parametrize(("key", "leaves_for"), [("t", "tour"), ("i", "init"), ("q", ""), ("enter", "tour")])
def test_without_a_registry_there_is_a_way_on(tmp_path: Path, home: Path, key: str, leaves_for: str) -> None:
    """Nothing is wrong there, so no error is shown: three keys, and the first is the tour."""
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()

    async def scene() -> None:
        async with stage.app.run_test(size=(80, 24)) as pilot:
            for _ in range(400):
                await pilot.pause(0.01)
                if isinstance(stage.app.screen, FirstRun) and stage.app.screen.laid_out:
                    break
            await pilot.pause()
            if key == "t":
                snapshot(stage.text(), Path(__file__).parent / "golden" / "first-run-80x24.txt")
            await pilot.press(key)
            await pilot.pause()

    import asyncio

    stage = Stage(nowhere, home)
    asyncio.run(scene())
    assert stage.app.leaves_for == leaves_for


def test_a_change_that_is_none_is_said_over_the_inbox(registry: Path, home: Path) -> None:
    """`--change` with a typing error leaves the reader where they can go on."""

    async def scene(stage: Stage, _pilot: Pilot[None]) -> None:
        assert "[1 Inbox" in stage.text()
        assert "chg-zzzzzz" in stage.message

    Stage(registry, home, change="chg-zzzzzz").play(scene)


def test_a_copy_that_cannot_be_made_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And leaves nothing behind."""
    monkeypatch.setattr(tours.tempfile, "mkdtemp", lambda prefix: str(tmp_path / prefix))  # type: ignore[attr-defined]
    (tmp_path / "metricgov-tour-").mkdir()
    (tmp_path / "metricgov-tour-" / "starter").write_text("in the way")
    with pytest.raises(Undecidable) as raised:
        tours.make(lambda _what: None)
    assert raised.value.code == "no_tour"
    assert not (tmp_path / "metricgov-tour-").exists()


def test_the_copy_is_made_by_a_process_that_says_how_far_it_is() -> None:
    told: list[str] = []
    folder = tours.make(told.append)
    try:
        assert told[0] == "0/3 the starter registry"
        assert told[-1] == "3/3 done"
        assert (folder / "sample.duckdb").exists()
    finally:
        tours.forget(folder)
    assert not folder.parent.exists()


@pytest.mark.parametrize(
    ("window", "stays"),
    [
        (f"{socket.gethostname()}:999999999:1", False),
        (window_here(), True),
        ("elsewhere:1:1", True),
        ("", True),
        (None, True),
    ],
    ids=["ended", "this one", "another machine", "just being made", "kept"],
)
def test_the_next_tour_takes_away_what_a_dead_window_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: str | None, stays: bool
) -> None:
    """A window that was killed cannot; whatever somebody may still need stays."""
    monkeypatch.setattr(tours.tempfile, "gettempdir", lambda: str(tmp_path))  # type: ignore[attr-defined]
    left = tmp_path / f"{tours.PREFIX}x1"
    (left / "starter").mkdir(parents=True)
    if window is not None:
        (left / tours.OWNER).write_text(window)
    tours.sweep()
    assert left.exists() is stays


def test_a_copy_that_is_kept_is_nobodys_to_take_away(tmp_path: Path) -> None:
    (tmp_path / tours.OWNER).write_text(window_here())
    tour = Tour(tmp_path / "starter")
    tour.keep()
    assert not (tmp_path / tours.OWNER).exists()


def test_a_tour_that_begins_after_its_end_begins_anew() -> None:
    tour = Tour(Path("copy"))
    tour.at, tour.ended = len(STEPS), True
    tour.resume()
    assert "step 1 of" in tour.rows()[0].plain


@pytest.mark.parametrize("number", tours.CLOSING)
def test_a_program_that_is_ended_takes_the_copy_with_it(tmp_path: Path, number: signal.Signals) -> None:
    """While the copy is made: a closed terminal leaves no folder behind."""
    ended = subprocess.Popen(
        [sys.executable, "-c", "from pathlib import Path\nfrom metricgov_tui import start\n"
         "start._tour(Path('.'), plain=False)"],
        stderr=subprocess.PIPE, text=True, cwd=tmp_path, env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert ended.stderr is not None
    while "0/3" not in (line := ended.stderr.readline()):
        assert line, "it ended before it began"
    assert list(tmp_path.glob(f"{tours.PREFIX}*"))
    ended.send_signal(number)
    assert ended.wait(timeout=30) == 128 + number
    assert not list(tmp_path.glob(f"{tours.PREFIX}*"))


def test_a_tour_that_cannot_begin_leads_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error and the way on are read before the screens come again."""

    def failing(_tell: object) -> Path:
        raise Undecidable("no_tour", "the copy could not be made", hint="pip install 'metricgov[data]'")

    monkeypatch.setattr(tours, "make", failing)
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    start._tour(tmp_path, plain=False)
    said = capsys.readouterr().err
    assert "the copy could not be made" in said
    assert "pip install 'metricgov[data]'" in said
