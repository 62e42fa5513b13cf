"""The form, the questions and the header of the Edit screen as lines, at any width."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metricgov.domain.draft_views import Advised, Answers, FormRow, Mark, Opened, Question, Weighed, Writing
from metricgov.domain.verdict import Unmet, VersionStep
from metricgov_tui import words_edit as words
from metricgov_tui.lines import Line
from metricgov_tui.look import ASCII, UNICODE
from metricgov_tui.panels import edit as panels

ROWS = (
    FormRow("title", "title", 0, "text", "Routing speed", True, True, line=3, column=1),
    FormRow("known_limits", "known_limits", 0, "text"),
    FormRow("calculation", "calculation", 0, "block", "", True, True, line=5, column=1),
    FormRow("calculation.source", "source", 1, "text", "crm_leads", True, refers="source", line=6, column=3),
    FormRow("calculation.window", "window", 1, "text"),
    FormRow("used_in", "used_in", 0, "items", "", True, line=7, column=1),
    FormRow("used_in[Board v1.2]", "Board v1.2", 1, "block", "", True, line=8, column=5),
    FormRow("used_in[Board v1.2].kind", "kind", 2, "choice", "", False, True),
)
OPENED = Opened(Writing("metric:x", "01J"), (), Answers(), "metric:x")
OWED = tuple(Unmet(code, code) for code in ("why", "intent", "treatment", "effective_date", "stale_text"))
BREAKING = Weighed(
    "breaking",
    steps={"metric:x": VersionStep("1.2.0", "1.2.0", "2.0.0")},
    needed=(
        Unmet("approval_accountable", "crm-lead has to approve", ("crm-lead",)),
        Unmet("approval_council", "1 of the council has to approve", ("a", "b")),
        Unmet("effect", "the effect was not looked at"),
    ),
    asked=(Question("sales", ("metric:x", "metric:y"), ("sales-lead",), "2026-06-20T23:59:59Z"),),
    foreseen=True,
    you_wrote=True,
    owed=OWED,
    moves_numbers=True,
    treatments=("restate", "break"),
    advice=(Advised("", "restate", "raw data reach back", 6, "2026-06-18"),),
    stale=("metric:x",),
    day="2026-07-01",
)


def plain(lines: list[Line]) -> list[str]:
    return [one.text.plain for one in lines]


def test_a_form_folds_what_is_not_there_and_names_it() -> None:
    shown = plain(panels.form_lines(panels.Sheet(ROWS, settled=True), 40, UNICODE))
    assert shown == [
        "Title        Routing speed",
        "▾ Calculation",
        "  source     crm_leads ✓",
        "  + 1 more: window",
        "▾ Used in",
        "  ▾ Board v1.2",
        "    kind     missing",
        "  + one more",
        "+ 1 more: known_limits",
    ]
    opened = plain(panels.form_lines(panels.Sheet(ROWS, unfolded=frozenset({"calculation"})), 40, UNICODE))
    assert "  window     –" in opened


@pytest.mark.parametrize("width", [12, 20, 40, 60, 120])
@pytest.mark.parametrize("look", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_lines_fit_the_width_and_keys_are_one_of_a_kind(width: int, look: object) -> None:
    assert look in (UNICODE, ASCII)
    marks = (Mark("X", "is wrong in some way that takes a while to say", "do it so", "", 3, 1, "title"),)
    chosen = UNICODE if look is UNICODE else ASCII
    lines = panels.form_lines(panels.Sheet(ROWS, marks), width, chosen)
    keys = [one.key for one in lines if one.key]
    assert len(keys) == len(set(keys))
    if width >= 40:
        assert max(one.text.cell_len for one in lines) <= width


def test_a_mark_stands_below_its_field_or_the_nearest_that_is_there() -> None:
    far = Mark("X", "has no value", "", "", 8, 1, "used_in[Board v1.2].kind.deeper")
    lines = panels.form_lines(panels.Sheet(ROWS, (far,)), 60, UNICODE)
    place = next(index for index, one in enumerate(lines) if "has no value" in one.text.plain)
    assert lines[place - 1].key == "used_in[Board v1.2].kind"
    assert lines[place].under


@pytest.mark.parametrize(
    ("path", "parent"),
    [("a", ""), ("a.b", "a"), ("a[x.y]", "a"), ("a[x.y].b", "a[x.y]"), ("a.b[0].c[d.e]", "a.b[0].c")],
)
def test_the_block_around_a_field(path: str, parent: str) -> None:
    assert panels.parent_of(path) == parent


def test_what_cannot_be_read_shows_the_line_first_and_the_last_good_form() -> None:
    marks = (Mark("yaml_syntax", "a key without a colon", "write key: value", "", 12, 1),)
    shown = plain(panels.form_lines(panels.Sheet(ROWS, marks, stale=True), 60, UNICODE))
    assert shown[0] == " ✗ line 12: a key without a colon (write key: value)"
    assert "Title               Routing speed" in shown
    assert plain(panels.form_lines(panels.Sheet(unread=True), 60, UNICODE)) == [" …"]


def test_a_text_of_no_kind_says_so_where_the_form_would_be() -> None:
    marks = (Mark("KIND_UNKNOWN", "says no kind", "begin the file with kind: metric", "", 1, 1),)
    assert plain(panels.form_lines(panels.Sheet(marks=marks), 70, UNICODE)) == [
        " ✗ line 1: says no kind (begin the file with kind: metric)"
    ]
    assert "written as text" in plain(panels.form_lines(panels.Sheet(), 70, UNICODE))[0], "as governance is"


def test_the_questions_are_those_that_the_class_needs() -> None:
    shown = plain(panels.question_lines(BREAKING, Answers(), OPENED, 80, UNICODE, me="ops"))
    assert shown == [
        "Why?         –",
        "Old number   ( ) was wrong  ( ) new meaning  ( ) source changed  ( ) no effect",
        "History      ( ) restate (advised)  ( ) break",
        "From when?   – (2026-06-18, advised)",
        "Description  ( ) it still holds",
        "Will have to agree   crm-lead · one of the council    (not you: you wrote it)",
        "Will be asked        sales (y)",
    ]
    editorial = Weighed("editorial", foreseen=True, owed=OWED[:1])
    assert plain(panels.question_lines(editorial, Answers(), OPENED, 80, UNICODE, me="ops")) == [
        "Why?         –",
        "Will have to agree   nobody else",
    ]


def test_the_advised_day_follows_what_is_done_about_history() -> None:
    assert panels.day_for(BREAKING, Answers()) == "2026-06-18"
    assert panels.day_for(BREAKING, Answers(treatment="break")) == "2026-07-01"


def test_the_header_says_class_and_version_step() -> None:
    said = panels.headline(BREAKING, OPENED, checking=False, look=UNICODE).plain
    assert said.startswith("BREAKING   1.2.0 → 2.0.0")
    assert panels.headline(Weighed(), OPENED, checking=False, look=UNICODE).plain == "nothing differs from main"


def test_words_of_the_confirmation_name_everybody_and_what_can_undo_it() -> None:
    assert words.submit(BREAKING, OPENED) == (
        "Submit? crm-lead and one of the council are asked to decide, sales to answer by 20 Jun 2026; you can revise "
        "or withdraw it."
    )
    theirs = replace(OPENED, of="ann", writing=replace(OPENED.writing, revises=True))
    assert words.submit(BREAKING, theirs).endswith("You revise ann's change, so you cannot approve it.")
    assert words.refused(replace(BREAKING, owed=OWED[:1])) == (
        "Not submitted. 1 is missing: from you why. Enter answers the first."
    )


@pytest.mark.parametrize(
    ("sent", "remote", "said"),
    [
        (True, True, "Submitted as chg-7f3kq2 and sent. Enter"),
        (False, True, "Submitted as chg-7f3kq2, not yet sent. Enter"),
        (True, False, "Submitted as chg-7f3kq2. Enter"),
        (False, False, "Submitted as chg-7f3kq2. Enter"),
    ],
    ids=["sent", "kept", "this clone only", "nowhere to send"],
)
def test_what_was_submitted_is_said_to_be_sent_only_where_others_can_see_it(
    sent: bool, remote: bool, said: str
) -> None:
    """A registry in one clone has nowhere to send anything."""
    assert words.submitted("chg-7f3kq2", 1, sent=sent, remote=remote).startswith(said)
