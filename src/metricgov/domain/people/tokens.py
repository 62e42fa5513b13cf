"""Which tokens somebody may make: never more than they have themselves, and nobody becomes somebody else by one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

from metricgov.domain.errors import BadInput, Refused


class Right(StrEnum):
    """What a token can allow, in the order in which it is shown. Whose approval counts, the registry's RACI says."""

    READ = "read"
    PROPOSE = "propose"
    DECIDE = "decide"
    APPLY = "apply"
    AUDIT = "audit"
    ADMIN = "admin"


FOR_OTHERS = frozenset({Right.READ})
"""What an administrator may give to others: with more, the token would let its maker decide in their name."""


def scopes_of(words: Sequence[str]) -> tuple[Right, ...]:
    """Return rights in their order, from words with commas or spaces; BadInput where one is none."""
    wanted = {one for word in words for one in word.replace(",", " ").split()}
    if unknown := sorted(wanted - set(Right)):
        raise BadInput("scope_unknown", f"{', '.join(unknown)} is no right", hint=f"there are: {', '.join(Right)}")
    if not wanted:
        raise BadInput("scope_missing", "a token needs at least one right", hint=f"there are: {', '.join(Right)}")
    return tuple(one for one in Right if one in wanted)


def check_end(own: str, wanted: str) -> str:
    """Return the end of a token that is made with another one: never after that one's own ("": without an end)."""
    if own and wanted > own:
        raise Refused(
            "right_missing",
            "a token cannot outlive the one it is made with",
            hint="whoever runs the server makes longer ones: metricgov token create",
        )
    return wanted or own


def check_grant(maker: str, has: Collection[str], person: str, scopes: Collection[str]) -> None:
    """Refuse a token that its maker may not make over HTTP.

    For oneself: no right that one does not have. For others: only with the right `admin`, and only to read.
    """
    if person == maker:
        if more := sorted(set(scopes) - set(has)):
            raise Refused(
                "right_missing",
                f"you cannot give what you do not have: {', '.join(more)}",
                hint="whoever runs the server can: metricgov token create",
            )
        return
    if "admin" not in has:
        raise Refused("right_missing", "this takes the right admin", hint="make a token for yourself")
    if more := sorted(set(scopes) - FOR_OTHERS):
        raise Refused(
            "not_yours",
            f"nobody makes tokens with which they could {', '.join(more)} in somebody else's name",
            hint=f"{person} makes it, or whoever runs the server: metricgov token create {person}",
        )
