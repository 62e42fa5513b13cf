"""The whole server, from its settings: the application, and running it until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from metricgov.api.app import Parts, create, not_ready
from metricgov.api.callers import Callers, understood
from metricgov.api.following import Watch
from metricgov.api.hall import Hall
from metricgov.api.live import Live, Paces
from metricgov.api.oidc_callers import OidcCallers, SignInRoutes
from metricgov.api.pages.adding import Pages
from metricgov.api.pages.provider_sign_in import ProviderSignIn
from metricgov.api.pages.sessions import CookieCallers
from metricgov.api.registered import Registered
from metricgov.api.repeats import StoredRepeats
from metricgov.api.signing_in import RecentTokens, TokenCallers
from metricgov.api.token_routes import TokenRoutes
from metricgov.api.tracing import Tracing
from metricgov.api.watching import Watching, set_up_logging
from metricgov.api.worker import Worker, beside, work
from metricgov.bootstrap import DATABASE_VARIABLE, Workspace, oidc_code_flow, oidc_provider, with_database
from metricgov.domain.errors import BadInput, MetricgovError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from pydantic_core import ErrorDetails

    from metricgov.api.settings import Settings
    from metricgov.ports.leases import Leases

STOPS_WITHIN = 20
"""Seconds that requests have to end once the server is told to stop."""


def settings_of(**given: object) -> Settings:
    """Return the settings of a server; BadInput names every one that cannot be."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from metricgov.api.settings import Settings

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except (ValidationError, SettingsError) as error:
        found = error.errors() if isinstance(error, ValidationError) else []
        says = "; ".join(": ".join([*map(str, one["loc"]), _said(one)]) for one in found) or str(error)
        hint = "docs/reference/server.md lists what there is"
        raise BadInput("bad_settings", f"the server cannot be set up like this: {says}", hint=hint) from None


def _said(one: ErrorDetails) -> str:
    """Return what is wrong with a setting, in our own words where they are ours."""
    ours = one.get("ctx", {}).get("error")
    return str(ours) if isinstance(ours, ValueError) else one["msg"]


def application(settings: Settings) -> FastAPI:
    """Return the application of a registry; Undecidable where its journal is not here."""
    workspace = _opened(settings)
    return composed(workspace, settings, workspace.repository.toplevel())


def _opened(settings: Settings) -> Workspace:
    """Return the registry of a server, with its database; Undecidable where the journal is not here."""
    workspace = with_database(settings.registry, settings.database)
    workspace.require_journal()
    return workspace


def composed(workspace: Workspace, settings: Settings, folder: Path) -> FastAPI:
    """Return the application with everything it serves; nothing of the workspace is opened before it is asked."""
    store, registered = workspace.store, Registered(folder)
    tokens = RecentTokens(store.tokens)

    async def ready() -> Mapping[str, str]:
        try:
            await asyncio.wait_for(asyncio.to_thread(store.leases.holder, "worker"), timeout=5)
        except MetricgovError as error:
            return {"database": not_ready("database", error)}
        except TimeoutError:
            return {"database": "no answer for 5 seconds"}
        return {"database": "ok"}

    live = Live(
        lambda: Watch(folder, store.bell()),
        shared=store.bell().shared,
        paces=Paces(listeners=settings.listeners),
    )
    cookies = CookieCallers(
        store.sessions, TokenCallers(tokens, workspace.clock), workspace.clock, hours=settings.session_hours
    )
    signed_in = Callers([cookies], open_reading=settings.open_reading, registered=registered)
    repeats = StoredRepeats(store.answers)
    oidc = (
        OidcCallers(settings, oidc_provider(settings.oidc_issuer), registered, workspace.clock)
        if settings.oidc_issuer
        else None
    )
    pages = Pages(cookies, signed_in, repeats, workspace.clock, _in_browsers(settings, oidc))
    tracing = (Tracing(settings.traces),) if settings.traces else ()
    return create(
        Parts(
            hall=Hall(folder, rooms=settings.rooms, apart=settings.apart, longest=settings.longest),
            callers=Callers(
                [TokenCallers(tokens, workspace.clock), *((oidc,) if oidc else ()), understood],
                open_reading=settings.open_reading,
                registered=registered,
            ),
            repeats=repeats,
            ready=ready,
            extend=(
                TokenRoutes(tokens, workspace.clock, registered),
                SignInRoutes(settings),
                live,
                Watching(),
                pages,
                *tracing,
            ),
            life=(
                live.life,
                *(one.life for one in tracing),
                *((beside(_worker(folder, store.leases, settings)),) if settings.worker else ()),
            ),
            per_minute=settings.requests_per_minute,
            body=settings.body_limit,
        )
    )


def _in_browsers(settings: Settings, oidc: OidcCallers | None) -> ProviderSignIn | None:
    """Return how browsers sign in at the provider; None without one, or without a client there."""
    if oidc is None or not settings.oidc_client_id:
        return None
    flow = oidc_code_flow(
        settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, settings.oidc_scopes
    )
    return ProviderSignIn(flow, oidc, urlsplit(settings.oidc_issuer).netloc)


def _worker(folder: Path, leases: Leases, settings: Settings) -> Worker:
    return Worker(folder, leases, every=settings.worker_seconds, work=partial(work, database=settings.database))


def run_worker(settings: Settings) -> None:
    """Do the work of a worker alone until SIGTERM or Ctrl-C; the round under way is ended first."""
    import signal

    workspace = _opened(settings)
    set_up_logging(settings.log_format)
    worker = _worker(workspace.repository.toplevel(), workspace.store.leases, settings)

    async def until_told() -> None:
        task = asyncio.create_task(worker.run())
        for one in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(one, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(until_told())
    workspace.store.close()


def described() -> FastAPI:
    """Return the application over a registry that is never asked: for its description."""
    nowhere = Path("/nonexistent")
    workspace = Workspace(nowhere, environ={DATABASE_VARIABLE: "sqlite://"})
    return composed(workspace, settings_of(), nowhere)


def run(settings: Settings, *, began: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way are answered first. `began` hears the address."""
    import uvicorn

    app = application(settings)
    try:
        listening = socket.create_server((settings.host, settings.port), backlog=2048)
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (while")[0]  # the address is named here already
        raise BadInput(
            "address_taken",
            f"cannot listen on {settings.host}:{settings.port}: {why}",
            hint="name another: metricgov serve --port 8400",
        ) from None
    set_up_logging(settings.log_format)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=STOPS_WITHIN,
        server_header=False,
        proxy_headers=True,
    )
    server = uvicorn.Server(config)
    host, port = listening.getsockname()[:2]
    began(f"http://{host}:{port}")
    server.run(sockets=[listening])
