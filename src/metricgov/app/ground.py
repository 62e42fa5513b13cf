"""Whether a registry may begin at a place, from what a survey saw there; how it begins lives in start.py."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.app.start import few
from metricgov.domain.errors import BadInput, Refused
from metricgov.ports.site import Survey


def check_ground(survey: Survey) -> None:
    """Refuse a place where no registry can begin, saying what would help."""
    if survey.is_file:
        raise BadInput("not_a_folder", f"{survey.folder} is a file", hint="name a folder")
    if not survey.root:
        return
    if survey.bare:
        raise BadInput("bare_repository", f"{survey.root} is bare: it has no files to work on", hint="init in a clone")
    if survey.root != survey.folder:
        raise BadInput(
            "inside_repository",
            f"{survey.folder} is inside the repository {survey.root}, and a repository holds one registry at its root",
            hint=f"run: metricgov init {survey.root}   (or choose a folder outside)",
        )
    if survey.unfinished:
        raise Refused(
            "unfinished_business", f"git is in the middle of {survey.unfinished} here", hint=f"end it: {survey.way_out}"
        )
    if not survey.branch:
        raise Refused("detached_head", "HEAD is not on a branch", hint="run: git switch main")


def check_work_tree(survey: Survey, *, baseline: bool) -> None:
    """Refuse to write over work that is not committed, or to accept as found what is not committed."""
    if survey.registry_at:
        raise Refused(
            "registry_exists",
            f"{survey.root} is a registry already ({survey.registry_at})",
            hint="see what it holds: metricgov list   (what is wrong with it: metricgov doctor)",
        )
    if survey.edited:
        raise Refused(
            "uncommitted_files",
            f"{few(survey.edited)} would be written and {_is(survey.edited)} not committed",
            hint="commit, move or delete first",
        )
    if baseline and survey.loose:
        raise Refused(
            "uncommitted_definitions",
            f"{few(survey.loose)} {_is(survey.loose)} not committed, and a baseline accepts only what is",
            hint="run: git add … && git commit, then init again",
        )


def _is(paths: Sequence[str]) -> str:
    return "is" if len(paths) == 1 else "are"
