"""One signed request, as Standard Webhooks has it: bound in time and size, led nowhere else, kept out of the house."""

from __future__ import annotations

import ipaddress
import math
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from metricgov.domain.notices.words import Message
from metricgov.ports.notifier import Sent

LARGEST: Final = 262_144
"""Bytes of a body; what is larger is dead at once."""

PATIENCE: Final = 10.0
"""Seconds for connecting and for each answer of the network."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook goes; every secret signs, so that a receiver may change from one to the next."""

    url: str
    secrets: Sequence[str]
    allow_private: bool = False


class Unusable(Exception):
    """The target cannot be asked; `final` where no later attempt could."""

    def __init__(self, says: str, *, final: bool) -> None:
        super().__init__(says)
        self.final = final


def post(target: Target, message: Message, data: bytes) -> Sent:
    """Send once and say what became of it; only an answer of 200 to 299 means that it arrived."""
    import httpx

    if len(data) > LARGEST:
        return Sent(f"the message has {len(data)} bytes, more than {LARGEST}", final=True)
    try:
        url, host = _pinned(target)
        headers = {**_signed(target.secrets, message.id, data), "content-type": "application/json", "host": host}
        with (
            httpx.Client(timeout=PATIENCE, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "POST", url, content=data, headers=headers, extensions={"sni_hostname": host.partition(":")[0]}
            ) as answer,
        ):
            return _read(answer.status_code, answer.headers.get("retry-after", ""))
    except Unusable as error:
        return Sent(str(error), final=error.final)
    except httpx.TimeoutException:
        return Sent(f"no answer within {PATIENCE:g} seconds")
    except httpx.HTTPError as error:
        return Sent(f"it could not be reached: {str(error) or type(error).__name__}")


def _read(status: int, retry_after: str) -> Sent:
    if 200 <= status < 300:
        return Sent()
    wait = _seconds(retry_after)
    match status:
        case 410:
            return Sent("the receiver says it is gone for good (410): take it out of notify.toml", final=True)
        case 401 | 403:
            return Sent(f"the receiver refuses the signature ({status}): compare the secrets on both sides", wait=wait)
        case 404:
            return Sent("there is nothing at that address (404): look at its url")
        case 413:
            return Sent("the receiver takes no message of this size (413)", final=True)
        case 429 | 503:
            return Sent(f"the receiver asks to wait ({status})", wait=wait)
        case _ if 300 <= status < 400:
            return Sent(f"it leads elsewhere ({status}), which is not followed: put the final address as its url")
        case _:
            return Sent(f"the receiver answered {status}", wait=wait)


def _seconds(said: str) -> float:
    """Return a Retry-After in seconds, 0 for what is none."""
    try:
        found = float(said)
        return max(0.0, found) if math.isfinite(found) else 0.0
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(said)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(0.0, (at - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _signed(secrets: Sequence[str], ident: str, data: bytes) -> dict[str, str]:
    from standardwebhooks import Webhook

    at = datetime.now(UTC)
    signatures = []
    for secret in secrets:
        try:
            if not secret.startswith("whsec_"):
                raise ValueError("its beginning is missing")
            signatures.append(Webhook(secret).sign(ident, at, data.decode()))
        except Exception as error:  # the library raises what base64 raises, and errors of its own
            raise Unusable("a secret is none: it has to be whsec_ and base64", final=False) from error
    return {
        "webhook-id": ident,
        "webhook-timestamp": str(math.floor(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _pinned(target: Target) -> tuple[str, str]:
    """Return the URL with an address that was looked at in place of the name, and the host as the receiver knows it.

    The name is looked up once: whoever answers for it cannot change the answer between the check and the request.
    """
    import httpx

    try:
        url = httpx.URL(target.url)
    except httpx.InvalidURL as error:
        raise Unusable(f"its url is none: {error}", final=True) from None
    if url.scheme not in ("https", "http") or not url.host or url.userinfo:
        raise Unusable("its url has to be https://host/path, without a user", final=True)
    if url.scheme == "http" and not target.allow_private:
        raise Unusable("its url is not https; allow_private = true lets it pass in your own network", final=True)
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unusable(f"the name {url.host} is not known", final=False) from None
    addresses = [str(one[4][0]) for one in found]
    if not target.allow_private and not all(_public(one) for one in addresses):
        raise Unusable(f"{url.host} is an address of a private network; allow_private = true lets it pass", final=True)
    return str(url.copy_with(host=addresses[0])), url.netloc.decode()


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (mapped is None or mapped.is_global)
