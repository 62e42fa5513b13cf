"""Starting a registry: its first files, the first commit, the journal; asking and showing is for the doors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metricgov.app.contents import REGULAR, Content, read_entries
from metricgov.app.governing import load_governance
from metricgov.domain.definitions.governance import PATHS, Preset
from metricgov.domain.definitions.kinds import GOVERNANCE_FILES, NATIVE, Kind, id_of
from metricgov.domain.digest import JSON
from metricgov.domain.errors import BadInput, InvalidFiles, Refused
from metricgov.domain.time import to_text
from metricgov.domain.workflow.authoring import gaps
from metricgov.domain.workflow.envelope import Actor, Draft, Identity
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.rights import Governance
from metricgov.ports.clock import Clock
from metricgov.ports.files import DefinitionFiles
from metricgov.ports.site import Site
from metricgov.ports.source import DefinitionSource

JOURNAL = "metricgov/journal"
COUNCIL = "metrics-council"
ATTRIBUTES_PATH = ".gitattributes"
SMALLEST: dict[Preset, int] = {Preset.SOLO: 1, Preset.SMALL: 2, Preset.STANDARD: 3, Preset.REGULATED: 4}
"""How many people a preset needs, all of them on the council, so that every change by any of them can be approved."""

ATTRIBUTES = tuple(
    f"{pattern} text eol=lf"
    for pattern in ("metricgov.yaml", "governance/**", *(f"{kind.value}s/**" for kind in NATIVE))
)
"""Lines that keep line ends, and with them the digests of files, the same on every machine."""

_ID = re.compile(r"[a-z][a-z0-9_-]{0,79}")
_PLAIN = re.compile(r"[^\W\d_][\w .+@()/'-]*[\w.)]")
_WORDS_WITH_MEANING = frozenset({"null", "true", "false"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of people.yaml."""

    id: str
    name: str
    email: str = ""
    login: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person who starts a registry decides; `people[0]` is that person, an empty council means everybody."""

    people: tuple[Person, ...]
    preset: Preset | None = None
    council: tuple[str, ...] = ()
    dialect: str = "duckdb"
    journal: str = JOURNAL
    starter: Mapping[str, bytes] = field(default_factory=dict)
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class Beginning:
    """Everything that will be written: `writes` are files of the first commit, `kept` stand there already."""

    registry: str
    actor: str
    author: str
    preset: Preset
    journal: str
    target: str
    tip: str
    writes: Mapping[str, bytes]
    kept: tuple[str, ...]
    baseline: bool
    message: str


@dataclass(frozen=True, slots=True)
class Begun:
    """What was written: the first commit of the registry, and how many paths were accepted as found."""

    commit: str
    accepted: int
    events: int


def person(name: str, email: str, id: str = "", login: str = "", key: str = "") -> Person:
    """Return a person, with an id made of the name or the address where none is given; `key` is a public key."""
    chosen = id or _slug(name) or _slug(email.partition("@")[0])
    if not _ID.fullmatch(chosen):
        raise BadInput(
            "bad_person_id",
            f"{chosen!r} cannot be the id of a person",
            hint="use lower-case letters, digits, - and _, a letter first: --person ada-becker",
        )
    if not name.strip():
        raise BadInput("no_name", f"{chosen} has no name", hint='say it: --name "Ada Becker"')
    return Person(chosen, name.strip(), email.strip(), login.strip(), key)


def plan(
    wishes: Wishes, *, existing: Mapping[str, bytes], target: str, tip: str, registry: str, files: DefinitionFiles
) -> Beginning:
    """Return what starting here would write. `existing` are the files at `tip`, as far as a registry may touch them.

    BadInput if the wishes contradict each other; Refused if a file is in the way or the preset would lock itself up.
    """
    first = wishes.people[0]
    preset = wishes.preset or Preset.STANDARD
    if wishes.starter:
        wanted, actor, preset = _from_starter(wishes, registry, files)
    else:
        actor = first.id
        _check_people(wishes)
        wanted = {path: files.fmt(data, path) for path, data in _governance(wishes, preset, registry).items()}
    kept = tuple(path for path in wanted if path in existing and path in PATHS.values() and not wishes.starter)
    wanted = {path: data for path, data in wanted.items() if path not in kept}
    _check_free(wanted, existing)
    wanted[ATTRIBUTES_PATH] = _attributes(existing.get(ATTRIBUTES_PATH, b""))
    _check_loads({path: wanted.get(path) or existing[path] for path in PATHS.values()}, files)
    writes = {path: data for path, data in sorted(wanted.items()) if existing.get(path) != data}
    return Beginning(
        registry=registry,
        actor=actor,
        author=_author(first),
        preset=preset,
        journal=wishes.journal,
        target=target,
        tip=tip,
        writes=writes,
        kept=kept,
        baseline=wishes.baseline or bool(wishes.starter),
        message=f"Start the metric registry\n\nRegistry {registry}, preset {preset}.",
    )


def begin(beginning: Beginning, *, site: Site, source: DefinitionSource, clock: Clock) -> Begun:
    """Write the first commit and then the journal; where that was cut off in between, `resume` ends it."""
    at = to_text(clock.now())
    commit = site.commit(beginning.writes, tip=beginning.tip, message=beginning.message, at=at, author=beginning.author)
    entries = baseline_entries(commit, source) if beginning.baseline else ()
    site.protect()
    site.land(beginning.target, tip=beginning.tip, commit=commit)
    return Begun(commit, len(entries), _open_journal(beginning, commit, entries, at, site))


def resume(beginning: Beginning, *, site: Site, source: DefinitionSource, clock: Clock) -> Begun:
    """Write the journal of a registry whose first commit is there and whose journal never was."""
    at = to_text(clock.now())
    entries = baseline_entries(beginning.tip, source) if beginning.baseline else ()
    return Begun(beginning.tip, len(entries), _open_journal(beginning, beginning.tip, entries, at, site))


def _open_journal(beginning: Beginning, commit: str, entries: Sequence[JSON], at: str, site: Site) -> int:
    drafts = first_events(beginning, commit, entries, at)
    journal = site.open_journal(beginning.journal, registry=beginning.registry, target=beginning.target, at=at)
    return len(journal.append(lambda: drafts if journal.head().seq == 0 else ()))


def first_events(beginning: Beginning, commit: str, entries: Sequence[JSON], at: str) -> tuple[Draft, ...]:
    """Return the events that every journal begins with."""
    actor = Actor(beginning.actor)
    created: dict[str, JSON] = {"registry": beginning.registry, "target": beginning.target, "format": 1}
    drafts = [Draft(None, "registry_created", actor, at, created, main=commit)]
    if beginning.baseline:
        accepted: dict[str, JSON] = {"commit": commit, "entries": entries, "reason": "accepted as found by init"}
        drafts.append(Draft(None, "baseline", actor, at, accepted, main=commit))
    return tuple(drafts)


def baseline_entries(commit: str, source: DefinitionSource) -> tuple[JSON, ...]:
    """Return the governed files of a commit as a baseline names them."""
    governed = {path: entry for path, entry in source.tree(commit).items() if id_of(path) is not None}
    contents = read_entries(source, governed)
    return tuple(
        {"path": path, "mode": content.mode, "sha256": content.ref.sha256} for path, content in sorted(contents.items())
    )


def _check_people(wishes: Wishes) -> None:
    ids = [one.id for one in wishes.people]
    if len(set(ids)) != len(ids) or COUNCIL in ids:
        raise BadInput("person_twice", "two people have the same id", hint="give each an id of their own")
    unknown = sorted(set(wishes.council) - set(ids))
    if unknown:
        raise BadInput(
            "unknown_person", f"{unknown[0]} is on the council and not among the people", hint="add --member"
        )


def _governance(wishes: Wishes, preset: Preset, registry: str) -> dict[str, bytes]:
    people = [_person_line(one) for one in wishes.people]
    council = wishes.council or tuple(one.id for one in wishes.people)
    deputy = f", deputy: {council[1]}" if len(council) > 1 else ""
    texts = {
        "metricgov": (
            *("kind: metricgov", f"registry: {registry}", "format: 1", f"journal: {wishes.journal}", "rules: 1"),
            f"dialect: {wishes.dialect}",
        ),
        "people": (
            "# Who may propose and decide. Ids never change: the journal names people by them alone.",
            *("kind: people", "people:", *people, "teams:"),
            f"  - {{id: {COUNCIL}, title: Metrics council, members: [{', '.join(council)}]}}",
        ),
        "raci": (
            "# Who decides about what; the most specific entry wins (name, tag, domain, kind). For example:",
            "#   - match: {domain: sales}",
            "#     responsible: [bela]",
            "#     accountable: ada",
            "#     deputy: cleo",
            *("kind: raci", f"council: {COUNCIL}", f"registry: {{accountable: {council[0]}{deputy}}}", "entries: []"),
        ),
        "policy": (
            "# What a change needs. `enforce: observe` reports and lets everything pass; `block` stops it.",
            *("kind: policy", f"preset: {preset}", "enforce: block"),
        ),
    }
    return {PATHS[kind]: ("\n".join(lines) + "\n").encode() for kind, lines in texts.items()}


def _from_starter(wishes: Wishes, registry: str, files: DefinitionFiles) -> tuple[dict[str, bytes], str, Preset]:
    """Return the starter's files under a new registry id, with the acting person known and on the council."""
    wanted = dict(wishes.starter)
    wanted[PATHS["metricgov"]] = files.set_fields(wanted[PATHS["metricgov"]], {"registry": registry})
    policy = files.load(wanted[PATHS["policy"]], PATHS["policy"])
    preset = wishes.preset or Preset(str(policy["preset"]))
    if preset != policy["preset"]:
        wanted[PATHS["policy"]] = files.set_fields(wanted[PATHS["policy"]], {"preset": preset.value})
    council = str(files.load(wanted[PATHS["raci"]], PATHS["raci"])["council"])
    wanted[PATHS["people"]], actor = _joined(wanted[PATHS["people"]], wishes.people, council, files)
    return wanted, actor, preset


