"""INV-60, INV-61: whoever may write to the journal can write any name; only the person's own key makes it count."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from integration.gate.gate_world import (
    ACCEPTED,
    EVERYBODY,
    FASTER,
    PEOPLE,
    REWORDED,
    SPEED,
    Minutes,
    World,
    edited,
    lines,
)
from integration.gate.signed_world import Keyring, SignedWorld, people
from metricgov.adapters.git.journal_layout import signature_path
from metricgov.app import deciding
from metricgov.app.attesting import attested
from metricgov.app.moment import at_tip
from metricgov.domain.digest import canonical_json
from metricgov.domain.errors import Refused
from metricgov.domain.verdict import Verdict
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.envelope import Actor, Draft, Identity
from metricgov.domain.workflow.requirements import Code
from metricgov.domain.workflow.statement import PURPOSE, statement
from metricgov.domain.workflow.typed import foresee

ALSO_REWORDED = {ACCEPTED: edited(ACCEPTED, ("Moves the weekly budget", "Moves the monthly budget"))}


def proposed(signed: SignedWorld) -> str:
    """Propose other words, which the accountable or a responsible person has to approve."""
    return signed.world.reword(REWORDED)


def approval(signed: SignedWorld, change: str, who: str = "crm-lead", **more: Any) -> Draft:
    """Return an approval as the program would write it, with nothing that makes it count."""
    state = signed.world.state(change)
    revision = state.revision
    assert revision is not None
    payload = {
        "revision": revision.number,
        "cycle": state.cycle,
        "digest": revision.digest,
        "reason": "",
        "self_approved": False,
    }
    draft = Draft(change, "approved", Actor(who, Identity.SIGNED), state.last_at, payload, main=signed.world.tip)
    event = foresee(draft, state.last_seq + 1)
    said = statement(state, event.payload, who)  # type: ignore[arg-type]
    return replace(draft, statement=said, **more)


def by(signed: SignedWorld, draft: Draft, key: str, namespace: str = PURPOSE) -> Draft:
    """Return a decision signed with some key."""
    assert draft.statement is not None
    signature = signed.ring.of(key).sign(canonical_json(draft.statement), namespace=namespace)
    return replace(draft, signature=signature)


def lands(signed: SignedWorld, change: str) -> tuple[Verdict, str]:
    """Return what the gate says of the contents of a change, and why."""
    world = signed.world
    report = world.gate(world.branch(world.contents(change), f"b{world.next}"))
    return report.verdict, "\n".join(lines(report))


def test_an_approval_with_the_persons_own_key_counts(signed: SignedWorld) -> None:
    change = signed.agree(proposed(signed))
    assert lands(signed, change)[0] is Verdict.PASS
    assert signed.world.verification().holds
    assert [one.decision.identity for one in signed.world.judged(change).approvals] == [Identity.SIGNED]
    signed.world.apply(change)
    started = next(one for one in signed.world.access.journal.events_of(change) if one.type == "apply_started")
    assert [one["identity"] for one in started.payload["approvals"]] == ["signed"]  # type: ignore[union-attr, index, call-overload]


Attack = Callable[[SignedWorld, str], None]


def _claimed(signed: SignedWorld, change: str) -> None:
    signed.forge(replace(approval(signed, change), actor=Actor("crm-lead")))


def _host(signed: SignedWorld, change: str) -> None:
    signed.forge(replace(approval(signed, change), actor=Actor("crm-lead", Identity.HOST)))


def _unsigned(signed: SignedWorld, change: str) -> None:
    signed.forge(approval(signed, change))


def _somebody_elses(signed: SignedWorld, change: str) -> None:
    signed.forge(by(signed, approval(signed, change), "sales-lead"))


def _a_strangers(signed: SignedWorld, change: str) -> None:
    signed.forge(by(signed, approval(signed, change), "mallory"))


def _for_git(signed: SignedWorld, change: str) -> None:
    signed.forge(by(signed, approval(signed, change), "crm-lead", "git"))


def _for_a_file(signed: SignedWorld, change: str) -> None:
    signed.forge(by(signed, approval(signed, change), "crm-lead", "file"))


def _edited_after(signed: SignedWorld, change: str) -> None:
    draft = by(signed, approval(signed, change), "crm-lead")
    signed.forge(_over(signed, draft, change, reason="and double the budget"))


def _over(signed: SignedWorld, draft: Draft, change: str, **other: str) -> Draft:
    """Return a decision that says something else, beside the signature it had."""
    new = approval(signed, change)
    payload = {**new.payload, **other}
    event = foresee(replace(new, payload=payload), 99)
    said = statement(signed.world.state(change), event.payload, "crm-lead")  # type: ignore[arg-type]
    return replace(new, payload=payload, statement=said, signature=draft.signature)


def _of_another_change(signed: SignedWorld, change: str) -> None:
    other = signed.world.reword(ALSO_REWORDED)
    signed.signed(other, "crm-lead", c.Approve)
    signed.forge(replace(approval(signed, change), signature=signed.written(other, "approved", "crm-lead").signature))


def _of_another_registry(signed: SignedWorld, change: str) -> None:
    draft = approval(signed, change)
    assert draft.statement is not None
    elsewhere = replace(draft, statement={**draft.statement, "registry": "00000000-0000-4000-8000-000000000000"})
    signed.forge(replace(draft, signature=by(signed, elsewhere, "crm-lead").signature))


def _of_an_earlier_revision(signed: SignedWorld, change: str) -> None:
    signed.signed(change, "crm-lead", c.Approve)
    old = signed.written(change, "approved", "crm-lead")
    other = edited(SPEED, ("Under 80 the rota", "Under 70 the rota"))
    signed.world.revise(change, {SPEED: other}, intent=None, treatment=None, effective_from=None)
    signed.forge(replace(approval(signed, change), signature=old.signature))


def _of_another_decision(signed: SignedWorld, change: str) -> None:
    signed.signed(change, "crm-lead", c.RequestChanges, reason="no")
    said = signed.written(change, "changes_requested", "crm-lead")
    signed.forge(replace(approval(signed, change), signature=said.signature))


def _garbled(signed: SignedWorld, change: str) -> None:
    signed.forge(approval(signed, change, signature=b"-----BEGIN SSH SIGNATURE-----\nAAAA\n"))


def _of_another_event(signed: SignedWorld, change: str) -> None:
    signed.forge(by(signed, approval(signed, change, who="sales-lead"), "sales-lead"))
    other = signed.written(change, "approved", "sales-lead")
    signed.forge(approval(signed, change, signature=other.signature))


@pytest.mark.parametrize(
    ("attack", "because"),
    [
        pytest.param(_claimed, "not as sure as signed", id="only claimed"),
        pytest.param(_host, "identity host nothing here can attest", id="claims to be attested by the host"),
        pytest.param(_unsigned, "whose signature is missing", id="calls itself signed"),
        pytest.param(_somebody_elses, "sales-lead's key signed it", id="key of somebody else"),
        pytest.param(_a_strangers, "a key that is not in governance/people.yaml", id="key of nobody"),
        pytest.param(_for_git, "was made for 'git'", id="signature of a commit"),
        pytest.param(_for_a_file, "was made for 'file'", id="signature of a file"),
        pytest.param(_edited_after, "over other bytes", id="statement edited after it was signed"),
        pytest.param(_of_another_change, "over other bytes", id="replayed from another change"),
        pytest.param(_of_another_registry, "over other bytes", id="replayed from another registry"),
        pytest.param(_of_an_earlier_revision, "over other bytes", id="replayed from an earlier revision"),
        pytest.param(_of_another_decision, "over other bytes", id="replayed from another decision"),
        pytest.param(_of_another_event, "over other bytes", id="signature of another event"),
        pytest.param(_garbled, "the signature is no SSH signature", id="garbled"),
    ],
)
def test_a_signature_that_is_not_theirs_over_this_does_not_count(
    signed: SignedWorld, attack: Attack, because: str
) -> None:
    """INV-60, INV-61: the gate says why, and who has to approve still."""
    change = proposed(signed)
    attack(signed, change)
    verdict, said = lands(signed, change)
    assert verdict is Verdict.BLOCKED
    assert because in said
    assert signed.world.judged(change).approvals == ()
    with pytest.raises(Refused):
        signed.world.apply(change)


def rule(signed: SignedWorld, keys: dict[str, str]) -> None:
    """Put other keys into people.yaml on main, past the program: what a base holds is all that counts."""
    own = {one: f"{{key: {signed.ring.of(one).public}}}" for one in EVERYBODY}
    signed.world.push({PEOPLE: people(own | keys)}, "other keys")


def test_a_key_that_is_revoked_before_the_step_kills_the_approval(signed: SignedWorld) -> None:
    """INV-61: by position, not by clock."""
    change = signed.agree(proposed(signed))
    rule(signed, {"crm-lead": f"{{key: {signed.ring.of('crm-lead').public}, status: revoked}}"})
    verdict, said = lands(signed, change)
    assert verdict is Verdict.BLOCKED
    assert "nobody_can_approve" in said
    assert "identity signed is asked for" in said


def test_a_key_that_is_revoked_after_the_step_changes_nothing(signed: SignedWorld) -> None:
    """INV-61: what landed stays approved, for a gate on an earlier base as for an audit."""
    change = signed.agree(proposed(signed))
    base = signed.world.tip
    head = signed.world.branch(signed.world.contents(change), "before")
    rule(signed, {"crm-lead": f"{{key: {signed.ring.of('crm-lead').public}, status: revoked}}"})
    assert signed.world.gate(head, base).verdict is Verdict.PASS


def test_a_new_key_in_place_of_the_old_one(signed: SignedWorld) -> None:
    """Rotation: the old signature does not count any more, one with the new key does."""
    change = signed.agree(proposed(signed))
    old, new = signed.ring.of("crm-lead"), signed.ring.of("crm-lead-second")
    rule(signed, {"crm-lead": f"{{key: {old.public}, status: revoked}}, {{key: {new.public}}}"})
    verdict, said = lands(signed, change)
    assert verdict is Verdict.BLOCKED
    assert "crm-lead, but signed with a key that is revoked" in said
    again = SignedWorld(signed.world, Keyring(signed.ring.folder, {"crm-lead": new}))
    signed.forge(by(again, approval(signed, change), "crm-lead"))
    assert lands(signed, change)[0] is Verdict.PASS


def test_a_key_does_not_approve_the_change_that_adds_it(signed: SignedWorld) -> None:
    """INV-09, INV-61: people.yaml of the base counts, not that of the result."""
    keys = {one: f"{{key: {signed.ring.of(one).public}}}" for one in EVERYBODY}
    mallory = signed.ring.of("mallory").public
    keys["analytics-lead"] += f", {{key: {mallory}}}"
    change = signed.world.reword({PEOPLE: people(keys)}, "ops-lead")
    signed.signed(change, "data-lead", c.Approve)
    signed.forge(by(signed, approval(signed, change, who="analytics-lead"), "mallory"))
    verdict, said = lands(signed, change)
    assert verdict is Verdict.BLOCKED
    assert "analytics-lead, but signed with a key that is not in governance/people.yaml" in said
    signed.signed(change, "analytics-lead", c.Approve)
    assert lands(signed, change)[0] is Verdict.PASS


def test_an_objection_is_not_taken_back_in_somebodys_name(signed: SignedWorld) -> None:
    """INV-04: a signed objection stands until its author's key, or that of who may end it, says otherwise."""
    change = proposed(signed)
    signed.signed(change, "sales-lead", c.RequestChanges, reason="not yet")
    signed.signed(change, "crm-lead", c.Approve)
    ways = {
        "decision_withdrawn": {},
        "abstained": {},
        "approved": {"self_approved": False},
    }
    for number, (kind, more) in enumerate(ways.items()):
        state = signed.world.state(change)
        assert state.revision is not None
        payload = {"revision": 1, "cycle": state.cycle, "digest": state.digest, "reason": "", **more}
        draft = Draft(change, kind, Actor("sales-lead"), state.last_at, payload, main=signed.world.tip)
        event = foresee(draft, 99)
        said = statement(state, event.payload, "sales-lead")  # type: ignore[arg-type]
        signed.forge(replace(draft, statement=said))
        verdict, words = lands(signed, change)
        assert verdict is Verdict.BLOCKED, kind
        assert f"{Code.OBJECTION}: sales-lead objects" in words
        assert "taken back in their name" in words, number
    with pytest.raises(Refused):
        signed.world.say(change, "sales-lead", c.WithdrawDecision())
    signed.say(change, "sales-lead", c.WithdrawDecision(reason="agreed"))
    assert lands(signed, change)[0] is Verdict.PASS


