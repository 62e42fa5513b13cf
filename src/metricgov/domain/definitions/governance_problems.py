"""What is wrong within the governance files, and between them, beyond the shape that their models give."""

from __future__ import annotations

from collections.abc import Iterator

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.governance import (
    PATHS,
    Freeze,
    GovernanceModel,
    Key,
    Match,
    Metricgov,
    People,
    Policy,
    Raci,
    email_hash,
)
from metricgov.domain.definitions.problems import FieldProblem
from metricgov.domain.definitions.work_calendar import calendar_problems
from metricgov.domain.ssh import Malformed, read_public_key
from metricgov.domain.time import day, instant

CLASSES: frozenset[str] = frozenset({*ChangeClass, "governance"})
"""The keys that `classes` of policy.yaml may have."""


FREEZABLE: frozenset[str] = frozenset(ChangeClass) - {ChangeClass.IDENTICAL}
"""The classes that a freeze may name; new bytes of the same meaning pass always."""


def problems(model: GovernanceModel) -> tuple[FieldProblem, ...]:
    """Return what is wrong within one governance file beyond its shape, all at once."""
    match model:
        case People():
            return tuple(_people_problems(model))
        case Raci():
            return tuple(_raci_problems(model))
        case Policy():
            return tuple(_policy_problems(model))
        case _:
            return ()


def cross_problems(people: People, raci: Raci, config: Metricgov | None = None) -> tuple[FieldProblem, ...]:
    """Return names in raci.yaml and metricgov.yaml that people.yaml does not hold."""
    known = {person.id for person in people.people} | {team.id for team in people.teams}
    found = [
        FieldProblem(
            "PRINCIPAL_UNKNOWN",
            f"`{name}` is neither a person nor a team of people.yaml",
            PATHS["raci"],
            field,
            hint="add it to governance/people.yaml, or name somebody who is there",
        )
        for field, name in named_in(raci)
        if name not in known
    ]
    for index, files in enumerate(config.opaque if config else ()):
        if files.owner and files.owner not in known:
            found.append(
                FieldProblem(
                    "PRINCIPAL_UNKNOWN",
                    f"`{files.owner}` is neither a person nor a team of people.yaml",
                    PATHS["metricgov"],
                    f"opaque[{index}].owner",
                )
            )
    return tuple(found)


def named_in(raci: Raci) -> Iterator[tuple[str, str]]:
    """Yield every place of raci.yaml that names somebody, as a field path, and whom it names."""
    yield "council", raci.council
    yield "registry.accountable", raci.registry.accountable
    if raci.registry.deputy:
        yield "registry.deputy", raci.registry.deputy
    for index, entry in enumerate(raci.entries):
        at = f"entries[{index}]"
        yield f"{at}.accountable", entry.accountable
        if entry.deputy:
            yield f"{at}.deputy", entry.deputy
        for role in ("responsible", "consulted", "informed"):
            for place, name in enumerate(getattr(entry, role)):
                yield f"{at}.{role}[{place}]", name


def _people_problems(model: People) -> Iterator[FieldProblem]:
    path = PATHS["people"]
    seen: set[str] = set()
    for group in ("people", "teams", "services"):
        for index, one in enumerate(getattr(model, group)):
            if one.id in seen:
                yield FieldProblem(
                    "PRINCIPAL_TWICE",
                    f"the id `{one.id}` is taken",
                    path,
                    f"{group}[{index}].id",
                    hint="people, teams and services share one namespace",
                )
            seen.add(one.id)
    addresses: dict[str, str] = {}
    logins: dict[str, str] = {}
    for group in ("people", "services"):
        for index, one in enumerate(getattr(model, group)):
            for field, value, taken in (
                ("email", email_hash(one.email) if one.email else None, addresses),
                ("login", one.login.lower() if one.login else None, logins),
            ):
                if value and value in taken:
                    yield FieldProblem(
                        "PERSON_TWICE",
                        f"`{one.id}` and `{taken[value]}` have the same {field}; one person is one entry",
                        path,
                        f"{group}[{index}].{field}",
                    )
                elif value:
                    taken[value] = one.id
    keys: dict[str, str] = {}
    for index, person in enumerate(model.people):
        for place, key in enumerate(person.keys):
            at = f"people[{index}].keys[{place}]"
            if twin := keys.get(key.line):
                both = f"`{person.id}` and `{twin}` have" if twin != person.id else f"`{person.id}` has twice"
                yield FieldProblem("KEY_TWICE", f"{both} the same key", path, f"{at}.key")
            keys[key.line] = person.id
            yield from _key_problems(key, path, at)
    ids = {person.id for person in model.people}
    for index, team in enumerate(model.teams):
        for place, member in enumerate(team.members):
            if member not in ids:
                yield FieldProblem(
                    "MEMBER_UNKNOWN",
                    f"`{member}` is not a person of this file",
                    path,
                    f"teams[{index}].members[{place}]",
                    hint="a team holds people, not teams",
                )


