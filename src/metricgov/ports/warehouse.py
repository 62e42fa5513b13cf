"""Where data are: takes one query at a time and gives back aggregates; what a query says is the core's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.source import Source


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may cost: rows that come back, and seconds until it is cancelled."""

    rows: int = 1_000_000
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns and rows of a query, in the order of the query."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Warehouse(Protocol):
    """One engine, read only. Whatever goes wrong there is Undecidable, and says what to do."""

    @property
    def name(self) -> str:
        """The name of the engine in metricgov.yaml."""

    @property
    def dialect(self) -> str:
        """The sqlglot dialect that it speaks."""

    def relation(self, source: Source) -> exp.Expr | None:
        """Return the table (or table function) that holds a source here, None where it does not."""

    def columns(self, source: Source) -> Mapping[str, str]:
        """Return the columns of a source's relation and their types as the engine names them."""

    def run(self, query: exp.Query, limits: Limits) -> Answer:
        """Return all rows of a query; Ctrl-C and the time limit cancel it in the engine."""

    def close(self) -> None:
        """Let go of the engine."""
