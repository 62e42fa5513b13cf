"""What those who run a server see of it: a line for every request in the log, and numbers for Prometheus."""

from __future__ import annotations

import json
import logging
import time
from typing import Any, Final

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from metricgov.api.app import Parts

log = logging.getLogger("metricgov.access")

PATH: Final = "/metrics"
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Bounds of the histogram of durations."""


class JsonLines(logging.Formatter):
    """One JSON object a line: `at`, `level`, `logger`, `message`, and what was said beside it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in ("request", "method", "path", "status", "seconds", "person"):
            if (value := getattr(record, name, None)) not in (None, ""):
                line[name] = value
        return json.dumps(line)  # pure ASCII: no character of an address ends a line for anybody


class TextLines(logging.Formatter):
    """One line for people; whatever a request brought along cannot begin another one, nor move a terminal's cursor."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = super().format(record)
        return line if line.isprintable() else "".join(one if one.isprintable() else _escaped(one) for one in line)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def set_up_logging(form: str) -> None:
    """Send the log to stderr, as `json` or as `text`."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    for name in ("metricgov", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO if name == "metricgov" else logging.WARNING)


class Watching:
    """Counts and logs requests, by the route that served them: never by an address with names in it."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("metricgov_requests", "Requests answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "metricgov_request_seconds",
            "Seconds from a request to its answer.",
            ("method", "route"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._open = Gauge("metricgov_requests_open", "Requests being answered.", registry=self._registry)

    def __call__(self, app: FastAPI, _parts: Parts) -> None:
        """Add the route and the watch to an application."""
        app.add_middleware(_Watch, watching=self)

        said: dict[int | str, dict[str, Any]] = {
            200: {"content": {"text/plain": {}}, "description": "Numbers as Prometheus reads them"}
        }

        @app.get(PATH, tags=["Operations"], operation_id="metrics", response_class=Response, responses=said)
        async def metrics() -> Response:
            """Return the numbers as Prometheus reads them."""
            return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

    def begun(self) -> None:
        """A request has come."""
        self._open.inc()

    def ended(self, scope: Scope, status: int, seconds: float) -> None:
        """A request was answered."""
        self._open.dec()
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)
        state = scope.get("state", {})
        caller = state.get("caller")
        said = {
            "request": state.get("request_id", ""),
            "method": method,
            "path": scope["path"],
            "status": status,
            "seconds": round(seconds, 4),
            "person": caller.principal if caller is not None else "",
        }
        log.info("%s %s %s", method, scope["path"], status, extra=said)


METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Watch:
    def __init__(self, app: ASGIApp, watching: Watching) -> None:
        self._app, self._watching = app, watching

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500
        self._watching.begun()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._watching.ended(scope, status, time.perf_counter() - began)
