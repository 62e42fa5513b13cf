"""People and their parts, answered from the registry here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metricgov.desk.reading import LocalReading
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from metricgov.domain.people.answering import DelegationRow, KeyRow, PersonRow, PersonView, RoleRow


class LocalStaff(LocalReading):
    """Implements Staff over a Session."""

    def people(self, *, left: bool = False) -> tuple[PersonRow, ...]:
        """Return everybody with rights, teams and programs too; with `left` also who has none any more."""
        from metricgov.app.answering import everybody

        return everybody(self.session().governance, left=left)

    def person(self, person: str) -> PersonView:
        """Return one person, team or program with everything that they answer for."""
        from metricgov.app.answering import places
        from metricgov.domain.people.answering import PersonView

        row, governance = self._named(person), self.session().governance
        held = frozenset({person, *row.teams})
        mine = tuple(one for one in self.delegations() if person in (one.giver, one.to))
        return PersonView(row, places(governance, held), self.roles(person=person), mine)

    def roles(self, *, person: str = "", role: str = "", definition: str = "") -> tuple[RoleRow, ...]:
        """Return who has which part in each definition."""
        from metricgov.domain.people.answering import Role

        if role and role not in set(Role):
            raise BadInput("role_unknown", f"{role!r} is no role", hint=f"one of {', '.join(Role)}")
        held = frozenset({person, *self._named(person).teams}) if person else None
        session = self.session()
        only = session.definition(definition) if definition else ""
        return tuple(
            one
            for one in self._parts()
            if only in ("", one.definition) and role in ("", one.role) and (held is None or one.principal in held)
        )

    def keys(self, *, person: str = "") -> tuple[KeyRow, ...]:
        """Return the keys that sign decisions."""
        from metricgov.app.keys import held_keys
        from metricgov.domain.definitions.governance import KeyStatus
        from metricgov.domain.people.answering import KeyRow

        session = self.session()
        return tuple(
            KeyRow(
                one.person,
                one.key.fingerprint,
                one.key.kind,
                one.key.line,
                one.status is KeyStatus.ACTIVE,
                one.compromised_since,
                one.proved,
            )
            for one in held_keys(session.access, session.governance, person)
        )

    def give_delegation(
        self, to: str, ends: str, reason: str, *, giver: str = "", scope: str = "", starts: str = ""
    ) -> DelegationRow:
        """Let somebody answer in the reader's name, until a day that is included."""
        from metricgov.app.delegating import Wish, delegate
        from metricgov.app.ulid import new_ulid

        if not reason.strip():
            says = "a delegation goes on record and needs words"
            raise BadInput("words_missing", says, hint="say why, for whoever reads it later")
        session = self.session()
        voice = session.voice
        wish = Wish(to=to, ends=ends, reason=reason.strip(), giver=giver, scope=scope, starts=starts)
        ident = new_ulid(session.workspace.clock.now())
        events = delegate(voice.access, id=ident, actor=voice.actor, wish=wish)
        return self._delegation(next(str(one.payload["id"]) for one in events if one.type == "delegated"))

    def end_delegation(self, delegation: str, *, reason: str = "") -> DelegationRow:
        """End a delegation before its last day; one that has ended stays as it was."""
        from metricgov.app.delegating import delegations_in, end_delegation
        from metricgov.domain.workflow.delegating import known

        voice = self.session().voice
        end_delegation(voice.access, text=delegation, actor=voice.actor, reason=reason.strip())
        return self._delegation(known(delegation, delegations_in(self.session().access.journal)).id)

    def _delegation(self, ident: str) -> DelegationRow:
        return next(one for one in self.delegations(ended=True) if one.id == ident)

    def delegations(self, *, ended: bool = False) -> tuple[DelegationRow, ...]:
        """Return who answers in whose name now or soon; with `ended` also what is over."""
        from metricgov.app.answering import delegation_rows
        from metricgov.app.delegating import delegations_in, running
        from metricgov.domain import time

        workspace = self.session().workspace
        workspace.require_journal()
        now = time.to_text(workspace.clock.now())
        found = delegations_in(self.session().access.journal)
        return delegation_rows(found if ended else running(found, now=now), now)

    def _named(self, person: str) -> PersonRow:
        from metricgov.domain.definitions.problems import did_you_mean

        everybody = {one.id: one for one in self.people(left=True)}
        if person not in everybody:
            near = did_you_mean(person, sorted(everybody))
            raise BadInput("no_such_person", f"{person!r} is nobody of people.yaml", hint=near)
        return everybody[person]

    def _parts(self) -> tuple[RoleRow, ...]:
        from metricgov.app.answering import parts

        session = self.session()
        return self.made("parts", session.tip, lambda: tuple(parts(self.whole(), session.governance)))
