"""`audit verify --full`, `audit scan`, `audit export`: what an auditor types, and what comes back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from cli.conftest import Metricgov, Outcome
from cli.reading_world import APPLIED, RATE
from metricgov.bootstrap import Workspace
from metricgov.cli.progress import Meter
from metricgov.domain.exported import COLUMNS
from metricgov.domain.workflow.envelope import Actor, Draft

RunGit = Callable[..., str]


@pytest.fixture
def bypassed(registry: Path, git: RunGit) -> Path:
    """The registry with one push that nobody approved."""
    file = registry / RATE
    text = file.read_text()
    assert "INTERVAL '14' DAY" in text
    file.write_text(text.replace("INTERVAL '14' DAY", "INTERVAL '3' DAY"))
    git(registry, "commit", "-qam", "=1+1", "--author", "Mallory <mallory@example.com>")
    return registry


class TestVerifyFull:
    def test_a_clean_history(self, past: Path, metricgov: Metricgov) -> None:
        said = metricgov("audit", "verify", "--full", cwd=past)
        assert (said.code, "Main holds: 2 steps" in said.out, "not pinned" in said.out) == (0, True, True)
        assert said.err == ""
        told = json.loads(metricgov("audit", "verify", "--full", "--json", cwd=past).out)
        assert (told["holds"], told["main"]["holds"], told["main"]["governed"]) == (True, True, 2)
        pinned = metricgov("audit", "verify", "--full", "--root", told["main"]["root"], cwd=past)
        assert (pinned.code, "as pinned" in pinned.out) == (0, True)

    def test_another_root(self, past: Path, metricgov: Metricgov) -> None:
        """INV-09"""
        said = metricgov("audit", "verify", "--full", "--root", "0" * 64, cwd=past)
        assert (said.code, "root_differs" in said.out) == (1, True)

    def test_a_bypass_is_the_first_bad_step(self, bypassed: Path, metricgov: Metricgov, git: RunGit) -> None:
        """INV-21"""
        said = metricgov("audit", "verify", "--full", cwd=bypassed)
        commit = git(bypassed, "rev-parse", "main")
        assert said.code == 1
        assert f"The first bad step is {commit[:12]}" in said.out
        assert "metric:sales_accepted_lead_rate" in said.out
        assert "BREAKING" in said.out
        told = json.loads(metricgov("audit", "verify", "--full", "--json", cwd=bypassed).out)
        assert (told["holds"], told["main"]["first_bad"]) == (True, commit)

    def test_a_journal_that_is_not_whole_approves_nothing(
        self, bypassed: Path, metricgov: Metricgov, git: RunGit
    ) -> None:
        """INV-62: an event that was cut out of the journal's tree."""
        first = "registry/000/000/000000001.json"
        git(bypassed, "read-tree", "--index-output=.git/other", "metricgov/journal")
        env = {"GIT_INDEX_FILE": ".git/other"}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            git(bypassed, "rm", "-q", "--cached", first)
            tree = git(bypassed, "write-tree")
        message = git(bypassed, "log", "-1", "--format=%B", "metricgov/journal")
        commit = git(bypassed, "commit-tree", "-p", "metricgov/journal", "-m", message, tree)
        git(bypassed, "update-ref", "refs/heads/metricgov/journal", commit)
        said = metricgov("audit", "verify", "--full", cwd=bypassed)
        assert said.code == 1
        assert "The first bad event is 1." in said.out
        assert "Main was not judged" in said.out
        told = json.loads(metricgov("audit", "verify", "--full", "--json", cwd=bypassed).out)
        assert (told["holds"], "main" in told) == (False, False)

    def test_an_approval_that_could_not_be_counts_for_nothing(self, registry: Path, metricgov: Metricgov) -> None:
        """INV-62: the chain is whole, the event is not possible, and main is judged without it."""
        payload = {"revision": 1, "cycle": 1, "digest": "0" * 64, "reason": "", "self_approved": False}
        draft = Draft(APPLIED, "approved", Actor("crm-lead"), "2026-06-18T23:00:00Z", payload)
        Workspace(registry).journal.append(lambda: (draft,))
        told = json.loads(metricgov("audit", "verify", "--full", "--json", cwd=registry).out)
        assert (told["holds"], told["main"]["holds"]) == (False, True)

    def test_a_shallow_clone(self, past: Path, metricgov: Metricgov, git: RunGit, tmp_path: Path) -> None:
        """INV-25: no verdict is not a pass, and the hint names the fetch."""
        git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", past.as_uri(), "clone")
        clone = tmp_path / "clone"
        git(clone, "branch", "metricgov/journal", "origin/metricgov/journal")
        said = metricgov("audit", "verify", "--full", cwd=clone)
        assert (said.code, "git fetch --unshallow" in said.err) == (3, True)

    def test_a_clone_without_the_journal(self, past: Path, metricgov: Metricgov, git: RunGit, tmp_path: Path) -> None:
        """INV-25"""
        git(tmp_path, "clone", "-q", past.as_uri(), "clone")
        said = metricgov("audit", "verify", "--full", cwd=tmp_path / "clone")
        assert (said.code, "git fetch origin metricgov/journal:metricgov/journal" in said.err) == (3, True)

    @pytest.mark.parametrize("words", [("--root", "0" * 64), ("--full", "--root", "abc")], ids=["alone", "no digest"])
    def test_a_root_that_cannot_be_compared(self, past: Path, metricgov: Metricgov, words: tuple[str, ...]) -> None:
        assert metricgov("audit", "verify", *words, cwd=past).code == 2

    def test_interrupted(self, bypassed: Path, metricgov: Metricgov, monkeypatch: pytest.MonkeyPatch) -> None:
        """INV-25: it says how far it came, and never what it did not see."""

        def stop(_self: Meter, what: str, done: int, _total: int) -> None:
            if done == 1 and what.startswith("judging"):
                raise KeyboardInterrupt

        monkeypatch.setattr(Meter, "__call__", stop)
        said = metricgov("audit", "verify", "--full", cwd=bypassed)
        assert (said.code, said.out) == (130, "")
        assert "Interrupted after 1 of 3 steps: 0 bypasses so far." in said.err


