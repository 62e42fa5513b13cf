"""Crashes, rivals, gc, full disks at every step of appending and applying: once or not at all, never lost."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import git.cmd  # noqa: F401 - children made by fork shall not pay for the import
import pytest

from integration.git.writing_calls import before_the
from metricgov.adapters.git import moving, process
from metricgov.adapters.git.journal import GitJournal
from metricgov.adapters.git.journal_verify import anchors_on, verify
from metricgov.adapters.git.landing import GitLanding
from metricgov.adapters.git.moving import RefMoves
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.setup import commit_files
from metricgov.domain.digest import sha256_hex
from metricgov.domain.errors import Refused, Undecidable
from metricgov.domain.workflow.envelope import Actor, Draft, Envelope
from metricgov.ports.landing import Plan

AT = "2026-06-18T09:52:30Z"
MAIN = "refs/heads/main"
CHANGE = "01J0000000000000000000000A"
WRITES: dict[str, bytes | None] = {
    "metrics/crm/speed.yaml": b"kind: metric\nname: speed\nversion: 2.0.0\n",
    "sources/leads.yaml": b"x: 1\n",
}
New = Callable[..., GitRepository]
Git = Callable[..., str]


def event(type: str, **payload: str) -> Draft:
    return Draft(CHANGE, type, Actor("crm-lead"), AT, payload, subjects=("metric:speed",))


def apply(root: Path) -> None:
    """Apply the change as the use case does; first run, recovery and retry are this one function."""
    with GitRepository.open(root) as repository:
        journal, landing = GitJournal(repository), GitLanding(repository)
        while (last := journal.events_of(CHANGE)[-1]).type != "applied":
            if last.type != "apply_started":
                begin(journal, landing, last)
                continue
            plan = plan_of(last)
            commit = landing.build(plan)
            tip = landing.tip(MAIN)  # before asking whether it landed: another worker may land it in between
            if landing.landed(MAIN, commit):
                end(journal, last, event("applied", commit=commit))
            elif tip == plan.tip:
                landing.move(plan, commit)
            else:
                landing.settle(plan, commit)
                end(journal, last, event("apply_abandoned"))


def begin(journal: GitJournal, landing: GitLanding, last: Envelope) -> None:
    tip = landing.tip(MAIN)
    landing.check(Plan(MAIN, tip, WRITES, AT, "check"))
    end(journal, last, event("apply_started", tip=tip))


def end(journal: GitJournal, last: Envelope, then: Draft) -> None:
    """Append unless somebody else did first."""
    journal.append(lambda: [then] if journal.events_of(CHANGE)[-1] == last else [])


def plan_of(started: Envelope) -> Plan:
    trailers = f"Metricgov-Change: {CHANGE}\nMetricgov-Journal: {started.seq} {started.sha256}\n"
    return Plan(MAIN, str(started.payload["tip"]), WRITES, started.at, f"metricgov: apply\n\n{trailers}")


@pytest.fixture(params=["work tree", "bare"])
def ready(request: pytest.FixtureRequest, new_repository: New) -> Path:
    """A registry with one approved change."""
    made = new_repository(bare=request.param == "bare")
    journal = GitJournal(made)
    journal.create("7b0f9a52", at=AT)
    journal.append(lambda: [event("approved")])
    return made.git.root


def in_a_child(work: Callable[[], None]) -> int:
    """Run work in a process of its own and return its wait status."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        try:
            work()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the status tells
            os._exit(3)
    return os.waitpid(pid, 0)[1]


def killed_at(root: Path, number: int) -> bool:
    """Apply in a child that is killed right before its n-th write; False if it ended first."""

    def work() -> None:
        before_the(number, lambda: os.kill(os.getpid(), signal.SIGKILL))
        apply(root)

    status = in_a_child(work)
    assert os.WIFSIGNALED(status) or status == 0
    return os.WIFSIGNALED(status)


def rival(root: Path) -> None:
    """Move main under the apply, as a push of somebody else does."""
    name = f"rival{time.monotonic_ns()}.yaml"
    repository = GitRepository.open(root)
    commit_files(repository, "main", {name: b"1\n"}, message="rival", at=AT, follow=False)
    if not repository.bare:  # somebody who commits in the work tree has the file there
        subprocess.run(["git", "-C", str(root), "checkout", "-q", "HEAD", "--", name], check=True)
    repository.close()


