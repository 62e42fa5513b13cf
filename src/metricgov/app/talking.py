"""What a comment can be about: a file and a field that a change really changes."""

from __future__ import annotations

from dataclasses import dataclass

from metricgov.app.access import Access
from metricgov.app.moment import at_tip, known_change
from metricgov.app.naming_in import definitions_in
from metricgov.app.recorded import recorded
from metricgov.domain.definitions.problems import did_you_mean
from metricgov.domain.errors import BadInput
from metricgov.domain.workflow.requirements import shown
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import ENDED


@dataclass(frozen=True, slots=True)
class Place:
    """A file of a change, and a field of it; "" for the change as a whole."""

    path: str = ""
    field: str = ""


def place_in(access: Access, change: str, *, path: str = "", field: str = "") -> Place:
    """Return the file and the field that somebody means, the file named by path or definition.

    BadInput, with the nearest name, where the change does not change that field, or several of its files have it.
    """
    if not path and not field:
        return Place()
    state = known_change(access, change)
    paths = _paths(state)
    named = paths[definitions_in(state, [path])[0]] if path else ""
    if not field:
        return Place(named)
    changed = {where: fields for where, fields in _fields(access, state).items() if not named or where == named}
    fitting = [where for where, fields in changed.items() if _among(field, fields)]
    if len(fitting) == 1:
        return Place(fitting[0], field)
    if fitting:
        hint = f"say which: --path {' or --path '.join(fitting)}"
        raise BadInput("field_in_several", f"{shown(change)} changes {field} in {len(fitting)} files", hint=hint)
    known = sorted({one for fields in changed.values() for one in fields if one})
    hint = did_you_mean(field, known) or f"it changes {', '.join(known) or 'whole files alone'}"
    raise BadInput("field_not_changed", f"{shown(change)} does not change the field {field!r}", hint=hint)


def _among(field: str, fields: frozenset[str]) -> bool:
    """Whether a field, or something below it, changes; where a whole file comes or goes, every field does."""
    return "" in fields or any(one == field or one.startswith((f"{field}.", f"{field}[")) for one in fields)


def _paths(state: ChangeState) -> dict[str, str]:
    said = state.draft or state.revision
    return {one.id: one.path for one in said.definitions} if said else {}


def _fields(access: Access, state: ChangeState) -> dict[str, frozenset[str]]:
    """Return the fields that a change changes, by path: at today's main while it is open, else as recorded."""
    said = state.draft or state.revision
    if said is None:
        return {}
    moment = at_tip(access)
    paths = _paths(state)
    assessment = moment.assessment(state) if state.stage not in ENDED else None
    if assessment is not None:
        found = {one.touched.id: one.findings for one in assessment.definitions}
    else:
        done = recorded(state.change, said, journal=access.journal, files=access.files, governance=moment.governance)
        found = dict(done.findings)
    return {paths[one]: frozenset(each.field for each in findings) for one, findings in found.items() if one in paths}
