"""Signing in from a command line: the device flow with a real provider, what is kept of it, and what uses that."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from oidc_provider_mock import run_server_in_thread

from api.whole_server import whole
from metricgov.client import connect
from metricgov.client.device_flow import Prompt, sign_in
from metricgov.client.kept_logins import EARLY, LONGEST, KeptToken, Login, Logins, lifetime
from metricgov.domain.errors import BadInput, MetricgovError, Refused, Undecidable
from oidc_provider_here import CLIENT, DEVICE_GRANT, Here, provider

PENDING = (400, {"error": "authorization_pending"})
SLOWER = (400, {"error": "slow_down"})


class There:
    """A server with its provider, and a person at a machine of their own."""

    def __init__(self, url: str, here: Here, tokens: dict[str, str], home: Path) -> None:
        self.url, self.here, self.tokens, self.home = url, here, tokens, home
        self.file = home / "metricgov" / "logins.json"

    def environ(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "METRICGOV_TOKEN"}
        return {**kept, "XDG_CONFIG_HOME": str(self.home), "METRICGOV_SERVER": self.url, **more}

    def run(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-c", "from metricgov.cli.main import entry; entry()", *words]
        environ = self.environ(**environ)
        return subprocess.run(program, cwd=self.home, env=environ, capture_output=True, text=True, check=False)

    def ended(self, **changed: object) -> None:
        """Let the token that is kept have ended."""
        said = json.loads(self.file.read_text())
        said["logins"][self.url].update({"ends": time.time() + EARLY - 1, **changed})
        self.file.write_text(json.dumps(said))


@pytest.fixture
def there(past: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[There]:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.delenv("METRICGOV_TOKEN", raising=False)
    with provider() as here, whole(past, tmp_path, oidc_issuer=here.issuer, oidc_client_id=CLIENT) as (url, tokens):
        yield There(url, here, tokens, home)


def test_from_login_to_logout(there: There) -> None:
    """The code is shown, what comes of it is kept for its owner alone, commands use it, and nothing is left of it."""
    assert "metricgov login --server" in there.run("inbox").stderr
    there.here.answers = [PENDING]
    done = there.run("login")
    assert (done.returncode, done.stdout) == (0, "")
    assert "WDJB-MJHT" in done.stderr
    assert f"{there.here.url}/activate" in done.stderr
    assert "as crm-lead (CRM lead), until you log out" in done.stderr
    assert stat.S_IMODE(there.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(there.file.parent.stat().st_mode) == 0o700
    assert "sales_accepted_lead_rate" in there.run("inbox").stdout
    assert connect(there.url).reader().principal == "crm-lead"
    asked = [one for one in there.here.forms if one.get("grant_type") == DEVICE_GRANT]
    assert [one["client_id"] for one in asked] == [CLIENT, CLIENT]
    out = there.run("logout")
    assert (out.returncode, out.stderr) == (0, f"Signed out at {there.url}.\n")
    assert there.here.refreshes == {}
    assert json.loads(there.file.read_text())["logins"] == {}
    assert there.run("inbox").returncode == 2
    assert "Nobody is signed in" in there.run("logout").stderr


def test_login_as_json(there: There) -> None:
    said = json.loads(there.run("login", "--json").stdout)
    assert (said["server"], said["principal"], said["renewed"]) == (there.url, "crm-lead", True)


def test_the_variable_goes_before_what_is_kept(there: There) -> None:
    there.run("login")
    wrong = there.run("inbox", METRICGOV_TOKEN="mgv_wrong")
    assert "none of this server's" in wrong.stderr
    assert "goes before this sign-in" in there.run("login", METRICGOV_TOKEN="mgv_wrong").stderr


def test_what_has_ended_is_renewed_once_for_all(there: There) -> None:
    """The provider takes a refresh token once: of many that ask at the same time, one renews."""
    there.run("login")
    there.ended()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(KeptToken(there.url)())) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(set(found)) == 1
    assert len(found) == 6
    assert [one["grant_type"] for one in there.here.forms[1:]] == [DEVICE_GRANT, "refresh_token"]
    assert there.run("inbox").returncode == 0


def test_a_long_session_goes_on_when_its_token_ends(there: There) -> None:
    """The terminal UI keeps one desk open for days."""
    there.here.lifetime = int(EARLY) + 1
    there.run("login")
    desk = connect(there.url)
    assert desk.reader().principal == "crm-lead"
    time.sleep(1.2)
    before = len(there.here.forms)
    assert desk.reader().principal == "crm-lead"
    assert len(there.here.forms) == before + 1


@pytest.mark.parametrize("refresh", ["refresh-0", ""], ids=["revoked", "none"])
def test_what_cannot_be_renewed_is_said_and_forgotten(there: There, refresh: str) -> None:
    there.run("login")
    there.ended(refresh=refresh)
    there.here.refreshes.clear()
    done = there.run("inbox")
    assert done.returncode == 1
    assert "your sign-in at" in done.stderr
    assert "metricgov login --server" in done.stderr
    assert "you are not signed in" in " ".join(there.run("inbox").stderr.split())


def test_a_provider_that_is_away_costs_no_sign_in(there: There) -> None:
    there.run("login")
    there.ended()
    there.here.state = "down"
    assert there.run("inbox").returncode == 3
    there.here.state = "up"
    assert there.run("inbox").returncode == 0
    there.here.state = "down"
    assert "could not be told" in " ".join(there.run("logout").stderr.split())


def test_somebody_unknown_is_told_who_can_add_them(there: There) -> None:
    there.here.person["email"] = "eve@example.com"
    done = there.run("login")
    assert done.returncode == 1
    assert "eve@example.com is nobody" in done.stderr
    assert "head-of-marketing" in done.stderr
    assert not there.file.exists()


def test_ctrl_c_leaves_nothing(there: There) -> None:
    there.here.answers = [PENDING] * 100
    program = [sys.executable, "-c", "from metricgov.cli.main import entry; entry()", "login"]
    process = subprocess.Popen(program, env=there.environ(), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    while "Waiting" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    said = process.stderr.read()
    assert process.wait(20) == 130
    assert "Traceback" not in said
    assert not there.file.exists()


@pytest.mark.parametrize(
    ("words", "server", "code", "says"),
    [
        (("login",), "", 2, "which server?"),
        (("login",), "http://metrics.example.com", 2, "is no https address"),
        (("login",), "metrics.example.com", 2, "is no https address"),
        (("login",), "http://127.0.0.1:9", 3, "does not answer"),
        (("logout",), "", 2, "you are nowhere signed in"),
    ],
    ids=["login nowhere", "without TLS", "no address", "nobody there", "logout nowhere"],
)
def test_mistakes_are_named(there: There, words: tuple[str, ...], server: str, code: int, says: str) -> None:
    done = there.run(*words, METRICGOV_SERVER=server)
    assert done.returncode == code
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_file_that_others_can_read_is_not_used(there: There) -> None:
    there.run("login")
    there.file.chmod(0o640)
    assert "others on this machine can read" in " ".join(there.run("inbox").stderr.split())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"logins": []}', '{"logins": {"x": {"ends": "soon"}}}', "\udcff"])
def test_a_file_that_is_none_is_named(there: There, text: str) -> None:
    there.file.parent.mkdir()
    there.file.write_bytes(text.encode(errors="surrogateescape"))
    there.file.chmod(0o600)
    with pytest.raises(BadInput) as error:
        Logins().all()
    assert (error.value.code, str(there.file) in error.value.message) == ("bad_logins", True)


def test_a_server_without_a_provider(past: Path, tmp_path: Path, there: There) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    with whole(past, folder) as (url, _):
        done = there.run("login", "--server", url)
    assert (done.returncode, "takes tokens of its own only" in done.stderr) == (2, True)


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.at, self.waits = 0.0, list[float]()

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds


def tried(here: Here, **said: Any) -> tuple[Login | MetricgovError, Clock, list[Prompt]]:
    clock, prompts = Clock(), list[Prompt]()
    view = {"issuer": here.issuer, "client_id": CLIENT, "scopes": "openid", "bearer": "id_token", **said}
    try:
        login = sign_in("https://metrics.example.com", view, prompts.append, wait=clock.wait, clock=lambda: clock.at)
        return login, clock, prompts
    except MetricgovError as error:
        return error, clock, prompts


@pytest.fixture(scope="module")
def provided() -> Iterator[Here]:
    with provider() as here:
        yield here


@pytest.fixture
def here(provided: Here) -> Here:
    provided.device, provided.metadata, provided.answers, provided.state = {}, {}, [], "up"
    return provided


ANSWERS: dict[str, tuple[list[tuple[int, dict[str, Any]]], type[MetricgovError] | None, str, list[float]]] = {
    "at once": ([], None, "", [1]),
    "later": ([PENDING, PENDING], None, "", [1, 1, 1]),
    "slower": ([SLOWER, PENDING, SLOWER], None, "", [1, 6, 6, 11]),
    "away for a moment": ([(503, {}), PENDING], None, "", [1, 2, 2]),
    "too often for its limits": ([(429, {}), (429, {})], None, "", [1, 2, 4]),
    "declined": ([PENDING, (400, {"error": "access_denied"})], Refused, "login_denied", [1, 1]),
    "too late": ([(400, {"error": "expired_token"})], Refused, "login_expired", [1]),
    "never": ([PENDING] * 700, Refused, "login_expired", [1.0] * 600),
    "slower for ever": (
        [SLOWER] * 100,
        Refused,
        "login_expired",
        [1, 6, 11, 16, 21, 26, 31, 36, 41, 46, 51, 56] + [60.0] * 5,
    ),
    "refused": (
        [(400, {"error": "unauthorized_client", "error_description": "no\x1b[2J"})],
        Refused,
        "login_refused",
        [1],
    ),
    "without an ID token": ([(200, {"access_token": "opaque"})], Refused, "login_refused", [1]),
    "an ID token that is none": ([(200, {"id_token": ["x"]})], Refused, "login_refused", [1]),
}


@pytest.mark.parametrize(("answers", "raised", "code", "waits"), ANSWERS.values(), ids=ANSWERS)
def test_what_a_provider_answers_meanwhile(
    here: Here,
    answers: list[tuple[int, dict[str, Any]]],
    raised: type[MetricgovError] | None,
    code: str,
    waits: list[float],
) -> None:
    here.answers = list(answers)
    found, clock, _ = tried(here)
    assert clock.waits[: len(waits) + 1] == waits
    if raised is None:
        assert isinstance(found, Login)
        return
    assert isinstance(found, raised)
    assert (found.code, "\x1b" in str(found)) == (code, False)


BEGINNINGS: dict[str, tuple[dict[str, Any], dict[str, Any], type[MetricgovError], str]] = {
    "no device flow": ({"device_authorization_endpoint": None}, {}, BadInput, "no_device_flow"),
    "another issuer": ({"issuer": "https://evil.example.com"}, {}, Undecidable, "provider_unusable"),
    "codes over http": ({"device_authorization_endpoint": "http://192.0.2.1/"}, {}, Undecidable, "provider_unusable"),
    "tokens over http": ({"token_endpoint": "http://192.0.2.1/"}, {}, Undecidable, "provider_unusable"),
    "address over http": ({}, {"verification_uri": "http://evil.example.com"}, Undecidable, "provider_unusable"),
    "address that draws": ({}, {"verification_uri": "https://a\x1b[2J"}, Undecidable, "provider_unusable"),
    "code that draws": ({}, {"user_code": "\x1b[2J"}, Undecidable, "provider_unusable"),
    "no code": ({}, {"device_code": None}, Undecidable, "provider_unusable"),
}


@pytest.mark.parametrize(("metadata", "device", "raised", "code"), BEGINNINGS.values(), ids=BEGINNINGS)
def test_how_it_cannot_begin(
    here: Here, metadata: dict[str, Any], device: dict[str, Any], raised: type[MetricgovError], code: str
) -> None:
    here.metadata, here.device = metadata, device
    found, _, _ = tried(here)
    assert isinstance(found, raised)
    assert found.code == code


def test_a_client_that_the_provider_does_not_know(here: Here) -> None:
    found, _, prompts = tried(here, client_id="nobody")
    assert isinstance(found, Refused)
    assert (found.code, prompts) == ("login_refused", [])


def test_a_provider_without_the_device_flow() -> None:
    """oidc-provider-mock is one."""
    with run_server_in_thread() as server:
        issuer = f"http://localhost:{server.server_port}"
        with pytest.raises(BadInput, match="lets nobody sign in from a command line"):
            sign_in("https://metrics.example.com", {"issuer": issuer, "client_id": CLIENT}, lambda _: None)


@pytest.mark.parametrize("interval", [None, -1, 0, 1e12, "5", True], ids=str)
def test_whatever_the_interval_is_it_is_bounded(here: Here, interval: object) -> None:
    here.device = {"interval": interval}
    _, clock, _ = tried(here)
    assert clock.waits[0] in (5.0, 1.0)


@pytest.mark.parametrize(
    ("token", "said", "seconds"),
    [
        ("opaque", {"expires_in": 60}, 60),
        ("opaque", {}, 300),
        ("opaque", {"expires_in": "60"}, 300),
        ("a.eyJleHAiOiAxMDAsICJpYXQiOiA0MH0.b", {"expires_in": 5}, 60),
        ("a.eyJleHAiOiAxZTk5LCAiaWF0IjogNDB9.b", {}, LONGEST),
        ("a.eyJleHAiOiBOYU4sICJpYXQiOiA0MH0.b", {}, 0),
        ("a.!!.b", {}, 300),
    ],
    ids=["told", "not told", "in words", "by its claims", "for ever", "NaN", "unreadable"],
)
def test_how_long_a_token_holds(token: str, said: dict[str, Any], seconds: float) -> None:
    assert lifetime(token, said) == seconds
