"""The application: routes made from the table of resources, errors as problems, and what every answer carries."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from metricgov import __version__
from metricgov.api.answering import Endpoint
from metricgov.api.asking import Asked, Repeats
from metricgov.api.callers import RIGHT, Callers, GuardedRoute
from metricgov.api.hall import Hall
from metricgov.api.limits import Limits, Sizes
from metricgov.api.problem_answers import COMPONENT, PROBLEMS, answer_with, bug_response, problem_response
from metricgov.api.request_ids import RequestIds
from metricgov.desk.resources import DEEDS, RESOURCES, VERSION, Resource
from metricgov.desk.serving import Broken
from metricgov.domain.errors import BadInput, MetricgovError

log = logging.getLogger("metricgov.api")

GZIP_FROM: Final = 4000
"""Bytes of an answer from which it is compressed; a smaller one is sent sooner than it is packed."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an application is made of; `life` is entered when it starts and left when it ends.

    `per_minute` requests one caller may send (0: no limit), of `body` bytes at most.
    """

    hall: Hall
    callers: Callers
    repeats: Repeats | None = None
    ready: Callable[[], Awaitable[Mapping[str, str]]] | None = None
    extend: Sequence[Callable[[FastAPI, Parts], None]] = ()
    per_minute: int = 0
    body: int = 4_000_000
    life: Sequence[Callable[[FastAPI], Any]] = ()


class _Application(FastAPI):
    """Describes itself with what problems look like."""

    def openapi(self) -> dict[str, Any]:
        """Return the description (OpenAPI 3.1); made once."""
        if not self.openapi_schema:
            super().openapi()["components"]["schemas"] |= COMPONENT
        return super().openapi()


def create(parts: Parts) -> FastAPI:
    """Return the application over a hall and its callers."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(parts.hall.close)
            for begin in parts.life:
                await stack.enter_async_context(begin(app))
            yield

    app = _Application(
        title="metricgov",
        version=__version__,
        summary="Metric definitions, their changes, approvals and values",
        lifespan=life,
        openapi_url=f"/{VERSION}/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
    )
    app.state.parts = parts
    app.state.limits = Limits(parts.per_minute)
    app.router.route_class = GuardedRoute
    _answer_errors(app)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM)
    app.add_middleware(Sizes, body=parts.body)
    app.add_middleware(RequestIds)
    for resource in RESOURCES:
        _add(app, parts, resource)
    _add_health(app, parts)
    for extend in parts.extend:
        extend(app, parts)
    return app


def _add(app: FastAPI, parts: Parts, resource: Resource) -> None:
    endpoint = Endpoint(resource)

    asked = Asked(endpoint, parts.hall, parts.repeats, _TAG_OF_CHANGE)
    app.add_api_route(
        f"/{VERSION}{resource.path}".replace("{definition}", "{definition:path}"),
        endpoint.serve(asked.ask, asked.stream),
        methods=[resource.method],
        operation_id=resource.id,
        summary=_says(resource, endpoint.question.says).split(".")[0].split(";")[0],
        description=_says(resource, endpoint.question.says),
        response_model=endpoint.gives,
        tags=[endpoint.question.topic.__name__],
        responses=PROBLEMS,
        openapi_extra={RIGHT: resource.right.value},
    )


_TAG_OF_CHANGE: Final = Endpoint(next(one for one in RESOURCES if one.question == "change")).tag


def _says(resource: Resource, says: str) -> str:
    """Return what a resource does, without what only readers of the code need."""
    if resource.deed:
        return DEEDS[resource.deed][1]
    kept = [one for one in says.split("\n\n") if not one.startswith(("An exception", "Refused ("))]
    return re.sub(r"[;:,] raises .*?(?=[.;](\s|$)|$)", "", "\n\n".join(kept))


def _add_health(app: FastAPI, parts: Parts) -> None:
    @app.get("/health", tags=["Operations"], operation_id="health")
    async def health() -> dict[str, str]:
        """Say that the process runs."""
        return {"status": "ok"}

    @app.get("/ready", tags=["Operations"], operation_id="ready", responses={503: {"model": dict[str, str]}})
    async def ready(response: Response) -> dict[str, str]:
        """Say whether questions can be answered: each part with `ok`, or the code of why not (503)."""
        found = {"registry": await _registry_answers(parts.hall)}
        if parts.ready is not None:
            found |= await parts.ready()
        if any(state != "ok" for state in found.values()):
            response.status_code = 503
        return found

    @app.get(f"/{VERSION}/version", tags=["Operations"], operation_id="version")
    async def version() -> dict[str, str]:
        """Return the version of the program and of the API."""
        return {"version": __version__, "api": VERSION}


async def _registry_answers(hall: Hall) -> str:
    try:
        await asyncio.wait_for(hall.ask("", "standing", {}), timeout=10)
    except MetricgovError as error:
        return not_ready("registry", error)
    except TimeoutError:
        return "busy for 10 seconds"
    return "ok"


def not_ready(part: str, error: MetricgovError) -> str:
    """Return the code of why a part does not answer; the words, with addresses, are for the log alone."""
    log.warning("%s is not ready: %s", part, error)
    return error.code


def _answer_errors(app: FastAPI) -> None:
    async def metricgov(request: Request, error: Exception) -> Response:
        assert isinstance(error, MetricgovError)
        return problem_response(error, request)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        says = "; ".join(_said(one) for one in error.errors()[:5])
        return problem_response(BadInput("request_invalid", says, hint=f"see /{VERSION}/openapi.json"), request)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if isinstance(error.__cause__, MetricgovError):  # raised while the body was read
            return problem_response(error.__cause__, request)
        problem = {
            "type": "about:blank",
            "title": str(error.detail),
            "status": error.status_code,
            "detail": f"{request.method} {request.url.path}: {error.detail}",
            "code": f"http_{error.status_code}",
            "hint": f"see /{VERSION}/openapi.json",
        }
        return answer_with(problem, dict(error.headers or {}))

    async def bug(request: Request, error: Exception) -> Response:
        return bug_response(error, request)

    app.add_exception_handler(MetricgovError, metricgov)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Broken, bug)
    app.add_exception_handler(Exception, bug)


def _said(one: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in one.get("loc", ()) if part not in ("body", "query", "path"))
    return f"{where}: {one.get('msg', '')}" if where else str(one.get("msg", ""))
