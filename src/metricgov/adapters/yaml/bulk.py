"""Many files at once: loaded, validated and linted on both cores, each blob once; what is known is kept by blob id."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from metricgov.adapters.yaml.cache import Cache
from metricgov.adapters.yaml.load import load, locate
from metricgov.adapters.yaml.place import place_of
from metricgov.adapters.yaml.record import Finding, Record, examined
from metricgov.domain.definitions.kinds import id_of
from metricgov.domain.definitions.problems import FieldProblem, Severity
from metricgov.domain.digest import JSON
from metricgov.domain.errors import InvalidFiles, Place, Problem
from metricgov.domain.practice.structure import misplaced_files
from metricgov.domain.registry import Entry, Registry

Read = Callable[[Sequence[str]], Iterable[bytes]]

ENOUGH_TO_SHARE = 400
"""Fewer files than this are read in one process: a second one costs more than it saves."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """All definitions of one commit, and everything that is wrong with them, by path and line."""

    registry: Registry
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the registry from being used."""
        return tuple(found.problem for found in self.findings if found.severity is Severity.ERROR)

    def require(self) -> Registry:
        """Return the registry; InvalidFiles with every error if there is one."""
        if self.errors:
            raise InvalidFiles(self.errors)
        return self.registry


def load_many(
    items: Sequence[tuple[str, str]],
    read: Read,
    cache_dir: Path | None = None,
    *,
    dialect: str = "duckdb",
    others: Iterable[str] = (),
) -> Loaded:
    """Load, validate and lint the native and governance files among (path, blob id) pairs.

    `read` returns the bytes of blob ids in the order asked. `cache_dir` may be absent or not writable. `others` are
    paths of the commit that are not to be loaded: their names count as taken, and misplaced ones are reported.
    """
    with _no_collector():
        wanted = [(path, oid, found) for path, oid in items if (found := id_of(path)) and _is_read(found)]
        blobs = _Blobs(dict.fromkeys(oid for _, oid, _ in wanted), read)
        records = _records(blobs, Cache.open(cache_dir, dialect), dialect)
        entries: list[Entry] = []
        broken: list[str] = []
        findings: list[Finding] = []
        for path, oid, definition in wanted:
            record = records[oid]
            if record.facts is None:
                broken.append(path)
            else:
                entries.append(Entry(definition, path, partial(blobs.mapping, oid, path), oid, record.facts))
            findings += [found.at(path) for found in record.found]
        ids = {path: oid for path, oid, _ in wanted}
        elsewhere = [*(path for path, _ in items if path not in ids), *others]
        registry = Registry(entries, [*broken, *elsewhere])
        findings += _placed([*registry.problems(), *misplaced_files(elsewhere)], ids, blobs)
        findings.sort(key=_reading_order)
        return Loaded(registry, tuple(findings))


FEW = 8
"""So many mappings are read one by one; who asks for more gets all in one batch."""


class _Blobs:
    """The bytes of all blobs, read when they are needed."""

    def __init__(self, oids: Mapping[str, None], read: Read) -> None:
        self.oids = oids
        self._read = read
        self._bytes: dict[str, bytes] = {}
        self._asked = 0

    def of(self, oids: Sequence[str]) -> list[bytes]:
        """Return the bytes of some blobs, in order."""
        missing = [oid for oid in oids if oid not in self._bytes]
        self._bytes.update(zip(missing, self._read(missing), strict=True))
        return [self._bytes[oid] for oid in oids]

    def mapping(self, oid: str, path: str) -> dict[str, JSON]:
        """Return the mapping in one blob."""
        if oid not in self._bytes:
            self._asked += 1
            self.of([oid] if self._asked <= FEW else list(self.oids))
        return load(self._bytes[oid], path)


def _reading_order(found: Finding) -> tuple[str, int, int]:
    place = found.problem.place
    return place.path, place.line, place.column


def _is_read(definition: str) -> bool:
    return not definition.startswith("opaque:") and definition != "governance:gitattributes"


def _records(blobs: _Blobs, cache: Cache, dialect: str) -> Mapping[str, Record]:
    known = {oid: record for oid in blobs.oids if (record := cache.get(oid)) is not None}
    missing = [oid for oid in blobs.oids if oid not in known]
    if missing:
        fresh = _examine_all(missing, blobs.of(missing), dialect)
        cache.add(fresh)
        known.update(fresh)
    return known


def _examine_all(oids: list[str], blobs: list[bytes], dialect: str) -> dict[str, Record]:
    if len(oids) < ENOUGH_TO_SHARE or not _may_fork():
        return {oid: examined(blob, dialect) for oid, blob in zip(oids, blobs, strict=True)}
    _warm()
    half = len(oids) // 2
    with _helper(lambda: (examined(blob, dialect).line for blob in blobs[half:])) as helper:
        records = {oid: examined(blob, dialect) for oid, blob in zip(oids[:half], blobs[:half], strict=True)}
        lines = helper()
    if lines is None or len(lines) != len(oids) - half:
        rest = (examined(blob, dialect) for blob in blobs[half:])
    else:
        rest = (Record.from_line(line) for line in lines)
    records.update(zip(oids[half:], rest, strict=True))
    return records


def _may_fork() -> bool:
    return sys.platform.startswith("linux") and threading.active_count() == 1 and (os.cpu_count() or 1) > 1


def _warm() -> None:
    """Import what both processes need before there are two."""
    import sqlglot.dialects.dialect  # noqa: F401
    import yaml12  # noqa: F401

    from metricgov.domain.changes import sql  # noqa: F401
    from metricgov.domain.definitions.parse import model_of

    model_of("metric").model_rebuild()


@contextmanager
def _helper(work: Callable[[], Iterable[bytes]]) -> Iterator[Callable[[], list[bytes] | None]]:
    """Do work in a second process; the context gives a function that waits for its lines, None if it died."""
    inner, outer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(inner)
            with os.fdopen(outer, "wb") as pipe:
                pipe.write(b"\n".join([*work(), b"end"]))
            status = 0
        finally:
            os._exit(status)
    os.close(outer)
    waited = False

    def collect() -> list[bytes] | None:
        nonlocal waited
        with os.fdopen(inner, "rb", closefd=False) as pipe:
            lines = pipe.read().split(b"\n")
        waited = True
        _, status = os.waitpid(child, 0)
        return lines[:-1] if status == 0 and lines[-1] == b"end" else None

    try:
        yield collect
    finally:
        os.close(inner)
        if not waited:
            os.waitpid(child, 0)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Keep the garbage collector from walking all trees again and again while they are built, and right afterwards.

    Freezing and thawing moves what was built to the oldest generation without a walk.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.unfreeze()
            gc.enable()


def _placed(problems: Sequence[FieldProblem], oids: Mapping[str, str], blobs: _Blobs) -> Iterator[Finding]:
    """Turn fields into lines; only the files concerned are read for it."""
    by_path: dict[str, list[FieldProblem]] = {}
    for problem in problems:
        by_path.setdefault(problem.path, []).append(problem)
    concerned = {
        path: oids[path] for path, found in by_path.items() if path in oids and any(one.field for one in found)
    }
    texts = dict(zip(concerned, blobs.of(list(concerned.values())), strict=True)) if concerned else {}
    for path, found in by_path.items():
        places = locate(texts[path], path) if path in texts else {}
        for one in found:
            place = place_of(places, one.field, path) if places else Place(path)
            yield Finding(Problem(one.code, one.message, place, one.hint), one.severity)
