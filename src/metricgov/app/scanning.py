"""Every change of a definition in any repository's past, with its class; nothing governs there, nothing is written."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from metricgov.app.placing import line_of
from metricgov.domain.changes.diff import classify, diff
from metricgov.domain.changes.findings import GRAVITY, Finding, Flag
from metricgov.domain.changes.values import DiffContext, Entry
from metricgov.domain.definitions.kinds import NATIVE, Kind, id_of, split_id
from metricgov.domain.digest import JSON, sha256_hex
from metricgov.domain.errors import InvalidFiles
from metricgov.domain.scanned import Scanned, Tally
from metricgov.ports.files import DefinitionFiles
from metricgov.ports.history import Commit, History, Moved

ENDINGS = ("yaml", "yml", "json", "toml", "sql")
DEFAULT_PATHS = (
    *(f"**/metrics/**/*.{ending}" for ending in ENDINGS),
    *(f"**/models/**/*.{ending}" for ending in ("yaml", "yml", "sql")),
    *(f"**/semantic_models/**/*.{ending}" for ending in ("yaml", "yml")),
    *(f"**/definitions/**/*.{ending}" for ending in ENDINGS),
    *(f"**/metrics.{ending}" for ending in ENDINGS),
    *(f"**/*_metrics.{ending}" for ending in ("yaml", "yml", "toml")),
)
"""Where definitions usually stand; `*` within a folder, `**` across."""

AT_MOST = 1024 * 1024
"""Bytes of the largest file that is read; larger ones are data, not definitions."""
AT_ONCE = 100
"""Files of one commit that are read together: an import of thousands must not fill the memory."""
REMEMBERED = 256
"""Parsed files that are kept, because what a commit leaves is what the next one starts from."""
WORDS = frozenset({"description", "doc", "docs", "desc", "label", "title", "comment", "notes", "friendly_name"})
"""Keys of other tools that hold words about a definition."""
REGULAR = ("100644", "100755")
LINES = 5_000


def scan(
    tip: str,
    *,
    history: History,
    files: DefinitionFiles,
    tally: Tally,
    since: str = "",
    paths: Iterable[str] = DEFAULT_PATHS,
    dialect: str | None = None,
    created: bool = False,
    progress: Callable[[Tally], None] = lambda _tally: None,
) -> Iterator[Scanned]:
    """Yield what each first-parent commit did to each definition, newest first; `created` yields new ones, too.

    Never raises because of what a file holds; memory does not grow with the length of the past.
    """
    reader = Reader(history, files, tuple(paths))
    context = DiffContext(dialect=dialect)
    for commit, moves in history.moves(history.commits(tip, since=since)):
        tally.commits += 1
        progress(tally)
        wanted = [move for move in moves if reader.governs(move)]
        if not created:
            appeared = [move for move in wanted if move.before is None]
            tally.created += len(appeared)
            wanted = [move for move in wanted if move.before is not None]
        for start in range(0, len(wanted), AT_ONCE):
            for one in _changes(commit, wanted[start : start + AT_ONCE], reader, context):
                tally.count(one)
                yield one
        tally.unreadable = len(reader.unreadable)


@dataclass(slots=True)
class Side:
    """A file at one commit: the definition in it and its bytes."""

    entry: Entry
    data: bytes


class Reader:
    """Turns blobs into definitions: the native format where a file is in it, any other as a tree of values."""

    def __init__(self, history: History, files: DefinitionFiles, globs: tuple[str, ...]) -> None:
        self._history = history
        self._files = files
        self._globs = globs
        self._parsed: OrderedDict[tuple[str, str], Side] = OrderedDict()
        self.unreadable: set[str] = set()

    def governs(self, move: Moved) -> bool:
        """Say whether a path is one that definitions stand at, before or after."""
        return any(self._id(path) is not None for path in (move.path_before, move.path_after))

    def sides(self, moves: Iterable[Moved]) -> Iterator[tuple[Moved, Side | None, Side | None]]:
        """Yield both sides of each move, reading what is not remembered in one batch."""
        moves = tuple(moves)
        wanted: dict[str, None] = {}
        for move in moves:
            for path, entry in ((move.path_before, move.before), (move.path_after, move.after)):
                if entry and entry.mode in REGULAR and (entry.oid, path) not in self._parsed:
                    wanted[entry.oid] = None
        read = dict(zip(wanted, self._history.contents(wanted, at_most=AT_MOST), strict=True))
        for move in moves:
            yield (
                move,
                self._side(move.path_before, move, read, after=False),
                self._side(move.path_after, move, read, after=True),
            )

    def line(self, side: Side, finding: str) -> int | None:
        """Return the line of a field in a file of the native format."""
        try:
            return line_of(finding, self._files.locate(side.data))
        except InvalidFiles:
            return None

    def _id(self, path: str) -> str | None:
        found = id_of(path, self._globs)
        if found is None or found.startswith(f"{Kind.GOVERNANCE}:") or path.endswith(".gitattributes"):
            return None
        return found

    def _side(self, path: str, move: Moved, read: Mapping[str, bytes | None], *, after: bool) -> Side | None:
        entry = move.after if after else move.before
        if entry is None:
            return None
        key = (entry.oid, path)
        known = self._parsed.pop(key, None)
        if known is None:
            data = read.get(entry.oid)
            if data is None:
                self.unreadable.add(entry.oid)
            known = self._parse(path, data, entry.oid)
        self._parsed[key] = known
        while len(self._parsed) > REMEMBERED:
            self._parsed.popitem(last=False)
        return known

    def _parse(self, path: str, data: bytes | None, oid: str) -> Side:
        name = self._id(path) or f"{Kind.OPAQUE}:{path}"
        if data is None:
            return Side(Entry(f"{Kind.OPAQUE}:{path}", path, _unread(oid, "not a file that is read")), b"")
        if split_id(name)[0] in NATIVE:
            try:
                found = self._files.load(data, path)
            except InvalidFiles:
                found = {}
            if found.get("kind") == split_id(name)[0]:
                return Side(Entry(name, path, found), data)
        tree = self._files.parse_opaque(data, path)
        shape = tree if isinstance(tree, Mapping) else _unread(sha256_hex(data), "not a tree")
        if shape.get("format") == "unparsed":
            self.unreadable.add(oid)
        return Side(Entry(f"{Kind.OPAQUE}:{path}", path, shape), data)


def _unread(digest: str, reason: str) -> dict[str, JSON]:
    return {"format": "unparsed", "sha256": digest, "reason": reason}


def _changes(commit: Commit, moves: Iterable[Moved], reader: Reader, context: DiffContext) -> Iterator[Scanned]:
    for move, before, after in reader.sides(moves):
        one, other = _alike(before, after)
        found = diff(one.entry if one else None, other.entry if other else None, context=context)
        side = other or one
        if side is None or not found:
            continue
        findings = _unread_findings(one, other, found) or tuple(
            sorted(found, key=lambda finding: -GRAVITY[finding.change_class])
        )
        opaque = side.entry.id.startswith(f"{Kind.OPAQUE}:")
        line = _opaque_line(one, other, findings) if opaque else _native_line(one, other, findings, reader)
        yield Scanned(
            commit.oid,
            commit.at,
            commit.author,
            side.entry.id,
            move.path_after if other else move.path_before,
            classify(findings),
            tuple(replace(finding, line=line) if number == 0 else finding for number, finding in enumerate(findings)),
            line,
            appeared=one is None,
            gone=other is None,
            words_stayed=_words_stayed(one, other, findings, opaque=opaque),
        )


def _unread_findings(before: Side | None, after: Side | None, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return one finding where a side could not be read: digests and reasons are no fields that people know."""
    reasons = [str(side.entry.data["reason"]) for side in (before, after) if side and _is_unread(side)]
    if before is None or after is None or not reasons:
        return ()
    says = f"its bytes changed, and it could not be read: {reasons[-1]}"
    return (replace(found[0], field="", before=None, after=None, says=says),)


