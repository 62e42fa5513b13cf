"""What doors ask about people: who there is, what they answer for, and who takes whose place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from metricgov.domain.people.answering import DelegationRow, KeyRow, PersonRow, PersonView, RoleRow


class Staff(Protocol):
    """People and their parts, by the governance in force on main."""

    def people(self, *, left: bool = False) -> tuple[PersonRow, ...]:
        """Return everybody with rights, teams and programs too; with `left` also who has none any more."""
        ...

    def person(self, person: str) -> PersonView:
        """Return one person, team or program with everything that they answer for, now and by what entry."""
        ...

    def roles(self, *, person: str = "", role: str = "", definition: str = "") -> tuple[RoleRow, ...]:
        """Return who is responsible, accountable, deputy, consulted or informed for each definition.

        Limited to a person (their teams count), to one of those roles, to one definition.
        """
        ...

    def keys(self, *, person: str = "") -> tuple[KeyRow, ...]:
        """Return the keys that sign decisions: whose, whether they count, and whether they are proved."""
        ...

    def give_delegation(
        self, to: str, ends: str, reason: str, *, giver: str = "", scope: str = "", starts: str = ""
    ) -> DelegationRow:
        """Let somebody answer in the reader's name, until a day that is included; `starts` is "" for now.

        `scope` is name:…, domain:…, kind:… or tag:…, "" for everything; the council may name another `giver`.
        """
        ...

    def end_delegation(self, delegation: str, *, reason: str = "") -> DelegationRow:
        """End a delegation before its last day; one that has ended stays as it was."""
        ...

    def delegations(self, *, ended: bool = False) -> tuple[DelegationRow, ...]:
        """Return who answers in whose name now or soon, what for and until when; with `ended` also what is over."""
        ...
