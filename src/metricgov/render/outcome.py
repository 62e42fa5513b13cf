"""What a person reads after a command: what was recorded, where the change stands now, and what is still missing."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.domain.views import ChangeView
from metricgov.render.changes import requirement_lines, state_words
from metricgov.render.findings import class_ink, class_word, step_words
from metricgov.render.kit import Ink, Screen, clean, ink


def outcome_text(view: ChangeView, recorded: Sequence[str], *, screen: Screen | None = None) -> str:
    """Return the outcome of a command on a change; `recorded` are the types of the events it led to."""
    screen = screen or Screen()
    done = " and ".join(dict.fromkeys(state_words(one) for one in recorded))
    head = f"{ink(clean(view.label), Ink.BOLD)}  {state_words(view.state)}" + (f"  ({done})" if done else "")
    lines = screen.wrap(head, rest="  ")
    for definition in view.definitions:
        word = ink(class_word(definition.change_class), class_ink(definition.change_class))
        name = "  ".join(filter(None, [clean(definition.id), step_words(definition.version)]))
        lines += screen.ends(f"  {name}", word)
    missing = [one for one in view.requirements if not one.met]
    if missing:
        lines += [screen.rule(f"Missing {len(missing)}"), *requirement_lines(missing, screen)]
    elif view.state == "approved":
        lines += screen.wrap(f"Nothing is missing. Next: metricgov apply {view.label}", "  ")
    return screen.text(lines)
