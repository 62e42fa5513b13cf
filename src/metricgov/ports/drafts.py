"""Texts that people are writing, kept where a crash does not reach them; nothing here is proposed to anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from metricgov.domain.digest import JSON


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A path, what main held when its text was begun (None: not there), and the text as it is now."""

    path: str
    base: bytes | None
    text: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft: what it is of (`metric:routing_speed`, or `change:<id>`), its files, the answers given so far."""

    key: str
    begun: str
    files: tuple[KeptFile, ...]
    answers: Mapping[str, JSON]


class Drafts(Protocol):
    """The drafts of one repository, on this machine only."""

    def listed(self) -> tuple[tuple[Kept, str], ...]:
        """Return every draft with the UTC second at which it was written in last, that one first."""

    def find(self, key: str) -> Kept | None:
        """Return a draft, None where there is none."""

    def begin(self, kept: Kept) -> None:
        """Keep a draft from here on; one of the same key is set aside, never overwritten."""

    def answer(self, key: str, answers: Mapping[str, JSON]) -> None:
        """Keep what was answered so far."""

    def write(self, key: str, path: str, text: bytes) -> None:
        """Put another text into one file of a draft."""

    def places(self, key: str) -> Mapping[str, Path]:
        """Return the file of each path, for an editor."""

    def set_aside(self, key: str) -> Path | None:
        """Put a draft out of the way without deleting it; return where it is now."""

    def done(self, key: str) -> None:
        """Delete a draft whose contents are recorded elsewhere."""


class Holding(Protocol):
    """Which window writes in a draft: two would undo each other's words; one that has died holds nothing."""

    def hold(self, key: str, window: str, *, take: bool = False) -> str:
        """Let a window write in a draft and return ""; return the other where one holds it and it is not taken."""

    def holder(self, key: str) -> str:
        """Return the window that writes in a draft, "" where none does."""

    def release(self, key: str, window: str) -> None:
        """Let go of a draft, if this window holds it."""
