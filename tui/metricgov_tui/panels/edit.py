"""The Edit screen as lines: the form beside the text, what is asked below it, whom it will wait for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.text import Text

from metricgov.domain.draft_views import BLOCK, ITEMS, STRANGE, FormRow, Mark
from metricgov.render.kit import clean, wrap_words
from metricgov_tui import words_edit as words
from metricgov_tui.lines import Line

if TYPE_CHECKING:
    from metricgov.domain.draft_views import Answers, Opened, Weighed
    from metricgov_tui.look import Look

MORE: Final = "more:"
"""Begins the key of the row that stands for the fields a block does not have."""

ADD: Final = "[+]"
"""Ends the key of the row that adds an item to a list."""

GRAVE: Final = frozenset({"breaking", "unknown"})
CHOICES: Final = ("intent", "treatment", "text")
"""Questions that are answered by choosing."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the form shows: its rows, what is wrong with them, and which blocks show all fields that they may have.

    `stale` says that the text cannot be read now and the rows are what could be read last; `settled` that nothing is
    wrong between this file and the others, `typed` which field somebody types in,
    `unread` that nothing is known yet.
    """

    rows: tuple[FormRow, ...] = ()
    marks: tuple[Mark, ...] = ()
    unfolded: frozenset[str] = frozenset()
    stale: bool = False
    settled: bool = False
    typed: str = ""
    unread: bool = False


# form


def parent_of(path: str) -> str:
    """Return the path of the block around a field; brackets may hold dots."""
    if path.endswith("]"):
        return path[: path.rindex("[")]
    depth = 0
    for place in range(len(path) - 1, -1, -1):
        depth += {"]": 1, "[": -1}.get(path[place], 0)
        if path[place] == "." and not depth:
            return path[:place]
    return ""


def form_lines(sheet: Sheet, width: int, look: Look) -> list[Line]:
    """Return the form; fields that a block does not have are one row that opens."""
    found: list[Line] = []
    if sheet.stale:
        found += _notes([one for one in sheet.marks if not one.field], width, look, "")
    if sheet.unread:
        return found or [Line(Text(f" {look.ellipsis}", style="dim"))]
    if not sheet.rows:
        found = found or _notes(sheet.marks, width, look, "")
        return found or [Line(Text(part)) for part in wrap_words(words.NO_FORM, max(10, width - 2), " ")]
    known = {one.path for one in sheet.rows}
    notes: dict[str, list[Mark]] = {}
    for mark in sheet.marks:
        notes.setdefault(_nearest(mark.field, known), []).append(mark)
    below: dict[str, list[FormRow]] = {}
    for row in sheet.rows:
        below.setdefault(parent_of(row.path), []).append(row)
    column = min(max(12, width // 3), 24)
    found += _block("", below, notes, sheet, width, look, column)
    return found


def _block(
    at: str,
    below: dict[str, list[FormRow]],
    notes: dict[str, list[Mark]],
    sheet: Sheet,
    width: int,
    look: Look,
    column: int,
) -> list[Line]:
    found: list[Line] = []
    absent: list[FormRow] = []
    depth = 0
    for row in below.get(at, ()):
        depth = row.depth
        if not (row.stands or row.required or at in sheet.unfolded or row.path == sheet.typed):
            absent.append(row)
            continue
        style = "dim" if sheet.stale else ""
        found.append(Line(_row(row, width, look, column, style, sheet.settled), row.path, spoken(row)))
        found += _notes(notes.get(row.path, ()), width, look, row.path)
        if row.stands and row.takes in (BLOCK, ITEMS):
            found += _block(row.path, below, notes, sheet, width, look, column)
            if row.takes == ITEMS:
                text = Text(f"{'  ' * (row.depth + 1)}+ one more", style="dim")
                found.append(Line(text, f"{row.path}{ADD}", f"add one more to {row.label}"))
    if absent:
        said = f"{'  ' * depth}+ {len(absent)} more: {', '.join(one.label for one in absent)}"
        text = Text(_cut(said, width, look), style="dim")
        found.append(Line(text, f"{MORE}{at}", f"{len(absent)} more fields can be added, Enter shows them"))
    return found


def label_of(row: FormRow) -> str:
    """Return a field as the form names it: words at the top level, names of keys below."""
    if row.depth or "[" in row.path:
        return row.label
    said = row.label.replace("_", " ")
    return "KPI" if said == "kpi" else said[:1].upper() + said[1:]


def _row(row: FormRow, width: int, look: Look, column: int, style: str, settled: bool) -> Text:
    indent = "  " * row.depth
    sign = f"{look.opened if row.stands else look.closed} " if row.takes in (BLOCK, ITEMS) else ""
    label = f"{indent}{sign}{clean(label_of(row))}"
    text = Text(label, style=style or ("bold" if sign and row.stands else ""))
    if row.takes in (BLOCK, ITEMS) and row.stands:
        return text
    text.append(" " * max(1, column - len(label)))
    room = max(4, width - text.cell_len - 1)
    if row.takes == STRANGE:
        return text.append(_cut("no field here", room, look), "grave")
    if row.value:
        text.append(_cut(clean(row.value), room - (2 if row.refers and settled else 0), look), style or None)
        if row.refers and settled and row.takes != "list":
            text.append(f" {look.ok}", "ok")
        return text
    if row.required:
        return text.append("missing", "grave")
    return text.append(look.dash + (f" ({row.default})" if row.default else ""), "dim")


def spoken(row: FormRow) -> str:
    """Return a row of the form as a sentence."""
    value = clean(row.value) or ("missing" if row.required else "not set")
    if row.takes in (BLOCK, ITEMS):
        return f"{label_of(row)}, {'a block of fields' if row.takes == BLOCK else 'a list'}"
    return f"{label_of(row)}: {value}"


def _nearest(field: str, known: set[str]) -> str:
    while field and field not in known:
        field = parent_of(field)
    return field


def _notes(marks: Iterable[Mark], width: int, look: Look, path: str) -> list[Line]:
    """Return what is wrong with a field, below it."""
    found = []
    for mark in marks:
        sign, style = (look.error, "grave") if mark.grave else (look.warn, "warn")
        leaf = mark.field if mark.field and not path.endswith(mark.field) else ""
        where = f"line {mark.line}: " if mark.line and not mark.field else f"{leaf}: " if leaf else ""
        said = f"{where}{clean(mark.says)}{f' ({clean(mark.hint)})' if mark.hint else ''}"
        for place, part in enumerate(wrap_words(said, max(10, width - 1), "   ")[:3]):
            text = Text.assemble((f" {sign} ", style), (part[3:], style)) if not place else Text(part, style=style)
            found.append(Line(text, under=bool(path)))
    return found


def _cut(text: str, room: int, look: Look) -> str:
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= room:
        return text
    return set_cell_size(text, max(1, room - len(look.ellipsis))).rstrip() + look.ellipsis


# header


def headline(weighed: Weighed | None, opened: Opened, *, checking: bool, look: Look, wrong: bool = False) -> Text:
    """Return class, version and what changed, in a line; `wrong`: there is a problem that hides what that would be."""
    if weighed is None:
        return Text("…", style="dim")
    step = weighed.steps.get(opened.definition)
    if not weighed.change_class:
        said = "nothing differs from main" if not (weighed.marks or wrong) else "not known while something is wrong"
        return Text(said, style="dim")
    grave = weighed.change_class in GRAVE
    text = Text()
    shown = weighed.change_class.upper() if grave else weighed.change_class
    text.append(shown, "dim" if checking else "grave" if grave else "bold")
    if step is not None and (step.required or step.after):
        after = step.required if step.required and not _reaches(step.after, step.required) else step.after
        same = not step.before or step.before == after
        text.append(f"   {after}" if same else f"   {step.before} {look.arrow} {after}", "bold")
    says = list(
        dict.fromkeys(_short(one.says, one.field) for one in weighed.findings if one.change_class != "identical")
    )
    text.append("   " + ", ".join(clean(one) for one in says))
    if weighed.affected:
        names = dict.fromkeys(one.definition.partition(":")[2] for one in weighed.affected)
        text.append(f"   moves {', '.join(names)}", "dim")
    return text


def _reaches(after: str, due: str) -> bool:
    try:
        return [int(one) for one in after.split(".")] >= [int(one) for one in due.split(".")]
    except ValueError:
        return True


def _short(says: str, field: str) -> str:
    """Return what a finding says without its field, unless it says nothing without it."""
    short = says.removeprefix(f"{field}: ")
    return short if short[:1].isalpha() else f"{field.rpartition('.')[2]} {short}"


# questions


def open_questions(weighed: Weighed | None, answers: Answers) -> list[str]:
    """Return the questions that stand below the form as things are, in their order."""
    found = ["why"]
    if weighed is None:
        return found
    if weighed.moves_numbers:
        found += ["intent", "treatment", "day"]
    elif weighed.owes("effective_date") or weighed.owes("effective_date_passed") or answers.effective_from:
        found.append("day")
    if weighed.stale or answers.meaning_unchanged:
        found.append("text")
    if weighed.owes("ticket") or answers.refs:
        found.append("ticket")
    return found


def unanswered(weighed: Weighed | None) -> list[str]:
    """Return the questions that the author still owes an answer to."""
    if weighed is None:
        return []
    return list(dict.fromkeys(words.CODES[one.code] for one in weighed.owed if one.code in words.CODES))


def choices_of(question: str, weighed: Weighed) -> dict[str, str]:
    """Return the values that a question can be answered with, with their words."""
    if question == "intent":
        return words.INTENTS
    if question == "treatment":
        return {one: words.TREATMENTS[one] for one in weighed.treatments}
    return {"yes": "it still holds"}


def question_lines(
    weighed: Weighed | None, answers: Answers, opened: Opened, width: int, look: Look, *, me: str
) -> list[Line]:
    """Return what is asked of the author, then who will have to agree and who is asked."""
    found = []
    owed = set(unanswered(weighed))
    for question in open_questions(weighed, answers):
        text = Text(f"{words.LABELS[question]:<13}", style="warn" if question in owed else "")
        says = words.LABELS[question]
        if question in CHOICES and weighed is not None:
            said, chosen = _choices(question, weighed, answers, look)
            text.append_text(said)
            says += f" {chosen or 'not answered'}"
        else:
            value = _value(question, answers)
            advised = weighed.advised(answers.intent) if weighed and question == "day" else None
            if value:
                text.append(clean(value))
            elif advised is not None:
                text.append(f"{look.dash} ({day_for(weighed, answers)}, advised)", "dim")
            else:
                text.append(look.dash, "dim")
            says += f" {value or 'not answered'}"
        text.truncate(max(10, width), overflow="ellipsis")
        found.append(Line(text, question, says))
    return [*found, *people_lines(weighed, opened, width, look, me=me)]


def _value(question: str, answers: Answers) -> str:
    return {"why": answers.why, "day": answers.effective_from, "ticket": " ".join(answers.refs)}.get(question, "")


def day_for(weighed: Weighed | None, answers: Answers) -> str:
    """Return the first day to measure by, as advised for what was answered."""
    if weighed is None:
        return ""
    advised = weighed.advised(answers.intent)
    if advised is not None and (answers.treatment or advised.treatment) == "restate":
        return advised.day if advised.treatment == "restate" else weighed.day
    return weighed.day


def _choices(question: str, weighed: Weighed, answers: Answers, look: Look) -> tuple[Text, str]:
    chosen = {"intent": answers.intent, "treatment": answers.treatment}.get(
        question, "yes" if answers.meaning_unchanged else ""
    )
    advised = weighed.advised(answers.intent)
    best = advised.treatment if advised is not None and question == "treatment" else ""
    text = Text()
    for value, said in choices_of(question, weighed).items():
        mark = look.chosen if value == chosen else " "
        text.append(f"({mark}) {said}{' (advised)' if value == best else ''}  ", "bold" if value == chosen else None)
    text.rstrip()
    return text, words.INTENTS.get(chosen, words.TREATMENTS.get(chosen, chosen))


def people_lines(weighed: Weighed | None, opened: Opened, width: int, look: Look, *, me: str) -> list[Line]:
    """Return who will have to agree, and who will be asked; in sight all the time."""
    del me
    if weighed is None or not weighed.change_class:
        return [Line(Text("Will have to agree   " + look.dash, style="dim"))]
    if not weighed.foreseen:
        return [Line(Text("Will have to agree   not known while something else is missing", style="dim"))]
    agree = f" {look.dot} ".join(words.decides(weighed.needed))
    alone = "nobody: it means what it meant" if weighed.change_class == "identical" else "nobody else"
    own = "    (not you: you wrote it)" if weighed.you_wrote and agree else ""
    found = _wrapped("Will have to agree   ", (agree or alone) + own, width)
    if asked := f" {look.dot} ".join(words.heard(weighed, opened.definition)):
        found += _wrapped("Will be asked        ", asked, width)
    return found


def _wrapped(label: str, said: str, width: int) -> list[Line]:
    parts = wrap_words(said, max(20, width - 1), " " * len(label))[:2]
    first = Text.assemble((label, "bold"), parts[0][len(label) :])
    return [Line(first), *(Line(Text(part)) for part in parts[1:])]


# findings, where there is room for them


def meaning_lines(weighed: Weighed | None, width: int, look: Look) -> list[Line]:
    """Return every finding with its reason, what is computed from it, and what no answer mends."""
    if weighed is None:
        return []
    found: list[Line] = []
    for one in weighed.findings:
        grave = one.change_class.value in GRAVE
        sign = look.meaning_changed if grave else look.words if one.change_class != "identical" else look.same
        style = "grave" if grave else "words" if one.change_class != "identical" else "dim"
        head = Text.assemble((f"{sign} ", style), (clean(one.field or one.definition), style))
        found.append(Line(head))
        for text, tone in ((_short(one.says, one.field), ""), (one.because, "dim")):
            found += [Line(Text(part, style=tone)) for part in wrap_words(clean(text), max(12, width - 1), "    ")]
    for cause in weighed.affected:
        said = f"{cause.definition.partition(':')[2]}: {cause.says}"
        found += [Line(Text(part)) for part in wrap_words(clean(said), max(12, width - 1), "  ")]
    for barred in weighed.barred:
        said = clean(barred.says) + (f" ({clean(barred.how)})" if barred.how else "")
        found += [Line(Text(part, style="grave")) for part in wrap_words(said, max(12, width - 1), "  ")]
    return found


def order_of(marks: Sequence[Mark]) -> list[Mark]:
    """Return problems in the order in which `n` walks them: by line, those of no line first."""
    return sorted(marks, key=lambda one: (one.line, one.column))
