"""The gate: may this result follow this base? Decided from the repository and a given time alone (INV-24)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from metricgov.app.access import Access
from metricgov.app.assess import Assessed, Assessment, opaque_globs
from metricgov.app.contents import read_changes
from metricgov.app.covering import Candidate, UsedBy, candidates, used_by
from metricgov.app.deadlines import consulted
from metricgov.app.evidence import evidence
from metricgov.app.founding import founded, restored
from metricgov.app.governing import PATH_SET, governance_at
from metricgov.app.head_start import HeadStart, head_start
from metricgov.app.moment import Moment
from metricgov.app.result import Carried
from metricgov.app.reviews_due import late_reviews
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.comparability.basis import METHODS
from metricgov.domain.definitions.governance import Enforce
from metricgov.domain.definitions.kinds import id_of, plain_look
from metricgov.domain.errors import Place, Problem, Undecidable
from metricgov.domain.verdict import (
    Consulted,
    Coverage,
    DefinitionVerdict,
    Descent,
    Evidence,
    GateReport,
    Overriding,
    Unmet,
    Verdict,
    VersionStep,
)
from metricgov.domain.workflow.authoring import LEAVE_SOMEBODY, locks
from metricgov.domain.workflow.proposal import Touched
from metricgov.domain.workflow.requirements import Requirement, shown
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import roles_of
from metricgov.ports.source import TreeChange

if TYPE_CHECKING:
    from metricgov.domain.workflow.judge import Judgement


class Hygiene(Protocol):
    """Looks at governed paths of a commit for what no definition may be: links, submodules, twins (INV-31)."""

    def problems(
        self, commit: str, governed: Callable[[str], bool], paths: Sequence[str] | None = None
    ) -> tuple[Problem, ...]:
        """Return what is wrong with these paths, or (None) with all."""


def gate(
    access: Access,
    *,
    hygiene: Hygiene,
    base: str,
    head: str,
    at: str,
    root: str = "",
    has_journal: bool = True,
    begun: HeadStart | None = None,
) -> GateReport:
    """Return the verdict on merging `head` (a commit) into `base` (a commit).

    `at` is UTC in seconds; `root` the digest of the first governance, which lets a registry begin; `begun` a head start
    on the same two commits. Undecidable where the clone does not hold what a verdict needs: an error is never reported
    as a pass (INV-25).
    """
    begun = begun or head_start(access, base, head)

    def unfit() -> tuple[Problem, ...]:
        return hygiene.problems(head, lambda path: id_of(path) is not None)

    if beginning := founded(access, base, head, root=root, at=at, unfit=unfit):
        return beginning
    try:
        governance = governance_at(base, source=access.source, files=access.files)
    except Undecidable as error:
        report = restored(access, base, begun.result.changes, because=error, head=head, root=root, at=at)
        return _rooted(report, access, hygiene, root)
    report = judged(
        access,
        governance,
        begun,
        hygiene=hygiene,
        base=base,
        head=head,
        at=at,
        has_journal=has_journal,
        used=used_by,
        methods=METHODS,
    )
    return _rooted(report, access, hygiene, root)


def _rooted(report: GateReport, access: Access, hygiene: Hygiene, root: str) -> GateReport:
    """Return a report that says how the rules it was judged by came from the pinned root; blocked where they did not.

    A pinned governance that a broken base is mended with is its own root.
    """
    if not root or (root == report.policy_digest and report.verdict is Verdict.PASS):
        return replace(report, descent=Descent(root, report.base, 0, 0)) if root else report
    from metricgov.app.rooted import descended

    descent, problems = descended(access, report.base, root=root, hygiene=hygiene, at=report.at)
    if problems:
        return replace(report, verdict=Verdict.BLOCKED, problems=(*problems, *report.problems))
    return replace(report, descent=descent)


def judged(
    access: Access,
    governance: Governance,
    begun: HeadStart,
    *,
    hygiene: Hygiene,
    base: str,
    head: str,
    at: str,
    has_journal: bool = True,
    used: UsedBy = used_by,
    methods: int = 0,
) -> GateReport:
    """Return the verdict under the governance of the base, which loads; `used` says which commit used an approval up.

    This is also how an audit judges a step of main: with the journal as it stood then, and effects by the estimators
    (`methods`) of then.
    """
    compared, search = begun.result, begun.search
    globs = opaque_globs(governance)
    governed = tuple(one for one in compared.changes if id_of(one.path, globs) is not None)
    journal = access.journal.head() if has_journal else None
    astray = (*_twins(hygiene, head, globs, compared.changes), *_carried(compared.carried, globs))
    if not governed:
        return GateReport(
            Verdict.BLOCKED if astray else Verdict.PASS,
            base,
            head,
            at,
            problems=astray,
            policy_digest=governance.digest,
            journal_head=journal.commit if journal else "",
            journal_size=journal.seq if journal else 0,
            journal_sha256=journal.sha256 if journal and journal.seq else "",
        )
    if journal is None:
        raise Undecidable(
            "journal_missing",
            "governed files changed, and the journal that could hold their approval is not in this clone",
            hint=f"run: git fetch origin {governance.config.journal}:{governance.config.journal}",
        )
    if access.registry != governance.config.registry:
        raise Undecidable(
            "other_registry",
            f"the journal is that of registry {access.registry}, and base is registry {governance.config.registry}",
            hint=f"fetch the journal of this registry: git fetch origin {governance.config.journal}",
        )
    conflicts = tuple(one for one in compared.conflicts if id_of(one.place.path, globs) is not None)
    moment = Moment(access, base, governance, at, "", methods=methods)
    assessment = moment.assess(read_changes(access.source, governed), search=search)
    found = (*assessment.problems, *_locked(assessment), *_hygiene(hygiene, head, globs, assessment))
    problems = (*conflicts, *found, *astray)
    definitions = _verdicts(moment, assessment, used)
    return GateReport(
        verdict=_overall(definitions, problems),
        base=base,
        head=head,
        at=at,
        definitions=definitions,
        affected=assessment.affected,
        problems=tuple(dict.fromkeys(problems)),
        policy_digest=governance.digest,
        journal_head=journal.commit,
        journal_size=journal.seq,
        journal_sha256=journal.sha256 if journal.seq else "",
        late=late_reviews(moment),
    )


def _verdicts(moment: Moment, assessment: Assessment, used: UsedBy) -> tuple[DefinitionVerdict, ...]:
    differing = {one.path: one.edit for one in assessment.edited}
    waiting = [one.touched.id for one in assessment.definitions if not _passes_alone(one, moment.governance)]
    found = candidates(moment, differing, waiting, used=used)
    return tuple(_verdict(one, found, moment) for one in assessment.definitions)


def _passes_alone(one: Assessed, governance: Governance) -> bool:
    """Whether a definition needs nobody: nothing in it changed its meaning, and policy asks nobody about that."""
    subjects = [side for side in (one.touched.before, one.touched.after) if side is not None]
    return one.touched.change_class is ChangeClass.IDENTICAL and governance.rule(ChangeClass.IDENTICAL, subjects).alone


def _verdict(one: Assessed, found: Sequence[Candidate], moment: Moment) -> DefinitionVerdict:
    touched = one.touched
    own = [candidate for candidate in found if _touches(candidate, one.paths, any)]
    covering = _covering([candidate for candidate in own if candidate.covers and _touches(candidate, one.paths, all)])
    coverage, change = Coverage.NONE, None
    unmet: tuple[Unmet, ...] = ()
    approved: tuple[str, ...] = ()
    heard: tuple[Consulted, ...] = ()
    proof: Evidence | None = None
    override: Overriding | None = None
    if _passes_alone(one, moment.governance):
        coverage = Coverage.IDENTICAL
    elif len(covering) == 1:
        judgement = covering[0].judgement
        override = overriding(judgement)
        coverage = Coverage.OVERRIDE if override else Coverage.APPROVED
        change = covering[0].state.change
        votes = judgement.approvals if judgement else ()
        approved = tuple(dict.fromkeys(vote.named for vote in votes if vote.decision.about(touched.id)))
        heard = consulted(judgement.answers) if judgement else ()
        proof = evidence(moment.access, covering[0].state, judgement) if judgement else None
    elif covering:
        names = ", ".join(shown(candidate.state.change) for candidate in covering)
        unmet = (
            Unmet(
                "covered_twice", f"{names} all cover {touched.path}", (), "withdraw or supersede all but one of them"
            ),
        )
    else:
        nearest = _nearest(own)
        change = nearest.state.change if nearest else None
        unmet = _missing(one, nearest, moment.governance)
        heard = consulted(nearest.judgement.answers) if nearest and nearest.judgement else ()
    return DefinitionVerdict(
        id=touched.id,
        path=touched.path,
        change_class=touched.change_class,
        flags=touched.flags,
        version=VersionStep(touched.version_before or "", touched.version_after or "", touched.version_due or ""),
        findings=one.findings,
        coverage=coverage,
        change=change,
        approved_by=approved,
        unmet=unmet,
        observed=_observed(touched, moment),
        override=override,
        consulted=heard,
        evidence=proof,
    )


def overriding(judgement: Judgement | None) -> Overriding | None:
    """Return the override by which a change may be applied, as every renderer shows it; None where there is none."""
    found = judgement.override if judgement else None
    if judgement is None or found is None or found.confirmed is None:
        return None
    return Overriding(
        people=(found.called.principal, found.confirmed.principal),
        reason=found.called.reason,
        review_due=found.review_due,
        waives=tuple(one.says for one in judgement.waived),
    )


def _covering(found: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return the candidates between which nothing but people can choose.

    Where the same contents landed more than once between base and head, the change that landed last brought them.
    """
    landed = [one for one in found if one.landed]
    return [max(landed, key=lambda one: one.landed)] if landed else found


