"""Two people in two clones of one registry, with nothing between them but a bare repository."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import Desk, Metricgov

RunGit = Callable[..., str]
RATE = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"
SPEED = "metrics/crm_handoff/routing_speed.yaml"
NAME = "sales_accepted_lead_rate"
JOURNAL = "refs/heads/metricgov/journal"
OFFLINE = "METRICGOV_OFFLINE"


class Team:
    """A shared bare repository and the clones of ops-lead (`ops`) and crm-lead (`crm`)."""

    def __init__(self, desk: Desk, git: RunGit, call: Metricgov, monkeypatch: pytest.MonkeyPatch) -> None:
        from cli.conftest import Desk as Place

        self.git = git
        base = desk.root.parent
        self.shared = base / "shared.git"
        git(base, "clone", "-q", "--bare", str(desk.root), str(self.shared))
        for name in ("ops", "crm"):
            git(base, "clone", "-q", str(self.shared), str(base / name))
        self.ops = Place(base / "ops", call, monkeypatch)
        self.crm = Place(base / "crm", call, monkeypatch)
        for place in (self.ops, self.crm):
            assert place.run("crm-lead", "sync").code == 0

    def journal(self) -> str:
        """Return where the shared journal is."""
        return self.git(self.shared, "rev-parse", JOURNAL)

    def types(self) -> list[str]:
        """Return the types of all events of the shared journal, oldest first."""
        from metricgov.adapters.git.journal import GitJournal
        from metricgov.adapters.git.repository import GitRepository

        with GitRepository.open(self.shared) as repository:
            return [one.type for one in GitJournal(repository).events()]


@pytest.fixture
def team(desk: Desk, git: RunGit, metricgov: Metricgov, monkeypatch: pytest.MonkeyPatch) -> Team:
    monkeypatch.delenv(OFFLINE, raising=False)
    return Team(desk, git, metricgov, monkeypatch)


def propose(place: Desk, *more: str) -> None:
    place.sed(RATE, "Moves budget", "Moves the budget")
    done = place.run("ops-lead", "propose", "-m", "plainer", *more)
    assert done.code == 0, done.err


def test_what_one_does_the_other_sees_after_a_sync(team: Team) -> None:
    before = team.journal()
    propose(team.ops)
    assert team.journal() != before
    assert team.crm.run("crm-lead", "change", "show", NAME).code != 0
    assert team.crm.run("crm-lead", "sync").code == 0
    assert team.crm.run("crm-lead", "approve", NAME, "-m", "yes").code == 0
    applied = team.crm.run("crm-lead", "apply", NAME)
    assert applied.code == 0, applied.err
    assert team.git(team.shared, "rev-parse", "main") == team.git(team.crm.root, "rev-parse", "main")
    assert team.git(team.crm.root, "status", "--porcelain") == ""
    team.git(team.ops.root, "checkout", "-q", "--", ".")
    assert team.ops.run("ops-lead", "sync").code == 0
    assert "Moves the budget" in (team.ops.root / RATE).read_text()
    assert team.ops.shown(NAME)["state"] == "applied"


def test_reading_never_talks_to_the_remote(team: Team) -> None:
    propose(team.ops)
    team.git(team.ops.root, "remote", "set-url", "origin", "http://127.0.0.1:9/gone.git")
    for words in (["change", "show", NAME], ["inbox"], ["list"], ["audit", "log"], ["change", "explain", NAME]):
        done = team.ops.run("crm-lead", *words)
        assert (done.code, done.err) == (0, ""), words


def test_offline_it_waits_and_is_marked_and_goes_out_later(team: Team) -> None:
    before = team.journal()
    propose(team.ops, "--offline")
    assert team.journal() == before
    assert "not sent yet" in team.ops.run("ops-lead", "change", "show", NAME).out
    assert "not sent yet" in team.ops.run("ops-lead", "change", "explain", NAME).out
    assert "not sent yet" in team.ops.run("crm-lead", "inbox").out
    assert "not sent yet" in team.ops.run("crm-lead", "audit", "log").out
    assert json.loads(team.ops.run("ops-lead", "sync", "--show", "--json").out)["waiting"]
    done = team.ops.run("ops-lead", "sync")
    assert done.code == 0, done.err
    assert "Sent" in done.out
    assert team.types()[-2:] == ["change_created", "revision_submitted"]
    assert "not sent yet" not in team.ops.run("ops-lead", "change", "show", NAME).out
    assert "Nothing waited" in team.ops.run("ops-lead", "sync").out


def test_an_unreachable_remote_lets_it_wait(team: Team) -> None:
    address = team.git(team.ops.root, "remote", "get-url", "origin")
    team.git(team.ops.root, "remote", "set-url", "origin", "http://127.0.0.1:9/gone.git")
    team.ops.sed(RATE, "Moves budget", "Moves the budget")
    done = team.ops.run("ops-lead", "propose", "-m", "plainer")
    assert done.code == 0, done.err
    assert "waits here" in done.err
    assert team.ops.run("ops-lead", "sync").code == 3
    team.git(team.ops.root, "remote", "set-url", "origin", address)
    assert team.ops.run("ops-lead", "comment", NAME, "-m", "and this").code == 0
    assert team.types()[-3:] == ["change_created", "revision_submitted", "commented"]


def test_two_clones_offline_for_a_week_make_one_history(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    propose(team.ops)
    team.crm.run("crm-lead", "sync")
    monkeypatch.setenv(OFFLINE, "1")
    for number in range(3):
        assert team.ops.run("ops-lead", "comment", NAME, "-m", f"ops {number}").code == 0
        assert team.crm.run("crm-lead", "comment", NAME, "-m", f"crm {number}").code == 0
    assert team.ops.run("ops-lead", "comment", NAME, "-m", "answer", "--thread", "t2").code == 0
    assert team.crm.run("crm-lead", "approve", NAME).code == 0
    monkeypatch.delenv(OFFLINE)
    assert team.crm.run("crm-lead", "sync").code == 0
    done = team.ops.run("ops-lead", "sync")
    assert done.code == 0, done.err
    assert team.crm.run("crm-lead", "sync").code == 0
    here, there = (team.git(one.root, "rev-parse", JOURNAL) for one in (team.ops, team.crm))
    assert here == there == team.journal()
    assert team.git(team.shared, "rev-list", "--merges", "--count", JOURNAL) == "0"
    assert team.ops.run("crm-lead", "audit", "verify").code == 0
    threads = {one["id"]: [each["words"] for each in one["remarks"]] for one in team.ops.shown(NAME)["threads"]}
    assert [words for words in threads.values() if "ops 1" in words] == [["ops 1", "answer"]]
    assert len(threads) == 6


def test_what_is_refused_later_keeps_its_text(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-02: an approval of a revision that was replaced meanwhile; and a revision of one that was."""
    propose(team.ops)
    team.crm.run("crm-lead", "sync")
    monkeypatch.setenv(OFFLINE, "1")
    assert team.crm.run("crm-lead", "approve", NAME, "-m", "as we said").code == 0
    monkeypatch.delenv(OFFLINE)
    team.ops.sed(RATE, "Moves the budget", "Moves budgets")
    assert team.ops.run("ops-lead", "revise", NAME, "-m", "plural").code == 0
    done = team.crm.run("crm-lead", "sync")
    assert done.code == 1
    assert "Refused 1" in done.out
    assert "as we said" in team.crm.run("crm-lead", "sync", "--show").out
    assert "approved" not in team.types()
    assert "sync --show" in team.crm.run("crm-lead", "comment", NAME, "-m", "hm").err
    assert team.crm.run("crm-lead", "sync", "--drop", "1").code == 0
    assert json.loads(team.crm.run("crm-lead", "sync", "--show", "--json").out)["refused"] == []