class TestScan:
    def test_nothing_to_report(self, past: Path, metricgov: Metricgov) -> None:
        said = metricgov("audit", "scan", cwd=past)
        assert (said.code, said.out) == (0, "2 steps, 2 of them governed: no bypass.\n")

    def test_who_what_when_and_what_was_missing(self, bypassed: Path, metricgov: Metricgov) -> None:
        said = metricgov("audit", "scan", cwd=bypassed)
        assert said.code == 0
        for word in ("Mallory <mallory@example.com>", "metric:sales_accepted_lead_rate", "BREAKING", "has to approve"):
            assert word in said.out
        (one,) = json.loads(metricgov("audit", "scan", "--json", cwd=bypassed).out)["bypasses"]
        assert (one["author"], one["class"], one["seen_by"]) == ("Mallory", "breaking", None)
        assert "approval_council" in {unmet["code"] for each in one["definitions"] for unmet in each["unmet"]}

    def test_as_a_table(self, bypassed: Path, metricgov: Metricgov) -> None:
        """A subject that a spreadsheet would calculate is shown as what it is."""
        said = metricgov("audit", "scan", "--format", "csv", cwd=bypassed)
        (row,) = csv.DictReader(io.StringIO(said.out))
        assert (row["subject"], row["definition"]) == ("'=1+1", "metric:sales_accepted_lead_rate")
        assert (row["class"], row["observed"], row["author"]) == ("breaking", "false", "Mallory")

    def test_from_a_day_on(self, bypassed: Path, metricgov: Metricgov, git: RunGit) -> None:
        said = json.loads(metricgov("audit", "scan", "--json", "--since", "2026-06-19", cwd=bypassed).out)
        assert (said["steps"], said["governed"], len(said["bypasses"])) == (3, 1, 1)

    def test_a_backdated_commit_is_no_way_around_it(self, registry: Path, metricgov: Metricgov, git: RunGit) -> None:
        file = registry / RATE
        file.write_text(file.read_text().replace("INTERVAL '14' DAY", "INTERVAL '3' DAY"))
        git(registry, "add", "-u")
        tree, parent = git(registry, "write-tree"), git(registry, "rev-parse", "main")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GIT_COMMITTER_DATE", "2020-01-01T00:00:00Z")
            commit = git(registry, "commit-tree", "-p", parent, "-m", "long ago", tree)
        git(registry, "update-ref", "refs/heads/main", commit)
        said = json.loads(metricgov("audit", "scan", "--json", "--since", "2026-06-19", cwd=registry).out)
        assert [one["commit"] for one in said["bypasses"]] == [commit]


