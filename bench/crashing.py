"""Randomised kill -9 over applying, appending and ticking, with a rival and a full disk; what was said stays said.

Every run begins with a copy of one approved change. Two processes work on it, and at least one of them is killed at a
random moment, some on a disk without room. Then one call goes on, as the next person or cron job would. Checked: every
word that was acknowledged is in the journal, the change is on main once, the journal is whole, the work tree in step.
"""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import Bar, Section
from metricgov.bootstrap import Workspace

RUNS = 1000
QUICK = 60
TARGET = "refs/heads/main"
REGISTRY = "7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11"
NEW = "workflows/lead_routing.yaml"
TEXT = b"""kind: workflow
name: lead_routing
title: Lead routing
version: 1.0.0
status: active
description: From a new lead to a sales person who owns it.
team: ada
steps: [a lead comes in, somebody owns it]
"""
ADA, BELA = "ada", "bela"


class BrokenPromiseError(AssertionError):
    """Something was lost, done twice, or needs a person to mend it."""


@dataclass(frozen=True, slots=True)
class World:
    """A registry in which one change has every approval it needs."""

    root: Path
    change: str


def approved(root: Path) -> World:
    """Begin a registry of two people and have one change of it approved."""
    from metricgov.app.deciding import give_verdict
    from metricgov.app.drafting import Text, Texts
    from metricgov.app.proposing import propose
    from metricgov.app.start import Person, Wishes, begin, plan, touched_paths
    from metricgov.app.ulid import new_ulid
    from metricgov.assembly import outside
    from metricgov.domain.definitions.governance import Preset
    from metricgov.domain.workflow import commands
    from metricgov.domain.workflow.envelope import Actor

    people = (Person(ADA, "Ada", "ada@example.com"), Person(BELA, "Bela", "bela@example.com"))
    wishes = Wishes(people, Preset.SMALL)
    seen = outside.survey(root, touched_paths(wishes))
    clock = Workspace(root).clock
    beginning = plan(wishes, existing={}, target=TARGET, tip=seen.tip, registry=REGISTRY, files=Workspace(root).files)
    with outside.begin_repository(root) as repository:
        begin(beginning, site=outside.site_of(repository), source=repository, clock=clock)
    workspace = Workspace(root)
    change = new_ulid(clock.now())
    texts = Texts((Text(NEW, None, TEXT),))
    claims = commands.Claims(why="routing is a workflow of ours")
    propose(workspace.access, change=change, actor=Actor(ADA), collect=texts, claims=claims)
    give_verdict(workspace.access, change=change, actor=Actor(BELA), verdict=commands.Approve)
    workspace.repository.close()
    return World(root, change)


def apply(root: Path, change: str) -> str:
    """Put the change on main; that it is there already is as good."""
    from metricgov.app.applying import apply as land
    from metricgov.domain.errors import Refused
    from metricgov.domain.workflow.envelope import Actor

    workspace = Workspace(root)
    try:
        land(workspace.access, landing=workspace.landing, change=change, actor=Actor(ADA))
    except Refused as error:
        if error.code != "stage":
            raise
    finally:
        workspace.repository.close()
    return "applied"


def append(root: Path, change: str) -> str:
    """Say something about the change, and return the words."""
    from metricgov.app.deciding import say
    from metricgov.domain.workflow import commands
    from metricgov.domain.workflow.envelope import Actor

    words = f"word {os.urandom(6).hex()}"
    workspace = Workspace(root)
    try:
        say(workspace.access, change=change, actor=Actor(BELA), command=lambda _state: commands.Comment(text=words))
    finally:
        workspace.repository.close()
    return words


def tick(root: Path, _change: str) -> str:
    """Do what time makes due: here, to finish what was interrupted."""
    from metricgov.app.ticking import tick as pass_time

    workspace = Workspace(root)
    try:
        pass_time(workspace.access, landing=workspace.landing, lookup=lambda: workspace.lookup)
    finally:
        workspace.repository.close()
    return "ticked"


ACTS: dict[str, Callable[[Path, str], str]] = {"apply": apply, "append": append, "tick": tick}
"""What a process of a run can do; each returns what it acknowledged."""


@dataclass(slots=True)
class Child:
    """A process at work, and what it acknowledged before it ended."""

    pid: int
    pipe: int
    act: str
    said: str = ""
    status: int = 0

    def wait(self) -> None:
        """Wait for its end and take what it said."""
        with os.fdopen(self.pipe) as pipe:
            self.said = pipe.read()
        self.status = os.waitpid(self.pid, 0)[1]

    @property
    def killed(self) -> bool:
        """Whether it was killed."""
        return os.WIFSIGNALED(self.status)


def start(root: Path, change: str, act: str, *, room: int = 0) -> Child:
    """Begin an act in a process group of its own; with `room`, no file may grow beyond so many bytes."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return Child(pid, reading, act)
    os.close(reading)
    os.setsid()
    code = 3
    with contextlib.suppress(BaseException):
        if room:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        said = ACTS[act](root, change)
        os.write(writing, said.encode())
        code = 0
    os._exit(code)


@dataclass(slots=True)
class Tally:
    """What happened in all runs."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, *names: str) -> None:
        """Count something."""
        self.counts.update(names)


