"""How the terminal door prints: data on stdout, talk on stderr, colour only where somebody looks."""

from __future__ import annotations

import os
import shutil
import sys

from metricgov.domain.errors import MetricgovError


def colour(stream: object = None) -> bool:
    """Say whether to colour what goes to a stream (stdout if none is given): a terminal, and no NO_COLOR."""
    target = stream or sys.stdout
    return bool(getattr(target, "isatty", lambda: False)()) and not os.environ.get("NO_COLOR")


def ascii_only() -> bool:
    """Say whether stdout cannot show more than ASCII."""
    return "utf" not in (getattr(sys.stdout, "encoding", "") or "").lower()


def width() -> int:
    """Return the columns to fill: those of the terminal, between 60 and 120; 80 where there is none."""
    return max(60, min(shutil.get_terminal_size((80, 24)).columns, 120))


def data(text: str) -> None:
    """Print data; one line end at the end."""
    stream = sys.stdout
    if (getattr(stream, "encoding", "") or "").lower().replace("-", "") != "utf8":
        text = text.encode(stream.encoding or "ascii", "replace").decode(stream.encoding or "ascii")
    stream.write(text if text.endswith("\n") else text + "\n")


def talk(text: str) -> None:
    """Print a sentence for the person, not for programs."""
    print(text.rstrip("\n"), file=sys.stderr)


def explain(error: MetricgovError) -> int:
    """Print an error with its hint and return its exit code."""
    from metricgov.render.problems import to_text

    talk(to_text(error, colour=colour(sys.stderr), width=width()))
    return error.exit_code
