"""What the reading commands show that has no shape of its own: who I am, whether journal and index hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metricgov.domain.digest import JSON
from metricgov.domain.errors import Problem
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, ink, plural

FORMAT = 1
PROBLEMS_SHOWN = 20


def me_text(
    *, principal: str, name: str, known_by: str, roles: Sequence[tuple[str, Sequence[str]]], screen: Screen
) -> str:
    """Return who somebody is here, and what they may do; `roles` pair a word with what it is held for."""
    who = ink(clean(principal), Ink.BOLD) + (f"  {clean(name)}" if name else "")
    lines = [*screen.wrap(who), *screen.wrap(f"known by {clean(known_by)}", "  ", "    ")]
    held = [(word, things) for word, things in roles if things]
    for word, things in held:
        lines += screen.wrap(f"{word:<12} " + "; ".join(clean(one) for one in things), "  ", " " * 15)
    if not held:
        lines += screen.wrap("no role in governance/raci.yaml, and in no team: you can propose, not approve", "  ")
    return screen.text(lines)


def audit_verify_text(
    *,
    events: int,
    changes: int,
    sha256: str,
    problems: Sequence[Problem],
    first_bad: int | None,
    note: str,
    screen: Screen,
    since: int = 0,
    ahead: int = 0,
) -> str:
    """Return whether the journal holds; the first bad event leads, then what is wrong, then what cannot be known."""
    lines: list[str] = []
    if problems:
        where = f"The first bad event is {first_bad}." if first_bad else "No single event is to blame."
        lines += screen.wrap(ink(f"The journal does not hold. {where}", Ink.GRAVE))
        for one in problems[:PROBLEMS_SHOWN]:
            said = f"{clean(str(one.place))}: {clean(one.message)}"
            lines += screen.wrap(f"{said} {ink(f'[{clean(one.code)}]', Ink.DIM)}", "  ", "    ")
        if len(problems) > PROBLEMS_SHOWN:
            lines += screen.wrap(f"and {len(problems) - PROBLEMS_SHOWN} more (--json lists all)", "  ")
    else:
        what = f"{plural(events - since, 'new event' if since else 'event')} of {plural(changes, 'change')}"
        lines += screen.wrap(f"The journal holds: {what}, each where it can stand.")
    if since:
        before = "Event 1 was" if since == 1 else f"Events 1 to {since} were"
        lines += screen.wrap(f"{before} not checked; without --since, all are.", "  ", "    ")
    if ahead:
        says = (
            f"From event {ahead} on, times lie ahead of the clock here. If it is right: metricgov correct-clock -m WHY"
        )
        lines += screen.wrap(ink(says, Ink.WARN), "  ", "    ")
    if events:
        lines += screen.wrap(f"last event  {events}:{sha256}", "  ")
    if note:
        lines += screen.wrap(f"{note}: keep the line above elsewhere and pass it to --expect", "  ", "    ")
    return screen.text(lines)


def audit_verify_json(
    *,
    events: int,
    changes: int,
    sha256: str,
    problems: Sequence[Problem],
    first_bad: int | None,
    note: str,
    since: int = 0,
    ahead: int = 0,
    values: Mapping[str, JSON] | None = None,
    main: Mapping[str, JSON] | None = None,
) -> str:
    """Return `audit verify --json`; `holds` is about the journal, `values` and `main` say for themselves.

    `main` is what walking it found, where that was asked for and possible.
    """
    found: list[JSON] = [
        {"code": one.code, "says": one.message, "place": str(one.place), "hint": one.hint} for one in problems
    ]
    return json_text(
        {
            "format": FORMAT,
            "holds": not problems,
            "first_bad": first_bad,
            "problems": found,
            "events": events,
            "changes": changes,
            "head": {"seq": events, "sha256": sha256},
            "note": note,
            "since": since,
            "ahead": ahead or None,
            **({} if values is None else {"values": dict(values)}),
            **({} if main is None else {"main": main}),
        }
    )


def differences_text(differences: Sequence[tuple[str, str, str]], screen: Screen) -> str:
    """Return how an index differs from git; each difference is a table, a key and a sentence."""
    if not differences:
        return screen.text(["The index says what git says."])
    lines = screen.wrap(ink(f"{plural(len(differences), 'row')} of the index differ from git.", Ink.GRAVE))
    for table, key, says in differences[:PROBLEMS_SHOWN]:
        lines += screen.wrap(f"{clean(table)} {clean(key)}: {clean(says)}", "  ", "    ")
    if len(differences) > PROBLEMS_SHOWN:
        lines += screen.wrap(f"and {len(differences) - PROBLEMS_SHOWN} more (--json lists all)", "  ")
    return screen.text(lines)
