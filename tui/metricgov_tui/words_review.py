"""What the Review screen says that no use case says: states, empty panels, refusals, and requirements in short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from metricgov.render.kit import clean, clock_words, day_words, plural

if TYPE_CHECKING:
    from metricgov.domain.views import ChangeView, RequirementView

NOT_EVALUATED = "Not evaluated. v evaluates old and new over the same data."
NO_ENGINE = "Effect not evaluated: no engine."
NO_NUMBERS = "No number can move: no metric is touched by more than words."
NO_COMMENTS = "No comments. c on a field starts one."
NO_IMPACT = "Nothing is computed from it, and nothing uses it."
NO_CONTENTS = "No contents yet: somebody asked for this change. e takes it up."
NO_DIFFERENCE = "The text is the same: only who, when or why changed."
NO_PERIODS = "Single periods are not on record: the policy keeps totals. v evaluates again and draws them."
NO_VALUES = "The record holds no values: v evaluates again and draws them."
READING = "reading the definitions …"
DRAWING = "drawing …"
FIRST = "This is the first change of the list."
LAST = "This is the last change of the list."
STOPPED = "Stopped. Nothing was recorded. v starts again."
EVALUATED = "Evaluated and recorded with the change."
NO_THREAD = "No thread here. Talk lists them (l l l); c on a field starts one."
PAGES: Final = ("numbers", "segments", "history", "tables", "warnings")
"""Pages of the effect, in the order in which `p` walks them."""


def read(count: int, of: int) -> str:
    """Return how many findings were read."""
    if not of:
        return "No finding to read: nothing says anything else than before."
    if count >= of:
        return f"{'The finding is' if of == 1 else f'All {of} findings are'} read."
    return f"{plural(of, 'finding')} to read, {count} read. n goes to the next."


def newer(revision: int, shown: int, at: str) -> str:
    """Return that somebody else moved the change while it was being read."""
    when = f" at {clock_words(at)}" if clock_words(at) else ""
    if revision > shown:
        return f"You read revision {shown}; revision {revision} came{when}. Enter shows what differs; then decide."
    return f"This change has moved{when}. Enter shows it as it is now."


def differing(since: int, now: int) -> str:
    """Return what a diff between revisions is about."""
    return f"What revision {now} changed of revision {since}, which you read. Esc shows everything."


def stale(revision: int) -> str:
    """Return that figures are of other contents."""
    of = f"revision {revision}" if revision else "other contents"
    return f"of {of}: the contents are others now. v evaluates again."


SHORT: Final[Mapping[str, str]] = {
    "approval_council": "approval of one of the council",
    "effect": "the effect, evaluated",
    "effect_stale": "the effect, evaluated again",
    "intent": "what it means for old numbers",
    "treatment": "what happens to history",
    "effective_date": "the first day",
    "effective_date_passed": "another first day",
    "threads": "open threads settled",
    "ticket": "a ticket",
    "stale_text": "a description that follows",
    "base_moved": "a rebase onto main",
    "nobody_can_approve": "somebody who can approve",
}
"""Requirements in a few words, by their code; others are said as the rules say them."""


WARNED: Final = ("targets", "effect_blocked")
"""Requirements that come from a warning: somebody accepts it, or the author mends what it is about."""


def short(one: RequirementView, me: str, *, dated: bool = True, keyed: bool = True) -> str:
    """Return an unmet requirement in a few words, with its person and date: `your approval: a, by 25 Jun`."""
    who = [clean(name) for name in one.who]
    mine, key = me in one.who, ""
    match one.code:
        case "approval_accountable" | "approval_responsible":
            said, key = ("your approval", "a") if mine else (f"approval of {_some(who)}", "")
        case "approval_further":
            said, key = "one more approval", "a" if mine else ""
        case "consulted" | "dependant":
            name = clean(one.says).partition(" ")[0]
            said, key = ("your answer", "d, then c") if mine else (f"{name} answers", "")
        case "not_yet_effective" | "not_yet_due":
            return clean(one.says)
        case code if code in WARNED:
            said = clean(one.says).partition(":")[0]
            key = "W accepts, e mends"
        case code:
            said, key = SHORT.get(code, clean(one.says)), "a" if mine and code == "approval_council" else ""
    said += f": {key}" if key and keyed else ""
    return f"{said}, by {day_words(one.due)[:-5]}" if one.due and dated else said


def _some(who: list[str]) -> str:
    return " or ".join(who[:2]) + (f" or {len(who) - 2} more" if len(who) > 2 else "") or "nobody"


def missing(view: ChangeView) -> str:
    """Return how much is missing: `Missing 3 of 7`."""
    unmet = sum(not one.met for one in view.requirements)
    if unmet:
        return f"Missing {unmet} of {len(view.requirements)}"
    if not view.requirements:
        return f"This change is {clean(view.state).replace('_', ' ')}"
    return "Nothing is missing"
