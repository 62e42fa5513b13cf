"""Finding definitions while somebody types: by words in names, titles, owners, sources and tags, else by likeness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz, process

from metricgov.domain.searched import Facets, Found

if TYPE_CHECKING:
    from metricgov.domain.views import DefinitionRow

ROUGHLY: Final = 60.0
"""How alike (of 100) a name must be to what was typed to be looked at word by word."""

ALIKE: Final = 82.0
"""How alike each word must be to one of the name's to be taken for a misspelling."""

SHORTEST: Final = 4
"""Letters below which everything is alike."""

MOST_ALIKE: Final = 50

HIDDEN: Final = "governance"
"""Rules are no definitions that somebody looks up; they are found by their kind."""


NAMES: Final = {
    "kind": "kind", "domain": "domain", "owner": "owner", "category": "category", "status": "status", "kpi": "KPI",
    "open_change": "open change",
}  # fmt: skip
"""What people call the facets."""

SORTS: Final = ("name", "owner", "domain", "status", "open change")
"""The orders of the list; what matches best comes first while something is searched, whatever the order is."""


def values_of(row: DefinitionRow) -> dict[str, tuple[str, ...]]:
    """Return the values of a row, by facet."""
    return {
        "kind": (row.id.partition(":")[0],),
        "domain": (row.domain,),
        "owner": tuple(dict.fromkeys((row.owner, *row.people))),
        "category": (row.category,),
        "status": (row.status,),
        "kpi": ("yes" if row.kpi else "no",) if row.id.startswith("metric:") else ("",),
        "open_change": ("yes" if row.open_change else "no",),
        "tag": row.tags,
    }


class Finder:
    """The rows of a registry, ready to be searched: nothing is folded while somebody types."""

    def __init__(self, rows: Sequence[DefinitionRow]) -> None:
        self.rows = tuple(rows)
        self._names = [_name(one).casefold() for one in self.rows]
        self._spaced = [one.replace("_", " ") for one in self._names]
        self._hay = [_hay(row, name) for row, name in zip(self.rows, self._spaced, strict=True)]
        self._values = [values_of(one) for one in self.rows]
        self._last: tuple[tuple[str, ...], Facets, list[int]] = ((), Facets(), [])
        self._orders: dict[str, list[int]] = {}

    def find(self, typed: str, facets: Facets, sort: str = "name") -> Found:
        """Return what matches every word, best first; where nothing does, what is only misspelt."""
        words = tuple(typed.casefold().replace("_", " ").split())
        hits = self._hits(words, facets)
        if not words:
            kept = set(hits)
            return Found(tuple(self.rows[one] for one in self._order(sort) if one in kept), len(hits))
        ranked = sorted(hits, key=lambda one: self._rank(one, words))
        near = [] if hits else self._near(" ".join(words))
        alike = self._alike(words, near, facets)
        found = tuple(self.rows[one] for one in (*ranked, *alike))
        return Found(found, len(ranked), "" if found else self._closest(" ".join(words), near))

    def counts(self, typed: str, facets: Facets) -> dict[str, Counter[str]]:
        """Return for each facet how many rows each of its values would leave, given the other facets and the search."""
        words = tuple(typed.casefold().replace("_", " ").split())
        found = {}
        for name in NAMES:
            others = replace(facets, **{name: ""})
            rows = self._matching(words, others, range(len(self.rows)), governance=name == "kind")
            counter: Counter[str] = Counter()
            for one in rows or self._alike(words, self._near(" ".join(words)), others):
                counter.update(value for value in self._values[one][name] if value)
            found[name] = counter
        return found

    def _hits(self, words: tuple[str, ...], facets: Facets) -> list[int]:
        """Return the rows that hold every word; going on with a word looks only at what was found before."""
        before, of, held = self._last
        narrower = (
            bool(before)
            and of == facets
            and len(words) >= len(before)
            and all(later.startswith(one) for later, one in zip(words, before, strict=False))
        )
        hits = self._matching(words, facets, held if narrower else range(len(self.rows)))
        self._last = words, facets, hits
        return hits

    def _matching(
        self, words: tuple[str, ...], facets: Facets, among: Iterable[int], *, governance: bool = False
    ) -> list[int]:
        hay = self._hay
        match words:
            case ():
                found: Iterable[int] = among
            case (word,):
                found = [one for one in among if word in hay[one]]
            case _:
                found = [one for one in among if all(word in hay[one] for word in words)]
        chosen = facets.chosen
        if "kind" not in chosen and not governance:
            found = [one for one in found if HIDDEN not in self._values[one]["kind"]]
        for name, value in chosen.items():
            found = [one for one in found if value in self._values[one][name]]
        return list(found)

    def _rank(self, place: int, words: tuple[str, ...]) -> tuple[int, int, int]:
        name, first = self._spaced[place], words[0]
        if name == " ".join(words):
            return 0, 0, place
        if all(word in name for word in words):
            return (1 if name.startswith(first) else 2 if f" {first}" in name else 3), len(name), place
        title = self.rows[place].title.casefold()
        return (4 if all(word in title for word in words) else 5), 0, place

    def _near(self, typed: str) -> list[int]:
        """Return the rows whose names hold something like what was typed, the most alike first."""
        if len(typed) < SHORTEST:
            return []
        found = process.extract(typed, self._spaced, scorer=fuzz.partial_ratio, score_cutoff=ROUGHLY, limit=MOST_ALIKE)
        return [place for _, _, place in found]

    def _alike(self, words: tuple[str, ...], near: Sequence[int], facets: Facets) -> list[int]:
        """Return those in whose names every word stands, misspelt."""
        found = [one for one in near if all(_alike(word, self._spaced[one].split()) for word in words)]
        return self._matching((), facets, found)

    def _closest(self, typed: str, near: Sequence[int]) -> str:
        best = max(near, key=lambda one: fuzz.WRatio(typed, self._spaced[one]), default=None)
        return _name(self.rows[best]) if best is not None else ""

    def _order(self, sort: str) -> list[int]:
        if sort not in self._orders:
            self._orders[sort] = sorted(range(len(self.rows)), key=lambda one: self._sorted_by(one, sort))
        return self._orders[sort]

    def _sorted_by(self, place: int, sort: str) -> tuple[bool, str, bool, str]:
        row = self.rows[place]
        value = {
            "owner": row.owner,
            "domain": row.domain,
            "status": row.status,
            "open change": "" if row.open_change else "~",
        }.get(sort, "")
        return row.problem == "" and sort == "status", value, not row.id.startswith("metric:"), self._names[place]


def _alike(word: str, names: Sequence[str]) -> bool:
    """Say whether a word is a misspelling of one of the words of a name, or the beginning of one."""
    if len(word) < SHORTEST:
        return any(one.startswith(word) for one in names)
    return any(fuzz.ratio(word, one[: len(word) + 1]) >= ALIKE or fuzz.ratio(word, one) >= ALIKE for one in names)


def _name(row: DefinitionRow) -> str:
    return row.id.partition(":")[2]


def _hay(row: DefinitionRow, name: str) -> str:
    held = (row.id, row.title, row.owner, *row.people, *row.sources, *row.tags)
    text = "\n".join((name, name.replace(" ", ""), *held)).casefold()
    return f"{text}\n{text.replace('_', ' ')}" if "_" in text else text
