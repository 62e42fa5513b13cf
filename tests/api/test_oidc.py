"""Signing in by tokens of a provider of identities: what is let in, and every attack that is not."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OKPKey

from api.test_tokens import leave
from api.whole_server import whole
from metricgov.adapters.oidc import documents
from metricgov.adapters.oidc import provider as oidc
from metricgov.api.assembled import settings_of
from metricgov.domain.errors import BadInput
from oidc_provider_here import CLIENT, Here, provider, rsa

NOW = int(time.time())
NAMES = "/v1/names"


@contextmanager
def served(past: Path, folder: Path, **settings: object) -> Iterator[tuple[str, Here]]:
    folder.mkdir(exist_ok=True)
    with (
        provider() as here,
        whole(past, folder, oidc_issuer=here.issuer, oidc_client_id=CLIENT, **settings) as (url, _),
    ):
        yield url, here


@pytest.fixture(scope="module")
def server(past: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Here]]:
    with served(past, tmp_path_factory.mktemp("oidc")) as found:
        yield found


def ask(url: str, token: str, path: str = NAMES, **more: Any) -> httpx.Response:
    return httpx.request(more.pop("method", "GET"), url + path, headers={"Authorization": f"Bearer {token}"}, **more)


def b64(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(here: Here) -> str:
    _, payload, _ = here.mint().split(".")
    return f"{b64({'alg': 'none'})}.{payload}."


def by_public_key(here: Here) -> str:
    """HS256 with the public key as the secret, in the form in which it is listed."""
    payload = here.mint().split(".")[1]
    signed = f"{b64({'alg': 'HS256', 'kid': here.keys[0].kid})}.{payload}"
    made = hmac.digest(here.keys[0].as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{urlsafe_b64encode(made).rstrip(b'=').decode()}"


def changed(here: Here) -> str:
    head, _, tail = here.mint().split(".")
    other = here.mint(email="sales-ops-lead@example.com").split(".")[1]
    return f"{head}.{other}.{tail}"


def own_key(**header: Any) -> Callable[[Here], str]:
    """A key of the attacker, which the header points at in every way that RFC 7515 has for it."""

    def made(here: Here) -> str:
        key = rsa("mine")
        told = {name: key.as_dict(private=False) if value is ... else value for name, value in header.items()}
        return here.mint(key=key, header=told)

    return made


ATTACKS: dict[str, tuple[Callable[[Here], str], int, str]] = {
    "alg none": (unsigned, 401, "in a way that is not taken"),
    "alg None": (lambda here: unsigned(here).replace(b64({"alg": "none"}), b64({"alg": "None"})), 401, "not taken"),
    "HS256 with the public key": (by_public_key, 401, "in a way that is not taken"),
    "another's claims under the signature": (changed, 401, "not signed by its provider"),
    "another issuer": (lambda here: here.mint(iss="https://evil.example.com"), 401, "comes from"),
    "issuer with a slash": (lambda here: here.mint(iss=here.issuer + "/"), 401, "comes from"),
    "another audience": (lambda here: here.mint(aud="payroll"), 401, "is not meant for"),
    "no audience": (lambda here: here.mint(without=("aud",)), 401, "is not meant for"),
    "for us too, asked for by another": (
        lambda here: here.mint(aud=["payroll", CLIENT], azp="payroll"),
        401,
        "another program",
    ),
    "access token of another client": (lambda here: here.mint(client_id="payroll"), 401, "another program"),
    "expired": (lambda here: here.mint(exp=NOW - 61), 401, "has expired"),
    "without an end": (lambda here: here.mint(without=("exp",)), 401, "when it ends"),
    "an end that is no number": (lambda here: here.mint(exp="9999999999"), 401, "a time that is none"),
    "an end that is true": (lambda here: here.mint(exp=True), 401, "a time that is none"),
    "an end that is NaN": (lambda here: here.mint(exp=float("nan")), 401, "a time that is none"),
    "an end beyond all dates": (lambda here: here.mint(exp=10**30), 401, "a time that is none"),
    "not yet valid": (lambda here: here.mint(nbf=int(time.time()) + 90), 401, "not valid yet"),
    "made in the future": (lambda here: here.mint(iat=int(time.time()) + 90), 401, "not valid yet"),
    "unknown kid": (own_key(kid="nobody-knows"), 401, "a key that its provider does not list"),
    "a key of one's own under a known kid": (own_key(), 401, "not signed by its provider"),
    "jwk in the header": (own_key(jwk=...), 401, "not signed by its provider"),
    "jku in the header": (own_key(jku="https://evil.example.com/keys"), 401, "not signed by its provider"),
    "x5u in the header": (own_key(x5u="https://evil.example.com/cert"), 401, "not signed by its provider"),
    "crit in the header": (
        lambda here: here.mint(header={"b64": True, "crit": ["b64"]}),
        401,
        "of a kind that is not taken",
    ),
    "a message about signing out": (lambda here: here.mint(events={}), 401, "about signing out"),
    "a logout token": (lambda here: here.mint(header={"typ": "logout+jwt"}), 401, "of a kind that is not taken"),
    "nobody's": (lambda here: here.mint(without=("sub",)), 401, "whose it is"),
    "too large": (lambda here: here.mint(padding="x" * 14_000), 401, "none that can be read"),
    "no token at all": (lambda here: "a.b.c", 401, "none that can be read"),
    "deeply nested": (lambda here: "e1swXQ." + "A" * 5 + ".x", 401, "none that can be read"),
    "another kind of bearer": (lambda here: "s3cret", 401, "none that is understood here"),
    "address that is not verified": (lambda here: here.mint(email_verified=False), 403, "has not verified"),
    "verified in words": (lambda here: here.mint(email_verified="true"), 403, "has not verified"),
    "nothing said about it": (lambda here: here.mint(without=("email_verified",)), 403, "has not verified"),
    "no address": (lambda here: here.mint(without=("email",)), 403, "no email"),
    "address of nobody": (lambda here: here.mint(email="eve@example.com"), 403, "eve@example.com is nobody"),
    "a letter that becomes ours": (lambda here: here.mint(email="\u212arm-lead@example.com"), 403, "no email"),
    "the hash of an address": (lambda here: here.mint(email="sha256:" + "0" * 64), 403, "is nobody"),
    "an id in place of an address": (lambda here: here.mint(email="crm-lead"), 403, "is nobody"),
}


@pytest.mark.parametrize(("made", "status", "says"), ATTACKS.values(), ids=ATTACKS)
def test_what_opens_nothing(server: tuple[str, Here], made: Callable[[Here], str], status: int, says: str) -> None:
    url, here = server
    answer = ask(url, made(here))
    code = {401: "token_invalid", 403: "unknown_person"}[status]
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert says in answer.json()["detail"]
    assert answer.json()["hint"]


ACCEPTED: dict[str, Callable[[Here], str]] = {
    "as it should be": lambda here: here.mint(),
    "audience in a list": lambda here: here.mint(aud=["payroll", CLIENT], azp=CLIENT),
    "address in other case": lambda here: here.mint(email="CRM-Lead@Example.COM"),
    "just expired, by a slow clock": lambda here: here.mint(exp=int(time.time()) - 30),
    "made just now, by a fast clock": lambda here: here.mint(iat=int(time.time()) + 30, nbf=int(time.time()) + 30),
    "an access token": lambda here: here.mint(header={"typ": "at+jwt"}, client_id=CLIENT),
    "headers of its own": lambda here: here.mint(header={"nonce": "x" * 600, "jku": "https://evil.example.com"}),
}


@pytest.mark.parametrize("made", ACCEPTED.values(), ids=ACCEPTED)
def test_what_lets_in(server: tuple[str, Here], made: Callable[[Here], str]) -> None:
    url, here = server
    answer = ask(url, made(here), "/v1/me")
    assert (answer.status_code, answer.json().get("principal")) == (200, "crm-lead")


def test_whom_the_registry_does_not_know_learns_who_can_add_them(server: tuple[str, Here]) -> None:
    url, here = server
    hint = ask(url, here.mint(email="eve@example.com")).json()["hint"]
    assert hint == "ask the council (analytics-lead, finance-lead, head-of-marketing) for a place there"


def test_how_to_sign_in_is_open(server: tuple[str, Here]) -> None:
    url, here = server
    said = httpx.get(f"{url}/v1/sign-in").json()
    assert (said["issuer"], said["client_id"], said["bearer"]) == (here.issuer, CLIENT, "id_token")


def test_rights_are_those_of_the_setting_and_of_groups(past: Path, tmp_path: Path) -> None:
    """Nobody is admin by signing in; a group that the provider names can be."""
    groups = {"metrics-admins": "audit,admin", "readers": "read"}
    with served(past, tmp_path, oidc_rights="read", oidc_groups=groups) as (url, here):
        every = "/v1/tokens?everybody=true"
        assert ask(url, here.mint(), every).status_code == 403
        assert ask(url, here.mint(groups=["metrics-admins"]), every).status_code == 200
        assert ask(url, here.mint(groups="metrics-admins"), every).status_code == 200
        assert ask(url, here.mint(groups=[["metrics-admins"], None, {"metrics-admins": 1}]), every).status_code == 403
        wanted = {"name": "x", "scopes": ["decide"]}
        made = ask(url, here.mint(), "/v1/tokens", method="POST", json=wanted)
        assert (made.status_code, made.json()["code"]) == (403, "right_missing")


def test_a_token_made_by_a_sign_in_ends_with_it(server: tuple[str, Here]) -> None:
    """An hour at the provider must not become a key for ever."""
    url, here = server
    ends = int(time.time()) + 900
    made = ask(url, here.mint(exp=ends), "/v1/tokens", method="POST", json={"name": "x", "scopes": ["read"]})
    assert made.json()["expires_at"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends))


def test_open_reading_is_all_that_somebody_unknown_gets(past: Path, tmp_path: Path) -> None:
    with served(past, tmp_path, open_reading=True) as (url, here):
        eve = here.mint(email="eve@example.com")
        assert ask(url, eve).status_code == 200
        assert ask(url, eve, "/v1/inbox").json()["code"] == "unknown_person"
        made = ask(url, eve, "/v1/tokens", method="POST", json={"name": "x", "scopes": ["read"]})
        assert (made.status_code, made.json()["code"]) == (403, "unknown_person")


def test_whoever_leaves_main_is_let_in_no_more(past: Path, tmp_path: Path) -> None:
    """The provider does not know of it, and its token still holds."""
    with served(past, tmp_path) as (url, here):
        token, until = here.mint(), time.monotonic() + 30
        assert ask(url, token).status_code == 200
        leave(tmp_path / "registry", "crm-lead")
        while (answer := ask(url, token)).status_code == 200:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert (answer.status_code, answer.json()["code"]) == (403, "unknown_person")
        assert "crm-lead@example.com is nobody" in answer.json()["detail"]


@pytest.mark.parametrize(("state", "status"), [("up", 401), ("down", 503)])
def test_tokens_that_are_none_are_counted_by_address(past: Path, tmp_path: Path, state: str, status: int) -> None:
    """Another one each time is not another caller, and people who are signed in have counts of their own."""
    with served(past, tmp_path, requests_per_minute=4) as (url, here):
        good = here.mint()
        here.state = state
        assert [ask(url, own_key(kid=str(n))(here)).status_code for n in range(6)] == [status] * 4 + [429] * 2
        here.state = "up"
        if state == "up":
            assert ask(url, good).status_code == 200


def test_another_claim_is_compared_with_ids(past: Path, tmp_path: Path) -> None:
    with served(past, tmp_path, oidc_claim="preferred_username") as (url, here):
        known = ask(url, here.mint(preferred_username="crm-lead", email_verified=False), "/v1/me")
        assert known.json()["principal"] == "crm-lead"
        for name in ("CRM-lead", "crm-lead ", "eve", 7, None):
            assert ask(url, here.mint(preferred_username=name)).status_code == 403


@pytest.mark.parametrize("state", ["down", "slow", "huge", "elsewhere", "nonsense"])
def test_a_provider_that_cannot_be_asked(
    past: Path, tmp_path: Path, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with words; tokens of the server itself work, and nobody can make us ask more than twice a minute."""
    monkeypatch.setattr(documents, "LONGEST", 0.5)
    with served(past, tmp_path) as (url, here):
        here.state = state
        for _ in range(3):
            answer = ask(url, here.mint())
            code = "provider_unreachable" if state in ("down", "slow") else "provider_unusable"
            assert (answer.status_code, answer.json()["code"]) == (503, code)
        assert len(here.asked) == 1
        assert ask(url, "mgv_wrong").status_code == 401


