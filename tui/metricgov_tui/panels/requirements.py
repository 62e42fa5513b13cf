"""What a change still needs, as lines: what, who, by when; how is a matter of keys and stands in the refusals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text

from metricgov.domain.workflow.requirements import NO_PERSON
from metricgov.render.changes import due_words
from metricgov.render.kit import clean, wrap_words
from metricgov_tui import words_review as words
from metricgov_tui.lines import Line
from metricgov_tui.panels.flow import flow

if TYPE_CHECKING:
    from metricgov.domain.views import RequirementView
    from metricgov_tui.look import Look


def requirement_lines(requirements: Iterable[RequirementView], width: int, look: Look) -> list[Line]:
    """Return every requirement, `□` unmet and `■` met, wrapped to a width."""
    found: list[Line] = []
    for one in requirements:
        found += _one(one, width, look)
    return found


def short_lines(one: RequirementView, width: int, look: Look, me: str, *, keyed: bool = True) -> list[Line]:
    """Return a requirement in short, and below it who can meet it; `keyed` where its keys work."""
    if one.met:
        by = f": {', '.join(map(clean, one.met_by))}" if one.met_by else ""
        said = [(f"{look.met} ", "ok"), (f"{clean(one.says)}{by}", "dim")]
        return [Line(text) for text in flow(said, width, "", "  ")]
    mine = me in one.who
    short = words.short(one, me, keyed=keyed)
    found = flow([(f"{look.unmet} ", "warn"), (short, "bold" if mine else "")], width, "", "  ")
    others = [clean(name) for name in one.who if name != me]
    if others and not mine:
        found += flow([(", ".join(others), "dim")], width, "    ")
    return [Line(text) for text in found]


def _one(one: RequirementView, width: int, look: Look) -> list[Line]:
    sign, style = (look.met, "ok") if one.met else (look.unmet, "warn")
    said = clean(one.says) + (f": {', '.join(map(clean, one.met_by))}" if one.met and one.met_by else "")
    indent = " " * (len(sign) + 2)
    first, *rest = wrap_words(said, width - 1, indent)
    lines = [Line(Text.assemble((f" {sign} ", style), first[len(indent) :]))]
    lines += [Line(Text(part)) for part in rest]
    if one.met:
        return lines
    people = ", ".join(map(clean, one.who)) or ("" if one.code in NO_PERSON else "nobody can, as things stand")
    for word, text in (("who", people), ("due", due_words(one.due, one.days_left) if one.due else "")):
        if text:
            parts = wrap_words(f"{word}  {text}", width - 1, indent, indent + "     ")
            lines += [Line(Text(part, style="dim")) for part in parts]
    return lines
