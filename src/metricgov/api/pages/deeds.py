"""What a reader can do with a change on its page: each with what will happen, said before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from metricgov.api.callers import Caller
from metricgov.api.pages.shown import name
from metricgov.desk.asked import Reader
from metricgov.desk.deciding import Foreseen, Refusal
from metricgov.desk.resources import DEEDS
from metricgov.domain.people.tokens import Right
from metricgov.domain.views import ChangeView, RequirementView
from metricgov.domain.workflow.requirements import Code
from metricgov.domain.workflow.vocabulary import ENDED
from metricgov.render.kit import plural


@dataclass(frozen=True, slots=True)
class Way:
    """How one deed is asked for: the words of its button, of what was done, whether it takes words of the reader.

    `words` is "may", "must" or "no"; `grave` says that nothing but a new change undoes it; `day` that it takes a day.
    """

    deed: str
    button: str
    done: str
    words: str = "may"
    grave: bool = False
    day: bool = False

    @property
    def path(self) -> str:
        """The last part of the address that the form is sent to."""
        return self.deed.replace("_", "-")


WAYS: Final = (
    Way("approve", "Approve", "Approved."),
    Way("acknowledge", "Acknowledge", "Answered: you have read it."),
    Way("request_changes", "Request changes", "Asked for changes.", "must"),
    Way("abstain", "Abstain", "Abstained."),
    Way("withdraw_decision", "Take back my decision", "Taken back."),
    Way("reject", "Reject", "Rejected: the change has ended.", "must", grave=True),
)
"""Decisions, in the order in which they are offered."""

LANDING: Final = (
    Way("apply", "Apply", "Applied: it stands on main.", "no"),
    Way("schedule", "Schedule", "Scheduled.", day=True),
    Way("unschedule", "Take the time back", "The time is taken back.", "must"),
)
"""What brings an approved change to main; offered to those who have the right, once the rules let it through."""

TALK: Final = (
    Way("comment", "Comment", "Commented.", "must"),
    Way("resolve", "Close the thread", "Thread closed."),
    Way("reopen", "Open it again", "Thread open again."),
)
"""What is said in the discussion; nobody is kept from it but by the right."""

ACCEPT: Final = Way("accept_warning", "Let it pass", "The warning stands accepted.", "must")
"""Offered beside each warning that stops the change, to those who can rule on it."""

EFFECT: Final = Way("effect", "Compute the effect", "Computed and recorded.")
"""Not a deed: it says nothing in anybody's name but that it was asked for."""

BY_DEED: Final = {one.deed: one for one in (*WAYS, *LANDING, *TALK, ACCEPT, EFFECT)}
"""Everything that a page may say was done."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A deed that is possible: how it is asked for, and what will happen."""

    way: Way
    says: str


@dataclass(frozen=True, slots=True)
class Offers:
    """What a reader can do now, and what they cannot with the reason; `words` is what they had written."""

    possible: tuple[Offer, ...] = ()
    refused: tuple[tuple[Way, Refusal], ...] = ()
    talks: bool = False

    def has(self, deed: str) -> bool:
        """Whether a deed is possible."""
        return any(one.way.deed == deed for one in self.possible)


def offers(view: ChangeView, reader: Reader | None, foreseen: Foreseen | None, caller: Caller) -> Offers:
    """Return what a reader may do with a change: what the rules and the rights of their session both let them."""
    talks = reader is not None and DEEDS["comment"][0] in caller.rights
    if reader is None or foreseen is None:
        return Offers(talks=talks)
    possible: list[Offer] = []
    refused: list[tuple[Way, Refusal]] = []
    for way in WAYS:
        refusal = foreseen.refusals.get(way.deed)
        if refusal is None and DEEDS[way.deed][0] not in caller.rights:
            right = DEEDS[way.deed][0].value
            refusal = Refusal(
                "right_missing", f"you signed in without the right {right}", "sign in with a token that has it"
            )
        if refusal is None:
            possible.append(Offer(way, confirmation(way.deed, view, reader)))
        elif way.deed != "withdraw_decision":
            refused.append((way, refusal))
    if DEEDS["apply"][0] in caller.rights and view.state not in ENDED:
        landing = [way for way in LANDING if foreseen.refusals.get(way.deed) is None]
        possible = [*(Offer(way, confirmation(way.deed, view, reader)) for way in landing), *possible]
        if (refusal := foreseen.refusals.get("apply")) is not None:
            refused.append((LANDING[0], refusal))
    return Offers(tuple(possible), tuple(refused), talks)


def confirmation(deed: str, view: ChangeView, reader: Reader) -> str:
    """Return what will happen, to whom, and what can undo it."""
    match deed:
        case "approve":
            return (
                f"You approve revision {view.revision} of {about(view)} as {reader.principal}. It counts for exactly "
                f"the contents shown here, {view.author} is told, and you can take it back until the change is applied."
            )
        case "acknowledge":
            return (
                f"You answer that you have read revision {view.revision}. You can still comment and decide otherwise."
            )
        case "request_changes":
            return (
                f"You ask {view.author} for changes. Nothing is applied until you take this back or somebody "
                "accountable ends it; approvals stay on record."
            )
        case "abstain":
            return f"You say that you have no opinion on revision {view.revision}. You can still decide later."
        case "withdraw_decision":
            return "You take your decision back. None of yours stands then; an older one does not return."
        case "reject":
            return "You reject and end this change for everybody. Only a new change undoes that."
        case "apply":
            return (
                f"You put revision {view.revision} of {about(view)} on main, for everybody and at once. Only another "
                "change, such as a revert, undoes that."
            )
        case "schedule":
            return "You let it be applied by itself on a day, at 00:00 UTC. Until then the time can be taken back."
        case "unschedule":
            return "You take the time back. The change stays approved, and waits for somebody to apply it."
    return ""


def about(view: ChangeView) -> str:
    """Return what a change is about, as people say it."""
    first = name(view.definitions[0].id) if view.definitions else view.label
    more = len(view.definitions) - 1
    return first + (f" and {plural(more, 'more definition')}" if more > 0 else "")


def passable(view: ChangeView, reader: Reader | None, caller: Caller) -> frozenset[str]:
    """Return the warnings, each as `W09 metric`, that the reader can let pass."""
    if reader is None or DEEDS[ACCEPT.deed][0] not in caller.rights:
        return frozenset()
    stopped = (one for one in view.requirements if not one.met and one.code in _RULED_ON)
    return frozenset(one.says.partition(":")[0] for one in stopped if reader.principal in one.who)


_RULED_ON: Final = frozenset({Code.TARGETS.value, Code.EFFECT_BLOCKED.value})

_ANSWERED_BY: Final = {Code.CONSULTED.value: "acknowledge", Code.DEPENDANT.value: "acknowledge"}


def yours(one: RequirementView, reader: Reader | None, offered: Offers, rights: frozenset[Right]) -> str:
    """Return the deed by which the reader can meet a requirement on this page, "" where they cannot."""
    if reader is None or one.met or reader.principal not in one.who:
        return ""
    if one.code in _RULED_ON and DEEDS[ACCEPT.deed][0] in rights:
        return ACCEPT.deed
    deed = "approve" if one.code.startswith("approval") else _ANSWERED_BY.get(one.code, "")
    return deed if deed and offered.has(deed) else ""
