"""All paths of a commit or of the work tree with their blob ids, cheap for what git knows; nothing is parsed here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from metricgov.adapters.git import hygiene
from metricgov.adapters.git.objects import FILE, object_id
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.worktrees import Unreadable, read_file
from metricgov.domain.errors import Place, Problem

Governed = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Regular files by path with the id of their bytes, other paths, and what is wrong with governed ones (INV-31)."""

    repository: GitRepository
    oids: Mapping[str, str]
    others: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    fresh: Mapping[str, bytes] | None = None
    """Bytes that git may not hold yet, by id."""

    def read(self, oids: Sequence[str]) -> Iterator[bytes]:
        """Yield bytes in the order asked."""
        fresh = self.fresh or {}
        stored = self.repository.read([oid for oid in oids if oid not in fresh])
        for oid in oids:
            yield fresh[oid] if oid in fresh else next(stored)

    def data(self, path: str) -> bytes | None:
        """Return the bytes at one path, None where there is no regular file."""
        oid = self.oids.get(path)
        return None if oid is None else next(self.read([oid]))


def of_commit(repository: GitRepository, commit: str, governed: Governed) -> Snapshot:
    """Return what a commit holds."""
    tree = repository.tree(commit)
    return Snapshot(
        repository,
        {path: entry.oid for path, entry in tree.items() if entry.mode == FILE},
        tuple(path for path, entry in tree.items() if entry.mode != FILE),
        repository.problems(commit, governed),
    )


def of_work_tree(repository: GitRepository, governed: Governed) -> Snapshot:
    """Return what stands in the work tree; what git knows to be unchanged is not read again."""
    top = repository.toplevel()
    staged, edited, added = _at_once(
        lambda: repository.git.read("ls-files", "-s", "-z", work_tree=top).out,
        lambda: repository.git.read("diff-files", "-z", "--name-only", "--ignore-submodules=all", work_tree=top).out,
        lambda: repository.git.read("ls-files", "-z", "--others", "--exclude-standard", work_tree=top).out,
    )
    oids: dict[str, str] = {}
    others: list[str] = []
    problems: list[Problem] = []
    look = dict.fromkeys([*_names(edited), *_names(added)])
    for row in _names(staged):
        meta, _, path = row.partition("\t")
        mode, oid, stage = meta.split(" ")
        if governed(path) and (problem := hygiene.mode_problem(path, mode)):
            problems.append(problem)
            others.append(path)
            look.pop(path, None)
        elif stage != "0":
            look[path] = None
        elif path not in look:
            oids[path] = oid
    fresh: dict[str, bytes] = {}
    for path in look:
        if not governed(path):
            others.append(path)
            continue
        data = read_file(top, path)
        if isinstance(data, Unreadable):
            problems.append(Problem("not_a_file", "this is not a regular file", Place(path), hygiene.HINT))
            others.append(path)
        elif data is not None:
            oid = object_id(repository.object_format, "blob", data)
            oids[path], fresh[oid] = oid, data
    return Snapshot(repository, dict(sorted(oids.items())), tuple(others), tuple(problems), fresh)


def _at_once(*questions: Callable[[], bytes]) -> list[bytes]:
    """Ask git several questions at the same time; the first error is raised."""
    answers: list[bytes | Exception] = [b""] * len(questions)

    def ask(place: int) -> None:
        try:
            answers[place] = questions[place]()
        except Exception as error:  # noqa: BLE001 - raised again below, in the thread of the caller
            answers[place] = error

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return [answer for answer in answers if isinstance(answer, bytes)]


def _names(out: bytes) -> list[str]:
    return out.decode("utf-8", "surrogateescape").split("\0")[:-1]