def one_run(
    world: World, root: Path, chance: random.Random, tally: Tally, disk: SmallDisk | None, *, takes: float
) -> None:
    """Copy, work, kill, go on, check; `takes` is how long an apply takes that nothing disturbs."""
    full = chance.random() < 0.25
    place = disk.folder / "registry" if full and disk else root
    shutil.copytree(world.root, place, symlinks=True)
    known = _events(place)
    room = 0
    if full and disk:
        disk.fill(leave=chance.randrange(0, 200_000))
    elif full:
        room = chance.choice([1, 300, 2_000, 20_000])
    children = [
        start(place, world.change, "apply", room=room),
        start(place, world.change, chance.choice(list(ACTS)), room=room),
    ]
    victims = chance.sample(children, chance.choice([1, 1, 2]))
    began, delays = time.monotonic(), sorted((chance.uniform(0, 1.5 * takes), child.pid) for child in victims)
    for delay, pid in delays:
        time.sleep(max(0.0, began + delay - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):  # the whole group, or the one process without its git
            (os.killpg if chance.random() < 0.5 else os.kill)(pid, signal.SIGKILL)
    for child in children:
        child.wait()
        tally.add("killed" if child.killed else "refused" if child.status else "ended", f"{child.act} begun")
    if full:
        tally.add("without room")
        if disk:
            disk.empty()
    if chance.random() < 0.3:
        subprocess.run(["git", "-C", str(place), "gc", "-q", "--prune=now"], check=True, capture_output=True)
        tally.add("gc")
    _check(world, place, known, children)
    shutil.rmtree(place)


def _check(world: World, root: Path, known: tuple[object, ...], children: list[Child]) -> None:
    """Go on as the next caller would, and see that every promise was kept."""
    from metricgov.adapters.git.journal_verify import anchors_on, verify

    try:
        apply(root, world.change)
    except Exception as error:
        raise BrokenPromiseError(f"it needs a person: {error}") from error
    workspace = Workspace(root)
    events = tuple(workspace.journal.events())
    if events[: len(known)] != known:
        raise BrokenPromiseError("events that stood in the journal are gone")
    words = {str(one.payload.get("text")) for one in events if one.type == "commented"}
    for child in children:
        if child.act == "append" and child.said and child.said not in words:
            raise BrokenPromiseError(f"acknowledged and lost: {child.said}")
    repository = workspace.repository
    tip = repository.resolve(TARGET)
    messages = [repository.store.commit_header(one)[""][0] for one in repository.first_parents(tip)]
    landed = sum(f"Metricgov-Change: {world.change}" in message for message in messages)
    applied = [one.type for one in events].count("applied")
    if (landed, applied) != (1, 1):
        raise BrokenPromiseError(f"on main {landed} times, recorded {applied} times")
    found = verify(repository, workspace.journal.view(), anchors=anchors_on(repository, tip))
    if found.problems:
        raise BrokenPromiseError(f"the journal: {found.problems[0]}")
    repository.close()
    shown = subprocess.run(["git", "-C", str(root), "status", "--porcelain"], capture_output=True, check=True)
    if shown.stdout:
        raise BrokenPromiseError(f"the work tree: {shown.stdout.decode()}")
    subprocess.run(["git", "-C", str(root), "fsck", "--connectivity-only"], check=True, capture_output=True)


def _events(root: Path) -> tuple[object, ...]:
    workspace = Workspace(root)
    events = tuple(workspace.journal.events())
    workspace.repository.close()
    return events


class SmallDisk:
    """A file system in memory that can be filled; only root may mount one."""

    SIZE = 48_000_000

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    @classmethod
    @contextlib.contextmanager
    def mounted(cls, folder: Path) -> Iterator[SmallDisk | None]:
        """Yield one, None where it cannot be mounted: then files are kept from growing instead."""
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={cls.SIZE}", "tmpfs", str(folder)]
        if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
            yield None
            return
        try:
            yield cls(folder)
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=False)

    def fill(self, *, leave: int) -> None:
        """Take all room but so many bytes."""
        free = shutil.disk_usage(self.folder).free
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, free - leave))

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


def crash(folder: Path, runs: int, seed: int) -> Tally:
    """Make these runs; BrokenPromiseError, with the seed that repeats it, at the first broken promise."""
    import git.cmd  # noqa: F401 - children made by fork shall not pay for the imports
    import sqlglot  # noqa: F401

    world = approved(folder / "approved")
    takes = _undisturbed(world, folder / "undisturbed")
    tally = Tally()
    with SmallDisk.mounted(folder / "small-disk") as disk:
        tally.add(*(["small disk"] if disk else []))
        for number in range(runs):
            chance = random.Random(f"{seed}/{number}")
            try:
                one_run(world, folder / f"run{number}", chance, tally, disk, takes=takes)
            except BrokenPromiseError as error:
                raise BrokenPromiseError(f"run {number} of seed {seed}: {error}") from error
    return tally


def _undisturbed(world: World, root: Path) -> float:
    shutil.copytree(world.root, root, symlinks=True)
    began = time.monotonic()
    child = start(root, world.change, "apply")
    child.wait()
    if child.status:
        raise BrokenPromiseError("an apply that nothing disturbs does not end")
    shutil.rmtree(root)
    return time.monotonic() - began


def measure(folder: Path, *, quick: bool) -> Section:
    """Return how many runs there were and what they met; the bar is the number of broken promises: none."""
    section = Section("kill -9 over apply, append and tick, two writers, a full disk")
    runs, seed = QUICK if quick else RUNS, int(time.time())
    began = time.monotonic()
    broken, reason, tally = 0, "", Tally()
    try:
        tally = crash(folder, runs, seed)
    except BrokenPromiseError as error:
        broken, reason = 1, str(error)
    section.rows["runs"] = {"all_n": runs, "time_s": time.monotonic() - began}
    if tally.counts:
        section.rows["processes"] = {
            f"{name}_n": tally.counts[name] for name in ("killed", "refused", "ended", "without room", "gc")
        }
        section.rows["acts"] = {f"{name}_n": tally.counts[f"{name} begun"] for name in ACTS}
    section.bars.append(Bar("broken promises", broken, 0, "runs", reason))
    return section
