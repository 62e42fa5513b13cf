"""Every answer of the desk passes through JSON and is the same afterwards; every question can be described."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.measured_world import Standing
from metricgov.desk import wire
from metricgov.desk.asked import Days
from metricgov.desk.local import LocalDesk
from metricgov.desk.proving import Events

ASKED: dict[str, tuple[object, ...]] = {
    "reader": (),
    "standing": (),
    "inbox": (),
    "change_rows": (),
    "names": (),
    "definitions": (),
    "card": ("sales_accepted_lead_rate",),
    "lineage": ("sales_accepted_lead_rate",),
    "who": ("sales_accepted_lead_rate",),
    "engine": (),
    "history": ("sales_accepted_lead_rate",),
    "stored": ("sales_accepted_lead_rate",),
    "series": ("sales_accepted_lead_rate", Days("current", "2026-04-01", "2026-06-01", "month")),
    "scorecards": (),
    "scores": (("sales_accepted_lead_rate",),),
    "change": ("sales_accepted_lead_rate",),
    "edits": ("sales_accepted_lead_rate",),
    "impact": ("sales_accepted_lead_rate",),
    "story": ("sales_accepted_lead_rate",),
    "choices": (),
    "read_text": ("metrics/x.yaml", b"kind: metric\nname: [\n"),
    "journal": (Events(),),
    "verify": (),
    "export": (Events(), "csv"),
    "policy": (),
    "foresee": ("sales_accepted_lead_rate",),
}
"""Arguments of every question that changes nothing."""


@pytest.mark.parametrize("name", ASKED)
def test_an_answer_is_the_same_after_the_wire(name: str, desk: LocalDesk) -> None:
    """Whatever types of ours stand in it: enums, tuples, unions, bytes."""
    question = wire.questions()[name]
    answer = getattr(desk, name)(*ASKED[name])
    assert wire.from_json(question.gives, wire.to_json(question.gives, answer)) == answer


def test_an_effect_is_the_same_after_the_wire(measured_copy: Path) -> None:
    """The largest answer: tables, plots' values, verdicts."""
    effect = LocalDesk(measured_copy, claimed="crm-lead", clock=Standing()).evaluate("sales_accepted_lead_rate")
    kind = wire.questions()["evaluate"].gives
    assert wire.from_json(kind, wire.to_json(kind, effect)) == effect


@pytest.mark.parametrize("name", wire.questions())
def test_a_question_can_be_described(name: str) -> None:
    """Its arguments and its answer have a JSON Schema, in which no name is left open."""
    question = wire.questions()[name]
    for kind in (question.gives, *(kind for kind, _ in question.takes.values())):
        schema = wire.adapter(kind).json_schema(mode="serialization")
        assert schema.get("type") or schema.keys() & {"$ref", "anyOf", "enum", "const", "items"}
    assert question.says


def test_bytes_need_not_be_text() -> None:
    """Files that are not UTF-8 pass too."""
    assert wire.to_json(bytes, b"\xff\x00") == b'"/wA="'
    assert wire.from_json(bytes, b'"/wA="') == b"\xff\x00"
