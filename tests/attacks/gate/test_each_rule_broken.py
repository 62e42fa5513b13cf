"""One attack for each rule about approval that no other file here attacks: what was agreed, on what, in which order."""

from __future__ import annotations

import pytest

from attacks.agreement import second
from attacks.gate.forging import forged_approval, forged_revision
from integration.gate.gate_world import (
    ACCEPTED,
    FASTER,
    FILES,
    GATE_AT,
    PEOPLE,
    REWORDED,
    SHORTER,
    SPEED,
    World,
    codes,
    edited,
    lines,
    verdict_of,
)
from metricgov.app.deciding import say
from metricgov.domain.errors import Undecidable
from metricgov.domain.verdict import Verdict
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.envelope import Actor

METRIC = "metric:routing_speed"


def tried(world: World, contents: dict[str, bytes | None], at: str = "", name: str = "tried") -> set[str]:
    """Return the codes with which the gate refuses contents that somebody pushes."""
    report = world.gate(world.branch(contents, name), **({"at": at} if at else {}))
    assert report.verdict is Verdict.BLOCKED, lines(report)
    return codes(report)


class TestWhatWasAgreed:
    """An approval is of bytes."""

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"'2' HOUR", b"'1' HOUR"),
            (b"2 hours.", b"2 hours. "),
            (b"scale: 100\n", b"scale:  100\n"),
            (b"\n", b"\r\n"),
        ],
        ids=["another number", "a blank", "an indent that keeps a patch-id", "line ends"],
    )
    def test_other_bytes(self, approved: World, faster: str, old: bytes, new: bytes) -> None:
        """INV-01, INV-03: not one byte differs from what was agreed."""
        data = approved.contents(faster)[SPEED]
        assert data is not None
        assert old in data
        assert "other_contents" in tried(approved, {SPEED: data.replace(old, new)})

    def test_another_path(self, approved: World, faster: str) -> None:
        """INV-01, INV-03: the agreed bytes at a place that nobody agreed to."""
        data = approved.contents(faster)[SPEED]
        assert "no_change" in tried(approved, {"metrics/growth/routing_speed.yaml": data})

    def test_a_part_of_it(self, world: World) -> None:
        """INV-01: a change is of all its paths."""
        change = world.approved({**FASTER, **SHORTER}, "crm-deputy")
        assert "other_contents" in tried(world, {SPEED: world.contents(change)[SPEED]})

    def test_an_approval_of_an_earlier_revision(self, approved: World, faster: str) -> None:
        """INV-02: new contents, and nobody has said anything about them."""
        approved.revise(faster, {SPEED: edited(SPEED, ("'4' HOUR", "'1' HOUR"), ("4 hours", "1 hour"))})
        assert {"approval_accountable", "approval_council"} <= tried(approved, approved.contents(faster))


class TestHowItEnded:
    """INV-10, INV-11: a proposal that ended is none, however it ended."""

    @pytest.mark.parametrize("ending", ["withdrawn", "rejected", "objected", "superseded"])
    def test_what_ended_covers_nothing(self, approved: World, faster: str, ending: str) -> None:
        """INV-10, INV-11, INV-04: and main is what it was."""
        contents, before = approved.contents(faster), approved.read(SPEED)
        match ending:
            case "withdrawn":
                approved.say(faster, "ops-lead", commands.Withdraw(reason="no longer"))
            case "rejected":
                approved.decide(faster, commands.Reject, "crm-lead", reason="wrong")
            case "objected":
                approved.decide(faster, commands.RequestChanges, "sales-lead", reason="wait")
            case _:
                other = approved.reword(REWORDED, "crm-deputy")
                end = commands.Supersede(reason="the other one")
                say(approved.access, change=faster, actor=Actor("ops-lead"), command=lambda _: end, other=other)
        assert approved.read(SPEED) == before
        assert tried(approved, contents)

    @pytest.mark.parametrize("type_", ["approved", "revision_submitted"])
    def test_nor_does_it_come_back(self, approved: World, faster: str, type_: str) -> None:
        """INV-11, INV-62: an event that could not have happened decides nothing, and is named."""
        contents = approved.contents(faster)
        approved.decide(faster, commands.Reject, "crm-lead", reason="wrong")
        if type_ == "approved":
            forged_approval(approved, faster, "crm-lead")
        else:
            forged_revision(approved, faster)
        approved.close()
        try:
            assert tried(approved, contents)
        except Undecidable as undecided:
            assert "stage" in str(undecided) or "rejected" in str(undecided), undecided


