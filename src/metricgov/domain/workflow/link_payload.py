"""A measured link between two versions as events carry it; what it means is in domain/comparability/link.py."""

from __future__ import annotations

from pydantic import StrictBool

from metricgov.domain.workflow.payload import Figure, Payload, Size


class LinkFactor(Payload):
    """What moves the old values of one segment (None: rows without one) to the new basis; parts for a quotient."""

    dimension: str
    segment: str | None
    factor: Figure
    se: Figure
    above: Figure = ""
    below: Figure = ""


class LinkScatter(Payload):
    """How much the factor scatters between periods of a grain: on the log scale, or in units for a difference."""

    grain: str
    tau: Figure


class LinkMeasured(Payload):
    """How old and new values of one metric compare, measured on an overlap; all figures unrounded.

    `low` and `high` say where the factor of another period is to be expected; `reason` why there is no factor.
    """

    metric: str
    status: str
    direction: str = "old_to_new"
    scale: str = ""
    factor: Figure = ""
    se: Figure = ""
    above: Figure = ""
    below: Figure = ""
    scatter: tuple[LinkScatter, ...] = ()
    low: Figure = ""
    high: Figure = ""
    dimension: str = ""
    segments: tuple[LinkFactor, ...] = ()
    uniform: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    grain: str = ""
    periods: Size = 0
    estimator: str = ""
    rolls_up: StrictBool = True
    recut: tuple[str, ...] = ()
    share: StrictBool = False
    top: Figure = "1"
    reason: str = ""
