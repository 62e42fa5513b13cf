"""Every endpoint for every role: the answers stand in authorisation.csv; a route that is not there fails.

A role is what a request holds: nothing, a token of somebody the registry does not know, or one right alone; at pages
it is a session that such a token began. An answer is `ok` (let in, whatever comes of it), 401 or 403; being led to the
form for signing in is 401.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.whole_server import SECRETS, whole
from cli.reading_world import OPEN
from metricgov.api.assembled import described
from metricgov.api.pages.guarding import PageRoute

TABLE = Path(__file__).with_name("authorisation.csv")
ROLES = ("nobody", "stranger", "read", "propose", "decide", "apply", "audit", "admin")
FILLED = {
    "change": OPEN,
    "definition": "routing_speed",
    "metric": "routing_speed",
    "token": "unknown",  # so none of one's own
    "person": "crm-lead",
    "old": "crm-lead",
    "delegation": "unknown",
    "name": "pages.css",
}


def rows() -> list[dict[str, str]]:
    with TABLE.open(newline="") as file:
        return list(csv.DictReader(file))


def every(served: Iterable[object]) -> Iterator[APIRoute]:
    """Yield every route, those of included routers as well, which an application does not list itself."""
    for route in served:
        if isinstance(route, APIRoute):
            yield route
        elif (inner := getattr(route, "original_router", None)) is not None:
            assert not route.include_context.prefix  # type: ignore[attr-defined]
            yield from every(inner.routes)
        else:
            assert getattr(route, "path", "") == "/v1/openapi.json", route


def named(found: Iterable[APIRoute]) -> list[tuple[str, str]]:
    """Return method and path of routes."""
    return sorted((method, re.sub(r":path}", "}", one.path)) for one in found for method in one.methods)


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Return method and path of everything that is served."""
    return named(every(app.routes))


def pages(app: FastAPI) -> list[tuple[str, str]]:
    """Return method and path of what is served to browsers."""
    return named(one for one in every(app.routes) if isinstance(one, PageRoute))


PAGES = pages(described())


def test_every_route_is_in_the_table() -> None:
    app = described()
    assert [(one["method"], one["path"]) for one in rows()] == routes(app)
    described_too = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    assert described_too == set(routes(app)) - set(PAGES)


@pytest.fixture(scope="module")
def server(past: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    with whole(past, tmp_path_factory.mktemp("store")) as found:
        yield found


@pytest.fixture(scope="module")
def browsers(server: tuple[str, dict[str, str]]) -> Iterator[dict[str, httpx.Client]]:
    """For every role a browser, signed in where there is something to sign in with."""
    url, tokens = server
    found = {role: httpx.Client(base_url=url, headers={"Origin": url}, timeout=60) for role in ROLES}
    for role, secret in tokens.items():
        assert found[role].post("/sign-in", data={"token": secret}).status_code == 303
    yield found
    for one in found.values():
        one.close()


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['method']} {row['path']}")
def test_who_is_let_in(
    row: dict[str, str], server: tuple[str, dict[str, str]], browsers: dict[str, httpx.Client]
) -> None:
    path = re.sub(r"{(\w+)}", lambda found: FILLED[found[1]], row["path"])
    found = {}
    for role in ROLES:
        if (row["method"], row["path"]) in PAGES:
            found[role] = in_a_browser(browsers[role], row["method"], path)
        else:
            found[role] = over_the_api(server, role, row["method"], path)
    assert found == {role: row[role] for role in ROLES}


def over_the_api(server: tuple[str, dict[str, str]], role: str, method: str, path: str) -> str:
    """Ask with a body that is none where there is any: nobody without the right learns even that."""
    url, tokens = server
    headers = {"Authorization": f"Bearer {tokens[role]}"} if role != "nobody" else {}
    content = b"[" if method in ("POST", "PUT") else None
    headers["Content-Type"] = "application/json"
    with httpx.stream(method, url + path, headers=headers, content=content, timeout=60) as answer:
        assert answer.status_code < 500, answer.read()
    return {401: "401", 403: "403"}.get(answer.status_code, "ok")


def in_a_browser(browser: httpx.Client, method: str, path: str) -> str:
    """Open a page, or send a form without its word: only whoever has the right hears that this is what is wrong."""
    answer = browser.request(method, path, **({"data": {"words": "x"}} if method == "POST" else {}))
    assert answer.status_code < 500, answer.text
    if answer.headers.get("location", "").startswith("/sign-in?"):
        return "401"
    if answer.status_code == 403 and "this form was not made for you" in answer.text:
        return "ok"
    if path == "/sign-in" and method == "POST":
        return "ok"  # it is asked with a token that is none, by whoever they are
    return {401: "401", 403: "403"}.get(answer.status_code, "ok")


def test_the_roles_are_those_of_the_table() -> None:
    assert set(SECRETS) == set(ROLES) - {"nobody"}
