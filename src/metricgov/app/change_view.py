"""One change in full, as every door shows it: contents, what they mean now, requirements met and unmet, decisions."""

from __future__ import annotations

from metricgov.app.access import Access
from metricgov.app.assess import Assessment
from metricgov.app.catching_up import PROGRAM
from metricgov.app.deadlines import consulted, days_left, due_of
from metricgov.app.moment import Moment, at_tip, known_change
from metricgov.app.reviews_due import late_reviews
from metricgov.app.rights import answerers
from metricgov.domain.errors import MetricgovError
from metricgov.domain.verdict import Consulted, VersionStep, heard_words
from metricgov.domain.views import (
    ChangedDefinition,
    ChangeView,
    DecisionView,
    OverrideView,
    RemarkView,
    RequirementView,
    RulingView,
    ThreadView,
)
from metricgov.domain.workflow.judge import Judgement, reverting_words
from metricgov.domain.workflow.overriding import may_confirm
from metricgov.domain.workflow.requirements import shown
from metricgov.domain.workflow.state import ChangeState, Decision
from metricgov.domain.workflow.timing import expires_at
from metricgov.domain.workflow.vocabulary import ENDED, Stage, Verdict


def change_view(access: Access, change: str, *, label: str, moment: Moment | None = None) -> ChangeView:
    """Return one change as it stands now; `label` is its short id, `moment` the present one, where it is known.

    An ended change is shown as it was recorded: nothing is judged again by today's rules.
    """
    state = known_change(access, change)
    moment = moment or at_tip(access)
    judged = state.stage not in ENDED and (state.revision is not None or state.draft is not None)
    assessment = moment.assessment(state) if judged else None
    judgement = moment.judgement(state) if judged else None
    said = state.draft or state.revision
    return ChangeView(
        change=change,
        label=label,
        state=str(judgement.stage if judgement and state.revision else state.stage),
        author=state.created_by,
        why=said.why if said else state.why,
        revision=state.revision.number if state.revision else 0,
        cycle=state.cycle,
        seq=state.last_seq,
        at=moment.now,
        contributors=tuple(sorted(state.contributors)),
        intent=(said.intent or "") if said else "",
        treatment=(said.treatment or "") if said else "",
        effective_from=(said.effective_from or "") if said else "",
        effect=said.effect_note if said else "",
        definitions=_definitions(state, assessment, judgement),
        requirements=_requirements(judgement, state, moment) if judgement else _asked_for(state, moment),
        consulted=_consulted(state, judgement),
        notes=judgement.notes if judgement else (),
        decisions=tuple(_decision(one, state) for one in _attested(state, moment).decisions),
        affected=assessment.affected if assessment else (),
        threads=threads_of(state),
        refs=said.refs if said else state.refs,
        requested_by=(said.requested_by or "") if said else "",
        implemented_by=(said.implemented_by or "") if said else "",
        due=state.due if state.stage not in ENDED else "",
        suspended_for=state.suspended_for,
        expires=expires_at(state, moment.governance),
        applied_as=state.commit,
        unsent=sum(one.seq in access.unsent() for one in access.journal.events_of(change)) if access.unsent() else 0,
        override=_override(state, judgement, moment),
        late=late_reviews(moment),
        reverts=_reverting(state, moment) if judged else "",
    )


def _asked_for(state: ChangeState, moment: Moment) -> tuple[RequirementView, ...]:
    """Return what a request waits for: that somebody takes it up or declines."""
    if state.stage is not Stage.REQUESTED:
        return ()
    ref, name = shown(state.change), state.definition.partition(":")[2]
    return (
        RequirementView(
            code="request",
            says=f"{state.created_by} asks for a change of {state.definition}",
            met=False,
            who=answerers(state.definition, moment),
            how=f"metricgov edit {name} --request {ref}; metricgov decline {ref} -m WHY",
        ),
    )


def _reverting(state: ChangeState, moment: Moment) -> str:
    """Return whether a revert puts back exactly what stood before; "" for any other change."""
    proposal = moment.proposal(state)
    return reverting_words(proposal.purity) if proposal and proposal.purity else ""


def _attested(state: ChangeState, moment: Moment) -> ChangeState:
    """Return a change with the identities as the base vouches for them that it landed on, or would land on now."""
    if state.stage is not Stage.APPLIED or state.attempt is None:
        return moment.attested(state)
    try:
        return moment.at(state.attempt.onto).attested(state)
    except MetricgovError:
        return moment.attested(state)


