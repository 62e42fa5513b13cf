"""The gate's answer as one value that every renderer reads; how it is found lives in the use case."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from metricgov.domain import time
from metricgov.domain.changes.findings import ChangeClass, Finding, Flag
from metricgov.domain.errors import Problem


class Verdict(StrEnum):
    """What the gate says; observe mode turns `blocked` into `would_block` (INV-26)."""

    PASS = "pass"  # noqa: S105 - the word of the contract, not a secret
    BLOCKED = "blocked"
    WOULD_BLOCK = "would_block"
    UNDECIDED = "undecided"


EXIT_CODES: dict[Verdict, int] = {
    Verdict.PASS: 0,
    Verdict.WOULD_BLOCK: 0,
    Verdict.BLOCKED: 1,
    Verdict.UNDECIDED: 3,
}


class Coverage(StrEnum):
    """What lets a changed definition through; `none` is what blocks it."""

    NONE = "none"
    IDENTICAL = "identical"
    APPROVED = "approved"
    OVERRIDE = "override"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Unmet:
    """One thing that is missing: a stable code, a sentence, who can meet it, and how (INV-17)."""

    code: str
    says: str
    who: tuple[str, ...] = ()
    how: str = ""


@dataclass(frozen=True, slots=True)
class Consulted:
    """How one of the consulted was heard: `answered`, `contributed`, `timed_out` or `open` (INV-16).

    `by` spoke for them (`ann for bob`), `at` says when; of silence that counts, since when. `due` is their date.
    """

    principal: str
    outcome: str
    by: str = ""
    at: str = ""
    due: str = ""


def heard_words(one: Consulted) -> str:
    """Return how somebody was heard as a sentence without a full stop, with who spoke for them and when."""
    when = f" on {time.spoken(one.at)}" if one.at else ""
    match one.outcome:
        case "answered":
            through = f", by {one.by}" if one.by and one.by != one.principal else ""
            return f"{one.principal} answered{when}{through}"
        case "timed_out":
            until = time.spoken(one.due) if one.due else ""
            return f"{one.principal} did not answer {f'until {until}' if until else 'in time'}"
        case "contributed":
            return f"{one.principal} is among the authors"
        case _:
            return f"{one.principal} has not answered"


@dataclass(frozen=True, slots=True)
class VersionStep:
    """The versions before and after, and the least that the class asks for; "" where there is none."""

    before: str = ""
    after: str = ""
    required: str = ""


@dataclass(frozen=True, slots=True)
class Agreed:
    """An approval that was counted: whose, which event, and how it is known that it was they.

    `identity` is what was verified here, not what the event claims; `proof` the fingerprint of the key, where one
    signed. `kept` says that only the form changed since; `on_behalf_of` whose delegated place they filled.
    """

    principal: str
    seq: int
    at: str
    identity: str
    proof: str = ""
    kept: bool = False
    self_approved: bool = False
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A warning of the effect that somebody who may let pass: which, what it says, whose event, and why."""

    warning: str
    metric: str
    says: str
    principal: str
    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What lets a definition through, so that it can be looked up in the journal: contents by digest, who agreed.

    `reverts` is the change that it undoes ("": none), `pure_revert` whether every definition reads as before that one;
    `effect` names the evidence of the effect that was looked at ("": none), `accepted` the warnings that were let pass.
    """

    change: str
    revision: int
    cycle: int
    digest: str
    submitted_at: str
    approvals: tuple[Agreed, ...] = ()
    consulted: tuple[Consulted, ...] = ()
    reverts: str = ""
    pure_revert: bool = False
    effect: str = ""
    accepted: tuple[Ruling, ...] = ()


@dataclass(frozen=True, slots=True)
class Overriding:
    """Break-glass: who let a change through without which agreements, why, and by when somebody looks at it (INV-15).

    `review_due` is UTC in seconds; `waives` are the sentences of what it stands in for.
    """

    people: tuple[str, ...]
    reason: str
    review_due: str
    waives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LateReview:
    """An override that nobody has looked at in time: since when, and who can end that how. Times are UTC in seconds."""

    change: str
    definitions: tuple[str, ...]
    due: str
    people: tuple[str, ...]
    who: tuple[str, ...]
    how: str


@dataclass(frozen=True, slots=True)
class DefinitionVerdict:
    """One changed definition: what its edits mean, which change covers it, and what is missing.

    `change` is the id of the covering or the nearest candidate change; `observed` says that policy only observes here;
    `evidence` is what was counted for the covering change, None where none covers it.
    """

    id: str
    path: str
    change_class: ChangeClass
    flags: frozenset[Flag]
    version: VersionStep
    findings: tuple[Finding, ...]
    coverage: Coverage = Coverage.NONE
    change: str | None = None
    approved_by: tuple[str, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    observed: bool = False
    consulted: tuple[Consulted, ...] = ()
    override: Overriding | None = None
    evidence: Evidence | None = None

    @property
    def covered(self) -> bool:
        """Whether something lets this definition through."""
        return self.coverage is not Coverage.NONE


@dataclass(frozen=True, slots=True)
class Descent:
    """How the rules in force came from a pinned root.

    `commit` is the last step of main whose governance is the pinned one, `steps` how many changed it since, each
    approved under the one before; `observed` of them only because policy watched there.
    """

    root: str
    commit: str
    steps: int
    observed: int


@dataclass(frozen=True, slots=True)
class GateReport:
    """The whole answer: a function of base, head, journal, root and time (INV-24).

    `affected` are definitions that did not change themselves but are computed from one that did. `problems` say why
    there is no verdict, or name files that do not load. `late` are overrides, of whatever definitions, whose review is
    overdue. `descent` says how the rules came from a pinned root, None where none was pinned.
    """

    verdict: Verdict
    base: str
    head: str
    at: str
    definitions: tuple[DefinitionVerdict, ...] = ()
    affected: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    policy_digest: str = ""
    journal_head: str = ""
    journal_size: int = 0
    late: tuple[LateReview, ...] = ()
    journal_sha256: str = ""
    descent: Descent | None = None
