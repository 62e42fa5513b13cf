"""A registry with a past (tests/cli/reading_world.py), sample data bound to it, and a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli.reading_world import build

BOUND = "01J9ZQ4N8T6V3W2X1Y0RK7M2P9"
ENGINE = "\nengines:\n  warehouse: {type: duckdb, path: sample.duckdb}\n"
RATE = "metric:sales_accepted_lead_rate"


@dataclass(frozen=True)
class Standing:
    """A clock that stands still."""

    at: datetime = datetime(2026, 9, 28, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


def build_measured(root: Path) -> None:
    """Make the registry; its definition of sales-accepted leads breaks on 18 June 2026."""
    world = build(root)
    world.propose(BOUND, "crm-lead", "metricgov.yaml", lambda text: text.rstrip() + ENGINE, why="Values at last.")
    world.agree(BOUND)
    world.apply(BOUND, "crm-lead")
    world.workspace.make_sample(
        root / "sample.duckdb", rows=3000, seed=1, engine="warehouse", progress=lambda _what, _done, _total: None
    )
