"""Governance judges from the base, is changed apart from definitions, and never locks itself."""

from __future__ import annotations

import pytest

from integration.gate.gate_world import (
    ATTRIBUTES,
    FASTER,
    FILES,
    PEOPLE,
    POLICY,
    RACI,
    SETTINGS,
    SPEED,
    VIEWS,
    World,
    both,
    codes,
    edited,
    lines,
    verdict_of,
)
from metricgov.app.governing import governance_at
from metricgov.app.linting import lint
from metricgov.domain.errors import Undecidable
from metricgov.domain.verdict import Coverage, Verdict
from metricgov.domain.workflow.requirements import RefusedUnmet

OBSERVING = {POLICY: edited(POLICY, ("enforce: block", "enforce: observe"))}
MYSELF = {PEOPLE: edited(PEOPLE, ("members: [head-of-marketing, analytics-lead, data-lead]", "members: [ops-lead]"))}
UNGOVERNED = {SETTINGS: edited(SETTINGS, ("dialect: duckdb", "dialect: bigquery"))}


def digest_at(world: World, commit: str) -> str:
    return governance_at(commit, source=world.workspace.repository, files=world.workspace.files).digest


class TestFromTheBase:
    """INV-09: rules of the base judge the branch that changes them."""

    @pytest.mark.parametrize(
        "edits",
        [
            OBSERVING,
            MYSELF,
            {RACI: edited(RACI, ("    accountable: crm-lead\n", "    accountable: ops-lead\n"))},
            UNGOVERNED,
            {ATTRIBUTES: b"*.yaml -diff\n"},
            {"governance/.gitattributes": b"*.yaml -diff\n"},
            {POLICY: None},
            {SETTINGS: None},
        ],
        ids=["policy", "people", "raci", "settings", "attributes", "more attributes", "no policy", "no settings"],
    )
    def test_a_branch_does_not_judge_itself(self, world: World, edits: dict[str, bytes | None]) -> None:
        """INV-09: alone it needs the council of the base."""
        report = world.gate(world.branch(edits))
        assert report.verdict is Verdict.BLOCKED
        asked = {one.who for each in report.definitions for one in each.unmet if one.code == "approval_council"}
        assert asked == {("analytics-lead", "data-lead", "head-of-marketing")}, lines(report)

    @pytest.mark.parametrize("edits", [OBSERVING, MYSELF], ids=["policy", "people"])
    def test_and_opens_no_door_for_what_comes_with_it(self, world: World, edits: dict[str, bytes | None]) -> None:
        """INV-09"""
        report = world.gate(world.branch(both(FASTER, edits)))
        assert report.verdict is Verdict.BLOCKED
        assert not verdict_of(report, "metric:routing_speed").covered
        assert not verdict_of(report, "metric:routing_speed").observed

    def test_an_attribute_file_is_judged_as_governance(self, world: World) -> None:
        """INV-09, INV-34: it decides what reviewers see, so the council does."""
        change = world.reword({ATTRIBUTES: b"* -text\n*.yaml diff=yaml\n"})
        assert world.judged(change).unmet[0].code == "approval_council"
        world.apply(world.agree(change))

    def test_governance_and_definitions_do_not_travel_together(self, world: World) -> None:
        """INV-09"""
        with pytest.raises(RefusedUnmet) as refused:
            world.propose(both(FASTER, OBSERVING))
        assert "governance_mixed" in {str(one.code) for one in refused.value.unmet}

    def test_two_approved_changes_in_one_branch(self, approved: World, faster: str) -> None:
        """INV-09: each approved apart; the branch brings them together, so the new rules judge nothing yet."""
        change = approved.agree(approved.reword(OBSERVING))
        report = approved.gate(approved.branch(both(approved.contents(faster), approved.contents(change))))
        assert report.verdict is Verdict.PASS, lines(report)

    @pytest.mark.parametrize(
        ("edits", "code"),
        [
            (
                {PEOPLE: edited(PEOPLE, ("members: [head-of-marketing, analytics-lead, data-lead]", "members: []"))},
                None,
            ),
            (
                {
                    PEOPLE: edited(
                        PEOPLE,
                        *(
                            (f"{one}@example.com", f"{one}@example.com, status: left")
                            for one in ("head-of-marketing", "analytics-lead", "data-lead")
                        ),
                    )
                },
                "governance_locked",
            ),
            ({SETTINGS: edited(SETTINGS, ("7b0f9a52", "8b0f9a52"))}, "never_allowed"),
            ({POLICY: edited(POLICY, ("preset: standard", "preset: easy"))}, None),
            (
                {
                    POLICY: edited(
                        POLICY,
                        (
                            "enforce: block\n",
                            "enforce: block\nclasses:\n  breaking: {accountable: false, council: 0}\n",
                        ),
                    )
                },
                None,
            ),
        ],
        ids=["empty council", "everybody left", "another registry", "no such preset", "nobody asked"],
    )
    def test_a_result_that_locks_governance(
        self, world: World, edits: dict[str, bytes | None], code: str | None
    ) -> None:
        """INV-09, INV-07: such a result cannot even be proposed, and blocks at the gate."""
        with pytest.raises(Exception) as refused:
            world.reword(edits)
        if code:
            assert isinstance(refused.value, RefusedUnmet)
            assert code in {str(one.code) for one in refused.value.unmet}
        assert world.gate(world.branch(edits)).verdict is Verdict.BLOCKED

    def test_an_approved_change_of_governance(self, world: World) -> None:
        """INV-09: two of the council who did not write it."""
        change = world.reword(OBSERVING, who="data-lead")
        head = world.branch(world.contents(change))
        world.approve(change, "head-of-marketing")
        assert codes(world.gate(head)) == {"approval_council"}
        world.approve(change, "analytics-lead")
        assert world.gate(head).verdict is Verdict.PASS
        world.apply(change)
        assert world.gate(world.branch(FASTER, "next")).verdict is Verdict.WOULD_BLOCK