def test_a_proposal_meets_a_main_that_moved(team: Team, monkeypatch: pytest.MonkeyPatch, git: RunGit) -> None:
    """Fields that only one side changed are put together; the same field is refused, with the text kept."""
    monkeypatch.setenv(OFFLINE, "1")
    team.crm.sed(RATE, "Share of", "The share of")
    assert team.crm.run("crm-lead", "propose", "-m", "article").code == 0
    team.crm.sed(RATE, "The share of", "Share of")
    team.crm.sed(SPEED, "title: ", "title: A ")
    assert team.crm.run("crm-lead", "propose", SPEED, "-m", "speed").code == 0
    monkeypatch.delenv(OFFLINE)
    for path, old, new in ((RATE, "Moves budget", "Moves the budget"), (SPEED, "title: ", "title: The ")):
        team.ops.sed(path, old, new)
    git(team.ops.root, "commit", "-q", "-a", "-m", "by hand")
    git(team.ops.root, "push", "-q", "origin", "main")
    done = team.crm.run("crm-lead", "sync")
    assert done.code == 1
    assert "main changed the same fields" in done.out
    shown = team.crm.shown(NAME)
    assert shown["state"] == "in_review"
    assert "title: A " in team.crm.run("crm-lead", "sync", "--show").out


def test_applying_needs_the_remote(team: Team) -> None:
    propose(team.ops)
    assert team.ops.run("crm-lead", "approve", NAME).code == 0
    done = team.ops.run("crm-lead", "apply", NAME, "--offline")
    assert done.code == 1
    assert "cannot wait" in done.err


