"""Main judged step by step: by the rules of the base, and the journal as it stood before anybody saw the step."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from integration.audit.walks import found, steps, walked
from integration.gate.gate_world import (
    ACCEPTED,
    FASTER,
    FILES,
    INDEX,
    PEOPLE,
    POLICY,
    REWORDED,
    SETTINGS,
    SHORTER,
    SPEED,
    VIEWS,
    World,
    both,
    edited,
    make,
    run_git,
)
from metricgov.adapters.git.repository import GitRepository
from metricgov.app.governing import governance_at
from metricgov.app.moment import at_tip
from metricgov.app.overriding import override
from metricgov.assembly.outside import history_of
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.errors import Undecidable
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.envelope import Actor, Draft

LEFT = {PEOPLE: edited(PEOPLE, ("email: crm-lead@example.com", "email: crm-lead@example.com, status: left"))}
LOOKED = {INDEX: edited(INDEX, ("Read every", "Looked at every"))}
OTHER = {SPEED: edited(SPEED, ("'4' HOUR", "'1' HOUR"), ("4 hours", "1 hour"))}
BACK = {SPEED: FILES[SPEED].encode()}


def record(world: World) -> None:
    """Let the journal notice where main is, with something that concerns nobody here."""
    change = world.reword({VIEWS: edited(VIEWS, ("Moves the weekly", f"Moves the {world.next} weekly"))}, "crm-deputy")
    world.say(change, "crm-deputy", commands.Withdraw(reason="it was only said"))


class TestClean:
    """Changes that were proposed, agreed to and applied leave nothing to find."""

    def test_several_applied_changes(self, approved: World, faster: str) -> None:
        """INV-21: metrics, governance and words, between commits that concern nobody."""
        approved.push({"README.md": b"one\n"})
        approved.apply(faster)
        approved.apply(approved.approved(SHORTER))
        approved.push({"docs/two.md": b"two\n"})
        approved.apply(approved.agree(approved.reword(LEFT)))
        approved.apply(approved.agree(approved.reword({SPEED: edit(approved, "Under 80 the", "Under 80 the whole")})))
        result = walked(approved)
        assert found(result) == []
        assert result.holds
        assert (result.steps, result.total, result.governed, result.joined) == (6, 6, 4, 0)
        assert not result.pinned
        assert result.root == root_of(approved, result.genesis)

    def test_what_means_the_same_needs_nobody(self, world: World) -> None:
        world.push({SPEED: FILES[SPEED].replace("NOT is_test\n", "NOT  is_test\n").encode()})
        result = walked(world)
        assert (found(result), result.governed) == ([], 1)

    def test_a_registry_that_begins_later(self, tmp_path: Path) -> None:
        """INV-26: what stood there when it began is the baseline; what came before is nobody's business."""
        before = ({"README.md": b"nothing yet\n"}, {SPEED: FILES[SPEED].encode()}, OTHER)
        world = make(tmp_path / "late", before=before)
        genesis = world.tip
        world.apply(world.approved(FASTER))
        result = walked(world)
        assert (result.genesis, result.steps, steps(result)) == (genesis, 1, [])

    @pytest.mark.parametrize("object_format", ["sha1", "sha256"])
    def test_both_formats_of_git(self, tmp_path: Path, object_format: str) -> None:
        """INV-35"""
        world = make(tmp_path / "it", object_format=object_format)  # type: ignore[arg-type]
        world.apply(world.approved(FASTER))
        bad = world.push(SHORTER)
        assert steps(walked(world)) == [bad]