def _touches(candidate: Candidate, paths: Sequence[str], how_many: Callable[[Iterable[bool]], bool]) -> bool:
    changes = candidate.state.change_set
    return changes is not None and how_many(path in changes.paths for path in paths)


def _nearest(own: Sequence[Candidate]) -> Candidate | None:
    """Return the candidate that is closest to covering: its contents fit, it is not used up, it came last."""
    ordered = sorted(own, key=lambda one: (one.fits, not one.used, one.state.last_seq))
    return ordered[-1] if ordered else None


def _missing(one: Assessed, nearest: Candidate | None, governance: Governance) -> tuple[Unmet, ...]:
    """Return why nothing covers a definition, and who would have to agree to it."""
    if nearest is not None and nearest.judgement is not None:
        return tuple(_unmet(requirement) for requirement in nearest.judgement.unmet)
    never = tuple(
        Unmet("never_allowed", f"{sentence}; no approval lets this pass", (), "take this edit out")
        for sentence in one.touched.blocked_by
    )
    return (*never, _reason(one.touched, nearest), *_who_agrees(one.touched, governance))


def _reason(touched: Touched, nearest: Candidate | None) -> Unmet:
    """Return why the nearest change does not cover a definition."""
    again = f"metricgov propose -m WHY {touched.path}"
    if nearest is None:
        return Unmet("no_change", "no change request covers this edit", (), again)
    ref = shown(nearest.state.change)
    if nearest.used:
        says = f"the approval of {ref} was used by {nearest.used[:12]}; it does not count a second time"
        return Unmet("approval_used", says, (), again)
    says = f"{ref} proposes other contents than these, or paths that do not change here"
    authors = tuple(sorted(nearest.state.contributors))
    return Unmet("other_contents", says, authors, f"metricgov revise {ref}, or bring back its contents")


