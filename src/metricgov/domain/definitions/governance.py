"""The governance files: people, RACI, policy, metricgov.yaml; who may do what with them lives in domain/workflow."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from metricgov.domain.definitions.engines import EffectSettings, EngineSettings
from metricgov.domain.definitions.work_calendar import WorkCalendar
from metricgov.domain.workflow.envelope import Identity

PRINCIPAL = r"^[a-z][a-z0-9_-]*$"
HASHED = re.compile(r"sha256:[0-9a-f]{64}")

PrincipalId = Annotated[str, Field(pattern=PRINCIPAL, max_length=80)]
NamePattern = Annotated[str, Field(pattern=r"^[a-z*?][a-z0-9_*?]*$", max_length=80)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]

PATHS: dict[str, str] = {
    "people": "governance/people.yaml",
    "raci": "governance/raci.yaml",
    "policy": "governance/policy.yaml",
    "metricgov": "metricgov.yaml",
}
"""Where each governance file stands, by its `kind`."""


WhenText = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$")]
"""A day, or a second in UTC."""


class GovernanceModel(BaseModel):
    """Base: unknown keys are refused, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class PersonStatus(StrEnum):
    """Whether a person still has rights."""

    ACTIVE = "active"
    LEFT = "left"


class KeyStatus(StrEnum):
    """Whether a key still counts."""

    ACTIVE = "active"
    REVOKED = "revoked"


class Key(GovernanceModel):
    """A public SSH key of a person."""

    key: str = Field(min_length=1, description="Public key as in a .pub file, without options.")
    status: KeyStatus = Field(KeyStatus.ACTIVE, description="`revoked` ends its use from the next step of main on.")
    compromised_since: str | None = Field(
        None,
        pattern=r"^\d{4}-\d{2}-\d{2}$",
        description="With `revoked`: the day from which somebody else may have had it; audits list what it signed.",
    )

    @property
    def is_active(self) -> bool:
        """Whether signatures of it count."""
        return self.status is KeyStatus.ACTIVE

    @property
    def line(self) -> str:
        """Kind and key without the comment: what two keys are compared by."""
        return " ".join(self.key.split()[:2])


class Person(GovernanceModel):
    """One human being."""

    id: PrincipalId = Field(description="Immutable id; the journal names people by it alone.")
    name: str = Field(min_length=1, description="Name as shown to others.")
    email: str | None = Field(
        None, description="Address that git's user.email is compared with, or `sha256:` and its hash in lower case."
    )
    login: str | None = Field(None, description="Account name on the git host.")
    status: PersonStatus = Field(PersonStatus.ACTIVE, description="`left` ends every right and keeps the history.")
    keys: tuple[Key, ...] = Field((), description="Public keys that sign this person's decisions.")


class Team(GovernanceModel):
    """Several people who can hold a role together; any member may act for it."""

    id: PrincipalId = Field(description="Immutable id, in one namespace with people.")
    title: str = Field(min_length=1, description="Name as shown to others.")
    members: tuple[PrincipalId, ...] = Field(description="Ids of people.")


class Service(GovernanceModel):
    """A program that may apply changes; it never counts as a person."""

    id: PrincipalId = Field(description="Immutable id, in one namespace with people and teams.")
    title: str = Field(min_length=1, description="Name as shown to others.")
    email: str | None = Field(None, description="Address that git's user.email is compared with, or its hash.")
    login: str | None = Field(None, description="Account name on the git host.")
    status: PersonStatus = Field(PersonStatus.ACTIVE, description="`left` ends every right.")


class People(GovernanceModel):
    """governance/people.yaml: who exists."""

    kind: Literal["people"] = Field("people", description="Always `people`.")
    people: tuple[Person, ...] = Field(min_length=1, description="Everybody who may propose or decide.")
    teams: tuple[Team, ...] = Field((), description="Groups that hold roles.")
    services: tuple[Service, ...] = Field((), description="Programs.")


class Match(GovernanceModel):
    """What an entry is about: exactly one of the four."""

    name: NamePattern | None = Field(None, description="Name or pattern with `*` and `?`; beats tag, domain and kind.")
    tag: Name | None = Field(None, description="A tag of the definition; beats domain and kind.")
    domain: Name | None = Field(None, description="The domain; beats kind.")
    kind: str | None = Field(None, description="The kind of definition, e.g. `source`.")

    def keys(self) -> tuple[str, ...]:
        """Return the names of the keys that are set."""
        return tuple(key for key in ("name", "tag", "domain", "kind") if getattr(self, key) is not None)


