"""The text kit: cleaning, widths, wrapping, tables and styles; what is said stands in the renderers.

A style is put around text as a pair of control characters and turned into ANSI (or nothing) when a line is finished.
Text from files passes `clean` first, which leaves no control character, so a file can neither style nor hide anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from metricgov.domain.time import MONTHS

WIDTH = 80
"""The width that every text must be readable at."""

NARROWEST = 60
"""Below this a layout with columns and signs makes no sense; narrower screens get this width."""

_NARROWEST_COLUMN = 5

_END = "\x01"


UNSENT = "not sent yet"
"""What stands beside something that waits in this clone for the remote."""


class Ink(StrEnum):
    """Styles by what they are for; the values are internal marks that never reach a screen."""

    GRAVE = "\x02"
    WORDS = "\x03"
    ADDED = "\x04"
    REMOVED = "\x05"
    CHANGED = "\x06"
    DIM = "\x07"
    BOLD = "\x08"
    WARN = "\x0e"


_ANSI: dict[str, str] = {
    Ink.GRAVE: "\x1b[1;31m",
    Ink.WORDS: "\x1b[34m",
    Ink.ADDED: "\x1b[32m",
    Ink.REMOVED: "\x1b[31m",
    Ink.CHANGED: "\x1b[1;4m",
    Ink.DIM: "\x1b[2m",
    Ink.BOLD: "\x1b[1m",
    Ink.WARN: "\x1b[33m",
}
_RESET = "\x1b[0m"
_MARKS = re.compile("[" + _END + "".join(_ANSI) + "]")
_ASCII = str.maketrans(
    {
        "≠": "!=",
        "→": "->",
        "…": "...",
        "–": "-",
        "—": "-",
        "·": "|",
        "□": "[ ]",
        "■": "[x]",
        "›": ">",
        "×": "x",
        "─": "-",
        "✗": "x",
        "✓": "ok",
        "“": '"',
        "”": '"',
        "’": "'",
    }
)
_COMMAND = re.compile(r"##(?=\w*\[)")


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def clean(text: str) -> str:
    """Return text from outside as one line that shows what it holds.

    Control, bidirectional, invisible and odd space characters become visible escapes (`\\x1b`, `\\u202e`); a tab or
    line break inside becomes one space, because people write those without meaning anything.
    """
    if text.isprintable():
        return text
    spaced = re.sub(r"[ \t]*(?:\r\n|\n|\t)[ \t]*", " ", text.strip("\r\n\t "))
    return "".join(char if char.isprintable() else _escape(char) for char in spaced)


def ink(text: str, style: Ink) -> str:
    """Return the text marked with a style, which `Screen.text` paints or drops."""
    return f"{style}{text}{_END}" if text else text


def cells(text: str) -> int:
    """Return how many columns a text takes on a terminal; marks of styles take none."""
    if text.isascii() and text.isprintable():
        return len(text)
    bare = _MARKS.sub("", text)
    if bare.isascii():
        return len(bare)
    import unicodedata

    wide = sum(1 for char in bare if unicodedata.east_asian_width(char) in "WF")
    return len(bare) + wide - sum(1 for char in bare if unicodedata.combining(char))


def break_word(word: str, width: int) -> list[str]:
    """Return a word that is too long for a line in pieces, cut after `_ . / : -` where that is possible."""
    pieces = [""]
    for part in re.findall(r"[^_./:\-]*[_./:\-]|[^_./:\-]+", word):
        if cells(pieces[-1] + part) <= width:
            pieces[-1] += part
            continue
        if pieces[-1]:
            pieces.append("")
        for char in part:
            if cells(pieces[-1] + char) > width:
                pieces.append("")
            pieces[-1] += char
    return pieces


def wrap_words(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    """Return the words of a text in lines of at most `width` columns.

    The first line starts with `first`, the others with `rest` (by default as many spaces). A style that is open where
    a line ends is closed there and opened again on the next.
    """
    rest = " " * cells(first) if rest is None else rest
    room = max(width - max(cells(first), cells(rest)), 2)
    lines: list[str] = []
    line: str | None = None
    style = ""
    for word in text.split(" "):
        for number, piece in enumerate([word] if cells(word) <= room else break_word(word, room)):
            if line is None:
                line = piece
            elif number == 0 and cells(line) + 1 + cells(piece) <= room:
                line = f"{line} {piece}"
            else:
                lines.append(line + (_END if style else ""))
                line = style + piece
            for mark in _MARKS.findall(piece):
                style = "" if mark == _END else mark
    lines.append(line or "")
    return [(rest if number else first) + content.rstrip(" ") for number, content in enumerate(lines)]


def plural(count: int, noun: str, many: str = "") -> str:
    """Return `1 metric`, `2 metrics`; `many` is the plural where it is not noun + s."""
    number = f"{count:,}"
    return f"{number} {noun}" if count == 1 else f"{number} {many or noun + 's'}"


def day_words(text: str) -> str:
    """Return an ISO day or UTC second as `1 Jul 2026`; other text as it is, nothing as `–`."""
    if not text:
        return "–"
    try:
        moment = date.fromisoformat(text[:10])
    except ValueError:
        return clean(text)
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def clock_words(text: str) -> str:
    """Return the time of day of a UTC second as `09:52`, "" for other text."""
    try:
        return datetime.fromisoformat(text).strftime("%H:%M") if len(text) == len("2026-06-18T09:52:30Z") else ""
    except ValueError:
        return ""


def time_words(text: str) -> str:
    """Return a UTC second as `18 Jun 2026 09:52`; other text as it is, nothing as `–`."""
    return f"{day_words(text)} {clock_words(text)}".rstrip()


def duration(seconds: float) -> str:
    """Return a length of time in its one fitting unit, cut and never rounded up: `40 s`, `12 min`, `5 h`, `2 d`."""
    size = int(abs(seconds))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if size >= length:
            return f"{size // length} {unit}"
    return f"{size} s"


def time_left(due: str, now: str) -> str:
    """Return `5 h`, `2 d` or `1 d late` between two UTC seconds; "" without a date."""
    try:
        seconds = (datetime.fromisoformat(due) - datetime.fromisoformat(now)).total_seconds()
    except (ValueError, TypeError):
        return ""
    return duration(seconds) if seconds >= 0 else f"{duration(seconds)} late"


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text goes: columns, whether colour repeats what the words say, whether only ASCII can be shown."""

    width: int = WIDTH
    colour: bool = False
    ascii: bool = False

    @property
    def columns(self) -> int:
        """The width that layouts use."""
        return max(self.width, NARROWEST)

    def letters(self, text: str) -> str:
        """Return a text in the letters that this screen can show; what has no plain form becomes a visible escape."""
        if not self.ascii or text.isascii():
            return text
        return "".join(char if char.isascii() else _escape(char) for char in text.translate(_ASCII))

    def cut(self, text: str, width: int) -> str:
        """Return a text without styles shortened to a width, ending in an ellipsis where something is missing."""
        text = self.letters(text)
        if cells(text) <= width:
            return text
        ellipsis = self.letters("…")
        kept = ""
        room = width - cells(ellipsis)
        for char in text:
            room -= cells(char)
            if room < 0:
                break
            kept += char
        return kept.rstrip() + ellipsis

    def wrap(self, text: str, first: str = "", rest: str | None = None) -> list[str]:
        """Return a text in lines that fit this screen; `first` and `rest` start the lines as in `wrap_words`."""
        follow = None if rest is None else self.letters(rest)
        return wrap_words(self.letters(text), self.columns, self.letters(first), follow)

    def cut_end(self, text: str) -> str:
        """Return a text for the right end of a line, at most half of it; marks of styles are kept."""
        text = self.letters(text)
        return text if cells(text) <= self.columns // 2 else self.cut(_MARKS.sub("", text), self.columns // 2)

    def rule(self, title: str) -> str:
        """Return a line across the screen with a title in it."""
        head = self.letters("── ") + self.cut(title, self.columns - 6) + " "
        return head + self.letters("─") * (self.columns - cells(head))

    def ends(self, left: str, right: str, indent: str = "", rest: str | None = None) -> list[str]:
        """Return two texts at the ends of one line; a left one that is too long wraps before the right one."""
        left, right = self.letters(left), self.cut_end(right)
        rest = indent + "  " if rest is None else rest
        lines = wrap_words(left, self.columns - cells(right) - 2, indent, rest)
        gap = self.columns - cells(lines[0]) - cells(right)
        return [lines[0] + " " * gap + right, *lines[1:]]

    def table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        right: Sequence[int] = (),
        fixed: Sequence[int] = (),
    ) -> list[str]:
        """Return aligned lines that fit; columns that are too wide wrap inside their cell, widest first.

        `right` names the columns that are aligned to the right, `fixed` those that never wrap. Cells must be clean;
        styles in them are kept.
        """
        body = [[self.letters(cell) for cell in row] for row in [head, *rows]]
        widths = [max(cells(row[column]) for row in body) for column in range(len(head))]
        room = self.columns - 2 * (len(head) - 1)
        loose = [column for column in range(len(head)) if column not in fixed]
        while sum(widths) > room:
            widest = max(loose, key=widths.__getitem__)
            if widths[widest] <= _NARROWEST_COLUMN:
                break
            widths[widest] -= 1
        lines: list[str] = []
        for number, row in enumerate(body):
            parts = [wrap_words(cell, width) for cell, width in zip(row, widths, strict=True)]
            for level in range(max(len(part) for part in parts)):
                line = ""
                for column, part in enumerate(parts):
                    cell = part[level] if level < len(part) else ""
                    pad = " " * max(widths[column] - cells(cell), 0)
                    line += (pad + cell if column in right else cell + pad) + "  "
                lines.append(ink(line.rstrip(), Ink.DIM) if number == 0 else line.rstrip())
        return lines

    def text(self, lines: Iterable[str]) -> str:
        """Return finished lines as one text that ends in a line break, painted and in the letters of this screen."""
        return "".join(self._finish(line) + "\n" for line in lines)

    def _finish(self, line: str) -> str:
        line = self.letters(_defused(line.rstrip(), ascii_only=self.ascii))
        if not self.colour:
            return _MARKS.sub("", line)
        return _MARKS.sub(lambda mark: _ANSI.get(mark[0], _RESET), line)


def _defused(line: str, *, ascii_only: bool) -> str:
    """Return a line that no CI system takes for its command, wherever a word from a file lands; as wide as it was."""
    bare = _MARKS.sub("", line)
    if bare.lstrip().startswith("::"):
        line = bare = bare.replace("::", ":." if ascii_only else "∷ ", 1)
    if _COMMAND.search(bare):
        line = _COMMAND.sub("#." if ascii_only else "#♯", bare)
    return line
