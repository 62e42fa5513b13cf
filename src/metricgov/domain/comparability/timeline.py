"""Which version of a definition measures a day, as it was known on another day: every question takes two dates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A version, its half-open interval [start, end) of data and the day it became known; ISO days, end None: open."""

    version: str
    start: str
    end: str | None
    known_from: str


def as_of(spans: Iterable[Span], day: str, known_at: str) -> Span | None:
    """Return the version that measures a day, as known at another; None before the first.

    Of what was known then, the one with the latest start on or before the day counts; of several, the one known last.
    Ends are not consulted: an end is the start of a version, which may not have been known yet.
    """
    known = [one for one in spans if one.known_from <= known_at and one.start <= day]
    return max(known, key=lambda one: (one.start, one.known_from), default=None)


def intervals(starts: Iterable[tuple[str, str, str]]) -> tuple[Span, ...]:
    """Return spans from (version, start, known from): each ends where the next later start begins.

    Versions with the same start replace each other and end alike.
    """
    rows = sorted(starts, key=lambda row: (row[1], row[2]))
    days = sorted({start for _, start, _ in rows})
    following = dict(zip(days, [*days[1:], None], strict=True))
    return tuple(Span(version, start, following[start], known) for version, start, known in rows)


@dataclass(frozen=True, slots=True)
class Known:
    """Which version measured a day as it was known at another, and which one does by all that is known now."""

    then: Span
    now: Span | None


def known(spans: Iterable[Span], day: str, known_at: str) -> Known | None:
    """Return both answers; None where nothing was known then to measure that day."""
    found = tuple(spans)
    then = as_of(found, day, known_at)
    return None if then is None else Known(then, as_of(found, day, max(one.known_from for one in found)))
