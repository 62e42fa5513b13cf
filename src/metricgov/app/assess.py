"""What a change set means at a commit: findings, classes, version steps, dependants, problems of its files.

Every door asks here, so that diff, edit, propose, apply and gate cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from metricgov.app.contents import Content, EditedPath, blobs_of, change_set
from metricgov.app.governing import PATH_SET, governance_after, governance_at
from metricgov.app.neighbourhood import Neighbourhood, Search
from metricgov.app.placing import placed
from metricgov.app.sides import Sides, read_sides
from metricgov.domain.changes.across import diff_change, indirect
from metricgov.domain.changes.diff import unreadable, with_lines
from metricgov.domain.changes.findings import Finding, gravest
from metricgov.domain.changes.fingerprint import canonical_digest
from metricgov.domain.changes.sql import CANONICALISER
from metricgov.domain.changes.values import DiffContext, Earlier
from metricgov.domain.changes.versions import version_step
from metricgov.domain.definitions.kinds import NATIVE, Kind, domain_of, id_of, split_id
from metricgov.domain.definitions.problems import Severity
from metricgov.domain.digest import sha256_hex
from metricgov.domain.errors import InvalidFiles, Place, Problem
from metricgov.domain.registry import Entry, Registry
from metricgov.domain.workflow.proposal import Proposal, Subject, Touched, combined_canonical, subject, touched
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import asks_dependants
from metricgov.ports.files import DefinitionFiles
from metricgov.ports.source import DefinitionSource


@dataclass(frozen=True, slots=True)
class Past:
    """What the journal knows of a definition from before: earlier versions, and whether its name was published.

    `accepted` says whether a baseline took it in; asked only about names that no change made and that are not there.
    """

    earlier: tuple[Earlier, ...] = ()
    applied: bool = False
    accepted: Callable[[], bool] = lambda: False

    @property
    def published(self) -> bool:
        """Whether the name stood for something before, so that it is never given again (INV-18)."""
        return self.applied or self.accepted()


NO_PAST = Past()


@dataclass(frozen=True, slots=True)
class Assessed:
    """One definition of a change: its routing facts and version step, every finding with its line, its paths (two
    where it moves to another folder)."""

    touched: Touched
    findings: tuple[Finding, ...]
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a change set means at `base`.

    `affected` are findings of definitions that did not change themselves. `problems` name files of the result that
    cannot be used; while there is one, the change cannot land.
    """

    base: str
    edited: tuple[EditedPath, ...]
    governance: Governance
    definitions: tuple[Assessed, ...]
    affected: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    proposal: Proposal
    before: Registry
    """The changed definitions as they are at `base`, and the unchanged ones around them."""
    after: Registry
    """The same with the changed definitions as they would be."""


def assess(
    edited: Sequence[EditedPath],
    *,
    base: str,
    source: DefinitionSource,
    files: DefinitionFiles,
    governance: Governance | None = None,
    search: Search | None = None,
    past: Callable[[str], Past] = lambda _definition: NO_PAST,
) -> Assessment:
    """Return what these edits mean in the tree of `base`; ungoverned paths are left out.

    `past` tells what the journal knows of a definition; `search` is one for the same paths and base that was begun
    earlier. Undecidable if the governance of `base` does not load.
    """
    governance = governance or governance_at(base, source=source, files=files)
    globs = opaque_globs(governance)
    search = search or Search([one.path for one in edited], base=base, source=source, files=files)
    sides = read_sides(edited, globs=globs, files=files, dialect=governance.config.dialect)
    around = search.around(sides.before, sides.after)
    context = _context(sides.ids, around, governance, past)
    findings = _findings(sides, context, files)
    affected = indirect(findings, before=around.before, after=around.after, context=context)
    result, governance_problems = _governance_result(sides, governance, files)
    paths = _paths(sides, globs)
    definitions = tuple(
        Assessed(_touched(one, paths[one], sides, findings[one], governance), findings[one], paths[one])
        for one in sides.ids
    )
    proposal = _proposal(base, sides, definitions, around, context, governance)
    problems = (*sides.problems, *_reference_problems(sides, around, files))
    named = {one.place for one in problems if one.place.line}  # one mistake is one problem, whoever finds it
    return Assessment(
        base=base,
        edited=sides.paths,
        governance=governance,
        definitions=definitions,
        affected=affected,
        problems=(*problems, *(one for one in governance_problems if one.place not in named)),
        proposal=replace(
            proposal,
            governance_after=result,
            file_problems=tuple(map(str, problems)),
            governance_problems=tuple(one.message for one in governance_problems),
        ),
        before=around.before,
        after=around.after,
    )


