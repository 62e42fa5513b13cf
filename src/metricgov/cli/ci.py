"""`ci init`: the files with which a host runs the gate, shown as a diff and written on request."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import Actor, AsJson
from metricgov.desk.session import Session
from metricgov.domain.errors import BadInput, Refused

if TYPE_CHECKING:
    from metricgov.app.piping import Planned
    from metricgov.render.ci import Pipeline

DIGEST = re.compile(r"[0-9a-f]{64}")
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
SPEC = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-+/:@=<>~,\[\]#&?%]*(?: @ [A-Za-z0-9._\-+/:@=#&?%]+)?")
BESIDE_JOURNAL = ".github/workflows/metricgov.yml"


class Host(StrEnum):
    """Where the gate shall run."""

    GITHUB = "github"
    GITLAB = "gitlab"
    PRE_COMMIT = "pre-commit"


def init(
    host: Annotated[Host, typer.Argument(metavar="HOST", help="github, gitlab or pre-commit.")],
    root: Annotated[
        str,
        typer.Option("--root", metavar="DIGEST", help="Digest of the first governance (default: as main began here)."),
    ] = "",
    install: Annotated[
        str, typer.Option("--install", metavar="SPEC", help="What pip installs (default: this version).")
    ] = "",
    write: Annotated[bool, typer.Option("--write", help="Write the files; without it they are only shown.")] = False,
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Write what a host needs to run the gate on every proposal, with the first governance pinned.

    github: a workflow that judges pull requests and sets the status `metricgov`, one beside the journal that judges
    them again after every decision, and a scheduled tick. gitlab: a job for merge requests, and the tick. pre-commit:
    fmt, lint, and the gate before a push. Files of others are never overwritten.

    Example: metricgov ci init github --write
    """
    from metricgov.app.piping import first_governance, planned
    from metricgov.cli.output import talk
    from metricgov.render import ci

    session = Session(claimed)
    access, repository = session.access, session.workspace.repository
    if root and not DIGEST.fullmatch(root):
        raise BadInput("bad_digest", f"not a digest: {root!r}", hint="leave --root out, or write 64 hex digits")
    began, found = ("", root) if root else first_governance(access)
    pipeline = _pipeline(session, install, found)
    wanted = {
        Host.GITHUB: ci.github,
        Host.GITLAB: ci.gitlab,
        Host.PRE_COMMIT: ci.pre_commit,
    }[host](pipeline)
    top = repository.toplevel()
    standing = {path: _bytes(top / path) for path in wanted}
    plan = planned(wanted, standing, mark=ci.MARK, belongs=ci.BELONGS)
    beside = _beside(session, pipeline) if host is Host.GITHUB else ()
    if began and not as_json:
        talk(f"Pinned: the governance of {began[:12]}, where this registry began: {found}")
    if not as_json:
        _show((*plan, *beside), pipeline.journal)
    foreign = [one.path for one in plan if one.what == "foreign"]
    if write:
        _refuse_foreign(foreign, host)
        repository.write_worktree({one.path: one.after for one in plan if one.what in {"new", "changed"}})
        if beside and beside[0].what != "same":
            from metricgov.app.piping import write_workflow

            write_workflow(access, path=BESIDE_JOURNAL, text=beside[0].after.decode(), actor=session.actor)
    _tell(host, plan, beside, pipeline, written=write, as_json=as_json)


def _pipeline(session: Session, install: str, root: str) -> Pipeline:
    from metricgov import __version__
    from metricgov.render.ci import Pipeline as Values

    branch = session.access.target.removeprefix("refs/heads/")
    journal = session.workspace.journal_branch
    spec = install or f"metricgov=={__version__}"
    for name, value, form in (("branch", branch, PLAIN), ("--install", spec, SPEC)):
        if not form.fullmatch(value):
            says = f"{name} {value!r} cannot stand in a pipeline as it is"
            raise BadInput("not_plain", says, hint="use plain letters")
    return Values(branch=branch, journal=journal, install=spec, root=root)


def _bytes(file: Path) -> bytes | None:
    if file.is_symlink():
        return b""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _beside(session: Session, pipeline: Pipeline) -> tuple[Planned, ...]:
    """Return the workflow on the journal's branch as it is and as it shall be."""
    from metricgov.app.piping import Planned as File
    from metricgov.app.piping import written_workflow
    from metricgov.render.ci import github_journal

    return (File(BESIDE_JOURNAL, written_workflow(session.access), github_journal(pipeline).encode(), ours=True),)


def _show(plan: tuple[Planned, ...], journal: str) -> None:
    """Print what would change, as a diff."""
    import difflib

    from metricgov.cli.output import data

    seen: set[str] = set()
    for one in plan:
        where = one.path if one.path not in seen else f"{journal}:{one.path}"
        seen.add(one.path)
        if one.what == "same":
            continue
        before = (one.before or b"").decode("utf-8", "replace").splitlines(keepends=True)
        after = one.after.decode().splitlines(keepends=True)
        data("".join(difflib.unified_diff(before, after, f"a/{where}" if one.before else "/dev/null", f"b/{where}")))


def _refuse_foreign(foreign: list[str], host: Host) -> None:
    if not foreign:
        return
    ways = {
        ".gitlab-ci.yml": "add to it: include: [{local: .gitlab/metricgov.yml}], and run this again",
        ".pre-commit-config.yaml": "add the hooks that are shown above to it, and run this again",
    }
    hint = ways.get(foreign[0], f"look at it, move it aside, and run: metricgov ci init {host.value} --write")
    raise Refused("foreign_file", f"{', '.join(foreign)} is there already and is not ours", hint=hint)


def _tell(
    host: Host,
    plan: tuple[Planned, ...],
    beside: tuple[Planned, ...],
    pipeline: Pipeline,
    *,
    written: bool,
    as_json: bool,
) -> None:
    from metricgov.cli.asking import say_wrapped
    from metricgov.cli.output import data
    from metricgov.render.json_text import json_text

    if as_json:
        rows = [{"path": one.path, "branch": pipeline.branch, "what": one.what} for one in plan]
        rows += [{"path": one.path, "branch": pipeline.journal, "what": one.what} for one in beside]
        data(json_text({"format": 1, "written": written, "root": pipeline.root, "files": rows}))
        return
    todo = [one for one in (*plan, *beside) if one.what != "same"]
    if not todo:
        say_wrapped("Everything is in place; nothing is to be done.")
    elif not written:
        say_wrapped(f"Nothing was written. Write it with: metricgov ci init {host.value} --write")
    else:
        paths = " ".join(one.path for one in plan)
        say_wrapped(f"Written. Commit and push them: git add {paths}; git push origin HEAD {pipeline.journal}")
        if host is Host.GITHUB:
            say_wrapped(f"Then require the status `metricgov` for {pipeline.branch} in the settings of the repository.")
        if host is Host.PRE_COMMIT:
            say_wrapped("Then: pre-commit install -t pre-commit -t pre-push")
