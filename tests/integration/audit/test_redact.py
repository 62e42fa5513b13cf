"""`audit redact`: what may leave the journal's tip, who says so, and that all that follows proves what it did."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from integration.audit.reported import program, written
from integration.audit.walks import NOW, walked
from integration.gate.gate_world import FASTER, REWORDED, SHORTER, SPEED, World, edited
from integration.gate.signed_world import SignedWorld
from metricgov import second_verifier
from metricgov.app.auditing import audit_verify
from metricgov.app.redacting import redact, stored
from metricgov.domain.errors import BadInput, Undecidable
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.envelope import Actor, Draft, Identity
from metricgov.domain.workflow.requirements import RefusedUnmet

OF_BYTES = {"journal_blob", "journal_blob_missing", "journal_rewritten", "journal_redaction", "blob_needed"}
SECRET = {SPEED: edited(SPEED, ("Under 80 the rota", "Under 80 Ms Miller's rota"))}


@pytest.fixture
def withdrawn(world: World) -> tuple[World, str, str]:
    """A change that was taken back, and the digest of what it proposed."""
    change = world.reword(SECRET)
    world.say(change, "ops-lead", commands.Withdraw(reason="It names somebody."))
    return world, change, proposed(world, change)


def proposed(world: World, change: str, revision: int = -1) -> str:
    """Return the digest of what a revision puts at its one path."""
    side = world.state(change).revisions[revision].edits[0].after
    assert side is not None
    return side.sha256


def problems(world: World) -> list[str]:
    """Return the codes of what verifying finds; the second verifier has to find the same of these (INV-63)."""
    world.close()
    audit = audit_verify(world.workspace.integrity)
    report, _, _ = second_verifier.verify(str(world.root), now=NOW)
    found = [one.code for one in audit.problems]
    assert {code for _, code, _ in report.events} & OF_BYTES == set(found) & OF_BYTES, report.events
    return found


class TestGone:
    """INV-51: the event stays, the bytes leave the tip, and everything says so."""

    def test_the_tip_drops_it_and_older_commits_keep_it(self, withdrawn: tuple[World, str, str]) -> None:
        world, change, digest = withdrawn
        before = world.git("rev-parse", "metricgov/journal")
        redact(world.access, change=change, actor=Actor("data-lead"), blobs=[digest[:8]], reason="A name.")
        listed = world.git("ls-tree", "-r", "--name-only", "metricgov/journal")
        assert digest not in listed
        assert digest in world.git("ls-tree", "-r", "--name-only", before)
        assert problems(world) == []
        audit = audit_verify(world.workspace.integrity)
        assert "1 text redacted on record" in audit.note
        with pytest.raises(Undecidable):
            world.access.journal.blob(change, digest)
        (row,) = [one for one in stored(world.access, change) if one.sha256 == digest]
        assert row.redacted == f"redacted by data-lead with event {audit.head.seq}: A name."

    def test_gate_walk_and_new_changes_go_on(self, withdrawn: tuple[World, str, str]) -> None:
        world, change, digest = withdrawn
        redact(world.access, change=change, actor=Actor("data-lead"), blobs=[digest], reason="A name.")
        world.apply(world.approved(FASTER))
        assert walked(world).holds
        assert problems(world) == []

    def test_diff_explain_and_report_say_redacted(self, withdrawn: tuple[World, str, str], tmp_path: Path) -> None:
        world, change, digest = withdrawn
        redact(world.access, change=change, actor=Actor("data-lead"), blobs=[digest], reason="A name.")
        world.close()
        said = program(world.root, "change", "diff", change)
        assert (said.code, "data-lead redacted it with event" in " ".join(said.err.split())) == (3, True)
        told = program(world.root, "change", "explain", change)
        assert (told.code, "data-lead redacted 1 text" in told.out) == (0, True)
        done = written(world.root, tmp_path / "file")
        assert done.code == 0, done.err
        (row,) = csv.DictReader(io.StringIO((tmp_path / "file" / "exceptions.csv").read_text()))
        assert (row["kind"], row["who"], row["change"]) == ("redacted", "data-lead", change)
        sheet = (tmp_path / "file" / "changes" / "chg-k7m001.html").read_text()
        assert "The contents cannot be shown" in sheet
        assert "Miller" not in sheet

    def test_an_earlier_revision_that_nobody_decided_on(self, world: World) -> None:
        """Only what landed has to stay."""
        change = world.reword(SECRET)
        world.revise(change, REWORDED, intent=None, treatment=None, effective_from=None)
        world.apply(world.agree(change))
        first = proposed(world, change, 0)
        redact(world.access, change=change, actor=Actor("data-lead"), blobs=[first], reason="A name.")
        assert (problems(world), walked(world).holds) == ([], True)

    def test_begun_anew_on_the_host(self, withdrawn: tuple[World, str, str]) -> None:
        """What the how-to says: one commit with the same tree proves the same, and holds nothing older."""
        world, change, digest = withdrawn
        redact(world.access, change=change, actor=Actor("data-lead"), blobs=[digest], reason="A name.")
        message = world.git("log", "-1", "--format=%B", "metricgov/journal")
        again = world.git("commit-tree", "metricgov/journal^{tree}", "-m", message)
        world.git("update-ref", "refs/heads/metricgov/journal", again)
        assert problems(world) == []
        assert digest not in world.git("rev-list", "--objects", "metricgov/journal")


class TestStays:
    """What is needed to apply, to judge or to verify does not go."""

    def test_of_an_open_change_nothing(self, world: World) -> None:
        change = world.reword(SECRET)
        with pytest.raises(BadInput, match="has to stay"):
            redact(world.access, change=change, actor=Actor("data-lead"), blobs=[proposed(world, change)], reason="x")

    def test_what_stands_or_stood_on_main(self, world: World) -> None:
        change = world.approved(FASTER)
        world.apply(change)
        for one in stored(world.access, change):
            with pytest.raises(BadInput, match="has to stay"):
                redact(world.access, change=change, actor=Actor("data-lead"), blobs=[one.sha256], reason="x")

    def test_what_an_approval_names(self, world: World) -> None:
        change = world.propose(FASTER)
        world.approve(change, "data-lead")
        first = proposed(world, change)
        world.revise(change, {SPEED: edited(SPEED, ("'4' HOUR", "'3' HOUR"), ("4 hours", "3 hours"))})
        world.approve(change, "crm-lead", "analytics-lead")
        world.apply(world.agree(change))
        kept = {one.sha256: one.needed for one in stored(world.access, change)}
        assert "approval" in kept[first]

    @pytest.mark.parametrize("person", ["ops-lead", "crm-lead", "growth-lead"])
    def test_only_the_council(self, withdrawn: tuple[World, str, str], person: str) -> None:
        """INV-17: whoever may is named."""
        world, change, digest = withdrawn
        with pytest.raises(RefusedUnmet) as refused:
            redact(world.access, change=change, actor=Actor(person), blobs=[digest], reason="x")
        assert refused.value.unmet[0].who == ("analytics-lead", "data-lead", "head-of-marketing")

    def test_not_one_s_own(self, world: World) -> None:
        """INV-05: who wrote a change does not decide what is left of it."""
        change = world.reword(SECRET, "data-lead")
        world.say(change, "data-lead", commands.Withdraw())
        with pytest.raises(RefusedUnmet):
            redact(world.access, change=change, actor=Actor("data-lead"), blobs=[proposed(world, change)], reason="x")

    @pytest.mark.parametrize("blob", ["abc", "0" * 64, ""])
    def test_what_is_not_there(self, withdrawn: tuple[World, str, str], blob: str) -> None:
        world, change, _ = withdrawn
        with pytest.raises(BadInput, match="no text of this change"):
            redact(world.access, change=change, actor=Actor("data-lead"), blobs=[blob], reason="x")

    def test_not_twice(self, withdrawn: tuple[World, str, str]) -> None:
        world, change, digest = withdrawn
        redact(world.access, change=change, actor=Actor("data-lead"), blobs=[digest], reason="A name.")
        with pytest.raises(BadInput, match="redacted by data-lead"):
            redact(world.access, change=change, actor=Actor("data-lead"), blobs=[digest], reason="x")


class TestSigned:
    """INV-60: taking a text away is a person's word like a decision, signed with their key where they have one."""

    def test_with_a_key(self, signed: SignedWorld) -> None:
        world = signed.world
        change = world.reword(SECRET)
        world.say(change, "ops-lead", commands.Withdraw(reason="It names somebody."))
        digest = proposed(world, change)
        access = replace(world.access, signer=signed.ring.of("data-lead"))
        redact(access, change=change, actor=Actor("data-lead", Identity.SIGNED), blobs=[digest], reason="A name.")
        (row,) = [one for one in stored(world.access, change) if one.sha256 == digest]
        assert row.redacted.startswith("redacted by data-lead (signed) with event ")
        event = world.access.journal.events_of(change)[-1]
        assert event.statement is not None
        assert (event.statement["decision"], event.statement["blobs"]) == ("redact", [digest])
        assert problems(world) == []

    def test_refused_without_one_where_governance_asks(self, signed: SignedWorld) -> None:
        """INV-17: and it says what is missing and how to give it."""
        world = signed.world
        change = world.reword(SECRET)
        world.say(change, "ops-lead", commands.Withdraw(reason="It names somebody."))
        with pytest.raises(RefusedUnmet) as refused:
            redact(world.access, change=change, actor=Actor("data-lead"), blobs=[proposed(world, change)], reason="x")
        (one,) = refused.value.unmet
        assert "the policy for governance asks for signed" in one.says
        assert "--key FILE" in one.how

    def test_with_somebody_elses_key(self, signed: SignedWorld) -> None:
        """INV-61: the words then only claim to be theirs, and say so."""
        world = signed.world
        change = world.reword(SECRET)
        world.say(change, "ops-lead", commands.Withdraw(reason="It names somebody."))
        digest = proposed(world, change)
        access = replace(world.access, signer=signed.ring.of("ops-lead"))
        redact(access, change=change, actor=Actor("data-lead", Identity.SIGNED), blobs=[digest], reason="A name.")
        (row,) = [one for one in stored(world.access, change) if one.sha256 == digest]
        assert "data-lead, but ops-lead's key signed it" in row.redacted


