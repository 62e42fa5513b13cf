"""What a change does, field by field: findings gravest first, what differs in each, what is said about it, the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from metricgov.domain.changes.file_rows import Form
from metricgov.domain.changes.findings import ChangeClass, Finding
from metricgov.domain.edited_views import EditedDefinition, FieldEdit, How
from metricgov.render.findings import class_word, flag_letters, sign, step_words
from metricgov.render.kit import cells, clean, day_words, plural
from metricgov.render.wording import follows_words, sentence
from metricgov_tui.lines import Line
from metricgov_tui.panels.edits import beside_texts, has_both, inline_texts, rows_beside, rows_inline
from metricgov_tui.panels.flow import Run, beside, ends, flow, rule

if TYPE_CHECKING:
    from metricgov.domain.views import ChangeView, ThreadView
    from metricgov_tui.look import Look

SPLIT = 84
"""Columns of a panel below which two texts beside each other are too narrow to read."""

LONG = 12
"""Lines of one value beyond which the cursor stops at each of them."""

_STYLES = {
    ChangeClass.BREAKING: "grave",
    ChangeClass.UNKNOWN: "grave",
    ChangeClass.COMPATIBLE: "words",
    ChangeClass.EDITORIAL: "words",
    ChangeClass.IDENTICAL: "same",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """How the diff is looked at: side by side or inline, with everything that is folded, at full length."""

    split: bool = False
    unfolded: bool = False
    wordy: bool = False
    """Whether reasons, rules and every remark are shown: where there is room."""


def finding_key(finding: Finding) -> str:
    """Return the key of a finding: it stays the same as long as the finding does."""
    return f"finding {finding.definition} {finding.field} {finding.rule}"


def finding_at(view: ChangeView, key: str) -> Finding | None:
    """Return the finding that a key stands in, None where it stands in none."""
    wanted = key[key.index("finding ") :] if "finding " in key else ""
    every = (one for definition in view.definitions for one in definition.findings)
    return next((one for one in every if finding_key(one) == wanted), None) if wanted else None


def to_read(view: ChangeView) -> tuple[str, ...]:
    """Return the keys of the findings that say something: all that are not identical and do not only follow."""
    from metricgov.render.findings import ordered
    from metricgov.render.wording import apart

    return tuple(
        finding_key(one)
        for definition in view.definitions
        for one in apart(ordered(definition.findings))[0]
        if one.change_class is not ChangeClass.IDENTICAL
    )


def diff_lines(
    view: ChangeView, edited: Sequence[EditedDefinition], width: int, look: Look, shown: Shown = Shown()
) -> list[Line]:
    """Return the whole diff."""
    split = shown.split and width >= SPLIT
    found: list[Line] = []
    for place, one in enumerate(edited):
        if len(edited) > 1:
            found += [Line(Text())] if place else []
            found.append(_heading(view, one, width, look))
        if split and one.before and one.after:
            found += _columns(view, one, width, look)
        found += _definition(view, one, width, look, shown, split=split)
    return found


def _heading(view: ChangeView, one: EditedDefinition, width: int, look: Look) -> Line:
    changed = next((each for each in view.definitions if each.id == one.definition), None)
    step = step_words(changed.version) if changed else ""
    word = class_word(changed.change_class) if changed else ""
    name = clean(one.definition).removeprefix("metric:")
    title = f"{look.rule * 2} {name}  {step} ".replace("→", look.arrow)
    fill = look.rule * max(1, width - cells(title) - cells(word) - 1)
    style = _STYLES[changed.change_class] if changed else "dim"
    return Line(
        Text.assemble((title, "title"), (f"{fill} ", "dim"), (word, style)),
        says=f"{name.replace('_', ' ')}, {step}, {word.lower()}",
    )


def _columns(view: ChangeView, one: EditedDefinition, width: int, look: Look) -> list[Line]:
    changed = next((each for each in view.definitions if each.id == one.definition), None)
    before, after = (changed.version.before, changed.version.after) if changed else ("", "")
    half = width // 2
    left = [Text(f"  before  {before}".rstrip(), style="dim")]
    return [Line(row) for row in beside(left, [Text(f" after  {after}".rstrip(), style="dim")], half, look.bar)]


def _definition(
    view: ChangeView, one: EditedDefinition, width: int, look: Look, shown: Shown, *, split: bool
) -> Iterator[Line]:
    threads = [each for each in view.threads if each.path == one.path]
    told = [each for each in one.fields if each.finding.change_class is not ChangeClass.IDENTICAL]
    same = [each for each in one.fields if each.finding.change_class is ChangeClass.IDENTICAL]
    fields = {each.finding.field for each in told}
    for each in told:
        about = [thread for thread in threads if thread.field == each.finding.field]
        yield from _field(each, about, width, look, shown, split=split)
        if shown.wordy:
            yield Line(Text())
    elsewhere = [thread for thread in threads if thread.field not in fields and not thread.resolved]
    for thread in elsewhere:
        head = f"{clean(thread.field)}: " if thread.field else ""
        yield from _talk([thread], width, look, wordy=shown.wordy, about=head)
    yield from _quiet(one, same, width, look, shown, split=split)
    if words := follows_words(one.follows):
        tail: list[Run] = [("follows", "same")]
        yield from (Line(text) for text in ends([(words.replace("→", look.arrow), "same")], tail, width))
    yield from _file(one, width, look, shown, split=split)


# one field


def _field(
    one: FieldEdit, threads: Sequence[ThreadView], width: int, look: Look, shown: Shown, *, split: bool
) -> Iterator[Line]:
    finding = one.finding
    short = _short(one, width, look)
    head, *more = ends(_head(one, look, short), _class_runs(finding), width)
    yield Line(head, finding_key(finding), _spoken(one))
    values: list[Text] = []
    if not short:
        values = beside_texts(one, width, look) if split and has_both(one) else inline_texts(one, width, look)
    yield from (Line(text, under=True) for text in more)
    for place, text in enumerate(values):
        yield Line(text, f"value {place} {finding_key(finding)}" if len(values) > LONG else "", under=True)
    yield from (Line(text, under=True) for text in _reason(finding, width, values=bool(values or short), shown=shown))
    yield from _talk(threads, width, look, wordy=shown.wordy)


def _head(one: FieldEdit, look: Look, short: list[Run]) -> list[Run]:
    style = _STYLES[one.finding.change_class]
    name = clean(one.finding.field) or "the whole definition"
    return [(f"{_sign(one, look)} ", style), (name, "bold"), *short]


def _sign(one: FieldEdit, look: Look) -> str:
    signs = {"≠": look.meaning_changed, "=": look.same, "~": look.words, ">": look.moved}
    return signs.get(sign(one.finding), sign(one.finding))


def _class_runs(finding: Finding) -> list[Run]:
    letters = flag_letters(finding.flags)
    return [(class_word(finding.change_class) + (f" {letters}" if letters else ""), _STYLES[finding.change_class])]


def _spoken(one: FieldEdit) -> str:
    finding = one.finding
    parts = [clean(finding.field).replace("_", " ").replace(".", " ") or "the whole definition"]
    parts.append(str(finding.change_class))
    if one.before or one.after:
        parts.append(f"was {one.before or 'nothing'}, is now {one.after or 'nothing'}")
    parts += [sentence(finding, values_shown=True), clean(finding.because)]
    return ", ".join(filter(None, parts))


def _short(one: FieldEdit, width: int, look: Look) -> list[Run]:
    """Return both values where they fit beside the name of their field, else nothing."""
    if one.how not in (How.CHANGED, How.ADDED, How.REMOVED) or one.sql or "\n" in one.before + one.after:
        return []
    room = width - cells(clean(one.finding.field)) - 20
    if cells(one.before) + cells(one.after) + 5 > min(room, 40) or "→" in one.before + one.after:
        return []
    if one.how is How.CHANGED:
        return [("  ", ""), (one.before, "removed"), (f" {look.arrow} ", ""), (one.after, "added")]
    only = (
        (f"{look.added} {one.after}", "added") if one.how is How.ADDED else (f"{look.removed} {one.before}", "removed")
    )
    return [("  ", ""), only]


def _reason(finding: Finding, width: int, *, values: bool, shown: Shown) -> list[Text]:
    """Return what a finding says and why; with its rule where there is room."""
    said = sentence(finding, values_shown=values)
    said = _as_sentence(said)
    runs: list[Run] = [(said, "")] if said else []
    if finding.because:
        runs += [(" " if said else "", ""), (clean(finding.because), "dim")]
    if finding.cause:
        runs.append((f" Because {clean(finding.cause)} changed.", ""))
    if not runs:
        return []
    if not shown.wordy:
        return flow(runs, width, "    ")
    rule_words: list[Run] = [(clean(finding.rule), "dim")]
    return ends([("  ", ""), *runs], rule_words, width, "  ")


def _as_sentence(said: str) -> str:
    """Return words with a capital, unless they begin with a name, and a full stop."""
    word = said.partition(" ")[0]
    begun = said[:1].upper() + said[1:] if word.isalpha() else said
    return begun + ("." if said and not said.endswith((".", "?", "!")) else "")


def _talk(threads: Iterable[ThreadView], width: int, look: Look, *, wordy: bool, about: str = "") -> Iterator[Line]:
    """Return open threads below what they are about."""
    for thread in threads:
        if thread.resolved or not thread.remarks:
            continue
        if wordy:
            for place, one in enumerate(thread.remarks):
                who = f"{clean(one.principal)}, {day_words(one.at)[:-5]}: "
                left: list[Run] = [
                    (f"  {look.talk} {'' if place == 0 else '  '}", "warn"),
                    (about if place == 0 else "", "dim"),
                ]
                left += [(who, "dim"), (clean(one.words), "")]
                right: list[Run] = [("open", "warn")] if place == 0 else []
                yield from (Line(text, under=True) for text in ends(left, right, width, "    "))
            continue
        first, replies = thread.remarks[0], len(thread.remarks) - 1
        told = "open" if not replies else f"{plural(replies, 'reply', 'replies')}, open"
        runs: list[Run] = [
            (f"{about}{clean(first.principal)}: ", "dim"),
            (clean(first.words), ""),
            (f"  ({told})", "warn"),
        ]
        yield from (Line(text, under=True) for text in flow(runs, width, f"  {look.talk} ", "    "))


# what means the same, and the file


def _quiet(
    one: EditedDefinition, same: Sequence[FieldEdit], width: int, look: Look, shown: Shown, *, split: bool
) -> Iterator[Line]:
    """Return everything that means the same: in one line, or each by itself."""
    count = len(same) + len(one.form)
    if not count:
        return
    tail: list[Run] = [("identical", "same")]
    if not shown.unfolded:
        said = [f"{clean(each.finding.field) or 'the file'} in another spelling" for each in same]
        said += [f"{clean(each.field) or 'the heading'} {each.form}" for each in one.form]
        names = ", ".join(said[:4]) + (f" and {len(said) - 4} more" if len(said) > 4 else "")
        words = f"{look.same} {count} more: {names}; no meaning changed"
        for place, text in enumerate(ends([(words, "same")], tail, width)):
            yield Line(
                text, f"same {one.definition}" if place == 0 else "", words if place == 0 else "", under=place > 0
            )
        return
    for each in same:
        yield from _field(each, (), width, look, shown, split=split)
    for place, form in enumerate(one.form):
        mark = look.moved if form.form is Form.MOVED else look.same
        words = f"{mark} {clean(form.field) or 'the heading'}  {form.form}"
        head, *more = ends([(words, "same")], tail, width)
        yield Line(head, f"same {one.definition} {place}", words)
        yield from (Line(text, under=True) for text in more)


def _file(one: EditedDefinition, width: int, look: Look, shown: Shown, *, split: bool) -> Iterator[Line]:
    """Return the whole file where it is new, gone or unfolded; else how much of it is the same."""
    whole = not one.before or not one.after
    if not one.rows:
        return
    unread = any(each.how is How.WHOLE and each.finding.change_class is ChangeClass.UNKNOWN for each in one.fields)
    if not whole and not unread and not shown.unfolded:
        if one.unchanged:
            said = f"The rest of the file is unchanged: {plural(one.unchanged, 'line')}, z shows them"
            yield Line(rule(said, width, look.rule), f"file {one.definition}", said)
        return
    title = clean(one.path) if not one.path_before else f"{clean(one.path_before)} {look.arrow} {clean(one.path)}"
    yield Line(rule(title, width, look.rule), f"file {one.definition}", f"the file {title}")
    texts = rows_beside(one, width, look) if split and not whole else rows_inline(one, width, look)
    yield from (Line(text, f"line {place} {one.definition}") for place, text in enumerate(texts))
