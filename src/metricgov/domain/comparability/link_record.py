"""Links as they stand in the journal and in evidence, and back; figures are text, so that every reader has the same."""

from __future__ import annotations

from metricgov.domain.comparability.link import Factor, Linked, LinkScale
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.workflow.link_payload import LinkFactor, LinkMeasured, LinkScatter


def recorded(link: Linked) -> LinkMeasured:
    """Return the stored form of a link."""
    factor, elsewhere = link.factor, link.elsewhere()
    return LinkMeasured(
        metric=link.metric,
        status=link.status.value,
        scale=link.scale.value if link.scale else "",
        factor=_text(factor.value if factor else None),
        se=_text(factor.se if factor else None),
        above=_text(factor.above if factor else None),
        below=_text(factor.below if factor else None),
        scatter=tuple(LinkScatter(grain=grain, tau=_text(tau)) for grain, tau in (link.scatter or {}).items()),
        low=_text(elsewhere.low if elsewhere else None),
        high=_text(elsewhere.high if elsewhere else None),
        dimension=link.dimension,
        segments=tuple(_segment(one) for one in link.segments),
        uniform=link.uniform,
        start=link.start,
        end=link.end,
        grain=link.grain,
        periods=link.periods,
        estimator=link.estimator,
        rolls_up=link.rolls_up,
        recut=link.recut,
        share=link.share,
        top=_text(link.top),
        reason=link.reason,
    )


def restored(record: LinkMeasured) -> Linked:
    """Return a link from its stored form; one with a word that this version does not know is a break."""
    try:
        status = Status(record.status)
        scale = LinkScale(record.scale) if record.scale else None
    except ValueError:
        return Linked(record.metric, Status.BROKEN, reason=f"this version does not know a link `{record.status}`")
    if record.direction != "old_to_new":
        return Linked(record.metric, Status.BROKEN, reason=f"the factor points another way: {record.direction}")
    value = _number(record.factor)
    factor = None
    if value is not None:
        se, above, below = (_number(text) for text in (record.se, record.above, record.below))
        factor = Factor(value, se or 0.0, above=above, below=below)
    return Linked(
        metric=record.metric,
        status=status,
        scale=scale,
        factor=factor,
        scatter={one.grain: _number(one.tau) or 0.0 for one in record.scatter},
        dimension=record.dimension,
        segments=tuple(_factor(one) for one in record.segments),
        uniform=record.uniform,
        start=record.start,
        end=record.end,
        grain=record.grain,
        periods=record.periods,
        estimator=record.estimator,
        rolls_up=record.rolls_up,
        recut=record.recut,
        share=record.share,
        top=_number(record.top) or 1.0,
        reason=record.reason,
    )


def _factor(one: LinkFactor) -> Factor:
    value, se = _number(one.factor) or 0.0, _number(one.se) or 0.0
    return Factor(value, se, one.segment, one.dimension, _number(one.above), _number(one.below))


def _segment(one: Factor) -> LinkFactor:
    return LinkFactor(
        dimension=one.dimension,
        segment=one.segment,
        factor=_text(one.value),
        se=_text(one.se),
        above=_text(one.above),
        below=_text(one.below),
    )


def _text(value: float | None) -> str:
    return "" if value is None else repr(float(value))


def _number(text: str) -> float | None:
    return float(text) if text else None
