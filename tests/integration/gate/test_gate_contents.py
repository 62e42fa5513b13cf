"""What an approval is for: exactly these bytes, on exactly these paths, on top of exactly that base."""

from __future__ import annotations

import pytest

from integration.gate.gate_world import (
    ACCEPTED,
    FASTER,
    FILES,
    INDEX,
    LEADS,
    POLICY,
    QUALIFIED,
    REWORDED,
    SHORTER,
    SPEED,
    VIEWS,
    World,
    both,
    codes,
    edited,
    lines,
    verdict_of,
)
from metricgov.app.rebasing import rebase
from metricgov.app.reverting import revert
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.errors import Refused
from metricgov.domain.verdict import Coverage, Verdict
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.envelope import Actor
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.vocabulary import Stage

GROWTH = "metrics/growth/routing_speed.yaml"


def test_the_approved_contents_pass(approved: World, faster: str) -> None:
    """INV-01: the digest of what is merged is the digest that was approved."""
    report = approved.gate(approved.branch(approved.contents(faster)))
    assert report.verdict is Verdict.PASS, lines(report)
    found = verdict_of(report, "metric:routing_speed")
    assert (found.coverage, found.change, found.approved_by) == (
        Coverage.APPROVED,
        faster,
        ("crm-lead", "analytics-lead"),
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"scale: 100\n", b"scale:  100\n"),
        (b"Under 80", b"Under 81"),
        (b"'2' HOUR", b"'3' HOUR"),
        (b"exclusions: Test leads.\n", b"exclusions: Test leads.\n\n"),
    ],
    ids=["a space", "a word", "a number", "a line"],
)
def test_one_byte_more_leaves_no_approval(approved: World, faster: str, old: bytes, new: bytes) -> None:
    """INV-01, INV-03: one byte apart, no approval; whatever a diff that ignores white space would say."""
    data = approved.contents(faster)[SPEED]
    assert data is not None
    assert old in data
    report = approved.gate(approved.branch({SPEED: data.replace(old, new)}))
    assert report.verdict is Verdict.BLOCKED
    assert "other_contents" in codes(report), lines(report)


def test_the_same_bytes_with_another_mode(approved: World, faster: str) -> None:
    """INV-01, INV-31: an executable file is not what was approved."""
    head = approved.branch(approved.contents(faster))
    blob = approved.git("rev-parse", f"{head}:{SPEED}")
    approved.git("read-tree", head)
    approved.git("update-index", "--cacheinfo", f"100755,{blob},{SPEED}")
    tree = approved.git("write-tree")
    commit = approved.git("commit-tree", "-p", approved.tip, "-m", "x", tree)
    approved.git("read-tree", approved.tip)
    report = approved.gate(commit)
    assert report.verdict is Verdict.BLOCKED
    assert "governed_executable" in codes(report)


def test_the_same_bytes_at_another_path(approved: World, faster: str) -> None:
    """INV-01: the path is part of what was approved."""
    report = approved.gate(approved.branch({"metrics/crm/routing_pace.yaml": approved.contents(faster)[SPEED]}))
    assert report.verdict is Verdict.BLOCKED


def test_reindenting_a_key_is_another_meaning(world: World) -> None:
    """INV-03: `git patch-id` takes this for the same patch; the digest does not."""
    text = edited(ACCEPTED, ("  aggregate: count\n", "  aggregate: count\n  scale: 2\n"))
    moved = text.replace(b"  scale: 2\n", b"scale: 2\n")
    change = world.approved({ACCEPTED: text}, meaning_unchanged=True)
    assert world.gate(world.branch(world.contents(change))).verdict is Verdict.PASS
    data = world.contents(change)[ACCEPTED]
    assert data is not None
    report = world.gate(world.branch({ACCEPTED: data.replace(b"  scale: 2\n", b"scale: 2\n")}, "moved"))
    assert report.verdict is Verdict.BLOCKED, moved


