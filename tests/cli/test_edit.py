"""`edit`: one command from the editor to a submitted change, and nothing typed is ever lost."""

from __future__ import annotations

import json
import os
import pty
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

RunGit = Callable[..., str]
if TYPE_CHECKING:
    from cli.conftest import Desk, Metricgov

RATE = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"
SPEED = "metrics/crm_handoff/routing_speed.yaml"
SHORTER = "s/INTERVAL .30. DAY/INTERVAL 14 DAY/"
TITLE = "s/^title: .*/title: Another title/"
SAYS_ALL = ("--intent", "redefinition", "--treatment", "restate", "--effective", "2031-07-01", "--meaning-unchanged")


def test_with_every_option_it_needs_no_terminal(desk: Desk) -> None:
    done = desk.run(
        "ops-lead", "edit", "sales_accepted_lead_rate", "-m", "sales answers sooner", *SAYS_ALL, "--ref", "OPS-12",
        "--requested-by", "sales-operations", "--json", editor=desk.editor(SHORTER),
    )  # fmt: skip
    assert done.code == 0, done.err
    change = json.loads(done.out)["change"]
    assert (change["state"], change["intent"], change["treatment"]) == ("in_review", "redefinition", "restate")
    assert (change["why"], change["effective_from"]) == ("sales answers sooner", "2031-07-01")
    assert change["definitions"][0]["version"] == {"before": "1.2.0", "after": "2.0.0", "required": "2.0.0"}
    assert change["contributors"] == ["ops-lead"]
    assert {one["code"] for one in change["requirements"]} >= {"approval_accountable", "approval_council", "consulted"}
    assert "INTERVAL '30' DAY" in (desk.root / RATE).read_text(), "the work tree is not touched"
    assert desk.drafts() == []


def test_three_questions_and_the_advice_by_enter(desk: Desk) -> None:
    done = desk.run(
        "ops-lead",
        "edit",
        "sales_accepted_lead_rate",
        editor=desk.editor(SHORTER),
        answers=["sales answers sooner", "redefinition", "Accepted within 14 days.", "", "", ""],
    )
    assert done.code == 0, done.err
    change = desk.shown("sales_accepted_lead_rate")
    assert (change["why"], change["intent"], change["treatment"]) == ("sales answers sooner", "redefinition", "restate")
    assert change["effective_from"] == datetime.now(UTC).date().isoformat(), "history is restated, so nothing waits"
    fields = {one["field"]: one["after"] for one in change["definitions"][0]["findings"]}
    assert fields["description"] == "Accepted within 14 days."
    assert "crm-lead has to approve" in done.err
    assert "sales-operations is asked" in done.err


def test_words_only_need_one_question(desk: Desk) -> None:
    done = desk.run("ops-lead", "edit", "routing_speed", editor=desk.editor(TITLE), answers=["clearer", "y"])
    assert done.code == 0, done.err
    assert desk.shown("routing_speed")["treatment"] is None


def test_a_defect_keeps_the_description_without_a_question(desk: Desk) -> None:
    done = desk.run(
        "ops-lead", "edit", "sales_accepted_lead_rate", editor=desk.editor(SHORTER), answers=["typo", "1", "", "", ""]
    )
    assert done.code == 0, done.err
    assert desk.shown("sales_accepted_lead_rate")["intent"] == "defect"


def test_everything_missing_is_named_at_once_and_the_text_is_kept(desk: Desk) -> None:
    """INV-17: each missing thing with the option that supplies it and the advised value; nothing is recorded."""
    before = desk.events()
    done = desk.run("ops-lead", "edit", "sales_accepted_lead_rate", editor=desk.editor(SHORTER))
    assert done.code == 1
    for words in (
        "-m WHY",
        "--intent redefinition|defect",
        "--treatment restate (advised",
        "--effective 20",
        "--meaning-unchanged",
    ):
        assert words in " ".join(done.err.split()), words
    assert "go on with: metricgov edit sales_accepted_lead_rate" in done.err
    assert desk.events() == before
    again = desk.run("ops-lead", "edit", "sales_accepted_lead_rate", "-m", "why", *SAYS_ALL, editor="true")
    assert again.code == 0, again.err
    assert "Your draft of" in again.err
    assert desk.drafts() == []


