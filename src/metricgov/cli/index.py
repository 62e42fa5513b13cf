"""`index rebuild` and `index verify`: the database that is computed from git, made anew and compared."""

from __future__ import annotations

import typer

from metricgov.cli.options import AsJson


def rebuild(as_json: AsJson = False) -> None:
    """Fill the database again from the journal and the definitions; nothing in it exists only there.

    Example: metricgov index rebuild
    """
    from metricgov.bootstrap import Workspace
    from metricgov.cli.output import data
    from metricgov.cli.progress import Meter
    from metricgov.render.json_text import json_text

    meter = Meter()
    try:
        done = Workspace().index.rebuild(meter)
    finally:
        meter.clear()
    if as_json:
        data(json_text({"format": 1, "events": done.events, "definitions": done.definitions}))
        return
    data(f"Read {done.events:,} events and {done.definitions:,} definitions.")


def verify(as_json: AsJson = False) -> None:
    """Compare every row of the database with what git says; exit code 1 where they differ.

    Example: metricgov index verify
    """
    from metricgov.bootstrap import Workspace
    from metricgov.cli.output import data, screen, talk
    from metricgov.cli.progress import Meter
    from metricgov.render.json_text import json_text
    from metricgov.render.reading import differences_text

    meter = Meter()
    try:
        found = Workspace().index.verify(meter)
    finally:
        meter.clear()
    if as_json:
        rows = [{"table": one.table, "key": one.key, "says": one.says} for one in found]
        data(json_text({"format": 1, "holds": not found, "differences": rows}))
    else:
        data(differences_text([(one.table, one.key, one.says) for one in found], screen()))
    if found:
        talk("hint: metricgov index rebuild")
        raise typer.Exit(1)
