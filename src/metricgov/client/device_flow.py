"""Signing in from a command line: a code that somebody enters in a browser, anywhere (RFC 8628)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from metricgov.adapters.oidc.documents import asked, discovered, is_safe, unusable
from metricgov.client.kept_logins import Login
from metricgov.domain.errors import BadInput, Refused, Undecidable

GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"

INTERVAL: Final = 5.0
"""Seconds between two questions where the provider says nothing else, and that `slow_down` adds (3.2, 3.5)."""

SLOWEST: Final = 60.0
LONGEST: Final = 1800.0
"""Seconds that a code is waited for at most, whatever the provider says."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What somebody is asked to do: open `address`, enter `code`; or open `whole`, "" where there is none."""

    issuer: str
    address: str
    code: str
    whole: str
    seconds: float


def sign_in(
    url: str,
    said: Mapping[str, Any],
    tell: Callable[[Prompt], None],
    *,
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Login:
    """Return the sign-in of somebody at the provider that a server names (`said`, GET /v1/sign-in).

    `tell` hears once what to do. Refused where they say no or nothing (`login_denied`, `login_expired`), or the
    provider does (`login_refused`); Undecidable where it does not answer; BadInput where there is no such way in.
    """
    issuer, client = str(said.get("issuer", "")), str(said.get("client_id", ""))
    if not issuer or not client:
        says = f"{url} takes tokens of its own only"
        raise BadInput("no_provider", says, hint="export METRICGOV_TOKEN=…; whoever runs the server makes one")
    about = discovered(issuer)
    if not isinstance(begin := about.get("device_authorization_endpoint"), str):
        says = f"{issuer} lets nobody sign in from a command line: it has no device flow"
        raise BadInput("no_device_flow", says, hint="export METRICGOV_TOKEN=…; whoever runs the server makes one")
    login = Login(
        issuer,
        client,
        "access_token" if said.get("bearer") == "access_token" else "id_token",
        token="",
        ends=0.0,
        token_endpoint=str(about.get("token_endpoint", "")),
        revocation_endpoint=str(about.get("revocation_endpoint", "")),
    )
    status, begun = asked(begin, {"client_id": client, "scope": str(said.get("scopes", "openid"))})
    if status != 200:
        raise _refused(issuer, begun)
    prompt, device = _prompt(issuer, begun)
    tell(prompt)
    form = {"grant_type": GRANT, "device_code": device, "client_id": client}
    interval = min(_seconds(begun.get("interval"), INTERVAL), SLOWEST)
    return login.given(_waited(login, form, interval, clock() + prompt.seconds, wait, clock), url=url)


def sign_out(login: Login) -> str:
    """Let the provider end what could still be renewed (RFC 7009); return what people should know where it did not."""
    if not login.refresh:
        return ""
    if not login.revocation_endpoint:
        return f"{login.issuer} cannot be told; its own sessions page may list this sign-in."
    form = {"token": login.refresh, "token_type_hint": "refresh_token", "client_id": login.client_id}
    try:
        status, _ = asked(login.revocation_endpoint, form)
    except Undecidable as error:
        return f"Its provider could not be told: {error.message}"
    return "" if status == 200 else f"Its provider did not take it: it answers {status}."


def _prompt(issuer: str, begun: Mapping[str, Any]) -> tuple[Prompt, str]:
    """Return what to tell people, and the code that is ours; what could do harm to a terminal is refused."""
    code, device = begun.get("user_code"), begun.get("device_code")
    address, whole = begun.get("verification_uri"), begun.get("verification_uri_complete", "")
    if not (isinstance(code, str) and 0 < len(code) <= 100 and code.isprintable() and isinstance(device, str)):
        raise unusable(issuer, "it gives no code")
    if not (isinstance(address, str) and is_safe(address)):
        raise unusable(issuer, "it gives no https address at which the code could be entered")
    whole = whole if isinstance(whole, str) and is_safe(whole) else ""
    return Prompt(issuer, address, code, whole, min(_seconds(begun.get("expires_in"), 600.0), LONGEST)), device


def _waited(
    login: Login,
    form: Mapping[str, str],
    interval: float,
    ends: float,
    wait: Callable[[float], None],
    clock: Callable[[], float],
) -> Mapping[str, Any]:
    """Ask until somebody has answered (3.4, 3.5)."""
    while True:
        wait(interval)
        try:
            status, said = asked(login.token_endpoint, form)
        except Undecidable as error:
            if error.code != "provider_unreachable" or clock() >= ends:
                raise
            interval = min(interval * 2, SLOWEST)
            continue
        if status == 200:
            return said
        match said.get("error"):
            case "authorization_pending" if clock() < ends:
                pass
            case "slow_down" if clock() < ends:
                interval = min(interval + INTERVAL, SLOWEST)
            case "authorization_pending" | "slow_down" | "expired_token":
                raise Refused("login_expired", "nobody entered the code in time", hint="metricgov login begins anew")
            case "access_denied":
                raise Refused("login_denied", f"the sign-in was declined at {login.issuer}", hint="nothing was kept")
            case _:
                raise _refused(login.issuer, said)


def _refused(issuer: str, said: Mapping[str, Any]) -> Refused:
    words = " ".join(str(said[name]) for name in ("error", "error_description") if said.get(name))
    shown = "".join(one if one.isprintable() else " " for one in words)[:300] or "no reason"
    hint = "whoever runs the server allows its client (METRICGOV_OIDC_CLIENT_ID) the device flow there"
    return Refused("login_refused", f"{issuer} lets nobody sign in: {shown}", hint=hint)


def _seconds(value: Any, otherwise: float) -> float:
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e9
    return max(1.0, float(value)) if known else otherwise