def test_a_protected_main_sends_people_to_the_host(team: Team) -> None:
    propose(team.ops)
    assert team.ops.run("crm-lead", "approve", NAME).code == 0
    hook = team.shared / "hooks" / "update"
    hook.write_text(
        '#!/bin/sh\n[ "$1" = refs/heads/main ] && { echo "GH006: protected branch" >&2; exit 1; }\nexit 0\n'
    )
    hook.chmod(0o755)
    team.git(team.ops.root, "checkout", "-q", "--", ".")
    done = team.ops.run("crm-lead", "apply", NAME)
    assert done.code == 1
    assert "pull request" in done.err
    assert team.types()[-1] == "apply_abandoned"
    assert team.ops.shown(NAME)["state"] == "approved"
    command = next(line for line in done.err.replace("\n", " ").split("git push ")[1:]).split(",")[0]
    team.git(team.ops.root, "push", "-q", *command.split())


class TestRewound:
    """INV-51: what the remote lost is found, named, and given back only when somebody says so."""

    def test_a_rewound_journal_is_refused_and_restored(self, team: Team) -> None:
        old = team.journal()
        propose(team.ops)
        new = team.journal()
        team.git(team.shared, "update-ref", JOURNAL, old)
        done = team.ops.run("crm-lead", "approve", NAME)
        assert done.code == 1
        assert "was rewound" in done.err
        assert "sync --restore" in done.err
        assert team.ops.run("crm-lead", "sync").code == 1
        assert team.ops.run("crm-lead", "sync", "--restore").code == 0
        assert team.git(team.shared, "merge-base", "--is-ancestor", new, JOURNAL) == ""
        assert team.ops.run("crm-lead", "approve", NAME).code == 0

    def test_a_journal_that_is_gone(self, team: Team) -> None:
        team.git(team.shared, "update-ref", "-d", JOURNAL)
        done = team.ops.run("crm-lead", "sync")
        assert (done.code, "no longer has the journal" in done.err) == (1, True)
        assert team.ops.run("crm-lead", "sync", "--restore").code == 0
        assert team.journal()

    def test_a_fork_is_for_people(self, team: Team) -> None:
        old = team.journal()
        propose(team.ops)
        team.git(team.shared, "update-ref", JOURNAL, old)
        assert team.crm.run("crm-lead", "request", NAME, "-m", "other").code == 0
        for words in (["sync"], ["sync", "--restore"]):
            done = team.ops.run("crm-lead", *words)
            assert done.code == 1
            assert "have parted" in done.err
            assert team.journal()[:12] in done.err

    def test_a_rewound_main_is_told(self, team: Team) -> None:
        old = team.git(team.shared, "rev-parse", "main")
        propose(team.ops)
        team.git(team.ops.root, "checkout", "-q", "--", ".")
        assert team.ops.run("crm-lead", "approve", NAME).code == 0
        assert team.ops.run("crm-lead", "apply", NAME).code == 0
        team.git(team.shared, "update-ref", "refs/heads/main", old)
        done = team.ops.run("crm-lead", "sync")
        assert "Main was rewound" in done.err
        assert team.types()[-1] == "main_rewound"

    def test_a_renamed_default_branch_is_explained(self, team: Team) -> None:
        team.git(team.shared, "branch", "-m", "main", "trunk")
        team.git(team.shared, "symbolic-ref", "HEAD", "refs/heads/trunk")
        done = team.ops.run("crm-lead", "sync")
        assert done.code == 3
        assert "its default branch is trunk" in done.err
        command = done.err.replace("\n", " ").split("git push ")[1].split(". ")[0]
        team.git(team.ops.root, "push", "-q", *command.split())
        assert team.ops.run("crm-lead", "sync").code == 0


