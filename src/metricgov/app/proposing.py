"""Proposing contents: what they mean, the version and date they are due, and the change that asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from metricgov.app.access import Access
from metricgov.app.assess import Assessed, Assessment
from metricgov.app.carrying import Errand, carry_out
from metricgov.app.collecting import refuse_problems
from metricgov.app.contents import Content, EditedPath
from metricgov.app.moment import Moment
from metricgov.app.working_calendar import newly_unknown
from metricgov.domain.changes.findings import GRAVITY, ChangeClass
from metricgov.domain.changes.versions import reaches
from metricgov.domain.comparability.advice import Advice, Overlap, advise, reach
from metricgov.domain.definitions.kinds import Kind, split_id
from metricgov.domain.digest import JSON
from metricgov.domain.errors import BadInput, Refused
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.authoring import MOVES_NUMBERS
from metricgov.domain.workflow.commands import Claims
from metricgov.domain.workflow.envelope import Actor, Envelope
from metricgov.domain.workflow.proposal import Proposal, Touched
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import Intent

Collect = Callable[[Moment], Sequence[EditedPath]]
"""Where contents come from, asked again at every tip."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Edits with version and date written into them, what they mean, and the advised treatment."""

    edited: tuple[EditedPath, ...]
    assessment: Assessment
    advice: Advice


def prepare(moment: Moment, edited: Sequence[EditedPath], *, effective_from: str | None = None) -> Prepared:
    """Write the version that is due (and the effective date, where one is given) into the edits.

    A version that is large enough stays; one that goes back, as old contents bring it along, is no meaning of the
    edit and counts as not touched. InvalidFiles if a file of the result cannot be used; BadInput if nothing differs.
    """
    if not edited:
        raise BadInput("nothing_edited", "nothing governed differs from main", hint="edit a definition first")
    first = moment.assess(edited)
    refuse_problems(first.problems)
    if kept := {one.touched.path: {"version": was} for one in first.definitions if (was := _gone_back(one.touched))}:
        edited = tuple(_written(moment.access, one, kept.get(one.path, {})) for one in edited)
        first = moment.assess(edited)
    changes = {one.touched.path: _due_fields(one.touched, effective_from) for one in first.definitions}
    written = tuple(_written(moment.access, one, changes.get(one.path, {})) for one in edited)
    assessment = first if written == tuple(edited) else moment.assess(written)
    refuse_problems(assessment.problems)
    access, after = moment.access, assessment.proposal.governance_after
    refuse_problems(newly_unknown(after, written, calendars=access.calendars, files=access.files))
    return Prepared(written, assessment, advice_for(assessment, None))


def advice_for(
    assessment: Assessment, intent: Intent | None, *, of: str = "", overlap: Overlap | None = None
) -> Advice:
    """Return the treatment that the decision table advises for the gravest definition of a change, or for `of`.

    `overlap` is what an effect measured for it; a metric that did not change itself is judged by its cause.
    """
    gravest_one = _gravest(assessment)
    definition, change_class = of or gravest_one.touched.id, gravest_one.touched.change_class
    own = next((one for one in assessment.definitions if one.touched.id == definition), gravest_one)
    before, after = assessment.before.get(definition), assessment.after.get(definition)
    data: Mapping[str, JSON] = before.data if before else {}
    now: Mapping[str, JSON] = after.data if after else data
    return advise(
        own.touched.change_class if of else change_class,
        intent=intent,
        available=reach(data, _sources(definition, assessment)),
        rules=rules_of(own),
        calculation=_calculation(now, "type"),
        fixed_by_contract=_fixed_by_contract(data.get("used_in")),
        succeeded="replaced_by" in now,
        overlap=overlap,
    )


def rules_of(one: Assessed) -> frozenset[str]:
    """Return the rules whose findings give a definition its class."""
    grave = _as_grave_as(one.touched.change_class)
    return frozenset(found.rule for found in one.findings if found.change_class in grave)


def refuse_treatment(assessment: Assessment, claims: Claims) -> None:
    """Refuse a treatment that the decision table rules out for the kind of change, whatever the data say."""
    from metricgov.domain.comparability.advice import forbidden

    for one in assessment.definitions:
        if claims.treatment is None or one.touched.change_class not in MOVES_NUMBERS or one.touched.is_governance:
            continue
        after = assessment.after.get(one.touched.id)
        kind = _calculation(after.data, "aggregate") or _calculation(after.data, "type") if after else ""
        if says := forbidden(claims.treatment, intent=claims.intent, rules=rules_of(one), calculation=kind):
            hint = "choose another --treatment; docs/concepts/treatments.md has the table"
            raise Refused("treatment_forbidden", f"{one.touched.id}: {claims.treatment}: {says}", hint=hint)


