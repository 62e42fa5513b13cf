"""Plain mode, through a pipe and in a real terminal: everything in lines, in ASCII, decisions included."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

from tui.stage import cli

PROGRAM = [sys.executable, "-c", "from metricgov.cli.main import entry; entry()", "tui"]


def _piped(registry: Path, home: Path, lines: str, *words: str, **environ: str) -> str:
    done = subprocess.run(
        [*PROGRAM, *words], cwd=registry, input=lines, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "XDG_STATE_HOME": str(home), **environ},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def test_rows_are_sentences_and_everything_is_ascii(registry: Path, home: Path) -> None:
    """The item in focus is one sentence; nothing is drawn, nothing painted over."""
    told = _piped(registry, home, "4\n5\nEsc\nq\n", "--plain")
    assert told.isascii()
    assert "\x1b" not in told
    assert "decide, sales accepted lead rate, breaking, from ops-lead, 1 of 1" in told
    assert "event 4, " in told
    assert "Every change can be approved." in told or "editorial ok" in told


def test_a_dumb_terminal_is_plain_by_itself(registry: Path, home: Path) -> None:
    """TERM=dumb needs no option."""
    assert "metricgov, plain." in _piped(registry, home, "q\n", TERM="dumb")


def test_a_review_is_read_and_decided(registry: Path, home: Path) -> None:
    """Approve from a pipe: the confirmation is said before anything happens, and what came of it after."""
    told = _piped(registry, home, "Enter\na\nfits\nq\nq\n", "--plain")
    assert "Approve revision 1 of sales_accepted_lead_rate as crm-lead (claimed)?" in told
    assert told.index("It counts for exactly") < told.index("Approved.")
    assert "approved" in cli(registry, "change", "explain", "sales_accepted_lead_rate")


def test_what_is_left_decides_nothing(registry: Path, home: Path) -> None:
    """Esc leaves the confirmation; the end of the pipe ends the program and decides nothing."""
    _piped(registry, home, "Enter\na\n", "--plain")
    assert "approved revision" not in cli(registry, "change", "explain", "sales_accepted_lead_rate")


def test_everything_of_a_panel_is_read_when_asked_for(registry: Path, home: Path) -> None:
    """= reads all that is here."""
    told = _piped(registry, home, "Enter\n=\nq\nq\n", "--plain")
    assert "calculation" in told
    assert "description" in told


def test_single_keys_in_a_terminal(registry: Path, home: Path) -> None:
    """Where standard input is a terminal keys are taken as they are pressed; the terminal is left as it was."""
    master, slave = pty.openpty()
    running = subprocess.Popen(
        [*PROGRAM, "--plain"], cwd=registry, stdin=slave, stdout=slave, stderr=slave,
        env={**os.environ, "XDG_STATE_HOME": str(home)},
    )  # fmt: skip
    os.close(slave)
    told = ""

    def wait(text: str) -> None:
        nonlocal told
        until = time.monotonic() + 60
        while text not in told and time.monotonic() < until:
            if select.select([master], [], [], 0.2)[0]:
                told += os.read(master, 65536).decode(errors="replace")
        assert text in told, told

    wait("1 of 1")
    os.write(master, b"5")
    wait("[5 Policy]")
    os.write(master, b"\x1b[B")
    wait("2 of")
    os.write(master, b"q")
    assert running.wait(timeout=30) == 0
    os.close(master)
