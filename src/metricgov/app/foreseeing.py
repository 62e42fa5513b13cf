"""What would come of a proposal: what its author still owes, what stands against it, who would have to agree."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from metricgov.app.access import Access
from metricgov.app.catching_up import catch_up
from metricgov.app.moment import Moment, at_tip
from metricgov.app.proposing import Collect, Prepared, advice_for, prepare
from metricgov.app.working_calendar import working_days
from metricgov.domain import time
from metricgov.domain.changes.findings import WRITTEN_BY_THE_TOOL, ChangeClass, Finding
from metricgov.domain.comparability.advice import ALLOWED, Advice
from metricgov.domain.definitions.kinds import NATIVE, split_id
from metricgov.domain.verdict import VersionStep
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.authoring import MOVES_NUMBERS
from metricgov.domain.workflow.commands import Claims
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.envelope import Actor, Draft
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.hearing import Answer
from metricgov.domain.workflow.judge import judge
from metricgov.domain.workflow.requirements import Code, RefusedUnmet, Requirement
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.typed import foresee
from metricgov.domain.workflow.vocabulary import Intent, Stage, Treatment

ANSWERABLE = frozenset(
    {Code.INTENT, Code.TREATMENT, Code.EFFECTIVE_DATE, Code.EFFECTIVE_DATE_PASSED, Code.STALE_TEXT, Code.TICKET}
)
"""What an author owes and can say in a word."""

WHY = "why"
"""The code of a reason that nobody gave."""

NOTICE = 2
"""Days that approvers get besides those of the consulted, before an advised date."""

UNSAID = "…"


@dataclass(frozen=True, slots=True)
class Outlook:
    """Contents and claims as they stand, seen from the moment after they were submitted.

    `owed` are things that the author can answer, `barred` those that no answer mends. If the author answers as advised,
    `needed` is what others will have to supply, and `questions` are put to those who are heard and do not decide;
    `foreseen` says that both are known, which they are not while something bars the way.
    """

    prepared: Prepared
    claims: Claims
    owed: tuple[Requirement, ...]
    barred: tuple[Requirement, ...]
    moment: Moment = field(repr=False)
    needed: tuple[Requirement, ...] = ()
    questions: tuple[Answer, ...] = ()
    foreseen: bool = False

    @property
    def change_class(self) -> ChangeClass:
        """The gravest class of the contents."""
        return self.prepared.assessment.proposal.change_class

    @property
    def moves_numbers(self) -> bool:
        """Whether intent, treatment and date belong to it."""
        return any(one.code in {Code.INTENT, Code.TREATMENT, Code.EFFECTIVE_DATE} for one in self.owed) or any(
            one.touched.change_class in MOVES_NUMBERS and not one.touched.is_governance
            for one in self.prepared.assessment.definitions
        )

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """What may be done about history within the class."""
        classes = [
            one.touched.change_class for one in self.prepared.assessment.definitions if not one.touched.is_governance
        ]
        allowed = ALLOWED[max(classes, key=list(ALLOWED).index)] if classes else frozenset()
        return tuple(one for one in Treatment if one in allowed)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the author's edits mean; that the tool then writes version and date is left out."""
        found = tuple(found for one in self.prepared.assessment.definitions for found in one.findings)
        return tuple(one for one in found if one.rule not in WRITTEN_BY_THE_TOOL) or found

    @property
    def steps(self) -> dict[str, VersionStep]:
        """The version step of every definition that has one."""
        return {
            one.touched.id: VersionStep(
                one.touched.version_before or "", one.touched.version_after or "", one.touched.version_due or ""
            )
            for one in self.prepared.assessment.definitions
            if split_id(one.touched.id)[0] in NATIVE
        }

    def owes(self, code: str) -> bool:
        """Say whether the author owes an answer of this kind."""
        return any(one.code == code for one in self.owed)

    def advice(self, intent: Intent | None) -> Advice:
        """Return the treatment that the decision table advises for an intent."""
        return advice_for(self.prepared.assessment, intent)

    def advised_date(self, treatment: Treatment | None) -> str:
        """Return a day that will not have passed before people have agreed; today, where history is restated anyway."""
        today = time.day(self.moment.now[:10])
        if treatment is Treatment.RESTATE:
            return today.isoformat()
        governance, proposal = self.moment.governance, self.prepared.assessment.proposal
        days = working_days(governance, proposal, calendars=self.moment.access.calendars)
        heard = time.day(days.after(self.moment.now, governance.consulted_days)[:10])
        return first_of_month_after(heard + timedelta(days=NOTICE)).isoformat()


