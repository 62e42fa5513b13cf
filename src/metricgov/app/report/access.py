"""Who could do what at one moment, what the rules were, and who had to agree: by the governance in force then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from metricgov.app import access as ports
from metricgov.app.in_force import in_force, moment_then
from metricgov.app.moment import Moment
from metricgov.app.rights import roles_for
from metricgov.domain.definitions.governance import Match
from metricgov.domain.errors import MetricgovError
from metricgov.domain.report import Access, Deciders, Rights, Standing
from metricgov.domain.workflow.rights import Governance

EVERYTHING_ELSE = "everything else"


def standing(access: ports.Access, at: str) -> tuple[Standing, Moment | None]:
    """Return the rules in force at a UTC second, and the moment to ask about them; None where there were none."""
    try:
        found = in_force(access.journal, at)
    except MetricgovError as error:
        return Standing(at, problem=error.message), None
    try:
        moment = moment_then(access, found, at)
    except MetricgovError as error:
        return Standing(at, found.commit, seq=found.seq, seen_at=found.at, problem=error.message), None
    rules = moment.governance
    return Standing(at, found.commit, rules.digest, rules.policy.preset.value, found.seq, found.at), moment


def access_between(start: Governance | None, end: Governance | None) -> Iterator[Access]:
    """Yield everybody of one side or both, by id, with what they could do on each."""
    ids = {one for rules in (start, end) if rules is not None for one in _everybody(rules)}
    for one in sorted(ids):
        yield Access(one, _rights(start, one), _rights(end, one))


def _everybody(governance: Governance) -> Iterator[str]:
    yield from (one.id for one in governance.people.people)
    yield from (one.id for one in governance.people.services)


def _rights(governance: Governance | None, principal: str) -> Rights | None:
    if governance is None:
        return None
    person = next((one for one in governance.people.people if one.id == principal), None)
    service = next((one for one in governance.people.services if one.id == principal), None)
    if person is None:
        return Rights(service.title, f"program, {service.status}") if service else None
    entries = [(_matched(one.match), one) for one in governance.raci.entries]
    registry = governance.raci.registry

    def holds(name: str | None) -> bool:
        return name is not None and principal in governance.members(name)

    return Rights(
        name=person.name,
        status=str(person.status),
        council=principal in governance.council,
        teams=tuple(sorted(governance.teams_of(principal))),
        accountable=(
            *(match for match, one in entries if holds(one.accountable)),
            *((EVERYTHING_ELSE,) if holds(registry.accountable) else ()),
        ),
        deputy=(
            *(match for match, one in entries if holds(one.deputy)),
            *((EVERYTHING_ELSE,) if holds(registry.deputy) else ()),
        ),
        responsible=tuple(match for match, one in entries if any(map(holds, one.responsible))),
        consulted=tuple(match for match, one in entries if any(map(holds, one.consulted))),
        keys=tuple(f"{_fingerprint(one.key)} {one.status}" for one in person.keys),
    )


def _matched(match: Match) -> str:
    return " ".join(f"{key} {getattr(match, key)}" for key in match.model_dump(exclude_none=True))


def _fingerprint(line: str) -> str:
    """Return kind and fingerprint of a public key as ssh-keygen -l shows them; a line that is no key as it is."""
    import base64
    import binascii
    import hashlib

    kind, _, rest = line.strip().partition(" ")
    try:
        raw = base64.b64decode(rest.split(" ")[0], validate=True)
    except (binascii.Error, ValueError):
        return line
    return f"{kind} SHA256:{base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip('=')}"


def deciders(moment: Moment, definitions: Iterable[str]) -> Iterator[Deciders]:
    """Yield who would have had to agree to a breaking change of each definition that is there."""
    for one in sorted(set(definitions)):
        try:
            found = roles_for(one, moment)
        except MetricgovError:
            continue
        if found is not None:
            yield Deciders(
                definition=one,
                accountable=found.accountable,
                deputy=found.deputy or "",
                responsible=found.responsible,
                consulted=found.consulted,
                places=tuple(f"{slot.says}: {', '.join(sorted(slot.people)) or 'nobody'}" for slot in found.slots),
                gap=found.gap or found.tie,
            )
