"""What a search over definitions is narrowed to and what it finds, as values; how they are ranked is for the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from metricgov.domain.views import DefinitionRow


@dataclass(frozen=True, slots=True)
class Facets:
    """What definitions are narrowed to; "" is any. `kpi` and `open_change` are `yes` or `no`."""

    kind: str = ""
    domain: str = ""
    owner: str = ""
    category: str = ""
    status: str = ""
    kpi: str = ""
    open_change: str = ""
    tag: str = ""

    @property
    def chosen(self) -> dict[str, str]:
        """The facets that narrow."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name))}

    def turned(self, name: str, value: str) -> Facets:
        """Return these with one value chosen, or any where it was chosen before."""
        return replace(self, **{name: "" if getattr(self, name) == value else value})


@dataclass(frozen=True, slots=True)
class Found:
    """Rows in the order in which they are shown; `exact` of them hold every word, else all are only alike.

    `closest` is the name that is nearest where nothing matches.
    """

    rows: tuple[DefinitionRow, ...]
    exact: int
    closest: str = ""


@dataclass(frozen=True, slots=True)
class Searched:
    """The best of what was found, and how many were: `exact` of `total` hold every word, the others are alike.

    `counts` says for each facet how many each of its values would leave, given the other facets and the words.
    """

    rows: tuple[DefinitionRow, ...]
    total: int
    exact: int
    closest: str = ""
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
