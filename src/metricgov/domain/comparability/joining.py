"""Which definition measures which part of a series, on a basis that the reader chooses, and what each part is flagged.

A series that crosses a break is refused, or marked where the reader insists (W16); nothing is joined silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from metricgov.domain.comparability.flags import Flag
from metricgov.domain.comparability.link import Linked
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

    `link` says how its values compare with those of the next version (None: it is the last), `bridge` by which factor,
    where one was measured, `change` is the label of the change that ended it, `reaches` the first day for which raw
    data can be read with it ("": nobody said).
    """

    version: str
    start: str
    end: str
    link: Status | None = None
    change: str = ""
    reaches: str = ""
    bridge: Linked | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days [start, end) that one version computes; `flags` hold for each period, `breaks` for the first one alone.

    `before` is the version whose value is given beside the first period's where the series breaks there; `chain` are
    the bridges that move the values to the basis of the series, nearest first; `onto` is the version of that basis.
    `on_record`: only values that were stored can fill these days.
    """

    version: str
    start: str
    end: str
    flags: frozenset[Flag] = frozenset({Flag.NORMAL})
    breaks: bool = False
    before: str = ""
    says: str = field(default="", compare=False)
    chain: tuple[Linked, ...] = ()
    onto: str = field(default="", compare=False)
    on_record: bool = field(default=False, compare=False)


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
        says = f"{start} does not lie before {end}"
        raise BadInput(
            "period_empty", says, hint="--from names the first day, --to the first day left out, a later one"
        )
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
    """The newest definition that the days asked for come to: restated where data reach, bridged before that.

    Later versions than those of the days count where nothing between breaks the series.
    """
    place = max((i for i, one in enumerate(versions) if i == 0 or one.start < end), default=0)
    walks = [_walked(versions, i, start, end) for i in range(len(versions) - 1, place - 1, -1)]
    walk = next(one for one in walks if one.day <= walks[-1].day)
    found = tuple(replace(one, end=min(one.end, end), onto=walk.onto) for one in walk.stretches if one.start < end)
    if not walk.broken:
        return found
    if not across_breaks:
        day = spoken(walk.day)
        changed = next((one.change for one in versions if one.end == walk.day and one.change), "")
        by = f", by {changed}" if changed else ""
        raise Refused(
            "series_breaks",
            f"the series breaks on {day}{by}: {walk.broken} (W16)",
            hint=f"ask from {walk.day} on, or for --basis as-reported, or insist: --across-breaks",
        )
    older = tuple(
        Stretch(one.version, one.start, one.end, frozenset({Flag.DIFFERS}), one.breaks, one.before, onto=walk.onto)
        for one in _reported(versions, start, walk.day)
    )
    last = older[-1].version if older else ""
    if not found:
        return older
    return (*older, replace(found[0], breaks=bool(last), before=last, says=walk.broken), *found[1:])


def _walked(versions: Sequence[Measuring], place: int, start: str, end: str) -> _Walk:
    walk = _Walk(versions, place, max(end, versions[place].start))
    while walk.day > start and not walk.broken:
        walk.step(start)
    return walk


class _Walk:
    """From the last day back: which version computes, and over which bridges its values come to the newest basis."""

    def __init__(self, versions: Sequence[Measuring], place: int, end: str) -> None:
        self._versions = versions
        self._computing = self._place = place
        self.onto = versions[place].version
        self._chain: tuple[Linked, ...] = ()
        self._restated: list[Linked | None] = []
        self._upper = end
        self._found: list[Stretch] = []
        self.day = end
        self.broken = ""

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """What was found, oldest first; a bridged part ends where the newer definition breaks in."""
        self._flush(self.day)
        found = self._found[::-1]
        return tuple(
            replace(one, breaks=True, before=before.version) if before is not None and before.chain else one
            for one, before in zip(found, [None, *found], strict=False)
        )

    def step(self, start: str) -> None:
        """Take in the days of one version, then cross to the one before."""
        one = self._versions[self._place]
        first = start if self._place == 0 else max(start, one.start)
        computing = self._versions[self._computing]
        if self._restated and computing.reaches and first < computing.reaches:
            self.day = min(self.day, max(first, computing.reaches))
            if self.day > first:
                self._beyond_the_data(computing)
                if self.broken:
                    return
        self.day = first
        if first > start:
            self._cross(self._versions[self._place - 1], one)

    def _beyond_the_data(self, computing: Measuring) -> None:
        """Go on by bridges where raw data no longer reach; a break where one of them was not measured."""
        links = tuple(one for one in self._restated if one is not None and one.bridges)
        if len(links) < len(self._restated):
            self.broken = f"raw data for {computing.version} reach back to {spoken(self.day)} only"
            return
        self._begin(links)

    def _cross(self, before: Measuring, after: Measuring) -> None:
        match before.link:
            case Status.SAME:
                pass
            case Status.RESTATED:
                self._restated.insert(0, before.bridge)
            case Status.BRIDGED | Status.BRIDGED_BY_SEGMENT if before.bridge is not None and before.bridge.bridges:
                links = tuple(one for one in self._restated if one is not None and one.bridges)
                if len(links) < len(self._restated):
                    self.broken = self._apart(before, after, "what was restated after it has no factor on record")
                    return
                self._place -= 1
                self._begin((before.bridge, *links))
                return
            case Status.BRIDGED | Status.BRIDGED_BY_SEGMENT:
                self.broken = self._apart(before, after, "its bridge has no factor on record")
            case _:
                why = f"broken: {before.bridge.reason}" if before.bridge and before.bridge.reason else "broken"
                self.broken = self._apart(before, after, why)
        self._place -= 1

    def _begin(self, links: tuple[Linked, ...]) -> None:
        """Let the version of this place compute from here back, over these bridges and those behind them."""
        self._flush(self.day)
        self._upper, self._computing, self._restated = self.day, self._place, []
        self._chain = (*links, *self._chain)

    def _flush(self, day: str) -> None:
        if day < self._upper:
            flags = frozenset({Flag.ESTIMATED}) if self._chain else frozenset({Flag.NORMAL})
            version = self._versions[self._computing].version
            self._found.append(Stretch(version, day, self._upper, flags, chain=self._chain))
            self._upper = day

    @staticmethod
    def _apart(before: Measuring, after: Measuring, word: str) -> str:
        return f"{before.version} and {after.version} do not compare ({word})"


def _by_one(version: Measuring, start: str, end: str) -> tuple[Stretch, ...]:
    """One version for all days; what lies before its data was not collected."""
    reach = version.reaches
    if not reach or reach <= start:
        return (Stretch(version.version, start, end),)
    lacking = Stretch(version.version, start, min(reach, end), frozenset({Flag.NOT_COLLECTED}))
    return (lacking, Stretch(version.version, reach, end)) if reach < end else (lacking,)
