"""Which treatment the decision table advises where no data can be read.

Source of the rows: the project's decision table (docs/concepts/treatments.md), which follows the linking practice of
official statistics: restate what raw data allow, mark a break where nothing connects the two definitions, never invent
a factor. Rows that need an overlap are left out here: nobody has measured one yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


@dataclass(frozen=True, slots=True)
class Overlap:
    """What was measured where both definitions have values; `reason` says why no factor came of it.

    `short` and `unstable` say why a factor is not to be trusted outside its overlap ("": it is), `seasonal` why not in
    other seasons, which matters where a window or calendar changed; `recut` are dimensions whose values are sorted
    anew.
    """

    bridges: bool
    scale: str = "ratio"
    by_segment: bool = False
    parts: bool = False
    short: str = ""
    unstable: str = ""
    seasonal: str = ""
    recut: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """Rules of one kind of change: the rows of the table where all raw data reach back, a part of them, or none.

    `overlap` is the row where none do and both definitions were measured side by side.
    """

    rules: frozenset[str]
    rows: tuple[int, int, int]
    overlap: int


ENDS = frozenset({"RETIRED", "UNPUBLISHED", "FILE_DELETED"})
"""Rules of a series that stops."""

EXACT = frozenset({"UNIT_CONVERTED", "SCALE_CHANGED"})
"""Rules of a change by a known constant factor."""

OTHER_SOURCE = frozenset({"SOURCE_SWAPPED", "RELATION_SWAPPED"})
"""Rules of a number that comes from somewhere else."""

FAMILIES = (
    Family(OTHER_SOURCE, (23, 23, 24), 23),
    Family(
        frozenset({"PERCENTILE_CHANGED", "PERCENTILE_METHOD_CHANGED"}),
        (18, 18, 19),
        19,
    ),
    Family(
        frozenset({"DEDUPLICATION_CHANGED", "ENTITY_CHANGED", "ENTITY_DROPPED", "AGGREGATE_DISTINCT", "EXPR_DISTINCT"}),
        (15, 15, 17),
        16,
    ),
    Family(
        frozenset(
            {"WINDOW_CHANGED", "FILTER_WINDOW", "TIMEZONE_CHANGED", "SOURCE_TIME_CHANGED", "TIME_ANCHOR_CHANGED"}
        ),
        (21, 7, 9),
        22,
    ),
)
"""Kinds of change with rows of their own, the first that fits counts; everything else is a filter or an expression."""

FILTER_ROWS = (6, 7, 9)
RATIO_ROWS = (12, 7, 9)
DEFECT_ROWS = (3, 4, 5)
FILTER = Family(frozenset(), FILTER_ROWS, 8)
RATIO = Family(frozenset(), RATIO_ROWS, 13)
DEFECT = Family(frozenset(), DEFECT_ROWS, 5)
QUANTILE = FAMILIES[1]
WINDOW = FAMILIES[3]
QUANTILES = frozenset({"percentile", "median", "min", "max"})
"""Aggregates that no single factor moves, whatever changed."""


def reach(definition: Mapping[str, JSON], sources: Iterable[Mapping[str, JSON] | None]) -> Reach:
    """Say how much history its sources let us recompute.

    `definition` is a metric's mapping as published, `sources` those that the new definition is computed from (None for
    one that is not declared). Dates are ISO texts, so that their order is that of the days.
    """
    days = [str((source or {}).get("recomputable_from") or "") for source in sources]
    if not days or not all(days):
        return Reach.NOTHING
    first_day = str(definition.get("effective_from") or "")
    return Reach.ALL if not first_day or max(days) <= first_day else Reach.PART


def advise(
    change_class: ChangeClass,
    *,
    intent: Intent | None,
    available: Reach,
    rules: frozenset[str] = frozenset(),
    calculation: str = "",
    fixed_by_contract: bool = False,
    succeeded: bool = False,
    overlap: Overlap | None = None,
) -> Advice:
    """Return the advised treatment for a change.

    `rules` are the ids of the findings that give it its class, `calculation` the type of the metric's calculation;
    `fixed_by_contract` says that a contract or bonus in `used_in` keeps the old number, `succeeded` that the
    definition names what replaces it, `overlap` what an effect measured (None: nothing yet).
    """
    match change_class:
        case ChangeClass.IDENTICAL | ChangeClass.EDITORIAL:
            return Advice(Treatment.NONE, 1, "no number can move")
        case ChangeClass.COMPATIBLE:
            if "RENAMED" in rules:
                return Advice(Treatment.ALIAS, 0, "old and new name are one series")
            return Advice(Treatment.NONE, 0, "old and new values stand in one series")
        case ChangeClass.BREAKING | ChangeClass.UNKNOWN:
            if rules & ENDS:
                return _for_an_end(succeeded)
            if fixed_by_contract:
                reason = "a contract fixes the old number: keep it running under its own name"
                return Advice(Treatment.NEW_METRIC, 27, reason)
            if rules and rules <= EXACT:
                return Advice(Treatment.BRIDGE, 2, "the factor is exact, so old values convert without loss")
            return _for_moved_numbers(_family(intent, rules, calculation), intent, available, overlap, rules)


def forbidden(
    treatment: Treatment, *, intent: Intent | None, rules: frozenset[str] = frozenset(), calculation: str = ""
) -> str:
    """Say why the decision table does not allow a treatment, whatever data say; "" where it does."""
    if treatment in (Treatment.RESTATE, Treatment.BRIDGE) and rules & ENDS:
        return "the series ends, so there is no new number that old values could be moved to"
    if treatment is not Treatment.BRIDGE or (rules and rules <= EXACT):
        return ""
    if calculation in QUANTILES or _family(intent, rules, calculation) is QUANTILE:
        row = "row 19 of the decision table"
        return f"no single factor moves a percentile or an extreme ({row}): restate it, or mark a break"
    return ""


def _for_an_end(succeeded: bool) -> Advice:
    if succeeded:
        return Advice(Treatment.NEW_METRIC, 0, "its readers go on with the successor, which is a series of its own")
    return Advice(Treatment.BREAK, 0, "the series ends and nothing continues it")


def _for_moved_numbers(
    family: Family, intent: Intent | None, available: Reach, overlap: Overlap | None, rules: frozenset[str]
) -> Advice:
    full, part, nothing = family.rows
    elsewhere = intent is Intent.SOURCE_CHANGE or bool(rules & OTHER_SOURCE)
    match available:
        case Reach.ALL:
            parts = ", of both parts of the ratio" if full == RATIO_ROWS[0] else ""
            return Advice(Treatment.RESTATE, full, f"raw data reach back over all of history{parts}")
        case Reach.PART:
            before = "is bridged with the measured factor" if overlap is not None and overlap.bridges else "is a break"
            return Advice(
                Treatment.RESTATE, part, f"raw data reach back over a part of history; what lies before it {before}"
            )
        case Reach.NOTHING if overlap is not None:
            return _on_an_overlap(family, overlap)
        case Reach.NOTHING if elsewhere:
            return Advice(Treatment.BREAK, 24, "no period was measured by both sources, so nothing connects them")
        case Reach.NOTHING:
            reason = "no raw data are declared for the old days (recomputable_from), and no factor is invented"
            return Advice(Treatment.BREAK, nothing, reason)


def _on_an_overlap(family: Family, overlap: Overlap) -> Advice:
    """Return what was measured side by side allows, where no raw data reach back."""
    if family is QUANTILE:
        return Advice(Treatment.BREAK, 19, "no single factor moves a percentile; the old days are a break")
    if not overlap.bridges:
        return Advice(Treatment.BREAK, 9 if family is FILTER else family.rows[2], overlap.reason)
    if overlap.short:
        return Advice(Treatment.BREAK, 25, f"{overlap.short}; keep both running until the overlap is long enough")
    if overlap.unstable:
        what = "difference" if overlap.scale == "difference" else "factor"
        return Advice(Treatment.BREAK, 26, f"{overlap.unstable}, so one {what} would be false")
    if family is WINDOW and overlap.seasonal:
        return Advice(Treatment.BREAK, 22, overlap.seasonal)
    found = _by_scale(family, overlap)
    if not overlap.recut:
        return found
    return Advice(found.treatment, found.row, f"{found.reason}; {no_matrix(overlap.recut)}")


def no_matrix(recut: Iterable[str]) -> str:
    """Say why history breaks by dimensions whose values are sorted anew, in words that follow a semicolon."""
    says = "its values are sorted anew, and the effect counts each side by itself, not which rows went where"
    return f"by {', '.join(recut)} it is a break (row 11): {says}"


def _by_scale(family: Family, overlap: Overlap) -> Advice:
    match overlap.scale:
        case "exact":
            return Advice(Treatment.BRIDGE, 2, "the factor is exact, so old values convert without loss")
        case "difference":
            return Advice(Treatment.BRIDGE, 20, "values cross 0, so old ones are moved by a difference")
        case "odds":
            return Advice(Treatment.BRIDGE, 14, "only the share is known, so its odds are moved; flagged E and U")
    how = "by segment, because the segments differ" if overlap.by_segment else "with one factor for all"
    parts = ", numerator and denominator each" if overlap.parts else ""
    return Advice(Treatment.BRIDGE, family.overlap, f"both were measured on the same data: bridged {how}{parts}")


def _family(intent: Intent | None, rules: frozenset[str], calculation: str) -> Family:
    if intent is Intent.DEFECT:
        return DEFECT
    if intent is Intent.SOURCE_CHANGE:
        return FAMILIES[0]
    for family in FAMILIES:
        if rules & family.rules:
            return family
    return RATIO if calculation == "ratio" else FILTER
