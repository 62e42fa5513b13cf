"""Reading server-sent events."""

from __future__ import annotations

from collections.abc import Iterator


def events(lines: Iterator[str]) -> Iterator[tuple[str, str, str]]:
    """Read server-sent events (WHATWG HTML, 9.2): name, data and the last id, comments left out."""
    event, data, ident = "message", list[str](), ""
    for line in lines:
        if not line:
            if data:
                yield event, "\n".join(data), ident
            event, data = "message", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            event = value
        elif name == "data":
            data.append(value)
        elif name == "id":
            ident = value
