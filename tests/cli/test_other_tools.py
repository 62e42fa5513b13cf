"""Files of other tools, governed by their path: how they are named, who owns them, and what cannot be done to them."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import Metricgov, Outcome

SQL = "models/marts/revenue.sql"


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, check=True)


def begun(metricgov: Metricgov, root: Path) -> Outcome:
    """Begin a registry beside a file of another tool, which Bela owns."""
    (root / SQL).parent.mkdir(parents=True)
    (root / SQL).write_text("select sum(amount) from orders\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "as it was")
    done = metricgov(
        "init", "--preset", "small", "--member", "bela=Bela Novak <bela@example.com>", "--person", "ada", cwd=root
    )
    assert done.code == 0, done.err
    with (root / "metricgov.yaml").open("a") as file:
        file.write('opaque:\n  - {paths: ["models/**/*.sql"], dialect: duckdb, owner: bela}\n')
    git(root, "commit", "-qam", "Govern the models")
    return done


def test_beginning_beside_other_tools_names_what_fits_them(metricgov: Metricgov, tmp_path: Path) -> None:
    done = begun(metricgov, tmp_path)
    assert "metricgov scan " in done.err
    assert "list them as opaque" in done.err
    assert "metricgov new source" not in done.err


@pytest.mark.parametrize("name", [SQL, f"opaque:{SQL}"])
def test_a_path_is_a_name(metricgov: Metricgov, tmp_path: Path, name: str) -> None:
    begun(metricgov, tmp_path)
    for command in ("who", "history", "impact", "show"):
        done = metricgov(command, name, cwd=tmp_path)
        assert (done.code, SQL in done.out) == (0, True), done.err
    assert "accountable  bela\n" in metricgov("who", name, cwd=tmp_path).out, "the owner in metricgov.yaml"


@pytest.mark.parametrize("name", [SQL, f"opaque:{SQL}"])
def test_what_needs_the_native_format_says_what_to_do_instead(metricgov: Metricgov, tmp_path: Path, name: str) -> None:
    begun(metricgov, tmp_path)
    for words in (("edit", name), ("retire", name, "-m", "gone"), ("rename", name, "other", "-m", "better")):
        done = metricgov(*words, cwd=tmp_path)
        assert (done.code, "[not_native]" in done.err) == (2, True), done.err
        assert f"metricgov propose {SQL}" in " ".join(done.err.split())


@pytest.mark.parametrize("name", [SQL, f"opaque:{SQL}"])
def test_its_open_change_answers_to_its_path(metricgov: Metricgov, tmp_path: Path, name: str) -> None:
    begun(metricgov, tmp_path)
    (tmp_path / SQL).write_text("select sum(amount) from orders where amount > 0\n")
    today = datetime.now(UTC).date().isoformat()
    claims = ("--intent", "defect", "--treatment", "break", "--effective", today)
    assert metricgov("propose", "-m", "no zeros", *claims, cwd=tmp_path).code == 0
    assert metricgov("approve", name, cwd=tmp_path, email="bela@example.com").code == 0
    assert metricgov("apply", name, cwd=tmp_path).code == 0
