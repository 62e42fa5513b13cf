"""A whole registry from git or the work tree, with every problem of its files; judging it is for use cases."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.snapshot import Snapshot, of_commit, of_work_tree
from metricgov.adapters.remembered import Remembered
from metricgov.adapters.yaml.files import YamlFiles
from metricgov.domain.definitions.kinds import GOVERNANCE_FILES, Kind, id_of, misplaced
from metricgov.domain.digest import JSON
from metricgov.domain.errors import BadInput, InvalidFiles
from metricgov.domain.linted import Complaint, Linted

SETTINGS = "metricgov.yaml"
CACHE = "cache"


class Loading:
    """One commit ("": the work tree) on its way to a registry; nothing but ids is read before it is asked for."""

    def __init__(self, repository: GitRepository, files: YamlFiles, commit: str) -> None:
        self._repository = repository
        self._files = files
        self._commit = commit

    @cached_property
    def snapshot(self) -> Snapshot:
        """The paths and their blob ids; BadInput where there is no registry."""
        commit = self._commit
        found = of_commit(self._repository, commit, _governed) if commit else of_work_tree(self._repository, _governed)
        if SETTINGS not in found.oids:
            where = f"in commit {commit[:12]}" if commit else "in the work tree"
            raise BadInput(
                "no_registry",
                f"there is no metricgov.yaml {where}",
                hint="go to a registry, or start one: metricgov init",
            )
        return found

    @cached_property
    def remembered(self) -> Remembered:
        """What lint said of exactly these files before."""
        return Remembered(self._repository.state_dir() / CACHE, self.snapshot)

    def load(self) -> Linted:
        """Return all definitions, with every problem that their files have."""
        return _load(self._repository, self._files, self.snapshot)


def _load(repository: GitRepository, files: YamlFiles, snapshot: Snapshot) -> Linted:
    from metricgov.adapters.yaml.bulk import load_many

    config = _settings(snapshot, files)
    dialect, globs = _dialect(config), _globs(config)
    ids = {path: found for path in snapshot.oids if (found := id_of(path, globs)) is not None}
    mine = [(path, snapshot.oids[path]) for path, found in ids.items() if path.endswith(".yaml") and _is_native(found)]
    rest = [path for path in (*snapshot.oids, *snapshot.others) if path not in ids and misplaced(path)]
    loaded = load_many(mine, snapshot.read, repository.state_dir() / CACHE, dialect=dialect, others=rest)
    complaints = [
        *(Complaint(found.problem, found.severity) for found in loaded.findings),
        *(Complaint(problem) for problem in snapshot.problems),
    ]
    return Linted(
        registry=loaded.registry,
        complaints=tuple(complaints),
        files=len(mine),
        paths={found: path for path, found in sorted(ids.items(), reverse=True)},
        governance={
            path: data
            for path in GOVERNANCE_FILES
            if path.endswith(".yaml") and (data := snapshot.data(path)) is not None
        },
    )


def _is_native(definition: str) -> bool:
    return not definition.startswith(f"{Kind.OPAQUE}:")


def _governed(path: str) -> bool:
    return id_of(path) is not None


def _settings(snapshot: Snapshot, files: YamlFiles) -> Mapping[str, JSON]:
    """Return metricgov.yaml, {} where it does not load (its problems are found like those of any file)."""
    try:
        return files.load(snapshot.data(SETTINGS) or b"", SETTINGS)
    except InvalidFiles:
        return {}


def _dialect(config: Mapping[str, JSON]) -> str:
    found = config.get("dialect")
    return found if isinstance(found, str) and found else "duckdb"


def _globs(config: Mapping[str, JSON]) -> tuple[str, ...]:
    found = config.get("opaque")
    rows = found if isinstance(found, list | tuple) else ()
    paths = [row.get("paths") for row in rows if isinstance(row, Mapping)]
    return tuple(glob for some in paths if isinstance(some, list | tuple) for glob in some if isinstance(glob, str))
