"""Reading definitions: list, show, diff, impact; nothing is written."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import AsJson, At, Name
from metricgov.desk.session import Session
from metricgov.domain.definitions.kinds import Kind, split_id
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from metricgov.app.comparing import Comparison
    from metricgov.domain.cards import DefinitionCard

SHORT = 12


class Status(StrEnum):
    """Where a definition stands; unreadable is one whose file does not load."""

    DRAFT = "draft"
    ACTIVE = "active"
    DEPRECATED = "deprecated"
    RETIRED = "retired"
    UNREADABLE = "unreadable"


class ListFormat(StrEnum):
    """How a list is printed."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


class ShowFormat(StrEnum):
    """How one definition is printed."""

    TEXT = "text"
    YAML = "yaml"
    JSON = "json"


def list_(
    kind: Annotated[Kind | None, typer.Option(help="Of this kind alone.", show_default=False)] = None,
    domain: Annotated[str, typer.Option(help="Metrics of this domain.")] = "",
    owner: Annotated[
        str, typer.Option(metavar="PERSON", help="Accountable is this person, this team, or a team they are in.")
    ] = "",
    status: Annotated[Status | None, typer.Option(help="With this status.", show_default=False)] = None,
    tag: Annotated[str, typer.Option(help="With this tag.")] = "",
    kpi: Annotated[bool, typer.Option("--kpi", help="KPIs alone: metrics with an objective and a target.")] = False,
    at: At = None,
    format_: Annotated[ListFormat, typer.Option("--format", help="text, csv or json.")] = ListFormat.TEXT,
    as_json: AsJson = False,
) -> None:
    """List definitions with version, accountable person, and the change that is open.

    JSON: {"format": 1, "definitions": [{"id", "path", "title", "version", "status", "domain", "owner", "kpi",
    "open_change", "category", "people", "sources", "tags", "problem"}]}. CSV has a head and the first nine of them,
    with kind and name.

    Example: metricgov list --domain crm_handoff --kpi
    """
    from metricgov.app.listing import Wanted, list_definitions, open_labels
    from metricgov.app.owning import governance_or_why
    from metricgov.cli.output import data, screen, talk
    from metricgov.render.as_json import definitions_json
    from metricgov.render.listing import listing_csv, listing_text

    session = Session()
    commit = _commit(session, at)
    linted = session.workspace.load_registry(commit)
    governance, why = governance_or_why(session.access, commit)
    found = list_definitions(
        linted,
        Wanted(kind or "", domain, owner, status or "", tag, kpi),
        governance=governance,
        open_changes={} if at else open_labels(session.workspace.lookup, session.workspace.journal),
    )
    if as_json or format_ is ListFormat.JSON:
        data(definitions_json(found.rows))
    else:
        data(listing_csv(found.rows) if format_ is ListFormat.CSV else listing_text(found.rows, screen=screen()))
    if why:
        talk(f"Who is accountable is {why}")
    for one in found.misses:
        talk(one)
    if all(split_id(one)[0] is Kind.GOVERNANCE for one in linted.paths) and not found.rows:
        talk("There are no definitions yet. Begin one: metricgov new source NAME, metricgov new metric NAME")
    elif not found.rows and not found.misses:
        talk("Nothing matches all of that.")
    if any(row.status == Status.UNREADABLE for row in found.rows):
        talk("Unreadable files are explained by: metricgov lint")


def show(
    name: Name,
    at: At = None,
    on: Annotated[
        str, typer.Option("--on", metavar="DATE", help="The version that holds on this day of data: 2026-03-31.")
    ] = "",
    format_: Annotated[
        ShowFormat, typer.Option("--format", help="text, yaml (the bytes of the file) or json.")
    ] = ShowFormat.TEXT,
    as_json: AsJson = False,
) -> None:
    """Show one definition: words, calculation, target, who owns it, what reads it, what is open.

    It is read from main, at a commit (--at), or as it holds on a day of data (--on): then the version counts whose
    interval holds that day, by the changes that the journal knows as applied.

    JSON: {"format": 1, "definition": {"id", "path", "commit", "title", "version", "status", "owner", "deputy",
    "open_changes", "held", "data"}}; "data" is the mapping of the file, "held" null without --on.

    Example: metricgov show sales_accepted_lead_rate --on 2026-03-31
    """
    session = Session()
    if at and on:
        raise BadInput("two_moments", "--at and --on are two different questions", hint="give one of them")
    if format_ is ShowFormat.YAML and not as_json:
        _print_bytes(_bytes(session, name, at, on))
        return
    from metricgov.cli.output import data, screen
    from metricgov.render.card import card_json, card_text

    found = _card(session, name, at, on)
    data(card_json(found) if as_json or format_ is ShowFormat.JSON else card_text(found, screen=screen()))