class TestBypass:
    """A push that nobody approved, and everything that does not heal it."""

    def test_a_push_without_a_change(self, world: World) -> None:
        """INV-21"""
        bad = world.push(FASTER, message="quick fix")
        result = walked(world)
        assert steps(result) == [bad]
        one = result.bypasses[0]
        assert (one.author, one.subject, one.base, one.seen_by) == (
            world.git("log", "-1", "--format=%an", bad),
            "quick fix",
            world.git("rev-parse", f"{bad}^"),
            0,
        )
        (definition,) = one.definitions
        assert (definition.id, definition.change_class) == ("metric:routing_speed", ChangeClass.BREAKING)
        assert {"no_change", "approval_accountable", "approval_council"} <= {each.code for each in definition.unmet}

    def test_an_approval_that_came_later_does_not_count(self, world: World) -> None:
        """INV-08: the same contents are agreed to after the push, and applied after it was taken back."""
        bad = world.push(FASTER)
        record(world)
        taken_back = world.push(BACK)
        record(world)
        world.apply(world.approved(FASTER))
        result = walked(world)
        assert steps(result) == [bad, taken_back]
        assert result.bypasses[0].seen_by < result.bypasses[1].seen_by

    def test_an_approval_between_the_push_and_its_recording(self, approved: World) -> None:
        """INV-08: an open change whose contents land too early is bypassed, whoever approves it afterwards."""
        change = approved.propose(SHORTER)
        bad = approved.push(approved.contents(change))
        record(approved)
        assert "landed" in approved.types(change)
        draft = Draft(change, "approved", Actor("crm-lead"), "2026-06-19T09:00:00Z", {}, approved.tip)
        approved.access.journal.append(lambda: (draft,))
        result = walked(approved)
        assert [codes for _, codes in found(result)] == [
            {"approval_accountable", "approval_council", "consulted", "dependant"}
        ]
        assert steps(result) == [bad]
        assert result.bypasses[0].definitions[0].change == change

    def test_an_open_change_that_was_pushed_is_named(self, world: World) -> None:
        change = world.propose(FASTER)
        world.approve(change, "crm-lead")
        world.push(world.contents(change))
        ((_, codes),) = found(walked(world))
        assert codes == {"approval_council", "consulted"}

    def test_other_contents_than_those_approved(self, approved: World, faster: str) -> None:
        """INV-01"""
        bad = approved.push({SPEED: approved.contents(faster)[SPEED].replace(b"'2' HOUR", b"'3' HOUR")})  # type: ignore[union-attr]
        ((commit, codes),) = found(walked(approved))
        assert (commit, "other_contents" in codes) == (bad, True)

    def test_part_of_an_approved_change(self, world: World) -> None:
        """INV-21: both files or none."""
        change = world.approved(both(FASTER, SHORTER))
        contents = world.contents(change)
        bad = world.push({SPEED: contents[SPEED]})
        record(world)
        assert steps(walked(world)) == [bad]

    def test_what_policy_only_observes_is_named_apart(self, world: World) -> None:
        """INV-26: it is no bad step, and no pass in silence."""
        world.push({VIEWS: edited(VIEWS, ("where: NOT is_test", "where: TRUE"), ("that somebody", "that anybody"))})
        result = walked(world)
        assert (result.bad, len(result.observed), result.holds) == ((), 1, True)

    def test_a_file_that_is_no_file(self, world: World) -> None:
        """INV-31"""
        (world.root / SPEED).unlink()
        (world.root / SPEED).symlink_to("accepted_leads.yaml")
        world.git("commit", "-qam", "link")
        ((_, codes),) = found(walked(world))
        assert "governed_symlink" in codes

    def test_a_name_that_some_file_systems_take_for_a_definition(self, world: World) -> None:
        """INV-31"""
        bad = world.push({"metrics/crm/Routing_speed.yaml": b"kind: metric\n"})
        ((commit, codes),) = found(walked(world))
        assert (commit, codes) == (bad, {"lookalike_paths"})


