"""Bugs stay where they happen: a message that breaks ends neither the program nor a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from textual.message import Message

    from metricgov_tui.app import GovApp


class Guarded(MessagePump):
    """A widget, screen or app of ours: what a message breaks is kept as a report and said in one sentence.

    Textual ends the program for any exception in a handler. A person in the middle of a review is better off with one
    panel that does nothing.
    """

    @property
    def gov(self) -> GovApp:
        """The app, by its own type."""
        from metricgov_tui.app import GovApp

        app = self.app
        assert isinstance(app, GovApp)
        return app

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            app: Any = self.app
            if app.raising:
                raise
            app.broke(error)
