"""How the terminal door prints: data on stdout, talk on stderr, colour only where somebody looks."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TextIO

from metricgov.domain.errors import BadInput, MetricgovError
from metricgov.render.kit import Screen


def screen(stream: TextIO | None = None) -> Screen:
    """Return what a stream (stdout if none is given) can show; 80 columns where nobody looks."""
    target = stream or sys.stdout
    terminal = target.isatty()
    return Screen(
        width=max(60, min(shutil.get_terminal_size((80, 24)).columns, 120)) if terminal else 80,
        colour=terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        ascii="utf" not in (target.encoding or "").lower(),
    )


def data(text: str) -> None:
    """Print data; one line end at the end."""
    encoding = sys.stdout.encoding or "ascii"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    sys.stdout.write(shown if not shown or shown.endswith("\n") else shown + "\n")


def talk(text: str) -> None:
    """Print a sentence for the person, not for programs."""
    encoding = sys.stderr.encoding or "ascii"
    print(text.rstrip("\n").encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)


def explain(error: MetricgovError) -> int:
    """Print an error with its hint and return its exit code."""
    from metricgov.render.problems import error_text

    talk(error_text(error, screen(sys.stderr)))
    return error.exit_code


def written_file(file: Path, contents: str | bytes) -> str:
    """Write a file, with the folders it needs, and return its name; BadInput where that is not possible."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(contents.encode() if isinstance(contents, str) else contents)
    except OSError as error:
        raise BadInput(
            "not_writable", f"{file} cannot be written: {error.strerror}", hint="name another folder"
        ) from error
    return str(file)
