"""The UI in a real terminal against a real repository: start, walk, resize, suspend, leave."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.stage import cli
from tui.terminal.tmux import PROMPT, Open, Terminal, missing, opening

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture
def terminal(registry: Path, home: Path) -> Iterator[Open]:
    """Return a function that opens `metricgov tui` in a terminal."""
    yield from opening(registry, home)


def test_start_walk_and_leave(terminal: Open) -> None:
    """The inbox comes first; 4 and 5 lead to the others; q leaves the terminal as it was."""
    here = terminal()
    here.wait("[1 Inbox 1]", "Decide   sales_accepted_lead_rate", "Missing")
    here.keys("4")
    here.wait("[4 Audit log]", "submitted revision 1")
    here.keys("V")
    here.wait("4 events of 1 change hold")
    here.keys("5")
    here.wait("[5 Policy]", "Every change can be approved.")
    here.keys("Escape")
    here.wait("[1 Inbox 1]")
    here.keys("q")
    here.wait(PROMPT, gone="Inbox")


def test_another_size_keeps_what_is_shown(terminal: Open) -> None:
    """From 80×24 to 200×50 and back; too small says so."""
    here = terminal()
    here.wait("Decide   sales_accepted_lead_rate")
    here.resize(200, 50)
    here.wait("│", "Decide   sales_accepted_lead_rate")
    here.resize(60, 20)
    here.wait("Small window: 80×24 shows everything.")
    here.resize(80, 24)
    here.wait("▌", "Decide   sales_accepted_lead_rate", "Missing", gone="Small window")


def test_suspended_and_back(terminal: Open) -> None:
    """Ctrl-Z gives the shell back, fg the screen."""
    here = terminal()
    here.wait("[1 Inbox 1]")
    here.keys("C-z")
    here.wait(PROMPT, gone="Inbox")
    here.keys("fg", "Enter")
    here.wait("[1 Inbox 1]", "Decide   sales_accepted_lead_rate")


def test_news_from_another_window(terminal: Open, registry: Path) -> None:
    """A withdrawal elsewhere is counted, and shown when asked for."""
    here = terminal()
    here.wait("Decide   sales_accepted_lead_rate", "Missing")
    cli(registry, "withdraw", "sales_accepted_lead_rate", "-m", "not now", person="ops-lead")
    here.wait("1 new: .", "Decide   sales_accepted_lead_rate")
    here.keys(".")
    here.wait("No change is open.")


@pytest.mark.parametrize(
    ("environ", "sign"),
    [
        ({"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "#"),
        ({"NO_COLOR": "1"}, "▌"),
        ({"TERM": "xterm"}, "▌"),
    ],
    ids=["without UTF-8", "without colour", "few colours"],
)
def test_poor_terminals(terminal: Open, environ: dict[str, str], sign: str) -> None:
    """Everything is there where signs or colours are few."""
    here = terminal(**environ)
    shown = here.wait("Inbox", "sales_accepted_lead_rate", "Missing")
    assert any(line.startswith(sign) for line in shown.splitlines())


def test_a_person_nobody_knows(terminal: Open) -> None:
    """The error names who could be meant and the next step, and no traceback."""
    here = terminal("--as", "crm-leed")
    shown = here.wait("crm-leed")
    assert "Traceback" not in shown


def test_the_tour_in_a_folder_without_a_registry(tmp_path: Path, home: Path) -> None:
    """Try it, take the first steps, leave: one is back where one was, and the copy is gone."""
    nowhere, copies = tmp_path / "nowhere", tmp_path / "copies"
    nowhere.mkdir()
    copies.mkdir()
    here = Terminal(nowhere, home, "tui", environ={"TERM": "xterm-256color", "TMPDIR": str(copies)})
    try:
        here.wait("No registry here", "Try the starter registry")
        here.keys("t")
        here.wait("tour, step 1 of 9", "Decide   sales_accepted_lead_rate")
        assert list(copies.glob("metricgov-tour-*"))
        here.keys("Enter")
        here.wait("tour, step 2 of 9", "3 findings to read")
        here.keys("n", "n")
        here.wait("tour, step 3 of 9")
        here.keys("Escape")
        here.wait("[1 Inbox 1]")
        here.keys("q")
        here.wait("No registry here", gone="Inbox")
        here.keys("q")
        here.wait(PROMPT, gone="No registry")
        assert not list(copies.glob("metricgov-tour-*"))
    finally:
        here.close()


def test_a_terminal_that_is_closed_in_the_tour_leaves_no_copy(tmp_path: Path, home: Path) -> None:
    """Nobody is there to press q any more; what was made for them goes all the same."""
    nowhere, copies = tmp_path / "nowhere", tmp_path / "copies"
    nowhere.mkdir()
    copies.mkdir()
    here = Terminal(nowhere, home, "tui", environ={"TERM": "xterm-256color", "TMPDIR": str(copies)})
    here.wait("No registry here", "Try the starter registry")
    here.keys("t")
    here.wait("tour, step 1 of 9", "Decide   sales_accepted_lead_rate")
    assert list(copies.glob("metricgov-tour-*"))
    here.close()
    until = time.monotonic() + 20
    while list(copies.glob("metricgov-tour-*")) and time.monotonic() < until:
        time.sleep(0.1)
    assert not list(copies.glob("metricgov-tour-*"))
