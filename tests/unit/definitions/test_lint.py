"""Rules inside one definition, their pages, and the SQL check."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import metricgov
from metricgov.domain.changes.sql import canonical_sql
from metricgov.domain.definitions.fields import Field, Shape
from metricgov.domain.errors import BadInput
from metricgov.domain.practice.definition import examine
from metricgov.domain.practice.rules import RULES, explain
from metricgov.domain.practice.sql_syntax import _IDENTIFIER, unreadable

PACKAGE = Path(metricgov.__file__).parent
METRIC: dict[str, Any] = {
    "kind": "metric",
    "name": "leads",
    "title": "Leads",
    "version": "1.0.0",
    "status": "active",
    "description": "Leads a day.",
    "domain": "crm",
    "calculation": {"type": "simple", "source": "crm_leads", "time": "created_at", "aggregate": "count"},
}


def rules_broken(**more: Any) -> list[tuple[str, str]]:
    """Return rule and field of every problem of a metric."""
    calculation = {**METRIC["calculation"], **more.pop("calculation", {})}
    return [(one.code, one.field) for one in examine({**METRIC, "calculation": calculation, **more})[1]]


@pytest.mark.parametrize(
    ("more", "broken"),
    [
        pytest.param({}, [], id="sound"),
        pytest.param(
            {"calculation": {"where": "status = 'won"}}, [("SQL_UNREADABLE", "calculation.where")], id="quote"
        ),
        pytest.param(
            {"calculation": {"where": "a = 1) OR (b = 2"}}, [("SQL_UNREADABLE", "calculation.where")], id="leak"
        ),
        pytest.param({"calculation": {"where": "a AND"}}, [("SQL_UNREADABLE", "calculation.where")], id="unfinished"),
        pytest.param(
            {"calculation": {"where": "a > 1; DROP TABLE b"}}, [("SQL_UNREADABLE", "calculation.where")], id="two"
        ),
        pytest.param(
            {"kpi": {"target": {"value": 1, "by": "2026-12-31"}}}, [("KPI_WITHOUT_OBJECTIVE", "kpi")], id="no objective"
        ),
        pytest.param({"kpi": {"objective": "grow"}}, [("KPI_WITHOUT_TARGET", "kpi")], id="no target"),
        pytest.param(
            {"kpi": {}}, [("KPI_WITHOUT_OBJECTIVE", "kpi"), ("KPI_WITHOUT_TARGET", "kpi")], id="neither of the two"
        ),
        pytest.param(
            {"checks": [{"id": "a", "level": "event"}, {"id": "a", "level": "logic"}]},
            [("ITEM_REPEATED", "checks[1]")],
            id="one key twice",
        ),
    ],
)
def test_rules_inside_a_definition(more: dict[str, Any], broken: list[tuple[str, str]]) -> None:
    assert rules_broken(**more) == broken


def test_an_input_that_the_expression_forgets_is_named() -> None:
    inputs = [{"metric": "revenue"}, {"metric": "refunds", "alias": "back"}]
    calculation = {"type": "derived", "expression": "revenue - refunds", "inputs": inputs}
    problems = examine({**METRIC, "calculation": calculation})[1]
    assert [(one.code, one.field) for one in problems] == [("INPUT_UNUSED", "calculation.inputs[1]")]


def test_every_code_that_can_be_reported_has_a_page() -> None:
    sources = [*(PACKAGE / "domain/practice").glob("*.py"), *(PACKAGE / "domain/definitions").glob("*.py")]
    pattern = re.compile(r'(?:FieldProblem\(\s*|self\.code = |self\.code, .* = )"([A-Z_]+)"')
    codes = {code for source in sources for code in pattern.findall(source.read_text(encoding="utf-8"))}
    assert len(codes) > 20
    assert codes <= set(RULES)


def test_every_rule_explains_itself() -> None:
    for rule in RULES.values():
        assert rule.says.endswith(".")
        assert rule.because.endswith(".")
        assert rule.bad != rule.good
        assert explain(rule.id.lower()) is rule


def test_an_unknown_rule_is_answered_with_a_near_one() -> None:
    with pytest.raises(BadInput) as caught:
        explain("KPI_WITHOUT_TARGT")
    assert caught.value.hint == "did you mean KPI_WITHOUT_TARGET?"


PREDICATE = Field("calculation.where", Shape.PREDICATE)
QUERY = Field("calculation.sql", Shape.QUERY)
PIECES = (
    *("a", "lead_at", "is_test", "1", "2.5", "'x'", "'14 days'", "(", ")", "AND", "OR", "NOT", ">", "=", "IN", ","),
    *(
        "BETWEEN",
        "LIKE",
        "CASE",
        "WHEN",
        "THEN",
        "END",
        "INTERVAL",
        "DAY",
        "DATE",
        "CAST",
        "AS",
        "IS",
        "NULL",
        "+",
        "-",
    ),
    *(
        "*",
        "count",
        "coalesce",
        "current_date",
        "x_y.z_w",
        "::",
        "int",
        "a_b(",
        "[",
        "]",
        "~",
        "date_trunc",
        "group_by",
    ),
    *(
        "select",
        "from",
        "where",
        "timestamp_ntz",
        "row_number",
        "over",
        "cast_me",
        "interval_x",
        "order",
        "limit",
        "by",
    ),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9), st.sampled_from(["duckdb", "bigquery", "snowflake"]))
def test_the_quick_sql_check_never_passes_what_the_parser_refuses(pieces: list[str], dialect: str) -> None:
    text = " ".join(pieces)
    assert (unreadable(text, PREDICATE, dialect) == "") == canonical_sql(text, dialect).parsed


def test_no_word_of_any_grammar_is_taken_for_a_name() -> None:
    """`a BETWEEN timestamp_ntz 1` is no SQL, though `a BETWEEN a_b …` might be."""
    import sqlglot

    words = {
        word.lower()
        for one in sqlglot.Dialect.classes.values()
        for word in (*one.tokenizer_class.KEYWORDS, *(str(name.name) for name in one.parser_class.NO_PAREN_FUNCTIONS))
        if "_" in word and " " not in word and word.isidentifier()
    }
    assert "timestamp_ntz" in words
    assert {word for word in words if _IDENTIFIER.fullmatch(word)} == set()
    assert unreadable("a BETWEEN timestamp_ntz 1", PREDICATE, "duckdb") != ""


def test_a_query_is_read_as_a_statement() -> None:
    assert unreadable("SELECT day, count(*) AS value FROM leads GROUP BY day", QUERY, "duckdb") == ""
    assert unreadable("SELECT FROM WHERE", QUERY, "duckdb") != ""


def test_the_place_in_the_text_is_told() -> None:
    assert "line 1" in unreadable("a b c", PREDICATE, "duckdb")
