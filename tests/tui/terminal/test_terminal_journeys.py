"""Each journey once more where people make it: a real terminal, a real repository, keys as fast as they are typed.

One registry serves them all, in the order of a working day; each journey is about a change or definition of its own,
and the command line says afterwards what came of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.stage import cli
from tui.terminal.tmux import Open, Terminal, missing, opening

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

WINDOW = "sales_accepted_lead_rate"
"""Has an open change of ops-lead, from the registry that all tests of the UI share."""

MINE = ("routing_speed", "lead_to_opportunity_rate")
"""Definitions whose titles ops-lead proposes to change: one to apply, one to object to."""


@pytest.fixture(scope="module")
def office(made_registry: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One copy for all journeys."""
    folder = tmp_path_factory.mktemp("office") / "marketing"
    shutil.copytree(made_registry, folder, symlinks=True)
    for name in MINE:
        path = next(folder.glob(f"metrics/*/{name}.yaml"))
        before = path.read_text()
        path.write_text(before.replace("\ntitle: ", "\ntitle: The ", 1))
        cli(folder, "propose", str(path), "-m", "a word", person="ops-lead")
        path.write_text(before)
    return folder


@pytest.fixture
def terminal(office: Path, tmp_path: Path) -> Iterator[Open]:
    """Return a function that opens the UI in a terminal, as crm-lead."""
    yield from opening(office, tmp_path / "state")


def reviewing(terminal: Open, definition: str) -> Terminal:
    """Open the change of a metric from the inbox, found by typing its name."""
    here = terminal("--as", "crm-lead")
    here.wait("[1 Inbox", definition)
    here.keys("/", definition, "Enter", "Enter")
    here.wait("Inbox ›", f"{definition}  ", "Missing")
    return here


def test_a_comment_on_a_field(terminal: Open, office: Path) -> None:
    """Words stand at the field, and in Talk."""
    here = terminal("--as", "crm-lead", "--change", WINDOW)  # whoever has approved it is not asked any more
    here.wait(f"{WINDOW}  ", "Missing")
    here.keys("n", "c", "calendar days?", "Enter")
    here.wait('" crm-lead: calendar days?', "Talk 1")
    here.keys("l", "l", "l")
    here.wait("[Talk 1]", "calculation.")


def test_approving_says_what_will_happen_first(terminal: Open, office: Path) -> None:
    """`a` asks in one sentence, Enter does it, and what is still missing is said."""
    here = reviewing(terminal, WINDOW)
    here.keys("a")
    here.wait(f"Approve revision 1 of {WINDOW} as crm-lead", "[Enter] approve")
    here.keys("Escape")
    here.wait("Missing 4 of 4", gone="[Enter] approve")
    here.keys("a", "fine with us", "Enter")
    here.wait("Approved. Still missing", "Missing 3 of 4")
    here.keys("l", "l", "l", "l")
    here.wait("[Story]", "fine with us")


def test_asking_for_changes_takes_words(terminal: Open, office: Path) -> None:
    """Without a reason nothing is recorded; with one the change waits."""
    here = reviewing(terminal, MINE[1])
    here.keys("r", "Enter")
    here.wait("It goes on record with a reason. Say why.")
    here.keys("which word?", "Enter")
    here.wait("changes requested", gone="[Enter]")
    assert "changes requested" in cli(office, "change", "show", MINE[1])


def test_a_change_is_scheduled_taken_off_and_applied(terminal: Open, office: Path) -> None:
    """Approved, put on a day, taken off it, applied by the capital letter; main has it then."""
    here = reviewing(terminal, MINE[0])
    here.keys("a", "Enter")
    here.wait("Approved. Nothing is missing", gone="[Enter]")
    here.keys("m", "s", "C-u", "2099-01-01", "Tab", "Enter")
    here.wait("Scheduled. Still missing", "1 Jan 2099")
    here.keys("m", "u", "sooner", "Enter")
    here.wait("editorial · approved", gone="[Enter]")
    here.keys("m", "a")
    here.wait("Apply now? main gets", "[A] apply")
    here.keys("Enter")  # does not do what ends something
    here.until("A", "Applied")
    assert "title: The " in next(office.glob(f"metrics/*/{MINE[0]}.yaml")).read_text()


def test_a_definition_is_edited_in_form_and_text_and_submitted(terminal: Open, office: Path) -> None:
    """Search, edit a field in the form and a line in the text, answer why, submit."""
    here = terminal("--as", "crm-lead")
    here.wait("[1 Inbox")
    here.keys("2", "/", "lead_source_completeness", "Enter", "e")
    here.wait("lead_source_completeness › Edit", "nothing differs from main")
    here.keys("j", "j", "Enter", "End", " now", "Escape")
    here.wait("2.0.0 → 2.0.1", gone="nothing differs")
    here.keys("l", "i", "End", " and then", "Escape")
    here.wait("and then now", gone="typing")  # at the end of the row that the line is wrapped into
    here.keys("h", "S")
    here.wait("Not submitted.")
    here.keys("Enter", "a better name", "Enter")
    here.wait("Why?         a better name", "draft saved")
    here.keys("S")
    here.wait("Submit?", "[Enter] submit")
    here.keys("Enter")
    here.wait("Submitted as chg-")
    assert "a better name" in cli(office, "change", "show", "lead_source_completeness")


def test_the_journal_is_searched_verified_and_exported(terminal: Open, office: Path, tmp_path: Path) -> None:
    """`/` narrows, `V` checks every event, `X` writes what is shown."""
    out = tmp_path / "events.csv"
    here = terminal("--as", "crm-lead")
    here.wait("[1 Inbox")
    here.keys("4")
    here.wait("[4 Audit log]", "submitted revision 1")
    here.keys("V")
    here.wait("changes hold")
    here.keys("/", "created", "Enter")
    here.wait("created", gone="submitted revision 1")
    here.keys("Escape")
    here.wait("submitted revision 1")
    here.keys("f", "Tab", "Tab", "Tab", "change_created", "Enter")
    here.wait("created the change", gone="submitted revision 1")
    here.keys("X", "C-u", str(out), "Enter")
    here.wait("events written")
    lines = out.read_text().splitlines()
    assert len(lines) >= 3 and all(",change_created," in one for one in lines[1:])


def test_from_a_search_to_the_timeline_and_back(terminal: Open) -> None:
    """A few letters, `t`, the versions; Esc leads back to the row."""
    here = terminal("--as", "crm-lead")
    here.wait("[1 Inbox")
    here.keys("2", "/", "lead ra")
    here.wait("30 of 171", WINDOW)
    here.keys("Enter", "t")
    here.wait("› Timeline", "version", "holds now")
    here.keys("Escape")
    here.wait("[2 Registry]", "30 of 171")
