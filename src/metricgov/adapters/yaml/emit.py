"""Values as canonical lines of YAML: quoting, folding, flow and block. Comments and order are decided elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from metricgov.adapters.yaml.scalars import resolve
from metricgov.domain.digest import JSON

WIDTH = 110
INDENT = 2

_PLAIN_START = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[-?:](?=[^\s,\[\]{}])")
_NOT_PLAIN = re.compile(r": |:$|:\n| #|^\s|\s$|\n|^(?:---|\.\.\.)|[\x85\u2028\u2029]")
_ELSEWHERE = re.compile(
    r"<<|=|(?i:y|n|yes|no|on|off)|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+|[-+]?0b[01_]+|[-+]?[0-9]+_[0-9_]*"
)
"""Plain words that readers of YAML 1.1 take for something else than text."""

_FLOW_UNSAFE = re.compile(r"[,\[\]{}?]|:[,\[\]{}]|^[-:]")


def scalar(value: JSON, *, flow: bool = False) -> str:
    """Return a scalar on one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(int(value)) + ".0" if value.is_integer() and abs(value) < 1e15 else repr(value)
        case str():
            return _text(value, flow)
        case _:
            raise TypeError(f"not a scalar: {type(value).__name__}")


def _text(value: str, flow: bool) -> str:
    if _is_plain(value, flow):
        return value
    if "\n" in value or not value.isprintable():
        return json.dumps(value, ensure_ascii=False)
    if "'" in value and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return "'" + value.replace("'", "''") + "'"


def _is_plain(value: str, flow: bool) -> bool:
    if not value or not _PLAIN_START.match(value) or _NOT_PLAIN.search(value):
        return False
    if flow and _FLOW_UNSAFE.search(value):
        return False
    return not _ELSEWHERE.fullmatch(value) and resolve(value) == (value, "")


def flow(value: JSON) -> str:
    """Return a value in flow style on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key, flow=True)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value, flow=True)


def text_lines(prefix: str, value: str, indent: int, beside: str = "") -> list[str]:
    """Return a text behind `key:` or `-`: on its line where it fits, else folded, or literal if it has lines."""
    pad, inner = " " * indent, " " * (indent + INDENT)
    tail = f"  {beside}" if beside else ""
    if "\n" not in value:
        line = f"{pad}{prefix} {scalar(value)}"
        if len(line) <= WIDTH or not (folded := _fold(value, WIDTH - len(inner))):
            return [line + tail]
        return [f"{pad}{prefix} >-{tail}", *(inner + part for part in folded)]
    body = value.removesuffix("\n")
    last = body.rpartition("\n")[2]  # a line of spaces at the end would read as a blank line between two fields
    if not last.strip() or body[0] in " \n" or not body.replace("\n", "").isprintable():
        return [f"{pad}{prefix} {scalar(value)}{tail}"]
    mark = "|" if value.endswith("\n") else "|-"
    return [f"{pad}{prefix} {mark}{tail}", *(inner + line if line else "" for line in body.split("\n"))]


def _fold(value: str, width: int) -> list[str]:
    """Return the lines of a folded text, none where folding could change it."""
    if value != value.strip() or not value.isprintable():
        return []
    lines: list[str] = []
    rest = value
    while len(rest) > width:
        cut = rest.rfind(" ", 0, width + 1)
        while cut > 0 and (rest[cut - 1] == " " or rest[cut + 1] == " "):
            cut = rest.rfind(" ", 0, cut)
        if cut <= 0:
            cut = next((m.start() for m in re.finditer(r"(?<=[^ ]) (?=[^ ])", rest)), -1)
        if cut <= 0:
            break
        lines.append(rest[:cut])
        rest = rest[cut + 1 :]
    return [*lines, rest] if lines else []


def block(prefix: str, value: JSON, indent: int) -> list[str]:
    """Return a value without comments behind `key:` or `-`; short lists of scalars and empty values in flow style."""
    pad = " " * indent
    if isinstance(value, str):
        return text_lines(prefix, value, indent)
    if not isinstance(value, Mapping | list | tuple):
        return [f"{pad}{prefix} {scalar(value)}"]
    line = f"{pad}{prefix} {flow(value)}"
    if not value or (isinstance(value, list | tuple) and len(line) <= WIDTH and not any(map(_is_nested, value))):
        return [line]
    lines = [f"{pad}{prefix}"]
    if isinstance(value, Mapping):
        for key, inner in value.items():
            lines += block(f"{scalar(key)}:", inner, indent + INDENT)
    else:
        for item in value:
            lines += block("-", item, indent + INDENT)
    return lines


def _is_nested(value: JSON) -> bool:
    return isinstance(value, Mapping | list | tuple)
