"""Signing in by tokens, and what becomes of tokens; commands that are sent twice; how much one may ask."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.whole_server import NOW, database_of, whole
from cli.reading_world import OPEN
from metricgov.api.signing_in import KNOWN_FOR
from metricgov.api.worker import work
from metricgov.bootstrap import DATABASE_VARIABLE, INDEX_VARIABLE, Workspace
from metricgov.ports.tokens import Token, Tokens, Wanted

Server = tuple[str, dict[str, str], Path]


@pytest.fixture
def server(past: Path, tmp_path: Path) -> Iterator[Server]:
    with whole(past, tmp_path) as (url, tokens):
        yield url, tokens, tmp_path


def store_of(folder: Path) -> Tokens:
    environ = {DATABASE_VARIABLE: database_of(folder)}
    return Workspace(folder / "registry", environ=environ).store.tokens


def signed(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def issued(folder: Path, *scopes: str, expires_at: str = "", person: str = "crm-lead") -> tuple[Token, str]:
    return store_of(folder).issue(Wanted("test", person, scopes, "", expires_at), NOW)


@pytest.mark.parametrize("state", ["unknown", "revoked", "expired"])
def test_what_opens_nothing(server: Server, state: str) -> None:
    """Each says why: from the next request on, or a second later where another process ended it."""
    url, _, folder = server
    token, secret = issued(folder, "read", expires_at="2026-01-01T00:00:00Z" if state == "expired" else "")
    if state == "unknown":
        secret = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    elif state == "revoked":
        assert httpx.get(f"{url}/v1/names", headers=signed(secret)).status_code == 200
        store_of(folder).revoke(token.id, NOW)
        time.sleep(KNOWN_FOR)
    answer = httpx.get(f"{url}/v1/names", headers=signed(secret))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    said = {"unknown": "none of this server's", "revoked": "was revoked on", "expired": "expired on"}[state]
    assert said in answer.json()["title"]
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_one_makes_and_ends_ones_own(server: Server) -> None:
    url, _, folder = server
    _, mine = issued(folder, "read", "decide")
    made = httpx.post(f"{url}/v1/tokens", headers=signed(mine), json={"name": "phone", "scopes": ["read"]})
    assert made.status_code == 200
    secret = made.json()["secret"]
    assert httpx.get(f"{url}/v1/names", headers=signed(secret)).status_code == 200
    listed = httpx.get(f"{url}/v1/tokens", headers=signed(mine)).json()
    assert "phone" in [one["name"] for one in listed]
    assert "secret" not in str(listed)
    ended = httpx.delete(f"{url}/v1/tokens/{made.json()['id']}", headers=signed(mine))
    assert ended.json()["revoked_at"]
    assert httpx.get(f"{url}/v1/names", headers=signed(secret)).status_code == 401


@pytest.mark.parametrize(
    ("expires", "status", "until"),
    [("", 200, "2099-01-01T00:00:00Z"), ("2098-01-01", 200, "2098-01-01T00:00:00Z"), ("2099-01-02", 403, "")],
    ids=["as long as its own", "shorter", "longer"],
)
def test_a_token_does_not_outlive_the_one_it_was_made_with(
    server: Server, expires: str, status: int, until: str
) -> None:
    """A leaked token of a day must not become one for ever."""
    url, _, folder = server
    _, secret = issued(folder, "read", expires_at="2099-01-01T00:00:00Z")
    wanted = {"name": "x", "scopes": ["read"], "expires": expires}
    made = httpx.post(f"{url}/v1/tokens", headers=signed(secret), json=wanted)
    assert (made.status_code, made.json().get("expires_at", "")) == (status, until)


@pytest.mark.parametrize(
    ("has", "wanted", "status", "code"),
    [
        (("read",), {"scopes": ["read", "decide"]}, 403, "right_missing"),
        (("read", "admin"), {"scopes": ["decide"], "principal": "sales-ops-lead"}, 403, "not_yours"),
        (("read", "decide"), {"scopes": ["read"], "principal": "sales-ops-lead"}, 403, "right_missing"),
        (("read", "admin"), {"scopes": ["read"], "principal": "sales-ops-lead"}, 200, ""),
        (("read",), {"scopes": []}, 422, "scope_missing"),
        (("read",), {"scopes": ["everything"]}, 422, "scope_unknown"),
        (("read",), {"scopes": ["read"], "expires": "soon"}, 422, "bad_time"),
    ],
    ids=["more than one has", "in another's name", "for another", "to read, by admin", "none", "unknown", "bad day"],
)
def test_nobody_gives_more_than_they_have(
    server: Server, has: tuple[str, ...], wanted: dict[str, object], status: int, code: str
) -> None:
    """Being an administrator gives no right to approve, neither directly nor by a token of somebody else."""
    url, _, folder = server
    _, secret = issued(folder, *has)
    answer = httpx.post(f"{url}/v1/tokens", headers=signed(secret), json={"name": "x", **wanted})
    assert (answer.status_code, answer.json().get("code", "")) == (status, code)


def test_an_administrator_ends_what_is_not_theirs(server: Server) -> None:
    url, _, folder = server
    theirs, _ = issued(folder, "read", person="sales-ops-lead")
    _, plain = issued(folder, "read")
    _, admin = issued(folder, "read", "admin")
    assert httpx.delete(f"{url}/v1/tokens/{theirs.id}", headers=signed(plain)).status_code == 403
    assert httpx.delete(f"{url}/v1/tokens/{theirs.id}", headers=signed(admin)).status_code == 200


def test_a_lesser_token_ends_no_greater_one(server: Server) -> None:
    """Whoever finds the token of a script must not lock its owner out; what allows no more may be ended."""
    url, _, folder = server
    _, plain = issued(folder, "read")
    greater, _ = issued(folder, "read", "decide")
    equal, _ = issued(folder, "read")
    refused = httpx.delete(f"{url}/v1/tokens/{greater.id}", headers=signed(plain))
    assert (refused.status_code, refused.json()["code"]) == (403, "right_missing")
    assert store_of(folder).listed("crm-lead")[0].revoked_at == ""
    assert httpx.delete(f"{url}/v1/tokens/{equal.id}", headers=signed(plain)).status_code == 200


def test_what_was_made_with_a_token_ends_with_it(server: Server) -> None:
    """Down to the last one, and nothing else: a lost token is ended with one command."""
    url, tokens, folder = server
    first, secret = issued(folder, "read")
    made = []
    for name in ("child", "grandchild"):
        answer = httpx.post(f"{url}/v1/tokens", headers=signed(secret), json={"name": name, "scopes": ["read"]}).json()
        made.append((answer["id"], answer["parent"]))
        secret = answer["secret"]
    (child, of_child), (_, of_grandchild) = made
    assert (of_child, of_grandchild) == (first.id, child)
    store_of(folder).revoke(first.id, NOW)
    assert httpx.get(f"{url}/v1/names", headers=signed(secret)).json()["code"] == "token_invalid"
    assert httpx.get(f"{url}/v1/names", headers=signed(tokens["read"])).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"name": "a\x00b"}, "bad_name"),
        ({"name": "a\nb"}, "bad_name"),
        ({"name": "  "}, "bad_name"),
        ({"expires": "2020-01-01"}, "end_past"),
        ({"principal": "nobody-we-know", "scopes": ["read"]}, "actor_unknown"),
    ],
    ids=["a NUL", "two lines", "nothing", "over already", "for nobody"],
)
def test_odd_tokens_are_not_made(server: Server, wanted: dict[str, object], code: str) -> None:
    url, _, folder = server
    _, admin = issued(folder, "read", "admin")
    answer = httpx.post(f"{url}/v1/tokens", headers=signed(admin), json={"name": "x", "scopes": ["read"], **wanted})
    assert (answer.status_code, answer.json()["code"]) == (403 if code == "actor_unknown" else 422, code)


@pytest.mark.parametrize("open_reading", [False, True], ids=["closed", "open"])
def test_who_has_left_is_nobody(past: Path, tmp_path: Path, open_reading: bool) -> None:
    """From a second after main says so, whatever their tokens allow; while the server runs."""
    with whole(past, tmp_path, open_reading=open_reading) as (url, tokens):
        headers = signed(tokens["read"])
        assert httpx.get(f"{url}/v1/me", headers=headers).json()["principal"] == "crm-lead"
        leave(tmp_path / "registry", "crm-lead")
        until = time.monotonic() + 20
        while (answer := approve(url, tokens)).json()["code"] != "unknown_person":
            assert answer.status_code == 403  # at once: the desk asks main itself
            assert time.monotonic() < until
            time.sleep(0.1)
        read = httpx.get(f"{url}/v1/names", headers=headers)
    assert read.status_code == (200 if open_reading else 403)


def approve(url: str, tokens: dict[str, str]) -> httpx.Response:
    return httpx.post(f"{url}/v1/changes/{OPEN}/approve", headers=signed(tokens["decide"]), json={})


def leave(registry: Path, person: str) -> None:
    """Let somebody leave, on main."""
    people = registry / "governance" / "people.yaml"
    people.write_text(people.read_text().replace(f"{{id: {person},", f"{{id: {person}, status: left,"))
    commit = ["git", "-c", "user.name=Ops", "-c", "user.email=ops-lead@example.com", "commit", "-qam", "left"]
    subprocess.run(commit, cwd=registry, check=True)


def test_a_header_that_lies_is_not_another_caller(past: Path, tmp_path: Path) -> None:
    """Who is not signed in is counted by address, whatever they send in the place of a token or cookie."""
    with whole(past, tmp_path, requests_per_minute=5) as (url, _):
        statuses = [
            httpx.get(f"{url}/v1/names", headers={"Authorization": f"Bearer mgv_{n}", "Cookie": f"a={n}"}).status_code
            for n in range(8)
        ]
    assert statuses == [401] * 5 + [429] * 3


def test_what_ended_long_ago_is_forgotten(past_copy: Path) -> None:
    workspace = Workspace(past_copy)
    tokens = workspace.store.tokens
    kept = [
        tokens.issue(Wanted(name, "crm-lead", ("read",), "", until), NOW)[0].name
        for name, until in (("endless", ""), ("long", "2099-01-01T00:00:00Z"))
    ]
    tokens.issue(Wanted("over", "crm-lead", ("read",), "", "2026-01-01T00:00:00Z"), NOW)
    ended, _ = tokens.issue(Wanted("ended", "crm-lead", ("read",), ""), NOW)
    tokens.revoke(ended.id, "2026-01-01T00:00:00Z")
    assert work(past_copy).failed == ()
    assert sorted(one.name for one in tokens.listed()) == sorted(kept)


def test_an_administrator_approves_nothing(server: Server) -> None:
    url, tokens, _ = server
    answer = httpx.post(f"{url}/v1/changes/{OPEN}/approve", headers=signed(tokens["admin"]), json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "right_missing")


def test_a_command_sent_twice_is_done_once(server: Server) -> None:
    """The second answer is the first one, byte for byte; another body under the same key is refused."""
    url, tokens, _ = server
    headers = signed(tokens["propose"]) | {"Idempotency-Key": "a1"}
    path = f"{url}/v1/changes/{OPEN}/comment"
    first = httpx.post(path, headers=headers, json={"words": "Once."})
    again = httpx.post(path, headers=headers, json={"words": "Once."})
    assert (first.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    change = httpx.get(f"{url}/v1/changes/{OPEN}", headers=signed(tokens["read"]))
    assert change.text.count("Once.") == 1
    other = httpx.post(path, headers=headers, json={"words": "Another."})
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def test_what_was_refused_may_be_asked_again(server: Server) -> None:
    url, tokens, _ = server
    headers = signed(tokens["propose"]) | {"Idempotency-Key": "a2"}
    path = f"{url}/v1/changes/{OPEN}/comment"
    assert httpx.post(path, headers=headers, json={"words": ""}).status_code == 422
    assert httpx.post(path, headers=headers, json={"words": ""}).status_code == 422
    assert "idempotency-replayed" not in httpx.post(path, headers=headers, json={"words": ""}).headers


def test_who_asks_too_much_is_told_when_to_come_back(past: Path, tmp_path: Path) -> None:
    with whole(past, tmp_path, requests_per_minute=5, body_limit=2000) as (url, tokens):
        for _ in range(5):
            assert httpx.get(f"{url}/v1/names", headers=signed(tokens["read"])).status_code == 200
        refused = httpx.get(f"{url}/v1/names", headers=signed(tokens["read"]))
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert int(refused.headers["retry-after"]) >= 1
        assert httpx.get(f"{url}/v1/events", headers=signed(tokens["audit"])).status_code == 200
        assert httpx.get(f"{url}/health", headers=signed(tokens["read"])).status_code == 200
        for content in (b"x" * 3000, iter([b"x" * 1500] * 3)):
            headers = signed(tokens["propose"]) | {"Content-Type": "application/json"}
            answer = httpx.post(f"{url}/v1/requests", headers=headers, content=content)
            assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_an_index_that_is_rebuilt_leaves_tokens_alone(past_copy: Path, tmp_path: Path) -> None:
    """Both may stand in one database; only what can be computed is ever emptied."""
    both = f"sqlite:///{tmp_path / 'both.sqlite3'}"
    workspace = Workspace(past_copy, environ={DATABASE_VARIABLE: both, INDEX_VARIABLE: both})
    token, secret = workspace.store.tokens.issue(Wanted("laptop", "crm-lead", ("read",), ""), NOW)
    workspace.index.rebuild()
    assert workspace.store.tokens.find(secret) == token
    workspace.index.close()
    workspace.store.close()
    workspace.repository.close()
