"""`audit verify` of a long journal beside bare SHA-256 over the same bytes."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench.gating import SMALL, registry
from bench.measure import METRICGOV, Section, process
from metricgov.adapters.git.journal import chained
from metricgov.adapters.git.journal_layout import commit_message, event_path
from metricgov.app.ulid import ALPHABET
from metricgov.bootstrap import Workspace
from metricgov.domain.workflow.envelope import Actor, Draft, Envelope

EVENTS, FEW = 100_000, 10_000
NEW = 100
"""Events that came since the last audit."""
A_CHANGE = 5
"""Events of a change here: made, talked about three times, taken back."""


def measure(folder: Path, *, quick: bool) -> Section:
    """Return events a second of the program, over all and over the last few, and of SHA-256 alone; no bar is set."""
    section = Section("audit verify")
    root, count = registry(folder, SMALL), FEW if quick else EVENTS
    events = fill(root, count)
    began = time.perf_counter()
    for data in events:
        hashlib.sha256(data).hexdigest()
    bare = time.perf_counter() - began
    run = process((METRICGOV, "audit", "verify"), root)
    after = Workspace(root).journal.head().seq
    _talk(root, NEW)
    since = process((METRICGOV, "audit", "verify", "--since", str(after)), root)
    section.rows = {
        f"audit verify of {count:,} events": {
            "rate_events/s": count / run.seconds,
            "total_s": run.seconds,
            "peak_mb": run.megabytes,
        },
        f"the same --since the last {NEW}": {
            "rate_events/s": NEW / since.seconds,
            "total_s": since.seconds,
            "peak_mb": since.megabytes,
        },
        "SHA-256 of the same bytes": {"rate_events/s": count / bare, "total_s": bare},
    }
    return section


def _talk(root: Path, times: int) -> None:
    """Append so many events, each in a commit of its own, as people do."""
    workspace = Workspace(root)
    at = next(iter(workspace.journal.events(since=workspace.journal.head().seq - 1))).at
    text = {"thread": "t1", "text": "One more.", "path": "", "field": ""}
    for _ in range(times):
        workspace.journal.append(lambda: (Draft(_change(0), "commented", Actor("ada-anders"), at, text),))
    workspace.repository.close()


def _change(which: int) -> str:
    return "01J9" + "".join(ALPHABET[which >> shift & 31] for shift in range(105, -1, -5))


def fill(root: Path, count: int, *, first: int = 0) -> list[bytes]:
    """Append so many events in one commit, past the program's pace; return their bytes.

    They are of changes that were made, talked about and taken back; `first` is the number of the first of them.
    """
    workspace = Workspace(root)
    head, view = workspace.journal.head(), workspace.journal.view()
    events: list[Envelope] = []
    place = head
    for draft in _drafts(count, first, workspace.registry_id, workspace.target):
        events.append(envelope := chained(draft, place))
        place = type(head)("", envelope.seq, envelope.sha256, envelope.main)
    message = commit_message(tuple(events[-1:])).encode()
    out = [f"commit {workspace.journal.ref}\ncommitter metricgov <metricgov@invalid> 1767603600 +0000\n".encode()]
    out.append(b"data %d\n%s\nfrom %s\n" % (len(message), message, view.commit.encode()))
    bytes_of = [one.to_bytes() for one in events]
    for one, data in zip(events, bytes_of, strict=True):
        out.append(b"M 100644 inline %s\ndata %d\n%s\n" % (event_path(one.change, one.seq).encode(), len(data), data))
    workspace.repository.close()
    subprocess.run(["git", "fast-import", "--quiet"], cwd=root, input=b"".join(out), check=True, capture_output=True)
    return bytes_of


def _drafts(count: int, first: int, registry_id: str, target: str) -> Iterator[Draft]:
    actor, created = (
        Actor("ada-anders"),
        {"registry": registry_id, "target": target, "why": "Too slow.", "reverts": None},
    )
    for number in range(count):
        which, step = divmod(number, A_CHANGE)
        change = _change(first + which)
        at = f"2026-{2 + number * 8 // count:02d}-01T00:00:00Z"
        text = {"thread": f"t{step}", "text": f"Text {number}.", "path": "", "field": ""}
        if step == 0:
            yield Draft(change, "change_created", actor, at, created)
        elif step == A_CHANGE - 1:
            yield Draft(change, "withdrawn", actor, at, {"reason": "It was only asked."})
        else:
            yield Draft(change, "commented", actor, at, text)
