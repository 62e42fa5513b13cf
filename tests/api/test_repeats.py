"""A command is carried out once, whoever hangs up and whatever fails after it; and only on the state that was read."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import Request, Response

from api.whole_server import whole
from cli.reading_world import OPEN
from desk.measured_world import build_measured
from metricgov.adapters.store.answers import StoredAnswers
from metricgov.adapters.store.database import Database
from metricgov.api.callers import Caller
from metricgov.api.repeats import REPEATED, StoredRepeats
from metricgov.bootstrap import Workspace
from metricgov.domain.errors import BadInput, MetricgovError, Refused, Undecidable

WHO = Caller("crm-lead", frozenset(), "token", "t1")


@pytest.fixture
def repeats(tmp_path: Path) -> StoredRepeats:
    return StoredRepeats(StoredAnswers(Database(tmp_path / "server.sqlite3")))


def request(key: str = "k1") -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    headers = [(b"idempotency-key", key.encode())]
    scope = {"type": "http", "method": "POST", "path": "/v1/x", "query_string": b"", "headers": headers}
    return Request({**scope, "scheme": "http", "server": ("localhost", 80)}, receive)  # type: ignore[arg-type]


class Command:
    """Counts how often it was carried out, and then does what it is told."""

    def __init__(self, then: Callable[[], Awaitable[Response]]) -> None:
        self.times = 0
        self._then = then

    async def __call__(self) -> Response:
        self.times += 1
        return await self._then()


def raising(error: Exception) -> Command:
    async def then() -> Response:
        raise error

    return Command(then)


@pytest.mark.parametrize(
    ("error", "status"),
    [(Undecidable("remote_gone", "no answer to the push"), 503), (RuntimeError("a bug"), 500)],
    ids=["undecidable", "bug"],
)
def test_what_may_have_been_recorded_is_not_done_again(repeats: StoredRepeats, error: Exception, status: int) -> None:
    """An error may come from after the event: the same key gets the same error, and nothing is recorded twice."""
    command = raising(error)
    first = asyncio.run(repeats.once(request(), WHO, command))
    again = asyncio.run(repeats.once(request(), WHO, command))
    assert (first.status_code, again.status_code, again.body) == (status, status, first.body)
    assert again.headers[REPEATED] == "true"
    assert command.times == 1


def before_anything() -> MetricgovError:
    error = Undecidable("remote_missing", "origin is not there")
    error.undone = True
    return error


@pytest.mark.parametrize(
    "error",
    [Refused("no", "the rules say no"), BadInput("bad", "not like this"), before_anything()],
    ids=["refused", "bad input", "failed before anything was written"],
)
def test_what_was_refused_was_not_done(repeats: StoredRepeats, error: MetricgovError) -> None:
    command = raising(error)
    for _ in range(2):
        with pytest.raises(type(error)):
            asyncio.run(repeats.once(request(), WHO, command))
    assert command.times == 2


@pytest.mark.parametrize("ends", [False, True], ids=["a deed", "a long question"])
def test_what_becomes_of_a_command_whose_asker_is_gone(repeats: StoredRepeats, ends: bool) -> None:
    """A deed is done and its answer kept; what only computes ends, and is free to be asked again."""

    async def story() -> tuple[int, str]:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slow() -> Response:
            begun.set()
            await go_on.wait()
            return Response(b'"done"')

        command = Command(slow)
        asked = asyncio.create_task(repeats.once(request(), WHO, command, ends=ends))
        await begun.wait()
        asked.cancel()
        go_on.set()
        await asyncio.gather(asked, return_exceptions=True)
        for _ in range(200):
            try:
                answer = await repeats.once(request(), WHO, command, ends=ends)
            except Refused:  # it is still being kept
                await asyncio.sleep(0.01)
            else:
                return command.times, answer.headers.get(REPEATED, "")
        raise AssertionError("it is still in use")

    assert asyncio.run(story()) == ((2, "") if ends else (1, "true"))


@pytest.fixture
def server(past: Path, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with whole(past, tmp_path) as (url, tokens):
        yield url, tokens


def client(server: tuple[str, dict[str, str]], role: str) -> httpx.Client:
    url, tokens = server
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {tokens[role]}"}, timeout=60)


def test_a_tag_holds_although_time_passes(server: tuple[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment of its judgement is no change of a change: what was read a while ago may still be decided."""
    monkeypatch.setattr("metricgov.desk.at.SECONDS_KEPT", 0.0)
    path = f"/v1/changes/{OPEN}"
    with client(server, "propose") as propose, client(server, "read") as read:
        first = read.get(path)
        later = next(answer for _ in range(1000) if (answer := read.get(path)).json()["at"] != first.json()["at"])
        assert later.headers["etag"] == first.headers["etag"]
        headers = {"If-Match": first.headers["etag"]}
        assert propose.post(f"{path}/comment", json={"words": "In time."}, headers=headers).status_code == 200
        assert propose.post(f"{path}/comment", json={"words": "Too late."}, headers=headers).status_code == 412