class Deciders(GovernanceModel):
    """The last level before the council."""

    accountable: PrincipalId = Field(
        description="Who decides where no entry matches, or those of an entry contributed."
    )
    deputy: PrincipalId | None = Field(None, description="Decides where the accountable contributed or has left.")


class RaciEntry(GovernanceModel):
    """Who does what for the definitions that match."""

    match: Match = Field(description="Which definitions; the most specific entry wins, a tie is an error.")
    responsible: tuple[PrincipalId, ...] = Field((), description="Draft and implement.")
    accountable: PrincipalId = Field(description="The one person or team whose approval is required.")
    deputy: PrincipalId | None = Field(None, description="Decides where the accountable contributed or has left.")
    consulted: tuple[PrincipalId, ...] = Field((), description="Are asked before a change is applied.")
    informed: tuple[PrincipalId, ...] = Field((), description="Are told when a change is applied.")


class Raci(GovernanceModel):
    """governance/raci.yaml: who is responsible, accountable, consulted, informed."""

    kind: Literal["raci"] = Field("raci", description="Always `raci`.")
    council: PrincipalId = Field(description="Team (or person) that decides on governance and on breaking changes.")
    registry: Deciders = Field(description="The last level before the council.")
    entries: tuple[RaciEntry, ...] = Field((), description="Roles by name pattern, tag, domain or kind.")


class Preset(StrEnum):
    """Ready-made policies by size of team."""

    SOLO = "solo"
    SMALL = "small"
    STANDARD = "standard"
    REGULATED = "regulated"


class Enforce(StrEnum):
    """What a finding of the gate does; the stricter one is `block`."""

    OBSERVE = "observe"
    BLOCK = "block"


class Hearing(StrEnum):
    """What is asked of consulted people; the order of strictness is in presets.py."""

    NONE = "none"
    HEARD = "heard"
    ANSWERED = "answered"


class EffectRule(StrEnum):
    """When the effect of a change must have been computed."""

    NONE = "none"
    IF_ENGINE = "if_engine"
    ALWAYS = "always"


class ClassRule(GovernanceModel):
    """What differs from the preset for one class of change; what is absent stays as in the preset."""

    accountable: StrictBool | None = Field(None, description="Approval of the accountable.")
    responsible: StrictBool | None = Field(None, description="Approval of one responsible person or the accountable.")
    council: Annotated[StrictInt, Field(ge=0, le=20)] | None = Field(
        None, description="Approvals of so many different people of the council."
    )
    approvals: Annotated[StrictInt, Field(ge=0, le=20)] | None = Field(
        None, description="Approvals of so many further people with any role for the definition."
    )
    consulted: Hearing | None = Field(
        None, description="`heard`: answered or deadline passed; `answered`: silence does not count."
    )
    effect: EffectRule | None = Field(None, description="Whether the effect on the numbers must have been computed.")
    statements: StrictBool | None = Field(None, description="Intent, treatment and effective date must be stated.")
    identity: Identity | None = Field(None, description="Least sure kind of identity whose approval counts.")
    threads: StrictBool | None = Field(None, description="All threads must be resolved.")
    ticket: StrictBool | None = Field(None, description="At least one reference (ticket) must be named.")


class Scope(GovernanceModel):
    """A stricter or looser enforcement for some definitions; of several that match the strictest wins."""

    match: Match = Field(description="Which definitions.")
    enforce: Enforce | None = Field(None, description="`observe` reports, `block` stops; absent: as the file says.")
    classes: dict[str, ClassRule] = Field(
        default_factory=dict, description="What these definitions ask for besides; the stricter of both counts."
    )


class Freeze(GovernanceModel):
    """A time in which nothing that it covers reaches the main branch; governance itself is never frozen."""

    name: str = Field(min_length=1, max_length=80, description="What people call it: `year end`.")
    starts: WhenText = Field(description="First day, or the UTC second from which on.")
    ends: WhenText = Field(description="Last day, or the UTC second until which.")
    match: Match | None = Field(None, description="Which definitions; absent: all of them.")
    classes: tuple[str, ...] = Field((), description="Which classes of change; empty: all of them.")


