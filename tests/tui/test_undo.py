"""Steps of a draft: taking all back gives the first text, doing all again the last; a crash makes one step."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from metricgov_tui.undo import Undo, step_between

TEXTS = st.lists(st.text(alphabet="ab\n: é", max_size=12), min_size=1, max_size=6)


@given(TEXTS)
def test_back_and_forth_through_any_edits(texts: list[str]) -> None:
    """A law: `u` to the beginning, `U` to the end, in this window and in the next."""
    with tempfile.TemporaryDirectory() as folder:
        undo = Undo(Path(folder), "metric:x")
        undo.begin({"f": texts[0]})
        for before, after in itertools.pairwise(texts):
            undo.push("f", before, after)
        undo.write()
        later = Undo(Path(folder), "metric:x")
        later.begin({"f": texts[-1]})
        text = texts[-1]
        while (found := later.back({"f": text})) is not None:
            text = found[1]
        assert text == texts[0]
        while (found := later.forth({"f": text})) is not None:
            text = found[1]
        assert text == texts[-1]


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_step_is_no_longer_than_what_differs(before: str, after: str) -> None:
    """A step holds only the part in which two texts differ."""
    step = step_between("f", before, after)
    rest = before[: step.at] + step.put + before[step.at + len(step.removed) :]
    assert rest == after
    assert not (step.removed and step.put and step.removed[0] == step.put[0])


def test_what_a_crash_kept_from_being_a_step_is_one(tmp_path: Path) -> None:
    """The text is newer than the steps: the difference can be taken back."""
    undo = Undo(tmp_path, "metric:x")
    undo.begin({"f": "one"})
    undo.write()
    later = Undo(tmp_path, "metric:x")
    later.begin({"f": "one two"})
    found = later.back({"f": "one two"})
    assert found is not None
    assert found[1] == "one"


def test_steps_of_another_text_are_let_go(tmp_path: Path) -> None:
    """Where the text is not the one that the steps were made in, nothing is taken back."""
    undo = Undo(tmp_path, "metric:x")
    undo.begin({"f": "abc"})
    undo.push("f", "abc", "abcdef")
    assert undo.back({"f": "xyz"}) is None
    assert undo.back({"g": "abcdef"}) is None
    (tmp_path / "undo").mkdir(exist_ok=True)
    undo.write()
    for file in (tmp_path / "undo").iterdir():
        file.write_text("{no json")
    assert Undo(tmp_path, "metric:x").back({"f": "abc"}) is None