def test_what_options_said_is_kept_with_the_text(desk: Desk) -> None:
    """Who was refused for one thing does not say all the others again."""
    words = ("edit", "sales_accepted_lead_rate")
    done = desk.run("ops-lead", *words, "-m", "sooner", *SAYS_ALL[:4], editor=desk.editor(SHORTER))
    assert done.code == 1
    again = desk.run("ops-lead", *words, *SAYS_ALL[4:], "--json", editor="true")
    assert again.code == 0, again.err
    change = json.loads(again.out)["change"]
    assert (change["why"], change["intent"], change["treatment"]) == ("sooner", "redefinition", "restate")


def test_an_unchanged_text_is_no_change(desk: Desk) -> None:
    before = desk.events()
    done = desk.run("ops-lead", "edit", "routing_speed", "-m", "x", editor="true")
    assert (done.code, "Nothing changed." in done.err) == (0, True)
    assert (desk.events(), desk.drafts()) == (before, [])


def test_a_file_that_does_not_load_is_shown_at_its_line(desk: Desk) -> None:
    broken = desk.editor("s/^direction:/directon:/", "s/^scale/&/")
    done = desk.run("ops-lead", "edit", "routing_speed", "-m", "x", editor=broken)
    assert done.code == 2
    line = (desk.root / SPEED).read_text().splitlines().index("direction: up_is_better") + 1
    assert f"{SPEED}:{line}: " in done.err
    assert "did you mean direction?" in done.err
    assert "directon" in desk.drafts()[0].read_text(), "the text is kept as it was typed"


def test_the_editor_opens_again_until_the_file_loads(desk: Desk) -> None:
    switch = desk.root.parent / "switch.sh"
    switch.write_text(
        '#!/bin/sh\nif grep -q directon "$1"; then sed -i -e "s/directon/direction/" -e "s/^title: .*/title: N/" "$1";'
        ' else sed -i "s/^direction/directon/" "$1"; fi\n'
    )
    switch.chmod(0o755)
    done = desk.run("ops-lead", "edit", "routing_speed", editor=str(switch), answers=["y", "clearer", "y"])
    assert done.code == 0, done.err
    assert "FIELD_UNKNOWN" in done.err


def test_a_draft_that_is_open_in_a_window_is_left_to_it(desk: Desk) -> None:
    """Two who write in one text would undo each other's words; a window that has died holds nothing."""
    import socket

    from metricgov.bootstrap import Workspace

    drafts = Workspace(desk.root).drafts
    drafts.hold("metric:routing_speed", f"{socket.gethostname()}:1:")
    done = desk.run("ops-lead", "edit", "routing_speed", "-m", "clearer", editor=desk.editor(TITLE))
    assert done.code == 1
    assert "another window (process 1) writes in this draft now" in done.err
    assert "metricgov edit routing_speed" in done.err
    drafts.hold("metric:routing_speed", f"{socket.gethostname()}:99999999:1", take=True)
    again = desk.run("ops-lead", "edit", "routing_speed", "-m", "clearer", editor=desk.editor(TITLE))
    assert again.code == 0, again.err


def test_an_interruption_loses_neither_text_nor_answers(desk: Desk) -> None:
    name, shorter = "sales_accepted_lead_rate", desk.editor(SHORTER)
    stopped = desk.run("ops-lead", "edit", name, editor=shorter, answers=["sales answers sooner", "^C"])
    assert stopped.code == 130
    assert "INTERVAL 14 DAY" in desk.drafts()[0].read_text()
    typed = desk.run("ops-lead", "edit", name, editor="true", answers=["y", "2", "Within 14 days.", "^C"])
    assert typed.code == 130
    assert "Within 14 days." in desk.drafts()[0].read_text(), "a typed description is part of the draft"
    done = desk.run("ops-lead", "edit", name, editor="true", answers=["y", "", "", "y"])
    assert done.code == 0, done.err
    assert desk.shown(name)["why"] == "sales answers sooner"


