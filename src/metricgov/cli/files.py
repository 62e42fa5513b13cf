"""Keeping the files of definitions in order: fmt, lint, schema."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import AsJson, At
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from metricgov.app.formatting import Formatted
    from metricgov.bootstrap import Workspace
    from metricgov.domain.digest import JSON
    from metricgov.domain.linted import Linted

FAILED, UNREADABLE = 1, 2
MANY = 2_000
"""Files from which somebody who looks is told that it takes a moment."""

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATHS", help="Files, folders or definition names; everything if absent."),
]


class LintFormat(StrEnum):
    """How problems are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class SchemaKind(StrEnum):
    """What a file can be."""

    METRIC = "metric"
    SOURCE = "source"
    EVENT = "event"
    WORKFLOW = "workflow"
    OBJECTIVE = "objective"
    SCORECARD = "scorecard"
    PEOPLE = "people"
    RACI = "raci"
    POLICY = "policy"
    METRICGOV = "metricgov"


def fmt(
    paths: Paths = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 if a file is not in canonical form.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; print what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write definitions of the work tree in their canonical form; no value and no comment changes.

    Prints the paths of the files that changed (with --check: that would). A file that cannot be read is named, the
    others are formatted all the same, and the exit code is 2. Governance files only where you name them.

    JSON: {"format": 1, "checked": N, "written": true|false, "changed": [paths], "problems": [...]}.

    Example: metricgov fmt --check metrics/
    """
    from metricgov.app.formatting import formatted
    from metricgov.bootstrap import Workspace
    from metricgov.cli.progress import Meter

    workspace = Workspace()
    wanted = _formattable(workspace, paths or [])
    writes = not check and not diff
    done: list[Formatted] = []
    meter = Meter()
    for one in formatted(wanted, checkout=workspace.repository, files=workspace.files):
        done.append(one)
        meter("formatting" if writes else "looking", len(done), len(wanted))
        if writes and one.changes:
            workspace.replace_file(one.path, one.before, one.after)
        if one.changes and not as_json:
            meter.clear()
            _print_change(one, diff=diff)
    meter.clear()
    _end_fmt(done, writes=writes, as_json=as_json)
    if any(one.problems for one in done):
        raise typer.Exit(UNREADABLE)
    if check and any(one.changes for one in done):
        raise typer.Exit(FAILED)


def _formattable(workspace: Workspace, words: list[str]) -> list[str]:
    """Return the native files that words mean; BadInput where a named file is none that can be formatted."""
    from metricgov.app.within import within
    from metricgov.cli.paths import registry_paths
    from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, Kind, id_of, split_id

    repository = workspace.repository
    known = repository.worktree_paths(GOVERNED_ROOTS)
    asked = registry_paths(words, repository.toplevel(), known)
    yaml = [path for path in known if path.endswith(".yaml") and id_of(path) is not None]
    for path in asked:
        if (repository.toplevel() / path).is_file() and path not in yaml:
            raise BadInput("not_governed", f"{path} is no definition", hint="metrics/<domain>/<name>.yaml holds one")
    governance = {path for path in yaml if split_id(id_of(path) or "")[0] is Kind.GOVERNANCE}
    named = {path for path in governance for one in asked if one and within(path, [one])}
    return [path for path in yaml if within(path, asked) and (path not in governance or path in named)]


def _print_change(one: Formatted, *, diff: bool) -> None:
    from metricgov.cli.output import data

    if not diff:
        data(one.path)
        return
    from difflib import unified_diff

    from metricgov.render.kit import clean

    before, after = (side.decode("utf-8", "replace").split("\n") for side in (one.before, one.after))
    for line in unified_diff(before, after, f"a/{one.path}", f"b/{one.path}", lineterm=""):
        data(line[0] + (line[1:] if line[1:].isprintable() else clean(line[1:])) if line else "")


def _end_fmt(done: list[Formatted], *, writes: bool, as_json: bool) -> None:
    from metricgov.cli.output import data, screen, talk
    from metricgov.render.gate_json import problem_json
    from metricgov.render.json_text import json_text
    from metricgov.render.kit import plural
    from metricgov.render.problems import problem_lines

    changed = [one.path for one in done if one.changes]
    problems = [problem for one in done for problem in one.problems]
    if as_json:
        shape: dict[str, JSON] = {"format": 1, "checked": len(done), "written": writes, "changed": list(changed)}
        shape["problems"] = [problem_json(one) for one in problems]
        data(json_text(shape))
        return
    if problems:
        out = screen(sys.stderr)
        talk(out.text([line for one in problems for line in problem_lines(one, out)]))
    broken = sum(bool(one.problems) for one in done)
    if not changed and not broken:
        talk(f"{plural(len(done), 'file')}: all in canonical form.")
        return
    left = f"; {plural(broken, 'file')} cannot be read" if broken else ""
    talk(f"{len(changed)} of {plural(len(done), 'file')} {'formatted' if writes else 'would change'}{left}.")


def lint(
    paths: Paths = None,
    at: At = None,
    format_: Annotated[LintFormat, typer.Option("--format", help="text, json or github.")] = LintFormat.TEXT,
    explain: Annotated[
        str, typer.Option("--explain", metavar="RULE", help="Say what a rule is about, and stop; `all` lists them.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check structure, names and references of the work tree, or of a commit (--at); every problem at once.

    The whole registry is read, because files refer to each other; PATHS limit what is shown. Exit code 1 if there is
    an error; warnings do not fail.

    JSON: {"format": 1, "commit": id|null, "files": N, "errors": N, "warnings": N, "problems": [{"severity", "code",
    "message", "hint", "path", "line", "column"}]}.

    Example: metricgov lint --explain REFERENCE_DANGLING
    """
    if explain:
        _explain(explain, as_json=as_json or format_ is LintFormat.JSON)
        return
    from metricgov.bootstrap import Workspace

    workspace = Workspace()
    commit = workspace.repository.resolve(at) if at else ""
    only = _only(workspace, paths or [], commit)
    linted = _linted(workspace, commit)
    if only:
        from metricgov.app.linting import limited

        linted = limited(linted, only)
    _print_linted(linted, commit, LintFormat.JSON if as_json else format_)
    if linted.errors:
        raise typer.Exit(FAILED)


def _only(workspace: Workspace, words: list[str], commit: str) -> tuple[str, ...]:
    if not words:
        return ()
    from metricgov.cli.paths import registry_paths

    repository = workspace.repository
    known = tuple(repository.tree(commit)) if commit else repository.worktree_paths()
    return registry_paths(words, repository.git.root, known)


def _linted(workspace: Workspace, commit: str) -> Linted:
    """Lint everything, or say what was said of exactly these files; tell somebody who looks if it takes a moment."""
    loading = workspace.loading(commit)
    if (known := loading.remembered.recall()) is not None:
        return known
    from metricgov.app.linting import lint as examine
    from metricgov.cli.progress import Meter

    meter = Meter()
    if (count := len(loading.snapshot.oids)) > MANY:
        meter("reading", 0, count)
    try:
        found = examine(loading.load(), files=workspace.files, calendars=workspace.calendars)
    finally:
        meter.clear()
    loading.remembered.keep(found)
    return found


def _print_linted(linted: Linted, commit: str, format_: LintFormat) -> None:
    from metricgov.cli.output import data, screen, talk
    from metricgov.render.linted import complaints_text, lint_github, lint_json, summary_text

    if format_ is LintFormat.JSON:
        data(lint_json(linted, commit=commit))
        return
    if format_ is LintFormat.GITHUB:
        data(lint_github(linted.complaints))
    else:
        data(complaints_text(linted.complaints, screen=screen()))
    talk(summary_text(linted))
    if linted.complaints and format_ is LintFormat.TEXT:
        from metricgov.domain.practice.rules import RULES

        known = next((one.problem.code for one in linted.complaints if one.problem.code in RULES), "")
        if known:
            talk(f"hint: metricgov lint --explain {known}")


def _explain(word: str, *, as_json: bool) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.domain.practice.rules import RULES
    from metricgov.domain.practice.rules import explain as rule_of
    from metricgov.render.json_text import json_text
    from metricgov.render.linted import rule_json, rule_text

    if word.lower() == "all":
        rows = [(rule.id, rule.says) for rule in RULES.values()]
        out = screen()
        listed = json_text({"format": 1, "rules": [{"id": one, "says": says} for one, says in rows]})
        data(listed if as_json else out.text(out.table(("rule", "says"), rows, fixed=(0,))))
        return
    try:
        rule = rule_of(word)
    except BadInput as error:
        error.hint = (
            error.hint or "metricgov lint --explain all lists the rules; other codes say it all in their message"
        )
        raise
    data(rule_json(rule) if as_json else rule_text(rule, screen=screen()))


def schema(
    kind: Annotated[
        SchemaKind | None,
        typer.Argument(metavar="KIND", help="One kind: metric, source, people, …", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write <kind>.json into this folder.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the JSON Schema of a kind, or write those of all kinds, so that editors complete and check while you type.

    To wire it: put `# yaml-language-server: $schema=<path to metric.json>` on the first line of a metric's file.

    Without a kind and without --out, all schemas are printed: {"format": 1, "schemas": {kind: schema}}.

    Example: metricgov schema --out .schemas
    """
    from metricgov.cli.output import data, talk, written_file
    from metricgov.domain.definitions.schemas import schema_of, schema_text
    from metricgov.render.json_text import json_text

    kinds = [kind.value] if kind else [one.value for one in SchemaKind]
    if out is None:
        data(schema_text(kinds[0]) if kind else json_text({"format": 1, "schemas": {k: schema_of(k) for k in kinds}}))
        return
    written = [written_file(out / f"{one}.json", schema_text(one)) for one in kinds]
    data(json_text({"format": 1, "files": list(written)}) if as_json else "\n".join(written))
    talk(f"In an editor: # yaml-language-server: $schema={(out / f'{kinds[0]}.json').absolute()}")
