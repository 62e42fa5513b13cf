"""What a change means across definitions: renames, and everything that is computed from what changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from rule_cases import CONTEXT, merged

from metricgov.domain.changes.across import diff_change, indirect
from metricgov.domain.changes.diff import classify
from metricgov.domain.changes.findings import ChangeClass, Flag
from metricgov.domain.changes.values import Entry


def metric(name: str, **fields: Any) -> Entry:
    data = {"kind": "metric", "name": name, "status": "active", "description": "d"}
    data["calculation"] = {"source": "leads", "where": "a"}
    return Entry(f"metric:{name}", f"metrics/crm/{name}.yaml", merged(data, fields))


def source(name: str, **fields: Any) -> Entry:
    data = {"kind": "source", "name": name, "status": "active", "description": "d", "where": "NOT is_test"}
    return Entry(f"source:{name}", f"sources/{name}.yaml", merged(data, fields))


class Graph:
    """A registry small enough to write down: entries, and who reads what."""

    def __init__(self, entries: Iterable[Entry], edges: Iterable[tuple[str, str]]) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self.edges = list(edges)

    def get(self, definition: str) -> Entry | None:
        return self.entries.get(definition)

    def dependants(self, definition: str) -> list[str]:
        return [reader for reader, read in self.edges if read == definition]


def findings(before: Graph, after: Graph) -> dict[str, Any]:
    ids = dict.fromkeys([*before.entries, *after.entries])
    return diff_change([(before.get(one), after.get(one)) for one in ids], context=CONTEXT)


def told(before: Graph, after: Graph) -> list[tuple[str, str | None, str]]:
    found = indirect(findings(before, after), before=before, after=after, context=CONTEXT)
    return [(finding.definition, finding.cause, finding.change_class.value) for finding in found]


EDGES = [("metric:rate", "source:leads"), ("metric:trend", "metric:rate"), ("metric:other", "source:else")]


def graph(leads: Entry, rate: Entry | None = None, trend: Entry | None = None) -> Graph:
    return Graph([leads, rate or metric("rate"), trend or metric("trend"), metric("other"), source("else")], EDGES)


def test_a_changed_source_reaches_everything_computed_from_it_and_names_the_cause() -> None:
    before, after = graph(source("leads")), graph(source("leads", where="NOT is_test AND ok"))
    assert told(before, after) == [
        ("metric:rate", "source:leads", "breaking"),
        ("metric:trend", "source:leads", "breaking"),
    ]
    found = indirect(findings(before, after), before=before, after=after, context=CONTEXT)
    assert found[0].says.startswith("computed from source:leads, where where: condition added")
    assert found[0].path == "metrics/crm/rate.yaml"


def test_a_word_in_a_source_reaches_nobody() -> None:
    assert told(graph(source("leads")), graph(source("leads", description="else", tags=["x"]))) == []


@pytest.mark.parametrize(("text", "reached"), [("email = 'x'", True), ("emails = 'x'", False), ("EMAIL IS NULL", True)])
def test_a_column_reaches_those_who_mention_it(text: str, reached: bool) -> None:
    rate = metric("rate", calculation={"where": text})
    column = {"name": "email", "type": "string"}
    before = graph(source("leads", columns=[column]), rate)
    after = graph(source("leads", columns=[{**column, "type": "integer"}]), rate)
    assert bool(told(before, after)) is reached


def test_a_column_reaches_raw_sql_whatever_it_mentions() -> None:
    rate = metric("rate", calculation={"type": "sql", "sql": "SELECT * FROM leads"})
    before = graph(source("leads", columns=[{"name": "email", "type": "string"}]), rate)
    assert told(before, graph(source("leads", columns=[]), rate))[0][0] == "metric:rate"


def test_an_unknown_field_reaches_dependants_as_unknown() -> None:
    """INV-13: what nothing explains may move every number that is computed from it."""
    assert told(graph(source("leads")), graph(source("leads", bucket=7)))[0][2] == "unknown"


def test_a_draft_that_published_metrics_read_is_not_harmless() -> None:
    """INV-13: editing a draft is editorial for itself; who reads it is not a draft."""
    before = graph(source("leads"), metric("rate", status="draft"))
    after = graph(source("leads"), metric("rate", status="draft", calculation={"where": "b"}))
    assert classify(findings(before, after)["metric:rate"]) is ChangeClass.EDITORIAL
    assert told(before, after) == [("metric:trend", "metric:rate", "unknown")]


def test_drafts_are_told_nothing() -> None:
    rate = metric("rate", status="draft")
    before, after = graph(source("leads"), rate), graph(source("leads", where="x"), rate)
    assert ("metric:rate", "source:leads", "breaking") not in told(before, after)


def test_a_filter_that_moves_from_source_to_metric_is_compared_as_composed() -> None:
    before = graph(source("leads", where="NOT is_test AND ok"))
    after = graph(source("leads"), metric("rate", calculation={"where": "a AND ok"}))
    # the edit of the metric itself reaches its dependant; through the source, nothing does
    assert told(before, after) == [("metric:trend", "metric:rate", "breaking")]
    leaking = graph(source("leads"), metric("rate", calculation={"where": "a OR b AND ok"}))
    assert ("metric:rate", "source:leads", "breaking") in told(before, leaking)


def test_a_filter_of_raw_sql_is_not_composed_so_its_source_counts() -> None:
    raw = metric("rate", calculation={"type": "sql", "sql": "SELECT 1", "source": None})
    assert told(graph(source("leads"), raw), graph(source("leads", where="x"), raw))[0][0] == "metric:rate"


def test_whoever_was_computed_from_it_before_is_found_too() -> None:
    before = graph(source("leads"))
    after = Graph([source("leads", where="x"), metric("rate"), metric("trend"), metric("other"), source("else")], [])
    assert ("metric:rate", "source:leads", "breaking") in told(before, after)


def test_a_rename_is_a_tombstone_and_a_new_file_with_equal_content() -> None:
    before = Graph([metric("speed")], [])
    old = metric("speed", status="retired", replaced_by={"metric": "pace", "relation": "rename"})
    found = findings(before, Graph([old, metric("pace", title="Pace")], []))
    assert [finding.rule for finding in found["metric:speed"]] == ["RENAMED", "SUCCESSOR_SET"]
    assert [finding.rule for finding in found["metric:pace"]] == ["RENAMED"]
    assert classify([finding for each in found.values() for finding in each]) is ChangeClass.COMPATIBLE


def test_a_rename_that_changes_the_body_is_two_changes() -> None:
    before = Graph([metric("speed")], [])
    old = metric("speed", status="retired", replaced_by={"metric": "pace", "relation": "rename"})
    found = findings(before, Graph([old, metric("pace", calculation={"where": "b"})], []))
    assert [finding.rule for finding in found["metric:pace"]] == ["RENAMED_AND_CHANGED"]
    assert classify(found["metric:pace"]) is ChangeClass.BREAKING


def test_a_retirement_without_the_claim_of_a_rename_stays_one() -> None:
    before = Graph([metric("speed")], [])
    old = metric("speed", status="retired", replaced_by={"metric": "pace", "relation": "different"})
    found = findings(before, Graph([old, metric("pace")], []))
    assert [finding.rule for finding in found["metric:speed"]] == ["RETIRED", "SUCCESSOR_SET"]
    assert [finding.rule for finding in found["metric:pace"]] == ["CREATED"]


def test_renaming_the_file_away_blocks() -> None:
    """INV-27: a moved file is a deleted tombstone, even where the new one holds the same."""
    found = findings(Graph([metric("speed")], []), Graph([metric("pace")], []))
    assert [finding.rule for finding in found["metric:speed"]] == ["FILE_DELETED"]
    assert Flag.BLOCKS in found["metric:speed"][0].flags
    assert [finding.rule for finding in found["metric:pace"]] == ["RENAMED"]
    assert found["metric:pace"][0].before == "speed"


def test_a_rename_to_a_recycled_name_blocks() -> None:
    """INV-18: no detour gives a removed name again."""
    old = metric("speed", status="retired", replaced_by={"metric": "gone", "relation": "rename"})
    found = findings(Graph([metric("speed")], []), Graph([old, metric("gone")], []))
    assert [finding.rule for finding in found["metric:gone"]] == ["NAME_REUSED"]
