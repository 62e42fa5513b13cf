"""How far a long question is, as whoever asks it is told."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is (0: nobody knows)."""


def silent(what: str, done: int, total: int) -> None:
    """A Progress that tells nobody."""
