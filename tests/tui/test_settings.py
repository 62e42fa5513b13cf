"""`tui.yaml`: what is wrong is named with file, line and next step; without it everything is as usual."""

from __future__ import annotations

from pathlib import Path

import pytest

from metricgov.domain.errors import BadInput
from metricgov_tui.keys import remap
from metricgov_tui.remembered import Settings, read_settings


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("theme: dark\nthem: x\n", 2, "there is no setting 'them'"),
        ("theme: purple\n", 1, "there is no theme 'purple'"),
        ("theme: dark\nkeys: {approve: r}\n", 2, "cannot be both"),
        ("keys: {aprove: A}\n", 1, "no key named aprove"),
        ("- a\n", 0, "no mapping"),
        ("theme: [a\nascii: x\n", 2, "no YAML"),
    ],
    ids=["unknown setting", "unknown theme", "clash", "unknown key", "a list", "broken"],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, line: int, says: str) -> None:
    """File, line, what is wrong, next step."""
    path = tmp_path / "tui.yaml"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        read_settings(path)
    assert says in caught.value.message
    assert caught.value.place is not None
    assert caught.value.place.path == str(path)
    assert caught.value.place.line == line
    assert caught.value.hint


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    """All of it, and nothing where there is no file."""
    path = tmp_path / "tui.yaml"
    assert read_settings(path) == Settings()
    path.write_text("theme: light\nkeys: {approve: A}\nreduced_motion: true\nascii: true\n")
    try:
        assert read_settings(path) == Settings("light", {"approve": "A"}, True, True)
    finally:
        remap({})
