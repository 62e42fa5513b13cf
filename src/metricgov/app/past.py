"""What the journal knows of a definition from before: the versions it had, and whether its name was ever published."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from metricgov.app.assess import Past
from metricgov.app.folding import state_of
from metricgov.app.remembered import Remembered
from metricgov.domain.changes.fingerprint import fingerprint
from metricgov.domain.changes.values import Earlier
from metricgov.domain.definitions.kinds import id_of
from metricgov.domain.errors import InvalidFiles
from metricgov.domain.workflow.vocabulary import Stage
from metricgov.ports.files import DefinitionFiles
from metricgov.ports.journal import Journal

if TYPE_CHECKING:
    from metricgov.domain.workflow.events import RevisionSubmitted


def past_of(
    journal: Journal, files: DefinitionFiles, dialect: str, remembered: Remembered | None = None
) -> Callable[[str], Past]:
    """Return the lookup that `assess` asks; it reads only the changes that touched the definition.

    The baselines are read where a name is asked about that no change brought.
    """
    known = remembered or Remembered()

    def replaced(definition: str, change: str, made: RevisionSubmitted) -> Earlier | None:
        key = ("replaced", definition, change, made.digest, dialect)
        return known.get(key, lambda: _replaced(definition, change, made, journal, files, dialect))

    @cache
    def baseline() -> frozenset[str]:
        from metricgov.domain.workflow.registry_events import Baseline
        from metricgov.domain.workflow.typed import TYPE_OF, parse

        payloads = (parse(one).payload for one in journal.events_of(None) if one.type == TYPE_OF[Baseline])
        paths = (entry.path for payload in payloads if isinstance(payload, Baseline) for entry in payload.entries)
        return frozenset(found for path in paths if (found := id_of(path)) is not None)

    def look(definition: str) -> Past:
        applied = {
            change: state.revisions[-1]
            for change in journal.touching(definition)
            if (state := state_of(change, journal)).stage is Stage.APPLIED
        }
        found = (replaced(definition, change, made) for change, made in applied.items())
        earlier = tuple(one for one in found if one is not None)
        return Past(earlier, bool(applied), lambda: definition in baseline())

    return look


def _replaced(
    definition: str,
    change: str,
    revision: RevisionSubmitted,
    journal: Journal,
    files: DefinitionFiles,
    dialect: str,
) -> Earlier | None:
    """Return the version of a definition that an applied change replaced, None where it created it."""
    record = next((one for one in revision.definitions if one.id == definition), None)
    edit = next((one for one in revision.edits if one.before and id_of(one.path) == definition), None)
    if record is None or edit is None or edit.before is None:
        return None
    try:
        data = files.load(journal.blob(change, edit.before.sha256), edit.path)
    except InvalidFiles:
        return None
    return Earlier(record.version_before or "", fingerprint(data, dialect=dialect).meaning)
