"""Tokens that a provider of identities has signed: its keys by discovery, looked for again where one is new."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from metricgov.adapters.oidc.documents import asked, discovered, unusable
from metricgov.domain.errors import Refused, Undecidable

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, OKPKey, RSAKey

    Key = RSAKey | ECKey | OKPKey

log = logging.getLogger("metricgov.api")

KTY_OF: Final[Mapping[str, str]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    **dict.fromkeys(("Ed25519", "EdDSA"), "OKP"),
}
"""The algorithms that are taken, and the kind of key of each: no `none`, and none whose key is a shared secret."""

TYPES: Final = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
"""What a token may call itself (`typ`, in lower case): an ID token or an access token (RFC 9068)."""

LONGEST_TOKEN: Final = 16_384
MOST_KEYS: Final = 100
SMALLEST_RSA: Final = 2048
"""Bits, as RFC 7518, 3.3 asks."""

FRESH: Final = 600.0
"""Seconds after which keys are asked for again: so long a key that was withdrawn still counts."""

AGAIN: Final = 30.0
"""Seconds at least between two times that the provider is asked, whatever is sent to us."""

OLDEST: Final = 86_400.0
"""Seconds that known keys still count while the provider does not answer."""


class OidcProvider:
    """Implements Provider: verifies with the keys that the issuer lists, which are kept and looked for again."""

    def __init__(self, issuer: str, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._issuer, self._seconds = issuer, seconds
        self._keys: list[tuple[str, Key]] = []
        self._read = self._tried = float("-inf")
        self._failed: Undecidable | None = None
        self._reading: asyncio.Task[None] | None = None

    async def signed(self, token: str) -> Mapping[str, Any]:
        """Return the claims of a token that the provider has signed."""
        header = _header(token)
        return _claims(token, await self._candidates(header), header["alg"])

    async def _candidates(self, header: Mapping[str, Any]) -> Sequence[Key]:
        """Return the keys that may have signed: the one that is named, else the only one of its kind."""
        found = self._named(header)
        await self._refresh(FRESH if found else AGAIN, wait=not found or self._reading is None)
        if self._failed is not None and self._seconds() - self._read >= OLDEST:
            raise self._failed
        if found := self._named(header):
            return found
        if self._failed is not None:
            raise self._failed
        says = "is signed with a key that its provider does not list"
        raise _invalid(says, "where the provider has just changed its keys: again in half a minute")

    async def _refresh(self, older: float, *, wait: bool) -> None:
        """Read the keys again where they are older; once for all who ask, whoever of them hangs up."""
        now = self._seconds()
        if self._reading is None and now - self._read >= older and now - self._tried >= AGAIN:
            self._tried = now
            self._reading = asyncio.create_task(self._read_keys(now))
        if self._reading is not None and wait:
            await asyncio.shield(self._reading)

    async def _read_keys(self, now: float) -> None:
        try:
            self._keys, self._failed = await asyncio.to_thread(keys_of, self._issuer), None
            self._read = now
        except Undecidable as error:
            self._failed = error
            log.warning("%s", error)
        finally:
            self._reading = None

    def _named(self, header: Mapping[str, Any]) -> Sequence[Key]:
        kid, kty, alg = header.get("kid"), KTY_OF[header["alg"]], header["alg"]
        fitting = [(name, key) for name, key in self._keys if key.key_type == kty and (key.get("alg") or alg) == alg]
        if kid is None:
            return [key for _, key in fitting] if len(fitting) == 1 else []
        return [key for name, key in fitting if name == kid]


def keys_of(issuer: str) -> list[tuple[str, Key]]:
    """Return the keys by which a provider signs, with their names; what is no such key is passed over."""
    address = discovered(issuer).get("jwks_uri")
    if not isinstance(address, str):
        raise unusable(issuer, "it does not say where its keys are")
    listed = asked(address, whole=True)[1].get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise unusable(address, f"it lists no keys, or more than {MOST_KEYS}")
    found = [key for one in listed if (key := _key(one)) is not None]
    if not found:
        raise unusable(address, "it lists no key by which tokens are signed")
    return found


def _key(listed: Any) -> tuple[str, Key] | None:
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, OKPKey, RSAKey

    kinds: dict[Any, type[Key]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    if not isinstance(listed, dict) or listed.get("use", "sig") != "sig":
        return None
    kind = kinds.get(str(listed.get("kty")))
    kept: dict[str, str | list[str]] = {
        name: value for name, value in listed.items() if name in _PUBLIC and isinstance(value, str)
    }
    if kind is None or (kind is RSAKey and 6 * len(kept.get("n", "")) < SMALLEST_RSA):
        return None
    try:
        key = kind.import_key(kept)
        small = kind is RSAKey and key.raw_value.key_size < SMALLEST_RSA  # type: ignore[union-attr]
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None if small else (str(kept.get("kid", "")), key)


_PUBLIC: Final = frozenset({"kty", "kid", "alg", "crv", "n", "e", "x", "y"})
"""Fields of a key that are read: never a certificate, an address, or the secret part."""


def _header(token: str) -> dict[str, Any]:
    """Return the header of a token, of which only the algorithm, the name of the key and the type are looked at."""
    first, _, rest = token.partition(".")
    if len(token) > LONGEST_TOKEN or rest.count(".") != 1 or not token.isascii():
        raise _invalid("is none that can be read")
    try:
        header = json.loads(urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, RecursionError):
        raise _invalid("is none that can be read") from None
    if not isinstance(header, dict) or not isinstance(header.get("kid", ""), str):
        raise _invalid("is none that can be read")
    if header.get("alg") not in KTY_OF:
        raise _invalid(f"is signed in a way that is not taken: {str(header.get('alg'))[:20]!r}")
    if str(header.get("typ", "")).lower() not in TYPES or "crit" in header:
        raise _invalid("is of a kind that is not taken")
    return header


def _claims(token: str, candidates: Sequence[Key], alg: str) -> Mapping[str, Any]:
    from joserfc import jws
    from joserfc.errors import JoseError

    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    registry.max_header_length = LONGEST_TOKEN
    for key in candidates:
        try:
            payload = jws.deserialize_compact(token, key, registry=registry).payload
            claims = json.loads(payload or b"")
        except (JoseError, ValueError, TypeError, RecursionError):
            continue
        if isinstance(claims, dict):
            return claims
    raise _invalid("is not signed by its provider")


def _invalid(why: str, hint: str = "sign in once more: metricgov login") -> Refused:
    return Refused("token_invalid", f"this token {why}", hint=hint)
