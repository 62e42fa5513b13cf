"""What the rules would answer to a command, without anything being recorded: decided at the tip and thrown away."""

from __future__ import annotations

from metricgov.app.access import Access
from metricgov.app.carrying import Errand, decided_at
from metricgov.app.catching_up import catch_up
from metricgov.app.moment import at_tip


class Rehearsal:
    """One moment of a registry, at which many commands are tried; raises what each of them would be refused with."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self.moment = at_tip(access)
        self.moment.pending.extend(catch_up(self.moment))

    def of(self, errand: Errand) -> None:
        """Try one command; RefusedUnmet with everything that stands against it."""
        decided_at(self.moment, errand)
