"""Locks that a killed git process left behind: nobody holds them, and without help nobody ever frees them."""

from __future__ import annotations

import re
import time
from pathlib import Path

HELD = re.compile(r"Unable to create '(.+\.lock)': File exists")
OLD = 5.0
"""Seconds after which a lock that no process can hold is taken for left behind."""
PROCESSES = Path("/proc")


def freed(err: str, *, places: tuple[Path, ...]) -> bool:
    """Remove the lock that git complains about, if whoever made it is dead; say whether it is gone.

    That is so where no git process that writes runs in one of the `places` of the repository, and the lock has not been
    touched for a while; one that runs (say, orphaned by a caller that was killed) is given as long to end. Where
    processes cannot be listed, nothing is removed.
    """
    found = HELD.search(err)
    if not found:
        return False
    lock = Path(found[1])
    if not any(lock.is_relative_to(place) for place in places):
        return False
    until = time.monotonic() + OLD
    while (age := _age(lock)) is not None:
        if _somebody_writes(places):
            if time.monotonic() >= until:
                return False
        elif age >= OLD:
            lock.unlink(missing_ok=True)
            return True
        time.sleep(min(0.2, max(0.05, OLD - age)))
    return True


def _age(lock: Path) -> float | None:
    try:
        return time.time() - lock.stat().st_mtime
    except FileNotFoundError:
        return None


def _somebody_writes(places: tuple[Path, ...]) -> bool:
    """Say whether a git process other than a reader of objects runs in the repository, or may do so."""
    if not PROCESSES.is_dir():
        return True
    for entry in PROCESSES.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if not (entry / "comm").read_text().startswith("git"):
                continue
            words = (entry / "cmdline").read_bytes().split(b"\0")
            folder = (entry / "cwd").readlink()
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            continue
        except OSError:
            return True
        if b"cat-file" not in words and any(folder.is_relative_to(place) for place in places):
            return True
    return False
