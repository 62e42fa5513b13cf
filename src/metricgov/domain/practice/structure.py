"""Structure lint of a registry: names, references, columns, people and cycles between definitions, and the whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from metricgov.domain.definitions.fields import Edge
from metricgov.domain.definitions.kinds import FOLDERS, NATIVE, Kind, domain_of, misplaced, split_id
from metricgov.domain.definitions.problems import FieldProblem, did_you_mean
from metricgov.domain.practice.placeholders import MARK

if TYPE_CHECKING:
    from metricgov.domain.registry import Entry, Registry

MANY = 200
"""How many dangling references get a suggestion; a registry that has more has another problem."""


def lint(registry: Registry, *, dialect: str = "duckdb", paths: Iterable[str] = ()) -> tuple[FieldProblem, ...]:
    """Return everything that is wrong in a registry, by path; `paths` are all paths of the commit."""
    from metricgov.domain.practice.definition import examine

    inside: list[FieldProblem] = []
    for entry in registry.files:
        if entry.kind in NATIVE or entry.id in _GOVERNANCE:
            inside += examine(entry.data, entry.path, dialect=dialect)[1]
    return in_order((*inside, *registry_problems(registry), *misplaced_files(paths)))


_GOVERNANCE = frozenset(f"{Kind.GOVERNANCE}:{name}" for name in ("people", "raci", "policy", "metricgov"))


def in_order(problems: Iterable[FieldProblem]) -> tuple[FieldProblem, ...]:
    """Return problems sorted by path, each once."""
    return tuple(dict.fromkeys(sorted(problems, key=lambda problem: problem.path)))


def misplaced_files(paths: Iterable[str]) -> tuple[FieldProblem, ...]:
    """Return files that stand in a folder of definitions and hold none by their path."""
    return tuple(
        FieldProblem("PATH_MISPLACED", f"this file is not governed: {reason}", path, "", "move it or remove it")
        for path in paths
        if (reason := misplaced(path))
    )


def registry_problems(registry: Registry) -> tuple[FieldProblem, ...]:
    """Return what is wrong between definitions: names, references, columns, people, cycles."""
    natives = [entry for entry in registry.files if entry.kind in NATIVE]
    problems: list[FieldProblem] = []
    for entry in natives:
        facts = entry.facts
        if facts.kind != Kind.METRIC or entry.path != f"metrics/{facts.domain}/{facts.name}.yaml":
            problems += _own_name(entry)
    problems += _taken(registry)
    problems += _dangling(registry, natives)
    problems += _columns(registry, natives)
    problems += _people(registry, natives)
    problems += _governance(registry)
    problems += _cycles(registry)
    return in_order(problems)


def _own_name(entry: Entry) -> Iterator[FieldProblem]:
    facts = entry.facts
    if facts.kind and facts.kind != entry.kind.value:
        yield FieldProblem(
            "KIND_NOT_FOLDER",
            f"the file says kind {facts.kind}, and stands in {FOLDERS[entry.kind]}/",
            entry.path,
            "kind",
            f"move it to {FOLDERS[Kind(facts.kind)]}/" if facts.kind in NATIVE else f"write kind: {entry.kind}",
        )
    if facts.name and facts.name != entry.name:
        yield FieldProblem(
            "NAME_NOT_STEM",
            f"the file is named {entry.name}.yaml and says name: {facts.name}",
            entry.path,
            "name",
            "names are never changed: metricgov rename makes a new definition and keeps the old one",
        )
    if not facts.domain or entry.kind is not Kind.METRIC:
        return
    folder = domain_of(entry.path)
    if folder and facts.domain != folder:
        yield FieldProblem(
            "DOMAIN_NOT_FOLDER",
            f"the folder is {folder} and the file says domain: {facts.domain}",
            entry.path,
            "domain",
            f"move the file to metrics/{facts.domain}/, or write domain: {folder}",
        )


def skeleton(name: str) -> str:
    """Return what is left of a name when what looks alike is made equal: 0 and o, 1 and l, rn and m, underscores."""
    return name.replace("_", "").replace("0", "o").replace("1", "l").replace("rn", "m").replace("vv", "w")


def _taken(registry: Registry) -> Iterator[FieldProblem]:
    """Names are unique over all kinds, and none may be taken for another (INV-41)."""
    holders: dict[str, list[tuple[str, str]]] = {}
    listed = [(split_id(other)[1], path) for other, path in registry.others.items() if split_id(other)[0] in NATIVE]
    loaded = [(entry.name, entry.path) for entry in registry.files if entry.kind in NATIVE]
    for pair in (*loaded, *listed):
        holders.setdefault(skeleton(pair[0]), []).append(pair)
    twins = [sorted(set(same), key=lambda pair: pair[1]) for same in holders.values() if len(same) > 1]
    fresh = {path for _, path in loaded} if twins else set()
    for same in twins:
        for position, (name, path) in enumerate(same):
            for other, where in same[:position]:
                at, against, its = (path, where, name) if path in fresh else (where, path, other)
                if at not in fresh:
                    continue
                if name == other:
                    yield FieldProblem(
                        "NAME_TAKEN",
                        f"the name {its} is taken by {against}",
                        at,
                        "name",
                        "names are unique over all kinds",
                    )
                else:
                    twin = other if its == name else name
                    yield FieldProblem(
                        "NAME_LOOKALIKE",
                        f"{its} looks like {twin} in {against}",
                        at,
                        "name",
                        "choose a name nobody can mistake",
                    )


def _dangling(registry: Registry, natives: list[Entry]) -> Iterator[FieldProblem]:
    names: dict[Kind, list[str]] = defaultdict(list)
    found = 0
    for entry in natives:
        for field, target, _ in entry.facts.references:
            kind, _, name = target.partition(":")
            if name == MARK or registry.exists(target):  # a mark of a template has a rule of its own
                continue
            hint = ""
            found += 1
            if found <= MANY:
                if not names:
                    for known in (*registry.entries, *registry.others):
                        names[split_id(known)[0]].append(split_id(known)[1])
                hint = did_you_mean(name, _near(name, names[Kind(kind)]))
                other = registry.named(name)
                if not hint and other is not None:
                    hint = f"{name} is {_a(other.kind)}"
            yield FieldProblem(
                "REFERENCE_DANGLING",
                f"there is no {kind} {name!r}",
                entry.path,
                field,
                hint or f"metricgov list --kind {kind}",
            )


def _near(name: str, known: list[str]) -> list[str]:
    """Return the names that are worth comparing letter by letter."""
    return [other for other in known if abs(len(other) - len(name)) <= 6 and set(other[:3]) & set(name[:3])]


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _columns(registry: Registry, natives: list[Entry]) -> Iterator[FieldProblem]:
    known: dict[str, frozenset[str]] = {}
    for entry in natives:
        for field, source, column in entry.facts.uses_columns:
            if source not in known:
                found = registry.get(f"{Kind.SOURCE}:{source}")
                known[source] = frozenset(found.facts.columns) if found else frozenset()
            if known[source] and column not in known[source]:
                yield FieldProblem(
                    "COLUMN_UNKNOWN",
                    f"source {source} has no column {column!r}",
                    entry.path,
                    field,
                    did_you_mean(column, sorted(known[source])) or f"add it to sources/{source}.yaml",
                )


def _people(registry: Registry, natives: list[Entry]) -> Iterator[FieldProblem]:
    people = registry.get(f"{Kind.GOVERNANCE}:people")
    if people is None:
        return
    known: set[str] = set()
    for group in ("people", "teams"):
        members = people.data.get(group)
        for member in members if isinstance(members, list | tuple) else ():
            if isinstance(member, Mapping) and isinstance(one := member.get("id"), str):
                known.add(one)
    if not known:
        return
    for entry in natives:
        for field, principal in entry.facts.people:
            if principal not in known:
                yield FieldProblem(
                    "PRINCIPAL_UNKNOWN",
                    f"{principal} is neither a person nor a team",
                    entry.path,
                    field,
                    did_you_mean(principal, sorted(known)) or "add them to governance/people.yaml",
                )


def _governance(registry: Registry) -> tuple[FieldProblem, ...]:
    """Return what people.yaml, raci.yaml and metricgov.yaml say against each other, as far as each of them is sound."""
    found = [registry.get(f"{Kind.GOVERNANCE}:{name}") for name in ("people", "raci", "metricgov")]
    people, raci, config = found
    if people is None or raci is None:
        return ()
    from metricgov.domain.definitions import governance
    from metricgov.domain.definitions.governance_problems import cross_problems
    from metricgov.domain.definitions.parse import check

    if any(entry is not None and check(entry.data) for entry in found):
        return ()
    return cross_problems(
        governance.People.model_validate(people.data),
        governance.Raci.model_validate(raci.data),
        governance.Metricgov.model_validate(config.data) if config else None,
    )


_LOOPS = {
    "computed": "computed from itself",
    "parent": "its own parent",
    "kpi.supports": "supporting itself",
    "replaced_by": "replaced by itself",
}


def _loop_of(field: str, edge: Edge) -> str | None:
    """Return the kind of loop that a reference can be part of."""
    if edge is Edge.COMPUTED:
        return "computed"
    return field if field in _LOOPS else "replaced_by" if field.startswith("replaced_by.") else None


def _cycles(registry: Registry) -> Iterator[FieldProblem]:
    graphs: dict[str, dict[str, list[tuple[str, str]]]] = {loop: {} for loop in _LOOPS}
    for entry in registry:
        own = f"{entry.kind.value}:"
        for field, target, edge in entry.facts.references:
            if target.startswith(own) and (loop := _loop_of(field, edge)):
                graphs[loop].setdefault(entry.id, []).append((field, target))
    for loop, graph in graphs.items():
        for circle in circles({origin: [target for _, target in found] for origin, found in graph.items()}):
            first = min(circle)
            start = circle.index(first)
            around = [*circle[start:], *circle[:start]]
            way = " -> ".join(split_id(one)[1] for one in (*around, first))
            field = next(field for field, target in graph[first] if target == around[1 % len(around)])
            yield FieldProblem(
                "REFERENCE_CYCLE",
                f"{split_id(first)[1]} is {_LOOPS[loop]}: {way}",
                registry[first].path,
                field,
                "one of these must not refer to the next",
            )


def circles(edges: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """Yield one circle for each way back into the path of a depth-first walk; without recursion."""
    done: set[str] = set()
    for root in edges:
        if root in done:
            continue
        path: list[str] = [root]
        on_path = {root: 0}
        waiting = [iter(edges[root])]
        while waiting:
            step = next(waiting[-1], None)
            if step is None:
                waiting.pop()
                left = path.pop()
                del on_path[left]
                done.add(left)
            elif step in on_path:
                yield path[on_path[step] :]
            elif step not in done and step in edges:
                on_path[step] = len(path)
                path.append(step)
                waiting.append(iter(edges[step]))
