"""INV-61: every step of main is judged by the keys of its own base, whatever became of them later."""

from __future__ import annotations

from dataclasses import replace

from integration.audit.walks import walked
from integration.gate.gate_world import EVERYBODY, PEOPLE, REWORDED, SPEED, edited
from integration.gate.signed_world import SignedWorld, people
from metricgov.domain.workflow.envelope import Actor


def revoke(signed: SignedWorld, who: str, **more: str) -> None:
    """Land a change that revokes a key, agreed to with keys."""
    keys = {one: f"{{key: {signed.ring.of(one).public}}}" for one in EVERYBODY}
    stated = "".join(f", {name}: {value}" for name, value in more.items())
    keys[who] = f"{{key: {signed.ring.of(who).public}, status: revoked{stated}}}"
    change = signed.agree(signed.world.reword({PEOPLE: people(keys)}))
    signed.world.apply(change)


def test_a_key_revoked_after_the_step_leaves_it_as_it_was(signed: SignedWorld) -> None:
    change = signed.agree(signed.world.reword(REWORDED))
    signed.world.apply(change)
    revoke(signed, "crm-lead")
    result = walked(signed.world)
    assert (result.holds, result.governed, result.compromised) == (True, 2, [])


def test_a_key_revoked_before_the_step_makes_it_a_bypass(signed: SignedWorld) -> None:
    """The host merged it all the same: the approval was signed, and the key no longer counted."""
    change = signed.agree(signed.world.reword(REWORDED))
    contents = signed.world.contents(change)
    revoke(signed, "crm-lead")
    commit = signed.world.push(contents, "merged by the host")
    result = walked(signed.world)
    assert [one.commit for one in result.bad] == [commit]
    says = " ".join(unmet.says for one in result.bad[0].definitions for unmet in one.unmet)
    assert "identity signed is asked for" in says


def test_a_step_that_was_approved_in_somebodys_name_is_a_bypass(signed: SignedWorld) -> None:
    change = signed.agree(signed.world.reword(REWORDED))
    other = {SPEED: edited(SPEED, ("Under 80 the rota", "Under 60 the rota"))}
    forged = signed.world.reword(other)
    state = signed.world.state(forged)
    assert state.revision is not None
    draft = signed.written(change, "approved", "crm-lead")
    said = {
        **(draft.statement or {}),
        "change": forged,
        "digest": state.digest,
        "canonical": state.revision.canonical,
    }
    payload = {**draft.payload, "digest": state.digest}
    claimed = {"change": forged, "payload": payload, "statement": said, "at": state.last_at, "actor": Actor("crm-lead")}
    signed.forge(replace(draft, signature=b"", **claimed))
    commit = signed.world.push(signed.world.contents(forged), "merged by the host")
    result = walked(signed.world)
    assert [one.commit for one in result.bad] == [commit]
    says = " ".join(unmet.says for one in result.bad[0].definitions for unmet in one.unmet)
    assert "crm-lead approved, but not as sure as signed" in says


def test_what_a_compromised_key_signed_is_listed_and_changes_nothing(signed: SignedWorld) -> None:
    change = signed.agree(signed.world.reword(REWORDED))
    signed.world.apply(change)
    revoke(signed, "crm-lead", compromised_since="2026-01-01")
    result = walked(signed.world)
    assert result.holds
    assert [(one.person, one.type, one.change) for one in result.compromised] == [("crm-lead", "approved", change)]
