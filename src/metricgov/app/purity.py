"""Whether a revert puts back exactly what stood before: meaning and words of every file, computed from the bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from metricgov.app.contents import Content, EditedPath
from metricgov.domain.definitions.kinds import Kind, id_of, split_id
from metricgov.domain.digest import JSON, canonical_json
from metricgov.domain.errors import MetricgovError
from metricgov.domain.workflow.proposal import Purity

if TYPE_CHECKING:
    from metricgov.app.moment import Moment
    from metricgov.domain.workflow.state import ChangeState

WRITTEN = frozenset({"version", "effective_from"})
"""Fields that the program writes anew with every step; a revert cannot bring the old ones back."""


def purity(moment: Moment, original: ChangeState, edited: Iterable[EditedPath]) -> Purity | None:
    """Return what tells these edits from undoing a change; None where that change has no contents."""
    revision = original.revision
    if revision is None:
        return None
    after = {one.path: one.after for one in edited}
    globs = tuple(glob for one in moment.governance.config.opaque for glob in one.paths)
    differs: list[str] = []
    for edit in revision.edits:
        definition = id_of(edit.path, globs) or edit.path
        if edit.path not in after:
            differs.append(f"{definition} is left as it is")
            continue
        before = None
        if edit.before is not None:
            data = moment.access.journal.blob(original.change, edit.before.sha256)
            before = Content(edit.before.mode, data)
        differs.extend(_differences(moment, definition, edit.path, before, after.pop(edit.path)))
    differs.extend(f"{id_of(path, globs) or path} was not part of it" for path in after)
    return Purity(original.change, tuple(differs))


def _differences(
    moment: Moment, definition: str, path: str, before: Content | None, after: Content | None
) -> Iterable[str]:
    if before is None and after is None:
        return ()
    if before is None:
        return (f"{definition} did not exist before, and a published file stays",)
    if after is None:
        return (f"{definition} existed before, and is not there",)
    if before.mode != after.mode:
        return (f"{definition} has another file mode",)
    if before.data == after.data:
        return ()
    one, two = (_read(moment, side.data, definition, path) for side in (before, after))
    if one is None or two is None:
        return (f"{definition} has other bytes",)
    fields = sorted(name for name in {*one, *two} if _form(one.get(name)) != _form(two.get(name)))
    return (f"{definition} differs in {', '.join(fields)}",) if fields else ()


def _read(moment: Moment, data: bytes, definition: str, path: str) -> Mapping[str, JSON] | None:
    """Return the mapping of a file of ours, less what the program writes; None for any other file."""
    kind = split_id(definition)[0]
    if kind is Kind.OPAQUE:
        return None
    try:
        found = moment.access.files.load(data, path)
    except MetricgovError:
        return None
    written = frozenset[str]() if kind is Kind.GOVERNANCE else WRITTEN
    return {name: value for name, value in found.items() if name not in written}


def _form(value: JSON) -> bytes:
    return canonical_json({"value": value})