def test_an_objection_is_not_ended_in_the_name_of_who_may(signed: SignedWorld) -> None:
    """INV-04, and no way round it: an ending that was only claimed, and then words in the objector's name."""
    change = proposed(signed)
    signed.signed(change, "sales-lead", c.RequestChanges, reason="not yet")
    signed.signed(change, "crm-lead", c.Approve)
    signed.signed(change, "sales-lead", c.RequestChanges, reason="really not")
    with pytest.raises(Refused):
        signed.world.say(change, "crm-lead", c.EndObjection(principal="sales-lead", reason="by phone"))
    state = signed.world.state(change)
    for kind, who, more in (
        ("objection_ended", "crm-lead", {"principal": "sales-lead", "reason": "by phone"}),
        ("abstained", "sales-lead", {"reason": ""}),
    ):
        payload = {"revision": 1, "cycle": state.cycle, "digest": state.digest, **more}
        draft = Draft(change, kind, Actor(who), state.last_at, payload, main=signed.world.tip)
        said = statement(state, foresee(draft, 99).payload, who)  # type: ignore[arg-type]
        signed.forge(replace(draft, statement=said))
        verdict, words = lands(signed, change)
        assert verdict is Verdict.BLOCKED, kind
        assert f"{Code.OBJECTION}: sales-lead objects" in words
    signed.say(change, "crm-lead", c.EndObjection(principal="sales-lead", reason="by phone"))
    assert lands(signed, change)[0] is Verdict.PASS


