"""A series read from a real engine by several versions: joined, refused, marked, provisional where it is not over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from integration.query.query_world import metric, source
from metricgov.adapters.warehouse.opening import open_warehouse
from metricgov.app.series import Version, Wanted, read_series, versions_of
from metricgov.domain.comparability.flags import Flag
from metricgov.domain.comparability.joining import Measuring
from metricgov.domain.comparability.link import Factor, Linked, LinkScale
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.over_time import Series
from metricgov.domain.definitions.engines import DuckDbEngine
from metricgov.domain.errors import Refused
from metricgov.domain.past_views import VersionRow
from metricgov.domain.query.catalogue import Catalogue
from metricgov.domain.views import LinkStatus
from metricgov.ports.warehouse import Limits, Warehouse

VISITS = source(
    "visits", {"at_time": "timestamp", "is_bot": "boolean", "channel": "string"}, recomputable_from="2026-01-15"
)
ROWS = """CREATE TABLE visits AS SELECT TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS at_time, i % 4 = 0 AS is_bot,
  CASE WHEN i % 2 = 0 THEN 'web' END AS channel FROM range(24 * 181) AS t(i)"""


def of(where: str = "", **more: Any) -> Catalogue:
    """Return the registry with a count of visits."""
    calculation = {"type": "simple", "source": "visits", "time": "at_time", "aggregate": "count"}
    wanted = metric("visits_made", calculation | ({"where": where} if where else {}), dimensions=["channel"], **more)
    return Catalogue({"visits_made": wanted}, {"visits": VISITS})


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """One visit an hour, every fourth of a bot, for half a year."""
    with duckdb.connect(str(tmp_path / "data.duckdb")) as connection:
        connection.execute(ROWS)
    engine = open_warehouse("here", DuckDbEngine(type="duckdb", path="data.duckdb"), folder=tmp_path, environ={})
    yield engine
    engine.close()


def read(warehouse: Warehouse, link: Status, as_of: str = "2026-07-01", **ask: Any) -> Series:
    """Return visits by month; bots count until April."""
    versions = (
        Version(Measuring("1.0.0", "2025-01-01", "2026-04-01", link, "chg-a1b2c3", "", ask.pop("bridge", None)), of()),
        Version(Measuring("2.0.0", "2026-04-01", "", reaches=ask.pop("reaches", "")), of("NOT is_bot")),
    )
    wanted = {"metric": "visits_made", "start": "2026-02-01", "end": "2026-06-01", "grain": "month", "basis": "current"}
    return read_series(
        Wanted(**(wanted | ask)),
        versions,
        warehouse,
        as_of=datetime.fromisoformat(as_of),
        dialect="duckdb",
        limits=Limits(),
    )


def points(series: Series) -> list[tuple[str, float | None, str, str]]:
    """Return period, value, flags and version of the whole."""
    (line,) = series.lines
    return [
        (one.period[5:7], one.value, "".join(sorted(flag.value for flag in one.flags)), one.version)
        for one in line.observations
    ]


def test_restated_history_is_read_by_the_new_definition(warehouse: Warehouse) -> None:
    """Bots are gone from February too."""
    assert points(read(warehouse, Status.RESTATED)) == [
        ("02", 504, "A", "2.0.0"),
        ("03", 558, "A", "2.0.0"),
        ("04", 540, "A", "2.0.0"),
        ("05", 558, "A", "2.0.0"),
    ]


def test_rows_without_a_deduplication_key_are_said(warehouse: Warehouse) -> None:
    """Every second visit names no channel: each counts, and the reader is told how many; without a key nothing is."""
    versions = (Version(Measuring("1.0.0", "2025-01-01", ""), of(deduplicate={"key": ["channel"]})),)
    wanted = Wanted(metric="visits_made", start="2026-02-01", end="2026-04-01", grain="month", basis="current")
    asked: dict[str, Any] = {"as_of": datetime(2026, 7, 1), "dialect": "duckdb", "limits": Limits()}
    found = read_series(wanted, versions, warehouse, **asked)
    assert [(period, value) for period, value, *_ in points(found)] == [("02", 336), ("03", 372)]
    assert "708 rows have no deduplication key (NULL): each counts as a unit of its own." in found.notes
    assert not any("deduplication" in one for one in read(warehouse, Status.RESTATED).notes)


def test_a_break_is_refused_or_marked(warehouse: Warehouse) -> None:
    """Across it, old values say that their definition differs, and the first new one shows what the old one gives."""
    with pytest.raises(Refused, match="1 Apr 2026, by chg-a1b2c3"):
        read(warehouse, Status.BROKEN)
    found = read(warehouse, Status.BROKEN, across_breaks=True)
    assert points(found) == [
        ("02", 672, "D", "1.0.0"),
        ("03", 744, "D", "1.0.0"),
        ("04", 540, "B", "2.0.0"),
        ("05", 558, "A", "2.0.0"),
    ]
    assert [one.pre_break_value for one in found.lines[0].observations] == [None, None, 720, None]


WITHOUT_BOTS = Linked(
    "visits_made",
    Status.BRIDGED_BY_SEGMENT,
    LinkScale.RATIO,
    Factor(0.75, 0.0075),
    {},
    "channel",
    (Factor(0.5, 0.005, "web", "channel"), Factor(1.0, 0.01, None, "channel")),
    start="2026-03-01",
    end="2026-04-01",
    grain="day",
    periods=31,
)
"""Bots visit by web alone."""


def test_bridged_history_is_moved_by_segment(warehouse: Warehouse) -> None:
    """Estimated, with the value as it was and an interval; the first period of the new definition breaks in."""
    found = read(warehouse, Status.BRIDGED_BY_SEGMENT, bridge=WITHOUT_BOTS)
    assert points(found) == [
        ("02", 504, "E", "1.0.0"),
        ("03", 558, "E", "1.0.0"),
        ("04", 540, "B", "2.0.0"),
        ("05", 558, "A", "2.0.0"),
    ]
    (line,) = found.lines
    assert [one.pre_break_value for one in line.observations] == [672, 744, 720, None]
    assert [one.interval is not None for one in line.observations] == [True, True, False, False]
    first = line.observations[0].interval
    assert first is not None
    assert first.low < 504 < first.high
    assert [one.id for one in found.warned] == ["W12"]


def test_an_uncertain_bridge_is_flagged(warehouse: Warehouse) -> None:
    """U where the prediction's relative error is above 10%, and where segments borrow a factor; W12 says the error."""
    rough = replace(WITHOUT_BOTS, scatter={"day": 0.2})
    found = read(warehouse, Status.BRIDGED_BY_SEGMENT, bridge=rough)
    assert [flags for _, _, flags, _ in points(found)] == ["EU", "EU", "B", "A"]
    assert "the error reaches 20%" in found.warned[0].says
    lacking = replace(WITHOUT_BOTS, segments=WITHOUT_BOTS.segments[:1])
    found = read(warehouse, Status.BRIDGED_BY_SEGMENT, bridge=lacking)
    assert [flags for _, _, flags, _ in points(found)] == ["EU", "EU", "B", "A"]
    assert {one.id for one in found.warned} == {"W12", "W13"}


