"""Who would have to agree to a change of a definition, and who somebody is here; what is missing is for judge."""

from __future__ import annotations

from dataclasses import dataclass

from metricgov.app.contents import read_paths
from metricgov.app.deadlines import names_at
from metricgov.app.moment import Moment
from metricgov.app.owning import owner_of
from metricgov.domain import time
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.kinds import GOVERNANCE_FILES, GOVERNED_ROOTS, Kind, domain_of, id_of, split_id
from metricgov.domain.digest import JSON
from metricgov.domain.errors import InvalidFiles
from metricgov.domain.views import RequirementView, WhoView
from metricgov.domain.workflow.envelope import Actor
from metricgov.domain.workflow.proposal import Subject, Touched, subject
from metricgov.domain.workflow.roles import Roles, who


def who_view(moment: Moment, definition: str, *, change_class: ChangeClass, contributor: str = "") -> WhoView:
    """Return who would have to agree if `contributor` ("" for nobody) changed an existing definition."""
    found = roles_for(definition, moment, change_class=change_class, contributors=(contributor,) if contributor else ())
    assert found is not None, "the caller resolved the definition"
    return WhoView(
        definition=definition,
        change_class=change_class,
        responsible=found.responsible,
        accountable=found.accountable,
        deputy=found.deputy or "",
        consulted=found.consulted,
        informed=found.informed,
        requirements=tuple(
            RequirementView(
                code=str(slot.code),
                says=f"approval of {slot.says}",
                met=False,
                who=tuple(sorted(slot.people)),
                how=found.because if slot.people == frozenset(found.decides) else "",
            )
            for slot in found.slots
        ),
        gap=found.gap or found.tie,
        stand_ins=_stand_ins(moment, found, definition, change_class, contributor),
    )


def _stand_ins(
    moment: Moment, roles: Roles, definition: str, change_class: ChangeClass, contributor: str
) -> tuple[str, ...]:
    """Return who stands in for whom about a definition at this moment, as sentences."""
    about = subject_at(moment, definition)
    if about is None or not moment.delegations:
        return ()
    touched = Touched(definition, "", about, about, change_class, frozenset())
    names = names_at(moment, frozenset({contributor} - {""}))
    asked = {person for name in roles.consulted for person in moment.governance.members(name)}
    helpers = names.helpers(roles.approvers | asked, touched)
    return tuple(
        f"{one.to} stands in for {one.giver} until {time.spoken(one.ends[:10])} ({one.label})" for one in helpers
    )


def roles_for(
    definition: str,
    moment: Moment,
    *,
    change_class: ChangeClass = ChangeClass.BREAKING,
    contributors: tuple[str, ...] = (),
) -> Roles | None:
    """Return the roles for a definition at the tip; None where it is not there."""
    about = subject_at(moment, definition)
    return who(about, change_class, contributors, moment.governance) if about else None


def answerers(definition: str, moment: Moment) -> tuple[str, ...]:
    """Return the people to whom a request for a definition goes: responsible, accountable and deputy."""
    found = roles_for(definition, moment)
    if found is None:
        return ()
    named = (*found.responsible, found.accountable, found.deputy)
    return tuple(sorted({person for name in named for person in moment.governance.members(name)}))


def subject_at(moment: Moment, definition: str) -> Subject | None:
    """Return the routing facts of a definition at the tip; None where it is not there."""
    path = path_at(moment, definition)
    if path is None:
        return None
    kind = split_id(definition)[0]
    if kind in {Kind.GOVERNANCE, Kind.OPAQUE}:
        return Subject(definition, owner=owner_of(path, moment.governance) if kind is Kind.OPAQUE else "")
    content = read_paths(moment.access.source, moment.tip, (path,))[path]
    data: dict[str, JSON] | None
    try:
        data = moment.access.files.load(content.data, path)
    except InvalidFiles:
        data = None
    return subject(definition, data, domain=domain_of(path) or "")


def path_at(moment: Moment, definition: str) -> str | None:
    """Return the path of a definition at the tip; None where it is not there."""
    kind, name = split_id(definition)
    if kind is Kind.GOVERNANCE:
        wanted = next((path for path, stem in GOVERNANCE_FILES.items() if stem == name), "")
        return wanted if wanted and wanted in moment.access.source.tree(moment.tip, (wanted,)) else None
    if kind is Kind.OPAQUE:
        return name if name in moment.access.source.tree(moment.tip, (name,)) else None
    return next(
        (path for path in moment.access.source.tree(moment.tip, GOVERNED_ROOTS) if id_of(path) == definition), None
    )


@dataclass(frozen=True, slots=True)
class Me:
    """Who somebody is here: name, how they are known, teams, and what raci.yaml gives them, level by level."""

    principal: str
    name: str
    known_by: str
    teams: tuple[str, ...] = ()
    council: bool = False
    accountable: tuple[str, ...] = ()
    deputy: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()


def me(moment: Moment, actor: Actor, *, known_by: str) -> Me:
    """Return who an actor is under the governance in force; roles held through a team count."""
    governance = moment.governance
    person = governance.person(actor.principal)
    entries = [
        (" ".join(f"{key} {value}" for key, value in entry.match.model_dump(exclude_none=True).items()), entry)
        for entry in governance.raci.entries
    ]
    registry = governance.raci.registry

    def holds(principal: str | None) -> bool:
        return principal is not None and actor.principal in governance.members(principal)

    return Me(
        principal=actor.principal,
        name=person.name if person else "",
        known_by=known_by,
        teams=governance.teams_of(actor.principal),
        council=actor.principal in governance.council,
        accountable=(
            *(match for match, entry in entries if holds(entry.accountable)),
            *(("everything else",) if holds(registry.accountable) else ()),
        ),
        deputy=(
            *(match for match, entry in entries if holds(entry.deputy)),
            *(("everything else",) if holds(registry.deputy) else ()),
        ),
        responsible=tuple(match for match, entry in entries if any(map(holds, entry.responsible))),
        consulted=tuple(match for match, entry in entries if any(map(holds, entry.consulted))),
    )
