"""Targets and thresholds moved with their metric: the numbers that the effect on record proposes, set in the files."""

from __future__ import annotations

from metricgov.app.access import Access
from metricgov.app.drafting import Texts, change_texts, main_texts, over
from metricgov.app.recording import recorded_effect
from metricgov.domain.definitions.kinds import id_of
from metricgov.domain.errors import Refused
from metricgov.domain.workflow.requirements import shown
from metricgov.domain.workflow.state import ChangeState


def rebased_texts(access: Access, state: ChangeState) -> tuple[Texts, tuple[str, ...]]:
    """Return the contents of a change with every target on the new basis, and what was set, in sentences.

    Files of metrics that are computed from what changes are taken in where their targets move. Refused where no effect
    of these contents is on record, and where nothing is to be moved.
    """
    from metricgov.domain.comparability.moved_targets import to_set

    evidence = recorded_effect(access, state.change)
    kept = change_texts(access, state)
    own = {id_of(one.path): one.path for one in kept.files}
    read = dict(evidence.basis.read)
    texts, said = kept, []
    for one in evidence.metrics:
        fields = to_set(one.goals)
        definition = f"metric:{one.metric}"
        if not fields:
            continue
        path = own.get(definition) or next((path for path in read if id_of(path) == definition), "")
        if not path:
            continue
        if definition not in own:
            texts = over(texts, main_texts(access, [path]))
        texts = texts.with_fields(path, fields, access)
        said += [
            f"{one.metric}: {goal.name} {goal.before:g} -> {fields[goal.field]:g}"
            for goal in one.goals
            if goal.field in fields
        ]
    if not said:
        raise Refused(
            "nothing_to_rebase",
            "no target of this change has to be moved, or none can be: no factor was measured",
            hint=f"look at them: metricgov effect {shown(state.change)} --recorded",
        )
    return Texts(texts.files, kept.authors), tuple(said)
