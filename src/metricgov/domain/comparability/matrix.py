"""How any two versions of a metric compare: links between neighbours, multiplied along the path between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import sqrt


class Status(StrEnum):
    """How two versions compare; the order of gravity is GRAVITY."""

    SAME = "same"
    RESTATED = "restated"
    BRIDGED = "bridged"
    BRIDGED_BY_SEGMENT = "bridged_by_segment"
    BROKEN = "broken"


GRAVITY: dict[Status, int] = {status: place for place, status in enumerate(Status)}
"""Worst last; a path is as good as its worst link."""


@dataclass(frozen=True, slots=True)
class Edge:
    """What is known about two versions: new = ratio × old with a relative error; no ratio where none was measured."""

    old: str
    new: str
    status: Status
    ratio: float | None = None
    rse: float = 0.0
    method: str = ""

    def turned(self) -> Edge:
        """Return the same link the other way; the relative error is symmetric on the log scale.

        From nothing there is no way back: a ratio of 0 has none the other way.
        """
        ratio = 1 / self.ratio if self.ratio else None
        return Edge(self.new, self.old, self.status, ratio, self.rse, self.method)


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of the matrix; `path` lists the versions it goes through, `ratio` is None where none can be given."""

    status: Status
    ratio: float | None
    rse: float
    path: tuple[str, ...]

    @property
    def hops(self) -> int:
        """Links on the path."""
        return len(self.path) - 1


def compare(versions: Sequence[str], edges: Iterable[Edge], old: str, new: str) -> Entry:
    """Return how two versions compare; a direct measurement beats the path through their neighbours.

    `versions` in order of time. A link that nobody measured, and any break, makes the pair broken without a ratio.
    """
    if old == new:
        return Entry(Status.SAME, 1.0, 0.0, (old,))
    known = {(one.old, one.new): one for one in edges}
    known = {(one.new, one.old): one.turned() for one in known.values()} | known
    direct = known.get((old, new))
    if direct is not None:
        return _along((direct,), (old, new))
    first, last = versions.index(old), versions.index(new)
    step = 1 if last > first else -1
    path = tuple(versions[place] for place in range(first, last + step, step))
    links = tuple(known.get(pair) or Edge(*pair, Status.BROKEN) for pair in pairwise(path))
    return _along(links, path)


def _along(links: Sequence[Edge], path: tuple[str, ...]) -> Entry:
    status = max((one.status for one in links), key=GRAVITY.__getitem__)
    ratio: float | None = 1.0
    for one in links:
        ratio = None if ratio is None or one.ratio is None or one.status is Status.BROKEN else ratio * one.ratio
    rse = sqrt(sum(one.rse**2 for one in links)) if ratio is not None else 0.0
    return Entry(status, ratio, rse, path)


def matrix(versions: Sequence[str], edges: Iterable[Edge]) -> dict[tuple[str, str], Entry]:
    """Return every pair of versions."""
    edges = tuple(edges)
    return {(old, new): compare(versions, edges, old, new) for old in versions for new in versions}
