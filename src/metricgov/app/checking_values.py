"""Whether the values on record hold together, and were added to and never rewritten, as far as a clone can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from metricgov.domain.errors import MetricgovError, Undecidable
from metricgov.ports.values import ValueStore


class Watched(ValueStore, Protocol):
    """A branch of values, and what this clone remembers of it."""

    def rewritten(self) -> str:
        """Return what was taken out of the branch or changed on it, as a sentence; "" for nothing."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found on the branch of values: of how many metrics, and what is wrong, as sentences."""

    metrics: int
    problems: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def check_values(values: Watched, contains: Callable[[str, str], bool], main: str) -> Checked:
    """Check the values on record beside a tip of main; what a clone cannot tell is held against nobody.

    It cannot where it is shallow, or has no main ("").
    """

    def on_main(commit: str) -> bool:
        try:
            return not main or contains(main, commit)
        except Undecidable:
            return True

    problems = wrong_with(values, on_main)
    return Checked(0 if problems else len(values.metrics()), problems)


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
