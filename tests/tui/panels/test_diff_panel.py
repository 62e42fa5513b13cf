"""The diff of a change as lines: what is said, in which order, and where the cursor stops."""

from __future__ import annotations

import pytest

from metricgov.domain.changes.file_rows import Form, FormEdit, rows
from metricgov.domain.changes.findings import ChangeClass, Finding, Flag
from metricgov.domain.changes.marks import word_marks
from metricgov.domain.changes.sql_marks import sql_marks
from metricgov.domain.edited_views import EditedDefinition, FieldEdit, How
from metricgov.domain.verdict import VersionStep
from metricgov.domain.views import ChangedDefinition, ChangeView, RemarkView, ThreadView
from metricgov_tui.lines import Line
from metricgov_tui.look import ASCII, UNICODE
from metricgov_tui.panels.diff import Shown, diff_lines, finding_at, finding_key, to_read

METRIC, PATH = "metric:routing_speed", "metrics/crm_handoff/routing_speed.yaml"
WIDTH = 79


def finding(
    field: str, before: str | None, after: str | None, change_class: ChangeClass, rule: str = "RULE"
) -> Finding:
    """Return a finding about a field."""
    return Finding(
        rule, METRIC, PATH, field, before, after, change_class, frozenset(), f"{field} edited", "It counts others."
    )


WINDOW = finding("calculation.where", "a < INTERVAL '30' DAY", "a < INTERVAL '14' DAY", ChangeClass.BREAKING)
WORDS = finding("description", "known within 30 days", "known within 14 days", ChangeClass.EDITORIAL)
TARGET = finding("kpi.target.value", "40", "35", ChangeClass.EDITORIAL)
SPELLING = finding("deduplicate", "a AND b", "b and a", ChangeClass.IDENTICAL)
VERSION = finding("version", "1.0.0", "2.0.0", ChangeClass.EDITORIAL, "VERSION_WRITTEN")
BEFORE = tuple(f"line {number}" for number in range(30))
AFTER = (*BEFORE[:9], "line nine", *BEFORE[10:])


def edit(one: Finding, *, sql: bool = False, how: How = How.CHANGED) -> FieldEdit:
    """Return the texts of a finding."""
    before, after = str(one.before or ""), str(one.after or "")
    marks = sql_marks(before, after, "duckdb") if sql else word_marks(before, after)
    return FieldEdit(one, how, before, after, marks, sql)


EDITED = EditedDefinition(
    definition=METRIC,
    path=PATH,
    fields=(edit(WINDOW, sql=True), edit(WORDS), edit(TARGET), edit(SPELLING, sql=True, how=How.RESPELLED)),
    follows=(VERSION,),
    form=(FormEdit("dimensions", Form.MOVED),),
    before=BEFORE,
    after=AFTER,
    rows=rows(BEFORE, AFTER),
)


def change(*threads: ThreadView) -> ChangeView:
    """Return a change with everything above."""
    found = (WINDOW, WORDS, TARGET, SPELLING, VERSION)
    step = VersionStep("1.0.0", "2.0.0")
    definition = ChangedDefinition(METRIC, PATH, ChangeClass.BREAKING, frozenset({Flag.NOTIFY}), step, found)
    return ChangeView(
        "01J9ZQ4N8T6V3W2X1Y0RK7M2P1", "chg-k7m2p1", "in_review", "ops-lead", "why", 2, 1, "2026-06-18T09:00:00Z",
        definitions=(definition,), threads=threads,
    )  # fmt: skip


def shown(lines: list[Line]) -> list[str]:
    """Return lines as a reader sees them."""
    return [one.text.plain.rstrip() for one in lines]


def test_every_finding_has_its_line_class_texts_and_reason() -> None:
    lines = shown(diff_lines(change(), [EDITED], WIDTH, UNICODE))
    head = next(place for place, line in enumerate(lines) if "calculation.where" in line)
    assert lines[head].startswith("≠ calculation.where") and lines[head].endswith("BREAKING")
    assert lines[head + 1] == "  - a < INTERVAL '[30]' DAY"
    assert lines[head + 2] == "  + a < INTERVAL '[14]' DAY"
    assert lines[head + 3] == "    It counts others."
    assert "  known within [30 → 14] days" in lines


def test_short_values_stand_beside_their_field() -> None:
    assert any("~ kpi.target.value  40 → 35" in line for line in shown(diff_lines(change(), [EDITED], WIDTH, UNICODE)))


def test_what_means_the_same_is_one_line_until_it_is_unfolded() -> None:
    folded = shown(diff_lines(change(), [EDITED], WIDTH, UNICODE))
    (line,) = (line for line in folded if line.startswith("= 2 more"))
    assert line.endswith("identical") and "dimensions moved" in " ".join(folded)
    opened = shown(diff_lines(change(), [EDITED], WIDTH, UNICODE, Shown(unfolded=True)))
    assert any(line.startswith("= deduplicate") for line in opened)
    assert any(line.startswith("> dimensions  moved") for line in opened)


