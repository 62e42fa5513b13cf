"""A notice: one thing that one person is told because of one event; its words live in words.py."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from metricgov.domain.digest import sha256_hex


class NoticeKind(StrEnum):
    """Why somebody is told; what people choose for themselves (preferences.py) is said by these words."""

    DECIDE = "decide"
    ANSWER = "answer"
    REVISE = "revise"
    MENTIONED = "mentioned"
    OWN = "own"
    TALK = "talk"
    FOLLOWED = "followed"
    INFORMED = "informed"


GRAVITY: dict[NoticeKind, int] = {kind: rank for rank, kind in enumerate(reversed(NoticeKind))}
"""Who is told for two reasons is told the graver one, which has the higher number."""

ASKS: frozenset[NoticeKind] = frozenset({NoticeKind.DECIDE, NoticeKind.ANSWER, NoticeKind.REVISE})
"""Kinds that ask somebody to act: never silent, whatever people choose."""


class Urgency(StrEnum):
    """How soon it wants to be read; the order is that of the lines."""

    NOW = "now"
    SOON = "soon"
    CALM = "calm"


@dataclass(frozen=True, slots=True)
class Notice:
    """What one person is told of one event.

    `seq` is the event's, `change` a full id ("": the registry), `definition` its gravest definition. `headline` stands
    in the subject line; `says` is what happened, `changed` what the change does to which definitions, `words` what its
    author wrote, `because` why it is this reader, `asks` what they are asked to do ("": nothing), `until` a UTC second
    ("": no limit).
    """

    seq: int
    at: str
    change: str
    definition: str
    person: str
    kind: NoticeKind
    urgency: Urgency
    headline: str
    says: str
    because: str
    changed: str = ""
    words: str = ""
    asks: str = ""
    until: str = ""


def notice_id(registry: str, seq: int, person: str, channel: str) -> str:
    """Return the id by which a receiver drops a repeat (INV-54): the same in every process and every attempt."""
    return "ntc_" + sha256_hex("\n".join((registry, str(seq), person, channel)).encode())[:32]
