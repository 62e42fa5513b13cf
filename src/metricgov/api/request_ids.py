"""A number for every request: taken from its sender where that is one, made here otherwise, and sent back."""

from __future__ import annotations

import re
import secrets
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = b"x-request-id"
_PLAIN: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class RequestIds:
    """Puts `request.state.request_id`, and the header X-Request-Id on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(HEADER, b"")
        number = given if _PLAIN.fullmatch(given) else secrets.token_hex(8).encode()
        scope.setdefault("state", {})["request_id"] = number.decode()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (HEADER, number)]
            await send(message)

        await self._app(scope, receive, sending)
