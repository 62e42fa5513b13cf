"""What changed inside one value, word by word: `INTERVAL '[30 → 14]' DAY`; who shows it stands in findings.py."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metricgov.domain.digest import JSON
from metricgov.render.kit import Ink, cells, clean, ink

LONGEST = 2_000
"""Tokens beyond which two texts are shown one after the other: comparing them costs the square."""

CONTEXT = 48
"""How many characters stay around a changed token when the rest of a long text is left out."""

LINES = 3
"""A text of as many lines is compared line by line."""

MOST_LINES = 40
"""Lines of one comparison that are shown; more are said to be more."""

_MOST_COMPARED = 1_000
_LONGEST_LINE = 400
_TOKEN = re.compile(r"\d+(?:\.\d+)?|\w+|\s+|<=|>=|<>|!=|\|\||::|[^\w\s]")
_ALIKE = 0.5


def words_of(value: JSON) -> str:
    """Return a value of a definition as one clean line: texts bare, lists by commas, mappings as `{key: value}`."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return clean(value) if value.strip() else f'"{clean(value)}"' if value.isprintable() else '""'
        case int() | float():
            return str(value)
        case Sequence():
            return ", ".join(words_of(item) for item in value) or "empty list"
        case _:
            inner = ", ".join(f"{clean(key)}: {words_of(item)}" for key, item in value.items())
            return "{" + inner + "}"


def _merged(steps: list[tuple[str, int, int, int, int]], old: list[str]) -> list[tuple[str, int, int, int, int]]:
    """Join changes that only a space or a sign separates: people read `[a b → c d]`, not two brackets."""
    merged: list[tuple[str, int, int, int, int]] = []
    for step in steps:
        tag, _, end, _, new_end = step
        if tag != "equal" and len(merged) >= 2 and merged[-1][0] == "equal" and merged[-2][0] != "equal":
            between = "".join(old[merged[-1][1] : merged[-1][2]])
            if len(between) <= 1 and between in ("", " ", "_", "-", "."):
                first = merged[-2]
                merged[-2:] = [("replace", first[1], end, first[3], new_end)]
                continue
        merged.append(step)
    return merged


def _shortened(text: str, *, leads: bool, ends: bool) -> str:
    """Return unchanged text with what is far from any change left out, cut between words."""
    if (leads and ends) or len(text) <= CONTEXT * (1 if leads or ends else 2) + 8:
        return text
    head = "" if leads else text[:CONTEXT].rsplit(" ", 1)[0] + " "
    tail = "" if ends else " " + text[-CONTEXT:].split(" ", 1)[-1]
    return f"{head}…{tail}"


def inline(before: str, after: str, room: int = 0) -> str | None:
    """Return both texts as one with the changed tokens in brackets, or None where two lines are easier to read.

    The texts must be clean. Two lines are easier where the texts share less than half of their tokens, where one is
    very long, or where one holds the bracket or arrow itself and could pretend to be a change. What is far from a
    change is left out unless the whole fits into `room` columns.
    """
    if any(sign in text for text in (before, after) for sign in ("→", "[", "->", "…")):
        return None
    from difflib import SequenceMatcher

    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(old) + len(new) > LONGEST:
        return None
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return None
    steps = _merged([tuple(step) for step in matcher.get_opcodes()], old)  # type: ignore[misc]
    whole = _joined(steps, old, new, shorten=False)
    return whole if cells(whole) <= room else _joined(steps, old, new, shorten=True)


def around(before: str, after: str, longest: int) -> tuple[str, str]:
    """Return two clean texts in at most about `longest` characters each: what both begin and end with is cut first.

    One that stands alone, beside "", loses its end.
    """
    if len(before) <= longest and len(after) <= longest:
        return before, after
    shorter = min(len(before), len(after))
    head = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    tail = next((at for at in range(shorter - head) if before[-1 - at] != after[-1 - at]), shorter - head)
    skip = head - CONTEXT if head > CONTEXT + 8 else 0
    drop = tail - CONTEXT if tail > CONTEXT + 8 else 0
    first, second = (_limited(text[skip : len(text) - drop], longest, bool(drop)) for text in (before, after))
    lead = "… " if skip else ""
    return lead + first, lead + second


def _limited(text: str, longest: int, ends: bool) -> str:
    if len(text) > longest:
        return f"{text[:longest]} … {len(text) - longest:,} more characters"
    return f"{text} …" if ends else text


def hunks(before: JSON, after: JSON) -> list[tuple[str, str]]:
    """Return what differs between two texts of several lines, each line clean and with `-`, `+` or " "; else nothing.

    One line before and after a change is shown with it, and `…` stands where others are left out.
    """
    if not isinstance(before, str) or not isinstance(after, str) or before == after:
        return []
    old, new = ([clean(line.expandtabs(4)) for line in text.rstrip().split("\n")] for text in (before, after))
    if min(len(old), len(new)) < LINES or old == new or max(map(len, (*old, *new))) > _LONGEST_LINE:
        return []
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
    skip, drop = max(head - 1, 0), max(tail - 1, 0)
    old, new = old[skip : len(old) - drop], new[skip : len(new) - drop]
    if len(old) + len(new) > _MOST_COMPARED:
        lines = [*(("-", line) for line in old), *(("+", line) for line in new)]
    else:
        lines = _compared(old, new)
    lines = [*([(" ", "…")] if skip else []), *lines, *([(" ", "…")] if drop else [])]
    rest = [mark for mark, _ in lines[MOST_LINES:]]
    if len(rest) <= 1:
        return lines
    told = f"… {len(rest):,} more lines: {rest.count('-'):,} removed, {rest.count('+'):,} added"
    return [*lines[:MOST_LINES], (" ", told)]


def _compared(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    from difflib import unified_diff

    lines: list[tuple[str, str]] = []
    for line in list(unified_diff(old, new, n=1, lineterm=""))[2:]:
        if not line.startswith("@@"):
            lines.append((line[0], line[1:]))
        elif lines:
            lines.append((" ", "…"))
    return lines


def _joined(steps: list[tuple[str, int, int, int, int]], old: list[str], new: list[str], *, shorten: bool) -> str:
    parts: list[str] = []
    for number, (tag, start, end, new_start, new_end) in enumerate(steps):
        gone, come = "".join(old[start:end]), "".join(new[new_start:new_end])
        if tag == "equal" and not shorten:
            parts.append(gone)
        elif tag == "equal":
            parts.append(_shortened(gone, leads=number == 0, ends=number == len(steps) - 1))
        else:
            parts.append(_change(gone, come))
    return "".join(parts)


def _change(gone: str, come: str) -> str:
    lead = " " if gone.startswith(" ") or come.startswith(" ") else ""
    tail = " " if (gone or come).endswith(" ") else ""
    gone, come = gone.strip(), come.strip()
    body = f"{gone} → {come}" if gone and come else f"- {gone}" if gone else f"+ {come}"
    return lead + ink(f"[{body}]", Ink.CHANGED) + tail
