"""Reports, views and strategies that the tests of the renderers share."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from metricgov.domain.changes.findings import ChangeClass, Finding, Flag
from metricgov.domain.errors import Place, Problem
from metricgov.domain.verdict import (
    Agreed,
    Consulted,
    Coverage,
    DefinitionVerdict,
    Descent,
    Evidence,
    GateReport,
    LateReview,
    Overriding,
    Ruling,
    Unmet,
    Verdict,
    VersionStep,
)

METRIC = "metric:sales_accepted_lead_rate"
PATH = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"
AT = "2026-06-18T10:12:00Z"


def finding(
    rule: str,
    field: str,
    before: object,
    after: object,
    change_class: ChangeClass,
    says: str,
    *,
    because: str = "",
    line: int | None = None,
    flags: tuple[Flag, ...] = (),
    cause: str | None = None,
    definition: str = METRIC,
    path: str = PATH,
) -> Finding:
    """Return a finding of the sample metric."""
    return Finding(
        rule, definition, path, field, before, after, change_class, frozenset(flags), says, because, line, cause
    )


WINDOW = finding(
    "WINDOW_NARROWED",
    "calculation.numerator.where",
    "sales_accepted_at <= created_at + INTERVAL '30' DAY",
    "sales_accepted_at <= created_at + INTERVAL '14' DAY",
    ChangeClass.BREAKING,
    "Window shorter: a lead accepted on day 20 counted; now it does not.",
    because="Values before and after count different events.",
    line=27,
    flags=(Flag.STALE_TEXT, Flag.NOTIFY),
)
WORDS = finding(
    "DESCRIPTION_CHANGED",
    "description",
    "Share of mature qualified leads that sales accepted within 30 days.",
    "Share of mature qualified leads that sales accepted within 14 days.",
    ChangeClass.EDITORIAL,
    "The words changed; no number moves by them.",
    line=9,
)
TARGET = finding(
    "TARGET_CHANGED",
    "kpi.target.value",
    40,
    35,
    ChangeClass.EDITORIAL,
    "The target moves.",
    because="The history of verdicts changes, values do not.",
    line=60,
    flags=(Flag.BREAKS_CONSUMERS,),
)
DIMENSION = finding(
    "DIMENSION_ADDED", "dimensions[country]", None, "country", ChangeClass.COMPATIBLE, "A new breakdown.", line=44
)
TAGS = finding("REFORMATTED", "tags", ["lead"], ["lead"], ChangeClass.IDENTICAL, "Reformatted.", line=70)
ORDER = finding("REFORMATTED", "dimensions", ["a"], ["a"], ChangeClass.IDENTICAL, "Moved.", line=43)
PARENT = finding(
    "INPUT_CHANGED",
    "",
    None,
    None,
    ChangeClass.BREAKING,
    "An input of this metric changed its meaning.",
    cause=METRIC,
    definition="metric:qualified_pipeline",
    path="metrics/pipeline/qualified_pipeline.yaml",
)
ALL = (WORDS, WINDOW, TARGET, TAGS, DIMENSION, ORDER)

MISSING = (
    Unmet("approval_accountable", "approval of crm-lead", ("crm-lead", "crm-deputy"), "metricgov approve chg-7f3kq2"),
    Unmet("consulted", "sales-operations answers", ("sales-operations",), "metricgov acknowledge chg-7f3kq2"),
)
BLOCKED = DefinitionVerdict(
    METRIC,
    PATH,
    ChangeClass.BREAKING,
    frozenset({Flag.STALE_TEXT, Flag.NOTIFY}),
    VersionStep("1.2.0", "1.2.0", "2.0.0"),
    (WORDS, WINDOW, TAGS),
    change="chg-7f3kq2",
    unmet=MISSING,
)
OBSERVED = DefinitionVerdict(
    "metric:routing_speed",
    "metrics/content_seo/routing_speed.yaml",
    ChangeClass.EDITORIAL,
    frozenset(),
    VersionStep("1.0.0", "1.0.1", "1.0.1"),
    (),
    unmet=(Unmet("not_covered", "no change covers this file", ("content-lead",), "metricgov propose -m WHY"),),
    observed=True,
)
APPROVED = DefinitionVerdict(
    "metric:lead_source_completeness",
    "metrics/crm_handoff/lead_source_completeness.yaml",
    ChangeClass.COMPATIBLE,
    frozenset(),
    VersionStep("1.0.0", "1.1.0", "1.1.0"),
    (),
    Coverage.APPROVED,
    "chg-k83dpe",
    ("crm-lead", "head-of-marketing"),
    evidence=Evidence(
        "01JX0000000000000000K83DPE",
        2,
        1,
        "e" * 64,
        "2026-06-16T08:30:00Z",
        (
            Agreed("crm-lead", 41, "2026-06-17T09:00:00Z", "signed", "SHA256:2hE9c0Q"),
            Agreed("head-of-marketing", 42, "2026-06-17T09:30:00Z", "claimed", kept=True, on_behalf_of="finance-lead"),
        ),
        (Consulted("sales-operations", "answered"), Consulted("finance", "timed_out")),
        effect="f" * 64,
        accepted=(
            Ruling(
                "W04",
                "lead_source_completeness",
                "the overlap is too short: 5 periods (at least 7)",
                "crm-deputy",
                43,
                "that is all there is",
            ),
        ),
    ),
)
OVERRIDDEN = replace(
    APPROVED,
    coverage=Coverage.OVERRIDE,
    approved_by=(),
    override=Overriding(
        ("ops-lead", "crm-lead"),
        "the board sees a wrong number at noon",
        "2026-06-23T10:12:00Z",
        ("1 of the council has to approve, as further people", "sales-operations (consulted) has not answered"),
    ),
)
LATE = LateReview(
    "01JX0000000000000000K83DPE",
    ("metric:routing_speed",),
    "2026-06-15T10:12:00Z",
    ("ops-lead", "crm-lead"),
    ("crm-deputy",),
    "metricgov review-override chg-k83dpe -m WORDS",
)
BASELINE = DefinitionVerdict(
    "source:crm_leads",
    "sources/crm_leads.yaml",
    ChangeClass.COMPATIBLE,
    frozenset(),
    VersionStep("", "1.0.0", "1.0.0"),
    (),
    Coverage.BASELINE,
)
IDENTICAL = DefinitionVerdict(
    "event:lead_submitted",
    "events/lead_submitted.yaml",
    ChangeClass.IDENTICAL,
    frozenset(),
    VersionStep("1.0.0", "1.0.0", "1.0.0"),
    (),
    Coverage.IDENTICAL,
)


def report(verdict: Verdict, *definitions: DefinitionVerdict, **rest: object) -> GateReport:
    """Return a report between two fixed commits."""
    given = {"policy_digest": "c" * 64, "journal_head": "d" * 40, "journal_size": 1204} | rest
    return GateReport(verdict, "a" * 40, "b" * 40, AT, definitions, **given)  # type: ignore[arg-type]


EVIL = (
    "x\n::error file=a::pwned\r\n<img src=x onerror=y> `</code>` [l](http://e.vil) @octocat #1 "
    "\x1b[31m\u202e | **b** </pre>"
)
HOSTILE = DefinitionVerdict(
    EVIL,
    f"metrics/{EVIL}.yaml",
    ChangeClass.UNKNOWN,
    frozenset(Flag),
    VersionStep(EVIL, EVIL, EVIL),
    (finding("R|X", EVIL, EVIL, EVIL + "2", ChangeClass.UNKNOWN, EVIL, because=EVIL, line=3, path=EVIL),),
    change=EVIL,
    unmet=(Unmet("c", EVIL, (EVIL,), EVIL),),
)

REPORTS: dict[str, GateReport] = {
    "nothing": report(Verdict.PASS),
    "passes": report(Verdict.PASS, APPROVED, BASELINE, IDENTICAL, descent=Descent("9" * 64, "8" * 40, 3, 1)),
    "overridden": report(Verdict.PASS, OVERRIDDEN, BASELINE, late=(LATE,)),
    "blocked": report(Verdict.BLOCKED, APPROVED, BLOCKED, OBSERVED, BASELINE, affected=(PARENT,)),
    "observed": report(Verdict.WOULD_BLOCK, OBSERVED, APPROVED),
    "undecided": report(
        Verdict.UNDECIDED,
        problems=(
            Problem(
                "history_missing",
                "the merge base is not in this clone",
                Place(""),
                "git fetch --deepen=100 origin main",
            ),
        ),
    ),
    "unreadable": report(
        Verdict.BLOCKED,
        problems=(
            Problem("yaml_duplicate_key", "key `name` stands twice", Place("metrics/a/b.yaml", 4, 1), "keep one"),
        ),
    ),
    "hostile": report(Verdict.BLOCKED, HOSTILE),
}

anything = st.text(st.characters(exclude_categories=()), max_size=40) | st.sampled_from(
    [EVIL, "", "\ud800", "##[error]x", "a" * 200, "漢字" * 50, "e\u0301" * 90, "%0A,:", "]]>", "-->", "```", "\u2028"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=6,
)
findings = st.builds(
    Finding,
    rule=anything,
    definition=anything,
    path=anything,
    field=anything,
    before=values,
    after=values,
    change_class=st.sampled_from(ChangeClass),
    flags=st.frozensets(st.sampled_from(Flag)),
    says=anything,
    because=anything,
    line=st.none() | st.integers(1, 99999),
    cause=st.none() | anything,
)
some = st.lists(anything, max_size=2).map(tuple)
unmets = st.builds(Unmet, anything, anything, st.lists(anything, max_size=3).map(tuple), anything)
definitions = st.builds(
    DefinitionVerdict,
    id=anything,
    path=anything,
    change_class=st.sampled_from(ChangeClass),
    flags=st.frozensets(st.sampled_from(Flag)),
    version=st.builds(VersionStep, anything, anything, anything),
    findings=st.lists(findings, max_size=3).map(tuple),
    coverage=st.sampled_from(Coverage),
    change=st.none() | anything,
    approved_by=st.lists(anything, max_size=2).map(tuple),
    unmet=st.lists(unmets, max_size=2).map(tuple),
    observed=st.booleans(),
    evidence=st.none()
    | st.builds(
        Evidence,
        anything,
        st.integers(1, 9),
        st.integers(1, 9),
        anything,
        anything,
        st.lists(
            st.builds(Agreed, anything, st.integers(1, 99), anything, st.sampled_from(["claimed", "signed"]), anything),
            max_size=2,
        ).map(tuple),
        st.lists(st.builds(Consulted, anything, st.sampled_from(["answered", "open"])), max_size=2).map(tuple),
    ),
    override=st.none() | st.builds(Overriding, some, anything, anything, some),
)
places = st.builds(Place, anything, st.integers(0, 999), st.integers(0, 99))
problems = st.builds(Problem, anything, anything, places, anything)
reports = st.builds(
    GateReport,
    verdict=st.sampled_from(Verdict),
    base=anything,
    head=anything,
    at=st.just(AT) | anything,
    definitions=st.lists(definitions, max_size=3).map(tuple),
    affected=st.lists(findings, max_size=2).map(tuple),
    problems=st.lists(problems, max_size=2).map(tuple),
    policy_digest=anything,
    journal_head=anything,
    journal_size=st.integers(0, 10**9),
    journal_sha256=anything,
    descent=st.none() | st.builds(Descent, anything, anything, st.integers(0, 9), st.integers(0, 9)),
    late=st.lists(st.builds(LateReview, anything, some, anything, some, some, anything), max_size=2).map(tuple),
)