def _override(state: ChangeState, judgement: Judgement | None, moment: Moment) -> OverrideView | None:
    """Return where the override of these contents stands; None where nobody called for one."""
    one, revision = state.override, state.revision
    if one is None or revision is None or one.digest != revision.digest or one.cycle != state.cycle:
        return None
    proposal = moment.proposal(state) if one.confirmed is None and judgement else None
    plans = moment.context(PROGRAM, proposal=proposal).plans(state) if proposal else ()
    due = next((due for due in moment.reviews() if due.change == state.change), None)
    return OverrideView(
        called_by=one.called.principal,
        reason=one.called.reason,
        confirmed_by=one.confirmed.principal if one.confirmed else "",
        second=may_confirm(state, one.called.principal, plans, moment.governance) if plans else (),
        waives=tuple(each.says for each in judgement.waived) if judgement else (),
        review_due=one.review_due,
        reviewers=due.reviewers if due else (),
        reviewed_by=one.reviewed.principal if one.reviewed else "",
        outcome=one.outcome,
        words=one.reviewed.reason if one.reviewed else "",
        revert=shown(one.revert) if one.revert else "",
        late=due is not None and due.overdue(moment.now),
    )


def threads_of(state: ChangeState) -> tuple[ThreadView, ...]:
    """Return the discussions of a change."""
    return tuple(
        ThreadView(
            one.id,
            one.resolved,
            tuple(RemarkView(remark.principal, remark.text, remark.at) for remark in one.remarks),
            one.path,
            one.field,
        )
        for one in state.threads
    )


def _definitions(
    state: ChangeState, assessment: Assessment | None, judgement: Judgement | None
) -> tuple[ChangedDefinition, ...]:
    if assessment is not None:
        return tuple(
            ChangedDefinition(
                id=one.touched.id,
                path=one.touched.path,
                change_class=one.touched.change_class,
                flags=one.touched.flags,
                version=VersionStep(
                    one.touched.version_before or "", one.touched.version_after or "", one.touched.version_due or ""
                ),
                findings=one.findings,
                decided=_decided(state, one.touched.id),
                missing=_missing(one.touched.id, judgement),
            )
            for one in assessment.definitions
        )
    said = state.revision or state.draft
    return tuple(
        ChangedDefinition(
            id=one.id,
            path=one.path,
            change_class=one.change_class,
            flags=frozenset(one.flags),
            version=VersionStep(one.version_before or "", one.version_after or ""),
            decided=_decided(state, one.id),
        )
        for one in (said.definitions if said else ())
    )


def _decided(state: ChangeState, definition: str) -> tuple[RulingView, ...]:
    """Return who decided what about one definition, of the contents under review; an objection stands on any."""
    found = (
        RulingView(one.principal, one.verdict.value)
        for one in state.decisions
        if one.about(definition) and (one.verdict is Verdict.REQUEST_CHANGES or one.digest == state.digest)
    )
    return tuple(found)


def _missing(definition: str, judgement: Judgement | None) -> tuple[str, ...]:
    """Return what this definition lacks and the whole change does not."""
    unmet = judgement.unmet if judgement else ()
    return tuple(one.says for one in unmet if definition in one.definitions)


def _requirements(judgement: Judgement, state: ChangeState, moment: Moment) -> tuple[RequirementView, ...]:
    left = days_left(moment)
    unmet = tuple(
        RequirementView(
            code=str(one.code), says=one.says, met=False, who=one.who, how=one.how, due=due, days_left=left(due)
        )
        for one in judgement.unmet
        for due in [due_of(one, judgement, state, moment)]
    )
    approved = tuple(
        RequirementView(
            code="approval", says="approved", met=True, met_by=(vote.named + (" (kept)" if vote.kept else ""),)
        )
        for vote in judgement.approvals
    )
    heard = tuple(
        RequirementView(code="consulted", says=heard_words(one), met=True, due=one.due)
        for one in consulted(judgement.answers)
        if one.outcome != "open"
    )
    return (*unmet, *approved, *heard)


def _consulted(state: ChangeState, judgement: Judgement | None) -> tuple[Consulted, ...]:
    """Return how everybody was heard: as judged now, of a change that was applied as its event recorded it."""
    if judgement is not None:
        return consulted(judgement.answers)
    recorded = state.attempt.consulted if state.attempt else ()
    return tuple(Consulted(one.principal, one.outcome, one.by or "", one.at or "", one.due or "") for one in recorded)


def _decision(decision: Decision, state: ChangeState) -> DecisionView:
    revision = state.revision
    stands = decision.verdict is Verdict.REQUEST_CHANGES
    counts = stands or (revision is not None and (decision.digest, decision.cycle) == (revision.digest, state.cycle))
    note = ""
    if not counts and revision is not None:
        note = (
            f"revision {revision.number} has other contents"
            if decision.digest != revision.digest
            else "the change came back into review"
        )
    elif decision.self_approved:
        note = "self-approved"
    return DecisionView(
        principal=decision.principal,
        decision=str(decision.verdict),
        revision=decision.revision,
        at=decision.at,
        identity=decision.identity,
        words=decision.reason,
        counts=counts,
        note=note,
        on_behalf_of=decision.on_behalf_of,
        definitions=decision.definitions,
    )
