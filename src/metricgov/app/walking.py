"""Walking main from the root: was every step allowed by the rules and the approvals of its time?

A step is a first-parent commit, or the shortest run of commits up to the next tip that the journal saw. It is judged by
the gate's own function, with the governance of its base and the journal as it stood before anybody had seen the step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from metricgov.app.access import Access
from metricgov.app.as_it_stood import JournalThen, Memory, Sighting, baselines_elsewhere
from metricgov.app.assess import opaque_globs
from metricgov.app.compromised import signed_since
from metricgov.app.contents import read_paths
from metricgov.app.covering import before_landing
from metricgov.app.founding import against, restored
from metricgov.app.gate import Hygiene, judged
from metricgov.app.governing import PATH_SET, load_governance
from metricgov.app.head_start import HeadStart
from metricgov.app.moment import Moment
from metricgov.app.neighbourhood import Search
from metricgov.app.result import Result
from metricgov.app.reviews_due import late_reviews
from metricgov.app.spent import Spent
from metricgov.app.steps import Step, begins, doubled, groups, judged_step
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.kinds import id_of, plain_look
from metricgov.domain.errors import Place, Problem, Undecidable
from metricgov.domain.verdict import Coverage, DefinitionVerdict, GateReport, Unmet, Verdict, VersionStep
from metricgov.domain.walked import Bypass, Judged, Overridden, Walked
from metricgov.domain.workflow.fold import fold
from metricgov.domain.workflow.requirements import shown
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import Stage
from metricgov.ports.index import Progress, silent
from metricgov.ports.line import Line
from metricgov.ports.source import TreeChange

AGREED = frozenset({Coverage.APPROVED, Coverage.OVERRIDE})
"""What a change of its own lets through."""

Note = Callable[[Judged], None]
"""Is told how each step was judged."""


def _unnoted(_step: Judged) -> None:
    pass


def walk(
    access: Access,
    memory: Memory,
    walked: Walked,
    *,
    line: Line,
    hygiene: Hygiene,
    now: str,
    root: str = "",
    since: str = "",
    progress: Progress = silent,
    note: Note = _unnoted,
) -> Walked:
    """Judge every step of the target into `walked`, and return it; `note` is told of each, in order.

    `memory` has taken every event of the journal; `now` (UTC in seconds) is the moment for steps that no event has
    seen; `root` the digest of the first governance, where somebody pinned it; steps that were committed and seen before
    `since` (UTC in seconds) are passed over. Undecidable where the clone does not hold what a verdict needs.
    """
    tip = access.source.resolve(access.target)
    commits = line.line(tip)
    places = {one.oid: place for place, one in enumerate(commits)}
    memory.settle(places, tip, access.ancestry)
    walked.tip, walked.total = tip, len(commits)
    walked.problems.extend(memory.problems)
    steps = map(Step, range(len(commits)), commits, line.changes(commits))
    genesis = next((one for one in steps if begins(one)), None)
    if genesis is None:
        raise Undecidable("no_registry", "main holds no metricgov.yaml, now or before", hint="run: metricgov init")
    walker = _Walker(access, memory, walked, hygiene, Spent(access, tuple(places), places), now, root, note)
    walked.total -= genesis.place + 1
    walked.problems.extend(baselines_elsewhere(memory, genesis.commit.oid))
    if not walker.begin(genesis):
        return walked
    for group, sighting in groups(steps, memory):
        moment = sighting.at if sighting else now
        if moment >= since or any(one.commit.at >= since for one in group):
            walker.take(group, sighting, progress)
        else:
            walker.pass_over(group)
    walked.compromised.extend(signed_since(access, tip))
    walker.end()
    return walked


@dataclass(slots=True)
class _Walker:
    access: Access
    memory: Memory
    walked: Walked
    hygiene: Hygiene
    spent: Spent
    now: str
    root: str
    note: Note
    _governance: Governance | None = None
    _globs: tuple[str, ...] = ()
    _broken: Undecidable | None = None

    def begin(self, genesis: Step) -> bool:
        """Take the first governance as it is; say whether anything can be judged after it."""
        commit = genesis.commit.oid
        found = read_paths(self.access.source, commit, tuple(PATH_SET))
        governance, problems = load_governance(found, files=self.access.files)
        self.walked.genesis, self.walked.began = commit, genesis.commit.at
        if governance is not None and governance.config.registry != self.access.registry:
            raise Undecidable(
                "other_registry",
                f"the journal is that of registry {self.access.registry}, and main began registry "
                f"{governance.config.registry}",
                hint=f"fetch the journal of this registry: git fetch origin {governance.config.journal}",
            )
        if governance is not None:
            self.walked.root, self.walked.pinned = governance.digest, bool(self.root)
            problems = against(governance, root=self.root, unfit=lambda: self._unfit(commit, governance))
        if problems:
            seen = self.memory.first_to_see(genesis.place)
            self._bypass(genesis, (), problems, seen[1] if seen else None, observed=False, at=genesis.commit.at)
        self.spent.base = commit
        self._rule(commit)
        return governance is not None

    def take(self, group: Sequence[Step], sighting: Sighting | None, progress: Progress) -> None:
        """Judge the steps of a group, which the same event saw first."""
        journal = self.memory.until(sighting)
        place = 0
        while place < len(group):
            progress("judging steps of main", self.walked.steps, self.walked.total)
            try:
                length, report = self._advance(group[place:], journal, sighting)
            except Undecidable as error:
                says = f"at {group[place].commit.oid[:12]}: {error.message}"
                raise Undecidable(error.code, says, hint=error.hint, place=error.place) from error
            for step in group[place : place + length]:
                self.note(judged_step(step, report, sighting, length))
                self._go(step)
            place += length

    def pass_over(self, group: Sequence[Step]) -> None:
        """Go beyond steps that nobody asked about."""
        for step in group:
            self._go(step)

    def end(self) -> None:
        """Compare the overrides with what the journal says of them, and find those that nobody looked at in time."""
        journal = self.memory.until(None)
        for change in dict.fromkeys(one.change for one in self.walked.overrides):
            state = fold(change, journal.events_of(change)).state
            if state.stage is Stage.APPLIED and state.override is not None and not state.override.landed:
                says = f"{shown(change)} reached main by an override alone, and the journal says that it did not"
                self.walked.problems.append(Problem("override_hidden", says, Place(f"event {state.ended_seq}")))
        if self._governance is not None:
            access = replace(self.access, journal=journal)
            now = max(self.now, self.memory.last_at)
            self.walked.late = late_reviews(Moment(access, self.spent.base, self._governance, now, ""))

    def _go(self, step: Step) -> None:
        self.walked.steps += 1
        self.spent.go(step)
        if not PATH_SET.isdisjoint(step.paths):
            self._rule(step.commit.oid)

    def _advance(
        self, steps: Sequence[Step], journal: JournalThen, sighting: Sighting | None
    ) -> tuple[int, GateReport | None]:
        """Judge the first of these steps, or as many together as are covered; return how many, and what was said.

        Nothing is said of a step that touches nothing governed.
        """
        first = steps[0]
        if not self._concerned(first.changes):
            return 1, None
        self.walked.governed += 1
        report = self._judge(first, first.changes, journal, sighting)
        if report.verdict is Verdict.PASS:
            self._consume(report, first.commit.oid)
            return 1, report
        length, joint = self._run(steps, report, journal, sighting)
        if joint is not None:
            self.walked.joined += 1
            return length, joint
        observed = report.verdict is Verdict.WOULD_BLOCK
        definitions = tuple(one for one in report.definitions if not one.covered or one.unmet)
        self._bypass(first, definitions, report.problems, sighting, observed=observed, at=report.at)
        return 1, report

    def _run(
        self, steps: Sequence[Step], alone: GateReport, journal: JournalThen, sighting: Sighting | None
    ) -> tuple[int, GateReport | None]:
        """Return how many steps are covered together where the first alone is not, and the verdict on them.

        An approved change has to be among what they bring: steps that only undo one another stay what they were.
        """
        open_ids = [one.id for one in alone.definitions if not one.covered or one.unmet]
        wanted: list[frozenset[str]] | None = None
        together = {one.path: one for one in steps[0].changes}
        for number, step in enumerate(steps[1:], start=2):
            for one in step.changes:
                before = together[one.path].before if one.path in together else one.before
                together[one.path] = replace(one, before=before)
            changes = tuple(one for _, one in sorted(together.items()) if one.before != one.after)
            if not self._concerned(step.changes):
                continue
            wanted = self._wanted(open_ids, journal) if wanted is None else wanted
            paths = {one.path for one in changes}
            if not any(one <= paths and not one.isdisjoint(step.paths) for one in wanted):
                continue
            report = self._judge(step, changes, journal, sighting)
            if report.verdict is Verdict.PASS and any(one.coverage in AGREED for one in report.definitions):
                self._consume(report, step.commit.oid)
                return number, report
        return 0, None

    def _wanted(self, ids: Sequence[str], journal: JournalThen) -> list[frozenset[str]]:
        """Return the paths of each change that touches these definitions and could cover something here."""
        found = []
        for change in dict.fromkeys(change for one in ids for change in journal.touching(one)):
            known = before_landing(journal, change)
            if known is None or self.spent.used_up(known[1]):
                continue
            changes = known[0].change_set
            if changes is not None:
                found.append(frozenset(changes.paths))
        return found

    def _judge(
        self, last: Step, changes: tuple[TreeChange, ...], journal: JournalThen, sighting: Sighting | None
    ) -> GateReport:
        """Return the verdict on what these changes bring to the base, for the best of the moments that are possible.

        Nobody knows when a host moved main: not before the last event that had not seen it, not after the first that
        had. Within that, the commit claims a moment; where it does not pass then, the latest one counts.
        """
        latest = min(sighting.at, self.now) if sighting else self.now  # nobody saw it in a time that is yet to come
        earliest = min(sighting.at_before if sighting else self.memory.last_at, latest)
        claimed = min(max(last.commit.at, earliest), latest)
        report = self._judge_at(last.commit.oid, changes, journal, claimed)
        if report.verdict is Verdict.PASS or claimed == latest:
            return report
        again = self._judge_at(last.commit.oid, changes, journal, latest)
        return again if again.verdict is Verdict.PASS else report

    def _judge_at(self, head: str, changes: tuple[TreeChange, ...], journal: JournalThen, at: str) -> GateReport:
        if twice := doubled(changes):
            return GateReport(Verdict.BLOCKED, self.spent.base, head, at, self._bare(changes), problems=twice)
        access = replace(self.access, journal=journal)
        if self._governance is None:
            assert self._broken is not None
            report = restored(access, self.spent.base, changes, because=self._broken, head=head, root=self.root, at=at)
            return report if report.verdict is Verdict.PASS else replace(report, definitions=self._bare(changes))
        search = Search([one.path for one in changes], base=self.spent.base, source=access.source, files=access.files)
        return judged(
            access,
            self._governance,
            HeadStart(Result(changes), search),
            hygiene=self.hygiene,
            base=self.spent.base,
            head=head,
            at=at,
            used=self._used,
        )

    def _used(self, _moment: Moment, state: ChangeState) -> str:
        return self.spent.used_up(state)

    def _consume(self, report: GateReport, commit: str) -> None:
        self.walked.overrides.extend(
            Overridden(commit, one.change, one.id, one.override)
            for one in report.definitions
            if one.override is not None and one.change is not None
        )
        self.spent.consume(report, commit)

    def _concerned(self, changes: Sequence[TreeChange]) -> bool:
        """Whether something governed changes, or something that a file system may take for it (INV-31)."""
        return any(
            id_of(one.path, self._globs) is not None or id_of(plain_look(one.path), self._globs) is not None
            for one in changes
        )

    def _rule(self, commit: str) -> None:
        """Let the governance of a commit be in force; where it does not load, none is, and the last globs stay."""
        found = read_paths(self.access.source, commit, tuple(PATH_SET))
        governance, problems = load_governance(found, files=self.access.files)
        if governance is not None and governance.config.registry == self.access.registry:
            self._governance, self._broken, self._globs = governance, None, opaque_globs(governance)
            return
        says = problems[0].message if problems else "it is that of another registry"
        self._governance = None
        self._broken = Undecidable("governance_broken", f"the governance of commit {commit[:12]} does not load: {says}")

    def _unfit(self, commit: str, governance: Governance) -> tuple[Problem, ...]:
        globs = opaque_globs(governance)
        return self.hygiene.problems(commit, lambda path: id_of(path, globs) is not None)

    def _bare(self, changes: Sequence[TreeChange]) -> tuple[DefinitionVerdict, ...]:
        """Return what changed where no rules are in force that could say what it means."""
        unmet = (Unmet("governance_broken", "no rules were in force that could allow this"),)
        ids = {definition: one.path for one in changes if (definition := id_of(one.path, self._globs)) is not None}
        return tuple(
            DefinitionVerdict(
                definition, path, ChangeClass.UNKNOWN, frozenset(), VersionStep(), (), Coverage.NONE, unmet=unmet
            )
            for definition, path in ids.items()
        )

    def _bypass(
        self,
        step: Step,
        definitions: tuple[DefinitionVerdict, ...],
        problems: Sequence[Problem],
        sighting: Sighting | None,
        *,
        observed: bool,
        at: str,
    ) -> None:
        one = step.commit
        self.walked.bypasses.append(
            Bypass(
                commit=one.oid,
                base=one.parent,
                at=one.at,
                author=one.author,
                email=one.email,
                subject=one.subject,
                definitions=definitions,
                problems=tuple(problems),
                observed=observed,
                seen_by=sighting.seq if sighting else 0,
                judged_at=at,
            )
        )