def test_no_reason_and_no_confirmation_record_nothing(desk: Desk) -> None:
    before = desk.events()
    empty = desk.run("ops-lead", "edit", "routing_speed", editor=desk.editor(TITLE), answers=[""])
    no = desk.run("ops-lead", "edit", "routing_speed", editor="true", answers=["y", "clearer", "n"])
    assert (empty.code, no.code) == (2, 2)
    assert "metricgov edit routing_speed" in empty.err
    assert desk.events() == before
    assert len(desk.drafts()) == 1


def test_a_draft_can_be_put_aside_and_is_still_there(desk: Desk) -> None:
    desk.run("ops-lead", "edit", "routing_speed", editor=desk.editor(TITLE), answers=[""])
    done = desk.run("ops-lead", "edit", "routing_speed", editor="true", answers=["n"])
    assert "put aside" in done.err
    assert "Nothing changed." in done.err
    assert [path for path in desk.drafts() if "Another title" in path.read_text()]


def test_e_opens_the_editor_once_more(desk: Desk) -> None:
    other = desk.root.parent / "twice.sh"
    other.write_text(
        '#!/bin/sh\nif grep -q "INTERVAL 14" "$1"; then sed -i "s/^description: .*/description: Fourteen days./" "$1";'
        ' else sed -i "s/INTERVAL .30. DAY/INTERVAL 14 DAY/" "$1"; fi\n'
    )
    other.chmod(0o755)
    done = desk.run(
        "ops-lead", "edit", "sales_accepted_lead_rate", editor=str(other), answers=["why", "2", "e", "", "", "y"]
    )
    assert done.code == 0, done.err


def test_my_open_change_is_revised_and_not_doubled(desk: Desk) -> None:
    first = desk.run("ops-lead", "edit", "routing_speed", "-m", "clearer", editor=desk.editor(TITLE))
    assert first.code == 0, first.err
    refused = desk.run("ops-lead", "edit", "routing_speed", "-m", "more", editor="true")
    assert refused.code == 1
    assert "--edit" in refused.err
    words = desk.editor("s/^title: .*/title: The best title/")
    revised = desk.run("ops-lead", "edit", "routing_speed", editor=words, answers=["y", "y"])
    assert revised.code == 0, revised.err
    change = desk.shown("routing_speed")
    assert (change["revision"], change["why"]) == (2, "clearer")
    assert "The best title" in [one["after"] for one in change["definitions"][0]["findings"]]


def test_somebody_elses_open_change_is_named(desk: Desk) -> None:
    desk.run("ops-lead", "edit", "routing_speed", "-m", "clearer", editor=desk.editor(TITLE))
    done = desk.run("crm-deputy", "edit", "routing_speed", "-m", "x", editor=desk.editor("s/^unit: .*/unit: share/"))
    assert "ops-lead has chg-" in done.err


def land(desk: Desk, path: str, old: str, new: str) -> None:
    """Let main move on without this program."""
    import subprocess

    desk.sed(path, old, new)
    who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    subprocess.run(["git", *who, "commit", "-qam", "elsewhere"], cwd=desk.root, check=True)


def test_a_draft_follows_main_field_by_field(desk: Desk) -> None:
    """INV-20: what somebody else changed meanwhile stays; the draft brings only its own fields."""
    desk.run("ops-lead", "edit", "routing_speed", editor=desk.editor(TITLE), answers=[""])
    land(desk, SPEED, "category: speed", "category: quality")
    done = desk.run("ops-lead", "edit", "routing_speed", "-m", "x", "--json", editor="true")
    assert done.code == 0, done.err
    fields = [one["field"] for one in json.loads(done.out)["change"]["definitions"][0]["findings"]]
    assert "title" in fields
    assert "category" not in fields


def test_a_field_that_main_changed_too_is_refused_by_name(desk: Desk) -> None:
    """INV-20: the author decides about it; nothing is overwritten."""
    desk.run("ops-lead", "edit", "routing_speed", editor=desk.editor(TITLE), answers=[""])
    land(desk, SPEED, "title: Routing speed", "title: Speed of routing")
    before = desk.events()
    done = desk.run("ops-lead", "edit", "routing_speed", "-m", "x", editor="true")
    assert done.code == 1
    assert f"{SPEED}: title" in " ".join(done.err.split())
    assert desk.events() == before


