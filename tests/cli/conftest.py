"""The program as a person runs it, without the price of a new process for every call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from metricgov.cli.main import run


@dataclass(frozen=True)
class Outcome:
    """What a call left behind."""

    code: int
    out: str
    err: str


Metricgov = Callable[..., Outcome]


@pytest.fixture
def metricgov(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Metricgov:
    """Return `metricgov(*words, cwd=…, email=…)`: one call in a folder, as somebody whom git knows by that address."""
    home = tmp_path / "home-of-git"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NO_COLOR", "1")
    for name in ("XDG_CONFIG_HOME", "METRICGOV_ACTOR"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str | Path, cwd: Path = tmp_path, email: str = "ada@example.com", name: str = "Ada") -> Outcome:
        who = f"[user]\n\tname = {name}\n\temail = {email}\n" if email else ""
        (home / ".gitconfig").write_text(who)
        monkeypatch.chdir(cwd)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ending:
            run([str(word) for word in words])
        said = capfd.readouterr()
        assert isinstance(ending.value.code, int)
        return Outcome(ending.value.code, said.out, said.err)

    return call
