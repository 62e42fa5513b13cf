"""The gate's report in every format: golden files, schemas, and what must hold for any report."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from mini_schema import faults
from render_samples import AT, EVIL, REPORTS, reports

from metricgov.domain.verdict import GateReport, Verdict
from metricgov.render.findings import findings_text
from metricgov.render.gate import FORMATS
from metricgov.render.gate_markdown import LIMIT, gate_markdown
from metricgov.render.gate_text import gate_text
from metricgov.render.kit import Screen, cells

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
SCHEMA = json.loads((HERE.parents[2] / "docs/reference/gate-json.schema.json").read_text())
SARIF = json.loads((HERE / "sarif-essential.schema.json").read_text())
ENDINGS = {"text": "txt", "json": "json", "markdown": "md", "github": "log", "sarif": "sarif", "junit": "xml"}
CASES = [(name, form) for name in REPORTS for form in FORMATS]
IDS = [f"{name}-{form}" for name, form in CASES]
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(("name", "form"), CASES, ids=IDS)
def test_a_report_looks_as_agreed(name: str, form: str) -> None:
    """METRICGOV_GOLDEN=write writes the files again; read the difference before it is committed."""
    path = GOLDEN / f"{name}.{ENDINGS[form]}"
    said = FORMATS[form](REPORTS[name])
    if os.environ.get("METRICGOV_GOLDEN") == "write":
        path.write_bytes(said.encode())
    assert said.encode() == path.read_bytes()


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.{ENDINGS[form]}" for name, form in CASES}


@relaxed
@given(reports)
def test_any_report_renders_in_every_format(report: GateReport) -> None:
    for form, render in FORMATS.items():
        said = render(report)
        said.encode()
        assert said.endswith("\n"), form
        assert all(char == "\n" or char.isprintable() for char in said), form


@relaxed
@given(reports)
def test_no_line_of_text_is_wider_than_the_screen(report: GateReport) -> None:
    for screen in (Screen(), Screen(width=60), Screen(ascii=True), Screen(width=120)):
        for line in gate_text(report, screen).splitlines():
            assert cells(line) <= screen.columns
        for line in gate_text(report, screen, verbose=True).splitlines():
            assert cells(line) <= screen.columns
        for definition in report.definitions:
            for line in findings_text(definition.findings, screen=screen).splitlines():
                assert cells(line) <= screen.columns


@relaxed
@given(reports)
def test_colour_repeats_and_never_says(report: GateReport) -> None:
    painted = gate_text(report, Screen(colour=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == gate_text(report, Screen())


@relaxed
@given(reports)
def test_without_utf8_every_letter_is_ascii(report: GateReport) -> None:
    assert gate_text(report, Screen(ascii=True)).isascii()


@relaxed
@given(reports)
def test_json_keeps_its_documented_shape(report: GateReport) -> None:
    document = json.loads(FORMATS["json"](report))
    assert list(faults(SCHEMA, document)) == []


@pytest.mark.parametrize("name", REPORTS)
def test_json_begins_with_the_contract_of_the_command_line(name: str) -> None:
    document = json.loads(FORMATS["json"](REPORTS[name]))
    assert list(document)[:8] == ["format", "verdict", "base", "head", "definitions", "policy", "at", "journal"]
    for definition in document["definitions"]:
        expected = ["id", "path", "class", "flags", "version", "change", "covered", "findings", "unmet", "override"]
        assert list(definition)[:10] == expected


def test_the_schema_documents_every_key_and_the_page_names_it() -> None:
    page = (HERE.parents[2] / "docs/reference/gate-json.md").read_text()
    keys = {key for part in (SCHEMA, *SCHEMA["$defs"].values()) for key in part.get("properties", {})}
    assert {key for key in keys if f"`{key}" not in page and f'"{key}"' not in page and key not in page} == set()
    example = json.loads(page.split("```json\n")[1].split("```")[0])
    assert list(faults(SCHEMA, example)) == []


@relaxed
@given(reports)
def test_sarif_has_the_essential_shape_and_its_rules(report: GateReport) -> None:
    document = json.loads(FORMATS["sarif"](report))
    assert list(faults(SARIF, document)) == []
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]


@relaxed
@given(reports)
def test_junit_counts_what_it_holds(report: GateReport) -> None:
    suites = ElementTree.fromstring(FORMATS["junit"](report))
    cases = suites.findall("./testsuite/testcase")
    assert len(cases) == int(suites.attrib["tests"]) >= max(1, len(report.definitions))
    for tag, total in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert len(suites.findall(f"./testsuite/testcase/{tag}")) == int(suites.attrib[total])


@relaxed
@given(reports)
def test_a_verdict_that_is_no_pass_never_looks_like_one(report: GateReport) -> None:
    """INV-25, INV-26: undecided and blocked are red in every format, and an error is not a finding."""
    if report.verdict not in (Verdict.BLOCKED, Verdict.UNDECIDED):
        return
    suites = ElementTree.fromstring(FORMATS["junit"](report))
    assert int(suites.attrib["failures"]) + int(suites.attrib["errors"]) > 0
    assert "::error" in FORMATS["github"](report)
    word = report.verdict.value.upper()
    assert FORMATS["text"](report).startswith(word)
    assert FORMATS["markdown"](report).startswith(f"### metricgov: {word}\n")
    (run,) = json.loads(FORMATS["sarif"](report))["runs"]
    assert run["invocations"][0]["exitCode"] in (1, 3)
    assert run["invocations"][0]["executionSuccessful"] is (report.verdict is not Verdict.UNDECIDED)


def test_a_change_is_named_by_its_short_form_for_people_only() -> None:
    from dataclasses import replace

    from render_samples import APPROVED, report

    change = "01JX0000000000000000K83DPE"
    passed = report(Verdict.PASS, replace(APPROVED, change=change))
    assert "approved in chg-k83dpe by" in FORMATS["text"](passed)
    assert json.loads(FORMATS["json"](passed))["definitions"][0]["change"] == change


def test_an_error_is_not_a_finding() -> None:
    """INV-25: what could not be read is a notification, an error of the suite, never a result or a failure."""
    for name in ("undecided", "unreadable"):
        (run,) = json.loads(FORMATS["sarif"](REPORTS[name]))["runs"]
        assert run["results"] == []
        assert len(run["invocations"][0]["toolExecutionNotifications"]) == 1
        suites = ElementTree.fromstring(FORMATS["junit"](REPORTS[name]))
        assert (suites.attrib["failures"], suites.attrib["errors"]) == ("0", "1")


@pytest.mark.parametrize("form", FORMATS)
def test_what_observing_lets_pass_is_named(form: str) -> None:
    """INV-26: the same findings, and the definition that would block is named as observed."""
    said = FORMATS[form](REPORTS["observed"])
    assert "metric:routing_speed" in said.replace("&#58;", ":").replace("%3A", ":")
    assert re.search(r"observ", said)
    assert "no change covers" in said or '"covered": false' in said
    if form == "github":
        assert "::error" not in said
        assert "::notice" in said
    if form == "junit":
        assert ElementTree.fromstring(said).attrib["skipped"] == "1"


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github", "junit"])
def test_a_baseline_is_never_an_approval(form: str) -> None:
    """INV-26: a baseline is shown as a baseline."""
    said = FORMATS[form](REPORTS["passes"]).replace("&#58;", ":")
    about = "\n".join(line for line in said.splitlines() if "baseline" in line)
    assert "baseline" in about
    assert "approved in" not in about
    assert "approved by" not in about


def test_same_report_same_bytes_whatever_the_process() -> None:
    """INV-24: no clock, no environment, no order of sets in what is printed."""
    script = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1]);"
        "from render_samples import REPORTS; from metricgov.render.gate import FORMATS;"
        "print(hashlib.sha256(''.join(f(r) for r in REPORTS.values() for f in FORMATS.values()).encode()).hexdigest())"
    )
    digests = set()
    for seed, zone, columns in (("1", "UTC", "80"), ("2", "Asia/Tokyo", "200"), ("3", "UTC", "40")):
        env = {"PYTHONHASHSEED": seed, "TZ": zone, "COLUMNS": columns, "NO_COLOR": seed, "PATH": os.environ["PATH"]}
        done = subprocess.run([sys.executable, "-c", script, str(HERE)], env=env, capture_output=True, check=True)
        digests.add(done.stdout)
    assert len(digests) == 1


def test_text_and_json_load_nothing_heavy() -> None:
    """The gate's start-up is a benchmark: its two commonest formats may not cost more than they print."""
    script = (
        "import sys; from metricgov.domain.verdict import GateReport, Verdict;"
        "from metricgov.render.gate import FORMATS;"
        f"report = GateReport(Verdict.PASS, 'a', 'b', '{AT}');"
        "FORMATS['text'](report); FORMATS['json'](report);"
        "print(*({'rich', 'pydantic', 'sqlglot', 'git', 'typer', 'difflib', 'xml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("form", ["text", "github"])
def test_text_from_files_is_no_command_of_a_ci_system(form: str) -> None:
    said = FORMATS[form](REPORTS["hostile"])
    commands = [line for line in said.splitlines() if line.lstrip().startswith("::")]
    assert all(re.match(r"::(error|notice) file=[^:]*,title=[^:]*::", line) for line in commands)
    assert len(commands) == (1 if form == "github" else 0)
    assert "##[" not in said


@relaxed
@given(reports)
def test_any_line_that_is_a_command_is_ours(report: GateReport) -> None:
    assert not [line for line in FORMATS["text"](report).splitlines() if line.lstrip().startswith("::")]
    assert not re.search(r"##\w*\[", FORMATS["text"](report))
    for line in FORMATS["github"](report).splitlines():
        if line.lstrip().startswith("::"):
            assert re.match(r"::(error|warning|notice)( [a-z]+=[^:,]*(,[a-z]+=[^:,]*)*)?::", line)


def _pieces(said: str) -> tuple[list[str], list[str], list[str]]:
    from markdown_it import MarkdownIt

    texts, tags, kinds = [], [], []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(said):
        for part in [token, *(token.children or [])]:
            kinds.append(part.type)
            if part.type == "text":
                texts.append(part.content)
            if part.type in ("html_inline", "html_block"):
                tags += re.findall(r"<[^>]*>", part.content)
    return texts, tags, kinds


@relaxed
@given(reports)
def test_nothing_from_a_file_marks_up_a_comment(report: GateReport) -> None:
    texts, tags, kinds = _pieces(gate_markdown(report))
    allowed = {"code", "br", "sub", "details", "summary"}
    for tag in tags:
        assert tag == "<!-- metricgov gate -->" or tag.strip("</>") in allowed
    assert not {"link_open", "image", "blockquote_open", "ordered_list_open", "hr", "code_inline"} & set(kinds)
    assert kinds.count("heading_open") == 1
    said = "\n".join(texts)
    assert not re.search(r"[@#!~]\w", said), "nobody is addressed, nothing is linked"


def test_a_hostile_comment_shows_what_the_file_holds() -> None:
    texts, _, kinds = _pieces(gate_markdown(REPORTS["hostile"]))
    assert "<img src=x onerror=y>" in "\n".join(texts)
    assert kinds.count("fence") == 1
    assert EVIL not in gate_markdown(REPORTS["hostile"])


@pytest.mark.parametrize("count", [1, 60, 3000])
def test_a_comment_keeps_the_limit_and_says_what_is_left_out(count: int) -> None:
    from dataclasses import replace

    from render_samples import BLOCKED, report

    many = tuple(replace(BLOCKED, id=f"metric:m{number}") for number in range(count))
    said = gate_markdown(report(Verdict.BLOCKED, *many))
    assert len(said) <= LIMIT
    assert said.endswith("<!-- metricgov gate -->\n")
    assert ("Left out" in said) is (count > 1)
    if count == 3000:
        rows = said.count("\n| ✗ |")
        assert f"{count - rows:,} rows of the table" in said


@relaxed
@given(reports)
def test_any_comment_keeps_a_small_limit(report: GateReport) -> None:
    assert len(gate_markdown(report, limit=2_000)) <= 2_000
