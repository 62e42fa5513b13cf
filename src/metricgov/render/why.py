"""Why two published values differ: in sentences, as a waterfall, as CSV and JSON, all from one value."""

from __future__ import annotations

from fractions import Fraction

from metricgov.domain.comparability.causes import Cause
from metricgov.domain.comparability.on_record import as_json, words_of
from metricgov.domain.comparability.why import Behind, Difference, Part, Published
from metricgov.domain.digest import JSON
from metricgov.domain.query.period_names import name_of
from metricgov.domain.time import spoken
from metricgov.render.csv_text import csv_lines
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, ink
from metricgov.render.plots.picture import Spec
from metricgov.render.plots.waterfall import Step, cut, drawn, steps, waterfall
from metricgov.render.revisions import signed, text_of
from metricgov.render.snapshots import shown

FORMAT = 1

WORDS: dict[Cause, str] = {
    Cause.DATA: "late data",
    Cause.DEFECT: "defect mended",
    Cause.DEFINITION: "definition",
    Cause.REAL: "real movement",
    Cause.MIX: "real movement: mix",
    Cause.RATE: "real movement: rates",
    Cause.ROUNDING: "rounding",
    Cause.UNCLEAR: "not told apart",
}

ORDER = (
    "Order: data first, by the old definition; then the definitions, each on the newest data; what is left is real "
    "movement."
)


def why_text(found: Difference, screen: Screen | None = None) -> str:
    """Return the waterfall with its numbers, then a sentence for each part and each note."""
    screen = screen or Screen()
    title = f"{clean(found.metric)}: {_title(found)}"
    lines = screen.ends(ink(title, Ink.BOLD), f"{signed(found.total)}{_percent(found)}")
    bars = _steps(found)
    rows = [[clean(one.label), one.shown, picture] for one, picture in zip(bars, drawn(bars, screen), strict=True)]
    lines += ["", *screen.table(["", "", ""], rows, right=(1,), fixed=(1, 2))[1:], ""]
    if shortened := cut(bars):
        lines += [*screen.wrap(shortened), ""]
    if found.start.amount.below is not None and found.end.amount.below is not None:
        sides = f"{shown(found.start.amount)} became {shown(found.end.amount)}."
        lines += [*screen.wrap(sides), ""]
    if not found.parts:
        lines += screen.wrap("Both are the same number.")
    for one in found.parts:
        lines += screen.wrap(f"{signed(one.amount)}  {_sentence(one, found)}", rest="    ")
    if found.parts:
        lines += ["", *screen.wrap(f"The parts sum to the difference exactly. {ORDER}")]
    for note in found.notes:
        lines += screen.wrap(clean(note))
    return screen.text(lines)


def why_json(found: Difference) -> str:
    """Return both values and every part, with exact amounts."""
    return json_text(
        {
            "format": FORMAT,
            "metric": found.metric,
            "start": _value(found.start),
            "end": _value(found.end),
            "difference": text_of(found.total),
            "parts": [_part(one) for one in found.parts],
            "order": ["data", "definition", "real"],
            "notes": list(found.notes),
        }
    )


def why_csv(found: Difference) -> str:
    """Return one row a part, between a row for each of the two values."""
    head = ("part", "amount", "changes", "approved_by", "known_from", "link", "dimension", "segment")
    rows = [("start", found.start.amount.value or "", *[""] * 6)]
    for one in found.parts:
        dimension, segment = one.segment or ("", None)
        rows.append(
            (
                one.cause.value,
                text_of(one.amount),
                " ".join(each.label for each in one.behind),
                " ".join(name for each in one.behind for name in each.approved_by),
                " ".join(each.at for each in one.behind),
                " ".join(each.link for each in one.behind),
                dimension,
                segment or "",
            )
        )
    rows.append(("end", found.end.amount.value or "", *[""] * 6))
    return "".join(csv_lines(head, rows))


def why_plot(found: Difference) -> Spec:
    """Return the waterfall as a picture, with all of it in words for who does not see it."""
    says = "; ".join(f"{one.label} {one.shown}" for one in _steps(found))
    return waterfall(f"{found.metric}: {_title(found)}", says, _steps(found))


def _steps(found: Difference) -> tuple[Step, ...]:
    parts = [(_label(one), float(one.amount), signed(one.amount)) for one in found.parts]
    return steps((_named(found.start), float(found.start.number)), parts, (_named(found.end), float(found.end.number)))


def _title(found: Difference) -> str:
    first, last = (name_of(one.cell.grain, one.cell.period) for one in (found.start, found.end))
    segment = ""
    if found.start.cell.dimension:
        segment = f", {clean(words_of(found.start.cell.dimension, found.start.cell.segment))}"
    return f"{first}{segment}" if first == last else f"{first} to {last}{segment}"


