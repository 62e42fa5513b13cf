"""The channels that notify.toml names, and sending over one of them in bounded time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from metricgov.adapters.notify import settings
from metricgov.domain.errors import BadInput
from metricgov.domain.notices.preferences import Webhook, Wishes, addresses, channel_of
from metricgov.domain.notices.words import Message
from metricgov.ports.notifier import Sent

PATIENCE: Final = 40.0
"""Seconds for one attempt as a whole, however slowly the other side talks."""

HOOK: Final = "webhook-"


class Channels:
    """Implements Notifier."""

    def __init__(self, wishes: Wishes, environ: Mapping[str, str], *, patience: float = PATIENCE) -> None:
        self._wishes = wishes
        self._environ = environ
        self._patience = patience
        self._known: dict[str, str] = {}
        self._hooks = {HOOK + one.name: one for one in wishes.webhooks}
        for person in wishes.people:
            self.channels(person, "")

    def channels(self, person: str, email: str) -> tuple[str, ...]:
        """Return the names of a person's channels, () where there are none."""
        found = {channel_of(one): one for one in addresses(self._wishes, person, email)}
        self._known.update(found)
        return tuple(found)

    def subscribers(self, event: str) -> tuple[str, ...]:
        """Return the names of the webhooks that hear of a type of event."""
        return tuple(name for name, one in self._hooks.items() if not one.kinds or event in one.kinds)

    def send(self, channel: str, message: Message, data: bytes) -> Sent:
        """Try once; never raises for what the other side does."""
        hook, address = self._hooks.get(channel), self._known.get(channel)
        try:
            if hook is not None:
                filled = self._filled(hook)
                return _in_time(lambda: _post(filled, message, data), self._patience)
            if address is not None:
                whole = settings.filled(address, self._environ)
                return _in_time(lambda: _tell(whole, message), self._patience)
        except settings.MissingVariable as error:
            return Sent(f"the environment has no {error}, which notify.toml names")
        return Sent(f"there is no channel {channel} any more: notify.toml named it once", final=True)

    def _filled(self, hook: Webhook) -> Webhook:
        url = settings.filled(hook.url, self._environ)
        return hook.model_copy(
            update={"url": url, "secrets": tuple(settings.filled(one, self._environ) for one in hook.secrets)}
        )


def _post(hook: Webhook, message: Message, data: bytes) -> Sent:
    from metricgov.adapters.notify.webhook import Target, post

    return post(Target(hook.url, hook.secrets, hook.allow_private), message, data)


def _tell(address: str, message: Message) -> Sent:
    from metricgov.adapters.notify.apprised import tell

    return tell(address, message)


def _in_time(attempt: Callable[[], Sent], patience: float) -> Sent:
    """Return what becomes of an attempt, or that it took too long; it may still arrive, and its id shows that."""
    outcome: list[Sent] = []
    wrong: list[Exception] = []

    def run() -> None:
        try:
            outcome.append(attempt())
        except Exception as error:  # noqa: BLE001 - raised again where it was asked for
            wrong.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(patience)
    if wrong:
        error = wrong[0]
        if isinstance(error, ModuleNotFoundError):
            raise BadInput(
                "extra_missing", f"telling people needs {error.name}", hint="pip install 'metricgov[notify]'"
            ) from None
        raise error
    return replace(outcome[0]) if outcome else Sent(f"no answer within {patience:g} seconds")
