"""Two versions of a file line by line: which lines belong together, and what changed in its form alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TypeAlias

from metricgov.domain.changes.marks import displaced

Row: TypeAlias = tuple[int, int]
"""Numbers of a line before and after, from 1; 0 where one side has none. Both are set where one replaced the other."""


_MANY = 500
"""Lines beyond which those that occur often are no anchors: comparing them all costs the square."""


class Form(StrEnum):
    """What may happen to a field without any change of what it says."""

    MOVED = "moved"
    REFORMATTED = "reformatted"
    COMMENTED = "comments edited"


@dataclass(frozen=True, slots=True)
class FormEdit:
    """A field that says what it said: moved, written in another way, or with other comments; "" is around them all."""

    field: str
    form: Form


def rows(before: Sequence[str], after: Sequence[str]) -> tuple[Row, ...]:
    """Return every line of both sides in an order in which they can be read side by side."""
    found: list[Row] = []
    shorter = min(len(before), len(after))
    head = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    tail = next((at for at in range(shorter - head) if before[-1 - at] != after[-1 - at]), shorter - head)
    found += [(at + 1, at + 1) for at in range(head)]
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    for _, start, end, first, last in SequenceMatcher(None, old, new, autojunk=len(old) > _MANY).get_opcodes():
        together = min(end - start, last - first)
        found += [(head + start + step + 1, head + first + step + 1) for step in range(together)]
        found += [(head + at + 1, 0) for at in range(start + together, end)]
        found += [(0, head + at + 1) for at in range(first + together, last)]
    found += [(len(before) - tail + step + 1, len(after) - tail + step + 1) for step in range(tail)]
    return tuple(found)


def form_edits(
    before: Sequence[str],
    after: Sequence[str],
    lines: tuple[Mapping[str, int], Mapping[str, int]],
    told: Collection[str],
) -> tuple[FormEdit, ...]:
    """Return what happened to the form of a file; `lines` give the line of each field on either side.

    `told` are the fields whose meaning changed: whatever else happened there is said with it.
    """
    old, new = _blocks(before, lines[0]), _blocks(after, lines[1])
    both = [name for name in old if name in new]
    places = {name: place for place, name in enumerate(new)}
    moved = [both[at] for at in sorted(displaced([places[name] for name in both]))]
    edits = [FormEdit(name, Form.MOVED) for name in moved]
    touched = {re.split(r"[.\[]", one, maxsplit=1)[0] for one in told}
    for name in both:
        if old[name] == new[name] or name in touched:
            continue
        bare = _uncommented(old[name]) == _uncommented(new[name])
        if bare:
            edits.append(FormEdit(name, Form.COMMENTED))
        elif name not in moved:
            edits.append(FormEdit(name, Form.REFORMATTED))
    return tuple(edits)


def _blocks(text: Sequence[str], lines: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """Return the lines of each field at the top, and under "" those before the first."""
    starts = sorted((line, name) for name, line in lines.items() if "." not in name and "[" not in name)
    if not starts:
        return {"": tuple(text)}
    ends = [line - 1 for line, _ in starts[1:]] + [len(text)]
    found = {"": tuple(text[: starts[0][0] - 1])}
    for (line, name), end in zip(starts, ends, strict=True):
        found[name] = tuple(one.rstrip() for one in text[line - 1 : end] if one.strip())
    return found


def _uncommented(lines: Sequence[str]) -> list[str]:
    return [re.sub(r"(?:^|\s+)#.*$", "", one) for one in lines if not one.lstrip().startswith("#")]
