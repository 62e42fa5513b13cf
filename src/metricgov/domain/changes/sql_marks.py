"""Which characters of two SQL texts differ in meaning: compared part by part of their structure, not line by line.

Conditions may stand in another order, words in another case, spaces anywhere: none of that is marked as changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from metricgov.domain.changes.marks import Mark, Span, displaced, joined, word_marks
from metricgov.domain.changes.sql import canonical_sql

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token

MOST = 2_000
"""Tokens of both sides together beyond which texts are compared word by word."""

CLAUSES = frozenset(
    {"select", "from", "where", "group by", "having", "order by", "limit", "union", "union all", "with"}
    | {"join", "left join", "inner join", "qualify", "window"}
)
LEVELS: tuple[tuple[frozenset[str], bool], ...] = (
    (CLAUSES, False),
    (frozenset({"when", "then", "else"}), False),
    (frozenset({","}), False),
    (frozenset({"or"}), True),
    (frozenset({"and"}), True),
)
"""What separates the parts of a text, weakest first, and whether their order says nothing."""

_OPENS = {"(": ")", "[": "]", "case": "end"}
_SAME = {"<>": "!=", "==": "="}
_PAIRED = 0.3


@dataclass(frozen=True, slots=True)
class _Item:
    """A token, or everything between two brackets; `key` is equal where the spelling makes no difference."""

    span: Span
    key: str
    inside: tuple[_Item, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """Items after a separator; `lead` is that separator, None for the first part."""

    lead: _Item | None
    items: tuple[_Item, ...]

    @property
    def key(self) -> str:
        return " ".join(one.key for one in self.items)

    @property
    def span(self) -> Span:
        everything = ((self.lead,) if self.lead else ()) + self.items
        return everything[0].span[0], everything[-1].span[1]


@dataclass(slots=True)
class _Comparison:
    before: str
    after: str
    dialect: str
    found: list[Mark] = field(default_factory=list)

    def align(self, old: Sequence[_Item], new: Sequence[_Item], at: tuple[int, int]) -> None:
        """Compare two runs of items; `at` is where they stand, should one of them be empty."""
        for separators, unordered in LEVELS:
            ours, theirs = _parts(old, separators), _parts(new, separators)
            if len(ours) > 1 or len(theirs) > 1:
                self._parts(ours, theirs, at, unordered=unordered)
                return
        self._run(old, new, at)

    def _parts(self, old: list[_Part], new: list[_Part], at: tuple[int, int], *, unordered: bool) -> None:
        same = self._same(old, new) if unordered else _in_order(old, new)
        for place in displaced([theirs for _, theirs in same]):
            ours, theirs = same[place]
            self.found.append(Mark(_bare(old[ours]), _bare(new[theirs]), moved=True))
        taken = {one for one, _ in same}, {one for _, one in same}
        gone = [one for one in range(len(old)) if one not in taken[0]]
        come = [one for one in range(len(new)) if one not in taken[1]]
        for ours, theirs in _alike(old, new, gone, come):
            gone.remove(ours)
            come.remove(theirs)
            start = _bare(old[ours])[0], _bare(new[theirs])[0]
            self.align(old[ours].items, new[theirs].items, start)
        for one in gone:
            place = _after(new, one, at[1])
            self.found.append(Mark(old[one].span, (place, place)))
        for one in come:
            place = _after(old, one, at[0])
            self.found.append(Mark((place, place), new[one].span))

    def _same(self, old: list[_Part], new: list[_Part]) -> list[tuple[int, int]]:
        """Return the parts that mean the same, wherever they stand."""
        waiting: dict[str, list[int]] = {}
        for place, part in enumerate(new):
            waiting.setdefault(self._meaning(part, self.after), []).append(place)
        found = []
        for place, part in enumerate(old):
            if here := waiting.get(self._meaning(part, self.before)):
                found.append((place, here.pop(0)))
        return found

    def _meaning(self, part: _Part, text: str) -> str:
        if not part.items:
            return ""
        found = canonical_sql(text[slice(*_bare(part))], self.dialect)
        return found.key if found.parsed else part.key

    def _run(self, old: Sequence[_Item], new: Sequence[_Item], at: tuple[int, int]) -> None:
        matcher = SequenceMatcher(None, [one.key for one in old], [one.key for one in new], autojunk=False)
        for tag, start, end, first, last in matcher.get_opcodes():
            if tag == "equal":
                continue
            ours, theirs = old[start:end], new[first:last]
            place = _start(old, start, at[0]), _start(new, first, at[1])
            if len(ours) == len(theirs):
                for one, other in zip(ours, theirs, strict=True):
                    self._pair(one, other)
                continue
            groups = [one for one in ours if one.inside], [one for one in theirs if one.inside]
            if len(groups[0]) == len(groups[1]) == 1 and len(ours) <= 2 and len(theirs) <= 2:
                self._around(ours, theirs, groups[0][0], groups[1][0])
                continue
            self.found.append(Mark(_over(ours, place[0]), _over(theirs, place[1])))

    def _around(self, ours: Sequence[_Item], theirs: Sequence[_Item], one: _Item, other: _Item) -> None:
        """Compare two brackets, one of which has a word beside it that the other has not: `(x)` and `f(x)`."""
        head = tuple(each for each in ours if each is not one), tuple(each for each in theirs if each is not other)
        self.found.append(Mark(_over(head[0], one.span[0]), _over(head[1], other.span[0])))
        self._pair(one, other)

    def _pair(self, one: _Item, other: _Item) -> None:
        if one.key == other.key:
            return
        if one.inside and other.inside and one.inside[0].key == other.inside[0].key:
            self.align(one.inside[1:-1], other.inside[1:-1], (one.inside[0].span[1], other.inside[0].span[1]))
            return
        if one.inside or other.inside:
            self.found.append(Mark(one.span, other.span))
            return
        old, new = self.before[slice(*one.span)], self.after[slice(*other.span)]
        for mark in word_marks(old, new):
            self.found.append(Mark(_shifted(mark.before, one.span[0]), _shifted(mark.after, other.span[0])))


def sql_marks(before: str, after: str, dialect: str, *, statement: bool = False) -> tuple[Mark, ...]:
    """Return where two SQL texts differ in what they say; nothing where one is the other in another spelling.

    What cannot be parsed is compared word by word.
    """
    if before == after:
        return ()
    one = canonical_sql(before, dialect, statement=statement)
    other = canonical_sql(after, dialect, statement=statement)
    if not one.parsed or not other.parsed or "{" in before + after:
        return word_marks(before, after)
    if one.key == other.key:
        return ()
    for fold in (True, False):
        old, new = _items(before, dialect, fold=fold), _items(after, dialect, fold=fold)
        if len(old) + len(new) > MOST:
            break
        comparison = _Comparison(before, after, dialect)
        comparison.align(old, new, (0, 0))
        if any(not mark.moved for mark in comparison.found):
            return joined(comparison.found, before, after)
    return word_marks(before, after)


def _items(text: str, dialect: str, *, fold: bool) -> tuple[_Item, ...]:
    from sqlglot.dialects.dialect import Dialect

    tokens = Dialect.get_or_raise(dialect).tokenize(text)
    flat = [_Item((one.start, one.end + 1), _key(one, text, fold=fold)) for one in tokens]
    items, _ = _nested(flat, 0, "")
    return tuple(items)


def _key(token: Token, text: str, *, fold: bool) -> str:
    raw = text[token.start : token.end + 1]
    bare = raw[:1] not in "'\"`"
    folded = " ".join(raw.lower().split())
    folded = _SAME.get(folded, folded)
    return folded if bare and (fold or folded in _OPENS or folded in _OPENS.values()) else raw


def _nested(flat: Sequence[_Item], at: int, closing: str) -> tuple[list[_Item], int]:
    """Return the items up to a closing bracket as a tree, and the place after it."""
    found: list[_Item] = []
    while at < len(flat):
        one = flat[at]
        at += 1
        if one.key in _OPENS:
            inside, at = _nested(flat, at, _OPENS[one.key])
            group = (one, *inside)
            found.append(_Item((one.span[0], group[-1].span[1]), " ".join(each.key for each in group), group))
            continue
        found.append(one)
        if one.key == closing:
            return found, at
    return found, at


def _parts(items: Sequence[_Item], separators: frozenset[str]) -> list[_Part]:
    """Return the parts that separators cut a run into; the AND of a BETWEEN cuts nothing."""
    parts: list[_Part] = []
    lead: _Item | None = None
    here: list[_Item] = []
    between = 0
    for one in items:
        between += one.key == "between"
        if one.key in separators and not one.inside and not (one.key == "and" and between):
            if here or lead is not None:
                parts.append(_Part(lead, tuple(here)))
            lead, here = one, []
            continue
        if one.key == "and":
            between -= 1
        here.append(one)
    if here or lead is not None:
        parts.append(_Part(lead, tuple(here)))
    return parts


def _in_order(old: list[_Part], new: list[_Part]) -> list[tuple[int, int]]:
    keys = [[f"{part.lead.key if part.lead else ''} {part.key}" for part in side] for side in (old, new)]
    matcher = SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    return [(a + step, b + step) for a, b, size in matcher.get_matching_blocks() for step in range(size)]


def _alike(old: list[_Part], new: list[_Part], gone: list[int], come: list[int]) -> Iterator[tuple[int, int]]:
    """Yield pairs of parts that were edited rather than exchanged, the most alike first."""
    if len(gone) == len(come) == 1:
        yield gone[0], come[0]
        return
    scores = []
    for ours in gone:
        for theirs in come:
            keys = [[one.key for one in side.items] for side in (old[ours], new[theirs])]
            alike = SequenceMatcher(None, keys[0], keys[1], autojunk=False).ratio()
            if alike >= _PAIRED:
                scores.append((-alike, abs(ours - theirs), ours, theirs))
    taken: tuple[set[int], set[int]] = (set(), set())
    for _, _, ours, theirs in sorted(scores):
        if ours not in taken[0] and theirs not in taken[1]:
            taken[0].add(ours)
            taken[1].add(theirs)
            yield ours, theirs


def _bare(part: _Part) -> Span:
    """Return where a part stands without its separator."""
    if not part.items:
        return part.span
    return part.items[0].span[0], part.items[-1].span[1]


def _after(parts: list[_Part], place: int, start: int) -> int:
    """Return where a part would stand that one side has not."""
    before = parts[: min(place, len(parts))]
    return before[-1].span[1] if before else start


def _start(items: Sequence[_Item], place: int, start: int) -> int:
    if place < len(items):
        return items[place].span[0]
    return items[-1].span[1] if items else start


def _over(items: Sequence[_Item], at: int) -> Span:
    return (items[0].span[0], items[-1].span[1]) if items else (at, at)


def _shifted(span: Span, by: int) -> Span:
    return span[0] + by, span[1] + by
