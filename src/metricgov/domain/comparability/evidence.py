"""The effect of a change as a value that is kept with it: what was computed, on which data, by which code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metricgov.domain.comparability.effect import Effect, Part
from metricgov.domain.comparability.warnings import Severity, Warned
from metricgov.domain.digest import JSON, canonical_json, sha256_hex

METHODS = 1
"""Version of the estimators; raised when the same data may give another figure."""


@dataclass(frozen=True, slots=True)
class MetricEffect:
    """What a change does to one metric; `effect` is None with `reason` where it could not be computed.

    `cause` is "" for a metric that changed itself, else the definition it is computed from.
    """

    metric: str
    change_class: str
    cause: str = ""
    effect: Effect | None = None
    warned: tuple[Warned, ...] = ()
    reason: str = ""
    window: tuple[str, str, str] = ("", "", "")
    sql: tuple[str, ...] = ()

    @property
    def blocking(self) -> tuple[Warned, ...]:
        """The warnings that stop a change."""
        return tuple(one for one in self.warned if one.severity is Severity.BLOCK)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The effects of one set of contents on all metrics that it touches; stale as soon as one of its facts differs."""

    digest: str
    engine: str
    as_of: str
    metrics: tuple[MetricEffect, ...]

    def as_json(self) -> dict[str, JSON]:
        """Return the stored form."""
        return {
            "format": 1,
            "digest": self.digest,
            "engine": self.engine,
            "as_of": self.as_of,
            "methods": METHODS,
            "metrics": [_metric(one) for one in self.metrics],
        }

    def to_bytes(self) -> bytes:
        """Return the stored bytes."""
        return canonical_json(self.as_json())

    @property
    def sha256(self) -> str:
        """What an event names this evidence by."""
        return sha256_hex(self.to_bytes())

    @property
    def says(self) -> str:
        """The evidence in a sentence."""
        return "; ".join(sentence(one) for one in self.metrics) or "no metric is touched"


def sentence(one: MetricEffect) -> str:
    """Return the effect on one metric in a sentence without its number's unit."""
    if one.effect is None:
        return f"{one.metric}: not evaluated, {one.reason}"
    total = one.effect.total
    if total.estimate is None:
        return f"{one.metric}: {total.reason}"
    low, high = total.estimate.interval.values
    word = total.verdict.replace("_", " ") if total.verdict else "no verdict"
    return f"{one.metric}: ratio {total.estimate.ratio:.4g} ({low:.4g} to {high:.4g}), {word}"


def _metric(one: MetricEffect) -> dict[str, JSON]:
    start, end, grain = one.window
    found: dict[str, JSON] = {
        "metric": one.metric,
        "class": one.change_class,
        "cause": one.cause or None,
        "reason": one.reason,
        "window": {"start": start, "end": end, "grain": grain} if grain else None,
        "sql_sha256": [sha256_hex(text.encode()) for text in one.sql],
        "warnings": [
            {"id": said.id, "code": said.code, "severity": said.severity.value, "says": said.says}
            for said in one.warned
        ],
    }
    if one.effect is not None:
        found |= _effect(one.effect)
    return found


def _effect(effect: Effect) -> dict[str, JSON]:
    stable, drift = effect.stable, effect.drift
    return {
        "total": _part(effect.total),
        "dimensions": [
            {
                "name": one.name,
                "by_segment": one.by_segment,
                "q": one.spread.q if one.spread else None,
                "p": one.spread.p if one.spread else None,
                "segments": [_part(part) for part in one.parts],
            }
            for one in effect.dimensions
        ],
        "periods": [
            {"period": one.period, "old": old, "new": new}
            for one, (old, new) in zip(effect.pairs, map(effect.scaled, effect.pairs), strict=True)
        ],
        "prediction": None
        if stable is None
        else {"ratio": stable.ratio, "tau": stable.tau, "low": stable.elsewhere.low, "high": stable.elsewhere.high},
        "drift": None if drift is None else {"slope": drift.slope, "p": drift.p},
        "margin": effect.margin,
    }


def _part(part: Part) -> dict[str, JSON]:
    found, cells = part.estimate, part.cells
    estimate: Mapping[str, JSON] = (
        {}
        if found is None
        else {
            "ratio": found.ratio,
            "se": found.se,
            "low": found.interval.low,
            "high": found.interval.high,
            "level": found.level,
            "estimator": found.estimator.value,
        }
    )
    return {
        "segment": part.segment,
        "old": part.old,
        "new": part.new,
        "share": part.share,
        "verdict": part.verdict.value if part.verdict else None,
        "reason": part.reason,
        "both": cells.both if cells else None,
        "new_only": cells.new_only if cells else None,
        "old_only": cells.old_only if cells else None,
        **estimate,
    }
