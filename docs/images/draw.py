"""Draws the terminal pictures of the documentation: the demo's own commands, run in a terminal, as SVG without fonts.

Run it by hand when the output changes: `.venv/bin/python docs/images/draw.py`.
"""

from __future__ import annotations

import io
import os
import pty
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from metricgov.cli.demo import BRANCH, WHY, Stage, environment, narrow_window

if TYPE_CHECKING:
    from rich.style import Style

HERE = Path(__file__).parent
WIDTH = 80
CELL, LINE, EDGE = 9.65, 20, 18
"""Width of a character, height of a line, margin: pixels at a font size of 16."""

NIGHT, PAPER, DIM = "#0f172a", "#e2e8f0", "#94a3b8"
COLOURS = (NIGHT, "#f87171", "#86efac", "#fcd34d", "#7db0ff", "#d8b4fe", "#67e8f9", PAPER)
"""The eight colours of a terminal by number; on the dark ground each has a contrast of more than 4.5."""

FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def seen(stage: Stage, line: str) -> str:
    """Run one command of the program in a terminal of 80 columns and return what it wrote, colours included."""
    leader, follower = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "metricgov.cli.main", *shlex.split(line)],
        cwd=stage.folder,
        env={**stage.environment, "COLUMNS": str(WIDTH), "LINES": "60", "TERM": "xterm-256color"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    parts = []
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    child.wait()
    os.close(leader)
    return b"".join(parts).decode().replace("\r\n", "\n")


def draw(name: str, line: str, text: str) -> None:
    """Write one picture: the command, then its output, each run of equal style as one piece of text."""
    from rich.console import Console
    from rich.text import Text

    console = Console(width=WIDTH, file=io.StringIO())
    lines = [Text.assemble(("$ ", "dim"), (f"metricgov {line}", "bold")), *Text.from_ansi(text.rstrip("\n")).split()]
    width, height = round(WIDTH * CELL + 2 * EDGE), len(lines) * LINE + 2 * EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">',
        f"<title>{escape(f'metricgov {line}')}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{NIGHT}"/>',
        f'<g font-family="{FONT}" font-size="16" fill="{PAPER}" xml:space="preserve">',
    ]
    for row, shown in enumerate(lines):
        column = 0
        for segment in shown.render(console):
            parts += pieces(segment.text, segment.style, column, EDGE + (row + 1) * LINE - 5)
            column += len(segment.text)
    (HERE / f"{name}.svg").write_text("\n".join([*parts, "</g>", "</svg>"]) + "\n", encoding="utf-8")


def pieces(text: str, style: Style | None, column: int, y: int) -> Iterator[str]:
    """Yield the words of one segment at their places; white space is left out and placed by arithmetic."""
    for found in re.finditer(r"\S+(?: \S+)*", text):
        x, length = EDGE + (column + found.start()) * CELL, len(found[0]) * CELL
        yield f'<text x="{x:.1f}" y="{y}" textLength="{length:.1f}"{look(style)}>{escape(found[0])}</text>'


def look(style: Style | None) -> str:
    """Return a style as SVG attributes."""
    if style is None:
        return ""
    number = style.color.number if style.color else None
    colour = (DIM if style.dim else "") if number is None else COLOURS[number % 8]
    return (
        (f' fill="{colour}"' if colour else "")
        + (' font-weight="bold"' if style.bold else "")
        + (' text-decoration="underline"' if style.underline else "")
    )


def main() -> None:
    """Set the demo up to the point of each picture, and draw it."""
    with tempfile.TemporaryDirectory() as made:
        stage = Stage(Path(made), environment())
        stage.metricgov("init . --starter --preset standard --yes --person demo --name Demo --email demo@example.com")
        stage.git(f"switch --quiet --create {BRANCH}")
        narrow_window(stage.folder)
        stage.git("commit --quiet --all --message 'Count leads that were accepted within 14 days'")
        gate = f"gate --base main --head {BRANCH}"
        draw("gate", gate, seen(stage, gate))
        stage.metricgov(
            f"propose --from {BRANCH} -m {shlex.quote(WHY)} --intent redefinition --treatment restate "
            "--effective 2026-11-01 --yes",
            person="ops-lead",
        )
        show = "change show sales_accepted_lead_rate"
        draw("review", show, seen(stage, show))


if __name__ == "__main__":
    main()
