"""What a checkout is in the middle of, and which of its files differ from a commit; nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from metricgov.adapters.git.objects import object_id
from metricgov.adapters.git.repository import GitRepository

SIGNS = {
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisection",
}
"""Files that git keeps in the git directory of a work tree while something is unfinished."""

END = {
    "a rebase": "git rebase --continue, or git rebase --abort",
    "a merge": "git merge --continue, or git merge --abort",
    "a cherry-pick": "git cherry-pick --continue, or git cherry-pick --abort",
    "a revert": "git revert --continue, or git revert --abort",
    "a bisection": "git bisect reset",
}


def unfinished(repository: GitRepository) -> str:
    """Return what git is in the middle of here ("a rebase"), "" for nothing."""
    git_dir = repository.git.git_dir
    return next((words for name, words in SIGNS.items() if (git_dir / name).exists()), "")


def work_trees(repository: GitRepository) -> tuple[tuple[Path, str], ...]:
    """Return every work tree with the full ref it is on ("" if detached); a bare repository is none."""
    listed = repository.git.read("worktree", "list", "--porcelain", "-z").out.decode("utf-8", "surrogateescape")
    found = []
    for record in listed.split("\0\0"):
        lines = dict(line.partition(" ")[::2] for line in record.split("\0") if line)
        if "worktree" in lines and "bare" not in lines:
            found.append((Path(lines["worktree"]), lines.get("branch", "")))
    return tuple(found)


def edited(repository: GitRepository, tree: Path, tip: str, paths: Iterable[str]) -> tuple[str, ...]:
    """Return those paths whose bytes in a work tree are not those of the commit `tip` ("" = an empty one)."""
    wanted = tuple(paths)
    stored = {}
    if tip and wanted:
        stored = {path: entry.oid for path, entry in repository.tree(tip, wanted).items()}
    return tuple(path for path in wanted if _differs(repository, tree / path, stored.get(path)))


def _differs(repository: GitRepository, file: Path, oid: str | None) -> bool:
    if file.is_symlink() or not file.is_file():
        return file.is_symlink() or file.exists() or oid is not None
    data = file.read_bytes()
    plain = {object_id(repository.object_format, "blob", form) for form in (data, data.replace(b"\r\n", b"\n"))}
    return oid not in plain
