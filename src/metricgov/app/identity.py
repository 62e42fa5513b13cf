"""Who acts: the principal that git's e-mail belongs to, or the one that is claimed."""

from __future__ import annotations

from metricgov.domain.definitions.problems import did_you_mean
from metricgov.domain.errors import BadInput
from metricgov.domain.workflow.envelope import Actor
from metricgov.domain.workflow.rights import Governance


def acting(governance: Governance, *, email: str, claimed: str | None = None) -> Actor:
    """Return who acts under this governance.

    `claimed` (`--as`) beats `email` (git's user.email). BadInput where neither names somebody of people.yaml.
    """
    if claimed:
        if governance.person(claimed) or governance.is_service(claimed):
            return Actor(claimed)
        near = did_you_mean(claimed, sorted(governance.active))
        raise BadInput("actor_unknown", f"{claimed!r} is nobody with rights here", hint=near or _LIST)
    if not email:
        raise BadInput("no_identity", "git knows no user.email, so nobody knows who you are", hint=_SET)
    principal = governance.principal_of(email)
    if principal is None:
        raise BadInput("actor_unknown", f"nobody in governance/people.yaml has the e-mail {email}", hint=_SET)
    if governance.person(principal) is None and not governance.is_service(principal):
        raise BadInput("actor_left", f"{principal} has no rights any more", hint=_LIST)
    return Actor(principal)


_SET = "set it with: git config user.email ADDRESS, or act as somebody with --as PERSON"
_LIST = "governance/people.yaml lists who has rights"