def _key_problems(key: Key, path: str, at: str) -> Iterator[FieldProblem]:
    try:
        read_public_key(key.key)
    except Malformed as error:
        hint = "copy the line of the .pub file, or run: metricgov key add FILE"
        yield FieldProblem("KEY_INVALID", f"the key is {error}", path, f"{at}.key", hint=hint)
    if key.compromised_since is None:
        return
    if key.is_active:
        hint = "write `status: revoked` beside it"
        yield FieldProblem("KEY_COMPROMISED", "a compromised key is revoked", path, f"{at}.status", hint=hint)
    try:
        day(key.compromised_since)
    except ValueError:
        says = f"`{key.compromised_since}` is not a date"
        yield FieldProblem("DATE_INVALID", says, path, f"{at}.compromised_since", hint="write 2026-12-20")


def _raci_problems(model: Raci) -> Iterator[FieldProblem]:
    path = PATHS["raci"]
    seen: dict[tuple[str, str], int] = {}
    for index, entry in enumerate(model.entries):
        at = f"entries[{index}].match"
        yield from _match_problems(entry.match, path, at)
        for key in entry.match.keys():  # noqa: SIM118 - a method of the model, not of a mapping
            twin = seen.setdefault((key, getattr(entry.match, key)), index)
            if twin != index:
                yield FieldProblem(
                    "RACI_TIE",
                    f"entries {twin} and {index} both match {key} `{getattr(entry.match, key)}`",
                    path,
                    at,
                    hint="keep one of them; exactly one accountable decides",
                )


def _policy_problems(model: Policy) -> Iterator[FieldProblem]:
    path = PATHS["policy"]
    if model.calendar is not None:
        yield from calendar_problems(model.calendar, path)
    for name in model.classes:
        if name not in CLASSES:
            yield _unknown_class(name, path, f"classes.{name}")
    for index, scope in enumerate(model.scopes):
        yield from _match_problems(scope.match, path, f"scopes[{index}].match")
        for name in scope.classes:
            if name not in CLASSES:
                yield _unknown_class(name, path, f"scopes[{index}].classes.{name}")

    for index, freeze in enumerate(model.freezes):
        yield from _freeze_problems(freeze, path, f"freezes[{index}]")


def _freeze_problems(freeze: Freeze, path: str, field: str) -> Iterator[FieldProblem]:
    if freeze.match is not None:
        yield from _match_problems(freeze.match, path, f"{field}.match")
    for name in freeze.classes:
        if name not in FREEZABLE:
            yield FieldProblem(
                "CLASS_UNKNOWN",
                f"`{name}` is not a class of change that can be frozen",
                path,
                f"{field}.classes",
                hint=f"one of {', '.join(sorted(FREEZABLE))}",
            )
    bounds = {}
    for side in ("starts", "ends"):
        try:
            bounds[side] = instant(getattr(freeze, side))
        except ValueError:
            says = f"`{getattr(freeze, side)}` is not a day or a UTC second"
            yield FieldProblem("DATE_INVALID", says, path, f"{field}.{side}", hint="write 2026-12-20")
    if len(bounds) == 2 and bounds["ends"] < bounds["starts"]:
        yield FieldProblem("FREEZE_EMPTY", f"`{freeze.name}` ends before it starts", path, f"{field}.ends")


def _unknown_class(name: str, path: str, field: str) -> FieldProblem:
    return FieldProblem(
        "CLASS_UNKNOWN", f"`{name}` is not a class of change", path, field, hint=f"one of {', '.join(sorted(CLASSES))}"
    )


def _match_problems(match: Match, path: str, field: str) -> Iterator[FieldProblem]:
    if len(match.keys()) != 1:
        yield FieldProblem(
            "MATCH_NOT_ONE",
            "a match names exactly one of name, tag, domain, kind",
            path,
            field,
            hint="write one entry for each",
        )
