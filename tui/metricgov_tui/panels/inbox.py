"""The inbox as lines: sections by urgency, tabs, and what one row is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.text import Text

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.draft_views import DraftRow
from metricgov.domain.verdict import VersionStep
from metricgov.domain.views import Ask, ChangeRow, ChangeView, InboxRow
from metricgov.render.changes import ASK_WORDS, state_words
from metricgov.render.kit import clean, clock_words, day_words, plural, time_left, time_words, wrap_words
from metricgov_tui import words
from metricgov_tui.lines import Line
from metricgov_tui.panels.requirements import short_lines

if TYPE_CHECKING:
    from metricgov_tui.look import Look
    from metricgov_tui.remembered import Remembered

TABS: Final = ("for_me", "mine", "watched", "applied", "open")
TITLES: Final = {
    "for_me": "For me", "mine": "Mine", "watched": "Watched", "applied": "Applied", "open": "All open",
}  # fmt: skip

SOON: Final = "h"
"""What is due within hours is marked."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything the inbox shows; `rows` is None until it is known."""

    rows: tuple[InboxRow, ...] | None
    open: tuple[ChangeRow, ...]
    applied: tuple[ChangeRow, ...]
    me: str
    watched: frozenset[str]
    now: datetime
    filter: str = ""
    drafts: tuple[DraftRow, ...] = ()

    @property
    def clock(self) -> str:
        """The time as UTC in seconds."""
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def changes(self, tab: str) -> tuple[ChangeRow, ...]:
        """Return the changes of a tab other than the first."""
        match tab:
            case "mine":
                found: Iterable[ChangeRow] = (one for one in self.open if one.author == self.me)
            case "watched":
                found = (one for one in (*self.open, *self.applied) if one.change in self.watched)
            case "applied":
                found = self.applied
            case _:
                found = self.open
        return tuple(one for one in found if self._passes(one.definition, one.author, one.label, one.state))

    def kept(self) -> tuple[DraftRow, ...]:
        """Return the reader's drafts, as far as the filter lets them through."""
        return tuple(one for one in self.drafts if self._passes(one.definition, one.label, "draft"))

    def asked(self) -> tuple[InboxRow, ...]:
        """Return what waits for the reader, as far as the filter lets it through."""
        return tuple(
            one
            for one in self.rows or ()
            if self._passes(one.definition, one.author, one.label, one.asked, str(one.change_class or ""))
        )

    def _passes(self, *texts: str) -> bool:
        wanted = self.filter.casefold().split()
        held = " ".join(texts).casefold()
        return all(word in held for word in wanted)


# what is kept for the next start


def keep(remembered: Remembered | None, person: str, rows: Sequence[InboxRow]) -> None:
    """Keep the rows of a person, so that their next start shows them at once."""
    if remembered is not None:
        remembered.set(f"inbox rows of {person}", [asdict(one) for one in rows[:200]])
        remembered.write()


def kept(remembered: Remembered, person: str) -> tuple[InboxRow, ...] | None:
    """Return the rows that a person saw last; None where there are none, or they were written by another version."""
    held = remembered.get(f"inbox rows of {person}")
    if not isinstance(held, list):
        return None
    try:
        return tuple(
            InboxRow(
                **{
                    **one,
                    "asked": Ask(one["asked"]),
                    "change_class": ChangeClass(one["change_class"]) if one["change_class"] else None,
                    "version": VersionStep(**one["version"]),
                }
            )
            for one in held
        )
    except (TypeError, KeyError, ValueError):
        return None


def differing(shown: Sequence[InboxRow], newer: Sequence[InboxRow]) -> int:
    """Return how many rows have come, gone or become another."""
    before, after = {one.change: one for one in shown}, {one.change: one for one in newer}
    return sum(before.get(change) != after.get(change) for change in before.keys() | after.keys())


# keys of rows: the tab and the change, so that one change may stand in several sections


def key_of(tab: str, change: str) -> str:
    """Return the key of a row."""
    return f"{tab} {change}"


def change_of(key: str) -> str:
    """Return the change of a row's key, "" where it has none."""
    return "" if key.startswith(DRAFT) else key.partition(" ")[2]


def row_of(contents: Contents, change: str) -> InboxRow | ChangeRow | None:
    """Return the row of a change, the one that asks something first."""
    every: Iterable[InboxRow | ChangeRow] = (*(contents.rows or ()), *contents.open, *contents.applied)
    return next((one for one in every if one.change == change), None)


def definition_of(contents: Contents, change: str) -> str:
    """Return the definition of a change, "" where it has none."""
    row = row_of(contents, change)
    return row.definition if row else ""


# panels


