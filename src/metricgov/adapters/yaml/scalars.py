"""The YAML 1.2 core schema for plain scalars, and the characters and sizes that no file may have."""

from __future__ import annotations

import math
import re
import unicodedata

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_INTEGER = 2**53
"""Integers below this are exact in every JSON reader."""

UNSEEN_CLASS = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
UNSEEN = re.compile(f"[{UNSEEN_CLASS}\t]|\r(?!\n)")
"""Control, bidirectional, zero-width and other invisible characters; only space and line ends are free."""

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


def resolve(text: str) -> tuple[None | bool | int | float | str, str]:
    """Return the value of a plain scalar and what is wrong with it ("" if nothing)."""
    if text in _WORDS:
        return _WORDS[text], ""
    if _INTEGER.fullmatch(text):
        if len(text) > 400:
            return 0, "is too large a number"
        number = int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        return number, "" if abs(number) < MAX_INTEGER else "is too large to be exact (2^53)"
    if _FLOAT.fullmatch(text):
        value = float(text)
        if not math.isfinite(value) or abs(value) >= MAX_INTEGER:
            return 0.0, "is too large a number"
        return value, ""
    if _INFINITE.fullmatch(text):
        return 0.0, "is not a number that JSON can hold"
    return text, ""


def unseen_name(character: str) -> str:
    """Return what a hidden character is called."""
    if character == "\t":
        return "tab"
    return unicodedata.name(character, "control character").lower()
