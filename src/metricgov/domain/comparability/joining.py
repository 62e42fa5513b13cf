"""Which definition measures which part of a series, on a basis that the reader chooses, and what each part is flagged.

A series that crosses a break is refused, or marked where the reader insists (W16); nothing is joined silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from metricgov.domain.comparability.flags import Flag
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.errors import BadInput, Refused
from metricgov.domain.time import spoken

CURRENT = "current"
AS_REPORTED = "as-reported"


class Basis(StrEnum):
    """By which definition a series is read; any version of it may be named instead."""

    CURRENT = CURRENT
    AS_REPORTED = AS_REPORTED


@dataclass(frozen=True, slots=True)
class Measuring:
    """A version and the days [start, end) that it measures ("" for an open end).

    `link` says how its values compare with those of the next version (None: it is the last), `change` the label of the
    change that ended it, `reaches` the first day for which raw data can be read with it ("": nobody said).
    """

    version: str
    start: str
    end: str
    link: Status | None = None
    change: str = ""
    reaches: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days [start, end) that one version computes; `flags` hold for each period, `breaks` for the first one alone.

    `before` is the version whose value is given beside the first period's where the series breaks there.
    """

    version: str
    start: str
    end: str
    flags: frozenset[Flag] = frozenset({Flag.NORMAL})
    breaks: bool = False
    before: str = ""
    says: str = field(default="", compare=False)


def join(
    versions: Sequence[Measuring], start: str, end: str, *, basis: str = CURRENT, across_breaks: bool = False
) -> tuple[Stretch, ...]:
    """Return the stretches of a series over the days [start, end), oldest first.

    `versions` are those that measured, oldest first, without gaps. Refused, naming the day and the change, where the
    stretch crosses a break that the reader did not ask for; BadInput for a version that nobody knows.
    """
    if not versions:
        raise Refused("nothing_measures", "no version of this metric has ever been in force")
    if start >= end:
        raise BadInput("period_empty", f"{start} does not lie before {end}")
    if basis == AS_REPORTED:
        return _reported(versions, start, end)
    if basis == CURRENT:
        return _current(versions, start, end, across_breaks=across_breaks)
    known = next((one for one in reversed(versions) if one.version == basis), None)
    if known is None:
        names = ", ".join(dict.fromkeys(one.version for one in versions))
        raise BadInput("version_unknown", f"there is no version {basis}", hint=f"versions: {names}")
    return _by_one(known, start, end)


def _reported(versions: Sequence[Measuring], start: str, end: str) -> tuple[Stretch, ...]:
    """Each version measures its own days, as was published then; a step that moves numbers is a break in the series."""
    found: list[Stretch] = []
    for place, one in enumerate(versions):
        first, last = max(start, one.start if place else start), min(end, one.end or end)
        if first >= last:
            continue
        before = versions[place - 1] if place else None
        breaks = before is not None and first == one.start and before.link is not Status.SAME
        found.append(
            Stretch(one.version, first, last, breaks=breaks, before=before.version if before and breaks else "")
        )
    return tuple(found)


def _current(versions: Sequence[Measuring], start: str, end: str, *, across_breaks: bool) -> tuple[Stretch, ...]:
    """The newest definition of the days asked for, as far back as its links and its data reach."""
    place = max((i for i, one in enumerate(versions) if i == 0 or one.start < end), default=0)
    target = versions[place]
    reach = max(start, target.reaches) if target.reaches else start
    joined = start
    says = ""
    for i in range(place - 1, -1, -1):
        link = versions[i].link
        if link in (Status.SAME, Status.RESTATED):
            continue
        joined = max(start, versions[i + 1].start)
        word = "its bridge has no factor on record" if link in (Status.BRIDGED, Status.BRIDGED_BY_SEGMENT) else "broken"
        says = f"{versions[i].version} and {versions[i + 1].version} do not compare ({word})"
        break
    restated = any(versions[i].link is Status.RESTATED for i in range(place))
    if restated and reach > joined:
        joined, says = reach, f"raw data for {target.version} reach back to {spoken(reach)} only"
    if joined <= start:
        return (Stretch(target.version, start, end),)
    if not across_breaks:
        day = spoken(joined)
        changed = next((one.change for one in versions if one.end == joined and one.change), "")
        by = f", by {changed}" if changed else ""
        raise Refused(
            "series_breaks",
            f"the series breaks on {day}{by}: {says}",
            hint=f"ask from {joined} on, or for --basis as-reported, or insist: --across-breaks",
        )
    older = _reported(versions, start, joined)
    marked = tuple(
        Stretch(one.version, one.start, one.end, frozenset({Flag.DIFFERS}), one.breaks, one.before) for one in older
    )
    last = marked[-1].version if marked else ""
    newest = Stretch(target.version, joined, end, breaks=bool(last), before=last, says=says) if joined < end else None
    return (*marked, newest) if newest else marked


def _by_one(version: Measuring, start: str, end: str) -> tuple[Stretch, ...]:
    """One version for all days; what lies before its data was not collected."""
    reach = version.reaches
    if not reach or reach <= start:
        return (Stretch(version.version, start, end),)
    lacking = Stretch(version.version, start, min(reach, end), frozenset({Flag.NOT_COLLECTED}))
    return (lacking, Stretch(version.version, reach, end)) if reach < end else (lacking,)
