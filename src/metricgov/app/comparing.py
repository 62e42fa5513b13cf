"""What differs between two commits, or between a commit and the work tree, and what that means; nothing is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metricgov.app.access import Access
from metricgov.app.assess import Assessed, Assessment, assess, opaque_globs
from metricgov.app.collecting import from_texts
from metricgov.app.contents import EditedPath, read_changes
from metricgov.app.governing import governance_at
from metricgov.app.past import past_of
from metricgov.app.within import within
from metricgov.domain.changes.findings import Finding
from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, id_of
from metricgov.domain.errors import MetricgovError, Place, Problem
from metricgov.domain.verdict import VersionStep
from metricgov.domain.views import ChangedDefinition
from metricgov.ports.checkout import Checkout


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the edits from one side to the other mean, by definition.

    `unreadable` are problems of files on the side after that do not load, `problems` everything else that is wrong
    there.
    """

    definitions: tuple[ChangedDefinition, ...]
    affected: tuple[Finding, ...]
    unreadable: tuple[Problem, ...]
    problems: tuple[Problem, ...]


def compare(
    access: Access, *, base: str, head: str = "", checkout: Checkout | None = None, only: Sequence[str] = ()
) -> Comparison:
    """Return what `head` (a commit, or the checkout) does to `base`, tree against tree; `only` are files or folders.

    Undecidable if the governance of `base` does not load: it says what is governed.
    """
    governance = governance_at(base, source=access.source, files=access.files)
    globs = opaque_globs(governance)
    unreadable: list[Problem] = []
    if checkout is not None:
        edited, unreadable = _work_tree(base, globs, access, checkout, only)
    else:
        changed = [one for one in access.source.changed(base, head) if id_of(one.path, globs) is not None]
        edited = read_changes(access.source, changed)
    wanted = [one for one in edited if within(one.path, only)]
    found = assess(
        wanted,
        base=base,
        source=access.source,
        files=access.files,
        governance=governance,
        past=past_of(access.journal, access.files, governance.config.dialect),
    )
    return _comparison(found, unreadable)


def _work_tree(
    base: str, globs: tuple[str, ...], access: Access, checkout: Checkout, only: Sequence[str]
) -> tuple[tuple[EditedPath, ...], list[Problem]]:
    """Return the edits of the work tree, and what stands in a place of a definition and is no file."""
    texts: dict[str, bytes | None] = {}
    problems: list[Problem] = []
    for path in checkout.worktree_changed(base, () if globs else GOVERNED_ROOTS):
        if id_of(path, globs) is None or not within(path, only):
            continue
        try:
            texts.update(checkout.read_worktree([path]))
        except MetricgovError as error:
            problems.append(Problem(error.code, error.message, error.place or Place(path), error.hint))
    return from_texts(base, texts, source=access.source), problems


def behind(access: Access, *, base: str, head: str) -> tuple[int, str]:
    """Return how many commits `base` has that `head` lacks, and where they parted; (0, "") where nobody can say."""
    try:
        fork = access.ancestry.merge_base(base, head)
        return (0, "") if fork == base else (len(access.ancestry.first_parents(base, since=fork)), fork)
    except MetricgovError:
        return 0, ""


def _comparison(found: Assessment, unreadable: Sequence[Problem]) -> Comparison:
    globs = opaque_globs(found.governance)
    unread = {one.path for one in found.edited if one.after and found.after.get(id_of(one.path, globs) or "") is None}
    return Comparison(
        definitions=tuple(_definition(one) for one in found.definitions),
        affected=found.affected,
        unreadable=(*unreadable, *(one for one in found.problems if one.place.path in unread)),
        problems=tuple(one for one in found.problems if one.place.path not in unread),
    )


def _definition(one: Assessed) -> ChangedDefinition:
    touched = one.touched
    return ChangedDefinition(
        id=touched.id,
        path=touched.path,
        change_class=touched.change_class,
        flags=touched.flags,
        version=VersionStep(touched.version_before or "", touched.version_after or "", touched.version_due or ""),
        findings=one.findings,
    )
