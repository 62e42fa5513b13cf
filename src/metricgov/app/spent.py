"""Which approvals the steps of main have used up so far: each lets its contents through once (INV-23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from metricgov.app.access import Access
from metricgov.app.as_it_stood import place_of
from metricgov.app.catching_up import held_at
from metricgov.app.steps import Step
from metricgov.domain.verdict import GateReport
from metricgov.domain.workflow.state import ChangeState


@dataclass(slots=True)
class Spent:
    """What the steps that were walked so far changed, and which changes they used up.

    `line` is main from its root, `places` where each commit stands in it, `base` the last step that was taken.
    """

    access: Access
    line: Sequence[str]
    places: dict[str, int]
    base: str = ""
    _touched: dict[str, list[int]] = field(default_factory=dict)
    """By path, the places of the steps so far that changed it."""
    _consumed: dict[str, str] = field(default_factory=dict)

    def go(self, step: Step) -> None:
        """Take a step."""
        self.base = step.commit.oid
        for path in step.paths:
            self._touched.setdefault(path, []).append(step.place)

    def consume(self, report: GateReport, commit: str) -> None:
        """Note the changes that a verdict found to cover a step."""
        self._consumed.update((one.change, commit) for one in report.definitions if one.change and one.covered)

    def used_up(self, state: ChangeState) -> str:
        """Return the commit before this step that used an approval up: recorded, walked over, or not seen yet.

        Main's own steps since the revision was made say so; what events name as main can hide none of them (INV-23).
        """
        if state.commit:
            place = self.places.get(state.commit)
            if place is None and self.access.ancestry.contains(self.base, state.commit):
                return state.commit
            if place is not None and place <= self.places[self.base]:
                return state.commit
        if state.change in self._consumed:
            return self._consumed[state.change]
        revision, changes = state.revision, state.change_set
        if revision is None or changes is None:
            return ""
        made = place_of(revision.base, self.places, self.access.ancestry)
        places = {place for path in changes.paths for place in self._touched.get(path, ()) if place > made}
        for place in sorted(places):
            held = held_at(self.access, self.line[place], changes.paths)
            if all(held[edit.path] == edit.after for edit in changes.edits):
                return self.line[place]
        return ""
