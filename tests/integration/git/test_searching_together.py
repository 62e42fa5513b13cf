"""Many words are looked for at once: the lines are those that each of them finds alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from metricgov.adapters.git.repository import TOGETHER, GitRepository
from metricgov.adapters.git.setup import commit_files, create_repository

LINES = ("lead", "leads", "leads-in", "leads/x", "leads/xy", "xleads", "a+b", "aab", "a|b", "(lead)", "lead.x", "n7")
WORDS = ("lead", "leads", "leads-i", "leads/x", "a+b", "a|b", "missing", "lead.x", "(lead)")


@pytest.mark.parametrize("more", [0, TOGETHER], ids=["one-pattern", "several-patterns"])
def test_words_that_are_looked_for_together_are_found_as_alone(tmp_path: Path, more: int) -> None:
    """No word hides another that it begins with, and none is read as a pattern."""
    with create_repository(tmp_path / "here") as repository:
        head = _commit(repository, {f"{at}.yaml": f"{line}\n".encode() for at, line in enumerate(LINES)})
        alone = {path for word in WORDS for path in repository.mentioning(head, [word])}
        together = repository.mentioning(head, [*(f"other_{at}" for at in range(more)), *WORDS])
    assert set(together) == alone
    assert len(alone) == len(LINES) - 3  # xleads, aab and n7 hold none of the words


def _commit(repository: GitRepository, files: Mapping[str, bytes | None]) -> str:
    return commit_files(repository, "main", files, message="lines", at="2026-06-18T08:00:00Z")