class TestReformatting:
    """INV-03: the one exception to INV-01, where the policy of the base allows it."""

    def reformat(self, world: World, change: str) -> None:
        data = world.contents(change)[SPEED]
        assert data is not None
        world.revise(change, {SPEED: data.replace(b"scale: 100", b"scale:   100")})

    def test_alone_it_costs_every_approval(self, approved: World, faster: str) -> None:
        """INV-03"""
        self.reformat(approved, faster)
        assert approved.judged(faster).approvals == ()
        assert approved.gate(approved.branch(approved.contents(faster))).verdict is Verdict.BLOCKED

    def test_with_the_policy_the_approvals_stay_and_are_marked(self, world: World) -> None:
        """INV-03"""
        policy = {POLICY: (FILES[POLICY] + "reformatting_keeps_approval: true\n").encode()}
        world.apply(world.agree(world.reword(policy)))
        change = world.approved(FASTER)
        self.reformat(world, change)
        judged = world.judged(change)
        assert [(vote.principal, vote.kept) for vote in judged.approvals] == [
            ("crm-lead", True),
            ("analytics-lead", True),
        ]
        assert "kept: only the form changed since" in " ".join(judged.notes)
        assert world.gate(world.branch(world.contents(change))).verdict is Verdict.PASS
        world.apply(change)
        started = next(one for one in world.access.journal.events_of(change) if one.type == "apply_started")
        assert [one["kept"] for one in started.payload["approvals"]] == [True, True]  # type: ignore[union-attr,index,call-overload]

    def test_another_meaning_costs_them_whatever_the_policy(self, world: World) -> None:
        """INV-03: reformatted and moved by an hour."""
        policy = {POLICY: (FILES[POLICY] + "reformatting_keeps_approval: true\n").encode()}
        world.apply(world.agree(world.reword(policy)))
        change = world.approved(FASTER)
        data = world.contents(change)[SPEED]
        assert data is not None
        world.revise(change, {SPEED: data.replace(b"scale: 100", b"scale:   100").replace(b"'2' HOUR", b"'3' HOUR")})
        assert world.judged(change).approvals == ()
        assert world.gate(world.branch(world.contents(change))).verdict is Verdict.BLOCKED

    def test_a_policy_that_the_same_branch_brings_does_not_count(self, approved: World, faster: str) -> None:
        """INV-03, INV-09: the policy of the base decides."""
        self.reformat(approved, faster)
        policy = (FILES[POLICY] + "reformatting_keeps_approval: true\n").encode()
        report = approved.gate(approved.branch({**approved.contents(faster), POLICY: policy}))
        assert report.verdict is Verdict.BLOCKED


class TestPaths:
    """INV-21: the gate starts from the paths that differ."""

    def test_nothing_changed(self, world: World) -> None:
        """INV-21"""
        assert world.gate("main").verdict is Verdict.PASS

    def test_only_ungoverned_paths(self, world: World) -> None:
        """INV-21"""
        report = world.gate(world.branch({"README.md": b"x\n", "src/tool.py": b"pass\n"}))
        assert (report.verdict, report.definitions) == (Verdict.PASS, ())

    def test_an_uncovered_path_blocks_and_says_who_would_have_to_agree(self, world: World) -> None:
        """INV-21, INV-17"""
        report = world.gate(world.branch(FASTER))
        assert report.verdict is Verdict.BLOCKED
        unmet = {one.code: one.who for one in verdict_of(report, "metric:routing_speed").unmet}
        assert unmet == {
            "no_change": (),
            "approval_accountable": ("crm-lead",),
            "approval_council": ("analytics-lead", "data-lead", "head-of-marketing"),
        }

    @pytest.mark.parametrize(
        "extra",
        [
            {VIEWS.replace("content", "crm").replace("page_views", "other"): b"kind: metric\n"},
            {QUALIFIED: edited(QUALIFIED, ("all questions", "every question"))},
            {"models/leads.sql": b"select 1 as lead_id\n"},
            {"metrics/.gitattributes": b"* binary\n"},
        ],
        ids=["new file", "another metric", "opaque file", "git attributes"],
    )
    def test_an_extra_path_beside_an_approved_one(
        self, approved: World, faster: str, extra: dict[str, bytes | None]
    ) -> None:
        """INV-21: the approved one is covered, the extra one is named."""
        report = approved.gate(approved.branch(both(approved.contents(faster), extra)))
        assert report.verdict is Verdict.BLOCKED
        assert verdict_of(report, "metric:routing_speed").covered
        assert [one.path for one in report.definitions if not one.covered] == list(extra)

    def test_half_of_a_change(self, world: World) -> None:
        """INV-21: a change covers its paths only together."""
        change = world.approved(both(FASTER, SHORTER))
        assert world.gate(world.branch(world.contents(change))).verdict is Verdict.PASS
        for path in (SPEED, ACCEPTED):
            report = world.gate(world.branch({path: world.contents(change)[path]}, path.rpartition("/")[2]))
            assert report.verdict is Verdict.BLOCKED
            assert "other_contents" in codes(report)

    def test_identical_contents_need_nobody(self, world: World) -> None:
        """INV-21: key order, quoting and comments are no change."""
        text = edited(
            SPEED, ("scale: 100\n", "scale: 100.0\n"), ("unit: percent", "# shown with a sign\nunit: 'percent'")
        )
        report = world.gate(world.branch({SPEED: text}))
        assert (report.verdict, verdict_of(report, "metric:routing_speed").coverage) == (
            Verdict.PASS,
            Coverage.IDENTICAL,
        )

    def test_identical_paths_of_a_change_belong_to_it(self, world: World) -> None:
        """INV-21: without the path that only reads differently, it is not the change that was approved."""
        change = world.approved(both(FASTER, {QUALIFIED: edited(QUALIFIED, ("unit: count", "unit: 'count'"))}))
        assert world.gate(world.branch(world.contents(change))).verdict is Verdict.PASS
        report = world.gate(world.branch({SPEED: world.contents(change)[SPEED]}, "half"))
        assert report.verdict is Verdict.BLOCKED

    def test_two_changes_that_cover_the_same(self, world: World) -> None:
        """INV-21: which one would be used up is not for the gate to choose."""
        first, second = world.approved(FASTER), world.approved(FASTER)
        report = world.gate(world.branch(world.contents(first)))
        assert codes(report) == {"covered_twice"}, lines(report)
        world.say(second, "ops-lead", commands.Withdraw(reason="once is enough"))
        assert world.gate("change").verdict is Verdict.PASS