def test_an_answer_in_somebodys_name_is_none(signed: SignedWorld) -> None:
    """INV-16: who was consulted is heard by their own key."""
    change = signed.world.propose(FASTER)
    state = signed.world.state(change)
    payload = {"revision": 1, "cycle": state.cycle, "digest": state.digest, "reason": ""}
    draft = Draft(change, "acknowledged", Actor("sales-lead"), state.last_at, payload, main=signed.world.tip)
    said = statement(state, foresee(draft, 99).payload, "sales-lead")  # type: ignore[arg-type]
    signed.forge(replace(draft, statement=said))
    unheard = [one for one in signed.world.judged(change).unmet if one.code == Code.CONSULTED]
    assert "sales-lead answered, but not as sure as signed" in unheard[0].says
    signed.agree(change)
    assert lands(signed, change)[0] is Verdict.PASS


@pytest.mark.parametrize("verdict", [c.Approve, c.Reject, c.Acknowledge], ids=["approve", "reject", "acknowledge"])
def test_whoever_does_not_sign_is_told_what_is_missing(signed: SignedWorld, verdict: deciding.Verdictive) -> None:
    """INV-17: refused when it is said, with the way to sign."""
    change = signed.world.propose(FASTER)
    who = "sales-lead" if verdict is c.Acknowledge else "crm-lead"
    with pytest.raises(Refused) as refused:
        signed.world.decide(change, verdict, who, reason="x")
    assert refused.value.code == Code.IDENTITY
    assert "--key FILE" in refused.value.hint


