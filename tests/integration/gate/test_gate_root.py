"""The root of trust: governance that descends from the pinned one, each change approved under the one before."""

from __future__ import annotations

import pytest

from integration.gate.gate_world import (
    FASTER,
    FILES,
    PEOPLE,
    POLICY,
    RACI,
    REWORDED,
    SETTINGS,
    World,
    codes,
    copy_of,
    edited,
    make,
    run_git,
)
from metricgov.app.deciding import seen_now
from metricgov.app.governing import governance_at
from metricgov.app.moment import at_tip
from metricgov.bootstrap import Workspace
from metricgov.domain.errors import Undecidable
from metricgov.domain.verdict import Verdict
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.envelope import Actor

LEFT = {PEOPLE: edited(PEOPLE, ("email: crm-deputy@example.com", "email: crm-deputy@example.com, status: left"))}
MOVED = {RACI: edited(RACI, ("accountable: growth-lead", "accountable: crm-lead"))}
BACK = {PEOPLE: FILES[PEOPLE].encode()}
EVIL = {PEOPLE: edited(PEOPLE, ("members: [head-of-marketing, analytics-lead, data-lead]", "members: [crm-deputy]"))}


def digest(world: World, commit: str = "") -> str:
    """Return the digest of the governance of a commit."""
    access = world.access
    return governance_at(commit or world.tip, source=access.source, files=access.files).digest


@pytest.fixture
def grown(world: World) -> tuple[World, str]:
    """The registry after two approved changes of its governance, and the digest of the first one."""
    root = digest(world)
    world.apply(world.agree(world.reword(LEFT)))
    world.apply(world.agree(world.reword(REWORDED)))
    world.apply(world.agree(world.reword(MOVED)))
    return world, root


class TestDescent:
    """INV-09: what the gate judges by came from the root in steps that the rules before allowed."""

    def test_the_root_itself(self, world: World) -> None:
        report = world.gate(world.branch({"README.md": b"x\n"}), root=digest(world))
        assert report.verdict is Verdict.PASS
        assert report.descent is not None
        assert (report.descent.steps, report.descent.commit) == (0, world.tip)

    def test_each_change_was_approved_under_the_one_before(self, grown: tuple[World, str]) -> None:
        world, root = grown
        first = world.git("rev-list", "--max-parents=0", "main")
        report = world.gate(world.branch({"README.md": b"x\n"}), root=root)
        assert report.verdict is Verdict.PASS
        assert report.descent is not None
        assert (report.descent.root, report.descent.commit, report.descent.steps) == (root, first, 2)

    def test_a_change_that_nobody_approved_breaks_the_chain_for_good(self, grown: tuple[World, str]) -> None:
        """INV-09: not even the same people, later, and under rules that it left."""
        world, root = grown
        world.push(EVIL)
        head = world.branch({"README.md": b"x\n"})
        report = world.gate(head, root=root)
        assert (report.verdict, codes(report)) == (Verdict.BLOCKED, {"root_chain_broken"})
        assert world.gate(head).verdict is Verdict.PASS, "without a root nothing is asked"

    def test_undone_without_approval(self, grown: tuple[World, str]) -> None:
        """INV-09: who could do that could also leave something behind; a person looks, and pins anew."""
        world, root = grown
        before = world.read(PEOPLE)
        world.push(EVIL)
        world.push({PEOPLE: before})
        head = world.branch({"README.md": b"x\n"})
        assert codes(world.gate(head, root=root)) == {"root_chain_broken"}
        assert world.gate(head, root=digest(world)).verdict is Verdict.PASS

    def test_approved_after_it_was_pushed(self, world: World) -> None:
        """INV-08: an approval whose writer saw main with the step does not count for it, though nobody recorded it."""
        root = digest(world)
        change = world.reword(LEFT)
        world.push(world.contents(change))
        for person in ("head-of-marketing", "analytics-lead"):
            state, moment = world.state(change), at_tip(world.access)
            command = commands.Approve(seen=seen_now(state), reason="")
            drafts = decide(state, command, moment.context(Actor(person), proposal=moment.proposal(state)))
            world.access.journal.append(lambda drafts=drafts: drafts)
        assert world.types(change)[-2:] == ["approved", "approved"]
        assert codes(world.gate(world.branch({"README.md": b"x\n"}), root=root)) == {"root_chain_broken"}

    def test_merged_on_the_host(self, world: World) -> None:
        """INV-22"""
        root = digest(world)
        change = world.agree(world.reword(LEFT))
        world.branch(world.contents(change))
        world.git("merge", "-q", "--no-ff", "-m", "merge", "change")
        report = world.gate(world.branch({"README.md": b"x\n"}, "next"), root=root)
        assert (report.verdict, codes(report)) == (Verdict.PASS, set())

    def test_an_approval_counts_once(self, world: World) -> None:
        """INV-23: contents that were taken back with approval and pushed again."""
        root = digest(world)
        change = world.agree(world.reword(LEFT))
        again = world.contents(change)
        world.apply(change)
        world.apply(world.agree(world.reword(BACK)))
        assert world.gate(world.branch({"README.md": b"x\n"}, "one"), root=root).verdict is Verdict.PASS
        world.push(again)
        assert codes(world.gate(world.branch({"README.md": b"x\n"}, "two"), root=root)) == {"root_chain_broken"}

    def test_an_approval_from_before_the_root_counts_for_nothing_after_it(self, world: World) -> None:
        """INV-23"""
        change = world.agree(world.reword(LEFT))
        again = world.contents(change)
        world.apply(change)
        world.apply(world.agree(world.reword(BACK)))
        world.apply(world.agree(world.reword(MOVED)))
        root = digest(world)
        world.push(again)
        assert codes(world.gate(world.branch({"README.md": b"x\n"}), root=root)) == {"root_chain_broken"}


