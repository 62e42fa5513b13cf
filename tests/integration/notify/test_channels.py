"""Channels against real servers: HTTP that answers as told, and SMTP."""

from __future__ import annotations

import email
import email.policy
import http.server
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from standardwebhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from metricgov.adapters.notify import webhook as hooks
from metricgov.adapters.notify.channels import Channels
from metricgov.domain.notices.preferences import Person, Webhook, Wishes, channel_of
from metricgov.domain.notices.words import Message

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
MESSAGE = Message("ntc_0123456789abcdef", "[metricgov] routing_speed: your decision is asked", "Zeile → eins\nline two")
DATA = json.dumps({"type": "metricgov.applied", "data": {"says": "ä"}}, ensure_ascii=False).encode()


@dataclass
class Heard:
    """What a server was asked, and what it answers."""

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    slow: threading.Event | None = None
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Heard]:
    heard = Heard()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if heard.slow is not None:
                heard.slow.wait(10)
            self.send_response(heard.status)
            for name, value in heard.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        heard.url = f"http://127.0.0.1:{listening.server_address[1]}/hook"
        yield heard
        if heard.slow is not None:
            heard.slow.set()
        listening.shutdown()
        thread.join()


def channels(url: str, *, allow: bool = True, secrets: tuple[str, ...] = (OLD,), patience: float = 20.0) -> Channels:
    hook = Webhook(name="ci", url=url, secrets=secrets, allow_private=allow)
    return Channels(Wishes(webhooks=(hook,)), {"HOOK_SECRET": NEW}, patience=patience)


def test_a_webhook_is_signed_as_standard_webhooks_has_it(server: Heard) -> None:
    assert channels(server.url).send("webhook-ci", MESSAGE, DATA).says == ""
    headers, body = server.requests[0]
    assert body == DATA
    assert headers["webhook-id"] == MESSAGE.id
    assert Receiver(OLD).verify(body, headers)["type"] == "metricgov.applied"
    with pytest.raises(WebhookVerificationError):
        Receiver(NEW).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Receiver(OLD).verify(body.replace(b"applied", b"refused"), headers)


def test_while_secrets_are_changed_both_verify_it(server: Heard) -> None:
    assert channels(server.url, secrets=(OLD, "${HOOK_SECRET}")).send("webhook-ci", MESSAGE, DATA).says == ""
    headers, body = server.requests[0]
    assert Receiver(OLD).verify(body, headers)
    assert Receiver(NEW).verify(body, headers)


ANSWERS = [
    (200, "", False),
    (299, "", False),
    (302, "leads elsewhere", False),
    (401, "refuses the signature", False),
    (404, "nothing at that address", False),
    (410, "gone for good", True),
    (413, "of this size", True),
    (429, "asks to wait", False),
    (500, "answered 500", False),
]


@pytest.mark.parametrize(("status", "says", "final"), ANSWERS, ids=[str(one[0]) for one in ANSWERS])
def test_only_an_answer_of_2xx_means_that_it_arrived(server: Heard, status: int, says: str, final: bool) -> None:
    server.status = status
    server.headers = {"location": server.url + "/elsewhere", "retry-after": "120"}
    sent = channels(server.url).send("webhook-ci", MESSAGE, DATA)
    assert says in sent.says
    assert bool(sent.says) == bool(says)
    assert sent.final is final
    assert len(server.requests) == 1, "nobody follows anywhere"
    if status in (429, 500):
        assert sent.wait == 120


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [("7", 7, 7), ("-1", 0, 0), ("soon", 0, 0), ("nan", 0, 0), ("Wed, 21 Oct 2099 07:28:00 GMT", 1e6, 1e12)],
)
def test_retry_after_is_seconds_or_a_date(said: str, least: float, most: float) -> None:
    assert least <= hooks._seconds(said) <= most


PRIVATE = [
    "https://127.0.0.1/x",
    "https://10.1.2.3/x",
    "https://192.168.0.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://[fe80::1]/x",
    "https://0.0.0.0/x",
    "https://localhost/x",
    "https://2130706433/x",
]


