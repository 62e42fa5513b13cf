"""`lint`: every problem of a registry at once, with its place, for people, programs and GitHub."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from reading_world import LEADS, RATE, SPEED

from cli.conftest import Metricgov
from metricgov.domain.practice.rules import RULES


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    return subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def break_it(registry: Path) -> None:
    """Make one mistake of each sort."""

    def edit(path: str, before: str, after: str) -> None:
        text = (registry / path).read_text()
        assert before in text
        (registry / path).write_text(text.replace(before, after, 1))

    edit(SPEED, "source: crm_leads", "source: crm_lead")
    edit(SPEED, "unit:", "unti:")
    edit(RATE, "scale: 100", "scale: a hundred")
    edit("governance/raci.yaml", "deputy: crm-deputy", "deputy: crm-depty")
    (registry / "metrics/crm_handoff/torn.yaml").write_text("kind: metric\nname: torn\nname: torn\n")
    (registry / "metrics/crm_handoff/deeper").mkdir()
    (registry / "metrics/crm_handoff/deeper/lost.yaml").write_text("kind: metric\n")
    (registry / "sources/linked.yaml").symlink_to(registry / LEADS)


EXPECTED = {
    ("governance/raci.yaml", "PRINCIPAL_UNKNOWN"),
    ("metrics/crm_handoff/deeper/lost.yaml", "PATH_MISPLACED"),
    (RATE, "VALUE_INVALID"),
    (SPEED, "FIELD_UNKNOWN"),
    (SPEED, "REFERENCE_DANGLING"),
    ("metrics/crm_handoff/torn.yaml", "yaml_duplicate_key"),
    ("sources/linked.yaml", "not_a_file"),
}


def problems(metricgov: Metricgov, registry: Path, *words: str) -> list[dict[str, object]]:
    said = metricgov("lint", *words, "--json", cwd=registry)
    body = json.loads(said.out)
    assert set(body) == {"format", "commit", "files", "errors", "warnings", "problems"}
    assert body["format"] == 1
    assert said.code == (1 if body["errors"] else 0)
    found: list[dict[str, object]] = body["problems"]
    return found


def test_a_sound_registry_is_clean(metricgov: Metricgov, past: Path) -> None:
    said = metricgov("lint", cwd=past / "metrics")
    assert (said.code, said.out) == (0, "")
    assert said.err.endswith("files read: nothing is wrong.\n")
    assert problems(metricgov, past, "--at", "main") == []


def test_every_problem_is_named_at_once_sorted_by_place(metricgov: Metricgov, registry: Path) -> None:
    break_it(registry)
    found = problems(metricgov, registry)
    assert {(one["path"], one["code"]) for one in found} == EXPECTED
    places = [(one["path"], one["line"]) for one in found]
    assert places == sorted(places)
    dangling = next(one for one in found if one["code"] == "REFERENCE_DANGLING")
    line = (registry / SPEED).read_text().split("\n")[int(str(dangling["line"])) - 1]
    assert "source: crm_lead" in line
    assert dangling["hint"] == "did you mean crm_leads?"


def test_text_has_a_place_a_rule_a_hint_and_counts(metricgov: Metricgov, registry: Path) -> None:
    break_it(registry)
    said = metricgov("lint", cwd=registry)
    assert said.code == 1
    assert max(map(len, said.out.splitlines())) <= 80
    words = " ".join(said.out.split())
    assert "there is no source 'crm_lead' [REFERENCE_DANGLING] hint: did you mean crm_leads?" in words
    assert "7 errors in 6 files." in said.err


def test_a_commit_is_read_from_git_alone(metricgov: Metricgov, registry: Path) -> None:
    git(registry, "checkout", "-qb", "broken")
    break_it(registry)
    git(registry, "add", "-A")
    git(registry, "commit", "-qm", "break it")
    git(registry, "checkout", "-q", "main")
    assert problems(metricgov, registry) == []
    at = {(one["path"], one["code"]) for one in problems(metricgov, registry, "--at", "broken")}
    assert at == (EXPECTED - {("sources/linked.yaml", "not_a_file")}) | {("sources/linked.yaml", "governed_symlink")}


def test_known_blobs_come_from_the_cache_and_say_the_same(metricgov: Metricgov, registry: Path) -> None:
    break_it(registry)
    cache = registry / ".git" / "metricgov" / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    first = problems(metricgov, registry)
    (answer,), (blobs,) = cache.glob("linted-*"), cache.glob("parsed-*")
    assert problems(metricgov, registry) == first, "the answer is kept"
    answer.write_bytes(answer.read_bytes().replace(b"error", b"warning", 1))
    assert problems(metricgov, registry) == first, "an answer that was tampered with is none"
    answer.unlink()
    assert problems(metricgov, registry) == first, "each blob is kept"
    answer.unlink()
    blobs.write_bytes(blobs.read_bytes()[: blobs.stat().st_size // 2] + b"\x00\xffgarbage\n")
    assert problems(metricgov, registry) == first
    (registry / SPEED).write_bytes(b"kind: nothing\n")
    assert "KIND_UNKNOWN" in {one["code"] for one in problems(metricgov, registry)}


def test_an_answer_is_that_of_these_files_alone(metricgov: Metricgov, registry: Path) -> None:
    """Every way a file can change leads to another answer: edited, staged, new, gone, renamed."""
    assert problems(metricgov, registry) == []
    path = registry / SPEED
    text = path.read_text()
    for step in ("edited", "staged", "restored"):
        path.write_text(text if step == "restored" else text.replace("source: crm_leads", "source: nowhere"))
        if step == "staged":
            git(registry, "add", "-A")
        found = {one["code"] for one in problems(metricgov, registry)}
        assert found == (set() if step == "restored" else {"REFERENCE_DANGLING"}), step
    new = registry / "sources" / "new_one.yaml"
    new.write_text("kind: source\n")
    assert {one["path"] for one in problems(metricgov, registry)} == {"sources/new_one.yaml"}
    new.rename(registry / "sources" / "other_one.yaml")
    assert {one["path"] for one in problems(metricgov, registry)} == {"sources/other_one.yaml"}
    (registry / "sources" / "other_one.yaml").unlink()
    assert problems(metricgov, registry) == []
    (registry / LEADS).unlink()
    assert "REFERENCE_DANGLING" in {one["code"] for one in problems(metricgov, registry)}


def test_no_more_answers_are_kept_than_a_few(metricgov: Metricgov, registry: Path) -> None:
    for number in range(12):
        (registry / "sources" / f"s{number}.yaml").write_text("kind: source\n")
        problems(metricgov, registry)
    assert len(list((registry / ".git" / "metricgov" / "cache").glob("linted-*"))) <= 8


def test_where_nothing_can_be_kept_lint_still_works(metricgov: Metricgov, registry: Path) -> None:
    shutil.rmtree(registry / ".git" / "metricgov", ignore_errors=True)
    (registry / ".git" / "metricgov").mkdir()
    (registry / ".git" / "metricgov" / "cache").write_text("in the way")
    assert problems(metricgov, registry) == []


def test_paths_limit_what_is_shown_and_not_what_is_read(metricgov: Metricgov, registry: Path) -> None:
    break_it(registry)
    assert {one["path"] for one in problems(metricgov, registry, "metrics/crm_handoff/torn.yaml", "routing_speed")} == {
        "metrics/crm_handoff/torn.yaml",
        SPEED,
    }
    assert problems(metricgov, registry, "events") == []
    assert len(problems(metricgov, registry, ".")) == len(EXPECTED)


def test_github_gets_one_command_a_problem(metricgov: Metricgov, registry: Path) -> None:
    break_it(registry)
    said = metricgov("lint", "--format", "github", cwd=registry)
    lines = said.out.splitlines()
    assert said.code == 1
    assert len(lines) == len(EXPECTED)
    assert all(line.startswith("::error file=") for line in lines)
    assert any(f"file={SPEED},line=" in line and "title=REFERENCE_DANGLING::" in line for line in lines)


def test_each_rule_explains_itself(metricgov: Metricgov, past: Path) -> None:
    said = metricgov("lint", "--explain", "reference_dangling", cwd=past)
    assert said.code == 0
    for word in ("REFERENCE_DANGLING", "Wrong:", "Right:"):
        assert word in said.out
    listed = json.loads(metricgov("lint", "--explain", "all", "--json", cwd=past).out)
    assert {one["id"] for one in listed["rules"]} == set(RULES)


def test_an_unknown_rule_says_how_to_list_them(metricgov: Metricgov, past: Path) -> None:
    said = metricgov("lint", "--explain", "yaml_syntax", cwd=past)
    assert (said.code, said.out) == (2, "")
    assert "--explain all" in said.err
    assert "did you mean REFERENCE_CYCLE?" in metricgov("lint", "--explain", "REFERENCE_CYCLES", cwd=past).err


def test_people_of_raci_that_nobody_is_are_found_across_files(metricgov: Metricgov, registry: Path) -> None:
    """Governance that does not load would leave nobody who may decide (INV-07)."""
    people = registry / "governance/people.yaml"
    people.write_text("\n".join(line for line in people.read_text().split("\n") if "id: crm-deputy," not in line))
    codes = {(one["path"], one["code"]) for one in problems(metricgov, registry)}
    assert ("governance/raci.yaml", "PRINCIPAL_UNKNOWN") in codes


@pytest.mark.parametrize("missing", ["governance/raci.yaml", "governance/people.yaml", "governance/policy.yaml"])
def test_a_missing_governance_file_is_an_error(metricgov: Metricgov, registry: Path, missing: str) -> None:
    (registry / missing).unlink()
    assert ("GOVERNANCE_MISSING", missing) in {(one["code"], one["path"]) for one in problems(metricgov, registry)}


def test_without_a_registry_it_says_how_to_start_one(metricgov: Metricgov, registry: Path) -> None:
    (registry / "metricgov.yaml").unlink()
    said = metricgov("lint", cwd=registry)
    assert (said.code, said.out) == (2, "")
    assert "metricgov init" in said.err


@pytest.mark.parametrize("words", [("--at", "nowhere"), ("no_such_metric",), ("--format", "xml")])
def test_a_mistake_is_one_clear_error(metricgov: Metricgov, past: Path, words: tuple[str, ...]) -> None:
    said = metricgov("lint", *words, cwd=past)
    assert (said.code, said.out) == (2, "")


def test_ignored_files_and_a_merge_in_progress_are_read_as_they_stand(metricgov: Metricgov, registry: Path) -> None:
    (registry / ".git" / "info" / "exclude").write_text("sources/scratch.yaml\n")
    (registry / "sources/scratch.yaml").write_text("not: a source\n")
    assert problems(metricgov, registry) == []
    git(registry, "checkout", "-qb", "one")
    text = (registry / SPEED).read_text()
    (registry / SPEED).write_text(text.replace("title: Routing speed", "title: One"))
    git(registry, "commit", "-qam", "one")
    git(registry, "checkout", "-q", "main")
    (registry / SPEED).write_text(text.replace("title: Routing speed", "title: Two"))
    git(registry, "commit", "-qam", "two")
    subprocess.run(["git", "merge", "one"], cwd=registry, capture_output=True)
    found = problems(metricgov, registry)
    assert {one["path"] for one in found} == {SPEED}
