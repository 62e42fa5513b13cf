"""The journal of clones that share a remote: lost answers, slow and closed servers, many writers, both formats."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from git_over_http import Served

from metricgov.adapters.git.journal import GitJournal
from metricgov.adapters.git.journal_verify import verify
from metricgov.adapters.git.mirror import Mirror
from metricgov.adapters.git.remote import GitRemote
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.setup import create_repository
from metricgov.adapters.git.shared_journal import SharedJournal
from metricgov.domain.errors import MetricgovError
from metricgov.domain.workflow.envelope import Actor, Draft
from metricgov.ports.remote import Waiting

AT = "2026-06-18T09:52:30Z"
ONE = "01J0000000000000000000000A"
BRANCH = "metricgov/journal"
REF = f"refs/heads/{BRANCH}"
Git = Callable[..., str]


def says(text: str) -> list[Draft]:
    return [Draft(ONE, "commented", Actor("crm-lead"), AT, {"text": text})]


def again(waiting: Waiting) -> tuple[Draft, ...]:
    return waiting.drafts


def journal_of(repository: GitRepository, *, offline: bool = False, silence: float = 20) -> SharedJournal:
    mirror = Mirror(repository, GitRemote(repository, "origin", silence), REF)
    return SharedJournal(repository, BRANCH, mirror, offline=offline)


@pytest.fixture
def here(repository_of_each_format: GitRepository, shared: Path, http: Served, git: Git) -> SharedJournal:
    """A journal that is shared over HTTP (INV-35: both formats)."""
    repository = repository_of_each_format
    create_repository(shared / "r.git", bare=True, object_format=repository.object_format).close()
    git(shared / "r.git", "config", "http.receivepack", "true")
    git(repository, "remote", "add", "origin", f"{http.url}/r.git")
    git(repository, "push", "-q", "origin", "main")
    journal = journal_of(repository)
    journal.create("7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11", at=AT)
    return journal


def there(shared: Path) -> list[str]:
    """Return what the remote's journal says, after checking all of it."""
    with GitRepository.open(shared / "r.git") as repository:
        journal = GitJournal(repository)
        assert verify(repository, journal.view(), subjects_of=lambda _event: ()).holds
        return [str(event.payload["text"]) for event in journal.events()]


@pytest.mark.parametrize("dropped", [1, 2, 3])
def test_a_lost_answer_is_one_event(here: SharedJournal, http: Served, shared: Path, dropped: int) -> None:
    """INV-53: exactly once, whether the client repeats the request by itself or not."""
    here.append(lambda: says("first"))
    http.moods.drop_answers = dropped
    (event,) = here.append(lambda: says("second"))
    assert there(shared) == ["first", "second"]
    assert (event.seq, here.head().seq) == (2, 2)


def test_an_answer_lost_for_good_waits_until_a_fetch_shows_it(
    here: SharedJournal, http: Served, shared: Path, git: Git
) -> None:
    """INV-53: neither success nor failure; the next sync finds it there and sends nothing twice."""
    here.append(lambda: says("first"))
    repository, address = here._repository, f"{http.url}/r.git"

    def vanish() -> None:
        git(repository, "remote", "set-url", "origin", "http://127.0.0.1:9/r.git")

    http.moods.drop_answers, http.moods.before_push = 2, vanish
    here.append(lambda: says("second"))
    assert len(here.waiting()) == 1
    assert [event.payload["text"] for event in here.events()] == ["first", "second"]
    http.moods.drop_answers, http.moods.before_push = 0, None
    git(repository, "remote", "set-url", "origin", address)
    settled = journal_of(repository).settle(again)
    assert [event.payload["text"] for event in settled.sent] == ["second"]
    assert there(shared) == ["first", "second"]
    assert here.waiting() == ()


def test_a_server_that_fell_silent_is_a_lost_answer(here: SharedJournal, http: Served, shared: Path) -> None:
    import threading

    here.append(lambda: says("first"))
    hang = http.moods.hang = threading.Event()
    threading.Timer(4.0, hang.set).start()
    impatient = journal_of(here._repository, silence=1.0)
    impatient.append(lambda: says("second"))
    assert hang.wait(20)
    http.moods.hang = None
    journal_of(here._repository).settle(again)
    assert there(shared) == ["first", "second"]


def test_a_closed_door_writes_nothing_and_says_so(here: SharedJournal, http: Served) -> None:
    http.moods.closed = True
    with pytest.raises(MetricgovError) as caught:
        here.append(lambda: says("first"))
    assert caught.value.code == "remote_denied"
    assert here.waiting() == ()
    assert here.head().seq == 0


def test_what_a_remote_refuses_to_store_stays_undone(here: SharedJournal, shared: Path) -> None:
    here.append(lambda: says("first"))
    hook = shared / "r.git" / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho protected branch >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(MetricgovError) as caught:
        here.append(lambda: says("second"))
    assert caught.value.code == "remote_refused"
    assert (here.head().seq, there(shared)) == (1, ["first"])


WRITER = """
import sys
from test_shared_journal import journal_of, says
from metricgov.adapters.git.repository import GitRepository
journal = journal_of(GitRepository.open(sys.argv[1]))
for number in range(int(sys.argv[3])):
    journal.append(lambda: says(f"{sys.argv[2]} {number}"))
"""


def test_many_writers_in_two_clones_make_one_line(
    here: SharedJournal, shared: Path, git: Git, tmp_path: Path, http: Served
) -> None:
    """INV-50: three processes in two clones; every event once, each writer's in its order."""
    here.append(lambda: says("first"))
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", f"{http.url}/r.git", str(other))
    path = [*sys.path, str(Path(__file__).parent)]
    code = f"import sys; sys.path[:0] = {path!r}\n{WRITER}"
    places = {"a": str(here._repository.git.root), "b": str(here._repository.git.root), "c": str(other)}
    writers = [subprocess.Popen([sys.executable, "-c", code, place, name, "4"]) for name, place in places.items()]
    assert [writer.wait(240) for writer in writers] == [0, 0, 0]
    said = there(shared)
    assert sorted(said[1:]) == sorted(f"{name} {number}" for name in places for number in range(4))
    for name in places:
        assert [text for text in said if text.startswith(name)] == [f"{name} {number}" for number in range(4)]
    assert git(shared / "r.git", "rev-list", "--merges", "--count", REF) == "0"


def test_a_gc_in_between_takes_nothing(here: SharedJournal, shared: Path, git: Git) -> None:
    """INV-50: what waits is reachable."""
    offline = journal_of(here._repository, offline=True)
    here.append(lambda: says("first"))
    offline.append(lambda: says("second"))
    git(here._repository, "gc", "-q", "--prune=now")
    fresh = journal_of(GitRepository.open(here._repository.git.root))
    assert [event.payload["text"] for event in fresh.events()] == ["first", "second"]
    fresh.settle(again)
    assert there(shared) == ["first", "second"]
