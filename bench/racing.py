"""Two processes that approve and apply as fast as they can: one line of events that replays to one state."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from bench.crashing import ADA, BELA, TARGET, TEXT, approved
from bench.measure import Bar, Section
from metricgov.bootstrap import Workspace

SECONDS = 60
QUICK = 10


def measure(folder: Path, *, quick: bool) -> Section:
    """Return events and changes a second, and whether what they left is one history."""
    section = Section("two processes approve and apply as fast as they can")
    seconds = QUICK if quick else SECONDS
    root = approved(folder / "raced").root
    until = time.monotonic() + seconds
    children = [_fork(root, me, other, until) for me, other in ((ADA, BELA), (BELA, ADA))]
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    events, applied, problems = _history(root)
    section.rows["throughput"] = {
        "events_n": events,
        "changes_n": applied,
        "events/second_n": events / seconds,
        "changes/second_n": applied / seconds,
    }
    reason = "; ".join(problems) or (f"exit codes {codes}" if any(codes) else "")
    section.bars.append(Bar("one linear history that replays to the same state", float(bool(reason)), 0, "x", reason))
    shutil.rmtree(root)
    return section


def _fork(root: Path, me: str, other: str, until: float) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 3
    try:
        _work(root, me, other, until)
        code = 0
    except BaseException as error:  # noqa: BLE001 - said on stderr, and counted by its code
        os.write(2, f"{me}: {type(error).__name__}: {error}\n".encode())
    os._exit(code)


def _work(root: Path, me: str, other: str, until: float) -> None:
    """Propose, have it approved, apply; again and again, with one workspace as a server has it."""
    from metricgov.app.applying import apply
    from metricgov.app.deciding import give_verdict
    from metricgov.app.drafting import Text, Texts
    from metricgov.app.proposing import propose
    from metricgov.app.ulid import new_ulid
    from metricgov.domain.workflow import commands
    from metricgov.domain.workflow.envelope import Actor

    workspace = Workspace(root)
    access = workspace.access
    number = 0
    while time.monotonic() < until:
        number += 1
        name = f"{me}_{number}"
        text = TEXT.replace(b"name: lead_routing", f"name: {name}".encode())
        change = new_ulid(access.clock.now())
        texts = Texts((Text(f"workflows/{name}.yaml", None, text),))
        claims = commands.Claims(why=f"the workflow {name}")
        propose(access, change=change, actor=Actor(me), collect=texts, claims=claims)
        give_verdict(access, change=change, actor=Actor(other), verdict=commands.Approve)
        apply(access, landing=workspace.landing, change=change, actor=Actor(me))


def _history(root: Path) -> tuple[int, int, list[str]]:
    """Return how many events and applied changes there are, and everything that is wrong with the history."""
    from metricgov.adapters.git.journal_verify import anchors_on, verify
    from metricgov.app.folding import state_of
    from metricgov.domain.workflow.fold import Replay

    workspace = Workspace(root)
    repository = workspace.repository
    tip = repository.resolve(TARGET)
    found = verify(repository, workspace.journal.view(), anchors=anchors_on(repository, tip))
    problems = [str(one) for one in found.problems[:3]]
    replays = []
    for _ in range(2):
        replay = Replay()
        for envelope in workspace.journal.events():
            replay.take(envelope)
        replays.append(replay)
    one, again = replays
    problems += [str(problem) for problem in one.problems[:3]]
    if one.changes != again.changes:
        problems.append("two replays differ")
    if any(state != state_of(change, workspace.journal) for change, state in one.changes.items()):
        problems.append("a change folded alone differs from the replay")
    chain = repository.first_parents(tip)
    applied = [state for state in one.changes.values() if state.commit]
    if len(applied) != len(chain) - 1 or {state.commit for state in applied} != set(chain[1:]):
        problems.append(f"{len(applied)} changes were applied, and main has {len(chain) - 1} steps")
    events = workspace.journal.head().seq
    repository.close()
    return events, len(applied), problems
