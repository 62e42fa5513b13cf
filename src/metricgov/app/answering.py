"""Who answers for what, by the governance of one commit: everybody in people.yaml, and every part in a definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from metricgov.app.owning import subject_of
from metricgov.domain.definitions.governance import PersonStatus, RaciEntry
from metricgov.domain.linted import Linted
from metricgov.domain.people.answering import DelegationRow, Kind, PersonRow, PlaceRow, Role, RoleRow
from metricgov.domain.people.standing import matched
from metricgov.domain.workflow.delegations import Delegation
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import routes

ITSELF = "the definition"
LISTED = {Role.CONSULTED: "consulted", Role.INFORMED: "informed"}


def everybody(governance: Governance, *, left: bool = False) -> tuple[PersonRow, ...]:
    """Return everybody of people.yaml in its order: people, teams, programs; with `left` also who has no rights."""
    people = governance.people
    rows = [
        PersonRow(
            id=one.id,
            kind=Kind.PERSON,
            name=one.name,
            active=one.status is PersonStatus.ACTIVE,
            teams=governance.teams_of(one.id),
            council=one.id in governance.council,
            keys=sum(key.is_active for key in one.keys),
        )
        for one in people.people
    ]
    rows += [
        PersonRow(one.id, Kind.TEAM, one.title, True, members=one.members, council=one.id == governance.raci.council)
        for one in people.teams
    ]
    rows += [PersonRow(one.id, Kind.SERVICE, one.title, one.status is PersonStatus.ACTIVE) for one in people.services]
    return tuple(row for row in rows if row.active or left)


def places(governance: Governance, held: frozenset[str]) -> tuple[PlaceRow, ...]:
    """Return the places of raci.yaml that some people or teams hold."""
    raci = governance.raci
    found = [PlaceRow("council", Role.ACCOUNTABLE, raci.council)]
    found.append(PlaceRow("registry", Role.ACCOUNTABLE, raci.registry.accountable))
    found += [PlaceRow("registry", Role.DEPUTY, raci.registry.deputy)] if raci.registry.deputy else []
    for entry in raci.entries:
        about = matched(entry.match)
        found.append(PlaceRow(about, Role.ACCOUNTABLE, entry.accountable))
        found += [PlaceRow(about, Role.DEPUTY, entry.deputy)] if entry.deputy else []
        found += [PlaceRow(about, role, one) for role, one in _named(entry)]
    return tuple(one for one in found if one.principal in held)


def parts(linted: Linted, governance: Governance) -> Iterator[RoleRow]:
    """Yield every part in every definition that is governed, by its id; nobody where two entries tie."""
    for definition, path in sorted(linted.paths.items()):
        entry = linted.registry.get(definition)
        facts = entry.facts if entry is not None else None
        title = facts.title if facts is not None else ""
        levels, tie = routes(subject_of(definition, facts, path, governance), governance)
        if tie:
            continue
        first = levels[0]
        yield RoleRow(definition, title, Role.ACCOUNTABLE, first.accountable, first.name)
        if first.deputy:
            yield RoleRow(definition, title, Role.DEPUTY, first.deputy, first.name)
        named = list(_named(first.entry)) if first.entry is not None else []
        for role, principal in named:
            yield RoleRow(definition, title, role, principal, first.name)
        for field, principal in facts.people if facts is not None else ():
            word = field.partition("[")[0]
            role_here = next((role for role, name in LISTED.items() if name == word), None)
            if role_here is not None and (role_here, principal) not in named:
                yield RoleRow(definition, title, role_here, principal, ITSELF)


def _named(entry: RaciEntry) -> Iterator[tuple[Role, str]]:
    for role, names in (
        (Role.RESPONSIBLE, entry.responsible),
        (Role.CONSULTED, entry.consulted),
        (Role.INFORMED, entry.informed),
    ):
        yield from ((role, one) for one in names)


def delegation_rows(found: Iterable[Delegation], now: str) -> tuple[DelegationRow, ...]:
    """Return delegations as readers see them at a second."""
    return tuple(
        DelegationRow(
            id=one.id,
            label=one.label,
            giver=one.giver,
            to=one.to,
            scope=one.scope,
            starts=one.starts,
            ends=one.ends,
            reason=one.reason,
            by=one.principal,
            state=_state(one, now),
            ended_by=one.ended_by,
            ended_at=one.ended_at,
        )
        for one in found
    )


def _state(one: Delegation, now: str) -> str:
    if one.ended_seq:
        return "ended"
    if now > one.ends:
        return "over"
    return "holds" if one.starts <= now else "to_come"
