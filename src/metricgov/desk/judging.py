"""What reached main, judged as of its time: for `audit verify --full`, `audit scan` and whoever asks over HTTP."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Final

from metricgov.desk.asked import Progress, silent
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from metricgov.app.as_it_stood import Memory
    from metricgov.app.auditing import Audit
    from metricgov.app.checking_values import Checked
    from metricgov.bootstrap import Workspace
    from metricgov.domain.walked import Walked

ANCHOR: Final = re.compile(r"(\d{1,15}):([0-9a-f]{64})")
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def anchor_of(text: str) -> tuple[int, str] | None:
    """Return the seq and the digest of the event that somebody kept elsewhere; BadInput where a text names none."""
    if not text:
        return None
    found = ANCHOR.fullmatch(text)
    if not found:
        raise BadInput("bad_anchor", f"{text!r} is no anchor", hint="write SEQ:SHA256, as audit verify prints it")
    return int(found[1]), found[2]


def digest_of(root: str) -> str:
    """Return the digest of the first governance as it was pinned, "" where none was; BadInput where it is none."""
    if root and not DIGEST.fullmatch(root):
        raise BadInput("bad_root", f"{root!r} is no digest", hint="write the 64 digits that audit verify --full prints")
    return root


def pinned(root: str, *, full: bool, since: int = 0) -> str:
    """Return the digest that was pinned; BadInput where nothing is compared with it, or wishes exclude each other."""
    if root and not full:
        raise BadInput("needs_full", "--root is compared with the beginning of main", hint="add --full")
    if full and since:
        says = "--full judges all of main, by all of the journal"
        raise BadInput("since_and_full", says, hint="leave --since out")
    return digest_of(root)


def verified(
    workspace: Workspace,
    *,
    since: int,
    expected: tuple[int, str] | None,
    memory: Memory | None = None,
    progress: Progress = silent,
) -> Audit:
    """Verify the journal, all of it or what came after an event; a memory takes every event on the way."""
    from contextlib import suppress

    from metricgov.app.auditing import audit_verify, audit_verify_since
    from metricgov.domain import time
    from metricgov.domain.errors import MetricgovError
    from metricgov.domain.workflow.envelope import Envelope

    now = time.to_text(workspace.clock.now())
    if since:
        return audit_verify_since(workspace.integrity, workspace.audited, seq=since, expected=expected, now=now)
    total = 0
    with suppress(MetricgovError):  # a journal that cannot be read is exactly what is to be told
        total = workspace.journal.head().seq

    def beside(envelope: Envelope) -> None:
        if memory is not None:
            memory.take(envelope)
        progress("Verifying", envelope.seq, total)

    return audit_verify(workspace.integrity, expected=expected, beside=beside, now=now)


def values_of(workspace: Workspace) -> Checked:
    """Check the values on record."""
    from metricgov.app.checking_values import check_values

    main = workspace.repository.store.ref(workspace.target)
    return check_values(workspace.values, workspace.repository.contains, main)


def walk_main(
    workspace: Workspace,
    memory: Memory,
    walked: Walked,
    *,
    root: str = "",
    since: str = "",
    progress: Progress = silent,
) -> Walked:
    """Judge the steps of main; `walked` grows meanwhile, so that somebody who stops it can still read it."""
    from metricgov.app.walking import walk
    from metricgov.assembly.outside import history_of
    from metricgov.domain import time

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
            progress=progress,
        )


def remembered(workspace: Workspace) -> Memory:
    """Return what a walk needs of the journal, read without being verified."""
    from metricgov.app.as_it_stood import Memory

    memory = Memory(workspace.record)
    for envelope in memory.journal.events():
        memory.take(envelope)
    return memory
