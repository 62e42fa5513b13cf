"""How published values were revised: the triangle of periods and vintages, and its measures, as text, CSV and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from metricgov.domain.comparability.causes import REVISIONS, Cause, Measures, Revised, measures
from metricgov.domain.comparability.on_record import as_json, words_of
from metricgov.domain.digest import JSON
from metricgov.domain.query.period_names import name_of
from metricgov.domain.time import spoken
from metricgov.render.bars import number
from metricgov.render.csv_text import csv_lines
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, ink, plural

FORMAT = 1
COLUMNS = 4
"""Vintages that a screen has room for; CSV and JSON hold all."""


def revisions_text(metric: str, found: Sequence[Revised], screen: Screen | None = None) -> str:
    """Return the triangle of the newest vintages, what moved the values, and the measures.

    Periods that were first published in the newest vintage are not measured: nothing could revise them yet.
    """
    screen = screen or Screen()
    vintages = vintages_of(found)
    closed = revisable(found)
    shown = vintages[-COLUMNS:]
    lines = screen.ends(ink(f"{clean(metric)}: {_what(found)}", Ink.BOLD), plural(len(vintages), "vintage"))
    head = [
        found[0].cell.grain,
        *(f"{place}: {spoken(at[:10])}" for at, place in shown),
        "late data",
        "defect",
        "definition",
    ]
    unclear = any(one.part(Cause.UNCLEAR) for one in found)
    head += ["not told apart"] if unclear else []
    causes = [Cause.DATA, Cause.DEFECT, Cause.DEFINITION, *([Cause.UNCLEAR] if unclear else [])]
    rows = [
        [
            name_of(one.cell.grain, one.cell.period),
            *(_value(_known(one, vintage)) for vintage in shown),
            *(signed(one.part(cause)) for cause in causes),
        ]
        for one in found
    ]
    lines += ["", *screen.table(head, rows, right=range(1, len(head)), fixed=(0,))]
    if len(vintages) > COLUMNS:
        lines += screen.wrap(f"The newest {COLUMNS} of {len(vintages)} vintages; all of them: --csv")
    lines += ["", *_measured(closed, screen)]
    if closed and (left := len(found) - len(closed)):
        lines += screen.wrap(f"Not measured: {plural(left, 'period')} that only the newest vintage knows.")
    return screen.text(lines)


def revisions_csv(found: Sequence[Revised]) -> str:
    """Return one row a period and vintage in which its value was stored."""
    head = ("period", "dimension", "segment", "vintage", "computed_at", "value")
    rows = (
        (one.cell.period, one.cell.dimension, one.cell.segment or "", str(vintage), at, value or "")
        for one in found
        for at, vintage, value in one.values
    )
    return "".join(csv_lines(head, rows))


def revisions_json(metric: str, found: Sequence[Revised]) -> str:
    """Return every value of every period, the steps between them with their causes, and the measures."""
    periods: list[JSON] = [
        {
            "period": one.cell.period,
            "dimension": one.cell.dimension or None,
            "segment": as_json(one.cell.dimension, one.cell.segment),
            "values": [{"vintage": vintage, "computed_at": at, "value": value} for at, vintage, value in one.values],
            "moves": [
                {
                    "cause": move.cause.value,
                    "amount": text_of(move.amount),
                    "at": move.at,
                    "changes": list(move.changes),
                    "version": move.to or None,
                }
                for move in one.moves
            ],
        }
        for one in found
    ]
    return json_text(
        {"format": FORMAT, "metric": metric, "periods": periods, "measures": _measures_json(revisable(found))}
    )


def revisable(found: Sequence[Revised]) -> list[Revised]:
    """Return the periods that a later vintage could have revised."""
    newest = max(vintages_of(found))
    return [one for one in found if one.values[0][:2] < newest]


def vintages_of(found: Sequence[Revised]) -> list[tuple[str, int]]:
    """Return (computed at, number) of every vintage, oldest first."""
    return sorted({(at, number_) for one in found for at, number_, _ in one.values})


def signed(amount: Fraction) -> str:
    """Return a difference for people, with its sign; a dot for none."""
    if not amount:
        return "."
    return ("+" if amount > 0 else "-") + number(float(abs(amount)))


def text_of(amount: Fraction) -> str:
    """Return an exact number as decimal text where it ends, else as a fraction."""
    rest = amount.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{amount.numerator}/{amount.denominator}"
    places = 0
    while (amount * 10**places).denominator != 1:
        places += 1
    digits = f"{abs(amount.numerator) * 10**places // amount.denominator:0{places + 1}d}"
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :]
    return ("-" if amount < 0 else "") + whole + (f".{part}" if part else "")


def _known(one: Revised, vintage: tuple[str, int]) -> str | None:
    """Return what was known of a period when a vintage had been stored, "" before its first one."""
    found: str | None = ""
    for at, number_, value in one.values:
        if (at, number_) <= vintage:
            found = value
    return found


def _value(text: str | None) -> str:
    return "none" if text is None else number(float(text)) if text else ""


def _what(found: Sequence[Revised]) -> str:
    cell = found[0].cell
    if not cell.dimension:
        return f"revisions by {cell.grain}"
    return f"revisions by {cell.grain}, {clean(words_of(cell.dimension, cell.segment))}"


def _measured(found: Sequence[Revised], screen: Screen) -> list[str]:
    rows = []
    for name, causes in (("all", ()), *REVISIONS.items()):
        one = measures(found, causes)
        if one is None or (name == "not told apart" and not one.mean_absolute):
            continue
        relative = "none" if one.relative is None else f"{one.relative:.2%}"
        rows.append([name, number(one.mean), number(one.mean_absolute), relative])
    if not rows:
        return screen.wrap("Only one snapshot knows these periods, so nothing could revise them yet.")
    head = ["first to newest value", "mean revision", "mean absolute", "relative"]
    return screen.table(head, rows, right=(1, 2, 3), fixed=(0,))


def _measures_json(found: Sequence[Revised]) -> Mapping[str, JSON]:
    def shape(one: Measures | None) -> JSON:
        if one is None:
            return None
        return {"mean": one.mean, "mean_absolute": one.mean_absolute, "relative": one.relative}

    named = {"all": (), **REVISIONS}
    return {name.replace(" ", "_"): shape(measures(found, causes)) for name, causes in named.items()}
