"""Names, references, lineage and cycles over several definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.definitions.fields import Edge
from metricgov.domain.definitions.problems import FieldProblem
from metricgov.domain.practice.structure import circles, lint, skeleton
from metricgov.domain.registry import Entry, Registry

HEAD = {"version": "1.0.0", "status": "active", "description": "What it is.", "title": "Title"}
SOURCE = {
    **HEAD,
    "kind": "source",
    "name": "crm_leads",
    "columns": [{"name": "created_at", "type": "timestamp"}, {"name": "channel", "type": "string"}],
}


def simple(name: str, **more: Any) -> dict[str, Any]:
    """Return a metric over crm_leads."""
    calculation = {"type": "simple", "source": "crm_leads", "time": "created_at", "aggregate": "count"}
    return {**HEAD, "kind": "metric", "name": name, "domain": "crm", "calculation": calculation, **more}


def derived(name: str, *inputs: str) -> dict[str, Any]:
    """Return a metric over other metrics."""
    calculation = {"type": "derived", "expression": " + ".join(inputs), "inputs": [{"metric": one} for one in inputs]}
    return {**HEAD, "kind": "metric", "name": name, "domain": "crm", "calculation": calculation}


def registry(*metrics: dict[str, Any], **others: Mapping[str, Any]) -> Registry:
    """Return a registry of metrics in one domain, crm_leads, and files by path (`__` for `/`)."""
    files: dict[str, Mapping[str, Any]] = {f"metrics/crm/{one['name']}.yaml": one for one in metrics}
    files["sources/crm_leads.yaml"] = SOURCE
    files.update({path.replace("__", "/") + ".yaml": data for path, data in others.items()})
    return Registry.of(files)


def found(problems: tuple[FieldProblem, ...]) -> set[tuple[str, str, str]]:
    """Return code, path and field of each problem."""
    return {(problem.code, problem.path, problem.field) for problem in problems}


def test_a_sound_registry_has_no_problem() -> None:
    assert lint(registry(simple("leads"), derived("more_leads", "leads"))) == ()


def test_lineage_separates_what_computes_from_what_mentions() -> None:
    guard = simple(
        "quality", kpi={"objective": "grow", "guards": ["leads"], "target": {"value": 1, "by": "2026-12-31"}}
    )
    card = {**HEAD, "kind": "scorecard", "name": "card", "team": "crm", "rhythm": "month"}
    card["sections"] = [{"id": "performance", "metrics": ["leads", "doubled"]}]
    of = registry(
        simple("leads"), derived("doubled", "leads"), derived("again", "doubled"), guard, scorecards__card=card
    )
    assert of.dependants("metric:leads") == ("metric:doubled",)
    assert of.dependants("metric:leads", transitive=True) == ("metric:doubled", "metric:again")
    assert of.dependants("source:crm_leads", transitive=True) == (
        "metric:leads",
        "metric:quality",
        "metric:doubled",
        "metric:again",
    )
    assert set(of.dependants("metric:leads", edge=None)) == {"metric:doubled", "metric:quality", "scorecard:card"}
    assert of.inputs("metric:again", transitive=True) == ("metric:doubled", "metric:leads", "source:crm_leads")
    sections = [one for one in of.referring("metric:doubled") if one.origin == "scorecard:card"]
    assert [(one.field, one.edge) for one in sections] == [("sections[performance].metrics[1]", Edge.USES)]


def test_a_bare_name_finds_its_definition_whatever_the_kind() -> None:
    of = registry(simple("leads"))
    assert of.named("leads") is of["metric:leads"]
    assert of.named("source:crm_leads") is of["source:crm_leads"]
    assert of.named("nothing") is None


def test_a_partial_registry_knows_what_exists_beside_it() -> None:
    entry = Entry("metric:leads", "metrics/crm/leads.yaml", simple("leads", workflow="handoff"))
    assert found(Registry([entry]).problems()) == {
        ("REFERENCE_DANGLING", "metrics/crm/leads.yaml", "calculation.source"),
        ("REFERENCE_DANGLING", "metrics/crm/leads.yaml", "workflow"),
    }
    assert Registry([entry], ["sources/crm_leads.yaml", "workflows/handoff.yaml"]).problems() == ()


def test_a_partial_registry_sees_names_taken_by_files_it_does_not_read() -> None:
    """INV-41: names are unique in the registry, also where the gate reads one file of many."""
    entry = Entry("metric:crm_leads", "metrics/crm/crm_leads.yaml", simple("crm_leads"))
    assert ("NAME_TAKEN", "metrics/crm/crm_leads.yaml", "name") in found(
        Registry([entry], ["sources/crm_leads.yaml"]).problems()
    )


@pytest.mark.parametrize(
    ("other", "code"),
    [
        pytest.param("sources__leads", "NAME_TAKEN", id="another kind"),
        pytest.param("metrics__paid__leads", "NAME_TAKEN", id="another domain"),
        pytest.param("sources__le_ads", "NAME_LOOKALIKE", id="underscores"),
        pytest.param("sources__1eads", None, id="no name at all is not loaded"),
        pytest.param("sources__lead5", None, id="plainly different"),
    ],
)
def test_names_are_unique_and_look_unique(other: str, code: str | None) -> None:
    """INV-41: names are unique in the registry; one that could be taken for another is refused."""
    name = other.rpartition("__")[2]
    of = registry(simple("leads"), **{other: {**SOURCE, "name": name}})
    codes = {problem.code for problem in of.problems() if problem.code.startswith("NAME_")}
    assert codes == ({code} if code else set())


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        pytest.param("o1", "0l", True, id="digits and letters"),
        pytest.param("turn_rate", "tum_rate", True, id="rn and m"),
        pytest.param("sign_up", "signup", True, id="underscore"),
        pytest.param("leads", "lead", False, id="different"),
    ],
)
def test_what_looks_alike(one: str, other: str, alike: bool) -> None:
    assert (skeleton(one) == skeleton(other)) is alike


@pytest.mark.parametrize(
    ("metric", "code", "field", "hint"),
    [
        pytest.param(simple("leads", workflow="x"), "REFERENCE_DANGLING", "workflow", "list", id="dangling"),
        pytest.param(
            simple("leads", reconcile_with={"source": "crm_lead", "tolerance": "1%"}),
            "REFERENCE_DANGLING",
            "reconcile_with.source",
            "did you mean crm_leads?",
            id="dangling with a near name",
        ),
        pytest.param(
            simple("leads", uses_events=["crm_leads"]),
            "REFERENCE_DANGLING",
            "uses_events[0]",
            "crm_leads is a source",
            id="another kind",
        ),
        pytest.param(
            simple("leads", dimensions=["chanel"]),
            "COLUMN_UNKNOWN",
            "dimensions[0]",
            "did you mean channel?",
            id="column",
        ),
        pytest.param(simple("leads", domain="paid"), "DOMAIN_NOT_FOLDER", "domain", "metrics/paid/", id="domain"),
    ],
)
def test_references_are_judged_by_field(metric: dict[str, Any], code: str, field: str, hint: str) -> None:
    problems = registry(metric).problems()
    assert [(one.code, one.field) for one in problems] == [(code, field)]
    assert hint in problems[0].hint


def test_a_file_says_what_its_path_says() -> None:
    of = registry(metrics__crm__other=simple("leads"), sources__wrong={**simple("wrong"), "kind": "metric"})
    assert {("NAME_NOT_STEM", "metrics/crm/other.yaml", "name"), ("KIND_NOT_FOLDER", "sources/wrong.yaml", "kind")} <= (
        found(of.problems())
    )


def test_cycles_are_named_once_with_the_way_round() -> None:
    problems = registry(derived("a", "b"), derived("b", "c"), derived("c", "a"), derived("d", "a")).problems()
    assert [(one.code, one.path, one.field) for one in problems] == [
        ("REFERENCE_CYCLE", "metrics/crm/a.yaml", "calculation.inputs[b].metric")
    ]
    assert "a -> b -> c -> a" in problems[0].message


def test_mentioning_each_other_is_no_cycle() -> None:
    kpi = {"objective": "grow", "target": {"value": 1, "by": "2026-12-31"}}
    one = simple("one", kpi={**kpi, "guards": ["two"]})
    two = simple("two", kpi={**kpi, "guards": ["one"]})
    assert {problem.code for problem in registry(one, two).problems()} == {"REFERENCE_DANGLING"}


@given(st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 8), max_size=4), max_size=9))
def test_a_circle_is_found_if_there_is_one(graph: dict[int, list[int]]) -> None:
    edges = {str(node): [str(target) for target in targets] for node, targets in graph.items()}

    def reaches(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(edges.get(start, ()))
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting += edges.get(node, ())
        return seen

    found_circles = list(circles(edges))
    assert bool(found_circles) == any(node in reaches(node) for node in edges)
    for circle in found_circles:
        for here, there in zip(circle, [*circle[1:], circle[0]], strict=True):
            assert there in edges[here]


def test_a_chain_of_thousands_is_no_problem() -> None:
    metrics = [simple("m0"), *(derived(f"m{number}", f"m{number - 1}") for number in range(1, 3000))]
    of = registry(*metrics)
    assert len(of.dependants("metric:m0", transitive=True)) == 2999
    assert "REFERENCE_CYCLE" not in {problem.code for problem in of.problems()}


def test_people_are_checked_where_people_are_known() -> None:
    people = {"kind": "people", "people": [{"id": "ann", "name": "Ann"}], "teams": [{"id": "crm", "title": "CRM"}]}
    of = registry(simple("leads", informed=["ann", "crm", "anne"]), governance__people=people)
    assert [(one.code, one.field) for one in of.problems()] == [("PRINCIPAL_UNKNOWN", "informed[2]")]
    assert registry(simple("leads", informed=["anne"])).problems() == ()


def test_models_are_made_when_asked_for() -> None:
    calls: list[str] = []

    def read() -> dict[str, Any]:
        calls.append("read")
        return simple("leads")

    entry = Entry("metric:leads", "metrics/crm/leads.yaml", read)
    assert calls == []
    assert entry.model.name == "leads"
    assert entry.model is entry.model
    assert calls == ["read"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["calculation", "inputs", "metric", "sections", "kpi", "columns", "name"]), inner
            )
        ),
        max_leaves=12,
    ),
    st.sampled_from(["metric", "source", "scorecard"]),
)
def test_any_mapping_can_be_linted(value: Any, kind: str) -> None:
    data = {
        "kind": kind,
        "name": "a",
        "calculation": value,
        "sections": value,
        "columns": value,
        "kpi": value,
        "team": value,
    }
    folder = "metrics/d" if kind == "metric" else f"{kind}s"
    assert lint(Registry.of({f"{folder}/a.yaml": data}))
