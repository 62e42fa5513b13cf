"""Where a value stands: thresholds before the target, the bad side by the direction, nothing guessed."""

from __future__ import annotations

import pytest

from metricgov.domain.comparability.attained import Standing, aim, levels, standing
from metricgov.domain.digest import JSON

UP, DOWN, AT = "up_is_better", "down_is_better", "on_target_is_better"

CASES = [
    ("meets", 41, 40, 34, 30, UP, Standing.ON_TARGET),
    ("exactly", 40, 40, 34, 30, UP, Standing.ON_TARGET),
    ("short-of-it", 36, 40, 34, 30, UP, Standing.BELOW),
    ("on-the-line", 34, 40, 34, 30, UP, Standing.BELOW),
    ("at-risk", 33, 40, 34, 30, UP, Standing.WARN),
    ("act", 29, 40, 34, 30, UP, Standing.CRITICAL),
    ("critical-without-warn", 29, 40, None, 30, UP, Standing.CRITICAL),
    ("down-meets", 9, 10, 12, 15, DOWN, Standing.ON_TARGET),
    ("down-over", 11, 10, 12, 15, DOWN, Standing.ABOVE),
    ("down-at-risk", 13, 10, 12, 15, DOWN, Standing.WARN),
    ("down-act", 16, 10, 12, 15, DOWN, Standing.CRITICAL),
    ("only-thresholds", 36, None, 34, 30, UP, Standing.IN_RANGE),
    ("threshold-met-target-missed", 41, 40, 45, None, UP, Standing.WARN),
    ("around-hit", 10, 10, None, None, AT, Standing.ON_TARGET),
    ("around-off", 11, 10, None, None, AT, Standing.OFF),
    ("around-near", 11, 10, 12, 15, AT, Standing.IN_RANGE),
    ("around-far-below", 8, 10, 12, 15, AT, Standing.WARN),
    ("around-further", 4, 10, 12, 15, AT, Standing.CRITICAL),
    ("around-nothing", 4, None, 12, 15, AT, Standing.NONE),
    ("no-value", None, 40, 34, 30, UP, Standing.NONE),
    ("nothing-stated", 40, None, None, None, UP, Standing.NONE),
    ("no-direction", 40, 40, 34, 30, "", Standing.NONE),
]


@pytest.mark.parametrize(
    ("value", "target", "warn", "critical", "direction", "word"),
    [one[1:] for one in CASES],
    ids=[one[0] for one in CASES],
)
def test_the_word(
    value: float | None,
    target: float | None,
    warn: float | None,
    critical: float | None,
    direction: str,
    word: Standing,
) -> None:
    assert standing(value, target, warn=warn, critical=critical, direction=direction) is word


AIMS: list[tuple[str, dict[str, JSON], str, float | None]] = [
    ("absolute", {"target": {"value": 40, "kind": "absolute"}}, UP, 40),
    ("without-a-kind", {"target": {"value": 40}}, UP, 40),
    ("percent-up", {"target": {"value": 10, "kind": "percent_improvement"}, "baseline": {"value": 50}}, UP, 55),
    ("percent-down", {"target": {"value": 10, "kind": "percent_improvement"}, "baseline": {"value": 50}}, DOWN, 45),
    ("percent-of-nothing", {"target": {"value": 10, "kind": "percent_improvement"}}, UP, None),
    (
        "percent-no-direction",
        {"target": {"value": 10, "kind": "percent_improvement"}, "baseline": {"value": 5}},
        "",
        None,
    ),
    ("follows", {"target": {"value": 1, "kind": "same_as", "same_as": "other"}}, UP, 70),
    ("follows-nobody", {"target": {"value": 1, "kind": "same_as", "same_as": "gone"}}, UP, 1),
    ("none", {}, UP, None),
    ("no-number", {"target": {"value": "many"}}, UP, None),
    ("truth-is-no-number", {"target": {"value": True}}, UP, None),
]


@pytest.mark.parametrize(("kpi", "direction", "value"), [one[1:] for one in AIMS], ids=[one[0] for one in AIMS])
def test_what_shall_be_reached(kpi: dict[str, JSON], direction: str, value: float | None) -> None:
    others: dict[str, dict[str, JSON]] = {"other": {"target": {"value": 70}}}
    found = aim(kpi, direction, lambda name: others.get(name, {}))
    assert found == pytest.approx(value) if value is not None else found is None


def test_targets_that_follow_each_other_end() -> None:
    ring: dict[str, JSON] = {"target": {"value": 3, "kind": "same_as", "same_as": "it"}}
    assert aim(ring, UP, lambda _name: ring) == 3


def test_thresholds_are_numbers_or_nothing() -> None:
    assert levels({"thresholds": {"warn": 3, "critical": "soon"}}) == (3, None)
    assert levels({}) == (None, None)
