"""Randomised kill -9 over applying, appending, syncing and ticking, with a rival and a full disk; nothing said is lost.

Every run begins with a copy of one approved change: in a registry without a remote, or in two clones of one remote, one
of which holds a word that was not sent yet. Two processes work on it, and at least one of them is killed at a random
moment, some on a disk without room. Then one call in each clone goes on, as the next person or cron job would. Checked:
every word that was acknowledged or waited is in the journal once, the change is on main once, the journal is whole, the
work trees in step.
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
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Bar, Progress, Section, side_by_side
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
SHARED = "shared.git"
WAITING = "word that waits to be sent"


class BrokenPromiseError(AssertionError):
    """Something was lost, done twice, or needs a person to mend it."""


@dataclass(frozen=True, slots=True)
class World:
    """A registry in which one change has every approval it needs; `clones` are its folders, "" where it is alone."""

    root: Path
    change: str
    clones: tuple[str, ...] = ("",)

    @property
    def shared(self) -> bool:
        """Whether the clones share a remote."""
        return self.clones != ("",)

    @property
    def record(self) -> str:
        """The folder whose journal everybody goes by."""
        return SHARED if self.shared else ""

    def copied(self, to: Path) -> Path:
        """Return a copy that stands on its own."""
        shutil.copytree(self.root, to, symlinks=True)
        for name in self.clones if self.shared else ():
            _git(to / name, "remote", "set-url", "origin", str(to / SHARED))
        return to


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


def shared(alone: World, root: Path) -> World:
    """Return two clones of one remote that holds a world; in the first of them a word waits."""
    root.mkdir()
    _git(root, "clone", "-q", "--bare", str(alone.root), SHARED)
    world = World(root, alone.change, ("here", "there"))
    for name in world.clones:
        _git(root, "clone", "-q", SHARED, name)
        workspace = Workspace(root / name)
        workspace.adopt_journal()
        workspace.repository.close()
    _say(Workspace(root / "here", environ={**os.environ, "METRICGOV_OFFLINE": "1"}), alone.change, WAITING)
    return world


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout


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
    words = f"word {os.urandom(6).hex()}"
    _say(Workspace(root), change, words)
    return words


def _say(workspace: Workspace, change: str, words: str) -> None:
    from metricgov.app.deciding import say
    from metricgov.domain.workflow import commands
    from metricgov.domain.workflow.envelope import Actor

    try:
        say(workspace.access, change=change, actor=Actor(BELA), command=lambda _state: commands.Comment(text=words))
    finally:
        workspace.repository.close()


def sync(root: Path, _change: str) -> str:
    """Send what waits, and take over what others did."""
    from metricgov.app.syncing import sync as send

    workspace = Workspace(root)
    try:
        refused = send(workspace.access).refused
        workspace.follow_main()
    finally:
        workspace.repository.close()
    if refused:
        raise BrokenPromiseError(f"what waited is refused: {refused[0]}")
    return "synced"


def tick(root: Path, _change: str) -> str:
    """Do what time makes due: here, to finish what was interrupted."""
    from metricgov.app.ticking import tick as pass_time

    workspace = Workspace(root)
    try:
        pass_time(workspace.access, landing=workspace.landing, lookup=lambda: workspace.lookup)
    finally:
        workspace.repository.close()
    return "ticked"


ACTS: dict[str, Callable[[Path, str], str]] = {"apply": apply, "append": append, "tick": tick, "sync": sync}
"""What a process of a run can do; each returns what it acknowledged."""
ALONE = ("apply", "append", "tick")
"""What it can do without a remote."""


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
    def outcome(self) -> str:
        """How it ended."""
        return "killed" if os.WIFSIGNALED(self.status) else "refused" if self.status else "ended"


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


def one_run(world: World, root: Path, chance: random.Random, *, takes: float) -> Counter[str]:
    """Copy, work, kill, go on, check; `takes` is how long an apply takes that nothing disturbs. Return what was met."""
    full = chance.random() < 0.25
    with SmallDisk.mounted(root.with_name(f"{root.name}-disk")) if full else contextlib.nullcontext() as disk:
        place = world.copied(disk.folder / "registry" if disk else root)
        tally = _worked(world, place, chance, disk, full=full, takes=takes)
        shutil.rmtree(place)
    return tally


def _worked(
    world: World, place: Path, chance: random.Random, disk: SmallDisk | None, *, full: bool, takes: float
) -> Counter[str]:
    known, room = _events(place / world.record), 0
    if disk:
        disk.fill(leave=chance.randrange(0, 200_000))
    elif full:
        room = chance.choice([1, 300, 2_000, 20_000])
    rival = place / chance.choice(world.clones)
    first, second = (("sync", "apply"), tuple(ACTS)) if world.shared else (("apply",), ALONE)
    children = [
        start(place / world.clones[0], world.change, chance.choice(first), room=room),
        start(rival, world.change, chance.choice(second), room=room),
    ]
    _kill(children, chance, within=takes)
    tally = Counter(word for child in children for word in (child.outcome, f"{child.act} begun"))
    if full:
        tally["without room"] += 1
        if disk:
            disk.empty()
    if chance.random() < 0.3:
        for name in {world.record, *world.clones}:  # one that meets a lock of the dead gives up, and that is its right
            done = subprocess.run(
                ["git", "-C", str(place / name), "gc", "-q", "--prune=now"], capture_output=True, check=False
            )
            tally["gc"] += done.returncode == 0
    _check(world, place, known, children)
    return tally


def _kill(children: list[Child], chance: random.Random, *, within: float) -> None:
    """Kill one child or both at random moments, the whole group or the one process without its git; wait for all."""
    victims = chance.sample(children, chance.choice([1, 1, 2]))
    began, delays = time.monotonic(), sorted((chance.uniform(0, within), child.pid) for child in victims)
    for delay, pid in delays:
        time.sleep(max(0.0, began + delay - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if chance.random() < 0.5 else os.kill)(pid, signal.SIGKILL)
    for child in children:
        child.wait()


def _check(world: World, root: Path, known: tuple[object, ...], children: list[Child]) -> None:
    """Go on as the next caller would, and see that every promise was kept."""
    try:
        for name in world.clones:
            for act in (sync, apply) if world.shared else (apply,):
                act(root / name, world.change)
        for name in world.clones if world.shared else ():
            sync(root / name, world.change)
    except Exception as error:
        raise BrokenPromiseError(f"it needs a person: {error}") from error
    _check_record(world, root / world.record, known, children)
    for name in {world.record, *world.clones}:
        _git(root / name, "fsck", "--connectivity-only")
    for name in world.clones:
        if shown := _git(root / name, "status", "--porcelain"):
            raise BrokenPromiseError(f"the work tree: {shown}")


def _check_record(world: World, root: Path, known: tuple[object, ...], children: list[Child]) -> None:
    from metricgov.adapters.git.journal import GitJournal
    from metricgov.adapters.git.journal_verify import anchors_on, verify
    from metricgov.adapters.git.repository import GitRepository

    with GitRepository.open(root) as repository:
        journal = GitJournal(repository)
        events = tuple(journal.events())
        if events[: len(known)] != known:
            raise BrokenPromiseError("events that stood in the journal are gone")
        words = Counter(str(one.payload.get("text")) for one in events if one.type == "commented")
        for said in (*(one.said for one in children if one.act == "append"), *([WAITING] if world.shared else ())):
            if said and words[said] != 1:
                raise BrokenPromiseError(f"acknowledged and {'doubled' if words[said] else 'lost'}: {said}")
        tip = repository.resolve(TARGET)
        messages = [repository.store.commit_header(one)[""][0] for one in repository.first_parents(tip)]
        landed = sum(f"Metricgov-Change: {world.change}" in message for message in messages)
        applied = [one.type for one in events if one.type in ("applied", "landed")]
        if landed != 1 or len(applied) != 1 or (applied == ["landed"] and not world.shared):
            raise BrokenPromiseError(f"on main {landed} times, recorded as {applied}")
        found = verify(repository, journal.view(), anchors=anchors_on(repository, tip))
        if found.problems:
            raise BrokenPromiseError(f"the journal: {found.problems[0]}")


def _events(root: Path) -> tuple[object, ...]:
    from metricgov.adapters.git.journal import GitJournal
    from metricgov.adapters.git.repository import GitRepository

    with GitRepository.open(root) as repository:
        return tuple(GitJournal(repository).events())


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


@dataclass(slots=True)
class Runs:
    """What every run of one measurement begins with."""

    folder: Path
    seed: int
    worlds: tuple[World, ...]
    takes: tuple[float, ...]

    def one(self, number: int) -> tuple[Counter[str], str]:
        """Make a run; return what it met, and how it broke a promise with the seed that repeats it, "" if not."""
        chance, which = random.Random(f"{self.seed}/{number}"), number % len(self.worlds)
        try:
            return one_run(self.worlds[which], self.folder / f"run{number}", chance, takes=self.takes[which]), ""
        except BrokenPromiseError as error:
            return Counter(), f"run {number} of seed {self.seed}: {error}"


def crash(folder: Path, runs: int, seed: int) -> Counter[str]:
    """Make these runs and count what they met; BrokenPromiseError, with the seed that repeats it, at the first one."""
    import git.cmd  # noqa: F401 - children made by fork shall not pay for the imports
    import sqlglot  # noqa: F401

    alone = approved(folder / "approved")
    worlds = (alone, shared(alone, folder / "shared"))
    made = Runs(folder, seed, worlds, tuple(_undisturbed(one, folder / f"undisturbed-{one.shared}") for one in worlds))
    tally: Counter[str] = Counter()
    progress = Progress("runs", runs)
    for counts, broken in side_by_side(made.one, range(runs)):
        progress.past(tally.update(counts))
        if broken:
            raise BrokenPromiseError(broken)
    return tally


def _undisturbed(world: World, root: Path) -> float:
    world.copied(root)
    began = time.monotonic()
    child = start(root / world.clones[0], world.change, "apply")
    child.wait()
    if child.status:
        raise BrokenPromiseError("an apply that nothing disturbs does not end")
    shutil.rmtree(root)
    return time.monotonic() - began


def measure(folder: Path, *, quick: bool) -> Section:
    """Return how many runs there were and what they met; the bar is the number of broken promises: none."""
    section = Section("kill -9 over apply, append, sync and tick, two writers, a full disk")
    runs, seed = QUICK if quick else RUNS, int(time.time())
    began = time.monotonic()
    broken, reason = 0, ""
    tally: Counter[str] = Counter()
    try:
        tally = crash(folder, runs, seed)
    except BrokenPromiseError as error:
        broken, reason = 1, str(error)
    section.rows["runs"] = {"all_n": runs, "time_s": time.monotonic() - began}
    if tally:
        section.rows["processes"] = {
            f"{name}_n": tally[name] for name in ("killed", "refused", "ended", "without room", "gc")
        }
        section.rows["acts"] = {f"{name}_n": tally[f"{name} begun"] for name in ACTS}
    section.bars.append(Bar("broken promises", broken, 0, "runs", reason))
    return section