def _who_agrees(touched: Touched, governance: Governance) -> tuple[Unmet, ...]:
    """Return the approvals that a change of this definition would need, whoever proposes it."""
    found: dict[tuple[str, str, tuple[str, ...]], Unmet] = {}
    for roles in roles_of(touched, (), governance):
        for slot in roles.slots:
            count = sum(other.code == slot.code for other in roles.slots)
            of = f"{count} of {slot.says}" if count > 1 or slot.code == "approval_council" else slot.says
            people = tuple(sorted(slot.people))
            found[(str(slot.code), of, people)] = Unmet(str(slot.code), f"{of} has to approve", people)
        if roles.gap:
            found[("nobody_can_approve", roles.gap, ())] = Unmet("nobody_can_approve", roles.gap)
    return tuple(found.values())


def _unmet(requirement: Requirement) -> Unmet:
    return Unmet(str(requirement.code), requirement.says, requirement.who, requirement.how)


def _observed(touched: Touched, moment: Moment) -> bool:
    from metricgov.domain.workflow.judge import enforced

    return enforced(touched, moment.governance) is Enforce.OBSERVE


def _locked(assessment: Assessment) -> tuple[Problem, ...]:
    """Return why the result would lock governance: changes that leave somebody each may leave nobody together."""
    changed = [one.path for one in assessment.edited if one.path in PATH_SET]
    result = assessment.proposal.governance_after
    says = locks(result) if changed and result is not None else ""
    return (Problem("governance_locked", says, Place(changed[0]), LEAVE_SOMEBODY),) if says else ()


def _hygiene(hygiene: Hygiene, head: str, globs: tuple[str, ...], assessment: Assessment) -> tuple[Problem, ...]:
    present = [one.path for one in assessment.edited if one.after is not None]
    return hygiene.problems(head, lambda path: id_of(path, globs) is not None, present)


def _twins(hygiene: Hygiene, head: str, globs: tuple[str, ...], changes: Sequence[TreeChange]) -> tuple[Problem, ...]:
    """Return ungoverned paths that some file systems would take for a governed one, and put in its place (INV-31)."""
    strange = {
        one.path: plain_look(one.path)
        for one in changes
        if one.after is not None and id_of(one.path, globs) is None and id_of(plain_look(one.path), globs) is not None
    }
    if not strange:
        return ()
    found = hygiene.problems(head, lambda path: path in strange, tuple(strange))
    return tuple(one for one in found if one.code == "lookalike_paths")


def _carried(carried: Sequence[Carried], globs: tuple[str, ...]) -> tuple[Problem, ...]:
    """Return ungoverned edits that git's search for renames could carry into a governed file (INV-22)."""
    found = []
    for one in carried:
        governed = [path for path in one.into if id_of(path, globs) is not None]
        if governed and id_of(one.path, globs) is None:
            says = f"one side took {one.path} away and the other changed it; git may merge that into {governed[0]}"
            hint = "bring head up to date with base, so that the result is one that was looked at"
            found.append(Problem("rename_carries", says, Place(one.path), hint))
    return tuple(found)


def _overall(definitions: Sequence[DefinitionVerdict], problems: Sequence[Problem]) -> Verdict:
    """Return the strictest verdict; a problem in a file of an observed definition is observed too."""
    observed_paths = {one.path for one in definitions if one.observed}
    open_ones = [one for one in definitions if not one.covered or one.unmet]
    if any(not one.observed for one in open_ones) or any(one.place.path not in observed_paths for one in problems):
        return Verdict.BLOCKED
    return Verdict.WOULD_BLOCK if open_ones or problems else Verdict.PASS
