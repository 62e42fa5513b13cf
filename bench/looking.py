"""Looking at many open changes: processor time of `change list`, `inbox` and `audit report`, git's own included."""

from __future__ import annotations

import os
import shutil
import statistics
from pathlib import Path

from bench.measure import METRICGOV, Bar, NotMeasuredError, Section, process
from metricgov import bootstrap
from metricgov.app.collecting import from_texts
from metricgov.app.generated import generate
from metricgov.app.laying import WHY, lay, live, steps
from metricgov.app.proposing import Collect, propose
from metricgov.app.ulid import new_ulid
from metricgov.assembly import outside
from metricgov.domain.workflow.commands import Claims
from metricgov.domain.workflow.envelope import Actor
from metricgov.ports.source import DefinitionSource

METRICS, OPEN, FEWER = 1000, 300, 30
SECONDS = {"change list": 2.0, "inbox": 2.0, "audit report": 4.0}
"""What each may cost with all changes open, on one processor."""


def measure(folder: Path, *, quick: bool) -> Section:
    """Return the processor time of each command; the wall clock says more about the machine than about them."""
    section = Section(f"{FEWER if quick else OPEN} open changes")
    try:
        home, somebody = opened(folder / "looked-at", FEWER if quick else OPEN)
        out = folder / "looked-at-report"
        jobs = {
            "change list": ("change", "list", "--limit", "0"),
            "inbox": ("inbox", "--as", somebody),
            "audit report": ("audit", "report", "--from", "2026-01-01", "--to", "2026-12-31", "--out", str(out)),
        }
        for name, words in jobs.items():
            times = []
            for _ in range(2 if quick else 4):
                shutil.rmtree(out, ignore_errors=True)
                before = _spent()
                process((METRICGOV, *words), home)
                times.append(_spent() - before)
            section.rows[name] = {"median_s": statistics.median(times[1:]), "max_s": max(times[1:])}
    except NotMeasuredError as error:
        section.bars = [Bar(name, None, limit, "s", str(error)) for name, limit in SECONDS.items()]
        return section
    section.bars = [Bar(name, section.rows[name]["median_s"], limit, "s") for name, limit in SECONDS.items()]
    return section


def opened(path: Path, changes: int, *, metrics: int = METRICS) -> tuple[Path, str]:
    """Return a generated registry with that many changes under review, and who wrote them."""
    generated = generate(metrics)
    author = generated.council[0]
    outside.begin_repository(path).close()
    workspace = bootstrap.Workspace(path, clock=steps())
    with workspace.repository as repository:
        lay(generated, site=outside.site_of(repository), source=repository)
        live(generated, access=workspace.access, landing=workspace.landing)
        before, after = b"\ndescription: ", b"\ndescription: In other words, "
        files = [one for one in generated.files if one.startswith("metrics/") and before in generated.files[one]]
        for file in files[-changes:]:
            text = repository.read([repository.tree(repository.resolve("refs/heads/main"), (file,))[file].oid])
            edit = {file: next(iter(text)).replace(before, after, 1)}
            propose(
                workspace.access,
                change=new_ulid(workspace.clock.now()),
                actor=Actor(author),
                collect=_texts(edit, repository),
                claims=Claims(why=WHY),
            )
        outside.repack(repository)
    return path, generated.council[1]


def _texts(edit: dict[str, bytes], source: DefinitionSource) -> Collect:
    return lambda moment: from_texts(moment.tip, edit, source=source)


def _spent() -> float:
    spent = os.times()
    return spent.children_user + spent.children_system
