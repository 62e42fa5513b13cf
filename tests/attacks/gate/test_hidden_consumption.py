"""Journals written to let one approval count twice, or to show one journal to the gate and another to people."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.audit.walks import found, walked
from integration.gate.gate_world import (
    FASTER,
    FILES,
    INDEX,
    SPEED,
    World,
    codes,
    copy_of,
    edited,
    lines,
    run_git,
    verdict_of,
)
from integration.gate.test_gate_places import Gate, clone_of, gate
from metricgov.domain.verdict import Verdict
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.envelope import Actor, Draft

__all__ = ["gate"]

BACK = {SPEED: FILES[SPEED].encode()}
JOURNAL = "refs/heads/metricgov/journal"


def forge(world: World, change: str | None, type_: str, payload: dict[str, object], main: str) -> None:
    """Write an event past the use cases; `main` is the tip that it claims to have seen."""
    at = list(world.access.journal.events())[-1].at
    world.access.journal.append(lambda: (Draft(change, type_, Actor("ops-lead"), at, payload, main),))  # type: ignore[arg-type]


class TestConsumption:
    """INV-23: what uses an approval up is main, not what an event says about main."""

    def test_an_event_that_has_seen_main_already_hides_no_step(self, approved: World, faster: str) -> None:
        """INV-23: landed and taken back by hand; then a comment claims to have seen all of it."""
        approved.push(approved.contents(faster))
        approved.push(BACK)
        forge(approved, faster, "commented", {"thread": "t1", "text": "hi", "path": "", "field": ""}, approved.tip)
        head = approved.branch(approved.contents(faster))
        report = approved.gate(head)
        assert "approval_used" in codes(report), lines(report)
        assert verdict_of(report, "metric:routing_speed").change == faster

    def test_a_landing_that_names_a_commit_beside_main_renews_nothing(self, approved: World, faster: str) -> None:
        """INV-23: the journal says it landed elsewhere; main says where it did."""
        approved.push(approved.contents(faster))
        approved.push(BACK)
        elsewhere = approved.git("commit-tree", "-m", "elsewhere", approved.git("mktree"))
        revision = approved.state(faster).revisions[-1]
        payload = {"commit": elsewhere, "revision": revision.number, "digest": revision.digest, "covered": True}
        forge(approved, faster, "landed", payload, approved.tip)
        report = approved.gate(approved.branch(approved.contents(faster)))
        assert "approval_used" in codes(report), lines(report)

    def test_nor_does_an_audit_believe_it(self, approved: World, faster: str) -> None:
        """INV-23: every step is seen by an event of its own, so that no two of them are looked at together."""
        contents = approved.contents(faster)
        approved.push(contents)
        forge(approved, faster, "commented", {"thread": "t1", "text": "a", "path": "", "field": ""}, approved.tip)
        back = approved.push(BACK)
        forge(approved, faster, "commented", {"thread": "t1", "text": "b", "path": "", "field": ""}, approved.tip)
        again = approved.push(contents)
        result = found(walked(approved))
        assert [commit for commit, _ in result] == [back, again]
        assert "approval_used" in result[1][1]

    def test_what_was_never_on_main_is_not_used(self, approved: World, faster: str) -> None:
        """INV-23: no false alarm from steps that changed the same file to something else."""
        approved.push({SPEED: edited(SPEED, ("Routing speed", "Speed of routing"))})
        approved.push(BACK)
        report = approved.gate(approved.branch(approved.contents(faster)))
        assert report.verdict is Verdict.PASS, lines(report)

    def test_a_base_that_main_left(self, approved: World, faster: str) -> None:
        """INV-23: main was rewound below the base of the revision; what came after still counts."""
        start = approved.tip
        approved.push({"README.md": b"one\n"})
        change = approved.agree(approved.reword({INDEX: edited(INDEX, ("Read every", "Looked at every"))}))
        approved.git("update-ref", "refs/heads/main", start)
        approved.git("read-tree", "-u", "--reset", "main")
        contents = approved.contents(change)
        assert "approval_used" not in codes(approved.gate(approved.branch(contents)))
        approved.push(contents)
        approved.push({INDEX: FILES[INDEX].encode()})
        assert "approval_used" in codes(approved.gate(approved.branch(contents, "again")))


def test_the_same_contents_landed_twice_in_one_range(world: World) -> None:
    """INV-21, INV-23: applied, taken back by hand, applied again by a second change; the second brought the result."""
    base = world.tip
    first = world.approved(FASTER)
    world.apply(first)
    world.push(BACK)
    second = world.approved(FASTER)
    world.apply(second)
    assert world.contents(first) == world.contents(second)
    report = world.gate("main", base)
    assert (report.verdict, verdict_of(report, "metric:routing_speed").change) == (Verdict.PASS, second), lines(report)


class TestTwoJournals:
    """INV-25: a branch here and one at origin that say different things."""

    def two(self, approved: World, tmp_path: Path) -> tuple[World, World]:
        """Return the registry, and a clone of it with a journal branch of its own."""
        clone = clone_of(approved, tmp_path / "clone")
        run_git(clone, "branch", "-q", "metricgov/journal", "origin/metricgov/journal")
        return approved, World(clone, approved.clock, approved.next)

    def test_the_one_that_goes_on_is_read(self, approved: World, faster: str, tmp_path: Path, gate: Gate) -> None:
        """INV-25: an objection that origin knows and this clone has not taken over yet."""
        approved.branch(approved.contents(faster))
        there, here = self.two(approved, tmp_path)
        words = ("--base", "origin/main", "--head", "origin/change")
        assert gate(here.root, *words).code == 0
        there.decide(faster, commands.RequestChanges, "crm-deputy", reason="no")
        there.close()
        run_git(here.root, "fetch", "-q")
        done = gate(here.root, *words)
        assert done.code == 1, done
        assert "origin/metricgov/journal" in done.err

    def test_two_that_part_decide_nothing(self, approved: World, faster: str, tmp_path: Path, gate: Gate) -> None:
        """INV-25, INV-62: the gate does not choose between them."""
        approved.branch(approved.contents(faster))
        there, here = self.two(approved, tmp_path)
        other = copy_of(here, tmp_path / "other")
        run_git(other.root, "remote", "remove", "origin")  # it writes a journal of its own, and sends nothing
        other.decide(faster, commands.RequestChanges, "crm-deputy", reason="no")
        other.close()
        there.decide(faster, commands.Acknowledge, "sales-lead", reason="yes")
        there.close()
        run_git(here.root, "fetch", "-q")
        run_git(here.root, "fetch", "-q", str(other.root), f"+{JOURNAL}:{JOURNAL}")
        done = gate(here.root, "--base", "origin/main", "--head", "origin/change")
        assert (done.code, done.out) == (3, ""), done
        assert "journal_diverged" in done.err
        named = gate(here.root, "--base", "origin/main", "--head", "origin/change", "--journal", JOURNAL)
        assert named.code == 1

    @pytest.mark.parametrize("depth", ["1"])
    def test_one_commit_of_each_is_enough(
        self, approved: World, faster: str, tmp_path: Path, gate: Gate, depth: str
    ) -> None:
        """INV-25: a clone that holds only the tips knows which one goes on."""
        approved.branch(approved.contents(faster))
        here = clone_of(approved, tmp_path / "clone", "--depth", "2", "--no-single-branch")
        run_git(here, "branch", "-q", "metricgov/journal", "origin/metricgov/journal")
        approved.decide(faster, commands.RequestChanges, "crm-deputy", reason="no")
        approved.close()
        run_git(here, "fetch", "-q", "--depth", depth)
        assert gate(here, "--base", "origin/main", "--head", "origin/change").code == 1
