"""What the author of a change still owes it, at submit as at the gate; what others owe lives in judge.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from metricgov.domain.changes.findings import ChangeClass, Flag, gravest
from metricgov.domain.changes.versions import reaches
from metricgov.domain.workflow.presets import GOVERNANCE
from metricgov.domain.workflow.proposal import Proposal, Subject, Touched
from metricgov.domain.workflow.requirements import Code, Requirement
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import Roles, who
from metricgov.domain.workflow.vocabulary import Treatment

if TYPE_CHECKING:
    from metricgov.domain.workflow.commands import Claims
    from metricgov.domain.workflow.events import Revised

MOVES_NUMBERS: frozenset[ChangeClass] = frozenset({ChangeClass.BREAKING, ChangeClass.UNKNOWN})
"""Classes that state intent, treatment and date, whatever the policy (INV-13)."""

GOVERNANCE_SUBJECT = Subject("governance:people")

LEAVE_SOMEBODY = "leave somebody who can decide"
"""The way out of a result that would lock governance."""


def owed(
    claims: Claims | Revised,
    proposal: Proposal,
    roles: Iterable[Roles],
    governance: Governance,
    *,
    now: str,
    authors: tuple[str, ...],
    how: str,
) -> Iterator[Requirement]:
    """Yield what only the author can supply; `how` is the command that supplies it."""
    roles = tuple(roles)
    ids = tuple(one.id for one in proposal.definitions)
    if not proposal.definitions:
        yield Requirement(Code.NOTHING_CHANGES, "no governed file changes", authors, "edit a definition first")
    moving = tuple(
        one.id for one in proposal.definitions if one.change_class in MOVES_NUMBERS and not one.is_governance
    )
    if moving or any(one.rule.statements for one in roles):
        yield from _statements(claims, proposal, now, authors, how, moving or ids)
    elif claims.treatment is not None:
        yield from _treatment_fits(claims, proposal, authors, how, ids)
    if any(one.rule.ticket for one in roles) and not claims.refs:
        yield Requirement(Code.TICKET, "the policy asks for a ticket", authors, f"{how} --ref TICKET", ids)
    for one in proposal.definitions:
        yield from _definition(one, claims, authors, how)
    for says in proposal.file_problems:
        yield Requirement(Code.FILE_INVALID, says, authors, f"mend the file, then {how}", ids)
    yield from _governance(proposal, governance, authors)


def _statements(
    claims: Claims | Revised,
    proposal: Proposal,
    now: str,
    authors: tuple[str, ...],
    how: str,
    ids: tuple[str, ...],
) -> Iterator[Requirement]:
    if claims.intent is None:
        says = "numbers can move and nobody has said why: was the old number wrong, or does it mean something new?"
        yield Requirement(Code.INTENT, says, authors, f"{how} --intent INTENT", ids)
    if claims.treatment is None:
        says = "numbers can move and nobody has said what is done about history"
        yield Requirement(Code.TREATMENT, says, authors, f"{how} --treatment TREATMENT", ids)
    else:
        yield from _treatment_fits(claims, proposal, authors, how, ids)
    if claims.effective_from is None:
        says = "numbers can move and nobody has said from which day on"
        yield Requirement(Code.EFFECTIVE_DATE, says, authors, f"{how} --effective DATE", ids)
    elif claims.effective_from < now[:10] and claims.treatment is not Treatment.RESTATE:
        says = f"the effective date {claims.effective_from} has passed and history is not restated"
        yield Requirement(Code.EFFECTIVE_DATE_PASSED, says, authors, f"{how} --effective DATE", ids)


def _treatment_fits(
    claims: Claims | Revised, proposal: Proposal, authors: tuple[str, ...], how: str, ids: tuple[str, ...]
) -> Iterator[Requirement]:
    from metricgov.domain.comparability.advice import ALLOWED

    classes = [one.change_class for one in proposal.definitions if not one.is_governance]
    change_class = gravest(classes)
    if classes and claims.treatment not in ALLOWED[change_class]:
        fits = ", ".join(sorted(ALLOWED[change_class]))
        says = f"treatment {claims.treatment} does not fit a change of class {change_class}; {fits} does"
        yield Requirement(Code.TREATMENT, says, authors, f"{how} --treatment TREATMENT", ids)


def _definition(one: Touched, claims: Claims | Revised, authors: tuple[str, ...], how: str) -> Iterator[Requirement]:
    for sentence in one.blocked_by:
        yield Requirement(
            Code.NEVER_ALLOWED, f"{one.id}: {sentence}", authors, "take this edit out of the change", (one.id,)
        )
    if Flag.STALE_TEXT in one.flags and not claims.meaning_unchanged:
        says = f"{one.id}: the logic changed and the description did not"
        next_step = f"edit the description, or {how} --meaning-unchanged"
        yield Requirement(Code.STALE_TEXT, says, authors, next_step, (one.id,))
    if one.version_due is not None and not reaches(one.version_after, one.version_due):
        says = f"{one.id}: version {one.version_after or 'none'} is less than the {one.version_due} that is due"
        yield Requirement(Code.VERSION_STEP, says, authors, f"write version: {one.version_due}", (one.id,))


def larger_steps(proposal: Proposal) -> Iterator[str]:
    """Yield a warning for each version that moves further than its class asks for (INV-27)."""
    for one in proposal.definitions:
        if one.version_due and one.version_after and not reaches(one.version_due, one.version_after):
            yield f"{one.id}: version {one.version_after} is a larger step than the {one.version_due} that is due"


def _governance(proposal: Proposal, governance: Governance, authors: tuple[str, ...]) -> Iterator[Requirement]:
    if not proposal.touches_governance:
        return
    ids = tuple(one.id for one in proposal.definitions if one.is_governance)
    if others := [one.id for one in proposal.definitions if not one.is_governance]:
        says = f"governance and definitions change apart from each other; this also changes {', '.join(others)}"
        yield Requirement(Code.GOVERNANCE_MIXED, says, authors, "propose two changes", ids)
    result = proposal.governance_after
    if result is None:
        for says in proposal.governance_problems or ("the governance of the result could not be read",):
            yield Requirement(Code.GOVERNANCE_INVALID, says, authors, "mend the file", ids)
        return
    for field in ("registry", "journal"):
        before, after = getattr(governance.config, field), getattr(result.config, field)
        if before != after:
            says = f"metricgov.yaml: {field} stays {before}; with {after} every recorded decision would be lost"
            yield Requirement(Code.NEVER_ALLOWED, says, authors, f"write {field}: {before}", ids)
    if locked := locks(result):
        yield Requirement(Code.GOVERNANCE_LOCKED, locked, authors, LEAVE_SOMEBODY, ids)


def locks(governance: Governance) -> str:
    """Say why governance could never be changed again under this governance, "" where it could (INV-09)."""
    if not governance.council:
        named = next((one.members for one in governance.people.teams if one.id == governance.raci.council), ())
        gone = f" ({', '.join(named)} left)" if named else ""
        says = f"the council {governance.raci.council} has no member with rights{gone}"
        return f"{says}; governance could never change again"
    gaps = [
        who(GOVERNANCE_SUBJECT, ChangeClass.UNKNOWN, (author,), governance).gap for author in sorted(governance.active)
    ]
    return f"governance could never change again, whoever proposes it: {gaps[0]}" if all(gaps) else ""


def gaps(
    subjects: Iterable[Subject], governance: Governance, classes: Iterable[ChangeClass] = tuple(ChangeClass)
) -> Iterator[tuple[str, ChangeClass | str, str, str]]:
    """Yield definition, class, author and reason wherever a change by one author could not be approved by anybody."""
    authors = sorted(governance.active)
    for subject in (*subjects, GOVERNANCE_SUBJECT):
        for change_class in (ChangeClass.UNKNOWN,) if subject.is_governance else tuple(classes):
            for author in authors:
                found = who(subject, change_class, (author,), governance)
                if found.gap or found.tie:
                    key = GOVERNANCE if subject.is_governance else change_class
                    yield subject.id, key, author, found.gap or found.tie
