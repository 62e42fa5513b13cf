"""A folder that is written all or nothing: beside its place, then put there in one step."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from types import TracebackType

from metricgov.domain.errors import BadInput


class NewFolder:
    """Collects files in a folder of its own; `publish` puts it in place, leaving without that removes it.

    `mark` is a file, and a text in it, by which a folder is known as one that this may replace.
    """

    def __init__(self, place: Path, *, mark: str, said: str) -> None:
        self._place = place.absolute()
        self._part = self._place.with_name(f".{self._place.name}.part-{os.getpid()}")
        self._old = self._place.with_name(f".{self._place.name}.old-{os.getpid()}")
        self._mark, self._said = mark, said
        self.digests: dict[str, str] = {}

    def __enter__(self) -> NewFolder:
        self._refuse_others()
        try:
            self._part.mkdir(parents=True)
        except OSError as error:
            raise _unwritable(self._place, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._part, ignore_errors=True)

    def add(self, name: str, text: str) -> None:
        """Write a file; its SHA-256 stands in `digests`."""
        raw = text.encode()
        file = self._part / name
        try:
            file.parent.mkdir(exist_ok=True)
            with file.open("wb") as out:
                out.write(raw)
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise _unwritable(self._place, error) from error
        self.digests[name] = hashlib.sha256(raw).hexdigest()

    def publish(self) -> None:
        """Put the folder in its place; an earlier one of its kind goes."""
        self._refuse_others()
        try:
            if self._place.exists():
                self._place.rename(self._old)
            self._part.rename(self._place)
        except OSError as error:
            if self._old.exists() and not self._place.exists():
                self._old.rename(self._place)
            raise _unwritable(self._place, error) from error
        shutil.rmtree(self._old, ignore_errors=True)

    def _refuse_others(self) -> None:
        if not os.path.lexists(self._place):
            return
        mark = self._place / self._mark
        try:
            ours = not self._place.is_symlink() and self._said in mark.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            ours = False
        if not ours and not (self._place.is_dir() and not self._place.is_symlink() and not any(self._place.iterdir())):
            raise BadInput(
                "out_exists",
                f"{self._place} exists and was not written by this command",
                hint="name a folder that is not there yet",
            )


def _unwritable(place: Path, error: OSError) -> BadInput:
    return BadInput("cannot_write", f"{place} cannot be written: {error.strerror}", hint="choose another folder")
