"""The two steps of main that no governance of the base can judge: the first one, and the mending of one that broke."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from metricgov.app.access import Access
from metricgov.app.contents import read_entries, read_paths
from metricgov.app.governing import PATH_SET, load_governance
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, id_of
from metricgov.domain.errors import Place, Problem, Undecidable
from metricgov.domain.verdict import Coverage, DefinitionVerdict, GateReport, Verdict, VersionStep
from metricgov.domain.workflow.authoring import locks
from metricgov.domain.workflow.rights import Governance
from metricgov.ports.source import TreeChange

SETTINGS = "metricgov.yaml"


def founded(
    access: Access, base: str, head: str, *, root: str, at: str, unfit: Callable[[], tuple[Problem, ...]]
) -> GateReport | None:
    """Return the verdict on a registry's first step, None where the base has one already.

    It passes only if the digest of the governance it brings is the one pinned as `root`; without a pin nobody can
    decide (Undecidable). A base and a head without a registry have nothing that is governed. `unfit` names governed
    paths of the head that are no plain files.
    """
    if SETTINGS in access.source.tree(base, (SETTINGS,)):
        return None
    found = read_paths(access.source, head, tuple(PATH_SET))
    if SETTINGS not in found:
        return GateReport(Verdict.PASS, base, head, at)
    governance, problems = load_governance(found, files=access.files)
    if governance is None:
        return GateReport(Verdict.BLOCKED, base, head, at, problems=problems)
    if not root:
        raise Undecidable(
            "root_not_pinned",
            "this result begins a registry, and nothing says which first governance is the right one",
            hint=f"look at governance/ in the result; if it is right, pin it: --root {governance.digest}",
        )

    def unfit_files() -> tuple[Problem, ...]:
        return unfit() or unloadable(access, head, governance)

    if problems := against(governance, root=root, unfit=unfit_files):
        return GateReport(Verdict.BLOCKED, base, head, at, problems=problems, policy_digest=governance.digest)
    accepted = tuple(
        DefinitionVerdict(
            id=definition,
            path=path,
            change_class=ChangeClass.COMPATIBLE,
            flags=frozenset(),
            version=VersionStep(),
            findings=(),
            coverage=Coverage.BASELINE,
        )
        for path in sorted(access.source.tree(head, GOVERNED_ROOTS))
        if (definition := id_of(path)) is not None
    )
    return GateReport(Verdict.PASS, base, head, at, definitions=accepted, policy_digest=governance.digest)


def unloadable(access: Access, commit: str, governance: Governance) -> tuple[Problem, ...]:
    """Return what is wrong with definitions that a registry begins with: a baseline of what cannot be read is none."""
    from metricgov.app.contents import EditedPath
    from metricgov.app.sides import read_sides

    tree = access.source.tree(commit, GOVERNED_ROOTS)
    found = read_entries(access.source, {path: entry for path, entry in tree.items() if id_of(path) is not None})
    edited = [EditedPath(path, None, content) for path, content in sorted(found.items())]
    return read_sides(edited, globs=(), files=access.files, dialect=governance.config.dialect).problems


def against(governance: Governance, *, root: str, unfit: Callable[[], tuple[Problem, ...]]) -> tuple[Problem, ...]:
    """Return why a registry may not begin with this governance: another is pinned (none, if ""), it locks, no files."""
    if root and root != governance.digest:
        says = f"the first governance has the digest {governance.digest}, and {root} is pinned"
        hint = "find out who changed governance/ before the registry began"
        return (Problem("root_differs", says, Place(SETTINGS), hint),)
    if locked := locks(governance):
        return (Problem("governance_locked", locked, Place(SETTINGS)),)
    return unfit()


def restored(
    access: Access, base: str, changes: Sequence[TreeChange], *, because: Undecidable, head: str, root: str, at: str
) -> GateReport:
    """Return the verdict on a base whose governance does not load.

    Only a byte-for-byte return to the last governance that loaded passes, or one that is pinned as a new `root`.
    Raises `because` where neither is found.
    """
    entries = {path: entry for path, entry in access.source.tree(base, tuple(PATH_SET)).items() if path in PATH_SET}
    for change in changes:
        if change.path in PATH_SET:
            if change.after is None:
                entries.pop(change.path, None)
            else:
                entries[change.path] = change.after
    pinned, _ = load_governance(read_entries(access.source, entries), files=access.files) if root else (None, ())
    if pinned is not None and pinned.digest == root and not locks(pinned) and not _others(changes, pinned):
        return GateReport(Verdict.PASS, base, head, at, policy_digest=pinned.digest)
    for commit in reversed(access.ancestry.first_parents(base)):
        governance, _ = load_governance(read_paths(access.source, commit, tuple(PATH_SET)), files=access.files)
        if governance is None:
            continue
        then = {path: entry for path, entry in access.source.tree(commit, tuple(PATH_SET)).items() if path in PATH_SET}
        if then == entries and not _others(changes, governance):
            return GateReport(Verdict.PASS, base, head, at, policy_digest=governance.digest)
        says = f"only a return to the governance of {commit[:12]}, and nothing else, can pass here: {because.message}"
        hint = f"git checkout {commit[:12]} -- governance metricgov.yaml"
        return _blocked(base, head, at, governance, Problem("governance_broken", says, Place(SETTINGS), hint))
    raise because


def _others(changes: Sequence[TreeChange], governance: Governance) -> tuple[str, ...]:
    """Return the governed paths that change besides the governance itself."""
    globs = tuple(glob for one in governance.config.opaque for glob in one.paths)
    return tuple(one.path for one in changes if one.path not in PATH_SET and id_of(one.path, globs))


def _blocked(base: str, head: str, at: str, governance: Governance, *problems: Problem) -> GateReport:
    return GateReport(Verdict.BLOCKED, base, head, at, problems=problems, policy_digest=governance.digest)