class TestPins:
    """What is pinned, and what is not."""

    def test_a_swapped_root(self, grown: tuple[World, str]) -> None:
        """INV-09: a registry that began with other rules, whatever was approved under them since."""
        world, _ = grown
        report = world.gate(world.branch({"README.md": b"x\n"}), root="0" * 64)
        assert (report.verdict, codes(report)) == (Verdict.BLOCKED, {"root_not_reached"})
        (problem,) = report.problems
        assert digest(world) in problem.hint

    def test_history_written_anew_from_other_rules(
        self, world: World, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """INV-09: the attacker's own registry, same id, everything approved by the attacker's people."""
        root = digest(world)
        other = make(tmp_path_factory.mktemp("other") / "registry", files=FILES | {PEOPLE: EVIL[PEOPLE].decode()})
        other.apply(other.agree(other.reword({POLICY: edited(POLICY, ("enforce: block", "enforce: block\n"))})))
        report = other.gate(other.branch(FASTER), root=root)
        assert "root_not_reached" in codes(report)

    def test_pinned_anew(self, grown: tuple[World, str]) -> None:
        """The digest of a newer governance shortens the way; what came before it is not looked at."""
        world, _ = grown
        world.push(EVIL)
        report = world.gate(world.branch({"README.md": b"x\n"}), root=digest(world))
        assert report.verdict is Verdict.PASS
        assert report.descent is not None
        assert report.descent.steps == 0

    def test_a_broken_step_that_was_restored(self, grown: tuple[World, str]) -> None:
        """INV-09: byte for byte, so nothing was decided."""
        world, root = grown
        before = world.read(POLICY)
        world.push({POLICY: b"kind: policy\npreset: nonsense\n"})
        mend = world.branch({POLICY: before}, "mend")
        report = world.gate(mend, root=root)
        assert (report.verdict, codes(report)) == (Verdict.PASS, set())
        world.push({POLICY: before})
        world.apply(world.agree(world.reword({POLICY: edited(POLICY, ("domain: content", "domain: growth"))})))
        report = world.gate(world.branch({"README.md": b"x\n"}, "next"), root=root)
        assert (report.verdict, codes(report)) == (Verdict.PASS, set())

    def test_a_broken_step_that_was_mended_otherwise(self, grown: tuple[World, str]) -> None:
        """INV-09"""
        world, root = grown
        world.push({POLICY: b"kind: policy\npreset: nonsense\n"})
        world.push({POLICY: edited(POLICY, ("preset: standard", "preset: solo"))})
        assert codes(world.gate(world.branch({"README.md": b"x\n"}), root=root)) == {"root_chain_broken"}

    def test_settings_taken_away_and_brought_back(self, grown: tuple[World, str]) -> None:
        """INV-09"""
        world, root = grown
        before = world.read(SETTINGS)
        world.push({SETTINGS: None})
        world.push({SETTINGS: before})
        assert world.gate(world.branch({"README.md": b"x\n"}), root=root).verdict is Verdict.PASS

    def test_rules_that_only_observe(self, world: World) -> None:
        """INV-26: a step that observe mode let pass is part of the chain, and counted apart."""
        world.apply(world.agree(world.reword({POLICY: edited(POLICY, ("enforce: block", "enforce: observe"))})))
        root = digest(world)
        world.push(LEFT)
        report = world.gate(world.branch({"README.md": b"x\n"}), root=root)
        assert report.verdict is Verdict.PASS
        assert report.descent is not None
        assert (report.descent.steps, report.descent.observed) == (1, 1)


class TestShallow:
    """INV-25: a clone that does not hold the root cannot say that it was reached."""

    def test_too_shallow_for_the_root(self, grown: tuple[World, str]) -> None:
        world, root = grown
        world.branch({"README.md": b"x\n"})
        world.close()
        folder = world.root.parent / "shallow"
        run_git(
            world.root.parent,
            "clone",
            "-q",
            "--no-local",
            "--depth=2",
            "--no-single-branch",
            world.root.as_uri(),
            str(folder),
        )
        for name in ("metricgov/journal", "change"):
            run_git(folder, "branch", "-q", name, f"origin/{name}")
        clone = World(folder)
        with pytest.raises(Undecidable) as undecided:
            clone.gate("change", base="HEAD", root=root)
        assert undecided.value.code == "root_too_deep"
        assert clone.gate("change", base="HEAD", root=digest(world)).verdict is Verdict.PASS


def test_the_program_takes_it(grown: tuple[World, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """INV-24: a clone with both branches is all that is needed, and the verdict is the same."""
    world, root = grown
    world.branch({"README.md": b"x\n"})
    copied = copy_of(world, tmp_path_factory.mktemp("copy") / "registry")
    one, other = world.gate("change", root=root), copied.gate("change", root=root)
    assert one == other
    assert Workspace(copied.root).repository.resolve("main") == world.tip
