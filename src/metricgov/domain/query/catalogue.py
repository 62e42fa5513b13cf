"""The definitions that a query may go through, and the sources that a metric is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from metricgov.domain.definitions.calculation import Part, Sourced
    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.definitions.source import Source

DEEPEST = 12
"""Metrics within metrics."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The definitions that a query may go through, by name."""

    metrics: Mapping[str, Metric]
    sources: Mapping[str, Source]


def sources_of(metric: Metric, catalogue: Catalogue, depth: int = 0) -> frozenset[str]:
    """Return the sources that a metric is computed from, through other metrics too."""
    calculation = metric.calculation
    found: set[str] = set()
    inner: list[str] = []
    match calculation.type:
        case "simple":
            found.add(calculation.source)
        case "sql":
            found.update(calculation.sources)
        case "derived":
            inner += [one.metric for one in calculation.inputs]
        case "ratio" | "cumulative" | "conversion":
            if calculation.source is not None:
                found.add(calculation.source)
            for part in _parts(calculation):
                found |= {part.source} if part.source is not None else set()
                inner += [part.metric] if part.metric is not None else []
        case _:
            assert_never(calculation.type)
    for name_ in inner if depth < DEEPEST else ():
        other = catalogue.metrics.get(name_)
        if other is not None:
            found |= sources_of(other, catalogue, depth + 1)
    return frozenset(found)


def _parts(calculation: Sourced) -> tuple[Part, ...]:
    names = ("numerator", "denominator", "measure", "base", "conversion")
    return tuple(part for one in names if (part := getattr(calculation, one, None)) is not None)
