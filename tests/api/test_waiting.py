"""Long questions end with whoever asks them, and after a time; no line of a log is anybody else's than the server's."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from pathlib import Path

import httpx
import pytest
from fastapi import Request, Response
from sqlalchemy import text

from api.whole_server import database_of, whole
from metricgov.adapters.store.database import Database
from metricgov.api.answering import events_of
from metricgov.api.asking import while_waited_for
from metricgov.api.hall import Hall
from metricgov.api.watching import JsonLines, TextLines
from metricgov.desk.asked import silent
from metricgov.domain.errors import Refused, Undecidable


def asked_by(gone: asyncio.Event) -> Request:
    async def receive() -> dict[str, object]:
        await gone.wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http", "method": "GET", "path": "/", "headers": []}, receive)  # type: ignore[arg-type]


def test_what_nobody_waits_for_is_given_up() -> None:
    async def story() -> bool:
        gone, ended = asyncio.Event(), asyncio.Event()

        async def work() -> None:
            try:
                gone.set()
                await asyncio.sleep(60)
            finally:
                ended.set()

        with pytest.raises(Refused) as refused:
            await while_waited_for(asked_by(gone), work())
        assert refused.value.code == "given_up"
        return ended.is_set()

    assert asyncio.run(story())


def test_what_is_waited_for_is_answered() -> None:
    async def story() -> int:
        async def work() -> int:
            await asyncio.sleep(0)
            return 7

        return await while_waited_for(asked_by(asyncio.Event()), work())

    assert asyncio.run(story()) == 7


def test_whoever_shuts_down_is_not_taken_for_the_asker() -> None:
    """A task that is cancelled from elsewhere stays cancelled."""

    async def story() -> None:
        task = asyncio.create_task(while_waited_for(asked_by(asyncio.Event()), asyncio.sleep(60)))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(story())


def test_a_long_question_has_an_end(past: Path) -> None:
    hall = Hall(past, longest=0.01)

    async def story() -> None:
        try:
            await hall.run("crm-lead", "verify", {}, silent)
        finally:
            await hall.close()

    with pytest.raises(Undecidable) as undecidable:
        asyncio.run(story())
    assert undecidable.value.code == "too_long"


def test_a_question_does_not_wait_for_ever(past: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every room is taken, it is told so."""
    monkeypatch.setattr("metricgov.api.hall.PATIENCE", 0.05)
    monkeypatch.setattr("metricgov.api.hall._Room.answer", lambda *_: time.sleep(0.5))
    hall = Hall(past, rooms=1)

    async def story() -> list[object]:
        asked = [hall.ask("crm-lead", "names", {}) for _ in range(2)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        await hall.close()
        return answers

    first, second = asyncio.run(story())
    assert first is None
    assert isinstance(second, Undecidable)
    assert second.code == "busy"


@pytest.mark.parametrize("form", [TextLines(), JsonLines()], ids=["text", "json"])
@pytest.mark.parametrize("path", ["/a\n2026 INFO all is well", "/a\r\x1b[2Jx", "/a\u2028x", "/a\x85x"])
def test_a_path_writes_no_line_of_its_own(form: logging.Formatter, path: str) -> None:
    record = logging.LogRecord("metricgov.access", logging.INFO, "", 0, "%s %s", ("GET", path), None)
    (line,) = form.format(record).splitlines()
    assert line.isprintable()


def test_who_is_not_signed_in_learns_no_address(past: Path, tmp_path: Path) -> None:
    """/ready is open: it names what does not answer by its code, and so do the errors of everything else."""
    with whole(past, tmp_path) as (url, tokens):
        database = Database(database_of(tmp_path))
        with database.writing() as connection:
            for table in ("server_lease", "server_token"):
                connection.execute(text(f"DROP TABLE {table}"))
        database.close()
        ready = httpx.get(f"{url}/ready")
        asked = httpx.get(f"{url}/v1/me", headers={"Authorization": f"Bearer {tokens['read']}"})
    assert (ready.status_code, ready.json()["database"]) == (503, "store_unreachable")
    assert (asked.status_code, asked.json()["code"]) == (503, "store_unreachable")
    for answer in (ready, asked):
        assert str(tmp_path) not in answer.text
        assert "sqlite" not in answer.text


def test_events_tell_no_address_either() -> None:
    """What a long question ends with is told as any other error is."""

    async def run(_on: object) -> Response:
        raise Undecidable("store_unreachable", "the server's database postgresql://db.internal/x does not answer")

    async def story() -> list[dict[str, str]]:
        return [one async for one in events_of(run)]

    (problem,) = asyncio.run(story())
    assert (problem["event"], json.loads(problem["data"])["code"]) == ("problem", "store_unreachable")
    assert "db.internal" not in problem["data"]
