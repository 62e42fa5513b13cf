"""Over which channels people are told, what at once, what in a digest, what never; the file is read in adapters."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from metricgov.domain.digest import sha256_hex
from metricgov.domain.notices.notice import ASKS, Notice, NoticeKind


class Form(BaseModel):
    """Base of the tables of the file: what is misspelt is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Every(StrEnum):
    """How often a digest is sent."""

    DAILY = "daily"
    WEEKLY = "weekly"


Kinds = tuple[NoticeKind, ...]


class Person(Form):
    """What one person wants; an absent list is that of [defaults]."""

    to: tuple[str, ...] = ()
    digest: Kinds | None = None
    never: Kinds | None = None
    every: Every | None = None


class Defaults(Form):
    """What holds for everybody who says nothing else; `{email}` in `to` is the address of people.yaml."""

    to: tuple[str, ...] = ()
    digest: Kinds = (NoticeKind.FOLLOWED, NoticeKind.INFORMED)
    never: Kinds = ()
    every: Every = Every.DAILY


class Webhook(Form):
    """An address that hears of every event of these kinds (none: all), signed by each of the secrets."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    url: str
    secrets: Annotated[tuple[str, ...], Field(min_length=1)]
    kinds: tuple[str, ...] = ()
    allow_private: bool = False


class Wishes(Form):
    """The whole file."""

    base: str = ""
    defaults: Defaults = Defaults()
    people: dict[str, Person] = {}
    webhooks: tuple[Webhook, ...] = ()


Way = Literal["at once", "daily", "weekly", "never"]


def addresses(wishes: Wishes, person: str, email: str = "") -> tuple[str, ...]:
    """Return the addresses of a person as the file writes them; a hashed e-mail fills nothing in."""
    own = wishes.people.get(person)
    if own is not None and own.to:
        return own.to
    known = email if "@" in email else ""
    return tuple(one.replace("{email}", known) for one in wishes.defaults.to if known or "{email}" not in one)


def way(wishes: Wishes, notice: Notice) -> Way:
    """Return when a person wants to hear of this; what asks them to act is never left out (INV-54)."""
    own, rest = wishes.people.get(notice.person, Person()), wishes.defaults
    never = rest.never if own.never is None else own.never
    digest = rest.digest if own.digest is None else own.digest
    if notice.kind in never and notice.kind not in ASKS:
        return "never"
    if notice.kind in digest:
        return "weekly" if (own.every or rest.every) is Every.WEEKLY else "daily"
    return "at once"


def channel_of(address: str) -> str:
    """Return the name of a channel that tells nothing of its address: `mailto-1f0c9a2b`."""
    scheme = address.partition(":")[0] if "://" in address else "named"
    return f"{scheme[:20]}-{sha256_hex(address.encode())[:8]}"
