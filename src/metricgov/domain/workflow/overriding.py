"""Break-glass: who may let contents through without the agreements they lack, and who looks at it afterwards (INV-15).

Which people did so is folded in evolve.py; this module says whether it counts and what it stands in for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from metricgov.domain import time
from metricgov.domain.workflow.envelope import RANK, Identity
from metricgov.domain.workflow.proposal import Subject, Touched
from metricgov.domain.workflow.requirements import Code, Requirement, shown
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import Roles, who
from metricgov.domain.workflow.state import ChangeState, Override
from metricgov.domain.workflow.vocabulary import Stage

OVERRIDES = "governance:override"
"""No definition: every change that two people agreed to override carries its marker, so that all are found."""

WAIVED: frozenset[str] = frozenset(
    {
        Code.APPROVAL_ACCOUNTABLE,
        Code.APPROVAL_RESPONSIBLE,
        Code.APPROVAL_COUNCIL,
        Code.APPROVAL_FURTHER,
        Code.NOBODY_CAN_APPROVE,
        Code.CONSULTED,
        Code.DEPENDANT,
        Code.NOBODY_CAN_ANSWER,
        Code.EFFECT,
        Code.EFFECT_STALE,
        Code.EFFECT_BLOCKED,
        Code.TARGETS,
        Code.THREADS,
        Code.TICKET,
        Code.FROZEN,
        "notice",
    }
)
"""What an override stands in for; contents, files, governance and objections are never among it."""

Plans = tuple[tuple[Touched, Roles], ...]


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """An override on the target that nobody has looked at: since when it is due, and who may look.

    `change` is the overridden change, `due` UTC in seconds, `people` the two who overrode.
    """

    change: str
    definitions: tuple[str, ...]
    due: str
    people: tuple[str, ...]
    reviewers: tuple[str, ...]
    reason: str = ""

    def overdue(self, now: str) -> bool:
        """Whether the day has passed."""
        return self.due <= now

    @property
    def how(self) -> str:
        """The command that ends it."""
        return f"metricgov review-override {shown(self.change)} -m WORDS"


def counts(state: ChangeState, plans: Plans, governance: Governance) -> tuple[Override | None, str]:
    """Return the override of the contents under review if it counts; else None and why not ("": there is none)."""
    found = state.overridden
    if found is None or found.confirmed is None:
        return None, ""
    return (None, why) if (why := _why_not(state, found, plans, governance)) else (found, "")


def _why_not(state: ChangeState, override: Override, plans: Plans, governance: Governance) -> str:
    called, confirmed = override.called, override.confirmed
    assert confirmed is not None
    rules = governance.overrides
    if not rules.allowed:
        return "the policy allows no override"
    if any(touched.is_governance for touched, _ in plans):
        return "governance is never overridden"
    gone = [one.principal for one in (called, confirmed) if governance.person(one.principal) is None]
    if gone:
        return f"{', '.join(gone)} is not a person with rights"
    if called.principal == confirmed.principal or confirmed.principal in state.contributors:
        return "the second person is another one than the first, and did not contribute"
    least = identity_asked(roles for _, roles in plans)
    if any(RANK[one.identity] < RANK[least] for one in (called, confirmed)):
        return f"both have to be known as {least}"
    if lacking := [
        touched.id for touched, roles in plans if not override.people & _weighty(state, (roles,), governance)
    ]:
        return f"neither of the two is of the council, accountable or deputy for {', '.join(lacking)}"
    if override.review_due > latest_review(confirmed.at, governance):
        return f"its review is due later than the {rules.review_days} days that the policy gives"
    return ""


def identity_asked(roles: Iterable[Roles]) -> Identity:
    """Return the surest identity that any of the definitions asks for; both people of an override need it."""
    return max((one.rule.identity for one in roles), key=RANK.__getitem__, default=Identity.CLAIMED)


def latest_review(confirmed_at: str, governance: Governance) -> str:
    """Return by when an override has to be looked at: calendar days, since weekends stop no wrong number."""
    return time.to_text(time.from_text(confirmed_at) + timedelta(days=governance.overrides.review_days))


def _weighty(state: ChangeState, roles: Iterable[Roles], governance: Governance) -> frozenset[str]:
    """Return the people one of whom has to be among the two, for every one of these roles."""
    found = [governance.council | frozenset(one.enders) for one in roles]
    return frozenset.intersection(*found) - state.contributors if found else frozenset()


def may_confirm(state: ChangeState, first: str, plans: Plans, governance: Governance) -> tuple[str, ...]:
    """Return who can be the second person after `first`."""
    able = governance.active - state.contributors - {first}
    for _, roles in plans:
        weighty = _weighty(state, (roles,), governance)
        able &= able if first in weighty else weighty
    return tuple(sorted(able))


def reviewers(plans: Iterable[Roles], people: Iterable[str]) -> tuple[str, ...]:
    """Return who may look at an override: those who could approve it, none of whom is one of its people.

    The roles are those that are barred for the two as for contributors, so that somebody else decides in their place.
    """
    return tuple(sorted({person for roles in plans for person in roles.approvers} - set(people)))


def roles_for_review(
    state: ChangeState, people: Iterable[str], subjects: Iterable[Subject], governance: Governance
) -> tuple[Roles, ...]:
    """Return the roles of the definitions of an overridden change, barred for its authors and for the two."""
    barred = state.contributors | frozenset(people)
    classes = {one.id: one.change_class for one in state.revision.definitions} if state.revision else {}
    return tuple(who(one, classes[one.id], barred, governance) for one in subjects if one.id in classes)


def review_due(state: ChangeState, subjects: Iterable[Subject], governance: Governance) -> ReviewDue | None:
    """Return the review that an override asks for, given or not; None where nothing was overridden.

    What the journal says of the landing is not believed alone: an override of two people with rights is due whether
    or not the event names it.
    """
    override = state.overridden
    if override is None or state.stage is not Stage.APPLIED or not state.revision:
        return None
    if not override.landed and any(governance.person(one) is None for one in override.people):
        return None
    barred = state.contributors | override.people
    roles = roles_for_review(state, override.people, subjects, governance)
    return ReviewDue(
        change=state.change,
        definitions=tuple(one.id for one in state.revision.definitions),
        due=override.review_due,
        people=tuple(sorted(override.people)),
        reviewers=reviewers(roles, barred),
        reason=override.called.reason,
    )


def reviewed(state: ChangeState, subjects: Iterable[Subject], governance: Governance) -> bool:
    """Say whether somebody looked at an override who may, and is known as surely as its class asks."""
    override = state.overridden
    if override is None or override.reviewed is None:
        return False
    roles = roles_for_review(state, override.people, subjects, governance)
    sure = RANK[override.reviewed.identity] >= RANK[identity_asked(roles)]
    return sure and override.reviewed.principal in reviewers(roles, state.contributors | override.people)


def overdue(ids: Iterable[str], reviews: Iterable[ReviewDue], now: str) -> Iterable[Requirement]:
    """Yield what stands against further changes of definitions whose override nobody has looked at in time."""
    wanted = set(ids)
    for one in reviews:
        touched = tuple(name for name in one.definitions if name in wanted)
        if touched and one.overdue(now):
            says = (
                f"{shown(one.change)} was overridden by {' and '.join(one.people)}, and its review was due on "
                f"{time.spoken(one.due)}"
            )
            yield Requirement(Code.OVERRIDE_REVIEW_OVERDUE, says, one.reviewers, one.how, touched)
