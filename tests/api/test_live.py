"""Live events: everything once and in order, whatever ends a connection; nobody without the right, and not for ever."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Request

from cli.reading_world import OPEN
from desk.measured_world import Standing
from metricgov.adapters.store.bells import Still
from metricgov.api.app import Parts, create
from metricgov.api.callers import Caller, Callers, bearer
from metricgov.api.following import Watch
from metricgov.api.hall import Hall
from metricgov.api.live import PATH, Live, Paces
from metricgov.bootstrap import Workspace
from metricgov.client import connect
from metricgov.client.events import events
from metricgov.desk.deciding import Deed
from metricgov.domain.errors import BadInput, Refused
from metricgov.domain.happenings import Happening
from metricgov.domain.people.tokens import Right
from serving_http import running, trusting

QUICK = Paces(look=0.02, check=0.1)


@contextlib.contextmanager
def followed(
    folder: Path, paces: Paces = QUICK, *, way: Any = trusting, watch: Callable[[], Watch] | None = None
) -> Iterator[str]:
    """Serve a registry that can be followed; gives the address."""
    live = Live(watch or (lambda: Watch(folder, Still(), clock=Standing())), paces=paces)
    parts = Parts(Hall(folder, clock=Standing()), Callers([way]), extend=(live,), life=(live.life,))
    with running(create(parts)) as url:
        yield url


@pytest.fixture
def url(past_copy: Path) -> Iterator[str]:
    with followed(past_copy) as address:
        yield address


def say(url: str, words: str = "Well.", person: str = "crm-lead", change: str = OPEN) -> None:
    connect(url, person).do(change, Deed("comment", words=words))


def last(folder: Path) -> int:
    workspace = Workspace(folder)
    try:
        return workspace.journal.head().seq
    finally:
        workspace.repository.close()


@contextlib.contextmanager
def listening(url: str, person: str = "crm-lead", **asked: str) -> Iterator[Iterator[tuple[str, str, str]]]:
    headers = {"Authorization": f"Bearer {person}"}
    if ident := asked.pop("ident", ""):
        headers["Last-Event-ID"] = ident
    with httpx.stream("GET", url + PATH, headers=headers, params=asked, timeout=30) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield events(answer.iter_lines())


def test_what_happens_is_told_with_its_place_in_the_journal(url: str, past_copy: Path) -> None:
    before = last(past_copy)
    with listening(url) as told:
        assert next(told)[::2] == ("begun", str(before))
        say(url, "Secret words.")
        event, data, ident = next(told)
    assert (event, ident) == ("happened", str(before + 1))
    assert '"who": "crm-lead"' in data
    assert '"type": "commented"' in data or "comment" in data
    assert "Secret words" not in data, "words are in the story of the change"


def test_the_list_and_the_stream_say_the_same(url: str, past_copy: Path) -> None:
    desk = connect(url, "crm-lead")
    before = last(past_copy)
    say(url)
    say(url, change="sales_accepted_lead_rate")
    found = desk.happened(after=before)
    assert [one.seq for one in found.rows] == [before + 1, before + 2]
    assert found.position == before + 2
    assert list(islice(desk.live(after=before), 2)) == list(found.rows)
    assert desk.happened() == type(found)((), before + 2)
    every = desk.happened(after=0, most=1000)
    assert [one.seq for one in every.rows] == list(range(1, before + 3))
    pages, at = [], 0
    while at < before + 2:
        page = desk.happened(after=at, most=3)
        pages += page.rows
        at = page.position
    assert tuple(pages) == every.rows


@pytest.mark.parametrize(("asked", "wanted"), [({"change": OPEN}, "change"), ({"person": "ops-lead"}, "who")])
def test_a_listener_hears_only_what_they_asked_for(
    url: str, past_copy: Path, asked: dict[str, str], wanted: str
) -> None:
    desk, value = connect(url, "crm-lead"), next(iter(asked.values()))
    every = desk.happened(after=0, most=1000).rows
    mine = [one for one in every if getattr(one, wanted) == value]
    assert 0 < len(mine) < len(every)
    assert list(islice(desk.live(after=0, **asked), len(mine))) == mine
    found = desk.happened(after=0, **asked)
    assert (list(found.rows), found.position) == (mine, last(past_copy))


def test_nothing_is_missed_and_nothing_comes_twice_whatever_ends_the_connection(url: str, past_copy: Path) -> None:
    """Somebody writes all the time, and the listener hangs up after every few events and comes back."""
    before, number = last(past_copy), 24

    def write() -> None:
        for one in range(number):
            say(url, f"Number {one}.")

    writer = threading.Thread(target=write)
    writer.start()
    heard: list[int] = []
    ident, most = str(before), 1
    while len(heard) < number:
        with listening(url, ident=ident) as told:
            next(told)
            for _, _, ident in islice(told, min(most, number - len(heard))):
                heard.append(int(ident))
        most = most % 4 + 1
    writer.join()
    assert heard == list(range(before + 1, before + number + 1))


def test_an_id_of_a_process_that_has_read_further_waits(url: str, past_copy: Path) -> None:
    """Another process has told event n+1 already; this one tells what comes after it, and not that one again."""
    before = last(past_copy)
    with listening(url, ident=str(before + 1)) as told:
        assert next(told)[2] == str(before + 1)
        say(url)
        say(url)
        assert next(told)[2] == str(before + 2)


@pytest.mark.parametrize("ident", ["x", "-1", "1.5", "²"])
def test_an_id_that_is_none_is_named(url: str, ident: str) -> None:
    headers = {"Authorization": "Bearer crm-lead", "Last-Event-ID": ident.encode()}
    answer = httpx.get(url + PATH, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_position")


def test_a_change_that_is_none_is_named(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        next(connect(url, "crm-lead").live(change="chg-zzzzzz"))
    assert refused.value.code == "change_unknown"


def test_reading_is_the_right_it_takes(url: str) -> None:
    answer = httpx.get(url + PATH, headers={"Authorization": "Bearer crm-lead/decide"})
    assert (answer.status_code, answer.json()["code"]) == (403, "right_missing")
    assert httpx.get(url + PATH).status_code == 401


def test_silence_is_filled_with_comments(past_copy: Path) -> None:
    with (
        followed(past_copy, Paces(beat=0.05)) as url,
        httpx.stream("GET", url + PATH, headers={"Authorization": "Bearer crm-lead"}) as answer,
    ):
        comments = (line for line in answer.iter_lines() if line.startswith(":"))
        assert len(list(islice(comments, 3))) == 3


def test_who_may_not_read_any_more_hears_so_and_no_more(past_copy: Path) -> None:
    """A token that is ended ends what it opened."""
    ended: set[str] = set()

    async def way(request: Request) -> Caller | None:
        if bearer(request) in ended:
            raise Refused("token_invalid", "this token was revoked")
        return Caller(bearer(request), frozenset({Right.READ}), "token", "t1")

    with followed(past_copy, way=way) as url, listening(url) as told:
        assert next(told)[0] == "begun"
        ended.add("crm-lead")
        rest = list(told)
        assert [name for name, _, _ in rest] == ["problem"]
        assert "token_invalid" in rest[0][1]
        ended.clear()
        listens = connect(url, "crm-lead").live(after=0)
        next(listens)
        ended.add("crm-lead")
        with pytest.raises(Refused) as refused:
            list(listens)
        assert refused.value.code == "token_invalid"


def test_places_are_counted_and_given_back(past_copy: Path) -> None:
    with followed(past_copy, Paces(listeners=3, each=2, look=0.02)) as url:
        with listening(url) as first, listening(url) as second:
            next(first), next(second)
            refused = httpx.get(url + PATH, headers={"Authorization": "Bearer crm-lead"})
            assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
            with listening(url, "ops-lead") as third:
                next(third)
                assert httpx.get(url + PATH, headers={"Authorization": "Bearer head-of-marketing"}).status_code == 429
        until = time.monotonic() + 20
        while httpx_status(url) == 429:
            assert time.monotonic() < until
            time.sleep(0.05)


def httpx_status(url: str) -> int:
    with httpx.stream("GET", url + PATH, headers={"Authorization": "Bearer crm-lead"}) as answer:
        return answer.status_code


class Counted(Watch):
    """Counts how often it reads the journal."""

    reads = 0

    def look(self, seconds: float, *, telling: bool = True) -> tuple[Happening, ...]:
        found = super().look(seconds, telling=telling)
        Counted.reads += bool(found)
        return found


def test_the_registry_is_read_once_for_everybody(past_copy: Path) -> None:
    """Ten listeners, one look: what is new is not read for each of them."""
    asked: list[str] = []

    class Noted(Hall):
        async def ask(self, principal: str, name: str, kwargs: Any) -> Any:
            asked.append(name)
            return await super().ask(principal, name, kwargs)

    live = Live(lambda: Counted(past_copy, Still(), clock=Standing()), paces=QUICK)
    hall = Noted(past_copy, clock=Standing())
    app = create(Parts(hall, Callers([trusting]), extend=(live,), life=(live.life,)))
    with running(app) as url, contextlib.ExitStack() as stack:
        told = [stack.enter_context(listening(url)) for _ in range(10)]
        for one in told:
            assert next(one)[0] == "begun"
        say(url)
        assert len({next(one)[1:] for one in told}) == 1
        assert 1 <= Counted.reads <= 2
        assert asked.count("happened") <= 10 + 1, "one each to begin with"


def test_what_happened_while_nobody_listened_is_read_on_from_the_journal(past_copy: Path) -> None:
    """A process among several looks all the time, for the others; whoever comes later misses nothing of it."""
    live = Live(lambda: Watch(past_copy, Still(), clock=Standing()), shared=True, paces=QUICK)
    parts = Parts(Hall(past_copy, clock=Standing()), Callers([trusting]), extend=(live,), life=(live.life,))
    with running(create(parts)) as url:
        before = last(past_copy)
        say(url)
        until = time.monotonic() + 20
        while live._to <= before:
            assert time.monotonic() < until, "nobody looked"
            time.sleep(0.01)
        assert not live._recent
        with listening(url, after=str(before)) as told:
            assert next(told)[::2] == ("begun", str(before))
            assert next(told)[::2] == ("happened", str(before + 1))
            say(url)
            assert next(told)[::2] == ("happened", str(before + 2))


def test_who_takes_nothing_in_is_let_go(past_copy: Path) -> None:
    """A connection whose other end does not read ends, and its place is free again; the id brings them back."""
    live = Live(lambda: Watch(past_copy, Still()), paces=Paces(send=0.1, listeners=1))
    hall = Hall(past_copy, clock=Standing())
    app = create(Parts(hall, Callers([trusting]), extend=(live,), life=(live.life,)))
    scope = {
        "type": "http", "method": "GET", "path": PATH, "raw_path": PATH.encode(), "query_string": b"after=0",
        "headers": [(b"authorization", b"Bearer crm-lead")], "client": ("127.0.0.1", 1), "server": ("x", 80),
        "scheme": "http", "http_version": "1.1", "root_path": "", "asgi": {"version": "3.0", "spec_version": "2.3"},
    }  # fmt: skip

    async def one() -> None:
        async with app.router.lifespan_context(app):
            for _ in range(2):  # the second one finds the place free
                seen: list[str] = []

                async def receive() -> dict[str, Any]:
                    await asyncio.Event().wait()
                    return {}

                async def send(message: Any, seen: list[str] = seen) -> None:
                    seen.append(message["type"])
                    if message["type"] == "http.response.body":
                        await asyncio.Event().wait()

                await asyncio.wait_for(app(dict(scope), receive, send), 20)
                assert seen[:2] == ["http.response.start", "http.response.body"]

    asyncio.run(one())


def test_a_listener_outlives_the_server(past_copy: Path) -> None:
    """The client comes back by itself, to another process at the same address, and goes on where it was."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    heard: list[int] = []
    with process(past_copy, port) as url:
        before = last(past_copy)
        listens = connect(url, token_of(past_copy)).live(after=before)
        comment(past_copy)
        heard.append(next(listens).seq)
    comment(past_copy)  # while nobody serves
    with process(past_copy, port):
        heard.append(next(listens).seq)
        comment(past_copy)
        heard.append(next(listens).seq)
        listens.close()  # type: ignore[attr-defined]
    assert heard == [before + 1, before + 2, before + 3]


