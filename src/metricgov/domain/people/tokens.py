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


LONGEST_NAME = 100
"""Characters of a token's name."""

PRUNED_AFTER_DAYS = 90
"""Days that a token is still listed after it has ended."""


def scopes_of(words: Sequence[str]) -> tuple[Right, ...]:
    """Return rights in their order, from words with commas or spaces; BadInput where one is none."""
    wanted = {one for word in words for one in word.replace(",", " ").split()}
    if unknown := sorted(wanted - set(Right)):
        raise BadInput("scope_unknown", f"{', '.join(unknown)} is no right", hint=f"there are: {', '.join(Right)}")
    if not wanted:
        raise BadInput("scope_missing", "a token needs at least one right", hint=f"there are: {', '.join(Right)}")
    return tuple(one for one in Right if one in wanted)


def check_name(name: str) -> str:
    """Return the name of a token as lists show it; BadInput where it is none."""
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        says = f"the name of a token has up to {LONGEST_NAME} printable characters"
        raise BadInput("bad_name", says, hint="say what it is for: laptop")
    return name.strip()


def check_end(own: str, wanted: str, now: str) -> str:
    """Return the end of a token that is made with another one: never after that one's own ("": without an end)."""
    if wanted and wanted <= now:
        raise BadInput("end_past", "a token that has ended already opens nothing", hint="name a day to come, or 90d")
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


def check_revocation(has: Collection[str], scopes: Collection[str], *, made_with_it: bool) -> None:
    """Refuse to end a token of one's own that allows more than the one that is held, unless it came from that."""
    if not made_with_it and (more := sorted(set(scopes) - set(has))):
        raise Refused(
            "right_missing",
            f"that token allows more than yours: {', '.join(more)}",
            hint="end it with one that allows as much; whoever runs the server can: metricgov token revoke",
        )
