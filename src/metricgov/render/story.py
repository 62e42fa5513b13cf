"""The story of a change: day by day, who did what in which words, what that asked for and what it met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metricgov.domain.past_views import StoryLine, StoryNeed
from metricgov.domain.views import ChangeView
from metricgov.render.changes import PROGRAM, state_words
from metricgov.render.kit import UNSENT, Ink, Screen, clean, clock_words, day_words, ink, plural

INDENT = " " * 9

ENDS: dict[str, str] = {"": "needs", "met": "met", "overridden": "waived", "time": "past", "elsewhere": "moot"}
"""One word for how something that was missing came and went; docs/concepts/workflow.md says what each means."""

HEARD: dict[str, str] = {"met": "was heard", "overridden": "was not heard"}
"""How an open question ended."""

UNHEARD = " has not answered"
"""How the sentence about an open question goes on; once it is answered, this is no longer true."""


def story_text(view: ChangeView, story: Sequence[StoryLine], *, screen: Screen | None = None) -> str:
    """Return the story of a change, and what it waits for now."""
    screen = screen or Screen()
    names = ", ".join(clean(each.id).partition(":")[2] or clean(each.id) for each in view.definitions[:3])
    more = f" and {len(view.definitions) - 3} more" if len(view.definitions) > 3 else ""
    lines = screen.wrap(f"{ink(clean(view.label), Ink.BOLD)}  {names}{more}".rstrip(), rest="  ")
    day = ""
    for line in story:
        if line.at[:10] != day:
            day = line.at[:10]
            lines += ["", ink(day_words(day), Ink.BOLD)]
        lines += _event(line, screen)
    missing = [one for one in view.requirements if not one.met]
    now = f"Now: {state_words(view.state)}."
    if missing:
        said = " · ".join(clean(one.says) for one in missing)
        now += f" {plural(len(missing), 'thing is', 'things are')} missing: {said}."
    waits = view.override if view.override and view.applied_as and not view.override.reviewed_by else None
    if waits is not None:
        verb = "was" if waits.late else "is"
        now += f" Its override {verb} to be reviewed by {day_words(waits.review_due)}."
    return screen.text([*lines, "", *screen.wrap(now)])


def _event(line: StoryLine, screen: Screen) -> Iterator[str]:
    for one in line.meanwhile:
        yield from _need(one, screen)
    proof = "" if line.identity.value == "claimed" or not line.who else f" ({line.identity.value})"
    sentence = f"{clean(line.who) or PROGRAM}{proof} {clean(line.says)}."
    sentence += ink(f" ({UNSENT})", Ink.WARN) if line.waiting else ""
    yield from screen.wrap(sentence, f"  {clock_words(line.at) or '--:--'}  ")
    if line.words:
        yield from screen.wrap(f'"{clean(line.words)}"', INDENT)
    if line.fault:
        yield from screen.wrap(ink(clean(line.fault), Ink.WARN), INDENT)
    for rule in line.rules:
        yield from screen.wrap(ink(f"rule   {clean(rule)}", Ink.DIM), INDENT, INDENT + " " * 7)
    for one in line.needs:
        if one.end != "replaced":
            yield from _need(one, screen)


def need_words(one: StoryNeed) -> str:
    """Return what was missing, or, once it no longer is, what came of it."""
    said = clean(one.says)
    if one.end and UNHEARD in said:
        return f"{said.partition(UNHEARD)[0]} {HEARD.get(one.end, 'is asked no more')}"
    return said


def _need(one: StoryNeed, screen: Screen) -> list[str]:
    who = f" ({', '.join(clean(name) for name in one.who)})" if one.who and not one.end else ""
    word = ENDS.get(one.end, one.end)
    look = Ink.WARN if not one.end else Ink.ADDED if one.end == "met" else Ink.DIM
    start = f"{INDENT}{ink(word, look)}{' ' * (7 - len(word))}"
    return screen.wrap(f"{need_words(one)}{who}", start, INDENT + " " * 7)
