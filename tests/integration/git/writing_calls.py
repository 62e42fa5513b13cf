"""Every call by which the program writes in a repository, for tests that stop it or let others in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from metricgov.adapters.git import packing, process
from metricgov.adapters.git.moving import RefMoves

PLACES: tuple[tuple[Any, str], ...] = (
    (process, "run_with_gitpython"),
    (packing, "_durable"),
    (packing, "_appear"),
    (RefMoves, "moved"),
)
"""Git's own writing verbs, the files of our own packs and their names, and the git that stays and moves refs."""

Call = Callable[..., Any]


def watch(around: Callable[[Call], Call], monkeypatch: pytest.MonkeyPatch | None = None) -> None:
    """Put what `around` makes of a writing call in the place of each; for good, where no monkeypatch undoes it."""
    set_to = setattr if monkeypatch is None else monkeypatch.setattr
    for owner, name in PLACES:
        set_to(owner, name, around(getattr(owner, name)))


def before_the(number: int, act: Callable[[], None], monkeypatch: pytest.MonkeyPatch | None = None) -> None:
    """Do something right before the n-th writing call, counted from 1."""
    count = 0

    def around(true: Call) -> Call:
        def call(*args: object, **more: object) -> object:
            nonlocal count
            count += 1
            if count == number:
                act()
            return true(*args, **more)

        return call

    watch(around, monkeypatch)
