"""Keys in the order in which they were typed, each for the screen it was meant for.

Textual hands a key to whatever has the focus when it arrives. Two keys in one burst (a fast hand, a slow line, a loaded
machine) then both reach the screen that the first one leaves. Here a key is passed on when the one before it is done
with and what it opened is there; what waits too long is dropped and named.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from textual import events
from textual.app import App
from textual.message import Message

from metricgov_tui import words
from metricgov_tui.keys import in_place, keys_of, name_of, written

if TYPE_CHECKING:
    from textual.widget import Widget

LONGEST: Final = 5.0
"""Seconds that a key waits for the screen it was meant for; after that it is dropped and named."""

BETWEEN_LOOKS: Final = 0.2
"""Seconds after which waiting keys are looked at again, should nothing else have called for them."""

ROUNDS: Final = 4
"""How often a widget is asked whether it is done: a key changes a line, that a search, that the list, that the row."""

ABOUT_CONTENTS: Final = frozenset({"next_match", "previous_match", "copy"})
"""Keys of everywhere that mean nothing before a screen has its contents."""

WITHOUT_CONTENTS: Final = frozenset({"view_left", "view_right", "previous_change", "next_change"})
"""Keys of a screen that mean something before."""


class TypedInOrder(App[None]):
    """An app that hears one key after the other."""

    class Passed(Message):
        """Follows a key through every widget that may handle it, up to the app."""

        def __init__(self, key: events.Key | events.Paste, rounds: int) -> None:
            super().__init__()
            self.key, self.rounds = key, rounds

    _typed: deque[events.Key | events.Paste]
    _handling: Widget | None = None
    """The widget that was handed the last key, until it is done with."""
    _handled: events.Key | events.Paste | None = None
    _coming = 0
    _looked_at = False

    @property
    def waiting_keys(self) -> bool:
        """Whether a key waits, or is being handled."""
        return bool(self._waiting) or self._handling is not None

    @property
    def _waiting(self) -> deque[events.Key | events.Paste]:
        if not hasattr(self, "_typed"):
            self._typed = deque()
        return self._typed

    async def on_event(self, event: events.Event) -> None:
        """Let a key wait for those before it; everything else goes its way."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif isinstance(event, events.Key) and event.key in _keys_that_stop():
            self._waiting.clear()
            await super().on_event(event)
        else:
            self._waiting.extend(_apart(event))
            await self._hear()

    @contextmanager
    def coming(self) -> Iterator[None]:
        """Let keys wait while a dialog is being prepared: they are meant for it."""
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1
            self.ready_for_keys()

    def answered(self) -> None:
        """A dialog was answered: let keys wait until whoever asked has gone on, as that may open the next one."""
        self._coming += 1

        def went_on() -> None:
            self._coming -= 1
            self.ready_for_keys()

        asyncio.get_running_loop().call_soon(lambda: self.call_next(went_on))

    def ready_for_keys(self) -> None:
        """Something is ready: pass on what waits."""
        self.call_later(self._hear)  # behind the change of focus, which takes this way too

    async def _hear(self) -> None:
        """Pass on the next key, if everything is ready for it."""
        if self._handling is not None and self._is_done_with(self._handling):
            self._handling = None
        if self._waiting and self._handling is None and self._is_ready(self._waiting[0]):
            event = self._waiting.popleft()
            self._handling, self._handled = self.focused or self.screen, event
            await super().on_event(event)
            if not self._handling.post_message(self.Passed(event, ROUNDS)):
                self._handling = None
        self._give_up()
        if self._waiting and not self._looked_at:
            self._looked_at = True
            self.set_timer(BETWEEN_LOOKS, self._look_again)

    async def _look_again(self) -> None:
        self._looked_at = False
        await self._hear()

    def on_typed_in_order_passed(self, event: Passed) -> None:
        """A key was handled; in the next round also what it called forth, and what that did."""
        if event.key is not self._handled or self._handling is None:
            return  # of a key before, whose screen was left meanwhile
        if event.rounds > 1 and self._handling.post_message(self.Passed(event.key, event.rounds - 1)):
            return
        self._handling = None
        self.ready_for_keys()

    def _is_done_with(self, widget: Widget) -> bool:
        """Whether no message of a widget arrives any more, or those that do no longer matter."""
        return not widget.is_attached or not self.screen_stack or self.screen not in widget.ancestors_with_self

    def _is_ready(self, event: events.Key | events.Paste) -> bool:
        if self._coming or not self.screen_stack:
            return False
        face = self.screen
        if not getattr(face, "listens", True):
            return False
        if getattr(face, "filled", True):
            return True
        return isinstance(event, events.Key) and event.key in _keys_without_contents(getattr(face, "WHERE", ()))

    def _give_up(self) -> None:
        """Drop what waited too long, and say so: nobody should wonder whether it was done."""
        if not self._waiting or events.Key("", None).time - self._waiting[0].time < LONGEST:
            return
        names = [written(one.key) if isinstance(one, events.Key) else "a paste" for one in self._waiting]
        self._waiting.clear()
        cast("Any", self).say(words.not_heard(names), "warn")


def _apart(event: events.Key | events.Paste) -> list[events.Key | events.Paste]:
    """Return Esc and a letter where a terminal sent them so fast that they look like Alt and that letter.

    No key here takes Alt, and `Esc j` is what fast hands type.
    """
    if isinstance(event, events.Key) and event.key.startswith("alt+") and event.is_printable:
        return [events.Key("escape", "\x1b"), events.Key(event.key.removeprefix("alt+"), event.character)]
    return [event]


def _keys_that_stop() -> frozenset[str]:
    return frozenset(key for one in in_place("app") if one.action == "stop" for key in keys_of(one).split(","))


def _keys_without_contents(where: Sequence[str]) -> frozenset[str]:
    everywhere = [one for one in in_place("app") if name_of(one.action) not in ABOUT_CONTENTS]
    here = [one for one in in_place(*where) if name_of(one.action) in WITHOUT_CONTENTS]
    return frozenset(key for one in (*everywhere, *here) for key in keys_of(one).split(","))
