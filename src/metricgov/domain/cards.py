"""One definition as readers of it see it: the raw mapping and the facts around it; layout is for the renderers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metricgov.domain.digest import JSON


@dataclass(frozen=True, slots=True)
class OpenChange:
    """A change of the definition that has not ended."""

    change: str
    label: str
    state: str
    author: str
    why: str


@dataclass(frozen=True, slots=True)
class Held:
    """Why these contents answer a question about a day: the interval `[since, until)` and who says so.

    Days are ISO days, "" for open ends; `known` is the second since which it is on record, "" if it is not;
    `label` is the change that brought it, "" for none; `by` a sentence for readers.
    """

    day: str
    since: str
    until: str
    known: str
    label: str
    by: str


@dataclass(frozen=True, slots=True)
class DefinitionCard:
    """One definition at one commit ("" where the bytes come from the journal).

    `data` is the raw mapping, None for another tool's file, whose `text` counts. `owner` is the accountable
    principal, "" where nobody can say; then `note` says why.
    """

    id: str
    path: str
    commit: str
    text: bytes
    data: Mapping[str, JSON] | None
    owner: str = ""
    deputy: str = ""
    note: str = ""
    open_changes: tuple[OpenChange, ...] = ()
    held: Held | None = None
