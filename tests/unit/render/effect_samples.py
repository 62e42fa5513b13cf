"""A report with everything that can stand in one: segments, a blocking warning, a dependant without data."""

from __future__ import annotations

from render_samples import AT, METRIC, PATH, WINDOW, WORDS

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.comparability.advice import Advice
from metricgov.domain.comparability.basis import METHODS, Basis
from metricgov.domain.comparability.effect import Pair, effect
from metricgov.domain.comparability.evidence import Evidence, MetricEffect
from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.comparability.interval import Interval
from metricgov.domain.comparability.joining import Stretch
from metricgov.domain.comparability.link import Factor, Linked, LinkScale
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.moved_targets import Fate, Goal, Reader
from metricgov.domain.comparability.over_time import Line, Series
from metricgov.domain.comparability.targets import TargetKind
from metricgov.domain.comparability.warnings import Claimed, warnings
from metricgov.domain.effect_report import EffectReport, MetricFacts
from metricgov.domain.verdict import VersionStep
from metricgov.domain.views import ChangedDefinition, ChangeView, RequirementView
from metricgov.domain.workflow.vocabulary import Treatment

EVIL_SEGMENT = "<script>alert(1)</script>"


def days(number: int, drop: float) -> list[Pair]:
    """Return days whose values fall by a share."""
    return [Pair(f"2026-01-{day + 1:02}", 100 + day % 3, (100 + day % 3) * (1 - drop)) for day in range(number)]


def evidence() -> Evidence:
    """Return the effect on a metric that changes, and on one that is computed from it and cannot be evaluated."""
    found = effect(
        days(6, 0.1),
        (("channel", "paid", days(6, 0.15)), ("channel", EVIL_SEGMENT, days(6, 0.02)), ("channel", None, days(1, 0))),
        grain="day",
    )
    rate = MetricEffect(
        "sales_accepted_lead_rate",
        "breaking",
        effect=found,
        warned=warnings(found, Claimed()),
        window=("2026-01-01", "2026-01-07", "day"),
        link=Linked(
            "sales_accepted_lead_rate",
            Status.BRIDGED,
            LinkScale.RATIO,
            Factor(0.9, 0.01),
            {"day": 0.02},
            start="2026-01-01",
            end="2026-01-07",
            grain="day",
            periods=6,
            estimator="E3",
        ),
        advice=Advice(Treatment.BRIDGE, 8, "both definitions were measured"),
        goals=(
            Goal("kpi.target.value", "target", 40, 35, TargetKind.ABSOLUTE, Fate.REBASED, 36, Interval(35.5, 36.5)),
            Goal("kpi.thresholds.warn", "threshold (warn)", 34, 34, None, Fate.NO_KIND, flips="warn by definition"),
        ),
        readers=(Reader("dashboard", "<b>Weekly</b>", "finance-lead", "announce", "its owner is told"),),
    )
    trend = MetricEffect(
        "lead_quality_trend",
        "breaking",
        cause="metric:sales_accepted_lead_rate",
        reason="crm_orders has no column `accepted_at`",
    )
    return Evidence("ab" * 32, "2026-01-07T00:00:00Z", (rate, trend), Basis("warehouse", "cd" * 32, METHODS, ()))


def report() -> EffectReport:
    """Return the whole report."""
    changed = ChangedDefinition(
        METRIC,
        PATH,
        ChangeClass.BREAKING,
        version=VersionStep("1.2.0", "2.0.0", "2.0.0"),
        findings=(WINDOW, WORDS),
    )
    change = ChangeView(
        change="01JZ0000000000000000000000",
        label="chg-7f3kq2",
        state="in_review",
        author="ops-lead",
        why="three weeks",
        revision=2,
        cycle=1,
        at=AT,
        intent="redefinition",
        treatment="restate",
        effective_from="2026-07-01",
        definitions=(changed,),
        requirements=(RequirementView("approval", "one of the council has to approve", False, ("finance-lead",)),),
    )
    facts = {"sales_accepted_lead_rate": MetricFacts("Sales-accepted lead rate", "percent", "crm-lead")}
    return EffectReport(change, evidence(), facts, {"sales_accepted_lead_rate": future()})


def future() -> Series:
    """Return a history of which the older half belongs to another definition."""
    months = [f"2025-{month:02}-01" for month in range(1, 13)]
    older = [Observation(one, 40.0, "1.2.0", frozenset({Flag.DIFFERS})) for one in months[:6]]
    first = Observation(months[6], 35.0, "proposed", frozenset({Flag.BREAK}), 40.5)
    newer = [Observation(one, 35.0 + place, "proposed") for place, one in enumerate(months[7:])]
    stretches = (
        Stretch("1.2.0", "2025-01-01", "2025-07-01", frozenset({Flag.DIFFERS})),
        Stretch("proposed", "2025-07-01", "2026-01-01", breaks=True, before="1.2.0"),
    )
    line = Line((), (*older, first, *newer))
    return Series("sales_accepted_lead_rate", "current", "month", (), "2025-01-01", "2026-01-01", stretches, (line,))