def rows(said: Outcome) -> list[dict[str, str]]:
    assert said.code == 0, said.err
    return list(csv.DictReader(io.StringIO(said.out)))


class TestExport:
    def test_every_event_with_every_column(self, past: Path, metricgov: Metricgov) -> None:
        found = rows(metricgov("audit", "export", cwd=past))
        assert list(found[0]) == [name for name, _, _ in COLUMNS]
        assert [row["seq"] for row in found] == [str(number) for number in range(1, len(found) + 1)]
        assert all(after["prev"] == before["sha256"] for before, after in pairwise(found))
        assert not any("None" in row.values() for row in found)

    def test_the_same_rows_as_json_lines(self, past: Path, metricgov: Metricgov) -> None:
        told = [
            json.loads(line) for line in metricgov("audit", "export", "--format", "jsonl", cwd=past).out.splitlines()
        ]
        found = rows(metricgov("audit", "export", cwd=past))
        assert [str(one["seq"]) for one in told] == [row["seq"] for row in found]
        assert [one["words"] or "" for one in told] == [row["words"] for row in found]
        assert list(told[0]) == [name for name, _, _ in COLUMNS]

    def test_the_same_bytes_every_time(self, past: Path, metricgov: Metricgov, tmp_path: Path) -> None:
        first = metricgov("audit", "export", cwd=past).out
        said = metricgov("audit", "export", "--out", tmp_path / "events.csv", cwd=past)
        assert (said.code, said.out) == (0, "")
        assert (tmp_path / "events.csv").read_bytes() == first.encode()
        assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []

    def test_a_longer_journal_begins_with_the_same_bytes(self, registry: Path, metricgov: Metricgov) -> None:
        before = metricgov("audit", "export", cwd=registry).out
        draft = Draft(
            APPLIED, "commented", Actor("crm-lead"), "2026-06-18T23:00:00Z", {"thread": "t9", "text": "=cmd|x"}
        )
        Workspace(registry).journal.append(lambda: (draft,))
        after = metricgov("audit", "export", cwd=registry).out
        assert after.startswith(before)
        assert rows(metricgov("audit", "export", "--event", "commented", cwd=registry))[0]["words"] == "'=cmd|x"

    @pytest.mark.parametrize(
        "words",
        [
            ("--event", "approved"),
            ("--event", "approved", "--person", "crm-lead"),
            ("--definition", "crm_leads"),
            ("--change", APPLIED),
            ("--since", "2026-06-19"),
            ("--until", "2026-06-18", "--event", "withdrawn"),
            ("--limit", "3"),
        ],
        ids=" ".join,
    )
    def test_the_filters_are_those_of_the_log(self, past: Path, metricgov: Metricgov, words: tuple[str, ...]) -> None:
        found = [row["seq"] for row in rows(metricgov("audit", "export", *words, cwd=past))]
        limit = () if "--limit" in words else ("--limit", "0")
        log = json.loads(metricgov("audit", "log", *words, *limit, "--json", cwd=past).out)["events"]
        assert found == [str(one["seq"]) for one in reversed(log)]

    def test_a_definition_stands_beside_every_event_of_its_change(self, past: Path, metricgov: Metricgov) -> None:
        found = rows(metricgov("audit", "export", "--change", APPLIED, cwd=past))
        assert found[0]["definitions"] == ""
        assert {row["definitions"] for row in found[1:]} == {"metric:sales_accepted_lead_rate"}
        assert {row["class"] for row in found[1:]} == {"breaking"}

    def test_a_file_that_cannot_be_written(self, past: Path, metricgov: Metricgov, tmp_path: Path) -> None:
        said = metricgov("audit", "export", "--out", tmp_path / "no" / "such.csv", cwd=past)
        assert (said.code, "cannot be written" in said.err) == (2, True)
