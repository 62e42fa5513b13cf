"""What stands around the diff: the head, what is missing, whom it reaches, the talk, the story, in words."""

from __future__ import annotations

import pytest
from rich.text import Text

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.past_views import StoryLine, StoryNeed
from metricgov.domain.verdict import VersionStep
from metricgov.domain.views import (
    ChangedDefinition,
    ChangeView,
    ImpactRow,
    RemarkView,
    RequirementView,
    ThreadView,
)
from metricgov_tui import words_review as words
from metricgov_tui.lines import Line
from metricgov_tui.look import ASCII, UNICODE
from metricgov_tui.panels import review

NOW = "2026-06-18T09:00:00Z"
REQUIREMENTS = (
    RequirementView("approval_accountable", "crm-lead must approve", False, who=("crm-lead",), due=NOW),
    RequirementView("approval_council", "one of the council must approve", False, who=("finance-lead",)),
    RequirementView("consulted", "sales-operations (consulted) has not answered", False, who=("sales-ops",), due=NOW),
    RequirementView("targets", "W09 routing_speed: the target 40 stays; on the new basis 35", False, who=("crm-lead",)),
    RequirementView("effect", "approved", True, met_by=("ops-lead",)),
)


def change(state: str = "in_review", **more: object) -> ChangeView:
    """Return a change of one definition."""
    step = VersionStep("1.2.0", "2.0.0")
    one = ChangedDefinition("metric:routing_speed", "metrics/a/routing_speed.yaml", ChangeClass.BREAKING, version=step)
    known = {"definitions": (one,), "requirements": REQUIREMENTS, "intent": "redefinition", "treatment": "restate"}
    return ChangeView(
        "01J9ZQ4N8T6V3W2X1Y0RK7M2P1", "chg-k7m2p1", state, "ops-lead", "why not", 2, 1, NOW, **(known | more)
    )  # type: ignore[arg-type]


def shown(lines: list[Line]) -> list[str]:
    """Return lines as a reader sees them."""
    return [one.text.plain.rstrip() for one in lines]


SHORT = {
    "approval_accountable": "your approval: a, by 18 Jun",
    "approval_council": "approval of one of the council",
    "consulted": "sales-operations answers, by 18 Jun",
    "targets": "W09 routing_speed: W accepts, e mends",
}


@pytest.mark.parametrize("one", REQUIREMENTS[:4], ids=lambda one: one.code)
def test_requirements_in_short_name_their_person_and_key(one: RequirementView) -> None:
    assert words.short(one, "crm-lead") == SHORT[one.code]


def test_what_is_missing_fits_two_rows_and_says_where_the_rest_is() -> None:
    lines = shown(review.missing_short(change(), 79, UNICODE, "crm-lead", 2))
    assert len(lines) == 2
    assert lines[0].startswith("□ your approval: a") and lines[1].endswith("2 more: Tab lists them")


def test_the_brief_line_says_all_of_it_as_far_as_it_fits() -> None:
    line = review.missing_rule(change(), 79, UNICODE, "crm-lead", brief=True).plain
    assert line.startswith("── Missing 4 of 5: your approval: a") and len(line) == 79


def test_of_a_change_that_is_over_the_line_says_its_state() -> None:
    done = change(state="applied", requirements=())
    assert "This change is applied" in review.missing_rule(done, 79, UNICODE, "crm-lead", brief=True).plain


def test_the_head_says_class_revision_day_and_time_left() -> None:
    runs = review.state_runs(change(effective_from="2026-07-01"), UNICODE, "2026-06-18T04:00:00Z")
    assert "".join(text for text, _ in runs) == "BREAKING · revision 2 · from 1 Jul 2026 · 5 h left"


def test_in_a_narrow_row_the_first_day_gives_way_to_the_time_left() -> None:
    view = change("changes_requested", effective_from="2026-07-01")
    runs = review.state_runs(view, UNICODE, "2026-06-18T04:00:00Z", 60)
    assert "".join(text for text, _ in runs) == "BREAKING · changes requested · revision 2 · 5 h left"


def test_late_is_said_and_marked() -> None:
    assert review.due_run(change(), "2026-06-19T10:00:00Z") == ("1 d late", "late")


