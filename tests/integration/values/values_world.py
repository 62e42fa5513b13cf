"""Orders in a DuckDB file that grow and are defined anew, and values of them stored in a real repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from integration.query.query_world import metric, source
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.values import GitValues
from metricgov.adapters.warehouse.opening import open_warehouse
from metricgov.app.series import Version
from metricgov.app.snapshots import Taken, Wanted, take
from metricgov.app.valuing import Defined, Valuer
from metricgov.domain.comparability.joining import Measuring
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.vintages import Cell, Row, Vintage, known
from metricgov.domain.definitions.engines import DuckDbEngine
from metricgov.domain.past_views import VersionRow
from metricgov.domain.query.catalogue import Catalogue
from metricgov.domain.query.span import Grain
from metricgov.domain.views import LinkStatus
from metricgov.ports.warehouse import Limits

REGISTRY = "7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11"
BRANCH = "metricgov/values"
AS_OF = datetime(2026, 4, 1)
NAME = "orders_made"
TABLE = "CREATE TABLE orders (at_time TIMESTAMP, channel VARCHAR, amount INTEGER, is_test BOOLEAN, is_paid BOOLEAN)"
ORDERS = source(
    "orders",
    {"at_time": "timestamp", "channel": "string", "amount": "integer", "is_test": "boolean", "is_paid": "boolean"},
)

COUNT: dict[str, Any] = {"type": "simple", "source": "orders", "time": "at_time", "aggregate": "count"}
RATE: dict[str, Any] = {
    "type": "ratio",
    "source": "orders",
    "time": "at_time",
    "numerator": {"aggregate": "count", "where": "is_paid"},
    "denominator": {"aggregate": "count"},
}


def catalogue(calculation: dict[str, Any], where: str = "") -> Catalogue:
    """Return a registry with one metric over the orders that a condition lets through."""
    wanted = metric(NAME, calculation | ({"where": where} if where else {}), dimensions=["channel"])
    return Catalogue({NAME: wanted}, {"orders": ORDERS})


@dataclass
class World:
    """A repository, a database, and the versions of one metric; `at` is when the next values are computed."""

    repository: GitRepository
    folder: Path
    calculation: dict[str, Any] = field(default_factory=lambda: dict(COUNT))
    versions: list[Defined] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.values = GitValues(self.repository, BRANCH, REGISTRY)
        self.sql(TABLE)
        self.define("1.0.0")

    def sql(self, text: str) -> None:
        """Change the data."""
        with duckdb.connect(str(self.folder / "data.duckdb")) as connection:
            connection.execute(text)

    def orders(self, month: str, number: int, *, channel: str = "web", test: bool = False, paid: int = 0) -> None:
        """Add orders to a month, the first of them paid."""
        self.sql(
            f"INSERT INTO orders SELECT TIMESTAMP '{month}-02' + INTERVAL (i % 20) DAY, "
            f"'{channel}', 10, {test}, i < {paid} FROM range({number}) AS t(i)"
        )

    def define(self, version: str, where: str = "", link: LinkStatus = LinkStatus.RESTATED) -> None:
        """Give the metric another version, linked to the one before."""
        if self.versions:
            last = self.versions[-1]
            measuring = replace(
                last.version.measuring, end="2026-03-15", link=Status(link.value), change=f"chg-{version}"
            )
            self.versions[-1] = Defined(replace(last.row, link=link), Version(measuring, last.version.catalogue))
        change = f"01J{version}" if self.versions else ""
        start = "2026-03-15" if self.versions else "2025-01-01"
        row = VersionRow(
            f"metric:{NAME}",
            version,
            "applied" if change else "baseline",
            start,
            known_from="2026-04-10T00:00:00Z",
            change=change,
            label=f"chg-{version}" if change else "",
            approved_by=("crm-lead",) if change else (),
            why=f"why {version}",
        )
        self.versions.append(Defined(row, Version(Measuring(version, start, ""), catalogue(self.calculation, where))))

    @contextmanager
    def valuer(self, as_of: datetime = AS_OF) -> Iterator[Valuer]:
        """Open the engine."""
        settings = DuckDbEngine(type="duckdb", path="data.duckdb")
        warehouse = open_warehouse("here", settings, folder=self.folder, environ={})
        try:
            yield Valuer(NAME, warehouse, as_of, "duckdb", Limits())
        finally:
            warehouse.close()

    def take(
        self,
        at: str,
        *,
        grain: Grain = "month",
        dimensions: Sequence[str] = (),
        start: str = "2026-01-01",
        values: GitValues | None = None,
    ) -> Taken:
        """Store what is known at a moment, of three months."""
        wanted = Wanted(start, AS_OF, grain, tuple(dimensions), at, "a" * 40, "1")
        with self.valuer() as valuer:
            return take(wanted, self.versions, valuer, values or self.values)

    def vintages(self) -> tuple[Vintage, ...]:
        """Return what is stored."""
        return self.values.vintages(NAME)

    def known(self, at: str = "") -> dict[str, Row]:
        """Return what was known of the whole, by month."""
        return {cell.period[:7]: row for cell, (row, _) in known(self.vintages(), at).items() if not cell.dimension}


def cell(month: str, dimension: str = "", segment: str | None = None) -> Cell:
    """Return the cell of a month."""
    return Cell("month", f"{month}-01", dimension, segment)
