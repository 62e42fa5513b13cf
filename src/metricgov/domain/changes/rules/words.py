"""Rules about words, people, tags, consumers, reviews and checks: what stands around a calculation."""

from __future__ import annotations

from metricgov.domain.changes.rules.rows import (
    BREAKING,
    COMPATIBLE,
    EDITORIAL,
    NATIVE_KINDS,
    UNKNOWN,
    added,
    each,
    of,
    row,
    set_change,
    short,
)
from metricgov.domain.changes.values import Edit, Scope

BINDING = ("contract", "bonus")


def _binding_consumer(edit: Edit, scope: Scope) -> bool:
    """Return whether a contract or a bonus is among the consumers that an edit touches."""
    label = edit.path.partition("[")[2].partition("]")[0]
    kinds = [side.get("kind") for side in (edit.before, edit.after) if isinstance(side, dict)]
    kinds += [side for side in (edit.before, edit.after) if isinstance(side, str)]
    for data in (scope.before, scope.after):
        listed = data.get("used_in")
        for item in listed if isinstance(listed, list | tuple) else ():
            if isinstance(item, dict) and item.get("name") == label:
                kinds.append(item.get("kind"))
    return any(kind in BINDING for kind in kinds)


def _routes_by_tag(edit: Edit, scope: Scope) -> bool:
    """Return whether raci.yaml decides by one of these tags; where that is not known, it may."""
    routing = scope.context.routing_tags
    sides = [set(side) for side in (edit.before, edit.after) if isinstance(side, tuple)]
    return routing is None or any(tag in routing for tag in set().union(*sides))


def _filters_changed(_edit: Edit, scope: Scope) -> bool:
    return any(other.path == "where" or other.path.endswith(".where") for other in scope.edits)


def _tightened(edit: Edit, _scope: Scope) -> bool:
    if edit.pattern in {"checks", "checks[]", "reconcile_with"}:
        return edit.added
    if edit.pattern == "checks[].severity":
        return edit.after == "block"
    return edit.pattern == "checks[].description"


def _consumer(edit: Edit, _scope: Scope) -> str:
    if edit.added or edit.removed:
        return f"consumer {'added' if edit.added else 'removed'}: {edit.path.partition('[')[2].rstrip(']')}"
    return ""


def _rhythm(edit: Edit, _scope: Scope) -> bool:
    order = ("week", "two_weeks", "month", "quarter", "half_year", "year")
    sides = [order.index(side) if side in order else None for side in (str(edit.before), str(edit.after))]
    return edit.added or (sides[0] is not None and sides[1] is not None and sides[1] < sides[0])


