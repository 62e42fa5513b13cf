"""Real repositories for every test that needs one; what they hold is the business of the tests."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from metricgov.adapters.git.objects import ObjectFormat
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.git.setup import commit_files, create_repository

if TYPE_CHECKING:
    from integration.gate.gate_world import World
    from integration.gate.signed_world import Keyring, SignedWorld

AT = "2026-06-18T09:52:30Z"

RunGit = Callable[..., str]

settings.register_profile("metricgov", deadline=None)  # the first example of a module pays for its imports
settings.register_profile("same", settings.get_profile("metricgov"), derandomize=True)
settings.load_profile("metricgov" if os.environ.get("METRICGOV_TEST_RANDOM") else "same")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why tests were left out, one line a reason, so that nobody takes them for passed, and what was explored."""
    reasons = Counter(str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []))
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} left out: {reason.removeprefix('Skipped: ')}")
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "explored":
                terminalreporter.write_line(f"explored {value}")


@pytest.fixture(autouse=True)
def no_foreign_git_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the git settings of whoever runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)


@pytest.fixture(params=["sha1", "sha256"])
def object_format(request: pytest.FixtureRequest) -> ObjectFormat:
    """Both formats of git (INV-35)."""
    return "sha256" if request.param == "sha256" else "sha1"


@pytest.fixture
def new_repository(tmp_path: Path) -> Iterator[Callable[..., GitRepository]]:
    """Return a function that makes a repository with one commit on main: `new_repository("name", bare=…, files=…)`."""
    made: list[GitRepository] = []

    def make(
        name: str = "registry",
        *,
        bare: bool = False,
        object_format: ObjectFormat = "sha1",
        files: dict[str, bytes | None] | None = None,
    ) -> GitRepository:
        repository = create_repository(tmp_path / name, bare=bare, object_format=object_format)
        made.append(repository)
        if files is None:
            files = {"metricgov.yaml": b"kind: metricgov\n", "metrics/crm/speed.yaml": b"kind: metric\nname: speed\n"}
        if files:
            commit_files(repository, "main", files, message="first", at=AT)
        return repository

    yield make
    for repository in made:
        repository.close()


@pytest.fixture
def repository(new_repository: Callable[..., GitRepository]) -> GitRepository:
    """A SHA-1 repository with a work tree and one commit on main."""
    return new_repository()


@pytest.fixture
def repository_of_each_format(
    new_repository: Callable[..., GitRepository], object_format: ObjectFormat
) -> GitRepository:
    """A repository with a work tree and one commit on main, in both formats."""
    return new_repository(object_format=object_format)


@pytest.fixture
def git(tmp_path: Path) -> RunGit:
    """Run git as some user would: `git(folder, "commit", "-m", "x", stdin=…)` returns its output."""

    def run(folder: Path | GitRepository, *args: str, stdin: bytes = b"", ok: tuple[int, ...] = (0,)) -> str:
        where = folder.git.root if isinstance(folder, GitRepository) else folder
        names = {f"GIT_{role}_{part}": f"user{'@example.com' if part == 'EMAIL' else ''}"
                 for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}  # fmt: skip
        env = os.environ | names | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
        done = subprocess.run(["git", *args], cwd=where, env=env, input=stdin, capture_output=True)
        assert done.returncode in ok, done.stderr.decode()
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    return run


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """An SSH key for everybody, made once."""
    from integration.gate.signed_world import Keyring

    return Keyring(tmp_path_factory.mktemp("ring"))


@pytest.fixture(scope="session")
def signed_once(tmp_path_factory: pytest.TempPathFactory, ring: Keyring) -> World:
    """A registry that asks for signatures, made once; copied for every test."""
    from integration.gate.signed_world import make_signed

    world = make_signed(tmp_path_factory.mktemp("signed") / "registry", ring)
    world.close()
    return world


@pytest.fixture
def signed(signed_once: World, ring: Keyring, tmp_path: Path) -> Iterator[SignedWorld]:
    """A registry that asks for signatures, before its first change."""
    from integration.gate.gate_world import copy_of
    from integration.gate.signed_world import SignedWorld

    world = copy_of(signed_once, tmp_path / "registry")
    yield SignedWorld(world, ring)
    world.close()
