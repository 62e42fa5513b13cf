"""Finding the repository that a folder is in; reading it lives elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from metricgov.adapters.git.objects import HEX_LENGTH, ObjectFormat
from metricgov.adapters.git.process import Git, checked, run
from metricgov.domain.errors import BadInput, Undecidable


@dataclass(frozen=True, slots=True)
class Place:
    """Where a repository is: how to run git there, the shared git directory, the work tree (None if bare)."""

    git: Git
    common_dir: Path
    work_tree: Path | None
    object_format: ObjectFormat
    shallow: bool


def find(folder: Path | str | None, environ: Mapping[str, str]) -> Place:
    """Return the place of a folder; without one, that of GIT_DIR or of the current folder."""
    named = environ.get("GIT_DIR") if folder is None else None
    if named:
        git_dir = Path(named).resolve()
        tree = environ.get("GIT_WORK_TREE") or (git_dir.parent if git_dir.name == ".git" else Path.cwd())
        return _asked(Git(git_dir, Path(tree).resolve(), environ), Path(tree).resolve())
    start = Path(folder or ".").resolve()
    for here in (start, *start.parents):
        if (here / ".git").exists():
            return _asked(Git(here / ".git", here, environ), here)
        if (here / "HEAD").is_file() and (here / "objects").is_dir() and (here / "refs").is_dir():
            tree = here.parent if here.name == ".git" else here
            return _asked(Git(here, tree, environ), tree)
    raise BadInput(
        "no_repository",
        f"{start} is not in a git repository",
        hint="go to the registry, or start one: metricgov init",
    )


def _asked(git: Git, root: Path) -> Place:
    """Let git itself say what stands at a place."""
    questions = (
        *("--absolute-git-dir", "--git-common-dir", "--is-bare-repository"),
        *("--is-shallow-repository", "--show-object-format"),
    )
    done = checked(run(git.command("rev-parse", questions), git.environment(), root), "rev-parse", (0,), str(root))
    answers = done.text.split("\n")
    if len(answers) != len(questions) or answers[-1] not in HEX_LENGTH:
        raise Undecidable("not_a_repository", f"git cannot open {root}", hint="run: git rev-parse --git-dir")
    git_dir, common_dir, bare, shallow, object_format = answers
    return Place(
        git=Git(Path(git_dir), Path(git_dir) if bare == "true" else root, git.environ),
        common_dir=(root / common_dir).resolve(),
        work_tree=None if bare == "true" else root,
        object_format="sha256" if object_format == "sha256" else "sha1",
        shallow=shallow == "true",
    )
