"""Signing in to the pages at a provider of identities: as people do, and every way in which one could be tricked."""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread

from oidc_provider_here import CLIENT, Here, provider, rsa
from pages.site import Site, sited, words

BACK = "/sign-in/provider/back"


@pytest.fixture
def sites(past: Path, tmp_path: Path) -> Iterator[tuple[Site, Here]]:
    with provider() as here:
        here.metadata = {"authorization_endpoint": f"{here.url}/authorize"}
        with sited(past, tmp_path, oidc_issuer=here.issuer, oidc_client_id=CLIENT) as site:
            yield site, here


def left(browser: httpx.Client, to: str = "/") -> dict[str, str]:
    """Leave for the provider; returns what it is asked."""
    answer = browser.get(f"/sign-in/provider?next={quote(to, safe='')}")
    assert answer.status_code == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def came_back(browser: httpx.Client, here: Here, asked: dict[str, str], **said: Any) -> httpx.Response:
    """Come back with a code for which the provider gives a token."""
    token = said.pop("token", None) or here.mint(nonce=asked["nonce"])
    here.answers.append((200, {"id_token": token, "token_type": "Bearer", "access_token": "x"}))
    return browser.get(BACK, params={"code": "one", "state": asked["state"], **said})


def is_in(browser: httpx.Client) -> bool:
    return browser.get("/").status_code == 200


def test_one_signs_in_and_comes_to_the_page_that_was_wanted(sites: tuple[Site, Here]) -> None:
    site, here = sites
    browser = site.client()
    page = browser.get("/sign-in?next=/definitions").text
    assert f"Sign in with {urlsplit(here.issuer).netloc}" in words(page)
    link = re.search(r'href="(/sign-in/provider[^"]*)"', page)
    assert link is not None
    answer = browser.get(link[1])
    assert answer.headers["location"].startswith(f"{here.url}/authorize?")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", CLIENT, "S256")
    assert asked["redirect_uri"] == site.url + BACK
    assert "openid" in asked["scope"].split()
    done = came_back(browser, here, asked)
    assert (done.status_code, done.headers["location"]) == (303, "/definitions"), done.text
    form = here.forms[-1]
    challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    assert challenge == asked["code_challenge"]
    assert (form["grant_type"], form["code"], form["redirect_uri"]) == ("authorization_code", "one", site.url + BACK)
    assert "crm-lead" in browser.get("/").text
    assert "client_secret" not in form


def test_everything_is_new_each_time(sites: tuple[Site, Here]) -> None:
    first, second = left(sites[0].client()), left(sites[0].client())
    for word in ("state", "nonce", "code_challenge"):
        assert first[word] != second[word]
    assert len({first["state"], first["nonce"], first["code_challenge"]}) == 3


def test_the_code_of_somebody_else_signs_nobody_in(sites: tuple[Site, Here]) -> None:
    """An attacker's own answer of the provider, opened in the browser of somebody else (RFC 6749, 10.12)."""
    site, here = sites
    attacker, victim = site.client(), site.client()
    asked = left(attacker)
    assert came_back(victim, here, asked).status_code == 401
    left(victim)
    refused = came_back(victim, here, asked)
    assert refused.status_code == 401
    assert "was not begun in this browser" in words(refused.text)
    assert not is_in(victim)


@pytest.mark.parametrize("state", ["", "wrong", "é", "x" * 3000], ids=["none", "wrong", "strange", "long"])
def test_another_state(sites: tuple[Site, Here], state: str) -> None:
    site, here = sites
    browser = site.client()
    asked = left(browser)
    assert came_back(browser, here, asked | {"state": state}).status_code == 401
    assert not is_in(browser)
    assert "/token" not in here.asked


