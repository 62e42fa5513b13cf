"""The closed choices of the workflow; what they lead to lives in evolve.py and judge.py."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where a change stands; `approved` and `overridden` are never folded from the journal, only judged at a tip."""

    ABSENT = "absent"
    REQUESTED = "requested"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    OVERRIDDEN = "overridden"
    SCHEDULED = "scheduled"
    SUSPENDED = "suspended"
    APPLYING = "applying"
    CONFLICTED = "conflicted"
    APPLIED = "applied"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


IN_REVIEW: frozenset[Stage] = frozenset({Stage.IN_REVIEW, Stage.CHANGES_REQUESTED})
"""Folded stages of a change that nobody has given a date; once nothing is missing it shows as approved."""

REVIEWABLE: frozenset[Stage] = IN_REVIEW | {Stage.SCHEDULED, Stage.SUSPENDED}
"""Folded stages in which decisions are taken."""

APPLICABLE: frozenset[Stage] = IN_REVIEW | {Stage.SCHEDULED}
"""Folded stages from which applying may start; one that was suspended is scheduled or reviewed again first."""

ENDED: frozenset[Stage] = frozenset(
    {Stage.APPLIED, Stage.DECLINED, Stage.WITHDRAWN, Stage.REJECTED, Stage.EXPIRED, Stage.SUPERSEDED}
)
"""Stages that nothing leaves."""

WITH_CONTENTS: frozenset[Stage] = REVIEWABLE | {Stage.CONFLICTED}
"""Folded stages of a change that has a submitted revision and may still move."""

EXPIRABLE: frozenset[Stage] = WITH_CONTENTS - {Stage.SCHEDULED}
"""Folded stages that a change can stay in for too long; one that somebody gave a date is not forgotten."""

RAISES_CYCLE: frozenset[Stage] = frozenset({Stage.CONFLICTED, Stage.SUSPENDED})
"""Folded stages whose way back into review begins a new cycle, whatever the contents (INV-02)."""

OPEN: frozenset[Stage] = WITH_CONTENTS | {Stage.REQUESTED, Stage.DRAFT}
"""Folded stages in which people may still withdraw or supersede; not while the change is being applied."""


class Verdict(StrEnum):
    """What one person says about one revision; the word stands in the signed statement."""

    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    ACKNOWLEDGE = "acknowledge"
    ABSTAIN = "abstain"
    WITHDRAW_DECISION = "withdraw_decision"
    END_OBJECTION = "end_objection"
    OVERRIDE = "override"
    REVIEW_OVERRIDE = "review_override"
    ACCEPT_WARNING = "accept_warning"


class Intent(StrEnum):
    """Why the meaning moves."""

    REDEFINITION = "redefinition"
    DEFECT = "defect"
    SOURCE_CHANGE = "source_change"
    NO_EFFECT = "no_effect"


class Treatment(StrEnum):
    """What is done about history."""

    NONE = "none"
    ANNOTATE = "annotate"
    ALIAS = "alias"
    RESTATE = "restate"
    BRIDGE = "bridge"
    BREAK = "break"
    NEW_METRIC = "new_metric"
