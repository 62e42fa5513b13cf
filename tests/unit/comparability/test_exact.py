"""Exact conversions: what two definitions prove without data, and how such links stand beside measured ones."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.app import proven as proven_module
from metricgov.app.recorded import Recorded
from metricgov.domain.changes.diff import diff
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.changes.values import DiffContext
from metricgov.domain.comparability.bridging import Cell, check, moved
from metricgov.domain.comparability.effect import Pair, effect
from metricgov.domain.comparability.exact import conversion
from metricgov.domain.comparability.joining import Stretch
from metricgov.domain.comparability.link import Factor, Linked, LinkScale, Nature, linked
from metricgov.domain.comparability.matrix import Status, compare
from metricgov.domain.comparability.series_warnings import series_warnings
from metricgov.domain.registry import Entry
from metricgov.domain.workflow.vocabulary import Treatment

SIMPLE = {"type": "simple", "source": "calls", "time": "day", "aggregate": "sum", "expression": "seconds"}


def entry(calculation: dict[str, Any] | None = None, **fields: Any) -> Entry:
    """Return a metric as a file states it."""
    data = {"kind": "metric", "name": "talk_time", "title": "Talk time", "unit": "seconds"} | fields
    return Entry(
        "metric:talk_time", "metrics/calls/talk_time.yaml", data | {"calculation": SIMPLE | (calculation or {})}
    )


def proven(before: Entry, after: Entry) -> Linked | None:
    """Return what two definitions prove."""
    return conversion("talk_time", before.data, after.data, diff(before, after, context=DiffContext(dialect="duckdb")))


CASES: dict[str, tuple[Entry, Entry, float | None]] = {
    "seconds become minutes": (entry(), entry({"scale": 1 / 60}, unit="minutes"), 1 / 60),
    "a share in percent": (entry({"scale": 1}), entry({"scale": 100}), 100),
    "back again": (entry({"scale": 100}), entry({"scale": 1}), 0.01),
    "euros become dollars at a fixed rate": (entry(unit="eur"), entry({"scale": 1.08}, unit="usd"), 1.08),
    "words besides": (entry(), entry({"scale": 100}, title="Talk", description="In hundredths."), 100),
    "signs turn": (entry(), entry({"scale": -1}), -1),
    "a unit that nothing converts": (entry(), entry(unit="minutes"), None),
    "a filter besides": (entry(), entry({"scale": 60, "where": "seconds > 0"}), None),
    "another expression": (entry(), entry({"expression": "seconds / 60"}, unit="minutes"), None),
    "another aggregate besides": (entry(), entry({"scale": 60, "aggregate": "avg"}), None),
    "nothing differs": (entry(), entry(), None),
    "words alone": (entry(), entry(title="Talk"), None),
    "to nothing": (entry(), entry({"scale": 0}), None),
    "from nothing": (entry({"scale": 0}), entry({"scale": 1}), None),
    "no number": (entry(), entry({"scale": "sixty"}), None),
    "yes": (entry(), entry({"scale": True}), None),
    "beyond numbers": (entry({"scale": 1e-300}), entry({"scale": 1e300}), None),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_definitions_prove(case: tuple[Entry, Entry, float | None]) -> None:
    """The factor is the quotient of the scales where nothing else that moves numbers differs."""
    before, after, factor = case
    found = proven(before, after)
    assert (found.factor.value if found is not None and found.factor else None) == factor
    if found is not None:
        assert (found.scale, found.status, found.bridges, found.rse("month")) == (
            LinkScale.EXACT,
            Status.BRIDGED,
            True,
            0,
        )


SCALES = st.floats(1e-6, 1e6) | st.floats(-1e6, -1e-6)


@given(SCALES, SCALES, SCALES)
def test_conversions_chain(first: float, second: float, third: float) -> None:
    """There and back is 1, and two steps are the direct one; without error, however many there are."""
    one, two, three = (entry({"scale": scale}) for scale in (first, second, third))
    links = [proven(*pair) for pair in ((one, two), (two, three), (one, three), (three, one))]
    if first in (second, third) or second == third:
        return
    values = [link.factor.value for link in links if link is not None and link.factor is not None]
    assert values[0] * values[1] == pytest.approx(values[2])
    assert values[2] * values[3] == pytest.approx(1)
    edges = [
        link.edge(*names) for link, names in zip(links, (("1", "2"), ("2", "3")), strict=False) if link is not None
    ]
    path = compare(("1", "2", "3"), edges, "1", "3")
    assert path.ratio == pytest.approx(values[2])
    assert path.rse == 0


def test_no_rows_are_needed() -> None:
    """An overlap without a period, or of zeros alone, undoes nothing; a contradiction does."""
    exact = Nature(exact=True)
    empty = linked("m", effect([], (), grain="day"), {}, exact, scale=(1, 100))
    zeros = linked("m", effect([Pair("2026-01-01", 0, 0)], (), grain="day"), {}, exact, scale=(1, 100))
    for one in (empty, zeros):
        assert (one.scale, one.factor, one.status) == (LinkScale.EXACT, Factor(100.0, 0.0), Status.BRIDGED)
    rows = [Pair("2026-01-01", 0, 5), Pair("2026-01-02", 1, 1)]
    other = linked("m", effect(rows, (), grain="day"), {}, replace(exact, counts=True), scale=(1, 100))
    assert other.scale is not LinkScale.EXACT


EXACT = Linked("m", Status.BRIDGED, LinkScale.EXACT, Factor(60.0, 0.0), estimator="exact")
RATIO = Linked(
    "m",
    Status.BRIDGED,
    LinkScale.RATIO,
    Factor(0.8, 0.008),
    start="2025-01-01",
    end="2025-12-31",
    grain="day",
    periods=364,
)


def test_it_holds_in_any_breakdown_and_grain() -> None:
    """What is multiplied by a constant is so everywhere (no W14), of a distinct count or a percentile too."""
    check((EXACT, replace(EXACT, rolls_up=False)), ("channel", "country"), "year")
    found = moved({("web",): Cell(2, 4), (None,): Cell(3, 4)}, (EXACT,), names=("channel",), asked=1, grain="year")
    assert {key: (one.value, one.se) for key, one in found.items()} == {("web",): (30, 0), (None,): (45, 0)}


def test_beside_a_measured_link_it_changes_no_error() -> None:
    """Neither the quantile nor what a reader is told comes from a link that nobody measured because nobody had to."""
    alone = moved({(): Cell(100)}, (RATIO,), names=(), asked=0, grain="day")[()]
    both = moved({(): Cell(100)}, (RATIO, EXACT), names=(), asked=0, grain="day")[()]
    assert both.value == pytest.approx(60 * alone.value)
    assert both.interval.low == pytest.approx(60 * alone.interval.low)
    assert both.interval.high == pytest.approx(60 * alone.interval.high)
    stretches = [
        Stretch("1", "2020-01-01", "2025-12-31", chain=chain) for chain in ((RATIO,), (RATIO, EXACT, EXACT, EXACT))
    ]
    told = [series_warnings((one,), ((one, [alone]),), across_breaks=False) for one in stretches]
    assert told[0] == told[1]
    assert [one.id for one in told[0]] == ["W12"]
    only = Stretch("1", "2020-01-01", "2025-12-31", chain=(EXACT,))
    point = moved({(): Cell(100)}, (EXACT,), names=(), asked=0, grain="day")[()]
    assert series_warnings((only,), ((only, [point]),), across_breaks=False) == ()


def record(definition: str, change_class: ChangeClass = ChangeClass.BREAKING) -> SimpleNamespace:
    """Return what a revision says of a definition."""
    return SimpleNamespace(id=definition, path=f"{definition.replace(':', '/')}.yaml", change_class=change_class)


PARTS = {"type": "derived", "expression": "a", "inputs": [{"metric": "a"}]}
TALK, CALLS = record("metric:talk_time"), record("source:calls")
STEPS: dict[str, tuple[list[SimpleNamespace], dict[str, Any], Treatment, bool]] = {
    "alone": ([TALK], SIMPLE, Treatment.BRIDGE, True),
    "restated": ([TALK], SIMPLE, Treatment.RESTATE, True),
    "people agreed on a break": ([TALK], SIMPLE, Treatment.BREAK, False),
    "its source moves too": ([TALK, CALLS], SIMPLE, Treatment.BRIDGE, False),
    "its source is worded otherwise": (
        [TALK, record("source:calls", ChangeClass.EDITORIAL)],
        SIMPLE,
        Treatment.BRIDGE,
        True,
    ),
    "another source moves": ([TALK, record("source:orders")], SIMPLE, Treatment.BRIDGE, True),
    "over other metrics, alone": ([TALK], PARTS, Treatment.BRIDGE, True),
    "over other metrics, and something moves": ([TALK, record("source:orders")], PARTS, Treatment.BRIDGE, False),
    "not in the change": ([CALLS], SIMPLE, Treatment.BRIDGE, False),
}


@pytest.mark.parametrize("case", STEPS.values(), ids=STEPS.keys())
def test_a_step_proves_it_where_nothing_beneath_moves(
    case: tuple[list[SimpleNamespace], dict[str, Any], Treatment, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The factor follows from the definition only where the rows it is computed from are the same ones."""
    records, calculation, treatment, holds = case
    data: list[dict[str, Any]] = [{"kind": "metric", "calculation": calculation | {"scale": one}} for one in (1, 100)]
    sides = [Entry(TALK.id, TALK.path, one) for one in data]
    found = {TALK.id: diff(*sides, context=DiffContext(dialect="duckdb"))}
    whole = Recorded({TALK.id: sides[0].data}, {TALK.id: sides[1].data}, found)
    monkeypatch.setattr(proven_module, "recorded", lambda *_args, **_named: whole)
    moment: Any = SimpleNamespace(access=SimpleNamespace(journal=None, files=None), governance=None)
    state: Any = SimpleNamespace(change="c", revision=SimpleNamespace(definitions=records, treatment=treatment))
    link = proven_module.proven_link(moment, state, TALK.id)
    assert (link is not None and link.factor == Factor(100.0, 0.0)) is holds