def gc(root: Path) -> None:
    subprocess.run(["git", "-C", str(root), "gc", "-q", "--prune=now"], check=True)


INTERLUDES: dict[str, Callable[[Path], None]] = {
    "nothing": lambda root: None,
    "gc": gc,
    "rival": rival,
    "rival and gc": lambda root: (rival(root), gc(root), None)[-1],
}


def assert_applied_once(root: Path, known: tuple[Envelope, ...] = ()) -> None:
    with GitRepository.open(root) as repository:
        journal = GitJournal(repository)
        events = tuple(journal.events())
        assert events[: len(known)] == known
        assert [one.type for one in events].count("applied") == 1
        tip = repository.resolve("main")
        chain = repository.first_parents(tip)
        messages = [repository.store.commit_header(commit)[""][0] for commit in chain]
        assert sum("Metricgov-Change" in message for message in messages) == 1
        tree = repository.tree(tip)
        assert dict(zip(WRITES, repository.read(tree[path].oid for path in WRITES), strict=True)) == WRITES
        result = verify(repository, journal.view(), anchors=anchors_on(repository, tip))
        assert (result.problems, result.anchored) == ((), events[-1].seq - 1)
        if not repository.bare:
            shown = subprocess.run(["git", "-C", str(root), "status", "--porcelain"], capture_output=True, check=True)
            assert shown.stdout == b""
    subprocess.run(["git", "-C", str(root), "fsck", "--full", "--strict"], check=True, capture_output=True)


def copies(ready: Path) -> Iterator[Path]:
    """Yield fresh copies of the registry."""
    for number in range(1, 40):
        root = ready.parent / f"copy{number}"
        shutil.copytree(ready, root, symlinks=True)
        yield root
        shutil.rmtree(root)


@pytest.mark.slow
@pytest.mark.parametrize("interlude", INTERLUDES)
def test_a_kill_before_any_write_loses_and_doubles_nothing(ready: Path, interlude: str) -> None:
    """INV-50, INV-52: kill -9 at every step; then gc, a competing push, or both; then recovery."""
    for number, root in enumerate(copies(ready), 1):
        killed = killed_at(root, number)
        known = tuple(GitJournal(GitRepository.open(root)).events())
        INTERLUDES[interlude](root)
        apply(root)
        assert_applied_once(root, known)
        if not killed:
            assert number > 6
            return
    pytest.fail("the apply never ended by itself")


