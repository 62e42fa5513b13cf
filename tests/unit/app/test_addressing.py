"""How a change is named: short, unambiguous, forgiving."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.app.addressing import CROCKFORD, Labels, label_of, resolve_change, resolve_definition
from metricgov.domain.errors import BadInput
from metricgov.domain.workflow.envelope import Envelope

ids = st.lists(st.text(sorted(CROCKFORD), min_size=26, max_size=26), min_size=1, max_size=30, unique=True)


class Known:
    """A journal that knows ids and nothing else."""

    def __init__(self, known: list[str]) -> None:
        self.known = tuple(sorted(known))

    def changes(self) -> tuple[str, ...]:
        return self.known

    def events_of(self, change: str | None) -> tuple[Envelope, ...]:
        return (object(),) if change in self.known else ()  # type: ignore[return-value]

    def touching(self, definition: str) -> tuple[str, ...]:
        return ()


def resolve(text: str, known: list[str]) -> str:
    journal = Known(known)
    return resolve_change(text, journal=journal, ids=journal)  # type: ignore[arg-type]


@given(ids)
def test_every_label_is_short_and_leads_back(known: list[str]) -> None:
    labels = Labels(known)
    assert len(set(labels.values())) == len(known)
    for change, label in labels.items():
        assert label == label_of(change, known)
        assert label.startswith("chg-")
        assert len(label) >= len("chg-") + 6
        assert resolve(label, known) == change
        assert resolve(change.lower(), known) == change


@given(st.text(sorted(CROCKFORD), min_size=10, max_size=10), st.text(sorted(CROCKFORD), min_size=15, max_size=15))
def test_ids_with_equal_tails_get_longer_labels(head: str, tail: str) -> None:
    known = [f"{head}A{tail}", f"{head}B{tail}"]
    labels = Labels(known)
    assert {len(label) for label in labels.values()} == {len("chg-") + 16}


@pytest.mark.parametrize("text", ["", "  "])
def test_no_name_at_all_is_said(text: str) -> None:
    with pytest.raises(BadInput, match="no change is named"):
        resolve(text, ["01J9ZQ4N8TAAAAAAAAAAK7M2P5"])
    with pytest.raises(BadInput, match="no definition is named"):
        resolve_definition(text, ["metric:a"])


@pytest.mark.parametrize(
    "text",
    ["chg-k7m2p5", "CHG-K7M2P5", "k7m2p5", " chg-k7m2p5 ", "chg-p5", "chg-01J9Z", "chg-0IJ9Z", "01j9zq4n8t"],
)
def test_parts_and_look_alikes(text: str) -> None:
    assert resolve(text, ["01J9ZQ4N8T6V3W2X1Y0RK7M2P5", "01K0000000000000000000000A"]) == "01J9ZQ4N8T6V3W2X1Y0RK7M2P5"


@pytest.mark.parametrize(
    "text", ["", "chg-", "p5", "chg-é", "chg-0000000000000000000000000000", "\0", "chg-u", "x" * 999]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as raised:
        resolve(text, ["01J9ZQ4N8T6V3W2X1Y0RK7M2P5"])
    assert raised.value.hint


def test_several_are_listed() -> None:
    known = [f"01J9ZQ4N8T6V3W2X1Y0RK7M2P{letter}" for letter in "0123456789"]
    with pytest.raises(BadInput, match=r"10 changes: chg-k7m2p0, .* and 4 more"):
        resolve("chg-01J9ZQ", known)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("routing_speed", "metric:routing_speed"),
        ("metric:routing_speed", "metric:routing_speed"),
        ("leads", "source:leads"),
    ],
)
def test_a_definition_by_name_or_id(text: str, expected: str) -> None:
    assert resolve_definition(text, ["metric:routing_speed", "source:leads"]) == expected


def test_a_shared_name_asks_for_the_kind() -> None:
    with pytest.raises(BadInput, match="names 2 definitions") as raised:
        resolve_definition("speed", ["metric:speed", "source:speed"])
    assert raised.value.hint == "say which, for example metric:speed"


def test_a_slip_of_the_fingers_is_recognised() -> None:
    with pytest.raises(BadInput) as raised:
        resolve_definition("routing_sped", ["metric:routing_speed"])
    assert raised.value.hint == "did you mean routing_speed?"
