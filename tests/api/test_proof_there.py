"""Effects and proofs through a server: word for word what a clone prints, and files byte for byte."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.test_command_line_there import There
from api.whole_server import whole
from desk.measured_world import build_measured
from metricgov.cli.audit_report import unpacked
from metricgov.desk.audit_file import Archive, AuditFile
from metricgov.domain.errors import Undecidable
from metricgov.render.report.tables import KIND

DAYS = ("--from", "2026-04-01", "--to", "2026-12-31")
ROOT = ("--root", "0" * 64)
EFFECT = ("effect", "sales_accepted_lead_rate")


class Both(There):
    """A server, and the clone that it serves."""

    def here(self, *words: str, person: str = "crm-lead") -> subprocess.CompletedProcess[str]:
        """Run the same command in the clone."""
        return self.ran_here("registry", (*words, *(("--as", person) if words[0] == "effect" else ())))

    def ran_here(self, clone: str, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        """Run a command in a clone."""
        program = [sys.executable, "-c", "from metricgov.cli.main import entry; entry()"]
        held = {name: value for name, value in os.environ.items() if not name.startswith("METRICGOV_")}
        folder = self._store / clone
        return subprocess.run([*program, *words], cwd=folder, env=held, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    store = tmp_path_factory.mktemp("proof")
    (folder := store / "nowhere").mkdir()
    build_measured(store / "measured")
    with whole(store / "measured", store) as (url, _):
        yield Both(url, folder, store)


def timeless(said: str) -> str:
    """Return what was printed without the second at which it was."""
    return re.sub(r'"at": "[^"]*"(?=\n)', '"at": ""', said)


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "verify"),
        ("audit", "verify", "--json"),
        ("audit", "verify", "--since", "3"),
        ("audit", "verify", "--full"),
        ("audit", "verify", "--full", "--json"),
        ("audit", "verify", "--full", *ROOT),
        ("audit", "verify", "--expect", f"2:{'0' * 64}"),
        ("audit", "verify", "--expect", "two"),
        ("audit", "verify", *ROOT),
        ("audit", "verify", "--full", "--since", "3"),
        ("audit", "scan"),
        ("audit", "scan", "--json"),
        ("audit", "scan", "--format", "csv", "--since", "2026-06-01"),
        ("audit", "scan", "--since", "yesterday"),
        ("effect", "no_such_thing"),
        (*EFFECT, "--recorded"),
        (*EFFECT, "--dry-run", "--as-of", "2026-06-15"),
        (*EFFECT, "--dry-run", "--as-of", "2026-06-15", "--json"),
        (*EFFECT, "--dry-run", "--as-of", "2026-06-15", "--format", "html"),
        (*EFFECT, "--dry-run", "--engine", "lake"),
    ],
    ids=" ".join,
)
def test_the_same_words_as_in_a_clone(both: Both, words: tuple[str, ...]) -> None:
    here, there = both.here(*words), both.run(*words)
    assert (there.returncode, timeless(there.stdout)) == (here.returncode, timeless(here.stdout))
    assert there.stderr == here.stderr


def test_an_auditors_file_is_the_same_bytes(both: Both) -> None:
    """Every file of it; and the words and digests that are printed."""
    here = both.here("audit", "report", *DAYS, "--out", "here")
    there = both.run("audit", "report", *DAYS, "--out", "there")
    assert (there.returncode, there.stdout) == (0, here.stdout), there.stderr
    one, other = both._store / "registry" / "here", both.folder / "there"
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*") if path.is_file())
    assert len(names) > 10
    assert names == sorted(str(path.relative_to(other)) for path in other.rglob("*") if path.is_file())
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    again = both.run("audit", "report", *DAYS, "--out", "there", "--json")
    assert json.loads(again.stdout)["report"]["manifest_sha256"] in here.stdout
    assert "out_exists" in both.run("audit", "report", *DAYS, "--out", "..").stderr
    assert not list(both.folder.glob(".there*"))


def test_an_effect_is_recorded_once(both: Both) -> None:
    """In a process of the server; from then on everybody reads it, in a clone as well."""
    first = both.run(*EFFECT, "--as-of", "2026-06-15")
    assert first.returncode == 0, first.stderr
    assert "Recorded with" in first.stderr
    assert "On record already with" in both.run(*EFFECT, "--as-of", "2026-06-15").stderr
    recorded = (*EFFECT, "--recorded", "--json")
    there, here = (json.loads(timeless(run(*recorded).stdout)) for run in (both.run, both.here))
    assert there == here  # what is kept writes 40.0 as 40
    there = both.run(*EFFECT, "--recorded", "--out", "effect.txt")
    assert "effect.txt" in there.stderr
    assert "sales_accepted_lead_rate" in (both.folder / "effect.txt").read_text()


@pytest.mark.parametrize("words", [("audit", "verify"), ("audit", "scan"), EFFECT], ids=" ".join)
def test_it_takes_the_right(both: Both, words: tuple[str, ...]) -> None:
    """Reading allows neither proofs nor what is recorded."""
    refused = both.run(*words, scopes=("read",))
    assert refused.returncode == 1
    assert "right" in refused.stderr


def packed(*files: tuple[str, str], digest: str | None = None) -> AuditFile:
    archive = Archive()
    for name, text in files:
        archive.add(name, text)
    own = archive.digests.get("manifest.json", "")
    return AuditFile(archive.done(), "", "", own if digest is None else digest)


LISTED = f'{{"kind": "{KIND}", "files": {{}}}}'


@pytest.mark.parametrize(
    "file",
    [
        AuditFile(b"no archive", "", "", ""),
        packed(),
        packed(("manifest.json", "[]")),
        packed(("../out.html", "x"), ("manifest.json", LISTED)),
        packed(("/tmp/out.html", "x"), ("manifest.json", LISTED)),
        packed((".ssh/config", "x"), ("manifest.json", LISTED)),
        packed(("changes/../../x", "x"), ("manifest.json", LISTED)),
        packed(("index.html", "not listed"), ("manifest.json", LISTED)),
        packed(("manifest.json", LISTED), digest="0" * 64),
    ],
    ids=["no zip", "empty", "strange list", "up", "root", "hidden", "deeper up", "not listed", "other digest"],
)
def test_a_file_that_is_not_whole_is_not_written(file: AuditFile, tmp_path: Path) -> None:
    """Whatever a server sends, nothing lands outside of the folder, and no half."""
    with pytest.raises(Undecidable, match="not whole"):
        unpacked(file, tmp_path / "in" / "file")
    assert not (tmp_path / "in" / "file").exists()
    assert sorted(one.name for one in tmp_path.rglob("*") if one.is_file()) == []