def test_the_rest_of_the_file_is_counted_and_then_shown_line_by_line() -> None:
    folded = shown(diff_lines(change(), [EDITED], WIDTH, UNICODE))
    assert any("The rest of the file is unchanged: 29 lines" in line for line in folded)
    opened = shown(diff_lines(change(), [EDITED], WIDTH, UNICODE, Shown(unfolded=True)))
    assert "10 - line 9" in opened and "10 + line nine" in opened and " 1   line 0" in opened


def test_side_by_side_puts_both_texts_in_one_row() -> None:
    lines = shown(diff_lines(change(), [EDITED], 100, UNICODE, Shown(split=True)))
    assert any("INTERVAL '[30]' DAY" in line and "│" in line and "INTERVAL '[14]' DAY" in line for line in lines)
    assert any("before  1.0.0" in line and "after  2.0.0" in line for line in lines)


def test_a_panel_that_is_too_narrow_stays_inline() -> None:
    assert not any("│" in line for line in shown(diff_lines(change(), [EDITED], WIDTH, UNICODE, Shown(split=True))))


def test_open_talk_stands_below_its_field_and_settled_talk_does_not() -> None:
    said = (RemarkView("sales-operations", "calendar days?", "2026-06-16T10:00:00Z"),)
    more = (*said, RemarkView("ops-lead", "calendar days", "2026-06-16T11:00:00Z"))
    open_one = ThreadView("t1", False, more, PATH, "calculation.where")
    settled = ThreadView("t2", True, said, PATH, "description")
    lines = shown(diff_lines(change(open_one, settled), [EDITED], WIDTH, UNICODE))
    assert '  " sales-operations: calendar days?  (1 reply, open)' in lines
    assert sum("calendar days?" in line for line in lines) == 1


def test_reasons_carry_their_rule_where_there_is_room() -> None:
    lines = shown(diff_lines(change(), [EDITED], 100, UNICODE, Shown(wordy=True)))
    assert any("It counts others." in line and line.endswith("RULE") for line in lines)


def test_the_cursor_stops_at_findings_and_knows_them_again() -> None:
    lines = diff_lines(change(), [EDITED], WIDTH, UNICODE)
    stops = [one.key for one in lines if one.key]
    assert stops[:3] == [finding_key(WINDOW), finding_key(WORDS), finding_key(TARGET)]
    assert len(set(stops)) == len(stops)
    assert finding_at(change(), stops[0]) == WINDOW
    assert finding_at(change(), "file x") is None


def test_only_findings_that_say_something_are_to_be_read() -> None:
    assert to_read(change()) == (finding_key(WINDOW), finding_key(WORDS), finding_key(TARGET))


def test_a_line_under_the_cursor_is_a_sentence() -> None:
    (spoken,) = (one.says for one in diff_lines(change(), [EDITED], WIDTH, UNICODE) if one.key == finding_key(WINDOW))
    assert spoken.startswith("calculation where, breaking, was a < INTERVAL '30' DAY, is now")


def test_a_long_text_can_be_walked_line_by_line() -> None:
    before = "\n".join(f"SELECT {number}" for number in range(60))
    after = "\n".join(f"SELECT {number + 100}" for number in range(60))
    long = finding("(text)", before, after, ChangeClass.UNKNOWN)
    one = EditedDefinition(
        METRIC, PATH, fields=(FieldEdit(long, How.CHANGED, before, after, word_marks(before, after)),)
    )
    stops = [each.key for each in diff_lines(change(), [one], WIDTH, UNICODE) if each.key]
    assert len(stops) > 60


def test_a_new_definition_shows_its_file() -> None:
    whole = finding("", None, None, ChangeClass.COMPATIBLE)
    one = EditedDefinition(METRIC, PATH, fields=(FieldEdit(whole, How.WHOLE),), after=AFTER, rows=rows((), AFTER))
    lines = shown(diff_lines(change(), [one], WIDTH, UNICODE))
    assert any("the whole definition" in line for line in lines)
    assert "10 + line nine" in lines


@pytest.mark.parametrize("width", [40, 79, 84, 139], ids=str)
@pytest.mark.parametrize("unfolded", [False, True], ids=["folded", "unfolded"])
def test_no_line_is_wider_than_its_panel(width: int, unfolded: bool) -> None:
    lines = diff_lines(change(), [EDITED], width, UNICODE, Shown(split=True, unfolded=unfolded, wordy=True))
    assert max(one.text.cell_len for one in lines) <= width


def test_ascii_is_all_that_a_plain_terminal_gets() -> None:
    lines = diff_lines(change(), [EDITED], 100, ASCII, Shown(split=True, unfolded=True, wordy=True))
    assert all(line.isascii() for line in shown(lines))
