"""The one form of a value: whichever writer is taken for it, the bytes are those of RFC 8785."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from metricgov.domain.digest import LARGEST, canonical_json


class Word(StrEnum):
    ONE = "one"


class Number(IntEnum):
    ONE = 1


TEXTS = st.text() | st.sampled_from(["", "é", "\u2028", "\x7f", "\x1f", "\ue000", "\U0001f600", '"\\/\b\f\n\r\t'])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))


@given(VALUES)
@example({"\U0001f600": 1, "\ue000": 2})
@example([1e16, 1e-7, -0.0, 1.0, 5e-324])
@example([LARGEST, -LARGEST])
@example({"a": (1, [Word.ONE, Number.ONE, True])})
def test_a_value_has_the_form_that_the_library_gives_it(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except rfc8785.CanonicalizationError:
        with pytest.raises(rfc8785.CanonicalizationError):
            canonical_json(value)
        return
    assert canonical_json(value) == expected


@pytest.mark.parametrize(
    "value", [LARGEST + 1, [-LARGEST - 1], float("nan"), float("inf"), "\ud800", {1: 2}, {"a": object()}]
)
def test_what_has_no_form_is_refused_as_the_library_refuses_it(value: Any) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical_json(value)
