"""What a person reads after a command: what was recorded, where the change stands now, and what is still missing."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.domain.views import ChangeView
from metricgov.domain.workflow.requirements import ONLY_TIME
from metricgov.render.changes import requirement_lines, state_words
from metricgov.render.findings import class_ink, class_word, step_words
from metricgov.render.kit import Ink, Screen, clean, ink, time_words
from metricgov.render.overrides import override_lines

DONE = {
    "change_requested": "asked for it",
    "revision_drafted": "kept a draft",
    "revision_submitted": "submitted it",
    "rebased": "brought it onto today's main",
    "approved": "approved it",
    "changes_requested": "asked for changes",
    "rejected": "rejected it",
    "acknowledged": "answered",
    "abstained": "abstained",
    "decision_withdrawn": "took a decision back",
    "objection_ended": "ended an objection",
    "reassigned": "handed it over",
    "override_called": "called for an override",
    "override_confirmed": "confirmed the override",
    "override_reviewed": "reviewed the override",
    "warning_accepted": "accepted a warning",
    "commented": "commented",
    "thread_resolved": "closed a thread",
    "thread_reopened": "opened a thread again",
    "withdrawn": "withdrew it",
    "declined": "declined it",
    "superseded": "ended it in favour of another",
    "scheduled": "scheduled it",
    "unscheduled": "took its date back",
    "conflicted": "found that main moved under it",
}
"""Types of events in the words that follow a name; what is not here goes without saying."""

NAMED = frozenset({"approved", "changes_requested", "acknowledged"})
"""Types of events that can be said in another's name."""


def outcome_text(view: ChangeView, recorded: Sequence[str], *, who: str = "", screen: Screen | None = None) -> str:
    """Return the outcome of a command on a change; `recorded` are the types of the events that it led to, by `who`."""
    screen = screen or Screen()
    done = " and ".join(dict.fromkeys(DONE[one] for one in recorded if one in DONE))
    own = next((one for one in view.decisions if one.principal == who and one.on_behalf_of), None)
    done += f" for {clean(own.on_behalf_of)}" if own and done and recorded[0] in NAMED else ""
    parts = [ink(clean(view.label), Ink.BOLD), state_words(view.state), f"{clean(who)} {done}" if who and done else ""]
    lines = screen.wrap(" · ".join(filter(None, parts)), rest="  ")
    for definition in view.definitions:
        word = ink(class_word(definition.change_class), class_ink(definition.change_class))
        name = "  ".join(filter(None, [clean(definition.id), step_words(definition.version)]))
        lines += screen.ends(f"  {name}", word)
    lines += override_lines(view, screen)
    missing = [one for one in view.requirements if not one.met]
    if view.state == "scheduled" and all(one.code in ONLY_TIME for one in missing):
        lines += screen.wrap(f"metricgov tick applies it from {time_words(view.due)} UTC on, if it still holds.", "  ")
        lines += screen.wrap(f"To take that back: metricgov unschedule {view.label} -m REASON", "  ")
    elif missing:
        lines += [screen.rule(f"Missing {len(missing)}"), *requirement_lines(missing, screen)]
    elif view.state == "overridden":
        lines += screen.wrap(f"Nothing holds it up any more. Next: metricgov apply {view.label}", "  ")
    elif view.state == "approved":
        lines += screen.wrap(f"Nothing is missing. Next: metricgov apply {view.label}", "  ")
    return screen.text(lines)
