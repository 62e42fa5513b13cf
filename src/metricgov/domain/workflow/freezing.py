"""Times in which nothing reaches the target: which of them a change is in, and when it is free again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from metricgov.domain import time
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.governance import Freeze
from metricgov.domain.workflow.proposal import Proposal, Touched
from metricgov.domain.workflow.requirements import Code, Requirement
from metricgov.domain.workflow.rights import Governance, matches


def frozen(proposal: Proposal, governance: Governance, *, now: str, ref: str) -> Iterator[Requirement]:
    """Yield every freeze that a change is in at a UTC second, with the first second at which it is in none."""
    for freeze in governance.policy.freezes:
        ids = _covered(freeze, proposal)
        start, end = window(freeze)
        if ids and start <= now < end:
            free = first_free(proposal, governance, now)
            says = f"frozen until {_spoken(end)}: {freeze.name}"
            how = f"metricgov schedule {ref} --at {free.removesuffix('T00:00:00Z')}"
            yield Requirement(Code.FROZEN, says, (), how, ids)


def first_free(proposal: Proposal, governance: Governance, at: str) -> str:
    """Return the first UTC second, from `at` on, at which no freeze covers the change."""
    windows = [window(freeze) for freeze in governance.policy.freezes if _covered(freeze, proposal)]
    for start, end in sorted(windows):
        if start <= at < end:
            at = end
    return at


def window(freeze: Freeze) -> tuple[str, str]:
    """Return the first second of a freeze and the first one after it; a day that it names is in it whole."""
    end = freeze.ends
    if len(end) == len("2026-12-31"):
        end = (time.day(end) + timedelta(days=1)).isoformat()
    return time.instant(freeze.starts), time.instant(end)


def _covered(freeze: Freeze, proposal: Proposal) -> tuple[str, ...]:
    return tuple(one.id for one in proposal.definitions if _covers(freeze, one))


def _covers(freeze: Freeze, one: Touched) -> bool:
    """Governance is never frozen, so that whoever set a freeze can lift it; new bytes alone move nothing."""
    if one.is_governance or one.change_class is ChangeClass.IDENTICAL:
        return False
    if freeze.classes and one.change_class not in freeze.classes:
        return False
    sides = [side for side in (one.before, one.after) if side is not None]
    return freeze.match is None or any(matches(freeze.match, side) for side in sides)


def _spoken(end: str) -> str:
    day = end.removesuffix("T00:00:00Z")
    return time.spoken(day)
