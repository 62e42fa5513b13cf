"""Journals in memory, all that can be done to their bytes, and what both verifiers say of it (INV-62, INV-63)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from unittest import mock

from integration.index.journals import REGISTRY, TARGET, drafts
from metricgov import second_verifier
from metricgov.adapters.git import journal_verify
from metricgov.adapters.git.batch import Object
from metricgov.adapters.git.journal import chained
from metricgov.adapters.git.journal_layout import (
    JournalRegistry,
    blob_path,
    commit_message,
    event_path,
    read_envelope,
    read_registry,
    read_tip,
    subject_folder,
)
from metricgov.adapters.git.journal_verify import Anchor, verify
from metricgov.app.auditing import subjects_of
from metricgov.domain.digest import canonical_json, sha256_hex
from metricgov.domain.workflow.envelope import ZERO, Actor, Envelope
from metricgov.ports.journal import JournalHead

TRAILERS = "Metricgov-Journal:"


@dataclass(frozen=True)
class Kept:
    """A journal as its tip holds it: files by path and the message of the last commit; `path_of` finds an event."""

    files: Mapping[str, bytes]
    message: str
    events: tuple[Envelope, ...] = field(compare=False)

    @property
    def last(self) -> tuple[int, str]:
        """What somebody keeps elsewhere: the last event."""
        return self.events[-1].seq, self.events[-1].sha256

    def path_of(self, seq: int) -> str:
        """Return where an event stands."""
        return event_path(self.events[seq - 1].change, seq)


def journal(seed: int, count: int) -> Kept:
    """Return a random journal of so many events, with the files that belong to them."""
    head, events = JournalHead(sha256=ZERO), []
    drafted = tuple(drafts(seed, count))
    for draft in map(_held, drafted):
        unsigned = draft.actor.identity != "signed" and draft.type not in ("key_proved", "workflow_written")
        events.append(envelope := chained(draft if unsigned else _claimed(draft), head))
        head = JournalHead("", envelope.seq, envelope.sha256, envelope.main)
    return kept(tuple(events), _bytes(drafted))


def _claimed(draft: Any) -> Any:
    kind = "main_moved" if draft.type in ("key_proved", "workflow_written") else draft.type
    return replace(draft, actor=Actor(draft.actor.principal), type=kind)


def _held(draft: Any) -> Any:
    """Return a draft whose edits name bytes that exist: those that `_bytes` makes."""
    edits = [
        {
            key: {**side, "sha256": sha256_hex(_made(side["sha256"]))} if key != "path" and side else side
            for key, side in one.items()
        }
        for one in draft.payload.get("edits") or ()
    ]
    return replace(draft, payload={**draft.payload, "edits": edits}) if edits else draft


def _made(word: str) -> bytes:
    return f"kind: metric\nname: n{word[:8]}\n".encode()


def _bytes(drafted: Iterable[Any]) -> dict[str, bytes]:
    """Return the bytes that the edits of drafts name, by path."""
    sides = (
        (draft.change, _made(side["sha256"]))
        for draft in drafted
        for edit in draft.payload.get("edits") or ()
        for key, side in edit.items()
        if key != "path" and side
    )
    return {blob_path(change, sha256_hex(data)): data for change, data in sides}


def kept(events: tuple[Envelope, ...], more: Mapping[str, bytes]) -> Kept:
    """Return the files of these events, as an append leaves them."""
    files = {"registry.json": JournalRegistry(REGISTRY, TARGET).to_bytes(), **more}
    for one in events:
        files[event_path(one.change, one.seq)] = one.to_bytes()
        for name in subjects_of(one):
            files[f"{subject_folder(name)}/{one.change or f'{one.seq:09d}'}"] = b""
    return Kept(files, commit_message(events[-1:]), events)


@dataclass(frozen=True)
class Verdict:
    """What a verifier said: whether it found something, and the first bad event it named."""

    found: bool
    first_bad: int | None


class Bench:
    """Both verifiers, asked in memory; what they read of unchanged bytes is remembered, what they decide is not."""

    def __init__(self) -> None:
        self._subjects: dict[int, tuple[Envelope, tuple[str, ...]]] = {}
        self._patches = (
            mock.patch.object(journal_verify, "read_envelope", lru_cache(200_000)(read_envelope)),
            mock.patch.object(second_verifier, "envelope", _remembered(second_verifier.envelope)),
        )

    def __enter__(self) -> Bench:
        for one in self._patches:
            one.start()
        return self

    def __exit__(self, *_ended: object) -> None:
        for one in self._patches:
            one.stop()

    def first(self, one: Kept, anchors: tuple[tuple[int, str], ...]) -> Verdict:
        """Ask `audit verify`'s check of every byte."""
        given = tuple(Anchor(*each, where="--expect") for each in anchors)
        found = verify(_repository(one), _View(one), anchors=given, subjects_of=self._subjects_of)  # type: ignore[arg-type]
        return Verdict(not found.holds, found.first_bad)

    def second(self, one: Kept, anchors: tuple[tuple[int, str], ...]) -> Verdict:
        """Ask the second verifier's."""
        report = second_verifier.Report()
        rows = [("100644", path, path) for path in one.files]
        read = one.files.get
        held = second_verifier.Journal(rows, lambda oids: (read(oid) for oid in oids), one.message, report)
        for _ in held.events():
            pass
        held.close([(*each, "--expect") for each in anchors])
        return Verdict(bool(report.events), report.first_bad)

    def _subjects_of(self, envelope: Envelope) -> tuple[str, ...]:
        known = self._subjects.get(id(envelope))
        if known is None or known[0] is not envelope:
            known = self._subjects[id(envelope)] = (envelope, tuple(subjects_of(envelope)))
        return known[1]


