"""How somebody decides here: signed with a key that people.yaml holds, or only claimed, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from metricgov.app.access import Access
from metricgov.domain.errors import MetricgovError, Refused
from metricgov.domain.workflow.envelope import Actor, Identity
from metricgov.domain.workflow.rights import Governance
from metricgov.ports.signing import Signer


@dataclass(frozen=True, slots=True)
class Voice:
    """The ports and the actor of a decision; `unsigned` says why it is not signed, "" where nobody would expect it."""

    access: Access
    actor: Actor
    unsigned: str = ""


def voice_of(
    access: Access,
    governance: Governance,
    actor: Actor,
    *,
    own: bool,
    find: Callable[[], Signer | None],
    asked: bool = False,
) -> Voice:
    """Return how `actor` decides under this governance.

    `own` says that git knows the actor here by their e-mail: only then their own key signs without being asked for.
    `find` returns the key that is configured; `asked` that it was named for this decision, and must be theirs then.
    """
    person = governance.person(actor.principal)
    keys = {key.line: key for key in person.keys} if person else {}
    if not asked and not any(key.is_active for key in keys.values()):
        return Voice(access, actor, f"{actor.principal} has no key in governance/people.yaml")
    if not asked and not own:
        return Voice(access, actor, f"git does not know {actor.principal} here, so --as only claims it")
    try:
        signer = find()
    except MetricgovError as error:
        if asked:
            raise
        return Voice(access, actor, error.message)
    if signer is None:
        return Voice(access, actor, "no signing key is configured here")
    key = keys.get(signer.public)
    if key is not None and key.is_active:
        return Voice(replace(access, signer=signer), replace(actor, identity=Identity.SIGNED))
    why = "is revoked" if key is not None else f"is not in governance/people.yaml for {actor.principal}"
    if asked:
        hint = "run: metricgov key list; metricgov key add FILE proposes a new one"
        raise Refused("signing_key_not_yours", f"the key {_short(signer.public)} {why}", hint=hint)
    return Voice(access, actor, f"the signing key here {why}")


def _short(line: str) -> str:
    from metricgov.domain.ssh import read_public_key

    return read_public_key(line).fingerprint
