"""What somebody holds under a governance, in words; who decides about a definition is for workflow/roles.py."""

from __future__ import annotations

from collections.abc import Iterator

from metricgov.domain.definitions.governance import Match
from metricgov.domain.workflow.rights import Governance

LISTS = ("responsible", "consulted", "informed")


def held_by(principal: str, governance: Governance) -> tuple[str, ...]:
    """Return what names a person or a team: in raci.yaml, in teams, as owner of other tools' files."""
    return tuple(_held(principal, governance))


def _held(principal: str, governance: Governance) -> Iterator[str]:
    raci = governance.raci
    if raci.council == principal:
        yield "the council"
    if raci.registry.accountable == principal:
        yield "accountable for everything else"
    if raci.registry.deputy == principal:
        yield "deputy for everything else"
    for entry in raci.entries:
        about = matched(entry.match)
        if entry.accountable == principal:
            yield f"accountable for {about}"
        if entry.deputy == principal:
            yield f"deputy for {about}"
        for role in LISTS:
            if principal in getattr(entry, role):
                yield f"{role} for {about}"
    for files in governance.config.opaque:
        if files.owner == principal:
            yield f"owner of {', '.join(files.paths)}"
    for team in governance.people.teams:
        if principal in team.members:
            yield f"member of {team.id}"


def matched(match: Match) -> str:
    """Return what an entry of raci.yaml is about: `domain crm_handoff`."""
    return " ".join(f"{key} {getattr(match, key)}" for key in match.keys())  # noqa: SIM118 - a method of the model
