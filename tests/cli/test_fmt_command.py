"""`fmt`: the canonical form of the work tree's files, never another value."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from reading_world import LEADS, RATE, SPEED

from cli.conftest import Metricgov
from metricgov.adapters.checkout import replace_file
from metricgov.adapters.yaml.load import load
from metricgov.domain.errors import BadInput


def mess(registry: Path, path: str = SPEED) -> bytes:
    """Write a file in another way that means the same, and return its bytes."""
    lines = (registry / path).read_text().split("\n")
    lines[1], lines[2] = lines[2], lines[1]
    text = "\n".join(["# first word", *lines]).replace("status: active", "status:    'active'   # why")
    (registry / path).write_text(text)
    return text.encode()


def test_it_writes_the_canonical_form_and_no_other_value(metricgov: Metricgov, registry: Path) -> None:
    before = mess(registry)
    said = metricgov("fmt", cwd=registry / "governance")
    assert (said.code, said.out) == (0, f"{SPEED}\n")
    after = (registry / SPEED).read_bytes()
    assert after != before
    assert load(after, SPEED) == load(before, SPEED)
    assert b"# first word" in after and b"# why" in after
    again = metricgov("fmt", cwd=registry)
    assert (again.code, again.out) == (0, "")
    assert (registry / SPEED).read_bytes() == after


def test_check_names_files_with_exit_code_1_and_writes_nothing(metricgov: Metricgov, registry: Path) -> None:
    before = mess(registry)
    said = metricgov("fmt", "--check", cwd=registry)
    assert (said.code, said.out) == (1, f"{SPEED}\n")
    assert (registry / SPEED).read_bytes() == before
    assert metricgov("fmt", "--check", "sources", cwd=registry).code == 0


def test_diff_shows_what_would_change_and_writes_nothing(metricgov: Metricgov, registry: Path) -> None:
    before = mess(registry)
    said = metricgov("fmt", "--diff", cwd=registry)
    assert said.code == 0
    assert said.out.startswith(f"--- a/{SPEED}\n+++ b/{SPEED}\n@@")
    assert "-status:    'active'   # why" in said.out
    assert (registry / SPEED).read_bytes() == before
    assert metricgov("fmt", "--diff", "--check", cwd=registry).code == 1


def test_an_unreadable_file_is_named_and_the_others_are_formatted(metricgov: Metricgov, registry: Path) -> None:
    (registry / RATE).write_text("kind: metric\nkind: metric\n")
    linked = registry / "metrics/crm_handoff/linked.yaml"
    linked.symlink_to(registry / LEADS)
    mess(registry)
    said = metricgov("fmt", cwd=registry)
    assert said.code == 2
    assert said.out == f"{SPEED}\n"
    assert f"{RATE}:2:1" in said.err
    assert "linked.yaml" in said.err
    assert "2 files cannot be read" in said.err
    assert linked.is_symlink()


def test_paths_and_names_limit_it(metricgov: Metricgov, registry: Path) -> None:
    mess(registry, SPEED)
    mess(registry, LEADS)
    assert metricgov("fmt", "--check", "routing_speed", cwd=registry).out == f"{SPEED}\n"
    assert metricgov("fmt", "--check", "sources/crm_leads.yaml", cwd=registry).out == f"{LEADS}\n"
    assert metricgov("fmt", "--check", "crm_leads.yaml", cwd=registry / "sources").out == f"{LEADS}\n"


def test_governance_files_only_where_they_are_named(metricgov: Metricgov, registry: Path) -> None:
    raci = registry / "governance/raci.yaml"
    raci.write_text(raci.read_text().replace("kind: raci\n", "kind:   raci\n"))
    assert metricgov("fmt", "--check", cwd=registry).code == 0
    assert metricgov("fmt", "--check", ".", cwd=registry).code == 0
    assert metricgov("fmt", "--check", "governance", cwd=registry).out == "governance/raci.yaml\n"


def test_json_has_a_documented_shape(metricgov: Metricgov, registry: Path) -> None:
    mess(registry)
    (registry / RATE).write_text("- no\n")
    said = metricgov("fmt", "--check", "--json", cwd=registry)
    body = json.loads(said.out)
    assert set(body) == {"format", "checked", "written", "changed", "problems"}
    assert (body["changed"], body["written"]) == ([SPEED], False)
    assert body["problems"][0]["path"] == RATE
    assert said.code == 2


@pytest.mark.parametrize(
    ("word", "code"),
    [("nothing_here", "definition_unknown"), ("metricgov.yml", "no_file"), ("/etc/hosts", "outside")],
)
def test_a_mistake_is_one_clear_error(metricgov: Metricgov, registry: Path, word: str, code: str) -> None:
    said = metricgov("fmt", word, cwd=registry)
    assert (said.code, said.out) == (2, "")
    assert code in said.err
    (registry / "notes.txt").write_text("x")
    assert "not_governed" in metricgov("fmt", "notes.txt", cwd=registry).err


def test_a_file_is_replaced_whole_with_its_rights(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"old")
    file.chmod(0o640)
    replace_file(tmp_path, "a.yaml", b"old", b"new")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["a.yaml"]


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"somebody's")
    with pytest.raises(BadInput, match="changed while"):
        replace_file(tmp_path, "a.yaml", b"old", b"new")
    assert file.read_bytes() == b"somebody's"
    (tmp_path / "b.yaml").symlink_to(file)
    with pytest.raises(BadInput):
        replace_file(tmp_path, "b.yaml", b"somebody's", b"new")
    assert file.read_bytes() == b"somebody's"
