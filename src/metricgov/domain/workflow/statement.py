"""The statement of a decision: everything of INV-02 in one JSON object, built here and compared in admit.py."""

from __future__ import annotations

from collections.abc import Mapping

from metricgov.domain.digest import JSON, sha256_hex
from metricgov.domain.workflow.events import (
    Abstained,
    Acknowledged,
    Approved,
    ChangesRequested,
    Decided,
    DecisionWithdrawn,
    ObjectionEnded,
    OverrideCalled,
    OverrideConfirmed,
    OverrideReviewed,
    Reassigned,
    Redacted,
    Rejected,
    WarningAccepted,
)
from metricgov.domain.workflow.registry_events import Delegated
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import Verdict

PURPOSE = "metricgov.decision/v1"
"""The `type` of every statement, and the namespace of its signature."""

VERDICTS: dict[type[Decided], Verdict] = {
    Approved: Verdict.APPROVE,
    ChangesRequested: Verdict.REQUEST_CHANGES,
    Rejected: Verdict.REJECT,
    Acknowledged: Verdict.ACKNOWLEDGE,
    Abstained: Verdict.ABSTAIN,
    DecisionWithdrawn: Verdict.WITHDRAW_DECISION,
    ObjectionEnded: Verdict.END_OBJECTION,
    OverrideCalled: Verdict.OVERRIDE,
    OverrideConfirmed: Verdict.OVERRIDE,
    OverrideReviewed: Verdict.REVIEW_OVERRIDE,
    WarningAccepted: Verdict.ACCEPT_WARNING,
}
"""What each event of a decision says."""


def statement(state: ChangeState, decided: Decided, principal: str) -> dict[str, JSON]:
    """Return the statement that belongs to a decision on the revision under review.

    Ending an objection names whose it is: `end_objection:<principal>`; reviewing an override says what became of it:
    `review_override:<outcome>`; accepting a warning says which, of which evidence:
    `accept_warning:<id>:<metric>:<evidence>`. `for` stands in it only where the decision fills another's place,
    `definitions` only where it is limited to some.
    """
    word: str = VERDICTS[type(decided)].value
    if isinstance(decided, ObjectionEnded):
        word = f"{word}:{decided.principal}"
    if isinstance(decided, OverrideReviewed):
        word = f"{word}:{decided.outcome}"
    if isinstance(decided, WarningAccepted):
        word = f"{word}:{decided.warning}:{decided.metric}:{decided.evidence}"
    revision = state.revision
    limits: dict[str, JSON] = {"definitions": list(decided.definitions)} if decided.definitions else {}
    spoken_for: dict[str, JSON] = {"for": decided.on_behalf_of} if decided.on_behalf_of is not None else {}
    return spoken_for | {
        "type": PURPOSE,
        "registry": state.registry,
        "change": state.change,
        "revision": decided.revision,
        "cycle": decided.cycle,
        "digest": decided.digest,
        "canonical": revision.canonical if revision else "",
        "target": state.target,
        "decision": word,
        "principal": principal,
        "reason_sha256": sha256_hex(decided.reason.encode()),
        **limits,
    }


def handing_over(state: ChangeState, payload: Reassigned, principal: str) -> dict[str, JSON]:
    """Return the statement that belongs to giving the accountable's place of a change away."""
    return {
        "type": PURPOSE,
        "registry": state.registry,
        "change": state.change,
        "target": state.target,
        "decision": f"reassign:{payload.giver}:{payload.to}",
        "principal": principal,
        "reason_sha256": sha256_hex(payload.reason.encode()),
    }


def taking_out(state: ChangeState, payload: Redacted, principal: str) -> dict[str, JSON]:
    """Return the statement that belongs to taking bytes of a change out of the journal's tip."""
    return {
        "type": PURPOSE,
        "registry": state.registry,
        "change": state.change,
        "target": state.target,
        "decision": "redact",
        "blobs": list(payload.blobs),
        "principal": principal,
        "reason_sha256": sha256_hex(payload.reason.encode()),
    }


def lending(payload: Delegated, principal: str, registry: str) -> dict[str, JSON]:
    """Return the statement that belongs to a delegation."""
    return {
        "type": PURPOSE,
        "registry": registry,
        "delegation": payload.id,
        "decision": f"delegate:{payload.giver}:{payload.to}",
        "match": None if payload.match is None else payload.match.model_dump(mode="json", exclude_none=True),
        "starts": payload.starts,
        "ends": payload.ends,
        "principal": principal,
        "reason_sha256": sha256_hex(payload.reason.encode()),
    }


def correcting(first: int, reason: str, principal: str, registry: str) -> dict[str, JSON]:
    """Return the statement that belongs to the correction of a clock, for the registry and for each change it is of."""
    return {
        "type": PURPOSE,
        "registry": registry,
        "decision": f"correct_clock:{first}",
        "principal": principal,
        "reason_sha256": sha256_hex(reason.encode()),
    }


def differing(found: Mapping[str, JSON] | None, expected: Mapping[str, JSON]) -> tuple[str, ...]:
    """Return the keys in which a statement is not the expected one; all of them where there is none."""
    if found is None:
        return tuple(expected)
    return tuple(
        key
        for key in sorted({*found, *expected})
        if key not in found
        or key not in expected
        or found[key] != expected[key]
        or type(found[key]) is not type(expected[key])
    )