def test_a_lost_race_asks_nobody_to_sign_twice(signed: SignedWorld) -> None:
    """INV-60: a statement is apart from its place in the chain."""
    change = proposed(signed)
    rival = World(signed.world.root, Minutes(signed.world.clock.at), 7)
    own, times = signed.ring.of("crm-lead"), []

    class Slow:
        public = own.public

        def sign(self, said: bytes, *, namespace: str) -> bytes:
            times.append(said)
            rival.reword(ALSO_REWORDED)
            return own.sign(said, namespace=namespace)

    access = replace(signed.world.access, signer=Slow())
    actor = Actor("crm-lead", Identity.SIGNED)
    deciding.give_verdict(access, change=change, actor=actor, verdict=c.Approve)
    rival.close()
    assert len(times) == 1
    assert signed.world.types()[-3:] == ["change_created", "revision_submitted", "approved"]
    assert signed.world.verification().holds
    assert lands(signed, change)[0] is Verdict.PASS


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        pytest.param("moved", "over other bytes", id="swapped between events"),
        pytest.param("dropped", "no signature is beside it", id="dropped"),
        pytest.param("alone", "stands beside no event", id="beside no event"),
        pytest.param("added", "beside an event that is not signed", id="beside an event that nobody signed"),
        pytest.param("garbled", "the signature is", id="garbled"),
    ],
)
def test_a_signature_file_out_of_its_place_is_named(signed: SignedWorld, harm: str, says: str) -> None:
    """INV-62: `audit verify` finds it and names the event."""
    world = signed.world
    change = world.propose(FASTER)
    signed.signed(change, "sales-lead", c.Acknowledge)
    signed.signed(change, "crm-lead", c.Approve)
    last = world.access.journal.head().seq
    paths = {seq: signature_path(change, seq) for seq in (last - 2, last - 1, last, last + 5)}
    found = world.workspace.journal.signatures(change)
    edits: dict[str, bytes | None] = {
        "moved": {paths[last - 1]: found[last], paths[last]: found[last - 1]},
        "dropped": {paths[last]: None},
        "alone": {paths[last + 5]: found[last]},
        "added": {paths[last - 2]: found[last]},
        "garbled": {paths[last]: found[last][:-40]},
    }[harm]  # type: ignore[assignment]
    _rewrite(world, edits)
    verified = world.verification()
    first = {"moved": last - 1, "added": last - 2, "alone": None}.get(harm, last)
    assert verified.first_bad == first
    assert any(one.code == "journal_signature" and says in one.message for one in verified.problems)


