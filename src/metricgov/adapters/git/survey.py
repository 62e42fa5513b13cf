"""What stands in a folder where a registry shall begin; whether it may begin there is for app/start.py."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from metricgov.adapters.git.condition import END, edited, unfinished
from metricgov.adapters.git.process import run, signing_key, user_environment
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.definitions.kinds import FOLDERS, id_of
from metricgov.domain.errors import BadInput
from metricgov.ports.site import Survey

SETTINGS_PATH = "metricgov.yaml"
DEFAULT, GITS_OWN_DEFAULT = "refs/heads/main", "refs/heads/master"
"""An empty repository on the name that git chose by itself begins on ours; a name that somebody chose stays."""

LOOK_AT = 20_000
"""Files below the definition folders after which the search for uncommitted ones ends."""


def survey(folder: Path, *, writes: Iterable[str], environ: Mapping[str, str]) -> Survey:
    """Return what stands in a folder; `writes` are the paths that would be written there."""
    place = folder.resolve()
    if place.is_file():
        return Survey(str(place), is_file=True)
    repository = _repository(place, environ)
    if repository is None:
        return Survey(str(place), edited=tuple(path for path in writes if (place / path).exists()))
    with repository:
        if repository.bare:
            return Survey(str(place), root=str(repository.git.root), bare=True)
        top, branch = repository.toplevel(), repository.branch()
        tip = repository.store.ref(branch) if branch else ""
        if branch == GITS_OWN_DEFAULT and not tip:
            branch = DEFAULT
        doing = unfinished(repository)
        return Survey(
            str(place),
            root=str(top),
            branch=branch,
            tip=tip,
            unfinished=doing,
            way_out=END.get(doing, ""),
            registry_at=_registry_at(repository, branch),
            fetched=bool(repository.git.read("for-each-ref", "--count=1", "refs/remotes").out),
            edited=edited(repository, top, tip, writes),
            loose=edited(repository, top, tip, _definitions(top)),
        )


def user(environ: Mapping[str, str], folder: Path) -> tuple[str, str]:
    """Return git's user.name and user.email as they hold in a folder, "" where they are not set."""
    here = next(part for part in (folder.resolve(), *folder.resolve().parents) if part.is_dir())
    env = user_environment(environ)
    name, email = (run(["git", "config", "--get", key], env, here).text for key in ("user.name", "user.email"))
    return name, email


def key_of_user(environ: Mapping[str, str]) -> str:
    """Return the key that git signs with over SSH in this folder, "" without one."""
    env = user_environment(environ)
    return signing_key(lambda key: run(["git", "config", "--get", key], env, Path.cwd()).text)


def _repository(place: Path, environ: Mapping[str, str]) -> GitRepository | None:
    existing = next(part for part in (place, *place.parents) if part.is_dir())
    plain = {key: value for key, value in environ.items() if key not in ("GIT_DIR", "GIT_WORK_TREE")}
    try:
        return GitRepository.open(existing, environ=plain)
    except BadInput as error:
        if error.code != "no_repository":
            raise
        return None


def _registry_at(repository: GitRepository, branch: str) -> str:
    for ref in dict.fromkeys((branch, "refs/heads/main")):
        tip = repository.store.ref(ref) if ref else ""
        if tip and repository.tree(tip, (SETTINGS_PATH,)):
            return f"{SETTINGS_PATH} on {ref.removeprefix('refs/heads/')}"
    return f"{SETTINGS_PATH} in the work tree" if (repository.toplevel() / SETTINGS_PATH).exists() else ""


def _definitions(top: Path) -> Iterator[str]:
    seen = 0
    for name in FOLDERS.values():
        for parent, folders, files in os.walk(top / name):
            folders.sort()
            for file in files:
                path = (Path(parent) / file).relative_to(top).as_posix()
                seen += 1
                if seen > LOOK_AT:
                    return
                if id_of(path) is not None:
                    yield path