class TestBroken:
    """INV-09, INV-07: a base whose governance does not load lets a restore pass and nothing else."""

    BREAKS = {  # noqa: RUF012
        "policy": {POLICY: b"kind: policy\npreset: nonsense\n"},
        "bytes": {PEOPLE: b"\xff\xfe"},
        "settings": {SETTINGS: b"kind: [\n"},
        "missing": {RACI: None},
    }

    @pytest.mark.parametrize("edits", BREAKS.values(), ids=BREAKS)
    def test_only_a_restore_byte_for_byte(self, world: World, edits: dict[str, bytes | None]) -> None:
        """INV-09"""
        good = {path: FILES[path].encode() for path in edits}
        world.push({"README.md": b"before\n"})
        world.push(edits)
        assert world.gate(world.branch(good)).verdict is Verdict.PASS
        path, data = next(iter(good.items()))
        for name, near in {
            "space": {path: data + b"\n"},
            "definition": both(good, FASTER),
            "opaque": {**good, "models/leads.sql": b"select 1\n"},
            "attributes": {**good, ATTRIBUTES: b"*.yaml -diff\n"},
            "nothing": {"docs/x.md": b"x\n"},
        }.items():
            report = world.gate(world.branch(near, name))
            assert report.verdict is Verdict.BLOCKED, name
            assert codes(report) == {"governance_broken"}

    @pytest.mark.parametrize("mode", ["120000", "100755"])
    def test_rules_that_are_no_plain_file_are_no_rules(self, world: World, mode: str) -> None:
        """INV-31, INV-07: a link whose target reads like a policy."""
        blob = world.git("hash-object", "-w", "--stdin", stdin=OBSERVING[POLICY])
        world.git("update-index", "--cacheinfo", f"{mode},{blob},{POLICY}")
        base = world.git("commit-tree", "-p", "main", "-m", "x", world.git("write-tree"))
        world.git("read-tree", "main")
        report = world.gate(world.branch(FASTER, on=base), base=base)
        assert (report.verdict, codes(report)) == (Verdict.BLOCKED, {"governance_broken"})

    def test_the_last_version_that_loaded_not_an_older_one(self, world: World) -> None:
        """INV-09: going back further would undo what was decided."""
        world.apply(world.agree(world.reword(OBSERVING)))
        world.push(self.BREAKS["policy"])
        assert world.gate(world.branch({POLICY: FILES[POLICY].encode()})).verdict is Verdict.BLOCKED
        assert world.gate(world.branch(OBSERVING, "right")).verdict is Verdict.PASS

    def test_a_new_root(self, world: World) -> None:
        """INV-09: whoever pins the digest in CI decides; nothing else travels along."""
        world.push(self.BREAKS["policy"])
        head = world.branch(OBSERVING)
        assert world.gate(head).verdict is Verdict.BLOCKED
        root = digest_at(world, head)
        assert world.gate(head, root=root).verdict is Verdict.PASS
        assert world.gate(world.branch(FASTER), root=root).verdict is Verdict.BLOCKED

    def test_a_new_root_without_settings(self, world: World) -> None:
        """INV-09: a base that lost metricgov.yaml is like one that never had it."""
        world.push({SETTINGS: None})
        head = world.branch({SETTINGS: FILES[SETTINGS].encode()})
        with pytest.raises(Undecidable) as undecided:
            world.gate(head)
        assert undecided.value.code == "root_not_pinned"
        assert world.gate(head, root=digest_at(world, head)).verdict is Verdict.PASS