class TestForged:
    """INV-62: bytes that go without such an event, or with one that was not possible, are found."""

    def test_dropped_without_an_event(self, withdrawn: tuple[World, str, str]) -> None:
        world, change, digest = withdrawn
        drop(world, change, digest)
        assert problems(world) == ["journal_blob_missing", "journal_rewritten"]

    def test_an_event_over_what_has_to_stay(self, world: World) -> None:
        """INV-12: the event has no effect, and is reported."""
        change = world.approved(FASTER)
        world.apply(change)
        digest = proposed(world, change)
        payload = {"blobs": [digest], "reason": "nothing to see"}
        draft = Draft(change, "redacted", Actor("data-lead"), "2026-06-19T09:00:00Z", payload, world.tip)
        world.access.journal.append(lambda: (draft,))
        assert "blob_needed" in problems(world)

    def test_a_statement_that_says_something_else(self, withdrawn: tuple[World, str, str]) -> None:
        """INV-60: words over other bytes are no words over these, for both verifiers."""
        world, change, digest = withdrawn
        redact(world.access, change=change, actor=Actor("data-lead"), blobs=[digest], reason="A name.")
        again = world.reword(SECRET)
        world.say(again, "ops-lead", commands.Withdraw())
        last = world.access.journal.events_of(change)[-1]
        payload = {"blobs": [proposed(world, again)], "reason": "A name."}
        draft = Draft(again, "redacted", last.actor, NOW, payload, world.tip, last.statement)
        world.access.journal.append(lambda: (draft,))
        assert "statement" in problems(world)
        report, _, _ = second_verifier.verify(str(world.root), now=NOW)
        assert "statement" in {code for _, code, _ in report.events}

    def test_said_and_not_done(self, withdrawn: tuple[World, str, str]) -> None:
        world, change, digest = withdrawn
        before = world.git("rev-parse", "metricgov/journal^{tree}")
        redact(world.access, change=change, actor=Actor("data-lead"), blobs=[digest], reason="A name.")
        world.close()
        entry = next(line for line in world.git("ls-tree", "-r", before).splitlines() if digest in line)
        mode, _, oid = entry.partition("\t")[0].split()
        rewrite(world, "update-index", "--add", "--cacheinfo", f"{mode},{oid},{entry.partition(chr(9))[2]}")
        assert "journal_redaction" in problems(world)


