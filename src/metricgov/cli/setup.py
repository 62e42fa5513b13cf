"""`init`: asks, shows what it will write, writes it."""

from __future__ import annotations

import re
import sys
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from metricgov.app.start import Beginning, Begun, Person, Wishes
from metricgov.cli.options import AsJson
from metricgov.domain.definitions.governance import Preset
from metricgov.domain.errors import BadInput
from metricgov.ports.site import Survey

MEMBER = re.compile(r"([a-z][a-z0-9_-]{0,79})\s*=\s*([^<@]+?)\s*(?:<([^<>\s]+)>)?\s*(?:(?<![\w.+-])@([\w.-]+))?")
LONG_LIST = 12
PRESETS = {
    Preset.SOLO: "one person; everything is recorded and marked as self-approved",
    Preset.SMALL: "two or more; somebody other than the author agrees",
    Preset.STANDARD: "the accountable agrees; breaking changes also need the council",
    Preset.REGULATED: "approvals signed with SSH keys; breaking changes need two of the council",
}


def init(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="The folder of the registry; it is created if it is not there.")
    ] = Path(),
    starter: Annotated[
        bool, typer.Option("--starter", help="Begin with the starter registry: a marketing department's metrics.")
    ] = False,
    preset: Annotated[
        Preset | None, typer.Option(help="How much agreement a change needs.", show_default=False)
    ] = None,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Accept the definitions that are there as found, on record.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing; what is not given is git's or the default.")
    ] = (False),
    person: Annotated[
        str, typer.Option(metavar="ID", help="Your id in the registry; made of your name if absent.")
    ] = "",
    name: Annotated[str, typer.Option(help="Your name (default: git's user.name).")] = "",
    email: Annotated[str, typer.Option(help="Your address (default: git's user.email).")] = "",
    login: Annotated[str, typer.Option(help="Your account name on the git host.")] = "",
    key: Annotated[
        str, typer.Option(metavar="FILE", help="Your SSH key, which signs your decisions (preset regulated).")
    ] = "",
    member: Annotated[
        list[str] | None, typer.Option(metavar="'ID=NAME <EMAIL> @LOGIN'", help="One more person; repeat for each.")
    ] = None,
    member_key: Annotated[
        list[str] | None, typer.Option(metavar="ID=FILE", help="The public SSH key of a member; repeat for each.")
    ] = None,
    council: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Who is on the metrics council (default: everybody).")
    ] = None,
    dialect: Annotated[str, typer.Option(help="SQL dialect of the expressions.")] = "duckdb",
    journal: Annotated[str, typer.Option(metavar="BRANCH", help="The branch of the journal.")] = "metricgov/journal",
    as_json: AsJson = False,
) -> None:
    """Start a registry in a new or existing repository: governance, first commit, journal.

    On a terminal it asks for what it needs and shows what it will write. Nothing is written before you agree.

    Example: metricgov init metrics --starter --preset standard
    """
    from metricgov.app import ground, start
    from metricgov.assembly import outside

    asks = sys.stdin.isatty() and sys.stderr.isatty() and not yes
    seen = outside.survey(path, ())
    ground.check_ground(seen)
    if _resumed(seen, path, baseline=baseline or starter, as_json=as_json):
        return
    files = outside.starter_files() if starter else {}
    first = _first_person(path, person, name, email, login, asks=asks)
    preset = preset or (_ask_preset() if asks and not starter else None)
    people = _with_keys((first, *map(_member, member or ())), key, tuple(member_key or ()), preset)
    if asks and not starter:
        people = _ask_people(people, preset or Preset.STANDARD)
    wishes = Wishes(people, preset, tuple(council or ()), dialect, journal, files, baseline)
    seen = outside.survey(path, start.touched_paths(wishes))
    ground.check_work_tree(seen, baseline=baseline)
    beginning = _planned(wishes, seen)
    _show_plan(beginning, seen)
    if asks and not typer.confirm("Write this?", default=True, err=True):
        raise BadInput("stopped", "nothing was written", hint="run it again when you are ready")
    begun = _begin(beginning, seen, path)
    _tell(beginning, begun, path, email=first.email, as_json=as_json)


