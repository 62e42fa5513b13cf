"""Drafts as files below the git directory that all work trees share; an editor writes into them directly."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from metricgov.domain.digest import JSON
from metricgov.domain.errors import Undecidable
from metricgov.domain.time import to_text as time_text
from metricgov.ports.drafts import Kept, KeptFile

FORMAT = 1
RECORD = "draft.json"
_PLAIN = re.compile(r"[a-z][a-z0-9_]{0,79}\.yaml")
_ENDING = re.compile(r".*(\.(?:ya?ml|json|toml|sql))")


class FileDrafts:
    """Implements the ports Drafts and Holding in one folder; no part of a path is anybody's free text (INV-42)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def listed(self) -> tuple[tuple[Kept, str], ...]:
        """Return every draft with the UTC second at which it was written in last, that one first."""
        found = []
        for file in self._folder.glob(f"*/{RECORD}"):
            record = _read(file)  # what cannot be read is nobody's draft, and is left where it is
            key = str(record.get("key")) if record is not None else ""
            if record is None or self._place(key) != file.parent:  # one that was set aside is over
                continue
            last = max(one.stat().st_mtime for one in file.parent.iterdir())
            found.append((last, self._kept(key, record)))
        found.sort(key=lambda one: (-one[0], one[1].key))
        return tuple((kept, time_text(datetime.fromtimestamp(last, UTC))) for last, kept in found)

    def find(self, key: str) -> Kept | None:
        """Return a draft, None where there is none or where its record cannot be read."""
        record = self._record(key)
        return None if record is None else self._kept(key, record)

    def _kept(self, key: str, record: Mapping[str, Any]) -> Kept:
        files = []
        for item in record["files"]:
            place = self._place(key) / item["file"]
            base = base64.b64decode(item["base"]) if item["base"] is not None else None
            text = place.read_bytes() if place.exists() else (base or b"")
            files.append(KeptFile(item["path"], base, text))
        return Kept(key, record["begun"], tuple(files), record["answers"])

    def begin(self, kept: Kept) -> None:
        """Keep a draft from here on; one of the same key is set aside, never overwritten."""
        self.set_aside(kept.key)
        place = self._place(kept.key)
        names = _file_names([one.path for one in kept.files])
        for one in kept.files:
            _write(place / names[one.path], one.text)
        files = [
            {
                "path": one.path,
                "file": names[one.path],
                "base": base64.b64encode(one.base).decode() if one.base is not None else None,
            }
            for one in kept.files
        ]
        self._keep(kept.key, {"begun": kept.begun, "files": files, "answers": dict(kept.answers)})

    def answer(self, key: str, answers: Mapping[str, JSON]) -> None:
        """Keep what was answered so far."""
        record = self._record(key)
        if record is not None:
            self._keep(key, {**record, "answers": dict(answers)})

    def write(self, key: str, path: str, text: bytes) -> None:
        """Put another text into one file of a draft."""
        _write(self.places(key)[path], text)

    def places(self, key: str) -> Mapping[str, Path]:
        """Return the file of each path, for an editor."""
        record = self._record(key)
        return {item["path"]: self._place(key) / item["file"] for item in record["files"]} if record else {}

    def set_aside(self, key: str) -> Path | None:
        """Put a draft out of the way without deleting it; return where it is now."""
        place = self._place(key)
        if not place.exists():
            return None
        aside = place.with_name(f"{place.name}.{time.time_ns()}")
        place.replace(aside)
        return aside

    def done(self, key: str) -> None:
        """Delete a draft whose contents are recorded elsewhere."""
        shutil.rmtree(self._place(key), ignore_errors=True)

    def hold(self, key: str, window: str, *, take: bool = False) -> str:
        """Let a window write in a draft and return ""; where another that lives holds it, return that one.

        With `take` it is taken from whoever holds it.
        """
        lock = self._lock(key)
        holder = self.holder(key)
        if holder not in ("", window) and not take:
            return holder
        if holder != window:
            _write(lock, window.encode())
        return ""

    def holder(self, key: str) -> str:
        """Return the window that writes in a draft, "" where none does or it has died."""
        try:
            window = self._lock(key).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""
        return window if lives(window) else ""

    def release(self, key: str, window: str) -> None:
        """Let go of a draft, if this window holds it."""
        if self.holder(key) == window:
            self._lock(key).unlink(missing_ok=True)

    def _lock(self, key: str) -> Path:
        return self._place(key).with_suffix(".window")

    def _place(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode()).hexdigest()[:20]

    def _record(self, key: str) -> dict[str, Any] | None:
        return _read(self._place(key) / RECORD)

    def _keep(self, key: str, record: Mapping[str, Any]) -> None:
        text = json.dumps({**record, "format": FORMAT, "key": key}, indent=1)
        _write(self._place(key) / RECORD, text.encode())


def _read(file: Path) -> dict[str, Any] | None:
    """Return a record, None where there is none or nobody can read it."""
    try:
        record = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return record if isinstance(record, dict) and record.get("format") == FORMAT else None


def window_here() -> str:
    """Return the name of this process as one that may hold a draft: `host:process:start`."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def lives(window: str) -> bool:
    """Say whether a window may still write: a process that ended does not, though its number was given again."""
    host, _, rest = window.partition(":")
    number, _, start = rest.partition(":")
    if not number.isdecimal():
        return False
    if host != socket.gethostname():
        return True  # nobody here can tell
    if start and (now := _started(int(number))):
        return now == start
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def _started(process: int) -> str:
    """Return when a process began, in ticks of the kernel; "" where the system does not say."""
    try:
        stat = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return ""
    return stat.rpartition(b")")[2].split()[19].decode()


def _file_names(paths: list[str]) -> dict[str, str]:
    """Return a file name for each path that tells a person (and an editor) what it is."""
    names: dict[str, str] = {}
    for number, path in enumerate(paths, start=1):
        stem = path.rpartition("/")[2]
        ending = _ENDING.fullmatch(stem)
        name = stem if _PLAIN.fullmatch(stem) else f"contents{ending[1] if ending else '.txt'}"
        names[path] = name if name not in names.values() else f"{number}-{name}"
    return names


def _write(place: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    new = place.with_name(f".{place.name}.new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(place)
    except OSError as error:
        raise Undecidable(
            "draft_not_kept",
            f"a draft cannot be kept at {place}: {error.strerror}",
            hint="look at the folder's rights and room; nothing was opened or submitted",
        ) from error
