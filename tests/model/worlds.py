"""All the small worlds, which commands are taken in each, and what is too large for every run; no law of any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from metricgov.domain.workflow import commands as c
from model.agreeing import DATING, DISCUSSING, SAID, dating, discussing, holds
from model.beginnings import BEGINNINGS
from model.effects import EFFECTS
from model.emergencies import EMERGENCIES
from model.exploring import Bound, Node, Try, World, begun
from model.handing_on import HANDING_ON, STANDING_IN

TALK = {c.Comment, c.ResolveThread, c.ReopenThread}
"""Commands that move nothing: what is said in threads is in tests/unit/workflow."""
EVERY = frozenset(get_args(c.Command)) - TALK

_LANDING = {c.Apply, c.FinishApply, c.AbandonApply}
TAKEN: dict[World, set[type]] = {
    DISCUSSING: {
        *(c.Approve, c.RequestChanges, c.WithdrawDecision, c.EndObjection, c.Abstain, c.Reject, c.Supersede),
        *(c.Revise, c.Rebase, c.Withdraw, c.MarkConflicted),
        *_LANDING,
    },
    DATING: {
        *(c.Approve, c.RequestChanges, c.WithdrawDecision, c.Revise, c.Rebase, c.MarkConflicted, c.Withdraw),
        *(c.Schedule, c.Unschedule, c.Suspend, c.Expire),
        *_LANDING,
    },
    EMERGENCIES: {
        *(c.Override, c.ReviewOverride, c.Redact, c.Approve, c.RequestChanges, c.WithdrawDecision, c.Revise),
        c.Withdraw,
        *_LANDING,
    },
    BEGINNINGS: {
        *(c.Request, c.Decline, c.Create, c.Revert, c.Submit, c.Revise, c.Withdraw, c.Supersede, c.Expire, c.Approve),
        *_LANDING,
    },
    EFFECTS: {c.RecordEffect, c.AcceptWarning, c.Approve, c.Revise, *_LANDING},
    STANDING_IN: {c.Approve, c.Acknowledge, c.Remind, c.WithdrawDecision, c.Revise, *_LANDING},
    HANDING_ON: {c.Approve, c.WithdrawDecision, c.Reassign, c.Escalate, c.Revise, *_LANDING},
}
"""Every world with the commands that are taken somewhere in it; all others that it tries are always refused there."""


def _both(node: Node) -> Iterator[Try]:
    yield from discussing(node)
    yield from dating(node)


LARGE = replace(
    DATING,
    name="discussing and dating",
    tries=_both,
    holds=lambda node: holds(LARGE, node),
    first=lambda: begun(LARGE, SAID),
    other=DISCUSSING.other,
)
"""Everything that is said in all orders with everything that dates do: minutes, not seconds."""
LARGER = ((LARGE, Bound()), (HANDING_ON, Bound(hands=2)))
"""What `make bench` visits, each to its whole bound."""