def _resumed(seen: Survey, path: Path, *, baseline: bool, as_json: bool) -> bool:
    """End a beginning that was cut off after its first commit; False where there is nothing to end.

    A clone may only lack the journal because nobody fetched it, so there it is never written anew.
    """
    from metricgov import bootstrap
    from metricgov.app.governing import governance_at
    from metricgov.app.identity import acting
    from metricgov.app.start import resume
    from metricgov.assembly import outside
    from metricgov.cli.output import talk

    if not seen.registry_at or not seen.tip or seen.fetched:
        return False
    workspace = bootstrap.Workspace(seen.root)
    with workspace.repository as repository:
        if workspace.journal.head().seq:
            return False
        governance = governance_at(seen.tip, source=repository, files=workspace.files)
        email = repository.user_email()
        actor = acting(governance, email=email).principal
        branch = workspace.journal_branch
        preset = governance.policy.preset
        beginning = Beginning(
            workspace.registry_id, actor, "", preset, branch, seen.branch, seen.tip, {}, (), baseline, ""
        )
        talk(f"The registry {seen.root} was begun and has no journal yet; it is written now.")
        begun = resume(beginning, site=outside.site_of(repository), source=repository, clock=workspace.clock)
    _tell(beginning, begun, path, email=email, as_json=as_json)
    return True


def _planned(wishes: Wishes, seen: Survey) -> Beginning:
    from metricgov import bootstrap
    from metricgov.app.contents import read_paths
    from metricgov.app.start import plan, touched_paths
    from metricgov.assembly import parts

    existing: dict[str, bytes] = {}
    if seen.tip:
        with bootstrap.Workspace(seen.root).repository as repository:
            found = read_paths(repository, seen.tip, touched_paths(wishes))
            existing = {path: content.data for path, content in found.items()}
    target = seen.branch or parts.DEFAULT_TARGET
    files = bootstrap.Workspace().files
    return plan(wishes, existing=existing, target=target, tip=seen.tip, registry=str(uuid.uuid4()), files=files)


def _begin(beginning: Beginning, seen: Survey, path: Path) -> Begun:
    from metricgov import bootstrap
    from metricgov.app.start import begin
    from metricgov.assembly import outside

    repository = bootstrap.Workspace(seen.root).repository if seen.root else outside.begin_repository(path)
    with repository:
        return begin(beginning, site=outside.site_of(repository), source=repository, clock=bootstrap.Workspace().clock)


def _first_person(path: Path, chosen: str, name: str, email: str, login: str, *, asks: bool) -> Person:
    from metricgov.app.start import person
    from metricgov.assembly import outside

    known_name, known_email = outside.git_user(path)
    name, email = name or known_name, email or known_email
    if asks:
        name = typer.prompt("Your name", default=name or None, err=True)
        email = typer.prompt("Your e-mail, as git knows it", default=email or None, err=True)
    if not name or not email:
        raise BadInput(
            "who_are_you",
            "a registry begins with a person, and git knows no user.name and user.email",
            hint='say it: --name "Ada Becker" --email ada@example.com   (or: git config --global user.email …)',
        )
    return person(name, email, chosen, login)


def _member(text: str) -> Person:
    from metricgov.app.start import person

    found = MEMBER.fullmatch(text.strip())
    if not found:
        raise BadInput(
            "bad_member", f"not a person: {text!r}", hint='write --member "bela=Bela Novak <bela@example.com>"'
        )
    return person(found[2], found[3] or "", found[1], found[4] or "")


def _ask_preset() -> Preset:
    typer.echo("How much agreement shall a change need?", err=True)
    for preset, words in PRESETS.items():
        typer.echo(f"  {preset.value:<10} {words}", err=True)
    while True:
        answer = typer.prompt("Preset", default=Preset.STANDARD.value, err=True).strip().lower()
        found = [preset for preset in Preset if answer and preset.value.startswith(answer)]
        if len(found) == 1 or answer in set(Preset):
            return found[0] if len(found) == 1 else Preset(answer)
        typer.echo(f"  one of {', '.join(Preset)}", err=True)


def _ask_people(people: tuple[Person, ...], preset: Preset) -> tuple[Person, ...]:
    """Ask for as many people as the preset needs to work; the council is all of them."""
    from metricgov.app.start import SMALLEST, person

    while len(people) < SMALLEST[preset]:
        missing = SMALLEST[preset] - len(people)
        typer.echo(
            f"The preset {preset} needs {missing} more on the council: nobody approves their own change.", err=True
        )
        name = typer.prompt("Their name", err=True)
        email = typer.prompt("Their e-mail", err=True)
        people = (*people, person(name, email))
    if preset is not Preset.REGULATED or all(one.key for one in people):
        return people
    typer.echo("Approvals are signed, so each of them needs an SSH key: a .pub file, or the line in it.", err=True)
    typer.echo("Who has none makes one: ssh-keygen -t ed25519 -f ~/.ssh/metricgov", err=True)
    return tuple(one if one.key else replace(one, key=_ask_key(one)) for one in people)


