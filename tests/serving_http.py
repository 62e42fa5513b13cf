"""A real server on a loopback port, in a thread, for tests that ask over HTTP."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request

from metricgov.api.app import Parts, create
from metricgov.api.callers import Caller, Callers, bearer
from metricgov.api.hall import Hall
from metricgov.domain.people.tokens import Right

EVERYTHING = frozenset(Right)


async def trusting(request: Request) -> Caller | None:
    """Take `PERSON` or `PERSON/right,right` in the place of a token at its word; for tests of what comes after."""
    person, _, rights = bearer(request).partition("/")
    if not person:
        return None
    return Caller(person, frozenset(Right(one) for one in rights.split(",")) if rights else EVERYTHING, "token")


def parts_over(folder: Path, *, clock: Any = None, **more: Any) -> Parts:
    """Return what an application over a registry is made of, with callers that are believed."""
    return Parts(Hall(folder, clock=clock), Callers([trusting]), **more)


@contextlib.contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Serve an application until the end of the block; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


@contextlib.contextmanager
def served(folder: Path, *, clock: Any = None, extend: Sequence[Any] = ()) -> Iterator[str]:
    """Serve a registry; gives the address."""
    with running(create(parts_over(folder, clock=clock, extend=extend))) as url:
        yield url
