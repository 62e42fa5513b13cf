"""What was agreed or written down before is judged anew where it lands: by the tip, the base's rules and the bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from integration.gate.gate_world import (
    ACCEPTED,
    AT,
    FASTER,
    FILES,
    MAIN,
    PEOPLE,
    POLICY,
    RACI,
    REGISTRY,
    SPEED,
    World,
    both,
    codes,
    edited,
    lines,
    refusal,
    verdict_of,
)
from metricgov.app import applying
from metricgov.domain.digest import BlobRef, ChangeSet, PathEdit, sha256_hex
from metricgov.domain.errors import Undecidable
from metricgov.domain.verdict import Verdict
from metricgov.domain.workflow.envelope import Actor, Draft
from metricgov.domain.workflow.requirements import Code, RefusedUnmet

PAIR = "  - {id: pair, title: Pair, members: [growth-lead, crm-deputy]}\n"


def new_metric(domain: str) -> dict[str, bytes | None]:
    """Return a metric with one name in any domain."""
    text = edited(
        ACCEPTED, ("accepted_leads", "new_leads"), ("Accepted leads", "New leads"), ("domain: crm", f"domain: {domain}")
    )
    return {f"metrics/{domain}/new_leads.yaml": text}


def record(world: World, change: str, payload: Mapping[str, Any], blobs: Mapping[str, bytes] | None = None) -> None:
    """Write a revision into the journal past the use cases, as somebody with a program of their own would."""
    last = list(world.access.journal.events())[-1]
    draft = Draft(
        change=change,
        type="revision_submitted",
        actor=Actor("ops-lead"),
        at=last.at,
        payload=payload,
        main=world.tip,
        blobs=blobs or {},
        subjects=("metric:routing_speed",),
    )
    world.access.journal.append(lambda: (draft,))


class TestTogether:
    """Changes that are right alone and wrong together."""

    def test_two_changes_that_give_one_name(self, world: World) -> None:
        """INV-08, INV-41: the second does not land beside the first, though no path of it moved."""
        first, second = (world.reword(new_metric(domain)) for domain in ("crm", "growth"))
        world.agree(first)
        world.agree(second)
        world.apply(first)
        assert {one.code for one in world.judged(second).unmet} == {Code.FILE_INVALID}
        with pytest.raises(RefusedUnmet) as refused:
            world.apply(second)
        assert refusal(refused.value) == {"file_invalid"}
        assert "NAME_TAKEN" in codes(world.gate(world.branch(world.contents(second))))

    def test_two_changes_of_governance_that_leave_nobody(self, world: World) -> None:
        """INV-09: each leaves a council that can decide, both together leave none."""
        world.push({PEOPLE: (FILES[PEOPLE] + PAIR).encode()})
        leaving = tuple(
            (f"{one}@example.com", f"{one}@example.com, status: left") for one in ("growth-lead", "crm-deputy")
        )
        people = {PEOPLE: edited(PEOPLE, *leaving, text=FILES[PEOPLE] + PAIR)}
        council = {RACI: edited(RACI, ("council: metrics-council", "council: pair"))}
        for edits, name in ((people, "people"), (council, "council")):
            world.agree(world.reword(edits, who="crm-lead"))
            alone = world.gate(world.branch(edits, name))
            assert alone.verdict is Verdict.PASS, lines(alone)
        report = world.gate(world.branch(both(people, council), "together"))
        assert report.verdict is Verdict.BLOCKED
        assert codes(report) == {"governance_locked"}


class TestWrittenDown:
    """What somebody wrote into the journal by hand, in a form that could have happened."""

    def test_a_deadline_shorter_than_the_policy_gives(self, world: World) -> None:
        """INV-08, INV-16: silence does not count before the days of the base's policy are over."""
        change = world.propose(FASTER)
        payload = world.state(change).revisions[-1].as_json()
        now = list(world.access.journal.events())[-1].at
        asked = [{**one, "due": now} for one in payload["asked"]]
        record(world, change, {**payload, "number": 2, "why": "Heard by phone.", "asked": asked})
        assert Code.CONSULTED in {one.code for one in world.judged(change).unmet}

    def test_contents_that_no_loader_takes(self, approved: World, faster: str) -> None:
        """INV-08, INV-40: approvals of a file that cannot be read do not bring it onto main."""
        data = FILES[SPEED].encode() + b"title: Twice\n"
        payload = approved.state(faster).revisions[-1].as_json()
        (edit,) = payload["edits"]
        before = BlobRef(edit["before"]["mode"], edit["before"]["sha256"])
        changes = ChangeSet.of([PathEdit(SPEED, before, BlobRef("100644", sha256_hex(data)))])
        edits = [{**edit, "after": {"mode": "100644", "sha256": sha256_hex(data)}}]
        number = {"number": 2, "cycle": payload["cycle"] + 1}
        record(
            approved, faster, {**payload, **number, "edits": edits, "digest": changes.digest}, {sha256_hex(data): data}
        )
        approved.approve(faster, "crm-lead", "data-lead")
        with pytest.raises(RefusedUnmet) as refused:
            approved.apply(faster)
        assert "file_invalid" in refusal(refused.value)


