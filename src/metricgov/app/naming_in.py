"""Which definitions and fields of a change somebody means by a name; which change is meant lives in addressing.py."""

from __future__ import annotations

from collections.abc import Iterable

from metricgov.domain.definitions.problems import did_you_mean
from metricgov.domain.errors import BadInput
from metricgov.domain.workflow.requirements import shown
from metricgov.domain.workflow.state import ChangeState


def definitions_in(state: ChangeState, names: Iterable[str]) -> tuple[str, ...]:
    """Return the ids that names mean among the definitions of a change: `kind:name`, its name, or its path.

    BadInput where the change has none of that name, or several.
    """
    said = state.draft or state.revision
    records = said.definitions if said else ()
    found: dict[str, None] = {}
    for name in names:
        word = name.strip()
        fitting = [one.id for one in records if word in (one.id, one.id.partition(":")[2], one.path)]
        if len(fitting) != 1:
            ids = [one.id for one in records]
            known = [each for one in ids for each in (one.partition(":")[2], one)]
            hint = did_you_mean(word, known) or f"it changes {', '.join(fitting or ids) or 'nothing yet'}"
            says = f"{shown(state.change)} changes several called {word}" if fitting else ""
            raise BadInput("not_in_change", says or f"{shown(state.change)} does not change {word!r}", hint=hint)
        found[fitting[0]] = None
    return tuple(sorted(found))