class TestRights:
    """Rights and rules are those of the base of the step."""

    def test_an_approver_who_lost_their_part_before_the_step(self, approved: World, faster: str) -> None:
        """INV-08"""
        contents = approved.contents(faster)
        approved.apply(approved.agree(approved.reword(LEFT)))
        bad = approved.push(contents)
        record(approved)
        ((commit, codes),) = found(walked(approved))
        assert (commit, codes) == (bad, {"approval_accountable"})

    def test_an_approver_who_lost_it_after_the_step(self, approved: World, faster: str) -> None:
        """INV-08: changes nothing."""
        approved.apply(faster)
        approved.apply(approved.agree(approved.reword(LEFT)))
        assert found(walked(approved)) == []

    def test_rules_that_were_pushed_judge_what_follows_and_are_named(self, world: World) -> None:
        """INV-09: the step that brought them is bad, and everything later says under which rules it passed."""
        people = edited(PEOPLE, ("members: [head-of-marketing, analytics-lead, data-lead]", "members: [crm-deputy]"))
        bad = world.push({PEOPLE: people})
        world.apply(world.approved(FASTER))
        result = walked(world)
        assert steps(result) == [bad]
        assert result.rules_bypassed == bad

    def test_while_the_rules_do_not_load_everything_governed_is_a_bypass(self, world: World) -> None:
        """INV-07: taking metricgov.yaml away for a while is no way around the audit."""
        gone = world.push({SETTINGS: None})
        world.push({"README.md": b"meanwhile\n"})
        meanwhile = world.push(FASTER)
        both_at_once = world.push(both(BACK, {SETTINGS: FILES[SETTINGS].encode()}))
        result = walked(world)
        assert steps(result) == [gone, meanwhile, both_at_once]
        assert result.bypasses[1].definitions[0].change_class is ChangeClass.UNKNOWN

    def test_a_restore_byte_for_byte_is_none(self, world: World) -> None:
        """INV-09"""
        broken = world.push({POLICY: b"kind: policy\npreset: nonsense\n"})
        world.push({POLICY: FILES[POLICY].encode()})
        world.apply(world.approved(FASTER))
        assert steps(walked(world)) == [broken]

    def test_another_registry(self, world: World) -> None:
        """INV-09: renaming the registry does not end its audit."""
        bad = world.push({SETTINGS: edited(SETTINGS, ("7b0f9a52", "8b0f9a52"))})
        later = world.push(FASTER)
        assert steps(walked(world)) == [bad, later]


class TestHost:
    """Steps that the git host made from a branch."""

    def test_a_merge_commit(self, approved: World, faster: str) -> None:
        """INV-22: one step of the first-parent line, however many commits the branch had."""
        branch = approved.branch(REWORDED)
        approved.branch(approved.contents(faster))
        assert branch != approved.git("rev-parse", "change")
        approved.git("merge", "-q", "--no-ff", "-m", "merge", "change")
        record(approved)
        result = walked(approved)
        assert (found(result), result.steps, result.joined) == ([], 1, 0)

    def test_commits_that_were_pushed_together(self, approved: World, faster: str) -> None:
        """A run up to the next tip that the journal saw counts as one step where it is covered."""
        contents = approved.contents(faster)
        approved.push(OTHER)
        approved.push({"README.md": b"between\n"})
        approved.push(contents)
        approved.push({"README.md": b"after\n"})
        record(approved)
        result = walked(approved)
        assert (found(result), result.joined) == ([], 1)

    def test_but_not_beyond_a_tip_that_the_journal_saw(self, approved: World, faster: str) -> None:
        """Whoever looked in between saw contents that nobody had approved."""
        contents = approved.contents(faster)
        bad = approved.push(OTHER)
        record(approved)
        later = approved.push(contents)
        record(approved)
        assert steps(walked(approved)) == [bad, later]

    def test_a_run_that_nobody_has_seen_yet(self, approved: World, faster: str) -> None:
        contents = approved.contents(faster)
        approved.push(OTHER)
        approved.push(contents)
        assert found(walked(approved)) == []

    def test_steps_that_only_undo_one_another(self, approved: World, faster: str) -> None:
        """A run is more than nothing: it brings an approved change, or its steps stay what they are alone."""
        first = approved.push(OTHER)
        second = approved.push({SPEED: FILES[SPEED].replace("NOT is_test\n", "NOT  is_test\n").encode()})
        assert steps(walked(approved)) == [first, second]

    def test_a_bypass_before_a_run(self, approved: World, faster: str) -> None:
        """The bypass is found, and what comes after it is judged for itself."""
        contents = approved.contents(faster)
        bad = approved.push({ACCEPTED: SHORTER[ACCEPTED]})
        approved.push(OTHER)
        approved.push(contents)
        record(approved)
        result = walked(approved)
        assert (steps(result), result.joined) == ([bad], 1)

    def test_two_changes_in_one_merge(self, approved: World, faster: str) -> None:
        second = approved.agree(approved.reword(LOOKED))
        approved.branch(both(approved.contents(faster), approved.contents(second)))
        approved.git("merge", "-q", "--no-ff", "-m", "merge", "change")
        record(approved)
        result = walked(approved)
        assert (found(result), result.steps) == ([], 1)


