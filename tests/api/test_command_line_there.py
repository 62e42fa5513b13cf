"""The command line through a server: the same words as in a clone, without one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.whole_server import NOW, database_of, whole
from cli.reading_world import OPEN
from metricgov.bootstrap import DATABASE_VARIABLE, Workspace
from metricgov.cli.lazy import AT_A_SERVER
from metricgov.cli.remotely import COMMANDS
from metricgov.ports.tokens import Wanted

EVERY = ("read", "propose", "decide", "apply", "audit")


class There:
    """A folder without any registry, and a server elsewhere."""

    def __init__(self, url: str, folder: Path, store: Path) -> None:
        self.url, self.folder, self._store = url, folder, store

    def run(
        self, *words: str, person: str = "crm-lead", token: str | None = None, scopes: tuple[str, ...] = EVERY
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as a person who is signed in by a token."""
        token = self.secret(person, scopes) if token is None else token
        held = {**os.environ, "METRICGOV_SERVER": self.url, "METRICGOV_TOKEN": token}
        return subprocess.run(
            [sys.executable, "-c", "from metricgov.cli.main import entry; entry()", *words],
            cwd=self.folder,
            env=held,
            capture_output=True,
            text=True,
            check=False,
        )

    def secret(self, person: str, scopes: tuple[str, ...] = EVERY) -> str:
        """Make a token of a person."""
        environ = {DATABASE_VARIABLE: database_of(self._store)}
        tokens = Workspace(self._store / "registry", environ=environ).store.tokens
        return tokens.issue(Wanted("shell", person, scopes, ""), NOW)[1]


@pytest.fixture
def there(past: Path, tmp_path: Path) -> Iterator[There]:
    folder = tmp_path / "nowhere"
    folder.mkdir()
    with whole(past, tmp_path) as (url, _):
        yield There(url, folder, tmp_path)


def test_every_command_of_the_table_is_there() -> None:
    assert set(COMMANDS) == AT_A_SERVER


def test_a_change_is_read_and_decided(there: There) -> None:
    """inbox, change show, approve: in a folder without a clone; the decision is recorded as the server's."""
    assert "sales_accepted_lead_rate" in there.run("inbox").stdout
    shown = there.run("change", "show", OPEN)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Missing" in shown.stdout
    done = there.run("approve", OPEN, "-m", "Agreed.")
    assert done.returncode == 0, done.stderr
    assert "crm-lead" in done.stdout
    assert "Agreed." in there.run("change", "explain", OPEN).stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("list", "--domain", "crm_handoff", "--kpi"), "sales_accepted_lead_rate"),
        (("list", "--tag", "no_such_tag"), "Nothing matches"),
        (("show", "sales_accepted_lead_rate", "--on", "2026-06-10"), "1.2.0"),
        (("impact", "crm_leads"), "routing_speed"),
        (("history", "sales_accepted_lead_rate"), "2.0.0"),
        (("changelog", "--since", "2026-06-01"), "Leads in the CRM"),
        (("who", "routing_speed", "--at", "2026-06-30"), "crm-lead"),
        (("whoami",), "known by the sign-in at this server"),
        (("compare", "sales_accepted_lead_rate"), "2.0.0"),
        (("compare", "sales_accepted_lead_rate", "1.2.0", "2.0.0", "--recorded"), "broken"),
        (("asof", "sales_accepted_lead_rate", "2026-06-10"), "1.2.0"),
        (("change", "diff", OPEN), "sales_accepted_lead_rate"),
        (("policy", "check"), "main"),
        (("key", "list"), "key add"),
        (("delegate", "--to", "ops-lead", "--ends", "2099-01-01", "-m", "Away."), "ops-lead for crm-lead"),
        (("delegate", "--list"), "No delegation"),
        (("audit", "log", "--limit", "2"), "newest 2"),
        (("audit", "export", "--limit", "2"), "seq"),
    ],
    ids=lambda one: " ".join(one[:2]) if isinstance(one, tuple) else "",
)
def test_reading_needs_no_clone(there: There, words: tuple[str, ...], says: str) -> None:
    """The same words as in a clone, in a folder without one."""
    done = there.run(*words)
    assert done.returncode == 0, done.stderr
    assert says in done.stdout + done.stderr


def test_one_is_the_same_there_as_in_a_clone(there: There, tmp_path: Path) -> None:
    """Also with roles that a team holds."""
    for person in ("crm-lead", "head-of-marketing"):
        said = json.loads(there.run("whoami", "--json", person=person).stdout)
        program = [sys.executable, "-c", "from metricgov.cli.main import entry; entry()"]
        here = subprocess.run(
            [*program, "whoami", "--json", "--as", person], cwd=tmp_path / "registry", capture_output=True, check=True
        )
        differs = ("known_by", "identity")
        expected = {name: value for name, value in json.loads(here.stdout).items() if name not in differs}
        assert {name: value for name, value in said.items() if name not in differs} == expected
        assert said["identity"] == "server"


def test_a_refusal_says_everything_as_in_a_clone(there: There) -> None:
    refused = there.run("apply", OPEN)
    assert refused.returncode == 1
    assert refused.stderr.count("\n- ") + refused.stderr.count("\n  - ") >= 2 or "council" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("words", "token", "says"),
    [
        (("inbox",), "", "you are not signed in at http://127.0.0.1"),
        (("inbox",), "mgv_wrong", "this token is none of this server's"),
        (("inbox", "--server", "metrics.example.com"), "mgv_x", "is no address"),
        (("inbox", "--server", "http://127.0.0.1:9"), "mgv_x", "does not answer"),
        (("approve", OPEN, "--as", "growth-lead"), None, "--as works in a clone"),
    ],
    ids=["no token", "wrong token", "no address", "nobody there", "only in a clone"],
)
def test_mistakes_are_named(there: There, words: tuple[str, ...], token: str | None, says: str) -> None:
    done = there.run(*words, token=token)
    assert done.returncode in (1, 2, 3)
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