def test_an_answer_is_taken_once(sites: tuple[Site, Here]) -> None:
    """The same answer once more, in the same browser: what it was bound to is gone."""
    site, here = sites
    browser = site.client()
    asked = left(browser)
    assert came_back(browser, here, asked).status_code == 303
    browser.cookies.delete("metricgov-session")
    again = came_back(browser, here, asked)
    assert again.status_code == 401
    assert here.asked.count("/token") == 1
    assert not is_in(browser)


def test_a_code_that_the_provider_has_seen_before(sites: tuple[Site, Here]) -> None:
    site, here = sites
    browser = site.client()
    asked = left(browser)
    here.answers.append((400, {"error": "invalid_grant", "error_description": "used\x1b[31m already"}))
    refused = browser.get(BACK, params={"code": "one", "state": asked["state"]})
    assert refused.status_code == 401
    assert "invalid_grant used [31m already" in words(refused.text)
    assert not is_in(browser)


TOKENS: dict[str, Callable[[Here, str], str]] = {
    "nonce of another sign-in": lambda here, _nonce: here.mint(nonce="another"),
    "no nonce": lambda here, _nonce: here.mint(),
    "nonce that is no text": lambda here, _nonce: here.mint(nonce=17),
    "foreign issuer": lambda here, nonce: here.mint(nonce=nonce, iss="https://evil.example.com"),
    "made for another program": lambda here, nonce: here.mint(nonce=nonce, aud="another"),
    "given to another program": lambda here, nonce: here.mint(nonce=nonce, azp="another"),
    "expired": lambda here, nonce: here.mint(nonce=nonce, exp=int(time.time()) - 3600),
    "signed by somebody else": lambda here, nonce: here.mint(nonce=nonce, key=rsa("one")),
    "a logout token": lambda here, nonce: here.mint(nonce=nonce, events={}),
    "no token": lambda _here, _nonce: "nonsense",
}


@pytest.mark.parametrize("attack", TOKENS)
def test_a_token_that_was_not_made_for_this(sites: tuple[Site, Here], attack: str) -> None:
    site, here = sites
    browser = site.client()
    asked = left(browser)
    refused = came_back(browser, here, asked, token=TOKENS[attack](here, asked["nonce"]))
    assert refused.status_code == 401, refused.text
    assert not is_in(browser)


@pytest.mark.parametrize(("says", "iss"), [(False, "https://evil.example.com"), (True, "")], ids=["other", "missing"])
def test_an_answer_of_another_provider(sites: tuple[Site, Here], says: bool, iss: str) -> None:
    """RFC 9207: an answer says whose it is, and where the provider promises that, has to."""
    site, here = sites
    here.metadata["authorization_response_iss_parameter_supported"] = says
    browser = site.client()
    refused = came_back(browser, here, left(browser), **({"iss": iss} if iss else {}))
    assert refused.status_code == 401
    assert "another provider" in words(refused.text)
    assert "/token" not in here.asked
    here.answers.clear()
    assert came_back(browser, here, left(browser), iss=here.issuer).status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example.com/",
        "//evil.example.com",
        "/\\evil.example.com",
        "javascript:alert(1)",
        "/sign-in",
        "x" * 9,
    ],
)
def test_one_comes_back_to_this_server_only(sites: tuple[Site, Here], wanted: str) -> None:
    site, here = sites
    browser = site.client()
    assert came_back(browser, here, left(browser, wanted)).headers["location"] == "/"
    asked = left(browser)
    kept = browser.cookies["metricgov-signing-in"].partition(".")[0]
    browser.cookies.clear()  # somebody who could put a cookie here cannot lead elsewhere either
    browser.cookies.set("metricgov-signing-in", f"{kept}.{quote(wanted, safe='')}")
    assert came_back(browser, here, asked).headers["location"] == "/"


