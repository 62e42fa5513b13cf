"""Clones of one registry whose writers are killed at any step, and what must hold then; for tests and bench."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli.reading_world import OPEN, Hours, build
from integration.git.writing_calls import Call, watch
from metricgov.adapters.git import remote as remotes
from metricgov.adapters.git.journal import GitJournal
from metricgov.adapters.git.journal_verify import anchors_on, verify
from metricgov.adapters.git.repository import GitRepository
from metricgov.app.applying import apply
from metricgov.app.deciding import say
from metricgov.app.syncing import sync
from metricgov.bootstrap import Workspace
from metricgov.domain.errors import MetricgovError
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.envelope import Actor

ON_ITS_DAY = datetime(2026, 8, 1, 8, 0, tzinfo=UTC)
STEPS = {"append": 6, "sync": 13, "apply": 21}
"""One more than the writes that each job makes, so that some runs end by themselves."""


def make(folder: Path) -> Path:
    """Make a shared registry with one change that has every approval, and two clones of it; return the folder."""
    world = build(folder / "first")
    world.agree(OPEN)
    world.workspace.repository.close()
    git(folder, "clone", "-q", "--bare", "first", "shared.git")
    shutil.rmtree(folder / "first")
    for name in ("here", "there"):
        git(folder, "clone", "-q", "shared.git", name)
        with opened(folder / name) as workspace:
            workspace.adopt_journal()
    return folder


def git(folder: Path, *words: str) -> str:
    """Run git as its users do."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@contextmanager
def opened(root: Path, *, offline: bool = False) -> Iterator[Workspace]:
    """Open a clone; the processes that read it end with the block."""
    environ = {**os.environ, "METRICGOV_OFFLINE": "1" if offline else ""}
    workspace = Workspace(root, clock=Hours(ON_ITS_DAY), environ=environ)
    try:
        yield workspace
    finally:
        workspace.repository.close()


def comment(root: Path, text: str, *, offline: bool = False) -> None:
    """Say something about the open change."""
    with opened(root, offline=offline) as workspace:
        say(
            workspace.access,
            change=OPEN,
            actor=Actor("ops-lead"),
            command=lambda _state: commands.Comment(text=text),
        )


def send(root: Path) -> None:
    """Send what waits."""
    with opened(root) as workspace:
        sync(workspace.access)
        workspace.follow_main()


def land(root: Path) -> None:
    """Apply the change, or finish applying it."""
    with opened(root) as workspace:
        apply(workspace.access, landing=workspace.landing, change=OPEN, actor=Actor("crm-lead"))


@dataclass(frozen=True)
class Run:
    """One job that was killed (or not) before or after its n-th step, and the folder in which that happened."""

    folder: Path
    killed: bool


def killed_at(folder: Path, job: Callable[[], None], step: int, *, after: bool) -> bool:
    """Do a job in a child that is killed right before, or right after, its n-th write or word with the remote."""
    count = 0

    def wrapped(true: Call) -> Call:
        def call(*args: object, **more: object) -> object:
            nonlocal count
            count += 1
            if count == step and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            done = true(*args, **more)
            if count == step and after:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return call

    pid = os.fork()
    if pid == 0:
        try:
            os.chdir(folder)
            watch(wrapped)
            remotes.talk = wrapped(remotes.talk)
            job()
            os._exit(0)
        except MetricgovError:
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the status tells
            os._exit(3)
    status = os.waitpid(pid, 0)[1]
    assert os.WIFSIGNALED(status) or status == 0, status
    return os.WIFSIGNALED(status)


def copied(base: Path, to: Path) -> Path:
    """Return a copy of a shared registry and its clones that stand on their own."""
    shutil.copytree(base, to, symlinks=True)
    for name in ("here", "there"):
        git(to / name, "remote", "set-url", "origin", str(to / "shared.git"))
    return to


def told(folder: Path) -> list[str]:
    """Return the texts of all comments in the shared journal."""
    with GitRepository.open(folder / "shared.git") as repository:
        journal = GitJournal(repository)
        assert verify(repository, journal.view(), anchors=anchors_on(repository, repository.resolve("main"))).holds
        return [str(one.payload["text"]) for one in journal.events() if one.type == "commented"]


def sync_run(base: Path, to: Path, step: int, *, after: bool) -> Run:
    """Two comments wait; sending them is cut off; they are sent again. Each stands there once."""
    folder = copied(base, to)
    for text in ("one", "two"):
        comment(folder / "here", text, offline=True)
    comment(folder / "there", "theirs")
    killed = killed_at(folder, lambda: send(folder / "here"), step, after=after)
    send(folder / "here")
    assert sorted(told(folder)) == ["one", "theirs", "two"]
    return Run(folder, killed)


def append_run(base: Path, to: Path, step: int, *, after: bool) -> Run:
    """A comment is cut off; whoever makes the next one finds at most one of it, and the chain whole."""
    folder = copied(base, to)
    killed = killed_at(folder, lambda: comment(folder / "here", "one"), step, after=after)
    assert told(folder).count("one") <= 1
    if not killed:
        assert told(folder) == ["one"]
    before = told(folder)
    comment(folder / "here", "next")
    comment(folder / "there", "theirs")
    assert told(folder) == [*before, "next", "theirs"]
    return Run(folder, killed)


def apply_run(base: Path, to: Path, step: int, *, after: bool) -> Run:
    """An apply is cut off, and called again from another clone: it lands once, and every clone comes to know it."""
    folder = copied(base, to)
    killed = killed_at(folder, lambda: land(folder / "here"), step, after=after)
    for name in ("there", "here"):
        send(folder / name)
        try:
            land(folder / name)
        except MetricgovError as error:
            assert error.code == "stage", error
        send(folder / name)
    told(folder)
    with GitRepository.open(folder / "shared.git") as repository:
        types = [one.type for one in GitJournal(repository).events() if one.change == OPEN]
        tip = repository.resolve("main")
        messages = [repository.store.commit_header(one)[""][0] for one in repository.first_parents(tip)]
    assert types.count("applied") + types.count("landed") == 1
    assert sum(f"Metricgov-Change: {OPEN}" in message for message in messages) == 1
    assert {git(folder / name, "rev-parse", "main") for name in ("here", "there")} == {tip}
    assert git(folder / "here", "status", "--porcelain") == ""
    return Run(folder, killed)


RUNS = {"append": append_run, "sync": sync_run, "apply": apply_run}


def random_runs(base: Path, to: Path, runs: int, *, seed: int) -> dict[str, int]:
    """Make so many runs, each killed at a step by chance; return how many of each kind were killed."""
    chance = random.Random(seed)
    killed = dict.fromkeys(RUNS, 0)
    for number in range(runs):
        name = tuple(RUNS)[number % len(RUNS)]
        run = RUNS[name](base, to / f"{name}{number}", chance.randint(1, STEPS[name]), after=chance.random() < 0.5)
        killed[name] += run.killed
        shutil.rmtree(run.folder)
    return killed
