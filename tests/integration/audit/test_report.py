"""`audit report`: the auditor's file says everything once, says it safely, and is the same everywhere."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from integration.audit.reported import FORMULA, FROM, TO, contents, program, quarter, written
from integration.gate.gate_world import FASTER, FILES, POLICY, World, make
from metricgov.render.report.tables import TABLES

GOLDEN = Path(__file__).parent / "golden"
VOID = frozenset({"meta", "br"})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, dict[str, str], Path]:
    """The world after its quarter, what the changes are, and the file of it."""
    root = tmp_path_factory.mktemp("quarter")
    world = make(root / "registry")
    names = quarter(world)
    world.close()
    said = written(world.root, root / "file")
    assert said.code == 0, said.err
    return world, names, root / "file"


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """Return a table of the file as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8"), newline="")))


class Page(HTMLParser):
    """Reads a page strictly: every tag that opens is closed by its own."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def count(self, tag: str) -> int:
        return sum(each == tag for each, _ in self.tags)


class TestContents:
    """What an auditor asks of it."""

    def test_every_change_and_every_step_is_in_it(self, made: tuple[World, dict[str, str], Path]) -> None:
        """INV-21: the population is the journal's and main's, not somebody's choice."""
        world, names, folder = made
        assert {row["change"] for row in rows(folder, "changes.csv")} == set(names.values())
        steps = rows(folder, "steps.csv")
        line = world.git("rev-list", "--first-parent", "--reverse", "main").split()[1:]
        assert [row["commit"] for row in steps] == line
        assert [row["outcome"] for row in steps] == ["approved", "approved", "observed", "bypass"]
        assert len(rows(folder, "events.csv")) == int(
            json.loads((folder / "manifest.json").read_text())["journal"]["events"]
        )

    def test_a_bypass_is_an_exception_and_a_conflict(self, made: tuple[World, dict[str, str], Path]) -> None:
        """INV-21, INV-26"""
        world, _, folder = made
        found = {row["kind"]: row for row in rows(folder, "exceptions.csv")}
        assert set(found) == {"bypass", "observed"}
        assert found["bypass"]["commit"] == world.git("rev-parse", "main")
        duties = {row["commit"]: row for row in rows(folder, "duties.csv")}
        assert "without the approvals" in duties[found["bypass"]["commit"]]["conflicts"]
        assert "Main holds 1 step that the rules of their time did not allow" in (folder / "index.html").read_text()

    def test_decisions_say_what_is_claimed_and_what_is_attested(self, made: tuple[World, dict[str, str], Path]) -> None:
        world, names, folder = made
        told = [row for row in rows(folder, "decisions.csv") if row["change"] == names["faster"]]
        assert [(row["who"], row["decision"], row["counted"]) for row in told] == [
            ("crm-lead", "changes_requested", "no"),
            ("crm-lead", "decision_withdrawn", "no"),
            ("crm-lead", "approved", "yes"),
            ("analytics-lead", "approved", "yes"),
            ("sales-lead", "acknowledged", "no"),
        ]
        assert {row["identity"] for row in told} == {"claimed"}
        landed = world.git("rev-list", "--first-parent", "--reverse", "main").split()[1]
        assert {row["vouched_by"] for row in told} == {landed}
        assert "<strong>4 of 4 counted approvals are only claimed.</strong>" in (folder / "index.html").read_text()

    def test_each_requirement_with_what_met_it(self, made: tuple[World, dict[str, str], Path]) -> None:
        _, names, folder = made
        told = [row for row in rows(folder, "requirements.csv") if row["change"] == names["faster"]]
        assert {(row["revision"], row["end"]) for row in told} == {("1", "replaced"), ("2", "met")}
        assert {row["code"]: row["by"] for row in told if row["revision"] == "2"} == {
            "approval_accountable": "crm-lead",
            "approval_council": "analytics-lead",
            "consulted": "sales-lead",
            "objection": "crm-lead",
        }

    def test_rules_and_access_that_changed(self, made: tuple[World, dict[str, str], Path]) -> None:
        _, names, folder = made
        (changed,) = {row["change"] for row in rows(folder, "rules.csv")}
        assert changed == names["people"]
        (left,) = [row for row in rows(folder, "access.csv") if row["principal"] == "crm-deputy"]
        assert (left["when"], left["status"]) == ("end", "left")

    def test_who_wrote_and_approved_is_a_conflict(self, tmp_path: Path) -> None:
        """INV-05: the preset solo allows it, and the file marks it."""
        alone = {**FILES, POLICY: "kind: policy\npreset: solo\n"}
        world = make(tmp_path / "solo", files=alone)
        change = world.propose(FASTER, "crm-lead")
        world.approve(change, "crm-lead")
        world.apply(world.agree(change), "crm-lead")
        world.close()
        assert written(world.root, tmp_path / "file").code == 0
        (duty,) = rows(tmp_path / "file", "duties.csv")
        assert duty["conflicts"] == "crm-lead wrote and approved it"
        assert [row["kind"] for row in rows(tmp_path / "file", "exceptions.csv")] == ["self_approval"]

    def test_a_period_in_which_nothing_happened(self, made: tuple[World, dict[str, str], Path], tmp_path: Path) -> None:
        world, _, _ = made
        said = program(
            world.root, "audit", "report", "--from", "2025-01-01", "--to", "2025-01-31", "--out", tmp_path / "x"
        )
        assert (said.code, said.out.startswith("2025-01-01 to 2025-01-31: 0 changes, 0 exceptions")) == (0, True)

    def test_the_period_is_cut_at_its_end(self, tmp_path: Path) -> None:
        """What came after the last day is not told on a sheet."""
        world = make(tmp_path / "it")
        change = world.propose(FASTER, effective_from="2026-07-01")
        world.clock.at = world.clock.at.replace(month=7, day=1)
        world.apply(world.agree(change))
        world.close()
        assert written(world.root, tmp_path / "june").code == 0
        (row,) = rows(tmp_path / "june", "changes.csv")
        assert (row["state"], row["landed_at"], row["approved_by"]) == ("in_review", "", "")
        assert rows(tmp_path / "june", "steps.csv") == []