class TestResult:
    """INV-22: base with the result, by whole paths, without rename detection and without text merges."""

    def test_main_moved_elsewhere(self, approved: World, faster: str) -> None:
        """INV-22"""
        head = approved.branch(approved.contents(faster))
        approved.push({"README.md": b"moved\n"})
        report = approved.gate(head)
        assert report.verdict is Verdict.PASS, lines(report)
        assert [one.path for one in report.definitions] == [SPEED]

    def test_main_moved_under_the_path(self, approved: World, faster: str) -> None:
        """INV-22, INV-20"""
        head = approved.branch(approved.contents(faster))
        approved.push(REWORDED)
        report = approved.gate(head)
        assert report.verdict is Verdict.BLOCKED
        assert "conflict" in codes(report), lines(report)

    def test_both_sides_made_the_same_change(self, approved: World, faster: str) -> None:
        """INV-22: nothing is left to merge."""
        head = approved.branch(approved.contents(faster))
        approved.push(approved.contents(faster))
        assert approved.gate(head).verdict is Verdict.PASS

    def test_edits_of_one_file_that_git_would_merge(self, world: World) -> None:
        """INV-22: two far-apart lines of one file merge as text and conflict as a path."""
        head = world.branch({SPEED: edited(SPEED, ("title: Routing speed", "title: The routing speed"))})
        world.push(REWORDED)
        assert "conflict" in codes(world.gate(head))

    def test_a_head_behind_its_base(self, world: World) -> None:
        """INV-22"""
        old = world.tip
        world.push(FASTER)
        assert world.gate(old).verdict is Verdict.PASS

    def test_a_rename_is_a_deletion_and_a_beginning(self, world: World) -> None:
        """INV-22, INV-27: git would call it a rename with 98% in common."""
        text = edited(SPEED, ("name: routing_speed", "name: routing_pace"))
        report = world.gate(world.branch({SPEED: None, "metrics/growth/routing_pace.yaml": text}))
        assert {one.id for one in report.definitions} == {"metric:routing_speed", "metric:routing_pace"}
        assert "never_allowed" in {one.code for one in verdict_of(report, "metric:routing_speed").unmet}

    def test_both_owners_of_a_move_are_asked(self, world: World) -> None:
        """INV-22: where a definition leaves and where it arrives."""
        text = edited(SPEED, ("domain: crm", "domain: growth"))
        report = world.gate(world.branch({SPEED: None, GROWTH: text}))
        unmet = verdict_of(report, "metric:routing_speed").unmet
        asked = [one.who for one in unmet if one.code == "approval_accountable"]
        assert sorted(asked) == [("crm-lead",), ("growth-lead",)]
        change = world.reword({SPEED: None, GROWTH: text})
        world.approve(change, "crm-lead")
        assert world.gate(world.branch(world.contents(change), "proposed")).verdict is Verdict.BLOCKED
        world.approve(change, "growth-lead")
        assert world.gate("proposed").verdict is Verdict.PASS

    def test_a_move_is_covered_as_a_whole(self, world: World) -> None:
        """INV-21, INV-22: leaving the old file behind is another result, and so is leaving out the new one."""
        change = world.agree(world.reword({SPEED: None, GROWTH: edited(SPEED, ("domain: crm", "domain: growth"))}))
        assert set(world.contents(change)) == {SPEED, GROWTH}
        for path, data in world.contents(change).items():
            report = world.gate(world.branch({path: data}, path.replace("/", "-")))
            assert report.verdict is Verdict.BLOCKED
        world.apply(change)
        tree = world.workspace.repository.tree(world.tip)
        assert GROWTH in tree
        assert SPEED not in tree
        back, _ = revert(world.access, change=change, actor=Actor("ops-lead"), why="It belongs to sales.")
        world.apply(world.agree(back))
        tree = world.workspace.repository.tree(world.tip)
        assert SPEED in tree
        assert GROWTH not in tree

    def test_a_second_file_of_the_same_name(self, world: World) -> None:
        """INV-41: two new files of one name, and one beside the old."""
        pace = edited(SPEED, ("name: routing_speed", "name: pace"))
        heads = (
            {GROWTH: edited(SPEED, ("domain: crm", "domain: growth"))},
            {
                "metrics/crm/pace.yaml": pace,
                "metrics/growth/pace.yaml": pace.replace(b"domain: crm", b"domain: growth"),
            },
        )
        for number, edits in enumerate(heads):
            report = world.gate(world.branch(edits, f"twice{number}"))
            assert "NAME_TAKEN" in codes(report)
            assert report.verdict is Verdict.BLOCKED


