"""refs/metricgov/outbox: a journal-shaped chain that waits for the remote, and beside it what was asked and refused.

The ref names a commit of its own, whose tree holds outbox.json and the texts of what was refused, and whose one parent
is the tip of the waiting chain. So one ref moves for all of it, and a gc takes nothing of it.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from metricgov.adapters.git.journal_view import JournalView
from metricgov.adapters.git.objects import Objects, commit_bytes
from metricgov.adapters.git.store import ObjectStore, edited_tree, path_parts
from metricgov.domain.digest import JSON, canonical_json, sha256_hex
from metricgov.domain.errors import BadInput, Undecidable
from metricgov.domain.workflow.envelope import Draft, Envelope
from metricgov.ports.remote import Rejection, Waiting

REF = "refs/metricgov/outbox"
FILE_NAME = "outbox.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Item:
    """One decision that waits: its first and last seq in the waiting chain, what was asked, and, event by event, what
    belongs to an event and does not stand in it."""

    first: int
    last: int
    intent: Mapping[str, JSON] | None = None
    besides: tuple[Besides, ...] = ()


@dataclass(frozen=True, slots=True)
class Besides:
    """What an event brings along: the digests of its blobs, its subjects, its signature."""

    blobs: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    signature: bytes = b""


def item(drafts: Sequence[Draft], envelopes: Sequence[Envelope]) -> Item:
    """Return what is kept of one decision."""
    return Item(
        envelopes[0].seq,
        envelopes[-1].seq,
        next((one.intent for one in drafts if one.intent), None),
        tuple(Besides(tuple(sorted(one.blobs)), one.subjects, one.signature) for one in drafts),
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """A push whose answer may have been lost: if the remote holds `commit`, the first `items` are settled."""

    commit: str
    items: int
    refused: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """All of the outbox at one moment. `commit` is where the ref stood ("" = nowhere), `tip` the waiting chain's."""

    commit: str = ""
    tip: str = ""
    items: tuple[Item, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    refused: tuple[Rejection, ...] = ()


class OutboxRef:
    """Reads and writes the outbox of one repository; who decides what goes in lives in shared_journal.py."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def read(self) -> Contents:
        """Return what is there now."""
        commit = self._store.ref(REF)
        return self.at(commit) if commit else Contents()

    def at(self, commit: str) -> Contents:
        """Return what a commit of the ref holds."""
        found = next(self._store.reader.contents([f"{commit}:{FILE_NAME}"]))
        if found is None:
            raise _damaged("it holds no list of what waits")
        try:
            value = json.loads(found.data)
            if value["format"] != FORMAT:
                raise _damaged(f"it has format {value['format']}, this program reads {FORMAT}")
            parents = self._store.commit_header(commit).get("parent", ())
            return Contents(
                commit,
                parents[0] if parents else "",
                tuple(_item(one) for one in value["waiting"]),
                tuple(
                    Attempt(one["commit"], one["items"], self._rejections(commit, one["refused"]))
                    for one in value["attempts"]
                ),
                self._rejections(commit, value["refused"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(f"its list of what waits cannot be read: {error}") from error

    def write(self, contents: Contents, *, at: str) -> Contents | None:
        """Put contents in the place of those they were made from; None if somebody else was first."""
        objects = Objects(self._store.object_format)
        files = {FILE_NAME: canonical_json(_as_json(contents))}
        rejections = [*contents.refused, *(one for attempt in contents.attempts for one in attempt.refused)]
        files |= {f"texts/{sha256_hex(text)}": text for one in rejections for text in one.texts.values()}
        edits: dict[tuple[bytes, ...], str | None] = {
            path_parts(path): objects.add("blob", data) for path, data in files.items()
        }
        root = edited_tree(objects, self._store.entries, "", edits)
        parents = (contents.tip,) if contents.tip else ()
        raw = commit_bytes(tree=root, parents=parents, at=at, message="metricgov: what waits for the remote")
        commit = objects.add("commit", raw)
        if commit == contents.commit:
            return contents
        if not self._store.publish(REF, contents.commit, commit, objects, "metricgov outbox"):
            return None
        return replace(contents, commit=commit)

    def waiting(self, contents: Contents) -> tuple[Waiting, ...]:
        """Return what waits, with its events."""
        if not contents.items:
            return ()
        view = JournalView(self._store, contents.tip)
        events = {one.seq: one for one in view.events(since=contents.items[0].first - 1)}
        found = []
        for one in contents.items:
            mine = tuple(events[seq] for seq in range(one.first, one.last + 1))
            drafts = (_draft(view, *pair) for pair in zip(mine, one.besides, strict=True))
            found.append(Waiting(mine, tuple(drafts), one.intent))
        return tuple(found)

    def _rejections(self, commit: str, rows: list[dict[str, Any]]) -> tuple[Rejection, ...]:
        return tuple(
            Rejection(
                **{key: row[key] for key in ("change", "principal", "at", "code", "message", "hint", "words")},
                types=tuple(row["types"]),
                texts={path: self._text(commit, sha256) for path, sha256 in row["texts"].items()},
            )
            for row in rows
        )

    def _text(self, commit: str, sha256: str) -> bytes:
        found = next(self._store.reader.contents([f"{commit}:texts/{sha256}"]))
        if found is None:
            raise _damaged(f"it does not hold the text {sha256[:12]}")
        return found.data


def dropped(contents: Contents, number: int) -> Contents:
    """Return the outbox without one refused item (counted from 1), or without any of them (0)."""
    if number < 0 or number > len(contents.refused):
        many = len(contents.refused)
        raise BadInput(
            "nothing_refused",
            f"there is no refused item {number}" if many else "nothing was refused",
            hint="see what was: metricgov sync --show" if many else "",
        )
    kept = () if number == 0 else (*contents.refused[: number - 1], *contents.refused[number:])
    return replace(contents, refused=kept)


def _item(row: dict[str, Any]) -> Item:
    besides = (
        Besides(tuple(one["blobs"]), tuple(one["subjects"]), b64decode(one["signature"])) for one in row["besides"]
    )
    return Item(row["first"], row["last"], row["intent"], tuple(besides))


def _draft(view: JournalView, event: Envelope, besides: Besides) -> Draft:
    return Draft(
        change=event.change,
        type=event.type,
        actor=event.actor,
        at=event.at,
        payload=event.payload,
        main=event.main,
        statement=event.statement,
        blobs={sha256: view.blob(event.change or "", sha256) for sha256 in besides.blobs},
        subjects=besides.subjects,
        signature=besides.signature,
    )


def _as_json(contents: Contents) -> JSON:
    return {
        "format": FORMAT,
        "waiting": [
            {
                "first": one.first,
                "last": one.last,
                "intent": one.intent,
                "besides": [
                    {"blobs": each.blobs, "subjects": each.subjects, "signature": b64encode(each.signature).decode()}
                    for each in one.besides
                ],
            }
            for one in contents.items
        ],
        "attempts": [
            {"commit": one.commit, "items": one.items, "refused": [_row(each) for each in one.refused]}
            for one in contents.attempts
        ],
        "refused": [_row(one) for one in contents.refused],
    }


def _row(one: Rejection) -> JSON:
    return {
        "change": one.change,
        "principal": one.principal,
        "at": one.at,
        "types": list(one.types),
        "code": one.code,
        "message": one.message,
        "hint": one.hint,
        "words": one.words,
        "texts": {path: sha256_hex(text) for path, text in one.texts.items()},
    }


def _damaged(message: str) -> Undecidable:
    return Undecidable("outbox_damaged", f"the outbox cannot be read: {message}", hint=f"look at it: git log -p {REF}")
