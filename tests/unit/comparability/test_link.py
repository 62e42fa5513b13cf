"""The link that an overlap supports: scale by guards on the data, factor, segments, scatter, and its stored form."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from math import exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.comparability.effect import Pair, effect
from metricgov.domain.comparability.interval import t
from metricgov.domain.comparability.link import (
    Factor,
    Linked,
    LinkScale,
    Nature,
    linked,
    treated,
    unreliable,
)
from metricgov.domain.comparability.link_record import recorded, restored
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.paired import Cells
from metricgov.domain.comparability.scatter import period_of
from metricgov.domain.workflow.link_payload import LinkMeasured
from metricgov.domain.workflow.vocabulary import Treatment

START = date(2025, 1, 6)


def days(
    values: Sequence[tuple[float | None, float | None]], below: list[tuple[float, float]] | None = None
) -> list[Pair]:
    """Return one pair a day, quotients where their lower parts are given."""
    found = []
    for place, (old, new) in enumerate(values):
        parts = below[place] if below else (None, None)
        found.append(Pair((START + timedelta(days=place)).isoformat(), old, new, *parts))
    return found


def link_of(pairs: list[Pair], nature: Nature, *, segments: object = (), scale: tuple[float, float] = (1, 1)) -> Linked:
    """Return the link of an overlap of days."""
    parts = {("channel", name): one for name, one in segments} if segments else {}  # type: ignore[attr-defined]
    whole = effect(pairs, [("channel", name, one) for (_, name), one in parts.items()], grain="day", scale=scale)
    return linked("visits", whole, parts, nature, scale=scale, start="2025-01-06", end="2025-02-03")


COUNT = Nature(counts=True)
SUM = Nature()
PLAIN = Nature(rolls_up=False)
NOISE = random.Random(4)
COUNTS = [(100 + NOISE.randint(-20, 20), 90 + NOISE.randint(-18, 18)) for _ in range(28)]

SCALES: dict[str, tuple[list[Pair], Nature, LinkScale | None, str]] = {
    "counts": (days([(float(a), float(b)) for a, b in COUNTS]), COUNT, LinkScale.RATIO, ""),
    "counts with an empty day": (
        days([(0, 0), *((float(a), float(b)) for a, b in COUNTS)]),
        COUNT,
        LinkScale.RATIO,
        "",
    ),
    "a balance that crosses 0": (days([(5, 7), (-5, -3), (2, 4), (-1, 1)]), SUM, LinkScale.DIFFERENCE, ""),
    "a sum that is 0 one day": (days([(5, 7), (0, 3), (2, 4), (1, 1)]), SUM, LinkScale.DIFFERENCE, ""),
    "shares of which only the quotient is known": (
        days([(0.2, 0.3), (0.25, 0.36), (0.3, 0.41)]),
        PLAIN,
        LinkScale.ODDS,
        "",
    ),
    "a share that reaches 1": (days([(0.2, 0.3), (0.25, 1.0), (0.3, 0.4)]), PLAIN, None, "no odds"),
    "a level above 1": (days([(20, 30), (25, 36), (30, 41)]), PLAIN, LinkScale.RATIO, ""),
    "a percentile": (days([(20, 30), (25, 36), (30, 41)]), Nature(rolls_up=False, quantile=True), None, "percentile"),
    "minutes that become seconds": (days([(2, 120), (3, 180), (7, 420)]), Nature(exact=True), LinkScale.EXACT, ""),
    "said to be exact and not": (days([(20, 1200), (21, 1261), (22, 1320)]), Nature(exact=True), LinkScale.RATIO, ""),
    "no day with both": (days([(2, None), (None, 180)]), SUM, None, "no period has a value"),
    "nothing before": (days([(0, 2), (0, 3)]), COUNT, None, "sums to 0"),
    "nothing after": (days([(20, 0), (21, 0), (22, 0)]), COUNT, None, "the new definition sums to 0"),
}


@pytest.mark.parametrize("case", SCALES.values(), ids=SCALES.keys())
def test_data_choose_the_scale(case: tuple[list[Pair], Nature, LinkScale | None, str]) -> None:
    """A ratio above 0, a difference across it, odds for bare shares, nothing where no factor can be right."""
    pairs, nature, scale, reason = case
    found = link_of(pairs, nature)
    assert found.scale is scale
    assert found.status is (Status.BROKEN if scale is None else Status.BRIDGED)
    assert reason in found.reason
    assert found.bridges is (scale is not None)


def test_the_factor_is_the_ratio_of_sums() -> None:
    """Unrounded, so that totals of the overlap stay right."""
    found = link_of(SCALES["counts"][0], COUNT)
    assert found.factor is not None
    assert found.factor.value == sum(b for _, b in COUNTS) / sum(a for a, _ in COUNTS)
    assert found.estimator == "E3"


def test_the_error_in_the_matrix_is_that_of_the_coarsest_grain() -> None:
    """History is read by month or more; a single day scatters more than that, and says little about it."""
    found = Linked("m", Status.BRIDGED, LinkScale.RATIO, Factor(0.9, 0.0), {"day": 0.15, "month": 0.02}, grain="day")
    assert found.coarsest == "month"
    assert found.edge("1", "2").rse == pytest.approx(0.02)
    assert Linked("m", Status.BRIDGED, grain="week").coarsest == "week"


def test_a_difference_is_their_mean() -> None:
    """On the scale of differences nothing multiplies."""
    found = link_of(SCALES["a balance that crosses 0"][0], SUM)
    assert found.factor is not None
    assert found.factor.value == 2
    assert (found.factor.se, found.tau("day")) == (0, 0)
    assert found.edge("1", "2").ratio is None


def test_scale_goes_into_the_factor() -> None:
    """A number that is also shown in percent from now on."""
    found = link_of(days([(1, 2), (2, 4), (4, 8)]), Nature(exact=True), scale=(1, 100))
    assert found.factor is not None
    assert found.factor.value == 200


def test_segments_that_differ_are_bridged_each_by_its_own_factor() -> None:
    """NCHS: one ratio is rarely enough; the total stays on record and is no path's factor."""
    web = days([(100.0 + a % 7, 95.0 + b % 5) for a, b in COUNTS])
    app = days([(100.0 + b % 7, 60.0 + a % 5) for a, b in COUNTS])
    both = days([((x.old or 0) + (y.old or 0), (x.new or 0) + (y.new or 0)) for x, y in zip(web, app, strict=True)])
    found = link_of(both, COUNT, segments=[("web", web), ("app", app)])
    assert found.status is Status.BRIDGED_BY_SEGMENT
    assert found.dimension == "channel"
    ratios = {one.segment: one.value for one in found.segments}
    assert ratios["app"] < 0.7 < 0.9 < ratios["web"]
    assert found.edge("1", "2").ratio is None
    assert treated(found, Treatment.RESTATE).status is Status.RESTATED
    assert treated(treated(found, Treatment.RESTATE), Treatment.BRIDGE).status is Status.BRIDGED_BY_SEGMENT


