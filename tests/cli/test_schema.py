"""`schema`: what editors load to complete and check while people type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Metricgov
from metricgov.cli.files import SchemaKind
from metricgov.domain.definitions.parse import KNOWN_KINDS


def test_every_kind_of_file_has_one() -> None:
    assert {kind.value for kind in SchemaKind} == set(KNOWN_KINDS)


@pytest.mark.parametrize("kind", [kind.value for kind in SchemaKind])
def test_one_kind_is_printed_as_it_is_committed(metricgov: Metricgov, tmp_path: Path, kind: str) -> None:
    said = metricgov("schema", kind, cwd=tmp_path)
    assert (said.code, said.err) == (0, "")
    found = json.loads(said.out)
    assert found["$schema"].startswith("https://json-schema.org/")
    assert "description" in next(iter(found["properties"].values()))


def test_without_a_kind_all_are_printed(metricgov: Metricgov, tmp_path: Path) -> None:
    body = json.loads(metricgov("schema", cwd=tmp_path).out)
    assert body["format"] == 1
    assert set(body["schemas"]) == set(KNOWN_KINDS)


def test_a_folder_gets_one_file_a_kind_and_the_line_for_editors(metricgov: Metricgov, tmp_path: Path) -> None:
    said = metricgov("schema", "--out", ".schemas", cwd=tmp_path)
    assert said.code == 0
    assert "# yaml-language-server: $schema=" in said.err
    written = said.out.split()
    assert len(written) == len(KNOWN_KINDS)
    assert (tmp_path / ".schemas" / "metric.json").read_text() == metricgov("schema", "metric", cwd=tmp_path).out


def test_a_mistake_is_one_clear_error(metricgov: Metricgov, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = metricgov("schema", "--out", "file/inside", cwd=tmp_path)
    assert (said.code, "not_writable" in said.err) == (2, True)
    assert metricgov("schema", "metrik", cwd=tmp_path).code == 2
