"""The quick reader: the same values as the exact one for files it is sure about, None for every other file.

The parser behind it accepts duplicate keys, anchors, tags and more. So a text must first show that it holds
nothing of the kind, and afterwards the number of keys found must be the number of key marks in the text: were a
key written twice, there would be a mark more. A differential test holds this against the exact reader.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from yaml12 import parse_yaml

from metricgov.adapters.yaml.scalars import MAX_BYTES, MAX_DEPTH, MAX_INTEGER, UNSEEN

if TYPE_CHECKING:
    from metricgov.domain.digest import JSON

_ORDINARY = bytes(code for code in range(128) if code == 10 or 32 <= code < 127)
_PROPERTY = re.compile(r"(?:^|[-:?\[{,])[ ]*[&*!]", re.MULTILINE)
_EXPLICIT_KEY = re.compile(r"(?:^|[-:?\[{,])[ ]*\?(?:[ \n]|\Z)", re.MULTILINE)
_BEGINNING = re.compile(r"(?: *(?:#[^\n]*)?\n)*[A-Za-z_]")
_HEADER = re.compile(r"(?:#[^'\"\n]*\n)+")
_COMMENT_LINE = re.compile(r"^ *#[^'\"\n]*$", re.MULTILINE)
_QUOTED_LINE = re.compile(r"""^( *(?:- +)*[A-Za-z_]\w*: )(?:"[^"\n]*"|'[^'\n]*')$""", re.MULTILINE)
_BLOCK_TEXT = re.compile(r"^( *)([A-Za-z_]\w*: )[|>][-+]?\n(?:(?:\1 +[^\n]*)?\n)+", re.MULTILINE)
_QUOTED = r"""\"[^\"\n\[\]{}]*+\"|'[^'\n\[\]{}]*+'"""
_ITEM = rf"""(?:[A-Za-z0-9_.+$/~-][^,\[\]{{}}"'#:?\n]*+|{_QUOTED})"""
_LIST = re.compile(rf"\[\s*+(?:{_ITEM}\s*+,\s*+)*+(?:{_ITEM}\s*+)?\]")
_MAP = re.compile(rf"\{{(?:\s*+[A-Za-z_]\w*+: ++{_ITEM}\s*+,)*+\s*+[A-Za-z_]\w*+: ++{_ITEM}\s*+\}}")
_IN_FLOW_MARKS = (":,", ":[", ":]", ":{", ":}", '":', "':", "]:", "}:")


class _Doubt(Exception):
    """The file may hold something that only the exact reader judges."""


def quick(data: bytes) -> dict[str, JSON] | None:
    """Return the mapping of a file, None where the exact reader must decide."""
    if not 0 < len(data) <= MAX_BYTES:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not _is_plain(data, text):
        return None
    try:
        value = parse_yaml(text)
        if type(value) is not dict or not _has_marks(text, _keys(value, 1)):
            return None
    except (ValueError, _Doubt):
        return None
    return cast("dict[str, JSON]", value)


def _is_plain(data: bytes, text: str) -> bool:
    """Say whether a text shows none of the marks behind which something refused can hide."""
    if data.isascii():
        if data.translate(None, _ORDINARY):
            return False
    elif UNSEEN.search(text):
        return False
    if "\\" in text or "<<" in text or " \n" in text or text[-1] != "\n" or not _BEGINNING.match(text):
        return False
    if text.startswith(("%", "---", "...")) or "\n%" in text or "\n---" in text or "\n..." in text:
        return False
    if ("&" in text or "*" in text or "!" in text) and _PROPERTY.search(text):
        return False
    if "?" in text and _EXPLICIT_KEY.search(text):
        return False
    return ("[" not in text and "{" not in text) or _is_simple_flow(text)


def _is_simple_flow(text: str) -> bool:
    """Say whether every bracket belongs to a list of plain items, or to a mapping in which each entry has its colon."""
    count = 1
    while count:
        text, count = _LIST.subn("x", text)
        if "{" in text:
            text, maps = _MAP.subn("x", text)
            count += maps
        if "[" not in text and "{" not in text:
            return True
    return False


def _has_marks(text: str, keys: int) -> bool:
    """Say whether a text has exactly so many colons that may end a key; the fewer it can have, the surer we are."""
    if text[0] == "#":
        text = _HEADER.sub("", text, count=1)
    if text.count(":") == keys or _colons(text) == keys:
        return True
    if "#" in text:
        text = _COMMENT_LINE.sub("", text)
    if (": |" in text or ": >" in text or "'" in text or '"' in text) and _flow_stays_on_its_line(text):
        text = _QUOTED_LINE.sub(r"\1x", _BLOCK_TEXT.sub(r"\1\2x\n", text))
    return _colons(text) == keys


def _colons(text: str) -> int:
    marks = text.count(": ") + text.count(":\n") + text.endswith(":")
    return marks + sum(text.count(mark) for mark in _IN_FLOW_MARKS)


def _flow_stays_on_its_line(text: str) -> bool:
    """Say whether brackets close on their line and never meet quotes, so that a line begins outside of them."""
    if "[" not in text and "{" not in text:
        return True
    for line in text.split("\n"):
        if "[" in line or "{" in line:
            if "'" in line or '"' in line or "#" in line:
                return False
            if line.count("[") != line.count("]") or line.count("{") != line.count("}"):
                return False
    return True


def _keys(value: Any, depth: int) -> int:
    """Return the number of keys in a tree; _Doubt where a value is not plain JSON within our limits."""
    if depth > MAX_DEPTH:
        raise _Doubt
    count = 0
    if type(value) is dict:
        count = len(value)
        for key in value:
            if type(key) is not str:
                raise _Doubt
        value = value.values()
    for inner in value:
        kind = type(inner)
        if kind is str:
            if inner[:1] == "\n":
                raise _Doubt
        elif kind is bool or inner is None:
            continue
        elif kind is dict or kind is list:
            count += _keys(inner, depth + 1)
        elif not ((kind is int or kind is float) and -MAX_INTEGER < inner < MAX_INTEGER):
            raise _Doubt
    return count