def _joined(data: bytes, newcomers: Sequence[Person], council: str, files: DefinitionFiles) -> tuple[bytes, str]:
    """Return people.yaml with these people in it and on the council, and the id that the first of them has there."""
    held = files.load(data, PATHS["people"])
    people, teams = [_mapping(one) for one in _list(held, "people")], [_mapping(one) for one in _list(held, "teams")]
    by_email = {str(one["email"]).lower(): str(one["id"]) for one in people if one.get("email")}
    taken = {str(one["id"]) for one in (*people, *teams)}
    actor, added = "", []
    for newcomer in newcomers:
        known = by_email.get(newcomer.email.lower()) if newcomer.email else None
        if known is None and newcomer.id in taken:
            raise BadInput(
                "person_taken",
                f"{newcomer.id} is somebody else in the starter registry",
                hint="choose another id with --person",
            )
        if known is None:
            added.append(newcomer)
            taken.add(newcomer.id)
        actor = actor or known or newcomer.id
    if not added:
        return data, actor
    members = next((_list(team, "members") for team in teams if team["id"] == council), [])
    data = _with_lines(data, added, last=len(people) - 1, files=files)
    members += [one.id for one in added]
    return files.fmt(files.set_fields(data, {f"teams[{council}].members": members}), PATHS["people"]), actor


