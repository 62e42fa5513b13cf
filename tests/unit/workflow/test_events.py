"""Events: every type is known everywhere, what cannot be read has no effect, and anything at all can be replayed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from metricgov.domain.errors import BadInput
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.admit import STAGES, admit
from metricgov.domain.workflow.decide import _HANDLERS
from metricgov.domain.workflow.envelope import Actor, Envelope, Identity
from metricgov.domain.workflow.evolve import _STEPS, evolve
from metricgov.domain.workflow.fold import fold, fold_on
from metricgov.domain.workflow.payload import Payload
from metricgov.domain.workflow.state import ChangeState, absent
from metricgov.domain.workflow.typed import REGISTRY_TYPES, TYPE_OF, TYPES, parse
from metricgov.domain.workflow.vocabulary import Stage
from unit.workflow.world import CHANGE, CLAIMS, OTHER, World, proposal

OF_A_CHANGE = {model for name, model in TYPES.items() if name not in REGISTRY_TYPES}


def test_no_event_and_no_command_is_forgotten() -> None:
    assert set(_STEPS) == OF_A_CHANGE
    assert set(STAGES) == OF_A_CHANGE
    assert set(_HANDLERS) == set(get_args(c.Command))
    assert len(TYPE_OF) == len(TYPES)


UNREADABLE: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown type": ("knighted", {}, "event_type_unknown"),
    "missing field": ("approved", {"revision": 1}, "event_payload_invalid"),
    "unknown field": ("withdrawn", {"reason": "", "more": 1}, "event_payload_invalid"),
    "number as text": ("approved", {"revision": "1", "cycle": 1, "digest": "a" * 64}, "event_payload_invalid"),
    "true as number": ("approved", {"revision": True, "cycle": 1, "digest": "a" * 64}, "event_payload_invalid"),
    "too large": ("approved", {"revision": 2**53, "cycle": 1, "digest": "a" * 64}, "event_payload_invalid"),
    "short digest": ("approved", {"revision": 1, "cycle": 1, "digest": "a" * 63}, "event_payload_invalid"),
    "upper-case digest": ("approved", {"revision": 1, "cycle": 1, "digest": "A" * 64}, "event_payload_invalid"),
    "line end in digest": ("approved", {"revision": 1, "cycle": 1, "digest": "a" * 64 + "\n"}, "event_payload_invalid"),
    "of the registry": ("baseline", {"commit": "a" * 40, "entries": []}, "event_misplaced"),
}


@pytest.mark.parametrize(("type", "payload", "code"), UNREADABLE.values(), ids=list(UNREADABLE))
def test_what_cannot_be_read_is_reported_and_moves_nothing(type: str, payload: dict[str, Any], code: str) -> None:
    world = World()
    world.propose()
    before = world.state()
    world.forge(type, "crm-lead", payload)
    folded = world.folded()
    assert [one.code for one in folded.problems] == [code]
    assert folded.state == before


def test_a_payload_survives_the_journal() -> None:
    world = World().agreed()
    world.do("ops-lead", c.Apply())
    for envelope in world.log:
        payload = parse(envelope).payload
        assert isinstance(payload, Payload)
        assert payload.as_json() == dict(envelope.payload)
        assert envelope.to_bytes()


def test_payloads_and_states_never_change() -> None:
    world = World()
    state = world.propose()
    with pytest.raises(ValidationError):
        state.revisions[0].why = "x"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        state.cycle = 2  # type: ignore[misc]


def test_words_that_no_event_can_hold_are_bad_input() -> None:
    world = World()
    world.contents[CHANGE] = proposal()
    for claims in (CLAIMS.model_copy(update={"why": ""}), CLAIMS.model_copy(update={"effective_from": "soon"})):
        with pytest.raises(BadInput) as refusal:
            world.do("ops-lead", c.Create(change=CHANGE, claims=claims))
        assert refusal.value.code == "command_invalid"
    assert world.log == []


FORGED: dict[str, tuple[str, dict[str, Any], str]] = {
    "digest is not of the edits": ("revision_submitted", {"digest": "f" * 64}, "digest"),
    "number skipped": ("revision_submitted", {"number": 3}, "revision"),
    "number again": ("revision_submitted", {"number": 1}, "revision"),
    "cycle kept over new contents": ("revision_submitted", {"cycle": 1}, "cycle"),
    "cycle skipped": ("revision_submitted", {"cycle": 3}, "cycle"),
    "author not named": ("revision_submitted", {"contributors": []}, "contributor"),
    "not a date": ("revision_submitted", {"effective_from": "2026-02-30"}, "effective_date"),
}


@pytest.mark.parametrize(("type", "values", "code"), FORGED.values(), ids=list(FORGED))
def test_a_forged_revision_is_not_admitted(type: str, values: dict[str, Any], code: str) -> None:
    """INV-01, INV-02, INV-05: from the journal alone."""
    world = World()
    world.propose()
    world.revise("ops-lead", proposal(after="second"))
    real = world.log.pop()
    world.forge(type, "ops-lead", {**real.payload, **values})
    assert [one.code for one in world.folded().problems] == [code]


OUT_OF_PLACE: dict[str, tuple[str, dict[str, Any]]] = {
    "applied without a start": ("applied", {"commit": "a" * 40, "started": 1}),
    "abandoned without a start": ("apply_abandoned", {"started": 1, "reason": "x"}),
    "created twice": ("change_created", {"registry": "r", "target": "t", "why": "x"}),
    "declined": ("declined", {"reason": "x"}),
    "landed as another revision": ("landed", {"commit": "a" * 40, "revision": 2, "digest": "a" * 64}),
    "started for another revision": (
        "apply_started",
        {"onto": "a" * 40, "revision": 2, "cycle": 1, "digest": "a" * 64, "governance": "a" * 64},
    ),
    "conflict of a foreign path": ("conflicted", {"onto": "a" * 40, "paths": ["elsewhere.yaml"]}),
    "superseded by itself": ("superseded", {"by": CHANGE}),
    "thread that is not there": ("thread_resolved", {"thread": "t9"}),
    "effect of other contents": ("effect_evaluated", {"digest": "a" * 64, "evidence": "b" * 64}),
}


@pytest.mark.parametrize(("type", "payload"), OUT_OF_PLACE.values(), ids=list(OUT_OF_PLACE))
def test_what_is_not_possible_here_has_no_effect(type: str, payload: dict[str, Any]) -> None:
    world = World()
    world.propose()
    before = world.state()
    world.forge(type, "ops-lead", payload)
    folded = world.folded()
    assert len(folded.problems) == 1
    assert folded.state == before


WHILE_APPLYING: dict[str, tuple[str, dict[str, Any]]] = {
    "another attempt ends": ("applied", {"commit": "b" * 40, "started": 1}),
    "another attempt is given up": ("apply_abandoned", {"started": 1, "reason": "x"}),
}


@pytest.mark.parametrize(("type", "payload"), WHILE_APPLYING.values(), ids=list(WHILE_APPLYING))
def test_an_end_belongs_to_its_attempt(type: str, payload: dict[str, Any]) -> None:
    """INV-50, INV-52: a late answer about an earlier attempt says nothing about the one that runs."""
    world = World().agreed()
    world.do("ops-lead", c.Apply())
    world.forge(type, "", payload)
    assert [one.code for one in world.folded().problems] == ["attempt"]


def test_applying_builds_on_the_tip_its_writer_saw() -> None:
    world = World().agreed()
    world.do("ops-lead", c.Apply())
    started = world.log.pop()
    world.forge("apply_started", "ops-lead", started.payload, main="d" * 40)
    assert [one.code for one in world.folded().problems] == ["onto"]


def test_an_approval_is_ones_own_only_for_contributors() -> None:
    """INV-05: the mark of a self-approval cannot be set by others."""
    world = World()
    world.propose()
    world.approve("crm-lead")
    real = world.log.pop()
    world.forge("approved", "crm-lead", {**real.payload, "self_approved": True}, statement=real.statement)
    assert [one.code for one in world.folded().problems] == ["contributor"]


def test_an_event_of_another_change_has_no_effect() -> None:
    world = World().agreed()
    folded = fold(OTHER, world.log)
    assert folded.state == absent(OTHER)
    assert {one.code for one in folded.problems} == {"event_misplaced"}


WORDS = st.sampled_from(
    ["", "t1", "crm-lead", "ops-lead", "sales-ann", "2026-07-01", CHANGE, OTHER, "a" * 40, "a" * 64]
)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-1, 4), WORDS, st.lists(WORDS, max_size=2))


@st.composite
def anything(draw: st.DrawFn, states: list[ChangeState], payloads: list[tuple[str, dict[str, Any]]]) -> tuple[Any, Any]:
    """A state that can be reached, and a real event with some of its fields replaced, by anybody, at any time."""
    state = draw(st.sampled_from(states))
    type, payload = draw(st.sampled_from(payloads))
    payload = {**payload, **draw(st.dictionaries(st.sampled_from(sorted(payload) or ["x"]), VALUES, max_size=2))}
    if draw(st.booleans()) and "digest" in payload:
        payload["digest"] = state.digest
    envelope = Envelope(
        seq=draw(st.integers(0, 50)),
        prev="0" * 64,
        main="a" * 40,
        change=CHANGE,
        type=type,
        actor=Actor(draw(WORDS), draw(st.sampled_from(Identity))),
        at=draw(st.sampled_from(["2026-07-01T08:00:00Z", "2030-01-01T00:00:00Z", "yesterday", ""])),
        payload=payload,
        statement=draw(st.none() | st.just({"type": "x"})),
    )
    return state, envelope


def reachable() -> tuple[list[ChangeState], list[tuple[str, dict[str, Any]]]]:
    world = World()
    states = [world.state()]
    world.contents[CHANGE] = proposal()
    world.do("stranger", c.Request(change=CHANGE, definition="metric:routing_speed", why="please"))
    states.append(world.state())
    world.do("ops-lead", c.Create(change=CHANGE, claims=CLAIMS, submit=False))
    states.append(world.state())
    world.do("ops-lead", c.Submit(claims=CLAIMS))
    states.append(world.state())
    world.do("stranger", c.Comment(text="why?"))
    world.do("stranger", c.ResolveThread(thread="t1"))
    world.do("stranger", c.ReopenThread(thread="t1"))
    world.object("sales-ann")
    states.append(world.state())
    world.do("crm-lead", c.EndObjection(principal="sales-ann", reason="x"))
    world.acknowledge("sales-ann")
    world.approve("crm-lead", "head-of-marketing")
    world.do("ops-lead", c.RecordEffect(digest=world.state().digest, evidence=b"{}"))
    states.append(world.state())
    world.do("ops-lead", c.Apply())
    states.append(world.state())
    world.do("", c.AbandonApply(reason="lost"))
    world.do("ops-lead", c.Apply())
    world.do("", c.FinishApply(commit="b" * 40))
    states.append(world.state())
    payloads = [(one.type, dict(one.payload)) for one in world.log]
    payloads += [
        (name, {"reason": "x", "revision": 1, "cycle": 1, "digest": "a" * 64, "principal": "sales-ann"})
        for name in ("rejected", "abstained", "decision_withdrawn", "objection_ended")
    ]
    payloads += [("withdrawn", {"reason": ""}), ("conflicted", {"onto": "a" * 40, "paths": ["x"]})]
    payloads += [("landed", {"commit": "a" * 40, "revision": 1, "digest": "a" * 64, "covered": False})]
    return states, payloads


STATES, PAYLOADS = reachable()


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(anything(STATES, PAYLOADS))
def test_parse_admit_and_evolve_are_total(case: tuple[ChangeState, Envelope]) -> None:
    """INV-51: whatever stands in a journal can be folded; `evolve` takes even what `admit` would not."""
    state, envelope = case
    event = parse(envelope)
    problem = admit(state, event)
    after = evolve(state, event)
    assert after.change == state.change
    assert state.contributors <= after.contributors
    folded = replace(state)
    assert folded == state
    if problem is None:
        assert after.last_seq == event.seq


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(anything(STATES, PAYLOADS), max_size=4))
def test_no_forged_event_brings_an_approval_of_a_contributor(cases: list[tuple[ChangeState, Envelope]]) -> None:
    """INV-05: after any forgery that is admitted, no unmarked approval of a contributor stands."""
    state = STATES[3]
    for _, envelope in cases:
        event = parse(replace(envelope, seq=state.last_seq + 1))
        if admit(state, event) is None:
            state = evolve(state, event)
    for decision in state.decisions:
        if decision.verdict == "approve" and decision.revision == len(state.revisions):
            assert decision.self_approved or decision.principal not in state.contributors


def test_the_story_of_a_change_is_told_by_its_own_events() -> None:
    stages = [one.stage for one in STATES]
    assert stages == [
        Stage.ABSENT, Stage.REQUESTED, Stage.DRAFT, Stage.IN_REVIEW, Stage.CHANGES_REQUESTED, Stage.IN_REVIEW,
        Stage.APPLYING, Stage.APPLIED,
    ]  # fmt: skip


def test_a_change_folded_on_is_the_change_folded_whole() -> None:
    """Wherever it is cut, an event between that has no effect included."""
    world = World()
    world.propose()
    world.object("sales-ann")
    world.approve("crm-lead")
    world.forge("knighted", "crm-lead", {})
    mine = [one for one in world.log if one.change == CHANGE]
    whole = fold(CHANGE, mine)
    assert whole.problems
    for cut in range(len(mine) + 1):
        assert fold_on(fold(CHANGE, mine[:cut]), mine[cut:]) == whole
