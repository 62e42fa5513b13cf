"""What is said before, after and instead of a deed: one sentence each; the rules' own words come from the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from metricgov.domain.workflow.requirements import NO_PERSON
from metricgov.render.kit import clean, day_words, plural
from metricgov_tui.words import listed

if TYPE_CHECKING:
    from metricgov.desk.asked import Reader
    from metricgov.desk.deciding import Outcome, Refusal
    from metricgov.domain.views import ChangeView, RequirementView


@dataclass(frozen=True, slots=True)
class Ask:
    """How one deed is asked for.

    `capital` is the key that does it where it ends something or moves main ("": Enter does it, it can be taken back).
    `words` says whether it takes words: "" none, "may", "must"; `person` and `day` what else it needs;
    `label` stands before the words where they are not a reason.
    """

    capital: str = ""
    words: str = "may"
    person: str = ""
    day: str = ""
    label: str = ""


ASKS: Final[dict[str, Ask]] = {
    "approve": Ask(),
    "request_changes": Ask(words="must"),
    "acknowledge": Ask(),
    "abstain": Ask(),
    "withdraw_decision": Ask(),
    "reject": Ask("R", "must"),
    "end_objection": Ask("E", "must", person="Whose objection"),
    "review_override": Ask(words="must"),
    "apply": Ask("A", ""),
    "schedule": Ask(day="When"),
    "unschedule": Ask(words="must"),
    "delegate": Ask(words="must", person="Who answers for you", day="Last day"),
    "reassign": Ask(words="must", person="Who decides instead"),
    "rebase": Ask(words=""),
    "supersede": Ask("S", person="By which change (chg-…)"),
    "withdraw": Ask("W"),
    "decline": Ask("N", "must"),
    "override": Ask("O", "must"),
    "revert": Ask("V", "must"),
    "comment": Ask(words="must", label="Your words, on record"),
    "accept_warning": Ask(words="must", person="Which warning"),
    "submit": Ask(words=""),
}


def name_of(view: ChangeView) -> str:
    """Return what a change is about, as people say it."""
    first = view.definitions[0].id.partition(":")[2] if view.definitions else view.label
    more = len(view.definitions) - 1
    return clean(first) + (f" and {plural(more, 'more definition')}" if more > 0 else "")


def undecided(view: ChangeView) -> list[str]:
    """Return who is told: everybody whose answer or approval is still missing."""
    return sorted({who for one in view.requirements if not one.met for who in one.who})


def confirmation(deed: str, view: ChangeView, reader: Reader, *, proof: str, person: str = "") -> str:
    """Return what will happen, to whom, and what can undo it."""
    what, author = name_of(view), clean(view.author)
    version = view.definitions[0].version.after if view.definitions else ""
    objectors = [one.principal for one in view.decisions if one.decision == "request_changes" and one.counts]
    waits = undecided(view)
    match deed:
        case "approve":
            return (
                f"Approve revision {view.revision} of {what} as {reader.principal} ({proof})? It counts for exactly "
                f"these contents, {author} is told, and you can withdraw it until the change is applied."
            )
        case "request_changes":
            return (
                f"Ask {author} for changes? Nothing is applied until you withdraw this or somebody accountable "
                "ends it; approvals stay on record."
            )
        case "acknowledge":
            return f"Answer that you have read revision {view.revision}? You can still comment and change your answer."
        case "abstain":
            return f"Say that you have no opinion on revision {view.revision}? You can still decide later."
        case "withdraw_decision":
            return "Take your decision back? None of yours stands then; an older one does not return."
        case "reject":
            return "Reject and end this change for everybody? Undone only by a new change."
        case "end_objection":
            whose = person or listed(objectors) or "whom"
            return f"End the objection of {whose}? It stays on record, with your reason beside it."
        case "review_override":
            return "Keep what two people let through? Your review goes on record, with your reason."
        case "apply":
            since = f", valid from {day_words(view.effective_from)}" if view.effective_from else ""
            told = f"; {listed(sorted(one.principal for one in view.consulted))} are told" if view.consulted else ""
            gets = f"{what} {version}{since}{told}"
            return f"Apply now? main gets {gets}. Undone by a revert, which is a change of its own."
        case "schedule":
            return "Apply it at that time? Everything is judged again then; m, then u, takes it off."
        case "unschedule":
            return "Take its time off? It goes back to where it was before."
        case "delegate":
            return f"Let somebody answer for you about {what}? It ends after the last day; you can end it before."
        case "reassign":
            return f"Hand the decision about {what} to somebody else? It holds for later revisions too."
        case "rebase":
            return "Bring it onto today's main? Approvers then read only what differs."
        case "supersede":
            return "End this change in favour of another one? Undone only by a new change."
        case "withdraw":
            told = f" {listed(waits[:3])} need not answer any more." if waits else ""
            return f"Withdraw and end this change for everybody?{told} Undone only by a new change."
        case "decline":
            return f"Say no to {author}'s request? It ends; they can ask again."
        case "override":
            return (
                "Let it through without what is missing? A second person has to say the same, and a third one reviews "
                "it afterwards. Objections are never overridden."
            )
        case "revert":
            return f"Propose to undo {what}? The revert is a change of its own, judged like any other."
        case "submit":
            return f"Submit? {listed(waits) or 'Those who are asked'} decide and answer; you can revise or withdraw it."
        case "comment":
            return "A comment does not hold the change."
        case "accept_warning":
            return "Let it pass in spite of this warning? It holds for exactly this effect; your reason goes on record."
    return f"{deed.replace('_', ' ').capitalize()}?"


def comment_on(field: str, *, answers: bool) -> str:
    """Return what a comment will stand on: the field under the cursor, else the change as a whole."""
    return f"{'An answer' if answers else 'A comment'} on {clean(field) if field else 'the change as a whole'}."


DONE: Final[dict[str, str]] = {
    "approve": "Approved",
    "request_changes": "Asked for changes",
    "acknowledge": "Answered",
    "abstain": "Abstained",
    "withdraw_decision": "Taken back",
    "reject": "Rejected",
    "end_objection": "Ended the objection",
    "review_override": "Reviewed",
    "apply": "Applied",
    "schedule": "Scheduled",
    "unschedule": "Its time is taken off",
    "delegate": "Delegated",
    "reassign": "Handed over",
    "rebase": "Rebased",
    "supersede": "Superseded",
    "withdraw": "Withdrawn",
    "decline": "Declined",
    "override": "Override called for",
    "revert": "Revert proposed",
    "submit": "Submitted",
    "comment": "Commented",
    "resolve": "Thread closed",
    "reopen": "Thread open again",
    "accept_warning": "Warning accepted",
}


def done(deed: str, outcome: Outcome, *, remote: bool) -> str:
    """Return what was done, whether others see it, and what is still missing; never more than is so."""
    said = DONE.get(deed, "Done")
    if outcome.refused:
        return (
            f"{said} here, and not sent: {plural(outcome.refused, 'decision')} met a newer state. Your words are kept."
        )
    if outcome.kept:
        return f"{said} and kept here; it is judged again when it is sent. . tries now."
    sent = f"{said} and sent." if remote else f"{said}."
    if outcome.commit:
        return f"{sent} main is {outcome.commit[:12]}."
    unmet = [one for one in outcome.view.requirements if not one.met]
    ended = outcome.view.state in ("applied", "rejected", "withdrawn", "superseded", "declined", "expired")
    if ended or not outcome.view.requirements:
        return sent
    return f"{sent} {missing(unmet)}" if unmet else f"{sent} Nothing is missing: m, then a, applies it."


def missing(unmet: Sequence[RequirementView]) -> str:
    """Return what is still missing, in one sentence."""
    if not unmet:
        return "Nothing is missing."
    first = "; ".join(clean(one.says) for one in unmet[:2])
    more = f"; {len(unmet) - 2} more" if len(unmet) > 2 else ""
    return f"Still missing: {first}{more}."


def refusal(deed: str, why: Refusal) -> str:
    """Return why a deed is refused: everything that is missing, the first in words, and the key that leads on."""
    if not why.missing:
        return f"{why.says[:1].upper()}{why.says[1:]}."
    first = why.missing[0]
    people = listed([clean(one) for one in first.who[:3]]) + (
        f" or {len(first.who) - 3} others" if len(first.who) > 3 else ""
    )
    can = f" {people} can." if first.who and first.code not in NO_PERSON else ""
    if len(why.missing) == 1:
        return f"{clean(first.says)[:1].upper()}{clean(first.says)[1:]}.{can}"
    not_done = {"apply": "Not applied", "schedule": "Not scheduled"}.get(deed, "Not done")
    told = "; ".join(clean(one.says) for one in why.missing[:3])
    more = f"; {len(why.missing) - 3} more" if len(why.missing) > 3 else ""
    return f"{not_done}. {len(why.missing)} are missing: {told}{more}. Esc, then Tab lists who and how."
