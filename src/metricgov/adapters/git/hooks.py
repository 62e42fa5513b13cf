"""The port Hooks over the folder in which git looks for hooks; what they hold is decided elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.errors import Refused, Undecidable

SETTING = "core.hooksPath"


class GitHooks:
    """Implements the port Hooks; every work tree of a repository shares its hooks."""

    def __init__(self, repository: GitRepository) -> None:
        self._repository = repository

    def folder(self) -> str:
        """Return the folder; Refused where core.hooksPath names one outside the repository."""
        return str(self._folder)

    @property
    def _folder(self) -> Path:
        common = self._repository.common_dir()
        named = self._repository.git.user_setting(SETTING)
        if not named:
            return common / "hooks"
        top = common if self._repository.bare else self._repository.toplevel()
        folder = (top / Path(named).expanduser()).resolve()
        own = (common, common if self._repository.bare else top.resolve())
        if not any(folder.is_relative_to(one) for one in own):
            raise Refused(
                "hooks_shared",
                f"{SETTING} is {named}, which serves other repositories as well",
                hint='call it from there: metricgov hook run pre-push "$@"; or give this one hooks of its own: '
                f"git config --local {SETTING} {common / 'hooks'}",
            )
        return folder

    def read(self, name: str) -> bytes | None:
        """Return a script, None where there is none."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, script: bytes) -> None:
        """Put a script there, ready to run, all or nothing."""
        folder = self._folder
        partial = folder / f".{name}.{os.getpid()}.partial"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(script)
            partial.chmod(0o755)
            partial.replace(folder / name)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise Undecidable(
                "not_writable", f"{folder} cannot be written: {error.strerror}", hint="look at its rights"
            ) from error

    def move(self, name: str, to: str) -> None:
        """Give a script another name."""
        (self._folder / name).rename(self._folder / to)

    def remove(self, name: str) -> None:
        """Take a script away."""
        (self._folder / name).unlink()