@pytest.mark.parametrize("url", PRIVATE)
def test_private_addresses_are_not_asked(url: str) -> None:
    sent = channels(url, allow=False).send("webhook-ci", MESSAGE, DATA)
    assert "private network" in sent.says
    assert sent.final


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://example.com/x", "has to be https"),
        ("https://user:pass@example.com/x", "without a user"),
        ("http://example.com/x", "not https"),
        ("https:///x", "has to be https"),
        ("https://[zz]/x", "its url is none"),
    ],
)
def test_a_bad_url_says_what_is_wrong_with_it(url: str, says: str) -> None:
    sent = channels(url, allow=False).send("webhook-ci", MESSAGE, DATA)
    assert says in sent.says
    assert sent.final


def test_a_server_that_is_down_is_tried_again() -> None:
    sent = channels("http://127.0.0.1:9/x").send("webhook-ci", MESSAGE, DATA)
    assert "could not be reached" in sent.says
    assert not sent.final


def test_a_server_that_never_ends_its_answer_is_left(server: Heard) -> None:
    server.slow = threading.Event()
    sent = channels(server.url, patience=0.3).send("webhook-ci", MESSAGE, DATA)
    assert "no answer within" in sent.says
    assert not sent.final


def test_a_message_that_is_too_large_is_not_sent(server: Heard) -> None:
    sent = channels(server.url).send("webhook-ci", MESSAGE, b"x" * (hooks.LARGEST + 1))
    assert sent.final
    assert server.requests == []


@pytest.mark.parametrize("secret", ["plain", "whsec_", "whsec_é"])
def test_a_secret_that_is_none_is_named(server: Heard, secret: str) -> None:
    assert "whsec_" in channels(server.url, secrets=(secret,)).send("webhook-ci", MESSAGE, DATA).says
    assert server.requests == []


def test_a_variable_that_is_missing_is_named(server: Heard) -> None:
    sent = channels(server.url, secrets=("${OTHER}",)).send("webhook-ci", MESSAGE, DATA)
    assert sent.says == "the environment has no OTHER, which notify.toml names"


def test_a_channel_that_was_taken_away_is_given_up() -> None:
    sent = Channels(Wishes(), {}).send("slack-1234", MESSAGE, DATA)
    assert sent.final


class Mailbox:
    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.refuses = False

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - its name there
        if self.refuses:
            return "550 no such mailbox"
        self.letters.append(envelope.content)
        return "250 OK"


@pytest.fixture
def mail() -> Iterator[tuple[str, Mailbox]]:
    from aiosmtpd.controller import Controller

    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield f"mailto://127.0.0.1:{port}/?from=metricgov@example.com&to=crm@example.com&mode=insecure", box
    controller.stop()


def mailing(address: str) -> tuple[Channels, str]:
    return Channels(Wishes(people={"crm-lead": Person(to=(address,))}), {}), channel_of(address)


def test_an_e_mail_arrives_with_its_id(mail: tuple[str, Mailbox]) -> None:
    address, box = mail
    sender, name = mailing(address)
    assert sender.send(name, MESSAGE, DATA).says == ""
    letter = email.message_from_bytes(box.letters[0], policy=email.policy.default)
    assert letter["subject"] == MESSAGE.subject
    assert "crm@example.com" in letter["to"]
    assert letter["x-metricgov-notice"] == MESSAGE.id
    body = letter.get_body(("plain", "html"))
    assert body is not None
    assert "Zeile → eins" in body.get_content()


def test_an_e_mail_that_is_refused_says_so(mail: tuple[str, Mailbox]) -> None:
    address, box = mail
    box.refuses = True
    sender, name = mailing(address)
    sent = sender.send(name, MESSAGE, DATA)
    assert sent.says.startswith("mailto: ")
    assert not sent.final


def test_an_address_that_nobody_knows_is_named_without_its_secret() -> None:
    sender, name = mailing("nosuch://secret-token/more")
    said = sender.send(name, MESSAGE, DATA).says
    assert "none that Apprise knows" in said
    assert "secret-token" not in said
