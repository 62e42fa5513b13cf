"""Whether a signature has to stand beside an event, and whether the one that does is over its statement."""

from __future__ import annotations

from metricgov.adapters.signing.verify import SshVerifier
from metricgov.domain.digest import canonical_json
from metricgov.domain.errors import BadInput
from metricgov.domain.workflow.envelope import Envelope, Identity
from metricgov.domain.workflow.possession import KEY_PURPOSE
from metricgov.domain.workflow.registry_events import KeyProved
from metricgov.domain.workflow.statement import PURPOSE
from metricgov.domain.workflow.typed import TYPE_OF


def asks_for_signature(envelope: Envelope) -> bool:
    """Say whether a signature has to stand beside an event: a decision that calls itself signed, a proof of a key."""
    return envelope.actor.identity is Identity.SIGNED or envelope.type == TYPE_OF[KeyProved]


def wrong_signature(envelope: Envelope, signature: bytes, verifier: SshVerifier) -> str:
    """Return what is wrong with the signature beside an event, "" if nothing."""
    proof = envelope.type == TYPE_OF[KeyProved]
    statement = canonical_json(envelope.statement)
    try:
        key = verifier.signed_by(statement, signature, namespace=KEY_PURPOSE if proof else PURPOSE)
    except BadInput as error:
        return error.message
    return "another key than the one it proves made it" if proof and key != envelope.payload.get("key") else ""
