"""One contract for providers: oidc-provider-mock, and the one of these tests, by whatever way each lets people in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread

from api.whole_server import whole
from oidc_provider_here import CLIENT, provider

PEOPLE: dict[str, dict[str, object]] = {
    "known": {"email": "crm-lead@example.com", "email_verified": True},
    "unverified": {"email": "crm-lead@example.com", "email_verified": False},
    "unknown": {"email": "eve@example.com", "email_verified": True},
}


@dataclass
class Provider:
    issuer: str
    sign_in: Callable[[str, str], str]
    """Gives the ID token of a person, for a client."""


@pytest.fixture(params=["mock", "here"])
def provided(request: pytest.FixtureRequest) -> Iterator[Provider]:
    with ExitStack() as stack:
        if request.param == "here":
            here = stack.enter_context(provider())
            yield Provider(
                here.issuer, lambda person, client: here.mint(**{"sub": person, "aud": client, **PEOPLE[person]})
            )
            return
        users = [User(sub=name, claims=claims) for name, claims in PEOPLE.items()]
        issuer = f"http://localhost:{stack.enter_context(run_server_in_thread(user_claims=users)).server_port}"
        yield Provider(issuer, lambda person, client: _by_code(issuer, person, client))


def _by_code(issuer: str, person: str, client: str) -> str:
    """Sign in as a browser does: authorization code, redirect, token."""
    back = "http://localhost:9/back"
    query = {"client_id": client, "redirect_uri": back, "response_type": "code", "scope": "openid email"}
    agreed = httpx.post(f"{issuer}/oauth2/authorize", params=query, data={"sub": person})
    code = parse_qs(urlsplit(agreed.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
    given = httpx.post(f"{issuer}/oauth2/token", data=form, auth=(client, "secret"))
    return str(given.json()["id_token"])


@pytest.mark.parametrize(
    ("person", "client", "status", "code"),
    [
        ("known", CLIENT, 200, ""),
        ("known", "payroll", 401, "token_invalid"),
        ("unverified", CLIENT, 403, "unknown_person"),
        ("unknown", CLIENT, 403, "unknown_person"),
    ],
    ids=["known", "for another client", "address not verified", "unknown"],
)
def test_who_is_let_in(
    past: Path, tmp_path: Path, provided: Provider, person: str, client: str, status: int, code: str
) -> None:
    with whole(past, tmp_path, oidc_issuer=provided.issuer, oidc_client_id=CLIENT) as (url, _):
        token = provided.sign_in(person, client)
        answer = httpx.get(f"{url}/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json().get("code", "")) == (status, code)
        if status == 200:
            assert answer.json()["principal"] == "crm-lead"
