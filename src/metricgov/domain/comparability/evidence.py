"""The effect of a change as a value that is kept with it: what was computed, on which data, by which code.

The policy says how much of it git keeps (`effect_storage`): `full` all figures, every period and the SQL; `verdict` all
figures but those of single periods; `digest` none, so that only whoever has the data can show them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from metricgov.domain.comparability.advice import Advice
from metricgov.domain.comparability.basis import Basis
from metricgov.domain.comparability.coverage import Coverage
from metricgov.domain.comparability.effect import Effect, Part
from metricgov.domain.comparability.link import Linked
from metricgov.domain.comparability.link_record import recorded
from metricgov.domain.comparability.moved_targets import Goal, Reader
from metricgov.domain.comparability.warnings import Severity, Warned
from metricgov.domain.definitions.governance import EffectStorage
from metricgov.domain.digest import JSON, canonical_json, sha256_hex


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
    link: Linked | None = None
    advice: Advice | None = None
    goals: tuple[Goal, ...] = ()
    readers: tuple[Reader, ...] = ()

    @property
    def blocking(self) -> tuple[Warned, ...]:
        """The warnings that stop a change."""
        return tuple(one for one in self.warned if one.severity is Severity.BLOCK)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The effects of one set of contents on all metrics that it touches; stale as soon as one of its facts differs."""

    digest: str
    as_of: str
    metrics: tuple[MetricEffect, ...]
    basis: Basis

    @property
    def engine(self) -> str:
        """The engine that was asked."""
        return self.basis.engine

    def as_json(self) -> dict[str, JSON]:
        """Return the whole of it."""
        return {
            "format": 1,
            "digest": self.digest,
            "as_of": self.as_of,
            "basis": self.basis_sha256,
            **self.basis.as_json(),
            "metrics": [metric_json(one) for one in self.metrics],
        }

    @property
    def basis_sha256(self) -> str:
        """The digest of all that the figures depend on: contents, definitions, settings, code, window and SQL."""
        facts: dict[str, JSON] = {
            "digest": self.digest,
            "as_of": self.as_of,
            **self.basis.as_json(),
            "metrics": [
                {"metric": one.metric, "window": list(one.window), "sql": [sha256_hex(sql.encode()) for sql in one.sql]}
                for one in self.metrics
            ],
        }
        return sha256_hex(canonical_json(facts))

    def links(self, storage: EffectStorage = EffectStorage.FULL) -> tuple[Linked, ...]:
        """Return how old and new values of each metric compare; none where git is to keep no figures."""
        if storage is EffectStorage.DIGEST:
            return ()
        return tuple(one.link for one in self.metrics if one.link is not None)

    def stored(self, storage: EffectStorage) -> bytes:
        """Return the bytes that git keeps; whatever they leave out, `figures_sha256` names all of it."""
        found = self.as_json()
        found |= {"storage": storage.value, "figures_sha256": sha256_hex(canonical_json(found))}
        match storage:
            case EffectStorage.FULL:
                found["sql"] = {one.metric: list(one.sql) for one in self.metrics}
            case EffectStorage.VERDICT:
                found["metrics"] = [metric_json(one, periods=False) for one in self.metrics]
            case EffectStorage.DIGEST:
                found["metrics"] = [{"metric": one.metric} for one in self.metrics]
            case _:
                assert_never(storage)
        return canonical_json(found)

    def says(self, storage: EffectStorage = EffectStorage.FULL) -> str:
        """Return the evidence in a sentence; with its figures, unless git is to keep none."""
        if storage is EffectStorage.DIGEST and self.metrics:
            return f"{', '.join(one.metric for one in self.metrics)}: computed; the figures are not kept"
        return "; ".join(sentence(one) for one in self.metrics) or "no metric is touched"

    def blocks(self, storage: EffectStorage = EffectStorage.FULL) -> tuple[tuple[str, str, str, str], ...]:
        """Return (metric, id, code, sentence) of everything that stops the change, one a metric and id."""
        found: dict[tuple[str, str, str], list[str]] = {}
        for one in self.metrics:
            for said in one.blocking:
                bare = storage is EffectStorage.DIGEST
                words = said.code.replace("_", " ").lower() if bare else said.says
                found.setdefault((one.metric, said.id, said.code), []).append(words)
        return tuple((*key, "; ".join(dict.fromkeys(says))) for key, says in found.items())


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


def metric_json(one: MetricEffect, *, periods: bool = True) -> dict[str, JSON]:
    """Return the stored form of the effect on one metric."""
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
    if one.link is not None:
        found["link"] = recorded(one.link).as_json()
    if one.advice is not None:
        advice = one.advice
        found["advice"] = {"treatment": advice.treatment.value, "row": advice.row, "reason": advice.reason}
    found["targets"] = [_goal(each) for each in one.goals]
    found["used_in"] = [
        {"kind": each.kind, "name": each.name, "owner": each.owner, "on_change": each.on_change, "says": each.says}
        | {"stops": each.stops}
        for each in one.readers
    ]
    if one.effect is not None:
        found |= _effect(one.effect, periods=periods)
    return found


def _goal(one: Goal) -> dict[str, JSON]:
    return {
        "field": one.field,
        "name": one.name,
        "before": one.before,
        "proposed": one.proposed,
        "kind": one.kind.value if one.kind else None,
        "fate": one.fate.value,
        "rebased": one.rebased,
        "low": one.interval.low if one.interval else None,
        "high": one.interval.high if one.interval else None,
        "flips": one.flips,
    }


def _effect(effect: Effect, *, periods: bool) -> dict[str, JSON]:
    stable, drift = effect.stable, effect.drift
    by_period: list[JSON] = [
        {"period": one.period, "old": old, "new": new}
        for one, (old, new) in zip(effect.pairs, map(effect.scaled, effect.pairs), strict=True)
    ]
    return {
        "length": effect.periods,
        "total": _part(effect.total, periods=periods),
        "dimensions": [
            {
                "name": one.name,
                "by_segment": one.by_segment,
                "q": one.spread.q if one.spread else None,
                "p": one.spread.p if one.spread else None,
                "segments": [_part(part, periods=periods) for part in one.parts],
            }
            for one in effect.dimensions
        ],
        **({"periods": by_period} if periods else {}),
        "prediction": None
        if stable is None
        else {"ratio": stable.ratio, "tau": stable.tau, "low": stable.elsewhere.low, "high": stable.elsewhere.high},
        "drift": None if drift is None else {"slope": drift.slope, "p": drift.p},
        "margin": effect.margin,
        "coverage": _coverage(effect.coverage),
        "step": None
        if effect.step is None
        else {"period": effect.step.period, "factor": effect.step.factor, "statistic": effect.step.statistic},
        "mixes": [{"dimension": one.dimension, "ratio": one.ratio, "implied": one.implied} for one in effect.mixes],
    }


def _coverage(found: Coverage | None) -> JSON:
    if found is None:
        return None
    return {
        "old": found.old,
        "new": found.new,
        "unknown_old": found.unknown_old,
        "unknown_new": found.unknown_new,
        "low": found.worst.low if found.worst else None,
        "high": found.worst.high if found.worst else None,
    }


def _part(part: Part, *, periods: bool) -> dict[str, JSON]:
    """Return one part; with `periods` also who moved in each: both, new only, old only."""
    found, cells = part.estimate, part.cells
    moved: dict[str, JSON] = {period: [one.both, one.new_only, one.old_only] for period, one in part.by_period}
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
        **({"clusters": moved} if periods and moved else {}),
        **estimate,
    }
