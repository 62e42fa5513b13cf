"""INV-62: whatever is done to the bytes of a journal is found against an anchor, and the first bad event is named.

A sample; `make bench` flips every byte of 200 random journals.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from attacks.mutations import Bench, Kept, Mutant, fields, flips, journal, moves, rewrites
from metricgov.domain.workflow.typed import TYPES

SEEDS = range(4)


def missed(one: Kept, mutants: Iterable[Mutant]) -> list[str]:
    """Return what a verifier did not find, or where it named another event."""
    anchors = (one.last,)
    found = []
    with Bench() as bench:
        for ask in (bench.first, bench.second):
            assert not ask(one, anchors).found
        for name, mutant, seq in mutants:
            for ask in (bench.first, bench.second):
                verdict = ask(mutant, anchors)
                if not verdict.found or (seq is not None and verdict.first_bad != seq):
                    found.append(f"{ask.__name__}: {name}: {verdict}, event {seq}")
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_byte_that_is_flipped(seed: int) -> None:
    """INV-62, INV-63: in events, bytes, registry.json, the names of files, the trailers of the tip."""
    one = journal(seed, 12)
    assert missed(one, flips(one, random.Random(seed), every=17)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_an_event_that_is_dropped_doubled_or_swapped(seed: int) -> None:
    """INV-62, INV-63"""
    one = journal(seed, 15)
    assert missed(one, moves(one, random.Random(seed))) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_chain_that_is_made_anew(seed: int) -> None:
    """INV-62, INV-63: a tail cut off, an event rewritten, cut out or put in, and everything after it chained again."""
    one = journal(seed, 12)
    assert missed(one, rewrites(one, random.Random(seed))) == []


def test_every_field_of_every_type() -> None:
    """INV-62, INV-63"""
    seen: set[str] = set()
    for seed in range(60):
        one = journal(seed, 25)
        fresh = {event.type for event in one.events} - seen
        mutants = (each for each in fields(one) if each[0].partition(".")[0] in fresh)
        assert missed(one, mutants) == []
        seen |= fresh
    assert seen >= {*TYPES} - {"key_proved", "workflow_written"}, {*TYPES} - seen


def test_without_an_anchor_the_end_is_not_known() -> None:
    """INV-62: a tail that was cut off holds together in itself; what vouches for the rest is said."""
    from attacks.mutations import _repository, _View, kept
    from metricgov.adapters.git.journal_verify import Anchor, verify

    one = journal(1, 12)
    shorter = kept(one.events[:8], {path: data for path, data in one.files.items() if "/blobs/" in path})
    anchor = Anchor(5, one.events[4].sha256)
    found = verify(_repository(shorter), _View(shorter), anchors=[anchor])  # type: ignore[arg-type]
    assert (found.holds, found.note) == (True, "tail not anchored after seq 5")