class OverrideRule(GovernanceModel):
    """What differs from the preset about changes that cannot wait."""

    allowed: StrictBool | None = Field(
        None, description="Whether two people may let a change through without the agreements it lacks."
    )
    review_days: Annotated[StrictInt, Field(ge=1, le=90)] | None = Field(
        None, description="Calendar days within which a third person looks at an override."
    )


class EffectStorage(StrEnum):
    """How much of a computed effect goes into git, which keeps what it takes."""

    FULL = "full"
    VERDICT = "verdict"
    DIGEST = "digest"


class Policy(GovernanceModel):
    """governance/policy.yaml: what a change needs."""

    kind: Literal["policy"] = Field("policy", description="Always `policy`.")
    preset: Preset = Field(description="The policy everything else differs from.")
    enforce: Enforce = Field(Enforce.BLOCK, description="`observe` runs every check and lets everything pass.")
    scopes: tuple[Scope, ...] = Field((), description="Exceptions by name pattern, tag, domain or kind.")
    classes: dict[str, ClassRule] = Field(
        default_factory=dict, description="What differs from the preset, by class of change or `governance`."
    )
    consulted_days: Annotated[StrictInt, Field(ge=0, le=365)] | None = Field(
        None, description="Working days after which silence of the consulted counts; absent: as in the preset."
    )
    respond_days: Annotated[StrictInt, Field(ge=0, le=365)] | None = Field(
        None,
        description="Working days the accountable has to answer before a substitute may; 0: for ever; "
        "absent: as in the preset.",
    )
    expire_days: Annotated[StrictInt, Field(ge=0, le=3650)] | None = Field(
        None, description="Working days after which a change under review expires; 0: never; absent: as in the preset."
    )
    calendar: WorkCalendar | None = Field(
        None, description="Which days are working days; absent: Monday to Friday, no holidays, UTC."
    )
    freezes: tuple[Freeze, ...] = Field((), description="Times in which nothing is applied or merged.")
    reformatting_keeps_approval: StrictBool = Field(
        False, description="Whether an approval survives a change of bytes that is identical in canonical form."
    )
    override: OverrideRule | None = Field(
        None, description="Break-glass: whether it is possible, and when its review is due; absent: as in the preset."
    )
    effect_storage: EffectStorage = Field(EffectStorage.VERDICT, description="How much of an effect is stored in git.")


class OpaqueFiles(GovernanceModel):
    """Files of other tools that are governed as they are."""

    paths: tuple[str, ...] = Field(min_length=1, description="Globs; `*` within a folder, `**` across.")
    dialect: str | None = Field(None, description="SQL dialect of .sql files among them.")
    owner: PrincipalId | None = Field(None, description="Who is accountable for them.")


class Metricgov(GovernanceModel):
    """metricgov.yaml: what this registry is."""

    kind: Literal["metricgov"] = Field("metricgov", description="Always `metricgov`.")
    registry: str = Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="UUID of the registry; never changes."
    )
    format: Literal[1] = Field(1, description="Version of the file formats.")
    journal: str = Field(
        "metricgov/journal",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*)*$",
        description="Branch that holds the journal.",
    )
    values: str = Field(
        "metricgov/values",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*)*$",
        description="Branch that holds values as they were known (`snapshot`).",
    )
    rules: Annotated[StrictInt, Field(ge=1)] = Field(1, description="Version of the rule set that classes come from.")
    dialect: str = Field("duckdb", min_length=1, description="sqlglot dialect of the expressions in definitions.")
    opaque: tuple[OpaqueFiles, ...] = Field((), description="Files of other tools that are governed as they are.")
    engines: dict[Name, EngineSettings] = Field(
        default_factory=dict, description="Where data are, by the names that `relations` of sources use."
    )
    effect: EffectSettings = Field(default_factory=EffectSettings, description="How effects of changes are computed.")


MODELS: dict[str, type[GovernanceModel]] = {
    "people": People,
    "raci": Raci,
    "policy": Policy,
    "metricgov": Metricgov,
}
"""The model of each governance file, by its `kind`."""


def email_hash(email: str) -> str:
    """Return `sha256:` and the hash of an address in lower case; of a value that is a hash already, itself."""
    if HASHED.fullmatch(email):
        return email
    return "sha256:" + hashlib.sha256(email.strip().lower().encode()).hexdigest()
