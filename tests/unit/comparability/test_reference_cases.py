"""Published and derived reference cases of comparability, each through the public functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import log, sqrt
from pathlib import Path
from typing import Any

import pytest

from metricgov.domain.comparability import (
    across_break,
    clustered,
    flags,
    linking,
    matrix,
    paired,
    prediction,
    propagation,
    revisions,
    segments,
    targets,
    timeline,
    verdict,
)
from metricgov.domain.comparability.interval import around, t, z
from metricgov.domain.comparability.paired import Cells

FILE = Path(__file__).parents[2] / "cases" / "comparability" / "vectors.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text())["vectors"]
Given = dict[str, Any]


def paired_ratio_counts(given: Given, expected: Given) -> Given:
    if "n_new" in given:
        cells = Cells(expected["both"], expected["new_only"], expected["old_only"])
        assert (cells.n_new, cells.n_old) == (given["n_new"], given["n_old"])
        bounds = paired.marginal_bounds(given["n_new"], given["n_old"])
        return {
            "ratio": cells.ratio,
            "se_from_cells": paired.se(cells),
            "discordant_implied": cells.discordant,
            "both": cells.both,
            "new_only": cells.new_only,
            "old_only": cells.old_only,
            "rse_percent_published": expected["rse_percent_published"],
            "se_lower_bound_from_marginals": bounds.low,
            "se_upper_bound_independent": bounds.high,
            "ci95_wald_log_from_cells": paired.wald_interval(cells).values,
        }
    cells = Cells(**given)
    return {
        "ratio": cells.ratio,
        "se": paired.estimate(cells).se,
        "ci95_wald_log": paired.estimate(cells).interval.values,
        "mcnemar_z": paired.mcnemar(cells).z,
        "gross_change_rate": cells.gross,
        "net_change_rate": cells.net,
    }


def segment_heterogeneity(given: Given, _expected: Given) -> Given:
    men, women = given["male"], given["female"]
    found = segments.heterogeneity([men["ratio"], women["ratio"]], [men["se"], women["se"]])
    return {
        "ratio_male": men["n_new"] / men["n_old"],
        "ratio_female": women["n_new"] / women["n_old"],
        "z_log": segments.z_between(men["ratio"], men["se"], women["ratio"], women["se"]),
        "Q": found.q,
        "p": found.p,
    }


def modify_and_propagate(given: Given, _expected: Given) -> Given:
    old, new = propagation.count_rse(given["D_old"]), propagation.count_rse(given["D_new"])
    se_old, se_new = given["rate_old"] * old, given["rate_new"] * new
    found = propagation.product([given["ratio"], given["rate_old"]], [given["se_ratio"], se_old])
    return {
        "rse_old": 100 * old,
        "rse_new": 100 * new,
        "se_old": se_old,
        "se_new": se_new,
        "rse_ratio": 100 * given["se_ratio"] / given["ratio"],
        "modified": found.value,
        "rse_modified": 100 * found.rse_exact,
        "se_modified": found.se,
        "ci_modified": found.interval().values,
        "ci_new": around(given["rate_new"], se_new, z()).values,
    }


def z_test_across_break(given: Given, _expected: Given) -> Given:
    se_old = given["rate_old"] * propagation.count_rse(given["D_old"])
    se_new = given["rate_new"] * propagation.count_rse(given["D_new"])
    bridged = propagation.product([given["ratio"], given["rate_old"]], [given["se_ratio"], se_old])
    return {"z": propagation.z_across_break(bridged.value, bridged.se, given["rate_new"], se_new)}


def poisson_limit_factors(given: Given, _expected: Given) -> Given:
    found = [propagation.poisson_factors(events, level) for level, events in given["cases"]]
    return {"L": [one.low for one in found], "U": [one.high for one in found]}


def break_decomposition(given: Given, _expected: Given) -> Given:
    found = across_break.difference(given["old_t0"], given["ratio"], given["new_t1"])
    assert found.naive == pytest.approx(found.definition + found.real)
    return {
        "bridged_t0": found.bridged,
        "naive_change": found.naive,
        "definition_effect": found.definition,
        "real_change": found.real,
    }


def paired_ratio_ci(given: Given, _expected: Given) -> Given:
    cells = Cells(**given)
    test = paired.mcnemar(cells)
    n = cells.both + cells.discordant + cells.neither
    gap = (cells.n_new - cells.n_old) / n
    spread = sqrt(cells.discordant - (cells.new_only - cells.old_only) ** 2 / n) / n
    return {
        "ratio": cells.ratio,
        "wald": paired.wald_interval(cells).values,
        "bonett_price": paired.hybrid_interval(cells).values,
        "tang_score": paired.score_interval(cells).values,
        "mcnemar_z": test.z,
        "mcnemar_p": test.p,
        "mcnemar_midp": test.mid_p,
        "mcnemar_exact_p": test.exact_p,
        "wald_difference": around(gap, spread, z()).values,
    }


def one_period_link(given: Given, _expected: Given) -> Given:
    return {"spliced": linking.link_back(given["new_next"], given["new_at_link"], given["old_at_link"])}


def chain_links(given: Given, _expected: Given) -> Given:
    return {"level": linking.chain_links(given["start"], given["links"])}


def proportional_denton(given: Given, _expected: Given) -> Given:
    return {"level": linking.denton(given["indicator"], given["annual_mean"])}


def overlap_splice(given: Given, _expected: Given) -> Given:
    old, new = given["old_levels_p1_p3"], given["new_levels_p1_p4"]
    overlap, last = new[: len(old)], new[-1]
    return {
        "link_first_point": last / linking.one_period(old, overlap, 0),
        "link_last_point": last / linking.one_period(old, overlap),
        "link_geometric_mean": last / linking.geometric_mean(old, overlap),
    }


def ratio_metric_change(given: Given, _expected: Given) -> Given:
    if "old" in given:
        old, new = given["old"], given["new"]
        found = clustered.ratio_metric([old["num"]], [old["den"]], [new["num"]], [new["den"]])
        return {
            "old_value": old["num"] / old["den"],
            "new_value": new["num"] / new["den"],
            "ratio_total": found.ratio,
            "ratio_num": found.numerator,
            "ratio_den": found.denominator,
        }
    found = clustered.ratio_metric(given["num_old"], given["den_old"], given["num_new"], given["den_new"])
    direct = sum(given["num_new"]) / sum(given["den_new"]) / (sum(given["num_old"]) / sum(given["den_old"]))
    return {
        "c_num": found.numerator,
        "c_den": found.denominator,
        "c_ratio": found.ratio,
        "direct": direct,
        "se_log": found.se_log,
    }


def kitagawa(given: Given, _expected: Given) -> Given:
    first, second = given["pop1"], given["pop2"]
    found = segments.shares_of_change(first, second)
    prop, avg = segments.kitagawa([first["prop"]], [first["avg"]], [second["prop"]], [second["avg"]])
    assert found == pytest.approx({"avg": avg, "prop": prop})
    crude = avg + prop
    return {
        "effect_avg": avg,
        "effect_prop": prop,
        "crude": crude,
        "percent": [100 * avg / crude, 100 * prop / crude],
    }


def flag_precedence(given: Given, _expected: Given) -> Given:
    return {"single_flag": flags.single(flags.Flag(one) for one in given["flags"]).value}


def code_list(_given: Given, _expected: Given) -> Given:
    return {flag.value: meaning for flag, meaning in flags.MEANINGS.items()}


def pre_break_value(given: Given, _expected: Given) -> Given:
    found = flags.at_break(
        given["period"],
        version=str(given["version_new"]),
        value=given["value_new"],
        value_before=given["value_old"],
    )
    return {"OBS_VALUE": found.value, "PRE_BREAK_VALUE": found.pre_break_value, "OBS_STATUS": found.status.value}


def ratio_linearised(given: Given, _expected: Given) -> Given:
    new, old = given["new"], given["old"]
    found = clustered.linearised(new, old)
    return {
        "ratio": found.ratio,
        "se_linearised": found.se,
        "se_jackknife": clustered.jackknife_se(new, old),
        "t_quantile": t(0.95, len(new) - 1),
        "ci95_t": found.interval.values,
        "mean_of_ratios": linking.mean_of_ratios(old, new),
        "geo_mean_of_ratios": linking.geometric_mean(old, new),
    }


def fieller(given: Given, _expected: Given) -> Given:
    found = clustered.fieller(given["new"], given["old"], given["level"])
    if found.interval is None:
        return {
            "leading_coefficient": found.leading,
            "denominator_ok": found.bounded,
            "action": "refuse ratio; use difference",
        }
    return {"ci": found.interval.values, "denominator_ok": found.bounded}


def overlap_link(given: Given, _expected: Given) -> Given:
    old, new = given["old"], given["new"]
    return {
        "ratio_of_means": linking.ratio_of_sums(old, new),
        "mean_of_ratios": linking.mean_of_ratios(old, new),
        "geometric_mean": linking.geometric_mean(old, new),
        "last_point": linking.one_period(old, new),
        "first_point": linking.one_period(old, new, 0),
    }


def splice_ratio(given: Given, _expected: Given) -> Given:
    history = given["history_old"]
    found = linking.splice_ratio(history, given["factor"])
    assert found.valid
    pairs = zip(history, history[1:], found.values, found.values[1:], strict=False)
    return {
        "bridged": found.values,
        "growth_preserved": all(b / a == pytest.approx(d / c) for a, b, c, d in pairs),
        "first_new_growth": given["new_after"][0] / found.values[-1] - 1,
    }


def splice_difference(given: Given, _expected: Given) -> Given:
    old, new, history = given["overlap_old"], given["overlap_new"], given["history_old"]
    factor = linking.ratio_of_sums(old, new)
    refused = linking.splice_ratio(history, factor, overlap=(*old, *new))
    gap = linking.mean_difference(old, new)
    return {
        "ratio_valid": refused.valid,
        "reason": refused.refused,
        "difference": gap,
        "bridged": linking.splice_difference(history, gap).values,
        "ratio_of_sums_would_be": factor,
    }


def splice_logit(given: Given, _expected: Given) -> Given:
    old, new, history = given["overlap_old"], given["overlap_new"], given["history_old"]
    shift = linking.logit_shift(old, new)
    ratio = linking.splice_ratio(history, new / old, overlap=(old, new), low=0, high=1)
    return {
        "shift_logit": shift,
        "bridged": linking.splice_logit(history, shift).values,
        "ratio_splice": ratio.values,
        "ratio_splice_valid": ratio.valid,
    }


def chain_propagation(given: Given, _expected: Given) -> Given:
    found = propagation.product(given["ratio"], given["se"])
    return {
        "ratio": found.value,
        "se_exact": found.se,
        "se_delta": found.se_delta,
        "rse_percent_delta": 100 * found.rse_delta,
        "ci95_log": found.interval_log().values,
    }


def segment_identity(given: Given, _expected: Given) -> Given:
    found = segments.additive(given["n_new"], given["n_old"])
    return {
        "segment_ratio": found.ratios,
        "total": found.total,
        "weights": found.weights,
        "reversal_possible": not found.bounded,
    }


def simpson_guard(given: Given, _expected: Given) -> Given:
    old = [a / b for a, b in zip(given["old_num"], given["old_den"], strict=True)]
    new = [a / b for a, b in zip(given["new_num"], given["new_den"], strict=True)]
    total_old = sum(given["old_num"]) / sum(given["old_den"])
    total_new = sum(given["new_num"]) / sum(given["new_den"])
    ways = [segments.direction(a, b) for a, b in zip(old, new, strict=True)]
    total = segments.direction(total_old, total_new)
    return {
        "segment_old": old,
        "segment_new": new,
        "segment_direction": ways,
        "total_old": total_old,
        "total_new": total_new,
        "total_direction": total,
        "must_warn": "SIMPSON_REVERSAL" if segments.reverses(ways, total) else "",
    }


def seasonal_overlap(given: Given, _expected: Given) -> Given:
    old = given["daily_old"]
    new = [a * b for a, b in zip(given["daily_ratio"], old, strict=True)]
    days = given["overlap_days"]
    part = linking.ratio_of_sums([old[day] for day in days], [new[day] for day in days])
    week = linking.ratio_of_sums(old, new)
    return {
        "ratio_overlap": part,
        "ratio_full_week": week,
        "bias_percent": 100 * (part / week - 1),
        "must_warn": "" if linking.whole_cycles(len(days), 7) else "SEASONALITY_NOT_COVERED",
    }


def target_rebase(given: Given, _expected: Given) -> Given:
    moved = targets.rebase_ratio(given["target_old"], given["ratio"], given["se_ratio"])
    found = targets.attainment(given["value_old"], given["value_new"], given["target_old"], moved.value)
    bounded = given["bounded"]
    shift = linking.logit_shift(bounded["overlap_old"], bounded["overlap_new"])
    assert moved.interval is not None
    return {
        "target_new": moved.value,
        "target_new_ci95": moved.interval.values,
        "met_old": found.before,
        "met_new_unrebased": found.unrebased,
        "met_new_rebased": found.rebased,
        "status_flip_if_not_rebased": found.would_flip,
        "bounded_target_new": targets.rebase_odds(bounded["target"], shift).value,
        "additive_target_new": targets.rebase_difference(
            given["additive"]["target"], given["additive"]["difference"]
        ).value,
    }


def comparability_matrix(given: Given, _expected: Given) -> Given:
    words = {"bridge": matrix.Status.BRIDGED, "break": matrix.Status.BROKEN}
    edges = [
        matrix.Edge(
            str(one["old"]),
            str(one["new"]),
            words[one["status"]],
            one["ratio"],
            one["se"] / one["ratio"] if one["ratio"] else 0.0,
        )
        for one in given["edges"]
    ]
    found = matrix.matrix(("1", "2", "3", "4"), edges)
    shown = {matrix.Status.BROKEN: "not_comparable"}
    answer: Given = {f"m_{old}_{new}": entry.ratio for (old, new), entry in found.items()}
    answer |= {f"rse_{old}_{new}": entry.rse for (old, new), entry in found.items()}
    return answer | {"status_1_4": shown[found["1", "4"].status], "hops_1_3": found["1", "3"].hops}


def revision_metrics(given: Given, _expected: Given) -> Given:
    found = revisions.revisions(given["first"], given["latest"])
    return {
        "mr": found.mean,
        "mar": found.mean_absolute,
        "rmar": found.relative,
        "median": found.median,
        "share_up": found.share_up,
        "sign_changes": found.sign_changes,
    }


def verdicts(given: Given, _expected: Given) -> Given:
    return {"verdict": [verdict.verdict(one["ratio"], one["se"], given["delta"]).value for one in given["cases"]]}


def tiny_overlap(given: Given, _expected: Given) -> Given:
    cells = Cells(**given)
    n = cells.both + cells.discordant
    chosen = paired.estimate(cells)
    assert chosen.estimator is paired.Estimator.FEW_DISCORDANT
    return {
        "se_delta": paired.se(cells),
        "tang_score_ci": chosen.interval.values,
        "bonett_price_ci": paired.hybrid_interval(cells).values,
        "rule_of_three_discordance": 3 / n,
        "exact_upper95_discordance": paired.discordance_limit(cells),
    }


def coverage_bounds(given: Given, _expected: Given) -> Given:
    cells = Cells(given["both"], given["new_only"], given["old_only"])
    found = across_break.coverage(
        cells, old_yes_unknown=given["old_yes_new_unknown"], old_no_unknown=given["old_no_new_unknown"]
    )
    return {
        "ratio_same_base": found.ratio,
        "coverage_old": found.share_old,
        "lower": found.bounds.low,
        "upper": found.bounds.high,
    }


def as_of(given: Given, _expected: Given) -> Given:
    spans = [timeline.Span(str(v["v"]), v["eff_from"], v["eff_to"], v["known_from"]) for v in given["versions"]]
    found = [timeline.as_of(spans, day, known) for day, known in given["queries"]]
    return {"version": [None if one is None else int(one.version) for one in found]}


def between_period_variance(given: Given, _expected: Given) -> Given:
    found = prediction.predict(given["log_ratio"], given["se"])
    assert found.ratio == pytest.approx(2.718281828459045 ** log(found.ratio))
    return {
        "Q": found.q,
        "tau2": found.tau2,
        "tau": found.tau,
        "ratio": found.ratio,
        "se_mean": found.se_mean,
        "ci_mean": found.mean.values,
        "prediction_interval_t5": found.elsewhere.values,
    }


METHODS: dict[str, Callable[[Given, Given], Given]] = {
    function.__name__: function
    for function in (
        paired_ratio_counts, segment_heterogeneity, modify_and_propagate, z_test_across_break, poisson_limit_factors,
        break_decomposition, paired_ratio_ci, one_period_link, chain_links, proportional_denton, overlap_splice,
        ratio_metric_change, kitagawa, flag_precedence, code_list, pre_break_value, ratio_linearised, fieller,
        overlap_link, splice_ratio, splice_difference, splice_logit, chain_propagation, segment_identity,
        simpson_guard, seasonal_overlap, target_rebase, comparability_matrix, revision_metrics, tiny_overlap,
        coverage_bounds, as_of, between_period_variance,
    )
}  # fmt: skip
METHODS["verdict"] = verdicts


@pytest.mark.parametrize("case", CASES, ids=[one["id"] for one in CASES])
def test_a_reference_case(case: dict[str, Any]) -> None:
    """Every expected number, within the tolerance that the case states."""
    expected = case["expected"]
    got = METHODS[case["method"]](case["inputs"], expected)
    for key, want in expected.items():
        limit = case["tolerance"].get(key, case["tolerance"]["default"])
        _compare(key, got[limit.get("compare_with", key)], want, limit)


def _compare(key: str, got: Any, want: Any, limit: dict[str, Any]) -> None:
    if isinstance(want, list):
        assert len(got) == len(want), key
        for one, other in zip(got, want, strict=True):
            _compare(key, one, other, limit)
    elif limit.get("exact") or want is None or isinstance(want, str | bool):
        assert got == want, key
    else:
        assert abs(got - want) <= max(limit.get("abs", 0.0), limit.get("rel", 0.0) * abs(want)), (key, got, want)
