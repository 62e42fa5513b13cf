"""The governance in force at a commit, or as a change would leave it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from metricgov.app.contents import REGULAR, Content, EditedPath, irregular, read_paths
from metricgov.domain.definitions.governance import PATHS
from metricgov.domain.definitions.problems import DefinitionErrors
from metricgov.domain.digest import JSON
from metricgov.domain.errors import InvalidFiles, Problem, Undecidable
from metricgov.domain.workflow.rights import Governance
from metricgov.ports.files import DefinitionFiles
from metricgov.ports.source import DefinitionSource

PATH_SET = frozenset(PATHS.values())


def governance_at(commit: str, *, source: DefinitionSource, files: DefinitionFiles) -> Governance:
    """Return the governance of a commit; Undecidable if it does not load, since nobody may decide then (INV-07)."""
    found = read_paths(source, commit, tuple(PATHS.values()))
    if PATHS["metricgov"] not in found:
        raise Undecidable(
            "no_registry",
            f"commit {commit[:12]} has no metricgov.yaml, so no rules are in force there",
            hint="start a registry with: metricgov init (in CI: pin the first governance with --root)",
        )
    governance, problems = load_governance(found, files=files)
    if governance is None:
        first = problems[0]
        raise Undecidable(
            first.code,
            f"the governance of commit {commit[:12]} does not load: {first.message}",
            hint=first.hint or "restore the last version that loaded",
            place=first.place,
        )
    return governance


def governance_after(
    base: Governance, edited: Iterable[EditedPath], *, files: DefinitionFiles
) -> tuple[Governance | None, tuple[Problem, ...]]:
    """Return the governance that these edits would leave, None with the reasons where it does not load."""
    kinds = {path: kind for kind, path in PATHS.items()}
    raw: dict[str, Mapping[str, JSON]] = {kind: value for kind, value in base.raw.items() if isinstance(value, Mapping)}
    problems: list[Problem] = []
    for one in edited:
        kind = kinds.get(one.path)
        if kind is None:
            continue
        if one.after is None:
            raw.pop(kind, None)
            continue
        try:
            raw[kind] = files.load(one.after.data, one.path)
        except InvalidFiles as error:
            problems.extend(error.problems)
    if problems:
        return None, tuple(problems)
    return _governance_of(raw, {one.path: one.after for one in edited if one.after}, files)


def load_governance(
    contents: Mapping[str, Content], *, files: DefinitionFiles
) -> tuple[Governance | None, tuple[Problem, ...]]:
    """Return the governance that these files hold, by path; None with every problem where it does not load."""
    raw: dict[str, Mapping[str, JSON]] = {}
    problems: list[Problem] = []
    for kind, path in PATHS.items():
        if path not in contents:
            continue
        if contents[path].mode != REGULAR:
            problems.append(irregular(path, contents[path].mode))
            continue
        try:
            raw[kind] = files.load(contents[path].data, path)
        except InvalidFiles as error:
            problems.extend(error.problems)
    if problems:
        return None, tuple(problems)
    return _governance_of(raw, contents, files)


def _governance_of(
    raw: Mapping[str, Mapping[str, JSON]], contents: Mapping[str, Content], files: DefinitionFiles
) -> tuple[Governance | None, tuple[Problem, ...]]:
    try:
        return Governance.of(raw), ()
    except DefinitionErrors as error:
        from metricgov.app.placing import placed

        return None, placed(error.problems, contents, files=files)
