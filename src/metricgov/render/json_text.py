"""JSON as it leaves the program: fixed key order, readable letters, nothing that a terminal acts on."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from metricgov.domain.digest import JSON

_NOT_NUMBERS = {math.inf: ".inf", -math.inf: "-.inf"}


def plain(value: JSON) -> JSON:
    """Return a value with tuples as lists, and infinities and NaN, which JSON lacks, as the words YAML has for them."""
    match value:
        case str() | bool() | int() | None:
            return value
        case float():
            return ".nan" if math.isnan(value) else _NOT_NUMBERS.get(value, value)
        case Sequence():
            return [plain(item) for item in value]
        case Mapping():
            return {key: plain(item) for key, item in value.items()}


def _escaped(char: str) -> str:
    code = ord(char)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def json_text(value: JSON) -> str:
    """Return a value as indented JSON that ends in a line break; the same value gives the same bytes.

    Letters stay readable; characters that do not print (controls, bidirectional marks, lone surrogates) are `\\u`
    escapes.
    """
    return _readable(json.dumps(plain(value), ensure_ascii=False, allow_nan=False, indent=2)) + "\n"


def json_line(value: JSON) -> str:
    """Return a value as JSON in one line, with the same letters and escapes."""
    return _readable(json.dumps(plain(value), ensure_ascii=False, allow_nan=False)) + "\n"


def _readable(text: str) -> str:
    if text.replace("\n", "").isprintable():
        return text
    return "".join(char if char == "\n" or char.isprintable() else _escaped(char) for char in text)
