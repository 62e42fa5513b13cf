"""The decision table where no data can be read: rows, reasons, and that advice is always something the class allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.comparability.advice import ALLOWED, Advice, Reach, advise, reach
from metricgov.domain.workflow.vocabulary import Intent, Treatment

BREAKING = ChangeClass.BREAKING


def advice(
    rule: str = "FILTER_CHANGED", available: Reach = Reach.ALL, intent: Intent | None = None, **more: object
) -> Advice:
    rules = frozenset(rule.split())
    return advise(BREAKING, intent=intent, available=available, rules=rules, **more)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("found", "treatment", "row"),
    [
        pytest.param(advice("UNIT_CONVERTED"), Treatment.BRIDGE, 2, id="exact-factor"),
        pytest.param(advice("SCALE_CHANGED", Reach.NOTHING), Treatment.BRIDGE, 2, id="exact-factor-needs-no-data"),
        pytest.param(advice("SCALE_CHANGED FILTER_ADDED"), Treatment.RESTATE, 6, id="a-factor-and-a-filter"),
        pytest.param(advice(intent=Intent.DEFECT), Treatment.RESTATE, 3, id="defect-all"),
        pytest.param(advice(intent=Intent.DEFECT, available=Reach.PART), Treatment.RESTATE, 4, id="defect-part"),
        pytest.param(advice(intent=Intent.DEFECT, available=Reach.NOTHING), Treatment.BREAK, 5, id="defect-nothing"),
        pytest.param(advice(), Treatment.RESTATE, 6, id="filter-all"),
        pytest.param(advice(available=Reach.PART), Treatment.RESTATE, 7, id="filter-part"),
        pytest.param(advice(available=Reach.NOTHING), Treatment.BREAK, 9, id="filter-nothing"),
        pytest.param(advice(calculation="ratio"), Treatment.RESTATE, 12, id="ratio-all"),
        pytest.param(advice("DEDUPLICATION_CHANGED"), Treatment.RESTATE, 15, id="identity-all"),
        pytest.param(advice("ENTITY_CHANGED", Reach.NOTHING), Treatment.BREAK, 17, id="identity-nothing"),
        pytest.param(advice("PERCENTILE_CHANGED"), Treatment.RESTATE, 18, id="percentile-all"),
        pytest.param(advice("PERCENTILE_CHANGED", Reach.NOTHING), Treatment.BREAK, 19, id="percentile-nothing"),
        pytest.param(advice("FILTER_WINDOW"), Treatment.RESTATE, 21, id="window-all"),
        pytest.param(advice("SOURCE_SWAPPED"), Treatment.RESTATE, 23, id="source-all"),
        pytest.param(advice("SOURCE_SWAPPED", Reach.NOTHING), Treatment.BREAK, 24, id="source-nothing"),
        pytest.param(advice(intent=Intent.SOURCE_CHANGE, available=Reach.NOTHING), Treatment.BREAK, 24, id="moved"),
        pytest.param(advice(fixed_by_contract=True), Treatment.NEW_METRIC, 27, id="contract"),
        pytest.param(advice("RETIRED"), Treatment.BREAK, 0, id="ends"),
        pytest.param(advice("RETIRED", succeeded=True), Treatment.NEW_METRIC, 0, id="ends-with-successor"),
        pytest.param(advice("RETIRED", fixed_by_contract=True), Treatment.BREAK, 0, id="ends-for-a-contract-too"),
    ],
)
def test_each_kind_of_change_has_its_row(found: Advice, treatment: Treatment, row: int) -> None:
    assert (found.treatment, found.row) == (treatment, row)
    assert found.reason
    assert found.reason[0].islower()


@pytest.mark.parametrize(
    ("change_class", "rules", "treatment"),
    [
        pytest.param(ChangeClass.IDENTICAL, "", Treatment.NONE, id="identical"),
        pytest.param(ChangeClass.EDITORIAL, "TITLE_EDITED", Treatment.NONE, id="editorial"),
        pytest.param(ChangeClass.COMPATIBLE, "DIMENSION_ADDED", Treatment.NONE, id="added"),
        pytest.param(ChangeClass.COMPATIBLE, "RENAMED", Treatment.ALIAS, id="renamed"),
        pytest.param(ChangeClass.COMPATIBLE, "COLUMN_RENAMED", Treatment.NONE, id="a-column-is-no-series"),
    ],
)
def test_what_moves_no_number_needs_little(change_class: ChangeClass, rules: str, treatment: Treatment) -> None:
    found = advise(change_class, intent=None, available=Reach.NOTHING, rules=frozenset(rules.split()))
    assert found.treatment is treatment


@given(
    st.sampled_from(ChangeClass),
    st.one_of(st.none(), st.sampled_from(Intent)),
    st.sampled_from(Reach),
    st.sets(st.sampled_from(["RETIRED", "UNIT_CONVERTED", "FILTER_WINDOW", "SOURCE_SWAPPED", "RENAMED", "ODD"])),
    st.sampled_from(["", "ratio", "derived"]),
    st.booleans(),
    st.booleans(),
)
def test_advice_is_always_allowed_by_the_class(
    change_class: ChangeClass,
    intent: Intent | None,
    available: Reach,
    rules: set[str],
    calculation: str,
    fixed: bool,
    succeeded: bool,
) -> None:
    found = advise(
        change_class,
        intent=intent,
        available=available,
        rules=frozenset(rules),
        calculation=calculation,
        fixed_by_contract=fixed,
        succeeded=succeeded,
    )
    assert found.treatment in ALLOWED[change_class]


@pytest.mark.parametrize(
    ("published", "days", "expected"),
    [
        pytest.param("2025-01-01", ["2024-01-01"], Reach.ALL, id="before"),
        pytest.param("2025-01-01", ["2025-01-01"], Reach.ALL, id="same-day"),
        pytest.param("2025-01-01", ["2025-06-01"], Reach.PART, id="after"),
        pytest.param("2025-01-01", ["2024-01-01", "2025-06-01"], Reach.PART, id="the-shortest-decides"),
        pytest.param("2025-01-01", ["2024-01-01", None], Reach.NOTHING, id="one-undeclared"),
        pytest.param("2025-01-01", [], Reach.NOTHING, id="no-source"),
        pytest.param(None, ["2024-01-01"], Reach.ALL, id="no-date-published"),
    ],
)
def test_how_far_back_the_new_definition_can_be_computed(
    published: str | None, days: list[str | None], expected: Reach
) -> None:
    definition = {"effective_from": published} if published else {}
    assert reach(definition, [{"recomputable_from": day} if day else None for day in days]) is expected
