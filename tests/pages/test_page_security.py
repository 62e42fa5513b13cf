"""What pages withstand: texts that attack, forms of other sites, planted sessions, addresses that lead away, frames."""

from __future__ import annotations

import re

import httpx
import pytest

from cli.reading_world import OPEN
from metricgov.api.pages.guarding import local
from metricgov.api.pages.sessions import PLAIN, SECURED
from metricgov.ports.sessions import Session
from pages.site import HOSTILE, NOW, QUOTED, SCRIPT, Site, hidden, words

PAGES = ("/", "/definitions", "/definitions/metric:routing_speed", f"/changes/{OPEN}", f"/changes/{HOSTILE}")


def commented(client: httpx.Client, text: str, **more: str) -> httpx.Response:
    form = hidden(client.get(f"/changes/{OPEN}").text, "/comment")
    return client.post(f"/changes/{OPEN}/comment", data={**form, "words": text, **more})


# texts


@pytest.mark.parametrize("path", [*PAGES[:1], "/definitions?q=routing", *PAGES[4:]], ids=["inbox", "list", "change"])
def test_texts_of_a_change_are_only_text(shared: Site, path: str) -> None:
    page = shared.signed_in().get(path).text
    assert "<script>document" not in page
    assert "<img" not in page
    assert "55433" not in page


def test_the_attack_is_shown_as_it_was_written(shared: Site) -> None:
    said = words(shared.signed_in().get(f"/changes/{HOSTILE}").text)
    assert SCRIPT in said
    assert QUOTED in said
    assert SCRIPT.replace("'", "''") in said  # in SQL


def test_what_somebody_says_is_only_text(shared: Site) -> None:
    client = shared.signed_in()
    assert commented(client, f"{SCRIPT}\n{QUOTED}\u202e").status_code == 303
    page = client.get(f"/changes/{OPEN}").text
    assert "<script>document" not in page
    assert SCRIPT in words(page)
    assert "\u202e" not in page
    refused = client.post(f"/changes/{OPEN}/comment", data={**hidden(page, "/comment"), "words": " "})
    assert refused.status_code == 422


@pytest.mark.parametrize(
    "path",
    [f"/definitions?q={SCRIPT}{QUOTED}", f"/changes/{SCRIPT}", f"/definitions/{QUOTED}", f"/sign-in?next={QUOTED}"],
    ids=["search", "change", "definition", "next"],
)
def test_what_an_address_says_is_only_text(shared: Site, path: str) -> None:
    answer = shared.signed_in().get(path)
    if "json" in answer.headers["content-type"]:
        return  # no browser takes that for a page
    assert "<script>document" not in answer.text
    assert "<img" not in answer.text


def test_no_page_holds_a_script_or_style_of_its_own(shared: Site) -> None:
    """The policy forbids them, so one would be a part of the page that does not work."""
    client = shared.signed_in()
    for path in PAGES:
        page = client.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=\"", page), path


# headers


@pytest.mark.parametrize("path", [*PAGES, "/sign-in", "/changes/unknown", "/static/pages.css", "/static/none"])
def test_every_answer_says_what_a_browser_may_do_with_it(shared: Site, path: str) -> None:
    answer = shared.signed_in().get(path)
    if path == "/static/none":
        assert answer.status_code == 404
        return
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    if not path.startswith("/static"):
        assert answer.headers["cache-control"] == "no-store"


# sessions


