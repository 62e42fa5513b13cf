"""Reading an effect back from what git keeps of it, so that an approver needs neither the data nor an engine.

What was left out is empty: single periods under `effect_storage: verdict`, every figure under `digest`. Values of
periods come back in the metric's unit. Keys that a later version added are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from metricgov.domain.comparability.advice import Advice
from metricgov.domain.comparability.basis import Basis
from metricgov.domain.comparability.breakpoints import Step
from metricgov.domain.comparability.coverage import Coverage
from metricgov.domain.comparability.effect import Dimension, Effect, Mix, Pair, Part
from metricgov.domain.comparability.evidence import Evidence, MetricEffect
from metricgov.domain.comparability.interval import Interval
from metricgov.domain.comparability.link_record import restored
from metricgov.domain.comparability.moved_targets import Fate, Goal, Reader
from metricgov.domain.comparability.paired import Cells, Estimate, Estimator
from metricgov.domain.comparability.prediction import Drift, Prediction
from metricgov.domain.comparability.segments import Heterogeneity
from metricgov.domain.comparability.targets import TargetKind
from metricgov.domain.comparability.verdict import Verdict
from metricgov.domain.comparability.warnings import Severity, Warned
from metricgov.domain.errors import Undecidable
from metricgov.domain.workflow.link_payload import LinkMeasured
from metricgov.domain.workflow.vocabulary import Treatment

FORMAT = 1

Stored = Mapping[str, Any]

NOT_KEPT = "its figures are not kept in git (effect_storage: digest); whoever has the data can compute them again"


def read_evidence(raw: bytes) -> Evidence:
    """Return the evidence that bytes of the journal hold; Undecidable where they hold none that can be read."""
    try:
        found = json.loads(raw)
        if found["format"] != FORMAT:
            raise Undecidable(
                "evidence_newer",
                f"the effect was recorded in format {found['format']}, this version reads {FORMAT}",
                hint="use a newer version of metricgov",
            )
        return Evidence(
            found["digest"],
            found["as_of"],
            tuple(_metric(one) for one in found["metrics"]),
            Basis(found["engine"], found["settings"], found["methods"], tuple(sorted(found["read"].items()))),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Undecidable(
            "evidence_damaged",
            "what is kept of this effect cannot be read",
            hint="metricgov audit verify; and compute it again: metricgov effect CHANGE",
        ) from error


def _metric(one: Stored) -> MetricEffect:
    if "class" not in one:
        return MetricEffect(one["metric"], "", reason=NOT_KEPT)
    window = one["window"]
    return MetricEffect(
        one["metric"],
        one["class"],
        one["cause"] or "",
        _effect(one, window["grain"]) if "total" in one else None,
        tuple(Warned(said["id"], said["code"], Severity(said["severity"]), said["says"]) for said in one["warnings"]),
        one["reason"],
        (window["start"], window["end"], window["grain"]) if window else ("", "", ""),
        link=restored(LinkMeasured.model_validate(one["link"])) if "link" in one else None,
        advice=_advice(one["advice"]) if "advice" in one else None,
        goals=tuple(_goal(each) for each in one.get("targets", ())),
        readers=tuple(Reader(**each) for each in one.get("used_in", ())),
    )


def _advice(one: Stored) -> Advice:
    return Advice(Treatment(one["treatment"]), one["row"], one["reason"])


def _goal(one: Stored) -> Goal:
    return Goal(
        one["field"],
        one["name"],
        one["before"],
        one["proposed"],
        None if one["kind"] is None else TargetKind(one["kind"]),
        Fate(one["fate"]),
        one["rebased"],
        None if one["low"] is None else Interval(one["low"], one["high"]),
        one["flips"],
    )


def _effect(one: Stored, grain: str) -> Effect:
    return Effect(
        _part("", one["total"]),
        tuple(_dimension(each) for each in one["dimensions"]),
        tuple(_pairs(one.get("periods", ()))),
        _prediction(one["prediction"]),
        Drift(one["drift"]["slope"], one["drift"]["p"]) if one["drift"] else None,
        grain,
        one["length"],
        one["margin"],
        coverage=_coverage(one.get("coverage")),
        step=Step(**one["step"]) if one.get("step") else None,
        mixes=tuple(Mix(**each) for each in one.get("mixes", ())),
    )


def _coverage(one: Stored | None) -> Coverage | None:
    if one is None:
        return None
    worst = None if one["low"] is None else Interval(one["low"], one["high"])
    return Coverage(one["old"], one["new"], one["unknown_old"], one["unknown_new"], worst)


def _pairs(periods: Sequence[Stored]) -> list[Pair]:
    return [Pair(one["period"], one["old"], one["new"]) for one in periods]


def _dimension(one: Stored) -> Dimension:
    parts = tuple(_part(one["name"], each) for each in one["segments"])
    spread = None if one["q"] is None else Heterogeneity(one["q"], one["p"], 0.0)
    return Dimension(one["name"], parts, spread, one["by_segment"])


def _part(dimension: str, one: Stored) -> Part:
    return Part(
        dimension,
        one["segment"],
        one["old"],
        one["new"],
        one["share"],
        None if one["both"] is None else Cells(one["both"], one["new_only"], one["old_only"]),
        _estimate(one) if "ratio" in one else None,
        None if one["verdict"] is None else Verdict(one["verdict"]),
        one["reason"],
        by_period=tuple((period, Cells(*moved)) for period, moved in one.get("clusters", {}).items()),
    )


def _estimate(one: Stored) -> Estimate:
    limits = Interval(one["low"], one["high"])
    return Estimate(one["ratio"], one["se"], limits, Estimator(one["estimator"]), one["level"])


def _prediction(one: Stored | None) -> Prediction | None:
    if one is None:
        return None
    elsewhere = Interval(one["low"], one["high"])
    return Prediction(one["ratio"], 0.0, one["tau"] ** 2, 0.0, elsewhere, elsewhere)