def _with_lines(data: bytes, added: Sequence[Person], *, last: int, files: DefinitionFiles) -> bytes:
    """Return people.yaml with a line for each new person below the last one, everything else as it stands."""
    item = f"people[{last}]"
    places = files.locate(data)
    below = max(
        place.line for field, place in places.items() if field == item or field.startswith((f"{item}.", f"{item}["))
    )
    lines = data.decode().split("\n")
    dash = lines[places[item].line - 1].partition("-")[0]
    lines[below:below] = [dash + _person_line(one).lstrip() for one in added]
    return "\n".join(lines).encode()


def _mapping(value: JSON) -> dict[str, JSON]:
    return dict(value) if isinstance(value, Mapping) else {}


def _list(data: Mapping[str, JSON], key: str) -> list[JSON]:
    value = data.get(key)
    return list(value) if isinstance(value, list | tuple) else []


def _check_free(wanted: Mapping[str, bytes], existing: Mapping[str, bytes]) -> None:
    taken = sorted(path for path, data in wanted.items() if existing.get(path, data) != data)
    if taken:
        raise Refused(
            "files_in_the_way",
            f"the repository has other contents at {few(taken)}",
            hint="start without --starter, or in an empty folder",
        )


def _check_loads(governance: Mapping[str, bytes], files: DefinitionFiles) -> None:
    """Refuse a beginning whose governance would not load: nothing could ever be approved under it (INV-09)."""
    contents = {path: Content(REGULAR, data) for path, data in governance.items()}
    found, problems = load_governance(contents, files=files)
    if found is None:
        raise InvalidFiles(problems)
    _check_free_of_deadlock(found)


