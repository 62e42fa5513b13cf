"""Versions of a metric side by side: links on the way, the ratio over them, and one that was measured now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from metricgov.domain.changes.findings import Finding
from metricgov.domain.comparability.link import Linked
from metricgov.domain.comparability.matrix import Edge, Entry, Status, compare, matrix
from metricgov.domain.comparability.timeline import Span
from metricgov.domain.past_views import VersionRow
from metricgov.domain.views import LinkStatus

if TYPE_CHECKING:
    from metricgov.domain.comparability.evidence import MetricEffect


@dataclass(frozen=True, slots=True)
class Step:
    """The recorded link between two neighbours, and the change that made it."""

    old: str
    new: str
    link: Linked
    change: str = ""

    @property
    def edge(self) -> Edge:
        """The link as an edge of the matrix."""
        return self.link.edge(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Pairing:
    """How two versions compare: over the recorded links, and as measured on today's data where an engine was asked.

    `findings` say what differs between their definitions, `not_measured` why nothing was measured now.
    """

    metric: str
    old: str
    new: str
    entry: Entry
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...] = ()
    measured: MetricEffect | None = None
    not_measured: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """All pairs of the versions of a metric, oldest first."""

    metric: str
    versions: tuple[str, ...]
    entries: dict[tuple[str, str], Entry]


def label(row: VersionRow) -> str:
    """Return what a version is called where inputs changed under it too: `1.0.0 (metric:x 2.0.0)`."""
    return row.version if not row.cause else f"{row.version} ({row.cause})"


def steps(metric: str, rows: Sequence[VersionRow]) -> tuple[Step, ...]:
    """Return the links between neighbours; `rows` are the versions in force, oldest first."""
    return tuple(Step(label(one), label(later), _link(metric, one), later.label) for one, later in pairwise(rows))


def _link(metric: str, row: VersionRow) -> Linked:
    match row.link:
        case None | LinkStatus.NOT_MEASURED:
            return Linked(metric, Status.BROKEN, reason="no effect of that change was measured")
        case _:
            status = Status(row.link.value)
            return replace(row.measured, status=status) if row.measured else Linked(metric, status)


def pair(metric: str, rows: Sequence[VersionRow], old: str, new: str, direct: Linked | None = None) -> Pairing:
    """Return how two versions compare; a direct measurement beats the way over their neighbours.

    Between neighbours people have agreed what becomes of history: a measurement adds its ratio and changes no break.
    """
    found = steps(metric, rows)
    names = [label(one) for one in rows]
    edges = [one.edge for one in found]
    first, last = sorted((names.index(old), names.index(new)))
    if direct is not None and direct.factor is not None:
        agreed = found[first].link.status if last - first == 1 else direct.status
        edges.append(replace(direct, status=agreed).edge(old, new))
    return Pairing(metric, old, new, compare(names, edges, old, new), found[first:last])


def all_pairs(metric: str, rows: Sequence[VersionRow]) -> Matrix:
    """Return the matrix of the versions in force."""
    names = tuple(label(one) for one in rows)
    return Matrix(metric, names, matrix(names, [one.edge for one in steps(metric, rows)]))


def spans(rows: Sequence[VersionRow]) -> tuple[Span, ...]:
    """Return the days that each version measures, and since when that is known."""
    return tuple(Span(label(one), one.data_from, one.data_to or None, one.known_from[:10]) for one in rows)