class TestUsedUp:
    """INV-23: an approval counts once."""

    def test_applied_reverted_and_pushed_again(self, approved: World, faster: str) -> None:
        """INV-23"""
        contents = approved.contents(faster)
        approved.apply(faster)
        back = approved.push(BACK)
        record(approved)
        again = approved.push(contents)
        record(approved)
        result = found(walked(approved))
        assert [commit for commit, _ in result] == [back, again]
        assert "approval_used" in result[1][1]

    def test_all_of_it_before_anybody_looked(self, approved: World, faster: str) -> None:
        """INV-23: the journal saw none of these steps; they count as if it had."""
        contents = approved.contents(faster)
        approved.push(contents)
        approved.push({"README.md": b"between\n"})
        back = approved.push(BACK)
        again = approved.push(contents)
        recorded = [walked(approved)]
        record(approved)
        recorded.append(walked(approved))
        for result in recorded:
            assert steps(result) == [back, again]
            assert "approval_used" in found(result)[1][1]

    def test_with_something_else_that_was_never_approved(self, approved: World, faster: str) -> None:
        """INV-23: contents that reached main in bad company were used up there."""
        contents = approved.contents(faster)
        first = approved.push(both(contents, SHORTER))
        back = approved.push(both(BACK, {ACCEPTED: FILES[ACCEPTED].encode()}))
        again = approved.push(contents)
        result = walked(approved)
        assert steps(result) == [first, back, again]
        assert "approval_used" in found(result)[2][1]

    def test_used_before_the_day_that_was_asked_about(self, approved: World, faster: str) -> None:
        """INV-23: what is passed over still counts as used."""
        contents = approved.contents(faster)
        approved.apply(faster)
        record(approved)
        since = next(one.at for one in approved.access.journal.events(since=approved.access.journal.head().seq - 1))
        back = approved.push(BACK)
        again = approved.push(contents)
        result = walked(approved, since=since)
        assert (steps(result), result.governed) == ([back, again], 2)

    def test_an_approved_revert_and_another_approval(self, approved: World, faster: str) -> None:
        """INV-23: with approvals of their own, both pass."""
        contents = approved.contents(faster)
        approved.apply(faster)
        approved.apply(approved.approved({SPEED: edit(approved, "'2' HOUR", "'4' HOUR", "2 hours", "4 hours")}))
        approved.apply(approved.approved({SPEED: edit(approved, "'4' HOUR", "'2' HOUR", "4 hours", "2 hours")}))
        assert found(walked(approved)) == []
        assert contents

    def test_an_event_that_claims_another_commit_does_not_renew_it(self, approved: World, faster: str) -> None:
        """INV-23: what the walk saw used up stays used up, whatever `applied` says."""
        contents = approved.contents(faster)
        approved.push(contents)
        elsewhere = approved.git("commit-tree", "-m", "elsewhere", approved.git("mktree"))
        revision = approved.state(faster).revisions[-1]
        payload = {"commit": elsewhere, "revision": revision.number, "digest": revision.digest, "covered": True}
        landed = Draft(faster, "landed", Actor(""), "2026-06-18T20:00:00Z", payload, approved.tip)
        approved.access.journal.append(lambda: (landed,))
        back = approved.push(BACK)
        again = approved.push(contents)
        assert steps(walked(approved)) == [back, again]