def ids_of(edited: Iterable[EditedPath], governance: Governance) -> tuple[str, ...]:
    """Return the definitions that these edits are about, each once."""
    globs = opaque_globs(governance)
    found = (id_of(one.path, globs) for one in edited)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def opaque_globs(governance: Governance) -> tuple[str, ...]:
    """Return the globs of other tools' files that this governance governs."""
    return tuple(glob for one in governance.config.opaque for glob in one.paths)


def _context(
    ids: Sequence[str], around: Neighbourhood, governance: Governance, past: Callable[[str], Past]
) -> DiffContext:
    known = {one: past(one) for one in ids}
    return DiffContext(
        dialect=governance.config.dialect,
        rules=governance.config.rules,
        removed=frozenset(one for one in ids if around.before.get(one) is None and known[one].published),
        earlier={one: found.earlier for one, found in known.items() if found.earlier},
        others_before={entry.id: entry.data for entry in around.before},
        others_after={entry.id: entry.data for entry in around.after},
        routing_tags=frozenset(one.match.tag for one in governance.raci.entries if one.match.tag),
    )


def _findings(sides: Sides, context: DiffContext, files: DefinitionFiles) -> dict[str, tuple[Finding, ...]]:
    """Return the findings of each definition, with their lines in the file after (before, for what is gone)."""
    readable = [one for one in sides.ids if one not in sides.unread]
    found = diff_change([(sides.before.get(one), sides.after.get(one)) for one in readable], context=context)
    result: dict[str, tuple[Finding, ...]] = {}
    for definition, edited in sides.edits.items():
        if definition in sides.unread:
            result[definition] = (unreadable(definition, edited.path),)
        elif found.get(definition) and split_id(definition)[0] is not Kind.OPAQUE:
            before, after = _Lines(edited.before, files), _Lines(edited.after, files)
            result[definition] = with_lines(found[definition], before=before, after=after)
        else:
            result[definition] = found.get(definition, ())
    return result


class _Lines:
    """The line of a field in one side of a file; the exact layout is read only where the quick one is silent."""

    def __init__(self, content: Content | None, files: DefinitionFiles) -> None:
        self._content = content
        self._files = files
        self._quick: Mapping[str, int] | None = None
        self._exact: Mapping[str, Place] | None = None

    def __call__(self, field: str) -> int | None:
        if self._content is None:
            return None
        if self._quick is None:
            self._quick = self._files.key_lines(self._content.data)
        line = self._quick.get(field)
        if line is not None:
            return line
        if self._exact is None:
            try:
                self._exact = self._files.locate(self._content.data)
            except InvalidFiles:
                self._exact = {}
        place = self._exact.get(field)
        return place.line if place else None