def _rewrite(world: World, edits: dict[str, bytes | None]) -> None:
    """Give the tip of the journal another tree, in place of the one it had."""
    commit = world.git("rev-parse", "refs/heads/metricgov/journal")
    index = world.root.parent / "index"
    world.close()
    env = os.environ | {"GIT_INDEX_FILE": str(index)}

    def git(*words: str, stdin: bytes = b"") -> str:
        done = subprocess.run(["git", *words], cwd=world.root, env=env, input=stdin, capture_output=True, check=True)
        return done.stdout.decode().strip()

    git("read-tree", commit)
    for path, data in edits.items():
        if data is None:
            git("update-index", "--force-remove", path)
        else:
            git(
                "update-index",
                "--add",
                "--cacheinfo",
                f"100644,{git('hash-object', '-w', '--stdin', stdin=data)},{path}",
            )
    raw = git("cat-file", "commit", commit)
    tree = raw.split("\n", 1)[0].split()[1]
    raw = raw.replace(tree, git("write-tree"), 1) + "\n"
    git(
        "update-ref",
        "refs/heads/metricgov/journal",
        git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw.encode()),
    )


def test_without_signatures_nothing_is_asked_of_them(signed: SignedWorld) -> None:
    """A gate that has nothing to verify reads no signature."""
    change = proposed(signed)
    reads = []

    class Watched:
        def signatures(self, change: str | None) -> dict[int, bytes]:
            reads.append(change)
            return {}

    access = replace(signed.world.access, signatures=Watched())
    state = signed.world.state(change)
    assert attested(state, at_tip(signed.world.access).governance, access) is state
    assert reads == []
