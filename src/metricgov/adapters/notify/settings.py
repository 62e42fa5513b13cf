"""The private file that says how people are told; it stands in no commit, and may name secrets of the environment."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from metricgov.domain.errors import BadInput, Place
from metricgov.domain.notices.preferences import Wishes

FILE_VARIABLE: Final = "METRICGOV_NOTIFY"
"""Names the file; without it, notify.toml in the folder `metricgov` of the git directory."""

FILE_NAME: Final = "notify.toml"

LARGEST: Final = 1_000_000

_VARIABLE = re.compile(r"\$\{([A-Z_][A-Z0-9_]*)\}")


def wishes_in(path: Path, *, named: bool) -> Wishes:
    """Return what a file says; nothing where there is none, unless somebody named it."""
    try:
        with path.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except FileNotFoundError:
        if named:
            raise BadInput(
                "notify_file", f"{path} is not there", hint=f"{FILE_VARIABLE} names it; docs/how-to/notify.md has one"
            ) from None
        return Wishes()
    except OSError as error:
        raise BadInput("notify_file", f"{path} cannot be read: {error.strerror}", hint="mend its rights") from error
    return _parsed(data, str(path))


def _parsed(data: bytes, path: str) -> Wishes:
    if len(data) > LARGEST:
        raise BadInput("notify_file", f"{path} is larger than {LARGEST} bytes", hint="name the right file")
    try:
        held: dict[str, Any] = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput("notify_file", f"{path} is no TOML: {error}", hint="mend that line") from None
    try:
        found = Wishes.model_validate(held)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            "notify_file", f"{field}: {first['msg'].lower()}", hint="docs/how-to/notify.md", place=Place(path)
        ) from None
    names = [one.name for one in found.webhooks]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput("notify_file", f"two webhooks are called {twice[0]}", hint="names are unique", place=Place(path))
    return found


class MissingVariable(Exception):
    """An address names a variable that the environment does not have."""


def filled(text: str, environ: Mapping[str, str]) -> str:
    """Return a text with `${NAME}` as the environment has it."""

    def value(found: re.Match[str]) -> str:
        if not environ.get(found[1]):
            raise MissingVariable(found[1])
        return environ[found[1]]

    return _VARIABLE.sub(value, text)
