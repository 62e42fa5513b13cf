"""What all HTML pages share: one style, no script, no address outside, nothing that a text could break out of."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from metricgov.domain.digest import JSON
from metricgov.render.findings import flag_letters
from metricgov.render.inline import words_of
from metricgov.render.kit import clean, day_words

SHARED = Path(__file__).parent / "pages"


def paper(folder: Path = SHARED) -> Environment:
    """Return the environment of pages that stand in a folder, or among the shared ones."""
    found = Environment(
        loader=FileSystemLoader([folder, SHARED], encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    style = (SHARED / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    found.globals.update(style=Markup(style), style_hash=f"sha256-{digest}")  # noqa: S704 - a file of this package
    found.filters.update(day=day_words, second=_second, letters=flag_letters, value=_value)
    return found


def _shown(value: Any) -> Any:
    """Return text as it may be shown: controls and marks that turn its direction become visible."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else clean(value)


def _second(at: str) -> str:
    return at.replace("T", " ").removesuffix("Z")


@cache
def _escape_lines(text: str) -> Markup:
    return Markup("\n").join(Markup.escape(clean(line)) for line in text.split("\n"))


def _value(value: JSON) -> Markup:
    """Return a value of a definition; a text keeps its lines."""
    return _escape_lines(value.rstrip("\n") if isinstance(value, str) and value.strip() else words_of(value))
