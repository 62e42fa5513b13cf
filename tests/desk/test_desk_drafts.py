"""Drafts at the desk: begun, typed into, weighed as typed, kept for whoever comes back, submitted once."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from desk.starter_world import desk_of, make_starter
from metricgov.desk.beginning import Beginning
from metricgov.desk.session import Session
from metricgov.desk.windows import window_here
from metricgov.domain.draft_views import Answers, DraftFile, FormRow, Opened
from metricgov.domain.errors import BadInput, InvalidFiles, MetricgovError, Refused, Undecidable
from metricgov.domain.workflow.requirements import RefusedUnmet

RATE = "metric:sales_accepted_lead_rate"
SPEED = "metric:routing_speed"
HERE = window_here()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("desk") / "registry"
    make_starter(root)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "registry", symlinks=True))


def typed(opened: Opened, old: str, new: str) -> tuple[DraftFile, ...]:
    """Return the files of a draft with one text in place of another."""
    first = opened.files[0]
    assert first.text is not None
    assert old.encode() in first.text
    return (replace(first, text=first.text.replace(old.encode(), new.encode())), *opened.files[1:])


def shorter(opened: Opened) -> tuple[DraftFile, ...]:
    return typed(opened, "created_at + INTERVAL '30' DAY", "created_at + INTERVAL '14' DAY")


def row(rows: tuple[FormRow, ...], path: str) -> FormRow:
    return next(one for one in rows if one.path == path)


def test_a_definition_is_opened_as_it_is_on_main(root: Path) -> None:
    opened = desk_of(root).open_draft(RATE, HERE)
    assert (opened.definition, opened.kept, opened.held, opened.label) == (RATE, "", "", "")
    assert opened.files[0].text == opened.files[0].base
    assert opened.answers == Answers()
    assert pickle.loads(pickle.dumps(opened)) == opened


def test_what_an_edit_means_is_known_before_it_is_submitted(root: Path) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    found = desk.weigh(opened.writing, shorter(opened), Answers())
    assert (found.change_class, found.steps[RATE].required) == ("breaking", "2.0.0")
    assert {one.field for one in found.findings} == {"calculation.numerator.where", "description"}
    assert {one.definition for one in found.affected} >= {"metric:lead_quality_trend"}
    assert {one.code for one in found.owed} == {"why", "intent", "treatment", "effective_date", "stale_text"}
    assert {one.code for one in found.needed} >= {"approval_accountable", "approval_council"}
    assert found.asked[0].principal == "sales-operations"
    assert found.foreseen
    assert not found.you_wrote
    advised = found.advised("redefinition")
    assert advised is not None
    assert (advised.treatment, bool(advised.reason), len(advised.day)) == ("restate", True, 10)
    assert [(one.code, one.field, one.line, one.grave) for one in found.marks] == [
        ("stale_text", "description", 7, False)
    ]
    assert pickle.loads(pickle.dumps(found)) == found


def test_who_would_have_decided_is_told_that_writing_costs_it(root: Path) -> None:
    desk = desk_of(root, "crm-lead")
    opened = desk.open_draft(RATE, HERE)
    found = desk.weigh(opened.writing, shorter(opened), Answers(why="x"))
    assert found.you_wrote
    assert all("crm-lead" not in one.who for one in found.needed)


def test_nothing_typed_means_nothing(root: Path) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    assert desk.weigh(opened.writing, opened.files, Answers()).change_class == ""
    with pytest.raises(BadInput) as refused:
        desk.submit_draft(opened.writing, HERE, opened.files, Answers(why="x"))
    assert refused.value.code == "nothing_edited"


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        pytest.param("direction: up", "directon: up", "FIELD_UNKNOWN", 14, id="a key that is no field"),
        pytest.param("category: quality", "category: [quality", "yaml_syntax", None, id="a bracket that stays open"),
        pytest.param("category: quality", "category: quantity", "VALUE_INVALID", 11, id="a value that is no choice"),
        pytest.param("INTERVAL '30' DAY\n    agg", "INTERVAL '30\n    agg", "SQL_UNREADABLE", 23, id="broken SQL"),
        pytest.param("title: Sales", "title: a: Sales", "yaml_syntax", 3, id="a second colon"),
    ],
)
def test_what_is_wrong_is_shown_at_its_line_with_the_next_step(
    root: Path, old: str, new: str, code: str, line: int | None
) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    files = typed(opened, old, new)
    assert files[0].text is not None
    read = desk.read_text(files[0].path, files[0].text)
    found = next(one for one in read.marks if one.code == code)
    assert line is None or found.line == line, found
    assert found.grave
    assert desk.weigh(opened.writing, files, Answers()).marks, "and it cannot be weighed"


def test_what_is_wrong_between_definitions_is_shown_at_its_line(root: Path) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    files = typed(opened, "source: crm_leads", "source: crm_leds")
    assert not [one for one in desk.read_text(files[0].path, files[0].text or b"").marks if one.grave]
    found = desk.weigh(opened.writing, files, Answers()).marks[0]
    assert (found.field, found.line) == ("calculation.source", 18)
    assert "crm_leads" in found.hint


def test_the_form_is_the_schema_beside_the_file(root: Path) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    text = opened.files[0].text or b""
    read = desk.read_text(opened.files[0].path, text)
    assert read.readable
    rows = read.rows
    assert len({one.path for one in rows}) == len(rows)
    where = row(rows, "calculation.numerator.where")
    assert (where.takes, where.depth, where.stands, where.line, where.required) == ("text", 2, True, 23, False)
    assert where.value == "sales_accepted_at <= created_at + INTERVAL '30' DAY"
    assert row(rows, "category").choices == ("output", "quality", "speed", "learning")
    assert row(rows, "calculation.type").choices[:2] == ("simple", "ratio")
    assert row(rows, "kpi.target.value").takes == "number"
    assert row(rows, "dimensions").value == "channel, country"
    assert row(rows, "used_in[Lead quality by channel].owner").value == "analytics-lead"
    assert (row(rows, "calculation.scale").default, row(rows, "retirement").stands) == ("1", False)
    assert "calculation.window" not in {one.path for one in rows}, "no field of another type of calculation"
    lines = text.decode().splitlines()
    assert all(one.label in lines[one.line - 1] for one in rows if one.stands and "[" not in one.path)


@pytest.mark.parametrize(
    ("field", "words", "before", "after"),
    [
        pytest.param("title", "Accepted: yes", "title: Sales-accepted lead rate", "title: 'Accepted: yes'", id="words"),
        pytest.param("kpi.target.value", "35.5", "{value: 40, by", "{value: 35.5, by", id="number in a flow mapping"),
        pytest.param("dimensions", "channel", "[channel, country]", "[channel]", id="list"),
        pytest.param("exclusions", "", "exclusions: Test leads and partner leads.\n", "", id="nothing takes it away"),
        pytest.param("calculation.window", "3 days", "", "", id="no field of this type"),
        pytest.param("review.every", "month", "{every: quarter}", "{every: month}", id="choice"),
    ],
)
def test_a_field_that_is_typed_changes_only_its_lines(
    root: Path, field: str, words: str, before: str, after: str
) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    path, text = (
        opened.files[0].path,
        (opened.files[0].text or b"").replace(b"unit: percent", b"unit: percent  # of all"),
    )
    if not before:
        with pytest.raises(BadInput, match="not a field"):
            desk.with_value(path, text, field, words)
        return
    assert desk.with_value(path, text, field, words) == text.replace(before.encode(), after.encode())


def test_words_that_are_no_number_are_refused_in_words(root: Path) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    path, text = opened.files[0].path, opened.files[0].text or b""
    for bad in ("forty", "nan", "1_0"):
        with pytest.raises(BadInput, match="no number"):
            desk.with_value(path, text, "kpi.target.value", bad)
    with pytest.raises(InvalidFiles):
        desk.with_value(path, text + b"x: [", "title", "New")


def test_a_block_that_is_added_begins_with_what_it_needs(root: Path) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(SPEED, HERE)
    path, text = opened.files[0].path, opened.files[0].text or b""
    added = desk.with_value(path, text, "used_in[+]", "")
    read = desk.read_text(path, added)
    assert read.readable
    assert any(one.path.startswith("used_in[") and one.label == "kind" for one in read.rows)


def test_what_is_kept_is_there_for_the_next_window_and_the_command_line(root: Path) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    files = shorter(opened)
    desk.keep_draft(opened.writing, HERE, files, Answers(why="sooner", intent="redefinition"))
    again = desk_of(root).open_draft(RATE, HERE)
    assert again.files == files
    assert again.kept
    assert (again.answers.why, again.answers.intent) == ("sooner", "redefinition")
    from metricgov.desk.drafts import draft_of_definition

    session = desk.session()
    kept = draft_of_definition(session, session.path_of(RATE)).find()
    assert kept is not None
    assert kept.files[0].text == files[0].text
    assert desk_of(root).open_draft(RATE, HERE, anew=True).files == opened.files
    assert list((root / ".git/metricgov/drafts").glob("*.[0-9]*")), "the old one is put aside, not deleted"


def test_an_answer_that_is_taken_back_stays_taken_back(root: Path) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    desk.keep_draft(opened.writing, HERE, shorter(opened), Answers(why="sooner", intent="defect"))
    desk.keep_draft(opened.writing, HERE, shorter(opened), Answers(why="", intent=""))
    assert desk.open_draft(RATE, HERE).answers == Answers()


def test_a_draft_that_nobody_typed_into_leaves_nothing(root: Path) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    desk.close_draft(opened.writing, HERE)
    assert [one for one in (root / ".git/metricgov/drafts").rglob("*") if one.is_file()] == []


def test_a_discarded_draft_begins_again_from_main(root: Path) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    desk.keep_draft(opened.writing, HERE, shorter(opened), Answers())
    desk.close_draft(opened.writing, HERE, discard=True)
    assert desk.open_draft(RATE, HERE).files == opened.files


def test_two_windows_do_not_write_in_one_draft(root: Path) -> None:
    first, second = desk_of(root), desk_of(root)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        there = _window_of(other.pid)
        opened = first.open_draft(RATE, there)
        first.keep_draft(opened.writing, there, shorter(opened), Answers())
        reading = second.open_draft(RATE, HERE)
        assert f"process {other.pid}" in reading.held
        assert reading.files == shorter(opened), "it can be read"
        with pytest.raises(Refused, match="writes in this draft now"):
            second.keep_draft(reading.writing, HERE, opened.files, Answers())
        taken = second.open_draft(RATE, HERE, take=True)
        assert taken.held == ""
        with pytest.raises(Refused) as refused:
            first.keep_draft(opened.writing, there, opened.files, Answers())
        assert refused.value.code == "draft_taken"
        second.close_draft(taken.writing, HERE)
        first.open_draft(RATE, there)
        other.communicate(b"\n")
    assert second.open_draft(RATE, HERE).held == "", "a window that died holds nothing"


def test_a_process_with_the_number_of_a_dead_one_is_not_that_window(root: Path) -> None:
    desk = desk_of(root)
    host, number, start = HERE.split(":")
    desk.open_draft(RATE, f"{host}:{number}:{int(start or 1) - 1}")
    assert desk.open_draft(RATE, HERE).held == ""


def test_everything_missing_is_said_at_once_and_nothing_is_recorded(root: Path) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    before = desk.session().workspace.journal.head().seq
    with pytest.raises(RefusedUnmet) as refused:
        desk.submit_draft(opened.writing, HERE, shorter(opened), Answers())
    assert {one.code for one in refused.value.unmet} == {
        "why",
        "intent",
        "treatment",
        "effective_date",
        "stale_text",
    }
    assert desk.session().workspace.journal.head().seq == before
    assert desk.open_draft(RATE, HERE).writing.key == opened.writing.key


def submitted(root: Path, person: str = "ops-lead") -> str:
    desk = desk_of(root, person)
    opened = desk.open_draft(RATE, HERE)
    files = typed(replace(opened, files=shorter(opened)), "within 30 days", "within 14 days")
    answers = Answers("sooner", "redefinition", "restate", "2031-07-01")
    desk.keep_draft(opened.writing, HERE, files, answers)
    done = desk.submit_draft(opened.writing, HERE, files, answers)
    assert (done.stage, done.revision, done.sent) == ("in_review", 1, True)
    assert desk.session().workspace.drafts.find(RATE) is None
    return done.label


def test_a_draft_is_submitted_once_and_then_revised(root: Path) -> None:
    label = submitted(root)
    desk = desk_of(root)
    again = desk.open_draft(RATE, HERE)
    assert (again.label, again.of, again.writing.revises) == (label, "", True), "mine is revised, not doubled"
    assert b"version: 2.0.0" in (again.files[0].text or b"")
    assert again.answers == Answers("sooner", "redefinition", "restate", "2031-07-01")
    done = desk.submit_draft(again.writing, HERE, typed(again, "'14'", "'21'"), again.answers)
    assert (done.label, done.revision) == (label, 2)


def test_revising_somebody_elses_change_says_whose_it_is(root: Path) -> None:
    label = submitted(root)
    desk = desk_of(root, "crm-deputy")
    opened = desk.open_draft(f"change:{label}", HERE)
    assert (opened.of, opened.label) == ("ops-lead", label)
    assert [one.label for one in desk.open_draft(RATE, HERE).others] == [label]


def test_a_request_is_answered_by_the_edit_of_what_it_asks_about(root: Path) -> None:
    asked = desk_of(root, "finance-lead").request_change("routing_speed", "we route on Saturdays")
    assert asked.stage == "requested"
    desk = desk_of(root)
    opened = desk.open_draft(f"change:{asked.label}", HERE)
    assert (opened.answers_request, opened.writing.change) == (asked.label, asked.change)
    assert opened.answers.requested_by == "finance-lead"
    answers = replace(opened.answers, why="as asked")
    done = desk.submit_draft(opened.writing, HERE, typed(opened, "title: ", "title: New "), answers)
    assert (done.change, done.stage) == (asked.change, "in_review")
    with pytest.raises(BadInput):
        desk.request_change("routing_speed", " ")


def test_a_new_definition_begins_from_the_template_of_its_type(root: Path) -> None:
    desk = desk_of(root)
    choices = desk.choices()
    assert list(choices.calculations) == ["simple", "ratio", "derived", "cumulative", "conversion", "sql"]
    assert "crm_handoff" in choices.domains
    wanted = Beginning("metric", "reply_share", "crm_handoff", "ratio", "crm_leads")
    opened = desk.begin_draft(wanted, HERE)
    text = opened.files[0].text or b""
    assert opened.files[0].base is None
    assert {one.code for one in desk.read_text(opened.files[0].path, text).marks} == {"NOT_FILLED_IN"}
    files = (replace(opened.files[0], text=text.replace(b"where: fill_in", b"where: is_test")),)
    desk.keep_draft(opened.writing, HERE, files, Answers(why="new"))
    assert desk_of(root).open_draft("metric:reply_share", HERE).files == files, "found though main lacks it"
    with pytest.raises(Refused):
        desk.begin_draft(Beginning("metric", "routing_speed", "crm_handoff"), HERE)
    with pytest.raises(BadInput):
        desk.begin_draft(Beginning("metric", "nowhere"), HERE)


def test_a_full_disk_says_so_and_keeps_what_was_there(root: Path) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    files = shorter(opened)
    desk.keep_draft(opened.writing, HERE, files, Answers())
    later = typed(replace(opened, files=files), "'14'", "'7'")
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", lambda _file: os.write(full, b"x"))
            with pytest.raises(Undecidable, match="No space left"):
                desk.keep_draft(opened.writing, HERE, later, Answers())
    finally:
        os.close(full)
    assert desk_of(root).open_draft(RATE, HERE).files == files


def test_what_main_changed_meanwhile_is_said_and_typing_goes_on(root: Path) -> None:
    desk = desk_of(root)
    opened = desk.open_draft(RATE, HERE)
    files = typed(opened, "unit: percent", "unit: share")
    path = root / opened.files[0].path
    path.write_text(path.read_text().replace("unit: percent", "unit: per_mille"))
    subprocess.run(["git", "commit", "-qam", "by hand"], cwd=root, check=True)
    found = desk.weigh(opened.writing, files, Answers(why="x"))
    assert [one.code for one in found.marks] == ["both_changed"]
    assert "unit" in found.marks[0].says


def _window_of(process: int) -> str:
    from metricgov.adapters.drafts import _started

    return f"{HERE.partition(':')[0]}:{process}:{_started(process)}"


def test_errors_come_out_as_words(root: Path) -> None:
    desk = desk_of(root)
    for of in ("metric:no_such_metric", "change:chg-zzzzzz"):
        with pytest.raises(MetricgovError) as error:
            desk.open_draft(of, HERE)
        assert error.value.hint


def listed(root: Path) -> list[tuple[str, str]]:
    return [(one.key, one.note) for one in desk_of(root).drafts()]


def test_drafts_that_were_typed_in_are_listed(root: Path) -> None:
    """The newest first; what was only opened is none, and neither is one that was discarded."""
    desk = desk_of(root)
    rate, speed = desk.open_draft(RATE, HERE), desk.open_draft(SPEED, HERE)
    assert listed(root) == []
    desk.keep_draft(rate.writing, HERE, shorter(rate), rate.answers)
    desk.keep_draft(speed.writing, HERE, speed.files, replace(speed.answers, why="Because."))
    for place, one in enumerate((SPEED, RATE)):  # the file system's clock is too coarse for two writes at once
        for file in Session(folder=root).drafts.places(one).values():
            os.utime(file.parent / "draft.json", (2_000_000_000 + place,) * 2)
    found = desk.drafts()
    assert [(one.key, one.definition, one.label) for one in found] == [(RATE, RATE, ""), (SPEED, SPEED, "")]
    assert found[0].touched == "2033-05-18T03:33:21Z"
    assert "another window" in found[0].held, "this one writes in it"
    desk.close_draft(rate.writing, HERE, discard=True)
    assert listed(root) == [(SPEED, "")]


def test_a_draft_says_that_main_has_moved(root: Path) -> None:
    desk = desk_of(root)
    rate = desk.open_draft(RATE, HERE)
    desk.keep_draft(rate.writing, HERE, shorter(rate), rate.answers)
    file = root / rate.files[0].path
    file.write_bytes(file.read_bytes() + b"# by hand\n")
    subprocess.run(["git", "commit", "-qam", "by hand"], cwd=root, check=True)
    assert listed(root) == [(RATE, "main has moved since")]


def test_the_draft_of_a_revision_names_its_change_and_outlives_it(root: Path) -> None:
    desk = desk_of(root)
    rate = desk.open_draft(RATE, HERE)
    answers = Answers("sooner", "redefinition", "restate", "2031-07-01")
    done = desk.submit_draft(rate.writing, HERE, shorter(rate), answers, as_draft=True)
    again = desk.open_draft(f"change:{done.change}", HERE)
    assert desk.drafts() == ()
    desk.keep_draft(again.writing, HERE, typed(again, "'14' DAY", "'21' DAY"), again.answers)
    (found,) = desk.drafts()
    assert (found.key, found.definition, found.label, found.note) == (f"change:{done.change}", RATE, done.label, "")


def test_what_cannot_be_read_is_no_draft(root: Path) -> None:
    desk = desk_of(root)
    rate = desk.open_draft(RATE, HERE)
    desk.keep_draft(rate.writing, HERE, shorter(rate), rate.answers)
    folder = next(iter(Session(folder=root).drafts.places(RATE).values())).parent.parent
    for name, text in (("x", "{"), ("y", "[]"), ("z", '{"key": "metric:other"}')):
        (folder / name).mkdir()
        (folder / name / "draft.json").write_text(text)
    assert [one.key for one in desk.drafts()] == [RATE]
