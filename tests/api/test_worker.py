"""The worker: one of several works, another takes over, what is due is done, and nothing ends it but being told to."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from api.whole_server import whole
from metricgov.adapters.store.database import Database
from metricgov.adapters.store.leases import StoredLeases
from metricgov.api.worker import LEASE, Round, Worker, work
from metricgov.bootstrap import Workspace
from metricgov.domain.errors import Undecidable


@pytest.fixture
def leases(tmp_path: Path) -> StoredLeases:
    return StoredLeases(Database(tmp_path / "server.sqlite3"))


async def until(rounds: int, *workers: Worker) -> None:
    """Let workers run until they have done so many rounds together."""
    tasks = [asyncio.create_task(one.run()) for one in workers]
    for _ in range(3000):
        if sum(one.rounds for one in workers) >= rounds:
            break
        await asyncio.sleep(0.01)
    for one in tasks:
        one.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_one_of_two_works(leases: StoredLeases, tmp_path: Path) -> None:
    ours, theirs = (Worker(tmp_path, leases, every=0.2, work=lambda _: Round(), name=name) for name in "ab")
    asyncio.run(until(3, ours, theirs))
    assert sorted([bool(ours.rounds), bool(theirs.rounds)]) == [False, True]
    assert leases.holder(LEASE) == ""  # given back


def test_a_round_that_fails_is_not_the_last(leases: StoredLeases, tmp_path: Path) -> None:
    """Neither an error of ours nor a bug ends the worker."""
    errors = [Undecidable("index_unreachable", "no answer"), RuntimeError("a bug"), None, None]

    def failing(_folder: Path) -> Round:
        error = errors.pop(0) if errors else None
        if error is not None:
            raise error
        return Round(failed=("one thing",))

    worker = Worker(tmp_path, leases, every=0.02, work=failing)
    asyncio.run(until(2, worker))
    assert worker.rounds >= 2


def test_a_round_over_a_registry_does_what_is_due(past_copy: Path) -> None:
    """main moved by other hands is recorded, and the index follows; a second round has nothing to do."""
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "by hand"], cwd=past_copy, check=True, env=HANDS)
    first, second = work(past_copy), work(past_copy)
    assert first.failed == second.failed == ()
    assert (first.done >= 1, second.done) == (True, 0)
    workspace = Workspace(past_copy)
    assert workspace.journal.head().main == workspace.repository.resolve("refs/heads/main")
    workspace.repository.close()


HANDS = {
    **os.environ,
    "GIT_AUTHOR_NAME": "Ops",
    "GIT_AUTHOR_EMAIL": "ops-lead@example.com",
    "GIT_COMMITTER_NAME": "Ops",
    "GIT_COMMITTER_EMAIL": "ops-lead@example.com",
}


def test_a_worker_that_is_killed_is_followed_by_another(past_copy: Path, tmp_path: Path) -> None:
    """Real processes: kill -9 the holder, and the other holds the lease within a few rounds."""
    database = f"sqlite:///{tmp_path / 'server.sqlite3'}"
    leases = StoredLeases(Database(tmp_path / "server.sqlite3"))
    command = [sys.executable, "-c", "from metricgov.cli.main import entry; entry()", "worker", "--database", database]
    environ = {**os.environ, "METRICGOV_WORKER_SECONDS": "0.3"}
    workers = [subprocess.Popen(command, cwd=past_copy, env=environ, stderr=subprocess.DEVNULL) for _ in range(2)]
    try:
        first = wait_for(lambda: leases.holder(LEASE))
        killed = next(one for one in workers if first.endswith(f":{one.pid}"))
        killed.kill()
        second = wait_for(lambda: leases.holder(LEASE) not in ("", first) and leases.holder(LEASE))
        (other,) = [one for one in workers if one is not killed]
        assert second.endswith(f":{other.pid}")
        other.send_signal(signal.SIGTERM)
        assert other.wait(20) == 0
        assert leases.holder(LEASE) == ""
    finally:
        for one in workers:
            one.kill()
            one.wait()


def wait_for(ask: object) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if found := ask():  # type: ignore[operator]
            return str(found)
        time.sleep(0.05)
    raise AssertionError("it did not come")


def test_the_server_counts_what_it_answers(past: Path, tmp_path: Path) -> None:
    """By route, never by the names in an address; who asks is in the log alone."""
    with whole(past, tmp_path) as (url, tokens):
        signed = {"Authorization": f"Bearer {tokens['read']}"}
        httpx.get(f"{url}/v1/definitions/routing_speed", headers=signed)
        httpx.get(f"{url}/v1/definitions/routing_speed")
        httpx.get(f"{url}/no/such/place")
        found = httpx.get(f"{url}/metrics").text
    route = 'method="GET",route="/v1/definitions/{definition:path}"'
    assert f'metricgov_requests_total{{{route},status="200"}} 1.0' in found
    assert f'metricgov_requests_total{{{route},status="401"}} 1.0' in found
    assert 'route="none",status="404"' in found
    assert "routing_speed" not in found
    assert "crm-lead" not in found
