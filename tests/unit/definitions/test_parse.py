"""From mappings to models, and every problem in words."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from metricgov.domain.definitions.metric import Metric
from metricgov.domain.definitions.parse import KNOWN_KINDS, check, model_of, parse
from metricgov.domain.definitions.problems import DefinitionErrors

HEAD = {"version": "1.0.0", "status": "active", "description": "What it is.", "title": "Title"}
METRIC: dict[str, Any] = {
    **HEAD,
    "kind": "metric",
    "name": "lead_rate",
    "domain": "crm",
    "calculation": {
        "type": "ratio",
        "source": "crm_leads",
        "time": "created_at",
        "numerator": {"aggregate": "count", "where": "accepted"},
        "denominator": {"aggregate": "count"},
        "scale": 100,
    },
}
SOURCE: dict[str, Any] = {
    **HEAD,
    "kind": "source",
    "name": "crm_leads",
    "columns": [{"name": "created_at", "type": "timestamp"}, {"name": "channel", "type": "string"}],
}
OBJECTIVE: dict[str, Any] = {
    **HEAD,
    "kind": "objective",
    "name": "grow",
    "statement": "More.",
    "owner": "crm-lead",
    "period": {"start": "2026-01-01", "end": "2026-12-31"},
}
CALCULATIONS: dict[str, dict[str, Any]] = {
    "simple": {"type": "simple", "source": "s", "time": "t", "aggregate": "sum", "expression": "amount"},
    "percentile": {
        "type": "simple",
        "source": "s",
        "time": "t",
        "aggregate": "percentile",
        "expression": "minutes",
        "percentile": 0.9,
        "percentile_method": "discrete",
    },
    "ratio of sources": {
        "type": "ratio",
        "numerator": {"source": "a", "time": "t", "aggregate": "sum", "expression": "x"},
        "denominator": {"source": "b", "time": "t", "aggregate": "count"},
    },
    "ratio of metrics": {"type": "ratio", "numerator": {"metric": "a"}, "denominator": {"metric": "b", "where": "x"}},
    "derived": {
        "type": "derived",
        "expression": "a - b_before",
        "inputs": [{"metric": "a"}, {"metric": "a", "alias": "b_before", "offset_window": "1 month"}],
    },
    "cumulative": {
        "type": "cumulative",
        "source": "s",
        "time": "t",
        "measure": {"aggregate": "sum", "expression": "x"},
        "window": "28 days",
    },
    "conversion": {
        "type": "conversion",
        "source": "s",
        "time": "t",
        "entity": "visitor_id",
        "base": {"aggregate": "count"},
        "conversion": {"aggregate": "count", "where": "paid"},
        "window": "14 days",
        "constant_properties": [{"base": "plan", "conversion": "plan"}],
    },
    "sql": {"type": "sql", "sql": "SELECT 1", "sources": ["s"]},
}


def changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy with a value set (or, if it is Ellipsis, removed) by dotted path."""
    copied = copy.deepcopy(data)
    *steps, last = path.split(".")
    block: Any = copied
    for step in steps:
        block = block.setdefault(step, {})
    if value is ...:
        del block[last]
    else:
        block[last] = value
    return copied


@pytest.mark.parametrize("calculation", [pytest.param(value, id=name) for name, value in CALCULATIONS.items()])
def test_every_calculation_is_a_metric(calculation: dict[str, Any]) -> None:
    assert check({**METRIC, "calculation": calculation}) == ()


def test_a_model_is_frozen_and_holds_tuples() -> None:
    metric = parse({**METRIC, "tags": ["lead"]}, "metrics/crm/lead_rate.yaml")
    assert isinstance(metric, Metric)
    assert metric.tags == ("lead",)
    with pytest.raises(ValueError, match="frozen"):
        metric.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("kind", KNOWN_KINDS)
def test_every_kind_has_a_model_that_refuses_unknown_keys(kind: str) -> None:
    assert model_of(kind).model_config["extra"] == "forbid"
    assert "FIELD_UNKNOWN" in {problem.code for problem in check({"kind": kind, "surprise": 1})}


