"""Gathers what `doctor` judges, from git and the file system; nothing here writes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from metricgov.adapters.git.condition import END, unfinished, work_trees
from metricgov.adapters.git.process import own_environment, run
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.definitions.kinds import GOVERNED_ROOTS
from metricgov.ports.facts import Facts, TreeFacts

INDEX_NAME = "index.sqlite3"


def git_version() -> str:
    """Return what git says of itself: `git version 2.39.5`."""
    return run(["git", "version"], own_environment(os.environ), Path("/")).text


def facts(repository: GitRepository) -> Facts:
    """Return what there is to know about a repository before any of its contents is read."""
    git = repository.git
    listed = git.read(
        "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/remotes", "refs/metricgov"
    )
    replaced = git.read("for-each-ref", "--format=%(refname)", "refs/replace").text.split()
    settings = git.read("config", "--local", "--list", "-z", ok=(0, 1)).out.decode("utf-8", "replace")
    pairs = (entry.partition("\n")[::2] for entry in settings.split("\0") if entry)
    state = repository.state_dir()
    seq, says = _index(state / INDEX_NAME)
    return Facts(
        git=git_version(),
        root=str(git.root),
        email=repository.user_email(),
        bare=repository.bare,
        shallow=repository.shallow,
        trees=tuple(_tree(path, branch) for path, branch in work_trees(repository) if path.is_dir()),
        tips=dict(line.split(" ") for line in listed.text.splitlines()),
        settings={key.lower(): value for key, value in pairs},
        replaced=len(replaced),
        state_dir=str(state),
        state_writable=os.access(state if state.exists() else state.parent, os.W_OK),
        index_seq=seq,
        index_says=says,
    )


def _tree(path: Path, branch: str) -> TreeFacts:
    with GitRepository.open(path, environ=_without_git(os.environ)) as repository:
        doing = unfinished(repository)
        return TreeFacts(str(path), branch, doing, END.get(doing, ""), _dirty(repository))


def _dirty(repository: GitRepository) -> tuple[str, ...]:
    top = repository.toplevel()
    read = repository.git.read
    loose = read("ls-files", "-z", "-m", "-o", "-d", "--exclude-standard", "--", *GOVERNED_ROOTS, work_tree=top).out
    head = read("show-ref", "--verify", "--hash", "HEAD", ok=(0, 1, 128)).text
    staged = b""
    if head:
        staged = read(
            "diff-index",
            "--cached",
            "-z",
            "--name-only",
            "--end-of-options",
            head,
            "--",
            *GOVERNED_ROOTS,
            work_tree=top,
        ).out
    names = {name.decode("utf-8", "surrogateescape") for name in (loose + staged).split(b"\0") if name}
    return tuple(sorted(names))


def _index(path: Path) -> tuple[int | None, str]:
    """Return the last event that the index of this repository holds; why it cannot be read, where it cannot."""
    if not path.exists():
        return None, ""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=2)) as database:
            found = database.execute("SELECT journal_seq FROM position").fetchone()
    except sqlite3.Error as error:
        return None, str(error)
    return (int(found[0]) if found else 0), ""


def _without_git(environ: os._Environ[str]) -> dict[str, str]:
    return {key: value for key, value in environ.items() if not key.startswith("GIT_")}
