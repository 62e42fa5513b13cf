"""`policy check`: whether every change could be approved under the rules of a commit or of the work tree."""

from __future__ import annotations

from typing import Annotated

import typer

from metricgov.cli.options import AsJson, At
from metricgov.desk.session import Session
from metricgov.domain.errors import BadInput

FAILED = 1


def check(
    at: At = None,
    worktree: Annotated[
        bool, typer.Option("--worktree", help="Read the work tree: rules that nobody has proposed yet.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Prove for every definition, class and author that somebody can approve the change.

    ok: somebody always can. one person: nobody can while a certain person is away. DEADLOCK: nobody can once a
    certain person writes it. GAP: nobody can, whoever writes it. A gap or a deadlock ends with exit code 1.

    JSON: {"format": 1, "holds", "commit", "preset", "definitions", "authors", "areas": [{"area", "definitions",
    "observed", "classes": {CLASS: {"standing", "waits"}}}], "weaknesses": [{"standing", "cause", "areas", "classes",
    "definitions", "new", "authors", "gone", "says", "mend", "who", "until"}], "keyless": {IDENTITY: [people]},
    "unattested": {IDENTITY: [classes]}, "unproved": [people], "governance", "pairs": [{"gone", "authors", "areas"}]};
    standing is ok, one_person, deadlock or gap, cause nobody, quorum, identity, tie or answer.

    Example: metricgov policy check --worktree
    """
    from metricgov.cli.output import data, screen
    from metricgov.desk.proving import coverage_at
    from metricgov.render.coverage import coverage_json, coverage_text

    if at and worktree:
        raise BadInput("two_moments", "--at and --worktree are two different questions", hint="give one of them")
    session = Session()
    commit = "" if worktree else session.workspace.repository.resolve(at) if at else session.tip
    found = coverage_at(session, commit)
    if as_json:
        data(coverage_json(found, commit=commit))
    else:
        where = f"commit {commit[:7]}" if at else f"main {commit[:7]}" if commit else "the work tree"
        data(coverage_text(found, where=where, screen=screen()))
    if not found.holds:
        raise typer.Exit(FAILED)
