"""The part of a verdict in which git works: begun before the libraries that read its answer are loaded."""

from __future__ import annotations

from dataclasses import dataclass

from metricgov.app.access import Access
from metricgov.app.neighbourhood import Search
from metricgov.app.result import Result, result_of


@dataclass(frozen=True, slots=True)
class HeadStart:
    """What differs, and the search for what is computed from it, which is under way."""

    result: Result
    search: Search


def head_start(access: Access, base: str, head: str) -> HeadStart:
    """Compare two commits and begin to look for dependants; Undecidable if the clone is too shallow to compare."""
    result = result_of(base, head, source=access.source, ancestry=access.ancestry)
    paths = [one.path for one in result.changes]
    return HeadStart(result, Search(paths, base=base, source=access.source, files=access.files))
