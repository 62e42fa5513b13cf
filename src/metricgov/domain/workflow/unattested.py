"""Identities that a policy may ask for and that nothing can attest yet: `server` and `host` are met by a signature."""

from __future__ import annotations

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.presets import GOVERNANCE
from metricgov.domain.workflow.rights import Governance

UNATTESTED = frozenset({Identity.SERVER, Identity.HOST})


def unattested(governance: Governance) -> dict[str, tuple[str, ...]]:
    """Return the classes of change for which the policy asks for such an identity, by identity; scopes included."""
    found: dict[str, list[str]] = {}
    for key in (*map(str, ChangeClass), GOVERNANCE):
        scoped = {one.identity for scope in governance.policy.scopes if (one := scope.classes.get(key)) is not None}
        for identity in sorted({governance.rule(key).identity, *filter(None, scoped)} & UNATTESTED):
            found.setdefault(identity.value, []).append(key)
    return {identity: tuple(classes) for identity, classes in found.items()}


def met_by_a_key(identity: Identity) -> str:
    """Return what to add where people are asked for such an identity; "" for one that can be attested."""
    return "; nothing attests host or server yet, so that takes a signature" if identity in UNATTESTED else ""