def _gravest(assessment: Assessment) -> Assessed:
    return max(assessment.definitions, key=lambda one: GRAVITY[one.touched.change_class])


def _calculation(data: Mapping[str, JSON], field: str) -> str:
    calculation = data.get("calculation")
    found = calculation.get(field) if isinstance(calculation, Mapping) else None
    return found if isinstance(found, str) else ""


def _as_grave_as(change_class: ChangeClass) -> frozenset[ChangeClass]:
    return MOVES_NUMBERS if change_class in MOVES_NUMBERS else frozenset({change_class})


def _sources(definition: str, assessment: Assessment) -> list[Mapping[str, JSON] | None]:
    """Return the sources that a definition would be computed from, through other metrics too."""
    registry = assessment.after
    found = [definition, *registry.inputs(definition, transitive=True)]
    sources = [one for one in found if split_id(one)[0] is Kind.SOURCE]
    return [entry.data if (entry := registry.get(one)) else None for one in sources]


def _fixed_by_contract(consumers: JSON) -> bool:
    return any(
        isinstance(one, Mapping) and one.get("kind") in {"contract", "bonus"} and one.get("on_change") == "keep_old"
        for one in (consumers if isinstance(consumers, Sequence) and not isinstance(consumers, str) else ())
    )


def _due_fields(touched: Touched, effective_from: str | None) -> dict[str, JSON]:
    fields: dict[str, JSON] = {}
    if touched.version_due is not None and not reaches(touched.version_after, touched.version_due):
        fields["version"] = touched.version_due
    moves = GRAVITY[touched.change_class] > GRAVITY[ChangeClass.COMPATIBLE]
    if effective_from and moves and split_id(touched.id)[0] is Kind.METRIC:
        fields["effective_from"] = effective_from
    return fields


def _gone_back(touched: Touched) -> str:
    """Return the version on main where the edit states an earlier one, else ""."""
    was, states = touched.version_before or "", touched.version_after or ""
    return was if was and states and not reaches(states, was) else ""


def _written(access: Access, edited: EditedPath, fields: Mapping[str, JSON]) -> EditedPath:
    if edited.after is None or not fields:
        return edited
    return replace(edited, after=Content(edited.after.mode, access.files.set_fields(edited.after.data, fields)))


def propose(
    access: Access, *, change: str, actor: Actor, collect: Collect, claims: Claims, submit: bool = True
) -> tuple[Envelope, ...]:
    """Begin a change with contents: a draft, or at once its first revision.

    `change` is a fresh ULID. Raises RefusedUnmet with everything the author still owes, and then nothing is written.
    """
    return carry_out(
        access,
        Errand(
            change,
            actor,
            command=lambda _state, _moment: commands.Create(change=change, claims=claims, submit=submit),
            contents=_contents(collect, claims),
        ),
    )


def revise(
    access: Access, *, change: str, actor: Actor, collect: Collect, claims: Callable[[ChangeState], Claims]
) -> tuple[Envelope, ...]:
    """Give a change new contents or new claims."""
    return carry_out(access, _renewed(change, actor, collect, claims, commands.Revise))


def submit(
    access: Access, *, change: str, actor: Actor, collect: Collect, claims: Callable[[ChangeState], Claims]
) -> tuple[Envelope, ...]:
    """Put a draft up for review, with the contents and claims that it has come to."""
    return carry_out(access, _renewed(change, actor, collect, claims, commands.Submit))


def _renewed(
    change: str,
    actor: Actor,
    collect: Collect,
    claims: Callable[[ChangeState], Claims],
    command: type[commands.Revise | commands.Submit],
) -> Errand:
    """Return the errand of a command that brings a change contents anew."""
    return Errand(
        change,
        actor,
        command=lambda state, _moment: command(claims=claims(state)),
        contents=lambda state, moment: _proposal(moment, collect, claims(state), state),
    )


def _contents(collect: Collect, claims: Claims) -> Callable[[ChangeState, Moment], Proposal]:
    return lambda _state, moment: _proposal(moment, collect, claims)


def _proposal(moment: Moment, collect: Collect, claims: Claims, state: ChangeState | None = None) -> Proposal:
    prepared = prepare(moment, collect(moment), effective_from=claims.effective_from)
    refuse_treatment(prepared.assessment, claims)
    purity = moment.purity(state, prepared.edited) if state is not None else None
    return replace(prepared.assessment.proposal, purity=purity)
