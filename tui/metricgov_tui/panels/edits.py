"""The texts of one edit, with what differs in them marked: as one, one below the other, or beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from metricgov.domain.changes.marks import Mark, in_one, word_marks
from metricgov.domain.edited_views import EditedDefinition, FieldEdit, How
from metricgov.render.kit import cells
from metricgov_tui.panels.flow import Run, beside, flow

if TYPE_CHECKING:
    from metricgov_tui.look import Look

AROUND = 48
"""Characters that stay around a change when the rest of a long text is left out."""


def has_both(one: FieldEdit) -> bool:
    return bool(one.before and one.after) and one.how in (How.CHANGED, How.RESPELLED)


def inline_texts(one: FieldEdit, width: int, look: Look) -> list[Text]:
    """Return both texts as one with what differs in brackets, or one below the other."""
    match one.how:
        case How.WHOLE:
            return []
        case How.AFFECTED:
            return flow([(one.after, "same")], width, "  ")
        case How.ADDED:
            return flow([(one.after, "added")], width, f"  {look.added} ", "    ")
        case How.REMOVED:
            return flow([(one.before, "removed")], width, f"  {look.removed} ", "    ")
        case How.RESPELLED:
            return _two(one, width, look)
        case How.CHANGED:
            pieces = in_one(one.before, one.after, one.marks) if _can_be_one(one) else None
            lines = one.before.count("\n") + one.after.count("\n")
            if pieces is None or (one.sql and not lines and max(cells(one.before), cells(one.after)) + 5 <= width):
                return _two(one, width, look)
            return _hunked(one, width, look) if lines else flow(_joined(pieces, width, look), width, "  ")


def _can_be_one(one: FieldEdit) -> bool:
    texts = one.before + one.after
    mixed = sum(mark.before[1] - mark.before[0] + mark.after[1] - mark.after[0] for mark in one.marks)
    return not any(bracket in texts for bracket in "[]→…") and mixed < len(texts) * 0.7


def _joined(pieces: Sequence[tuple[str, str, str]], width: int, look: Look) -> list[Run]:
    whole = sum(cells(same) + cells(old) + cells(new) + 5 for same, old, new in pieces) <= width - 2
    runs: list[Run] = []
    for place, (same, old, new) in enumerate(pieces):
        last = place == len(pieces) - 1
        runs.append((same if whole else _shortened(same, look, leads=place == 0, ends=last), ""))
        if old and new:
            runs.append((f"[{old} {look.arrow} {new}]", "changed"))
        elif old.strip():
            runs.append((f"[{look.removed} {old.strip()}]" + " " * old.endswith(" "), "changed"))
        elif new.strip():
            runs.append(
                (" " * new.startswith(" ") + f"[{look.added} {new.strip()}]" + " " * new.endswith(" "), "changed")
            )
        else:
            runs.append((new, ""))
    return runs


def _shortened(text: str, look: Look, *, leads: bool, ends: bool) -> str:
    """Return unchanged text with what is far from any change left out, cut between words."""
    if (leads and ends) or len(text) <= AROUND * (1 if leads or ends else 2) + 8:
        return text
    head = "" if leads else text[:AROUND].rsplit(" ", 1)[0] + " "
    tail = "" if ends else " " + text[-AROUND:].split(" ", 1)[-1]
    return f"{head}{look.ellipsis}{tail}"


def _two(one: FieldEdit, width: int, look: Look) -> list[Text]:
    bracketed = "[" not in one.before + one.after
    quiet = one.how is How.RESPELLED
    old = _marked(one.before, one.marks, "before", "same" if quiet else "removed", bracketed=bracketed)
    new = _marked(one.after, one.marks, "after", "same" if quiet else "added", bracketed=bracketed)
    return [
        *flow(old, width, f"  {look.removed} ", "    "),
        *flow(new, width, f"  {look.added} ", "    "),
    ]


def beside_texts(one: FieldEdit, width: int, look: Look) -> list[Text]:
    half = width // 2
    bracketed = "[" not in one.before + one.after
    quiet = one.how is How.RESPELLED
    if "\n" in one.before + one.after:
        return _hunks_beside(one.before.split("\n"), one.after.split("\n"), width, look)
    old = flow(
        _marked(one.before, one.marks, "before", "same" if quiet else "", bracketed=bracketed), half - 1, "  ", "    "
    )
    new = flow(
        _marked(one.after, one.marks, "after", "same" if quiet else "", bracketed=bracketed),
        width - half - 2,
        " ",
        "   ",
    )
    return beside(old, new, half, look.bar)


def _marked(text: str, marks: Iterable[Mark], side: str, style: str, *, bracketed: bool) -> list[Run]:
    """Return a text with what differs in it marked; what only moved stands back."""
    runs: list[Run] = []
    at = 0
    for (start, end), moved in sorted((getattr(one, side), one.moved) for one in marks):
        runs.append((text[at:start], style))
        if end > start:
            word = text[start:end]
            whole = start == 0 and end == len(text)
            shown = f"[{word}]" if bracketed and not moved and not whole else word
            runs.append((shown, "moved" if moved else f"{style} changed".strip()))
        at = end
    return [*runs, (text[at:], style)]


# the file


def rows_beside(one: EditedDefinition, width: int, look: Look) -> Iterator[Text]:
    half = width // 2
    digits = len(str(max(len(one.before), len(one.after))))
    for old, new in one.rows:
        before = one.before[old - 1] if old else ""
        after = one.after[new - 1] if new else ""
        marks = word_marks(before, after) if old and new and before != after else ()
        left = _numbered(before, old, marks, "before", digits, half - 1, look)
        right = _numbered(after, new, marks, "after", digits, width - half - 2, look)
        yield from beside(left, right, half, look.bar)


def _numbered(
    text: str, number: int, marks: Sequence[Mark], side: str, digits: int, width: int, look: Look
) -> list[Text]:
    if not number:
        return []
    sign, style = ("", "")
    if marks:
        sign, style = (look.removed, "removed") if side == "before" else (look.added, "added")
    lead = f"{number:>{digits}} {sign or ' '} "
    runs = _marked(text, marks, side, style, bracketed=False) if marks else [(text, "")]
    lines = flow(runs, width, lead, " " * len(lead))
    lines[0].stylize("dim", 0, digits)
    return lines


def rows_inline(one: EditedDefinition, width: int, look: Look) -> Iterator[Text]:
    digits = len(str(max(len(one.before), len(one.after))))
    waiting: list[Text] = []
    for old, new in one.rows:
        before = one.before[old - 1] if old else ""
        after = one.after[new - 1] if new else ""
        if old and new and before == after:
            yield from waiting
            waiting = []
            yield from _plain(after, new, " ", "", digits, width)
            continue
        marks = word_marks(before, after) if old and new else ()
        if old:
            runs = _marked(before, marks, "before", "removed", bracketed=False)
            yield from _plain_runs(runs, old, look.removed, digits, width)
        if new:
            runs = _marked(after, marks, "after", "added", bracketed=False)
            waiting += _plain_runs(runs, new, look.added, digits, width)
    yield from waiting


def _plain(text: str, number: int, sign: str, style: str, digits: int, width: int) -> list[Text]:
    return _plain_runs([(text, style)], number, sign, digits, width)


def _plain_runs(runs: Sequence[Run], number: int, sign: str, digits: int, width: int) -> list[Text]:
    lead = f"{number:>{digits}} {sign} "
    lines = flow(runs, width, lead, " " * len(lead))
    lines[0].stylize("dim", 0, digits)
    return lines


# texts of several lines


def _hunked(one: FieldEdit, width: int, look: Look) -> list[Text]:
    """Return what differs between two texts of several lines, with a line around each change."""
    before, after = one.before.split("\n"), one.after.split("\n")
    found: list[Text] = []
    left_out = False
    for old, new, near in _near(before, after):
        if not near:
            left_out = True
            continue
        if left_out:
            found.append(Text(f"    {look.ellipsis}", style="dim"))
            left_out = False
        found += _line_pair(before[old - 1] if old else None, after[new - 1] if new else None, width, look)
    if left_out:
        found.append(Text(f"    {look.ellipsis}", style="dim"))
    return found


def _near(before: list[str], after: list[str]) -> list[tuple[int, int, bool]]:
    """Return pairs of line numbers, and whether each is a change or beside one."""
    from metricgov.domain.changes.file_rows import rows

    pairs = rows(before, after)
    differs = [not (old and new) or before[old - 1] != after[new - 1] for old, new in pairs]
    return [(old, new, any(differs[max(0, at - 1) : at + 2])) for at, (old, new) in enumerate(pairs)]


def _line_pair(before: str | None, after: str | None, width: int, look: Look) -> list[Text]:
    if before == after and after is not None:
        return flow([(after, "dim")], width, "    ")
    marks = word_marks(before, after) if before is not None and after is not None else ()
    found = []
    if before is not None:
        found += flow(_marked(before, marks, "before", "removed", bracketed=False), width, f"  {look.removed} ", "    ")
    if after is not None:
        found += flow(_marked(after, marks, "after", "added", bracketed=False), width, f"  {look.added} ", "    ")
    return found


def _hunks_beside(before: list[str], after: list[str], width: int, look: Look) -> list[Text]:
    half = width // 2
    found: list[Text] = []
    left_out = False
    for old, new, near in _near(before, after):
        if not near:
            left_out = True
            continue
        if left_out:
            found.append(Text(f"  {look.ellipsis}", style="dim"))
            left_out = False
        texts = before[old - 1] if old else "", after[new - 1] if new else ""
        marks = word_marks(*texts) if old and new and texts[0] != texts[1] else ()
        changed = not (old and new) or bool(marks)
        left = flow(
            _marked(texts[0], marks, "before", "removed" if changed else "dim", bracketed=False), half - 1, "  ", "    "
        )
        right = flow(
            _marked(texts[1], marks, "after", "added" if changed else "dim", bracketed=False),
            width - half - 2,
            " ",
            "   ",
        )
        found += beside(left if old else [], right if new else [], half, look.bar)
    return found
