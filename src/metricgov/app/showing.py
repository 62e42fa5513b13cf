"""One definition in full: as it is, as it was at a commit, or as it held on a day; a list of them is listing.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import dropwhile
from typing import TYPE_CHECKING

from metricgov.app.access import Access
from metricgov.app.addressing import label_of, resolve_definition
from metricgov.app.contents import read_paths
from metricgov.app.owning import decides, governance_or_why
from metricgov.domain.cards import DefinitionCard, Held, OpenChange
from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, Kind, id_of, split_id
from metricgov.domain.digest import JSON
from metricgov.domain.errors import BadInput
from metricgov.ports.journal import ChangeIds
from metricgov.ports.source import DefinitionSource

if TYPE_CHECKING:
    from metricgov.domain.past_views import VersionRow


def locate(name: str, commit: str, *, source: DefinitionSource, globs: tuple[str, ...] = ()) -> tuple[str, str]:
    """Return id and path of what a name means at a commit; BadInput with the nearest names where it means nothing."""
    tree = source.tree(commit, () if globs else GOVERNED_ROOTS)
    paths = {found: path for path in tree if (found := id_of(path, globs)) is not None}
    definition = resolve_definition(name, paths)
    return definition, paths[definition]


def card(
    access: Access, definition: str, path: str, *, commit: str, ids: ChangeIds, with_changes: bool = True
) -> DefinitionCard:
    """Return a definition at a commit; InvalidFiles where its file does not load."""
    content = read_paths(access.source, commit, (path,))[path]
    data = _data(access, definition, path, content.data)
    return _carded(access, definition, path, content.data, data, commit=commit, ids=ids, with_changes=with_changes)


def card_on(access: Access, definition: str, day: str, *, ids: ChangeIds) -> DefinitionCard:
    """Return a definition as it held on a day (ISO), by the versions that the journal knows.

    BadInput where no version holds on that day; a definition that the journal does not know is read from main.
    """
    rows = _versions(access, definition, ids)
    if not rows:
        return _from_main(access, definition, day, ids)
    holding = [place for place, row in enumerate(rows) if _holds(row, day)]
    if not holding:
        raise _nothing_held(definition, day, rows)
    return _as_held(access, definition, rows, holding[-1], day, ids)


def card_of(access: Access, definition: str, version: str, *, ids: ChangeIds) -> DefinitionCard:
    """Return a version of a definition, of several with one number the newest; BadInput where there is none."""
    from metricgov.domain.comparability.pairing import label

    rows = _versions(access, definition, ids)
    places = [place for place, row in enumerate(rows) if version in (label(row), row.version)]
    if not places:
        known = ", ".join(dict.fromkeys(label(row) for row in rows)) or "none that the journal knows"
        says = f"there is no version {version} of {definition}"
        raise BadInput("version_unknown", says, hint=f"versions: {known}")
    exact = [place for place in places if label(rows[place]) == version]
    return _as_held(access, definition, rows, (exact or places)[-1], "", ids)


def _versions(access: Access, definition: str, ids: ChangeIds) -> list[VersionRow]:
    """Return the versions that are or were in force, oldest first; none where the journal knows none."""
    from metricgov.app.history import history
    from metricgov.app.moment import at_tip

    found = [row for row in history(at_tip(access), definition, ids) if row.state in ("applied", "baseline")]
    return list(dropwhile(lambda row: row.cause, found))  # what an input did before this was known is not ours


def _as_held(
    access: Access, definition: str, rows: Sequence[VersionRow], place: int, day: str, ids: ChangeIds
) -> DefinitionCard:
    row = rows[place]
    own = next(one for one in reversed(rows[: place + 1]) if not one.cause)
    path, raw, commit = _bytes(access, definition, own.change)
    held = Held(day, row.data_from, row.data_to, row.known_from, own.label, _says(own, row.cause))
    data = _data(access, definition, path, raw)
    return _carded(access, definition, path, raw, data, commit=commit, ids=ids, with_changes=False, held=held)


def _holds(row: VersionRow, day: str) -> bool:
    return row.data_from <= day and (not row.data_to or day < row.data_to)


def _says(own: VersionRow, cause: str) -> str:
    says = "the journal's baseline" if own.state == "baseline" else f"the journal: applied with {own.label}"
    return says + (f"; computed from {cause} since" if cause else "")


def _nothing_held(definition: str, day: str, rows: Sequence[VersionRow]) -> BadInput:
    first = min(rows, key=lambda row: row.data_from)
    return BadInput(
        "nothing_held",
        f"no version of {definition} holds on {day}: the first one, {first.version}, begins on {first.data_from}",
        hint=f"metricgov history {split_id(definition)[1]}",
    )


def _from_main(access: Access, definition: str, day: str, ids: ChangeIds) -> DefinitionCard:
    tip = access.source.resolve(access.target)
    _, path = locate(definition, tip, source=access.source)
    found = card(access, definition, path, commit=tip, ids=ids, with_changes=False)
    since = str((found.data or {}).get("effective_from") or "")
    if since > day:
        raise BadInput(
            "nothing_held",
            f"no version of {definition} holds on {day}: main's begins on {since}, and the journal knows no other",
            hint="metricgov show with --at COMMIT reads any commit",
        )
    from dataclasses import replace

    return replace(found, held=Held(day, since, "", "", "", "main alone: the journal knows no version of it"))


def _bytes(access: Access, definition: str, change: str) -> tuple[str, bytes, str]:
    """Return path, bytes and commit of what a change ("" for the baseline) made of a definition."""
    from metricgov.app.folding import state_of
    from metricgov.domain.workflow.registry_events import Baseline
    from metricgov.domain.workflow.typed import parse

    if change:
        state = state_of(change, access.journal)
        revision = state.revision
        assert revision is not None, "an applied change has a revision"
        path = next(one.path for one in revision.definitions if one.id == definition)
        side = next(edit.after for edit in revision.edits if edit.path == path)
        if side is None:
            raise BadInput(
                "deleted_then", f"{definition} was deleted by this change", hint=f"metricgov change explain {change}"
            )
        return path, access.journal.blob(change, side.sha256), state.commit
    for envelope in access.journal.events_of(None):
        payload = parse(envelope).payload if envelope.type == "baseline" else None
        path = next((one.path for one in payload.entries if id_of(one.path) == definition), "") if isinstance(
            payload, Baseline
        ) else ""  # fmt: skip
        if isinstance(payload, Baseline) and path:
            return path, read_paths(access.source, payload.commit, (path,))[path].data, payload.commit
    raise AssertionError("history named a baseline that is not there")


def _data(access: Access, definition: str, path: str, raw: bytes) -> Mapping[str, JSON] | None:
    if split_id(definition)[0] is Kind.OPAQUE or path == ".gitattributes":
        return None
    return access.files.load(raw, path)


def _carded(
    access: Access,
    definition: str,
    path: str,
    raw: bytes,
    data: Mapping[str, JSON] | None,
    *,
    commit: str,
    ids: ChangeIds,
    with_changes: bool,
    held: Held | None = None,
) -> DefinitionCard:
    governance, note = governance_or_why(access, commit)
    level = decides(definition, data, path, governance)
    if governance and level is None:
        note = "nobody: two entries of governance/raci.yaml match it equally well"
    return DefinitionCard(
        id=definition,
        path=path,
        commit=commit,
        text=raw,
        data=data,
        owner=level.accountable if level else "",
        deputy=(level.deputy or "") if level else "",
        note=note,
        open_changes=_open(access, definition, ids) if with_changes else (),
        held=held,
    )


def _open(access: Access, definition: str, ids: ChangeIds) -> tuple[OpenChange, ...]:
    touching = access.journal.touching(definition)
    if not touching:
        return ()
    from metricgov.app.folding import state_of
    from metricgov.domain.workflow.summary import contents
    from metricgov.domain.workflow.vocabulary import ENDED

    states = [state for change in touching if (state := state_of(change, access.journal)).stage not in ENDED]
    known = ids.changes() if states else ()
    return tuple(
        OpenChange(
            state.change,
            label_of(state.change, known),
            state.stage.value,
            state.created_by,
            (said.why if (said := contents(state)) else state.why),
        )
        for state in reversed(states)
    )