def test_segments_are_bridged_each(warehouse: Warehouse) -> None:
    """Asked by the dimension of the link, each has its own factor; by another one, it is refused (W14)."""
    found = read(warehouse, Status.BRIDGED_BY_SEGMENT, bridge=WITHOUT_BOTS, dimensions=("channel",))
    values = {line.key: line.observations[0].value for line in found.lines}
    assert values == {("web",): 168, (None,): 336}
    with pytest.raises(Refused, match="W14"):
        read(
            warehouse, Status.BRIDGED, bridge=replace(WITHOUT_BOTS, segments=(), dimension=""), dimensions=("channel",)
        )


def test_as_it_was_reported(warehouse: Warehouse) -> None:
    """Each month by the definition of its day, whatever was agreed about history later."""
    found = points(read(warehouse, Status.RESTATED, basis="as-reported"))
    assert [(month, value) for month, value, *_ in found] == [("02", 672), ("03", 744), ("04", 540), ("05", 558)]


def test_one_version_for_all_days(warehouse: Warehouse) -> None:
    """The old definition goes on."""
    assert {version for *_, version in points(read(warehouse, Status.BROKEN, basis="1.0.0"))} == {"1.0.0"}


def test_a_month_that_is_not_over_is_provisional(warehouse: Warehouse) -> None:
    """Read in the middle of May."""
    assert [flags for _, _, flags, _ in points(read(warehouse, Status.SAME, as_of="2026-05-12"))] == [
        "A",
        "A",
        "A",
        "P",
    ]


def test_a_month_in_which_the_definition_changes_belongs_to_the_one_before(warehouse: Warehouse) -> None:
    """A quarter that holds the step is computed once."""
    found = points(read(warehouse, Status.BROKEN, start="2026-01-01", grain="quarter", across_breaks=True))
    assert [(month, version) for month, _, _, version in found] == [("01", "1.0.0"), ("04", "2.0.0")]


def test_segments_have_lines_of_their_own(warehouse: Warehouse) -> None:
    """NULL is a segment, and comes last."""
    found = read(warehouse, Status.RESTATED, dimensions=("channel",))
    assert [line.key for line in found.lines] == [("web",), (None,)]


def test_versions_come_from_the_record() -> None:
    """What was never in force measures nothing; what nobody measured is a break; the change that ended one is named."""
    rows = (
        VersionRow("metric:visits_made", "1.0.0", "baseline", "2025-01-01", "2026-04-01", link=LinkStatus.NOT_MEASURED),
        VersionRow("metric:visits_made", "2.0.0", "applied", "2026-04-01", label="chg-a1b2c3", commit="c2"),
        VersionRow("metric:visits_made", "3.0.0", "in_review", "2026-09-01"),
    )
    asked: list[str] = []

    def at(commit: str) -> Catalogue:
        asked.append(commit)
        return of()

    first, second = versions_of(rows, "visits_made", at)
    assert asked == ["", "c2"]
    assert first.measuring.bridge is not None
    assert first.measuring.bridge.reason == "no effect of that change was measured"
    assert replace(first.measuring, bridge=None) == Measuring(
        "1.0.0", "2025-01-01", "2026-04-01", Status.BROKEN, "chg-a1b2c3", reaches="2026-01-15"
    )
    assert second.measuring.link is None
    assert Flag.NORMAL.value == "A"


def test_rows_that_wait_make_their_period_provisional(warehouse: Warehouse) -> None:
    """Also one that is over: rows of its end do not count yet, and the reader is told."""
    known = (Version(Measuring("1.0.0", "2025-01-01", ""), of("at_time < as_of - INTERVAL '30' DAY")),)
    wanted = Wanted("visits_made", "2026-02-01", "2026-06-01", "month", "current")
    found = read_series(wanted, known, warehouse, as_of=datetime(2026, 5, 15), dialect="duckdb", limits=Limits())
    assert [one[:3] for one in points(found)] == [("02", 672, "A"), ("03", 744, "A"), ("04", 336, "P")]
    assert found.notes == (
        "Provisional (2026-04): a row counts only after 30 days, and some had not waited that long.",
    )
