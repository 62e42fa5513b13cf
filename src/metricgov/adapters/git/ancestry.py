"""How commits relate, and when a shallow clone cannot say; refs are resolved elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metricgov.adapters.git.process import Git, failure
from metricgov.domain.errors import Undecidable

CO_AUTHOR = re.compile(r"^co-authored-by:[^\n<]*(?:<([^<>\n]*)>|\s([^\s<>@]+@[^\s<>]+)$)", re.IGNORECASE | re.MULTILINE)
"""The line with which hosts and editors name further authors of a commit."""

DEEPEN = "run: git fetch --unshallow   (in CI: fetch-depth 0, or git fetch --deepen=1000)"


def merge_bases(git: Git, one: str, other: str, *, shallow: frozenset[str]) -> tuple[str, ...]:
    """Return the best common ancestors; Undecidable if there is none, or if a better one may lie beyond the boundary.

    There are several where each side merged the other (a criss-cross).
    """
    found = git.read("merge-base", "--all", "--end-of-options", one, other, ok=(0, 1))
    bases = tuple(found.text.split())
    if shallow and _cut_off(git, (one, other), bases, shallow):
        raise shallow_clone(f"no merge base of {one[:12]} and {other[:12]} is certain")
    if not bases:
        raise Undecidable(
            "unrelated_histories",
            f"{one[:12]} and {other[:12]} have no commit in common",
            hint="compare commits of one repository; after a rewrite, rebase on the base branch",
        )
    return bases


def contains(git: Git, descendant: str, ancestor: str, *, shallow: frozenset[str]) -> bool:
    """Say whether `ancestor` is reachable; Undecidable if the way to it may lie beyond the boundary."""
    if descendant == ancestor:
        return True
    asked = git.read("merge-base", "--is-ancestor", "--end-of-options", ancestor, descendant, ok=(0, 1, 128))
    if asked.code == 0:
        return True
    if asked.code == 128:
        # A git that stays goes on seeing a pack that a gc deleted; what a new one does not see is not here.
        if git.read("cat-file", "-e", ancestor, ok=(0, 1, 128)).code == 0:
            raise failure(asked, "merge-base", str(git.root))
        return absent(ancestor, shallow=shallow)
    if shallow and _cut_off(git, (descendant,), (ancestor,), shallow):
        raise shallow_clone(f"whether {descendant[:12]} contains {ancestor[:12]} is not known")
    return False


def absent(commit: str, *, shallow: frozenset[str]) -> bool:
    """Return False for a commit that is not here, which means unreachable; Undecidable in a shallow clone."""
    if shallow:
        raise shallow_clone(f"commit {commit[:12]} is not here")
    return False


def first_parents(git: Git, tip: str, *, since: str, shallow: frozenset[str]) -> tuple[str, ...]:
    """Return the first-parent chain after `since`, oldest first; Undecidable if it leaves the clone."""
    limits = [f"^{since}"] if since else []
    listed = git.read("rev-list", "--first-parent", "--reverse", "--end-of-options", tip, *limits)
    chain = tuple(listed.text.split())
    if chain and shallow.intersection(chain):
        raise shallow_clone(f"the commits before {chain[0][:12]} are not here")
    return chain


def steps_at(git: Git, tip: str, paths: Sequence[str], *, since: str) -> tuple[str, ...]:
    """Return the commits of the first-parent chain after `since` that changed one of these paths, oldest first."""
    limits = [f"^{since}"] if since else []
    listed = git.read("rev-list", "--first-parent", "--reverse", "--end-of-options", tip, *limits, "--", *paths)
    return tuple(listed.text.split())


def _cut_off(git: Git, tips: tuple[str, ...], bases: tuple[str, ...], shallow: frozenset[str]) -> bool:
    """Say whether the walk from the tips down to the bases (none: to the roots) ends at the boundary of the clone."""
    limits = [f"^{base}" for base in bases]
    walked = git.read("rev-list", "--end-of-options", *tips, *limits)
    return not shallow.isdisjoint(walked.text.split())


def shallow_clone(message: str) -> Undecidable:
    """Return the error for a question that a shallow clone cannot answer, with the fetch that helps."""
    return Undecidable("history_missing", f"{message}: the clone is shallow", hint=DEEPEN)


def authors(git: Git, tip: str, *, since: str, shallow: frozenset[str]) -> tuple[str, ...]:
    """Return the e-mail addresses of everybody who wrote `since..tip`, each once; Undecidable if it leaves the clone.

    Those are authors, committers, and whom a `Co-authored-by:` names; a commit without an address gives "".
    """
    listed = git.read("rev-list", "--format=%ae%x00%ce%x00%B%x00", "--end-of-options", tip, f"^{since}")
    fields = listed.out.decode("utf-8", "replace").split("\0")[:-1]
    found: dict[str, None] = {}
    for head, committer, message in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
        commit, _, author = head.strip("\n").removeprefix("commit ").partition("\n")
        if commit in shallow:
            raise shallow_clone(f"the commits of {tip[:12]} are not all here")
        named = (name or address for name, address in CO_AUTHOR.findall(message))
        found |= dict.fromkeys((author, committer, *named))
    return tuple(found)
