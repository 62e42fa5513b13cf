"""The branch of values: one file for each metric and computation, added by compare-and-swap, never changed.

```
values.json                                        format, and whose values these are
metrics/<aa>/<metric>/<number>-<computed at>.jsonl how it was computed, then a line a value
```
Its first commit is the same in every clone of a registry, so that what two clones wrote apart can be put together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence

from metricgov.adapters.git.objects import FOLDER, Entry, Objects, commit_bytes, tree_entries
from metricgov.adapters.git.refs import is_full_ref
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.store import edited_tree, path_parts
from metricgov.domain.comparability.vintages import Row, Taking, Vintage, broken_chain, damaged, from_bytes, to_bytes
from metricgov.domain.digest import canonical_json, sha256_hex
from metricgov.domain.errors import BadInput, Refused, Undecidable
from metricgov.domain.workflow.envelope import ZERO

KEPT = "refs/metricgov/kept/values"
"""The last values that this clone wrote or fetched; whoever moves the branch by hand does not move this."""

BEGINNING = "2000-01-01T00:00:00Z"
RECORD = "values.json"
FORMAT = 1
SHORT = 12
FILE = re.compile(r"(?P<number>\d{6})-\d{8}T\d{6}Z\.jsonl")


class GitValues:
    """Implements the port ValueStore on `refs/heads/<branch>` of a repository."""

    def __init__(self, repository: GitRepository, branch: str, registry: str) -> None:
        self.ref = f"refs/heads/{branch}"
        if not is_full_ref(self.ref):
            raise BadInput("bad_branch", f"not a branch name: {branch!r}", hint="set `values:` in metricgov.yaml")
        self.registry = registry
        self._repository = repository
        self._store = repository.store

    def tip(self) -> str:
        """Return where the branch is now."""
        return self._store.ref(self.ref)

    def metrics(self, commit: str = "") -> tuple[str, ...]:
        """Return the metrics with values, by name."""
        tip = commit or self.tip()
        names = (one.name for shard in self._folders(tip, "metrics") for one in self._entries(shard.oid))
        return tuple(sorted(name.decode("utf-8", "replace") for name in names))

    def vintages(self, metric: str, commit: str = "") -> tuple[Vintage, ...]:
        """Return all vintages of a metric in order of number."""
        tip = commit or self.tip()
        folder = folder_of(metric)
        if not tip:
            return ()
        self.check_registry(tip)
        files = {one.name.decode(): one.oid for one in self._folders(tip, folder)}
        for name in files:
            if FILE.fullmatch(name) is None:
                raise damaged(f"{folder}/{name} does not belong on the branch")
        contents = self._store.reader.contents([files[name] for name in sorted(files)])
        found = []
        for name, one in zip(sorted(files), contents, strict=True):
            if one is None:
                raise damaged(f"{folder}/{name} is missing")
            found.append(from_bytes(one.data, f"{folder}/{name}"))
        if wrong := broken_chain(metric, found):
            raise damaged(wrong)
        for name, vintage in zip(sorted(files), found, strict=True):
            if name != file_name(vintage):
                raise damaged(f"{folder}/{name} holds what belongs to {file_name(vintage)}")
        return tuple(found)

    def append(self, tip: str, found: Sequence[tuple[Taking, tuple[Row, ...]]]) -> bool:
        """Add a vintage for each computation, all in one commit; Refused on a branch that lost what was stored here."""
        if says := self.lost():
            raise Refused(
                "values_rewritten",
                says,
                hint=f"put it back: git update-ref {self.ref} {KEPT}; or fetch it: metricgov sync",
            )
        objects = Objects(self._store.object_format)
        commit = self.built(objects, tip, found)
        if not self._store.publish(self.ref, tip, commit, objects, "metricgov snapshot"):
            return False
        self.keep(commit)
        return True

    def keep(self, commit: str) -> None:
        """Remember what was written or fetched, so that a branch moved by hand is noticed."""
        self._store.set(KEPT, commit, "metricgov snapshot")

    def lost(self) -> str:
        """Return what this clone stored or fetched and the branch does not hold, as a sentence; "" for nothing."""
        found = {one.name: one.oid for one in self._store.refs(self.ref, KEPT)}
        tip, kept = found.get(self.ref, ""), found.get(KEPT, "")
        branch = self.ref.removeprefix("refs/heads/")
        if kept and not tip:
            return f"the branch {branch} is gone; this clone stored values on it ({kept[:SHORT]})"
        if kept and kept != tip and not self._repository.contains(tip, kept):
            return f"the branch {branch} does not hold {kept[:SHORT]}, which this clone stored or fetched"
        return ""

    def rewritten(self) -> str:
        """Return what was taken out of the branch or changed on it, as a sentence; "" for nothing."""
        tip = self.tip()
        if (says := self.lost()) or not tip:
            return says
        commits = self._repository.git.read("rev-list", "--end-of-options", tip).out
        options = ("--stdin", "-r", "-m", "-z", "--raw", "--no-renames", "--diff-filter=MDT", "--no-commit-id")
        listed = self._repository.git.read("diff-tree", *options, stdin=commits).out.decode("utf-8", "surrogateescape")
        changed = listed.split("\0")[1:2]
        return f"a later commit changed or dropped {changed[0]}" if changed else ""

    def built(self, objects: Objects, tip: str, found: Sequence[tuple[Taking, tuple[Row, ...]]]) -> str:
        """Return the commit that adds computations to a tip ("" = a new branch); its objects are added, not written."""
        parent, root = (tip, self._store.tree_of(tip)) if tip else self._beginning(objects)
        if tip:
            self.check_registry(tip)
        edits: dict[tuple[bytes, ...], str | None] = {}
        last: dict[str, Vintage] = {}
        for taking, rows in found:
            before = last.get(taking.metric) or next(reversed(self.vintages(taking.metric, tip) if tip else ()), None)
            number, prev = (before.number + 1, before.sha256) if before else (1, ZERO)
            data = to_bytes(Vintage(taking, number, prev, rows))
            last[taking.metric] = one = Vintage(taking, number, prev, rows, sha256_hex(data))
            edits[path_parts(f"{folder_of(taking.metric)}/{file_name(one)}")] = objects.add("blob", data)
        tree = edited_tree(objects, self._lines_with(objects), root, edits)
        many = "a metric" if len(last) == 1 else f"{len(last)} metrics"
        mains = sorted({taking.main for taking, _ in found})
        message = f"metricgov: values of {many}\n\n" + "".join(f"Metricgov-Main: {one}\n" for one in mains)
        at = max(taking.computed_at for taking, _ in found)
        return objects.add("commit", commit_bytes(tree=tree, parents=(parent,), at=at, message=message))

    # Inside

    def _beginning(self, objects: Objects) -> tuple[str, str]:
        """Return the first commit of the branch and its tree: they depend on the registry alone."""
        record = objects.add("blob", canonical_json({"format": FORMAT, "registry": self.registry}) + b"\n")
        root = edited_tree(objects, self._store.entries, "", {(RECORD.encode(),): record})
        message = f"metricgov: the values of registry {self.registry}\n"
        return objects.add("commit", commit_bytes(tree=root, parents=(), at=BEGINNING, message=message)), root

    def _lines_with(self, objects: Objects) -> Callable[[str], tuple[Entry, ...]]:
        """Return what gives the lines of a tree, written or not."""

        def lines(oid: str) -> tuple[Entry, ...]:
            known = objects.contents.get(oid)
            return tree_entries(self._store.object_format, known[1]) if known is not None else self._store.entries(oid)

        return lines

    def check_registry(self, commit: str) -> None:
        """Raise Undecidable where a commit holds the values of another registry."""
        found = next(self._store.reader.contents([f"{commit}:{RECORD}"]))
        try:
            record = json.loads(found.data) if found else {}
        except ValueError:
            record = {}
        if record.get("registry") != self.registry:
            theirs = record.get("registry", "nobody")
            raise Undecidable(
                "other_values",
                f"the branch {self.ref.removeprefix('refs/heads/')} holds the values of {theirs}, not of this registry",
                hint="name another branch: `values:` in metricgov.yaml",
            )

    def _folders(self, commit: str, path: str) -> Iterator[Entry]:
        if not commit:
            return
        found = next(self._store.reader.contents([f"{commit}:{path}"]))
        if found is not None and found.kind == "tree":
            yield from tree_entries(self._store.object_format, found.data)

    def _entries(self, oid: str) -> Iterator[Entry]:
        for one in tree_entries(self._store.object_format, self._store.tree_bytes(oid)):
            if one.mode.lstrip("0") == FOLDER:
                yield one


def folder_of(metric: str) -> str:
    """Return the folder of a metric's vintages."""
    return f"metrics/{sha256_hex(metric.encode())[:2]}/{metric}"


def file_name(vintage: Vintage) -> str:
    """Return the name of a vintage's file: its number and when it was computed."""
    return f"{vintage.number:06d}-{re.sub('[-:]', '', vintage.taking.computed_at)}.jsonl"
