"""JSON from and to a provider of identities: over https, bounded in size and time, from no other address."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from metricgov.domain.errors import Undecidable

if TYPE_CHECKING:
    import httpx

LARGEST: Final = 512 * 1024
"""Bytes of the largest answer that is read."""

PATIENCE: Final = 5.0
"""Seconds that the provider may be silent."""

LONGEST: Final = 10.0
"""Seconds that a whole answer may take."""

DISCOVERY: Final = "/.well-known/openid-configuration"
"""Where a provider describes itself (OpenID Connect Discovery 1.0, 4)."""


def is_safe(url: str) -> bool:
    """Say whether nobody on the way can read or change what is sent to an address: https, or this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or not url.isascii() or not url.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_here(host))


def is_here(host: str) -> bool:
    """Say whether a host is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def discovered(issuer: str) -> dict[str, Any]:
    """Return how a provider describes itself; Undecidable where it says that it is another one."""
    _, said = asked(issuer.rstrip("/") + DISCOVERY, whole=True)
    if said.get("issuer") != issuer:
        raise unusable(issuer, f"it calls itself {str(said.get('issuer'))[:200]!r}")
    return said


def asked(
    url: str, form: Mapping[str, str] | None = None, *, whole: bool = False, client: tuple[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """Return status and JSON object of an answer, to GET or to POST of a form; redirects are not followed.

    `client` are the name and secret of a client that shows who it is (RFC 6749, 2.3.1).

    Undecidable where there is none (`provider_unreachable`), or none of use (`provider_unusable`); with `whole`, any
    status but 200 is that too.
    """
    import httpx

    if not is_safe(url):
        raise unusable(url, "it is not an https address")
    ends = time.monotonic() + LONGEST
    here = is_here(urlsplit(url).hostname or "")
    try:
        with (
            httpx.Client(timeout=PATIENCE, follow_redirects=False, trust_env=not here) as http,
            http.stream(
                "GET" if form is None else "POST",
                url,
                data=dict(form) if form is not None else None,
                headers={"Accept": "application/json"},
                auth=(quote(client[0], safe=""), quote(client[1], safe="")) if client else None,
            ) as answer,
        ):
            status, content = answer.status_code, _read(answer, url, ends)
    except httpx.HTTPError as error:
        raise unreachable(url, str(error) or type(error).__name__) from None
    if status >= 500 or status == 429:
        raise unreachable(url, f"it answers {status}")
    if whole and status != 200:
        raise unusable(url, f"it answers {status}")
    try:
        said = json.loads(content or b"{}")  # a revocation is answered with nothing (RFC 7009, 2.2)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise unusable(url, f"it answers {status} without a JSON object")
    return status, said


def _read(answer: httpx.Response, url: str, ends: float) -> bytes:
    content = bytearray()
    for part in answer.iter_bytes():
        content += part
        if len(content) > LARGEST:
            raise unusable(url, f"it answers with more than {LARGEST} bytes")
        if time.monotonic() > ends:
            raise unreachable(url, f"no whole answer in {LONGEST:g} seconds")
    return bytes(content)


def unreachable(url: str, why: str) -> Undecidable:
    """Return that a provider does not answer."""
    says = f"the provider of identities does not answer: {url}: {why}"
    return Undecidable("provider_unreachable", says, hint="try again in a minute; tokens of the server work meanwhile")


def unusable(url: str, why: str) -> Undecidable:
    """Return that a provider answers something that cannot be used."""
    says = f"the provider of identities cannot be used: {url}: {why}"
    return Undecidable("provider_unusable", says, hint="whoever runs the server looks at METRICGOV_OIDC_ISSUER")
