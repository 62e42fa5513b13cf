"""From an effect that stops a change to a ruling on it; effects that no longer hold, and how much of them git keeps."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from conftest import Desk
from metricgov import second_verifier
from metricgov.domain.comparability import basis

RATE = "sales_accepted_lead_rate"
FILE = f"metrics/crm_handoff/{RATE}.yaml"
TREND = "metrics/leadership/lead_quality_trend.yaml"


def proposed(desk: Desk, *, intent: str = "no_effect", effective: str = "2026-11-23") -> None:
    """Propose that sales answer within three weeks, and claim that this does nothing."""
    file = desk.root / FILE
    before = file.read_text()
    file.write_text(
        before.replace("'30' DAY", "'21' DAY").replace("within 30", "within 21").replace("after 30", "after 21")
    )
    claims = ("--intent", intent, "--treatment", "restate", "--effective", effective)
    done = desk.run("crm-lead", "propose", FILE, "-m", "three weeks", *claims)
    assert done.code == 0, done.err
    file.write_text(before)


def evaluated(desk: Desk, *words: str) -> None:
    done = desk.run("crm-lead", "effect", RATE, "--as-of", "2026-06-29", *words)
    assert done.code == 0, done.err


def missing(desk: Desk) -> dict[str, str]:
    """Return what the change still needs, by code."""
    found = desk.shown(RATE)["requirements"]
    return {one["code"]: one["says"] for one in found if not one["met"]}


def stopped(desk: Desk) -> set[str]:
    """Return the warnings that stop the change."""
    found = desk.shown(RATE)["requirements"]
    return {one["says"].partition(":")[0] for one in found if one["code"] == "effect_blocked" and not one["met"]}


def recorded(desk: Desk) -> dict[str, Any]:
    """Return the evidence of the newest effect as git keeps it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=desk.root, capture_output=True, text=True, check=True)
        return done.stdout

    paths = git("ls-tree", "-r", "--name-only", "metricgov/journal").split()
    found = [git("show", f"metricgov/journal:{one}") for one in paths if "/blobs/" in one or "blob" in one]
    texts = [one for one in found if '"figures_sha256"' in one]
    assert texts
    kept: dict[str, Any] = json.loads(texts[-1])
    return kept


def test_a_claim_that_data_contradict_stops_the_change_until_somebody_rules(bound: Desk) -> None:
    """W21: `effect` says so, `change show` names who may, the author may not, the deputy does; then it lands."""
    proposed(bound)
    evaluated(bound)
    assert stopped(bound) == {"W21 lead_quality_trend", f"W21 {RATE}"}
    refused = bound.run("crm-lead", "accept-warning", RATE, "W21", "--metric", RATE, "-m", "it is fine")
    assert refused.code == 1
    assert "who contributed does not rule" in " ".join(refused.err.split())
    wrong = bound.run("crm-deputy", "accept-warning", RATE, "W04", "-m", "it is fine")
    assert "W04 stops nothing here; what does: W09, W21" in wrong.err
    other = bound.run("crm-deputy", "accept-warning", RATE, "W21", "--metric", "lead_quality_trend", "-m", "fine")
    assert "may not rule on a warning about lead_quality_trend" in other.err
    done = bound.run("head-of-marketing", "accept-warning", RATE, "W21", "--metric", "lead_quality_trend", "-m", "so")
    assert done.code == 0, done.err
    done = bound.run("crm-deputy", "accept-warning", RATE, "w21", "--metric", RATE, "-m", "known, and small")
    assert done.code == 0, done.err
    assert stopped(bound) == set()
    for one in [one for one in bound.shown(RATE)["requirements"] if one["code"] == "targets"]:
        metric = one["says"].split()[1].rstrip(":")
        kept = bound.run("head-of-marketing", "accept-warning", RATE, "W09", "--metric", metric, "-m", "they stay")
        assert kept.code == 0, kept.err
    told = bound.run("crm-lead", "change", "explain", RATE).out
    assert "computed the effect, which stops the change (W" in told
    assert "accepted warning W21 about sales_accepted_lead_rate" in told
    for who, word in (
        ("crm-deputy", "approve"),
        ("finance-lead", "approve"),
        ("sales-ops-lead", "acknowledge"),
        ("head-of-marketing", "acknowledge"),
    ):
        assert bound.run(who, word, RATE).code == 0
    landed = bound.run("crm-lead", "apply", RATE)
    assert landed.code == 0, landed.err
    verified = bound.run("crm-lead", "audit", "verify", "--full")
    assert verified.code == 0, verified.out + verified.err
    assert second_verifier.main([str(bound.root)]) == 0


