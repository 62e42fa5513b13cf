"""What reached main: every step judged as of its time, for `audit verify --full` and `audit scan`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import AsJson
from metricgov.cli.period import Since
from metricgov.desk.session import Session
from metricgov.domain.period import start_of

if TYPE_CHECKING:
    from metricgov.app.as_it_stood import Memory
    from metricgov.bootstrap import Workspace
    from metricgov.domain.walked import Walked


class BypassFormat(StrEnum):
    """What the bypasses are written as."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def scan(
    since: Since = "",
    format_: Annotated[BypassFormat, typer.Option("--format", help="What to print.")] = BypassFormat.TEXT,
    as_json: AsJson = False,
) -> None:
    """List the changes that reached main past approval: commit, author, date, definition, class, what was missing.

    Judges every step of main by the rules of its base and the approvals of its time, as `audit verify --full` does, and
    says what it found: the exit code is 0 either way.

    Example: metricgov audit scan --since 2026-06-01 --format csv
    """
    from metricgov.desk.judging import remembered

    workspace = Session().workspace
    start = start_of(since)
    walked = _walk(workspace, remembered(workspace), since=start)
    tell_bypasses(walked, BypassFormat.JSON if as_json else format_)


def tell_bypasses(walked: Walked, form: BypassFormat) -> None:
    """Print the steps that came past approval, wherever they were asked for."""
    from metricgov.cli.output import data, screen
    from metricgov.render.walked import bypasses_csv, bypasses_json, bypasses_text

    match form:
        case BypassFormat.JSON:
            data(bypasses_json(walked))
        case BypassFormat.CSV:
            data(bypasses_csv(walked))
        case BypassFormat.TEXT:
            data(bypasses_text(walked, screen()))


def judged_main(workspace: Workspace, *, root: str, expected: tuple[int, str] | None, as_json: bool) -> None:
    """Verify the journal, then judge main by it; end with exit code 1 where one of them does not hold."""
    from metricgov.app.as_it_stood import Memory
    from metricgov.cli.audit import tell_verified
    from metricgov.cli.progress import Meter
    from metricgov.desk.judging import values_of, verified

    memory, meter = Memory(workspace.record), Meter()
    try:
        audit = verified(workspace, since=0, expected=expected, memory=memory, progress=meter)
    finally:
        meter.clear()
    walked = _walk(workspace, memory, root=root) if audit.whole else None
    tell_verified(audit.as_shown(), values_of(workspace), as_json=as_json, full=True, walked=walked)


def _walk(workspace: Workspace, memory: Memory, *, root: str = "", since: str = "") -> Walked:
    from metricgov.cli.output import talk
    from metricgov.cli.progress import Meter
    from metricgov.desk.judging import walk_main
    from metricgov.domain.walked import Walked
    from metricgov.render.walked import progress_words

    walked, meter = Walked(), Meter()
    try:
        return walk_main(workspace, memory, walked, root=root, since=since, progress=meter)
    except KeyboardInterrupt:
        meter.clear()
        talk(progress_words(walked))
        raise
    finally:
        meter.clear()
