"""The door to the terminal: runs one command and turns every outcome into words and an exit code."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from typing import NoReturn

USAGE = 2
UNDECIDED = 3
INTERRUPTED = 130
COMPLETION = "_METRICGOV_COMPLETE"
"""The variable with which a shell asks for completions."""


def entry() -> NoReturn:
    """Run the command line as a process of its own, and end it without taking the interpreter apart.

    Taking it apart costs a fifth of a gate's time and does nothing that the end of the process does not. Loading
    libraries makes many objects that live as long as the process: looking for garbage among them costs another tenth.
    """
    gc.set_threshold(100_000, 50, 50)
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # no code of other packages decides here, and none is looked for
    code: object = UNDECIDED
    try:
        run()
    except SystemExit as ending:
        code = ending.code
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


def run(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with the codes of INV-25."""
    try:
        code = _outcome(arguments)
    except KeyboardInterrupt:
        print("interrupted; nothing half-done was left behind", file=sys.stderr)
        code = INTERRUPTED
    sys.exit(code)


def _outcome(arguments: list[str] | None) -> int:
    from metricgov.domain.errors import MetricgovError

    try:
        code = _call(arguments)
    except MetricgovError as error:
        from metricgov.cli.output import explain

        return explain(error)
    except Exception as error:  # noqa: BLE001 - the outermost edge: a bug becomes a report, never a traceback
        return _report(error)
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read stopped reading; the verdict stays what it is
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return code


def _call(arguments: list[str] | None) -> int:
    from typer.main import get_command_from_info, get_install_completion_arguments
    from typer.models import CommandInfo

    from metricgov.cli.lazy import LazyGroup
    from metricgov.cli.options import root
    from metricgov.cli.table import SECTIONS

    own = get_command_from_info(CommandInfo(callback=root), pretty_exceptions_short=False, rich_markup_mode=None)
    words = sys.argv[1:] if arguments is None else arguments
    completes = COMPLETION in os.environ
    parameters = list(own.params)
    if completes or not words or words[0].startswith("-"):  # what asks the shell which one it is takes its time
        parameters += get_install_completion_arguments()
    program = LazyGroup(sections=SECTIONS, name="metricgov", params=parameters, help=OVERVIEW, epilog=EPILOG)
    if completes:
        from typer._completion_classes import completion_init

        completion_init()
    try:
        program.main(args=arguments, prog_name="metricgov")
    except SystemExit as ending:
        if ending.code == INTERRUPTED:  # Typer ends quietly; a person wants to know what became of their work
            raise KeyboardInterrupt from None
        return ending.code if isinstance(ending.code, int) else 0
    return 0


OVERVIEW = """Versioned metric definitions in git: propose a change, see what it means, agree on it, let CI prove it.

`metricgov COMMAND --help` shows an example of each.
"""
EPILOG = "Example: metricgov edit routing_speed"


def _report(error: Exception) -> int:
    """Keep the details of a bug in a file and say so in one line: no traceback reaches a user."""
    import tempfile
    import traceback
    from pathlib import Path

    details = "".join(traceback.format_exception(error))
    with tempfile.NamedTemporaryFile("w", prefix="metricgov-report-", suffix=".txt", delete=False) as report:
        report.write(details)
    name = Path(report.name)
    print(
        f"metricgov: something broke inside the program ({type(error).__name__}); this is not your mistake",
        file=sys.stderr,
    )
    print(f"hint: the details are in {name}; please report them with what you did", file=sys.stderr)
    return UNDECIDED


if __name__ == "__main__":
    entry()