AGGREGATE, PERCENTILE = "calculation.numerator.aggregate", "calculation.numerator.percentile"
SUCCESSOR = {"metric": "b", "relation": "rename"}
LIKE_NOBODY = {"value": 1, "by": "2026-12-31", "kind": "same_as"}
LOTS = {"source": "s", "tolerance": "lots"}
WRONG = [
    ("unknown field", METRIC, "titel", "x", "FIELD_UNKNOWN", "titel", "titel is not a field here"),
    ("unknown in a block", METRIC, "calculation.filter", "x", "FIELD_UNKNOWN", "calculation.filter", "not a field"),
    ("unknown in a part", METRIC, "calculation.numerator.sum", 1, "FIELD_UNKNOWN", "calculation.numerator.sum", ""),
    ("missing", METRIC, "title", ..., "FIELD_MISSING", "title", "title is missing"),
    ("missing in a block", METRIC, "calculation.denominator", ..., "FIELD_MISSING", "calculation.denominator", ""),
    ("no type", METRIC, "calculation.type", ..., "FIELD_MISSING", "calculation.type", "type is missing"),
    ("wrong type", METRIC, "calculation.type", "ration", "VALUE_INVALID", "calculation.type", "'ration'"),
    ("calculation is text", METRIC, "calculation", "sum", "VALUE_INVALID", "calculation", "where fields are wanted"),
    ("not a choice", METRIC, "status", "actve", "VALUE_INVALID", "status", "'actve' is not one of"),
    ("number for text", METRIC, "title", 3, "VALUE_INVALID", "title", "3 is a number, where text is wanted"),
    ("true for text", METRIC, "title", True, "VALUE_INVALID", "title", "true is true or false"),
    ("text for number", METRIC, "calculation.scale", "100", "VALUE_INVALID", "calculation.scale", "number is wanted"),
    ("true for number", METRIC, "calculation.scale", True, "VALUE_INVALID", "calculation.scale", "number is wanted"),
    ("text for list", METRIC, "tags", "lead", "VALUE_INVALID", "tags", "'lead' is text"),
    ("block for list", METRIC, "tags", {"a": 1}, "VALUE_INVALID", "tags", "block of fields"),
    ("list for text", METRIC, "title", ["a"], "VALUE_INVALID", "title", "is a list"),
    ("twice in a list", METRIC, "tags", ["a", "a"], "ITEM_REPEATED", "tags", "a stands in the list twice"),
    ("null", METRIC, "unit", None, "EMPTY_VALUE", "unit", "has no value"),
    ("null in a list", METRIC, "tags", ["a", None], "EMPTY_VALUE", "tags[1]", "has no value"),
    ("no name", METRIC, "name", "Lead Rate", "VALUE_INVALID", "name", "is no name"),
    ("no principal", METRIC, "informed", ["Finance!"], "VALUE_INVALID", "informed[0]", "is no id of a person"),
    ("no column", METRIC, "dimensions", ["a.b"], "VALUE_INVALID", "dimensions[0]", "is no column name"),
    ("no version", METRIC, "version", "1.0", "VALUE_INVALID", "version", "'1.0' is no version"),
    ("leading zero", METRIC, "version", "01.0.0", "VALUE_INVALID", "version", "is no version"),
    ("no date", METRIC, "effective_from", "1.7.2026", "VALUE_INVALID", "effective_from", "write a date as"),
    ("number as date", METRIC, "effective_from", 20260701, "VALUE_INVALID", "effective_from", "write a date as"),
    ("not in the calendar", METRIC, "effective_from", "2026-02-30", "VALUE_INVALID", "effective_from", "calendar"),
    ("blank text", METRIC, "description", "  ", "VALUE_INVALID", "description", "is empty"),
    ("empty text", METRIC, "description", "", "VALUE_INVALID", "description", "is empty"),
    ("retired without reason", METRIC, "status", "retired", "FIELDS_DISAGREE", "status", "says why and until when"),
    ("replaced while active", METRIC, "replaced_by", SUCCESSOR, "FIELDS_DISAGREE", "replaced_by", "only a deprecated"),
    ("sum of nothing", METRIC, AGGREGATE, "sum", "FIELDS_DISAGREE", AGGREGATE, "needs an expression"),
    ("percentile of none", METRIC, PERCENTILE, 0.5, "FIELDS_DISAGREE", PERCENTILE, "aggregate percentile"),
    ("metric and more", METRIC, "calculation.numerator.metric", "m", "FIELDS_DISAGREE", AGGREGATE, "takes a metric"),
    ("no source anywhere", METRIC, "calculation.source", ..., "FIELDS_DISAGREE", "calculation.numerator", "no source"),
    ("target of nobody", METRIC, "kpi.target", LIKE_NOBODY, "FIELDS_DISAGREE", "kpi.target.same_as", ""),
    ("no tolerance", METRIC, "reconcile_with", LOTS, "VALUE_INVALID", "reconcile_with.tolerance", "tolerance"),
    ("no columns", SOURCE, "columns", [], "VALUE_INVALID", "columns", "the list is empty"),
    ("column without type", SOURCE, "columns", [{"name": "a"}], "FIELD_MISSING", "columns[a].type", "type is missing"),
    ("key not a column", SOURCE, "primary_key", ["lead_id"], "FIELDS_DISAGREE", "primary_key", "not among the columns"),
    ("time not a column", SOURCE, "time.column", "at", "FIELDS_DISAGREE", "time.column", "not among the columns"),
    ("span in words", SOURCE, "freshness.within", "a day", "VALUE_INVALID", "freshness.within", "length of time"),
    ("backwards", OBJECTIVE, "period.end", "2025-01-01", "FIELDS_DISAGREE", "period.end", "ends before it starts"),
    ("kind unknown", METRIC, "kind", "metrik", "KIND_UNKNOWN", "kind", "'metrik' is no kind"),
    ("kind absent", METRIC, "kind", ..., "KIND_UNKNOWN", "", "says no kind"),
    ("kind is a list", METRIC, "kind", ["metric"], "KIND_UNKNOWN", "kind", "is no kind"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "path", "value", "code", "field", "words"), [pytest.param(*row, id=name) for name, *row in WRONG]
)
def test_what_is_wrong_is_said_by_field(
    data: dict[str, Any], path: str, value: Any, code: str, field: str, words: str
) -> None:
    problems = check(changed(data, path, value), "f.yaml")
    assert [(problem.code, problem.field) for problem in problems] == [(code, field)]
    assert words in problems[0].message
    assert problems[0].path == "f.yaml"


