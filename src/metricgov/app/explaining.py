"""Why a number is another one than it was, or than that of another period: stored values, versions, and the engine.

Order of evaluation: late data first, with the old definition; then the definitions, one change after the other, on the
newest data; what is left between two periods is real movement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from metricgov.app.orders import varied
from metricgov.app.snapshots import route, under_each
from metricgov.app.valuing import Defined, Valuer, measured_by
from metricgov.domain.comparability.causes import Cause, Move, along, cause_of, moves
from metricgov.domain.comparability.on_record import records, segment_of, values_of
from metricgov.domain.comparability.vintages import Amount, Cell, Row, Under, Vintage, exact, fraction, in_order
from metricgov.domain.comparability.why import Behind, Difference, Part, Published, mix_and_rate, remainder
from metricgov.domain.errors import BadInput, MetricgovError, Undecidable
from metricgov.domain.query.maturity import provisional_words, waits_of
from metricgov.domain.query.period_names import name_of
from metricgov.domain.query.span import GRAINS, Grain, Window, after
from metricgov.domain.time import spoken

if TYPE_CHECKING:
    from metricgov.domain.comparability.link import Linked

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Question:
    """Two cells (the same twice for one period) and the UTC seconds at which their values were known.

    `reported` is that of the first ("": when it was first stored, or for two periods as for the second), `known_at`
    that of the second ("": computed now). `dimension` splits real movement into its segments.
    """

    first: Cell
    other: Cell
    reported: str = ""
    known_at: str = ""
    dimension: str = ""


@dataclass
class Explainer:
    """One question about one metric; `valuer` is None where no engine can be asked, `notes` say what that leaves."""

    metric: str
    versions: Sequence[Defined]
    behind: Mapping[str, Behind]
    vintages: Sequence[Vintage]
    valuer: Valuer | None
    dialect: str = "duckdb"
    notes: list[str] = field(default_factory=list)

    def explain(self, asked: Question) -> Difference:
        """Return the difference and its parts; BadInput or Undecidable where one of the two values is not known."""
        one_period = asked.first == asked.other
        before_row, before = self._start(asked)
        last_row, last = self._at(asked.other, asked.known_at)
        here_row = last_row if one_period else self._at(asked.first, asked.known_at)[0]
        for one in (before, last):
            if one.amount.value is None:
                raise Undecidable(
                    "value_none",
                    f"{self.metric} has no value for {_name(one.cell)}, so there is nothing to compare",
                    hint=f"see which periods have one: metricgov series {self.metric} --by {one.cell.grain}",
                )
        parts = [*self._revised(asked, before_row, here_row)]
        if not one_period:
            steps = self._definitions(here_row, last_row, asked)
            steps = self._bridged(here_row, last_row) if steps is None else steps
            parts += steps if steps is not None else [self._inseparable(here_row, last_row)]
            left = last.number - before.number - sum((one.amount for one in parts), ZERO)
            parts += self._real(left, here_row, last_row, asked) if steps is not None else []
        left = last.number - before.number - sum((one.amount for one in parts), ZERO)
        parts += remainder(left, (before.number, last.number), "what no part explains")
        return Difference(self.metric, before, last, tuple(parts), tuple(dict.fromkeys(self.notes)))

    # The two values

    def _start(self, asked: Question) -> tuple[Row, Published]:
        if asked.reported or asked.first != asked.other:
            return self._at(asked.first, asked.reported or asked.known_at)
        records = self._records(asked.first)
        if not records:
            raise self._unknown(asked.first, "")
        return self._known(*records[0])

    def _at(self, cell: Cell, known_at: str) -> tuple[Row, Published]:
        """Return the value of a cell as it was known at a second, "" for now."""
        records = [one for one in self._records(cell) if not known_at or one[1].taking.computed_at <= known_at]
        if not known_at and self.valuer is not None:
            row = self._fresh(cell, self.valuer)
            return row, Published(cell, row.under.amount, row.under.version)
        if not records:
            raise self._unknown(cell, known_at)
        if not known_at:
            self.notes.append("No engine was asked: the newest stored value stands for the value of now.")
        return self._known(*records[-1])

    def _known(self, row: Row, vintage: Vintage) -> tuple[Row, Published]:
        """Return a stored value, and say so where not all of its rows were counted when it was computed."""
        one = next((one for one in self.versions if _key_of(one) == _key(row.under)), None)
        if one is not None:
            catalogue, read = one.version.catalogue, vintage.taking.as_of
            waits = waits_of(catalogue.metrics.get(self.metric), catalogue, self.dialect)
            ends = datetime.fromisoformat(_days(row.cell)[1])
            self.notes += provisional_words(_name(row.cell), ends, waits, datetime.fromisoformat(read), spoken(read))
        return _published(row, vintage)

    def _records(self, cell: Cell) -> list[tuple[Row, Vintage]]:
        return [(row, one) for one in in_order(self.vintages) for row in one.rows if row.cell == cell]

    def _fresh(self, cell: Cell, valuer: Valuer) -> Row:
        for one, window in measured_by(self.versions, *_days(cell), _grain(cell), valuer.as_of):
            amount = valuer.under(one, window, cell.dimension).get(cell, Amount(None))
            self.notes += provisional_words(_name(cell), window.end, valuer.waits(one), valuer.as_of)
            return Row(cell, Under(one.label, one.change, amount))
        raise Undecidable("nothing_measures", f"no version of {self.metric} measures {_name(cell)}")

    def _unknown(self, cell: Cell, known_at: str) -> MetricgovError:
        records = self._records(cell)
        if records:
            first = records[0][1].taking.computed_at
            return BadInput(
                "not_yet_known",
                f"no value of {self.metric} for {_name(cell)} was on record at {spoken(known_at)}",
                hint=f"the first one was stored at {first}",
            )
        return BadInput(
            "nothing_reported",
            f"no value of {self.metric} for {_name(cell)} was ever stored, so what was reported is not known",
            hint=f"store values from now on: metricgov snapshot {self.metric}; or compare two periods: "
            f"metricgov why {self.metric} {_name(cell)} OTHER",
        )

    # One period, known twice

    def _revised(self, asked: Question, before: Row, now: Row) -> list[Part]:
        """Return what lies between two values of one cell."""
        if before == now:
            return []
        defects = self._defects()
        stored = self._stored(asked, before, now, defects)
        passed = route(self.versions, _key(before.under), _key(now.under))
        ranges: Mapping[str, tuple[Fraction, Fraction]] = {}
        if not asked.known_at and self.valuer is not None:
            window = Window(*_moments(before.cell), _grain(before.cell))
            via = tuple(under_each(passed[:-1], before.cell, self.valuer, window))
            found = moves(before.under, Row(now.cell, now.under, via), "", defects)
            if not stored or not any(one.cause is Cause.UNCLEAR for one in found):
                ranges, says = varied(passed, before.cell, self.valuer, window)
                self.notes += [says] if says else []
                return self._parts(found, ranges)
        return self._parts(stored)

    def _stored(self, asked: Question, before: Row, now: Row, defects: Iterable[str]) -> list[Move]:
        """Return the steps between two values along everything that was stored between them."""
        records = [
            one
            for one in self._records(before.cell)
            if not asked.known_at or one[1].taking.computed_at <= asked.known_at
        ]
        until = sum(1 for _, one in records if one.taking.computed_at <= asked.reported) if asked.reported else 1
        if not records or not until:
            return []
        found: list[Move] = []
        for (old, _), (new, vintage) in pairwise(records[until - 1 :]):
            found += moves(old.under, new, vintage.taking.computed_at, defects)
        newest = records[-1][0]
        if newest.under != now.under:
            found += moves(newest.under, now, "", defects)
        return found

    def _parts(
        self,
        found: Iterable[Move],
        ranges: Mapping[str, tuple[Fraction, Fraction]] | None = None,
        unclear: str = "late data and the definition",
    ) -> list[Part]:
        """Return one part for the data, and one for each change or group of changes, in order."""
        sums: dict[tuple[Cause, tuple[str, ...]], Fraction] = {}
        times: dict[tuple[Cause, tuple[str, ...]], str] = {}
        for one in found:
            key = (one.cause, one.changes)
            sums[key] = sums.get(key, ZERO) + one.amount
            times[key] = one.at
        parts = []
        for (cause, changes), amount in sorted(sums.items(), key=lambda item: item[0][0] is not Cause.DATA):
            if not amount and cause is Cause.DATA:
                continue
            known = tuple(self.behind.get(one, Behind(one, one, "")) for one in changes)
            low, high = (ranges or {}).get(changes[0], (None, None)) if len(changes) == 1 else (None, None)
            says = unclear if cause is Cause.UNCLEAR else ""
            parts.append(Part(cause, amount, known, times[cause, changes], low=low, high=high, says=says))
        return parts

    # Two periods

    def _definitions(self, here: Row, there: Row, asked: Question) -> list[Part] | None:
        """Return what the definition of the second period would give for the first one, change by change.

        None where no engine can say so.
        """
        passed = route(self.versions, _key(here.under), _key(there.under))
        if _key(here.under) == _key(there.under):
            return []
        if not passed or self.valuer is None:
            return None
        window = Window(*_moments(here.cell), _grain(here.cell))
        found = list(under_each(passed, here.cell, self.valuer, window))
        if found[0].amount.value is None or found[-1].amount.value is None:
            return None
        made = self._made(passed)
        marked = [found[0], *(_marked(*pair) for pair in zip(made, found[1:], strict=True))]
        steps = list(along(marked, "", self._defects()))
        ranges: Mapping[str, tuple[Fraction, Fraction]] = {}
        if made == list(passed[1:]):
            ranges, says = varied(passed, here.cell, self.valuer, window)
            self.notes += [says] if says else []
        if asked.known_at:
            self.notes.append("The step of the definition was measured on the data of now.")
        return self._parts(steps, ranges, "a mended defect and a new definition")

    def _bridged(self, here: Row, there: Row) -> list[Part] | None:
        """Return the same as the bridges of the changes estimate it; None where they do not reach."""
        passed = route(self.versions, _key(here.under), _key(there.under))
        made = self._made(passed)
        chain = [one.version.measuring.bridge for one in passed[:-1]]
        if not passed or made != list(passed[1:]) or not all(one is not None and one.bridges for one in chain):
            return None
        metric = passed[0].version.catalogue.metrics.get(self.metric)
        scale = metric.calculation.scale if metric is not None else 1.0
        try:
            return list(self._steps_over([one for one in chain if one is not None], made, here, scale))
        except (MetricgovError, ValueError) as error:
            self.notes.append(f"The bridge does not reach here: {getattr(error, 'message', error)}.")
            return None

    def _steps_over(self, chain: Sequence[Linked], made: Sequence[Defined], here: Row, scale: float) -> Iterator[Part]:
        """Yield what each link moves a value by, with the interval of the value that it leads to."""
        from metricgov.domain.comparability import bridging

        amount, cell = here.under.amount, here.cell
        names, key = tuple(values_of(cell)), tuple(values_of(cell).values())
        if wanted := [one for one in bridging.needed(chain, names) if one not in names]:
            raise ValueError(f"it goes by {wanted[0]}; ask for one segment: --by {wanted[0]}=VALUE")
        bridging.check(chain, names, cell.grain)
        quotient = amount.above is not None and amount.below is not None
        unmoved = bridging.Cell(
            float(amount.above if quotient and amount.above else amount.value or 0),
            float(amount.below) if quotient and amount.below else None,
        )
        last = _value(here)
        for place, one in enumerate(made, start=1):
            found = bridging.moved(
                {key: unmoved},
                chain[:place],
                names=names,
                asked=len(names),
                grain=cell.grain,
                scale=scale if quotient else 1,
            )[key]
            if found.outside:
                raise ValueError(f"it would make {found.value:.4g} of a whole that is {found.top:g} (W10)")
            value = fraction(exact(found.value) or "0")
            ends = [fraction(exact(each) or "0") - last for each in (found.interval.low, found.interval.high)]
            cause = cause_of([one.change], self._defects())
            told = tuple(self.behind[each] for each in (one.change,) if each in self.behind)
            yield Part(cause, value - last, told, interval=(ends[0], ends[1]))
            last = value

    def _inseparable(self, here: Row, there: Row) -> Part:
        """Return the whole step between two periods as one part that nobody can take apart."""
        passed = route(self.versions, _key(here.under), _key(there.under))
        changes = tuple(self.behind[one.change] for one in self._made(passed) if one.change in self.behind)
        return Part(Cause.UNCLEAR, _value(there) - _value(here), changes, says="the definition and real movement")

    def _made(self, passed: Sequence[Defined]) -> list[Defined]:
        """Return for each step of a route the version whose change it makes, or takes back."""
        places = {_key_of(one): place for place, one in enumerate(self.versions)}
        forwards = len(passed) < 2 or places[_key_of(passed[0])] < places[_key_of(passed[-1])]
        return list(passed[1:] if forwards else passed[:-1])

    def _defects(self) -> frozenset[str]:
        return frozenset(one.change for one in self.behind.values() if one.defect)

    def _real(self, left: Fraction, here: Row, there: Row, asked: Question) -> list[Part]:
        """Return real movement: as one part, or by the segments of a dimension."""
        if not asked.dimension or here.cell.dimension:
            return [Part(Cause.REAL, left)] if left else []
        one = next(each for each in self.versions if _key_of(each) == _key(there.under))
        sides = self._sides(one, (here, there), asked)
        if sides is None:
            return [Part(Cause.REAL, left)] if left else []
        before, now = sides
        metric = one.version.catalogue.metrics[self.metric]
        if metric.calculation.type == "ratio":
            mix, rate = mix_and_rate(before, now, Fraction(Decimal(str(metric.calculation.scale))))
            about = (asked.dimension, None)
            parts = [Part(Cause.MIX, mix, segment=about), Part(Cause.RATE, rate, segment=about)]
        else:
            parts = list(_by_segment(before, now, asked.dimension))
        rest = left - sum((each.amount for each in parts), ZERO)
        return [*parts, *remainder(rest, (_value(here), _value(there)), f"segments of {asked.dimension} do not add up")]

    def _sides(
        self, one: Defined, rows: tuple[Row, Row], asked: Question
    ) -> tuple[Mapping[str | None, Amount], Mapping[str | None, Amount]] | None:
        """Return the segments of two cells by one version: stored where nothing is computed now, None without any."""
        if asked.known_at or self.valuer is None:
            before, now = (self._stored_segments(one, row.cell, asked) for row in rows)
            if before and now:
                return before, now
        if self.valuer is None:
            self.notes.append(
                f"Movement is not split: no engine was asked, and segments by {asked.dimension} of both periods under "
                f"{one.label} are not on record."
            )
            return None
        if asked.known_at:
            self.notes.append(f"Segments of {asked.dimension} were computed on the data of now.")
        before, now = (self._segments(one, row.cell, asked.dimension, self.valuer) for row in rows)
        return before, now

    def _stored_segments(self, one: Defined, cell: Cell, asked: Question) -> Mapping[str | None, Amount]:
        """Return the segments of a cell on record by a version, {} where not every one of them is."""
        names = asked.dimension.split(",")
        found = records(self.vintages, cell.grain, names, asked.known_at).get(cell.period, {})
        amounts: dict[str | None, Amount] = {}
        for key, rows in found.items():
            row = rows[-1][0]
            by = next((each for each in (row.under, *row.via) if _key(each) == _key_of(one)), None)
            if by is None:
                return {}
            if by.amount.value is not None:
                amounts[segment_of(dict(zip(names, key, strict=True)))] = by.amount
        return amounts

    def _segments(self, one: Defined, cell: Cell, dimension: str, valuer: Valuer) -> Mapping[str | None, Amount]:
        window = Window(*_moments(cell), _grain(cell))
        found = valuer.under(one, window, dimension)
        return {each.segment: amount for each, amount in found.items() if each.period == cell.period}


def _by_segment(
    before: Mapping[str | None, Amount], now: Mapping[str | None, Amount], dimension: str
) -> Iterator[Part]:
    for segment in sorted({*before, *now}, key=lambda one: (one is None, one or "")):
        values = [side.get(segment, Amount(None)).value for side in (before, now)]
        first, last = (ZERO if one is None else fraction(one) for one in values)
        if last != first:
            yield Part(Cause.REAL, last - first, segment=(dimension, segment))


def _marked(made: Defined, found: Under) -> Under:
    return Under(found.version, made.change, found.amount)


def _published(row: Row, vintage: Vintage) -> tuple[Row, Published]:
    return row, Published(row.cell, row.under.amount, row.under.version, vintage.taking.computed_at, vintage.number)


def _value(row: Row) -> Fraction:
    return ZERO if row.under.amount.value is None else fraction(row.under.amount.value)


def _key(under: Under) -> tuple[str, str]:
    return under.version, under.change


def _key_of(one: Defined) -> tuple[str, str]:
    return one.label, one.change


def _grain(cell: Cell) -> Grain:
    return next(one for one in GRAINS if one == cell.grain)


def _moments(cell: Cell) -> tuple[datetime, datetime]:
    start = datetime.fromisoformat(cell.period)
    return start, after(start, 1, cell.grain)


def _days(cell: Cell) -> tuple[str, str]:
    start, end = _moments(cell)
    return f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}" if end.date() > start.date() else f"{after(start, 1, 'day'):%Y-%m-%d}"


def _name(cell: Cell) -> str:
    return name_of(cell.grain, cell.period)
