"""People as readers of the registry see them: who there is, what they answer for, who stands in; no addresses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a name of people.yaml is."""

    PERSON = "person"
    TEAM = "team"
    SERVICE = "service"


class Role(StrEnum):
    """The parts that raci.yaml and definitions give."""

    RESPONSIBLE = "responsible"
    ACCOUNTABLE = "accountable"
    DEPUTY = "deputy"
    CONSULTED = "consulted"
    INFORMED = "informed"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One name of people.yaml. `active` says whether it has rights, `members` are those of a team.

    `council` says whether the person is on it, or the team is it; `keys` counts the keys that count.
    """

    id: str
    kind: Kind
    name: str
    active: bool
    teams: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    council: bool = False
    keys: int = 0


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One part in one definition: whose it is (a person or a team), by what.

    `by` is the entry of raci.yaml ("domain crm_handoff", "registry", "council") or "the definition", which names
    people of its own.
    """

    definition: str
    title: str
    role: Role
    principal: str
    by: str


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place in raci.yaml, whatever definitions there are: the entry, the role, and who holds it."""

    by: str
    role: Role
    principal: str


@dataclass(frozen=True, slots=True)
class DelegationRow:
    """One person who answers in another's name; days are UTC in seconds, `scope` "everything" without a limit.

    `state` is `holds`, `to_come`, `over` or `ended`; `ended_by` and `ended_at` say who ended it early, and when.
    """

    id: str
    label: str
    giver: str
    to: str
    scope: str
    starts: str
    ends: str
    reason: str
    by: str
    state: str
    ended_by: str = ""
    ended_at: str = ""


@dataclass(frozen=True, slots=True)
class PersonView:
    """One name of people.yaml in full: places in raci.yaml, parts in definitions, and who stands in for whom."""

    row: PersonRow
    places: tuple[PlaceRow, ...] = ()
    parts: tuple[RoleRow, ...] = ()
    delegations: tuple[DelegationRow, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that signs decisions: whose it is, whether it counts, and whether they showed that they hold it."""

    person: str
    fingerprint: str
    kind: str
    key: str
    active: bool
    compromised_since: str = ""
    proved: bool = False