class TestWhatItIs:
    """INV-12, INV-13: the class is what the bytes say."""

    def test_a_milder_class_in_the_record(self, world: World) -> None:
        """INV-12: a breaking edit written down as editorial, which a responsible person alone may approve."""
        change = world.propose(FASTER)
        revision = world.state(change).revisions[-1].as_json()
        records = [{**one, "class": "editorial", "flags": []} for one in revision["definitions"]]
        forged_revision(world, change, **{"class": "editorial", "definitions": records})
        forged_approval(world, change, "crm-lead")
        assert "approval_council" in tried(world, world.contents(change))

    def test_what_no_rule_explains(self, world: World) -> None:
        """INV-13: a file of another tool that holds no SQL is judged as what breaks everything."""
        change = world.propose({"models/leads.sql": b"select ((( from\n"})
        forged_approval(world, change, "data-lead")
        assert "approval_council" in tried(world, world.contents(change))

    def test_nobody_asks_those_who_compute_from_it(self, world: World) -> None:
        """INV-19: the record leaves out whoever answers for a dependant."""
        change = world.propose(SHORTER)
        revision = world.state(change).revisions[-1].as_json()
        asked = [one for one in revision["asked"] if one["principal"] != "growth-lead"]
        assert asked != revision["asked"]
        forged_revision(world, change, asked=asked)
        world.decide(change, commands.Acknowledge, "sales-lead")
        for person in ("crm-lead", "data-lead"):
            forged_approval(world, change, person)
        assert "dependant" in tried(world, world.contents(change))

    def test_a_version_that_stays(self, world: World) -> None:
        """INV-18: a published version with other contents."""
        assert tried(world, {**FASTER})
        assert {"no_change"} <= tried(
            world, {ACCEPTED: FILES[ACCEPTED].replace("'30' DAY", "'3' DAY").encode()}, name="b"
        )

    def test_a_name_that_somebody_had(self, world: World) -> None:
        """INV-18, INV-27: a published metric goes, and another takes its file."""
        assert tried(world, {SPEED: None})
        text = FILES[ACCEPTED].replace("accepted_leads", "routing_speed").encode()
        assert tried(world, {SPEED: text}, name="taken")


class TestWhen:
    """INV-14, INV-20: what was agreed for a day, and what two people agreed to beside each other."""

    def scheduled(self, world: World, change: str) -> dict[str, bytes | None]:
        world.say(change, "ops-lead", commands.Schedule(due=GATE_AT))
        return world.contents(change)

    def test_before_its_day(self, approved: World, faster: str) -> None:
        """INV-14"""
        assert "not_yet_due" in tried(approved, self.scheduled(approved, faster), at="2026-06-18T17:59:59Z")

    def test_on_its_day_without_a_right_that_was_lost_meanwhile(self, approved: World, faster: str) -> None:
        """INV-14, INV-08: who approved has left; the day alone lets nothing through."""
        contents = self.scheduled(approved, faster)
        approved.push({PEOPLE: edited(PEOPLE, ("crm-lead@example.com", "crm-lead@example.com, status: left"))})
        assert "approval_accountable" in tried(approved, contents)

    def test_two_changes_of_one_definition(self, approved: World, faster: str) -> None:
        """INV-20: the second was agreed on what the first has replaced."""
        second = approved.agree(approved.reword(REWORDED, "crm-deputy"))
        contents = approved.contents(second)
        approved.apply(faster)
        report = approved.gate(approved.branch(contents))
        assert report.verdict is Verdict.BLOCKED
        assert not verdict_of(report, METRIC).covered, lines(report)


class TestTheJournal:
    """INV-51: what is published stays."""

    def test_a_journal_that_was_taken_back(self, approved: World, faster: str) -> None:
        """INV-51, INV-62: shorter than what a commit of main vouches for."""
        before = approved.git("rev-parse", "metricgov/journal~3")
        approved.apply(faster)
        approved.close()
        approved.git("update-ref", "refs/heads/metricgov/journal", before)
        head = approved.branch({ACCEPTED: SHORTER[ACCEPTED]})
        try:
            assert tried(approved, {ACCEPTED: SHORTER[ACCEPTED]}, name=head[:8])
        except Undecidable as undecided:
            assert "journal" in str(undecided)
        assert not approved.verification().holds
        assert second(approved).events

    def test_an_event_that_somebody_rewrote(self, approved: World) -> None:
        """INV-51, INV-62: one letter of one reason, with the branch made anew on top."""
        path = next(one for one in approved.git("ls-tree", "-r", "--name-only", "metricgov/journal").splitlines()
                    if one.endswith("000000004.json"))  # fmt: skip
        data = approved.git("show", f"metricgov/journal:{path}").encode().replace(b"ops-lead", b"ops-leaf")
        oid = approved.git("hash-object", "-w", "--stdin", stdin=data)
        approved.close()
        approved.git("read-tree", "metricgov/journal")
        approved.git("update-index", "--cacheinfo", f"100644,{oid},{path}")
        message = approved.git("log", "-1", "--format=%B", "metricgov/journal").encode()
        tip = approved.git("commit-tree", "-p", "metricgov/journal", approved.git("write-tree"), stdin=message)
        approved.git("read-tree", "HEAD")
        approved.git("update-ref", "refs/heads/metricgov/journal", tip)
        assert approved.verification().first_bad == second(approved).first_bad == 4
