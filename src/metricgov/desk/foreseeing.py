"""What would come of a deed now: decided at the tip as `do` decides it, and thrown away."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from metricgov.desk.deciding import Deed, Refusal, errand_of

if TYPE_CHECKING:
    from metricgov.app.carrying import Errand
    from metricgov.app.rehearsing import Rehearsal
    from metricgov.desk.session import Session
    from metricgov.domain.errors import MetricgovError


def refusal_when(session: Session, rehearsal: Rehearsal, change: str, name: str) -> Refusal | None:
    """Return why a deed would be refused now, None where it would be done."""
    from metricgov.domain.errors import MetricgovError

    try:
        rehearsal.of(_rehearsed(session, rehearsal, change, name))
    except MetricgovError as error:
        return refusal_of(error)
    return None


def _rehearsed(session: Session, rehearsal: Rehearsal, change: str, name: str) -> Errand:
    """Return the errand of a deed, with stand-ins for what its person would still say."""
    from metricgov.app.moment import known_change
    from metricgov.app.overriding import reviewing
    from metricgov.app.rebasing import rebasing
    from metricgov.app.requesting import declining
    from metricgov.app.reverting import reverting
    from metricgov.app.ulid import new_ulid
    from metricgov.domain import time

    access, actor, now = session.access, session.actor, session.workspace.clock.now()
    match name:
        case "rebase":
            return rebasing(change, actor)
        case "revert":
            return reverting(access, change=change, new=new_ulid(now), actor=actor, why="-")
        case "decline":
            return declining(access, change=change, actor=actor, reason="-")
        case "review_override":
            return reviewing(change, session.voice.actor, "-", unsigned=session.voice.unsigned)
    state = known_change(access, change)
    person = ""
    if name == "end_objection":
        judgement = rehearsal.moment.judgement(state) if state.revision else None
        person = next((one.principal for one in judgement.objections), "") if judgement else ""
        person = person or state.created_by  # whose objection it would be makes no difference where none stands
    elif name == "reassign":
        person = next((one for one in sorted(session.governance.active) if one not in state.contributors), "")
    day = time.to_text(now + timedelta(days=1))
    return errand_of(session, change, Deed(name, words="-", day=day, person=person))[0]


def refusal_of(error: MetricgovError) -> Refusal:
    """Return an error as a refusal; what the rules miss comes as requirements, each with who and how."""
    from metricgov.domain.views import RequirementView
    from metricgov.domain.workflow.requirements import RefusedUnmet

    if isinstance(error, RefusedUnmet):
        missing = tuple(
            RequirementView(str(one.code), one.says, False, who=one.who, how=one.how) for one in error.unmet
        )
        return Refusal(error.code, error.message.splitlines()[0], error.hint, missing)
    return Refusal(error.code, str(error), error.hint)
