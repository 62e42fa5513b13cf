"""Two versions of a metric side by side, and the matrix of all of them, as text and as JSON."""

from __future__ import annotations

from metricgov.domain.comparability.matrix import Entry, Status
from metricgov.domain.comparability.pairing import Matrix, Pairing, Step
from metricgov.domain.comparability.timeline import Known
from metricgov.domain.digest import JSON
from metricgov.domain.time import spoken
from metricgov.render.as_json import finding_row
from metricgov.render.bars import number
from metricgov.render.effect import metric_lines
from metricgov.render.findings import finding_lines
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, ink
from metricgov.render.link import link_json, link_words

FORMAT = 1

WORDS: dict[Status, str] = {
    Status.SAME: "same",
    Status.RESTATED: "restated",
    Status.BRIDGED: "bridged",
    Status.BRIDGED_BY_SEGMENT: "by segment",
    Status.BROKEN: "broken",
}


def matrix_text(found: Matrix, screen: Screen | None = None) -> str:
    """Return the matrix: down the version whose values are given, across the one on whose basis they are wanted."""
    screen = screen or Screen()
    lines = [ink(clean(found.metric), Ink.BOLD), ""]
    if len(found.versions) < 2:
        return screen.text([*lines, "One version: nothing to compare."])
    rows = [
        [clean(old), *("–" if old == new else _cell(found.entries[old, new]) for new in found.versions)]
        for old in found.versions
    ]
    lines += screen.table(["from \\ to", *map(clean, found.versions)], rows, fixed=(0,))
    says = (
        "×: old values times this are on the other basis; error: relative standard error in another period of the "
        "coarsest grain that was measured. What is broken has no ratio; nothing is guessed."
    )
    return screen.text([*lines, "", *screen.wrap(says)])


def _cell(one: Entry) -> str:
    if one.ratio is None or one.status is Status.SAME:
        return WORDS[one.status]
    rse = f", error {100 * one.rse:.1f}%" if one.rse else ""
    way = f" over {one.hops}" if one.hops > 1 else ""
    return f"{WORDS[one.status]} ×{number(one.ratio)}{rse}{way}"


def matrix_json(found: Matrix) -> str:
    """Return the matrix as rows of pairs."""
    entries: list[JSON] = [_entry(old, new, one) for (old, new), one in found.entries.items()]
    return json_text({"format": FORMAT, "metric": found.metric, "versions": list(found.versions), "entries": entries})


def _entry(old: str, new: str, one: Entry) -> dict[str, JSON]:
    return {
        "old": old,
        "new": new,
        "status": one.status.value,
        "ratio": one.ratio,
        "rse": one.rse if one.ratio is not None else None,
        "path": list(one.path),
    }


def pairing_text(found: Pairing, screen: Screen | None = None) -> str:
    """Return what differs between two versions, the links on record, and what today's data say."""
    screen = screen or Screen()
    title = f"{clean(found.metric)}  {clean(found.old)} → {clean(found.new)}"
    lines = screen.ends(ink(title, Ink.BOLD), _cell(found.entry))
    lines += ["", screen.rule("What differs")]
    for one in found.findings:
        lines += finding_lines(one, screen)
    if not found.findings:
        lines += screen.wrap("Nothing in this definition: what it is computed from changed, if anything did.", "  ")
    lines += ["", screen.rule("Links on record")]
    for step in found.steps:
        by = f", by {clean(step.change)}" if step.change else ""
        lines += screen.wrap(f"{clean(step.old)} → {clean(step.new)}{by}: {link_words(step.link)}", "  ", "    ")
    if not found.steps:
        lines += screen.wrap("None: it is one version.", "  ")
    if found.measured is not None:
        lines += ["", *metric_lines(found.measured, screen)]
    elif found.not_measured:
        lines += ["", *screen.wrap(f"Not measured now: {clean(found.not_measured)}")]
    return screen.text(lines)


def pairing_json(found: Pairing) -> str:
    """Return the same as data."""
    from metricgov.domain.comparability.evidence import metric_json

    body: dict[str, JSON] = {
        "format": FORMAT,
        "metric": found.metric,
        **_entry(found.old, found.new, found.entry),
        "findings": [finding_row(one) for one in found.findings],
        "steps": [_step(one) for one in found.steps],
        "measured": metric_json(found.measured) if found.measured is not None else None,
        "not_measured": found.not_measured or None,
    }
    return json_text(body)


def _step(one: Step) -> dict[str, JSON]:
    return {"old": one.old, "new": one.new, "change": one.change or None, "link": link_json(one.link)}


def known_text(metric: str, day: str, known_at: str, found: Known | None, screen: Screen | None = None) -> str:
    """Return which version measured a day as it was known on another, and whether that has changed since."""
    screen = screen or Screen()
    asked = f"{clean(metric)} on {spoken(day)}, as known on {spoken(known_at)}"
    lines = [ink(asked, Ink.BOLD), ""]
    if found is None:
        return screen.text([*lines, *screen.wrap("By the record, no version was known then to measure that day.")])
    then = found.then
    lines += screen.wrap(
        f"version {clean(then.version)}, from {spoken(then.start)} on, known since {spoken(then.known_from)}"
    )
    if found.now is not None and found.now != then:
        lines += screen.wrap(
            f"today that day is measured by {clean(found.now.version)}, known since {spoken(found.now.known_from)}"
        )
    return screen.text(lines)


def known_json(metric: str, day: str, known_at: str, found: Known | None) -> str:
    """Return the same as data."""

    def span(one: object) -> dict[str, JSON] | None:
        from metricgov.domain.comparability.timeline import Span

        if not isinstance(one, Span):
            return None
        return {"version": one.version, "data_from": one.start, "data_to": one.end, "known_from": one.known_from}

    body: dict[str, JSON] = {
        "format": FORMAT,
        "metric": metric,
        "date": day,
        "known_at": known_at,
        "then": span(found.then) if found else None,
        "now": span(found.now) if found else None,
    }
    return json_text(body)
