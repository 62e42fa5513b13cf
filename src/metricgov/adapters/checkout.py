"""Writing single files of the work tree so that nobody ever sees half of one; which ones is decided elsewhere."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from metricgov.adapters.git.worktrees import read_file
from metricgov.domain.errors import BadInput, Place, Undecidable


def replace_file(root: Path, path: str, before: bytes, after: bytes) -> None:
    """Replace a regular file whose bytes are still `before`; BadInput if somebody changed it meanwhile."""
    target = root / path
    if read_file(root, path) != before:
        raise BadInput("file_moved", f"{path} changed while it was worked on", hint="run it again", place=Place(path))
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(handle, mode)
                file.write(after)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise Undecidable(
            "not_writable", f"{path} cannot be written: {error.strerror}", hint="look at its folder's rights and room"
        ) from error
