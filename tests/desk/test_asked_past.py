"""What was, and what differs: as of a day, at a version, at a commit; here and over HTTP."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from desk.measured_world import RATE
from metricgov.desk.asked import Desk
from metricgov.desk.asked_past import Asked
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.errors import BadInput

BEFORE, AFTER = "1.2.0", "2.0.0"


def commits(root: Path) -> list[str]:
    """Return the commits of main, the oldest first."""
    listed = ["git", "rev-list", "--first-parent", "--reverse", "main"]
    return subprocess.run(listed, cwd=root, text=True, capture_output=True, check=True).stdout.split()


@pytest.mark.parametrize(
    ("asked", "version"),
    [
        ({}, AFTER),
        ({"version": BEFORE}, BEFORE),
        ({"version": AFTER}, AFTER),
        ({"on": "2026-06-17"}, BEFORE),
        ({"on": "2026-06-18"}, AFTER),
    ],
    ids=["main", "the first version", "the second", "the day before", "the day it began"],
)
def test_a_definition_as_it_was(desk: Desk, asked: dict[str, str], version: str) -> None:
    card = desk.card("sales_accepted_lead_rate", **asked)
    assert card.data is not None
    assert (card.id, card.data["version"]) == (RATE, version)
    assert (card.held is not None) == bool(asked)


def test_a_definition_at_a_commit(desk: Desk, measured: Path) -> None:
    """Main's first commits do not have what later ones brought, and there is no open change then."""
    last = desk.card(RATE, at=commits(measured)[-1])
    assert last.open_changes == ()
    assert desk.card(RATE).open_changes
    versions = [desk.card(RATE, at=one).data["version"] for one in commits(measured)]  # type: ignore[index]
    assert versions[0] == BEFORE
    assert versions[-1] == AFTER


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"version": "9.9.9"}, "version_unknown"),
        ({"on": "2026-02-30"}, "bad_date"),
        ({"on": "2026-06"}, "bad_date"),
        ({"on": "1999-01-01"}, "nothing_held"),
        ({"at": "no-such-branch"}, "unknown_ref"),
        ({"at": "--output=x"}, "unknown_ref"),
        ({"on": "2026-06-18", "version": AFTER}, "two_moments"),
    ],
    ids=["no version", "no day", "a month", "before all", "no commit", "an option of git", "two at once"],
)
def test_a_moment_that_is_none_is_named(desk: Desk, asked: dict[str, str], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        desk.card(RATE, **asked)
    assert refused.value.code == code
    assert refused.value.hint


def test_two_versions_differ_in_what_was_changed(desk: Desk) -> None:
    found = desk.differences(RATE, BEFORE, AFTER)
    assert found.definition == RATE
    fields = {one.finding.field for one in found.fields}
    assert "calculation.where" in fields
    assert max(one.finding.change_class for one in found.fields) is not ChangeClass.IDENTICAL
    assert any("1.2.0" in line for line in found.before)
    assert any("2.0.0" in line for line in found.after)
    assert desk.differences(RATE, BEFORE) == found, "main has the second one"
    assert desk.differences(RATE, AFTER).fields == (), "nothing differs from itself"
    with pytest.raises(BadInput) as refused:
        desk.differences(RATE, "0.0.1")
    assert refused.value.code == "version_unknown"
    assert BEFORE in refused.value.hint


def test_two_commits_differ_in_what_landed_between_them(desk: Desk, measured: Path) -> None:
    first, last = (commits(measured)[place] for place in (0, -1))
    found = desk.compared(first)
    assert (found.base, found.head) == (first, last)
    by_id = {one.id: one for one in found.found.definitions}
    assert by_id[RATE].version.after == AFTER
    only = desk.compared(first, last, only=("metrics/crm_handoff",)).found.definitions
    assert {one.id for one in only} == {one.id for one in by_id.values() if one.path.startswith("metrics/crm_handoff")}
    back = desk.compared(last, first).found.definitions
    assert {one.id: one.version.after for one in back}[RATE] == BEFORE


def test_versions_compare_by_what_is_on_record_and_by_what_is_measured_now(desk: Desk) -> None:
    """The link on record is a break; both are measured over the same data where an engine is bound."""
    told: list[str] = []
    found = desk.compare(RATE, BEFORE, AFTER, progress=lambda what, _done, _total: told.append(what))
    assert found.entry.status.value == "broken"
    assert found.measured is not None
    assert found.findings
    recorded = desk.compare(RATE, BEFORE, AFTER, recorded=True)
    assert recorded.measured is None
    assert recorded.steps == found.steps
    with pytest.raises(BadInput) as refused:
        desk.compare("source:crm_leads", "1.0.0", "2.0.0")
    assert refused.value.code == "not_a_metric"


def test_which_version_measures_a_day_depends_on_the_day_of_knowing(desk: Desk) -> None:
    known = desk.measured_on(RATE, "2026-06-20")
    assert known is not None
    assert known.then.version == AFTER
    earlier = desk.measured_on(RATE, "2026-06-10")
    assert earlier is not None
    assert earlier.then.version == BEFORE
    assert desk.measured_on(RATE, "2026-06-20", known_at="2026-06-17") is None, "nothing was on record then"


def test_the_changelog_is_told_newest_first(desk: Desk) -> None:
    found = desk.changelog()
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    mine = desk.changelog(definition=RATE)
    assert {one.definition for one in mine} == {RATE}
    assert desk.changelog(most=2) == found[:2]
    assert desk.changelog(since=found[0].at[:10]) == tuple(one for one in found if one.at[:10] >= found[0].at[:10])
    with pytest.raises(BadInput):
        desk.changelog(since="yesterday")


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({"author": "ops-lead"}, lambda row: row.author == "ops-lead"),
        ({"change_class": "breaking"}, lambda row: row.change_class is ChangeClass.BREAKING),
        ({"since": "2026-06-18"}, lambda row: row.moved_at >= "2026-06-18"),
    ],
    ids=["author", "class", "since"],
)
def test_changes_are_narrowed(desk: Desk, asked: dict[str, str], kept: object) -> None:
    every = desk.change_rows(ended=True)
    assert desk.change_rows(ended=True, **asked) == tuple(row for row in every if kept(row))  # type: ignore[arg-type, operator]
    assert desk.change_rows(ended=True, **asked)  # type: ignore[arg-type]


def test_a_class_that_is_none_is_named(desk: Desk) -> None:
    with pytest.raises(BadInput) as refused:
        desk.change_rows(change_class="braking")
    assert (refused.value.code, "breaking" in refused.value.hint) == ("class_unknown", True)


def test_why_a_number_is_another_one(desk: Desk) -> None:
    """The parts sum to the difference exactly, also after they went over HTTP."""
    found = desk.why(RATE, Asked("2026-03", "2026-05"))
    values = [Fraction(one.amount.value or "0") for one in (found.start, found.end)]
    assert sum((one.amount for one in found.parts), Fraction(0)) == values[1] - values[0]
    assert found.parts
    for asked, code in (
        (Asked("2026-13"), "bad_period"),
        (Asked("2026-03", "2026-Q2"), "two_grains"),
        (Asked("2026-03", "2026-05", by=("channel", "country=DE")), "bad_by"),
    ):
        with pytest.raises(BadInput) as refused:
            desk.why(RATE, asked)
        assert refused.value.code == code
    with pytest.raises(BadInput) as refused:
        desk.revisions(RATE)
    assert refused.value.code == "no_values"
