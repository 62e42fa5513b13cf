"""A whole server with its pages, people who sign in there, and a change whose texts attack who reads them."""

from __future__ import annotations

import contextlib
import html
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from cli.reading_world import SPEED, World
from metricgov.api.assembled import composed, settings_of
from metricgov.bootstrap import DATABASE_VARIABLE, Workspace
from metricgov.domain.workflow.vocabulary import Intent, Treatment
from metricgov.ports.tokens import Token, Wanted
from serving_http import running

NOW = "2026-09-28T09:00:00Z"
ALL = ("read", "propose", "decide")
CHROMIUM = next((one for one in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if one), "")
SCRIPT = "<script>document.title='broken into'</script>"
QUOTED = "\"><img src=x onerror=alert(1)>' onmouseover=alert(2) {{ 7 * 7919 }} javascript:alert(3)"


@dataclass
class Site:
    """A server: its address, its registry, and its store."""

    url: str
    registry: Path
    workspace: Workspace

    def token(self, person: str, *scopes: str, expires_at: str = "") -> tuple[Token, str]:
        """Make a token; by default one that may read, propose and decide."""
        return self.workspace.store.tokens.issue(Wanted("test", person, scopes or ALL, "", expires_at), NOW)

    def client(self) -> httpx.Client:
        """Return a browser without a session: it says where its forms come from, and follows no redirect."""
        return httpx.Client(base_url=self.url, headers={"Origin": self.url}, timeout=60)

    def signed_in(self, person: str = "crm-lead", *scopes: str) -> httpx.Client:
        """Return a browser with a session."""
        client = self.client()
        answer = client.post("/sign-in", data={"token": self.token(person, *scopes)[1]})
        assert answer.status_code == 303, answer.text
        return client


@contextlib.contextmanager
def sited(registry: Path, folder: Path, **settings: object) -> Iterator[Site]:
    """Serve a copy of a registry."""
    copy = folder / "registry"
    shutil.copytree(registry, copy, symlinks=True)
    workspace = Workspace(copy, environ={DATABASE_VARIABLE: f"sqlite:///{folder / 'server.sqlite3'}"})
    given = settings_of(**{"requests_per_minute": 0, "worker": False, **settings})
    with running(composed(workspace, given, copy)) as url:
        yield Site(url, copy, workspace)
    workspace.store.close()
    workspace.repository.close()


def hidden(page: str, action: str) -> dict[str, str]:
    """Return what a form of a page sends by itself; the form is that whose address ends so."""
    found = re.search(rf'<form method="post" action="[^"]*{re.escape(action)}"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert found is not None, f"no form for {action}"
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[1])
    return {name: html.unescape(value) for name, value in pairs}


def words(page: str) -> str:
    """Return a page as a person reads it: without its markup, in single spaces."""
    bare = re.sub(r"<(script|style|svg).*?</\1>|</?mark[^>]*>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


HOSTILE = "01J9ZQ4N8T6V3W2X1Y0RK7M4H1"


def propose_hostile(world: World) -> None:
    """Propose a change whose words, title, SQL and tag all try to break out of a page."""

    def quoted(text: str) -> str:
        return text.replace("'", "''")

    def edit(text: str) -> str:
        text = re.sub(r"^title: .*$", lambda _: f"title: '{quoted(SCRIPT + QUOTED)}'", text, count=1, flags=re.M)
        where = f"NOT is_test AND channel <> '{quoted(SCRIPT)}'"
        return re.sub(r"^  where: .*$", lambda _: f"  where: '{quoted(where)}'", text, count=1, flags=re.M)

    world.propose(
        HOSTILE,
        "ops-lead",
        SPEED,
        edit,
        why=f"{SCRIPT}\n{QUOTED}",
        intent=Intent.REDEFINITION,
        treatment=Treatment.BREAK,
        effective_from="2027-01-01",
        meaning_unchanged=True,
    )
