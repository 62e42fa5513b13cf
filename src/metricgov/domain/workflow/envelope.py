"""The form in which every event stands in the journal; what the types mean lives in events.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from metricgov.domain.digest import JSON, canonical_json, sha256_hex

ZERO = "0" * 64
"""`prev` of the first event."""


class Identity(StrEnum):
    """How sure it is that the actor acted; the order is RANK, weakest first."""

    CLAIMED = "claimed"
    SERVER = "server"
    HOST = "host"
    SIGNED = "signed"


RANK: dict[Identity, int] = {kind: rank for rank, kind in enumerate(Identity)}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a principal id of people.yaml ("" for the program itself) and how that is known."""

    principal: str
    identity: Identity = Identity.CLAIMED


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that is not in the journal yet: everything but its place in the chain.

    `change` is the 26-letter ULID, None for events of the registry; `at` is UTC in seconds; `main` the object id of the
    target tip that the writer saw; `statement` what a decision says, in one object; `blobs` the bytes this event needs,
    by SHA-256; `subjects` the definition ids (`kind:name`) it touches; `signature` the SSHSIG over the statement, b""
    where the actor did not sign; `intent` what was asked, for a journal that may have to decide it again: it is no part
    of the event.
    """

    change: str | None
    type: str
    actor: Actor
    at: str
    payload: Mapping[str, JSON]
    main: str = ""
    statement: Mapping[str, JSON] | None = None
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
    signature: bytes = b""
    intent: Mapping[str, JSON] | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event as the journal holds it. `seq` counts from 1; `prev` is the SHA-256 of the envelope before."""

    seq: int
    prev: str
    main: str
    change: str | None
    type: str
    actor: Actor
    at: str
    payload: Mapping[str, JSON]
    statement: Mapping[str, JSON] | None = None

    def as_json(self) -> dict[str, JSON]:
        """Return the object whose RFC 8785 form is stored."""
        return {
            "seq": self.seq,
            "prev": self.prev,
            "main": self.main,
            "change": self.change,
            "type": self.type,
            "actor": {"principal": self.actor.principal, "identity": self.actor.identity.value},
            "at": self.at,
            "payload": self.payload,
            "statement": self.statement,
        }

    def to_bytes(self) -> bytes:
        """Return the stored bytes."""
        return canonical_json(self.as_json())

    @property
    def sha256(self) -> str:
        """The digest that the next event names as `prev`."""
        return sha256_hex(self.to_bytes())