class TestBeginning:
    """The root of trust."""

    def test_the_right_root(self, world: World) -> None:
        result = walked(world, root=root_of(world, world.tip))
        assert (found(result), result.pinned) == ([], True)

    def test_another_root(self, approved: World, faster: str) -> None:
        """INV-09: the first bad step is the first one, and the rest is judged all the same."""
        genesis = approved.tip
        approved.apply(faster)
        late = approved.push(SHORTER)
        result = walked(approved, root="0" * 64)
        assert found(result)[0] == (genesis, {"root_differs"})
        assert steps(result) == [genesis, late]

    def test_a_baseline_that_came_later_accepts_nothing(self, world: World) -> None:
        """INV-26: contents are accepted as found where the registry begins, and nowhere else."""
        bad = world.push(FASTER)
        payload = {"commit": bad, "entries": [], "reason": "as found"}
        world.access.journal.append(
            lambda: (Draft(None, "baseline", Actor("crm-lead"), "2026-06-18T20:00:00Z", payload, bad),)
        )
        result = walked(world)
        assert steps(result) == [bad]
        assert [one.code for one in result.problems] == ["baseline_elsewhere"]
        assert not result.holds

    @pytest.mark.parametrize("depth", ["1", "2"])
    def test_a_shallow_clone_decides_nothing(self, approved: World, faster: str, tmp_path: Path, depth: str) -> None:
        """INV-25: whether its history ends at the tip or before it."""
        approved.apply(faster)
        approved.push({"README.md": b"later\n"})
        clone = tmp_path / "clone"
        run_git(tmp_path, "clone", "-q", "--depth", depth, "--no-single-branch", approved.root.as_uri(), str(clone))
        run_git(clone, "branch", "metricgov/journal", "origin/metricgov/journal")
        with pytest.raises(Undecidable) as undecided:
            walked(World(clone))
        assert (undecided.value.code, "unshallow" in undecided.value.hint) == ("history_missing", True)

    def test_a_journal_of_another_registry(self, tmp_path: Path) -> None:
        """INV-25"""
        other = make(tmp_path / "other", files=FILES | {SETTINGS: FILES[SETTINGS].replace("7b0f9a52", "8b0f9a52")})
        with pytest.raises(Undecidable) as undecided:
            walked(other)
        assert undecided.value.code == "other_registry"


class TestMainAndJournal:
    """What the journal saw of main has to fit what main is."""

    def test_main_that_was_rewound_on_record(self, approved: World, faster: str) -> None:
        """INV-24: steps that are gone are nobody's; what stands now is judged."""
        before = approved.tip
        approved.push({"README.md": b"gone soon\n"})
        record(approved)
        approved.git("reset", "-q", "--hard", before)
        approved.push({"README.md": b"instead\n"})
        record(approved)
        approved.apply(faster)
        result = walked(approved)
        assert (found(result), result.problems, result.steps) == ([], [], 2)

    def test_main_that_was_rewound_behind_everybodys_back(self, approved: World) -> None:
        before = approved.tip
        approved.push({"README.md": b"gone soon\n"})
        record(approved)
        approved.git("reset", "-q", "--hard", before)
        approved.push({"README.md": b"instead\n"})
        result = walked(approved)
        assert [one.code for one in result.problems] == ["main_rewound"]
        assert not result.holds

    def test_main_that_is_behind_the_journal(self, approved: World) -> None:
        """INV-25: fetched by half, nothing can be said."""
        before = approved.tip
        approved.push({"README.md": b"not fetched\n"})
        record(approved)
        approved.git("reset", "-q", "--hard", before)
        with pytest.raises(Undecidable) as undecided:
            walked(approved)
        assert undecided.value.code == "main_behind"

    def test_an_event_that_goes_back_along_main(self, world: World) -> None:
        """An approval that claims to have seen less than the event before it is named, and counts from its place."""
        before = world.tip
        change = world.propose(FASTER)
        bad = world.push(world.contents(change))
        record(world)
        world.push(BACK)
        draft = Draft(None, "main_moved", Actor(""), "2026-06-19T09:00:00Z", {"before": bad, "after": before}, before)
        world.access.journal.append(lambda: (draft,))
        result = walked(world)
        assert [one.code for one in result.problems] == ["main_went_back"]
        assert steps(result)[0] == bad


