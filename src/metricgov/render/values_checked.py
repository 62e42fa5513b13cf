"""Whether the values on record hold, as an auditor reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from metricgov.domain.digest import JSON
from metricgov.render.kit import Ink, Screen, clean, ink, plural

HINT = "look at it: git reflog, git log on that branch; fetch it again from the remote"


class Checked(Protocol):
    """Of how many metrics values are on record, and what is wrong with them."""

    @property
    def metrics(self) -> int:
        """How many metrics."""

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong, as sentences."""


def values_text(found: Checked, screen: Screen) -> str:
    """Return whether the values hold; nothing where none were ever stored."""
    if found.problems:
        lines = screen.wrap(ink("The values on record do not hold.", Ink.GRAVE))
        for says in found.problems:
            lines += screen.wrap(clean(says), "  ", "    ")
        return screen.text([*lines, *screen.wrap(HINT, "  ", "    ")])
    if not found.metrics:
        return ""
    says = f"The values on record hold: of {plural(found.metrics, 'metric')}, none changed after it was stored."
    return screen.text(screen.wrap(says))


def values_json(found: Checked) -> dict[str, JSON]:
    """Return the same as data."""
    return {"holds": not found.problems, "metrics": found.metrics, "problems": list(found.problems)}
