"""What doors propose in one go: contents that the program writes, shown first and then submitted as a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from metricgov.desk.deciding import Outcome
    from metricgov.domain.draft_views import Weighed
    from metricgov.domain.people.enrolment import Step


@dataclass(frozen=True, slots=True)
class Saying:
    """What goes with a proposal: why, tickets, whether it stays a draft, and whether it is only shown (`preview`)."""

    why: str = ""
    refs: tuple[str, ...] = ()
    draft: bool = False
    preview: bool = False


SHOWN = Saying(preview=True)


@dataclass(frozen=True, slots=True)
class Proposed:
    """What contents mean against main, and what came of them: None where they were only shown.

    `notes` are sentences that whoever proposes should read first.
    """

    weighed: Weighed
    outcome: Outcome | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Enrolling:
    """A list of people taken in: what happens to each, how many stay as they were, columns that were not used."""

    steps: tuple[Step, ...]
    same: int
    unused: tuple[str, ...]
    proposed: Proposed


@dataclass(frozen=True, slots=True)
class Succession:
    """One person in another's place: what they take over, what to look at, open work, files that name the old one."""

    takes: tuple[str, ...]
    warns: tuple[str, ...]
    open: tuple[str, ...]
    named_in: tuple[str, ...]
    proposed: Proposed


@dataclass(frozen=True, slots=True)
class Keyed:
    """A key that is added or revoked; `says` is what was done where no change was needed: `proposed` is None then."""

    fingerprint: str
    kind: str
    person: str
    says: str
    proposed: Proposed | None


class Proposing(Protocol):
    """Changes whose contents follow from a few words. Others agree to them like to every change."""

    def retire(
        self,
        definition: str,
        *,
        replaced_by: str = "",
        relation: str = "different",
        last_good_date: str = "",
        effective: str = "",
        saying: Saying = SHOWN,
    ) -> Proposed:
        """Propose to end a definition; its file stays and says why, until when, and what to read instead."""
        ...

    def rename(self, definition: str, new_name: str, *, title: str = "", saying: Saying = SHOWN) -> Proposed:
        """Propose another name for a definition; the old one stays and points to it."""
        ...

    def import_people(
        self,
        listed: bytes,
        name: str,
        *,
        complete: bool = False,
        hashed: bool = False,
        new_teams: bool = False,
        saying: Saying = SHOWN,
    ) -> Enrolling:
        """Propose the people of a list of HR or SSO (CSV or JSON; `name` is that of its file) for people.yaml."""
        ...

    def replace_person(self, old: str, new: str, *, saying: Saying = SHOWN) -> Succession:
        """Propose one person for every place of another, who leaves."""
        ...

    def add_key(self, key: str, signature: bytes, *, saying: Saying = SHOWN) -> Keyed:
        """Propose a key (the line of its public half) of the reader, with a proof that they hold it.

        The proof is an SSH signature, in the namespace `metricgov.key/v1`, of the canonical JSON of
        `{type: metricgov.key/v1, registry, principal, key}`. Nothing is asked of a key that stands and is proved.
        """
        ...

    def revoke_key(self, key: str, *, since: str = "", saying: Saying = SHOWN) -> Keyed:
        """Propose that a key counts no more; named by its fingerprint, its line, or who has it.

        `since` is the day from which on somebody else may have had it.
        """
        ...