def test_a_quotient_has_a_factor_for_each_of_its_parts() -> None:
    """C = C of the numerator over C of the denominator: the quotient alone hides which one moved."""
    above, below = [(10.0, 10.0), (12.0, 12.0), (11.0, 11.0)], [(100.0, 1000.0), (120.0, 1200.0), (110.0, 1100.0)]
    found = link_of(days(above, below), SUM)
    assert found.factor is not None
    assert (found.factor.above, found.factor.below) == (1, 10)
    assert found.factor.value == pytest.approx(0.1)


def test_scatter_is_that_of_the_grain() -> None:
    """Weeks scatter less than days; a coarser grain than was measured takes the coarsest that was."""
    noise = random.Random(7)
    pairs = days([(float(old), old * exp(noise.gauss(-0.1, 0.2))) for old in [100] * 70])
    found = link_of(pairs, COUNT)
    assert found.scatter is not None
    assert set(found.scatter) == {"day", "week"}
    assert found.tau("day") > 1.5 * found.tau("week")
    assert found.tau("month") == found.tau("year") == found.tau("week")
    assert found.tau() == found.tau("day") or found.tau() > 0
    limits = found.elsewhere("week")
    assert found.factor is not None
    assert limits is not None
    reach = t(0.95, 69) * sqrt(found.factor.rse**2 + found.tau("week") ** 2)
    assert log(limits.high / found.factor.value) == pytest.approx(reach)
    assert unreliable(found, "day")
    assert not unreliable(found, "month")


