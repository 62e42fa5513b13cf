"""A whole registry as lint leaves it: definitions and complaints with places; how files are read is elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from metricgov.domain.definitions.problems import Severity
from metricgov.domain.errors import Problem
from metricgov.domain.registry import Registry


@dataclass(frozen=True, slots=True)
class Complaint:
    """One problem and how grave it is; the rule is `problem.code`."""

    problem: Problem
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Linted:
    """All definitions of a commit or a work tree, and what is wrong with them, by path and line.

    `files` counts the files that were read, `paths` are the governed ones by definition id (those of other tools
    included), `governance` holds the bytes of the governance files by path.
    """

    registry: Registry
    complaints: tuple[Complaint, ...]
    files: int
    paths: Mapping[str, str] = field(default_factory=dict)
    governance: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def errors(self) -> int:
        """How many complaints make a definition unusable."""
        return sum(one.severity is Severity.ERROR for one in self.complaints)

    @property
    def warnings(self) -> int:
        """How many complaints are for reading only."""
        return len(self.complaints) - self.errors
