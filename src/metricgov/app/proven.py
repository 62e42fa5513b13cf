"""Links that need no effect on record, because the contents of an applied change prove them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from metricgov.app.recorded import Recorded, recorded
from metricgov.domain.changes.findings import GRAVITY, ChangeClass
from metricgov.domain.definitions.fields import Edge
from metricgov.domain.definitions.kinds import Kind, split_id
from metricgov.domain.digest import JSON
from metricgov.domain.errors import MetricgovError
from metricgov.domain.registry import Entry
from metricgov.domain.workflow.vocabulary import Treatment

if TYPE_CHECKING:
    from metricgov.app.moment import Moment
    from metricgov.domain.comparability.link import Linked
    from metricgov.domain.workflow.state import ChangeState

MOVING = frozenset({Treatment.BRIDGE, Treatment.RESTATE})
"""Treatments under which old values are converted."""


def proven_link(moment: Moment, state: ChangeState, definition: str) -> Linked | None:
    """Return the exact link that the contents of a change prove for a metric; None where they prove none.

    That is so where its unit or scale alone differ, and the same change moves nothing that it is computed from. What
    was redacted proves nothing.
    """
    contents = state.revision
    kind, name = split_id(definition)
    if contents is None or kind is not Kind.METRIC or contents.treatment not in MOVING:
        return None
    own = next((one for one in contents.definitions if one.id == definition), None)
    if own is None or GRAVITY[own.change_class] <= GRAVITY[ChangeClass.COMPATIBLE]:
        return None
    access = moment.access
    try:
        found = recorded(
            state.change, contents, journal=access.journal, files=access.files, governance=moment.governance
        )
    except MetricgovError:
        return None
    before, after = found.before.get(definition), found.after.get(definition)
    if before is None or after is None or _beneath(definition, own.path, found, state):
        return None
    from metricgov.domain.comparability.exact import conversion

    return conversion(name, before, after, found.findings.get(definition, ()))


def _beneath(definition: str, path: str, found: Recorded, state: ChangeState) -> bool:
    """Say whether the same change may move what a metric is computed from.

    Of a metric over other metrics the contents do not show everything beneath it, so any other moved definition counts.
    """
    contents = state.revision
    assert contents is not None
    others = {
        one.id
        for one in contents.definitions
        if one.id != definition and GRAVITY[one.change_class] > GRAVITY[ChangeClass.COMPATIBLE]
    }
    read = {one for side in (found.before, found.after) for one in _read(definition, path, side[definition])}
    return bool(others) and (
        not read or bool(others & read) or any(split_id(one)[0] is not Kind.SOURCE for one in read)
    )


def _read(definition: str, path: str, data: Mapping[str, JSON]) -> Iterator[str]:
    return (one.target for one in Entry(definition, path, data).references if one.edge is Edge.COMPUTED)
