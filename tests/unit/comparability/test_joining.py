"""Which definition measures which part of a series: joined where links allow it, else refused or marked."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.comparability.flags import Flag
from metricgov.domain.comparability.joining import AS_REPORTED, CURRENT, Measuring, Stretch, join
from metricgov.domain.comparability.link import Factor, Linked, LinkScale
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.errors import BadInput, MetricgovError, Refused

D = frozenset({Flag.DIFFERS})


def line(link: Status, *, reaches: str = "") -> tuple[Measuring, ...]:
    """Return two versions that meet on 1 July 2026."""
    return (
        Measuring("1.0.0", "2025-01-01", "2026-07-01", link, "chg-a1b2c3"),
        Measuring("2.0.0", "2026-07-01", "", reaches=reaches),
    )


BRIDGE = Linked("visits", Status.BRIDGED, LinkScale.RATIO, Factor(0.9, 0.01))
E = frozenset({Flag.ESTIMATED})


def three(first: Status, second: Status) -> tuple[Measuring, ...]:
    """Return three versions that meet on 1 March and 1 July 2026; links that can be measured are."""
    moves = (Status.RESTATED, Status.BRIDGED)
    return (
        Measuring("1.0.0", "2025-01-01", "2026-03-01", first, "chg-1", bridge=BRIDGE if first in moves else None),
        Measuring("2.0.0", "2026-03-01", "2026-07-01", second, "chg-2", bridge=BRIDGE if second in moves else None),
        Measuring("3.0.0", "2026-07-01", ""),
    )


CASES: dict[str, tuple[tuple[Measuring, ...], dict[str, Any], tuple[Stretch, ...]]] = {
    "one version": (
        (Measuring("1.0.0", "2025-01-01", ""),),
        {},
        (Stretch("1.0.0", "2026-01-01", "2027-01-01"),),
    ),
    "the same number under new words": (line(Status.SAME), {}, (Stretch("2.0.0", "2026-01-01", "2027-01-01"),)),
    "restated from raw data": (line(Status.RESTATED), {}, (Stretch("2.0.0", "2026-01-01", "2027-01-01"),)),
    "after the break alone": (
        line(Status.BROKEN),
        {"start": "2026-07-01"},
        (Stretch("2.0.0", "2026-07-01", "2027-01-01"),),
    ),
    "before the break alone": (
        line(Status.BROKEN),
        {"end": "2026-07-01"},
        (Stretch("1.0.0", "2026-01-01", "2026-07-01"),),
    ),
    "across a break that was asked for": (
        line(Status.BROKEN),
        {"across_breaks": True},
        (
            Stretch("1.0.0", "2026-01-01", "2026-07-01", D),
            Stretch("2.0.0", "2026-07-01", "2027-01-01", breaks=True, before="1.0.0"),
        ),
    ),
    "restated as far as data reach, and asked for": (
        line(Status.RESTATED, reaches="2026-03-01"),
        {"across_breaks": True},
        (
            Stretch("1.0.0", "2026-01-01", "2026-03-01", D),
            Stretch("2.0.0", "2026-03-01", "2027-01-01", breaks=True, before="1.0.0"),
        ),
    ),
    "restated within the data": (
        line(Status.RESTATED, reaches="2025-06-01"),
        {},
        (Stretch("2.0.0", "2026-01-01", "2027-01-01"),),
    ),
    "bridged, and the new definition begins with a break": (
        three(Status.SAME, Status.BRIDGED)[1:],
        {},
        (
            Stretch("2.0.0", "2026-01-01", "2026-07-01", E, chain=(BRIDGE,)),
            Stretch("3.0.0", "2026-07-01", "2027-01-01", breaks=True, before="2.0.0"),
        ),
    ),
    "the bridged days alone come to today's definition": (
        three(Status.SAME, Status.BRIDGED)[1:],
        {"end": "2026-06-01"},
        (Stretch("2.0.0", "2026-01-01", "2026-06-01", E, chain=(BRIDGE,)),),
    ),
    "over two bridges": (
        three(Status.BRIDGED, Status.BRIDGED),
        {},
        (
            Stretch("1.0.0", "2026-01-01", "2026-03-01", E, chain=(BRIDGE, BRIDGE)),
            Stretch("2.0.0", "2026-03-01", "2026-07-01", E, breaks=True, before="1.0.0", chain=(BRIDGE,)),
            Stretch("3.0.0", "2026-07-01", "2027-01-01", breaks=True, before="2.0.0"),
        ),
    ),
    "the same number before a bridge": (
        three(Status.SAME, Status.BRIDGED),
        {},
        (
            Stretch("2.0.0", "2026-01-01", "2026-07-01", E, chain=(BRIDGE,)),
            Stretch("3.0.0", "2026-07-01", "2027-01-01", breaks=True, before="2.0.0"),
        ),
    ),
    "restated behind a bridge: both factors are needed": (
        three(Status.BRIDGED, Status.RESTATED),
        {},
        (
            Stretch("1.0.0", "2026-01-01", "2026-03-01", E, chain=(BRIDGE, BRIDGE)),
            Stretch("3.0.0", "2026-03-01", "2027-01-01", breaks=True, before="1.0.0"),
        ),
    ),
    "restated as far as data reach, bridged before": (
        (*three(Status.SAME, Status.RESTATED)[:2], Measuring("3.0.0", "2026-07-01", "", reaches="2026-05-01")),
        {},
        (
            Stretch("2.0.0", "2026-01-01", "2026-05-01", E, chain=(BRIDGE,)),
            Stretch("3.0.0", "2026-05-01", "2027-01-01", breaks=True, before="2.0.0"),
        ),
    ),
    "a break behind a bridge": (
        three(Status.BROKEN, Status.BRIDGED),
        {"across_breaks": True},
        (
            Stretch("1.0.0", "2026-01-01", "2026-03-01", D),
            Stretch("2.0.0", "2026-03-01", "2026-07-01", E, breaks=True, before="1.0.0", chain=(BRIDGE,)),
            Stretch("3.0.0", "2026-07-01", "2027-01-01", breaks=True, before="2.0.0"),
        ),
    ),
    "as it was reported": (
        line(Status.RESTATED),
        {"basis": AS_REPORTED},
        (
            Stretch("1.0.0", "2026-01-01", "2026-07-01"),
            Stretch("2.0.0", "2026-07-01", "2027-01-01", breaks=True, before="1.0.0"),
        ),
    ),
    "as it was reported, where nothing broke": (
        line(Status.SAME),
        {"basis": AS_REPORTED},
        (Stretch("1.0.0", "2026-01-01", "2026-07-01"), Stretch("2.0.0", "2026-07-01", "2027-01-01")),
    ),
    "one version for all days": (
        line(Status.BROKEN),
        {"basis": "1.0.0"},
        (Stretch("1.0.0", "2026-01-01", "2027-01-01"),),
    ),
    "a version whose data begin later": (
        line(Status.BROKEN, reaches="2026-05-01"),
        {"basis": "2.0.0"},
        (
            Stretch("2.0.0", "2026-01-01", "2026-05-01", frozenset({Flag.NOT_COLLECTED})),
            Stretch("2.0.0", "2026-05-01", "2027-01-01"),
        ),
    ),
}


@pytest.mark.parametrize(("versions", "ask", "stretches"), CASES.values(), ids=list(CASES))
def test_a_series_is_joined(
    versions: tuple[Measuring, ...], ask: dict[str, Any], stretches: tuple[Stretch, ...]
) -> None:
    """By the basis that was asked for."""
    wanted = {"start": "2026-01-01", "end": "2027-01-01"} | ask
    assert join(versions, **wanted) == stretches


@pytest.mark.parametrize("link", [Status.BROKEN, Status.BRIDGED, Status.BRIDGED_BY_SEGMENT])
def test_a_break_is_refused_with_its_day_and_change(link: Status) -> None:
    """W16: the reader learns where it breaks, by what, and three ways on."""
    with pytest.raises(Refused) as said:
        join(line(link), "2026-01-01", "2027-01-01")
    assert said.value.code == "series_breaks"
    assert "1 Jul 2026, by chg-a1b2c3: 1.0.0 and 2.0.0 do not compare" in said.value.message
    assert all(word in said.value.hint for word in ("2026-07-01", "as-reported", "--across-breaks"))


def test_data_that_do_not_reach_are_refused() -> None:
    """A restatement ends where raw data do."""
    with pytest.raises(Refused, match=r"reach back to 1 Mar 2026 only"):
        join(line(Status.RESTATED, reaches="2026-03-01"), "2026-01-01", "2027-01-01")


def test_what_cannot_be_asked() -> None:
    """An empty period, a version nobody knows, a metric that never was in force."""
    with pytest.raises(BadInput, match="does not lie before") as empty:
        join(line(Status.SAME), "2026-01-01", "2026-01-01")
    assert "--to the first day left out, a later one" in empty.value.hint
    with pytest.raises(BadInput, match=r"there is no version 9\.0\.0"):
        join(line(Status.SAME), "2026-01-01", "2027-01-01", basis="9.0.0")
    with pytest.raises(Refused, match="ever been in force"):
        join((), "2026-01-01", "2027-01-01")


LINKS = st.lists(st.sampled_from([one for one in Status if one is not Status.RESTATED]), min_size=0, max_size=4)


@given(LINKS, st.integers(1, 11), st.integers(1, 12), st.sampled_from([CURRENT, AS_REPORTED]))
def test_stretches_cover_every_day_once(links: list[Status], first: int, length: int, basis: str) -> None:
    """Without gaps and without overlaps, and only a break that was asked for is crossed."""
    starts = [f"2026-{2 * place + 1:02}-15" for place in range(len(links) + 1)]
    versions = tuple(
        Measuring(f"{place + 1}.0.0", start, starts[place + 1] if place < len(links) else "", *links[place : place + 1])
        for place, start in enumerate(starts)
    )
    start, end = f"2026-{first:02}-01", f"2026-{min(12, first + length):02}-28"
    found = join(versions, start, end, basis=basis, across_breaks=True)
    assert found[0].start == start
    assert found[-1].end == end
    assert all(one.end == other.start for one, other in pairwise(found))
    try:
        plain = join(versions, start, end, basis=basis)
    except MetricgovError:
        assert any(Flag.DIFFERS in one.flags for one in found)
    else:
        assert plain == found
