"""What puts one person in the place of another everywhere in the governance; open changes are for the use case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metricgov.domain.definitions.governance import PATHS, PersonStatus
from metricgov.domain.digest import JSON
from metricgov.domain.people.standing import LISTS, matched
from metricgov.domain.workflow.rights import Governance


@dataclass(frozen=True, slots=True)
class Handover:
    """The fields to set by governance file, what `new` takes over, and what is left without a second person."""

    fields: Mapping[str, Mapping[str, JSON]]
    takes: tuple[str, ...]
    warns: tuple[str, ...]


def hand_over(old: str, new: str, governance: Governance) -> Handover:
    """Return what puts `new` in every place of `old`, and ends the rights of `old`.

    Where `new` would be accountable and deputy at once, nobody is deputy: a deputy is somebody else.
    """
    desk = _Places(old, new)
    raci = governance.raci
    if raci.council == old:
        desk.raci["council"] = new
        desk.takes.append("the council")
    desk.deciders("registry", "everything else", raci.registry.accountable, raci.registry.deputy)
    for index, entry in enumerate(raci.entries):
        at, about = f"entries[{index}]", matched(entry.match)
        desk.deciders(at, about, entry.accountable, entry.deputy)
        for role in LISTS:
            if old in (names := getattr(entry, role)):
                desk.raci[f"{at}.{role}"] = desk.swapped(names)
                desk.takes.append(f"{role} for {about}")
    people: dict[str, JSON] = {f"people[{old}].status": PersonStatus.LEFT.value}
    for team in governance.people.teams:
        if old in team.members:
            people[f"teams[{team.id}].members"] = desk.swapped(team.members)
            desk.takes.append(f"member of {team.id}")
            if new in team.members:
                desk.warns.append(f"{team.id} has one person less: {new} is in it already")
    settings: dict[str, JSON] = {}
    for index, files in enumerate(governance.config.opaque):
        if files.owner == old:
            settings[f"opaque[{index}].owner"] = new
            desk.takes.append(f"owner of {', '.join(files.paths)}")
    fields = {PATHS["people"]: people, PATHS["raci"]: desk.raci, PATHS["metricgov"]: settings}
    return Handover({path: one for path, one in fields.items() if one}, tuple(desk.takes), tuple(desk.warns))


class _Places:
    def __init__(self, old: str, new: str) -> None:
        self.old = old
        self.new = new
        self.raci: dict[str, JSON] = {}
        self.takes: list[str] = []
        self.warns: list[str] = []

    def deciders(self, at: str, about: str, accountable: str, deputy: str | None) -> None:
        """Hand over who decides at one level of raci.yaml."""
        if accountable == self.old:
            self.raci[f"{at}.accountable"] = self.new
            self.takes.append(f"accountable for {about}")
        if deputy == self.old:
            self.takes.append(f"deputy for {about}")
        decides = self.new if accountable == self.old else accountable
        second = self.new if deputy == self.old else deputy
        if self.old in {accountable, deputy} and second is not None and second == decides:
            self.raci[f"{at}.deputy"] = None
            self.warns.append(f"{about} has no deputy any more: {self.new} would stand in for themself")
        elif deputy == self.old:
            self.raci[f"{at}.deputy"] = self.new

    def swapped(self, names: tuple[str, ...]) -> list[JSON]:
        """Return names with the one in the other's place, each once."""
        return list(dict.fromkeys(self.new if name == self.old else name for name in names))
