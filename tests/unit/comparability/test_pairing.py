"""Versions side by side: links of neighbours, ways over several, direct measurements, and two dates of knowing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metricgov.domain.comparability.link import Factor, Linked, LinkScale
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.pairing import all_pairs, label, pair, spans
from metricgov.domain.comparability.timeline import known
from metricgov.domain.past_views import VersionRow
from metricgov.domain.views import LinkStatus

BRIDGE = Linked("m", Status.BRIDGED, LinkScale.RATIO, Factor(0.8, 0.008))


def rows(*links: tuple[LinkStatus, Linked | None]) -> tuple[VersionRow, ...]:
    """Return versions 1.0.0, 2.0.0, … with these links between them, one a month."""
    found = [
        VersionRow(
            "metric:m",
            f"{place + 1}.0.0",
            "applied",
            f"2026-0{place + 1}-01",
            f"2026-0{place + 2}-01",
            f"2026-0{place + 1}-15T00:00:00Z",
            link=link,
            measured=measured,
        )
        for place, (link, measured) in enumerate(links)
    ]
    place = len(links)
    return (
        *found,
        VersionRow("metric:m", f"{place + 1}.0.0", "applied", f"2026-0{place + 1}-01", known_from="2026-09-01"),
    )


TWICE = rows((LinkStatus.BRIDGED, BRIDGE), (LinkStatus.BRIDGED, BRIDGE))


def test_a_way_multiplies_and_the_way_back_divides() -> None:
    """m_ij × m_ji = 1."""
    there, back = pair("m", TWICE, "1.0.0", "3.0.0"), pair("m", TWICE, "3.0.0", "1.0.0")
    assert there.entry.ratio == pytest.approx(0.64)
    assert there.entry.ratio is not None
    assert back.entry.ratio == pytest.approx(1 / there.entry.ratio)
    assert there.steps == back.steps
    assert [one.new for one in there.steps] == ["2.0.0", "3.0.0"]


@pytest.mark.parametrize(
    ("link", "status"),
    [
        ((LinkStatus.BROKEN, BRIDGE), Status.BROKEN),
        ((LinkStatus.NOT_MEASURED, None), Status.BROKEN),
        ((LinkStatus.SAME, None), Status.BRIDGED),
        ((LinkStatus.RESTATED, BRIDGE), Status.BRIDGED),
        ((LinkStatus.BRIDGED_BY_SEGMENT, BRIDGE), Status.BRIDGED_BY_SEGMENT),
    ],
    ids=["broken", "not measured", "same", "restated", "by segment"],
)
def test_a_way_is_as_good_as_its_worst_link(link: tuple[LinkStatus, Linked | None], status: Status) -> None:
    """A break leaves no ratio, and neither does a link by segment."""
    entry = pair("m", rows((LinkStatus.BRIDGED, BRIDGE), link), "1.0.0", "3.0.0").entry
    assert entry.status is status
    assert (entry.ratio is None) is (status in (Status.BROKEN, Status.BRIDGED_BY_SEGMENT))


def test_a_direct_measurement_beats_the_way() -> None:
    """With its own ratio and error."""
    direct = replace(BRIDGE, factor=Factor(0.7, 0.001))
    entry = pair("m", TWICE, "1.0.0", "3.0.0", direct).entry
    assert (entry.ratio, entry.path) == (0.7, ("1.0.0", "3.0.0"))


def test_measuring_undoes_no_break() -> None:
    """People agreed that neighbours do not compare; a number that could be computed changes nothing of that."""
    broken = rows((LinkStatus.BROKEN, None))
    entry = pair("m", broken, "1.0.0", "2.0.0", BRIDGE).entry
    assert (entry.status, entry.ratio) == (Status.BROKEN, None)


def test_the_matrix_has_every_pair() -> None:
    """Equal versions are the same."""
    found = all_pairs("m", TWICE)
    assert len(found.entries) == 9
    assert found.entries["2.0.0", "2.0.0"].ratio == 1


def test_every_question_takes_two_dates() -> None:
    """What was known later does not count then, and is told beside."""
    found = known(spans(TWICE), "2026-03-20", "2026-02-20")
    assert found is not None
    assert found.now is not None
    assert (found.then.version, found.now.version) == ("2.0.0", "3.0.0")
    assert known(spans(TWICE), "2026-03-20", "2026-01-01") is None


def test_a_step_of_an_input_is_named() -> None:
    """One version twice is told apart by what changed under it."""
    assert label(replace(TWICE[0], cause="metric:x 2.0.0")) == "1.0.0 (metric:x 2.0.0)"
