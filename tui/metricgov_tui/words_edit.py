"""What the Edit screen says: questions and their choices, refusals, confirmations; each with the key that leads on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from metricgov.domain.definitions.kinds import split_id
from metricgov.render.kit import clean, day_words, time_words
from metricgov_tui.words import listed

if TYPE_CHECKING:
    from metricgov.domain.draft_views import Opened, Weighed
    from metricgov.domain.verdict import Unmet

INTENTS: Final = {
    "defect": "was wrong",
    "redefinition": "new meaning",
    "source_change": "source changed",
    "no_effect": "no effect",
}
"""Why a number moves, in the words of the form."""

TREATMENTS: Final = {
    "none": "leave it",
    "annotate": "a note",
    "alias": "one series",
    "restate": "restate",
    "bridge": "bridge",
    "break": "break",
    "new_metric": "new metric",
}
"""What becomes of history, in the words of the form."""

LABELS: Final = {
    "why": "Why?",
    "intent": "Old number",
    "treatment": "History",
    "day": "From when?",
    "text": "Description",
    "ticket": "Ticket",
}

CODES: Final = {
    "why": "why",
    "intent": "intent",
    "treatment": "treatment",
    "effective_date": "day",
    "effective_date_passed": "day",
    "stale_text": "text",
    "ticket": "ticket",
}
"""What an author can owe, and the question that answers it."""

WHY_HINT: Final = "It goes on record, and approvers read it first."
DAY_HINT: Final = "The first day that it measures, as 2026-07-01. Enter, and Enter again, takes the advised one."
TEXT_HINT: Final = "The logic changed. Change the description, or say here that the old one still holds."
DEFECT_KEEPS: Final = "A defect leaves the meaning, so the description stays as it is; that goes on record."
UNCHANGED: Final = "Nothing differs from main yet. Enter types."
NOTHING_TO_SUBMIT: Final = "Nothing differs from main, so there is nothing to submit."
NOT_READABLE: Final = "The text cannot be read yet; the form shows what could be read last. n goes to the line."
FORM_WAITS: Final = "The text cannot be read yet: mend the line first (n goes to it), then type in the form."
NO_FORM: Final = "This file is written as text: l, then i."
NO_UNDO: Final = "Nothing to undo."
NO_REDO: Final = "Nothing to redo."
NO_PROBLEM: Final = "No problem and no open question."
DISCARDED: Final = "The draft was put aside; main is as it was."
EDITOR_SAME: Final = "The editor changed nothing."


def kept(opened: Opened) -> str:
    """Return what a draft that was found says."""
    return f"Draft of {time_words(opened.kept)} is here. Enter goes on, m then d discards it."


def reading(opened: Opened) -> str:
    """Return what a window says that may only read."""
    held = opened.held[:1].upper() + opened.held[1:]
    return f"{held} writes in this draft; here it is read. T takes it over."


def taken(held: str) -> str:
    """Return what a window says whose draft was taken over."""
    return f"{held[:1].upper()}{held[1:]} now writes in this draft; what you typed is in it. T takes it back."


def saved(seconds: float) -> str:
    """Return when the draft was kept last."""
    if seconds < 60:
        return f"draft saved {int(seconds)} s ago"
    return f"draft saved {int(seconds // 60)} min ago"


def problems(grave: int, doubts: int, owed: int) -> str:
    """Return how much is left to look at."""
    parts = [
        text
        for count, text in (
            (grave, "1 problem" if grave == 1 else f"{grave} problems"),
            (doubts, "1 warning" if doubts == 1 else f"{doubts} warnings"),
            (owed, "1 question" if owed == 1 else f"{owed} questions"),
        )
        if count
    ]
    if not parts:
        return "No problem. S submits, v evaluates the effect."
    return f"{' · '.join(parts)}. n goes to {'it' if grave + doubts + owed == 1 else 'the first'}."


def decides(needed: Sequence[Unmet]) -> list[str]:
    """Return who will have to agree, each as a few words."""
    found: list[str] = []
    for one in needed:
        if not one.code.startswith("approval_"):
            continue
        people = [clean(name) for name in one.who]
        if one.code == "approval_council":
            count = one.says.partition(" ")[0]
            found.append("one of the council" if count == "1" else f"{count} of the council")
        elif not people:
            found.append("nobody can, as things stand")
        elif len(people) == 1:
            found.append(people[0])
        else:
            found.append(
                "one of " + ", ".join(people[:4]) + (f" and {len(people) - 4} more" if len(people) > 4 else "")
            )
    return found


def heard(weighed: Weighed, own: str) -> list[str]:
    """Return who will be asked, each with the definition that it is about where that is another one."""
    found = []
    for one in weighed.asked:
        others = [split_id(name)[1] for name in one.definitions if name != own]
        about = (
            f" ({', '.join(others[:2])}{f' and {len(others) - 2} more' if len(others) > 2 else ''})" if others else ""
        )
        found.append(f"{clean(one.principal)}{about}")
    return found


def refused(weighed: Weighed) -> str:
    """Return everything that keeps a draft from being submitted: what its author says, then what no word mends."""
    owed = [_OWED.get(one.code, clean(one.says)) for one in weighed.owed]
    barred = [clean(one.says) + (f" ({clean(one.how)})" if one.how else "") for one in weighed.barred]
    count = len(owed) + len(barred)
    parts = [f"Not submitted. {'1 is' if count == 1 else f'{count} are'} missing:"]
    if owed:
        parts.append(f"from you {', '.join(owed)}{'' if barred else '. Enter answers the first.'}")
    return " ".join([*parts, f" {' · '.join(barred)}." if barred else ""]).strip()


_OWED: Final = {
    "why": "why",
    "intent": "the old number",
    "treatment": "history",
    "effective_date": "from when",
    "effective_date_passed": "a day still to come",
    "stale_text": "the description",
    "ticket": "a ticket",
}
"""What an author can owe, in a word or two."""


def submit(weighed: Weighed, opened: Opened) -> str:
    """Return what submitting will do, to whom, and what can undo it."""
    agree, asked = decides(weighed.needed), [clean(one.principal) for one in weighed.asked]
    parts = []
    if agree:
        verb = "is" if len(agree) == 1 else "are"
        parts.append(f"{listed(agree)} {verb} asked to decide")
    if asked:
        due = min((one.due for one in weighed.asked if one.due), default="")
        by = f" by {day_words(due)}" if due else ""
        parts.append(f"{listed(asked)} to answer{by}")
    who = ", ".join(parts) or "Nobody else has to agree"
    again = "revise it again or withdraw it" if opened.writing.revises else "revise or withdraw it"
    cost = f" You revise {opened.of}'s change, so you cannot approve it." if opened.of else ""
    return f"Submit? {who}; you can {again}.{cost}"


def discard(name: str) -> str:
    """Return what discarding does, and what it leaves."""
    return f"Discard what you typed in {name}? It is put aside on this machine; main and every change stay as they are."


def submitted(label: str, revision: int, *, sent: bool, remote: bool) -> str:
    """Return what was done, and where there is somewhere to send it, whether others see it."""
    what = f"Revision {revision} of {label}" if revision > 1 else f"Submitted as {label}"
    done = f"{what} is under review" if revision > 1 else what
    reached = (" and sent" if sent else ", not yet sent") if remote else ""
    return f"{done}{reached}. Enter in 1 Inbox shows what it waits for."
