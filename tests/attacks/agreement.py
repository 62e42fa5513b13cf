"""Two verifiers, one answer: beside every gate and every walk of a test, the second verifier is asked (INV-63).

The gate judges what a merge would bring; the second verifier is told that the head is main already, and judges the
steps from base to head. `ELSEWHERE` names the tests in which both cannot say the same, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from integration.audit import walks
from integration.gate.gate_world import GATE_AT, SETTINGS, World
from metricgov import second_verifier
from metricgov.domain.errors import MetricgovError, Undecidable
from metricgov.domain.verdict import GateReport
from metricgov.domain.walked import Walked

MEANING = (
    "that two texts of SQL mean the same is beyond a reader of bytes; it calls the step uncovered, to be looked at"
)
CLASS = "how grave an edit is follows from the meaning of SQL; the second verifier takes the class from the record"
LINEAGE = "what is computed from what follows from the meaning of files; the second verifier takes it from the record"
STEPS = "the gate compares two ends; of the steps between them, each is judged for itself"
MOMENT = "a commit claims when it was made, within what events allow; the gate judges at the time that it is given"
ROOT = "with a root the gate looks at the steps before base too; here the second verifier is asked about those after it"
BROKEN_BASE = "a step that touches nothing governed needs no rules; the gate refuses to judge on a base without them"

ELSEWHERE = {
    "test_identical_contents_need_nobody": MEANING,
    "test_what_means_the_same_needs_nobody": MEANING,
    "test_layout_is_no_change": MEANING,
    "test_a_milder_class_in_the_record": CLASS,
    "test_nobody_asks_those_who_compute_from_it": LINEAGE,
    "test_only_a_restore_byte_for_byte": BROKEN_BASE,
    "test_a_new_root": STEPS,
    "test_the_gate_keeps_a_freeze_by_the_time_that_is_passed_in": MOMENT,
    "test_an_overdue_review_blocks_there_and_warns_elsewhere": MOMENT,
    "test_a_new_root_without_settings": "the gate takes a base without settings for one that never had any; the walk "
    "knows the last ones that were in force",
    "test_the_same_contents_landed_twice_in_one_range": STEPS,
    "test_a_change_that_nobody_approved_breaks_the_chain_for_good": ROOT,
    "test_undone_without_approval": ROOT,
    "test_approved_after_it_was_pushed": ROOT,
    "test_an_approval_counts_once": ROOT,
    "test_an_approval_from_before_the_root_counts_for_nothing_after_it": ROOT,
    "test_a_swapped_root": ROOT,
    "test_a_broken_step_that_was_mended_otherwise": ROOT,
}


@dataclass(frozen=True)
class Second:
    """What the second verifier said: `pass`, `fail` or `undecided`; the commits it names; the first bad event."""

    verdict: str
    commits: tuple[str, ...] = ()
    first_bad: int | None = None
    says: tuple[str, ...] = ()
    events: bool = False


def second(world: World, *, main: str = "", after: str = "", at: str = GATE_AT, root: str = "") -> Second:
    """Ask the second verifier about a world, as if `main` were its main; steps up to `after` are left out."""
    try:
        report, _, walk = second_verifier.verify(str(world.root), main=main, root=root, now=at)
    except second_verifier.Undecided as error:
        return Second("undecided", says=(str(error),))
    steps = sorted(one for one in report.steps if one[0] > walk.place.get(after, -1))
    says = (*(one[2] for one in steps), *(f"{seq}: {text}" for seq, _, text in report.events))
    commits = tuple(dict.fromkeys(one[1] for one in steps))
    return Second("fail" if steps else "pass", commits, report.first_bad, says, bool(report.events))


@pytest.fixture(autouse=True)
def second_opinion(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ask the second verifier wherever a test asks the gate or the walk, and compare."""
    excused = request.node.originalname in ELSEWHERE
    gate, asked = World.gate, []

    def gated(
        world: World, head: str, base: str = "main", *, at: str = GATE_AT, root: str = "", journal: str = ""
    ) -> GateReport:
        report: GateReport | None = None
        try:
            report = gate(world, head, base, at=at, root=root, journal=journal)
            return report
        finally:
            if not journal and not excused:
                passed = report is not None and report.verdict != "blocked"
                asked.append(_compared(world, base, head, passed, at, root))

    def walked(world: World, result: Walked | None, now: str, root: str) -> None:
        if excused:
            return
        found = second(world, at=now, root=root)
        verdict = "undecided" if result is None else "fail" if result.bad else "pass"
        assert found.verdict == verdict, found
        if result is not None:
            assert found.commits == tuple(dict.fromkeys(one.commit for one in result.bad)), found
            assert found.events >= bool(result.problems), found

    monkeypatch.setattr(World, "gate", gated)
    monkeypatch.setattr(walks, "beside", walked)
    yield
    assert not excused or not asked


def _compared(world: World, base: str, head: str, passed: bool, at: str, root: str) -> bool:
    """Compare with a verdict of the gate, where the head is a line of commits that goes on from the base."""
    repository = world.workspace.repository
    try:
        one, other = repository.resolve(base), repository.resolve(head)
        line = one != other and one in repository.first_parents(other) and SETTINGS in repository.tree(one, (SETTINGS,))
    except (MetricgovError, Undecidable):
        return False
    if line:
        found = second(world, main=other, after=one, at=at, root=root)
        assert (found.verdict == "pass") is passed, found
    return line
