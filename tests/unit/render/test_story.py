"""Sentences for the events of the journal."""

from __future__ import annotations

import pytest

from metricgov.domain.digest import JSON
from metricgov.domain.story import audit_row, story
from metricgov.domain.workflow.envelope import ZERO, Actor, Envelope, Identity
from metricgov.domain.workflow.events import parse

CHANGE = "01JX0000000000000000" + "7F3KQ2"
DECIDED: dict[str, JSON] = {"revision": 2, "cycle": 1, "digest": "d" * 64}
REVISED: dict[str, JSON] = {
    "number": 2,
    "cycle": 1,
    "base": "b" * 40,
    "edits": [{"path": "metrics/a/x.yaml", "before": None, "after": {"mode": "100644", "sha256": "e" * 64}}],
    "digest": "d" * 64,
    "canonical": "c" * 64,
    "definitions": [
        {
            "id": "metric:x",
            "path": "metrics/a/x.yaml",
            "class": "breaking",
            "version_before": "1.2.0",
            "version_after": "2.0.0",
        }
    ],
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
            "submitted revision 2, BREAKING: metric:x 1.2.0 → 2.0.0; asked sales-operations by 2026-06-20",
            "Sooner.",
            id="submitted",
        ),
        pytest.param("approved", DECIDED | {"reason": "Fine."}, "approved revision 2", "Fine.", id="approved"),
        pytest.param(
            "approved", DECIDED | {"self_approved": True}, "approved revision 2, as one of its authors", "", id="solo"
        ),
        pytest.param(
            "objection_ended",
            DECIDED | {"principal": "finance-lead", "reason": "Settled."},
            "ended the objection of finance-lead",
            "Settled.",
            id="objection-ended",
        ),
        pytest.param(
            "superseded", {"by": "01JX0000000000000000K83DPE"}, "replaced it by chg-k83dpe", "", id="superseded"
        ),
        pytest.param(
            "landed",
            {"commit": "4f0d2b1" + "0" * 33, "revision": 2, "digest": "d" * 64},
            "found revision 2 on the target as 4f0d2b1, WITHOUT the agreements it needed",
            "",
            id="landed-uncovered",
        ),
    ],
)
def test_an_event_is_one_sentence(kind: str, payload: dict[str, JSON], says: str, words: str) -> None:
    (line,) = story([parse(envelope(kind, payload))])
    assert (line.says, line.words) == (says, words)
    assert (line.who, line.identity, line.at) == ("ops-lead", Identity.HOST, "2026-06-18T09:52:30Z")


def test_an_event_of_the_registry_says_what_it_found() -> None:
    (line,) = story([parse(envelope("main_moved", {"before": "", "after": "4" * 40}, change=None))])
    assert line.says == "found the target at 4444444"


def test_an_audit_row_names_event_change_and_definition() -> None:
    row = audit_row(envelope("revision_submitted", REVISED))
    assert (row.label, row.definition, row.fault) == ("chg-7f3kq2", "metric:x", "")
    assert len(row.sha256) == 64


def test_what_cannot_be_read_is_a_fault_and_says_so() -> None:
    row = audit_row(envelope("approved", {"revision": "two"}))
    assert row.fault == "event_payload_invalid"
    assert row.what.startswith("left an event that cannot be read: ")
