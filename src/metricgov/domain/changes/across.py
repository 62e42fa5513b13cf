"""What a change means across definitions: renames between files, and what follows for whatever is computed from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from metricgov.domain.changes.composed import composition
from metricgov.domain.changes.diff import diff
from metricgov.domain.changes.findings import GRAVITY, ChangeClass, Finding, gravest
from metricgov.domain.changes.fingerprint import fingerprint
from metricgov.domain.changes.rules.fallback import DRAFT_EDITED
from metricgov.domain.changes.rules.lifecycle import INDIRECT, RENAMED, RENAMED_AND_CHANGED
from metricgov.domain.changes.values import Definition, DiffContext, Lineage, Rule

STAYS_HERE = frozenset({"dimensions", "replaced_by", "used_in", "retirement", "(path)"})
"""Fields whose change does not reach a number that is computed from the definition."""

_PART = re.compile(r"(?:columns|properties)\[([^\]]*)\]")

Pair = tuple[Definition | None, Definition | None]


def diff_change(pairs: Iterable[Pair], *, context: DiffContext) -> dict[str, tuple[Finding, ...]]:
    """Return the findings of every definition of a change by id, with renames between them recognised.

    A rename is an old definition that is retired, deprecated or gone and names its successor (or has its content),
    together with a new one: by content hash, never by git's guess. A deleted file still blocks (INV-27).
    """
    listed = [(pair, side) for pair in pairs if (side := pair[1] or pair[0]) is not None]
    found = {side.id: diff(pair[0], pair[1], context=context) for pair, side in listed}
    created = {side.id: side for pair, side in listed if pair[0] is None}
    for (before, after), side in listed:
        if before is None:
            continue
        for new in _successors(before, after, created, context):
            equal = _meaning(before, context) == _meaning(new, context)
            rule = RENAMED if equal else RENAMED_AND_CHANGED
            found[new.id] = tuple(_renamed(found[new.id], "CREATED", rule, side.id, new.id))
            found[side.id] = tuple(_renamed(found[side.id], "RETIRED", rule, side.id, new.id))
    return found


def indirect(
    findings: Mapping[str, tuple[Finding, ...]], *, before: Lineage, after: Lineage, context: DiffContext
) -> tuple[Finding, ...]:
    """Return what a change means for everything computed from what it edits, one finding a dependant and root cause.

    Class: that of the cause, where it is more than editorial (INV-19). `dependants` of both sides give direct
    dependants by computation; whoever was computed from the cause on either side is found. Drafts are left out.
    """
    result: list[Finding] = []
    for cause in sorted(findings):
        moving = [finding for finding in findings[cause] if _reaches(finding)]
        if not moving:
            continue
        result.extend(_indirect(cause, side, told) for side, told in _downstream(moving, before, after, context))
    return tuple(result)


def _successors(
    before: Definition, after: Definition | None, created: Mapping[str, Definition], context: DiffContext
) -> Iterator[Definition]:
    kind = before.id.partition(":")[0]
    if after is None:
        meaning = _meaning(before, context) if created else ""
        same = [new for new in created.values() if new.id.startswith(f"{kind}:") and _meaning(new, context) == meaning]
        yield from same[:1]
        return
    named = after.data.get("replaced_by")
    if isinstance(named, Mapping) and named.get("relation") == "rename":
        new = created.get(f"{kind}:{named.get(kind)}")
        if new is not None:
            yield new


def _meaning(side: Definition, context: DiffContext) -> str:
    return fingerprint(side.data, dialect=context.dialect, rules=context.rules).meaning


def _renamed(findings: tuple[Finding, ...], replaced: str, rule: Rule, old: str, new: str) -> Iterator[Finding]:
    names = (old.partition(":")[2], new.partition(":")[2])
    for finding in findings:
        if finding.rule != replaced:
            yield finding
            continue
        yield replace(
            finding,
            rule=rule.id,
            field=finding.field or "name",
            before=names[0],
            after=names[1],
            change_class=rule.change_class,
            flags=rule.flags,
            says=rule.says.format(before=names[0], after=names[1]),
            because=rule.because,
        )


def _reaches(finding: Finding) -> bool:
    top = re.split(r"[.\[]", finding.field, maxsplit=1)[0]
    if top in STAYS_HERE or finding.rule in {"CREATED", "RENAMED", "RETURNS_TO_EARLIER", "REJOINED"}:
        return False
    return finding.rule == DRAFT_EDITED.id or GRAVITY[finding.change_class] > GRAVITY[ChangeClass.EDITORIAL]


def _downstream(
    moving: list[Finding], before: Lineage, after: Lineage, context: DiffContext
) -> Iterator[tuple[Definition, list[Finding]]]:
    """Yield every definition that is computed from a cause on either side and can notice, nearest first.

    What one definition on the way cannot notice, nobody behind it can. A draft is passed through and not told.
    """
    cause = moving[0].definition
    seen, reached = {cause}, {cause: moving}
    while reached:
        found: dict[str, dict[int, Finding]] = {}
        for at, told in reached.items():
            for one in dict.fromkeys((*before.dependants(at), *after.dependants(at))):
                if one not in seen:
                    noticed = _noticed(told, one, before, after, context) if at == cause else told
                    found.setdefault(one, {}).update((id(item), item) for item in noticed)
        reached = {one: [*told.values()] for one, told in found.items() if told}
        seen.update(reached)
        for one in sorted(reached):
            side = after.get(one) or before.get(one)
            if side is not None and side.data.get("status") != "draft":
                yield side, reached[one]


def _noticed(
    moving: list[Finding], dependant: str, before: Lineage, after: Lineage, context: DiffContext
) -> list[Finding]:
    old, new = before.get(dependant), after.get(dependant)
    readers = [_Mentions(side) for side in (old, new) if side is not None]
    told = [finding for finding in moving if _concerns(finding, readers)]
    return [] if told and _composes_alike(told, old, new, before, after, context) else told


class _Mentions:
    """The words of a definition, read once for all that may have changed."""

    def __init__(self, side: Definition) -> None:
        calculation = side.data.get("calculation")
        raw = isinstance(calculation, Mapping) and calculation.get("type") == "sql"
        self.all = raw or not side.id.startswith("metric:")
        self._text = "" if self.all else json.dumps(side.data, default=str)
        self._words = frozenset(re.findall(r"\w+", self._text.lower())) if self._text.isascii() else frozenset()

    def __contains__(self, name: str) -> bool:
        """Whether a name stands there as a word of its own, in whatever case."""
        if self.all:
            return True
        if self._words and name.isascii() and re.fullmatch(r"\w+", name):
            return name.lower() in self._words
        return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self._text, re.IGNORECASE) is not None


def _concerns(finding: Finding, readers: list[_Mentions]) -> bool:
    """Return whether a dependant can notice: of a column or property, only who mentions it, or reads raw SQL."""
    part = _PART.match(finding.field)
    return part is None or any(part[1] in one for one in readers)


def _composes_alike(
    told: list[Finding],
    old: Definition | None,
    new: Definition | None,
    before: Lineage,
    after: Lineage,
    context: DiffContext,
) -> bool:
    """Return whether a filter only moved between a source and this metric, so that together they are as before."""
    if old is None or new is None or any(finding.field != "where" for finding in told):
        return False
    cause = told[0].definition
    sides = [{cause: entry.data} for lineage in (before, after) if (entry := lineage.get(cause)) is not None]
    if len(sides) != 2:
        return False
    if not all(_reads_only(entry, cause.partition(":")[2]) for entry in (old, new)):
        return False
    one = composition(old.data, sides[0], context.dialect)
    return one is not None and one == composition(new.data, sides[1], context.dialect)


def _reads_only(entry: Definition, source: str) -> bool:
    """Return whether a metric filters rows of this one source and of nothing else."""
    calculation = entry.data.get("calculation")
    if not isinstance(calculation, Mapping) or calculation.get("type") == "sql" or "sources" in calculation:
        return False
    named = [part.get("source") for part in calculation.values() if isinstance(part, Mapping)]
    return calculation.get("source") == source and all(name in {None, source} for name in named)


def _indirect(cause: str, side: Definition, told: list[Finding]) -> Finding:
    worst = gravest(
        ChangeClass.UNKNOWN if finding.rule == DRAFT_EDITED.id else finding.change_class for finding in told
    )
    first = max(told, key=lambda finding: GRAVITY[finding.change_class])
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    return Finding(
        rule=INDIRECT.id,
        definition=side.id,
        path=side.path,
        field="",
        before=None,
        after=None,
        change_class=worst,
        flags=INDIRECT.flags,
        says=INDIRECT.says.format(before=cause, says=first.says) + more,
        because=INDIRECT.because,
        cause=cause,
    )
