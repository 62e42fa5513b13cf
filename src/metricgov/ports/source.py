"""Reading definitions at a commit, and what a commit changed; writing is the business of `Landing`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A path in a tree: git mode ("100644", "120000", "160000" …) and object id."""

    mode: str
    oid: str


@dataclass(frozen=True, slots=True)
class TreeChange:
    """A path that differs between two trees, without rename detection; None where it is absent."""

    path: str
    before: TreeEntry | None
    after: TreeEntry | None


class DefinitionSource(Protocol):
    """One repository, read from its object database only (INV-31)."""

    def resolve(self, ref: str) -> str:
        """Return the commit id of an object id, full ref, `HEAD`, branch or remote branch; never a tag (INV-30)."""

    def tree(self, commit: str, paths: Sequence[str] = ()) -> Mapping[str, TreeEntry]:
        """Return entries of a commit by path: all, or those at or below the given paths."""

    def changed(self, base: str, head: str) -> tuple[TreeChange, ...]:
        """Return what differs between two commits, by path."""

    def read(self, oids: Iterable[str]) -> Iterator[bytes]:
        """Yield the raw bytes of blobs, in the order asked, in one batch."""

    def mentioning(self, commit: str, words: Sequence[str], *, key: str = "") -> Mapping[str, tuple[str, ...]]:
        """Return, by path, the lines that hold one of the words as a whole word.

        With `key`, also the lines that hold that word otherwise than as `kind: <key>` alone. No words: nothing.
        """


class Ancestry(Protocol):
    """How commits relate. Each answer is Undecidable (exit 3) where a shallow clone lacks the commits for it."""

    def merge_base(self, one: str, other: str) -> str:
        """Return the merge base of two commits; Undecidable, naming the fetch that helps, if none is known."""

    def merge_bases(self, one: str, other: str) -> tuple[str, ...]:
        """Return all of them: there are several where each side merged the other."""

    def contains(self, descendant: str, ancestor: str) -> bool:
        """Say whether `ancestor` is reachable from `descendant` (a commit contains itself)."""

    def first_parents(self, tip: str, *, since: str = "") -> tuple[str, ...]:
        """Return the first-parent commits after `since` (all, if "") up to `tip`, oldest first."""

    def steps_at(self, tip: str, paths: Sequence[str], *, since: str = "") -> tuple[str, ...]:
        """Return those of `first_parents` that changed one of these paths, oldest first."""

    def authors(self, tip: str, *, since: str) -> tuple[str, ...]:
        """Return the e-mail addresses of who wrote what `tip` has and `since` lacks, co-authors included, each once."""
