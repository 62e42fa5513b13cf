"""What was worked out is given again to whoever asks the same, and to nobody else; changes are folded on."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hypothesis import given
from hypothesis import strategies as st

from metricgov.app.folding import state_of
from metricgov.app.remembered import Remembered
from metricgov.domain.workflow.fold import fold
from unit.workflow.world import CHANGE, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from metricgov.domain.workflow.envelope import Envelope
    from metricgov.ports.journal import Journal


def counted(value: str, made: list[str]) -> Callable[[], str]:
    def work() -> str:
        made.append(value)
        return value

    return work


def test_an_answer_is_worked_out_once() -> None:
    held, made = Remembered(), list[str]()
    assert [held.get(("a", 1), counted("x", made)) for _ in range(3)] == ["x"] * 3
    assert held.get(("a", 2), counted("y", made)) == "y"
    assert made == ["x", "y"]


def test_an_answer_of_none_counts_too() -> None:
    held, made = Remembered(), list[str]()
    assert held.get("nothing", lambda: made.append("once")) is None
    assert held.get("nothing", lambda: made.append("twice")) is None
    assert made == ["once"]


@given(asked=st.lists(st.integers(0, 6), max_size=60))
def test_those_asked_for_last_are_held(asked: list[int]) -> None:
    held, made = Remembered(most=3), list[str]()
    recent: list[int] = []
    for one in asked:
        before = len(made)
        held.get(one, counted(str(one), made))
        assert (len(made) == before) == (one in recent)
        recent = [*[each for each in recent if each != one], one][-3:]


def told(*worlds: World) -> list[tuple[Envelope, ...]]:
    return [tuple(one for one in world.log if one.change == CHANGE) for world in worlds]


def journal_of(events: tuple[Envelope, ...]) -> Journal:
    class Told:
        def events_of(self, change: str | None) -> tuple[Envelope, ...]:
            return events if change == CHANGE else ()

    return cast("Journal", Told())


def test_a_state_is_that_of_the_events_whatever_was_asked_before() -> None:
    """Longer, shorter, and of another journal in which the same change went another way."""
    one, other = World(), World()
    for world in (one, other):
        world.propose()
    one.approve("crm-lead")
    other.object("sales-ann")
    mine, theirs = told(one, other)
    for events in (mine[:1], mine, mine[:2], theirs, mine, theirs[:2], ()):
        assert state_of(CHANGE, journal_of(events)) == fold(CHANGE, events).state
