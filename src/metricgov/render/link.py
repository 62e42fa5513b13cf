"""A link between two versions in words and as JSON: how they compare, by which factor, and how sure that is."""

from __future__ import annotations

from metricgov.domain.comparability.advice import no_matrix
from metricgov.domain.comparability.link import Linked, LinkScale
from metricgov.domain.comparability.link_record import recorded
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.digest import JSON
from metricgov.domain.time import spoken
from metricgov.render.bars import number
from metricgov.render.kit import clean

SEGMENTS = 6
"""Segments that are named in words; JSON has all."""

SIGNS: dict[LinkScale, str] = {
    LinkScale.RATIO: "×",
    LinkScale.EXACT: "×",
    LinkScale.DIFFERENCE: "",
    LinkScale.ODDS: "odds ×",
}

WORDS: dict[Status, str] = {
    Status.SAME: "old and new values are one series",
    Status.RESTATED: "old periods are computed again",
    Status.BRIDGED: "old values are bridged",
    Status.BRIDGED_BY_SEGMENT: "old values are bridged",
    Status.BROKEN: "old and new values do not compare",
}


def factor_words(link: Linked) -> str:
    """Return the factor in short, "" where there is none: `×0.902`, or `by channel`."""
    if link.factor is None or link.scale is None:
        return ""
    if link.status is Status.BRIDGED_BY_SEGMENT:
        return f"by {clean(link.dimension)}"
    sign = "+" if link.scale is LinkScale.DIFFERENCE and link.factor.value >= 0 else SIGNS[link.scale]
    return f"{sign}{number(link.factor.value)}"


def link_words(link: Linked) -> str:
    """Return everything a reader needs of a link, in sentences."""
    found = WORDS[link.status]
    if link.factor is None or link.scale is None:
        return f"{found}: {clean(link.reason)}" if link.reason else found
    if link.status is Status.BROKEN:
        return found
    if link.status is Status.BRIDGED_BY_SEGMENT:
        found += f" by {clean(link.dimension)}: {_segments(link)}; everything"
    elif link.status is Status.BRIDGED:
        found += ":"
    else:
        found += ", and what was stored before converts:"
    sign = "+" if link.scale is LinkScale.DIFFERENCE and link.factor.value >= 0 else SIGNS[link.scale]
    found += f" {sign}{number(link.factor.value)}"
    if link.scale is LinkScale.EXACT:
        return f"{found}, exactly"
    recut = f"; {clean(no_matrix(link.recut))}" if link.recut else ""
    grain = link.coarsest
    if (elsewhere := link.elsewhere(grain)) is not None:
        found += f"; for another {clean(grain)} between {number(elsewhere.low)} and {number(elsewhere.high)}"
    days = f"{clean(spoken(link.start))} until {clean(spoken(link.end))}"
    return f"{found}; measured {days} ({clean(link.estimator)}){recut}"


def _segments(link: Linked) -> str:
    found = [*link.of(link.dimension).values()]
    named = [
        f"{'(none)' if one.segment is None else clean(one.segment)} ×{number(one.value)}" for one in found[:SEGMENTS]
    ]
    more = len(found) - len(named)
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def link_json(link: Linked) -> dict[str, JSON]:
    """Return a link as it stands in the journal."""
    return recorded(link).as_json()
