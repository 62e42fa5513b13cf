"""The governance in force at one commit: who is who and what policy asks for; routing lives in roles.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING

from pydantic import ValidationError

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.governance import (
    MODELS,
    PATHS,
    Enforce,
    GovernanceModel,
    Match,
    Metricgov,
    People,
    Person,
    PersonStatus,
    Policy,
    Raci,
    Service,
    email_hash,
)
from metricgov.domain.definitions.governance_problems import cross_problems, problems
from metricgov.domain.definitions.problems import DefinitionErrors, FieldProblem
from metricgov.domain.digest import JSON, canonical_json, sha256_hex
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.presets import (
    GOVERNANCE,
    PRESETS,
    OverrideRules,
    PresetRules,
    Rule,
    stricter,
    with_override,
)
from metricgov.domain.workflow.proposal import Subject

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


@dataclass(frozen=True)
class Governance:
    """People, RACI, policy and metricgov.yaml of one tree; `raw` are the parsed files they come from."""

    people: People
    raci: Raci
    policy: Policy
    config: Metricgov
    raw: Mapping[str, JSON]

    @classmethod
    def of(cls, files: Mapping[str, Mapping[str, JSON]]) -> Governance:
        """Read the four files, keyed by `people`, `raci`, `policy`, `metricgov`.

        DefinitionErrors carries every problem of all of them; a missing file is one (INV-07).
        """
        found: list[FieldProblem] = []
        models: dict[str, GovernanceModel] = {}
        for kind, path in PATHS.items():
            if kind not in files:
                found.append(FieldProblem("GOVERNANCE_MISSING", f"{path} is missing", path, hint=f"write {path}"))
                continue
            try:
                models[kind] = MODELS[kind].model_validate(files[kind])
            except ValidationError as error:
                found.extend(_field_problem(path, one) for one in error.errors(include_url=False))
            else:
                found.extend(problems(models[kind]))
        if not found:
            people, raci, policy, config = (models[kind] for kind in ("people", "raci", "policy", "metricgov"))
            assert isinstance(people, People)
            assert isinstance(raci, Raci)
            assert isinstance(policy, Policy)
            assert isinstance(config, Metricgov)
            found.extend(cross_problems(people, raci, config))
            governance = cls(people, raci, policy, config, {kind: files[kind] for kind in PATHS})
            found.extend(governance._empty_rules())
            if not found:
                return governance
        raise DefinitionErrors(found)

    def to_bytes(self) -> bytes:
        """Return `governance.json`: the four files as RFC 8785 JSON, for whoever verifies later."""
        return canonical_json(self.raw)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of `governance.json`; what events and `--root` name."""
        return sha256_hex(self.to_bytes())

    @cached_property
    def _people(self) -> dict[str, Person]:
        return {person.id: person for person in self.people.people}

    @cached_property
    def _teams(self) -> dict[str, tuple[str, ...]]:
        return {team.id: team.members for team in self.people.teams}

    @cached_property
    def _services(self) -> dict[str, Service]:
        return {service.id: service for service in self.people.services}

    @cached_property
    def _addresses(self) -> dict[str, str]:
        return {
            email_hash(email): name
            for name, email in (
                *((one.id, one.email) for one in self.people.people),
                *((one.id, one.email) for one in self.people.services),
            )
            if email is not None
        }

    def person(self, principal: str) -> Person | None:
        """Return a person who still has rights."""
        person = self._people.get(principal)
        return person if person is not None and person.status is PersonStatus.ACTIVE else None

    def is_service(self, principal: str) -> bool:
        """Say whether this is a program that still has rights."""
        service = self._services.get(principal)
        return service is not None and service.status is PersonStatus.ACTIVE

    def knows(self, principal: str) -> bool:
        """Say whether this is a person or a program that still has rights."""
        return self.person(principal) is not None or self.is_service(principal)

    def principal_of(self, email: str) -> str | None:
        """Return who has this address, whatever its case and whether people.yaml holds it or its hash."""
        return self._addresses.get(email_hash(email))

    def members(self, principal: str | None) -> frozenset[str]:
        """Return the people with rights behind a person or a team; nobody for an unknown name (INV-07)."""
        if principal is None:
            return frozenset()
        names: Iterable[str] = self._teams.get(principal, (principal,))
        return frozenset(name for name in names if self.person(name) is not None)

    def teams_of(self, person: str) -> tuple[str, ...]:
        """Return the teams a person is in."""
        return tuple(team for team, members in self._teams.items() if person in members)

    @cached_property
    def active(self) -> frozenset[str]:
        """Everybody with rights."""
        return frozenset(person.id for person in self.people.people if person.status is PersonStatus.ACTIVE)

    @property
    def council(self) -> frozenset[str]:
        """The people of the council."""
        return self.members(self.raci.council)

    def about(self, subject: Subject) -> Raci:
        """Return raci.yaml with those entries alone that match a definition."""
        entries = tuple(one for one in self.raci.entries if matches(one.match, subject))
        return self.raci.model_copy(update={"entries": entries})

    def under(self, raci: Raci) -> Governance:
        """Return the same people and policy under another raci.yaml; what is known about people is kept."""
        found = replace(self, raci=raci)
        vars(found).update(_people=self._people, _teams=self._teams, active=self.active)
        return found

    def can_be(self, principal: str, identity: Identity) -> bool:
        """Say whether a person could act with at least this kind of identity, from what people.yaml holds.

        Nothing attests `server` and `host` yet, so only a key makes anybody surer than claimed.
        """
        person = self.person(principal)
        if person is None:
            return False
        return identity is Identity.CLAIMED or any(key.is_active for key in person.keys)

    @property
    def preset(self) -> PresetRules:
        """The preset in force."""
        return PRESETS[self.policy.preset]

    @property
    def self_approval(self) -> bool:
        """Whether a contributor may approve: the preset solo alone, and marked (INV-05)."""
        return self.preset.self_approval

    @property
    def consulted_days(self) -> int:
        """Working days after which silence counts."""
        stated = self.policy.consulted_days
        return self.preset.consulted_days if stated is None else stated

    @property
    def overrides(self) -> OverrideRules:
        """Whether two people may let something through without its agreements, and by when somebody looks at it."""
        stated, preset = self.policy.override, self.preset.override
        if stated is None:
            return preset
        return OverrideRules(
            preset.allowed if stated.allowed is None else stated.allowed,
            preset.review_days if stated.review_days is None else stated.review_days,
        )

    @property
    def respond_days(self) -> int:
        """Working days that the accountable has before somebody may stand in for them; 0: for ever."""
        stated = self.policy.respond_days
        return self.preset.respond_days if stated is None else stated

    @property
    def expire_days(self) -> int:
        """Working days after which a change under review expires; 0: never."""
        stated = self.policy.expire_days
        return self.preset.expire_days if stated is None else stated

    def rule(self, change_class: ChangeClass | str, subjects: Iterable[Subject] = ()) -> Rule:
        """Return what a class (or `governance`) asks for; scopes that match one of the subjects make it stricter."""
        key = str(change_class)
        rule = with_override(self.preset.rules[key], self.policy.classes.get(key))
        if rule.asks_somebody:
            rule = replace(rule, alone=False)
        for scope in self.policy.scopes:
            override = scope.classes.get(key)
            if override is not None and any(matches(scope.match, subject) for subject in subjects):
                rule = stricter(rule, with_override(rule, override))
        return rule

    def enforce(self, subjects: Iterable[Subject], *, new: bool = False) -> Enforce:
        """Return how findings about these count: for each the strictest of its scopes, else what the file says.

        Several subjects (both sides of a move) count as strictly as the strictest of them (INV-26). The author of a
        `new` definition chose its name and tags, so those of them that a scope observes make nothing looser.
        """
        found = {self._enforce(subject, new=new) for subject in subjects} or {self.policy.enforce}
        return Enforce.BLOCK if Enforce.BLOCK in found else Enforce.OBSERVE

    def _enforce(self, subject: Subject, *, new: bool) -> Enforce:
        stated = {
            one.enforce
            for one in self.policy.scopes
            if one.enforce is not None
            and matches(one.match, subject)
            and not (new and one.enforce is Enforce.OBSERVE and (one.match.name or one.match.tag))
        }
        if not stated:
            return self.policy.enforce
        return Enforce.BLOCK if Enforce.BLOCK in stated else Enforce.OBSERVE

    def _empty_rules(self) -> list[FieldProblem]:
        """Name the classes for which the policy asks nobody (INV-07)."""
        return [
            FieldProblem(
                "POLICY_EMPTY",
                f"a change of class {key} would need nobody's approval",
                PATHS["policy"],
                f"classes.{key}",
                hint="ask for accountable, responsible, council or approvals",
            )
            for key in (*ChangeClass, GOVERNANCE)
            if key != ChangeClass.IDENTICAL and not self.rule(key).asks_somebody
        ]


def matches(match: Match, subject: Subject) -> bool:
    """Say whether a match is about a definition."""
    if match.name is not None:
        return fnmatchcase(subject.name, match.name)
    if match.tag is not None:
        return match.tag in subject.tags
    if match.domain is not None:
        return match.domain == subject.domain
    return match.kind is not None and match.kind == subject.kind


def _field_problem(path: str, error: ErrorDetails) -> FieldProblem:
    field = ""
    for part in error["loc"]:
        field += f"[{part}]" if isinstance(part, int) else f".{part}" if field else part
    match error["type"]:
        case "extra_forbidden":
            return FieldProblem("FIELD_UNKNOWN", f"`{field}` is not a field of this file", path, field)
        case "missing":
            return FieldProblem("FIELD_MISSING", f"`{field}` is missing", path, field)
        case _:
            return FieldProblem("FIELD_INVALID", error["msg"].lower(), path, field)
