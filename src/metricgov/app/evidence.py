"""What lets a definition through, as a chain that can be looked up: change, contents, every approval, who was heard."""

from __future__ import annotations

from metricgov.app.access import Access
from metricgov.app.deadlines import consulted
from metricgov.domain.errors import MetricgovError
from metricgov.domain.verdict import Agreed, Evidence, Ruling
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.judge import Judgement
from metricgov.domain.workflow.state import ChangeState, Decision


def evidence(access: Access, state: ChangeState, judgement: Judgement) -> Evidence:
    """Return what was counted for a change, as it was judged here."""
    revision = state.revision
    assert revision is not None, "only contents are covered"
    return Evidence(
        change=state.change,
        revision=revision.number,
        cycle=state.cycle,
        digest=revision.digest,
        submitted_at=state.submitted_at,
        approvals=tuple(
            Agreed(
                principal=vote.principal,
                seq=vote.decision.seq,
                at=vote.decision.at,
                identity=str(vote.decision.identity),
                proof=proof_of(access, state.change, vote.decision),
                kept=vote.kept,
                self_approved=vote.decision.self_approved,
                on_behalf_of=vote.decision.on_behalf_of or "",
            )
            for vote in judgement.approvals
        ),
        consulted=consulted(judgement.answers),
        reverts=judgement.purity.change if judgement.purity else "",
        pure_revert=judgement.purity is not None and judgement.purity.pure,
        effect=state.effect.evidence if state.effect else "",
        accepted=tuple(
            Ruling(block.id, block.metric, block.says, one.principal, one.seq, one.reason)
            for block, one in judgement.ruled
        ),
    )


def proof_of(access: Access, change: str, decision: Decision) -> str:
    """Return the fingerprint of the key behind a decision that was found to be signed, "" for any other."""
    if decision.identity is not Identity.SIGNED or access.signatures is None:
        return ""
    from metricgov.domain.ssh import Malformed, read_signature

    try:
        return read_signature(access.signatures.signatures(change)[decision.seq]).key.fingerprint
    except (MetricgovError, Malformed, KeyError):
        return ""
