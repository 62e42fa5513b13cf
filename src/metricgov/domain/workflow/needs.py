"""What a change needed over its life: since when each requirement was missing, and what ended that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from metricgov.domain.definitions.governance import EffectRule, Hearing
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.requirements import Requirement
from metricgov.domain.workflow.roles import Roles


class End(StrEnum):
    """How a requirement stopped being missing."""

    OPEN = "open"
    """It did not, as far as the record goes."""
    MET = "met"
    """An event of the change met it."""
    OVERRIDDEN = "overridden"
    """Nobody met it: two people let the change through without it."""
    TIME = "time"
    """Nobody did anything: a day came, or a deadline passed."""
    REPLACED = "replaced"
    """Other contents came under review, which were asked about again."""
    ELSEWHERE = "elsewhere"
    """Main moved: other rules, other people or other contents were in force from then on."""


@dataclass(frozen=True, slots=True)
class Need:
    """One requirement of one revision: missing since an event, until another.

    `since` and `ended` are seqs of events (`ended` 0: still missing); for `TIME` and `ELSEWHERE`, `ended` is the first
    event that found it gone. `by` is who acted, "" for the program.
    """

    code: str
    says: str
    who: tuple[str, ...]
    definitions: tuple[str, ...]
    revision: int
    since: int
    since_at: str
    end: End = End.OPEN
    ended: int = 0
    ended_at: str = ""
    by: str = ""
    identity: Identity = Identity.CLAIMED


@dataclass(frozen=True, slots=True)
class Mark:
    """The event at which something was missing or no longer was."""

    seq: int
    at: str
    by: str
    identity: Identity
    revision: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What one look at a change found different from the look before."""

    came: tuple[Need, ...] = ()
    went: tuple[Need, ...] = ()


@dataclass(slots=True)
class Ledger:
    """Follows the requirements of one change from look to look; `closed` are those that are missing no more."""

    open: dict[str, Need] = field(default_factory=dict)
    closed: list[Need] = field(default_factory=list)

    def look(self, missing: Iterable[Requirement], mark: Mark, end: End) -> Turn:
        """Take what is missing now; `end` says how what is not missing any more came to be met.

        `REPLACED` begins again: everything that is missing is asked about the new contents.
        """
        now = {_key(one): one for one in missing}
        kept = {} if end is End.REPLACED else {key: one for key, one in self.open.items() if key in now}
        went = tuple(
            replace(one, end=end, ended=mark.seq, ended_at=mark.at, by=mark.by, identity=mark.identity)
            for key, one in self.open.items()
            if key not in kept
        )
        came = tuple(_need(one, mark) for key, one in now.items() if key not in kept)
        self.open = kept | {_key(one): one for one in came}
        self.closed.extend(went)
        return Turn(came, went)

    @property
    def needs(self) -> tuple[Need, ...]:
        """Everything that was ever missing, in the order in which it was first found so."""
        return tuple(sorted((*self.closed, *self.open.values()), key=lambda one: (one.since, one.code, one.says)))


def _key(one: Requirement | Need) -> str:
    return f"{one.code}\n{one.says}"


def _need(one: Requirement, mark: Mark) -> Need:
    return Need(str(one.code), one.says, one.who, one.definitions, mark.revision, mark.seq, mark.at)


def rule_words(roles: Roles) -> str:
    """Return what the rules ask of a change of one definition, and which entry of raci.yaml names the people."""
    rule = roles.rule
    places = [slot.says for slot in roles.slots]
    asked = [
        f"{places.count(says)} of {says}" if says == "the council" or places.count(says) > 1 else says
        for says in dict.fromkeys(places)
    ]
    words = [f"approval of {' and '.join(asked)}"] if asked else []
    if rule.consulted is not Hearing.NONE and roles.consulted:
        words.append(f"{', '.join(roles.consulted)} {'must answer' if rule.consulted is Hearing.ANSWERED else 'heard'}")
    words += ["effect of the change computed"] if rule.effect is EffectRule.ALWAYS else []
    words += ["effect computed where an engine is bound"] if rule.effect is EffectRule.IF_ENGINE else []
    words += ["intent, treatment and date stated"] if rule.statements else []
    words += ["threads resolved"] if rule.threads else []
    words += ["a ticket named"] if rule.ticket else []
    words += [f"identity {rule.identity} or surer"] if rule.identity is not Identity.CLAIMED else []
    said = "; ".join(words) or "nobody's approval"
    return f"{roles.definition} ({roles.change_class}, by {roles.matched}): {said}"
