"""What is still missing, as values: code, sentence, who can supply it and how; what is missing when is for judge.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from metricgov.domain.digest import JSON
from metricgov.domain.errors import Refused
from metricgov.domain.workflow.envelope import Identity


class Code(StrEnum):
    """The stable codes of requirements."""

    APPROVAL_ACCOUNTABLE = "approval_accountable"
    APPROVAL_RESPONSIBLE = "approval_responsible"
    APPROVAL_COUNCIL = "approval_council"
    APPROVAL_FURTHER = "approval_further"
    CONSULTED = "consulted"
    DEPENDANT = "dependant"
    OBJECTION = "objection"
    INTENT = "intent"
    TREATMENT = "treatment"
    EFFECTIVE_DATE = "effective_date"
    EFFECTIVE_DATE_PASSED = "effective_date_passed"
    NOT_YET_EFFECTIVE = "not_yet_effective"
    NOT_YET_DUE = "not_yet_due"
    DUE_PASSED = "due_passed"
    SUSPENDED = "suspended"
    CLOCK = "clock"
    FROZEN = "frozen"
    STALE_TEXT = "stale_text"
    EFFECT = "effect"
    EFFECT_STALE = "effect_stale"
    EFFECT_BLOCKED = "effect_blocked"
    TARGETS = "targets"
    THREADS = "threads"
    TICKET = "ticket"
    VERSION_STEP = "version_step"
    NEVER_ALLOWED = "never_allowed"
    DIGEST = "digest"
    BASE_MOVED = "base_moved"
    REGISTRY = "registry"
    STAGE = "stage"
    NOTHING_CHANGES = "nothing_changes"
    TOO_MANY = "too_many"
    GOVERNANCE_MIXED = "governance_mixed"
    GOVERNANCE_LOCKED = "governance_locked"
    GOVERNANCE_INVALID = "governance_invalid"
    FILE_INVALID = "file_invalid"
    OVERRIDE = "override"
    OVERRIDE_REVIEW_OVERDUE = "override_review_overdue"
    NOBODY_CAN_APPROVE = "nobody_can_approve"
    NOBODY_CAN_ANSWER = "nobody_can_answer"
    RACI_TIE = "raci_tie"
    PRINCIPAL = "principal"
    RIGHT = "right"
    IDENTITY = "identity"
    DELEGATION = "delegation"
    NOT_ALLOWED = "not_allowed"


ONLY_TIME: frozenset[str] = frozenset({Code.NOT_YET_EFFECTIVE, Code.NOT_YET_DUE, Code.FROZEN})
"""What is missing from an approved change that waits for its day; nobody has to supply it."""


NO_PERSON: frozenset[str] = ONLY_TIME | {Code.DUE_PASSED, Code.STAGE, Code.NOT_ALLOWED, Code.REGISTRY, Code.PRINCIPAL}
"""What no person can supply; where it names nobody, nobody is to be looked for."""


def shown(change: str) -> str:
    """Return a change id as commands take it: `chg-` and its last six letters."""
    return f"chg-{change[-6:].lower()}"


def doubted(why: str) -> str:
    """Return why somebody's word is not as sure as it claims to be, to stand behind their name; "" if it is."""
    return f", {why}" if why else ""


def approving(ref: str, identity: Identity) -> str:
    """Return how to approve as surely as the policy asks."""
    how = f"metricgov approve {ref}"
    if identity is Identity.CLAIMED:
        return how
    how += ", signed with a key of governance/people.yaml"
    return how if identity is Identity.SIGNED else f"{how} (nothing here can attest {identity} yet)"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that is still missing (INV-17).

    `who` are principal ids who can supply it (empty: nobody can as things stand), `how` the command to type or the
    next step, `definitions` the ids it is about.
    """

    code: str
    says: str
    who: tuple[str, ...] = ()
    how: str = ""
    definitions: tuple[str, ...] = ()

    def as_json(self) -> dict[str, JSON]:
        """Return the form of `unmet` in JSON output."""
        return {"code": str(self.code), "says": self.says, "who": list(self.who), "how": self.how}


class RefusedUnmet(Refused):
    """A command that the rules do not allow; names everything that stands against it at once (INV-17)."""

    def __init__(self, message: str, unmet: Sequence[Requirement]) -> None:
        lines = [message, *(f"- {one.says}" + (f" ({one.how})" if one.how else "") for one in unmet)]
        first = unmet[0]
        super().__init__(str(first.code), "\n".join(lines), hint=first.how)
        self.unmet = tuple(unmet)


def merged(requirements: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """Return requirements without repeats; what several definitions ask of the same people is one."""
    found: dict[tuple[str, str, tuple[str, ...]], Requirement] = {}
    for one in requirements:
        key = (str(one.code), one.says, one.who)
        old = found.get(key)
        ids = one.definitions if old is None else tuple(dict.fromkeys((*old.definitions, *one.definitions)))
        found[key] = Requirement(one.code, one.says, one.who, one.how, ids)
    return tuple(found.values())
