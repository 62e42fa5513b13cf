"""The same UI in a browser on this machine: textual-serve on loopback, for whoever holds the address that was printed.

A page of any other site can reach a port of loopback too. So the address holds a key, which becomes a cookie that no
other site can send; the names that a request uses are checked, and nothing is loaded from anywhere else.
"""

from __future__ import annotations

import secrets
import shlex
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from aiohttp import web
from textual_serve.server import Server

from metricgov.domain.errors import BadInput

LOOPBACK: Final = "127.0.0.1"
COOKIE: Final = "metricgov_tui"
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws://{here}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""What the page may load: its own files and its own socket."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Served(Server):
    """Serves one command to one browser."""

    def __init__(self, command: str, port: int, key: str) -> None:
        super().__init__(
            command, host=LOOPBACK, port=port, title="metricgov", templates_path=Path(__file__).parent / "pages"
        )
        self.key = key
        self.here = f"{LOOPBACK}:{port}"

    @property
    def address(self) -> str:
        """The address to open, with the key in it."""
        return f"http://{self.here}/?key={self.key}"

    def initialize_logging(self) -> None:
        """Log nothing: what is typed is nobody's business."""

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing yet: nobody is listening at this moment."""

    def serve(self, debug: bool = False) -> None:  # noqa: ARG002 - the signature is that of the server
        """Serve until Ctrl-C, and say where as soon as somebody listens."""
        web.run_app(self._make_app(), host=self.host, port=self.port, print=self._say)

    def _say(self, *_: object) -> None:
        sys.stdout.write(f"{self.address}\n")
        sys.stdout.flush()
        sys.stderr.write("Open this address in a browser on this machine; it is yours alone. Ctrl-C stops.\n")

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard())  # type: ignore[arg-type]
        return app

    def _guard(self) -> Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._refuse_strangers(request)
            if request.path == "/" and "key" in request.query:
                answer = web.HTTPFound("/")
                answer.set_cookie(COOKIE, self.key, httponly=True, samesite="Strict", path="/")
                raise answer
            response = await handler(request)
            if not response.prepared:
                response.headers["Content-Security-Policy"] = POLICY.format(here=self.here)
                response.headers["X-Content-Type-Options"] = "nosniff"
                response.headers["Referrer-Policy"] = "no-referrer"
            return response

        return guard

    def _refuse_strangers(self, request: web.Request) -> None:
        """Refuse a request under another name (DNS rebinding), from another page, or without the key."""
        if request.headers.get("Host") != self.here:
            raise web.HTTPForbidden(text="This address is served under its number only.")
        if request.headers.get("Origin") not in (None, f"http://{self.here}"):
            raise web.HTTPForbidden(text="Another page asked for this.")
        if request.path == "/ws" and request.headers.get("Origin") is None:
            raise web.HTTPForbidden(text="Only its own page may open the terminal.")
        said = request.query.get("key") if request.path == "/" else None
        if not secrets.compare_digest(said or request.cookies.get(COOKIE, ""), self.key):
            raise web.HTTPForbidden(text="This needs the whole address that metricgov tui --web printed.")


def serve(words: Sequence[str], *, port: int = 0) -> None:
    """Serve `metricgov tui` with the given words until Ctrl-C; 0 takes any free port."""
    chosen = _free(port)
    program = [sys.executable, "-c", "from metricgov.cli.main import entry; entry()", "tui", *words]
    Served(shlex.join(program), chosen, secrets.token_urlsafe(24)).serve()


def _free(port: int) -> int:
    with socket.socket() as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            says = f"port {port} cannot be used here: {error.strerror}"
            raise BadInput("port_taken", says, hint="leave --port out; a free one is found") from None
        return int(probe.getsockname()[1])
