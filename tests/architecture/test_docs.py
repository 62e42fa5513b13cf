"""The documentation against the program: generated pages, links, commands and options, and the first ten minutes."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from metricgov.cli.lazy import LazyGroup
from metricgov.cli.reference import ROOT, RULE_SETS, pages
from metricgov.cli.table import SECTIONS

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md"))
)
WRITTEN = [page for page in PAGES if not page.startswith("docs/reference/")]
GENERATED = (
    "docs/reference/cli.md",
    "docs/reference/configuration.md",
    "docs/reference/events.md",
    "docs/reference/errors.md",
    "docs/reference/keys.md",
    "docs/reference/api.md",
    "docs/reference/openapi.json",
    "docs/reference/server.md",
    "docs/reference/lint-rules.md",
    "docs/reference/audit-export.md",
    "docs/concepts/invariants.md",
    *(f"docs/reference/rules/rule-set-{number}.md" for number in RULE_SETS),
    *(f"docs/reference/schemas/{file.name}" for file in sorted((ROOT / "docs/reference/schemas").glob("*.json"))),
)


@cache
def made() -> dict[str, str]:
    return pages()


@cache
def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def test_no_generated_page_is_forgotten() -> None:
    assert sorted(made()) == sorted(GENERATED)


@pytest.mark.parametrize("page", GENERATED)
def test_a_generated_page_says_what_the_program_says(page: str) -> None:
    assert read(page) == made()[page], "run: make docs"


def test_every_invariant_is_named_by_a_test() -> None:
    without = re.findall(r"^\| (INV-\d\d) \|.*\| \*\*none\*\* \|$", made()["docs/concepts/invariants.md"], re.MULTILINE)
    assert not without


def prose(text: str) -> str:
    """Return a page without its code."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def anchors(text: str) -> set[str]:
    """Return the anchors that a git host makes of the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(read(page))):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            broken.append(target)
    assert not broken


def commands_in(text: str) -> Iterator[str]:
    """Yield what a page tells people to type after `metricgov`."""
    for block in re.findall(r"```(?:console|sh|yaml)\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            if found := re.match(r"\s*(?:\$ |- run: |- |entry: )?metricgov ([a-z].*)$", line):
                yield re.split(r" (?:\|\||>|#) ?", found[1])[0]
    yield from re.findall(r"`metricgov ([a-z][^`]*)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def unknown_in(line: str) -> list[str]:
    """Return the words of a command line that the program does not know as command or option."""
    command: Any = LazyGroup(sections=SECTIONS, name="metricgov")
    context: Any = command.make_context("metricgov", [], resilient_parsing=True)
    words = shlex.split(line)
    while words and isinstance(command, LazyGroup):
        word = words.pop(0)
        found = command.get_command(context, word)
        if found is None:
            return [word]
        command = found
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    return [word for word in words if word.startswith("-") and word.partition("=")[0] not in known]


@pytest.mark.parametrize("page", WRITTEN)
def test_commands_and_options_exist(page: str) -> None:
    wrong = {line: unknown for line in commands_in(read(page)) if (unknown := unknown_in(line))}
    assert not wrong


def test_commands_are_found_at_all() -> None:
    assert sum(1 for page in WRITTEN for _ in commands_in(read(page))) > 60
    assert unknown_in("propose --nonsense") == ["--nonsense"]
    assert unknown_in("frobnicate") == ["frobnicate"]


def test_every_variable_of_the_environment_is_documented() -> None:
    used = {
        name
        for file in (ROOT / "src").rglob("*.py")
        for name in re.findall(r"\bMETRICGOV_[A-Z]+(?:_[A-Z]+)*\b", file.read_text(encoding="utf-8"))
    }
    pages = read("docs/reference/configuration.md") + read("docs/reference/server.md")
    assert used <= set(re.findall(r"METRICGOV_[A-Z_]+", pages))


def test_pictures_load_nothing_from_elsewhere() -> None:
    for picture in sorted((ROOT / "docs/images").glob("*.svg")):
        text = picture.read_text(encoding="utf-8")
        assert "@font-face" not in text
        assert re.findall(r"https?://[^\"']+", text) == ["http://www.w3.org/2000/svg"]


def test_the_table_of_treatments_is_that_of_the_advice() -> None:
    from metricgov.domain.comparability.advice import DEFECT_ROWS, FAMILIES, FILTER_ROWS, RATIO_ROWS

    rows = re.findall(
        r"^\| [^|]+ \| (\d+) [^|]+\| (\d+) [^|]+\| (\d+) [^|]+\|$", read("docs/concepts/treatments.md"), re.M
    )
    told = {tuple(int(number) for number in row) for row in rows}
    assert told == {FILTER_ROWS, RATIO_ROWS, DEFECT_ROWS, *(family.rows for family in FAMILIES)}


def test_the_table_of_presets_is_that_of_the_program() -> None:
    from metricgov.app.start import SMALLEST
    from metricgov.domain.definitions.governance import Preset

    page = read("docs/concepts/roles-and-policy.md")
    head = re.search(r"^\| \| (.*) \|$", page, re.MULTILINE)
    smallest = re.search(r"^\| smallest council \| (.*) \|$", page, re.MULTILINE)
    assert head is not None
    assert smallest is not None
    assert dict(zip(head[1].split(" | "), map(int, smallest[1].split(" | ")), strict=True)) == {
        preset.value: SMALLEST[preset] for preset in Preset
    }


ANSWERS = {
    "what one row is": "One row per order that was paid.",
    "schema.table": "shop.orders",
    "what the number says": "Orders that were paid, a day.",
    "who decides": "The shop orders stock by it.",
    "source": "orders",
    "time": "created_at",
}
"""What somebody writes where a template says `<fill in: …>`, by the beginning of the mark or the name of the field."""


class Reader:
    """Somebody who types what README says in a repository of their own, and answers what a terminal would ask."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.home = folder, home
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "METRICGOV_"))}
        self.environment = kept | {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1"}
        self.said = ""

    def git(self, *words: str) -> None:
        self._run(["git", *words])

    def type(self, line: str) -> None:
        """Do what one line of README says."""
        program, *words = shlex.split(line)
        if program == "$EDITOR":
            self._fill_in(words)
            return
        assert program == "metricgov"
        self._run([sys.executable, "-m", "metricgov.cli.main", *words, *self._answers(words[0])])

    def _answers(self, command: str) -> list[str]:
        if command in {"init", "new", "propose"}:
            return ["--yes"]
        if command != "edit":
            return []
        editor = self.home / "editor.py"
        editor.write_text(
            "import pathlib, sys\n"
            "file = pathlib.Path(sys.argv[-1])\n"
            "text = file.read_text()\n"
            "text = text.replace('  aggregate: count', '  where: NOT is_test\\n  aggregate: count')\n"
            "text = text.replace('Orders that were paid', 'Orders that were paid and are no test')\n"
            "file.write_text(text)\n"
        )
        self.environment["EDITOR"] = shlex.join([sys.executable, str(editor)])
        today = datetime.now(UTC).date().isoformat()
        why = ["-m", "Test orders were counted", "--intent", "redefinition", "--treatment", "break"]
        return [*why, "--effective", today, "--yes"]

    def _fill_in(self, files: list[str]) -> None:
        def answer(mark: re.Match[str]) -> str:
            asked = mark["says"] or mark["key"]
            found = [words for begin, words in ANSWERS.items() if asked.startswith(begin)]
            assert found, f"the template asks something new: {mark[0]}"
            return f"{mark['key']}: {found[0]}"

        for name in files:
            file = self.folder / name
            marks = r"""(?P<key>\w+): (?:(?P<quote>['"])<fill in:? ?(?P<says>[^'"]*)>(?P=quote)|fill_in\b)"""
            text = re.sub(marks, answer, file.read_text(encoding="utf-8"))
            column = "  - {name: created_at"
            text = text.replace(column, "  - {name: is_test, type: boolean}\n" + column)
            file.write_text(text, encoding="utf-8")

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        self.said = done.stdout


def ten_minutes() -> list[str]:
    """Return the lines of README's path, in order."""
    chapter = read("README.md").partition("## The first ten minutes")[2].partition("\n## ")[0]
    blocks = re.findall(r"```console\n(.*?)```", chapter, re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


@pytest.mark.slow
def test_the_first_ten_minutes_can_be_typed_as_they_stand(tmp_path: Path) -> None:
    folder, home = tmp_path / "shop", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Ada Becker\n\temail = ada@example.com\n")
    reader = Reader(folder, home)
    reader.git("init", "--quiet", "--initial-branch=main")
    (folder / "models.sql").write_text("select 1\n")
    reader.git("add", ".")
    reader.git("commit", "--quiet", "--message=What was there before")
    lines = ten_minutes()
    assert len(lines) > 15
    for line in lines:
        reader.type(line)
        if line.startswith("metricgov history"):
            assert "2.0.0" in reader.said
        if line.startswith("metricgov gate"):
            assert "PASS" in reader.said
    assert "The journal holds" in reader.said


def test_no_page_and_no_module_keeps_the_marks_of_a_merge() -> None:
    """Two sides of a conflict, both kept, are a page that says everything twice."""
    marks = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)
    files = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.py"), *ROOT.glob("*.md"), *ROOT.glob("*.toml")]
    assert [str(file.relative_to(ROOT)) for file in files if marks.search(file.read_text())] == []
