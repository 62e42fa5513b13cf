"""The branch of values and the remote: fetched, pushed with a lease, and put together where two clones wrote apart."""

from __future__ import annotations

from dataclasses import dataclass

from metricgov.adapters.git.mirror import Mirror
from metricgov.adapters.git.objects import Objects
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.values import GitValues
from metricgov.domain.comparability.vintages import Row, Taking
from metricgov.domain.errors import Refused, Undecidable
from metricgov.ports.remote import Answer

SEEN = "refs/metricgov/seen/values"
"""The last values that the remote is known to have held."""

ARRIVED = "refs/metricgov/arrived/values"
"""The values that the last fetch brought, whether they were believed or not."""

TRIES = 20


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Whether a remote brought values that were not here, and took values that it did not have."""

    fetched: bool = False
    sent: bool = False


class SharedValues:
    """Keeps the branch of values in step with one remote; what the remote once held, it must still hold."""

    def __init__(self, repository: GitRepository, values: GitValues, mirror: Mirror) -> None:
        self._repository = repository
        self._store = repository.store
        self._values = values
        self._mirror = mirror

    def exchange(self) -> Exchanged:
        """Fetch and push until both sides hold the same; Refused where the remote lost what it held.

        Unreachable leaves everything as it was.
        """
        fetched = sent = False
        with self._mirror.alone():
            for _ in range(TRIES):
                ours, theirs = self._values.tip(), self._theirs()
                if ours == theirs:
                    if ours:
                        self._values.keep(ours)  # a process that was killed may not have come to it
                    break
                if not ours or (theirs and self._contains(theirs, ours)):
                    self._follow(ours, theirs)
                    fetched = True
                    break
                if theirs and not self._contains(ours, theirs):
                    self._put_together(ours, theirs)
                    fetched = True
                    continue
                if self._mirror.remote.push(self._values.ref, old=theirs, new=ours) is Answer.MOVED:
                    self._store.set(SEEN, ours, "metricgov push")
                    sent = True
                    break
            else:
                raise Undecidable(
                    "values_busy",
                    f"the values on {self._mirror.remote.name} move too fast, or it does not say whether they arrived",
                    hint="run: metricgov sync",
                )
        return Exchanged(fetched, sent)

    # Inside

    def _theirs(self) -> str:
        """Return what the remote holds now; Refused where it is not what it held before, and more."""
        found = self._mirror.remote.fetch({self._values.ref: ARRIVED}).get(self._values.ref, "")
        seen = self._store.ref(SEEN)
        name, branch = self._mirror.remote.name, self._values.ref.removeprefix("refs/heads/")
        if seen and not found:
            raise Refused(
                "values_gone",
                f"{name} no longer has the values, the branch {branch}; they are still here",
                hint=f"if nobody meant that, give them back: git push {name} {branch}",
            )
        if seen and not self._contains(found, seen):
            raise Refused(
                "values_rewound",
                f"the values on {name} were rewritten: they do not hold {seen[:12]}, which they held before",
                hint=f"ask who forced the branch; give back what is still here: "
                f"git push --force-with-lease={branch}:{found} {name} {seen}:{self._values.ref}",
            )
        if found:
            self._values.metrics(found)  # damage is named before anything follows it
            self._values.check_registry(found)
            self._store.set(SEEN, found, "metricgov fetch")
        return found

    def _follow(self, ours: str, theirs: str) -> None:
        if not self._store.swap(self._values.ref, ours, theirs, "metricgov fetch"):
            raise Undecidable("values_moved", "another command stores values right now", hint="run it again")
        self._values.keep(theirs)

    def _put_together(self, ours: str, theirs: str) -> None:
        """Add to the remote's values what stands here alone; what it knows already is left out."""
        found: list[tuple[Taking, tuple[Row, ...]]] = []
        for metric in self._values.metrics(ours):
            there = self._values.vintages(metric, theirs)
            digests = {one.sha256 for one in there}
            rows = {(row.cell, row.under) for one in there for row in one.rows}
            for one in self._values.vintages(metric, ours):
                new = tuple(row for row in one.rows if (row.cell, row.under) not in rows)
                if one.sha256 not in digests and new:
                    found.append((one.taking, new))
        objects = Objects(self._store.object_format)
        commit = self._values.built(objects, theirs, found) if found else theirs
        if self._store.publish(self._values.ref, ours, commit, objects, "metricgov sync"):
            self._values.keep(commit)

    def _contains(self, commit: str, other: str) -> bool:
        return self._repository.contains(commit, other)
