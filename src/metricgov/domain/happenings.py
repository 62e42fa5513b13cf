"""What happened, as those are told who follow the registry as it goes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Happening:
    """One event: its place in the journal, when, whose doing ("" for the program's), what it was.

    `says` goes on with the name: "approved revision 1". `change` is "" for what concerns the registry, `definition` the
    gravest of the change. Words that people gave stand in the story of the change.
    """

    seq: int
    at: str
    who: str
    type: str
    says: str
    change: str = ""
    label: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Happenings:
    """What happened after a position, oldest first, and the position that it leads to: there one goes on."""

    rows: tuple[Happening, ...]
    position: int
