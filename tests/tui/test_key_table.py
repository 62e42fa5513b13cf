"""The one table of keys: no clash, no key that terminals or browsers need, remapping that cannot lose a key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from metricgov_tui import keys
from metricgov_tui.keys import MENUS, TABLE, WHERE, first_key, in_place, keys_of, name_of, remap, written

TAKEN = {f"ctrl+{letter}" for letter in "abpqsw"} | {"ctrl+backslash"}
"""Keys that tmux, screen, flow control, job control, browsers and editors need."""


@pytest.fixture(autouse=True)
def as_usual() -> Iterator[None]:
    """Leave the table as it was."""
    yield
    remap({})


@pytest.mark.parametrize("one", TABLE, ids=lambda one: f"{one.where}.{name_of(one.action)}")
def test_no_key_is_one_that_others_need(one: keys.Key) -> None:
    """No Alt, no function keys, none of TAKEN."""
    for key in one.keys.split(","):
        assert key not in TAKEN
        assert "alt" not in key
        assert not (key.startswith("f") and key[1:].isdigit())
    assert one.words
    assert one.says


@pytest.mark.parametrize("where", [place for place in WHERE if place not in ("app", "rows")])
def test_one_key_means_one_thing_in_a_place(where: str) -> None:
    """Keys of a place, of rows and of everywhere do not clash, but where a place means to replace one."""
    held: dict[str, str] = {}
    for one in in_place(where) if where in MENUS else [*in_place(where), *in_place("rows")]:
        for key in one.keys.split(","):
            assert held.setdefault(key, one.action) == one.action, f"{key} in {where}"


def test_another_key_is_taken_and_shown() -> None:
    """`keys: {approve: A}` moves the key, in the footer and everywhere."""
    remap({"approve": "A"})
    assert first_key("approve", ["review"]) == "A"
    assert keys_of(next(one for one in TABLE if one.where == "review" and one.action == "approve")) == "A"


def test_a_clash_names_both() -> None:
    """A key that something else has there is refused."""
    with pytest.raises(ValueError, match=r"r cannot be both request_changes and approve|approve and request_changes"):
        remap({"approve": "r"})


def test_an_unknown_name_is_named() -> None:
    """A misspelt action is refused."""
    with pytest.raises(ValueError, match="no key named aprove"):
        remap({"aprove": "A"})


def test_keys_are_written_as_people_write_them() -> None:
    """Ctrl-D, Esc, and signs as they stand on the keyboard."""
    assert [written(one) for one in ("ctrl+d", "escape", "question_mark", "G")] == ["Ctrl-D", "Esc", "?", "G"]
