"""Sentences for the events of the journal."""

from __future__ import annotations

import pytest

from metricgov.app.story import sentence
from metricgov.domain.digest import JSON
from metricgov.domain.workflow.envelope import ZERO, Actor, Envelope, Identity
from metricgov.domain.workflow.typed import TYPES, Event, parse

CHANGE = "01JX0000000000000000" + "7F3KQ2"
DECIDED: dict[str, JSON] = {"revision": 2, "cycle": 1, "digest": "d" * 64}
REVISED: dict[str, JSON] = {
    "number": 2,
    "cycle": 1,
    "base": "b" * 40,
    "edits": [{"path": "metrics/a/x.yaml", "before": None, "after": {"mode": "100644", "sha256": "e" * 64}}],
    "digest": "d" * 64,
    "canonical": "c" * 64,
    "definitions": [{"id": "metric:x", "path": "metrics/a/x.yaml", "class": "breaking"}],
    "class": "breaking",
    "rules": 1,
    "canonicaliser": 1,
    "why": "Sooner.",
    "asked": [{"principal": "sales-operations", "due": "2026-06-20T00:00:00Z"}],
}


def envelope(kind: str, payload: dict[str, JSON], change: str | None = CHANGE) -> Envelope:
    """Return an event as the journal holds it."""
    return Envelope(7, ZERO, "a" * 40, change, kind, Actor("ops-lead", Identity.HOST), "2026-06-18T09:52:30Z", payload)


@pytest.mark.parametrize(
    ("kind", "payload", "says", "words"),
    [
        pytest.param(
            "revision_submitted",
            REVISED,
            "submitted revision 2 (breaking: metric:x); asked sales-operations",
            "Sooner.",
            id="submitted",
        ),
        pytest.param("approved", DECIDED | {"reason": "Fine."}, "approved revision 2", "Fine.", id="approved"),
        pytest.param("approved", DECIDED | {"self_approved": True}, "approved revision 2, their own", "", id="solo"),
        pytest.param(
            "objection_ended",
            DECIDED | {"principal": "finance-lead", "reason": "Settled."},
            "ended the objection of finance-lead to revision 2",
            "Settled.",
            id="objection-ended",
        ),
        pytest.param(
            "override_called",
            DECIDED | {"reason": "Noon."},
            "called for an override of revision 2: it shall not wait for the agreements it lacks",
            "Noon.",
            id="override-called",
        ),
        pytest.param(
            "override_confirmed",
            DECIDED | {"reason": "Yes.", "review_due": "2026-06-23T09:52:30Z"},
            "confirmed the override of revision 2, to be reviewed by 23 Jun 2026 09:52 UTC",
            "Yes.",
            id="override-confirmed",
        ),
        pytest.param(
            "override_reviewed",
            DECIDED | {"reason": "Right.", "outcome": "kept"},
            "reviewed the override of revision 2 and kept it",
            "Right.",
            id="override-kept",
        ),
        pytest.param(
            "override_reviewed",
            DECIDED | {"reason": "Wrong.", "outcome": "reverted", "revert": "01JX0000000000000000K83DPE"},
            "reviewed the override of revision 2 and reverts it by chg-k83dpe",
            "Wrong.",
            id="override-reverted",
        ),
        pytest.param(
            "superseded", {"by": "01JX0000000000000000K83DPE"}, "superseded it by chg-k83dpe", "", id="superseded"
        ),
        pytest.param(
            "landed",
            {"commit": "4f0d2b1" + "0" * 33, "revision": 2, "digest": "d" * 64, "covered": True, "override": True},
            "found its contents on main as 4f0d2b100000, by override",
            "",
            id="landed-by-override",
        ),
        pytest.param(
            "effect_evaluated",
            {
                "digest": "d" * 64,
                "evidence": "e" * 64,
                "says": "routing_speed: ratio 0.98",
                "blocks": [{"metric": "routing_speed", "id": "W04", "code": "TINY_OVERLAP", "says": "too short"}],
            },
            "computed the effect, which stops the change (W04 routing_speed)",
            "routing_speed: ratio 0.98",
            id="effect-that-blocks",
        ),
        pytest.param(
            "warning_accepted",
            {
                "revision": 2,
                "cycle": 1,
                "digest": "d" * 64,
                "evidence": "e" * 64,
                "metric": "routing_speed",
                "warning": "W04",
                "reason": "that is all there is",
            },
            "accepted warning W04 about routing_speed of the effect eeeeeeeeeeee",
            "that is all there is",
            id="warning-accepted",
        ),
        pytest.param(
            "landed",
            {"commit": "4f0d2b1" + "0" * 33, "revision": 2, "digest": "d" * 64},
            "found its contents on main as 4f0d2b100000, not approved at that step",
            "",
            id="landed-uncovered",
        ),
    ],
)
def test_an_event_is_one_sentence(kind: str, payload: dict[str, JSON], says: str, words: str) -> None:
    said = sentence(parse(envelope(kind, payload)))
    assert (said.says, said.words) == (says, words)


def test_what_cannot_be_read_says_so() -> None:
    said = sentence(parse(envelope("approved", {"revision": "two"})))
    assert said.says.startswith("approved (cannot be read: ")


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_type_has_a_sentence_of_its_own(kind: str) -> None:
    """What is only named after its class was forgotten."""
    payload = TYPES[kind].model_construct(**{name: _some(name) for name in TYPES[kind].model_fields})
    event = Event(kind, payload, 7, CHANGE, Actor("ops-lead"), "2026-06-18T09:52:30Z")
    assert sentence(event).says != type(payload).__name__.lower()


def _some(name: str) -> object:
    """Return something that a sentence can say of any field of that name."""
    if name in {"revision", "number", "cycle", "started"}:
        return 2
    if name == "match":
        return None
    if name == "blocks":
        return ()
    return () if name in {"definitions", "asked", "paths", "entries", "approvals", "consulted", "unmet"} else "x" * 26
