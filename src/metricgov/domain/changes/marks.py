"""Which characters of two texts differ, word by word; SQL is compared by its structure in sql_marks.py."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
"""The first character and the one after the last; empty where something is missing."""

LONGEST = 2_000
"""Words beyond which two texts count as different as a whole: comparing them costs the square."""

ALIKE = 0.5
"""The share of words that two texts must have in common to be worth comparing."""

_WORD = re.compile(r"\d+(?:\.\d+)?|\w+|\s+|<=|>=|<>|!=|\|\||::|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Mark:
    """One difference: what stood there, and what stands there now; `moved` is the same on both sides, elsewhere."""

    before: Span
    after: Span
    moved: bool = False


def word_marks(before: str, after: str) -> tuple[Mark, ...]:
    """Return where two texts differ, in their order; one mark over everything where they have little in common."""
    if before == after:
        return ()
    old, new = [*_WORD.finditer(before)], [*_WORD.finditer(after)]
    whole = (Mark((0, len(before)), (0, len(after))),)
    if len(old) + len(new) > LONGEST:
        return whole
    matcher = SequenceMatcher(None, [one[0] for one in old], [one[0] for one in new], autojunk=False)
    if matcher.ratio() < ALIKE:
        return whole
    found = [
        Mark(_span(old, start, end, len(before)), _span(new, first, last, len(after)))
        for tag, start, end, first, last in matcher.get_opcodes()
        if tag != "equal"
    ]
    return joined(found, before, after)


def joined(marks: Iterable[Mark], before: str, after: str) -> tuple[Mark, ...]:
    """Return marks in their order, neighbours that only a space or a sign separates as one."""
    found: list[Mark] = []
    for mark in sorted(marks, key=lambda one: (one.after, one.before)):
        last = found[-1] if found else None
        if last is not None and not mark.moved and not last.moved:
            old, new = before[last.before[1] : mark.before[0]], after[last.after[1] : mark.after[0]]
            if old == new and len(old) <= 1 and old in ("", " ", "_", "-", "."):
                found[-1] = Mark((last.before[0], mark.before[1]), (last.after[0], mark.after[1]))
                continue
        found.append(mark)
    return tuple(found)


def in_one(before: str, after: str, marks: Sequence[Mark]) -> tuple[tuple[str, str, str], ...] | None:
    """Return two texts as one: pieces of (same on both sides, before, after); None where they do not run in step.

    What is moved, or written in another way between the marks, can only be shown as two texts.
    """
    pieces: list[tuple[str, str, str]] = []
    old = new = 0
    for mark in marks:
        if mark.moved or before[old : mark.before[0]] != after[new : mark.after[0]]:
            return None
        pieces.append((after[new : mark.after[0]], before[slice(*mark.before)], after[slice(*mark.after)]))
        old, new = mark.before[1], mark.after[1]
    if before[old:] != after[new:]:
        return None
    return (*pieces, (after[new:], "", ""))


def displaced(places: Sequence[int]) -> frozenset[int]:
    """Return which of some different numbers, by their own place, to take out for the others to rise; the fewest."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for own, place in enumerate(places):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        ends[length:] = [place, *ends[length + 1 :]]
        last[length:] = [own, *last[length + 1 :]]
    kept = set()
    own = last[-1] if last else -1
    while own >= 0:
        kept.add(own)
        own = before[own]
    return frozenset(range(len(places))) - kept


def _span(words: Sequence[re.Match[str]], start: int, end: int, length: int) -> Span:
    """Return the characters of some words; of none, the place where they would stand."""
    if start < end:
        return words[start].start(), words[end - 1].end()
    at = words[start].start() if start < len(words) else length
    return at, at