def _remembered(read: Callable[[bytes, str], dict[str, Any]]) -> Callable[[bytes, str], dict[str, Any]]:
    return lru_cache(200_000)(read)


class _View:
    """Stands in for JournalView."""

    commit = "0" * 40

    def __init__(self, one: Kept) -> None:
        self._one = one

    @property
    def tip(self) -> JournalHead:
        found = read_tip(self._one.message, self.commit)
        return JournalHead(self.commit, found.seq, found.sha256, found.main)

    @property
    def last_path(self) -> str:
        return read_tip(self._one.message, self.commit).path

    def registry(self) -> JournalRegistry:
        return read_registry(self._one.files.get("registry.json", b""))

    def files(self) -> Iterator[tuple[str, str, str]]:
        return ((path, "100644", path) for path in self._one.files)


def _repository(one: Kept) -> SimpleNamespace:
    """Stand in for GitRepository; that the branch only grew is asked of real ones elsewhere."""
    read = one.files.get

    def contents(oids: list[str]) -> Iterator[Object | None]:
        return (None if (data := read(oid)) is None else Object(oid, "blob", data) for oid in oids)

    return SimpleNamespace(store=SimpleNamespace(reader=SimpleNamespace(contents=contents)), shallow=True)


# What can be done to a journal: each mutant with its name, and the seq of the event that has to be named (None: any)

Mutant = tuple[str, Kept, int | None]


