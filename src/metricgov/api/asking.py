"""What stands between a request and the desk: the state that it names, its key, and whether anybody waits."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from fastapi import Request, Response

from metricgov.api.answering import JSON, Endpoint, events_of
from metricgov.api.callers import Caller
from metricgov.desk import wire
from metricgov.desk.asked import Progress, silent
from metricgov.desk.deciding import Recorded
from metricgov.domain.errors import Refused

if TYPE_CHECKING:
    from metricgov.api.hall import Hall
    from metricgov.desk.deciding import Deed

MINIMAL: Final = re.compile(r"(?i)(?:^|,)\s*return\s*=\s*\"?minimal\"?\s*(?:;|,|$)")
"""How a client prefers an answer without what it led to (RFC 7240)."""

T = TypeVar("T")
Answer = Callable[[], Awaitable[Response]]


class Repeats(Protocol):
    """What becomes of a command that is sent twice with one Idempotency-Key."""

    async def once(self, request: Request, caller: Caller, answer: Answer, *, ends: bool = False) -> Response:
        """Return the answer, that of the first time where it was asked before.

        With `ends` the command may be broken off with the request, and is free to be asked again then; otherwise it is
        carried out even when nobody waits any more.
        """
        ...


class Asked:
    """Asks the desk what the requests of one resource ask, for whoever sends them."""

    def __init__(self, endpoint: Endpoint, hall: Hall, repeats: Repeats | None, tag: Callable[[Any], str]) -> None:
        self._endpoint, self._resource = endpoint, endpoint.resource
        self._hall, self._repeats, self._tag = hall, repeats, tag

    async def ask(self, request: Request, caller: Caller, arguments: Mapping[str, Any]) -> Any:
        """Return the answer of a question, or the response of a command."""
        if self._resource.method == "GET":
            return await self._waited(request, self._answer(caller, arguments, silent))
        return await self._waited(request, self._command(request, caller, arguments, silent))

    def stream(self, request: Request, caller: Caller, arguments: Mapping[str, Any]) -> AsyncIterator[dict[str, str]]:
        """Tell a long question as it goes."""

        async def run(on: Progress) -> Response:
            if self._resource.method == "GET":
                return self._response(await self._answer(caller, arguments, on))
            return await self._command(request, caller, arguments, on)

        return events_of(run)

    async def _command(self, request: Request, caller: Caller, arguments: Mapping[str, Any], on: Progress) -> Response:
        async def command() -> Response:
            held = await self._held_to(request, caller, arguments)
            if self._resource.deed and MINIMAL.search(",".join(request.headers.getlist("prefer"))):
                found = await self._hall.ask(caller.principal, "do_briefly", held)
                said = {"Preference-Applied": "return=minimal"}
                return Response(wire.to_json(Recorded, found), media_type=JSON, headers=said)
            return self._response(await self._answer(caller, held, on))

        if self._repeats is None:
            return await command()
        return await self._repeats.once(request, caller, command, ends=self._resource.apart)

    async def _held_to(self, request: Request, caller: Caller, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the arguments of a command, held to the state that If-Match names (INV-71).

        A deed carries the last event that was read: what happens between this look and the decision refuses it too.
        """
        wanted = [one.strip() for one in request.headers.get("if-match", "").split(",") if one.strip()]
        if not wanted:
            return arguments
        if "change" not in arguments:
            raise Refused("if_match", "this has no state that If-Match could name", hint="leave If-Match out")
        view = await self._hall.ask(caller.principal, "change", {"change": arguments["change"]})
        if "*" in wanted:
            return arguments
        if self._tag(view) not in wanted:
            raise Refused("if_match", "this has changed since you read it", hint="read it again, then decide")
        deed: Deed | None = arguments.get("deed")
        return arguments if deed is None else {**arguments, "deed": replace(deed, saw=view.seq)}

    async def _answer(self, caller: Caller, arguments: Mapping[str, Any], on: Progress) -> Any:
        asked = self._resource.question
        if self._resource.apart:
            return await self._hall.run(caller.principal, asked, arguments, on)
        return await self._hall.ask(caller.principal, asked, arguments)

    def _response(self, answer: Any) -> Response:
        return Response(wire.to_json(self._endpoint.question.gives, answer), media_type=JSON)

    async def _waited(self, request: Request, work: Awaitable[T]) -> T:
        return await while_waited_for(request, work) if self._resource.apart else await work


async def while_waited_for(request: Request, work: Awaitable[T]) -> T:
    """Return what comes of work that ends when its asker hangs up."""
    task = asyncio.ensure_future(work)
    gone = asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
        return await task
    except asyncio.CancelledError:
        if gone.done() and not gone.cancelled():
            raise Refused("given_up", "whoever asked this has hung up", hint="ask again") from None
        raise
    finally:
        gone.cancel()
        task.cancel()


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
