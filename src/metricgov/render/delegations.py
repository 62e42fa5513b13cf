"""Delegations for a terminal and for programs: who answers for whom, about what, until when."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.domain.digest import JSON
from metricgov.domain.people.answering import DelegationRow
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, day_words, ink

FORMAT = 1

EVERYTHING = "everything"
"""The scope of one without a limit."""


def delegations_text(found: Sequence[DelegationRow], *, screen: Screen | None = None) -> str:
    """Return one line a delegation, with the words it was given with."""
    screen = screen or Screen()
    if not found:
        return screen.text(["No delegation."])
    head = ("id", "who", "about", "from", "until", "state")
    body = [
        (
            one.label,
            f"{clean(one.to)} for {clean(one.giver)}",
            clean(one.scope),
            day_words(one.starts),
            day_words(one.ends),
            one.state.replace("_", " "),
        )
        for one in found
    ]
    lines = [*screen.table(head, body), ""]
    for one in found:
        by = "" if one.by == one.giver else f", recorded by {clean(one.by)}"
        lines += screen.wrap(f'{ink(one.label, Ink.BOLD)}  "{clean(one.reason)}"{by}', rest="  ")
        if one.state == "ended":
            lines += screen.wrap(f"ended by {clean(one.ended_by)} on {day_words(one.ended_at)}", "  ")
    return screen.text(lines)


def delegations_json(found: Sequence[DelegationRow]) -> str:
    """Return `delegate --json`."""
    rows: list[JSON] = [
        {
            "id": one.id,
            "label": one.label,
            "from": one.giver,
            "to": one.to,
            "scope": None if one.scope == EVERYTHING else one.scope,
            "starts": one.starts,
            "ends": one.ends,
            "reason": one.reason,
            "by": one.by,
            "state": one.state,
        }
        for one in found
    ]
    return json_text({"format": FORMAT, "delegations": rows})