class TestBeginning:
    """INV-25, INV-26: the first step of a registry, which no base can judge."""

    def before(self, world: World) -> str:
        """Return a commit without anything, and make it the parent of the registry's first one."""
        empty = world.git("commit-tree", "-m", "empty", world.git("mktree"))
        first = world.git("commit-tree", "-p", empty, "-m", "first", f"{world.tip}^{{tree}}")
        world.git("branch", "first", first)
        return empty

    def test_without_a_pin_nobody_can_decide(self, world: World) -> None:
        """INV-25"""
        with pytest.raises(Undecidable) as undecided:
            world.gate("first", base=self.before(world))
        assert undecided.value.code == "root_not_pinned"
        assert digest_at(world, world.tip) in undecided.value.hint

    def test_with_the_right_pin_it_is_a_baseline(self, world: World) -> None:
        """INV-26: shown as baseline, never as approved."""
        report = world.gate("first", base=self.before(world), root=digest_at(world, world.tip))
        assert report.verdict is Verdict.PASS
        assert {one.coverage for one in report.definitions} == {Coverage.BASELINE}
        assert {one.approved_by for one in report.definitions} == {()}

    def test_with_the_wrong_pin_it_blocks(self, world: World) -> None:
        """INV-09"""
        report = world.gate("first", base=self.before(world), root="0" * 64)
        assert (report.verdict, codes(report)) == (Verdict.BLOCKED, {"root_differs"})

    def test_a_pin_for_governance_that_locks(self, world: World) -> None:
        """INV-09"""
        base = self.before(world)
        left = edited(
            PEOPLE,
            *(
                (f"{one}@example.com", f"{one}@example.com, status: left")
                for one in ("head-of-marketing", "analytics-lead", "data-lead")
            ),
        )
        head = world.branch({PEOPLE: left}, on=world.workspace.repository.resolve("first"))
        report = world.gate(head, base=base, root=digest_at(world, head))
        assert (report.verdict, codes(report)) == (Verdict.BLOCKED, {"governance_locked"})

    @pytest.mark.parametrize("text", [b"kind: [\n", b"kind: metric\nname: routing_speed\n"], ids=["YAML", "a metric"])
    def test_a_definition_that_does_not_load_begins_nothing(self, world: World, text: bytes) -> None:
        """INV-26: a baseline of what nobody can read is none."""
        base = self.before(world)
        head = world.branch({SPEED: text}, on=world.workspace.repository.resolve("first"))
        report = world.gate(head, base=base, root=digest_at(world, head))
        assert report.verdict is Verdict.BLOCKED
        assert {one.place.path for one in report.problems} == {SPEED}

    def test_a_file_that_is_no_file_begins_nothing(self, world: World) -> None:
        """INV-31: settings that are a symbolic link or executable."""
        base = self.before(world)
        blob = world.git("rev-parse", f"{world.tip}:{SETTINGS}")
        for mode in ("120000", "100755"):
            world.git("read-tree", "first")
            world.git("update-index", "--cacheinfo", f"{mode},{blob},{SETTINGS}")
            commit = world.git("commit-tree", "-p", base, "-m", "x", world.git("write-tree"))
            report = world.gate(commit, base=base, root=digest_at(world, world.tip))
            assert report.verdict is Verdict.BLOCKED

    def test_no_registry_on_either_side(self, world: World) -> None:
        """INV-21: nothing is governed there."""
        base = self.before(world)
        other = world.git("commit-tree", "-p", base, "-m", "other", world.git("mktree"))
        assert world.gate(other, base=base).verdict is Verdict.PASS


