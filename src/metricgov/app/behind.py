"""What the record says about the changes that made the versions of a metric."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from metricgov.app.folding import state_of
from metricgov.domain.comparability.why import Behind
from metricgov.domain.workflow.summary import contents
from metricgov.domain.workflow.vocabulary import Intent

if TYPE_CHECKING:
    from metricgov.app.valuing import Defined
    from metricgov.ports.journal import Journal


def behind(versions: Sequence[Defined], journal: Journal) -> dict[str, Behind]:
    """Return the changes behind versions by id, each with the link that it left to the version before."""
    wrong = defects((one.change for one in versions), journal)
    found: dict[str, Behind] = {}
    for before, one in zip([None, *versions[:-1]], versions, strict=True):
        row = one.row
        if row.change:
            found[row.change] = Behind(
                row.change,
                row.label,
                one.label,
                before.row.link.value if before is not None and before.row.link is not None else "",
                before.row.factor if before is not None else "",
                row.approved_by,
                row.known_from,
                row.why,
                row.cause,
                row.change in wrong,
            )
    return found


def defects(changes: Iterable[str], journal: Journal) -> frozenset[str]:
    """Return those of the changes that were made because the numbers were wrong."""
    found = set()
    for change in dict.fromkeys(filter(None, changes)):
        said = contents(state_of(change, journal))
        if said is not None and said.intent is Intent.DEFECT:
            found.add(change)
    return frozenset(found)
