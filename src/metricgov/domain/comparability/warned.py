"""The words that warnings are made of: how grave, which, and what is known besides the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from metricgov.domain.comparability.effect import Effect
from metricgov.domain.comparability.link import Linked
from metricgov.domain.comparability.thresholds import Thresholds
from metricgov.domain.workflow.vocabulary import Intent, Treatment


class Severity(StrEnum):
    """Whether a warning stops a change."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning: id of the method pages, name, how much it matters, and a sentence with the numbers."""

    id: str
    code: str
    severity: Severity
    says: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """What the author claims, which data may contradict, and what else is known about the metric.

    `additive` says whether segments sum to the total, `link` what was measured of the way to it, `reclassified` names
    the dimensions whose values are sorted anew, `starts` are the first days of its versions, and `reported_from` is the
    first day of the old one.
    """

    intent: Intent | None = None
    treatment: Treatment | None = None
    additive: bool = True
    link: Linked | None = None
    aggregate: str = ""
    reclassified: frozenset[str] = frozenset()
    starts: tuple[str, ...] = ()
    reported_from: str = ""


Rule = Callable[[Effect, Claimed, Thresholds], Iterator[Warned]]