def test_a_session_is_a_secret_of_its_own(shared: Site) -> None:
    """The token is not in the cookie, and no script can read it."""
    client = shared.client()
    secret = shared.token("crm-lead")[1]
    answer = client.post("/sign-in", data={"token": f" {secret}\n", "next": "/definitions"})
    cookie = answer.headers["set-cookie"]
    assert answer.headers["location"] == "/definitions"
    assert secret not in cookie
    assert cookie.startswith(f"{PLAIN}=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_over_https_nobody_else_can_put_the_cookie_there(shared: Site) -> None:
    """Behind a proxy that speaks https; then the name that other pages could write to counts for nothing."""
    client = shared.client()
    client.headers["X-Forwarded-Proto"] = "https"
    answer = client.post("/sign-in", data={"token": shared.token("crm-lead")[1]})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{SECURED}=")
    assert "Secure" in cookie
    assert "Domain" not in cookie
    value = cookie.split(";")[0].split("=", 1)[1]
    assert client.get("/", headers={"Cookie": f"{SECURED}={value}"}).status_code == 200
    assert client.get("/", headers={"Cookie": f"{PLAIN}={value}"}).status_code == 303


@pytest.mark.parametrize("state", ["unknown", "revoked", "expired", "nothing"])
def test_what_signs_nobody_in(shared: Site, state: str) -> None:
    token, secret = shared.token("crm-lead", expires_at="2026-01-01T00:00:00Z" if state == "expired" else "")
    if state == "revoked":
        shared.workspace.store.tokens.revoke(token.id, NOW)
    given = {"unknown": "mgv_none", "nothing": ""}.get(state, secret)
    answer = shared.client().post("/sign-in", data={"token": given})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    said = {"revoked": "was revoked on", "expired": "expired on"}.get(state, "is none of this server")
    assert said in words(answer.text)
    assert secret not in answer.text


@pytest.mark.parametrize("how", ["revoked", "signed out"])
def test_a_session_ends_with_its_token_and_when_one_signs_out(shared: Site, how: str) -> None:
    client = shared.client()
    token, secret = shared.token("crm-lead")
    client.post("/sign-in", data={"token": secret})
    kept = client.cookies[PLAIN]
    page = client.get("/")
    assert page.status_code == 200
    if how == "revoked":
        shared.workspace.store.tokens.revoke(token.id, NOW)
    else:
        gone = client.post("/sign-out", data=hidden(page.text, "/sign-out"))
        assert gone.headers["location"] == "/sign-in"
    answer = shared.client().get("/", headers={"Cookie": f"{PLAIN}={kept}"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2F&ended=1"


def test_a_session_ends_by_itself(shared: Site) -> None:
    token, _ = shared.token("crm-lead")
    over = Session("token", token.id, "crm-lead", ("read",), "2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z")
    secret = shared.workspace.store.sessions.begin(over)
    answer = shared.client().get("/", headers={"Cookie": f"{PLAIN}={secret}"})
    assert answer.headers["location"].endswith("ended=1")


def test_a_planted_session_is_worth_nothing(shared: Site) -> None:
    """Signing in begins a session that nobody knew before, and ends the one that the browser had."""
    attacker, victim = shared.signed_in("sales-ops-lead"), shared.client()
    planted = attacker.cookies[PLAIN]
    victim.cookies.set(PLAIN, planted)
    victim.post("/sign-in", data={"token": shared.token("crm-lead")[1]})
    fresh = [one.value for one in victim.cookies.jar if one.name == PLAIN and one.value != planted]
    assert fresh
    assert attacker.get("/").status_code == 303
    unknown = shared.client().get("/", headers={"Cookie": f"{PLAIN}=of-my-own-making"})
    assert unknown.headers["location"].endswith("ended=1")


@pytest.mark.parametrize("path", ["/v1/me", "/v1/names", "/v1/inbox"])
def test_a_cookie_opens_nothing_of_the_api(shared: Site, path: str) -> None:
    """So no page of another site can make a browser ask it."""
    client = shared.signed_in()
    assert client.get("/").status_code == 200
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "no_token")


def test_a_token_in_a_header_opens_no_page(shared: Site) -> None:
    answer = shared.client().get("/", headers={"Authorization": f"Bearer {shared.token('crm-lead')[1]}"})
    assert answer.status_code == 303


# forms


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
    ids=["ours", "said by the browser", "elsewhere", "hidden", "none", "cross-site", "another host of ours"],
)
@pytest.mark.parametrize("path", ["/sign-in", "comment"])
def test_where_a_form_comes_from(shared: Site, path: str, headers: dict[str, str], status: int) -> None:
    client = shared.signed_in()
    if path == "/sign-in":
        form = {"token": shared.token("crm-lead")[1]}
    else:
        form = hidden(client.get(f"/changes/{OPEN}").text, "/comment") | {"words": "From somewhere."}
        path = f"/changes/{OPEN}/comment"
    client.headers.update(headers)
    answer = client.post(path, data=form)
    assert answer.status_code == status
    if status == 403:
        assert "not sent from a page of this server" in words(answer.text)


@pytest.mark.parametrize("word", ["", "0" * 40, "of another session", "none"])
def test_a_form_is_made_for_one_session(shared: Site, word: str) -> None:
    mine = shared.signed_in()
    form = hidden(mine.get(f"/changes/{OPEN}").text, "/comment") | {"words": "Not mine."}
    if word == "none":
        del form["csrf"]
    elif word == "of another session":
        form |= {"csrf": hidden(shared.signed_in().get("/").text, "/sign-out")["csrf"]}
    else:
        form |= {"csrf": word}
    answer = mine.post(f"/changes/{OPEN}/comment", data=form)
    assert answer.status_code == 403
    assert "not made for you" in words(answer.text)
    assert "Not mine." not in mine.get(f"/changes/{OPEN}").text


def test_signing_out_takes_a_form_of_ours(shared: Site) -> None:
    client = shared.signed_in()
    assert client.post("/sign-out").status_code == 403
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/", "/"),
        ("/changes/x?done=1", "/changes/x?done=1"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("https:evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\tevil", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("evil", "/"),
        ("", "/"),
        ("/sign-in?next=/sign-in", "/"),
        ("/sign-out", "/"),
    ],
)
def test_one_comes_back_to_this_server_only(shared: Site, wanted: str, leads: str) -> None:
    assert local(wanted) == leads
    answer = shared.client().post("/sign-in", data={"token": shared.token("crm-lead")[1], "next": wanted})
    assert answer.headers["location"] == leads


def test_one_comes_back_to_the_page_that_was_asked_for(shared: Site) -> None:
    client = shared.client()
    asked = client.get("/definitions?q=lead&kpi=1")
    assert asked.status_code == 303
    form = client.get(asked.headers["location"])
    given = re.search(r'name="next" value="([^"]*)"', form.text)
    assert given is not None
    assert given[1].replace("&amp;", "&") == "/definitions?q=lead&kpi=1"


def test_words_are_not_lost_when_the_session_is_over(shared: Site) -> None:
    client = shared.signed_in()
    form = hidden(client.get(f"/changes/{OPEN}").text, "/comment") | {"words": "A long thought."}
    client.cookies.clear()
    answer = client.post(f"/changes/{OPEN}/comment", data=form)
    assert answer.status_code == 401
    assert "A long thought." in words(answer.text)
    assert f'name="next" value="/changes/{OPEN}"' in answer.text


def test_an_address_alone_makes_nobody_believe_that_something_was_done(shared: Site) -> None:
    client = shared.signed_in()
    assert "Approved." not in words(client.get(f"/changes/{OPEN}?done=approve.{'0' * 40}").text)
    assert "Approved." not in words(client.get(f"/changes/{OPEN}?done=approve").text)
