"""The reading commands on a registry with a past, as somebody at a terminal meets them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from reading_world import APPLIED, OPEN, RATE, SOURCE, WITHDRAWN, World, build

from metricgov.adapters.git.journal import GitJournal
from metricgov.cli.main import run
from metricgov.desk.local import LocalDesk
from metricgov.desk.windows import window_here
from metricgov.domain.workflow.envelope import Actor, Draft
from metricgov.ports.index import ChangeQuery, EventQuery

NAME = "sales_accepted_lead_rate"


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.out)
        assert found["format"] == 1
        return found


Call = Callable[..., Said]


def named(value: object) -> str:
    """Return the words of a command as the id of a case."""
    return " ".join(value) if isinstance(value, list) else str(value)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once: the tests that use it only read."""
    return build(tmp_path_factory.mktemp("reading") / "registry")


@pytest.fixture
def call(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    return caller(world.root / "metrics", monkeypatch, capsys)


def caller(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.chdir(folder)

    def command(*words: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            run(list(words))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert "something broke" not in said.err, said.err
        return Said(int(ended.value.code or 0), said.out, said.err)

    return command


class TestInbox:
    @pytest.mark.parametrize(
        ("person", "asked", "because"),
        [
            ("crm-lead", "decide", "You decide about metric:sales_accepted_lead_rate as accountable"),
            ("analytics-lead", "decide", "You are on the council"),
            ("ops-lead", "revise", "You wrote it"),
        ],
    )
    def test_it_says_what_is_asked_and_why_it_is_you(self, call: Call, person: str, asked: str, because: str) -> None:
        (row,) = call("inbox", "--as", person, "--json").json["inbox"]  # type: ignore[misc]
        assert (row["change"], row["asked"]) == (OPEN, asked)
        assert row["because"].startswith(because)
        assert call("inbox", "--as", person).out.count("chg-") == 1

    def test_who_has_answered_is_not_asked_again(self, call: Call) -> None:
        assert call("inbox", "--as", "sales-ops-lead").out == "Nothing waits for you.\n"

    def test_what_was_typed_and_not_submitted_comes_last(
        self, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Drafts of this clone; none is said where there is none."""
        root = Path(shutil.copytree(world.root, tmp_path / "registry", symlinks=True))
        call = caller(root, monkeypatch, capsys)
        assert call("inbox", "--as", "crm-lead", "--json").json["drafts"] == []
        desk = LocalDesk(root, claimed="crm-lead")
        opened = desk.open_draft("metric:routing_speed", window_here())
        desk.keep_draft(opened.writing, window_here(), opened.files, replace(opened.answers, why="Because."))
        (row,) = call("inbox", "--as", "crm-lead", "--json").json["drafts"]  # type: ignore[misc]
        assert row["key"] == row["definition"] == "metric:routing_speed"
        said = call("inbox", "--as", "crm-lead").out
        assert said.index("chg-") < said.index("Drafts that nobody else has seen:")
        assert "metricgov edit routing_speed" in said

    def test_somebody_unknown_is_told_who_is_known(self, call: Call) -> None:
        said = call("inbox", "--as", "crm-leader")
        assert said.code == 2
        assert "did you mean crm-lead" in said.err


class TestChanges:
    def test_the_list_shows_open_changes_and_whom_they_wait_for(self, call: Call) -> None:
        (row,) = call("change", "list", "--json").json["changes"]  # type: ignore[misc]
        assert (row["change"], row["state"]) == (OPEN, "in_review")
        assert "crm-lead" in row["note"]

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (["--all"], [OPEN, WITHDRAWN, SOURCE, APPLIED]),
            (["--all", "--limit", "2"], [OPEN, WITHDRAWN]),
            (["--state", "applied"], [SOURCE, APPLIED]),
            (["--state", "approved"], []),
            (["--state", "in_review"], [OPEN]),
            (["--all", "--definition", NAME], [OPEN, APPLIED]),
            (["--all", "--definition", "crm_leads"], [SOURCE]),
            (["--all", "--person", "data-lead"], [SOURCE]),
        ],
        ids=named,
    )
    def test_the_list_is_filtered(self, call: Call, words: list[str], expected: list[str]) -> None:
        rows = call("change", "list", *words, "--json").json["changes"]
        assert [row["change"] for row in rows] == expected  # type: ignore[index,attr-defined]

    @pytest.mark.parametrize(
        "address", [OPEN, OPEN.lower(), f"chg-{OPEN[-6:].lower()}", OPEN[-6:].lower(), NAME, f"metric:{NAME}"]
    )
    def test_a_change_has_several_names(self, call: Call, address: str) -> None:
        assert call("change", "show", address, "--json").json["change"]["change"] == OPEN  # type: ignore[index]

    @pytest.mark.parametrize(
        ("address", "says"),
        [
            (f"chg-{OPEN[:12].lower()}", "could mean 4 changes"),
            ("qualification_rate", "names no change"),
            ("chg-zzzzzz", "names no change"),
            ("chg-", "names no change"),
            ("../../etc/passwd", "names no change"),
            ("-x", "No such option"),
            ("01J9ZQ4N8T6V3W2X1Y0RK7M2PZ", "names no change"),
        ],
    )
    def test_what_names_no_change_is_one_clear_error(self, call: Call, address: str, says: str) -> None:
        said = call("change", "show", address)
        assert (said.code, said.out) == (2, "")
        assert says in said.err

    def test_an_ended_change_is_shown_by_name_and_takes_no_decision(self, call: Call) -> None:
        assert call("change", "show", "routing_speed", "--json").json["change"]["label"] == "chg-k7m2p4"  # type: ignore[index]
        said = call("approve", "routing_speed")
        assert said.code == 2
        assert "no open change touches routing_speed; ended ones: chg-k7m2p4" in said.err

    def test_show_names_every_unmet_requirement_and_who_can_meet_it(self, call: Call) -> None:
        """INV-17."""
        view = call("change", "show", NAME, "--json").json["change"]
        unmet = [one for one in view["requirements"] if not one["met"]]  # type: ignore[index]
        assert {"approval_accountable", "approval_council"} <= {one["code"] for one in unmet}
        assert all(one["who"] and one["how"] for one in unmet)
        out = call("change", "show", NAME).out
        assert all(" ".join(one["says"].split()[:3]) in out for one in unmet)

    def test_diff_says_what_each_field_means_open_or_ended(self, call: Call) -> None:
        opened, ended = call("change", "diff", NAME).out, call("change", "diff", f"chg-{APPLIED[-6:].lower()}").out
        assert "window 14 days → 7 days" in opened
        assert "window 30 days → 14 days" in ended
        assert "routing" not in ended

    def test_explain_tells_the_story(self, call: Call) -> None:
        out = call("change", "explain", APPLIED).out
        story = ["created the change", "submitted revision 1", "answered", "approved revision 1", "applied it as"]
        places = [out.index(words) for words in story]
        assert places == sorted(places)
        assert out.count("Known 16 days sooner") == 1


class TestPast:
    def test_history_is_a_partition_of_time_with_links(self, call: Call) -> None:
        rows = call("history", NAME, "--json").json["versions"]
        known = [row for row in rows if row["state"] in {"applied", "baseline"}]  # type: ignore[index,union-attr,attr-defined]
        assert [(row["version"], row["state"]) for row in known] == [
            ("1.2.0", "baseline"),
            ("2.0.0", "applied"),
            ("2.0.0", "applied"),
        ]
        assert [row["data_to"] for row in known] == [*(row["data_from"] for row in known[1:]), None]
        assert [row["link"] for row in known] == ["broken", "broken", None]
        assert known[1]["approved_by"] == ["crm-lead", "analytics-lead"]

    def test_history_names_the_root_cause_of_an_indirect_step(self, call: Call) -> None:
        """INV-19: the dependant's file is not edited, its timeline shows the step."""
        rows = call("history", NAME, "--json").json["versions"]
        causes = [row["cause"] for row in rows if row["cause"]]  # type: ignore[index,union-attr,attr-defined]
        assert causes == ["source:crm_leads 3.0.0"]

    def test_history_marks_what_is_only_proposed(self, call: Call) -> None:
        last = call("history", NAME, "--json").json["versions"][-1]  # type: ignore[index]
        assert (last["version"], last["state"], last["known_from"]) == ("3.0.0", "in_review", None)
        assert "? 3.0.0" in call("history", NAME).out

    def test_what_was_never_changed_has_its_baseline(self, call: Call) -> None:
        """INV-26: a baseline is shown as a baseline, never as an approval."""
        (row,) = call("history", "event:lead_submitted", "--json").json["versions"]  # type: ignore[misc]
        assert (row["state"], row["approved_by"]) == ("baseline", [])

    def test_a_shallow_clone_still_names_the_version_that_was_found(
        self,
        world: World,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        git: Callable[..., str],
    ) -> None:
        branch = "metricgov/journal"
        git(tmp_path, "clone", "-q", "--depth=1", f"file://{world.root}", "shallow")
        git(tmp_path / "shallow", "fetch", "-q", "--depth=1", "origin", f"{branch}:{branch}")
        rows = caller(tmp_path / "shallow", monkeypatch, capsys)("history", "routing_speed", "--json").json["versions"]
        assert (rows[0]["version"], rows[0]["state"]) == ("1.0.1", "baseline")  # type: ignore[index]

    def test_the_changelog_speaks_to_readers(self, call: Call) -> None:
        out = call("changelog", "--since", "2026-06-18").out
        assert "window 30 days -> 14 days" in out
        assert "approved by crm-lead" in " ".join(out.split())
        assert "A week is what sales promises" not in out

    @pytest.mark.parametrize(
        ("words", "number"), [(["--since", "2026-06-19"], 0), (["--definition", NAME], 1), ([], 2)], ids=str
    )
    def test_the_changelog_is_limited(self, call: Call, words: list[str], number: int) -> None:
        assert len(call("changelog", *words, "--json").json["changelog"]) == number  # type: ignore[arg-type]

    @pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-06-18T08", "20260618", "2026-W25-4"])
    def test_a_date_that_is_none_is_refused(self, call: Call, text: str) -> None:
        said = call("changelog", "--since", text)
        assert (said.code, said.out) == (2, "")
        assert "is no date" in said.err


class TestPeople:
    def test_whoami_says_how_it_is_known(self, call: Call, world: World, git: Callable[..., str]) -> None:
        git(world.root, "config", "user.email", "crm-lead@example.com")
        mine = call("whoami", "--json").json
        assert (mine["principal"], mine["identity"]) == ("crm-lead", "claimed")
        assert "user.email" in str(mine["known_by"])
        assert "domain crm_handoff" in str(mine["accountable"])
        assert "the claim --as" in call("whoami", "--as", "ops-lead").out

    def test_who_names_everybody_with_a_part(self, call: Call) -> None:
        view = call("who", NAME, "--json").json["who"]
        assert (view["accountable"], view["deputy"]) == ("crm-lead", "crm-deputy")  # type: ignore[index]

    def test_who_says_who_decides_where_the_accountable_would_write_it(self, call: Call) -> None:
        view = call("who", NAME, "--by", "crm-lead", "--json").json["who"]
        deciders = [one["who"] for one in view["requirements"] if one["code"] == "approval_accountable"]  # type: ignore[index]
        assert deciders == [["crm-deputy"]]

    def test_an_editorial_change_needs_fewer(self, call: Call) -> None:
        view = call("who", NAME, "--class", "editorial", "--json").json["who"]
        assert len(view["requirements"]) == 1  # type: ignore[index]

    @pytest.mark.parametrize("name", ["nothing", "metric:nothing", "planet:mars", "metric:"])
    def test_an_unknown_definition_is_one_clear_error(self, call: Call, name: str) -> None:
        said = call("who", name)
        assert (said.code, said.out) == (2, "")
        assert "names no definition" in said.err

    def test_no_name_at_all_is_asked_for(self, call: Call) -> None:
        said = call("who", "")
        assert (said.code, said.out) == (2, "")
        assert "[definition_missing]" in said.err


class TestAudit:
    @pytest.mark.parametrize(
        ("words", "number"),
        [
            (["--event", "approved"], 4),
            (["--event", "approved", "--person", "crm-lead"], 1),
            (["--event", "approved", "--definition", "crm_leads"], 2),
            (["--change", APPLIED, "--event", "applied"], 1),
            (["--change", APPLIED, "--definition", "crm_leads"], 0),
            (["--until", "2026-06-17"], 0),
            (["--since", "2026-06-19"], 0),
            (["--since", "2026-06-18", "--until", "2026-06-18", "--event", "withdrawn"], 1),
        ],
        ids=named,
    )
    def test_the_log_is_filtered(self, call: Call, words: list[str], number: int) -> None:
        assert len(call("audit", "log", *words, "--json").json["events"]) == number  # type: ignore[arg-type]

    def test_the_log_is_newest_first(self, call: Call) -> None:
        seqs = [row["seq"] for row in call("audit", "log", "--limit", "0", "--json").json["events"]]  # type: ignore[index,attr-defined]
        assert seqs == list(range(len(seqs), 0, -1))

    def test_an_unknown_event_is_refused(self, call: Call) -> None:
        said = call("audit", "log", "--event", "approve")
        assert said.code == 2
        assert "did you mean approved" in said.err

    def test_verify_holds_and_says_what_nobody_vouches_for(self, call: Call) -> None:
        """INV-62: a tail without an anchor is named."""
        said = call("audit", "verify", "--json")
        assert said.code == 0
        assert said.json["holds"] is True
        assert "tail not anchored after seq" in str(said.json["note"])
        head = said.json["head"]
        kept = f"{head['seq']}:{head['sha256']}"  # type: ignore[index]
        anchored = call("audit", "verify", "--expect", kept, "--json").json
        assert anchored["note"] == ""

    def test_verify_finds_a_tail_that_is_not_the_one_that_was_kept(self, call: Call) -> None:
        said = call("audit", "verify", "--expect", f"999:{'a' * 64}")
        assert said.code == 1
        assert "are missing" in said.out

    @pytest.mark.parametrize("text", ["x", "1", "1:abc", f"-1:{'a' * 64}"])
    def test_an_anchor_that_is_none_is_refused(self, call: Call, text: str) -> None:
        assert call("audit", "verify", f"--expect={text}").code == 2


class TestIndex:
    def test_rebuild_and_verify(self, call: Call) -> None:
        assert call("index", "rebuild", "--json").json["definitions"] == 171
        assert call("index", "verify").code == 0

    def test_a_changed_row_is_named(self, call: Call, world: World) -> None:
        import sqlite3

        call("index", "rebuild")
        with sqlite3.connect(world.workspace.repository.state_dir() / "index.sqlite3") as connection:
            connection.execute("UPDATE change SET stage = 'approved' WHERE id = ?", (OPEN,))
        connection.close()
        said = call("index", "verify")
        assert said.code == 1
        assert f"change {OPEN}: not what git says: stage" in said.out
        call("index", "rebuild")

    def test_answers_are_the_same_with_and_without_it(self, world: World) -> None:
        """INV-51: on a registry that real commands made."""
        index, lookup = world.workspace.index, world.workspace.lookup
        assert index.changes(ChangeQuery()) == lookup.changes(ChangeQuery())
        assert index.events(EventQuery()) == lookup.events(EventQuery())
        assert index.steps() == lookup.steps()
        assert {one.path for one in index.definitions(kind="metric")} >= {RATE}
        assert f"metric:{NAME}" in index.dependants("source:crm_leads")
        index.close()

    def test_large_journals_are_answered_from_the_index(self, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
        small = [call(*words).out for words in BOTH_WAYS]
        monkeypatch.setattr("metricgov.bootstrap.FOLDED_AT_ONCE", 0)
        assert [call(*words).out for words in BOTH_WAYS] == small


BOTH_WAYS = [
    ("change", "list", "--all", "--json"),
    ("inbox", "--as", "crm-lead", "--json"),
    ("changelog", "--json"),
    ("audit", "log", "--event", "approved", "--json"),
]


def test_an_event_that_could_not_happen_is_the_first_bad_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """INV-62: every link of the chain is whole, and the approval still says what was not possible."""
    world = build(tmp_path / "registry")
    call = caller(world.root, monkeypatch, capsys)
    journal: GitJournal = world.workspace.journal
    payload = {"revision": 1, "cycle": 1, "digest": "0" * 64, "reason": "", "self_approved": False}
    forged = Draft(
        OPEN, "approved", Actor("crm-lead"), "2026-06-18T23:00:00Z", payload, world.workspace.access.target and ""
    )
    (event,) = journal.append(lambda: (forged,))
    said = call("audit", "verify")
    assert said.code == 1
    assert f"The first bad event is {event.seq}." in said.out
    before = call("change", "show", NAME, "--json").json["change"]
    assert all(one["principal"] != "crm-lead" for one in before["decisions"])  # type: ignore[index]
