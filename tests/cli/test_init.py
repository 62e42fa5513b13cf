"""`init` in every place a registry may begin, and in those where it must not."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Metricgov
from metricgov.adapters.git.repository import GitRepository
from metricgov.adapters.yaml.files import YamlFiles
from metricgov.app.governing import governance_at
from metricgov.app.start import deadlocks
from metricgov.assembly.outside import starter_files
from metricgov.bootstrap import Workspace
from metricgov.domain.digest import sha256_hex
from metricgov.domain.ssh import PublicKey, string
from metricgov.domain.workflow.registry_events import Baseline, RegistryCreated
from metricgov.domain.workflow.typed import parse

RunGit = Callable[..., str]
BELA = "bela=Bela Novak <bela@example.com> @bela"
CLEO = "cleo=Cléo Dorn <cleo@example.com> @cleo"
DARIO = "dario=Dario Ek <dario@example.com> @dario"
TEAMS = {"solo": (), "small": (BELA,), "standard": (BELA, CLEO), "regulated": (BELA, CLEO, DARIO)}


def line(number: int) -> str:
    """Return a public key that nobody holds the other half of."""
    blob = string(b"ssh-ed25519") + string(number.to_bytes(32, "big"))
    return PublicKey("ssh-ed25519", blob, ()).line


KEYS = ("--key", line(1), *(word for n, one in enumerate(("bela", "cleo", "dario"), 2)
                            for word in ("--member-key", f"{one}={line(n)}")))  # fmt: skip


def members(people: tuple[str, ...]) -> list[str]:
    return [word for one in people for word in ("--member", one)]


@pytest.mark.parametrize("preset", TEAMS)
def test_a_preset_begins_free_of_deadlock_at_its_smallest_size(
    metricgov: Metricgov, tmp_path: Path, git: RunGit, preset: str
) -> None:
    """INV-07, INV-33: every change by anybody has an approver; arriving objects are checked; all is committed."""
    keys = KEYS if preset == "regulated" else ()
    done = metricgov("init", "reg", "--preset", preset, "--login", "ada", *members(TEAMS[preset]), *keys)
    assert done.code == 0, done.err
    registry = tmp_path / "reg"
    with GitRepository.open(registry) as repository:
        tip = repository.resolve("refs/heads/main")
        governance = governance_at(tip, source=repository, files=YamlFiles())
    assert governance.policy.preset == preset
    assert list(deadlocks(governance)) == []
    assert governance.principal_of("ada@example.com") == "ada"
    assert git(registry, "config", "transfer.fsckObjects") == "true"
    assert git(registry, "status", "--porcelain") == ""
    assert git(registry, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert "eol=lf" in (registry / ".gitattributes").read_text()
    assert git(registry, "log", "-1", "--format=%an <%ae>") == "Ada <ada@example.com>"
    assert git(registry, "fsck", "--strict") == ""
    files = YamlFiles()
    for path in ("metricgov.yaml", *(f"governance/{name}.yaml" for name in ("people", "raci", "policy"))):
        data = (registry / path).read_bytes()
        assert files.fmt(data, path) == data


@pytest.mark.parametrize("preset", ["small", "standard", "regulated"])
def test_one_person_less_is_refused_and_writes_nothing(metricgov: Metricgov, tmp_path: Path, preset: str) -> None:
    """INV-07: a registry that could never approve anything does not begin."""
    done = metricgov("init", "reg", "--preset", preset, "--login", "ada", *members(TEAMS[preset][:-1]))
    assert (done.code, "too_few_people" in done.err) == (1, True)
    assert not (tmp_path / "reg").exists()


def test_regulated_needs_keys(metricgov: Metricgov, tmp_path: Path) -> None:
    """INV-07: who cannot sign cannot approve there; the way to it is named."""
    done = metricgov("init", "reg", "--preset", "regulated", *members(TEAMS["regulated"]), *KEYS[:4])
    assert (done.code, "no_keys" in done.err) == (1, True)
    assert "cleo, dario have no key" in " ".join(done.err.split())
    assert "metricgov key add" in " ".join(done.err.split())
    assert not (tmp_path / "reg").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("--key", "nowhere.pub"), "no signing key nowhere.pub", id="no file"),
        pytest.param(("--member-key", "bela"), "not a member and a key", id="no key"),
        pytest.param(("--member-key", f"zoe={line(9)}"), "not a member and a key", id="nobody"),
        pytest.param(("--key", line(2)), "have the same key", id="one key for two"),
    ],
)
def test_keys_that_cannot_be_taken(metricgov: Metricgov, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    done = metricgov("init", "reg", "--preset", "regulated", *members(TEAMS["regulated"]), *KEYS[2:], *words)
    assert done.code == 2
    assert says in " ".join(done.err.split())
    assert not (tmp_path / "reg").exists()


def test_the_starter_begins_with_a_baseline_and_its_new_person(
    metricgov: Metricgov, tmp_path: Path, git: RunGit
) -> None:
    """INV-26: what was found is a baseline, never an approval, and the person who starts can act."""
    git(tmp_path, "init", "-q", "-b", "master", "reg")
    done = metricgov("init", "reg", "--starter", "--json", email="zoe@example.com", name="Zoë: Q, Jr.")
    assert done.code == 0, done.err
    shape = json.loads(done.out)
    registry = tmp_path / "reg"
    assert (shape["person"], shape["target"], shape["format"]) == ("zoe-q-jr", "refs/heads/main", 1)
    assert git(registry, "status", "--porcelain") == ""
    starter = starter_files()
    changed = {path for path, data in starter.items() if (registry / path).read_bytes() != data}
    assert changed == {"metricgov.yaml", "governance/people.yaml"}
    people = (registry / "governance/people.yaml").read_text()
    assert set(starter["governance/people.yaml"].decode().splitlines()) - set(people.splitlines()) == {
        line for line in starter["governance/people.yaml"].decode().splitlines() if "id: metrics-council" in line
    }
    workspace = Workspace(registry)
    with workspace.repository as repository:
        governance = governance_at(shape["commit"], source=repository, files=YamlFiles())
        assert governance.principal_of("zoe@example.com") in governance.members("metrics-council")
        created, baseline = (parse(one).payload for one in workspace.journal.events())
    assert isinstance(created, RegistryCreated)
    assert created.registry == shape["registry"] != YamlFiles().load(starter["metricgov.yaml"], "x")["registry"]
    assert isinstance(baseline, Baseline)
    assert baseline.commit == shape["commit"]
    named = {entry.path: entry.sha256 for entry in baseline.entries}
    assert set(named) == {*starter, ".gitattributes"}
    assert all(sha256_hex((registry / path).read_bytes()) == digest for path, digest in named.items())


def test_a_person_whom_the_starter_knows_is_not_added_twice(metricgov: Metricgov, tmp_path: Path) -> None:
    done = metricgov("init", "reg", "--starter", "--json", email="CRM-Lead@example.com", name="Somebody")
    assert json.loads(done.out)["person"] == "crm-lead"
    assert (tmp_path / "reg/governance/people.yaml").read_bytes() == starter_files()["governance/people.yaml"]


def existing(git: RunGit, folder: Path, files: dict[str, str], branch: str = "trunk") -> Path:
    folder.mkdir()
    git(folder, "init", "-q", "-b", branch)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    if files:
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", "before")
    return folder


def test_an_existing_repository_keeps_everything_it_had(metricgov: Metricgov, tmp_path: Path, git: RunGit) -> None:
    """INV-33: and checks what arrives from now on."""
    registry = existing(
        git,
        tmp_path / "reg",
        {"README.md": "hello\n", ".gitattributes": "*.png binary\n", "metrics/a/b.yaml": "x: 1\n"},
    )
    before = git(registry, "rev-parse", "HEAD")
    (registry / "notes.txt").write_text("not mine to touch\n")
    (registry / "README.md").write_text("edited\n")
    git(registry, "add", "README.md")
    done = metricgov("init", "reg", "--preset", "solo", "--baseline", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["target"] == "refs/heads/trunk"
    assert git(registry, "rev-parse", "HEAD~1") == before
    assert (registry / ".gitattributes").read_text().startswith("*.png binary\n")
    assert git(registry, "config", "transfer.fsckObjects") == "true"
    assert git(registry, "diff", "--cached", "--name-only") == "README.md"
    assert git(registry, "status", "--porcelain") == "M  README.md\n?? notes.txt"
    assert Workspace(registry).journal.registry().target == "refs/heads/trunk"
    assert json.loads(done.out)["accepted"] == 6


REFUSALS = {
    "a file": ("not_a_folder", 2),
    "a folder of a repository": ("inside_repository", 2),
    "a bare repository": ("bare_repository", 2),
    "a registry": ("registry_exists", 1),
    "a detached HEAD": ("detached_head", 1),
    "the middle of a merge": ("unfinished_business", 1),
    "the middle of a rebase": ("unfinished_business", 1),
    "a file in the way": ("uncommitted_files", 1),
    "a baseline of what is not committed": ("uncommitted_definitions", 1),
}


@pytest.mark.parametrize("place", REFUSALS)
def test_it_refuses_where_it_would_do_harm_and_writes_nothing(
    metricgov: Metricgov, tmp_path: Path, git: RunGit, place: str
) -> None:
    code, exit_code = REFUSALS[place]
    words: tuple[str, ...] = ("reg",)
    registry = tmp_path / "reg"
    if place == "a file":
        registry.write_text("x")
    elif place == "a bare repository":
        git(tmp_path, "init", "-q", "--bare", "reg")
    else:
        existing(git, registry, {"README.md": "hello\n"})
    match place:
        case "a folder of a repository":
            (registry / "deep").mkdir()
            words = ("reg/deep",)
        case "a registry":
            assert metricgov("init", "reg", "--preset", "solo").code == 0
        case "a detached HEAD":
            git(registry, "switch", "-q", "--detach")
        case "the middle of a merge" | "the middle of a rebase":
            git(registry, "switch", "-q", "-c", "other")
            (registry / "README.md").write_text("one\n")
            git(registry, "commit", "-q", "-a", "-m", "one")
            git(registry, "switch", "-q", "trunk")
            (registry / "README.md").write_text("two\n")
            git(registry, "commit", "-q", "-a", "-m", "two")
            git(registry, "merge" if "merge" in place else "rebase", "other", ok=(1,))
        case "a file in the way":
            (registry / "governance").mkdir()
            (registry / "governance/raci.yaml").write_text("mine\n")
        case "a baseline of what is not committed":
            (registry / "metrics/a").mkdir(parents=True)
            (registry / "metrics/a/b.yaml").write_text("x: 1\n")
            words = ("reg", "--baseline")
    refs = git(registry, "for-each-ref") if registry.is_dir() else ""
    done = metricgov("init", *words, "--preset", "solo")
    assert (done.code, code in done.err) == (exit_code, True), done.err
    assert "hint" in done.err
    assert done.out == ""
    assert (git(registry, "for-each-ref") if registry.is_dir() else "") == refs


def test_it_needs_to_know_who_begins(metricgov: Metricgov, tmp_path: Path) -> None:
    done = metricgov("init", "reg", "--preset", "solo", email="")
    assert (done.code, "who_are_you" in done.err) == (2, True)
    assert not (tmp_path / "reg").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(("--person", "Ada!"), "bad_person_id", id="an id that cannot be one"),
        pytest.param(("--member", "no equals sign"), "bad_member", id="a member that cannot be read"),
        pytest.param(("--member", "bela=Bela Novak bela@example.com"), "bad_member", id="an address without brackets"),
        pytest.param(("--member", "ada=Other"), "person_twice", id="one id for two people"),
        pytest.param(("--council", "nobody"), "unknown_person", id="a council of nobody"),
        pytest.param(("--journal", "--evil"), "pattern", id="a branch that git would read as an option"),
    ],
)
def test_words_that_cannot_be_used_write_nothing(
    metricgov: Metricgov, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    done = metricgov("init", "reg", "--preset", "solo", *words)
    assert done.code == 2
    assert code in done.err.lower()
    assert not (tmp_path / "reg").exists()


@pytest.mark.parametrize("name", ["Ada, {B}", "null", "yes", "- x", "#1", "Ünal: K", 'A "B" C', "a\\b", "1e3", "@x"])
def test_any_name_survives_the_file(metricgov: Metricgov, tmp_path: Path, name: str) -> None:
    done = metricgov("init", "reg", "--preset", "solo", "--person", "ada", "--name", name)
    assert done.code == 0, done.err
    people = YamlFiles().load((tmp_path / "reg/governance/people.yaml").read_bytes(), "p")["people"]
    assert people == [{"id": "ada", "name": name, "email": "ada@example.com"}]


def test_a_name_that_tries_to_be_a_commit_header_stays_a_name(
    metricgov: Metricgov, tmp_path: Path, git: RunGit
) -> None:
    """INV-32: no text of a user becomes more than text."""
    name = "Ada <evil@example.com>"
    assert metricgov("init", "reg", "--preset", "solo", "--person", "ada", "--name", name).code == 0
    assert git(tmp_path / "reg", "log", "-1", "--format=%ae") == "ada@example.com"


PATIENCE = 60
"""Seconds without a word after which a program that waits for an answer nobody gives is hung up on."""


def typed(command: list[str], cwd: Path, answers: str) -> tuple[int, str]:
    """Run a command on a terminal of its own, with answers typed into it; return its exit code and the screen."""
    parent, child = pty.openpty()
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    env = kept | {"HOME": str(cwd), "TERM": "dumb", "LANG": "C.UTF-8"}
    program = [sys.executable, "-m", "metricgov.cli.main", *command]
    started = subprocess.Popen(program, cwd=cwd, env=env, stdin=child, stdout=child, stderr=child, close_fds=True)
    os.close(child)
    os.write(parent, answers.encode())
    screen = b""
    with contextlib.suppress(OSError):
        while select.select([parent], [], [], PATIENCE)[0] and (chunk := os.read(parent, 4096)):
            screen += chunk
    os.close(parent)
    return started.wait(), screen.decode().replace("\r\n", "\n")


def test_on_a_terminal_it_asks_for_what_it_needs(tmp_path: Path, git: RunGit) -> None:
    code, screen = typed(["init", "reg"], tmp_path, "Ada\nada@example.com\nwhat\nsm\nBela Novak\nbela@example.com\ny\n")
    assert code == 0, screen
    assert "The preset small needs 1 more" in screen
    assert "write   governance/people.yaml" in screen.partition("Write this?")[0]
    assert "metricgov doctor" in screen.partition("Next:")[2]
    assert git(tmp_path / "reg", "show", "main:governance/policy.yaml").splitlines()[-2] == "preset: small"


def test_a_no_writes_nothing(tmp_path: Path) -> None:
    code, screen = typed(["init", "reg"], tmp_path, "Ada\nada@example.com\nsolo\nn\n")
    assert (code, "nothing was written" in screen) == (2, True)
    assert not (tmp_path / "reg").exists()


def test_on_a_terminal_regulated_asks_for_keys(tmp_path: Path, git: RunGit) -> None:
    people = "".join(f"Person {one}\n{one}@example.com\n" for one in "bcd")
    answers = f"Ada\nada@example.com\nreg\n{people}nonsense\n{line(1)}\n{line(2)}\n{line(3)}\n{line(4)}\ny\n"
    code, screen = typed(["init", "reg"], tmp_path, answers)
    assert code == 0, screen
    assert "there is no signing key nonsense" in screen
    assert line(1) in " ".join(git(tmp_path / "reg", "show", "main:governance/people.yaml").split())
    assert "git config user.email ada@example.com" in screen.partition("Next:")[2]


@pytest.mark.parametrize("left", ["no journal branch", "a journal without events"])
def test_a_beginning_that_was_cut_off_is_ended_by_the_same_command(
    metricgov: Metricgov, tmp_path: Path, git: RunGit, left: str
) -> None:
    """INV-50: killed between the first commit and the journal, nothing is lost and nothing stands twice."""
    first = json.loads(metricgov("init", "reg", "--preset", "solo", "--json").out)
    registry, journal = tmp_path / "reg", "refs/heads/metricgov/journal"
    if left == "no journal branch":
        git(registry, "update-ref", "-d", journal)
    else:
        git(registry, "update-ref", journal, f"{journal}~1")
    again = metricgov("init", "reg", "--preset", "solo", "--json")
    assert again.code == 0, again.err
    assert (json.loads(again.out)["registry"], json.loads(again.out)["commit"]) == (first["registry"], first["commit"])
    assert [one.type for one in Workspace(registry).journal.events()] == ["registry_created"]
    assert metricgov("init", "reg", "--preset", "solo").code == 1


def test_a_clone_without_the_journal_never_begins_another(metricgov: Metricgov, tmp_path: Path, git: RunGit) -> None:
    """INV-51: the journal only grows; what is not fetched is not missing."""
    assert metricgov("init", "reg", "--preset", "solo").code == 0
    git(tmp_path, "clone", "-q", "reg", "clone")
    done = metricgov("init", "clone", "--preset", "solo")
    assert (done.code, "registry_exists" in done.err) == (1, True)
    assert git(tmp_path / "clone", "branch", "--list", "metricgov/*") == ""


def test_it_begins_in_a_repository_of_the_other_object_format(
    metricgov: Metricgov, tmp_path: Path, git: RunGit
) -> None:
    """INV-35."""
    git(tmp_path, "init", "-q", "--object-format=sha256", "reg")
    done = metricgov("init", "reg", "--starter", "--json")
    assert done.code == 0, done.err
    assert len(json.loads(done.out)["commit"]) == 64
    assert git(tmp_path / "reg", "status", "--porcelain") == ""
    assert metricgov("doctor", cwd=tmp_path / "reg").code == 0
