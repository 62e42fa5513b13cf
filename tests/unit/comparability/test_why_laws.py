"""Laws of splitting a difference: the parts always sum to it, whatever moved and in whatever order."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.comparability.causes import Cause, moves
from metricgov.domain.comparability.segments import kitagawa
from metricgov.domain.comparability.vintages import (
    Amount,
    Cell,
    Row,
    Taking,
    Under,
    Vintage,
    broken_chain,
    exact,
    fraction,
    from_bytes,
)
from metricgov.domain.comparability.why import Difference, Part, Published, mix_and_rate, over_all_orders, remainder
from metricgov.domain.errors import Undecidable
from metricgov.domain.query.period_names import name_of, period_named
from metricgov.domain.workflow.envelope import ZERO
from metricgov.render.revisions import text_of

CELL = Cell("month", "2026-02-01")
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6)
TEXTS = NUMBERS.map(exact)


@given(TEXTS, st.lists(st.one_of(st.none(), TEXTS), max_size=4), TEXTS, st.sets(st.integers(0, 5)))
def test_steps_between_two_values_sum_to_their_difference(
    first: str, between: list[str | None], last: str, wrong: set[int]
) -> None:
    """With any number of versions between them, computable or not."""
    chain = [Under(str(place), f"c{place}" if place else "", Amount(text)) for place, text in enumerate(between)]
    now = Under(str(len(chain)), f"c{len(chain)}" if chain else "", Amount(last))
    found = moves(Under("0", "", Amount(first)), Row(CELL, now, tuple(chain)), "", {f"c{one}" for one in wrong})
    assert sum((one.amount for one in found), Fraction(0)) == fraction(last) - fraction(first)
    told = [change for one in found for change in one.changes]
    assert told == [one.change for one in (*chain[1:], now) if one.change] or Cause.UNCLEAR in {
        one.cause for one in found
    }


SIDES = st.dictionaries(
    st.sampled_from(["web", "app", "mail", None]), st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1
)


@given(SIDES, SIDES, st.sampled_from([1, 100]))
def test_mix_and_rates_sum_to_the_movement(
    before: dict[str | None, tuple[int, int]], after: dict[str | None, tuple[int, int]], scale: int
) -> None:
    """Exactly; with segments on one side alone, too."""
    sides = [{key: Amount(None, str(a), str(b)) for key, (a, b) in side.items()} for side in (before, after)]
    totals = [Fraction(sum(a for a, _ in one.values()), sum(b for _, b in one.values())) for one in (before, after)]
    mix, rate = mix_and_rate(sides[0], sides[1], Fraction(scale))
    assert mix + rate == (totals[1] - totals[0]) * scale


def test_a_segment_on_one_side_alone_is_mix() -> None:
    """Nobody knows its rate on the other side, so none moved."""
    before, after = {"a": Amount(None, "5", "10")}, {"a": Amount(None, "5", "10"), "b": Amount(None, "9", "10")}
    assert mix_and_rate(before, after, Fraction(1)) == (Fraction("0.2"), 0)
    assert mix_and_rate(after, before, Fraction(1)) == (Fraction("-0.2"), 0)


def test_a_chain_from_another_version_tells_nothing_apart() -> None:
    """What was computed on the new data is not what was published before."""
    via = (Under("1.5.0", "c1", Amount("8")),)
    (move,) = moves(Under("1.0.0", "", Amount("5")), Row(CELL, Under("2.0.0", "c2", Amount("9")), via), "", ())
    assert (move.cause, move.amount, move.changes) == (Cause.UNCLEAR, 4, ("c1", "c2"))


def test_a_defect_and_a_definition_in_one_step_are_not_told_apart() -> None:
    """The version between them could not be computed."""
    via = (Under("1.0.0", "", Amount("5")), Under("2.0.0", "c1", Amount(None)))
    found = moves(Under("1.0.0", "", Amount("5")), Row(CELL, Under("3.0.0", "c2", Amount("9")), via), "", ["c1"])
    assert [(one.cause, one.changes) for one in found] == [(Cause.DATA, ()), (Cause.UNCLEAR, ("c1", "c2"))]


@pytest.mark.parametrize(
    ("metric", "number", "prev", "says"),
    [
        ("m", 1, ZERO, ""),
        ("x", 1, ZERO, "is about x"),
        ("m", 2, ZERO, "is missing"),
        ("m", 1, "1" * 64, "does not follow"),
    ],
)
def test_a_chain_names_its_first_fault(metric: str, number: int, prev: str, says: str) -> None:
    """Another metric, a number that is not the next, another vintage before it."""
    taking = Taking(metric, "2026-04-01T08:00:00Z", "2026-04-01", "a", "here", "0", "2026-01-01", "2026-04-01", "month")
    found = broken_chain("m", [Vintage(taking, number, prev, ())])
    assert (says in found, bool(found)) == (True, bool(says))


def test_mix_and_rates_are_those_of_kitagawa() -> None:
    """The same figures as the function that the published cases test."""
    before = {"a": Amount(None, "8", "80"), "b": Amount(None, "10", "20")}
    after = {"a": Amount(None, "10", "50"), "b": Amount(None, "20", "50")}
    expected = kitagawa([0.8, 0.2], [0.1, 0.5], [0.5, 0.5], [0.2, 0.4])
    assert tuple(map(float, mix_and_rate(before, after, Fraction(1)))) == pytest.approx(expected)


@given(st.dictionaries(st.sampled_from("abc"), NUMBERS.map(Fraction), min_size=1))
def test_changes_that_do_not_touch_each_other_come_to_the_same_in_every_order(factors: dict[str, Fraction]) -> None:
    """A sum has no order."""
    found = over_all_orders(list(factors), lambda made: sum((factors[one] for one in made), Fraction(0)))
    assert found == {one: (amount, amount) for one, amount in factors.items()}


def test_changes_that_do_have_a_range() -> None:
    """A product has one."""
    found = over_all_orders(["a", "b"], lambda made: Fraction(10 * prod(2 for _ in made)))
    assert found == {"a": (10, 20), "b": (10, 20)}
    with pytest.raises(ValueError, match="at most"):
        over_all_orders("abcde", lambda _made: Fraction(0))


def test_parts_that_do_not_sum_are_refused() -> None:
    """A difference cannot be made of other numbers."""
    start, end = (Published(CELL, Amount(one), "1.0.0") for one in ("1", "3"))
    assert Difference("m", start, end, (Part(Cause.REAL, Fraction(2)),)).total == 2
    with pytest.raises(ValueError, match="do not sum"):
        Difference("m", start, end, (Part(Cause.REAL, Fraction(1)),))


def test_what_is_left_over_is_rounding_or_not_explained() -> None:
    """A billionth of the values is rounding."""
    assert remainder(Fraction(0), [Fraction(1)], "x") == ()
    assert remainder(Fraction(1, 10**12), [Fraction(1)], "x")[0].cause is Cause.ROUNDING
    assert remainder(Fraction(1, 10**3), [Fraction(1)], "x")[0].cause is Cause.UNCLEAR


@given(NUMBERS)
def test_exact_text_reads_back(number: Decimal) -> None:
    """Decimal, and as an exact amount."""
    text = exact(number)
    assert text is not None
    assert fraction(text) == Fraction(number)
    assert Fraction(text_of(Fraction(number))) == Fraction(number)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (5.0, "5"),
        (0.1, "0.1"),
        (-0.0, "0"),
        (1 / 3, "0.33333333333333"),
        (Decimal("1.50"), "1.5"),
        (None, None),
        (10**15, "1000000000000000"),
        (1e300, "1E+300"),
    ],
    ids=repr,
)
def test_equal_numbers_have_one_text(value: object, text: str | None) -> None:
    """Whatever type the engine gives them in."""
    assert exact(value) == text


@pytest.mark.parametrize("value", [float("inf"), float("nan"), Decimal("Infinity")], ids=repr)
def test_no_number_is_no_value(value: object) -> None:
    """Infinite and not-a-number are named."""
    with pytest.raises(Undecidable):
        exact(value)


@pytest.mark.parametrize("line", [b"", b"{}\n", b"not json\n", b'{"format":2}\n', b"[1]\n"])
def test_what_is_no_vintage_is_named(line: bytes) -> None:
    """With its file."""
    with pytest.raises(Undecidable, match=r"x\.jsonl"):
        from_bytes(line, "x.jsonl")


@pytest.mark.parametrize(
    ("text", "grain", "start"),
    [
        ("2026", "year", "2026-01-01"),
        ("2026-Q2", "quarter", "2026-04-01"),
        ("2026-q2", "quarter", "2026-04-01"),
        ("2026-03", "month", "2026-03-01"),
        ("2026-W12", "week", "2026-03-16"),
        ("2026-03-18", "day", "2026-03-18"),
        ("2026-03-18T09", "hour", "2026-03-18T09:00:00"),
    ],
)
def test_periods_have_names(text: str, grain: str, start: str) -> None:
    """Both ways."""
    found, moment = period_named(text)
    assert (found, moment.isoformat()[: len(start)]) == (grain, start)
    assert name_of(found, moment.isoformat()) == text.upper()


@pytest.mark.parametrize("text", ["", "march", "2026-13", "2026-Q5", "2026-W60", "2026-02-30", "2026-3", "26-03"])
def test_other_words_are_no_period(text: str) -> None:
    """Each is refused with examples."""
    from metricgov.domain.errors import BadInput

    with pytest.raises(BadInput, match="is no period"):
        period_named(text)
