"""A provider of identities on a loopback port: discovery, keys that change, the device flow, and whatever one mints.

It signs what it is told to, so that a test can send what a real one never would; what both can do is held to the same
tests as oidc-provider-mock (tests/api/test_oidc_provider.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from serving_http import running

CLIENT = "metricgov-cli"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PERSON: dict[str, object] = {"sub": "ann-1", "email": "crm-lead@example.com", "email_verified": True}

Signer = RSAKey | ECKey | OKPKey


def rsa(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@dataclass
class Here:
    """The provider's state, which tests set; `answers` come one by one at the token endpoint while somebody waits."""

    url: str = ""
    issuer: str = ""
    keys: list[Signer] = field(default_factory=lambda: [rsa("one")])
    person: dict[str, object] = field(default_factory=lambda: dict(PERSON))
    lifetime: int = 3600
    state: str = "up"
    asked: list[str] = field(default_factory=list)
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    device: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    refreshes: dict[str, dict[str, object]] = field(default_factory=dict)
    listed: list[Any] | None = None
    authorized: str = ""

    def mint(
        self, *, key: Any = None, header: dict[str, Any] | None = None, without: tuple[str, ...] = (), **claims: object
    ) -> str:
        """Return a token of the person, changed in whatever way is said."""
        now = int(time.time())
        made = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + self.lifetime, **self.person, **claims}
        payload = json.dumps({name: value for name, value in made.items() if name not in without})
        signer = key or self.keys[0]
        alg = {"RSA": "RS256", "EC": "ES256", "OKP": "Ed25519"}.get(signer.key_type, "HS256")
        protected = {"alg": alg, "kid": self.keys[0].kid, **(header or {})}
        protected = {name: value for name, value in protected.items() if value is not None}
        registry = jws.JWSRegistry(algorithms=[protected["alg"]], strict_check_header=False)
        registry.max_header_length = 100_000
        return jws.serialize_compact(protected, payload, signer, registry=registry)

    def tokens(self) -> dict[str, Any]:
        """Return what the token endpoint gives to somebody who has signed in."""
        refresh = f"refresh-{len(self.refreshes)}"
        self.refreshes[refresh] = dict(self.person)
        return {
            "token_type": "Bearer",
            "access_token": "opaque",
            "id_token": self.mint(),
            "refresh_token": refresh,
            "expires_in": 60,
        }


@contextlib.contextmanager
def provider() -> Iterator[Here]:
    """Run one until the end of the block."""
    here = Here()
    with running(_application(here)) as url:
        here.url = here.issuer = url
        yield here


async def _drips() -> AsyncIterator[bytes]:
    """Give a little whenever somebody would lose patience."""
    while True:
        yield b" "
        await asyncio.sleep(0.1)


def _application(here: Here) -> FastAPI:
    app = FastAPI()

    @app.middleware("http")
    async def up(request: Request, call_next: Any) -> Response:
        here.asked.append(request.url.path)
        if here.state == "up":
            return await call_next(request)
        return {
            "down": PlainTextResponse("out of order", 503),
            "huge": JSONResponse(
                {"issuer": here.issuer, "jwks_uri": f"{here.url}/keys", "keys": [], "padding": "x" * 700_000}
            ),
            "slow": StreamingResponse(_drips()),
            "elsewhere": JSONResponse({}, 302, {"Location": "https://evil.example.com/"}),
            "nonsense": PlainTextResponse("<html>"),
        }[here.state]

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        return {
            "issuer": here.issuer,
            "jwks_uri": f"{here.url}/keys",
            "token_endpoint": f"{here.url}/token",
            "device_authorization_endpoint": f"{here.url}/device",
            "revocation_endpoint": f"{here.url}/revoke",
            **here.metadata,
        }

    @app.get("/keys")
    async def keys() -> dict[str, Any]:
        listed = [one.as_dict(private=False) for one in here.keys] if here.listed is None else here.listed
        return {"keys": listed}

    @app.post("/device")
    async def device(request: Request) -> JSONResponse:
        form = {name: str(value) for name, value in (await request.form()).items()}
        here.forms.append(form)
        if form.get("client_id") != CLIENT:
            return JSONResponse({"error": "invalid_client"}, 401)
        return JSONResponse(
            {
                "device_code": "device-1",
                "user_code": "WDJB-MJHT",
                "verification_uri": f"{here.url}/activate",
                "expires_in": 600,
                "interval": 1,
                **here.device,
            }
        )

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        form = {name: str(value) for name, value in (await request.form()).items()}
        here.forms.append(form)
        here.authorized = b64decode(request.headers.get("authorization", "").partition(" ")[2]).decode()
        if here.answers:
            status, said = here.answers.pop(0)
            return JSONResponse(said, status)
        if form["grant_type"] == DEVICE_GRANT and form["device_code"] == "device-1":
            return JSONResponse(here.tokens())
        if form["grant_type"] == "refresh_token" and here.refreshes.pop(form["refresh_token"], None):
            return JSONResponse(here.tokens())
        return JSONResponse({"error": "invalid_grant"}, 400)

    @app.post("/revoke")
    async def revoke(request: Request) -> JSONResponse:
        here.refreshes.pop(str((await request.form())["token"]), None)
        return JSONResponse({})

    return app
