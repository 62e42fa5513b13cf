"""The page of a rule set says what the table says."""

from __future__ import annotations

from pathlib import Path

import pytest

from metricgov.domain.changes.findings import ChangeClass, Flag
from metricgov.domain.changes.rule_page import CLASS_WORDS, FAMILIES, FLAG_WORDS, rule_page
from metricgov.domain.changes.rules.table import FIELD_RULES, all_rules

DOCS = Path(__file__).parents[3] / "docs" / "reference" / "rules"


@pytest.mark.parametrize("version", sorted(FIELD_RULES))
def test_the_committed_page_is_what_the_table_gives(version: int) -> None:
    assert (DOCS / f"rule-set-{version}.md").read_text(encoding="utf-8") == rule_page(version)


def test_every_rule_stands_on_the_page_once() -> None:
    listed = [rule.id for _, family in FAMILIES for rule in family]
    assert sorted(listed) == sorted(rule.id for rule in all_rules(1))
    page = rule_page(1)
    assert all(page.count(f"\n### {rule}\n") == 1 for rule in listed)


def test_every_class_and_flag_is_explained() -> None:
    assert set(CLASS_WORDS) == set(ChangeClass) and set(FLAG_WORDS) == set(Flag)
