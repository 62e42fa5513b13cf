"""The hooks of one repository: scripts that git calls before something happens."""

from __future__ import annotations

from typing import Protocol


class Hooks(Protocol):
    """Reads and writes hook scripts by name (`pre-push`), wherever git looks for them."""

    def folder(self) -> str:
        """Return where they stand; Refused where that place serves other repositories as well."""

    def read(self, name: str) -> bytes | None:
        """Return a script, None where there is none."""

    def write(self, name: str, script: bytes) -> None:
        """Put a script there, ready to run, all or nothing."""

    def move(self, name: str, to: str) -> None:
        """Give a script another name."""

    def remove(self, name: str) -> None:
        """Take a script away."""