@pytest.mark.slow
@pytest.mark.parametrize("interlude", ["gc", "rival"])
def test_gc_and_rivals_between_any_two_writes(ready: Path, interlude: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-50: the apply goes on while others work in the repository."""
    for number, root in enumerate(copies(ready), 1):
        came = []

        def act(root: Path = root, came: list[int] = came) -> None:
            came.append(1)
            monkeypatch.undo()
            INTERLUDES[interlude](root)

        before_the(number, act, monkeypatch)
        apply(root)
        monkeypatch.undo()
        assert_applied_once(root)
        if not came:
            return
    pytest.fail("the apply never ended by itself")


@pytest.mark.slow
def test_a_kill_of_everything_at_any_moment(ready: Path) -> None:
    """INV-50: the processes of git die too, wherever they are; what stays behind is a lock that the hint names."""
    chance = random.Random(20260618)
    for root in list(range(10)):
        copy = ready.parent / f"copy{root}"
        shutil.copytree(ready, copy, symlinks=True)
        pid = os.fork()
        if pid == 0:
            os.setsid()
            try:
                apply(copy)
            finally:
                os._exit(0)
        time.sleep(chance.uniform(0.005, 0.25))
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        time.sleep(0.05)
        for lock in copy.rglob("*.lock"):
            lock.unlink()
        known = tuple(GitJournal(GitRepository.open(copy)).events())
        apply(copy)
        assert_applied_once(copy, known)


@pytest.mark.slow
def test_two_workers_apply_one_change_once(ready: Path) -> None:
    """INV-50: two servers."""
    for root in itertools.islice(copies(ready), 5):
        first = os.fork()
        if first == 0:
            try:
                apply(root)
            finally:
                os._exit(0)
        apply(root)
        os.waitpid(first, 0)
        assert_applied_once(root)


def test_a_worker_that_slept_cannot_win_later(ready: Path) -> None:
    """INV-52: it wakes up after its attempt was abandoned and main went back to nothing it knows."""
    repository = GitRepository.open(ready)
    journal, landing = GitJournal(repository), GitLanding(repository)
    begin(journal, landing, journal.events_of(CHANGE)[-1])
    sleeper = plan_of(journal.events_of(CHANGE)[-1])
    commit = landing.build(sleeper)
    rival(ready)
    apply(ready)
    tip = landing.tip(MAIN)
    assert landing.move(sleeper, commit).value == "lost"
    assert landing.tip(MAIN) == tip
    assert_applied_once(ready)


def test_an_unclear_answer_is_settled_by_looking(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-53: the ref moved, and the answer was lost."""
    deafen(monkeypatch)
    apply(ready)
    monkeypatch.undo()
    assert_applied_once(ready)


def deafen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every answer about a moved ref be lost, whichever git was told to move it."""
    true, moved = process.run_with_gitpython, RefMoves.moved

    def deaf(command: list[str], *rest: object) -> process.Result:
        done = true(command, *rest)  # type: ignore[arg-type]
        return process.Result(128, b"", "fatal: the remote end hung up") if "update-ref" in command else done

    def deaf_too(self: RefMoves, *asked: str) -> bool:
        moved(self, *asked)
        return False

    monkeypatch.setattr(process, "run_with_gitpython", deaf)
    monkeypatch.setattr(RefMoves, "moved", deaf_too)


def test_an_append_whose_answer_was_lost_is_not_made_twice(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-53"""
    deafen(monkeypatch)
    journal = GitJournal(GitRepository.open(ready))
    assert len(journal.append(lambda: [comment(1, 1)])) == 1
    assert [one.type for one in journal.events()] == ["approved", "commented"]


def test_a_gc_that_looked_before_the_ref_moved_deletes_nothing_that_is_needed(ready: Path) -> None:
    """INV-50: what it found unneeded was another pack, though one of the same objects."""
    repository = GitRepository.open(ready)
    journal, landing = GitJournal(repository), GitLanding(repository)
    begin(journal, landing, journal.events_of(CHANGE)[-1])
    plan = plan_of(journal.events_of(CHANGE)[-1])
    packs = repository.common_dir() / "objects" / "pack"
    before = set(packs.iterdir())
    commit = landing.build(plan)
    unneeded = set(packs.iterdir()) - before
    assert {one.suffix for one in unneeded} == {".pack", ".idx"}
    assert landing.move(plan, commit).value == "moved"
    for one in unneeded:
        one.unlink()
    repository.close()
    apply(ready)
    assert_applied_once(ready)


def test_a_move_that_git_refuses_is_said_in_its_words(ready: Path) -> None:
    """The git that stays only says no; why, the next one says."""
    with GitRepository.open(ready) as repository:
        store = repository.store
        tip = store.ref(MAIN)
        assert store.swap("refs/heads/x", "", tip, "x")
        assert not store.swap("refs/heads/x", "", tip.translate({ord(tip[0]): "0"}), "x")
        with pytest.raises(Undecidable) as error:
            store.swap("refs/heads/x/y", "", tip, "x")
        assert "refs/heads/x" in error.value.message
        assert store.swap("refs/heads/z", "", tip, "x"), "it goes on after a refusal"


def test_the_git_that_moves_refs_does_not_stay_for_long(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it runs, a lock of somebody who died is not taken away."""
    monkeypatch.setattr(moving, "LIVES", 0.2)
    repository = GitRepository.open(ready)
    GitJournal(repository).append(lambda: [comment(1, 1)])
    moves = repository.store._moves
    (first,) = filter(None, [moves._process])
    assert first.wait(10) == 0
    GitJournal(repository).append(lambda: [comment(1, 2)])
    assert [one.type for one in GitJournal(repository).events()] == ["approved", "commented", "commented"]
    repository.close()
    assert moves._process is None


def comment(who: int, number: int, change: str = CHANGE) -> Draft:
    return Draft(change, "commented", Actor(f"person-{who}"), AT, {"n": number})


def talk(root: Path, who: int) -> None:
    """Append eight comments, one by one."""
    journal = GitJournal(GitRepository.open(root))
    for number in range(8):
        journal.append(lambda number=number: [comment(who, number)])


@pytest.mark.slow
def test_processes_that_append_at_once_all_land(ready: Path) -> None:
    """INV-50, INV-51"""
    children = []
    for who in range(3):
        if (pid := os.fork()) == 0:
            try:
                talk(ready, who)
            except BaseException:  # noqa: BLE001 - the status tells
                os._exit(3)
            os._exit(0)
        children.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0, 0]
    repository = GitRepository.open(ready)
    journal = GitJournal(repository)
    events = [one for one in journal.events() if one.type == "commented"]
    for who in range(3):
        assert [one.payload["n"] for one in events if one.actor.principal == f"person-{who}"] == list(range(8))
    assert verify(repository, journal.view()).problems == ()


def test_threads_that_append_at_once_are_committed_as_groups(ready: Path) -> None:
    """INV-50: one commit for all that wait; each decision sees those before it in the group."""
    repository = GitRepository.open(ready)
    journal = GitJournal(repository)
    before = len(repository.first_parents(journal.head().commit))
    failed: list[BaseException] = []

    def work(who: int) -> None:
        def once() -> list[Draft]:
            if len(journal.events_of(CHANGE)) > 20:
                raise Refused("full", "enough said")
            return [comment(who, len(journal.events_of(CHANGE)))]

        for _ in range(6):
            try:
                journal.append(once)
            except Refused as error:
                failed.append(error)

    threads = [Thread(target=work, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = journal.events_of(CHANGE)
    assert (len(events), len(failed)) == (21, 48 - 20)
    assert [one.payload["n"] for one in events[1:]] == list(range(1, 21))
    assert len(repository.first_parents(journal.head().commit)) - before < 20
    assert verify(repository, journal.view()).problems == ()


def test_what_goes_wrong_for_one_of_a_group_is_its_own(ready: Path) -> None:
    journal = GitJournal(GitRepository.open(ready))

    def broken() -> list[Draft]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        journal.append(broken)
    with pytest.raises(RuntimeError, match="must not append"):
        journal.append(lambda: journal.append(lambda: [comment(1, 1)]) and [])
    assert len(journal.append(lambda: [comment(1, 1)])) == 1


def test_a_file_that_may_not_grow_is_an_error_and_nothing_is_half_done(ready: Path) -> None:
    """INV-50: a full disk, by a limit on the size of files."""
    data = random.Random(1).randbytes(200_000)

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        journal = GitJournal(GitRepository.open(ready))
        try:
            journal.append(lambda: [Draft(CHANGE, "x", Actor("a"), AT, {}, blobs={sha256_hex(data): data})])
        except Undecidable as error:
            os._exit(10 if error.code == "disk_full" else 11)
        except OSError:
            os._exit(10)

    before = GitJournal(GitRepository.open(ready)).head()
    assert os.waitstatus_to_exitcode(in_a_child(work)) == 10
    repository = GitRepository.open(ready)
    journal = GitJournal(repository)
    assert journal.head() == before
    journal.append(lambda: [comment(1, 1)])
    assert verify(repository, journal.view()).problems == ()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes, where the machine lets us have one."""
    at = tmp_path / "small"
    at.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(at)], capture_output=True).returncode:
        pytest.skip("may not mount a tmpfs here")
    yield at
    subprocess.run(["umount", "-l", str(at)], check=True)


def fill(filler: Path, room: int) -> None:
    """Let a file take all but some bytes of its file system."""
    handle = os.open(filler, os.O_WRONLY | os.O_CREAT)
    size = 0
    with contextlib.suppress(OSError):
        while True:
            size += os.write(handle, b"x" * 4096)
    os.ftruncate(handle, max(0, size - room))
    os.close(handle)


def test_a_full_disk_is_an_error_and_nothing_is_half_done(small_disk: Path, ready: Path) -> None:
    """INV-50"""
    root = small_disk / "registry"
    shutil.copytree(ready, root, symlinks=True)
    known = tuple(GitJournal(GitRepository.open(root)).events())
    filler = small_disk / "filler"
    for room in (0, 4, 8, 16, 24):
        fill(filler, room * 1024)
        try:
            apply(root)
        except (Undecidable, OSError) as error:
            assert isinstance(error, OSError) or error.code == "disk_full", error
        filler.unlink()
        assert tuple(GitJournal(GitRepository.open(root)).events())[: len(known)] == known
    apply(root)
    assert_applied_once(root, known)