class TestObserving:
    """INV-26: the same checks, the same findings, another verdict."""

    VIEWED = {VIEWS: edited(VIEWS, ("where: NOT is_test", "where: TRUE"), ("that somebody", "that anybody"))}  # noqa: RUF012

    def test_an_observed_definition_would_block(self, world: World) -> None:
        """INV-26"""
        report = world.gate(world.branch(self.VIEWED))
        assert report.verdict is Verdict.WOULD_BLOCK
        found = verdict_of(report, "metric:page_views")
        assert found.observed
        assert not found.covered
        assert "no_change" in {one.code for one in found.unmet}

    def test_findings_are_those_of_block(self, world: World) -> None:
        """INV-26"""
        head = world.branch(self.VIEWED)
        seen = world.gate(head)
        world.push({POLICY: edited(POLICY, ("    enforce: observe", "    enforce: block"))})
        blocked = world.gate(head)
        assert blocked.verdict is Verdict.BLOCKED
        assert [one.findings for one in seen.definitions] == [one.findings for one in blocked.definitions]
        assert [one.unmet for one in seen.definitions] == [one.unmet for one in blocked.definitions]

    def test_the_strictest_of_several_definitions_wins(self, world: World) -> None:
        """INV-26"""
        report = world.gate(world.branch(both(self.VIEWED, FASTER)))
        assert report.verdict is Verdict.BLOCKED
        assert {one.id: one.observed for one in report.definitions} == {
            "metric:page_views": True,
            "metric:routing_speed": False,
        }

    def test_the_strictest_of_several_scopes_wins(self, world: World) -> None:
        """INV-26"""
        world.push({POLICY: (FILES[POLICY] + "  - match: {name: page_views}\n    enforce: block\n").encode()})
        assert world.gate(world.branch(self.VIEWED)).verdict is Verdict.BLOCKED

    def test_moving_into_an_observed_domain_is_judged_where_it_comes_from(self, world: World) -> None:
        """INV-26: the author of an edit does not choose how strictly it is judged."""
        text = edited(SPEED, ("domain: crm", "domain: content"), ("'4' HOUR", "'2' HOUR"))
        report = world.gate(world.branch({SPEED: None, "metrics/content/routing_speed.yaml": text}))
        assert report.verdict is Verdict.BLOCKED

    def test_a_tag_that_the_edit_brings_does_not_soften_it(self, world: World) -> None:
        """INV-26"""
        world.push({POLICY: (FILES[POLICY] + "  - match: {tag: trial}\n    enforce: observe\n").encode()})
        text = edited(
            SPEED, ("'4' HOUR", "'2' HOUR"), ("exclusions: Test leads.\n", "exclusions: Test leads.\ntags: [trial]\n")
        )
        assert world.gate(world.branch({SPEED: text})).verdict is Verdict.BLOCKED

    @pytest.mark.parametrize("match", ["tag: trial", "name: try_*"])
    def test_a_new_definition_does_not_choose_to_be_observed(self, world: World, match: str) -> None:
        """INV-26: its author chose name and tags; the domain is where those who answer for it look."""
        world.push({POLICY: (FILES[POLICY] + f"  - match: {{{match}}}\n    enforce: observe\n").encode()})
        path = "metrics/crm/try_speed.yaml"
        text = edited(
            SPEED,
            ("name: routing_speed", "name: try_speed"),
            ("exclusions: Test leads.\n", "exclusions: Test leads.\ntags: [trial]\n"),
        )
        assert world.gate(world.branch({path: text})).verdict is Verdict.BLOCKED
        domain = FILES[POLICY] + "  - match: {domain: crm}\n    enforce: observe\n"
        world.push({POLICY: domain.encode()})
        assert world.gate(world.branch({path: text})).verdict is Verdict.WOULD_BLOCK

    def test_a_broken_file_of_an_observed_definition(self, world: World) -> None:
        """INV-26: observed too, and never a pass."""
        assert world.gate(world.branch({VIEWS: b"kind: [\n"})).verdict is Verdict.WOULD_BLOCK

    def test_what_must_never_happen_is_observed_and_named(self, world: World) -> None:
        """INV-26: what it lets pass is named."""
        report = world.gate(world.branch({VIEWS: None}))
        assert report.verdict is Verdict.WOULD_BLOCK
        assert "never_allowed" in codes(report)


def test_the_world_has_no_problem_of_its_own(world: World) -> None:
    """A registry that does not pass its own checks would prove little."""
    space = world.workspace
    assert lint(space.load_registry(world.tip), files=space.files, calendars=space.calendars).complaints == ()
    assert world.verification().holds
