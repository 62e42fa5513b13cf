"""Which version step a class of change asks for, and whether a stated step is enough."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.changes.values import Definition
from metricgov.domain.definitions.kinds import NATIVE

FIRST: Final = "1.0.0"
_VERSION = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})", re.ASCII)


class Step(StrEnum):
    """The part of a version that rises."""

    NONE = "none"
    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


STEP_OF_CLASS: Final = {
    ChangeClass.IDENTICAL: Step.NONE,
    ChangeClass.EDITORIAL: Step.PATCH,
    ChangeClass.COMPATIBLE: Step.MINOR,
    ChangeClass.BREAKING: Step.MAJOR,
    ChangeClass.UNKNOWN: Step.MAJOR,
}


def due(before_version: str | None, change_class: ChangeClass, *, draft: bool = False) -> str:
    """Return the version that a change makes; a new definition starts at 1.0.0 and a draft does not step.

    `draft` says that the definition was a draft before the change. ValueError for a text that is no version.
    """
    if before_version is None:
        return FIRST
    major, minor, patch = _parts(before_version)
    if draft:
        return before_version
    match STEP_OF_CLASS[change_class]:
        case Step.NONE:
            return before_version
        case Step.PATCH:
            return f"{major}.{minor}.{patch + 1}"
        case Step.MINOR:
            return f"{major}.{minor + 1}.0"
        case Step.MAJOR:
            return f"{major + 1}.0.0"


def version_step(
    before: Definition | None, after: Definition | None, change_class: ChangeClass
) -> tuple[str | None, str | None, str | None]:
    """Return the version before, the one after, and the least that the class asks for.

    None where there is no such side or no text, and where no step is due: for drafts, governance and opaque files,
    deletions, and a version before that cannot be read.
    """
    one, other = _stated(before), _stated(after)
    side = after or before
    if side is None or after is None or side.id.partition(":")[0] not in NATIVE:
        return one, other, None
    if before is None:
        return None, other, FIRST
    if before.data.get("status") == "draft" or one is None or not _VERSION.fullmatch(one):
        return one, other, None
    return one, other, due(one, change_class)


def _stated(side: Definition | None) -> str | None:
    version = side.data.get("version") if side is not None else None
    return version if isinstance(version, str) else None


def reaches(stated: str | None, least: str) -> bool:
    """Say whether a file states at least this version; what is no version reaches none, and is reached by every one."""
    if stated is None or not _VERSION.fullmatch(stated):
        return False
    return not _VERSION.fullmatch(least) or _parts(stated) >= _parts(least)


def _parts(version: str) -> tuple[int, int, int]:
    found = _VERSION.fullmatch(version)
    if found is None:
        raise ValueError(f"not a version: {version!r}")
    return int(found[1]), int(found[2]), int(found[3])
