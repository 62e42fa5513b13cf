"""The desk of a registry on this machine."""

from __future__ import annotations

from metricgov.desk.changes import LocalChanges
from metricgov.desk.deciding import LocalDeciding
from metricgov.desk.entrance import LocalEntrance
from metricgov.desk.past import LocalPast
from metricgov.desk.people import LocalStaff
from metricgov.desk.proposing import LocalProposing
from metricgov.desk.proving import LocalProving
from metricgov.desk.weighing import LocalEditing


class LocalDesk(
    LocalEntrance,
    LocalChanges,
    LocalDeciding,
    LocalPast,
    LocalStaff,
    LocalProving,
    LocalProposing,
    LocalEditing,
):
    """Implements Desk: every topic over one session."""
