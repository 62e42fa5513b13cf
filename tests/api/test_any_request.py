"""Any request that fits the description, and some that do not: never a bug, never an answer of another shape.

`make bench` sends 20,000 of them (bench/fuzzing.py).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import fuzzing

pytestmark = pytest.mark.slow


def test_no_request_meets_a_bug(past: Path, tmp_path: Path) -> None:
    found = fuzzing.fuzz(past, tmp_path, examples=3)
    assert found.calls > 150
    assert found.steps > 10
    assert found.faults == {}
    assert {200, 404, 409, 422} <= found.statuses.keys()
