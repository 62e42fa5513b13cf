"""Branches, journals and trees made to get something past the gate; each attack builds its own repository."""

from __future__ import annotations

import hashlib
import unicodedata
import zlib

import pytest

from integration.gate.gate_world import (
    FASTER,
    FILES,
    POLICY,
    QUALIFIED,
    SETTINGS,
    SPEED,
    World,
    both,
    codes,
    edited,
    lines,
    verdict_of,
)
from metricgov.domain.errors import Undecidable
from metricgov.domain.verdict import Verdict
from metricgov.domain.workflow import commands


def commit(world: World, tree: str, *parents: str, message: str = "x") -> str:
    """Return a commit of a tree with any parents."""
    named = [word for parent in parents for word in ("-p", parent)]
    return world.git("commit-tree", *named, "-m", message, tree)


def tree_with(world: World, on: str, *lines_: str, without: tuple[str, ...] = ()) -> str:
    """Return the tree of a commit with index lines (`mode oid<TAB>path`) put in, whatever they name."""
    world.git("read-tree", on)
    for path in without:
        world.git("rm", "-q", "--cached", "--ignore-unmatch", "--", path)
    world.git("update-index", "--add", "--index-info", stdin=("\n".join(lines_) + "\n").encode())
    tree = world.git("write-tree")
    world.git("read-tree", "HEAD")
    return tree


def blob(world: World, data: bytes) -> str:
    return world.git("hash-object", "-w", "--stdin", stdin=data)


class TestKindsOfEntries:
    """INV-31: a governed path is a regular file."""

    @pytest.mark.parametrize("mode", ["120000", "160000", "100755"])
    def test_what_is_no_regular_file(self, world: World, mode: str) -> None:
        """INV-31"""
        oid = world.tip if mode == "160000" else world.git("rev-parse", f"main:{SPEED}")
        head = commit(world, tree_with(world, "main", f"{mode} {oid}\t{SPEED}"), world.tip)
        report = world.gate(head)
        assert report.verdict is Verdict.BLOCKED
        assert codes(report) & {"governed_symlink", "governed_submodule", "governed_executable"}

    @pytest.mark.parametrize("mode", ["120000", "160000"])
    def test_a_folder_that_becomes_a_link_or_a_submodule(self, world: World, mode: str) -> None:
        """INV-31, INV-27: everything below it is gone."""
        oid = world.tip if mode == "160000" else blob(world, b"elsewhere")
        inside = tuple(path for path in FILES if path.startswith("metrics/"))
        head = commit(world, tree_with(world, "main", f"{mode} {oid}\tmetrics", without=inside), world.tip)
        report = world.gate(head)
        assert report.verdict is Verdict.BLOCKED
        assert {one.path for one in report.definitions} >= set(inside)

    @pytest.mark.parametrize(
        "path",
        [
            "metrics/crm/Routing_speed.yaml",
            "Metrics/crm/routing_speed.yaml",
            "metrics/CRM/routing_speed.yaml",
            "GOVERNANCE/policy.yaml",
            "MetricGov.yaml",
            "metrics/crm/routing_ſpeed.yaml",
            ".GITATTRIBUTES",
        ],
    )
    def test_a_twin_that_is_governed_nowhere_and_checked_out_over_the_true_one(self, world: World, path: str) -> None:
        """INV-31: on a file system that takes both for one, the work tree shows the wrong file."""
        report = world.gate(world.branch({path: b"kind: evil\n", "README.md": b"innocent\n"}))
        assert (report.verdict, codes(report)) == (Verdict.BLOCKED, {"lookalike_paths"})

    def test_a_twin_beside_an_approved_change(self, approved: World, faster: str) -> None:
        """INV-31, INV-21"""
        report = approved.gate(approved.branch({**approved.contents(faster), "Metricgov.yaml": b"x\n"}))
        assert report.verdict is Verdict.BLOCKED
        assert verdict_of(report, "metric:routing_speed").covered

    def test_ungoverned_names_of_any_form_are_nobodys_business(self, world: World) -> None:
        """INV-31: no false alarm."""
        name = unicodedata.normalize("NFD", "docs/Größe.md")
        report = world.gate(world.branch({name: b"x\n", "Metrics/README.md": b"x\n", "metrics/crm/Notes.txt": b"x\n"}))
        assert report.verdict is Verdict.PASS, lines(report)

    def test_a_tree_that_lists_a_path_twice(self, approved: World, faster: str) -> None:
        """INV-31: the approved bytes first, others second; which one git checks out is anybody's guess."""
        good = approved.branch(approved.contents(faster))
        folder = approved.git("rev-parse", f"{good}:metrics/crm")
        rows = approved.git("ls-tree", folder).splitlines()
        evil = blob(approved, b"kind: evil\n")
        data = b""
        for row in rows:
            meta, _, name = row.partition("\t")
            copies = [meta.split()[2]] + ([evil] if name == "routing_speed.yaml" else [])
            data += b"".join(b"100644 " + name.encode() + b"\0" + bytes.fromhex(oid) for oid in copies)
        framed = b"tree %d\0" % len(data) + data
        bad = hashlib.sha1(framed).hexdigest()
        file = approved.root / ".git" / "objects" / bad[:2] / bad[2:]
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(zlib.compress(framed))
        metrics = approved.git("ls-tree", f"{good}:metrics").replace(folder, bad)
        root = approved.git("ls-tree", good).replace(
            approved.git("rev-parse", f"{good}:metrics"),
            approved.git("mktree", "--missing", stdin=(metrics + "\n").encode()),
        )
        head = commit(approved, approved.git("mktree", "--missing", stdin=(root + "\n").encode()), approved.tip)
        try:
            report = approved.gate(head)
        except Undecidable:
            return
        assert report.verdict is Verdict.BLOCKED