def test_units_leave_only_what_lies_beyond_their_own_error() -> None:
    """DerSimonian and Laird: independent units with one ratio scatter by nothing of their own."""
    noise = random.Random(3)
    pairs = []
    for place in range(28):
        leave = sum(noise.random() < 0.1 for _ in range(1000))
        cells = Cells(1000 - leave, 0, leave)
        day = (START + timedelta(days=place)).isoformat()
        pairs.append(Pair(day, 1000.0, 1000.0 - leave, cells=cells))
    found = link_of(pairs, COUNT)
    assert found.estimator == "E1"
    assert found.tau("day") < 0.005


TREATMENTS: dict[Treatment | None, Status] = {
    None: Status.SAME,
    Treatment.NONE: Status.SAME,
    Treatment.ANNOTATE: Status.SAME,
    Treatment.ALIAS: Status.SAME,
    Treatment.RESTATE: Status.RESTATED,
    Treatment.BRIDGE: Status.BRIDGED,
    Treatment.BREAK: Status.BROKEN,
    Treatment.NEW_METRIC: Status.BROKEN,
}


@pytest.mark.parametrize(("treatment", "status"), TREATMENTS.items(), ids=str)
def test_the_treatment_makes_the_link(treatment: Treatment | None, status: Status) -> None:
    """What data support is one thing, what people agreed on another."""
    assert set(TREATMENTS) == {None, *Treatment}
    assert treated(link_of(SCALES["counts"][0], COUNT), treatment).status is status


def test_a_bridge_without_a_factor_is_a_break() -> None:
    """No invented history."""
    assert (
        treated(link_of(SCALES["a percentile"][0], SCALES["a percentile"][1]), Treatment.BRIDGE).status is Status.BROKEN
    )


@pytest.mark.parametrize("case", SCALES.values(), ids=SCALES.keys())
def test_what_is_stored_is_what_is_read(case: tuple[list[Pair], Nature, LinkScale | None, str]) -> None:
    """Every figure comes back to the last bit, through JSON."""
    found = link_of(case[0], case[1])
    again = restored(LinkMeasured.model_validate(recorded(found).as_json()))
    assert again == (found if found.scatter is not None else restored(recorded(found)))


@pytest.mark.parametrize("field", [{"status": "glued"}, {"scale": "cubic"}, {"direction": "new_to_old"}], ids=str)
def test_a_link_in_words_that_nobody_knows_is_a_break(field: dict[str, str]) -> None:
    """A later version of the program may know more; this one joins nothing by guess."""
    record = recorded(link_of(SCALES["counts"][0], COUNT)).model_copy(update=field)
    assert restored(record).status is Status.BROKEN


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)))
def test_periods_have_names_of_their_own(day: date) -> None:
    """Days of one week, month, quarter or year share a name; the next one has another."""
    text = day.isoformat()
    assert period_of(text, "week") == period_of((day - timedelta(days=day.weekday())).isoformat(), "week")
    assert period_of(text, "month") == text[:7]
    assert period_of(text, "quarter") == f"{day.year}-Q{(day.month - 1) // 3 + 1}"
    assert period_of(text, "year") == text[:4]
    assert period_of(text, "week") != period_of((day + timedelta(days=7)).isoformat(), "week")
