"""What time makes due, done step by step; each step stands in a module of its own and may be stopped anywhere.

Every step finds out from journal and main how far things are, so a tick that was killed is finished by the next one,
two at once do nothing twice, and one with nothing to do writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from metricgov.app.access import Access
from metricgov.app.coming_due import apply_due, finish_interrupted
from metricgov.app.expiring import expire_overdue
from metricgov.app.keeping_up import record_main
from metricgov.app.reminding import remind
from metricgov.app.reviews_due import tell_reviews
from metricgov.domain import time
from metricgov.domain.ticked import Ticked
from metricgov.ports.index import Lookup
from metricgov.ports.landing import Landing


def tick(access: Access, *, landing: Landing, lookup: Callable[[], Lookup]) -> Ticked:
    """Record main, finish what was interrupted, apply or suspend what is due, end what expired, remind, escalate.

    `lookup` is asked once main is recorded. What cannot be done now is told and does not keep the rest from being done.
    """
    ticked = Ticked(time.to_text(access.clock.now()))
    record_main(access, ticked)
    found = lookup()
    finish_interrupted(access, ticked, landing=landing, lookup=found)
    apply_due(access, ticked, landing=landing, lookup=found)
    expire_overdue(access, ticked, lookup=found)
    remind(access, ticked, lookup=found)
    tell_reviews(access, ticked)
    ticked.waits.sort(key=lambda one: (one.due, one.change))
    return ticked
