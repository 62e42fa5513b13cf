"""Which version step a class of change asks for, and whether a stated step is enough."""

from __future__ import annotations

import re
from dataclasses import dataclass
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


SIZE: Final = {Step.NONE: 0, Step.PATCH: 1, Step.MINOR: 2, Step.MAJOR: 3}

STEP_OF_CLASS: Final = {
    ChangeClass.IDENTICAL: Step.NONE,
    ChangeClass.EDITORIAL: Step.PATCH,
    ChangeClass.COMPATIBLE: Step.MINOR,
    ChangeClass.BREAKING: Step.MAJOR,
    ChangeClass.UNKNOWN: Step.MAJOR,
}


class StepVerdict(StrEnum):
    """How a stated step stands to the one that is due."""

    DUE = "due"
    SMALLER = "smaller"
    LARGER = "larger"
    NOT_A_VERSION = "not_a_version"


@dataclass(frozen=True, slots=True)
class StepJudgement:
    """What version is due, and what the stated one is worth: smaller blocks, larger warns."""

    verdict: StepVerdict
    due: str
    says: str

    @property
    def blocks(self) -> bool:
        return self.verdict in {StepVerdict.SMALLER, StepVerdict.NOT_A_VERSION}


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


def step_of(before: str, after: str) -> Step | None:
    """Return the step from one version to the next, None where it is not exactly one step up."""
    old, new = _parts(before), _parts(after)
    if new == old:
        return Step.NONE
    if new == (old[0], old[1], old[2] + 1):
        return Step.PATCH
    if new == (old[0], old[1] + 1, 0):
        return Step.MINOR
    return Step.MAJOR if new == (old[0] + 1, 0, 0) else None


def judge_step(
    before: str | None, after: str | None, change_class: ChangeClass, *, draft: bool = False
) -> StepJudgement:
    """Return whether the version that a file states is the one that is due for the class of its change."""
    try:
        wanted = due(before, change_class, draft=draft)
        old, new = (0, 0, 0) if before is None else _parts(before), _parts(after or "")
    except ValueError:
        stated = after if before is None or _VERSION.fullmatch(before) else before
        return StepJudgement(StepVerdict.NOT_A_VERSION, FIRST, f"{stated!r} is not a version like 1.0.0")
    aim = _parts(wanted)
    if new == aim:
        return StepJudgement(StepVerdict.DUE, wanted, f"version {after} is the one due")
    if new < aim:
        return StepJudgement(
            StepVerdict.SMALLER,
            wanted,
            f"version {after} is too small a step for a {change_class} change: {wanted} is due",
        )
    kind = "a larger step than due" if new > old else "not a step up"
    return StepJudgement(StepVerdict.LARGER, wanted, f"version {after} is {kind}: {wanted} would do")


def _parts(version: str) -> tuple[int, int, int]:
    found = _VERSION.fullmatch(version)
    if found is None:
        raise ValueError(f"not a version: {version!r}")
    return int(found[1]), int(found[2]), int(found[3])
