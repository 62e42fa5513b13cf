"""Scorecards as rows: value, target, word, way, break, version; what has no value says why."""

from __future__ import annotations

import pytest

from metricgov.domain.comparability.attained import Standing
from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.reading_views import Origin, Score, ScorecardView, ScoreSection
from metricgov_tui.look import ASCII, UNICODE
from metricgov_tui.panels.scorecards import Board, about_lines, board_lines, head_line, metric_at, resting

CRM = ScorecardView(
    "scorecard:crm",
    "CRM",
    "1.0.0",
    "crm",
    "week",
    (ScoreSection("quality", ("metric:rate", "metric:speed")),),
    mine=True,
)
PAID = ScorecardView("scorecard:paid", "Paid", "1.1.0", "paid", "month", (ScoreSection("cost", ("metric:rate",)),))
POINTS = (
    Observation("2026-04-01", 30.0, "1.0.0", frozenset({Flag.DIFFERS})),
    Observation("2026-05-01", 35.0, "2.0.0", frozenset({Flag.BREAK}), 31.0),
    Observation("2026-06-01", 33.0, "2.0.0"),
)
RATE = Score(
    "metric:rate", "Rate", "2.0.0", "percent", "up_is_better", True, 40.0, "2026-12-31", Standing.WARN, POINTS, -1,
    "month", Origin.STORED, "2026-07-01T09:00:00Z",
)  # fmt: skip
SPEED = Score("metric:speed", why="no value is stored")


def board(**more: object) -> Board:
    return Board((CRM, PAID), {"metric:rate": RATE, "metric:speed": SPEED}, **more)  # type: ignore[arg-type]


def shown(given: Board, width: int = 79) -> list[str]:
    return [one.text.plain for one in board_lines(given, width, UNICODE)]


def test_a_row_has_everything_and_the_version_of_its_value() -> None:
    row = next(one for one in shown(board()) if one.startswith("rate"))
    for word in ("33 %", "40", "warn", "worse", "┊2.0.0"):
        assert word in row


def test_what_has_no_value_says_why() -> None:
    assert any(one.startswith("speed") and "no value is stored" in one for one in shown(board()))


def test_a_metric_on_two_scorecards_is_a_row_on_each() -> None:
    keys = [one.key for one in board_lines(board(), 79, UNICODE) if one.key]
    assert keys == ["scorecard:crm > metric:rate", "scorecard:crm > metric:speed", "scorecard:paid > metric:rate"]
    assert metric_at(keys[0]) == "metric:rate"


def test_headings_count_what_is_grave() -> None:
    heading = shown(board())[0]
    assert "CRM (yours)" in heading
    assert "1 warn" in heading


@pytest.mark.parametrize(("more", "rows"), [({"typed": "spe"}, 1), ({"word": "warn"}, 2), ({"typed": "zz"}, 0)])
def test_rows_are_narrowed_by_name_and_word(more: dict[str, str], rows: int) -> None:
    assert len([one for one in board_lines(board(**more), 79, UNICODE) if one.key]) == rows


@pytest.mark.parametrize("width", [59, 79, 92, 139, 299])
@pytest.mark.parametrize("look", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_rows_fit_every_width(width: int, look: object) -> None:
    lines = [*board_lines(board(), width, look), *about_lines(RATE, width, look)]  # type: ignore[arg-type]
    assert all(one.text.cell_len <= width for one in lines if one.key)
    assert head_line(width, UNICODE).cell_len <= width


def test_a_row_reads_as_a_sentence() -> None:
    row = next(one for one in board_lines(board(), 79, UNICODE) if one.key)
    assert row.says == "rate, 33 % in 2026-06, by version 2.0.0, target 40, warn, worse, with a break"


def test_below_stands_what_is_behind_it() -> None:
    said = "\n".join(one.text.plain for one in about_lines(RATE, 79, UNICODE))
    assert "33 % in 2026-06, by 2.0.0, worse than before" in said
    assert "40 by 31 Dec 2026: warn" in said
    assert "2.0.0 begins with 2026-05; what lies before does not compare." in said


def test_the_message_says_what_could_not_be_read() -> None:
    assert resting(board(), "warehouse").startswith("No value is stored of 1 of 2 metrics. v reads")
    assert "no engine here" in resting(board(), "")
    assert resting(Board((CRM,), {}), "").startswith("0 of 2 metrics read")
