"""What a list of people would change in people.yaml: newcomers, corrections, leavers; reading lists is for listed.py.

Ids never change, nobody is ever taken out of the file, and what a list does not say stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from metricgov.domain.definitions.governance import HASHED, PRINCIPAL, Person, PersonStatus, email_hash
from metricgov.domain.digest import JSON
from metricgov.domain.errors import InvalidFiles, Place, Problem
from metricgov.domain.people.listed import Listed, Row
from metricgov.domain.people.standing import held_by
from metricgov.domain.workflow.rights import Governance


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one person: `new`, `changed`, `left`, `back`; the sentences say it, `warns` what to look at."""

    kind: str
    id: str
    says: tuple[str, ...]
    warns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The fields of people.yaml to set, in order, and what that means for each person; `same` are left as they are."""

    fields: Mapping[str, JSON]
    steps: tuple[Step, ...]
    same: int


def enrol(
    listed: Listed,
    governance: Governance,
    *,
    complete: bool = False,
    hashed: bool = False,
    new_teams: bool = False,
) -> Enrolment:
    """Return what a list changes.

    `complete`: who is not in it has left. `hashed`: addresses are written as hashes. `new_teams`: teams that do not
    exist yet are made. InvalidFiles, with every line at fault, where the list contradicts itself or people.yaml.
    """
    return _Desk(listed, governance, hashed, new_teams).enrolment(complete=complete)


@dataclass(slots=True)
class _Desk:
    listed: Listed
    governance: Governance
    hashed: bool
    new_teams: bool
    fields: dict[str, JSON] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    newcomers: list[JSON] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    joins: dict[str, list[str]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def enrolment(self, *, complete: bool) -> Enrolment:
        """Take every row, then who is missing."""
        steps: list[Step] = []
        known = {person.id: person for person in self.governance.people.people}
        for row in self.listed.rows:
            person = known.get(row.id) if row.id else self._found(row)
            step = self._newcomer(row) if person is None else self._known(row, person)
            if step is not None:
                steps.append(step)
        if complete:
            steps += [
                self._leaver(person)
                for person in known.values()
                if person.id not in self.seen and person.status is PersonStatus.ACTIVE
            ]
        self._teams()
        if self.problems:
            raise InvalidFiles(self.problems)
        same = len(self.seen) - sum(step.id in self.seen for step in steps)
        return Enrolment(self.fields, tuple(steps), same)

    def _found(self, row: Row) -> Person | None:
        """Return who has the address, else the account, of a row without an id."""
        people = self.governance.people.people
        if row.email:
            wanted = email_hash(row.email)
            by_email = (one for one in people if one.email and email_hash(one.email) == wanted)
            if found := next(by_email, None):
                return found
        return next((one for one in people if row.login and (one.login or "").lower() == row.login.lower()), None)

    def _bad(self, row: Row, says: str, hint: str = "") -> None:
        self.problems.append(Problem("people_list", says, Place(self.listed.path, row.line), hint))

    def _once(self, row: Row, person: str) -> bool:
        first = self.seen.setdefault(person, row.line)
        if first != row.line:
            self._bad(row, f"{person} stands in line {first} already", "keep one line for each person")
        return first == row.line

    def _newcomer(self, row: Row) -> Step | None:
        chosen = row.id or _slug(row.name) or _slug(row.email.partition("@")[0]) or _slug(row.login)
        if not re.match(PRINCIPAL, chosen) or len(chosen) > 80:
            self._bad(row, f"`{chosen}` cannot be an id", "lower-case letters, digits, - and _, a letter first")
            return None
        if not row.id and any(one.id == chosen for one in self.governance.people.people):
            self._bad(row, f"{chosen} is somebody else already", "give this person an id of their own")
            return None
        if self._taken(row, chosen) or not self._once(row, chosen) or row.active is False:
            return None
        person: dict[str, JSON] = {"id": chosen, "name": row.name or chosen}
        if row.email:
            person["email"] = self._email(row.email)
        if row.login:
            person["login"] = row.login
        self.newcomers.append(person)
        says = [f"{person['name']}" + (f" <{person['email']}>" if row.email else "")]
        joined = self._join(row, chosen)
        return Step("new", chosen, (*says, *(words for words, _ in joined)), tuple(warn for _, warn in joined if warn))

    def _taken(self, row: Row, chosen: str) -> bool:
        """Whether the address or account of a new id is somebody's: an id is for ever, so that is no new name of it."""
        other = self._found(row)
        if other is not None and other.id != chosen:
            says = f"{row.email or row.login} is {other.id} here, and the list calls them {chosen}; ids never change"
            self._bad(row, says, f"write {other.id} in the list, or leave its id empty")
            return True
        if any(team.id == chosen for team in self.governance.people.teams) or any(
            one.id == chosen for one in self.governance.people.services
        ):
            self._bad(row, f"{chosen} is a team or a program here", "give this person another id")
            return True
        return False

    def _known(self, row: Row, person: Person) -> Step | None:
        if self._taken(row, person.id) or not self._once(row, person.id):
            return None
        if row.active is False:
            return self._leaver(person) if person.status is PersonStatus.ACTIVE else None
        says = [self._set(person, key, was, now) for key, was, now in self._differing(row, person)]
        joined = self._join(row, person.id)
        says += [words for words, _ in joined]
        warns = [warn for _, warn in joined if warn]
        back = person.status is PersonStatus.LEFT and row.active is True
        if back:
            self.fields[f"people[{person.id}].status"] = PersonStatus.ACTIVE.value
            warns += _rights("has rights again", held_by(person.id, self.governance))
        if not says and not back:
            return None
        return Step("back" if back else "changed", person.id, tuple(says), tuple(warns))

    def _differing(self, row: Row, person: Person) -> Iterator[tuple[str, str, str]]:
        if row.name and row.name != person.name:
            yield "name", person.name, row.name
        if row.email:
            same = person.email is not None and email_hash(person.email) == email_hash(row.email)
            now = self._email(row.email)
            if not same or (self.hashed and not HASHED.fullmatch(person.email or "")):
                yield "email", person.email or "none", now
        if row.login and row.login != person.login:
            yield "login", person.login or "none", row.login

    def _set(self, person: Person, key: str, was: str, now: str) -> str:
        self.fields[f"people[{person.id}].{key}"] = now
        return f"{key}: {was} -> {now}"

    def _email(self, email: str) -> str:
        return email_hash(email) if self.hashed else email

    def _leaver(self, person: Person) -> Step:
        self.fields[f"people[{person.id}].status"] = PersonStatus.LEFT.value
        held = held_by(person.id, self.governance)
        hint = f"hand it over first: metricgov people replace {person.id} NEW" if held else ""
        return Step("left", person.id, (person.name,), (*_rights("was", held), *((hint,) if hint else ())))

    def _join(self, row: Row, person: str) -> list[tuple[str, str]]:
        """Note the teams that a row brings; each with the rights that come with it."""
        known = {team.id: team for team in self.governance.people.teams}
        found: list[tuple[str, str]] = []
        for name in row.teams:
            team = next((one for one in known.values() if name in {one.id, one.title}), None)
            if team is None and not self.new_teams:
                hint = f"one of {', '.join(known) or 'none yet'}; or make it: --new-teams"
                self._bad(row, f"there is no team `{name}`", hint)
                continue
            wanted = team.id if team else _slug(name)
            if team is not None and person in team.members:
                continue
            if team is None and not self._team_id(row, wanted, name):
                continue
            self.joins.setdefault(wanted, []).append(person)
            rights = held_by(wanted, self.governance)
            found.append((f"joins {wanted}", f"{wanted} is {'; '.join(rights)}" if rights else ""))
        return found

    def _team_id(self, row: Row, wanted: str, title: str) -> bool:
        """Say whether a new team can have this id."""
        taken = {one.id for group in ("people", "services") for one in getattr(self.governance.people, group)}
        if not re.match(PRINCIPAL, wanted) or wanted in taken or self.titles.setdefault(wanted, title) != title:
            self._bad(
                row, f"`{title}` cannot become a team: the id `{wanted}` is taken or none", "rename it in the list"
            )
            return False
        return True

    def _teams(self) -> None:
        if self.newcomers:
            self.fields["people[+]"] = self.newcomers
        members = {team.id: team.members for team in self.governance.people.teams}
        made: list[JSON] = []
        for team, joining in self.joins.items():
            if team in members:
                self.fields[f"teams[{team}].members"] = [*members[team], *joining]
            else:
                made.append({"id": team, "title": self.titles[team], "members": [*joining]})
        if made and self.governance.people.teams:
            self.fields["teams[+]"] = made
        elif made:
            self.fields["teams"] = made


def _rights(says: str, held: tuple[str, ...]) -> list[str]:
    return [f"{says}: {'; '.join(held)}"] if held else []


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-").lstrip("0123456789_-")[:80]