def _is_unread(side: Side) -> bool:
    return side.entry.data.get("format") == "unparsed"


def _alike(before: Side | None, after: Side | None) -> tuple[Side | None, Side | None]:
    """Return both sides in one format: a definition that is native on one side only is compared as a tree."""
    if before is None or after is None:
        return before, after
    kinds = [side.entry.id.partition(":")[0] for side in (before, after)]
    if kinds[0] == kinds[1]:
        return before, after
    return tuple(_as_tree(side) for side in (before, after))  # type: ignore[return-value]  # two in, two out


def _as_tree(side: Side) -> Side:
    if side.entry.id.startswith(f"{Kind.OPAQUE}:"):
        return side
    tree: dict[str, JSON] = {"format": "yaml", "documents": [side.entry.data]}
    return Side(Entry(f"{Kind.OPAQUE}:{side.entry.path}", side.entry.path, tree), side.data)


def _words_stayed(before: Side | None, after: Side | None, findings: Iterable[Finding], *, opaque: bool) -> bool | None:
    """Say whether the description stayed while something else changed; None where there is none to look at."""
    if before is None or after is None:
        return None
    if not opaque:
        return any(Flag.STALE_TEXT in finding.flags for finding in findings)
    if not any(_has_words(side.entry.data) for side in (before, after)):
        return None
    return not any(WORDS.intersection(_keys(finding.field)) for finding in findings)


def _keys(path: str) -> set[str]:
    return set(path.replace("[", ".").replace("]", "").lower().split("."))


def _has_words(tree: JSON) -> bool:
    waiting: list[JSON] = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            if any(str(key).lower() in WORDS for key in one):
                return True
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one
    return False


def _native_line(before: Side | None, after: Side | None, findings: tuple[Finding, ...], reader: Reader) -> int | None:
    if before is None or after is None:
        return 1
    first = findings[0]
    return reader.line(before if first.after is None and first.before is not None else after, first.field)


def _opaque_line(before: Side | None, after: Side | None, findings: tuple[Finding, ...]) -> int | None:
    """Return the first changed line that holds the last key of the field, else the first changed line."""
    if before is None or after is None:
        return 1
    old, new = (side.data.decode("utf-8", "replace").split("\n") for side in (before, after))
    gone = set(old[:LINES])
    changed = [number for number, line in enumerate(new[:LINES], 1) if line not in gone]
    key = findings[0].field.rpartition(".")[2].partition("[")[0]
    holding = [number for number in changed if key and key in new[number - 1]]
    if holding or changed:
        return (holding or changed)[0]
    return next((number for number, pair in enumerate(zip(old, new, strict=False), 1) if pair[0] != pair[1]), 1)
