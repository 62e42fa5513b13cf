"""Every endpoint for every role: the answers stand in authorisation.csv; a route that is not there fails.

A role is what a request holds: nothing, a token of somebody the registry does not know, or one right alone. An answer
is `ok` (let in, whatever comes of it), 401 or 403.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.whole_server import SECRETS, whole
from cli.reading_world import OPEN
from metricgov.api.assembled import described

TABLE = Path(__file__).with_name("authorisation.csv")
ROLES = ("nobody", "stranger", "read", "propose", "decide", "apply", "audit", "admin")
FILLED = {
    "change": OPEN,
    "definition": "routing_speed",
    "metric": "routing_speed",
    "token": "unknown",
    "person": "crm-lead",
}


def rows() -> list[dict[str, str]]:
    with TABLE.open(newline="") as file:
        return list(csv.DictReader(file))


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Return method and path of everything that is served."""
    return sorted(
        (method, re.sub(r":path}", "}", route.path))
        for route in app.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    )


def test_every_route_is_in_the_table() -> None:
    assert [(one["method"], one["path"]) for one in rows()] == routes(described())


@pytest.fixture(scope="module")
def server(past: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    with whole(past, tmp_path_factory.mktemp("store")) as found:
        yield found


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['method']} {row['path']}")
def test_who_is_let_in(row: dict[str, str], server: tuple[str, dict[str, str]]) -> None:
    """With bodies that are none where there are any: nobody without the right learns even that."""
    url, tokens = server
    path = re.sub(r"{(\w+)}", lambda found: FILLED[found[1]], row["path"])
    found = {}
    for role in ROLES:
        headers = {"Authorization": f"Bearer {tokens[role]}"} if role != "nobody" else {}
        content = b"[" if row["method"] in ("POST", "PUT") else None
        headers["Content-Type"] = "application/json"
        with httpx.stream(row["method"], url + path, headers=headers, content=content, timeout=60) as answer:
            assert answer.status_code < 500, answer.read()
        found[role] = {401: "401", 403: "403"}.get(answer.status_code, "ok")
    assert found == {role: row[role] for role in ROLES}


def test_the_roles_are_those_of_the_table() -> None:
    assert set(SECRETS) == set(ROLES) - {"nobody"}
