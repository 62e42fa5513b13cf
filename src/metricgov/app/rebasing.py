"""Bringing a change onto today's main, field by field; a field that both sides changed is for people to settle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from metricgov.app.access import Access
from metricgov.app.carrying import Errand, carry_out
from metricgov.app.claims import claims_of
from metricgov.app.contents import Content, EditedPath
from metricgov.app.moment import Moment, known_change
from metricgov.app.proposing import prepare
from metricgov.domain.changes.edits import edits
from metricgov.domain.changes.values import Missing
from metricgov.domain.definitions.kinds import NATIVE, id_of, split_id
from metricgov.domain.digest import JSON
from metricgov.domain.errors import Place, Refused
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.envelope import Actor, Envelope
from metricgov.domain.workflow.proposal import Proposal
from metricgov.domain.workflow.requirements import shown
from metricgov.domain.workflow.state import ChangeState

WRITTEN_ANEW = frozenset({"version"})
"""Fields that the tool writes itself, so that two values of them are no conflict."""


def rebase(access: Access, *, change: str, actor: Actor) -> tuple[Envelope, ...]:
    """Propose the same field edits on main's tip; the change comes back into review.

    Refused, naming the fields, where main changed the same ones.
    """
    known_change(access, change)
    return carry_out(access, rebasing(change, actor))


def rebasing(change: str, actor: Actor) -> Errand:
    """Return the errand of a rebase."""
    return Errand(
        change, actor, command=lambda state, _moment: commands.Rebase(claims=claims_of(state)), contents=_rebased
    )


def _rebased(state: ChangeState, moment: Moment) -> Proposal:
    claims_of(state)
    contents = state.revision or state.draft
    assert contents is not None
    clashes: list[str] = []
    moved = []
    for here, edit in zip(moment.edits(state.change, contents), contents.edits, strict=True):
        if (here.before.ref if here.before else None) == edit.as_edit().before:
            moved.append(here)
            continue
        if edit.before is None or here.before is None or here.after is None:
            # Created, deleted or moved away on one side, and something else on the other: no fields to put together.
            clashes.append(f"{here.path}: the whole file")
            continue
        old = moment.access.journal.blob(state.change, edit.before.sha256)
        result, both = merged(moment, here, old)
        moved.append(result)
        clashes += [f"{here.path}: {field}" for field in both]
    if clashes:
        raise Refused(
            "both_changed",
            f"main changed the same fields since: {'; '.join(clashes)}",
            hint=f"decide what they should be: metricgov edit NAME, then metricgov revise {shown(state.change)}",
            place=Place(clashes[0].partition(":")[0]),
        )
    prepared = prepare(moment, moved, effective_from=contents.effective_from)
    return replace(prepared.assessment.proposal, purity=moment.purity(state, prepared.edited))


def merged(moment: Moment, here: EditedPath, old: bytes) -> tuple[EditedPath, Sequence[str]]:
    """Return the path with the fields that differ from `old` set in main's file, and those that both sides changed."""
    assert here.before is not None
    assert here.after is not None
    if here.before.data == old:
        return here, ()
    definition = id_of(here.path)
    if definition is None or split_id(definition)[0] not in NATIVE:
        return here, ("the whole file",)
    kind = split_id(definition)[0]
    files = moment.access.files
    base, ours, main = (files.load(data, here.path) for data in (old, here.after.data, here.before.data))
    wanted = _fields(kind, base, ours)
    theirs = _fields(kind, base, main)
    both = [path for path in wanted if any(_overlap(path, other) for other in theirs if theirs[other] != wanted[path])]
    data = files.set_fields(here.before.data, wanted) if not both else here.after.data
    return EditedPath(here.path, here.before, Content(here.after.mode, data)), both


def _fields(kind: str, before: Mapping[str, JSON], after: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the fields that differ and their values after, None where they are gone."""
    found = {
        edit.path: None if isinstance(edit.after, Missing) else _raw(edit.after) for edit in edits(kind, before, after)
    }
    return {path: value for path, value in found.items() if path not in WRITTEN_ANEW}


def _raw(value: JSON) -> JSON:
    return list(value) if isinstance(value, tuple) else value


def _overlap(one: str, other: str) -> bool:
    """Say whether two field paths are the same or one lies within the other."""
    return one == other or one.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{one}.", f"{one}["))
