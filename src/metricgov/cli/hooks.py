"""`hook install`, `hook uninstall`, and what git calls then: the gate before a push leaves or is taken."""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import AsJson
from metricgov.domain.errors import BadInput, Problem

if TYPE_CHECKING:
    from metricgov.app.guarding import Push
    from metricgov.app.hooking import Installed
    from metricgov.bootstrap import Workspace

BLOCKED = 1
DIGEST = re.compile(r"[0-9a-f]{64}")


class Hook(StrEnum):
    """The hooks that metricgov can stand in."""

    PRE_PUSH = "pre-push"
    PRE_COMMIT = "pre-commit"
    PRE_RECEIVE = "pre-receive"


Server = Annotated[
    bool, typer.Option("--server", help="The hook of a bare repository that people push to: it refuses the push.")
]
Root = Annotated[
    str, typer.Option("--root", metavar="DIGEST", help="With --server: digest of the first governance, as pinned.")
]


def install(
    lint: Annotated[bool, typer.Option("--lint", help="Also lint before every commit.")] = False,
    server: Server = False,
    root: Root = "",
    chain: Annotated[bool, typer.Option("--chain", help="Keep a hook that is there: it runs first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let git ask the gate before main is pushed; on a server, before a push is taken.

    Hooks of other programs are kept: it stops and says so, or runs them first with --chain. All work trees of a
    repository share its hooks. Your own hook can be skipped with `git push --no-verify`; the server's cannot.

    Example: metricgov hook install --lint
    """
    from metricgov import bootstrap
    from metricgov.app.hooking import install as put
    from metricgov.assembly import outside

    if root and not server:
        raise BadInput("root_where", "--root is for the hook of a server", hint="add --server")
    if root and not DIGEST.fullmatch(root):
        raise BadInput("bad_digest", f"not a digest: {root!r}", hint="metricgov gate prints it when it asks for --root")
    names = [Hook.PRE_RECEIVE] if server else [Hook.PRE_PUSH, *([Hook.PRE_COMMIT] if lint else [])]
    with bootstrap.Workspace().repository as repository:
        hooks = outside.hooks_of(repository)
        done = put(
            hooks, [one.value for one in names], python=sys.executable, chain=chain,
            options=("--root", root) if root else (),
        )  # fmt: skip
        _tell(done, hooks.folder(), as_json=as_json)


def uninstall(server: Server = False, as_json: AsJson = False) -> None:
    """Take the hooks of metricgov away; those that were there before come back.

    Example: metricgov hook uninstall
    """
    from metricgov import bootstrap
    from metricgov.app.hooking import uninstall as take
    from metricgov.assembly import outside

    names = [Hook.PRE_RECEIVE] if server else [Hook.PRE_PUSH, Hook.PRE_COMMIT]
    with bootstrap.Workspace().repository as repository:
        hooks = outside.hooks_of(repository)
        _tell(take(hooks, [one.value for one in names]), hooks.folder(), as_json=as_json)


def run(
    hook: Annotated[Hook, typer.Argument(metavar="HOOK", help="pre-push, pre-commit or pre-receive.")],
    _words: Annotated[
        list[str] | None, typer.Argument(metavar="WORDS", help="What git says besides; not used.")
    ] = None,
    root: Root = "",
) -> None:
    """Do what a hook does; git calls this, with what is pushed on standard input.

    pre-push judges a push of main against what the remote has; pre-receive does so on the server, and lets main and
    the journal only go forward; pre-commit lints. Exit code 0 lets it happen.

    Example: metricgov hook run pre-push origin
    """
    from metricgov.app.guarding import read_pushes, read_updates
    from metricgov.bootstrap import Workspace

    if hook is Hook.PRE_COMMIT:
        from metricgov.cli.files import lint

        lint()
        return
    workspace = Workspace()
    if hook is Hook.PRE_PUSH:
        code = _leaving(workspace, _told_by_pre_commit() or read_pushes(sys.stdin.read().splitlines()))
    else:
        code = _arriving(workspace, read_updates(sys.stdin.read().splitlines()), root)
    raise typer.Exit(code)


def _told_by_pre_commit() -> tuple[Push, ...]:
    """Return the push that the program pre-commit tells of, in variables instead of on standard input; () if none."""
    import os

    from metricgov.app.guarding import read_updates

    words = [os.environ.get(f"PRE_COMMIT_{name}", "") for name in ("FROM_REF", "TO_REF", "REMOTE_BRANCH")]
    return read_updates([" ".join(words)]) if all(words) else ()


def _leaving(workspace: Workspace, pushes: tuple[Push, ...]) -> int:
    """Judge what would leave for the target of a remote; other branches are proposals and may leave as they are."""
    from metricgov.cli.output import talk
    from metricgov.domain.errors import Undecidable

    code = 0
    for push in pushes:
        if push.ref != workspace.target or not push.before:
            continue
        if not push.after:
            talk(f"metricgov: {push.ref} holds what was approved; it cannot be deleted")
            return BLOCKED
        try:
            workspace.repository.resolve(push.before)
        except (BadInput, Undecidable):
            raise Undecidable(
                "history_missing",
                f"the remote has {push.ref} at {push.before[:12]}, which is not in this clone",
                hint="run: git fetch, bring your commits onto it, and push again",
            ) from None
        code = max(code, _gated(workspace, push, "", ""))
    return code


def _arriving(workspace: Workspace, pushes: tuple[Push, ...], root: str) -> int:
    """Judge what a push would do to main and the journal of this repository."""
    from metricgov.app.guarding import barred, journal_damage
    from metricgov.cli.output import talk

    target, journal = _branches(workspace, pushes)
    code, journal_at = 0, ""
    repository = workspace.repository
    for push in pushes:
        if push.ref != journal:
            continue
        says = barred(push, ancestry=repository, what="the journal") or journal_damage(
            push,
            source=repository,
            head_of=lambda commit: workspace.journal_at(commit).head(),
            events=lambda commit, since: workspace.journal_at(commit).events(since=since),
        )
        if says:
            talk(f"metricgov: {says}")
            code = BLOCKED
        journal_at = push.after
    for push in pushes:
        if push.ref != target:
            continue
        if says := barred(push, ancestry=repository, what="where approved definitions are"):
            talk(f"metricgov: {says}")
            return BLOCKED
        judge = _gated if push.before else _begun
        code = max(code, judge(workspace, push, journal_at, root))
    return code


def _branches(workspace: Workspace, pushes: tuple[Push, ...]) -> tuple[str, str]:
    """Return the refs of target and journal; where nothing is here yet, as what arrives names them."""
    from metricgov.assembly.parts import DEFAULT_JOURNAL, DEFAULT_TARGET
    from metricgov.domain.errors import MetricgovError

    try:
        return workspace.target, workspace.journal.ref
    except MetricgovError:
        pass
    for push in pushes:
        if push.ref == DEFAULT_TARGET and push.after:
            named = workspace.settings_in(push.after).get("journal")
            return DEFAULT_TARGET, f"refs/heads/{named or DEFAULT_JOURNAL}"
    return DEFAULT_TARGET, f"refs/heads/{DEFAULT_JOURNAL}"


def _begun(workspace: Workspace, push: Push, _journal: str, root: str) -> int:
    """Judge the first push of main: it brings a registry only under the governance that is pinned (INV-07)."""
    from metricgov.app.contents import read_paths
    from metricgov.app.founding import against, unloadable
    from metricgov.app.governing import PATH_SET, load_governance
    from metricgov.assembly.parts import SETTINGS_PATH
    from metricgov.cli.output import talk
    from metricgov.domain.definitions.kinds import id_of
    from metricgov.domain.errors import InvalidFiles, Undecidable

    repository = workspace.repository
    found = read_paths(repository, push.after, tuple(PATH_SET))
    if SETTINGS_PATH not in found:
        return 0
    governance, problems = load_governance(found, files=workspace.files)
    if governance is None:
        raise InvalidFiles(problems)
    if not root:
        raise Undecidable(
            "root_not_pinned",
            "this push begins a registry, and nothing says which first governance is the right one",
            hint=f"on the server, if it is right: metricgov hook install --server --root {governance.digest}",
        )
    access, _ = workspace.frozen(push.after)

    def unfit() -> tuple[Problem, ...]:
        links = repository.problems(push.after, lambda path: id_of(path) is not None)
        return links or unloadable(access, push.after, governance)

    wrong = against(governance, root=root, unfit=unfit)
    for one in wrong:
        talk(f"metricgov: {one}")
    return BLOCKED if wrong else 0


def _gated(workspace: Workspace, push: Push, journal: str, root: str) -> int:
    from metricgov.app.gate import gate
    from metricgov.cli.output import screen, talk
    from metricgov.domain import time
    from metricgov.domain.verdict import EXIT_CODES
    from metricgov.render.gate_text import gate_text

    access, has_journal = workspace.frozen(push.before, journal)
    report = gate(
        access,
        hygiene=workspace.repository,
        base=push.before,
        head=push.after,
        at=time.to_text(workspace.clock.now()),
        root=root,
        has_journal=has_journal,
    )
    talk(gate_text(report, screen(sys.stderr)))
    return EXIT_CODES[report.verdict]


WORDS = {
    "written": "now asks the gate",
    "renewed": "is renewed",
    "in place": "is in place",
    "removed": "is gone",
    "not ours": "is not ours and stays",
    "none": "is not there",
}


def _tell(done: list[Installed], folder: str, *, as_json: bool) -> None:
    from metricgov.cli.output import data
    from metricgov.render.json_text import json_text

    if as_json:
        rows = [{"hook": one.name, "what": one.what, "runs_first": one.runs_first} for one in done]
        data(json_text({"format": 1, "folder": folder, "hooks": rows}))
        return
    for one in done:
        what = "now lints" if one.what == "written" and one.name == Hook.PRE_COMMIT else WORDS[one.what]
        first = (
            "" if not one.runs_first else f"; {one.runs_first} runs first" if one.what != "removed" else ", and back"
        )
        data(f"{one.name} {what}{first} ({folder})")
