"""Putting a generated registry into a repository: main, journal, and a branch with one changed metric."""

from __future__ import annotations

from dataclasses import dataclass

from metricgov.app.generated import Generated
from metricgov.app.start import JOURNAL, Beginning, baseline_entries, first_events
from metricgov.domain.definitions.governance import Preset
from metricgov.ports.site import Site
from metricgov.ports.source import DefinitionSource

AT = "2026-01-05T09:00:00Z"
"""All generated commits carry this moment, so that equal arguments give equal commits."""

TARGET, CHANGE = "refs/heads/main", "refs/heads/change"


@dataclass(frozen=True, slots=True)
class Laid:
    """The commits that were made: the tip of main, and that of the branch `change`."""

    main: str
    change: str
    events: int


def lay(generated: Generated, *, site: Site, source: DefinitionSource) -> Laid:
    """Write the registry with its governance, a journal whose baseline accepts it, and the branch `change`."""
    actor = generated.council[0]
    author = f"{actor} <{actor}@example.com>"
    main = site.commit(generated.files, tip="", message="Generate a registry", at=AT, author=author)
    site.land(TARGET, tip="", commit=main)
    journal = site.open_journal(JOURNAL, registry=generated.registry, target=TARGET, at=AT)
    beginning = Beginning(
        generated.registry, actor, author, Preset.STANDARD, JOURNAL, TARGET, "", generated.files, (), True, ""
    )
    drafts = first_events(beginning, main, baseline_entries(main, source), AT)
    appended = journal.append(lambda: drafts)
    words = f"Move a literal in {generated.changed_path}"
    edit = {generated.changed_path: generated.changed}
    change = site.commit(edit, tip=main, message=words, at=AT, author=author)
    site.land(CHANGE, tip="", commit=change)
    return Laid(main, change, len(appended))