def edit(world: World, *texts: str) -> bytes:
    """Return SPEED as it is on main now with texts replaced."""
    text = world.read(SPEED).decode()
    for old, new in zip(texts[::2], texts[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def root_of(world: World, commit: str) -> str:
    return governance_at(commit, source=world.workspace.repository, files=world.workspace.files).digest


@pytest.mark.parametrize("depth", ["1", "2"])
def test_a_line_that_is_cut_off_is_none(world: World, tmp_path: Path, depth: str) -> None:
    """INV-25: a walk from the middle would take what it finds there for the beginning."""
    world.push({"README.md": b"one\n"})
    world.push({"README.md": b"two\n"})
    clone = tmp_path / "clone"
    run_git(tmp_path, "clone", "-q", "--depth", depth, world.root.as_uri(), str(clone))
    with GitRepository.open(clone) as repository, closing(history_of(repository)) as line:
        with pytest.raises(Undecidable) as undecided:
            line.line(repository.resolve("HEAD"))
        assert undecided.value.code == "history_missing"
    assert len(full_line(world)) == 3


def full_line(world: World) -> list[str]:
    with closing(history_of(world.workspace.repository)) as line:
        return [one.oid for one in line.line(world.tip)]


class TestOverrides:
    """INV-15: what two people let through is covered and named; a journal that hides it is told."""

    def test_it_is_covered_and_named(self, world: World) -> None:
        change = by_override(world)
        landed = world.apply(change).commit
        result = walked(world)
        assert (result.holds, result.bypasses) == (True, [])
        assert [(one.commit, one.change, one.override.people) for one in result.overrides] == [
            (landed, change, ("ops-lead", "crm-lead"))
        ]
        assert result.late == ()
        assert [one.change for one in walked(world, now="2026-07-19T12:00:00Z").late] == [change]

    def test_merged_by_the_host_before_anybody_saw_it(self, world: World) -> None:
        world.push(world.contents(by_override(world)))
        assert [one.definition for one in walked(world).overrides] == ["metric:routing_speed"]

    def test_a_landing_that_hides_it(self, world: World) -> None:
        """INV-15: forged by whoever applied it."""
        change = by_override(world)

        def hidden() -> tuple[Draft, ...]:
            moment, state = at_tip(world.access), world.state(change)
            (draft,) = decide(
                state, commands.Apply(), moment.context(Actor("ops-lead"), proposal=moment.proposal(state))
            )
            return (replace(draft, payload={**draft.payload, "override": False}),)

        world.access.journal.append(hidden)
        world.apply(change)
        result = walked(world)
        assert [one.code for one in result.problems] == ["override_hidden"]


def by_override(world: World) -> str:
    """Return a breaking change that two people let through."""
    change = world.propose(FASTER)
    for person in ("ops-lead", "crm-lead"):
        override(world.access, change=change, actor=Actor(person), reason="a wrong number goes out at noon")
    return change