def test_impact_is_grouped_with_owners() -> None:
    rows = (
        ImpactRow("metric:lead_quality", "computed", 1, "head-of-marketing"),
        ImpactRow("scorecard:crm", "uses", 2, "crm-lead", via="metric:lead_quality"),
        ImpactRow("Board report", "report", 2, "finance-lead"),
    )
    lines = shown(review.impact_lines((("metric:routing_speed", rows),), 79, UNICODE))
    assert lines[0] == "computed from it: 1"
    assert lines[1].startswith("  lead_quality") and lines[1].endswith("head-of-marketing")
    assert "  scorecard:crm  through lead_quality" in lines[3]
    assert lines[5].startswith("  report Board report")


def test_nothing_reached_is_said() -> None:
    assert shown(review.impact_lines((("metric:a", ()),), 79, UNICODE)) == [words.NO_IMPACT]


def test_open_threads_come_first_and_yours_are_yours() -> None:
    said = (RemarkView("crm-lead", "why?", NOW),)
    threads = (ThreadView("t1", True, said), ThreadView("t2", False, said, "metrics/a/routing_speed.yaml", "unit"))
    lines = shown(review.talk_lines(threads, 79, UNICODE, "crm-lead"))
    assert lines[0].startswith('" routing_speed  unit') and lines[0].endswith("open")
    assert lines[1] == "  you, 18 Jun: why?"
    assert lines[3].startswith('" the change') and lines[3].endswith("settled")


STORY = (
    StoryLine(
        "2026-06-16T09:00:00Z", "ops-lead", "submitted revision 1", seq=3, needs=(StoryNeed("crm-lead must approve"),)
    ),
    StoryLine("2026-06-18T09:00:00Z", "crm-lead", "approved revision 1", "fine", seq=5),
)


def test_the_story_goes_by_days_and_marks_what_is_new() -> None:
    lines = shown(review.story_lines(STORY, 79, seen=3))
    assert lines[0] == "16 Jun 2026"
    assert lines[1] == "09:00  ops-lead submitted revision 1."
    assert lines[2] == "       needs  crm-lead must approve"
    assert lines[5].endswith("new") and lines[6] == '       "fine"'


def test_since_you_last_looked_is_only_what_came_after() -> None:
    assert shown(review.since_lines(STORY, 3, 40)) == ["crm-lead approved revision 1"]
    assert review.since_lines(STORY, 0, 40) == []


def test_evidence_stands_in_reading_order() -> None:
    lines = shown(review.evidence_lines(change(), [Line(Text("ratio 0.9"))], (), [], 46, UNICODE, "crm-lead"))
    order = [lines.index(title) for title in ("FINDINGS 0", "EFFECT, revision 2", "MISSING 4 OF 5", "IMPACT")]
    assert order == sorted(order)


@pytest.mark.parametrize("look", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("width", [60, 79, 139], ids=str)
def test_no_line_is_wider_than_its_panel(width: int, look: object) -> None:
    view = change(threads=(ThreadView("t", False, (RemarkView("crm-lead", "word " * 40, NOW),)),))
    lines = [
        *review.why_lines(view, width, look),  # type: ignore[arg-type]
        *review.missing_lines(view, width, look),  # type: ignore[arg-type]
        *review.talk_lines(view.threads, width, look, "x"),  # type: ignore[arg-type]
        *review.story_lines(STORY, width, 0),
        *review.missing_short(view, width, look, "crm-lead", 2),  # type: ignore[arg-type]
    ]
    assert max(one.text.cell_len for one in lines) <= width


READ = {
    "some": ((2, 5), "5 findings to read, 2 read. n goes to the next."),
    "all": ((5, 5), "All 5 findings are read."),
    "one": ((1, 1), "The finding is read."),
    "none": ((0, 0), "No finding to read: nothing says anything else than before."),
}


@pytest.mark.parametrize(("counts", "said"), READ.values(), ids=READ)
def test_how_much_was_read(counts: tuple[int, int], said: str) -> None:
    assert words.read(*counts) == said


def test_a_list_says_what_is_missing_without_keys_that_do_not_work_there() -> None:
    """The inbox and the review say the same; only the review can be answered by a key."""
    with_keys = [words.short(one, "crm-lead") for one in REQUIREMENTS[:4]]
    without = [words.short(one, "crm-lead", keyed=False) for one in REQUIREMENTS[:4]]
    assert without == ["your approval, by 18 Jun", *with_keys[1:3], "W09 routing_speed"]