class TestNames:
    """INV-18, INV-27: what was published stays, and its name is never given again."""

    def test_a_deleted_file_is_never_covered(self, world: World) -> None:
        """INV-27"""
        report = world.gate(world.branch({SPEED: None}))
        assert "never_allowed" in codes(report)
        with pytest.raises(RefusedUnmet) as refused:
            world.propose({SPEED: None})
        assert refused.value.code == "never_allowed"

    def test_a_deletion_cannot_hide_among_approved_paths(self, approved: World, faster: str) -> None:
        """INV-27, INV-21"""
        report = approved.gate(approved.branch({**approved.contents(faster), QUALIFIED: None}))
        assert report.verdict is Verdict.BLOCKED
        assert not verdict_of(report, "metric:qualified_leads").covered

    def test_a_name_is_not_recycled(self, world: World) -> None:
        """INV-18: even after somebody with the right to push has removed the file by hand."""
        world.apply(world.approved(FASTER))
        world.push({SPEED: None})
        again = edited(SPEED, ("Share of new leads", "Share of all leads"), ("'4' HOUR", "'9' HOUR"))
        report = world.gate(world.branch({SPEED: again}))
        assert report.verdict is Verdict.BLOCKED
        assert "never_allowed" in codes(report), lines(report)

    def test_a_name_of_the_baseline_is_not_recycled(self, world: World) -> None:
        """INV-18: what was accepted as found was published too."""
        world.push({SPEED: None})
        report = world.gate(world.branch({SPEED: edited(SPEED, ("'4' HOUR", "'9' HOUR"))}))
        assert "never_allowed" in codes(report), lines(report)

    def test_a_published_version_is_not_overwritten(self, world: World) -> None:
        """INV-18: other contents under the version that people know."""
        report = world.gate(world.branch(FASTER))
        assert verdict_of(report, "metric:routing_speed").version.required == "2.0.0"
        change = world.approved(FASTER)
        data = world.contents(change)[SPEED]
        assert data is not None
        assert b"version: 2.0.0" in data