def _card(session: Session, name: str, at: str | None, on: str) -> DefinitionCard:
    from metricgov.app.showing import card, card_on

    ids = session.workspace.journal
    if on:
        return card_on(session.access, session.definition(name, past=True), _day(on), ids=ids)
    commit = _commit(session, at)
    definition, path = _locate(session, name, at, commit)
    return card(session.access, definition, path, commit=commit, ids=ids, with_changes=not at)


def _bytes(session: Session, name: str, at: str | None, on: str) -> bytes:
    """Return the bytes of a file, whether it loads or not."""
    if on:
        return _card(session, name, at, on).text
    from metricgov.app.contents import read_paths

    commit = _commit(session, at)
    _, path = _locate(session, name, at, commit)
    return read_paths(session.access.source, commit, (path,))[path].data


def _locate(session: Session, name: str, at: str | None, commit: str) -> tuple[str, str]:
    from metricgov.app.showing import locate

    try:
        return locate(name, commit, source=session.access.source, globs=session.globs_for(name))
    except BadInput as error:
        raise error if at else _not_on_main(session, name, error) from None


def _not_on_main(session: Session, name: str, error: BadInput) -> BadInput:
    """Return the error for a name that main does not have, and say where the work tree has it."""
    from metricgov.app.addressing import resolve_definition
    from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, id_of

    repository = session.workspace.repository
    paths = {} if repository.bare else {id_of(path): path for path in repository.worktree_paths(GOVERNED_ROOTS)}
    known = {definition: path for definition, path in paths.items() if definition}
    try:
        path = known[resolve_definition(name, known)]
    except BadInput:
        return error
    return BadInput(
        "not_on_main",
        f"{name} is in the work tree ({path}), and not on main yet",
        hint=f"metricgov diff {name}   (or put it forward: metricgov propose)",
    )


def _print_bytes(raw: bytes) -> None:
    if sys.stdout.isatty():
        from metricgov.cli.output import data
        from metricgov.render.kit import clean

        lines = raw.decode("utf-8", "backslashreplace").split("\n")
        data("\n".join(line if line.isprintable() else clean(line) for line in lines))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(raw)
    sys.stdout.buffer.flush()


