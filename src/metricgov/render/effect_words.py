"""What every form of the report says in the same words: verdicts, links, advice, targets and readers."""

from __future__ import annotations

from metricgov.domain.comparability.advice import Advice
from metricgov.domain.comparability.moved_targets import Fate, Goal, Reader
from metricgov.domain.comparability.verdict import Verdict
from metricgov.render.bars import number
from metricgov.render.kit import clean

FATES: dict[Fate, str] = {
    Fate.STAYS: "stays, by its kind",
    Fate.REBASED: "re-based in this change",
    Fate.WITHIN_MARGIN: "may stay, within the margin",
    Fate.UNMOVED: "not re-based",
    Fate.OTHER: "moved, and not to the new basis",
    Fate.UNKNOWN: "cannot be re-based, no factor was measured",
    Fate.OUTSIDE: "would be more than the whole, so somebody has to set it",
    Fate.NO_KIND: "has no kind",
}

VERDICTS: dict[Verdict, str] = {
    Verdict.EQUIVALENT: "equivalent: any change is smaller than the margin",
    Verdict.IMMATERIAL: "detectable, but smaller than the margin",
    Verdict.MATERIAL: "material change",
    Verdict.UNCERTAIN: "a change; whether it is larger than the margin is uncertain",
    Verdict.INCONCLUSIVE: "inconclusive: the data show neither a change nor that there is none",
}


FUTURE = "history as it will read"
"""Title of the third plot."""


def advice_words(advice: Advice) -> str:
    """Return the treatment that the decision table advises, and why."""
    row = f", row {advice.row} of the decision table" if advice.row else ""
    return f"advised: {advice.treatment} ({clean(advice.reason)}{row})"


def goal_words(goal: Goal) -> str:
    """Return a target or threshold, what the change makes of it, and what it is on the new basis."""
    range_ = f" ({number(goal.interval.low)} to {number(goal.interval.high)})" if goal.interval else ""
    basis = f"; on the new basis {number(goal.rebased)}{range_}" if goal.rebased is not None else ""
    set_to = "" if goal.proposed == goal.before else f" set to {number(goal.proposed)}"
    said = f"{goal.name} {number(goal.before)}{set_to}: {FATES[goal.fate]}{basis}"
    return said + (f"; {clean(goal.flips)}" if goal.flips else "")


def reader_words(reader: Reader) -> str:
    """Return something that reads the values, whose it is, and what happens to it."""
    owner = f" ({clean(reader.owner)})" if reader.owner else ""
    return f"{clean(reader.kind)} {clean(reader.name)}{owner}: {clean(reader.says)}"
