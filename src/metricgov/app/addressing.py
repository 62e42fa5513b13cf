"""How people name changes and definitions, and which one they mean; what is then done with it lives elsewhere."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache

from metricgov.domain.definitions.kinds import NATIVE, Kind, split_id
from metricgov.domain.errors import BadInput
from metricgov.ports.journal import ChangeIds, Journal

PREFIX = "chg-"
SHORTEST = 6
"""Letters of the shortest label."""
ULID_LENGTH = 26
CROCKFORD = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
LOOKS_LIKE = str.maketrans("ILO", "110")
"""Letters that Crockford's alphabet leaves out, read as what they look like."""

ADDRESSABLE = (*NATIVE, Kind.GOVERNANCE, Kind.OPAQUE)
"""Kinds that a bare name may mean."""

SHOWN = 6
"""Candidates that an error lists at most."""


def label_of(change: str, ids: Iterable[str]) -> str:
    """Return `chg-` and the shortest lower-case tail (at least six letters) that no other of the ids ends with."""
    longest = max((_shared_tail(change, other) for other in ids if other != change), default=0)
    return PREFIX + change[-max(SHORTEST, longest + 1) :].lower()


class Labels(Mapping[str, str]):
    """The labels of some changes by id, each worked out when it is asked for: between its nearest by last letters."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._turned = _by_last_letters(tuple(ids))

    def __getitem__(self, change: str) -> str:
        turned = change[::-1]
        place = bisect_left(self._turned, turned)
        if self._turned[place : place + 1] != (turned,):
            raise KeyError(change)
        around = (*self._turned[max(0, place - 1) : place], *self._turned[place + 1 : place + 2])
        longest = max((_shared_head(turned, other) for other in around), default=0)
        return PREFIX + change[-max(SHORTEST, longest + 1) :].lower()

    def __iter__(self) -> Iterator[str]:
        return (turned[::-1] for turned in self._turned)

    def __len__(self) -> int:
        return len(self._turned)


@lru_cache(maxsize=4)
def _by_last_letters(ids: tuple[str, ...]) -> tuple[str, ...]:
    """Return ids turned round and sorted; those of one journal are asked for again and again."""
    return tuple(sorted({change[::-1] for change in ids}))


def resolve_change(text: str, *, journal: Journal, ids: ChangeIds, ended: bool = False) -> str:
    """Return the full id of the change that a text names.

    A full ULID, `chg-` with a unique beginning or end of one (the `chg-` may be left out), or the name of a definition
    that exactly one open change touches; with `ended`, where none is open, the last one that touched it. BadInput,
    listing the candidates, where none or several are meant.
    """
    word = text.strip()
    if not word:
        raise BadInput("change_missing", "no change is named", hint="name one of: metricgov change list")
    key = _id_part(word)
    if len(key) == ULID_LENGTH:
        if journal.events_of(key):
            return key
        raise _unknown(word)
    by_id = _matching(key, ids.changes()) if key else ()
    by_name = () if word.lower().startswith(PREFIX) else _open_changes(word, journal)
    found = tuple(dict.fromkeys([*by_name, *by_id]))
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(word, found, ids.changes())
    past = [change for one in touched_ids(word, journal) for change in journal.touching(one)] if ended else []
    if past:
        return max(past)
    raise _unknown(word) if word.lower().startswith(PREFIX) else _nothing_open(word, journal, ids)


def resolve_definition(text: str, known: Iterable[str]) -> str:
    """Return the definition id that a text names: `kind:name`, or a name that one kind alone has.

    `known` are ids. BadInput with the nearest names, or with the ids that share the name.
    """
    word = text.strip()
    if not word:
        raise BadInput("definition_missing", "no definition is named", hint="name one of: metricgov list")
    present = frozenset(known)
    if ":" in word:
        if word in present:
            return word
        raise _no_definition(word, sorted(present))
    found = sorted(one for one in present if one.partition(":")[2] == word)
    if len(found) == 1:
        return found[0]
    if found:
        metric = f"{Kind.METRIC}:{word}"
        raise BadInput(
            "definition_ambiguous",
            f"{word!r} names {len(found)} definitions: {', '.join(found)}",
            hint=f"say which, for example {metric if metric in found else found[0]}",
        )
    raise _no_definition(word, sorted({one.partition(":")[2] for one in present}))


def touched_ids(text: str, journal: Journal) -> tuple[str, ...]:
    """Return the definition ids that a text may mean and that the journal has changes of."""
    if ":" in text:
        try:
            split_id(text)
        except ValueError:
            return ()
        return (text,) if journal.touching(text) else ()
    return tuple(one for one in (f"{kind}:{text}" for kind in ADDRESSABLE) if journal.touching(one))


def _open_changes(word: str, journal: Journal) -> tuple[str, ...]:
    from metricgov.app.folding import state_of
    from metricgov.domain.workflow.vocabulary import ENDED

    touching = (change for one in touched_ids(word, journal) for change in journal.touching(one))
    return tuple(change for change in dict.fromkeys(touching) if state_of(change, journal).stage not in ENDED)


def _id_part(word: str) -> str:
    """Return the letters of an id in a text, "" if it cannot be (a part of) one."""
    body = word[len(PREFIX) :] if word.lower().startswith(PREFIX) else word
    key = body.upper().translate(LOOKS_LIKE)
    usable = bool(key) and len(key) <= ULID_LENGTH and CROCKFORD.issuperset(key)
    return key if usable and (body is not word or len(key) >= SHORTEST) else ""


def _matching(key: str, ids: Sequence[str]) -> tuple[str, ...]:
    """Return the ids that end with a key, else those that begin with it: labels are tails."""
    ending = tuple(change for change in ids if change.endswith(key))
    return ending or tuple(change for change in ids if change.startswith(key))


def _shared_tail(one: str, other: str) -> int:
    return _shared_head(one[::-1], other[::-1])


def _shared_head(one: str, other: str) -> int:
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))


def _ambiguous(word: str, found: Sequence[str], ids: Sequence[str]) -> BadInput:
    names = Labels(ids)
    shown = ", ".join(names.get(change, change) for change in found[:SHOWN])
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return BadInput(
        "change_ambiguous",
        f"{word!r} could mean {len(found)} changes: {shown}{more}",
        hint="name one of them by its id",
    )


def _nothing_open(word: str, journal: Journal, ids: ChangeIds) -> BadInput:
    ended = [change for one in touched_ids(word, journal) for change in journal.touching(one)]
    if not ended:
        return _unknown(word)
    names = Labels(ids.changes())
    shown = ", ".join(names.get(change, change) for change in ended[-SHOWN:])
    return BadInput(
        "change_not_open",
        f"no open change touches {word}; ended ones: {shown}",
        hint=f"begin another: metricgov edit {word}; or look at an ended one: metricgov change show {names[ended[-1]]}"
        if ended[-1] in names
        else "name an ended change by its id",
    )


def _unknown(word: str) -> BadInput:
    return BadInput("change_unknown", f"{word!r} names no change", hint="run: metricgov change list")


def _no_definition(word: str, names: Sequence[str]) -> BadInput:
    near = get_close_matches(word, names, n=3, cutoff=0.6)
    hint = f"did you mean {', '.join(near)}?" if near else "run: metricgov list"
    return BadInput("definition_unknown", f"{word!r} names no definition", hint=hint)