@pytest.mark.parametrize(
    ("editor", "code"),
    [pytest.param("/no/such/editor", "no_editor", id="missing"), pytest.param("false", "editor_failed", id="fails")],
)
def test_an_editor_that_does_not_work_is_an_error_with_a_next_step(desk: Desk, editor: str, code: str) -> None:
    done = desk.run("ops-lead", "edit", "routing_speed", editor=editor)
    assert (done.code, code in done.err) == (2, True)
    assert "hint: " in done.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(("edit", "routing_sped"), "definition_unknown", id="no-such-name"),
        pytest.param(("edit", "routing_speed", "--effective", "soon"), "bad_date", id="no-date"),
        pytest.param(("edit", "routing_speed", "--requested-by", "nobody"), "principal_unknown", id="nobody"),
        pytest.param(("edit", "routing_speed", "--as", "nobody"), "actor_unknown", id="as-nobody"),
    ],
)
def test_a_slip_is_told_before_the_editor_opens(desk: Desk, words: tuple[str, ...], code: str) -> None:
    done = desk.run("ops-lead", *words, editor="touch opened")
    assert (done.code, code in done.err) == (2, True)
    assert not (desk.root / "opened").exists()


def test_a_day_that_has_passed_is_asked_again(desk: Desk) -> None:
    done = desk.run(
        "ops-lead",
        "edit",
        "sales_accepted_lead_rate",
        "--treatment",
        "break",
        "--effective",
        "2020-01-01",
        "--intent",
        "redefinition",
        "--meaning-unchanged",
        editor=desk.editor(SHORTER),
        answers=["why", "2020-02-01", "tomorrow", "2031-01-01", "y"],
    )
    assert done.code == 0, done.err
    assert "has passed" in done.err
    assert desk.shown("sales_accepted_lead_rate")["effective_from"] == "2031-01-01"


def test_governance_is_edited_by_the_same_command(desk: Desk) -> None:
    done = desk.run(
        "ops-lead", "edit", "people", "-m", "she moved", editor=desk.editor("s/name: CRM deputy/name: Deputy of CRM/")
    )
    assert done.code == 0, done.err
    assert "council" in done.out


def test_on_a_real_terminal(desk: Desk) -> None:
    """The questions reach a person and their keys reach the program."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(desk.root)
        os.environ |= {"EDITOR": desk.editor(TITLE), "METRICGOV_ACTOR": "ops-lead", "TERM": "dumb"}
        os.execv(sys.executable, [sys.executable, "-m", "metricgov.cli.main", "edit", "routing_speed"])
    seen = ""
    for prompt, answer in (("> ", "clearer\r"), ("[Y/n] ", "\r")):
        while not seen.endswith(prompt):
            seen += os.read(terminal, 1024).decode()
        os.write(terminal, answer.encode())
    try:
        while piece := os.read(terminal, 1024):
            seen += piece.decode()
    except OSError:
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, seen
    assert "in review" in seen


def test_a_draft_record_that_cannot_be_read_is_set_aside(desk: Desk) -> None:
    desk.run("ops-lead", "edit", "routing_speed", editor=desk.editor(TITLE), answers=[""])
    record: Path = desk.drafts()[0].with_name("draft.json")
    record.write_text("{")
    done = desk.run("ops-lead", "edit", "routing_speed", "-m", "x", editor=desk.editor("s/^unit: .*/unit: share/"))
    assert done.code in (0, 1), done.err
    assert [path for path in desk.drafts() if "Another title" in path.read_text()]


def test_a_bare_repository_is_enough(desk: Desk, metricgov: Metricgov, tmp_path: Path, git: RunGit) -> None:
    """A server or a mirror has no work tree, and an edit needs none."""
    git(tmp_path, "clone", "-q", "--mirror", str(desk.root), "bare.git")
    desk.patch.setenv("EDITOR", desk.editor(TITLE))
    words = ("edit", "routing_speed", "-m", "x")
    done = metricgov(*words, cwd=tmp_path / "bare.git", email="ops-lead@example.com")
    assert done.code == 0, done.err