def test_no_or_a_provider_that_is_gone_is_said(sites: tuple[Site, Here]) -> None:
    site, here = sites
    browser = site.client()
    said = browser.get(BACK, params={"error": "access_denied", "state": left(browser)["state"]})
    assert "was declined" in words(said.text)
    said = browser.get(BACK, params={"error": "<b>server_error", "state": left(browser)["state"]})
    assert "&lt;b&gt;server_error" in said.text
    asked = left(browser)
    here.state = "down"
    assert "does not answer" in words(browser.get(BACK, params={"code": "one", "state": asked["state"]}).text)
    there = browser.get("/sign-in/provider")
    assert there.status_code == 503
    assert "does not answer" in words(there.text)
    assert not is_in(browser)


@pytest.mark.parametrize("address", ["http://evil.example.com/authorize", "javascript:alert(1)", None, 7])
def test_a_provider_leads_nowhere_unsafe(sites: tuple[Site, Here], address: object) -> None:
    site, here = sites
    here.metadata = {"authorization_endpoint": address}
    assert site.client().get("/sign-in/provider").status_code == 503


def test_somebody_unknown_or_unverified_is_nobody(sites: tuple[Site, Here]) -> None:
    site, here = sites
    for person in ({"email": "eve@example.com"}, {"email_verified": False}):
        browser = site.client()
        asked = left(browser)
        came_back(browser, here, asked, token=here.mint(nonce=asked["nonce"], **person))
        assert browser.get("/").status_code == 403


def test_the_cookie_is_ours_alone(sites: tuple[Site, Here]) -> None:
    answer = sites[0].client().get("/sign-in/provider")
    said = answer.headers["set-cookie"]
    for word in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=600"):
        assert word in said
    secure = sites[0].client().get("/sign-in/provider", headers={"X-Forwarded-Proto": "https"})
    assert secure.headers["set-cookie"].startswith("__Host-metricgov-signing-in=")
    assert "Secure" in secure.headers["set-cookie"]
    assert "redirect_uri=https%3A%2F%2F" in secure.headers["location"]


def test_without_a_provider_there_is_no_button(shared: Site) -> None:
    assert "/sign-in/provider" not in shared.client().get("/sign-in").text
    assert shared.client().get("/sign-in/provider").status_code == 404


@pytest.mark.parametrize("ways", [None, ["client_secret_basic", "client_secret_post"], ["client_secret_post"]], ids=str)
def test_a_secret_is_sent_as_the_provider_wants_it(past: Path, tmp_path: Path, ways: list[str] | None) -> None:
    with provider() as here:
        here.metadata = {"authorization_endpoint": f"{here.url}/authorize"}
        here.metadata |= {"token_endpoint_auth_methods_supported": ways} if ways else {}
        given = {"oidc_issuer": here.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": "hush"}
        with sited(past, tmp_path, **given) as site:
            browser = site.client()
            asked = left(browser)
            assert "hush" not in str(asked)
            assert came_back(browser, here, asked).status_code == 303
            posted, basic = here.forms[-1].get("client_secret", ""), here.authorized
            assert (posted, basic) == (("hush", "") if ways == ["client_secret_post"] else ("", f"{CLIENT}:hush"))


def test_in_a_browser_at_a_real_provider(past: Path, tmp_path: Path, chromium: Any) -> None:
    """oidc-provider-mock, which checks the code, its verifier, the nonce and where it leads back to by itself."""
    ann = User(sub="ann", claims={"email": "crm-lead@example.com", "email_verified": True})
    given = {"oidc_client_id": CLIENT, "oidc_client_secret": "any", "oidc_scopes": "openid email"}
    with run_server_in_thread(user_claims=[ann]) as server:
        issuer = f"http://localhost:{server.server_port}"
        with sited(past, tmp_path, oidc_issuer=issuer, **given) as site:
            context = chromium.new_context()
            page = context.new_page()
            page.goto(site.url + "/definitions")
            page.click("text=Sign in with")
            page.wait_for_url(f"{issuer}/**")
            page.fill("input[name=sub]", "ann")
            page.click("button:has-text('Authorize')")
            page.wait_for_url(site.url + "/definitions")
            assert "crm-lead" in page.inner_text("body")
            context.close()
