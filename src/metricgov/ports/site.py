"""The repository in which a registry begins; once it has begun, `Landing` and `Journal` are the only writers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from metricgov.ports.journal import Journal


@dataclass(frozen=True, slots=True)
class Survey:
    """What stands where a registry shall begin.

    `root` is the repository's work tree ("" = none yet, itself if bare), `branch` the full ref of HEAD ("" = detached),
    `tip` its commit ("" = none), `unfinished` what git is in the middle of and `way_out` the command that ends it,
    `registry_at` the ref (or the work tree) that holds a metricgov.yaml, `fetched` whether
    branches of a remote are here, `edited` paths to be written whose bytes are
    not committed, `loose` definitions that are not committed.
    """

    folder: str
    is_file: bool = False
    root: str = ""
    bare: bool = False
    branch: str = ""
    tip: str = ""
    unfinished: str = ""
    way_out: str = ""
    registry_at: str = ""
    fetched: bool = False
    edited: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()


class Site(Protocol):
    """What starting a registry needs of git."""

    def tip(self, ref: str) -> str:
        """Return the commit of a full ref, "" if there is no such ref."""

    def commit(self, files: Mapping[str, bytes], *, tip: str, message: str, at: str, author: str) -> str:
        """Store a commit on top of `tip` ("" = the first one) with these files; no ref moves."""

    def land(self, ref: str, *, tip: str, commit: str) -> None:
        """Move a ref from `tip` to `commit`, with the work tree that stands on it; Refused if that is not possible."""

    def open_journal(self, branch: str, *, registry: str, target: str, at: str) -> Journal:
        """Start the journal branch of a registry; Refused where another registry's is there."""

    def protect(self) -> None:
        """Let git check every object that arrives from now on (INV-33)."""
