"""Lines of a commit that name definitions: which paths hold which name, and which name a metric as an input."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

_INPUT = re.compile(r"""\bmetric["']?\s*:\s*(["']?([a-z][a-z0-9_]*))?""")
_WORD = re.compile(r"\w+")


class Mentions(dict[str, tuple[str, ...]]):
    """Lines by path that many changes look through: what can be known of all of them is worked out once."""

    @cached_property
    def words(self) -> Mapping[str, frozenset[str]]:
        """The paths that hold a word, by word."""
        found: dict[str, set[str]] = {}
        for path, held in self.items():
            for word in {word for line in held for word in _WORD.findall(line)}:
                found.setdefault(word, set()).add(path)
        return {word: frozenset(paths) for word, paths in found.items()}

    @cached_property
    def readers(self) -> Readers:
        """The paths that name metrics as inputs."""
        return Readers.of(self)


def naming(lines: Mapping[str, Sequence[str]], names: Sequence[str]) -> Iterable[str]:
    """Yield the paths with a line that holds one of the names as a whole word."""
    if isinstance(lines, Mentions) and all(map(_WORD.fullmatch, names)):
        return sorted({path for name in names for path in lines.words.get(name, ())})
    named = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b")
    return (path for path, held in lines.items() if any(named.search(line) for line in held))


def readers_in(lines: Mapping[str, Sequence[str]]) -> Readers:
    """Return which paths name which metric as an input."""
    return lines.readers if isinstance(lines, Mentions) else Readers.of(lines)


@dataclass(frozen=True, slots=True)
class Readers:
    """Which paths name which metric as an input; `unclear` are those whose key and value stand on different lines."""

    by_name: Mapping[str, Sequence[str]]
    unclear: Sequence[str]

    @classmethod
    def of(cls, lines: Mapping[str, Sequence[str]]) -> Readers:
        """Read the lines that a search found."""
        by_name: dict[str, list[str]] = {}
        unclear: list[str] = []
        for path, held in lines.items():
            for line in held:
                for found in _INPUT.finditer(line):
                    (by_name.setdefault(found[2], []) if found[2] else unclear).append(path)
                if line.lstrip(" -").startswith("?"):
                    unclear.append(path)
        return cls(by_name, unclear)

    def naming(self, metric: str) -> Iterable[str]:
        """Return the paths that name a metric, and those that may."""
        return (*self.by_name.get(metric, ()), *self.unclear)
