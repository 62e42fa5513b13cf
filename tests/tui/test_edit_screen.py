"""The Edit screen, played by keys against a real registry: from a field that is typed to a change under review."""

from __future__ import annotations

import json
import re
import shutil
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from desk.starter_world import desk_of, make_starter
from metricgov.desk.windows import window_here
from metricgov.domain.draft_views import Answers
from metricgov.domain.errors import MetricgovError
from metricgov_tui.screens.edit import Edit
from tui.stage import LARGE, SMALL, Stage, cli, snapshot

RATE = "metric:sales_accepted_lead_rate"
NOW = datetime(2026, 6, 18, 10, 0, tzinfo=UTC)
WHERE = "calculation.numerator.where"
ELSEWHERE = f"{socket.gethostname()}:1:"
"""Another window on this machine."""
GOLDENS = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def made_standard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("edit") / "marketing"
    make_starter(root)
    return root


@pytest.fixture
def standard(made_standard: Path, tmp_path: Path) -> Path:
    """A starter registry under the standard policy."""
    return Path(shutil.copytree(made_standard, tmp_path / "marketing", symlinks=True))


def stage_of(root: Path, home: Path, person: str = "ops-lead") -> Stage:
    return Stage(root, home, claimed=person, now=lambda: NOW)


async def calm(stage: Stage, pilot: Pilot[None]) -> Edit:
    """Wait until nothing is asked, kept or drawn any more."""
    for _ in range(4):
        await stage.settled(pilot)
        await pilot.pause(0.02)
    found = stage.app.screen
    assert isinstance(found, Edit)
    return found


async def opened(stage: Stage, pilot: Pilot[None], of: str = RATE) -> Edit:
    stage.app.open_edit(definition=of)
    return await calm(stage, pilot)


async def type_field(stage: Stage, pilot: Pilot[None], path: str, *, back: int, text: str) -> Edit:
    """Go to a field of the form, delete characters from its end, type others."""
    screen = await calm(stage, pilot)
    screen.form.focus()
    screen.form.go(path)
    await stage.press(pilot, "enter")
    await pilot.press(*["backspace"] * back)
    await stage.type(pilot, text)
    await stage.press(pilot, "enter")
    return await calm(stage, pilot)


async def shorten(stage: Stage, pilot: Pilot[None]) -> Edit:
    """Make the window 14 days: from `INTERVAL '30' DAY`."""
    return await type_field(stage, pilot, WHERE, back=len("'30' DAY"), text="'14' DAY")


def test_a_field_that_is_typed_turns_the_class_and_asks_what_the_class_needs(standard: Path, home: Path) -> None:
    """Edit, class turns breaking, questions with advice, submit: by keys alone; nothing goes before Enter says so."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        screen = await opened(stage, pilot)
        assert "nothing differs from main" in stage.text()
        assert "Old number" not in stage.text()
        await shorten(stage, pilot)
        shown = stage.text()
        assert re.search(r"BREAKING +1\.2\.0 → 2\.0\.0 +window 30 days -> 14 days", shown)
        assert re.search(r"Will have to agree +crm-lead · one of the council", shown)
        assert re.search(r"Will be asked +sales-operations · head-of-marketing \(lead_quality_trend\)", shown)
        assert "History      ( ) restate (advised)" in shown
        assert "INTERVAL '14' DAY" in screen.yaml.text
        await type_field(stage, pilot, "description", back=len("30 days."), text="14 days.")
        await stage.press(pilot, "a", "enter")
        await stage.type(pilot, "sales answers sooner")
        await stage.press(pilot, "enter", "l", "l", "j", "enter", "j", "enter", "enter")
        await calm(stage, pilot)
        shown = stage.text()
        assert "(•) new meaning" in shown
        assert "(•) restate (advised)" in shown
        assert "Description  ( )" not in shown, "the description was changed, so nobody asks about it"
        await stage.press(pilot, "S")
        assert "crm-lead and one of the council are asked to decide" in stage.text()
        assert desk_of(standard).session().workspace.journal.head().seq == before
        await stage.press(pilot, "enter")
        assert "Submitted as chg-" in stage.text()
        assert "sent" not in stage.message  # there is nowhere to send it

    before = desk_of(standard).session().workspace.journal.head().seq
    stage_of(standard, home).play(scene)
    found = json.loads(cli(standard, "change", "show", "sales_accepted_lead_rate", "--json"))["change"]
    assert (found["state"], found["why"]) == ("in_review", "sales answers sooner")
    assert (found["intent"], found["treatment"]) == ("redefinition", "restate")
    assert not list((standard / ".git/metricgov/drafts").rglob("*.yaml"))


def test_the_day_it_counts_from_can_be_a_word(standard: Path, home: Path) -> None:
    """What Enter takes is said while it is typed; a word that means no day is refused where it stands."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await opened(stage, pilot)
        screen = await shorten(stage, pilot)
        screen.questions.focus()
        screen.questions.go("day")
        await stage.press(pilot, "enter", "ctrl+u")
        await calm(stage, pilot)
        assert "today 2026-06-18 · tomorrow 2026-06-19" in stage.message
        await stage.type(pilot, "soon")
        await stage.press(pilot, "enter")
        assert '"soon" is no day' in stage.message
        assert screen.typed_in == "day"
        await stage.press(pilot, "ctrl+u")
        await stage.type(pilot, "mon")
        assert stage.message == "Enter takes first of next month 2026-07-01"
        await stage.press(pilot, "enter")
        await calm(stage, pilot)
        assert screen.typed_in == ""
        assert screen.draft is not None
        assert screen.draft.answers.effective_from == "2026-07-01"
        assert "2026-07-01" in stage.text()
        assert "Enter takes" not in stage.message

    stage_of(standard, home).play(scene)


