"""A series completed from values on record: what nothing can compute any more, and what was reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from metricgov.app.from_record import Recorded
from metricgov.app.valuing import period_text
from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.comparability.joining import AS_REPORTED, CURRENT, Stretch, join
from metricgov.domain.comparability.over_time import Key
from metricgov.domain.errors import Refused
from metricgov.domain.query.period_names import name_of
from metricgov.domain.query.span import Grain, Window, after, start_of
from metricgov.domain.time import spoken

if TYPE_CHECKING:
    from metricgov.app.series import Version, Wanted
    from metricgov.domain.comparability.bridging import Moved

Lines = dict[Key, dict[str, Observation]]
"""By key and period."""


def stretches_of(wanted: Wanted, versions: Sequence[Version], recorded: Recorded | None) -> tuple[Stretch, ...]:
    """Return the stretches of a series; a break is none where values on record reach across it by themselves.

    Refused where they do not, and nobody insisted.
    """
    measuring = [one.measuring for one in versions]

    def joined(*, across: bool) -> tuple[Stretch, ...]:
        return join(measuring, wanted.start, wanted.end, basis=wanted.basis, across_breaks=across)

    try:
        return joined(across=False)
    except Refused as refused:
        if refused.code != "series_breaks":
            raise
        marked = joined(across=True)
        if recorded is not None and _resolved(wanted, marked, recorded):
            return tuple(_unbroken(marked))
        if not wanted.across_breaks:
            raise
        return marked


def _resolved(wanted: Wanted, marked: Sequence[Stretch], recorded: Recorded) -> bool:
    """Say whether values on record that compare with the newest definition stand for the days before a break."""
    found = [
        point
        for place, one in enumerate(marked)
        if Flag.DIFFERS in one.flags
        for begins, _ in window_of(one, wanted.grain, first=place == 0).periods()
        for point in recorded.of(one, period_text(begins)).values()
    ]
    return bool(found) and not any(Flag.DIFFERS in one.flags for one in found)


def _unbroken(marked: Sequence[Stretch]) -> Iterator[Stretch]:
    for before, one in zip([None, *marked], marked, strict=False):
        if Flag.DIFFERS in one.flags:
            yield replace(one, flags=frozenset({Flag.NORMAL}), breaks=False, before="", on_record=True)
        elif before is not None and Flag.DIFFERS in before.flags:
            yield replace(one, breaks=False, before="", says="")
        else:
            yield one


def window_of(stretch: Stretch, grain: Grain, *, first: bool) -> Window:
    """Return the whole periods of a stretch; one in which the definition changes belongs to the stretch before."""
    start, end = datetime.fromisoformat(stretch.start), datetime.fromisoformat(stretch.end)
    begins = start_of(start, grain)
    if begins < start and not first:
        begins = after(begins, 1, grain)
    return Window(begins, max(begins, Window.around(begins, max(begins, end), grain).end), grain)


class Filling:
    """Puts values on record into the lines of a series; `asked` says whether an engine was asked at all."""

    def __init__(
        self, wanted: Wanted, versions: Sequence[Version], recorded: Recorded, as_of: datetime, *, asked: bool
    ) -> None:
        self._wanted = wanted
        self._recorded = recorded
        self._as_of = as_of
        self._asked = asked
        self._reaches = {one.measuring.version: one.measuring.reaches for one in versions}
        self._taken: dict[str, Mapping[Key, Observation]] = {}
        self._missing: dict[str, str] = {}

    def fill(self, stretches: Sequence[Stretch], measured: Lines) -> Lines:
        """Return the lines with what is on record in them; Refused where that does not compare and nobody insisted."""
        known = sorted({period for line in measured.values() for period in line})
        for place, one in enumerate(stretches):
            for begins, ends in window_of(one, self._wanted.grain, first=place == 0).periods():
                self._period(one, begins, ends, known)
        lines: Lines = {
            key: {at: one for at, one in line.items() if at not in self._taken} for key, line in measured.items()
        }
        for period, points in self._taken.items():
            for key, point in points.items():
                lines.setdefault(key, {})[period] = point
        for period, version in self._missing.items():
            for key in [*lines] or [()] * (not self._wanted.dimensions):
                lines.setdefault(key, {}).setdefault(
                    period, Observation(period, None, version, frozenset({Flag.NOT_COLLECTED}))
                )
        return {key: _with_breaks(line) for key, line in lines.items() if line}

    def _period(self, stretch: Stretch, begins: datetime, ends: datetime, known: Sequence[str]) -> None:
        period = period_text(begins)
        shown = f"{period}T00:00" if self._wanted.grain == "hour" and len(period) == len("2026-01-01") else period
        reach = self._reaches.get(stretch.version, "")
        beyond = (
            not self._asked
            or stretch.on_record
            or Flag.NOT_COLLECTED in stretch.flags
            or bool(reach and period[:10] < reach)
        )
        before_all = not known or shown < known[0]
        if not (beyond or before_all or self._wanted.basis == AS_REPORTED or Flag.DIFFERS in stretch.flags):
            return
        points = self._recorded.of(stretch, period)
        if any(Flag.DIFFERS in one.flags for one in points.values()):
            if shown in known:
                return
            if self._wanted.basis == CURRENT and not self._wanted.across_breaks:
                raise self._breaks(stretch, period, points)
        if points:
            self._taken[shown] = {key: replace(one, period=shown) for key, one in points.items()}
        elif beyond and shown not in known and ends <= self._as_of:
            self._missing[shown] = stretch.version

    def _breaks(self, stretch: Stretch, period: str, points: Mapping[Key, Observation]) -> Refused:
        version = next(one.version for one in points.values() if Flag.DIFFERS in one.flags)
        return Refused(
            "series_breaks",
            f"on record for {name_of(self._wanted.grain, period)} is a value of {version}, which does not compare with "
            f"{stretch.onto or stretch.version} (W16)",
            hint="ask for --basis as-reported, or insist: --across-breaks",
        )

    # What is said of it

    @property
    def found(self) -> bool:
        """Whether anything was on record."""
        return bool(self._taken)

    def measured(self, stretches: Sequence[Stretch]) -> Iterator[Stretch]:
        """Yield the stretches of which an engine gave anything."""
        for place, one in enumerate(stretches):
            window = window_of(one, self._wanted.grain, first=place == 0)
            known = {period_text(each) for each, _ in window.periods()}
            if self._asked and not one.on_record and not known <= {*self._taken, *self._missing}:
                yield one

    def stretches(self) -> list[tuple[Stretch, list[Moved]]]:
        """Return what came from the record as stretches of one version and chain, each with its moved values."""
        used = [(period, *self._recorded.used[_cell(period)]) for period in sorted(self._taken)]
        found = []
        for (version, links), group in groupby(used, key=lambda one: (one[1], one[2])):
            some = list(group)
            start, last = (datetime.fromisoformat(some[place][0]) for place in (0, -1))
            end = after(last, 1, self._wanted.grain)
            flags = frozenset({Flag.ESTIMATED}) if links else frozenset({Flag.NORMAL})
            stretch = Stretch(version, f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}", flags, chain=links, on_record=True)
            found.append((stretch, [each for one in some for each in one[3]]))
        return found

    def notes(self) -> Iterator[str]:
        """Yield what a reader must know of values on record, and of those that are not."""
        if not self._asked:
            yield "No engine was asked: every value is one that was stored."
        if self._taken and self._asked:
            times = sorted({one.stored[:10] for line in self._taken.values() for one in line.values()})
            when = spoken(times[0]) if len(times) == 1 else f"{spoken(times[0])} to {spoken(times[-1])}"
            yield f"From values that were stored ({when}): {self._named(self._taken)}."
        lacking = [one for one in self._missing if _cell(one) in self._recorded.lacking]
        if lacking:
            by = self._recorded.lacking[_cell(lacking[0])]
            yield f"Not moved to the newest definition, because no values by {by} were stored: {self._named(lacking)}."
        if absent := [one for one in self._missing if one not in lacking]:
            by = f" by {', '.join(self._wanted.dimensions)}" if self._wanted.dimensions else ""
            yield f"Missing, because no values{by} were stored: {self._named(absent)}."

    def _named(self, periods: Iterable[str]) -> str:
        """Return periods in words, those that follow each other as one span."""
        spans: list[list[str]] = []
        for one in sorted(periods):
            follows = spans and after(datetime.fromisoformat(spans[-1][-1]), 1, self._wanted.grain)
            if follows == datetime.fromisoformat(one):
                spans[-1].append(one)
            else:
                spans.append([one])
        names = [[name_of(self._wanted.grain, one) for one in (span[0], span[-1])] for span in spans]
        return ", ".join(first if first == last else f"{first} to {last}" for first, last in names)


def _cell(period: str) -> str:
    """Return a period as values on record name it: an hour at midnight as the day."""
    return period.removesuffix("T00:00")


def _with_breaks(line: Mapping[str, Observation]) -> dict[str, Observation]:
    """Mark where a line goes from moved or other values to those of its basis, if one of the two was stored."""
    points = {period: line[period] for period in sorted(line)}
    apart = {Flag.ESTIMATED, Flag.DIFFERS}
    known = [one for one in points.values() if one.value is not None]
    for before, one in pairwise(known):
        if not (before.stored or one.stored) or Flag.BREAK in one.flags:
            continue
        if bool(before.flags & apart) and not one.flags & apart and before.version != one.version:
            points[one.period] = replace(one, flags=(one.flags - {Flag.NORMAL}) | {Flag.BREAK})
    return points
