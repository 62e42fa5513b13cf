"""What readers of definitions and of their values are shown, as plain values; layout is for renderers and screens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from metricgov.domain.comparability.attained import Standing
from metricgov.domain.comparability.flags import Observation
from metricgov.domain.comparability.over_time import Series
from metricgov.domain.comparability.pairing import Matrix
from metricgov.domain.past_views import VersionRow


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Something one step away from a definition.

    `relation` is `computed` (its numbers are), `uses` (it is only named), or the kind of a consumer outside of the
    registry (`dashboard`, `alert` …), whose name is the id. `more` counts what lies one step behind it on the same
    side; `there` is False where the name leads nowhere.
    """

    id: str
    relation: str
    title: str = ""
    version: str = ""
    status: str = ""
    owner: str = ""
    more: int = 0
    there: bool = True


@dataclass(frozen=True, slots=True)
class Lineage:
    """A definition between what it is made from and what is made from it, each one step away."""

    id: str
    computed_from: tuple[Neighbour, ...] = ()
    used_by: tuple[Neighbour, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionHistory:
    """The versions of a definition, oldest first, with what is proposed; `matrix` only of a metric's, None else.

    `strict` counts the months until today that compare with the newest version without any factor, `bridged` those
    that do with one.
    """

    definition: str
    rows: tuple[VersionRow, ...]
    matrix: Matrix | None = None
    strict: int = 0
    bridged: int = 0


class Origin(StrEnum):
    """Where values come from."""

    STORED = "stored"
    ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A metric over time and where it comes from: `engine` by name, `at` the UTC second at which it was computed.

    `known_at` is the day of knowing where another than today was asked for, "" else.
    """

    series: Series
    origin: Origin
    engine: str
    at: str
    known_at: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of a scorecard: what it shall be, what it is, and by which version.

    `points` are its last whole periods, oldest first; the value is that of the last one. `better` is 1 where it rose
    in the good direction since the period before, -1 where it fell, 0 where nothing can be said, for instance across a
    break. `why` says in a sentence why there is no value, `behind` names the newest whole period where the value is of
    an older one ("" where it is not).
    """

    metric: str
    title: str = ""
    version: str = ""
    unit: str = ""
    direction: str = ""
    kpi: bool = False
    target: float | None = None
    target_by: str = ""
    standing: Standing = Standing.NONE
    points: tuple[Observation, ...] = ()
    better: int = 0
    grain: str = ""
    origin: Origin | None = None
    at: str = ""
    why: str = ""
    behind: str = ""

    @property
    def last(self) -> Observation | None:
        """The newest point that has a value."""
        return next((one for one in reversed(self.points) if one.value is not None), None)


@dataclass(frozen=True, slots=True)
class ScoreSection:
    """Metrics that are read together, by id, in the order of the file."""

    title: str
    metrics: tuple[str, ...]
    rhythm: str = ""


@dataclass(frozen=True, slots=True)
class ScorecardView:
    """A scorecard as its file says it; what its metrics are worth is asked for it by its id."""

    id: str
    title: str
    version: str
    team: str
    rhythm: str
    sections: tuple[ScoreSection, ...]
    mine: bool = False
    problem: str = ""
