"""Targets that move with their metric in the same change: proposed by the effect, written by `revise`."""

from __future__ import annotations

import re

from conftest import Desk

RATE = "sales_accepted_lead_rate"
FILE = f"metrics/crm_handoff/{RATE}.yaml"


def propose(desk: Desk) -> None:
    """Propose that sales answer within a week, which moves the number."""
    file = desk.root / FILE
    before = file.read_text()
    text = before.replace("'30' DAY", "'7' DAY").replace("within 30", "within 7").replace("after 30", "after 7")
    file.write_text(text)
    claims = ("--intent", "redefinition", "--treatment", "restate", "--effective", "2027-01-01")
    done = desk.run("crm-lead", "propose", FILE, "-m", "a week is enough", *claims)
    assert done.code == 0, done.err
    file.write_text(before)


def evaluated(desk: Desk) -> str:
    done = desk.run("crm-lead", "effect", RATE, "--as-of", "2026-06-29")
    assert done.code == 0, done.err
    return " ".join(done.out.split())


def missing(desk: Desk) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in desk.shown(RATE)["requirements"]:
        if not one["met"]:
            found[one["code"]] = f"{found.get(one['code'], '')}{one['says']}; "
    return found


def test_targets_are_proposed_listed_and_written_into_the_change(bound: Desk) -> None:
    """W09 stops the change; `revise --rebase-targets` sets every number, those of dependants too; then it is met."""
    propose(bound)
    assert "no effect of these contents is on record" in bound.run("crm-lead", "revise", RATE, "--rebase-targets").err
    said = evaluated(bound)
    assert "target 40: not re-based; on the new basis" in said
    assert "dashboard Lead quality by channel (analytics-lead): what it stores moves times" in said
    assert "alert Acceptance below the warning line" in said
    assert "the target 40 stays; on the new basis" in missing(bound)["targets"]
    done = bound.run("crm-lead", "revise", RATE, "--rebase-targets", "--yes")
    assert done.code == 0, done.err
    assert f"{RATE}: target 40 -> " in done.err
    assert f"{RATE}: threshold (warn) 34 -> " in done.err
    assert "lead_quality_trend: target 1 -> " in done.err
    assert "effect" in missing(bound)
    said = evaluated(bound)
    assert "re-based in this change; on the new basis" in said
    assert "targets" not in missing(bound)
    again = bound.run("crm-lead", "revise", RATE, "--rebase-targets", "--yes")
    assert "no target of this change has to be moved" in again.err
    shown = bound.run("crm-lead", "change", "diff", RATE).out
    assert re.search(r"kpi\.target\.value", shown)


def test_somebody_may_rule_that_targets_stay(bound: Desk) -> None:
    """The deputy, with a reason; the author may not."""
    propose(bound)
    evaluated(bound)
    refused = bound.run("crm-lead", "accept-warning", RATE, "W09", "-m", "we want it harder")
    assert refused.code == 1
    done = bound.run("crm-deputy", "accept-warning", RATE, "W09", "--metric", RATE, "-m", "we want it harder")
    assert done.code == 0, done.err
    assert f"W09 {RATE}" not in missing(bound)["targets"]
    assert "W09 lead_quality_trend" in missing(bound)["targets"]


def test_the_two_ways_of_naming_contents_do_not_mix(bound: Desk) -> None:
    """Targets are set in the contents that are there."""
    propose(bound)
    done = bound.run("crm-lead", "revise", RATE, "--rebase-targets", "--edit")
    assert done.code == 2
    assert "--rebase-targets keeps the other contents" in done.err