def _check_free_of_deadlock(governance: Governance) -> None:
    stuck = next(deadlocks(governance), None)
    if stuck is None:
        return
    preset, council = governance.policy.preset, governance.members(governance.raci.council)
    keyless = [one for one in sorted(council) if not governance.can_be(one, Identity.SIGNED)]
    if len(council) < SMALLEST[preset]:
        fitting = [one for one in Preset if SMALLEST[one] <= len(council)]
        raise Refused(
            "too_few_people",
            f"the preset {preset} needs {SMALLEST[preset]} people on the council, and there "
            f"{'is 1' if len(council) == 1 else f'are {len(council)}'}: who proposes a change never approves it",
            hint='add people with --member "bela=Bela Novak <bela@example.com>"'
            + (f", or start with --preset {fitting[-1]}" if fitting else ""),
        )
    if preset is Preset.REGULATED and keyless:
        raise Refused(
            "no_keys",
            f"the preset {preset} counts signed approvals, and {few(keyless)} "
            f"{'has' if len(keyless) == 1 else 'have'} no key",
            hint="give them: --key ~/.ssh/id_ed25519.pub, --member-key bela=bela.pub; or start with --preset standard, "
            "let everybody run metricgov key add, and then propose `preset: regulated`",
        )
    raise Refused("deadlock", stuck, hint="put more people on the council, or start with another preset")


def deadlocks(governance: Governance) -> Iterator[str]:
    """Yield a sentence for every kind of change that somebody could propose and nobody could approve."""
    entries = [entry.match for entry in governance.raci.entries]
    subjects = [Subject(f"{match.kind or Kind.METRIC}:any", domain=match.domain or "") for match in entries]
    for *_, reason in gaps((*subjects, Subject(f"{Kind.METRIC}:any")), governance):
        yield reason


def _attributes(existing: bytes) -> bytes:
    lines = existing.decode("utf-8", "surrogateescape").splitlines()
    missing = [line for line in ATTRIBUTES if line not in lines]
    if not missing:
        return existing
    return ("\n".join([*lines, *missing]) + "\n").encode("utf-8", "surrogateescape")


def _person_line(one: Person) -> str:
    email = f", email: {_scalar(one.email)}" if one.email else ""
    login = f", login: {_scalar(one.login)}" if one.login else ""
    keys = f", keys: [{{key: {_scalar(one.key)}}}]" if one.key else ""
    return f"  - {{id: {one.id}, name: {_scalar(one.name)}{email}{login}{keys}}}"


def _scalar(text: str) -> str:
    """Return a text as a YAML scalar that stands in a flow mapping; quoted unless it is surely plain."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_WITH_MEANING and not re.search(r"[:#] | #", text):
        return text
    return json.dumps(text, ensure_ascii=False)


def _author(one: Person) -> str:
    name = re.sub(r"[<>\n\0]", "", one.name).strip()
    email = re.sub(r"[<>\s]", "", one.email)
    return f"{name} <{email}>"


def _slug(text: str) -> str:
    import unicodedata

    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-").lstrip("0123456789_-")[:80]


def touched_paths(wishes: Wishes) -> tuple[str, ...]:
    """Return every path that starting may read or write, so that a door can look what stands there."""
    return tuple(sorted({*GOVERNANCE_FILES, *wishes.starter}))


def few(paths: Sequence[str]) -> str:
    """Return the first three of some names and how many more there are."""
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
