"""Paths that metricgov.yaml and sources name: inside the folder of metricgov.yaml, or refused."""

from __future__ import annotations

from pathlib import Path

from metricgov.domain.errors import BadInput


def inside(folder: Path, text: str, what: str) -> Path:
    """Return a path beside metricgov.yaml; BadInput for one that leads out of that folder."""
    root = folder.resolve()
    path = (root / text).resolve()
    if not path.is_relative_to(root):
        raise BadInput(
            "path_outside", f"{what}: {text} lies outside the folder of metricgov.yaml", hint="move it inside"
        )
    return path