def _paths(sides: Sides, globs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in sides.paths:
        definition = id_of(one.path, globs) or ""
        found[definition] = (*found.get(definition, ()), one.path)
    return found


def _touched(
    definition: str, paths: tuple[str, ...], sides: Sides, findings: tuple[Finding, ...], governance: Governance
) -> Touched:
    before, after = sides.before.get(definition), sides.after.get(definition)
    path = sides.edits[definition].path
    owner = _owner(path, governance) if split_id(definition)[0] is Kind.OPAQUE else ""
    # A side that does not load still has a name and a folder, so nobody gets around those who answer for them.
    stood = [one.path for one in sides.paths if one.path in paths and one.before is not None]
    return touched(
        definition,
        path,
        before=_subject(definition, before, owner, unread=stood[0] if stood else ""),
        after=_subject(definition, after, owner, unread="" if stood else path),
        findings=findings,
        versions=version_step(before, after, gravest(one.change_class for one in findings)),
    )


def _subject(definition: str, entry: Entry | None, owner: str, *, unread: str) -> Subject | None:
    if entry is None:
        return subject(definition, None, domain=domain_of(unread) or "", owner=owner) if unread else None
    native = entry.kind in NATIVE
    return subject(definition, entry.data if native else None, domain=domain_of(entry.path) or "", owner=owner)


def _owner(path: str, governance: Governance) -> str:
    """Return who owns another tool's file: the first glob of metricgov.yaml that matches and names somebody."""
    found = (one.owner for one in governance.config.opaque if one.owner and id_of(path, one.paths))
    return next(found, "") or ""


def _governance_result(
    sides: Sides, governance: Governance, files: DefinitionFiles
) -> tuple[Governance | None, tuple[Problem, ...]]:
    touched_governance = [one for one in sides.edits.values() if one.path in PATH_SET]
    if not touched_governance:
        return (governance if any(split_id(one)[0] is Kind.GOVERNANCE for one in sides.ids) else None), ()
    return governance_after(governance, touched_governance, files=files)


def _reference_problems(sides: Sides, around: Neighbourhood, files: DefinitionFiles) -> tuple[Problem, ...]:
    """Return what is wrong between the changed definitions and the rest: only problems of the changed files count."""
    changed = {one.path: one.after for one in sides.paths if one.after is not None}
    found = [one for one in around.after.problems() if one.path in changed and one.severity is Severity.ERROR]
    return placed(found, changed, files=files) if found else ()


def _proposal(
    base: str,
    sides: Sides,
    definitions: tuple[Assessed, ...],
    around: Neighbourhood,
    context: DiffContext,
    governance: Governance,
) -> Proposal:
    canonical = {
        one: _canonical(sides.after.get(one), sides.edits[one], governance.config.dialect) for one in sides.ids
    }
    unchanged = [one for one in around.dependants if one not in sides.edits]
    dependants = [around.before.get(one) for one in (*unchanged, *_taken_along(definitions, around))]
    return Proposal(
        changes=change_set(sides.paths),
        canonical=combined_canonical(canonical),
        definitions=tuple(one.touched for one in definitions),
        base=base,
        dependants=tuple(
            subject(entry.id, entry.data, domain=domain_of(entry.path) or "") for entry in dependants if entry
        ),
        rules=context.rules,
        canonicaliser=CANONICALISER,
        engine_bound=bool(governance.config.engines),
        blobs=blobs_of(sides.paths),
    )


def _taken_along(definitions: tuple[Assessed, ...], around: Neighbourhood) -> tuple[str, ...]:
    """Return the definitions that change in words alone, and in numbers by what they are computed from (INV-19).

    Editing a comment of a definition must not take the question from whoever is accountable for its numbers.
    """
    causes = [one.touched.id for one in definitions if asks_dependants(one.touched)]
    moved = {other for cause in causes for other in around.before.dependants(cause, transitive=True)}
    return tuple(one.touched.id for one in definitions if one.touched.id in moved and not asks_dependants(one.touched))


def _canonical(entry: Entry | None, edited: EditedPath, dialect: str) -> str | None:
    """Return the canonical digest of the side after; of a file that does not load, that of its bytes."""
    if edited.after is None:
        return None
    return canonical_digest(entry, dialect=dialect) if entry else sha256_hex(edited.after.data)
