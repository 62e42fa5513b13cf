"""Many files at once: commits whose objects travel in one pack, and packing what is loose; edits live in store.py."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from metricgov.adapters.git.objects import NOBODY, Objects, commit_bytes
from metricgov.adapters.git.packing import KEPT_BY, let_go
from metricgov.adapters.git.process import checked, run_with_gitpython
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.store import edited_tree, path_parts
from metricgov.domain.errors import Refused

MANY_PACKS, MANY_LOOSE = 50, 6_700
"""Where git's own `gc --auto` begins (gc.autoPackLimit, gc.auto); our calls of git switch that off."""
SAMPLE, SAMPLES = "17", 256
"""One of the folders that loose objects spread over by their ids, as gc counts them."""
ABANDONED = 3600.0
"""Seconds after which nobody is still about to move a ref to a pack."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A commit that is stored and that no ref names yet: its id, and the tip it stands on ("" for none)."""

    commit: str
    tip: str


def prepare(
    repository: GitRepository,
    tip: str,
    files: Mapping[str, bytes],
    *,
    message: str,
    at: str,
    author: str = NOBODY,
) -> Prepared:
    """Store a commit on top of `tip` ("" = the first one) with some files replaced; no ref moves."""
    store = repository.store
    objects = Objects(repository.object_format)
    edits: dict[tuple[bytes, ...], str | None] = {path_parts(p): objects.add("blob", d) for p, d in files.items()}
    root = edited_tree(objects, store.entries, store.tree_of(tip) if tip else "", edits)
    parents = (tip,) if tip else ()
    commit = objects.add("commit", commit_bytes(tree=root, parents=parents, at=at, message=message, author=author))
    with store.written(objects):
        return Prepared(commit, tip)


def land(repository: GitRepository, ref: str, prepared: Prepared, *, follow: bool) -> None:
    """Move a ref to a prepared commit, the work tree first where `follow` says that it stands on this ref.

    Refused, with nothing moved, if files are in the way or the ref is elsewhere by now.
    """
    if follow:
        _follow(repository, prepared.tip, prepared.commit)
    if not repository.store.swap(ref, prepared.tip, prepared.commit, "metricgov init"):
        if follow:
            _follow(repository, prepared.commit, prepared.tip)
        raise Refused("branch_moved", f"{ref} moved meanwhile", hint="run the command again")


def repack(repository: GitRepository) -> None:
    """Put every reachable object into one pack, as a clone or a maintained repository holds them."""
    repository.git.write("repack", "-a", "-d", "-q")


def tidy(repository: GitRepository) -> bool:
    """Put many small packs and loose objects into few larger ones, where there are as many as git minds; say so.

    Others may read and write meanwhile: only what stands in a new pack is taken away.
    """
    folder = repository.common_dir() / "objects"
    names = _names_in(folder / "pack")
    _release([folder / "pack" / name for name in names if name.endswith(".keep")])
    packs = sum(name.endswith(".pack") for name in names)
    if packs <= MANY_PACKS and len(_names_in(folder / SAMPLE)) * SAMPLES <= MANY_LOOSE:
        return False
    repository.git.write("repack", "-d", "-q", "--geometric=2")
    return True


def _release(keeps: Iterable[Path]) -> None:
    """Take away what guards packs of ours whose writer was killed long ago."""
    for one in keeps:
        with contextlib.suppress(FileNotFoundError):
            if time.time() - one.stat().st_mtime > ABANDONED and one.read_text().strip() == KEPT_BY:
                let_go(one)


def _names_in(folder: Path) -> list[str]:
    try:
        return [one.name for one in folder.iterdir()]
    except FileNotFoundError:
        return []


def check_what_arrives(repository: GitRepository) -> None:
    """Let git check every object that a fetch or push brings from now on (INV-33)."""
    _set(repository, "config", "--local", "transfer.fsckObjects", "true")


def stand_on(repository: GitRepository, ref: str) -> None:
    """Let HEAD, which is on a branch without commits, stand on another branch."""
    _set(repository, "symbolic-ref", "HEAD", ref)


def _set(repository: GitRepository, verb: str, *words: str) -> None:
    git = repository.git
    done = run_with_gitpython(git.command(verb, words), git.environment(), git.git_dir, b"", git.environ)
    checked(done, verb, (0,), str(git.root))


def _follow(repository: GitRepository, before: str, after: str) -> None:
    empty = Objects(repository.object_format).add("tree", b"")
    top = repository.toplevel()
    sides = [side or empty for side in (before, after)]
    done = repository.git.write("read-tree", "-m", "-u", *sides, ok=(0, 1, 128), work_tree=top)
    if done.code != 0:
        lines = [line.strip().removeprefix("error: ") for line in done.err.splitlines() if line.strip()]
        raise Refused(
            "work_tree_in_the_way",
            f"git cannot write the files to {top}: {lines[0] if lines else 'read-tree failed'}",
            hint="commit, move or delete what is in the way, then run the command again",
        )