WRONG: dict[str, Callable[[Here], None]] = {
    "another issuer than asked": lambda here: here.metadata.update(issuer="https://evil.example.com"),
    "keys over http": lambda here: here.metadata.update(jwks_uri="http://192.0.2.1/keys"),
    "keys nowhere": lambda here: here.metadata.update(jwks_uri=None),
    "no keys": lambda here: setattr(here, "listed", []),
    "a shared secret": lambda here: setattr(here, "listed", [{"kty": "oct", "k": "c2VjcmV0", "kid": "one"}]),
    "a key to encrypt": lambda here: setattr(here, "listed", [{**here.keys[0].as_dict(private=False), "use": "enc"}]),
    "a small key": lambda here: setattr(here, "listed", [{"kty": "RSA", "n": "w" * 171, "e": "AQAB", "kid": "one"}]),
    "keys without end": lambda here: setattr(here, "listed", [here.keys[0].as_dict(private=False)] * 101),
    "things that are no keys": lambda here: setattr(here, "listed", [None, 1, {}, {"kty": "RSA"}, {"kty": []}]),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_provider_that_says_what_cannot_be(past: Path, tmp_path: Path, wrong: Callable[[Here], None]) -> None:
    with served(past, tmp_path) as (url, here):
        wrong(here)
        answer = ask(url, here.mint())
        assert (answer.status_code, answer.json()["code"]) == (503, "provider_unusable")


def test_keys_change(past: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new one is found at once, an old one counts no more when they were asked again, and a flood asks once."""
    seconds = [0.0]
    found = oidc.OidcProvider.__init__.__kwdefaults__
    monkeypatch.setitem(found, "seconds", lambda: seconds[0])
    with served(past, tmp_path) as (url, here):
        old = here.mint()
        assert ask(url, old).status_code == 200
        here.keys = [rsa("two"), ECKey.generate_key("P-256", {"kid": "three"}), OKPKey.generate_key("Ed25519")]
        for _ in range(3):
            assert ask(url, here.mint()).status_code == 401  # asked a moment ago
        assert here.asked.count("/keys") == 1
        seconds[0] += oidc.AGAIN
        assert ask(url, here.mint()).status_code == 200
        assert ask(url, here.mint(key=here.keys[1], header={"kid": "three"})).status_code == 200
        assert ask(url, here.mint(key=here.keys[2], header={"kid": None})).status_code == 200
        assert ask(url, old).status_code == 401
        here.state = "down"
        seconds[0] += oidc.FRESH
        assert ask(url, here.mint()).status_code == 200  # known keys hold for a day
        assert ask(url, here.mint(header={"kid": "four"})).status_code == 503
        seconds[0] += oidc.OLDEST
        assert ask(url, here.mint()).status_code == 503


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"oidc_issuer": "http://login.example.com", "oidc_client_id": "x"}, "an https address"),
        ({"oidc_issuer": "https://login.example.com"}, "needs oidc_client_id"),
        ({"oidc_rights": "read,admin"}, "nobody is admin by signing in"),
        ({"oidc_rights": "read,everything"}, "everything is no right"),
        ({"oidc_groups": {"a": "fly"}}, "fly is no right"),
        ({"oidc_bearer": "cookie"}, "oidc_bearer"),
    ],
    ids=["no https", "for whom", "admin", "right", "group", "bearer"],
)
def test_settings_that_cannot_be(settings: dict[str, object], says: str) -> None:
    with pytest.raises(BadInput, match=says) as error:
        settings_of(**settings)
    assert "Value error" not in error.value.message
