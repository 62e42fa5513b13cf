"""Each invariant is named by a test; only the server's are still to come."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LATER = {"54", "70", "71", "72"}
"""Notifications and the API: they come with the server."""


def test_each_is_named_by_a_test() -> None:
    """A line of docs/concepts/invariants.md without a test is a promise that nothing keeps."""
    promised = set(re.findall(r"^\| INV-(\d\d) \|", (ROOT / "docs/concepts/invariants.md").read_text(), re.M))
    named = {
        number for file in (ROOT / "tests").rglob("test_*.py") for number in re.findall(r"INV-(\d\d)", file.read_text())
    }
    assert len(promised) > 40
    assert promised - named <= LATER
