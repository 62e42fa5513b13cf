"""What happens, as it happens: server-sent events, with the position in the journal as their id.

Nobody has a queue here. What is new is read once for everybody and kept for a while; each listener goes through it, or
reads on from the journal, at the pace of their own connection. So whoever comes back with the last id misses nothing
and hears nothing twice, and a connection that takes nothing in is let go.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import FastAPI, Header, Query, Request, Response

from metricgov.api.answering import EVENT_STREAM
from metricgov.api.callers import RIGHT, Asking, Caller
from metricgov.api.following import PAGE
from metricgov.api.problem_answers import PROBLEMS, as_told
from metricgov.desk.asked_past import NOW
from metricgov.desk.problems import problem_of
from metricgov.desk.resources import VERSION
from metricgov.desk.serving import report_of
from metricgov.domain.errors import BadInput, MetricgovError, Refused
from metricgov.domain.people.tokens import Right

if TYPE_CHECKING:
    import anyio
    from starlette.types import Receive, Scope, Send

    from metricgov.api.app import Parts
    from metricgov.api.following import Watch
    from metricgov.domain.happenings import Happening, Happenings

log = logging.getLogger("metricgov.live")

PATH: Final = f"/{VERSION}/events/live"
KEPT: Final = 2000
"""Events that are kept for listeners; who is further behind reads on from the journal."""

ENDS_WITHIN: Final = 5.0
"""Seconds that listeners have to hear the end once the server stops."""


@dataclass(frozen=True, slots=True)
class Paces:
    """How many may listen, in all and with one token or session; and seconds: between two looks, two comments that say
    nothing, two looks at whether somebody still may listen, and until a connection that takes nothing is let go.
    """

    listeners: int = 200
    each: int = 20
    look: float = 0.5
    beat: float = 15.0
    check: float = 15.0
    send: float = 20.0


class Live:
    """Adds the route to an application, and looks at the registry while anybody listens.

    Where other processes share a database it looks all the time: the others hear what this one has written.
    """

    def __init__(self, watch: Callable[[], Watch], *, shared: bool = False, paces: Paces | None = None) -> None:
        self._make, self._shared, self._paces = watch, shared, paces or Paces()
        self._recent: deque[Happening] = deque(maxlen=KEPT)
        self._from = self._to = 0
        self._listeners: Counter[str] = Counter()
        self._moved, self._somebody = asyncio.Event(), asyncio.Event()

    def __call__(self, app: FastAPI, parts: Parts) -> None:
        """Add the route."""

        async def live(
            request: Request,
            caller: Asking,
            change: Annotated[str, Query(max_length=300, description="Only what happens to this change.")] = "",
            person: Annotated[str, Query(max_length=300, description="Only what this person does.")] = "",
            after: Annotated[int, Query(ge=NOW, description="The position to go on after; -1 is now.")] = NOW,
            last_event_id: Annotated[str, Header(max_length=40)] = "",
        ) -> Response:
            """Tell what happens as server-sent events, from now on or after a position.

            `happened` events hold what `/v1/happenings` lists; their id is the position in the journal, which comes
            back in Last-Event-ID. `begun` comes first with the id to begin with, `problem` last where somebody may not
            listen any more. Comments keep the connection alive.
            """
            if change:
                change = (await parts.hall.ask(caller.principal, "change", {"change": change})).change
            at = _position(last_event_id, after)
            if at == NOW:
                at = (await parts.hall.ask(caller.principal, "happened", {})).position
            return self._response(_Listener(request, caller, parts, at, change, person))

        app.add_api_route(
            PATH,
            live,
            methods=["GET"],
            operation_id="live",
            summary="Tell what happens as it happens",
            tags=["Past"],
            response_class=Response,
            responses={200: {"content": {EVENT_STREAM: {}}, "description": "Server-sent events"}, **PROBLEMS},
            openapi_extra={RIGHT: Right.READ.value},
        )

    @contextlib.asynccontextmanager
    async def life(self, _app: FastAPI) -> AsyncIterator[None]:
        """Look at the registry as long as the application lives."""
        self._moved, self._somebody = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(self._look())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    # Looking

    async def _look(self) -> None:
        """Keep what is new, once for everybody; where nobody could hear it, wait until somebody comes."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="live") as thread:
            watch, begun = self._make(), False
            try:
                while True:
                    if not (self._shared or self._somebody.is_set()):
                        begun = False
                        await self._somebody.wait()
                    try:
                        if not begun:
                            self._begin_at(await loop.run_in_executor(thread, watch.begin))
                            begun = True
                        look = partial(watch.look, self._paces.look, telling=bool(self._listeners))
                        rows = await loop.run_in_executor(thread, look)
                    except Exception as error:  # noqa: BLE001 - the next look is due whatever happened in this one
                        _say(error)
                        await loop.run_in_executor(thread, watch.forget)
                        await asyncio.sleep(self._paces.look)
                    else:
                        self._keep(rows, watch.position)
            finally:
                await asyncio.shield(loop.run_in_executor(thread, watch.close))

    def _begin_at(self, position: int) -> None:
        self._recent.clear()
        self._from = self._to = position
        self._wake()

    def _keep(self, rows: Sequence[Happening], position: int) -> None:
        if not rows:
            if position > self._to:  # nobody listened; whoever has come meanwhile reads on from the journal
                self._begin_at(position)
            return
        self._recent.extend(rows)
        self._to = rows[-1].seq
        if len(self._recent) == KEPT:
            self._from = self._recent[0].seq - 1
        self._wake()

    def _wake(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    # Listening

    def _response(self, listener: _Listener) -> Response:
        """Return the stream of one listener; Refused where there are too many."""
        import anyio
        from sse_starlette import EventSourceResponse

        name = listener.caller.token or listener.caller.principal
        if self._listeners.total() >= self._paces.listeners or self._listeners[name] >= self._paces.each:
            says = f"{self._listeners[name]} listen for you here, {self._listeners.total()} in all, and no more can"
            raise Refused("rate_limited", says, hint="close one, or ask /v1/happenings now and then")
        self._listeners[name] += 1
        self._somebody.set()
        live, ending = self, anyio.Event()

        class Stream(EventSourceResponse):
            """Gives the place back, whatever ends it."""

            async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
                try:
                    await super().__call__(scope, receive, send)
                except TimeoutError:  # they take nothing in; what they miss they ask for by its position
                    log.info("%s took nothing in for %s seconds and is let go", name, live._paces.send)
                finally:
                    live._leave(name)

        return Stream(
            self._told(listener, ending),
            ping=self._paces.beat,
            send_timeout=self._paces.send,
            shutdown_event=ending,
            shutdown_grace_period=ENDS_WITHIN,
        )

    def _leave(self, name: str) -> None:
        self._listeners[name] -= 1
        self._listeners += Counter()  # names without anybody are dropped
        if not self._listeners:
            self._somebody.clear()

    async def _told(self, listener: _Listener, ending: anyio.Event) -> AsyncIterator[dict[str, str]]:
        """Yield the events of one listener until they may not listen any more, or the server stops."""
        yield {"event": "begun", "id": str(listener.at), "data": json.dumps({"position": listener.at})}
        checked = time.monotonic()
        try:
            while not ending.is_set():
                moved = self._moved
                rows = await self._after(listener)
                for row in rows:
                    if listener.wants(row):
                        yield {"event": "happened", "id": str(row.seq), "data": json.dumps(asdict(row))}
                if not rows:
                    await _first(moved.wait(), ending.wait(), within=self._paces.check)
                if time.monotonic() - checked >= self._paces.check:
                    await listener.check()
                    checked = time.monotonic()
        except MetricgovError as error:
            yield {"event": "problem", "data": json.dumps(problem_of(as_told(error)))}

    async def _after(self, listener: _Listener) -> Sequence[Happening]:
        """Return what comes next for somebody, and note that they are there; () where nothing does yet."""
        if listener.at >= self._to:
            return ()
        if listener.at >= self._from:
            rows: Sequence[Happening] = [one for one in self._recent if one.seq > listener.at]
            listener.at = self._to
            return rows
        asked = {"after": listener.at, "most": PAGE}
        found: Happenings = await listener.parts.hall.ask(listener.caller.principal, "happened", asked)
        listener.at = found.position
        return found.rows


@dataclass(slots=True)
class _Listener:
    """Who listens, to what, and up to which position they have heard."""

    request: Request
    caller: Caller
    parts: Parts
    at: int
    change: str
    person: str

    def wants(self, row: Happening) -> bool:
        """Say whether somebody asked for this."""
        return self.change in ("", row.change) and self.person in ("", row.who)

    async def check(self) -> None:
        """Refuse whoever may not read any more: a token that has ended, somebody who has left."""
        caller = await self.parts.callers.of(self.request)
        caller.must(Right.READ)


def _position(last: str, after: int) -> int:
    """Return where to go on: after the event that came last, else after a position, else now."""
    if not last:
        return after
    if not (last.isascii() and last.isdigit()):
        raise BadInput("bad_position", f"{last!r} is no position", hint="send the id of the last event back as it was")
    return int(last)


async def _first(*waits: Any, within: float) -> None:
    """Wait for the first of several, so many seconds at most."""
    tasks = [asyncio.ensure_future(one) for one in waits]
    try:
        await asyncio.wait(tasks, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in tasks:
            one.cancel()


def _say(error: Exception) -> None:
    if isinstance(error, MetricgovError):
        log.warning("what is new cannot be read: %s", error)
    else:
        log.error("a bug while following the registry: %s", report_of(error))
