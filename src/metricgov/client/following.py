"""Following what happens at a server: server-sent events, taken up again where a connection ends."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from metricgov.client.events import events
from metricgov.desk import wire
from metricgov.desk.problems import error_of
from metricgov.desk.resources import VERSION
from metricgov.domain.errors import BadInput, MetricgovError, Refused, Undecidable
from metricgov.domain.happenings import Happening

if TYPE_CHECKING:
    import httpx

SILENCE: Final = 45.0
"""Seconds without a byte after which a connection is taken for dead: three times what the server lets pass."""

PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before each further attempt; the last one again and again."""


def follow(
    http: httpx.Client,
    url: str,
    headers: Callable[[], dict[str, str]],
    refusal: Callable[[Any], MetricgovError],
    **asked: Any,
) -> Iterator[Happening]:
    """Yield what happens, for as long as somebody asks for the next one; `asked` are the words of the URL.

    What the server refuses is raised. A connection that ends is opened again after the last event, where one was open
    before; the first attempt raises Undecidable where nobody answers.
    """
    last, failed, opened = "", 0, False
    while True:
        try:
            for event, data, ident in _stream(http, url, headers, refusal, asked, last):
                last, failed, opened = ident or last, 0, True
                if event == "happened":
                    yield wire.from_json(Happening, data)
                elif event == "problem":
                    raise error_of(json.loads(data))
        except _Ended as ended:
            if not opened:
                raise ended.error from None
        except (Refused, BadInput) as error:
            if error.code != "rate_limited" or not opened:
                raise
        except Undecidable:
            if not opened:
                raise
        time.sleep(PAUSES[min(failed, len(PAUSES) - 1)])
        failed += 1


class _Ended(Exception):
    """A connection came to nothing; `error` says so to people."""

    def __init__(self, error: MetricgovError) -> None:
        super().__init__(str(error))
        self.error = error


def _stream(
    http: httpx.Client,
    url: str,
    headers: Callable[[], dict[str, str]],
    refusal: Callable[[Any], MetricgovError],
    asked: dict[str, Any],
    last: str,
) -> Iterator[tuple[str, str, str]]:
    """Yield the events of one connection: name, data, id."""
    import httpx

    sent = {**headers(), "Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
    patience = httpx.Timeout(SILENCE, connect=10.0)
    try:
        with http.stream("GET", f"{url}/{VERSION}/events/live", headers=sent, params=asked, timeout=patience) as answer:
            if answer.status_code >= 400:
                answer.read()
                raise refusal(answer)
            yield from events(answer.iter_lines())
    except httpx.HTTPError as error:
        says = f"{url} does not answer: {str(error) or type(error).__name__}"
        hint = f"is the address right, and the server up? curl {url}/health"
        raise _Ended(Undecidable("server_unreachable", says, hint=hint)) from None