class TestMerges:
    """INV-22: what the gate compares is what a merge would bring."""

    def test_a_merge_commit_that_adds_something_of_its_own(self, world: World) -> None:
        """INV-22: neither parent holds it."""
        side = world.branch({"README.md": b"side\n"}, "side")
        world.push({"docs/x.md": b"x\n"})
        tree = tree_with(world, "main", f"100644 {blob(world, FASTER[SPEED])}\t{SPEED}")
        evil = commit(world, tree, world.tip, side)
        report = world.gate(evil)
        assert report.verdict is Verdict.BLOCKED
        assert [one.path for one in report.definitions] == [SPEED]

    @pytest.mark.parametrize("first", [True, False], ids=["old base first", "new base first"])
    def test_two_merge_bases(self, approved: World, faster: str, first: bool) -> None:
        """INV-22: a criss-cross in which one merge base hides that the head takes an applied change back.

        Git merges the two bases first and then takes the head's side without a word.
        """
        world = approved
        start = world.tip
        old = world.git("rev-parse", f"{start}:{SPEED}")
        docs = commit(
            world, tree_with(world, start, f"100644 {blob(world, b'docs')}\tdocs/a.md"), start, message=f"a{first}"
        )
        applied = world.apply(faster).commit
        merged_tree = tree_with(world, applied, f"100644 {blob(world, b'docs')}\tdocs/a.md")
        on_main = commit(world, merged_tree, applied, docs)
        taken_back = tree_with(world, merged_tree, f"100644 {old}\t{SPEED}")
        parents = (docs, applied) if first else (applied, docs)
        evil = commit(world, taken_back, *parents, message="merge main")
        world.git("update-ref", "refs/heads/main", on_main)
        world.git("read-tree", "-u", "--reset", "main")
        assert len(world.git("merge-base", "--all", "main", evil).split()) == 2
        merged = world.git("merge-tree", "--write-tree", "main", evil).split()[0]
        assert world.git("rev-parse", f"{merged}:{SPEED}") == old, "git itself brings the old contents back"
        assert world.gate(evil).verdict is Verdict.BLOCKED

    def test_an_ungoverned_edit_that_git_carries_into_a_governed_file(self, world: World) -> None:
        """INV-22: main moved a draft into metrics/, the head edits the draft; git puts the edit into the metric."""
        text = edited(QUALIFIED, ("name: qualified_leads", "name: warm_leads"), ("Qualified leads", "Warm leads"))
        world.push({"drafts/warm_leads.yaml": text})
        evil = world.branch({"drafts/warm_leads.yaml": text.replace(b"qualified_at IS NOT NULL", b"TRUE OR is_test")})
        world.push({"drafts/warm_leads.yaml": None, "metrics/crm/warm_leads.yaml": text})
        merged = world.git("merge-tree", "--write-tree", "main", evil).split()[0]
        assert "TRUE OR is_test" in world.git("show", f"{merged}:metrics/crm/warm_leads.yaml")
        report = world.gate(evil)
        assert report.verdict is Verdict.BLOCKED
        assert "rename_carries" in codes(report), lines(report)

    def test_an_ungoverned_edit_on_main_that_git_carries_into_an_approved_file(self, world: World) -> None:
        """INV-22: the head moves a draft into metrics/, approved byte by byte; main edits the draft meanwhile."""
        text = edited(QUALIFIED, ("name: qualified_leads", "name: warm_leads"), ("Qualified leads", "Warm leads"))
        world.push({"drafts/warm_leads.yaml": text})
        change = world.agree(world.reword({"metrics/crm/warm_leads.yaml": text}))
        head = world.branch({**world.contents(change), "drafts/warm_leads.yaml": None})
        assert world.gate(head).verdict is Verdict.PASS
        world.push({"drafts/warm_leads.yaml": text.replace(b"qualified_at IS NOT NULL", b"TRUE OR is_test")})
        merged = world.git("merge-tree", "--write-tree", "main", head).split()[0]
        assert "TRUE OR is_test" in world.git("show", f"{merged}:metrics/crm/warm_leads.yaml")
        assert "rename_carries" in codes(world.gate(head))

    def test_ungoverned_conflicts_are_for_git(self, world: World) -> None:
        """INV-22: no false alarm where nothing governed can be reached."""
        world.push({"docs/a.md": b"one\ntwo\nthree\n"})
        head = world.branch({"docs/a.md": b"one\ntwo\nfour\n"})
        world.push({"docs/a.md": None, "docs/b.md": b"one\ntwo\nthree\n"})
        assert world.gate(head).verdict is Verdict.PASS

    def test_histories_without_a_common_commit(self, world: World) -> None:
        """INV-25"""
        head = commit(world, tree_with(world, "main", f"100644 {blob(world, FASTER[SPEED])}\t{SPEED}"))
        with pytest.raises(Undecidable) as undecided:
            world.gate(head)
        assert undecided.value.code == "unrelated_histories"


