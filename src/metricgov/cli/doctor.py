"""`doctor`: what is wrong with this set-up, and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import AsJson

if TYPE_CHECKING:
    from metricgov.app.doctoring import Check

NAME = 11
FAILED = 1


def doctor(
    as_json: AsJson = False,
    folder: Annotated[str, typer.Option("--in", metavar="FOLDER", help="Another folder than this one.")] = ".",
    serving: Annotated[
        bool, typer.Option("--serving", help="What `metricgov serve` would find here: settings, database, who gets in.")
    ] = False,
) -> None:
    """Check git, the registry, you, the journal, the index, the engines and the settings; each line says what helps.

    With --serving, the set-up of a server besides, by the settings that `metricgov serve` would take from here. Exit
    code 1 if something must be mended, 0 otherwise. Nothing is changed.

    Example: metricgov doctor

    Example: metricgov doctor --serving
    """
    from metricgov.app.doctoring import Check, State, examine, healthy
    from metricgov.bootstrap import patient_in
    from metricgov.cli.output import data
    from metricgov.domain.errors import MetricgovError

    try:
        checks = examine(patient_in(folder))
    except MetricgovError as error:
        checks = (Check("repository", State.FAIL, str(error), error.hint),)
    if serving:
        from metricgov.cli.server import server_parts

        checks = (*checks, *server_parts("examined").examine_server(folder))
    data(_json(checks) if as_json else _text(checks))
    if not healthy(checks):
        raise typer.Exit(FAILED)


def _text(checks: tuple[Check, ...]) -> str:
    from metricgov.cli.output import screen
    from metricgov.render.kit import Ink, clean, ink

    out = screen()
    inks = {"ok": Ink.ADDED, "warn": Ink.WARN, "fail": Ink.GRAVE}
    lines: list[str] = []
    for check in checks:
        head = ink(check.state.value.ljust(5), inks[check.state.value]) + ink(check.name.ljust(NAME), Ink.BOLD)
        lines += out.wrap(clean(check.says), head, " " * (5 + NAME))
        if check.hint:
            lines += out.wrap(ink(clean(check.hint), Ink.DIM), " " * (5 + NAME), " " * (5 + NAME))
    counts = {state: sum(check.state == state for check in checks) for state in ("fail", "warn")}
    if counts["fail"] or counts["warn"]:
        lines.append("")
        lines.append(f"{counts['fail']} to mend, {counts['warn']} to look at")
    return out.text(lines)


def _json(checks: tuple[Check, ...]) -> str:
    import json

    rows = [{"name": one.name, "state": one.state.value, "says": one.says, "hint": one.hint} for one in checks]
    return json.dumps({"format": 1, "healthy": all(row["state"] != "fail" for row in rows), "checks": rows}, indent=2)
