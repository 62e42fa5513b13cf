"""What was edited in a draft, step by step, so that it can be taken back, also by the next window."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from metricgov_tui.remembered import write_whole

MOST = 200
"""Steps that are kept."""


@dataclass(frozen=True, slots=True)
class Step:
    """One edit of one file: from where on what was replaced by what, in characters."""

    path: str
    at: int
    removed: str
    put: str
    field: str = ""


def step_between(path: str, before: str, after: str, field: str = "") -> Step:
    """Return the shortest step that makes one text the other."""
    start, most = 0, min(len(before), len(after))
    while start < most and before[start] == after[start]:
        start += 1
    end = 0
    while end < most - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return Step(path, start, before[start : len(before) - end], after[start : len(after) - end], field)


class Undo:
    """The steps of one draft, those that can be taken back and those that were."""

    def __init__(self, folder: Path | None, key: str) -> None:
        self._file = folder / "undo" / f"{hashlib.sha256(key.encode()).hexdigest()[:20]}.json" if folder else None
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._texts: dict[str, str] = {}
        self._read()

    def _read(self) -> None:
        if self._file is None:
            return
        try:
            held = json.loads(self._file.read_text(encoding="utf-8"))
            self._done = [Step(**one) for one in held["done"]]
            self._undone = [Step(**one) for one in held["undone"]]
            self._texts = {str(path): str(text) for path, text in held["texts"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._done, self._undone, self._texts = [], [], {}

    def begin(self, texts: dict[str, str]) -> None:
        """Go on with texts as they are kept: what a crash kept from becoming a step becomes one now."""
        for path, text in texts.items():
            known = self._texts.get(path)
            if known is not None and known != text:
                self.push(path, known, text)
        if set(texts) != set(self._texts):
            self._done, self._undone = [], []
        self._texts = dict(texts)

    def push(self, path: str, before: str, after: str, field: str = "") -> None:
        """Note an edit; what was taken back before it is gone."""
        if before != after:
            self._done = [*self._done, step_between(path, before, after, field)][-MOST:]
            self._undone = []
        self._texts[path] = after

    def back(self, texts: dict[str, str]) -> tuple[Step, str] | None:
        """Take the last step back: return it and the text of its file; None where there is none that fits."""
        return self._move(self._done, self._undone, texts, forth=False)

    def forth(self, texts: dict[str, str]) -> tuple[Step, str] | None:
        """Do the step again that was taken back last."""
        return self._move(self._undone, self._done, texts, forth=True)

    def _move(self, away: list[Step], to: list[Step], texts: dict[str, str], *, forth: bool) -> tuple[Step, str] | None:
        if not away or away[-1].path not in texts:
            return None
        step = away[-1]
        text = texts[step.path]
        old, new = (step.removed, step.put) if forth else (step.put, step.removed)
        if text[step.at : step.at + len(old)] != old:
            away.clear()  # the text is not the one that these steps were made in
            return None
        to.append(away.pop())
        changed = text[: step.at] + new + text[step.at + len(old) :]
        self._texts[step.path] = changed
        return step, changed

    def write(self) -> None:
        """Keep the steps for the next window; where that fails, only they are lost."""
        if self._file is None:
            return
        held = {
            "done": [asdict(one) for one in self._done],
            "undone": [asdict(one) for one in self._undone],
            "texts": self._texts,
        }
        try:
            write_whole(self._file, json.dumps(held, ensure_ascii=False).encode())
        except OSError:
            return

    def forget(self) -> None:
        """Delete them: the draft has become a change, or was discarded."""
        self._done, self._undone, self._texts = [], [], {}
        if self._file is not None:
            self._file.unlink(missing_ok=True)
