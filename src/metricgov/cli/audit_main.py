"""What reached main: every step judged as of its time, for `audit verify --full` and `audit scan`."""

from __future__ import annotations

import re
from contextlib import closing
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import AsJson
from metricgov.cli.period import Since
from metricgov.desk.session import Session
from metricgov.domain import time
from metricgov.domain.errors import BadInput
from metricgov.domain.period import start_of

if TYPE_CHECKING:
    from metricgov.app.as_it_stood import Memory
    from metricgov.app.checking_values import Checked
    from metricgov.bootstrap import Workspace
    from metricgov.domain.walked import Walked

DIGEST = re.compile(r"[0-9a-f]{64}")


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
    from metricgov.app.as_it_stood import Memory
    from metricgov.cli.output import data, screen
    from metricgov.render.walked import bypasses_csv, bypasses_json, bypasses_text

    workspace = Session().workspace
    memory = Memory(workspace.record)
    for envelope in memory.journal.events():
        memory.take(envelope)
    walked = _walk(workspace, memory, since=start_of(since))
    chosen = BypassFormat.JSON if as_json else format_
    match chosen:
        case BypassFormat.JSON:
            data(bypasses_json(walked))
        case BypassFormat.CSV:
            data(bypasses_csv(walked))
        case BypassFormat.TEXT:
            data(bypasses_text(walked, screen()))


def judged_main(workspace: Workspace, *, root: str, expected: tuple[int, str] | None, as_json: bool) -> None:
    """Verify the journal, then judge main by it; end with exit code 1 where one of them does not hold."""
    from metricgov.app.as_it_stood import Memory
    from metricgov.app.auditing import audit_verify
    from metricgov.cli.output import data, screen
    from metricgov.render.reading import audit_verify_json, audit_verify_text
    from metricgov.render.values_checked import values_json, values_text
    from metricgov.render.walked import walked_json, walked_text

    memory = Memory(workspace.record)
    now = time.to_text(workspace.clock.now())
    audit = audit_verify(workspace.integrity, expected=expected, beside=memory.take, now=now)
    walked = _walk(workspace, memory, root=root) if audit.whole else None
    values = values_of(workspace)
    if as_json:
        main = walked_json(walked) if walked else None
        data(audit_verify_json(**audit.as_shown(), values=values_json(values), main=main))
    else:
        said = walked_text(walked, screen()) if walked else "Main was not judged: what approved it is not whole.\n"
        data(audit_verify_text(**audit.as_shown(), screen=screen()) + values_text(values, screen()) + "\n" + said)
    if walked is None or not walked.holds or not audit.holds or not values.holds:
        raise typer.Exit(1)


def values_of(workspace: Workspace) -> Checked:
    """Check the values on record."""
    from metricgov.app.checking_values import check_values

    main = workspace.repository.store.ref(workspace.target)
    return check_values(workspace.values, workspace.repository.contains, main)


def pinned(root: str, *, full: bool) -> str:
    """Return the digest that was pinned, "" if none was; BadInput where it is none, or nothing is compared with it."""
    if not root:
        return ""
    if not full:
        raise BadInput("needs_full", "--root is compared with the beginning of main", hint="add --full")
    if not DIGEST.fullmatch(root):
        raise BadInput("bad_root", f"{root!r} is no digest", hint="write the 64 digits that audit verify --full prints")
    return root


def _walk(workspace: Workspace, memory: Memory, *, root: str = "", since: str = "") -> Walked:
    from metricgov.app.walking import walk
    from metricgov.assembly.outside import history_of
    from metricgov.cli.output import talk
    from metricgov.cli.progress import Meter
    from metricgov.domain.walked import Walked
    from metricgov.render.walked import progress_words

    walked, meter = Walked(), Meter()
    try:
        with closing(history_of(workspace.repository)) as line:
            return walk(
                workspace.audited,
                memory,
                walked,
                line=line,
                hygiene=workspace.repository,
                now=time.to_text(workspace.clock.now()),
                root=root,
                since=since,
                progress=meter,
            )
    except KeyboardInterrupt:
        meter.clear()
        talk(progress_words(walked))
        raise
    finally:
        meter.clear()
