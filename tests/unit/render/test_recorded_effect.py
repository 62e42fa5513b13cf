"""What git keeps of an effect is read back as it was; what it left out is empty, and damage is named."""

from __future__ import annotations

import json

import pytest
from effect_samples import evidence

from metricgov.domain.comparability.recorded import NOT_KEPT, read_evidence
from metricgov.domain.definitions.governance import EffectStorage
from metricgov.domain.errors import Undecidable

BARE = {"sql_sha256", "basis"}


def figures(found: dict[str, object]) -> object:
    """Return stored JSON without digests of the SQL, which is not in it any more."""
    metrics = found.pop("metrics")
    assert isinstance(metrics, list)
    return {key: value for key, value in found.items() if key not in BARE}, [
        {key: value for key, value in one.items() if key not in BARE} for one in metrics
    ]


def test_everything_comes_back() -> None:
    """A new figure that is stored and not read turns this red, if the sample has it."""
    found = read_evidence(evidence().stored(EffectStorage.FULL))
    assert figures(found.as_json()) == figures(json.loads(json.dumps(evidence().as_json())))


def test_without_single_periods_all_else_comes_back() -> None:
    found = read_evidence(evidence().stored(EffectStorage.VERDICT))
    (first, second) = found.metrics
    assert first.effect is not None
    assert first.effect.pairs == ()
    assert first.effect.periods == 6
    assert first.effect.total == read_evidence(evidence().stored(EffectStorage.FULL)).metrics[0].effect.total  # type: ignore[union-attr]
    assert [one.id for one in first.warned] == [one.id for one in evidence().metrics[0].warned]
    assert second.reason == evidence().metrics[1].reason


def test_where_no_figure_is_kept_it_says_so() -> None:
    found = read_evidence(evidence().stored(EffectStorage.DIGEST))
    assert {one.reason for one in found.metrics} == {NOT_KEPT}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "evidence_damaged"),
        (b"[]", "evidence_damaged"),
        (b'{"format": 1}', "evidence_damaged"),
        (b'{"format": 2}', "evidence_newer"),
        (b"\xff", "evidence_damaged"),
    ],
)
def test_damage_is_named(raw: bytes, code: str) -> None:
    with pytest.raises(Undecidable) as refused:
        read_evidence(raw)
    assert refused.value.code == code
