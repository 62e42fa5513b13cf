"""The quick lines agree with the exact ones wherever they say anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from metricgov.adapters.yaml.lines import key_lines
from metricgov.adapters.yaml.load import locate

STARTER = sorted((Path(__file__).parents[3] / "registry").rglob("*.yaml"))

TRICKY = {
    "list at the indent of its key": b"a:\n- b: 1\n  c: 2\nd: 3\n",
    "list deeper than its key": b"a:\n  - b: 1\n    c: 2\n  - b: 3\nd:\n  e: 4\n",
    "text that looks like keys": b"a: |\n  b: 1\n  c: 2\nb: 3\n",
    "folded text": b"x:\n  a: >\n    b: 1\n\n    c: 2\n  b: 3\nc: 4\n",
    "quoted text over lines": b'a: "one\n  b: two"\nb: 3\n',
    "flow mappings": b"a: {b: 1, c: {d: 2}}\nb:\n  c: [1, 2]\n",
    "comments between": b"# a: 1\na:\n  # b: 1\n  b: 2\n\n  c: 3\n",
    "windows line ends": b"a:\r\n  b: 1\r\nc: 2\r\n",
    "quoted keys": b"\"a\": 1\n'b': 2\nc: 3\n",
}


def _agree(data: bytes) -> int:
    exact = {path: place.line for path, place in locate(data).items()}
    quick = {path: line for path, line in key_lines(data).items() if path in exact}
    assert quick == {path: exact[path] for path in quick}
    return len(quick)


@pytest.mark.parametrize("file", STARTER, ids=lambda file: file.stem)
def test_quick_lines_are_the_exact_ones(file: Path) -> None:
    """INV-40: every place that is named is the right one."""
    assert _agree(file.read_bytes()) >= 3


@pytest.mark.parametrize("data", TRICKY.values(), ids=TRICKY)
def test_quick_lines_hold_where_yaml_is_tricky(data: bytes) -> None:
    """A path that both know stands on the same line."""
    assert _agree(data) >= 1
