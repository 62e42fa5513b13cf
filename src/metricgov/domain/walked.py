"""What a walk along main found, as plain values: steps that nobody approved; how they are found is a use case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from metricgov.domain.errors import Problem
from metricgov.domain.verdict import DefinitionVerdict, LateReview, Overriding, Verdict


@dataclass(frozen=True, slots=True)
class Bypass:
    """A step of main that brought governed contents without what the rules of its base asked for.

    `commit` is the step and `base` the commit before it ("" for a root); `at` is the committer's UTC second, `author`
    and `email` as git has them, all of them claims. `definitions` are those that nothing lets through. `observed` says
    that policy only watched there. `seen_by` is the event that first saw the step, 0 while no event has. `judged_at` is
    the moment for which it was judged.
    """

    commit: str
    base: str
    at: str
    author: str
    email: str
    subject: str
    definitions: tuple[DefinitionVerdict, ...]
    problems: tuple[Problem, ...]
    observed: bool
    seen_by: int
    judged_at: str

    @property
    def governance(self) -> bool:
        """Whether the step changed the rules by which later steps are judged."""
        return any(one.id.startswith("governance:") for one in self.definitions)


@dataclass(frozen=True, slots=True)
class Compromised:
    """A decision that a key signed at a time when somebody else may have had it; listed, and decided by nobody."""

    seq: int
    at: str
    type: str
    change: str
    person: str
    fingerprint: str
    since: str


@dataclass(frozen=True, slots=True)
class Overridden:
    """A definition that a step of main brought by an override (INV-15): in which commit, of which change, by whom."""

    commit: str
    change: str
    definition: str
    override: Overriding


@dataclass(frozen=True, slots=True)
class Judged:
    """One step of main as it was judged, for whoever keeps all of them.

    `seen_by` is the event that first saw it and `seen_at` that event's second (0 and "" while none has). `verdict` is
    None where nothing governed changed. `definitions` are those of the step, or, with `together` above 1, of the run of
    that many commits that are only covered as one, of which this is one. `governance` says that it changed the rules.
    """

    commit: str
    base: str
    at: str
    author: str
    subject: str
    seen_by: int
    seen_at: str
    verdict: Verdict | None
    definitions: tuple[DefinitionVerdict, ...] = ()
    problems: tuple[Problem, ...] = ()
    together: int = 1
    governance: bool = False


@dataclass(slots=True)
class Walked:
    """What a walk has seen so far; grows while it runs, so that an interrupted one can still report.

    `genesis` is the commit in which the registry began ("" where none did), `root` the digest of its governance,
    `pinned` whether that was compared with a given one. `steps` counts the commits after it that were looked at, of
    `total`; `governed` those that touch something governed, `joined` the runs that only count together. `problems` are
    events of the journal that cannot stand beside main, `compromised` decisions to look at. `overrides` are what two
    people let through, `late` those of them that nobody has looked at in time.
    """

    tip: str = ""
    genesis: str = ""
    began: str = ""
    root: str = ""
    pinned: bool = False
    steps: int = 0
    total: int = 0
    governed: int = 0
    joined: int = 0
    bypasses: list[Bypass] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    compromised: list[Compromised] = field(default_factory=list)
    overrides: list[Overridden] = field(default_factory=list)
    late: tuple[LateReview, ...] = ()

    @property
    def bad(self) -> tuple[Bypass, ...]:
        """The steps that policy would have stopped, oldest first."""
        return tuple(one for one in self.bypasses if not one.observed)

    @property
    def observed(self) -> tuple[Bypass, ...]:
        """The steps that policy only watched (INV-26), oldest first."""
        return tuple(one for one in self.bypasses if one.observed)

    @property
    def holds(self) -> bool:
        """Whether every step was allowed when it was made."""
        return not self.bad and not self.problems

    @property
    def rules_bypassed(self) -> str:
        """Return the first step that changed the rules past approval; later ones were judged by those rules."""
        return next((one.commit for one in self.bypasses if one.governance), "")

    def rows(self) -> Iterator[tuple[Bypass, DefinitionVerdict | None]]:
        """Yield each bypass with each of its definitions; with None where only its files are wrong."""
        for one in self.bypasses:
            yield from ((one, definition) for definition in one.definitions or (None,))