def test_a_new_effect_asks_again(bound: Desk) -> None:
    """A ruling is on figures that somebody saw, not on whatever comes."""
    proposed(bound)
    evaluated(bound)
    assert bound.run("crm-deputy", "accept-warning", RATE, "W21", "--metric", RATE, "-m", "known").code == 0
    assert stopped(bound) == {"W21 lead_quality_trend"}
    bound.run("crm-lead", "effect", RATE, "--as-of", "2026-06-01")
    assert stopped(bound) == {"W21 lead_quality_trend", f"W21 {RATE}"}


class TestStaleEffects:
    """An effect holds as long as everything that it was computed from."""

    def test_another_setting_makes_it_stale(self, bound: Desk) -> None:
        """What metricgov.yaml says about effects, on main."""
        proposed(bound, intent="redefinition", effective="2027-01-01")
        evaluated(bound)
        assert not {"effect", "effect_stale"} & missing(bound).keys()
        config = bound.root / "metricgov.yaml"
        before = config.read_text()
        config.write_text(before + "effect: {margin: 0.05}\n")
        assert bound.run("crm-lead", "propose", "metricgov.yaml", "-m", "a wider margin").code == 0
        for who in ("finance-lead", "head-of-marketing"):
            assert bound.run(who, "approve", "governance:metricgov").code == 0
        config.write_text(before)
        assert bound.run("crm-lead", "apply", "governance:metricgov").code == 0
        assert "metricgov.yaml says something else" in missing(bound)["effect_stale"]
        evaluated(bound)
        assert "effect_stale" not in missing(bound)

    def test_another_definition_makes_it_stale(self, bound: Desk) -> None:
        """A dependant that changed on main is named; one evaluation later it holds again."""
        proposed(bound, intent="redefinition", effective="2027-01-01")
        evaluated(bound)
        file = bound.root / TREND
        before = file.read_text()
        file.write_text(re.sub(r"(?m)^title: .*$", "title: Trend of lead quality, smoothed", before))
        done = bound.run("crm-lead", "propose", TREND, "-m", "a clearer title")
        assert done.code == 0, done.err
        file.write_text(before)
        assert bound.run("head-of-marketing", "approve", "lead_quality_trend").code == 0
        landed = bound.run("crm-lead", "apply", "lead_quality_trend")
        assert landed.code == 0, landed.err
        assert f"{TREND} changed on main" in missing(bound)["effect_stale"]
        evaluated(bound)
        assert "effect_stale" not in missing(bound)

    def test_other_estimators_make_it_stale(self, bound: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """A newer version of the methods asks again; how earlier steps of main were judged stays."""
        proposed(bound, intent="redefinition", effective="2027-01-01")
        evaluated(bound)
        monkeypatch.setattr("metricgov.app.moment.METHODS", basis.METHODS + 1)
        assert f"estimators of version {basis.METHODS} made it" in missing(bound)["effect_stale"]


@pytest.mark.parametrize("storage", ["full", "verdict", "digest"])
def test_git_keeps_as_much_of_an_effect_as_the_policy_says(bound: Desk, storage: str) -> None:
    """`full` every period and the SQL, `verdict` no period, `digest` no figure; all of them name all figures."""
    policy = bound.root / "governance/policy.yaml"
    before = policy.read_text()
    if storage != "verdict":
        policy.write_text(before.rstrip() + f"\neffect_storage: {storage}\n")
        assert bound.run("crm-lead", "propose", "governance/policy.yaml", "-m", "what git keeps").code == 0
        for who in ("finance-lead", "head-of-marketing"):
            assert bound.run(who, "approve", "governance:policy").code == 0
        policy.write_text(before)
        assert bound.run("crm-lead", "apply", "governance:policy").code == 0
    proposed(bound)
    evaluated(bound)
    kept = recorded(bound)
    assert kept["storage"] == storage
    first = kept["metrics"][0]
    assert ("periods" in first, "total" in first, "sql" in kept) == {
        "full": (True, True, True),
        "verdict": (False, True, False),
        "digest": (False, False, False),
    }[storage]
    assert len(kept["figures_sha256"]) == 64
    said = missing(bound)["effect_blocked"]
    assert ("declared relation violated" in said) is (storage == "digest")
    told = bound.run("crm-lead", "change", "explain", RATE).out
    assert ("the figures are not kept" in " ".join(told.split())) is (storage == "digest")