def test_a_registry_that_was_local_gives_its_journal_to_its_first_remote(desk: Desk, git: RunGit) -> None:
    shared = desk.root.parent / "new.git"
    git(desk.root.parent, "init", "-q", "--bare", "-b", "main", str(shared))
    git(desk.root, "remote", "add", "origin", str(shared))
    assert desk.run("crm-lead", "sync").code == 3
    git(desk.root, "push", "-q", "origin", "main")
    assert desk.run("crm-lead", "sync").code == 0
    assert git(shared, "rev-parse", JOURNAL) == git(desk.root, "rev-parse", JOURNAL)


def test_a_named_remote_that_is_not_there(team: Team) -> None:
    team.git(team.ops.root, "config", "metricgov.remote", "upstream")
    done = team.ops.run("crm-lead", "sync")
    assert (done.code, "no remote is called" in done.err) == (2, True)
    team.git(team.ops.root, "config", "metricgov.remote", "")
    assert team.ops.run("crm-lead", "sync").code == 3


def test_a_shallow_clone_takes_part(team: Team) -> None:
    folder = team.ops.root.parent / "shallow"
    team.git(folder.parent, "clone", "-q", "--depth=1", "--no-single-branch", team.shared.as_uri(), str(folder))
    propose(team.ops)
    from cli.conftest import Desk as Place

    place = Place(folder, team.ops.call, team.ops.patch)
    done = place.run("crm-lead", "sync")
    assert done.code == 0, done.err
    assert place.run("crm-lead", "approve", NAME).code == 0
    assert team.types()[-1] == "approved"


def doctor(place: Desk) -> str:
    rows = json.loads(place.run("crm-lead", "doctor", "--json").out)["checks"]
    return "; ".join(f"{row['state']} {row['says']}" for row in rows if row["name"] == "remote")


def test_doctor_knows_how_both_sides_stand(team: Team) -> None:
    assert doctor(team.ops) == "ok origin, in step as of the last fetch"
    propose(team.ops, "--offline")
    assert "warn 1 decision is not sent yet" in doctor(team.ops)
    assert team.ops.run("ops-lead", "sync").code == 0
    team.git(team.crm.root, "fetch", "-q")
    assert doctor(team.crm) == "warn the journal here is behind origin"
    team.git(team.ops.root, "commit", "-q", "-a", "-m", "mine")
    assert "has commits that origin lacks" in doctor(team.ops)
    team.git(team.ops.root, "config", "metricgov.remote", "")
    assert doctor(team.ops).startswith("ok none")


def test_a_service_may_tick_over_a_remote(team: Team) -> None:
    done = team.ops.run("crm-lead", "tick")
    assert done.code == 0, done.err
