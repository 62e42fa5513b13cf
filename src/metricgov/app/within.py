"""Which paths people meant when they named files and folders; how those become paths of the registry is for doors."""

from __future__ import annotations

from collections.abc import Sequence


def within(path: str, asked: Sequence[str]) -> bool:
    """Say whether a path is one of the files asked for or lies below one of the folders; nothing asked means all."""
    return not asked or any(one in ("", path) or path.startswith(f"{one}/") for one in asked)