@pytest.mark.parametrize(
    ("path", "value", "hint"),
    [
        pytest.param("entty", "x", "did you mean entity?", id="a near field"),
        pytest.param("status", "actve", "did you mean active?", id="a near choice"),
        pytest.param("calculation.type", "simpel", "did you mean simple?", id="a near type"),
        pytest.param("kind", "metrik", "did you mean metric?", id="a near kind"),
        pytest.param("indicator", "sideways", "one of leading, lagging", id="no near choice"),
        pytest.param("tags", "lead", "write a list: ['lead']", id="a list"),
    ],
)
def test_hints_name_the_next_step(path: str, value: Any, hint: str) -> None:
    assert check(changed(METRIC, path, value))[0].hint == hint


def test_all_problems_come_at_once() -> None:
    data = changed(changed(changed(METRIC, "titel", 1), "version", "x"), "calculation.numerator.agregate", "count")
    with pytest.raises(DefinitionErrors) as caught:
        parse(data, "f.yaml")
    assert {problem.field for problem in caught.value.problems} == {
        "titel",
        "version",
        "calculation.numerator.agregate",
    }


def test_no_word_of_the_validator_reaches_people() -> None:
    for _, data, path, value, *_ in WRONG:
        for problem in check(changed(data, path, value)):
            said = f"{problem.message} {problem.hint}".lower()
            assert not any(word in said for word in ("pydantic", "input should", "tuple", "dictionary", "extra inputs"))
