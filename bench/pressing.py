"""Keys in no order, for a minute: what a terminal full of them breaks, which should be nothing."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from bench.measure import PYTHON, Bar, Section

ROOT = Path(__file__).parents[1]
SECONDS, QUICK_SECONDS = 60, 6
PRESSED = re.compile(r"(\d+) keys pressed")


def measure(folder: Path, *, quick: bool) -> Section:
    """Return how many keys went in, and whether anything broke; a report of ours on the screen counts as broken."""
    seconds = QUICK_SECONDS if quick else SECONDS
    section = Section(f"random keys for {seconds} s")
    name = "random keys that broke something"
    words = ("tests/tui/test_random_keys.py", "-q", "-s", "-k", "test_random_keys and 1", "--tb=short")
    apart = ("-p", "no:randomly", "-p", "no:cacheprovider", f"--basetemp={folder / 'pressed'}")
    environ = {**os.environ, "METRICGOV_RANDOM_KEYS": str(seconds)}
    done = subprocess.run(
        [PYTHON, "-m", "pytest", *words, *apart], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    pressed = PRESSED.search(done.stdout)
    section.rows = {"keys": {"pressed_keys": float(pressed[1])}} if pressed else {}
    if done.returncode > 1:
        section.bars = [Bar(name, None, 0.0, "runs", done.stdout.strip().splitlines()[-1][:200])]
        return section
    broken = next((line[2:] for line in done.stdout.splitlines() if line.startswith("E ")), "")
    section.bars = [Bar(name, float(done.returncode), 0.0, "runs", broken.strip()[:200])]
    return section