def test_the_journal_of_another_registry_takes_nothing(world: World) -> None:
    """INV-02, INV-25: nothing is decided, proposed or applied by what was said about other files."""
    world.git("update-ref", "-d", "refs/heads/metricgov/journal")
    world.close()
    world.workspace.journal.create(REGISTRY.replace("7b0f", "8b0f"), MAIN, at=AT)
    with pytest.raises(Undecidable, match="registry 8b0f"):
        world.propose(FASTER)
    assert world.workspace.journal.head().seq == 0


class TestUnread:
    """A file that nobody can read still has a name and a folder."""

    def test_its_owner_by_name_is_asked_for_the_mended_one(self, world: World) -> None:
        """INV-07, INV-22: not whoever owns the folder, as if it had never been there."""
        entry = "  - match: {name: routing_speed}\n    accountable: sales-lead\n    deputy: ops-lead\n"
        world.push({RACI: (FILES[RACI] + entry).encode(), SPEED: FILES[SPEED].encode() + b"oops: [\n"})
        report = world.gate(world.branch({SPEED: FILES[SPEED].encode()}))
        asked = {one.code: one.who for one in verdict_of(report, "metric:routing_speed").unmet}
        assert asked["approval_accountable"] == ("sales-lead",)

    def test_a_new_one_in_a_domain_that_blocks(self, world: World) -> None:
        """INV-26: the scope of its folder holds, not the milder rule for everything else."""
        policy = edited(
            POLICY,
            ("enforce: block", "enforce: observe"),
            ("content}\n    enforce: observe", "crm}\n    enforce: block"),
        )
        world.push({POLICY: policy})
        report = world.gate(world.branch({"metrics/crm/broken.yaml": b"kind: [\n"}))
        assert report.verdict is Verdict.BLOCKED, lines(report)


def test_an_attempt_that_somebody_else_abandons_is_made_again(
    approved: World, faster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-50, INV-52: between announcing and moving, main moves and another worker gives the attempt up."""
    announce = applying.carry_out

    def overtaken(*given: Any, **named: Any) -> Any:
        events = announce(*given, **named)
        monkeypatch.setattr(applying, "carry_out", announce)
        approved.push({"README.md": b"moved\n"})
        assert applying.recover(approved.access, landing=approved.workspace.landing, changes=[faster]) == (faster,)
        return events

    monkeypatch.setattr(applying, "carry_out", overtaken)
    landed = approved.apply(faster)
    assert approved.tip == landed.commit
    assert approved.types(faster).count("apply_abandoned") == 1
    assert approved.types(faster).count("applied") == 1
