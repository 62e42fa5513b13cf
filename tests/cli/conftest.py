"""The program as a person runs it, without the price of a new process for every call."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from metricgov.cli.main import run


@dataclass(frozen=True)
class Outcome:
    """What a call left behind."""

    code: int
    out: str
    err: str


Metricgov = Callable[..., Outcome]


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with a past (reading_world.py), made once; tests only read it."""
    from reading_world import build

    root = tmp_path_factory.mktemp("past") / "registry"
    build(root)
    return root


@pytest.fixture
def registry(past: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    copy = tmp_path / "registry"
    shutil.copytree(past, copy, symlinks=True)
    return copy


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


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter registry under governance, made once; copied for every test that writes."""
    from metricgov.adapters.clock import SystemClock
    from metricgov.app.start import Person, Wishes, begin, plan, touched_paths
    from metricgov.assembly import outside, parts
    from metricgov.bootstrap import Workspace

    root = tmp_path_factory.mktemp("starter") / "registry"
    first = Person("crm-lead", "CRM lead", "crm-lead@example.com")
    wishes = Wishes((first,), None, (), "duckdb", "metricgov/journal", outside.starter_files(), True)
    seen = outside.survey(root, touched_paths(wishes))
    files = Workspace(root).files
    registry = "7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11"
    beginning = plan(wishes, existing={}, target=parts.DEFAULT_TARGET, tip=seen.tip, registry=registry, files=files)
    with outside.begin_repository(root) as repository:
        begin(beginning, site=outside.site_of(repository), source=repository, clock=SystemClock())
    return root


@dataclass
class Desk:
    """A copy of the starter registry, and the people who work in it."""

    root: Path
    call: Metricgov
    patch: pytest.MonkeyPatch

    def run(
        self,
        who: str,
        *words: str,
        editor: str = "",
        answers: Iterable[str] | None = None,
        folder: str = "",
    ) -> Outcome:
        """Call the program as a principal; `answers` are typed on a terminal (`^C` interrupts), else there is none."""
        from metricgov.cli import asking

        typed = iter(answers or ())

        def line(prompt: str) -> str:
            answer = next(typed, None)
            assert answer is not None, f"nobody answers: {prompt}"
            if answer == "^C":
                raise KeyboardInterrupt
            return answer

        self.patch.setattr(asking, "can_ask", lambda *, yes: answers is not None and not yes)
        self.patch.setattr(asking, "line", line)
        self.patch.delenv("VISUAL", raising=False)
        self.patch.setenv("EDITOR", editor)
        done = self.call(*words, cwd=self.root / folder, email=f"{who}@example.com")
        assert next(typed, None) is None or done.code, "more answers than questions"
        return done

    def editor(self, *substitutions: str) -> str:
        """Return an editor that makes these substitutions of `sed` in everything it opens."""
        script = self.root.parent / f"editor-{abs(hash(substitutions))}.sh"
        quoted = " ".join(f"-e '{one}'" for one in substitutions)
        script.write_text(f'#!/bin/sh\nexec sed -i {quoted} "$@"\n')
        script.chmod(0o755)
        return str(script)

    def sed(self, path: str, old: str, new: str) -> None:
        """Edit a file of the work tree."""
        file = self.root / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def shown(self, change: str, who: str = "crm-lead") -> dict[str, Any]:
        """Return a change as `change show --json` tells it."""
        done = self.call("change", "show", change, "--json", cwd=self.root, email=f"{who}@example.com")
        assert done.code == 0, done.err
        found: dict[str, Any] = json.loads(done.out)["change"]
        return found

    def events(self) -> int:
        """Return the number of events in the journal."""
        from metricgov.bootstrap import Workspace

        return Workspace(self.root).journal.head().seq

    def drafts(self) -> list[Path]:
        """Return the texts that are kept."""
        return sorted((self.root / ".git" / "metricgov" / "drafts").rglob("*.yaml"))


@pytest.fixture
def desk(starter: Path, tmp_path: Path, metricgov: Metricgov, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A starter registry of one's own; where a test changed it, both verifiers say the same of it (INV-63)."""
    from attacks.journeys import answers, head, said

    root = tmp_path / "registry"
    shutil.copytree(starter, root)
    before = head(root)
    yield Desk(root, metricgov, monkeypatch)
    monkeypatch.undo()
    if head(root) != before:
        first, second = answers(root)
        assert first == second, said(root)


@pytest.fixture
def bound(desk: Desk) -> Desk:
    """A registry whose sample data are bound by an approved change of metricgov.yaml."""
    assert desk.run("crm-lead", "sample-data", "sample.duckdb", "--rows", "3000").code == 0
    config = desk.root / "metricgov.yaml"
    config.write_text(config.read_text() + "engines:\n  warehouse: {type: duckdb, path: sample.duckdb}\n")
    assert desk.run("crm-lead", "propose", "metricgov.yaml", "-m", "bind the sample").code == 0
    for who in ("finance-lead", "head-of-marketing"):
        assert desk.run(who, "approve", "governance:metricgov").code == 0
    config.write_text(config.read_text().partition("engines:")[0])
    done = desk.run("crm-lead", "apply", "governance:metricgov")
    assert done.code == 0, done.err
    return desk
