"""Opening somebody's editor on files; what they write there is read by others."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from metricgov.domain.errors import BadInput

KNOWN = ("sensible-editor", "nano", "vim", "vi")
"""Editors that are looked for where nobody named one."""

TAKES_LINE = frozenset({"vi", "vim", "nvim", "nano", "emacs", "emacsclient", "micro", "kak", "joe", "sensible-editor"})
"""Editors that open a file at `+LINE`."""


def open_editor(files: Sequence[Path], *, line: int = 0, again: str) -> None:
    """Open files in $VISUAL or $EDITOR, else in an editor that is here, and wait; `again` is the command to go on with.

    BadInput where there is none, or where it ends with an error: then nobody knows whether the text was finished.
    """
    command = _command()
    at = [f"+{line}"] if line and Path(command[0]).name in TAKES_LINE else []
    try:
        with _keys_are_the_editors():
            done = subprocess.run([*command, *at, *map(str, files)], check=False)
    except OSError as error:
        raise BadInput(
            "no_editor",
            f"the editor {command[0]} does not start: {error.strerror}",
            hint="set EDITOR to one that does: export EDITOR=nano",
        ) from error
    if done.returncode:
        raise BadInput(
            "editor_failed",
            f"the editor {command[0]} ended with status {done.returncode}",
            hint=f"what it saved is kept; go on with: {again}",
        )


@contextmanager
def _keys_are_the_editors() -> Iterator[None]:
    """Leave Ctrl-C to the editor, as git does; a handler, unlike an ignored signal, is not passed on to it."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _command() -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if named:
        return shlex.split(named)
    found = next((name for name in KNOWN if shutil.which(name)), None)
    if found is None or not sys.stdin.isatty():
        raise BadInput(
            "no_editor",
            "nobody said which editor to open",
            hint="set EDITOR (export EDITOR=nano); or edit the file and run: metricgov propose",
        )
    return [found]