def test_nothing_is_submitted_without_a_reason_and_all_that_is_missing_is_said(standard: Path, home: Path) -> None:
    """`S` names every open question at once, goes to the first, and records nothing."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await opened(stage, pilot)
        screen = await shorten(stage, pilot)
        await stage.press(pilot, "S")
        await calm(stage, pilot)
        said = " ".join(stage.message.split())
        missing = "from you why, the old number, history, from when, the description"
        assert said == f"Not submitted. 5 are missing: {missing}. Enter answers the first."
        assert (screen.focused, screen.questions.at) == (screen.questions, "why")
        await stage.press(pilot, "escape")
        assert "Your draft is kept." in stage.text()

    stage_of(standard, home).play(scene)
    assert desk_of(standard).change_rows() == ()


def test_form_and_text_are_at_the_same_field(standard: Path, home: Path) -> None:
    """Rows of the form move the text, lines of the text move the form."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        screen = await opened(stage, pilot)
        screen.form.go("kpi.target.value")
        await calm(stage, pilot)
        assert screen.yaml.text.splitlines()[screen.yaml.cursor_location[0]].startswith("  target:")
        await stage.press(pilot, "l", "j")
        await calm(stage, pilot)
        assert screen.form.at.startswith("kpi.thresholds")
        await stage.press(pilot, "g")
        await calm(stage, pilot)
        assert screen.form.at == "kind"
        await stage.press(pilot, "h")
        assert screen.focused is screen.form

    stage_of(standard, home).play(scene)


def test_a_syntax_error_keeps_the_last_good_form_and_n_goes_to_the_line(standard: Path, home: Path) -> None:
    """While the text cannot be read the form shows what could be, does not type, and the line is said in both."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        screen = await opened(stage, pilot)
        await stage.press(pilot, "l", "j", "j", "i", "end")
        await stage.type(pilot, ": x")
        await stage.press(pilot, "escape", "h", "g")
        await calm(stage, pilot)
        shown = stage.text()
        assert "line 3: a second" in shown
        assert "Sales-accepted lead rate" in shown, "the form keeps the last good value"
        await stage.press(pilot, "enter")
        assert "cannot be read yet" in stage.message
        await stage.press(pilot, "n")
        await calm(stage, pilot)
        assert (screen.focused, screen.yaml.cursor_location[0]) == (screen.yaml, 2)
        await stage.press(pilot, "u")
        await calm(stage, pilot)
        assert "second" not in stage.text()
        assert "nothing differs from main" in stage.text()

    stage_of(standard, home).play(scene)


@pytest.mark.parametrize(
    ("path", "back", "text", "says"),
    [
        pytest.param("kpi.target.value", 2, "forty", "'forty' is no number", id="words for a number"),
        pytest.param("category", 7, "quantity", "did you mean quality?", id="no choice"),
        pytest.param("calculation.source", 9, "crm_leds", "did you mean crm_leads?", id="a source that is not there"),
        pytest.param("effective_from", 10, "soon", "write a date as", id="no date"),
    ],
)
def test_mistakes_are_said_with_the_next_step(
    standard: Path, home: Path, path: str, back: int, text: str, says: str
) -> None:
    """What is wrong is said below the field or in the message row, and nothing breaks."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        screen = await opened(stage, pilot)
        screen.form.go(path)
        await stage.press(pilot, "enter")
        await pilot.press(*["backspace"] * back)
        await stage.type(pilot, text)
        await calm(stage, pilot)
        said = " ".join(re.sub(r"│.*", "", stage.text()).split()) + " ".join(stage.message.split())
        assert says in said, stage.text()

    stage_of(standard, home).play(scene)