class TestNeighbours:
    """INV-19, INV-20: what is computed from a change, and who changes the same."""

    def test_those_who_compute_from_it_are_asked(self, world: World) -> None:
        """INV-19: named, asked once, and the gate waits for the answer."""
        report = world.gate(world.branch(SHORTER, "before"))
        assert [(one.definition, one.change_class) for one in report.affected] == [
            ("metric:acceptance_index", ChangeClass.BREAKING)
        ]
        change = world.propose(SHORTER)
        world.approve(change, "crm-lead", "data-lead")
        asked = {one.code: one.who for one in world.judged(change).unmet}
        assert asked == {"dependant": ("growth-lead",), "consulted": ("sales-lead",)}
        head = world.branch(world.contents(change))
        assert {"dependant", "consulted"} <= codes(world.gate(head))
        world.agree(change)
        assert world.gate(head).verdict is Verdict.PASS

    def test_a_source_names_everything_computed_from_it(self, world: World) -> None:
        """INV-19"""
        report = world.gate(
            world.branch(
                {LEADS: edited(LEADS, ("{name: routed_at, type: timestamp}", "{name: routed_at, type: date}"))}
            )
        )
        assert {one.definition for one in report.affected} >= {"metric:routing_speed"}

    def test_words_ask_no_dependant(self, world: World) -> None:
        """INV-19"""
        change = world.reword({ACCEPTED: edited(ACCEPTED, ("weekly budget", "monthly budget"))})
        assert "dependant" not in {one.code for one in world.judged(change).unmet}

    def test_the_second_change_of_a_definition_conflicts_and_is_rebased(self, world: World) -> None:
        """INV-20: fields that only one side changed are put together, and everybody looks again."""
        first, second = world.approved(FASTER), world.agree(world.reword(REWORDED))
        world.apply(first)
        assert world.state(second).stage is Stage.CONFLICTED
        rebase(world.access, change=second, actor=Actor("crm-deputy"))
        data = world.contents(second)[SPEED]
        assert data is not None
        assert b"'2' HOUR" in data
        assert b"weekend rota" in data
        assert b"version: 2.0.1" in data
        assert world.judged(second).approvals == ()
        world.apply(world.agree(second))
        assert world.read(SPEED) == data

    def test_the_same_field_is_for_people_to_settle(self, world: World) -> None:
        """INV-20"""
        first = world.approved(FASTER)
        second = world.approved({SPEED: edited(SPEED, ("'4' HOUR", "'3' HOUR"), ("4 hours", "3 hours"))})
        world.apply(first)
        with pytest.raises(Refused) as refused:
            rebase(world.access, change=second, actor=Actor("ops-lead"))
        assert refused.value.code == "both_changed"
        assert "calculation.numerator.where" in refused.value.message

    @pytest.mark.parametrize("by_hand", [REWORDED, {SPEED: None}], ids=["edited", "deleted"])
    def test_a_file_that_moved_away_is_not_put_back(self, world: World, by_hand: dict[str, bytes | None]) -> None:
        """INV-20: what main did to a file that a change moves is not lost in the move."""
        text = edited(SPEED, ("domain: crm", "domain: growth"))
        change = world.agree(world.reword({SPEED: None, GROWTH: text}))
        world.push(by_hand)
        with pytest.raises(RefusedUnmet):
            world.apply(change)
        with pytest.raises(Refused) as refused:
            rebase(world.access, change=change, actor=Actor("ops-lead"))
        assert "the whole file" in refused.value.message

    def test_a_file_that_two_create_is_not_overwritten(self, world: World) -> None:
        """INV-20"""
        path = "metrics/crm/pace.yaml"
        text = edited(SPEED, ("name: routing_speed", "name: pace"))
        change = world.agree(world.reword({path: text}))
        world.push({path: text.replace(b"'4' HOUR", b"'6' HOUR")})
        with pytest.raises(Refused) as refused:
            rebase(world.access, change=change, actor=Actor("ops-lead"))
        assert "the whole file" in refused.value.message


def test_what_nobody_can_explain_is_breaking(world: World) -> None:
    """INV-13: an unknown field and an expression that does not parse."""
    odd = edited(SPEED, ("scale: 100", "scale: 100\n  smoothing: 3"))
    report = world.gate(world.branch({SPEED: odd}))
    assert verdict_of(report, "metric:routing_speed").change_class is ChangeClass.UNKNOWN
    assert "FIELD_UNKNOWN" in codes(report)
    broken = edited(ACCEPTED, ("'30' DAY", "'30 DAY"))
    report = world.gate(world.branch({ACCEPTED: broken}, "broken"))
    assert verdict_of(report, "metric:accepted_leads").change_class is ChangeClass.UNKNOWN
    opaque = world.gate(world.branch({"models/leads.sql": b"selec nonsense from\n"}, "opaque"))
    assert verdict_of(opaque, "opaque:models/leads.sql").change_class is ChangeClass.UNKNOWN
    assert INDEX in FILES
