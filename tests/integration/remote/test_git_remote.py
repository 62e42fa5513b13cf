"""The port Remote against real remotes: paths and HTTP, both object formats, and every way in which they fail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from git_over_http import Served

from metricgov.adapters.git import locks
from metricgov.adapters.git.remote import GitRemote
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.setup import commit_files, create_repository
from metricgov.domain.errors import MetricgovError, Refused
from metricgov.ports.remote import Answer, Unreachable

AT = "2026-06-18T09:52:30Z"
SIDE = "refs/heads/side"
MAIN = "refs/heads/main"
Git = Callable[..., str]


@pytest.fixture(params=["file", "http"])
def remote(
    request: pytest.FixtureRequest, repository_of_each_format: GitRepository, shared: Path, http: Served, git: Git
) -> GitRemote:
    """An empty bare repository, reached over a path or over HTTP (INV-35: both object formats)."""
    here = repository_of_each_format
    create_repository(shared / "r.git", bare=True, object_format=here.object_format).close()
    git(shared / "r.git", "config", "http.receivepack", "true")
    address = f"{http.url}/r.git" if request.param == "http" else str(shared / "r.git")
    git(here, "remote", "add", "origin", address)
    return GitRemote(here, "origin", silence=20)


def more(repository: GitRepository, branch: str = "side", **files: bytes) -> str:
    given = files or {"x": os.urandom(8)}
    return commit_files(repository, branch, dict(given), message="m", at=AT, follow=False)


def test_a_push_moves_a_branch_from_where_one_saw_it(remote: GitRemote, git: Git, shared: Path) -> None:
    here = remote.repository
    first = more(here)
    assert remote.push(SIDE, old="", new=first) is Answer.MOVED
    assert remote.push(SIDE, old="", new=more(here, "other")) is Answer.LOST
    second = more(here)
    assert remote.push(SIDE, old=first, new=second) is Answer.MOVED
    assert remote.push(SIDE, old=first, new=more(here, "third")) is Answer.LOST
    assert git(shared / "r.git", "rev-parse", SIDE) == second
    assert remote.look().tips == {SIDE: second}


def test_a_fetch_brings_commits_under_names_of_our_own(remote: GitRemote, git: Git, tmp_path: Path) -> None:
    here = remote.repository
    tip = here.resolve("main")
    remote.push(MAIN, old="", new=tip)
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", git(here, "remote", "get-url", "origin"), str(other))
    git(other, "commit", "-q", "--allow-empty", "-m", "theirs")
    git(other, "push", "-q", "origin", "main")
    theirs = git(other, "rev-parse", "HEAD")
    found = remote.fetch({MAIN: "refs/metricgov/t", "refs/heads/none": "refs/metricgov/n"})
    assert found == {MAIN: theirs}
    assert here.contains(theirs, tip)
    assert git(here, "rev-parse", "main") == tip
    assert remote.look().default == MAIN


def test_a_lock_that_a_dead_fetch_left_is_freed(remote: GitRemote) -> None:
    """INV-50: recovery needs no person."""
    first, ours = more(remote.repository), "refs/metricgov/t"
    remote.push(SIDE, old="", new=first)
    lock = remote.repository.store.common_dir / f"{ours}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_bytes(b"")
    os.utime(lock, (time.time() - locks.OLD - 1,) * 2)
    assert remote.fetch({SIDE: ours}) == {SIDE: first}
    assert not lock.exists()


def test_what_a_remote_will_never_take_is_refused(remote: GitRemote, shared: Path) -> None:
    hook = shared / "r.git" / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'GH006: Protected branch update failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Refused) as caught:
        remote.push(SIDE, old="", new=more(remote.repository))
    assert (caught.value.code, "right to push" in caught.value.hint) == ("remote_refused", True)


def test_hooks_of_the_user_do_not_run(remote: GitRemote, tmp_path: Path) -> None:
    """INV-33"""
    hooks = remote.repository.common_dir() / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-push", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    assert remote.push(SIDE, old="", new=more(remote.repository)) is Answer.MOVED
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://127.0.0.1:9/r.git", "remote_unreachable"),
        ("git://127.0.0.1:9/r.git", "remote_unreachable"),
        ("https://no.such.host.invalid/r.git", "remote_unreachable"),
        ("/no/such/place.git", "remote_missing"),
        ("ext::sh -c 'touch pwned'", "remote_protocol"),
    ],
    ids=["closed port", "closed git port", "no such host", "no such folder", "a helper that runs commands"],
)
def test_what_is_not_there_is_named(repository: GitRepository, git: Git, address: str, code: str) -> None:
    git(repository, "remote", "add", "origin", address)
    remote = GitRemote(repository, "origin", silence=20)
    for call in (
        remote.look,
        lambda: remote.fetch({MAIN: "refs/metricgov/t"}),
        lambda: remote.push(MAIN, old="", new=repository.resolve("main")),
    ):
        with pytest.raises(MetricgovError) as caught:
            call()
        assert caught.value.code == code
        assert isinstance(caught.value, Unreachable) == (code == "remote_unreachable")
        assert caught.value.hint


def test_a_name_is_never_an_option(repository: GitRepository) -> None:
    """INV-32"""
    for name in ("--upload-pack=touch pwned", "-x", "", "a b"):
        with pytest.raises(MetricgovError):
            GitRemote(repository, name).look()


@pytest.fixture
def over_http(repository: GitRepository, shared: Path, http: Served, git: Git) -> GitRemote:
    create_repository(shared / "r.git", bare=True).close()
    git(shared / "r.git", "config", "http.receivepack", "true")
    git(repository, "remote", "add", "origin", f"{http.url}/r.git")
    return GitRemote(repository, "origin", silence=20)


def test_a_closed_door_is_told_from_an_absent_one(over_http: GitRemote, http: Served) -> None:
    http.moods.closed = True
    for call in (over_http.look, lambda: over_http.push(SIDE, old="", new=more(over_http.repository))):
        with pytest.raises(MetricgovError) as caught:
            call()
        assert caught.value.code == "remote_denied"


@pytest.mark.parametrize("dropped", [1, 2], ids=["the client asks again", "twice"])
def test_a_lost_answer_is_neither_success_nor_failure(
    over_http: GitRemote, http: Served, git: Git, shared: Path, dropped: int
) -> None:
    """INV-53: HTTP clients repeat a request by themselves, and then the branch is elsewhere because of oneself."""
    http.moods.drop_answers = dropped
    new = more(over_http.repository)
    assert over_http.push(SIDE, old="", new=new) in (Answer.UNCLEAR, Answer.LOST)
    assert git(shared / "r.git", "rev-parse", SIDE) == new
    assert over_http.fetch({SIDE: "refs/metricgov/t"}) == {SIDE: new}


def test_silence_has_an_end(over_http: GitRemote, http: Served) -> None:
    http.moods.hang = threading.Event()
    slow = GitRemote(over_http.repository, "origin", silence=1.5)
    assert slow.push(SIDE, old="", new=more(over_http.repository)) is Answer.UNCLEAR


def test_an_interrupt_ends_git_too(over_http: GitRemote, http: Served) -> None:
    """Ctrl-C in the middle of a push to a slow server: nothing of ours goes on running."""
    http.moods.hang = threading.Event()
    new = more(over_http.repository)
    code = (
        "import sys\n"
        "from metricgov.adapters.git.repository import GitRepository\n"
        "from metricgov.adapters.git.remote import GitRemote\n"
        "try: GitRemote(GitRepository.open(sys.argv[1]), 'origin').push('refs/heads/side', old='', new=sys.argv[2])\n"
        "except KeyboardInterrupt: sys.exit(7)\n"
    )
    root = str(over_http.repository.git.root)
    process = subprocess.Popen([sys.executable, "-c", code, root, new], start_new_session=True)
    assert http.moods.reached.wait(30)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(20) == 7
    assert eventually(lambda: subprocess.run(["pgrep", "-g", str(process.pid)], capture_output=True).stdout == b"")


def eventually(holds: Callable[[], bool], seconds: float = 20) -> bool:
    """Say whether something comes true in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
