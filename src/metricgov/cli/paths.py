"""Files, folders and definition names as people type them in any folder, as paths of the registry."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from metricgov.domain.errors import BadInput


def registry_paths(words: Sequence[str], top: Path, known: Iterable[str]) -> tuple[str, ...]:
    """Return paths below the root of the work tree ("" for the root itself).

    A word is a file or folder seen from here, else the name of a definition among `known` (paths of the registry,
    deleted ones included). BadInput for anything else.
    """
    paths = tuple(known) if words else ()
    return tuple(_one(word, top, paths) for word in words)


def _one(word: str, top: Path, known: Sequence[str]) -> str:
    from metricgov.app.addressing import resolve_definition
    from metricgov.domain.definitions.kinds import id_of, is_name

    path = _below(word, top)
    if path is not None and (os.path.lexists(top / path) or path in known):
        return path
    ids = {found: one for one in known if (found := id_of(one)) is not None}
    if is_name(word.rpartition(":")[2]):
        return ids[resolve_definition(word, ids)]
    if path is None:
        raise BadInput("outside", f"{word} is outside of the registry {top}", hint="name files of this registry")
    raise BadInput("no_file", f"there is no file or folder {word}", hint="name files, folders or definitions")


def _below(word: str, top: Path) -> str | None:
    full = os.path.normpath(Path.cwd().resolve() / word)
    inside = os.path.relpath(full, top)
    if inside == os.pardir or inside.startswith(os.pardir + os.sep):
        return None
    return "" if inside == os.curdir else Path(inside).as_posix()