def flips(one: Kept, dice: random.Random, every: int = 1) -> Iterator[Mutant]:
    """Yield the journal with each byte flipped: of files, of their names, of the trailers of the tip."""
    seqs = {one.path_of(event.seq): event.seq for event in one.events}
    for path, data in one.files.items():
        for place in range(dice.randrange(every), len(data), every):
            bad = data[:place] + bytes([data[place] ^ dice.randrange(1, 256)]) + data[place + 1 :]
            yield f"{path}[{place}]", Kept({**one.files, path: bad}, one.message, one.events), seqs.get(path)
        rest = {other: held for other, held in one.files.items() if other != path}
        for place in range(dice.randrange(every), len(path), every):
            letter = chr(dice.choice([code for code in range(33, 127) if chr(code) != path[place]]))
            moved = path[:place] + letter + path[place + 1 :]
            if moved not in rest:
                yield f"{path} as {moved}", Kept({**rest, moved: data}, one.message, one.events), None
    start = one.message.index(TRAILERS)
    for place in range(start + dice.randrange(every), len(one.message.rstrip("\n")), every):
        letter = chr(dice.choice([code for code in range(33, 127) if chr(code) != one.message[place]]))
        message = one.message[:place] + letter + one.message[place + 1 :]
        yield f"message[{place}]", Kept(one.files, message, one.events), None


def fields(one: Kept) -> Iterator[Mutant]:
    """Yield the journal with one field of one event changed, in the form in which it would be stored."""
    for event in one.events:
        path, value = one.path_of(event.seq), json.loads(one.files[one.path_of(event.seq)])
        places = [(value, key) for key in value]
        places += [
            (inner, key) for inner in (value["payload"], value["actor"], value["statement"] or {}) for key in inner
        ]
        for holder, key in places:
            old = holder[key]
            holder[key] = f"{old}x" if isinstance(old, str) else 7 if old is None else None
            data = canonical_json(value)
            yield f"{event.type}.{key}", Kept({**one.files, path: data}, one.message, one.events), event.seq
            holder[key] = old


def moves(one: Kept, dice: random.Random) -> Iterator[Mutant]:
    """Yield the journal with each event dropped, doubled, swapped with its neighbour or another, forged in between."""
    last = len(one.events)
    for event in one.events:
        path, data = one.path_of(event.seq), one.files[one.path_of(event.seq)]
        rest = {other: held for other, held in one.files.items() if other != path}
        yield f"drop {event.seq}", Kept(rest, one.message, one.events), event.seq
        copy = event_path(event.change, last + 1)
        yield f"copy {event.seq} behind", Kept({**one.files, copy: data}, one.message, one.events), None
        elsewhere = event_path(None if event.change else "01J9ZQ4N8T6V3W2X1Y0RK7M2ZZ", event.seq)
        yield f"double {event.seq}", Kept({**one.files, elsewhere: data}, one.message, one.events), event.seq
        other = dice.randrange(1, last + 1)
        if other != event.seq:
            swapped = {path: one.files[one.path_of(other)], one.path_of(other): data}
            bad = min(event.seq, other)
            yield f"swap {event.seq} {other}", Kept({**one.files, **swapped}, one.message, one.events), bad


def rewrites(one: Kept, dice: random.Random) -> Iterator[Mutant]:
    """Yield journals that hold together in themselves: from some event on, everything is chained anew.

    Only an anchor tells them from the true one. The event to be named is the one that the anchor is about, or the
    first that is missing.
    """
    more = {path: data for path, data in one.files.items() if "/blobs/" in path}
    for event in one.events[:-1]:
        yield f"tail after {event.seq}", kept(one.events[: event.seq], more), event.seq + 1
    last = one.events[-1].seq
    for event in one.events:
        before, after = list(one.events[: event.seq - 1]), list(one.events[event.seq :])
        changed = replace(event, actor=replace(event.actor, principal=f"{event.actor.principal}x"))
        yield f"rewrite {event.seq}", kept(_chained(before, [changed, *after]), more), last
        if len(one.events) > 1:
            shorter = _chained(before, after)
            yield f"cut out {event.seq}", kept(shorter, more), last
        yield f"insert at {event.seq}", kept(_chained(before, [changed, event, *after]), more), last


def _chained(before: list[Envelope], rest: list[Envelope]) -> tuple[Envelope, ...]:
    found = list(before)
    for one in rest:
        prev = found[-1].sha256 if found else ZERO
        found.append(replace(one, seq=len(found) + 1, prev=prev))
    return tuple(found)
