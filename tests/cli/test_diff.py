"""`diff`: what edits mean, from the work tree and between commits."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from reading_world import LEADS, RATE, SPEED

from cli.conftest import Metricgov

NAME = "sales_accepted_lead_rate"


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    return subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def edit(registry: Path, path: str, before: str, after: str) -> None:
    text = (registry / path).read_text()
    assert before in text
    (registry / path).write_text(text.replace(before, after))


def document(metricgov: Metricgov, registry: Path, *words: str) -> dict[str, object]:
    said = metricgov("diff", *words, "--json", cwd=registry)
    assert said.code == 0, said.err
    body: dict[str, object] = json.loads(said.out)
    assert body["format"] == 1
    return body


def test_the_work_tree_is_compared_with_main_and_it_says_so(metricgov: Metricgov, registry: Path) -> None:
    edit(registry, RATE, "INTERVAL '14' DAY", "INTERVAL '10' DAY")
    said = metricgov("diff", cwd=registry / "sources")
    assert said.code == 0
    assert said.err.startswith("the work tree against main (")
    words = " ".join(said.out.split())
    for part in (
        f"metric:{NAME} 2.0.0 BREAKING",
        "FILTER_WINDOW",
        "a major step is due: 2.0.0 → 3.0.0",
        "STALE_TEXT",
        "Affected, not changed: 1",
        "metric:lead_quality_trend",
    ):
        assert part in words, part
    assert max(map(len, said.out.splitlines())) <= 80


def test_json_has_line_class_flags_and_reason(metricgov: Metricgov, registry: Path) -> None:
    edit(registry, RATE, "INTERVAL '14' DAY", "INTERVAL '10' DAY")
    body = document(metricgov, registry)
    assert body["base"] == {"ref": "main", "commit": git(registry, "rev-parse", "main")}
    assert body["head"] == {"ref": None, "commit": None}
    (one,) = body["definitions"]
    assert (one["id"], one["class"]) == (f"metric:{NAME}", "breaking")
    assert one["version"] == {"before": "2.0.0", "after": "2.0.0", "required": "3.0.0"}
    finding = next(each for each in one["findings"] if each["field"] == "calculation.where")
    lines = (registry / RATE).read_text().split("\n")
    assert "where:" in lines[finding["line"] - 1]
    assert finding["because"]
    assert [each["definition"] for each in body["affected"]] == ["metric:lead_quality_trend"]


def test_nothing_governed_differs(metricgov: Metricgov, registry: Path) -> None:
    (registry / "notes.txt").write_text("not governed")
    said = metricgov("diff", cwd=registry)
    assert (said.code, said.out) == (0, "Nothing governed differs.\n")
    assert document(metricgov, registry)["definitions"] == []


def test_a_file_that_is_only_written_differently_is_named(metricgov: Metricgov, registry: Path) -> None:
    edit(registry, SPEED, "status: active", "status:   'active'  # a word")
    said = metricgov("diff", cwd=registry)
    assert said.out.startswith("= metric:routing_speed")
    assert "only written differently" in said.out


@pytest.mark.parametrize(
    "word",
    [SPEED, "metrics/crm_handoff", "routing_speed", "metric:routing_speed", "./metrics/../metrics/crm_handoff/"],
)
def test_paths_folders_and_names_limit_it(metricgov: Metricgov, registry: Path, word: str) -> None:
    edit(registry, SPEED, "title: Routing speed", "title: Speed of routing")
    edit(registry, LEADS, "title: Leads in the CRM", "title: All leads in the CRM")
    found = [one["id"] for one in document(metricgov, registry, word)["definitions"]]
    assert found == ["metric:routing_speed"]


def test_a_deleted_file_can_be_named(metricgov: Metricgov, registry: Path) -> None:
    (registry / SPEED).unlink()
    (one,) = document(metricgov, registry, SPEED)["definitions"]
    assert one["version"]["after"] in (None, "")
    assert "B" in one["flags"], "a published definition is never deleted"


def test_two_commits_are_compared_tree_against_tree(metricgov: Metricgov, registry: Path) -> None:
    git(registry, "checkout", "-qb", "shorter")
    edit(registry, RATE, "INTERVAL '14' DAY", "INTERVAL '10' DAY")
    git(registry, "commit", "-qam", "shorter")
    edit(registry, SPEED, "title: Routing speed", "title: Not looked at")
    body = document(metricgov, registry, "main", "shorter")
    assert [one["id"] for one in body["definitions"]] == [f"metric:{NAME}"]
    assert body["head"]["commit"] == git(registry, "rev-parse", "shorter")
    assert document(metricgov, registry, "main", "shorter", SPEED)["definitions"] == []
    assert [one["id"] for one in document(metricgov, registry, "shorter")["definitions"]] == ["metric:routing_speed"]


def test_a_side_that_lacks_commits_of_the_base_is_told(metricgov: Metricgov, registry: Path) -> None:
    fork = git(registry, "rev-parse", "main~1")
    git(registry, "branch", "old", fork)
    said = metricgov("diff", "main", "old", cwd=registry)
    assert said.code == 0
    assert "main has 1 commit that old lacks" in said.err
    assert f"metricgov diff {fork} old" in said.err
    assert metricgov("diff", fork, "old", cwd=registry).out == "Nothing governed differs.\n"


def test_a_work_tree_behind_main_shows_its_own_edits_alone(metricgov: Metricgov, registry: Path) -> None:
    fork = git(registry, "rev-parse", "main~1")
    git(registry, "checkout", "-q", fork)
    assert document(metricgov, registry)["definitions"] == [], "what main did since is no edit of the work tree"
    edit(registry, SPEED, "title: Routing speed", "title: Speed of routing")
    body = document(metricgov, registry)
    assert body["base"] == {"ref": "main", "commit": fork}
    assert [one["rule"] for one in body["definitions"][0]["findings"]] == ["TITLE_EDITED"]
    said = metricgov("diff", cwd=registry)
    assert "the work tree against main where they parted" in said.err
    assert "main has 1 commit that the work tree lacks" in said.err


def test_an_unreadable_file_is_exit_code_2_and_the_rest_is_still_shown(metricgov: Metricgov, registry: Path) -> None:
    (registry / RATE).write_text("kind: metric\nkind: metric\n")
    edit(registry, SPEED, "title: Routing speed", "title: Speed of routing")
    link = registry / "metrics/crm_handoff/linked.yaml"
    link.symlink_to("/etc/passwd")
    said = metricgov("diff", cwd=registry)
    assert said.code == 2
    assert "Speed of routing" in said.out or "Routing" in said.out
    assert "cannot be read" in said.out
    assert f"{RATE}:2" in said.err
    assert "linked.yaml" in said.err
    assert json.loads(metricgov("diff", "--json", cwd=registry).out)["problems"]


def test_what_could_not_land_is_said_and_is_no_failure(metricgov: Metricgov, registry: Path) -> None:
    edit(registry, SPEED, "source: crm_leads", "source: crm_lead")
    said = metricgov("diff", cwd=registry)
    assert said.code == 0
    assert "This could not land as it is:" in said.err
    assert "there is no source 'crm_lead'" in " ".join(said.err.split())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("nonsense",), "no_ref_or_path"),
        (("main", "nonsense"), "no_ref_or_path"),
        (("no/such/file.yaml",), "no_file"),
        (("/etc/passwd",), "outside"),
        (("refs/tags/v1",), "tag_refused"),
        (("0" * 40,), "commit_missing"),
        (("--", "-x"), "no_file"),
    ],
)
def test_a_mistake_is_one_clear_error(metricgov: Metricgov, past: Path, words: tuple[str, ...], code: str) -> None:
    said = metricgov("diff", *words, cwd=past)
    assert said.code in (2, 3)
    assert said.out == ""
    assert code in said.err, said.err


def test_in_a_bare_repository_two_commits_still_compare(metricgov: Metricgov, registry: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "-q", "--bare", registry, bare], check=True)
    said = metricgov("diff", cwd=bare)
    assert said.code == 2
    assert "no_work_tree" in said.err
    assert metricgov("diff", "main~0".removesuffix("~0"), "main", cwd=bare).out == "Nothing governed differs.\n"
