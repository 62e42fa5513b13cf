"""The calendar that policy.yaml names: what is wrong with it, and the working days it gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from metricgov.app.contents import Content, EditedPath
from metricgov.app.placing import placed
from metricgov.domain.definitions.governance import PATHS
from metricgov.domain.errors import BadInput, Problem
from metricgov.domain.workflow.proposal import Proposal
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.working_days import MONDAY_TO_FRIDAY, WorkingDays
from metricgov.ports.calendar import Calendars
from metricgov.ports.files import DefinitionFiles


def unknown_names(
    governance: Governance | None, contents: Mapping[str, Content], *, calendars: Calendars, files: DefinitionFiles
) -> tuple[Problem, ...]:
    """Return what the calendar names that nobody here knows, with its line; () without governance or calendar."""
    if governance is None or governance.policy.calendar is None:
        return ()
    return placed(calendars.problems(governance.policy.calendar), contents, files=files)


def newly_unknown(
    after: Governance | None, edited: Iterable[EditedPath], *, calendars: Calendars, files: DefinitionFiles
) -> tuple[Problem, ...]:
    """Return what a change of policy.yaml would name that nobody here knows; () where it leaves that file alone."""
    contents = {one.path: one.after for one in edited if one.path == PATHS["policy"] and one.after is not None}
    return unknown_names(after, contents, calendars=calendars, files=files) if contents else ()


def working_days(governance: Governance, proposal: Proposal | None, *, calendars: Calendars) -> WorkingDays:
    """Return the working days that deadlines of a change are counted in; BadInput where the calendar is not known.

    A change of governance is then counted from Monday to Friday: it may be the one that mends the calendar (INV-09).
    """
    try:
        return calendars.working_days(governance.policy.calendar)
    except BadInput:
        if proposal is not None and proposal.definitions and all(one.is_governance for one in proposal.definitions):
            return MONDAY_TO_FRIDAY
        raise
