"""A definition that is computed from what changes, edited in words along with it: its owner is asked all the same."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import Desk

RATE = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"
TREND = "metrics/crm_monthly_report/lead_quality_trend.yaml"
CLAIMS = ("--intent", "redefinition", "--treatment", "restate", "--effective", "2027-01-01")


def trend(desk: Desk) -> str:
    """Return where the definition stands that is computed from the rate."""
    (found,) = desk.root.glob("metrics/*/lead_quality_trend.yaml")
    return found.relative_to(desk.root).as_posix()


def propose(desk: Desk, *, along: bool) -> None:
    """Propose a shorter window of the rate; with a word about what is computed from it, or without."""
    edits = [(RATE, "'30' DAY", "'21' DAY"), (RATE, "within 30", "within 21"), (RATE, "after 30", "after 21")]
    kept = {}
    for path, before, after in edits:
        file = desk.root / path
        kept.setdefault(file, file.read_text())
        file.write_text(file.read_text().replace(before, after))
    if along:
        file = desk.root / trend(desk)
        kept[file] = file.read_text()
        title = next(line for line in file.read_text().splitlines() if line.startswith("title:"))
        file.write_text(file.read_text().replace(title, title + " by month"))
    paths = [file.relative_to(desk.root).as_posix() for file in kept]
    done = desk.run("crm-lead", "propose", *paths, "-m", "three weeks", *CLAIMS)
    assert done.code == 0, done.err
    for file, text in kept.items():
        file.write_text(text)


def asked(desk: Desk) -> list[dict[str, Any]]:
    """Return the questions to owners of dependants that are not answered."""
    found = desk.shown("sales_accepted_lead_rate")["requirements"]
    return [one for one in found if one["code"] == "dependant" and not one["met"]]


@pytest.mark.parametrize("along", [False, True], ids=["left as it is", "edited in words"])
def test_the_owner_of_a_dependant_is_asked_whether_or_not_its_file_is_edited(desk: Desk, along: bool) -> None:
    """INV-19: an editorial edit of a dependant does not take the question from who answers for its numbers."""
    propose(desk, along=along)
    (question,) = asked(desk)
    assert question["who"] == ["head-of-marketing"]
    assert "lead_quality_trend" in question["says"]
    answered = desk.run("head-of-marketing", "acknowledge", "sales_accepted_lead_rate")
    assert answered.code == 0, answered.err
    assert asked(desk) == []
