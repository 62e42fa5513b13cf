"""What a door asks where no registry is open: folders, keys, repositories that may become one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from metricgov.domain.errors import BadInput, Undecidable

if TYPE_CHECKING:
    from metricgov.adapters.git.history import GitHistory
    from metricgov.adapters.git.hooks import GitHooks
    from metricgov.adapters.git.repository import GitRepository
    from metricgov.adapters.git.site import GitSite
    from metricgov.ports.site import Survey

from metricgov.assembly.parts import SETTINGS_PATH, SIGNING_KEY_VARIABLE


def survey(folder: Path, writes: Iterable[str]) -> Survey:
    """Return what stands in a folder where a registry shall begin."""
    from metricgov.adapters.git.survey import survey as look

    return look(folder, writes=writes, environ=os.environ)


def git_user(folder: Path) -> tuple[str, str]:
    """Return git's user.name and user.email in a folder, "" where unset."""
    from metricgov.adapters.git.survey import user

    return user(os.environ, folder)


def public_key(named: str) -> str:
    """Return the line of the key that a file (either half) holds or a text is; BadInput where it is none."""
    from metricgov.adapters.signing.keygen import signer_for

    return signer_for(named.strip(), os.environ).public


def own_public_key() -> str:
    """Return the line of the key that METRICGOV_SIGNING_KEY or git names for signing with SSH, "" without one."""
    from metricgov.adapters.git.survey import key_of_user

    named = os.environ.get(SIGNING_KEY_VARIABLE, "") or key_of_user(os.environ)
    try:
        return public_key(named) if named else ""
    except BadInput:
        return ""


def begin_repository(folder: Path) -> GitRepository:
    """Make an empty repository on the branch main."""
    from metricgov.adapters.git.setup import create_repository

    return create_repository(folder)


def site_of(repository: GitRepository) -> GitSite:
    """Return what starting a registry needs of a repository."""
    from metricgov.adapters.git.site import GitSite

    return GitSite(repository)


def starter_files() -> dict[str, bytes]:
    """Return the files of the starter registry by path: from the wheel, else from the source tree beside it."""
    package = Path(__file__).parents[1]
    for root in (package / "_starter", package.parents[1] / "registry"):
        files = {file.relative_to(root).as_posix(): file.read_bytes() for file in sorted(root.rglob("*.yaml"))}
        if SETTINGS_PATH in files:
            return files
    raise Undecidable("no_starter", "this installation holds no starter registry", hint="install metricgov again")


def repack(repository: GitRepository) -> None:
    """Put everything into one pack, as a clone holds it."""
    from metricgov.adapters.git.bulk import repack as pack

    pack(repository)


def tidy(repository: GitRepository) -> bool:
    """Put what has piled up into few packs, where there is much of it; say whether there was."""
    from metricgov.adapters.git.bulk import tidy as put_together

    return put_together(repository)


def hooks_of(repository: GitRepository) -> GitHooks:
    """Return the hooks of a repository."""
    from metricgov.adapters.git.hooks import GitHooks

    return GitHooks(repository)


def history_of(repository: GitRepository) -> GitHistory:
    """Return the past of a repository, whether it holds a registry or not."""
    from metricgov.adapters.git.history import GitHistory

    return GitHistory(repository)
