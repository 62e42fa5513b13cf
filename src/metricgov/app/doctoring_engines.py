"""The part of `doctor` that asks the engines: whether each answers, and holds what the sources declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from metricgov.app.fitting import unfit
from metricgov.domain.errors import MetricgovError
from metricgov.ports.warehouse import Limits

if TYPE_CHECKING:
    from metricgov.app.doctoring import Patient, State
    from metricgov.domain.definitions.source import Source
    from metricgov.ports.warehouse import Warehouse

PATIENCE = Limits(rows=10, seconds=20)
SKEW = timedelta(minutes=5)
"""How far the clock of an engine may be from ours before periods would end at another time there."""

OWN = "index"
"""The relation of sources that are metricgov's own records; no engine holds them."""

MEND = "make the relation and the source agree: metricgov edit NAME, or change the table"


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of metricgov.yaml by name, opened when asked, the sources of main, and what time it is (UTC)."""

    names: Sequence[str]
    open: Callable[[str], Warehouse]
    sources: Callable[[], Sequence[Source]]
    now: Callable[[], datetime]


def engines_hold_sources(patient: Patient) -> Iterator[tuple[State, str, str]]:
    """Check every engine: reachable, its clock, the relation of each source there, columns and types."""
    from metricgov.app.doctoring import State

    engines = patient.engines()
    if not engines.names:
        yield State.OK, "none in metricgov.yaml: changes are agreed on without numbers", ""
        return
    sources = engines.sources()
    found: set[str] = set()
    for name in engines.names:
        try:
            warehouse = engines.open(name)
            try:
                for state, says, hint in _examined(warehouse, sources, found, engines.now()):
                    yield State(state), says, hint
            finally:
                warehouse.close()
        except MetricgovError as error:
            yield State.FAIL, error.message, error.hint
            found.update(one.name for one in sources if name in one.relations)
    if nowhere := sorted(one.name for one in sources if one.name not in found and OWN not in one.relations):
        shown = ", ".join(nowhere[:5]) + (f" and {len(nowhere) - 5} more" if len(nowhere) > 5 else "")
        yield State.WARN, f"no engine holds {shown}", "name the relation of each: metricgov edit NAME"


def _examined(
    warehouse: Warehouse, sources: Sequence[Source], found: set[str], now: datetime
) -> Iterator[tuple[str, str, str]]:
    calm = True
    if skew := _skew(warehouse, now):
        calm = False
        yield "warn", skew, "set the clocks: periods end at another time in the engine than here"
    held = [one for one in sources if warehouse.relation(one) is not None]
    found.update(one.name for one in held)
    for one in held:
        try:
            wrong = unfit((one,), warehouse)
        except MetricgovError as error:
            wrong = (f"source {one.name}: {error.message}",)
        for says in wrong:
            calm = False
            yield "fail", says, MEND
    if calm:
        many = "1 source" if len(held) == 1 else f"{len(held)} sources"
        yield "ok", f"{warehouse.name} answers and holds {many} with all columns", ""


def _skew(warehouse: Warehouse, now: datetime) -> str:
    """Return how far the clock of an engine is from ours, "" where it is near."""
    from sqlglot import exp

    moment = exp.cast(exp.CurrentTimestamp(), exp.DType.TIMESTAMPTZ)
    seconds = exp.select(exp.alias_(exp.TimeToUnix(this=moment), "seconds"))
    there = warehouse.run(seconds, PATIENCE).rows[0][0]
    apart = abs(float(there) - now.timestamp())
    if apart <= SKEW.total_seconds():
        return ""
    return f"the clock of engine {warehouse.name} is {apart / 60:,.0f} minutes away from the one here"
