"""Undoing an applied change with a change of its own, judged like any other."""

from __future__ import annotations

from dataclasses import replace

from metricgov.app.access import Access
from metricgov.app.carrying import Errand, carry_out
from metricgov.app.contents import Content, EditedPath
from metricgov.app.moment import Moment, known_change
from metricgov.app.proposing import advice_for, prepare
from metricgov.app.purity import purity
from metricgov.app.ulid import new_ulid
from metricgov.domain.changes.findings import GRAVITY, ChangeClass
from metricgov.domain.definitions.kinds import id_of
from metricgov.domain.errors import Place, Refused
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.commands import Claims
from metricgov.domain.workflow.envelope import Actor, Envelope
from metricgov.domain.workflow.proposal import Proposal
from metricgov.domain.workflow.requirements import shown
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import ENDED, Intent, Stage


def revert(
    access: Access, *, change: str, actor: Actor, why: str, intent: Intent | None = None
) -> tuple[str, tuple[Envelope, ...]]:
    """Propose to put back what an applied change replaced; return the new change and its events.

    A definition that the change created is retired, since a published file is never deleted (INV-27). Refused where
    main has moved on under one of its paths.
    """
    new = new_ulid(access.clock.now())
    return new, carry_out(access, reverting(access, change=change, new=new, actor=actor, why=why, intent=intent))


def reverting(access: Access, *, change: str, new: str, actor: Actor, why: str, intent: Intent | None = None) -> Errand:
    """Return the errand of a revert, which is a change of its own (`new`, a fresh ULID)."""
    original = known_change(access, change)

    def contents(_state: ChangeState, moment: Moment) -> Proposal:
        return undoing(original, moment, change=new, why=why, intent=intent)[0]

    def command(_state: ChangeState, moment: Moment) -> commands.Command:
        return undoing(original, moment, change=new, why=why, intent=intent)[1]

    return Errand(new, actor, command=command, contents=contents, other=change)


def undoing(
    original: ChangeState, moment: Moment, *, change: str, why: str, intent: Intent | None = None
) -> tuple[Proposal, commands.Revert]:
    """Return what undoes an applied change at this moment, and the command that proposes it as a new one."""
    today = moment.now[:10]
    prepared = prepare(moment, _undone(original, moment, today), effective_from=today)
    moves = GRAVITY[prepared.assessment.proposal.change_class] > GRAVITY[ChangeClass.COMPATIBLE]
    stated = intent or (original.revision.intent if original.revision else None) or Intent.REDEFINITION
    claims = Claims(
        why=why,
        intent=stated if moves else None,
        treatment=advice_for(prepared.assessment, stated).treatment if moves else None,
        effective_from=today if moves else None,
    )
    proposal = replace(prepared.assessment.proposal, purity=purity(moment, original, prepared.edited))
    return proposal, commands.Revert(change=change, claims=claims)


def _undone(original: ChangeState, moment: Moment, today: str) -> tuple[EditedPath, ...]:
    _refuse_unapplied(moment.state(original.change))
    revision = original.revision
    if revision is None:
        raise Refused("stage", f"{shown(original.change)} has no contents to undo")
    found = []
    for here, edit in zip(moment.edits(original.change, revision), revision.edits, strict=True):
        if (here.before.ref if here.before else None) != (edit.as_edit().after):
            raise Refused(
                "moved_on",
                f"{here.path} is no longer what {shown(original.change)} made of it",
                hint="undo the later change first, or propose the contents you want: metricgov edit NAME",
                place=Place(here.path),
            )
        found.append(EditedPath(here.path, here.before, _before(original, here, moment, today)))
    return tuple(found)


def _refuse_unapplied(state: ChangeState) -> None:
    if state.stage is Stage.APPLIED:
        return
    label, stage = shown(state.change), state.stage.replace("_", " ")
    if state.stage in ENDED:
        raise Refused("stage", f"{label} was never applied, it is {stage}; there is nothing to undo")
    raise Refused(
        "stage",
        f"{label} is not applied yet, it is {stage}; there is nothing to undo",
        hint=f"take it back: metricgov withdraw {label}; or change it: metricgov revise {label}",
    )


def _before(original: ChangeState, here: EditedPath, moment: Moment, today: str) -> Content | None:
    revision = original.revision
    assert revision is not None
    edit = next(one for one in revision.edits if one.path == here.path)
    if edit.before is not None:
        return Content(edit.before.mode, moment.access.journal.blob(original.change, edit.before.sha256))
    moved_here = any(other.before and id_of(other.path) == id_of(here.path) for other in revision.edits)
    if here.before is None or moved_here:
        return None
    retirement = {"reason": f"{shown(original.change)} was reverted", "last_good_date": today}
    data = moment.access.files.set_fields(here.before.data, {"status": "retired", "retirement": retirement})
    return Content(here.before.mode, data)