@contextlib.contextmanager
def process(folder: Path, port: int) -> Iterator[str]:
    """Run `metricgov serve`; SIGTERM at the end, which it obeys soon though somebody listens."""
    import os
    import subprocess
    import sys

    words = [sys.executable, "-m", "metricgov.cli.main", "serve", "--port", str(port)]
    words = [sys.executable, "-c", "from metricgov.cli.main import entry; entry()", *words[3:]]
    with subprocess.Popen(words, cwd=folder, env={**os.environ, "METRICGOV_WORKER": "false"}) as server:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 30
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(url + "/health").status_code == 200:
                    break
            assert time.monotonic() < until
            time.sleep(0.1)
        yield url
        server.terminate()
        assert server.wait(15) in (0, -15)


def token_of(folder: Path) -> str:
    from metricgov.ports.tokens import Wanted

    workspace = Workspace(folder)
    try:
        return workspace.store.tokens.issue(Wanted("test", "crm-lead", ("read",), ""), "2026-09-28T09:00:00Z")[1]
    finally:
        workspace.store.close()
        workspace.repository.close()


def comment(folder: Path) -> None:
    """Write into the journal beside the server, as the command line does."""
    from metricgov.desk.local import LocalDesk

    LocalDesk(folder, claimed="crm-lead").do(OPEN, Deed("comment", words="Beside."))
