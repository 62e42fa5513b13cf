"""Bringing approved contents onto the target branch; whether they may land is decided before, elsewhere.

One attempt is three calls, each of which may be repeated after a crash with the same result:

    commit = landing.build(plan)              # M, a pure function of the plan
    outcome = landing.move(plan, commit)      # work trees, then compare-and-swap T -> M
    landing.settle(plan, commit)              # only when abandoned: work trees back to where the target is

Recovery asks `landed` first, then compares `tip` with `plan.tip`: M in the target means applied; the target still at T
means `move` again; anything else means abandoned. Giving up and moving exclude each other, and each looks at what the
other did: `move` asks `wanted` last, `settle` calls `give_up` first. So a worker that slept while its attempt was given
up cannot win, even if somebody puts the target back to T (INV-52).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from metricgov.domain.errors import Refused


class Outcome(StrEnum):
    """How a compare-and-swap of the target ended."""

    MOVED = "moved"
    LOST = "lost"


class Barred(Refused):
    """The target will never take this from us, however often we ask: people merge it on the host."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One attempt to apply: equal plans give equal commits.

    `target` is a full ref (`refs/heads/main`), `tip` the object id T of `apply_started`, `writes` the new bytes by path
    (None deletes the path), `at` the moment of `apply_started` as the journal writes it, `message` the whole commit
    message with its trailers.
    """

    target: str
    tip: str
    writes: Mapping[str, bytes | None]
    at: str
    message: str


class Landing(Protocol):
    """The only writer of the target ref."""

    def turn(self) -> AbstractContextManager[None]:
        """Let the attempts of this clone's processes follow each other, so that a slow one is not overtaken for ever.

        A courtesy, not a lock: whoever has waited some seconds goes ahead, and the compare-and-swap decides.
        """

    def tip(self, target: str) -> str:
        """Return the commit that a full ref points to, "" if there is no such ref."""

    def check(self, plan: Plan) -> None:
        """Refuse, naming every work tree and path in the way, if a work tree on the target could not follow.

        Asked before `apply_started`; `move` asks again.
        """

    def build(self, plan: Plan) -> str:
        """Write M = T with the paths replaced, durably, and return its id; the target does not move."""

    def move(self, plan: Plan, commit: str, *, wanted: Callable[[], bool] = lambda: True) -> Outcome:
        """Let the work trees follow, then swap the target from T to M; LOST if it is not at T (work trees go back).

        `wanted` is asked last, where this is possible when nobody else can move or give up any more; where it says no,
        that is LOST too. Already at M counts as MOVED. Undecidable if there was no clear answer: ask `landed`. Barred
        if the target is protected against us.
        """

    def landed(self, target: str, commit: str) -> bool:
        """Say whether the target contains a commit now."""

    def settle(self, plan: Plan, commit: str, *, give_up: Callable[[], None] = lambda: None) -> bool:
        """Give an attempt up, and undo in the work trees what an interrupted `move` left there.

        `give_up` is called when nobody else can move the target any more, and not at all if it has M by now; then the
        answer is False. Without a commit ("": it cannot be built any more) the work trees stay as they are.
        """
