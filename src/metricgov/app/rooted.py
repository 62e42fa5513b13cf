"""Whether the governance of a base descends from a pinned root: each change since was approved under the one before.

Only steps of main that touch governance files are read, from the last one whose governance is the pinned one; pinning a
newer digest shortens the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from metricgov.app.access import Access
from metricgov.app.contents import read_paths
from metricgov.app.gate import Hygiene, judged
from metricgov.app.governing import PATH_SET, load_governance
from metricgov.app.head_start import HeadStart
from metricgov.app.moment import Moment
from metricgov.app.neighbourhood import Search
from metricgov.app.result import Result
from metricgov.domain.errors import MetricgovError, Place, Problem, Refused, Undecidable
from metricgov.domain.verdict import Descent, GateReport, Verdict
from metricgov.domain.workflow.envelope import Draft, Envelope
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.state import ChangeState
from metricgov.ports.history import Commit
from metricgov.ports.journal import Journal, JournalHead
from metricgov.ports.source import Ancestry, TreeChange, TreeEntry

RULES = tuple(sorted(PATH_SET))
PLACE = Place("governance/")
ONCE_MORE = "if that was right, and you have looked at it, pin the governance of base: --root "


def descended(
    access: Access, base: str, *, root: str, hygiene: Hygiene, at: str
) -> tuple[Descent | None, tuple[Problem, ...]]:
    """Return how the governance of a base came from the pinned one, or why it did not.

    Undecidable where the clone is too shallow to tell.
    """
    here = _loaded(access, base)
    if here is not None and here.digest == root:
        return Descent(root, base, 0, 0), ()
    if access.past is None:
        raise Undecidable("root_not_walked", "nothing here can read main's past", hint="run the gate in a clone")
    commits, whole = access.past().touching(base, RULES)
    place = next((place for place, one in enumerate(commits) if _is(access, one.oid, root)), None)
    if place is None:
        if not whole:
            raise Undecidable(
                "root_too_deep",
                f"the step of main whose governance is the pinned {root[:12]} is not in this shallow clone",
                hint="run: git fetch --unshallow (or pin the digest of a newer governance)",
            )
        return None, (_elsewhere(access, commits, here, root),)
    walker = _Walker(access, hygiene, at, commits[place].oid)
    return walker.walk(commits[:place][::-1], root)


def _loaded(access: Access, commit: str) -> Governance | None:
    found = read_paths(access.source, commit, RULES)
    return load_governance(found, files=access.files)[0] if found else None


def _is(access: Access, commit: str, root: str) -> bool:
    found = _loaded(access, commit)
    return found is not None and found.digest == root


def _elsewhere(access: Access, commits: Sequence[Commit], here: Governance | None, root: str) -> Problem:
    first = _loaded(access, commits[-1].oid) if commits else None
    says = f"no governance on the way to base has the pinned digest {root}"
    says += f"; main began with {first.digest}" if first else ""
    return Problem("root_not_reached", says, PLACE, f"{ONCE_MORE}{here.digest}" if here else "look at how main began")


@dataclass(slots=True)
class _Walker:
    access: Access
    hygiene: Hygiene
    at: str
    start: str
    _consumed: dict[str, str] = field(default_factory=dict)

    def walk(self, steps: Sequence[Commit], root: str) -> tuple[Descent | None, tuple[Problem, ...]]:
        """Judge each step under the governance before it; what does not load must be undone byte for byte."""
        base, observed, place = self.start, 0, 0
        good = _entries(self.access, base)
        while place < len(steps):
            governance = _loaded(self.access, steps[place].oid)
            if governance is None or _entries(self.access, steps[place].oid) == good:
                place += 1  # broken until somebody restores it, or restored
                continue
            length, report = self._covered(base, steps[place:])
            if not length:
                return None, (_bad(steps[place], report),)
            observed += report.verdict is Verdict.WOULD_BLOCK
            self._consumed.update((one.change, steps[place].oid) for one in report.definitions if one.change)
            place += length
            base = steps[place - 1].oid
            good = _entries(self.access, base)
        return Descent(root, self.start, len(steps), observed), ()

    def _covered(self, base: str, steps: Sequence[Commit]) -> tuple[int, GateReport]:
        """Return how many steps are covered together, fewest first, 0 where none are; and what was said."""
        first = self._judge(base, steps[0], steps[0])
        if first.verdict in (Verdict.PASS, Verdict.WOULD_BLOCK):
            return 1, first
        for number, last in enumerate(steps[1:], start=2):
            if _loaded(self.access, last.oid) is None:
                continue
            together = self._judge(base, steps[0], last)
            if together.verdict is Verdict.PASS and any(one.change for one in together.definitions):
                return number, together
        return 0, first

    def _judge(self, base: str, first: Commit, last: Commit) -> GateReport:
        """Return the verdict on what governance became from a base to the last step, as the journal stood before."""
        before, after = _entries(self.access, base), _entries(self.access, last.oid)
        changes = tuple(
            TreeChange(path, before.get(path), after.get(path)) for path in RULES if before.get(path) != after.get(path)
        )
        governance = _loaded(self.access, base)
        assert governance is not None, "only steps after a governance that loads are judged"
        journal = _JournalBefore(self.access.journal, self.access.ancestry, first.oid)
        access = replace(self.access, journal=journal)
        search = Search([one.path for one in changes], base=base, source=access.source, files=access.files)
        return judged(
            access,
            governance,
            HeadStart(Result(changes), search),
            hygiene=self.hygiene,
            base=base,
            head=last.oid,
            at=min(last.at, self.at),
            used=self._used,
        )

    def _used(self, _moment: Moment, state: ChangeState) -> str:
        """Return the step that used an approval up: one that was walked here, or one before the pinned root."""
        if state.commit and self.access.ancestry.contains(self.start, state.commit):
            return state.commit
        return self._consumed.get(state.change, "")


def _entries(access: Access, commit: str) -> dict[str, TreeEntry]:
    return {path: entry for path, entry in access.source.tree(commit, RULES).items() if path in PATH_SET}


def _bad(step: Commit, report: GateReport) -> Problem:
    missing = [unmet.says for one in report.definitions for unmet in one.unmet]
    missing += [one.message for one in report.problems]
    says = f"{step.oid[:12]} changed the rules without what the rules before it asked for: {'; '.join(missing)}"
    return Problem("root_chain_broken", says, PLACE, "find out who did that: metricgov audit scan")


class _JournalBefore:
    """Implements the port Journal for what was written before anybody had seen a step of main."""

    def __init__(self, journal: Journal, ancestry: Ancestry, step: str) -> None:
        self._journal = journal
        self._ancestry = ancestry
        self._step = step
        self._after: dict[str, bool] = {}

    def head(self) -> JournalHead:
        """Return the tip; how far it was then, no single change says."""
        return self._journal.head()

    def events(self, *, since: int = 0) -> Iterator[Envelope]:
        """Yield the events after a seq that do not know the step."""
        return (one for one in self._journal.events(since=since) if not self._knows(one))

    def events_of(self, change: str | None) -> tuple[Envelope, ...]:
        """Return the events of one change up to the first that knows the step."""
        found = self._journal.events_of(change)
        place = next((place for place, one in enumerate(found) if self._knows(one)), len(found))
        return found[:place]

    def touching(self, definition: str) -> tuple[str, ...]:
        """Return the changes that touch a definition and had begun."""
        return tuple(one for one in self._journal.touching(definition) if self.events_of(one))

    def about(self, subject: str) -> tuple[Envelope, ...]:
        """Return the events of no change that name a subject and do not know the step."""
        found = self._journal.about(subject)
        place = next((place for place, one in enumerate(found) if self._knows(one)), len(found))
        return found[:place]

    def blob(self, change: str, sha256: str) -> bytes:
        """Return stored bytes; a digest names the same bytes at every moment."""
        return self._journal.blob(change, sha256)

    def append(self, decide: Callable[[], Sequence[Draft]]) -> tuple[Envelope, ...]:
        """Refuse: the past is read alone."""
        raise Refused("journal_frozen", "the journal as it stood cannot be added to", hint="work on its branch")

    def _knows(self, envelope: Envelope) -> bool:
        """Say whether the writer of an event saw a main that contains the step, or one that is not known here."""
        if envelope.main not in self._after:
            try:
                self._after[envelope.main] = bool(envelope.main) and self._ancestry.contains(envelope.main, self._step)
            except MetricgovError:
                self._after[envelope.main] = True
        return self._after[envelope.main]
