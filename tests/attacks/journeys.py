"""What people leave behind at the command line, put before both verifiers: they give the same answer (INV-63)."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path

from metricgov import second_verifier
from metricgov.app.as_it_stood import Memory
from metricgov.app.auditing import audit_verify
from metricgov.app.walking import walk
from metricgov.assembly.outside import history_of
from metricgov.bootstrap import Workspace
from metricgov.domain.errors import MetricgovError, Undecidable
from metricgov.domain.walked import Walked

BRANCH = "refs/heads/metricgov/journal"


def registries(folder: Path) -> list[Path]:
    """Return the folders below one in which a journal is kept."""
    found = [one.parent for one in folder.glob("*/.git")]
    return [one for one in found if _git(one, "rev-parse", "--verify", "--quiet", BRANCH).returncode == 0]


def head(folder: Path) -> bytes:
    """Return what names the contents of a registry: the tips of its journal and of main."""
    return _git(folder, "rev-parse", BRANCH, "refs/heads/main").stdout


def answers(folder: Path, now: str = "2036-01-01T00:00:00Z") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what `audit verify --full` and the second verifier say: a verdict, and the commits they refuse."""
    return _first(folder, now), _second(folder, now)


def _first(folder: Path, now: str) -> tuple[str, ...]:
    workspace = Workspace(folder)
    try:
        memory = Memory(workspace.record)
        audit = audit_verify(workspace.integrity, beside=memory.take)
        if not audit.whole:
            return ("fail",)
        with closing(history_of(workspace.repository)) as line:
            walked = walk(
                workspace.audited, memory, Walked(), line=line, hygiene=workspace.repository, now=now, root="", since=""
            )
    except (Undecidable, MetricgovError):
        return ("undecided",)
    finally:
        workspace.repository.close()
    if audit.holds and walked.holds:
        return ("pass",)
    return ("fail", *dict.fromkeys(one.commit for one in walked.bad))


def _second(folder: Path, now: str) -> tuple[str, ...]:
    try:
        report, _, _ = second_verifier.verify(str(folder), now=now)
    except second_verifier.Undecided:
        return ("undecided",)
    if not report.events and not report.steps:
        return ("pass",)
    return ("fail", *dict.fromkeys(commit for _, commit, _ in sorted(report.steps)))


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, check=False)


def said(folder: Path, now: str = "2036-01-01T00:00:00Z") -> tuple[str, ...]:
    """Return the sentences of the second verifier, for the message of a failing test."""
    report, _, _ = second_verifier.verify(str(folder), now=now)
    return (*(text for _, _, text in report.steps), *(f"{seq}: {text}" for seq, _, text in report.events))