def test_edits_are_taken_back_and_done_again_also_by_the_next_window(standard: Path, home: Path) -> None:
    """`u` and `U` step through the edits of each field; they outlive the window."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await opened(stage, pilot)
        await type_field(stage, pilot, "title", back=4, text="share")
        await type_field(stage, pilot, "unit", back=7, text="share")
        await stage.press(pilot, "escape")
        stage.app.quit()

    async def later(stage: Stage, pilot: Pilot[None]) -> None:
        screen = await opened(stage, pilot)
        assert "Draft of " in stage.message
        assert "Sales-accepted lead share" in screen.yaml.text
        await stage.press(pilot, "u")
        await calm(stage, pilot)
        assert "unit: percent" in screen.yaml.text
        assert "lead share" in screen.yaml.text
        await stage.press(pilot, "u")
        await calm(stage, pilot)
        assert "nothing differs from main" in stage.text()
        await stage.press(pilot, "u")
        assert stage.message == "Nothing to undo."
        await stage.press(pilot, "U", "U")
        await calm(stage, pilot)
        assert "unit: share" in screen.yaml.text

    stage_of(standard, home).play(scene)
    stage_of(standard, home).play(later)


def test_a_draft_waits_in_the_inbox_and_goes_on(standard: Path, home: Path) -> None:
    """What was typed and left is the last thing of the first tab and the first of mine; Enter goes on with it."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await opened(stage, pilot)
        await shorten(stage, pilot)
        await stage.press(pilot, "escape")
        await stage.settled(pilot)
        assert "1 draft of yours" in stage.text()
        await stage.press(pilot, "l")
        shown = stage.text()
        assert "[Mine 1]" in shown
        assert re.search(r"▌.*sales_accepted_lead_rate", shown)
        assert "Nobody else has seen it" in shown
        await stage.press(pilot, "enter")
        screen = await calm(stage, pilot)
        assert "INTERVAL '14' DAY" in screen.yaml.text
        assert "sales_accepted_lead_rate › Edit" in stage.text()
        await stage.press(pilot, "m", "d")
        await pilot.pause(0.3)
        await stage.press(pilot, "D")
        await stage.settled(pilot)
        assert "draft of yours" not in stage.text()

    stage_of(standard, home).play(scene)


