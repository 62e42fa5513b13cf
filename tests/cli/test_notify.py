"""`metricgov notify` as cron runs it, killed in the middle, and against a server that hears it."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from metricgov.app.notifying import told_by
from metricgov.bootstrap import Workspace
from metricgov.domain.notices.addressing import notices_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
Metricgov = Callable[..., Any]


@dataclass
class Ear:
    """A receiver: it keeps ids and bodies, and may refuse or hang."""

    url: str = ""
    status: int = 204
    bodies: dict[str, list[bytes]] = field(default_factory=dict)
    stop_after: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def events(self) -> list[int]:
        return sorted(json.loads(held[0])["data"]["seq"] for held in self.bodies.values())


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if not self.headers["webhook-id"]:  # of Apprise
                self.send_response(ear.status)
                self.send_header("content-length", "0")
                self.end_headers()
                return
            Webhook(SECRET).verify(body, {name.lower(): value for name, value in self.headers.items()})
            ear.bodies.setdefault(self.headers["webhook-id"], []).append(body)
            if ear.stop_after and len(ear.bodies) >= ear.stop_after:
                ear.reached.set()
                ear.go_on.wait(20)
            self.send_response(ear.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def handle(self) -> None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the other side was killed
                super().handle()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        ear.url = f"http://127.0.0.1:{listening.server_address[1]}/"
        yield ear
        ear.go_on.set()
        listening.shutdown()


def hearing(registry: Path, ear: Ear, more: str = "") -> None:
    folder = registry / ".git" / "metricgov"
    folder.mkdir(exist_ok=True)
    (folder / "notify.toml").write_text(
        f'{more}\n[[webhooks]]\nname = "ear"\nurl = "{ear.url}"\nsecrets = ["{SECRET}"]\nallow_private = true\n'
    )


def head(registry: Path) -> int:
    return Workspace(registry).journal.head().seq


def test_a_fresh_database_tells_no_old_story(metricgov: Metricgov, registry: Path, ear: Ear) -> None:
    hearing(registry, ear)
    first = metricgov("notify", cwd=registry)
    assert first.code == 0
    assert "the first time here" in first.out
    assert f"event {head(registry)} is not told" in " ".join(first.out.split())
    assert ear.bodies == {}
    said = metricgov("comment", "k7m3p1", "-m", "and now?", cwd=registry, email="crm-lead@example.com")
    assert said.code == 0, said.err
    assert metricgov("notify", cwd=registry).code == 0
    assert ear.events == [head(registry)]
    again = metricgov("notify", cwd=registry)
    assert "Nobody is to be told anything." in again.out
    assert all(len(held) == 1 for held in ear.bodies.values())


def test_since_tells_the_old_story_once(metricgov: Metricgov, registry: Path, ear: Ear) -> None:
    hearing(registry, ear)
    for _ in range(2):
        metricgov("notify", "--since", "1", cwd=registry)
    assert ear.events == list(range(1, head(registry) + 1))
    assert all(len(held) == 1 for held in ear.bodies.values())


def test_a_dry_run_writes_and_sends_nothing(metricgov: Metricgov, registry: Path, ear: Ear) -> None:
    hearing(registry, ear)
    shown = json.loads(metricgov("notify", "--dry-run", "--since", "1", "--json", cwd=registry).out)
    assert {"crm-lead", None} <= {one["person"] for one in shown["would_send"]}
    assert ear.bodies == {}
    assert json.loads(metricgov("notify", "--json", cwd=registry).out)["began"] == head(registry)


def test_who_is_asked_and_has_no_channel_is_named(metricgov: Metricgov, registry: Path) -> None:
    told = metricgov("notify", "--since", "1", cwd=registry)
    assert told.code == 1
    assert "NO CHANNEL" in told.out
    assert "docs/how-to/notify.md" in told.err
    dead = json.loads(metricgov("notify", "--dead", "--json", cwd=registry).out)["dead"]
    assert {one["kind"] for one in dead} <= {"decide", "answer", "revise"}


def test_what_a_receiver_gave_up_is_listed_and_delivered_again(metricgov: Metricgov, registry: Path, ear: Ear) -> None:
    hearing(registry, ear)
    metricgov("notify", cwd=registry)
    metricgov("comment", "k7m3p1", "-m", "and now?", cwd=registry, email="crm-lead@example.com")
    ear.status = 410
    gone = metricgov("notify", cwd=registry)
    assert gone.code == 1
    assert "gone for good (410)" in " ".join(gone.out.split())
    (dead,) = (
        one for one in json.loads(metricgov("notify", "--dead", "--json", cwd=registry).out)["dead"] if one["channel"]
    )
    ear.status = 204
    metricgov("notify", "--redeliver", dead["id"], cwd=registry)
    assert [len(held) for held in ear.bodies.values()] == [2]
    assert list(ear.bodies) == [dead["id"]], "a repeat has the same id (INV-54)"
    unknown = metricgov("notify", "--redeliver", "ntc_none", cwd=registry)
    assert (unknown.code, "notify --dead" in unknown.err) == (1, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("= 1", "is no TOML"),
        ('[peple.x]\nto=["json://x"]', "peple"),
        ('[[webhooks]]\nname="a"\nurl="https://x"\nsecrets=[]', "secrets"),
        ('[people.a]\ndigest=["everything"]', "digest"),
    ],
    ids=["no toml", "unknown table", "no secret", "unknown kind"],
)
def test_a_file_that_cannot_be_used_says_where(metricgov: Metricgov, registry: Path, text: str, says: str) -> None:
    folder = registry / ".git" / "metricgov"
    folder.mkdir(exist_ok=True)
    (folder / "notify.toml").write_text(text)
    told = metricgov("notify", cwd=registry)
    assert told.code == 2
    assert says in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize("after", [1, 4])
def test_killed_in_the_middle_nothing_is_lost(metricgov: Metricgov, registry: Path, ear: Ear, after: int) -> None:
    """INV-54: what was being sent when the process died is sent again under the same id, and all the rest."""
    hearing(registry, ear)
    ear.stop_after = after
    running = subprocess.Popen(
        [sys.executable, "-m", "metricgov.cli.main", "notify", "--since", "1"], cwd=registry, env=dict(os.environ)
    )
    assert ear.reached.wait(60)
    running.send_signal(signal.SIGKILL)
    running.wait()
    ear.stop_after = 0
    ear.go_on.set()
    _let_leases_end(registry)
    metricgov("notify", cwd=registry)
    assert ear.events == list(range(1, head(registry) + 1))
    again = [held for held in ear.bodies.values() if len(held) > 1]
    assert 1 <= len(again) <= after
    assert all(len(set(held)) == 1 for held in again), "a repeat is the same, byte by byte"


def _let_leases_end(registry: Path) -> None:
    import sqlite3

    with sqlite3.connect(registry / ".git" / "metricgov" / "server.sqlite3") as database:
        database.execute("UPDATE server_delivery SET next_at = 0 WHERE state = 'waiting'")


def test_two_at_once_send_everything_and_nothing_twice(registry: Path, ear: Ear) -> None:
    hearing(registry, ear)
    words = [sys.executable, "-m", "metricgov.cli.main", "notify", "--since", "1"]
    running = [subprocess.Popen(words, cwd=registry, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert {one.wait(60) for one in running} <= {0, 1}
    assert ear.events == list(range(1, head(registry) + 1))
    assert all(len(held) == 1 for held in ear.bodies.values())


def test_the_informed_are_proven_to_be_told_on_the_change_once(metricgov: Metricgov, registry: Path, ear: Ear) -> None:
    more = f'[defaults]\nto = ["json://{ear.url.removeprefix("http://")}{{email}}"]\ndigest = []'
    hearing(registry, ear, more)
    before = head(registry)
    told = json.loads(metricgov("notify", "--since", "1", "--json", cwd=registry).out)
    informed = [one["id"] for one in told["sent"] if one["kind"] == "informed" and one["person"]]
    assert informed
    _sent_is_forgotten(registry)
    metricgov("notify", cwd=registry)
    events = [one for one in Workspace(registry).journal.events(since=before) if one.type == "notified"]
    assert sorted(str(one.payload["notice"]) for one in events) == sorted(informed)
    assert {one.payload["channel"] for one in events} == {"json"}
    change = events[0].change
    story = metricgov("change", "explain", str(change), cwd=registry)
    assert f"told {events[0].payload['whom']} of event" in " ".join(story.out.split())
    assert metricgov("audit", "verify", cwd=registry).code == 0


def _sent_is_forgotten(registry: Path) -> None:
    """Leave the database as a process does that was killed after the proof and before it wrote down the outcome."""
    import sqlite3

    with sqlite3.connect(registry / ".git" / "metricgov" / "server.sqlite3") as database:
        database.execute("UPDATE server_delivery SET state = 'waiting', next_at = 0 WHERE kind = 'informed'")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_taken_in_two_pieces_the_notices_are_the_same(past: Path, data: st.DataObject) -> None:
    access = Workspace(past).access
    events = tuple(access.journal.events())
    cut = data.draw(st.integers(0, len(events)))
    from metricgov.app.moment import at_tip

    governance = at_tip(access).governance

    def notices(piece: Any) -> list[Any]:
        return [one for told in told_by(access, piece) for one in notices_of(told, governance)]

    whole = notices(events)
    assert whole
    assert notices(events[:cut]) + notices(events[cut:]) == whole