def _percent(found: Difference) -> str:
    if not found.start.number or not found.total:
        return ""
    return f" ({float(found.total / found.start.number):+.1%})"


def _named(one: Published) -> str:
    when = f"known {spoken(one.computed_at[:10])}" if one.computed_at else "now"
    return f"{name_of(one.cell.grain, one.cell.period)}, {when}"


def _label(one: Part) -> str:
    word = WORDS[one.cause]
    if one.segment is not None and one.segment[1] is not None:
        return f"{word}, {words_of(*one.segment)}"
    if one.segment is not None and one.cause is Cause.REAL:
        return f"{word}, no {one.segment[0]}"
    if one.behind and one.cause in (Cause.DEFECT, Cause.DEFINITION):
        return f"{word} {' and '.join(each.version or each.label for each in one.behind)}"
    return word


def _sentence(one: Part, found: Difference) -> str:
    match one.cause:
        case Cause.DATA:
            since = spoken(found.start.computed_at[:10]) if found.start.computed_at else "then"
            return f"late data: rows that arrived, left or were corrected in the source after {since}"
        case Cause.DEFECT | Cause.DEFINITION:
            return f"{WORDS[one.cause]}: {'; '.join(_behind(each) for each in one.behind)}{_range(one)}{_estimate(one)}"
        case Cause.MIX:
            return f"mix: segments of {clean(one.segment[0] if one.segment else '')} weigh more or less than before"
        case Cause.RATE:
            return f"rates: the same segments of {clean(one.segment[0] if one.segment else '')} have other values"
        case Cause.REAL:
            return _label(one) + ("" if one.segment else ": both periods by one definition")
        case Cause.ROUNDING:
            return "rounding of the engine's numbers"
        case Cause.UNCLEAR:
            words = f": {'; '.join(_behind(each) for each in one.behind)}" if one.behind else ""
            return f"cannot be told apart: {clean(one.says)}{words}"


def _behind(one: Behind) -> str:
    words = clean(one.version)
    words += f" by {clean(one.label)}" if one.label else ""
    said = [f'"{clean(one.why)}"'] if one.why else []
    said += [f"link {one.link.replace('_', ' ')}{_factor(one.factor)}"] if one.link else []
    said += [f"approved by {', '.join(map(clean, one.approved_by))}"] if one.approved_by else []
    said += [f"known from {spoken(one.at[:10])}"] if one.at else []
    return ", ".join([words, *said])


def _estimate(one: Part) -> str:
    if one.interval is None:
        return ""
    low, high = (signed(each) for each in one.interval)
    return f"; estimated by the bridge, for another period between {low} and {high}"


def _factor(text: str) -> str:
    """Return the factor of a link for people; what is no number stands as it is."""
    try:
        return f" ×{float(text):.4g}" if text else ""
    except ValueError:
        return f" {clean(text)}"


def _range(one: Part) -> str:
    if one.low is None or one.high is None:
        return ""
    if one.low == one.high:
        return "; the same in every order of the changes"
    return f"; between {signed(one.low)} and {signed(one.high)} in other orders of the changes"


def _value(one: Published) -> dict[str, JSON]:
    amount = one.amount
    return {
        "period": one.cell.period,
        "grain": one.cell.grain,
        "dimension": one.cell.dimension or None,
        "segment": as_json(one.cell.dimension, one.cell.segment),
        "value": amount.value,
        "above": amount.above,
        "below": amount.below,
        "version": one.version,
        "computed_at": one.computed_at or None,
        "vintage": one.vintage or None,
    }


def _part(one: Part) -> dict[str, JSON]:
    def bound(value: Fraction | None) -> JSON:
        return None if value is None else text_of(value)

    dimension, segment = one.segment or (None, None)
    return {
        "cause": one.cause.value,
        "amount": text_of(one.amount),
        "about": float(one.amount),
        "says": one.says or None,
        "dimension": dimension,
        "segment": as_json(dimension or "", segment) if one.cause is Cause.REAL else segment,
        "low": bound(one.low),
        "high": bound(one.high),
        "interval": None if one.interval is None else [bound(each) for each in one.interval],
        "changes": [
            {
                "change": each.change,
                "label": each.label,
                "version": each.version,
                "link": each.link or None,
                "factor": each.factor or None,
                "approved_by": list(each.approved_by),
                "known_from": each.at or None,
                "why": each.why or None,
                "defect": each.defect,
            }
            for each in one.behind
        ],
    }