RULES = (
    row(
        "TITLE_EDITED", EDITORIAL, each(NATIVE_KINDS, "title"),
        "title {before} -> {after}",
        "Text only; a title can still mislead.",
        ("title: Routing speed", "title: Speed of routing"),
        flags="N",
    ),
    row(
        "DESCRIPTION_EDITED", EDITORIAL, each(NATIVE_KINDS, "description"),
        "description edited",
        "No number moves, but what people read into it does.",
        ("description: Minutes until routed.", "description: Minutes until a lead is routed."),
        flags="N",
    ),
    row(
        "DECISION_EDITED", EDITORIAL, of("metric", "decision"),
        "what the metric decides: {before} -> {after}",
        "Text only.",
        ("decision: Moves budget.", "decision: Moves budget between sources."),
    ),
    row(
        "LIMITS_EDITED_WITH_FILTER", EDITORIAL,
        of("metric", "exclusions", "known_limits") + of("source", "known_limits"),
        "{field} edited along with a filter",
        "The words follow the filter, which is judged by itself.",
        ("exclusions: Test leads.\ncalculation:\n  where: a", "exclusions: All.\ncalculation:\n  where: a AND b"),
        applies=_filters_changed,
    ),
    row(
        "LIMITS_EDITED", UNKNOWN, of("metric", "exclusions", "known_limits") + of("source", "known_limits"),
        "{field} edited, no filter changed with it",
        "Words and filter may disagree now, or may have disagreed before; a reviewer settles which.",
        ("exclusions: Test leads.", "exclusions: Test leads and partner leads."),
    ),
    row(
        "MEANING_WORDS_EDITED", UNKNOWN, of("metric", "identity", "attribution") + of("event", "trigger"),
        "{field} in words: {before} -> {after}",
        "What is one unit, whom it is credited to and when it happens moves numbers, and words alone prove neither.",
        ("identity: One lead per address.", "identity: One lead per address and quarter."),
    ),
    row(
        "EVENT_LIMITS_EDITED", EDITORIAL, of("event", "known_limits"),
        "known limits edited",
        "They tell readers what to expect; when the event is sent stands in its trigger.",
        ("known_limits: Lost offline.", "known_limits: Lost when offline."),
        flags="N",
    ),
    row(
        "PEOPLE_CHANGED", EDITORIAL, each(NATIVE_KINDS, "consulted", "informed"),
        "{field} {before} -> {after}",
        "Who is heard or told changes; the accountable person of before agrees.",
        ("consulted: [finance]", "consulted: [finance, sales-operations]"),
        flags="G", narrow=set_change,
    ),
    row(
        "ROUTING_TAG_CHANGED", EDITORIAL, each(NATIVE_KINDS, "tags"),
        "tags {before} -> {after}",
        "Responsibility can be given by tag, so a tag may change who decides.",
        ("tags: [lead]", "tags: [lead, paid]"),
        flags="G", applies=_routes_by_tag, narrow=set_change,
    ),
    row(
        "TAGS_EDITED", EDITORIAL, each(NATIVE_KINDS, "tags"),
        "tags {before} -> {after}",
        "Nobody's right to decide depends on these tags.",
        ("tags: [lead]", "tags: [lead, weekly]"),
        narrow=set_change,
    ),
    row(
        "SHELF_CHANGED", EDITORIAL, of("metric", "category", "family", "indicator"),
        "{field} {before} -> {after}",
        "Where a metric stands among others; scorecards are checked again.",
        ("category: output", "category: quality"),
    ),
    row(
        "DIRECTION_FLIPPED", EDITORIAL, of("metric", "direction"),
        "direction {before} -> {after}: alerts, targets and colours turn around",
        "Values stay the same and their verdict does not.",
        ("direction: up_is_better", "direction: down_is_better"),
        flags="RN",
    ),
    row(
        "EVENTS_LISTED", EDITORIAL, of("metric", "uses_events"),
        "events used {before} -> {after}",
        "Lineage and routing of questions change; no number moves by it.",
        ("uses_events: [lead_submitted]", "uses_events: [lead_routed]"),
        narrow=set_change,
    ),
    row(
        "BINDING_CONSUMER_CHANGED", EDITORIAL, of("metric", "used_in[]", "used_in[].**"),
        "a contract or bonus uses this: {field} {before} -> {after}",
        "Money hangs on the number; those who settle it have to know.",
        (
            "title: Routing speed",
            "title: Routing speed\nused_in:\n  - {kind: bonus, name: Sales bonus, owner: finance}",
        ),
        flags="N", applies=_binding_consumer, narrow=_consumer,
    ),
    row(
        "CONSUMER_CHANGED", EDITORIAL, of("metric", "used_in", "used_in[]", "used_in[].**"),
        "{field} {before} -> {after}",
        "Who reads the number is recorded; the number stays.",
        (
            "title: Routing speed",
            "title: Routing speed\nused_in:\n  - {kind: dashboard, name: Weekly review, owner: ops}",
        ),
        narrow=_consumer,
    ),
    row(
        "REVIEW_TIGHTENED", EDITORIAL, of("metric", "review", "review.every"),
        "{field} {before} -> {after}",
        "Looking more often moves no number.",
        ("review:\n  every: quarter", "review:\n  every: month"),
        applies=_rhythm,
    ),
    row(
        "REVIEW_LOOSENED", EDITORIAL, of("metric", "review", "review.every"),
        "{field} {before} -> {after}: reviewed less",
        "Less looking is the accountable person's decision.",
        ("review:\n  every: month", "review:\n  every: quarter"),
        flags="G",
    ),
    row(
        "CHECK_TIGHTENED", EDITORIAL, of("metric", "checks", "checks[]", "checks[].**", "reconcile_with"),
        "{field} {before} -> {after}",
        "A quality gate is not the definition; a stricter one moves no number.",
        ("checks: []", "checks:\n  - {id: complete, level: event, expect: id IS NOT NULL}"),
        applies=_tightened,
    ),
    row(
        "CHECK_CHANGED", EDITORIAL,
        of("metric", "checks", "checks[]", "checks[].**", "reconcile_with", "reconcile_with.**"),
        "{field} {before} -> {after}",
        "A gate that is loosened or removed lets bad numbers through: the accountable person agrees.",
        ("checks:\n  - {id: complete, level: event, severity: block}", "checks:\n  - {id: complete, level: event}"),
        flags="G",
    ),
    row(
        "KPI_TARGET_MOVED", EDITORIAL,
        of("metric", "kpi.target", "kpi.target.**", "kpi.thresholds", "kpi.thresholds.**"),
        "{field} {before} -> {after}",
        "The history of verdicts changes, the values do not; targets have their own timeline.",
        ("kpi:\n  target: {value: 30, by: 2026-12-31}", "kpi:\n  target: {value: 35, by: 2026-12-31}"),
        flags="R",
    ),
    row(
        "KPI_GOVERNED", EDITORIAL, of("metric", "kpi", "kpi.tier", "kpi.objective", "kpi.supports"),
        "{field} {before} -> {after}",
        "Being a KPI, and of which tier, decides who must agree: the stricter of before and after.",
        ("title: Routing speed", "title: Routing speed\nkpi:\n  objective: grow_pipeline\n  tier: primary"),
        flags="G",
    ),
    row(
        "KPI_CONTEXT_EDITED", EDITORIAL,
        of(
            "metric", "kpi.guards", "kpi.baseline", "kpi.baseline.**", "kpi.benchmark", "kpi.benchmark.**",
        ),
        "{field} {before} -> {after}",
        "What the number is held against; neither the number nor its target moves.",
        ("kpi:\n  guards: [bounce_rate]", "kpi:\n  guards: [bounce_rate, churn_rate]"),
    ),
    row(
        "UNIT_ADDED", EDITORIAL, of("metric", "unit"),
        "unit stated: {after}",
        "It documents what was meant all along; the reviewer confirms that.",
        ("title: Routing speed", "title: Routing speed\nunit: minutes"),
        flags="N", applies=added,
    ),
    row(
        "UNIT_CONVERTED", BREAKING, of("metric", "unit"),
        "unit {before} -> {after}, converted in the calculation",
        "Readers see other numbers; the factor is known, so history can be spliced without loss.",
        ("unit: seconds\ncalculation:\n  scale: 1", "unit: minutes\ncalculation:\n  scale: 60"),
        flags="N",
        applies=lambda edit, scope: not edit.removed and _conversion(scope) is not None,
        narrow=lambda edit, scope: (
            f"unit {short(edit.before)} -> {short(edit.after)}, converted by {_conversion(scope)}"
        ),
    ),
    row(
        "UNIT_CHANGED", UNKNOWN, of("metric", "unit"),
        "unit {before} -> {after}, and the calculation does not convert",
        "Either the label was wrong, or the data behind it changed: nobody can tell from the text.",
        ("unit: seconds", "unit: minutes"),
    ),
    row(
        "SCALE_CHANGED", BREAKING, of("metric", "calculation.scale"),
        "scale {before} -> {after}",
        "Every published value moves by a constant; the bridge factor is exact.",
        ("calculation:\n  scale: 1", "calculation:\n  scale: 100"),
        flags="N",
    ),
    row(
        "DIMENSION_ADDED", COMPATIBLE, of("metric", "dimensions"),
        "dimensions {before} -> {after}",
        "One more way to break the total down; the total stays.",
        ("dimensions: [channel]", "dimensions: [channel, country]"),
        applies=lambda edit, _scope: set(_texts(edit.before)) <= set(_texts(edit.after)),
        narrow=set_change,
    ),
    row(
        "DIMENSION_REMOVED", COMPATIBLE, of("metric", "dimensions"),
        "dimensions {before} -> {after}",
        "The total stays; the history of a breakdown is lost to those who read it.",
        ("dimensions: [channel, country]", "dimensions: [channel]"),
        flags="R", narrow=set_change,
    ),
)  # fmt: skip


def _conversion(scope: Scope) -> str | None:
    """Return the exact factor by which a change converts, None where it does not convert by scale alone."""
    for edit in scope.edits:
        if edit.path == "calculation.scale" and _number(edit.before) and _number(edit.after):
            return f"{edit.before} -> {edit.after}"
    return None


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value != 0


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()
