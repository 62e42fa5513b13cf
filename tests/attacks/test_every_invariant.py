"""Each invariant is named by a test, and each that can be attacked is attacked; only the server's are still to come."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ATTACKS = ROOT / "tests" / "attacks"
LATER = {"54", "70", "71", "72"}
"""Notifications and the API: they come with the server."""

ELSEWHERE = {
    "50": ("tests/integration/crashes/test_random_crashes.py", "it is a crash, not a push, that is tried"),
    "52": ("tests/integration/crashes/test_random_crashes.py", "a worker that wakes up late is no push either"),
    "53": ("tests/integration/remote/test_remote_crashes.py", "an answer that is lost needs a remote that loses it"),
    "33": ("tests/attacks/test_git_attacks.py", "what a repository runs is tried on git, before there is a registry"),
}
"""What is tried where a fixture repository at the gate would show nothing."""


def promised() -> set[str]:
    return set(rows())


def rows() -> list[str]:
    page = (ROOT / "docs/concepts/invariants.md").read_text()
    return re.findall(r"^\| INV-(\d\d) \|", page, re.MULTILINE)


def attacking(number: str) -> list[str]:
    """Return the test functions of the corpus whose own docstring, or that of their class, names an invariant."""
    found: list[str] = []
    for file in sorted(ATTACKS.rglob("test_*.py")):
        if file == Path(__file__):
            continue
        tree = ast.parse(file.read_text())
        for outer in [tree, *(one for one in tree.body if isinstance(one, ast.ClassDef))]:
            around = "" if isinstance(outer, ast.Module) else ast.get_docstring(outer) or ""
            for one in outer.body:
                if not isinstance(one, ast.FunctionDef) or not one.name.startswith("test_"):
                    continue
                if f"INV-{number}" in around + (ast.get_docstring(one) or ""):
                    found.append(f"{file.name}::{one.name}")
    return found


def test_each_is_named_by_a_test() -> None:
    """A line of docs/concepts/invariants.md without a test is a promise that nothing keeps."""
    named = {
        number for file in (ROOT / "tests").rglob("test_*.py") for number in re.findall(r"INV-(\d\d)", file.read_text())
    }
    assert len(promised()) > 40
    assert len(rows()) == len(promised()), "a line stands twice"
    assert promised() - named <= LATER


@pytest.mark.parametrize("number", sorted(promised() - LATER), ids=lambda one: f"INV-{one}")
def test_each_is_attacked(number: str) -> None:
    """The corpus holds an attack on every rule, or says where else it is tried and why."""
    if number in ELSEWHERE:
        path, why = ELSEWHERE[number]
        assert why
        assert f"INV-{number}" in (ROOT / path).read_text()
        return
    assert attacking(number), f"nothing under tests/attacks is an attack on INV-{number}"