def drop(world: World, change: str, digest: str) -> None:
    """Take a file from the tip of the journal, as somebody with git does."""
    path = next(
        line for line in world.git("ls-tree", "-r", "--name-only", "metricgov/journal").splitlines()
        if change in line and digest in line
    )  # fmt: skip
    rewrite(world, "rm", "-q", "--cached", path)


def rewrite(world: World, *command: str) -> None:
    """Put another tree on the journal with the message of its tip."""
    world.close()
    world.git("read-tree", "metricgov/journal")
    world.git(*command)
    tree = world.git("write-tree")
    message = world.git("log", "-1", "--format=%B", "metricgov/journal")
    commit = world.git("commit-tree", tree, "-p", "metricgov/journal", "-m", message)
    world.git("update-ref", "refs/heads/metricgov/journal", commit)
    world.git("read-tree", "main")


def test_the_command(withdrawn: tuple[World, str, str]) -> None:
    """It lists, refuses without words, drops, and says what it cannot do."""
    world, change, digest = withdrawn
    world.apply(world.approved(SHORTER))
    world.close()
    who = {"METRICGOV_ACTOR": "data-lead"}
    listed = json.loads(program(world.root, "audit", "redact", change, "--json", environment=who).out)["texts"]
    assert [(one["sha256"] == digest, one["needed"] is None) for one in listed] == [(False, False), (True, True)]
    silent = program(world.root, "audit", "redact", change, digest[:12], environment=who)
    assert (silent.code, "words_missing" in silent.err) == (2, True)
    done = program(world.root, "audit", "redact", change, digest[:12], "-m", "A name.", environment=who)
    assert done.code == 0, done.err
    assert "redacted by data-lead" in " ".join(done.out.split())
    assert "older commits still do" in " ".join(done.err.split())