def diff(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="BASE [HEAD] | PATHS",
            help="Branches, full refs or full commit ids, then files, folders or definition names.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what an edit means, field by field: class, reason, line, version step, what is affected.

    Without BASE and HEAD it is the edits of the work tree since it left main, as `propose` takes them; with BASE, the
    work tree is compared with that; with both, HEAD with BASE, tree against tree. Exit code 0 whatever differs, 2 if a
    file cannot be read.

    JSON: {"format": 1, "base": {"ref", "commit"}, "head": {"ref", "commit"}, "definitions": [{"id", "path", "class",
    "flags", "version", "findings"}], "affected", "problems"}; the work tree is a head without ref and commit (null).

    Example: metricgov diff
    """
    from metricgov.app.comparing import behind, compare
    from metricgov.cli.output import talk

    session = Session()
    refs, rest = _sides(session, words or [])
    base_name = refs[0] if refs else session.access.target.removeprefix("refs/heads/")
    base = session.workspace.repository.resolve(refs[0]) if refs else session.tip
    head = session.workspace.repository.resolve(refs[1]) if len(refs) > 1 else ""
    at = head or session.workspace.repository.resolve("HEAD")
    missing, fork = behind(session.access, base=base, head=at)
    if missing and not refs:
        base = fork
    only = _only(session, rest, base, head)
    found = compare(
        session.access, base=base, head=head, checkout=None if head else session.workspace.repository, only=only
    )
    head_name = refs[1] if head else "the work tree"
    number = "1 commit" if missing == 1 else f"{missing} commits"
    if not as_json and missing and not refs:
        talk(f"{head_name} against {base_name} where they parted ({base[:SHORT]}):")
        talk(f"{base_name} has {number} that {head_name} lacks; proposing takes your edits onto them.")
    elif not as_json:
        talk(f"{head_name} against {base_name} ({base[:SHORT]}):")
        if missing and found.definitions:
            talk(f"{base_name} has {number} that {head_name} lacks; they show here as if undone.")
            talk(f"hint: what was done since they parted: metricgov diff {fork}{f' {refs[1]}' if head else ''}")
    _print_comparison(found, (base_name, base), (refs[1] if head else "", head), as_json=as_json)


def _sides(session: Session, words: list[str]) -> tuple[list[str], list[str]]:
    """Return the leading words that are refs, two at most, and the rest."""
    refs: list[str] = []
    for word in words[:2]:
        try:
            session.workspace.repository.resolve(word)
        except BadInput as error:
            if error.code not in ("unknown_ref", "bad_ref"):
                raise
            break
        refs.append(word)
    return refs, words[len(refs) :]


def _only(session: Session, words: list[str], base: str, head: str) -> tuple[str, ...]:
    if not words:
        return ()
    from metricgov.cli.paths import registry_paths
    from metricgov.domain.definitions.kinds import GOVERNED_ROOTS

    repository = session.workspace.repository
    known = set(repository.tree(base, GOVERNED_ROOTS))
    known |= set(repository.tree(head, GOVERNED_ROOTS) if head else repository.worktree_paths(GOVERNED_ROOTS))
    try:
        return registry_paths(words, repository.git.root, sorted(known))
    except BadInput as error:
        if error.code != "definition_unknown":
            raise
        raise BadInput(
            "no_ref_or_path",
            f"{words[0]!r} is neither a ref, nor a file or folder, nor a definition",
            hint=error.hint,
        ) from error


def _print_comparison(found: Comparison, base: tuple[str, str], head: tuple[str, str], *, as_json: bool) -> None:
    from metricgov.cli.output import data, screen, talk
    from metricgov.domain.errors import InvalidFiles
    from metricgov.render.comparison import comparison_json, comparison_text
    from metricgov.render.problems import problem_lines

    if as_json:
        problems = (*found.unreadable, *found.problems)
        data(comparison_json(found.definitions, base=base, head=head, affected=found.affected, problems=problems))
    else:
        data(comparison_text(found.definitions, affected=found.affected, screen=screen()))
        if found.problems:
            out = screen(sys.stderr)
            talk("This could not land as it is:")
            talk(out.text([line for one in found.problems for line in problem_lines(one, out)]))
    if found.unreadable:
        raise InvalidFiles(found.unreadable)


def impact(name: Name, at: At = None, as_json: AsJson = False) -> None:
    """List everything that is computed from a definition or uses it, nearest first, and who owns that.

    Dashboards, reports, alerts and contracts come from `used_in` of everything reached.

    JSON: {"format": 1, "impact": [{"id", "title", "relation", "steps", "via", "owner"}]}; relation is computed, uses,
    or the kind of consumer, whose name is the id and whose url the title.

    Example: metricgov impact crm_leads
    """
    from metricgov.app.addressing import resolve_definition
    from metricgov.app.impact import impact as reached
    from metricgov.app.owning import governance_or_why
    from metricgov.cli.output import data, screen, talk
    from metricgov.render.as_json import impact_json
    from metricgov.render.history import impact_text

    session = Session()
    commit = _commit(session, at)
    linted = session.workspace.load_registry(commit)
    try:
        definition = resolve_definition(name, linted.paths)
    except BadInput as error:
        raise error if at else _not_on_main(session, name, error) from None
    governance, why = governance_or_why(session.access, commit)
    rows = reached(definition, linted, governance)
    data(impact_json(rows) if as_json else impact_text(definition, rows, screen=screen()))
    if why:
        talk(f"Who owns it is {why}")
    if linted.errors:
        talk("Files that do not load are left out: metricgov lint")


def _commit(session: Session, at: str | None) -> str:
    return session.workspace.repository.resolve(at) if at else session.tip


def _day(text: str) -> str:
    from metricgov.domain.time import day

    try:
        return day(text).isoformat()
    except ValueError:
        raise BadInput("bad_date", f"{text!r} is no day", hint="write it as 2026-03-31") from None