class TestPages:
    """They open anywhere, say nothing to anybody else, and run nothing."""

    def test_golden(self, made: tuple[World, dict[str, str], Path]) -> None:
        """Ids of commits and digests aside, the pages are those that were looked at (UPDATE_GOLDEN=1 writes them)."""
        _, _, folder = made
        for name in ("index.html", "changes/chg-k7m001.html"):
            said = re.sub(
                r"\b[0-9a-f]{64}\b|\b[0-9a-f]{40}\b|\b[0-9a-f]{12}\b", "#", (folder / name).read_text("utf-8")
            )
            said = said.partition('<h2 id="story">')[0]  # its sentences have tests of their own
            said = re.sub(r"sha256-[\w+/=]+", "sha256-#", said)
            said = re.sub(r"<style>.*</style>", "<style>#</style>", said, flags=re.DOTALL)
            said = re.sub(r"metricgov \d+\.\d+\.\d+", "metricgov #", said)
            golden = GOLDEN / name.replace("/", "-")
            if os.environ.get("UPDATE_GOLDEN"):
                golden.parent.mkdir(exist_ok=True)
                golden.write_text(said, encoding="utf-8")
            assert said == golden.read_text(encoding="utf-8")

    def test_no_script_no_address_no_way_out_of_a_text(self, made: tuple[World, dict[str, str], Path]) -> None:
        _, _, folder = made
        for file in sorted(folder.rglob("*.html")):
            text = file.read_text(encoding="utf-8")
            page = Page(text)
            assert page.count("script") == page.count("img") == page.count("link") == page.count("iframe") == 0
            assert not any(
                name.startswith("on") or name in {"src", "style"} for _, given in page.tags for name in given
            )
            assert "\u202e" not in text
            assert not re.search(r"""(href|src)=["'](https?:)?//""", text)
        sheet = (folder / "changes" / "chg-k7m001.html").read_text(encoding="utf-8")
        assert "&lt;script&gt;alert" in sheet

    def test_the_policy_of_each_page_names_its_style(self, made: tuple[World, dict[str, str], Path]) -> None:
        _, _, folder = made
        for file in sorted(folder.rglob("*.html")):
            text = file.read_text(encoding="utf-8")
            style = text.partition("<style>")[2].partition("</style>")[0]
            digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
            assert f"default-src 'none'; style-src 'sha256-{digest}'" in text
            assert "url(" not in style
            assert "@import" not in style

    def test_readable_for_everybody(self, made: tuple[World, dict[str, str], Path]) -> None:
        """One first heading, levels without a gap, a caption on each table, a scope on each head, a language."""
        _, _, folder = made
        for file in sorted(folder.rglob("*.html")):
            page = Page(file.read_text(encoding="utf-8"))
            levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
            assert levels[0] == 1
            assert levels.count(1) == 1
            assert all(after <= before + 1 for before, after in pairwise(levels))
            assert page.count("table") == page.count("caption")
            assert all("scope" in given for tag, given in page.tags if tag == "th")
            assert ("html", {"lang": "en"}) in page.tags

    def test_every_link_stays_in_the_folder(self, made: tuple[World, dict[str, str], Path]) -> None:
        _, _, folder = made
        for file in sorted(folder.rglob("*.html")):
            page = Page(file.read_text(encoding="utf-8"))
            ids = {given["id"] for _, given in page.tags if "id" in given}
            for href in (given["href"] or "" for tag, given in page.tags if tag == "a"):
                assert href[1:] in ids if href.startswith("#") else (file.parent / href).is_file(), href

    def test_a_spreadsheet_calculates_nothing(self, made: tuple[World, dict[str, str], Path]) -> None:
        _, _, folder = made
        for table in TABLES:
            raw = (folder / table.file).read_bytes()
            parsed = list(csv.reader(io.StringIO(raw.decode(), newline="")))
            assert parsed[0] == table.columns.split()
            assert all(len(row) == len(parsed[0]) for row in parsed)
            assert not any(cell.lstrip()[:1] in {"=", "+", "-", "@"} for row in parsed for cell in row if cell)
        assert FORMULA.startswith("=")


