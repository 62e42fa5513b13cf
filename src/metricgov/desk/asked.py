"""The questions that doors ask, as Protocols by topic; `Desk` is all of them.

Arguments and answers are values that can be sent to another process or over HTTP. What cannot be done is raised as a
MetricgovError with its code, words and next step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from metricgov.domain.views import ChangeRow, InboxRow

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is (0: nobody knows)."""


def silent(what: str, done: int, total: int) -> None:
    """A Progress that tells nobody."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, and where: `principal` and `name` of the person, `proof` how decisions are proved.

    `registry` is the id of the registry and `title` its name for people; `council` says whether the person is on it;
    `unsigned` why decisions are not signed, "" where they are.
    """

    principal: str
    name: str
    registry: str
    title: str
    proof: str
    council: bool = False
    unsigned: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far this clone is with the others: what waits to be sent, and when it last heard from the remote.

    `remote` is "" where there is none, `fetched_at` UTC in seconds ("" never); `offline` that everything waits here;
    `mark` changes whenever anything that the desk answers from has moved.
    """

    mark: str
    unsent: int = 0
    remote: str = ""
    fetched_at: str = ""
    offline: bool = False


class Entrance(Protocol):
    """What every door asks first."""

    def reader(self) -> Reader:
        """Return who asks; raises BadInput where git's user.email is nobody's."""
        ...

    def standing(self) -> Standing:
        """Return how far this clone is; cheap enough to ask every second."""
        ...

    def inbox(self) -> tuple[InboxRow, ...]:
        """Return what waits for the reader, oldest due first."""
        ...

    def change_rows(
        self, *, ended: bool = False, state: str = "", person: str = "", definition: str = "", most: int = 0
    ) -> tuple[ChangeRow, ...]:
        """Return changes, the one that moved last first; open ones, or with `ended` all; 0 for `most` is no limit."""
        ...


class Desk(Entrance, Drafting, Editing, Protocol):
    """Everything that can be asked."""