class TestRefs:
    """INV-30: names that say one thing to git and another to people."""

    def test_a_tag_a_replacement_and_a_graft(self, world: World) -> None:
        """INV-30"""
        head = world.branch(FASTER)
        world.git("update-ref", "refs/tags/main", head)
        world.git("update-ref", "refs/tags/change", world.tip)
        world.git("update-ref", f"refs/replace/{head}", world.tip)
        world.git(
            "update-ref",
            f"refs/replace/{world.git('rev-parse', f'main:{SPEED}')}",
            world.git("rev-parse", f"{head}:{SPEED}"),
        )
        (world.root / ".git" / "info").mkdir(exist_ok=True)
        (world.root / ".git" / "info" / "grafts").write_text(f"{world.tip} {head}\n")
        report = world.gate("change")
        assert report.verdict is Verdict.BLOCKED
        assert report.head == head

    def test_attributes_of_the_branch_and_of_the_clone(self, world: World) -> None:
        """INV-34: a file that is hidden from reviewers is not hidden from the gate."""
        (world.root / ".git" / "info").mkdir(exist_ok=True)
        (world.root / ".git" / "info" / "attributes").write_text("*.yaml -diff -text merge=ours binary\n")
        world.git("config", "merge.ours.driver", "true")
        report = world.gate(world.branch({**FASTER, "metrics/.gitattributes": b"*.yaml -diff linguist-generated\n"}))
        assert {one.path for one in report.definitions if not one.covered} == {SPEED, "metrics/.gitattributes"}