def test_a_state_that_cannot_be_named_is_not_taken_for_given(server: tuple[str, dict[str, str]]) -> None:
    with client(server, "propose") as propose:
        body = {"name": "routing_speed", "why": "because"}
        answer = propose.post("/v1/requests", json=body, headers={"If-Match": '"x"'})
        assert (answer.status_code, answer.json()["code"]) == (412, "if_match")


def test_an_event_between_the_look_and_the_deed_refuses_it(server: tuple[str, dict[str, str]]) -> None:
    """The state is asked again where the event is appended: `saw` names the last event that was read."""
    with client(server, "propose") as propose, client(server, "read") as read:
        seen = read.get(f"/v1/changes/{OPEN}").json()["seq"]
        path = f"/v1/changes/{OPEN}/comment"
        assert propose.post(path, json={"words": "First.", "saw": seen}).status_code == 200
        late = propose.post(path, json={"words": "Late.", "saw": seen})
        assert (late.status_code, late.json()["code"]) == (412, "stale")


def test_a_long_command_is_told_twice_the_same(tmp_path: Path) -> None:
    """A key holds for an answer that comes as events too: computed once, recorded once."""
    build_measured(tmp_path / "measured")
    with whole(tmp_path / "measured", tmp_path) as server, client(server, "propose") as propose:
        headers = {"Idempotency-Key": "e1", "Accept": "text/event-stream"}
        path = "/v1/changes/sales_accepted_lead_rate/effect"
        first, again = (propose.post(path, json={}, headers=headers).text for _ in range(2))
    assert last_of(first)[0] == "answer"
    assert last_of(first) == last_of(again)
    assert ("event: progress" in first, "event: progress" in again) == (True, False)
    workspace = Workspace(tmp_path / "registry")
    recorded = [one.type for one in workspace.journal.events_of(OPEN)].count("effect_evaluated")
    workspace.repository.close()
    assert recorded == 1


def last_of(stream: str) -> tuple[str, object]:
    event, data = "", ""
    for line in stream.splitlines():
        name, _, value = line.partition(": ")
        event = value if name == "event" else event
        data = value if name == "data" else data
    return event, json.loads(data)


def test_what_failed_before_it_was_written_is_done_under_the_same_key(past: Path, tmp_path: Path) -> None:
    """A remote that is not there is no answer for ever: once it is back, the same request is carried out."""
    with whole(past, tmp_path) as (url, tokens):
        here = tmp_path / "registry"
        git("clone", "-q", "--bare", ".", str(tmp_path / "shared.git"), cwd=here)
        git("remote", "add", "origin", str(tmp_path / "away.git"), cwd=here)
        git("config", "metricgov.remote", "origin", cwd=here)
        signed = {"Authorization": f"Bearer {tokens['propose']}", "Idempotency-Key": "once"}
        asked = {"url": f"{url}/v1/changes/{OPEN}/comment", "headers": signed, "json": {"words": "Why?"}, "timeout": 30}
        first = httpx.post(**asked)
        assert (first.status_code, first.json()["code"]) == (503, "remote_missing")
        (tmp_path / "shared.git").rename(tmp_path / "away.git")
        second = httpx.post(**asked)
        assert second.status_code == 200, second.text
        third = httpx.post(**asked)
        assert (third.status_code, third.headers[REPEATED]) == (200, "true")
        assert str(third.json()["view"]["threads"]).count("Why?") == 1


def git(*words: str, cwd: Path) -> None:
    subprocess.run(["git", *words], cwd=cwd, check=True, capture_output=True)
