"""Whether the values on record hold together, and were added to and never rewritten, as far as a clone can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from metricgov.domain.errors import MetricgovError
from metricgov.ports.values import ValueStore


class Watched(ValueStore, Protocol):
    """A branch of values, and what this clone remembers of it."""

    def rewritten(self) -> str:
        """Return what was taken out of the branch or changed on it, as a sentence; "" for nothing."""


def wrong_with(values: Watched, on_main: Callable[[str], bool]) -> tuple[str, ...]:
    """Return what is wrong with the values on record; `on_main` says whether main holds a commit."""
    return tuple(_wrong(values, on_main))


def _wrong(values: Watched, on_main: Callable[[str], bool]) -> Iterator[str]:
    try:
        if says := values.rewritten():
            yield says
        strange: dict[str, str] = {}
        for metric in values.metrics():
            for one in values.vintages(metric):
                if one.taking.main not in strange:
                    known = on_main(one.taking.main)
                    strange[one.taking.main] = "" if known else f"vintage {one.number} of {metric}"
    except MetricgovError as error:
        yield error.message
        return
    for main, where in strange.items():
        if where:
            yield f"{where} was computed on {main[:12]}, which main does not hold"