def tabs(contents: Contents, tab: str) -> Text:
    """Return the row of tabs, each with its count, the one that is shown in brackets."""
    row = Text(" ")
    for name in TABS:
        count = len(contents.asked()) if name == "for_me" else len(contents.changes(name))
        count += sum(not one.label for one in contents.kept()) if name == "mine" else 0  # of a change: counted as it
        said = f"{TITLES[name]} {count}" if contents.rows is not None else TITLES[name]
        row.append(f"[{said}]" if name == tab else said, "title" if name == tab else "text")
        row.append("  ")
    return row


def lines(contents: Contents, tab: str, width: int, look: Look, *, wide: bool) -> list[Line]:
    """Return the list: one tab, or where there is room what waits with mine, watched and applied below it."""
    if contents.rows is None:
        return [Line(Text("  …", style="dim"))]
    drafts = _drafts(contents, width, look)
    if tab != "for_me":
        rows = _changes(contents, tab, width, look)
        return [*(drafts if tab == "mine" else ()), *rows] or [_nothing(contents, tab)]
    found = _asked(contents, width, look)
    if drafts:
        found += [Line(Text()), *drafts[: SHORT + 1]]
    if not wide:
        return found
    for name in ("mine", "watched", "applied"):
        rows = _changes(contents, name, width, look)
        if rows:
            title = f"{look.rule * 2} {TITLES[name]} {len(rows)} "
            found += [Line(Text()), Line(Text(title.ljust(width, look.rule), style="dim")), *rows[:SHORT]]
            if len(rows) > SHORT:
                found.append(Line(Text(f"  {len(rows) - SHORT} more", style="dim")))
    return found


SHORT: Final = 5
"""Rows of a section below the first one."""


def _drafts(contents: Contents, width: int, look: Look) -> list[Line]:
    """Return what the reader has typed and not submitted, below a heading; Enter goes on with it."""
    rows = contents.kept()
    if not rows:
        return []
    title = f"{look.rule * 2} {words.drafts(len(rows))} "
    found = [Line(Text(title.ljust(width, look.rule), style="dim"))]
    columns = (16, max(14, min(40, width - 16 - 12 - 16)), max(12, width - 60))
    for place, row in enumerate(rows, start=1):
        name = clean(row.definition).removeprefix("metric:")
        said = ", ".join(filter(None, [row.label, row.note, row.held and f"open in {row.held}"]))
        cells = (f"{day_words(row.touched)[:-5]}, {clock_words(row.touched)}", name, clean(said))
        text = _cells(cells, columns, ("dim", "", "warn" if row.note or row.held else "dim"), look)
        spoken = f"draft of {name.replace('_', ' ')}, typed {time_words(row.touched)}, {said}, {place} of {len(rows)}"
        found.append(Line(text, f"{DRAFT}{row.key}", spoken.replace(", ,", ",")))
    return found


DRAFT: Final = "draft "
"""Begins the key of a draft's row; what follows opens it."""


def draft_of(contents: Contents, key: str) -> DraftRow | None:
    """Return the draft that a row's key stands for."""
    return next((one for one in contents.drafts if key == f"{DRAFT}{one.key}"), None)


def _nothing(contents: Contents, tab: str) -> Line:
    if contents.filter:
        return Line(Text(f'  Nothing matches "{clean(contents.filter)}". Esc clears.'))
    said = {
        "mine": "No open change of yours. e on a definition in 2 Registry starts one.",
        "watched": "Nothing is watched. w on a change watches it.",
        "applied": "Nothing has been applied yet.",
        "open": "No change is open.",
    }[tab]
    return Line(Text(f"  {said}"))


def _asked(contents: Contents, width: int, look: Look) -> list[Line]:
    rows = contents.asked()
    if not rows:
        if contents.filter:
            return [_nothing(contents, "for_me")]
        said = words.nothing_waits(len(contents.open), len(contents.changes("mine")))
        return [Line(Text(part)) for part in wrap_words(said, width - 2, "  ")]
    late = [one for one in rows if one.due and one.due < contents.clock]
    due = [one for one in rows if one.due and one.due >= contents.clock]
    rest = [one for one in rows if not one.due]
    columns = _columns(width)
    found = [Line(_cells(("time left", "asked", "definition", "class", "from", "missing"), columns, ["dim"] * 6, look))]
    place = 0
    for title, style, group in (("LATE", "late", late), ("DUE", "title", due), ("NO DATE", "title", rest)):
        if not group:
            continue
        found.append(Line(Text(title, style=style)))
        for row in group:
            place += 1
            found.append(_row(row, columns, contents, look, f"{place} of {len(rows)}"))
    return found


def _columns(width: int) -> tuple[int, ...]:
    """Return the widths of the six columns; names get what the others leave."""
    missing = 8 if width >= 85 else 0
    fixed = 12 + 9 + 12 + 16 + missing
    return 12, 9, max(12, min(48, width - 2 - fixed)), 12, 16, missing


def _cells(texts: Sequence[str], columns: Sequence[int], styles: Sequence[str], look: Look) -> Text:
    row = Text("  ")
    for text, column, style in zip(texts, columns, styles, strict=True):
        if column:
            shown = text if len(text) < column else text[: column - 2] + look.ellipsis
            row.append(shown.ljust(column), style or None)
    row.rstrip()
    return row


