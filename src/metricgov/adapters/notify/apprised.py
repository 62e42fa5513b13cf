"""One message over one address of Apprise: e-mail, Slack, Teams, ntfy and the many others."""

from __future__ import annotations

import logging

from metricgov.domain.notices.words import Message
from metricgov.ports.notifier import Sent

MAIL = ("mailto", "mailtos")


def tell(address: str, message: Message) -> Sent:
    """Send once and say what became of it."""
    import apprise

    scheme = address.partition("://")[0].lower()
    if scheme in MAIL:
        address += ("&" if "?" in address else "?") + f"%2BX-Metricgov-Notice={message.id}"
    with apprise.LogCapture(level=logging.WARNING) as log:  # type: ignore[no-untyped-call]
        sender = apprise.Apprise.instantiate(address, suppress_exceptions=True)
        if sender is None:
            return Sent(f"its address ({scheme}://…) is none that Apprise knows: look at notify.toml")
        held = apprise.Apprise()
        held.add(sender)
        arrived = held.notify(title=message.subject, body=message.text, body_format=apprise.NotifyFormat.TEXT)
        lines = log.getvalue().splitlines()
    if arrived:
        return Sent()
    said = next((line for line in reversed(lines) if line.strip()), "")
    return Sent(f"{scheme}: {_told(said, address) or 'it did not arrive'}")


def _told(line: str, address: str) -> str:
    """Return a line of the log without its time, and without anything of the address."""
    said = line.rpartition(" - ")[2].strip()[:200]
    rest = address.partition("://")[2]
    parts = [one for one in rest.replace("?", "/").replace("@", "/").replace(":", "/").split("/") if len(one) > 5]
    for part in (rest, *parts):
        said = said.replace(part, "…") if part else said
    return said
