"""Which treatment the decision table advises where no data can be read.

Source of the rows: the project's decision table (docs/concepts/treatments.md), which follows the linking practice of
official statistics: restate what raw data allow, mark a break where nothing connects the two definitions, never invent
a factor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.digest import JSON
from metricgov.domain.workflow.vocabulary import Intent, Treatment

ALLOWED: dict[ChangeClass, frozenset[Treatment]] = {
    ChangeClass.IDENTICAL: frozenset({Treatment.NONE}),
    ChangeClass.EDITORIAL: frozenset({Treatment.NONE, Treatment.ANNOTATE}),
    ChangeClass.COMPATIBLE: frozenset({Treatment.NONE, Treatment.ANNOTATE, Treatment.ALIAS}),
    ChangeClass.BREAKING: frozenset({Treatment.RESTATE, Treatment.BRIDGE, Treatment.BREAK, Treatment.NEW_METRIC}),
    ChangeClass.UNKNOWN: frozenset({Treatment.RESTATE, Treatment.BRIDGE, Treatment.BREAK, Treatment.NEW_METRIC}),
}
"""What a proposer may choose within a class; a number that can move is never left without a treatment."""


class Reach(StrEnum):
    """How far back the new definition can be computed: all of history, a part of it, or not at all."""

    ALL = "all"
    PART = "part"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Advice:
    """A treatment, the row of the decision table it comes from (0: none applies), and the reason in a sentence."""

    treatment: Treatment
    row: int
    reason: str


def reach(definition: Mapping[str, JSON], source: Mapping[str, JSON] | None) -> Reach:
    """Say how much history a source lets us recompute.

    `definition` is a metric's mapping, `source` that of the source it is computed from (None if not declared). Dates
    are ISO texts, so that their order is that of the days.
    """
    first_raw_day = str((source or {}).get("recomputable_from") or "")
    if not first_raw_day:
        return Reach.NOTHING
    first_day = str(definition.get("effective_from") or "")
    return Reach.ALL if not first_day or first_raw_day <= first_day else Reach.PART


def advise(
    change_class: ChangeClass,
    *,
    intent: Intent | None,
    available: Reach,
    rules: frozenset[str] = frozenset(),
    fixed_by_contract: bool = False,
) -> Advice:
    """Return the advised treatment for a change.

    `rules` are the ids of its findings; `fixed_by_contract` says that a contract or bonus in `used_in` keeps the old
    number.
    """
    match change_class:
        case ChangeClass.IDENTICAL | ChangeClass.EDITORIAL:
            return Advice(Treatment.NONE, 1, "no number can move")
        case ChangeClass.COMPATIBLE:
            if any("RENAMED" in rule for rule in rules):
                return Advice(Treatment.ALIAS, 0, "old and new name are one series")
            return Advice(Treatment.NONE, 0, "old and new values stand in one series")
        case ChangeClass.BREAKING | ChangeClass.UNKNOWN:
            return _for_moved_numbers(intent, available, rules, fixed_by_contract)


def _for_moved_numbers(
    intent: Intent | None, available: Reach, rules: frozenset[str], fixed_by_contract: bool
) -> Advice:
    if fixed_by_contract:
        return Advice(Treatment.NEW_METRIC, 27, "a contract fixes the old number: keep it running under its own name")
    if any("EXACT" in rule for rule in rules):
        return Advice(Treatment.BRIDGE, 2, "the factor is exact, so old values convert without loss")
    if intent is Intent.SOURCE_CHANGE and available is Reach.NOTHING:
        return Advice(Treatment.BREAK, 24, "no period was measured by both sources, so nothing connects them")
    if available is Reach.ALL:
        row = 3 if intent is Intent.DEFECT else 6
        return Advice(Treatment.RESTATE, row, "raw data reach back over all of history")
    if available is Reach.PART:
        row = 4 if intent is Intent.DEFECT else 7
        return Advice(
            Treatment.RESTATE, row, "raw data reach back over a part of history; what lies before it is a break"
        )
    row = 5 if intent is Intent.DEFECT else 9
    return Advice(Treatment.BREAK, row, "no raw data are declared for the old days, and no factor is invented")