def _row(row: InboxRow, columns: Sequence[int], contents: Contents, look: Look, place: str) -> Line:
    left = plural(row.days_left, "work day") if row.days_left else time_left(row.due, contents.clock)
    late = left.endswith("late")
    name = clean(row.definition).removeprefix("metric:") + (f" +{row.more}" if row.more else "")
    author = "you" if row.author == contents.me else clean(row.author)
    cells = (left, ASK_WORDS[row.asked], name, class_words(row.change_class), author, str(row.missing or look.dash))
    style = "late" if late else "warn" if left.endswith(f" {SOON}") or left.endswith("min") else ""
    text = _cells(cells, columns, (style, "", "", class_style(row.change_class), "", "dim"), look)
    if row.waiting:
        text.append("  not yet sent", "warn")
    spoken = ", ".join(
        filter(
            None,
            [
                f"{left} left" if left and not late else left,
                cells[1].lower(),
                name.replace("_", " "),
                str(row.change_class or "").lower(),
                f"from {author}",
                place,
            ],
        )
    )
    return Line(text, key_of("for_me", row.change), spoken)


def class_words(change_class: ChangeClass | None) -> str:
    """Return a class as it is written: the grave ones in capitals."""
    if change_class is None:
        return "–"
    said = str(change_class)
    return said.upper() if class_style(change_class) == "grave" else said


def class_style(change_class: ChangeClass | None) -> str:
    """Return the style of a class."""
    return "grave" if change_class in (ChangeClass.BREAKING, ChangeClass.UNKNOWN) else ""


def _changes(contents: Contents, tab: str, width: int, look: Look) -> list[Line]:
    found = []
    rows = contents.changes(tab)
    for place, row in enumerate(rows, start=1):
        name = clean(row.definition).removeprefix("metric:") + (f" +{row.more}" if row.more else "")
        state = state_words(row.state)
        columns = (16, max(14, min(40, width - 16 - 12 - 16)), 12, 16)
        first = day_words(row.moved_at)[:-5] if tab == "applied" else state
        cells = (first, name, class_words(row.change_class), "you" if row.author == contents.me else clean(row.author))
        text = _cells(cells, columns, ("", "", class_style(row.change_class), ""), look)
        if row.note:
            text.append(f"  {clean(row.note)}", "dim")
        spoken = f"{state}, {name.replace('_', ' ')}, from {clean(row.author)}, {place} of {len(rows)}"
        found.append(Line(text, key_of(tab, row.change), spoken))
    return found


def draft_preview(row: DraftRow, width: int, look: Look) -> list[Line]:
    """Return what a draft is and how to go on with it."""
    name = clean(row.definition).removeprefix("metric:")
    title = "  ".join(filter(None, [name, clean(row.label), "draft"]))
    found = [Line(Text(f"{look.rule * 2} {title} ".ljust(width, look.rule), style="title"))]
    for text in words.draft_says(row):
        found += [Line(Text(part)) for part in wrap_words(text, width - 1, " ")]
    return found


def preview(
    row: InboxRow | ChangeRow | None, view: ChangeView | None, width: int, look: Look, me: str = ""
) -> list[Line]:
    """Return what a row is about: why it is you, the author's words, what is missing and from whom."""
    if row is None:
        return []
    name = clean(row.definition).removeprefix("metric:")
    step = row.version if isinstance(row, InboxRow) else VersionStep()
    title = "  ".join(
        filter(
            None,
            [
                name,
                f"{step.before} {look.arrow} {step.after}" if step.before and step.after else step.after,
                clean(row.label),
                f"from {day_words(row.effective_from)}" if isinstance(row, InboxRow) and row.effective_from else "",
            ],
        )
    )
    found = [Line(Text(f"{look.rule * 2} {title} ".ljust(width, look.rule), style="title"))]
    said = clean(row.why) if isinstance(row, InboxRow) else clean(view.why) if view else ""
    for text in filter(None, [said, clean(row.because) if isinstance(row, InboxRow) else ""]):
        found += [Line(Text(part)) for part in wrap_words(text, width - 1, " ")]
    if view is None:
        return [*found, Line(Text(f" {look.ellipsis}", style="dim"))]
    unmet = [one for one in view.requirements if not one.met]
    heading = f"Missing {len(unmet)}" if unmet else "Nothing is missing"
    found.append(Line(Text(f" {heading} of {len(view.requirements)}" if unmet else f" {heading}.", style="bold")))
    short = (line for one in unmet for line in short_lines(one, width - 1, look, me, keyed=False))
    found += [Line(Text.assemble(" ", one.text)) for one in short]
    if view.effect:
        found.append(Line(Text(f" Effect  {clean(view.effect)}", style="dim")))
    return found
