"""Beginnings: a new repository, and commits of plain files; reviewing what they hold lives elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from metricgov.adapters.git.objects import NOBODY, ObjectFormat, Objects, commit_bytes, object_id
from metricgov.adapters.git.process import Git, checked, run_with_gitpython
from metricgov.adapters.git.refs import is_full_ref
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.store import edited_tree, path_parts
from metricgov.adapters.git.worktrees import blocked, dirty, on_branch
from metricgov.domain.errors import BadInput
from metricgov.ports.source import TreeChange

CONFIG = """[transfer]
\tfsckObjects = true
[core]
\tlogAllRefUpdates = true
"""
"""What a repository made here gets on top of git's own (INV-33)."""


def create_repository(
    folder: Path, *, branch: str = "main", bare: bool = False, object_format: ObjectFormat = "sha1"
) -> GitRepository:
    """Make an empty repository whose HEAD is on `branch`; BadInput where there is one already."""
    if not is_full_ref(f"refs/heads/{branch}"):
        raise BadInput("bad_branch", f"not a branch name: {branch!r}")
    if (folder / ".git").exists() or (folder / "HEAD").exists():
        raise BadInput("repository_exists", f"{folder} is a git repository already", hint="run: metricgov init there")
    folder.mkdir(parents=True, exist_ok=True)
    git = Git(folder.resolve(), folder.resolve())
    options = [f"--initial-branch={branch}", f"--object-format={object_format}", "--template=", "-q"]
    command = git.command("init", [*options, *(["--bare"] if bare else []), "--end-of-options", str(folder.resolve())])
    env = {key: value for key, value in git.environment().items() if key != "GIT_DIR"}
    checked(run_with_gitpython(command, env, folder, b"", os.environ), "init", (0,), str(folder))
    git_dir = folder if bare else folder / ".git"
    (git_dir / "info").mkdir(exist_ok=True)
    with (git_dir / "config").open("a", encoding="utf-8") as config:
        config.write(CONFIG)
    return GitRepository.open(folder)


def commit_files(
    repository: GitRepository,
    branch: str,
    files: Mapping[str, bytes | None],
    *,
    message: str,
    at: str,
    author: str = NOBODY,
    follow: bool = True,
) -> str:
    """Commit files (None removes one) on top of a branch and return the commit; work trees on the branch follow.

    For first commits, side branches and tests: the target of a registry with a journal moves through `Landing` alone.
    """
    ref = f"refs/heads/{branch}"
    store = repository.store
    tip = store.ref(ref)
    objects = Objects(repository.object_format)
    edits = {path_parts(p): None if data is None else objects.add("blob", data) for p, data in files.items()}
    root = edited_tree(objects, store.entries, store.tree_of(tip) if tip else "", edits) or objects.add("tree", b"")
    parents = (tip,) if tip else ()
    raw = commit_bytes(tree=root, parents=parents, at=at, message=message, author=author)
    commit = objects.add("commit", raw)
    first = partial(_follow, repository, ref, tip, commit) if follow else lambda: None
    if not store.publish(ref, tip, commit, objects, "metricgov commit", first=first):
        raise BadInput("branch_moved", f"{branch} moved meanwhile", hint="run the command again")
    return commit


def _follow(repository: GitRepository, ref: str, tip: str, commit: str) -> None:
    store = repository.store
    empty = object_id(repository.object_format, "tree", b"")
    if tip:
        changes = repository.changed(tip, commit)
    else:
        changes = tuple(TreeChange(path, None, entry) for path, entry in repository.tree(commit).items())
    trees = on_branch(store.git, ref)
    if reasons := blocked(trees, changes):
        raise dirty(reasons)
    for tree in trees:
        tree.follow(tip or empty, commit, changes)


def move_branch(repository: GitRepository, branch: str, commit: str, *, old: str) -> bool:
    """Point a branch elsewhere if it is still at `old` ("" = it does not exist); False if it is not."""
    return repository.store.swap(f"refs/heads/{branch}", old, commit, "metricgov move")