class TestJournals:
    """What is not in the chain is no decision."""

    def forged(self, world: World, change: str, who: str, seq: int) -> None:
        """Put an approval into the folder of a change, past the program."""
        import json

        folder, found = next(
            (path.rpartition("/")[0], path)
            for path in world.git("ls-tree", "-r", "--name-only", "metricgov/journal").splitlines()
            if change in path and path.endswith("000000004.json")
        )
        last = json.loads(world.git("show", f"metricgov/journal:{found}"))
        revision = last["payload"]
        payload = {"revision": 1, "cycle": revision["cycle"], "digest": revision["digest"], "reason": ""}
        event = last | {
            "seq": seq,
            "actor": {"principal": who, "identity": "claimed"},
            "type": "approved",
            "payload": payload,
        }
        event["statement"] = None
        data = json.dumps(event, sort_keys=True, separators=(",", ":")).encode()
        tree = tree_with(world, "metricgov/journal", f"100644 {blob(world, data)}\t{folder}/{seq:09}.json")
        message = world.git("log", "-1", "--format=%B", "metricgov/journal")
        on_top = world.git("commit-tree", "-p", "metricgov/journal", tree, stdin=message.encode())
        world.git("update-ref", "refs/heads/metricgov/journal", on_top)

    def test_an_event_behind_the_tip(self, world: World) -> None:
        """INV-62, INV-25: an approval that the tip of the journal does not name."""
        change = world.propose(FASTER)
        head = world.branch(world.contents(change))
        world.close()
        self.forged(world, change, "crm-lead", 9)
        with pytest.raises(Undecidable):
            world.gate(head)

    def test_a_proposal_is_no_approval(self, world: World) -> None:
        """INV-07: in every stage before the last word."""
        change = world.propose(FASTER, submit=False)
        head = world.branch(world.contents_of_draft(change))
        assert world.gate(head).verdict is Verdict.BLOCKED
        world.say(change, "ops-lead", commands.Withdraw(reason="no"))
        assert "no_change" in codes(world.gate(head))


class TestOpaque:
    """Another tool's files: governed by the globs of the base."""

    def test_a_glob_that_the_branch_takes_away(self, world: World) -> None:
        """INV-09"""
        settings = edited(
            SETTINGS, ('  - paths: ["models/**/*.sql"]\n    owner: data-lead\n', ""), ("opaque:\n", "opaque: []\n")
        )
        report = world.gate(world.branch({SETTINGS: settings, "models/leads.sql": b"select 1\n"}))
        assert {one.id for one in report.definitions} == {"governance:metricgov", "opaque:models/leads.sql"}
        assert report.verdict is Verdict.BLOCKED

    def test_layout_is_no_change(self, world: World) -> None:
        """INV-21: the same tree."""
        report = world.gate(world.branch({"models/leads.sql": b"SELECT *\nFROM raw.leads -- all\n"}))
        assert report.verdict is Verdict.PASS, lines(report)

    def test_its_owner_decides(self, world: World) -> None:
        """INV-07"""
        change = world.propose({"models/leads.sql": b"select * from raw.leads where not is_test\n"})
        world.approve(change, "head-of-marketing")
        assert {one.who for one in world.judged(change).unmet} == {("data-lead",)}
        world.approve(change, "data-lead")
        assert world.gate(world.branch(world.contents(change))).verdict is Verdict.PASS


def test_everything_at_once(approved: World, faster: str) -> None:
    """INV-17, INV-21: a branch with many wrongs is told all of them."""
    report = approved.gate(
        approved.branch(
            both(
                approved.contents(faster),
                {QUALIFIED: None, POLICY: b"kind: [\n", "metrics/crm/x.yaml": b"\xff", "Metricgov.yaml": b"x\n"},
            )
        )
    )
    assert report.verdict is Verdict.BLOCKED
    assert {"never_allowed", "lookalike_paths", "no_change"} <= codes(report)
    assert {problem.place.path for problem in report.problems} >= {POLICY, "metrics/crm/x.yaml", "Metricgov.yaml"}
