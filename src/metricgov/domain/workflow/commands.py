"""What people and the program ask for; whether it is allowed is for decide.py to say."""

from __future__ import annotations

from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from metricgov.domain.workflow.events import Blocked
from metricgov.domain.workflow.link_payload import LinkMeasured
from metricgov.domain.workflow.vocabulary import Intent, Treatment


class CommandModel(BaseModel):
    """Base of all commands."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Request(CommandModel):
    """Ask the responsible people for a change, without contents."""

    change: str
    definition: str
    why: str
    refs: tuple[str, ...] = ()


class Decline(CommandModel):
    """Say no to a request."""

    reason: str


class Claims(CommandModel):
    """What the author says about contents; the contents are the context's proposal."""

    why: str
    intent: Intent | None = None
    treatment: Treatment | None = None
    effective_from: str | None = None
    meaning_unchanged: bool = False
    contributors: tuple[str, ...] = ()
    """Authors of commits the contents come from; the actor is added."""
    requested_by: str | None = None
    implemented_by: str | None = None
    refs: tuple[str, ...] = ()


class Create(CommandModel):
    """Begin a change with contents; `submit=False` leaves it a draft. Also takes up a request."""

    change: str
    claims: Claims
    submit: bool = True


class Revise(CommandModel):
    """New contents or new claims: of a draft a draft, of a change in review the next revision."""

    claims: Claims


class Submit(CommandModel):
    """Put a draft up for review."""

    claims: Claims


class Rebase(CommandModel):
    """The same proposal on the target's tip; comes back into review."""

    claims: Claims


class Revert(CommandModel):
    """A new change that undoes an applied one (the context's `other`)."""

    change: str
    claims: Claims
    submit: bool = True


class Seen(CommandModel):
    """Which contents the person looked at; a verdict on anything else is refused (INV-02)."""

    revision: int
    cycle: int
    digest: str


class Verdictive(CommandModel):
    """A decision on what was seen."""

    seen: Seen
    reason: str = ""


class InAName(Verdictive):
    """A decision that can be given in another's name, whose delegation covers it."""

    on_behalf_of: str | None = None


class Limited(InAName):
    """A decision that can be limited to some definitions of a change (none named: all of them)."""

    definitions: tuple[str, ...] = ()


class Approve(Limited):
    """Agree; without a name in whoever's name the one place is that is open to the actor."""


class RequestChanges(Limited):
    """Object; stands until withdrawn or ended."""


class Reject(Verdictive):
    """End the change; for the accountable and the deputy."""


class Acknowledge(InAName):
    """Answer as a consulted person."""


class Abstain(Verdictive):
    """Decline to judge."""


class WithdrawDecision(CommandModel):
    """Take back one's own decision."""

    reason: str = ""


class EndObjection(CommandModel):
    """End somebody else's objection, with a reason on record."""

    principal: str
    reason: str


class Reassign(CommandModel):
    """Hand the accountable's place of this change to somebody else."""

    to: str
    reason: str


class Escalate(CommandModel):
    """Let the next in line answer as well, for everybody whose time to answer is over."""


class Remind(CommandModel):
    """Record who is told that they are asked: halfway to their deadline, and when it has passed."""


class Override(Verdictive):
    """Let these contents through without the agreements they lack; the second, different person confirms (INV-15)."""


class ReviewOverride(CommandModel):
    """Look at what was overridden; `revert` is the change that takes it back, None where it is kept."""

    reason: str
    revert: str | None = None


class Comment(CommandModel):
    """Open a thread, or answer in one."""

    text: str
    thread: str | None = None
    path: str = ""
    field: str = ""


class ResolveThread(CommandModel):
    """Settle a thread."""

    thread: str


class ReopenThread(CommandModel):
    """Open a settled thread again."""

    thread: str


class RecordEffect(CommandModel):
    """Record that the effect of these contents was computed."""

    digest: str
    evidence: bytes = Field(repr=False)
    says: str = ""
    basis: str = ""
    engine: str = ""
    settings: str = ""
    methods: int = 0
    read: dict[str, str] = Field(default_factory=dict)
    blocks: tuple[Blocked, ...] = ()
    links: tuple[LinkMeasured, ...] = ()


class AcceptWarning(CommandModel):
    """Let a change pass in spite of a warning of its newest effect; `metric` "" where only one has that warning."""

    warning: str
    metric: str = ""
    reason: str


class Withdraw(CommandModel):
    """Take the change back."""

    reason: str = ""


class Supersede(CommandModel):
    """Let another change (the context's `other`) take its place."""

    reason: str = ""


class Schedule(CommandModel):
    """Let an approved change be applied from the second `due` on, if nothing is missing then."""

    due: str
    reason: str = ""


class Unschedule(CommandModel):
    """Take the date back; what was suspended goes back into review."""

    reason: str


class Suspend(CommandModel):
    """Record that a change came due and something is missing."""


class Expire(CommandModel):
    """Record that a change was open for longer than its policy lets it be."""


class Redact(CommandModel):
    """Take bytes of an ended change out of the journal's tip."""

    blobs: tuple[str, ...]
    reason: str


class MarkConflicted(CommandModel):
    """Record that the target moved under the change; the context's proposal shows the paths as they are."""


class Apply(CommandModel):
    """Begin applying onto the context's `main`."""


class FinishApply(CommandModel):
    """The commit is on the target."""

    commit: str


class AbandonApply(CommandModel):
    """The attempt can no longer succeed."""

    reason: str


Command: TypeAlias = (
    Request
    | Decline
    | Create
    | Revise
    | Submit
    | Rebase
    | Revert
    | Approve
    | RequestChanges
    | Reject
    | Acknowledge
    | Abstain
    | WithdrawDecision
    | EndObjection
    | Reassign
    | Escalate
    | Remind
    | Override
    | ReviewOverride
    | Comment
    | ResolveThread
    | ReopenThread
    | RecordEffect
    | AcceptWarning
    | Withdraw
    | Supersede
    | Schedule
    | Unschedule
    | Suspend
    | Expire
    | Redact
    | MarkConflicted
    | Apply
    | FinishApply
    | AbandonApply
)
