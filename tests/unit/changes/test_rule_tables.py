"""Every rule fires where its tables say and stays quiet where they say; every field has a rule."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rule_cases import CONTEXT, Case, entry, example_cases, merged, table_cases

from metricgov.domain.changes.diff import classify, diff
from metricgov.domain.changes.findings import GRAVITY, ChangeClass, Flag
from metricgov.domain.changes.rules.fallback import UNKNOWN_FIELD
from metricgov.domain.changes.rules.table import FIELD_RULES, OTHER_RULES, all_rules, rules_for
from metricgov.domain.changes.values import DiffContext, Rule
from metricgov.domain.definitions.fields import Holds, every_field
from metricgov.domain.errors import BadInput

TABLE = table_cases()
EXAMPLES = list(example_cases())


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.id)
def test_a_row_of_a_table_gets_exactly_the_rules_it_names(case: Case) -> None:
    context = replace(CONTEXT, **case.expected.get("context", {}))
    found = diff(case.before, case.after, context=context)
    assert [finding.rule for finding in found] == case.rules
    assert not {finding.rule for finding in found} & set(case.expected.get("quiet", []))
    if "class" in case.expected:
        assert classify(found) == case.expected["class"]
    if "says" in case.expected:
        assert case.expected["says"] in [finding.says for finding in found]
    if "flags" in case.expected:
        assert {flag.value for finding in found for flag in finding.flags} == set(case.expected["flags"])


@pytest.mark.parametrize(("rule", "case"), EXAMPLES, ids=lambda value: getattr(value, "id", ""))
def test_the_example_of_a_rule_makes_it_speak(rule: Rule, case: Case) -> None:
    found = [finding for finding in diff(case.before, case.after, context=CONTEXT) if finding.rule == rule.id]
    assert found, f"{rule.id} is silent about its own example"
    for finding in found:
        assert finding.change_class is rule.change_class
        assert finding.flags == rule.flags
        assert finding.says and "{" not in finding.says
        assert finding.because == rule.because


def test_every_rule_has_a_case_that_fires_and_one_that_stays_quiet() -> None:
    fired: set[str] = set()
    quiet: set[str] = set()
    for case in [*TABLE, *(case for _, case in EXAMPLES)]:
        context = replace(CONTEXT, **case.expected.get("context", {}))
        found = diff(case.before, case.after, context=context)
        spoke = {finding.rule for finding in found}
        fired |= spoke
        quiet |= set(case.expected.get("quiet", [])) - spoke
        for finding in found:
            pattern = _pattern(finding.field)
            near = rules_for(finding.definition.partition(":")[0], pattern, 1)
            quiet |= {rule.id for rule in near} - spoke
    names = {rule.id for rule in FIELD_RULES[1]}
    assert sorted(names - fired) == [], "no case fires"
    assert sorted(names - quiet) == [], "no case in which it stays quiet"


def test_every_field_of_every_kind_is_named_by_a_rule() -> None:
    """INV-13: a field that no rule names would be unknown for ever, so the table must name each."""
    missing = []
    for kind, field in every_field():
        patterns = [field.path]
        patterns += [f"{field.path}[]"] if field.holds is Holds.KEYED else []
        patterns += [f"{field.path}.*"] if field.holds is Holds.MAPPING else []
        missing += [f"{kind}:{pattern}" for pattern in patterns if not rules_for(kind, pattern, 1)]
    assert missing == []


def test_rules_name_fields_that_exist() -> None:
    known = {f"{kind}:{field.path}" for kind, field in every_field()}
    wrong = []
    for rule in FIELD_RULES[1]:
        for text in rule.fields:
            kind, _, pattern = text.partition(":")
            if kind in {"governance", "opaque"} or pattern in {"", "(path)"}:
                continue
            stem = pattern.removesuffix(".**").removesuffix(".*").removesuffix("[]")
            if f"{kind}:{stem}" not in known:
                wrong.append((rule.id, text))
    assert wrong == []


@pytest.mark.parametrize("kind", ["metric", "source", "event", "workflow", "objective", "scorecard"])
@pytest.mark.parametrize("where", ["", "nested"])
def test_a_field_that_no_rule_knows_is_unknown(kind: str, where: str) -> None:
    """INV-13: what nothing explains is treated as breaking."""
    before = entry(kind, {"kind": kind, "name": "m", "status": "active"})
    odd = {"bucket_days": 7} if not where else {"replaced_by": {"bucket_days": 7}}
    found = diff(before, entry(kind, merged(dict(before.data), odd)), context=CONTEXT)
    assert UNKNOWN_FIELD.id in [finding.rule for finding in found]
    assert classify(found) is ChangeClass.UNKNOWN


def test_an_expression_that_cannot_be_parsed_is_unknown() -> None:
    """INV-13: nor is anything decided without a dialect."""
    sides = [entry("metric", {"kind": "metric", "calculation": {"expression": text}}) for text in ("SUM(a)", "SUM(a")]
    assert classify(diff(*sides, context=CONTEXT)) is ChangeClass.UNKNOWN
    again = [
        entry("metric", {"kind": "metric", "calculation": {"expression": text}}) for text in ("SUM(a)", "sum( a )")
    ]
    assert classify(diff(*again, context=CONTEXT)) is ChangeClass.IDENTICAL
    assert classify(diff(*again, context=DiffContext(dialect=None))) is ChangeClass.UNKNOWN
    assert classify(diff(*again, context=DiffContext(dialect="no such engine"))) is ChangeClass.UNKNOWN


@pytest.mark.parametrize(
    "odd",
    [{"title": 7}, {"title": []}, {"dimensions": {"a": 1}}, {"calculation": "x"}, {"checks": [1]}, {"status": "live"}],
    ids=str,
)
def test_a_known_field_with_a_value_it_cannot_hold_is_unknown(odd: dict[str, object]) -> None:
    """INV-13: a rule speaks for the values it knows."""
    before = entry("metric", {"kind": "metric", "status": "active"})
    found = diff(before, entry("metric", {"kind": "metric", "status": "active", **odd}), context=CONTEXT)
    assert ChangeClass.UNKNOWN in {finding.change_class for finding in found}


def test_a_rule_set_that_does_not_exist_is_refused() -> None:
    sides = [entry("metric", {"kind": "metric", "title": text}) for text in ("a", "b")]
    with pytest.raises(BadInput, match="no rule set 99"):
        diff(*sides, context=DiffContext(dialect="duckdb", rules=99))


def test_rule_set_1_is_frozen() -> None:
    """A published set never judges otherwise: ids, classes and flags are pinned; new judgement is a new set."""
    ids = [rule.id for rule in all_rules(1)]
    assert len(ids) == len(set(ids))
    assert all(id == id.upper() for id in ids)
    assert all(rule.says and rule.because and rule.example.before and rule.example.after for rule in all_rules(1))
    assert {rule.id for rule in all_rules(1) if Flag.BLOCKS in rule.flags} == {
        "NAME_REUSED",
        "FILE_DELETED",
        "VERSION_TAKEN_BACK",
        "GOVERNANCE_REMOVED",
    }
    assert {rule.id for rule in all_rules(1) if rule.change_class is ChangeClass.IDENTICAL} == {"SQL_REFORMATTED"}
    assert set(FIELD_RULES) == set(OTHER_RULES)


def test_gravity_orders_every_class() -> None:
    assert sorted(GRAVITY, key=GRAVITY.__getitem__) == ["identical", "editorial", "compatible", "breaking", "unknown"]


def _pattern(path: str) -> str:
    return re.sub(r"\[[^\]]*\]", "[]", path)
