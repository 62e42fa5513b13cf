"""Start-up of the terminal door beside a Typer application with as many empty commands."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench.gating import SMALL, registry
from bench.measure import METRICGOV, PYTHON, Bar, NotMeasuredError, Section, in_turn, process, row
from metricgov.app.generated import generate
from metricgov.cli.lazy import Group
from metricgov.cli.table import SECTIONS
from metricgov.domain.definitions.kinds import stem_of

HELP, SHOW = 1.3, 2.0


def measure(folder: Path, *, quick: bool) -> Section:
    """Return `--help` beside `--help`, and `show NAME` beside an empty command with one argument."""
    section = Section("start-up")
    names = ("metricgov --help / an empty Typer application's", "metricgov show NAME / an empty Typer command")
    script = folder / "empty_app.py"
    script.write_text(_empty_app())
    home = registry(folder, SMALL)
    name = stem_of(generate(SMALL).changed_path)
    rounds = 5 if quick else 15
    ours, theirs = ("metricgov --help", "empty Typer application --help")
    jobs = {
        ours: partial(process, (METRICGOV, "--help"), home),
        theirs: partial(process, (PYTHON, str(script), "--help"), home),
    }
    section.rows = {name: row(runs) for name, runs in in_turn(jobs, rounds).items()}
    section.bars = [Bar(names[0], section.rows[ours]["median_ms"] / section.rows[theirs]["median_ms"], HELP)]
    ours, theirs = ("metricgov show NAME", "empty Typer command")
    jobs = {
        ours: partial(process, (METRICGOV, "show", name), home),
        theirs: partial(process, (PYTHON, str(script), "command-1", name), home),
    }
    try:
        section.rows |= {name: row(runs) for name, runs in in_turn(jobs, rounds).items()}
        section.bars.append(Bar(names[1], section.rows[ours]["median_ms"] / section.rows[theirs]["median_ms"], SHOW))
    except NotMeasuredError as error:
        section.bars.append(Bar(names[1], None, SHOW, reason=str(error)))
    return section


def commands() -> int:
    """Return how many commands the program has, those of groups included."""
    entries = [entry for section in SECTIONS.values() for entry in section.values()]
    return sum(len(entry.commands) if isinstance(entry, Group) else 1 for entry in entries)


def _empty_app() -> str:
    lines = ["import typer", "", "app = typer.Typer()", ""]
    for number in range(1, commands() + 1):
        head = f'def command_{number}(name: str = typer.Argument("")):'
        lines += ["", "@app.command()", head, '    """Do nothing."""', ""]
    return "\n".join([*lines, "", "app()", ""])