def first_of_month_after(day: date) -> date:
    """Return the first day of a month that is not before a day."""
    return day if day.day == 1 else (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def look_ahead(
    access: Access, *, change: str, actor: Actor, collect: Collect, claims: Claims, revises: bool, submit: bool = True
) -> Outlook:
    """Return what would come of proposing (or revising with) these contents and claims now; nothing is recorded.

    A date that the contents state themselves counts as claimed. InvalidFiles if a file of the result cannot be used.
    """
    moment = at_tip(access)
    moment.pending.extend(catch_up(moment))
    state = moment.state(change)
    edited = tuple(collect(moment))
    prepared = prepare(moment, edited, effective_from=claims.effective_from)
    if claims.effective_from is None and (stated := _stated_date(prepared)):
        claims = claims.model_copy(update={"effective_from": stated})
    unmet = _attempt(state, moment, actor, prepared, _said(claims), revises=revises, submit=submit)[1]
    owed = [one for one in unmet if one.code in ANSWERABLE]
    if not claims.why.strip():
        owed.insert(0, Requirement(WHY, "nobody has said why", (actor.principal,), "-m WHY"))
    outlook = Outlook(prepared, claims, tuple(owed), tuple(one for one in unmet if one.code not in ANSWERABLE), moment)
    return _with_needs(outlook, state, actor, revises=revises)


def _attempt(
    state: ChangeState,
    moment: Moment,
    actor: Actor,
    prepared: Prepared,
    claims: Claims,
    *,
    revises: bool,
    submit: bool = True,
) -> tuple[tuple[Draft, ...], tuple[Requirement, ...]]:
    command: commands.Command
    if revises and submit and state.stage is Stage.DRAFT:
        command = commands.Submit(claims=claims)
    elif revises:
        command = commands.Revise(claims=claims)
    else:
        command = commands.Create(change=state.change, claims=claims, submit=submit)
    try:
        context = moment.context(actor, proposal=prepared.assessment.proposal)
        return decide(state, command, context), ()
    except RefusedUnmet as refused:
        return (), refused.unmet


def _with_needs(outlook: Outlook, state: ChangeState, actor: Actor, *, revises: bool) -> Outlook:
    """Fill in what others would have to supply, from the judgement on the change as it would stand."""
    moment, prepared = outlook.moment, outlook.prepared
    drafts = _attempt(state, moment, actor, prepared, _assumed(outlook), revises=revises)[0]
    for draft in drafts:
        state = evolve(state, foresee(draft, state.last_seq + 1))
    if not drafts:
        return outlook
    judgement = judge(
        state,
        prepared.assessment.proposal,
        moment.governance,
        now=max(moment.now, moment.not_before),
        registry=moment.access.registry,
        target=moment.access.target,
        delegations=moment.delegations,
        reviews=moment.reviews(),
    )
    asked = {Code.NOT_YET_EFFECTIVE, Code.CONSULTED, Code.DEPENDANT}
    needed = tuple(one for one in judgement.unmet if one.code not in asked)
    questions = tuple(one for one in judgement.answers if one.outcome == "open")
    return replace(outlook, needed=needed, questions=questions, foreseen=True)


def _said(claims: Claims) -> Claims:
    return claims if claims.why.strip() else claims.model_copy(update={"why": UNSAID})


def _assumed(outlook: Outlook) -> Claims:
    """Return the claims with everything that is owed answered as advised."""
    claims = _said(outlook.claims)
    answers: dict[str, object] = {"meaning_unchanged": True, "refs": claims.refs or (UNSAID,)}
    if outlook.moves_numbers:
        intent = claims.intent or Intent.REDEFINITION
        fits = claims.treatment in outlook.treatments
        treatment = claims.treatment if fits else outlook.advice(intent).treatment
        answers |= {"intent": intent, "treatment": treatment}
        if outlook.owes(Code.EFFECTIVE_DATE_PASSED) or claims.effective_from is None:
            answers["effective_from"] = outlook.advised_date(treatment)
    return claims.model_copy(update=answers)


def _stated_date(prepared: Prepared) -> str | None:
    """Return the day that the author wrote into a definition whose numbers move, None where it was left alone."""
    registry = prepared.assessment
    for one in registry.definitions:
        before, after = registry.before.get(one.touched.id), registry.after.get(one.touched.id)
        if one.touched.change_class in MOVES_NUMBERS and before and after:
            now = after.data.get("effective_from")
            if isinstance(now, str) and now != before.data.get("effective_from"):
                return now
    return None


def explained(outlook: Outlook) -> tuple[Requirement, ...]:
    """Return what is owed with, for each, the option that supplies it and the advised value."""
    advice = outlook.advice(outlook.claims.intent)
    day = outlook.advised_date(outlook.claims.treatment or advice.treatment)
    how = {
        WHY: "-m WHY",
        Code.INTENT: f"--intent {'|'.join(Intent)}",
        Code.TREATMENT: f"--treatment {advice.treatment} (advised: {advice.reason})",
        Code.EFFECTIVE_DATE: f"--effective {day} (advised)",
        Code.EFFECTIVE_DATE_PASSED: f"--effective {day} (advised)",
        Code.STALE_TEXT: "change the description, or say --meaning-unchanged if it still holds",
        Code.TICKET: "--ref TICKET",
    }
    return tuple(Requirement(one.code, one.says, one.who, how.get(one.code, one.how)) for one in outlook.owed)
