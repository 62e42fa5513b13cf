"""The approver's report on the starter registry over a million rows: from the command to one page with its plots."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path

from bench.measure import METRICGOV, Bar, NotMeasuredError, Section, in_turn, process, row

ROWS, FEWER = 1_000_000, 100_000
SECONDS = 3.0
METRIC = "sales_accepted_lead_rate"
FILE = f"metrics/crm_handoff/{METRIC}.yaml"
ACTOR = ("--as", "crm-lead")
BAR = "whole report, one page of HTML, a million rows"


def measure(folder: Path, *, quick: bool) -> Section:
    """Return the times of the report on a changed window: metric, dependant, every dimension, plots."""
    section = Section("report on a change")
    try:
        home = proposed(folder / "reported", FEWER if quick else ROWS)
        effect = (METRICGOV, "effect", METRIC, "--dry-run", *ACTOR)
        jobs = {
            "as text": partial(process, effect, home),
            "as one page of HTML": partial(process, (*effect, "--format", "html", "--out", "effect.html"), home),
        }
        section.rows = {name: row(runs) for name, runs in in_turn(jobs, 3 if quick else 7).items()}
    except NotMeasuredError as error:
        section.bars = [Bar(BAR, None, SECONDS, "s", str(error))]
        return section
    section.bars = [Bar(BAR, section.rows["as one page of HTML"]["median_ms"] / 1000, SECONDS, "s")]
    return section


def proposed(path: Path, rows: int) -> Path:
    """Return the starter registry with data bound, and a change of the window of a rate under review."""
    if path.exists():
        return path
    path.mkdir()
    for words in (("git", "init", "-q", "-b", "main"), ("git", "config", "user.email", "crm-lead@example.com")):
        _run(words, path)
    _run(("git", "config", "user.name", "CRM lead"), path)
    _run((METRICGOV, "init", ".", "--starter", "--preset", "small"), path)
    _run((METRICGOV, "sample-data", "sample.duckdb", "--rows", str(rows)), path)
    settings = path / "metricgov.yaml"
    settings.write_text(settings.read_text() + "engines:\n  warehouse: {type: duckdb, path: sample.duckdb}\n")
    _run((METRICGOV, "propose", "metricgov.yaml", "-m", "bind the data", *ACTOR), path)
    for who in ("finance-lead", "head-of-marketing"):
        _run((METRICGOV, "approve", "governance:metricgov", "--as", who), path)
    _run(("git", "checkout", "-q", "."), path)
    _run((METRICGOV, "apply", "governance:metricgov", *ACTOR), path)
    file = path / FILE
    file.write_text(file.read_text().replace("'30' DAY", "'21' DAY"))
    claims = ("--intent", "redefinition", "--treatment", "restate", "--effective", "2027-01-01", "--meaning-unchanged")
    _run((METRICGOV, "propose", FILE, "-m", "three weeks", *claims, *ACTOR), path)
    _run(("git", "checkout", "-q", "."), path)
    return path


def _run(command: tuple[str, ...], cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise NotMeasuredError(f"{' '.join(command[:3])}: {(done.stderr or done.stdout).strip()[-200:]}")
