"""Putting approved contents on the target branch; the journal events around it are the use case's business."""

from __future__ import annotations

import fcntl
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from metricgov.adapters.git.objects import FILE, Objects, commit_bytes, object_id
from metricgov.adapters.git.refs import is_full_ref
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.store import edited_tree, path_parts
from metricgov.adapters.git.worktrees import blocked, dirty, on_branch
from metricgov.domain.errors import BadInput, MetricgovError, Refused
from metricgov.ports.landing import Outcome, Plan
from metricgov.ports.source import TreeChange, TreeEntry

PATIENCE = 10.0
"""Seconds that an attempt waits for its turn: one that is stopped in the middle must not stop the others."""


class GitLanding:
    """Implements the port Landing on the local target ref of a repository, bare or with any number of work trees."""

    def __init__(self, repository: GitRepository) -> None:
        self._repository = repository
        self._store = repository.store

    def tip(self, target: str) -> str:
        """Return the commit that a full ref points to, "" if there is no such ref."""
        return self._store.ref(_full(target))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Let the attempts of this clone's processes follow each other; whoever has waited too long goes ahead."""
        until = time.monotonic() + PATIENCE
        with self._state_file("turn.lock").open("a") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        break
                    time.sleep(random.uniform(0.005, 0.03))  # noqa: S311 - nobody is to guess it, nobody to be in step
            yield

    def check(self, plan: Plan) -> None:
        """Refuse, naming every work tree and path in the way, if a work tree on the target could not follow."""
        changes = self._changes(plan)
        if reasons := blocked(on_branch(self._store.git, _full(plan.target)), changes):
            raise dirty(reasons)

    def build(self, plan: Plan) -> str:
        """Write M = T with the paths replaced, durably, and return its id; the target does not move."""
        commit, objects = self._built(plan)
        with self._store.written(objects):
            return commit

    def move(self, plan: Plan, commit: str, *, wanted: Callable[[], bool] = lambda: True) -> Outcome:
        """Let the work trees follow, then swap the target from T to M; LOST if it is not at T, or not wanted now."""
        built, objects = self._built(plan)
        if built != commit:
            raise ValueError(f"the plan builds {built}, not {commit}")
        with self._alone():
            now = self.tip(plan.target)
            if now == commit:
                return Outcome.MOVED
            if now != plan.tip or not wanted():
                return Outcome.LOST
            try:
                follow = self._following(plan, commit)
                moved = self._store.publish(plan.target, plan.tip, commit, objects, "metricgov apply", first=follow)
            except MetricgovError:
                if self.tip(plan.target) != commit:
                    self._settle(plan, commit)
                raise
            if not moved:
                self._settle(plan, commit)
        return Outcome.MOVED if moved else Outcome.LOST

    def landed(self, target: str, commit: str) -> bool:
        """Say whether the target contains a commit now."""
        tip = self.tip(target)
        return bool(tip) and self._repository.contains(tip, commit)

    def settle(self, plan: Plan, commit: str, *, give_up: Callable[[], None] = lambda: None) -> bool:
        """Give an attempt up, and undo in the work trees what an interrupted `move` left there.

        Nothing is touched where a person has meanwhile put, or committed, contents of their own. False, and nothing
        done, if the target has the commit after all.
        """
        with self._alone():
            if commit and self.landed(plan.target, commit):
                return False
            give_up()
            if commit:
                self._settle(plan, commit)
        return True

    def forward(self, target: str, old: str, new: str) -> str:
        """Bring a branch that stands at `old`, and its work trees, to `new`, which is here; return why not, else ""."""
        changes = self._repository.changed(old, new)
        with self._alone():
            trees = on_branch(self._store.git, _full(target))
            if reasons := blocked(trees, changes):
                return "; ".join(reasons)
            for tree in trees:
                tree.follow(old, new, changes)
            if self._store.swap(target, old, new, "metricgov sync"):
                return ""
            for tree in trees:
                tree.follow(new, old, tuple(TreeChange(one.path, one.after, one.before) for one in changes))
        return f"{target.removeprefix('refs/heads/')} moved meanwhile"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep two workers from moving the same work trees in opposite directions; the system drops the lock of a
        dead one."""
        with self._state_file("landing.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _state_file(self, name: str) -> Path:
        folder = self._repository.state_dir()
        folder.mkdir(exist_ok=True)
        return folder / name

    def _settle(self, plan: Plan, commit: str) -> None:
        changes = self._changes(plan)
        tip = self.tip(plan.target)
        now = self._repository.tree(tip, [change.path for change in changes]) if tip else {}
        if not changes or any(now.get(change.path) == change.after for change in changes):
            return
        if self._store.missing([plan.tip, commit]):
            return
        back = tuple(TreeChange(change.path, change.after, change.before) for change in changes)
        for tree in on_branch(self._store.git, plan.target):
            if not blocked([tree], back):
                tree.follow(commit, plan.tip, back)

    def _following(self, plan: Plan, commit: str) -> Callable[[], None]:
        """Return what brings the work trees from T to M; Refused where one of them cannot follow."""
        changes = self._changes(plan)
        trees = on_branch(self._store.git, plan.target)
        if reasons := blocked(trees, changes):
            raise dirty(reasons)

        def follow() -> None:
            for tree in trees:
                tree.follow(plan.tip, commit, changes)

        return follow

    def _changes(self, plan: Plan) -> Sequence[TreeChange]:
        before = self._repository.tree(plan.tip, tuple(plan.writes))
        found = []
        for path, data in sorted(plan.writes.items()):
            after = None if data is None else TreeEntry(FILE, object_id(self._store.object_format, "blob", data))
            if before.get(path) != after:
                found.append(TreeChange(path, before.get(path), after))
        return found

    def _built(self, plan: Plan) -> tuple[str, Objects]:
        _full(plan.target)
        objects = Objects(self._store.object_format)
        edits = {
            path_parts(path): None if data is None else objects.add("blob", data) for path, data in plan.writes.items()
        }
        root = edited_tree(objects, self._store.entries, self._store.tree_of(plan.tip), edits)
        if not root:
            raise Refused("nothing_left", "the change would delete every file", hint="keep metricgov.yaml")
        raw = commit_bytes(tree=root, parents=(plan.tip,), at=plan.at, message=plan.message)
        return objects.add("commit", raw), objects


def _full(target: str) -> str:
    if not is_full_ref(target):
        raise BadInput("bad_ref", f"not a full ref: {target!r}", hint="write refs/heads/main")
    return target
