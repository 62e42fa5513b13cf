"""What rows hold of awkward texts, and that two different keys never become one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.adapters.index import rows
from metricgov.domain.workflow.envelope import Actor, Envelope, Identity


@given(st.text())
def test_a_text_is_one_that_every_database_takes(value: str) -> None:
    stored = rows.text(value)
    assert "\0" not in stored
    stored.encode()


@given(st.text(max_size=400), st.text(max_size=400))
def test_keys_stay_short_and_apart(one: str, other: str) -> None:
    assert len(rows.key(one)) <= rows.LONGEST_KEY
    if rows.text(one) != rows.text(other):
        assert rows.key(one) != rows.key(other)


def test_long_keys_with_the_same_beginning_stay_apart() -> None:
    assert rows.key("x" * 500 + "a") != rows.key("x" * 500 + "b")


@given(st.lists(st.text(min_size=1).filter(lambda one: "\n" not in one and "\0" not in one and one.isprintable())))
def test_lists_survive_their_column(values: list[str]) -> None:
    assert rows.unlines(rows.lines(values)) == tuple(values)


def test_an_event_comes_back_whole() -> None:
    envelope = Envelope(
        7,
        "a" * 64,
        "b" * 40,
        None,
        "baseline",
        Actor("", Identity.SERVER),
        "2026-06-18T09:52:30Z",
        {"x": [1, None, "\0☃"]},
    )
    row = rows.event_row(envelope, "")
    assert "\0" not in row["envelope"]
    assert rows.envelope_of(row["envelope"]) == envelope
    assert rows.envelope_of(row["envelope"]).sha256 == envelope.sha256
    assert json.loads(row["envelope"])["seq"] == 7


@pytest.mark.parametrize("data", [None, {}, {"title": 7, "tags": "lead", "consulted": [1, "a"], "kpi": None}], ids=str)
def test_a_definition_that_is_odd_has_a_row(data: dict[str, object] | None) -> None:
    record = rows.definition_record("metric:x", "metrics/a/x.yaml", "f" * 40, data, "odd")  # type: ignore[arg-type]
    found = rows.definition_rows(record)
    assert found["definition"][0]["domain"] == "a"
    assert found["definition"][0]["problem"] == "odd"
