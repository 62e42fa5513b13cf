"""The starter registry is complete, coherent and computable; how the gate treats a copy of it is tested elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from metricgov.adapters.yaml.fmt import fmt
from metricgov.adapters.yaml.load import load
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.kinds import NATIVE, Kind, id_of
from metricgov.domain.definitions.parse import parse
from metricgov.domain.practice.structure import lint
from metricgov.domain.registry import Registry
from metricgov.domain.workflow.authoring import gaps, locks
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.rights import Governance

ROOT = Path(__file__).resolve().parents[2] / "registry"

CATALOGUE: dict[str, tuple[str, ...]] = {
    "leadership": (
        "priority_clarity",
        "resource_allocation_by_priority",
        "decision_rate_from_reviews",
        "cross_functional_blocker_count",
        "workflow_health_trend",
        "lead_quality_trend",
    ),
    "paid acquisition": (
        "spend_pacing_accuracy",
        "cost_per_qualified_lead",
        "search_term_quality",
        "conversion_tracking_accuracy",
        "landing_page_message_match_issues",
        "lead_quality_feedback_loop_completion",
    ),
    "content and SEO": (
        "search_intent_fit",
        "indexation_status",
        "impressions_and_clicks",
        "engagement_quality",
        "assisted_sales_use",
        "content_refresh_needs",
    ),
    "marketing operations": (
        "campaign_qa_completion_rate",
        "tracking_error_rate",
        "crm_source_field_completion",
        "workflow_cycle_time",
        "repeated_issue_count",
        "reporting_readiness",
    ),
    "analytics and attribution": (
        "data_completeness",
        "source_consistency",
        "reporting_delivery_reliability",
        "manual_cleanup_time",
        "decision_support_rate",
        "metric_definition_clarity",
    ),
    "CRM and sales handoff": (
        "lead_source_completeness",
        "campaign_field_completeness",
        "routing_speed",
        "follow_up_completion",
        "qualification_rate",
        "disqualification_reason_completion",
    ),
    "outcome": (
        "revenue",
        "recurring_revenue",
        "paid_subscriptions",
        "qualified_pipeline",
        "closed_won_deals",
        "retention",
    ),
    "efficiency": (
        "cost_per_acquisition",
        "customer_acquisition_cost",
        "return_on_ad_spend",
        "cost_per_qualified_lead",
        "payback_period",
    ),
    "funnel": (
        "landing_page_conversion_rate",
        "trial_to_paid_conversion_rate_within_14_days",
        "lead_to_opportunity_rate",
        "checkout_completion_rate",
        "sales_accepted_lead_rate",
    ),
    "measurement health": (
        "event_match_rate_between_analytics_and_backend",
        "share_of_sessions_with_missing_consent_or_id",
        "data_latency",
        "tag_firing_success_rate_after_a_release",
        "share_of_unknown_traffic",
        "events_with_complete_parameters",
        "tracking_defect_rate_per_release",
        "data_discrepancy_rate",
    ),
    "other functions": (
        "deployment_frequency",
        "cycle_time",
        "mean_time_to_recovery",
        "bug_escape_rate",
        "first_response_time",
        "resolution_rate",
        "net_promoter_score",
        "churn_rate",
    ),
    "the engine itself": (
        "change_cycle_time",
        "time_to_first_response",
        "approval_delay_count",
        "rework_rate",
        "overdue_approvals",
        "share_of_changes_with_a_comparability_statement",
        "bypassed_changes",
        "decisions_per_review",
    ),
}

FAMILIES = {
    "outcome": "outcome",
    "efficiency": "efficiency",
    "funnel": "funnel",
    "measurement health": "measurement_health",
}

ROLES = ("leadership", "paid_acquisition", "content_seo", "marketing_operations", "analytics", "crm_handoff")

TRACKING_PLAN = (
    "lead_submitted",
    "signup_completed",
    "checkout_started",
    "payment_succeeded",
    "trial_started",
    "teammate_invited",
    "project_published",
)

Raw = Mapping[str, Any]


@cache
def _bytes() -> dict[str, bytes]:
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in sorted(ROOT.rglob("*.yaml"))}


@cache
def _files() -> dict[str, Raw]:
    return {path: load(data, path) for path, data in _bytes().items()}


def _of(kind: Kind) -> dict[str, Raw]:
    return {data["name"]: data for data in _files().values() if data["kind"] == kind}


def _metric(name: str) -> Raw:
    return _of(Kind.METRIC)[name]


def _kpis() -> dict[str, Raw]:
    return {name: metric for name, metric in _of(Kind.METRIC).items() if "kpi" in metric}


def _on(scorecard: Raw) -> list[str]:
    return [name for section in scorecard["sections"] for name in section.get("metrics", ())]


@cache
def _governance() -> Governance:
    return Governance.of({data["kind"]: data for data in _files().values() if data["kind"] not in NATIVE})


def _subjects() -> list[Subject]:
    return [
        Subject(
            f"{data['kind']}:{data['name']}",
            data.get("domain", ""),
            frozenset(data.get("tags", ())),
            tuple(data.get("consulted", ())),
            tuple(data.get("informed", ())),
        )
        for data in _files().values()
        if data["kind"] in NATIVE
    ]


def test_every_file_is_governed_and_nothing_is_wrong_with_any() -> None:
    registry = Registry.of(_files())
    assert [str(problem) for problem in lint(registry, paths=tuple(_files()))] == []
    assert [path for path in _files() if id_of(path) is None] == []


def test_every_definition_fits_its_model() -> None:
    for path, data in _files().items():
        if data["kind"] in NATIVE:
            assert parse(data, path).name == path.rpartition("/")[2].removesuffix(".yaml")


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        (Kind.METRIC, 60),
        (Kind.SOURCE, 8),
        (Kind.EVENT, 12),
        (Kind.WORKFLOW, 6),
        (Kind.OBJECTIVE, 6),
        (Kind.SCORECARD, 6),
    ],
)
def test_there_is_enough_of_each_kind(kind: Kind, least: int) -> None:
    assert len(_of(kind)) >= least


@pytest.mark.parametrize("group", CATALOGUE)
def test_everything_the_catalogue_lists_is_here(group: str) -> None:
    missing = [name for name in CATALOGUE[group] if name not in _of(Kind.METRIC)]
    assert missing == []
    if family := FAMILIES.get(group):
        assert [name for name in CATALOGUE[group] if _metric(name).get("family") != family] == []


def test_the_tracking_plan_is_here_and_events_are_named_in_the_past_tense() -> None:
    events = _of(Kind.EVENT)
    assert [name for name in TRACKING_PLAN if name not in events] == []
    assert [name for name in events if not re.fullmatch(r"[a-z]+(_[a-z]+)*_[a-z]+ed", name)] == []
    for name, event in events.items():
        assert any(prop.get("required") for prop in event["properties"]), name
        named = {prop["name"] for prop in event["properties"]}
        assert set(event["deduplication_key"]) <= named, name
        assert event["consent"] and event["destinations"] and event["implemented_by"], name


def test_all_six_types_of_calculation_are_shown() -> None:
    types = Counter(metric["calculation"]["type"] for metric in _of(Kind.METRIC).values())
    assert set(types) == {"simple", "ratio", "derived", "cumulative", "conversion", "sql"}


@pytest.mark.parametrize(
    "field",
    [
        "description",
        "decision",
        "workflow",
        "category",
        "indicator",
        "direction",
        "unit",
        "effective_from",
        "identity",
        "attribution",
        "exclusions",
        "known_limits",
        "review",
    ],
)
def test_every_metric_says_what_a_contract_says(field: str) -> None:
    assert [name for name, metric in _of(Kind.METRIC).items() if not metric.get(field)] == []


def test_no_two_metrics_are_described_in_the_same_words() -> None:
    texts = {name: metric["description"] for name, metric in _of(Kind.METRIC).items()}
    alike = [
        (one, other)
        for one, other in combinations(texts, 2)
        if (matcher := SequenceMatcher(None, texts[one], texts[other])).real_quick_ratio() > 0.6
        and matcher.quick_ratio() > 0.6
        and matcher.ratio() > 0.6
    ]
    assert alike == []


def test_every_source_says_where_when_and_how_far_back() -> None:
    for name, source in _of(Kind.SOURCE).items():
        for field in ("relations", "primary_key", "time", "freshness", "recomputable_from"):
            assert source.get(field), f"{name}.{field}"
        keys = {column["name"] for column in source["columns"] if not column.get("nullable", True)}
        assert set(source["primary_key"]) <= keys, name
    assert [name for name, source in _of(Kind.SOURCE).items() if source.get("source_of_truth")]


def test_metrics_are_reconciled_with_sources_of_truth_only() -> None:
    sources = _of(Kind.SOURCE)
    for name, metric in _of(Kind.METRIC).items():
        if rule := metric.get("reconcile_with"):
            assert sources[rule["source"]].get("source_of_truth"), name


# SQL


def _columns(source: str) -> set[str]:
    return {column["name"] for column in _of(Kind.SOURCE)[source]["columns"]}


def _parts(calculation: Raw) -> Iterator[tuple[str, Raw]]:
    """Yield the source and each block of a calculation whose SQL reads it."""
    if calculation["type"] == "simple":
        yield calculation["source"], calculation
        return
    for name in ("numerator", "denominator", "measure", "base", "conversion"):
        part = calculation.get(name)
        if part is not None and "metric" not in part:
            source = part.get("source") or calculation["source"]
            yield source, part
            yield source, {"where": calculation.get("where"), "time": part.get("time") or calculation["time"]}


def _used(sql: str) -> set[str]:
    return {column.name for column in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Column)} - {"as_of"}


SOURCED = sorted(name for name, data in _of(Kind.METRIC).items() if data["calculation"]["type"] != "derived")


@pytest.mark.parametrize("name", SOURCED)
def test_sql_reads_columns_that_the_source_has(name: str) -> None:
    metric = _metric(name)
    calculation = metric["calculation"]
    if calculation["type"] == "sql":
        schema = {
            source: {column["name"]: column["type"] for column in _of(Kind.SOURCE)[source]["columns"]}
            for source in calculation["sources"]
        }
        query = sqlglot.parse_one(re.sub(r"\bas_of\b", "NOW()", calculation["sql"]), dialect="duckdb")
        read = {table.name for table in query.find_all(exp.Table)} - {cte.alias for cte in query.find_all(exp.CTE)}
        assert read == set(calculation["sources"])
        bound = qualify(query, schema=schema, dialect="duckdb", validate_qualify_columns=True)
        assert bound.named_selects == ["period", "value"]
        return
    for source, part in _parts(calculation):
        columns = _columns(source)
        assert part.get("time") is None or part["time"] in columns
        for field in ("where", "expression"):
            if sql := part.get(field):
                assert _used(sql) <= columns, f"{field}: {sql}"
        wanted = {*metric.get("dimensions", ()), *metric.get("deduplicate", {}).get("key", ())}
        assert wanted <= columns
        if entity := metric.get("entity"):
            assert entity in columns
    for check in metric.get("checks", ()):
        if sql := check.get("expect"):
            assert _used(sql) <= _columns(check.get("source") or calculation["source"])


@pytest.mark.parametrize(
    "name", [name for name, data in _of(Kind.METRIC).items() if data["calculation"]["type"] == "derived"]
)
def test_derived_metrics_read_their_inputs_only(name: str) -> None:
    calculation = _metric(name)["calculation"]
    assert _used(calculation["expression"]) == {one.get("alias", one["metric"]) for one in calculation["inputs"]}


FLAGS = {
    "is_test": r"\btest\b",
    "is_partner": r"\bpartner\b",
    "is_internal": r"\binternal\b",
    "is_bot": r"\bbots\b",
    "is_brand": r"\bbrand\b",
    "is_void": r"\bvoid\b",
    "is_cancelled": r"\bcancelled\b",
    "is_drill": r"\bdrills\b",
    "is_duplicate": r"\bduplicates\b",
    "is_spam": r"\bspam\b",
    "is_withdrawn": r"\bwithdrawn\b",
    "is_backfill": r"\bbackfills\b",
    "is_dry_run": r"\bdry runs\b",
    "is_announcement": r"\bannouncements\b",
    "is_intercompany": r"\bintercompany\b",
    "is_maintenance": r"\bmaintenance\b",
    "is_rollback": r"\broll-backs\b",
    "is_new_joiner": r"\bnew joiners\b",
}


@pytest.mark.parametrize("name", SOURCED)
def test_words_and_filter_exclude_the_same(name: str) -> None:
    metric = _metric(name)
    calculation = metric["calculation"]
    sql = " ".join([calculation.get("where", ""), calculation.get("sql", "")])
    sql += " ".join(part.get("where") or "" for _, part in _parts(calculation))
    words = f"{metric['exclusions']} {metric['known_limits']}".lower()
    for flag in re.findall(r"\bNOT (?:\w+\.)?(is_\w+)", sql):
        assert re.search(FLAGS[flag], words), f"{flag} is left out and the words do not say so"


# KPIs, objectives, scorecards


@pytest.mark.parametrize("name", sorted(_kpis()))
def test_a_kpi_has_an_objective_a_target_and_thresholds_on_the_way_to_it(name: str) -> None:
    metric = _metric(name)
    kpi = metric["kpi"]
    objective = _of(Kind.OBJECTIVE)[kpi["objective"]]
    assert str(objective["period"]["start"]) < str(kpi["target"]["by"]) <= str(objective["period"]["end"])
    sign = {"up_is_better": 1, "down_is_better": -1}[metric["direction"]]
    start, goal = kpi["baseline"]["value"], kpi["target"]["value"]
    if kpi["target"]["kind"] == "percent_improvement":
        assert 0 < goal < 100
        goal = start * (1 + sign * goal / 100)
    assert sign * goal > sign * start
    assert sign * goal >= sign * kpi["thresholds"]["warn"] > sign * kpi["thresholds"]["critical"]


@pytest.mark.parametrize("name", sorted(_of(Kind.OBJECTIVE)))
def test_an_objective_has_one_primary_kpi_and_three_to_six_others(name: str) -> None:
    tiers = Counter(metric["kpi"]["tier"] for metric in _kpis().values() if metric["kpi"]["objective"] == name)
    assert tiers["primary"] == 1
    assert 3 <= tiers["supporting"] + tiers["diagnostic"] <= 6


def test_what_a_kpi_supports_is_a_kpi() -> None:
    for name, metric in _kpis().items():
        above = metric["kpi"].get("supports")
        assert above is None or above in _kpis(), name


def test_each_role_has_a_scorecard() -> None:
    assert [role for role in ROLES if f"{role}_scorecard" not in _of(Kind.SCORECARD)] == []


@pytest.mark.parametrize("name", sorted(_of(Kind.SCORECARD)))
def test_a_scorecard_is_a_mix_that_its_team_can_influence(name: str) -> None:
    scorecard = _of(Kind.SCORECARD)[name]
    metrics = [_metric(metric) for metric in _on(scorecard)]
    kpis = [metric for metric in metrics if "kpi" in metric]
    assert len({metric["name"] for metric in metrics}) == len(metrics)
    assert len({metric["category"] for metric in metrics}) >= 3
    assert len({metric["category"] for metric in kpis}) >= 2
    assert {metric["indicator"] for metric in kpis} == {"leading", "lagging"}
    assert 3 <= len(kpis) <= 7
    for metric in metrics:
        workflow = _of(Kind.WORKFLOW)[metric["workflow"]]
        assert scorecard["team"] in (workflow["team"], *workflow.get("hands_over_to", ())), metric["name"]


def test_a_metric_is_on_a_scorecard_or_an_input_of_one_that_is() -> None:
    shown = {metric for scorecard in _of(Kind.SCORECARD).values() for metric in _on(scorecard)}
    registry = Registry.of(_files())
    for name in _of(Kind.METRIC):
        assert name in shown or registry.dependants(f"metric:{name}"), name


def test_every_source_workflow_and_objective_is_used() -> None:
    registry = Registry.of(_files())
    for kind in (Kind.SOURCE, Kind.WORKFLOW, Kind.OBJECTIVE):
        assert [name for name in _of(kind) if not registry.referring(f"{kind}:{name}")] == []


# People


def test_governance_is_standard_and_blocks() -> None:
    policy = _files()["governance/policy.yaml"]
    assert (policy["preset"], policy["enforce"]) == ("standard", "block")


def test_everything_is_routed_by_an_entry_to_somebody_who_is_there() -> None:
    from metricgov.domain.workflow.roles import who

    governance = _governance()
    for subject in _subjects():
        roles = who(subject, ChangeClass.BREAKING, (), governance)
        assert roles.matched not in ("registry", "council"), subject.id
        assert governance.members(roles.accountable), subject.id
        assert roles.deputy and roles.responsible, subject.id
        assert set(governance.members(roles.deputy)) - set(governance.members(roles.accountable)), subject.id
        assert not roles.tie, subject.id


def test_whoever_writes_a_change_somebody_else_can_approve_it() -> None:
    governance = _governance()
    routes = {(subject.kind, subject.domain, subject.tags): subject for subject in _subjects()}
    named = [subject for subject in _subjects() if subject.kind == "source"]
    assert list(gaps([*routes.values(), *named], governance)) == []
    assert locks(governance) == ""


@pytest.mark.parametrize(
    ("name", "accountable"),
    [
        ("metric:sales_accepted_lead_rate", "crm-lead"),
        ("metric:lead_quality_trend", "head-of-marketing"),
        ("metric:cost_per_qualified_lead", "paid-lead"),
        ("metric:qualified_pipeline", "crm-lead"),
        ("metric:recurring_revenue", "finance-lead"),
        ("metric:first_response_time", "support-lead"),
        ("source:crm_leads", "data-lead"),
        ("source:billing_invoices", "finance-lead"),
        ("source:crm_monthly_report", "sales-operations"),
        ("event:lead_submitted", "ops-lead"),
        ("objective:grow_qualified_pipeline", "head-of-marketing"),
    ],
)
def test_who_is_accountable(name: str, accountable: str) -> None:
    from metricgov.domain.workflow.roles import who

    subject = next(subject for subject in _subjects() if subject.id == name)
    assert who(subject, ChangeClass.BREAKING, (), _governance()).accountable == accountable


# Files


@pytest.mark.parametrize("path", sorted(_bytes()))
def test_fmt_leaves_every_file_as_it_is(path: str) -> None:
    assert fmt(_bytes()[path], path) == _bytes()[path]


def test_the_metric_of_the_demo_waits_for_its_change() -> None:
    metric = _metric("sales_accepted_lead_rate")
    assert metric["version"] == "1.2.0"
    assert metric["description"] == "Share of mature qualified leads that sales accepted within 30 days."
    assert metric["calculation"]["numerator"]["where"] == "sales_accepted_at <= created_at + INTERVAL '30' DAY"
    assert metric["calculation"]["where"].endswith("created_at < as_of - INTERVAL '30' DAY")
    assert metric["kpi"]["target"] == {"value": 40, "by": metric["kpi"]["target"]["by"], "kind": "absolute"}
    assert metric["kpi"]["thresholds"] == {"warn": 34, "critical": 30}


def test_the_readme_counts_what_there_is() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for kind in NATIVE:
        assert re.search(rf"\| `{kind.value}s/.*`? \| {len(_of(kind))} ", text), kind
    for path in re.findall(r"`(metrics/\w+/\w+\.yaml)`", text):
        assert path in _bytes(), path
