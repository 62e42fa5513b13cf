"""`scan` of repositories that never heard of a registry."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Metricgov

RunGit = Callable[..., str]

MODEL = """metrics:
  - name: revenue
    description: All revenue
    type: simple
    filter: status = 'paid'
  - name: orders
    description: All orders
"""
METRIC = """kind: metric
name: speed
title: Speed
version: 1.0.0
status: active
description: Hours until somebody answers.
domain: crm
calculation:
  type: simple
  source: leads
  time: created_at
  where: NOT is_test
  aggregate: count
"""


class Past:
    """A repository and its history, a commit at a time."""

    def __init__(self, folder: Path, git: RunGit) -> None:
        self.folder, self.git = folder, git
        folder.mkdir()
        git(folder, "init", "-q", "-b", "trunk")

    def commit(self, **files: str | bytes | None) -> str:
        """Write files (`__` stands for `/`, `_DOT_` for a dot), None removes one, and commit."""
        for name, text in files.items():
            path = self.folder / name.replace("__", "/").replace("_DOT_", ".")
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.git(self.folder, "add", "-A")
        self.git(self.folder, "commit", "-q", "--allow-empty", "-m", "step")
        return self.git(self.folder, "rev-parse", "HEAD")


@pytest.fixture
def past(tmp_path: Path, git: RunGit) -> Past:
    return Past(tmp_path / "theirs", git)


def scanned(metricgov: Metricgov, past: Past, *words: str) -> list[dict[str, Any]]:
    done = metricgov("scan", "--json", *words, cwd=past.folder)
    assert done.code == 0, done.err
    shape = json.loads(done.out)
    assert shape["format"] == 1
    assert shape["summary"]["interrupted"] is False
    return list(shape["changes"])


def test_it_names_class_author_date_line_and_sentence(metricgov: Metricgov, past: Past) -> None:
    past.commit(metrics__crm__speed_DOT_yaml=METRIC)
    commit = past.commit(metrics__crm__speed_DOT_yaml=METRIC.replace("NOT is_test", "NOT is_spam"))
    (one,) = scanned(metricgov, past, "--dialect", "duckdb")
    assert (one["class"], one["commit"], one["author"]) == ("breaking", commit, "user")
    assert (one["id"], one["path"], one["line"]) == ("metric:speed", "metrics/crm/speed.yaml", 12)
    assert one["description_stayed"] is True
    text = metricgov("scan", "--dialect", "duckdb", cwd=past.folder)
    assert "BREAKING" in text.out
    assert "metrics/crm/speed.yaml:12" in text.out
    assert "1 (100%) left the description untouched" in " ".join(text.err.split())
    assert max(map(len, text.out.splitlines())) <= 80


FOREIGN = {
    "a value": (MODEL, MODEL.replace("'paid'", "'open'"), "unknown", 5, True),
    "words beside it": (
        MODEL,
        MODEL.replace("'paid'", "'open'").replace("All revenue", "Open revenue"),
        "unknown",
        3,
        False,
    ),
    "layout": (
        MODEL,
        MODEL.replace("'paid'", "'paid'   # why").replace("  - name: orders", "\n  - name: 'orders'"),
        None,
        None,
        None,
    ),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_files_of_other_tools_are_compared_by_their_tree(metricgov: Metricgov, past: Past, case: str) -> None:
    """INV-13: what nothing explains is unknown; what only looks different is nothing."""
    before, after, change_class, line, stayed = FOREIGN[case]
    past.commit(models__revenue_DOT_yml=before)
    past.commit(models__revenue_DOT_yml=after)
    found = scanned(metricgov, past)
    if change_class is None:
        assert found == []
        return
    (one,) = found
    assert (one["class"], one["line"], one["description_stayed"]) == (change_class, line, stayed)


def test_sql_is_compared_by_meaning_once_its_dialect_is_known(metricgov: Metricgov, past: Past) -> None:
    past.commit(models__a_DOT_sql="select a, b from t where x > 1\n")
    past.commit(models__a_DOT_sql="SELECT a,\n  b\nFROM t WHERE (x > 1)\n")
    assert scanned(metricgov, past, "--dialect", "bigquery") == []
    assert [one["class"] for one in scanned(metricgov, past)] == ["unknown"]
    assert "--dialect bigquery" in metricgov("scan", cwd=past.folder).err


def test_renames_deletions_and_births(metricgov: Metricgov, past: Past, git: RunGit) -> None:
    past.commit(metrics__crm__speed_DOT_yaml=METRIC, models__m_DOT_yml=MODEL)
    git(past.folder, "mv", "models/m.yml", "models/n.yml")
    past.commit()
    past.commit(metrics__crm__speed_DOT_yaml=None)
    gone, moved = scanned(metricgov, past)
    assert (gone["class"], gone["gone"]) == ("breaking", True)
    assert (moved["class"], moved["path"]) == ("editorial", "models/n.yml")
    with_births = scanned(metricgov, past, "--created")
    assert [one["path"] for one in with_births if one["appeared"]] == ["metrics/crm/speed.yaml", "models/m.yml"]


HOSTILE = {
    "malformed": b"a: [b\n",
    "binary": b"\x00\x01\x02",
    "not UTF-8": b"a: \xff\n",
    "huge": b"a: " + b"x" * 2_000_000,
    "deep": b"[" * 5000,
    "an alias bomb": b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n",
    "empty": b"",
    "duplicate keys": b"kind: metric\nkind: metric\n",
}


@pytest.mark.parametrize("place", ["metrics__crm__x{}_DOT_yaml", "models__x{}_DOT_yml", "models__x{}_DOT_sql"])
def test_nothing_that_a_file_holds_ends_a_scan(metricgov: Metricgov, past: Past, place: str) -> None:
    """INV-13, INV-40: what cannot be read is unknown, and the rest of the past is still told."""
    names = {place.format(number): data for number, data in enumerate(HOSTILE.values())}
    fine = "metrics__crm__speed_DOT_yaml"
    past.commit(**names, **{fine: METRIC})
    past.commit(**{name: data + b"\n#" for name, data in names.items()}, **{fine: METRIC + "x: 1\n"})
    past.commit(**dict.fromkeys(names, METRIC))
    found = scanned(metricgov, past, "--dialect", "duckdb")
    assert [one["field"] for one in found if one["path"] == "metrics/crm/speed.yaml" for one in one["findings"]] == [
        "x"
    ]
    paths = {name.replace("__", "/").replace("_DOT_", ".") for name in names}
    assert {one["path"] for one in found} - {"metrics/crm/speed.yaml"} == paths
    assert {one["class"] for one in found} == {"unknown"}


def test_only_what_was_asked_for(metricgov: Metricgov, past: Past) -> None:
    past.commit(models__m_DOT_yml=MODEL, reports__r_DOT_toml="a = 1\n")
    past.commit(models__m_DOT_yml=MODEL.replace("paid", "open"), reports__r_DOT_toml="a = 2\n", notes_DOT_md="x")
    assert [one["path"] for one in scanned(metricgov, past)] == ["models/m.yml"]
    assert [one["path"] for one in scanned(metricgov, past, "--paths", "reports/*.toml")] == ["reports/r.toml"]
    assert scanned(metricgov, past, "--since", "2999-01-01") == []
    nothing = metricgov("scan", "--paths", "nowhere/**", cwd=past.folder)
    assert (nothing.code, nothing.out, "--paths" in nothing.err) == (0, "", True)


def test_a_merge_is_what_it_brought_to_the_branch(metricgov: Metricgov, past: Past, git: RunGit) -> None:
    past.commit(models__m_DOT_yml=MODEL)
    git(past.folder, "switch", "-q", "-c", "side")
    past.commit(models__m_DOT_yml=MODEL.replace("paid", "open"))
    past.commit(models__m_DOT_yml=MODEL.replace("paid", "due"))
    git(past.folder, "switch", "-q", "trunk")
    git(past.folder, "merge", "-q", "--no-ff", "-m", "merge", "side")
    (one,) = scanned(metricgov, past)
    assert one["commit"] == git(past.folder, "rev-parse", "HEAD")


def test_a_shallow_clone_is_read_as_far_as_it_goes(
    metricgov: Metricgov, past: Past, git: RunGit, tmp_path: Path
) -> None:
    for value in ("paid", "open", "due"):
        past.commit(models__m_DOT_yml=MODEL.replace("paid", value))
    git(tmp_path, "clone", "-q", "--depth", "2", past.folder.as_uri(), "shallow")
    past.folder = tmp_path / "shallow"
    assert len(scanned(metricgov, past, "--created")) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(("--since", "yesterday"), "bad_date", id="a date"),
        pytest.param(("--dialect", "cobol"), "unknown_dialect", id="a dialect"),
        pytest.param(("--ref", "nowhere"), "unknown_ref", id="a branch"),
        pytest.param(("--ref", "--all"), "unknown_ref", id="an option in the place of a branch"),
    ],
)
def test_words_that_cannot_be_used(metricgov: Metricgov, past: Past, words: tuple[str, ...], code: str) -> None:
    past.commit(models__m_DOT_yml=MODEL)
    done = metricgov("scan", *words, cwd=past.folder)
    assert (done.code, code in done.err, done.out) == (2, True, "")


def test_an_empty_repository_cannot_be_scanned(metricgov: Metricgov, past: Past) -> None:
    assert metricgov("scan", cwd=past.folder).code == 3


def test_text_of_a_past_cannot_paint_the_screen(metricgov: Metricgov, past: Past, git: RunGit) -> None:
    past.commit(models__m_DOT_yml="a: 1\n")
    past.commit(models__m_DOT_yml='a: "\\e[31mred\\e]0;title\\a"\n')
    assert "\x1b" not in metricgov("scan", cwd=past.folder).out


def test_an_interrupted_scan_says_what_it_saw(past: Past, tmp_path: Path) -> None:
    """INV-25: exit code 130, and JSON that is still JSON."""
    for number in range(40):
        past.commit(
            models__m_DOT_yml=f"a: {number}\n", models__s_DOT_sql=f"select {number} from t join u on t.a = u.b\n"
        )
    command = [sys.executable, "-m", "metricgov.cli.main", "scan", "--json", "--dialect", "duckdb"]
    with (tmp_path / "out").open("wb") as out:
        running = subprocess.Popen(command, cwd=past.folder, stdout=out, stderr=subprocess.PIPE, env=dict(os.environ))
        time.sleep(0.6)
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=20)
    said = (tmp_path / "out").read_text()
    assert running.returncode in (0, 130)
    if running.returncode == 0 or "summary" in said:
        assert json.loads(said)["summary"]["interrupted"] is (running.returncode == 130)


def test_a_folder_that_is_not_there_is_named(metricgov: Metricgov) -> None:
    """A glob meant for --paths would else be looked for above, and another repository be read."""
    done = metricgov("scan", "models/**/*.sql")
    assert done.code == 2
    assert "there is no folder models/**/*.sql [no_folder]" in done.err
    assert "--paths GLOB" in " ".join(done.err.split())