class TestSame:
    """The same journal and main give the same bytes."""

    def test_in_another_clone_with_another_clock_zone_and_language(
        self, made: tuple[World, dict[str, str], Path], tmp_path: Path
    ) -> None:
        """INV-24"""
        world, _, folder = made
        deep = tmp_path / "somewhere else" / "ünïcode"
        deep.mkdir(parents=True)
        world.git("clone", "-q", "--mirror", str(world.root), str(deep / "mirror.git"))
        shutil.copytree(world.root, deep / "copy", symlinks=True)
        strange = {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "7", "COLUMNS": "40"}
        for number, root in enumerate((deep / "mirror.git", deep / "copy")):
            said = written(root, tmp_path / f"out{number}", environment=strange)
            assert said.code == 0, said.err
            assert contents(tmp_path / f"out{number}") == contents(folder)

    def test_the_manifest_names_every_byte(self, made: tuple[World, dict[str, str], Path]) -> None:
        _, _, folder = made
        found = contents(folder)
        manifest = json.loads(found.pop("manifest.json"))
        assert manifest["files"] == {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}
        assert (manifest["period"], manifest["root"]["pinned"]) == ({"from": FROM, "to": TO}, False)
        assert not any(str(folder.parent).encode() in data for data in found.values())

    def test_pinned(self, made: tuple[World, dict[str, str], Path], tmp_path: Path) -> None:
        world, _, folder = made
        root = json.loads((folder / "manifest.json").read_text())["root"]["digest"]
        said = written(world.root, tmp_path / "x", "--root", root, "--json")
        told = json.loads(said.out)["report"]
        assert (said.code, told["root"]["pinned"]) == (0, True)
        assert told["manifest_sha256"] == hashlib.sha256((tmp_path / "x" / "manifest.json").read_bytes()).hexdigest()

    def test_another_root(self, made: tuple[World, dict[str, str], Path], tmp_path: Path) -> None:
        """INV-09: a registry that began otherwise than somebody knows is not what they asked about."""
        world, _, _ = made
        said = written(world.root, tmp_path / "y", "--root", "0" * 64)
        assert (said.code, "root_differs" in said.err, list(tmp_path.iterdir())) == (1, True, [])


class TestWriting:
    """All of it or nothing, and never over what is somebody else's."""

    def test_its_own_folder_is_replaced_and_no_other(
        self, made: tuple[World, dict[str, str], Path], tmp_path: Path
    ) -> None:
        world, _, _ = made
        own, other = tmp_path / "own", tmp_path / "other"
        assert written(world.root, own).code == 0
        (own / "stale.html").write_text("old")
        assert written(world.root, own).code == 0
        assert not (own / "stale.html").exists()
        other.mkdir()
        (other / "notes.txt").write_text("mine")
        said = written(world.root, other)
        assert (said.code, "out_exists" in said.err) == (2, True)
        link = tmp_path / "link"
        link.symlink_to(own)
        assert written(world.root, link).code == 2
        assert sorted(one.name for one in tmp_path.iterdir()) == ["link", "other", "own"]
        assert [one.name for one in other.iterdir()] == ["notes.txt"]

    def test_a_journal_that_is_not_whole(self, made: tuple[World, dict[str, str], Path], tmp_path: Path) -> None:
        """INV-62: nothing is proven by it, so nothing is written."""
        world, _, _ = made
        said = written(world.root, tmp_path / "x", "--expect", f"99:{'0' * 64}")
        assert (said.code, "journal_not_whole" in said.err, list(tmp_path.iterdir())) == (1, True, [])

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            pytest.param(("--from", TO, "--to", FROM, "--out", "x"), "period_ends_first", id="the wrong way round"),
            pytest.param(("--from", "June", "--to", TO, "--out", "x"), "bad_date", id="no day"),
            pytest.param(("--from", FROM, "--to", TO, "--out", "x", "--root", "1"), "bad_root", id="no digest"),
            pytest.param(("--from", FROM, "--to", TO, "--out", "/proc/x/y"), "cannot_write", id="no place to write"),
        ],
    )
    def test_mistakes(self, made: tuple[World, dict[str, str], Path], words: tuple[str, ...], code: str) -> None:
        world, _, _ = made
        said = program(world.root, "audit", "report", *words)
        assert (said.code, code in said.err, "Traceback" in said.err) == (2, True, False)

    def test_interrupted(
        self, made: tuple[World, dict[str, str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing is left behind."""
        from metricgov.cli.main import run
        from metricgov.render.report import html

        def interrupt(_self: object, _sheet: object) -> str:
            raise KeyboardInterrupt

        world, _, _ = made
        monkeypatch.setattr(html.Pages, "sheet", interrupt)
        monkeypatch.chdir(world.root)
        with pytest.raises(SystemExit) as ending:
            run(["audit", "report", "--from", FROM, "--to", TO, "--out", str(tmp_path / "x")])
        assert (ending.value.code, list(tmp_path.iterdir())) == (130, [])
