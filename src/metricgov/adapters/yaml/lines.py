"""The lines of block mapping keys, found without a parser; what they do not hold, `locate` knows exactly."""

from __future__ import annotations

import re

_KEY = re.compile(r"^( *)([A-Za-z_][A-Za-z0-9_-]*):(?=[ \t\r]|$)", re.MULTILINE)


def key_lines(data: bytes) -> dict[str, int]:
    """Return the line, from 1, of each block key by dotted path; nothing inside lists or flow mappings.

    Words in a text that look like a key can only add paths below the key of that text, and no field has those.
    """
    found: dict[str, int] = {}
    open_keys: list[tuple[int, str]] = []
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), start=1):
        if line.lstrip(" ").startswith("-") and line.strip() != "---":
            indent = len(line) - len(line.lstrip(" "))
            open_keys = [one for one in open_keys if one[0] < indent or (one[0] == indent and indent == 0)]
            open_keys.append((indent, ""))
            continue
        key = _KEY.match(line)
        if key is None:
            continue
        indent = len(key[1])
        while open_keys and open_keys[-1][0] >= indent:
            open_keys.pop()
        inside = [name for _, name in open_keys]
        open_keys.append((indent, key[2]))
        if "" not in inside:
            found.setdefault(".".join([*inside, key[2]]), number)
    return found
