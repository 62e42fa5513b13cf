"""What a command is decided in: who, when, where, under which governance; all of it read by the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from metricgov.domain.digest import JSON
from metricgov.domain.workflow.delegations import Delegation
from metricgov.domain.workflow.envelope import Actor, Draft, Identity
from metricgov.domain.workflow.events import Decided, Reassigned, Redacted
from metricgov.domain.workflow.judge import graver
from metricgov.domain.workflow.overriding import ReviewDue
from metricgov.domain.workflow.payload import Payload
from metricgov.domain.workflow.places import Place
from metricgov.domain.workflow.proposal import Proposal, Subject, Touched
from metricgov.domain.workflow.requirements import Requirement
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import Roles, roles_of
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.statement import handing_over, statement, taking_out
from metricgov.domain.workflow.typed import TYPE_OF
from metricgov.domain.working_days import MONDAY_TO_FRIDAY, WorkingDays


@dataclass(frozen=True, slots=True)
class Context:
    """The facts around one command.

    `now` is UTC in seconds; `main` the tip of the target that the writer saw, whose governance this is; `proposal` the
    contents at stake, recomputed at that tip; `other` the change that supersedes or is reverted; `subjects` the
    definitions of a request, or those whose override is reviewed; `not_before` the time of the journal's last event;
    `delegations` are all there ever were, `reviews` the overrides of these definitions that nobody has looked at;
    `unsigned` why the actor cannot sign here, "" if they can or nobody asked; `calendar` gives the working days that
    deadlines are counted in, to the few commands that set one.
    """

    actor: Actor
    now: str
    registry: str
    target: str
    main: str
    governance: Governance
    proposal: Proposal | None = None
    other: ChangeState | None = None
    subjects: tuple[Subject, ...] = ()
    not_before: str = ""
    delegations: tuple[Delegation, ...] = ()
    reviews: tuple[ReviewDue, ...] = ()
    unsigned: str = ""
    calendar: Callable[[], WorkingDays] = lambda: MONDAY_TO_FRIDAY

    @property
    def contents(self) -> Proposal:
        """The proposal of a command that cannot be decided without one."""
        if self.proposal is None:
            raise ValueError("this command needs the proposal in its context")
        return self.proposal

    def plans(self, state: ChangeState) -> tuple[tuple[Touched, Roles], ...]:
        """Return the roles for every definition of the contents, barred by who contributed so far."""
        return tuple(
            (one, roles)
            for one in graver(self.contents, state).definitions
            for roles in roles_of(one, state.contributors, self.governance, Place.of(state, one.id))
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command would record, and what stands against it; only one of them leaves `decide`.

    `able` are the people who could give this command, for the refusal of somebody who cannot.
    """

    drafts: tuple[Draft, ...] = ()
    unmet: tuple[Requirement, ...] = ()
    able: tuple[str, ...] = ()


def _statement(state: ChangeState, payload: Payload, principal: str) -> dict[str, JSON] | None:
    if isinstance(payload, Decided):
        return statement(state, payload, principal)
    if isinstance(payload, Redacted):
        return taking_out(state, payload, principal)
    return handing_over(state, payload, principal) if isinstance(payload, Reassigned) else None


def record(
    state: ChangeState,
    context: Context,
    payload: Payload,
    *,
    blobs: Mapping[str, bytes] | None = None,
    marked: tuple[str, ...] = (),
) -> Draft:
    """Return the draft of an event of this change; a decision comes with its statement.

    `marked` are names besides its definitions by which the change is found again.
    """
    if context.proposal is not None:
        subjects = tuple(one.id for one in context.proposal.definitions)
    elif state.revision is not None:
        subjects = tuple(one.id for one in state.revision.definitions)
    else:
        subjects = tuple(one.id for one in context.subjects)
    said = _statement(state, payload, context.actor.principal)
    return Draft(
        change=state.change,
        type=TYPE_OF[type(payload)],
        actor=context.actor if said is not None else replace(context.actor, identity=Identity.CLAIMED),
        at=max(context.now, context.not_before),
        payload=payload.as_json(),
        main=context.main,
        statement=said,
        blobs=blobs or {},
        subjects=(*subjects, *marked),
    )
