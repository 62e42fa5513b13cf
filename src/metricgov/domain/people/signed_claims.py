"""What the claims of a provider of identities (OpenID Connect) are worth here: whose they are, and what they allow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from metricgov.domain.errors import Refused
from metricgov.domain.people.tokens import Right
from metricgov.domain.workflow.rights import Governance

LEEWAY: Final = 60
"""Seconds by which the clocks of provider and server may differ."""

EMAIL: Final = "email"
"""The claim that is compared with addresses of people.yaml; any other one with its ids."""

LONGEST: Final = 254
"""Characters of the longest address (RFC 5321, 4.5.3), and of any name that is compared."""


@dataclass(frozen=True, slots=True)
class Meant:
    """For whom a token must have been made: who issues it, for which audience, by which clients it was asked for."""

    issuer: str
    audience: str
    clients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What people get who sign in by the provider: `rights` everybody, those of `groups` whom the claim names there."""

    rights: frozenset[Right]
    groups: Mapping[str, frozenset[Right]] = field(default_factory=dict)
    claim: str = "groups"

    def to(self, claims: Mapping[str, Any]) -> frozenset[Right]:
        """Return the rights of whoever has these claims."""
        said = claims.get(self.claim)
        named = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        return self.rights.union(*(self.groups.get(one, frozenset()) for one in named if isinstance(one, str)))


@dataclass(frozen=True, slots=True)
class Found:
    """Who claims are about: a principal, or `called` alone with `why` it is nobody here."""

    principal: str
    called: str
    why: str = ""


def check_claims(claims: Mapping[str, Any], meant: Meant, now: float) -> None:
    """Refuse (`token_invalid`) claims that are not meant for this server at this second (UTC, since 1970).

    OpenID Connect Core 1.0, 3.1.3.7; RFC 7519, 4.1; RFC 9068, 4.
    """
    if claims.get("iss") != meant.issuer:
        raise _invalid(f"comes from {_word(claims.get('iss'))}, not from {meant.issuer}")
    audience = claims.get("aud")
    if meant.audience not in ([audience] if isinstance(audience, str) else _words(audience)):
        raise _invalid(f"is not meant for {meant.audience}")
    for name in ("azp", "client_id"):
        if name in claims and claims[name] not in meant.clients:
            raise _invalid(f"was made for another program: {_word(claims[name])}")
    if "events" in claims:  # a logout token, signed by the same key (OpenID Connect Back-Channel Logout, 2.4)
        raise _invalid("is a message about signing out")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise _invalid("does not say whose it is")
    _check_times(claims, now)


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    moments = {name: _second(claims[name]) for name in ("exp", "nbf", "iat") if name in claims}
    if any(moment is None for moment in moments.values()):
        raise _invalid("holds a time that is none")
    if (ends := moments.get("exp")) is None:
        raise _invalid("does not say when it ends")
    if ends + LEEWAY <= now:
        raise _invalid("has expired")
    for name in ("nbf", "iat"):
        if (begins := moments.get(name)) is not None and begins - LEEWAY > now:
            raise _invalid("is not valid yet")


def _second(value: Any) -> float | None:
    """Return a NumericDate; None for what is none, where truth, NaN and infinity are none."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _END_OF_TIME
    return float(value) if known and math.isfinite(value) else None


_END_OF_TIME: Final = 253402300800
"""The first second of the year 10000, which no date here can name."""


def person_of(claims: Mapping[str, Any], claim: str, governance: Governance) -> Found:
    """Return who of the registry has these claims, by the address that the provider has verified, or by an id.

    Whatever leaves a doubt is nobody: an address that is not verified, or not plain. Two people cannot have one.
    """
    said = claims.get(claim)
    called = said if isinstance(said, str) and _plain(said) else str(claims.get("sub", ""))[:LONGEST]
    if not isinstance(said, str) or called != said:
        return Found("", called, f"the provider says no {claim} of {_word(called)} that could be compared")
    if claim != EMAIL:
        return Found(said if governance.knows(said) else "", called)
    if claims.get("email_verified") is not True:
        return Found("", called, f"the provider has not verified that {said} is theirs")
    holder = governance.principal_of(said) if "@" in said else None
    return Found(holder if holder is not None and governance.knows(holder) else "", called)


def _plain(word: str) -> bool:
    """Say whether a word is compared as it is: other alphabets have letters that become ours in lower case."""
    return 0 < len(word) <= LONGEST and word.isascii() and word.isprintable() and " " not in word


def _words(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _word(value: Any) -> str:
    """Return a value of somebody else's as words for people may name it."""
    return repr(value if isinstance(value, str) else type(value).__name__)[:LONGEST]


def _invalid(why: str) -> Refused:
    return Refused("token_invalid", f"this token {why}", hint="sign in once more: metricgov login")