def test_a_draft_is_discarded_only_by_the_capital_letter(standard: Path, home: Path) -> None:
    """`m` `d` asks; Enter leaves it."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await opened(stage, pilot)
        await type_field(stage, pilot, "title", back=4, text="share")
        await stage.press(pilot, "m", "d", "enter", "escape")
        screen = await calm(stage, pilot)
        assert "lead share" in screen.yaml.text
        await stage.press(pilot, "m", "d")
        await pilot.pause(0.3)
        await stage.press(pilot, "D")
        assert "put aside" in stage.text()
        screen = await opened(stage, pilot)
        assert "Sales-accepted lead rate" in screen.yaml.text

    stage_of(standard, home).play(scene)


def test_the_second_window_reads_and_offers_to_take_over(standard: Path, home: Path) -> None:
    """Two windows on one draft: the second one reads; `T` takes over."""
    desk = desk_of(standard)
    other = desk.open_draft(RATE, ELSEWHERE)
    desk.keep_draft(other.writing, ELSEWHERE, other.files, Answers(why="from there"))

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        screen = await opened(stage, pilot)
        assert "Another window (process 1) writes in this draft; here it is read. T takes it over." in " ".join(
            stage.message.split()
        )
        assert "from there" in stage.text()
        await stage.press(pilot, "enter")
        assert screen.focused is screen.form
        await stage.press(pilot, "T")
        await type_field(stage, pilot, "title", back=4, text="share")
        assert desk.open_draft(RATE, window_here()).files[0].text == screen.yaml.text.encode()
        desk.open_draft(RATE, ELSEWHERE, take=True)
        await type_field(stage, pilot, "title", back=5, text="part")
        assert screen.reading
        assert "T takes it" in stage.message

    stage_of(standard, home).play(scene)


def test_what_is_typed_while_the_draft_is_being_lost_is_not_kept_over_and_over(
    standard: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key came in while the answer "another window has it" was on its way: nothing tries to keep it for ever."""
    desk = desk_of(standard)

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        screen = await opened(stage, pilot)
        lost = screen.lost

        def lost_while_typing(error: MetricgovError) -> None:
            screen.changed()
            lost(error)

        monkeypatch.setattr(screen, "lost", lost_while_typing)
        desk.open_draft(RATE, ELSEWHERE, take=True)
        await stage.press(pilot, "enter")
        await type_field(stage, pilot, "title", back=4, text="share")
        assert screen.reading
        assert "T takes it" in stage.message

    stage_of(standard, home).play(scene)


def test_a_new_definition_begins_with_the_template_of_its_type(standard: Path, home: Path) -> None:
    """`+` in the inbox: a ratio; what is left to fill in is a problem that `n` walks."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "plus", "j", "enter")
        await stage.type(pilot, "reply_share")
        await stage.press(pilot, "tab", "tab")
        await stage.type(pilot, "crm_handoff")
        await stage.press(pilot, "tab")
        await stage.type(pilot, "crm_leads")
        await stage.press(pilot, "enter")
        screen = await calm(stage, pilot)
        assert "name: reply_share" in screen.yaml.text
        assert "source: crm_leads" in screen.yaml.text
        await stage.press(pilot, "n")
        assert "is not filled in yet" in stage.message

    stage_of(standard, home).play(scene)


def test_a_request_goes_to_those_responsible(standard: Path, home: Path) -> None:
    """`+`, request: words in place of contents."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        await stage.press(pilot, "plus", "G", "enter")
        await stage.type(pilot, "routing_speed")
        await stage.press(pilot, "tab")
        await stage.type(pilot, "we route on Saturdays")
        await stage.press(pilot, "enter")
        assert "Asked, as chg-" in stage.text()

    stage_of(standard, home, "finance-lead").play(scene)
    assert [one.state for one in desk_of(standard).change_rows()] == ["requested"]


def test_a_block_can_be_added_and_taken_out(standard: Path, home: Path) -> None:
    """Fields that are not there open by Enter; a block begins with what it needs, `x` takes it out."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> None:
        screen = await opened(stage, pilot)
        await stage.press(pilot, "G", "enter")
        screen.form.go("retirement")
        await stage.press(pilot, "enter")
        await calm(stage, pilot)
        assert "retirement:" in screen.yaml.text
        assert "is not filled in" in stage.text() or "fill in" in stage.text()
        screen.form.go("retirement")
        await stage.press(pilot, "x")
        await calm(stage, pilot)
        assert "retirement:" not in screen.yaml.text

    stage_of(standard, home).play(scene)


@pytest.mark.parametrize(("size", "name"), [(SMALL, "edit-80x24"), (LARGE, "edit-140x40")], ids=["small", "large"])
def test_the_screen_looks_as_it_was_looked_at(standard: Path, home: Path, size: tuple[int, int], name: str) -> None:
    """One breaking edit with its questions, at both sizes."""

    async def scene(stage: Stage, pilot: Pilot[None]) -> str:
        await opened(stage, pilot)
        await shorten(stage, pilot)
        await stage.press(pilot, "a", "enter")
        await stage.type(pilot, "Known 16 days sooner, so that budget moves within the quarter.")
        await stage.press(pilot, "enter", "l", "l", "j", "enter")
        await calm(stage, pilot)
        return stage.text()

    shown = stage_of(standard, home).play(scene, size)
    snapshot(re.sub(r"20\d\d-\d\d-\d\d, advised", "2026-07-01, advised", shown), GOLDENS / f"{name}.txt")
