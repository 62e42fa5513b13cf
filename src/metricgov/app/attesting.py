"""Who is really behind the decisions of a change, by the keys of one base; what then follows is judged by the core.

The journal only claims an identity. `signed` counts where a key that is active in the base's people.yaml signed exactly
the statement of the decision (INV-60, INV-61); everything else counts as claimed, because nothing can attest it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from metricgov.app.access import Access
from metricgov.domain.digest import canonical_json
from metricgov.domain.errors import BadInput, MetricgovError
from metricgov.domain.workflow.envelope import Envelope, Identity
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.vocabulary import Verdict

if TYPE_CHECKING:
    from metricgov.domain.workflow.delegations import Delegation
    from metricgov.domain.workflow.state import (
        ChangeState,
        Decision,
        Ending,
        Override,
        Retraction,
    )
    from metricgov.domain.workflow.voice import Voice

Word = TypeVar("Word", bound="Voice")


def attested(state: ChangeState, governance: Governance, access: Access) -> ChangeState:
    """Return the change with the identity behind each decision that can still count, as the base vouches for it.

    Decisions on earlier contents count as claimed unless the policy keeps approvals over a reformatting.
    """
    claims = {*(one.identity for one in state.decisions), *(one.identity for one in state.endings)}
    claims |= {one.identity for one in state.reassignments} | {one.identity for one in state.accepted}
    claims |= {one.identity for one in state.redactions} | {one.identity for one in state.corrections}
    if claims <= {Identity.CLAIMED} and not state.retractions and state.override is None:
        return state
    bench = _Bench(state.change, governance, access)
    latest = len(state.revisions)
    kept = governance.policy.reformatting_keeps_approval

    def decision(one: Decision) -> Decision:
        if one.revision == latest or kept or one.verdict is Verdict.REQUEST_CHANGES:
            return bench.heard(one)
        return replace(one, identity=Identity.CLAIMED)

    def ending(one: Ending) -> Ending:
        return replace(bench.heard(one), objection=bench.heard(one.objection))

    def retraction(one: Retraction) -> Retraction:
        return replace(
            one,
            objection=bench.heard(one.objection),
            voices=tuple(map(bench.heard, one.voices)),
            ending=one.ending and ending(one.ending),
        )

    def override(one: Override) -> Override:
        return replace(
            one,
            called=bench.heard(one.called),
            confirmed=one.confirmed and bench.heard(one.confirmed),
            reviewed=one.reviewed and bench.heard(one.reviewed),
        )

    return replace(
        state,
        override=state.override and override(state.override),
        decisions=tuple(map(decision, state.decisions)),
        endings=tuple(map(ending, state.endings)),
        retractions=tuple(map(retraction, state.retractions)),
        reassignments=tuple(map(bench.heard, state.reassignments)),
        accepted=tuple(map(bench.heard, state.accepted)),
        redactions=tuple(map(bench.heard, state.redactions)),
        corrections=tuple(map(bench.heard, state.corrections)),
    )


def vouched(delegations: tuple[Delegation, ...], governance: Governance, access: Access) -> tuple[Delegation, ...]:
    """Return delegations with the identity of who recorded each, as far as the base's keys vouch for it (INV-61)."""
    if all(one.identity is Identity.CLAIMED for one in delegations):
        return delegations
    bench = _Bench(None, governance, access)
    found = map(bench.heard, delegations)
    other = "which was given for another registry"
    return tuple(
        one
        if (one.said or {}).get("registry") == access.registry
        else replace(one, identity=Identity.CLAIMED, doubt=other)
        for one in found
    )


@dataclass(slots=True)
class _Bench:
    """Checks the words of one change; signatures are read when the first one matters."""

    change: str | None
    governance: Governance
    access: Access
    _signatures: Mapping[int, bytes] | None = field(default=None)

    def heard(self, word: Word) -> Word:
        """Return a word with the identity that was found, and why less than it claims."""
        if word.identity is Identity.CLAIMED:
            return word
        doubt = self._doubt(word)
        return replace(word, identity=Identity.CLAIMED if doubt else Identity.SIGNED, doubt=doubt)

    def _doubt(self, word: Voice) -> str:
        if word.identity is not Identity.SIGNED:
            return f"whose identity {word.identity} nothing here can attest"
        signature = self._read().get(word.seq, b"")
        if not signature or word.said is None:
            return "whose signature is missing"
        return doubt_about(self.governance, self.access, word.principal, canonical_json(word.said), signature)

    def _read(self) -> Mapping[int, bytes]:
        if self._signatures is None:
            signatures = self.access.signatures
            try:
                self._signatures = signatures.signatures(self.change) if signatures else {}
            except MetricgovError:
                self._signatures = {}
        return self._signatures


def identity_behind(event: Envelope, governance: Governance, access: Access) -> Identity:
    """Return the identity behind one decision as a base vouches for it, whatever its event claims."""
    if event.actor.identity is not Identity.SIGNED or event.statement is None or access.signatures is None:
        return Identity.CLAIMED
    signature = access.signatures.signatures(event.change).get(event.seq, b"")
    doubt = doubt_about(governance, access, event.actor.principal, canonical_json(event.statement), signature)
    return Identity.CLAIMED if doubt else Identity.SIGNED


def doubt_about(
    governance: Governance, access: Access, principal: str, statement: bytes, signature: bytes, *, namespace: str = ""
) -> str:
    """Return why a signature does not show that this person made a statement, under this governance; "" if it does."""
    from metricgov.domain.workflow.statement import PURPOSE

    if access.verifier is None:
        return "whose signature nothing here can check"
    try:
        line = access.verifier.signed_by(statement, signature, namespace=namespace or PURPOSE)
    except BadInput as error:
        return f"but {error.message}"
    return _unfit_key(governance, principal, line)


def _unfit_key(governance: Governance, principal: str, line: str) -> str:
    owner, active = next(((who, active) for who, found, active in _keys(governance) if found == line), ("", False))
    if governance.person(principal) is None:
        return "who has no rights any more"
    if not owner:
        return "but signed with a key that is not in governance/people.yaml"
    if owner != principal:
        return f"but {owner}'s key signed it"
    return "" if active else "but signed with a key that is revoked"


def _keys(governance: Governance) -> Iterator[tuple[str, str, bool]]:
    for person in governance.people.people:
        for key in person.keys:
            yield person.id, key.line, key.is_active
