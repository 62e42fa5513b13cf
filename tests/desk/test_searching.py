"""Finding definitions: the best match first, misspellings after it, nothing found says what is closest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.desk.searching import NAMES, SORTS, Finder
from metricgov.domain.searched import Facets
from metricgov.domain.views import DefinitionRow


def row(name: str, title: str = "", **more: object) -> DefinitionRow:
    kind, _, rest = name.rpartition(":")
    given_: dict[str, object] = {"status": "active", "domain": "crm", "owner": "crm-lead", **more}
    return DefinitionRow(f"{kind or 'metric'}:{rest}", "path", title or rest.replace("_", " ").capitalize(), **given_)  # type: ignore[arg-type]


ROWS = (
    row("cost_per_lead", owner="paid-lead", domain="paid", kpi=True),
    row("lead_quality_trend", tags=("lead",)),
    row("lead_rate"),
    row("routing_speed", "How fast a lead is routed", sources=("crm_leads",), open_change="chg-7f3kq2"),
    row("sales_accepted_lead_rate", "Sales-accepted rate of leads", kpi=True, people=("ada",)),
    row("source:crm_leads", "Leads in the CRM", owner="data-lead"),
    row("governance:people", "People"),
)

SEARCHES = [
    ("exactly-first", "lead_rate", ["lead_rate", "sales_accepted_lead_rate"]),
    ("spaces-are-underscores", "lead rate", ["lead_rate", "sales_accepted_lead_rate"]),
    ("begins-before-holds", "lead", ["lead_rate", "lead_quality_trend", "crm_leads", "cost_per_lead"]),
    ("by-title", "how fast", ["routing_speed"]),
    ("by-source", "crm_leads", ["crm_leads", "routing_speed"]),
    ("by-owner", "paid-lead", ["cost_per_lead"]),
    ("by-person-of-the-team", "ada", ["sales_accepted_lead_rate"]),
    ("words-in-any-order", "rate sales", ["sales_accepted_lead_rate"]),
    ("misspelt", "sales acepted", ["sales_accepted_lead_rate"]),
    ("letters-swapped", "ruoting", ["routing_speed"]),
    ("nothing", "zzz", []),
    ("short-and-wrong", "led rate", []),
]


@pytest.mark.parametrize(("typed", "names"), [one[1:] for one in SEARCHES], ids=[one[0] for one in SEARCHES])
def test_what_is_found_and_in_which_order(typed: str, names: list[str]) -> None:
    found = [one.id.partition(":")[2] for one in Finder(ROWS).find(typed, Facets()).rows]
    assert found[: len(names)] == names
    assert bool(found) == bool(names)


def test_what_is_closest_is_named_where_nothing_matches() -> None:
    found = Finder(ROWS).find("led rate", Facets())
    assert (found.rows, found.closest) == ((), "lead_rate")
    assert Finder(ROWS).find("qqqqqqqq", Facets()).closest == ""


def test_misspellings_are_told_apart_from_matches() -> None:
    found = Finder(ROWS).find("acepted", Facets())
    assert (len(found.rows), found.exact) == (1, 0)


def test_without_a_search_rules_stay_out_until_asked_for() -> None:
    finder = Finder(ROWS)
    assert not any(one.id.startswith("governance:") for one in finder.find("", Facets()).rows)
    assert [one.id for one in finder.find("", Facets(kind="governance")).rows] == ["governance:people"]


@pytest.mark.parametrize(
    ("facets", "count"),
    [
        (Facets(domain="paid"), 1),
        (Facets(owner="ada"), 1),
        (Facets(kpi="yes"), 2),
        (Facets(kpi="no"), 3),
        (Facets(open_change="yes"), 1),
        (Facets(kind="source"), 1),
        (Facets(domain="paid", kpi="no"), 0),
    ],
    ids=lambda one: str(one.chosen) if isinstance(one, Facets) else str(one),
)
def test_facets_narrow(facets: Facets, count: int) -> None:
    assert len(Finder(ROWS).find("", facets).rows) == count


def test_a_count_is_what_choosing_the_value_leaves() -> None:
    finder = Finder(ROWS)
    for typed in ("", "lead", "acepted"):
        for name, counter in finder.counts(typed, Facets(domain="crm")).items():
            for value, count in counter.items():
                chosen = Facets(domain="crm").turned(name, value) if name != "domain" else Facets(domain=value)
                assert len(finder.find(typed, chosen).rows) == count, (typed, name, value)


def test_choosing_twice_takes_it_off() -> None:
    assert Facets().turned("domain", "crm").turned("domain", "crm") == Facets()
    assert set(NAMES) | {"tag"} == set(Facets.__slots__)


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_holds_every_row(sort: str) -> None:
    found = Finder(ROWS).find("", Facets(), sort).rows
    assert {one.id for one in found} == {one.id for one in ROWS[:-1]}
    if sort == "open change":
        assert found[0].id == "metric:routing_speed"


TYPED = st.sampled_from(["", "l", "le", "lead", "lead r", "rate", "ate", "sales", "a rate", "crm", "c"])
SCENE = st.lists(st.tuples(TYPED, st.sampled_from([Facets(), Facets(domain="crm"), Facets(kpi="yes")])), min_size=1)


@given(SCENE)
def test_what_was_typed_before_changes_nothing(scene: list[tuple[str, Facets]]) -> None:
    """Going on looks only at what was found before, and must not lose anything by it."""
    rows = (*ROWS, row("churn_rate"))
    one = Finder(rows)
    for typed, facets in scene:
        found = one.find(typed, facets)
    assert found == Finder(rows).find(*scene[-1])
