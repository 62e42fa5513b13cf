"""A question of the desk as an endpoint: what it takes from the path, the query and the body, and how it answers."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import inspect
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Annotated, Any, Final

from fastapi import Body, Header, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, create_model

from metricgov.api.callers import Asking, Caller
from metricgov.api.paging import LARGEST, cut, only
from metricgov.api.problem_answers import as_told
from metricgov.desk import wire
from metricgov.desk.asked import Progress
from metricgov.desk.problems import problem_of
from metricgov.desk.resources import Resource
from metricgov.desk.wire import NO_DEFAULT, Question
from metricgov.domain.errors import MetricgovError

JSON: Final = "application/json"
EVENT_STREAM: Final = "text/event-stream"

Ask = Callable[[Request, Caller, Mapping[str, Any]], Awaitable[Any]]
Stream = Callable[[Request, Caller, Mapping[str, Any]], AsyncIterator[dict[str, str]]]


class Endpoint:
    """One resource, made into what FastAPI serves: a signature that it reads, and the function behind it."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.question: Question = wire.questions()[resource.question]
        self._in_path = [name for name in self.question.takes if f"{{{name}}}" in resource.path]
        self._spread = {
            name: kind
            for name, (kind, _) in self.question.takes.items()
            if is_dataclass(kind) and isinstance(kind, type) and resource.method == "GET"
        }
        self.body = self._body() if resource.method != "GET" else None

    @property
    def gives(self) -> Any:
        """The type of the answer, a page of it where it is a list that goes on."""
        kind = wire.placed(self.question.gives)
        return _page_of(self.resource.id, kind) if self.resource.key else kind

    def _body(self) -> type[BaseModel] | None:
        """Return the model of the body: what the path does not hold, and of a deed all but its name."""
        taken: dict[str, Any] = {}
        for name, (kind, default) in self.question.takes.items():
            if name in self._in_path:
                continue
            if self.resource.deed and name == "deed":
                taken |= {
                    field.name: (wire.placed(field.type), _default(field.default))
                    for field in _fields(kind)
                    if field.name != "name"
                }
            else:
                taken[name] = (wire.placed(kind), _default(default))
        if not taken:
            return None
        name = "".join(part.title() for part in self.resource.id.split("_")) + "Body"
        return create_model(name, __config__=ConfigDict(extra="forbid"), **taken)

    def signature(self) -> inspect.Signature:
        """Return the parameters as FastAPI reads them."""
        found = [
            _parameter("request", Request),
            _parameter("caller", Asking),
        ]
        found += [_parameter(name, Annotated[str, Path(max_length=300)]) for name in self._in_path]
        if self.resource.method == "GET":
            for name, (kind, default) in self._query().items():
                found.append(_parameter(name, Annotated[kind, Query()], default))
            if self.resource.key:
                found.append(_parameter("limit", Annotated[int, Query(ge=1, le=LARGEST)], 100))
                found.append(_parameter("cursor", Annotated[str, Query(max_length=400)], ""))
            found.append(_parameter("fields", Annotated[str, Query(max_length=400, description=_FIELDS)], ""))
            found.append(_parameter("if_none_match", Annotated[str, Header(max_length=400)], ""))
        elif self.body is not None:
            empty = all(not field.is_required() for field in self.body.model_fields.values())
            found.append(_parameter("body", Annotated[self.body, Body()], self.body() if empty else NO_DEFAULT))
        return inspect.Signature(found)

    def _query(self) -> dict[str, tuple[Any, object]]:
        found: dict[str, tuple[Any, object]] = {}
        for name, (kind, default) in self.question.takes.items():
            if name in self._in_path:
                continue
            if name in self._spread:
                given = None if default is NO_DEFAULT else default
                for field in _fields(kind):
                    held = getattr(given, field.name) if given is not None else field.default
                    found[field.name] = (_query_kind(field.type), _list(held))
            else:
                found[name] = (_query_kind(kind), _list(default))
        return found

    def arguments(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return what the desk is asked with, from what FastAPI read."""
        taken: dict[str, Any] = {name: given[name] for name in self._in_path}
        body = given.get("body")
        for name, (kind, _) in self.question.takes.items():
            if name in self._in_path:
                continue
            if body is not None and self.resource.deed and name == "deed":
                taken[name] = kind(name=self.resource.deed, **_held(body))
            elif body is not None:
                taken[name] = getattr(body, name)
            elif name in self._spread:
                taken[name] = self._spread[name](
                    **{field.name: _tuple(given[field.name]) for field in _fields(self._spread[name])}
                )
            elif name in given:
                taken[name] = _tuple(given[name])
        return taken

    def serve(self, ask: Ask, stream: Stream) -> Callable[..., Awaitable[Response]]:
        """Return the function that FastAPI calls."""

        async def endpoint(**given: Any) -> Response:
            request, caller = given["request"], given["caller"]
            arguments = self.arguments(given)
            if self.resource.apart and EVENT_STREAM in request.headers.get("accept", ""):
                from sse_starlette import EventSourceResponse

                return EventSourceResponse(stream(request, caller, arguments))
            answer = await ask(request, caller, arguments)
            return self._answered(answer, given)

        endpoint.__signature__ = self.signature()  # type: ignore[attr-defined]
        endpoint.__name__ = self.resource.id
        return endpoint

    def tag(self, answer: Any) -> str:
        """Return the ETag of an answer: it says the same as long as nothing but the time of its judgement differs."""
        return self._tag(answer, wire.to_json(self.question.gives, answer))

    def _tag(self, answer: Any, data: bytes) -> str:
        if not (is_dataclass(answer) and not isinstance(answer, type) and hasattr(answer, "at")):
            return tag_of(data)
        return tag_of(wire.to_json(self.question.gives, replace(answer, at="")))

    def _answered(self, answer: Any, given: Mapping[str, Any]) -> Response:
        if isinstance(answer, Response):
            return answer
        if self.resource.key:
            items, following = cut(answer, self.resource.key, given["limit"], given["cursor"])
            data = b'{"items":%s,"next":%s}' % (
                wire.to_json(self.question.gives, items),
                json.dumps(following).encode(),
            )
        else:
            data = wire.to_json(self.question.gives, answer)
        if given.get("fields"):
            data = only(data, given["fields"], listed=bool(self.resource.key))
        tag = tag_of(data) if self.resource.key or given.get("fields") else self._tag(answer, data)
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
        if tag in [one.strip() for one in given["if_none_match"].split(",")] or given["if_none_match"] == "*":
            return Response(status_code=304, headers=headers)
        return Response(data, media_type=JSON, headers=headers)


_FIELDS = "Names of the fields to answer with, by commas; all where there are none."


def tag_of(data: bytes) -> str:
    """Return the ETag of an answer."""
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'


async def events_of(run: Callable[[Progress], Awaitable[Response]]) -> AsyncIterator[dict[str, str]]:
    """Tell a long question as server-sent events: `progress` as it goes, then `answer` or `problem`."""
    told: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    def on(what: str, done: int, total: int) -> None:
        told.put_nowait({"event": "progress", "data": json.dumps({"what": what, "done": done, "total": total})})

    async def work() -> None:
        try:
            answer = await run(on)
            event = "answer" if answer.status_code < 400 else "problem"
            told.put_nowait({"event": event, "data": bytes(answer.body).decode()})
        except MetricgovError as error:
            told.put_nowait({"event": "problem", "data": json.dumps(problem_of(as_told(error)))})

    task = asyncio.create_task(work())
    try:
        while True:
            waits = asyncio.ensure_future(told.get())
            await asyncio.wait({waits, task}, return_when=asyncio.FIRST_COMPLETED)
            if waits.done():
                yield waits.result()
            else:
                waits.cancel()
            if task.done() and told.empty():
                task.result()  # a bug is a bug of the server
                return
    finally:
        task.cancel()


def _parameter(name: str, kind: Any, default: object = NO_DEFAULT) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)


def _default(value: object) -> Any:
    return ... if value is NO_DEFAULT or value is MISSING else value


@functools.cache
def _fields(kind: Any) -> tuple[Any, ...]:
    wire.settle(kind)
    return fields(kind)


def _held(body: BaseModel) -> dict[str, Any]:
    return {name: getattr(body, name) for name in type(body).model_fields}


def _query_kind(kind: Any) -> Any:
    """Return how a query says a type: a tuple as a repeated word."""
    from typing import get_args, get_origin

    return list[get_args(kind)[0]] if get_origin(kind) is tuple else kind  # type: ignore[misc] # made at run time


def _list(default: object) -> object:
    return list(default) if isinstance(default, tuple) else NO_DEFAULT if default is MISSING else default


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _page_of(name: str, kind: Any) -> type[BaseModel]:
    from typing import get_args

    item = get_args(kind)[0]
    title = "".join(part.title() for part in name.split("_")) + "Page"
    return create_model(title, items=(list[item], ...), next=(str, ""))  # type: ignore[valid-type] # made at run time
