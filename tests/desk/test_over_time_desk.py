"""Values at the desk: versions, series with their break, stored values, scorecards."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from desk.measured_world import RATE, Standing
from metricgov.desk.asked import Days
from metricgov.desk.local import LocalDesk
from metricgov.domain.comparability.attained import Standing as Word
from metricgov.domain.comparability.flags import Flag
from metricgov.domain.errors import BadInput, MetricgovError, Undecidable
from metricgov.domain.reading_views import Origin
from metricgov.domain.views import LinkStatus
from tui.stage import cli


def test_versions_with_links_and_what_compares(desk: LocalDesk) -> None:
    found = desk.history(RATE)
    states = [(one.version, one.state) for one in found.rows]
    assert states[0] == ("1.2.0", "baseline")
    assert found.rows[0].link is LinkStatus.BROKEN
    assert found.rows[-1].state == "in_review", "what is proposed comes last"
    assert found.matrix is not None
    assert found.matrix.versions[0] == "1.2.0"
    assert (found.strict, found.bridged) == (3, 3), "from 18 June until 28 September"
    assert desk.history("source:crm_leads").matrix is None


def test_a_series_marks_its_break_and_names_the_version_of_every_point(desk: LocalDesk) -> None:
    told: list[str] = []
    found = desk.series(
        RATE, Days(start="2026-01-01", grain="week"), progress=lambda what, _done, _all: told.append(what)
    )
    points = found.series.lines[0].observations
    assert (found.origin, found.engine) == (Origin.ENGINE, "warehouse")
    assert all(one.version for one in points)
    (broken,) = [one for one in points if Flag.BREAK in one.flags]
    assert broken.period == "2026-06-22"
    assert all(Flag.DIFFERS in one.flags for one in points if one.period < broken.period)
    assert any("warehouse" in one for one in told)
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_question_can_be_given_up(desk: LocalDesk) -> None:
    """By what raises out of the progress; the engine is closed, the next question is answered."""

    def stop(_what: str, _done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.series(RATE, progress=stop)
    assert desk.series(RATE, Days(start="2026-05-01")).series.lines


def test_the_basis_and_the_days_are_the_readers(desk: LocalDesk) -> None:
    found = desk.series(RATE, Days(basis="1.2.0", start="2026-01-01", end="2026-05-01", grain="month")).series
    assert {one.version for one in found.stretches} == {"1.2.0"}
    assert [one.period for one in found.lines[0].observations] == [f"2026-0{n}-01" for n in range(1, 5)]
    with pytest.raises(BadInput, match="no kind of period"):
        desk.series(RATE, Days(grain="fortnight"))


def test_stored_values_need_no_engine(measured_copy: Path) -> None:
    cli(measured_copy, "snapshot", RATE, "--from", "2026-01-01", "--to", "2026-06-01", "--as-of", "2026-06-10")
    desk = LocalDesk(measured_copy, claimed="crm-lead", clock=Standing())
    (measured_copy / "sample.duckdb").unlink()
    found = desk.stored(RATE)
    assert found is not None
    assert (found.origin, found.series.grain) == (Origin.STORED, "month")
    assert found.at, "it says when they were computed"
    values = [one for one in found.series.lines[0].observations if one.value is not None]
    assert {one.version for one in values} == {"1.2.0"}
    assert all(one.stored for one in values)
    assert desk.stored(RATE, Days(grain="year")) is None
    assert desk.stored("routing_speed") is None
    with pytest.raises(MetricgovError):
        desk.series(RATE)


def test_without_an_engine_computing_says_what_to_do(past_desk: LocalDesk) -> None:
    assert past_desk.engine() == ""
    with pytest.raises(Undecidable, match="no engine is bound") as raised:
        past_desk.series(RATE)
    assert "engines:" in raised.value.hint


def test_scorecards_begin_with_those_of_the_reader(desk: LocalDesk) -> None:
    found = desk.scorecards()
    assert found[0].id == "scorecard:crm_handoff_scorecard"
    assert found[0].mine
    assert RATE in {metric for one in found[0].sections for metric in one.metrics}
    assert not any(one.mine for one in found[3:])


def test_scores_say_the_word_or_why_there_is_none(desk: LocalDesk) -> None:
    names = (RATE, "metric:churn_rate", "metric:nothing_of_the_sort")
    bare = desk.scores(names)
    assert [one.why for one in bare] == ["no value is stored", "no value is stored", "no such metric is on main"]
    assert bare[0].target == 40
    rate, churn, nothing = desk.scores(names, computed=True)
    assert "does not compare" in rate.why, "its last rows were counted by the definition before the break"
    assert rate.standing is Word.NONE
    assert nothing.why
    assert churn.standing is not Word.NONE
    assert (churn.grain, churn.origin) == ("month", Origin.ENGINE)
    assert churn.last is not None
    assert churn.last.version == churn.version
    assert rate.behind == "2026-08", "the sample ends in June"


def test_values_by_a_dimension(desk: LocalDesk) -> None:
    """A line for each value and none of the whole; what is no dimension is refused, with those there are."""
    found = desk.series(RATE, Days(start="2026-01-01", end="2026-05-01", grain="month", by="channel")).series
    assert found.dimensions == ("channel",)
    assert {line.key[0] for line in found.lines} > {"email", "organic"}
    assert all(len(line.key) == 1 for line in found.lines)
    with pytest.raises(BadInput) as refused:
        desk.series(RATE, Days(by="colour"))
    assert refused.value.code == "dimension_unknown"
    assert "channel" in refused.value.hint


def test_stored_values_by_a_dimension(measured_copy: Path) -> None:
    """Those that were stored by it, and nothing where only the whole was."""
    desk = LocalDesk(measured_copy, claimed="crm-lead", clock=Standing())
    asked = ("snapshot", RATE, "--from", "2026-01-01", "--to", "2026-04-01")
    cli(measured_copy, *asked)
    assert desk.stored(RATE, Days(by="channel")) is None
    cli(
        measured_copy,
        "snapshot",
        RATE.partition(":")[2],
        "--from",
        "2026-01-01",
        "--to",
        "2026-04-01",
        "--by",
        "channel",
    )
    found = LocalDesk(measured_copy, claimed="crm-lead", clock=Standing()).stored(RATE, Days(by="channel"))
    assert found is not None
    assert found.origin is Origin.STORED
    assert len(found.series.lines) > 2