def _ask_key(person: Person) -> str:
    while True:
        answer = typer.prompt(f"Public key of {person.name}", err=True)
        try:
            return _public(answer)
        except BadInput as error:
            typer.echo(f"  {error.message}", err=True)


def _with_keys(
    people: tuple[Person, ...], own: str, others: tuple[str, ...], preset: Preset | None
) -> tuple[Person, ...]:
    """Return the people with their public keys; where keys are asked for, one's own is git's signing key."""
    from metricgov.assembly import outside

    named = {people[0].id: _public(own)} if own else {}
    for text in others:
        who, found, file = text.partition("=")
        if not found or who.strip() not in {one.id for one in people}:
            hint = "write --member-key bela=bela.pub, with the id of a --member"
            raise BadInput("bad_member_key", f"not a member and a key: {text!r}", hint=hint)
        named[who.strip()] = _public(file)
    if preset is Preset.REGULATED and people[0].id not in named and (line := outside.own_public_key()):
        named[people[0].id] = line
    return tuple(replace(one, key=named.get(one.id, one.key)) for one in people)


def _public(text: str) -> str:
    from metricgov.assembly import outside

    return outside.public_key(text)


def _show_plan(beginning: Beginning, seen: Survey) -> None:
    from metricgov.cli.output import talk

    branch = beginning.target.removeprefix("refs/heads/")
    where = f"in the repository {seen.root}" if seen.root else f"in a new repository {seen.folder}"
    talk(f"A registry with the preset {beginning.preset} {where}:")
    paths = list(beginning.writes)
    for path in paths if len(paths) <= LONG_LIST else [p for p in paths if "/" not in p or p.startswith("governance/")]:
        talk(f"  write   {path}")
    if len(paths) > LONG_LIST:
        counts: dict[str, int] = {}
        for path in paths:
            if "/" in path and not path.startswith("governance/"):
                counts[path.partition("/")[0]] = counts.get(path.partition("/")[0], 0) + 1
        talk("  write   " + ", ".join(f"{count} {folder}" for folder, count in counts.items()))
    for path in beginning.kept:
        talk(f"  keep    {path}")
    talk(f"  commit  on {branch}, by {beginning.author}")
    talk(f"  journal on the branch {beginning.journal}" + (", with a baseline" if beginning.baseline else ""))


def _tell(beginning: Beginning, begun: Begun, path: Path, *, email: str, as_json: bool) -> None:
    from metricgov.assembly import outside
    from metricgov.cli.output import data, talk

    if as_json:
        import json

        shape = {
            "format": 1,
            "registry": beginning.registry,
            "commit": begun.commit,
            "target": beginning.target,
            "journal": beginning.journal,
            "preset": beginning.preset.value,
            "person": beginning.actor,
            "files": list(beginning.writes),
            "accepted": begun.accepted,
        }
        data(json.dumps(shape, indent=2))
        return
    talk("")
    talk(f"Done: commit {begun.commit[:12]}; you are {beginning.actor}.")
    if begun.accepted:
        talk(f"{begun.accepted} files are accepted as found; they show as baseline, not as approved.")
    talk("Next:")
    if path.resolve() != Path.cwd():
        talk(f"  cd {path}")
    if outside.git_user(path)[1].lower() != email.lower():
        talk(f"  {f'git config user.email {email}':<36} so that commands here know you")
    has_metrics = any(one.startswith("metrics/") for one in beginning.writes) or begun.accepted > len(beginning.writes)
    for command, words in NEXT_WITH if has_metrics else NEXT_BESIDE if beginning.tip else NEXT_EMPTY:
        talk(f"  {command:<36} {words}")


NEXT_WITH = (
    ("metricgov list", "what is here"),
    ("metricgov edit NAME", "change one: your editor, a few questions"),
    ("metricgov doctor", "whether everything is in place"),
)
NEXT_EMPTY = (
    ("metricgov new source orders", "where rows come from"),
    ("metricgov new metric order_count", "the first number"),
    ("metricgov doctor", "whether everything is in place"),
)
NEXT_BESIDE = (
    ("metricgov scan", "which definitions changed here so far"),
    ("$EDITOR metricgov.yaml", "other tools' files: list them as opaque"),
    ("metricgov new metric order_count", "or begin a number in the native format"),
    ("metricgov doctor", "whether everything is in place"),
)
