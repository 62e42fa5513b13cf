"""Scores: judged only by a version that compares, the way it went only within one definition."""

from __future__ import annotations

import pytest

from metricgov.app.scoring import bare_score, scored
from metricgov.domain.comparability.attained import Standing
from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.digest import JSON
from metricgov.domain.registry import Registry

KPI: dict[str, JSON] = {"target": {"value": 40, "by": "2026-12-31"}, "thresholds": {"warn": 34, "critical": 30}}


def registry(**more: JSON) -> Registry:
    data: dict[str, JSON] = {
        "kind": "metric",
        "name": "rate",
        "version": "2.0.0",
        "direction": "up_is_better",
        "kpi": KPI,
    }
    return Registry.of({"metrics/crm/rate.yaml": data | more})


def point(value: float | None, *flags: Flag, period: str = "2026-08-01") -> Observation:
    return Observation(period, value, "2.0.0", frozenset(flags or {Flag.NORMAL}))


JULY = "2026-07-01"
CASES = [
    ("rises", [point(36, period=JULY), point(41)], Standing.ON_TARGET, 1),
    ("falls", [point(36, period=JULY), point(33)], Standing.WARN, -1),
    ("stays", [point(36, period=JULY), point(36)], Standing.BELOW, 0),
    ("alone", [point(36)], Standing.BELOW, 0),
    ("across-a-break", [point(36, period=JULY), point(41, Flag.BREAK)], Standing.ON_TARGET, 0),
    ("after-another-definition", [point(36, Flag.DIFFERS, period=JULY), point(41)], Standing.ON_TARGET, 0),
    ("last-is-missing", [point(36, period=JULY), point(None)], Standing.BELOW, 0),
    ("bridged", [point(36, Flag.ESTIMATED, period=JULY), point(41)], Standing.ON_TARGET, 1),
]


@pytest.mark.parametrize(("points", "word", "better"), [one[1:] for one in CASES], ids=[one[0] for one in CASES])
def test_the_word_and_the_way(points: list[Observation], word: Standing, better: int) -> None:
    held = registry()
    found = scored(bare_score("metric:rate", held), points, held, grain="month")
    assert (found.standing, found.better, found.why) == (word, better, "")


def test_down_is_better_turns_the_way_round() -> None:
    held = registry(direction="down_is_better")
    found = scored(bare_score("metric:rate", held), [point(36, period=JULY), point(33)], held, grain="month")
    assert found.better == 1


@pytest.mark.parametrize(
    ("points", "why"),
    [([], "no value"), ([point(None)], "no value"), ([point(36, Flag.DIFFERS)], "does not compare")],
    ids=["nothing", "none", "another-definition"],
)
def test_without_a_word_it_says_why(points: list[Observation], why: str) -> None:
    held = registry()
    found = scored(bare_score("metric:rate", held), points, held, grain="month")
    assert found.standing is Standing.NONE
    assert why in found.why


def test_what_is_not_there_says_so() -> None:
    assert "no such metric" in bare_score("metric:gone", registry()).why
