"""Long lists in pages: a page ends at an item, and the next begins after it, wherever it stands by then."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, Final

from metricgov.domain.errors import BadInput

LARGEST: Final = 1000
"""Items of the largest page."""


def cut(items: Sequence[Any], key: str, limit: int, cursor: str) -> tuple[tuple[Any, ...], str]:
    """Return one page and the cursor of the next, "" where this is the last.

    A cursor names the last item by its key and where it stood: where the item has gone meanwhile, the next page begins
    where it would be.
    """
    start = 0
    if cursor:
        last, place = _read(cursor)
        found = next((at for at, one in enumerate(items) if str(getattr(one, key)) == last), None)
        start = found + 1 if found is not None else min(place, len(items))
    page = tuple(items[start : start + limit])
    if start + limit >= len(items):
        return page, ""
    return page, _written(str(getattr(page[-1], key)), start + limit - 1)


def only(data: bytes, names: str, *, listed: bool) -> bytes:
    """Return an answer with only the named fields of the object, or of each item of a list."""
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    answer = json.loads(data)
    if listed:
        answer["items"] = [_only(one, wanted) for one in answer["items"]]
    elif isinstance(answer, list):
        answer = [_only(one, wanted) for one in answer]
    else:
        answer = _only(answer, wanted)
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def _only(one: Any, wanted: set[str]) -> Any:
    if not isinstance(one, dict):
        return one
    if unknown := sorted(wanted - one.keys()):
        raise BadInput(
            "field_unknown", f"there is no field {', '.join(unknown)} here", hint=f"there are: {', '.join(sorted(one))}"
        )
    return {name: value for name, value in one.items() if name in wanted}


def _written(key: str, place: int) -> str:
    return urlsafe_b64encode(json.dumps([key, place]).encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[str, int]:
    try:
        key, place = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(key, str) and isinstance(place, int) and place >= 0:
            return key, place
    except (ValueError, TypeError, binascii.Error):
        pass
    raise BadInput("bad_cursor", "this cursor is none of ours", hint="take it from `next` of the page before")
