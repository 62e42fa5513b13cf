"""`doctor` on a healthy registry, and on one registry for each thing that can be wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Metricgov, Outcome

RunGit = Callable[..., str]


@pytest.fixture
def registry(metricgov: Metricgov, tmp_path: Path) -> Path:
    assert metricgov("init", "reg", "--preset", "solo", "--person", "ada").code == 0
    return tmp_path / "reg"


def found(done: Outcome) -> dict[str, tuple[str, str, str]]:
    """Return the worst line of each check: state, words, hint."""
    shape = json.loads(done.out)
    order = ("ok", "warn", "fail")
    worst: dict[str, tuple[str, str, str]] = {}
    for row in shape["checks"]:
        line = (row["state"], row["says"], row["hint"])
        if row["name"] not in worst or order.index(line[0]) > order.index(worst[row["name"]][0]):
            worst[row["name"]] = line
    assert shape["healthy"] is (done.code == 0)
    return worst


def test_a_new_registry_is_healthy(metricgov: Metricgov, registry: Path) -> None:
    done = metricgov("doctor", "--json", cwd=registry)
    assert {state for state, *_ in found(done).values()} == {"ok"}
    text = metricgov("doctor", cwd=registry / "governance")
    assert (text.code, "you are ada" in text.out, text.err) == (0, True, "")


def break_nothing_but(what: str, registry: Path, git: RunGit) -> None:
    journal = "refs/heads/metricgov/journal"
    match what:
        case "a stranger" | "nobody":
            pass
        case "no journal":
            git(registry, "update-ref", "-d", journal)
        case "another registry's journal":
            text = (registry / "metricgov.yaml").read_text()
            (registry / "metricgov.yaml").write_text(text.replace("registry: ", "registry: 00000000")[:1000])
            lines = [
                "registry: 00000000-0000-4000-8000-000000000000" if line.startswith("registry:") else line
                for line in text.splitlines()
            ]
            (registry / "metricgov.yaml").write_text("\n".join(lines) + "\n")
            git(registry, "commit", "-q", "-a", "-m", "other")
        case "a policy that does not load":
            (registry / "governance/policy.yaml").write_text("kind: policy\npreset: nonsense\n")
            git(registry, "commit", "-q", "-a", "-m", "bad")
        case "a policy that nobody can meet":
            (registry / "governance/policy.yaml").write_text("kind: policy\npreset: standard\n")
            git(registry, "commit", "-q", "-a", "-m", "strict")
        case "a damaged journal":
            tree = git(registry, "mktree", stdin=b"")
            message = git(registry, "log", "-1", "--format=%B", journal)
            broken = git(registry, "commit-tree", tree, "-p", journal, stdin=message.encode())
            git(registry, "update-ref", journal, broken)
        case "a merge that was begun":
            git(registry, "switch", "-q", "-c", "side")
            git(registry, "commit", "-q", "--allow-empty", "-m", "side")
            git(registry, "switch", "-q", "main")
            git(registry, "merge", "-q", "--no-ff", "--no-commit", "side")
        case "edits that are not committed":
            (registry / "governance/raci.yaml").write_text("kind: raci\n")
            (registry / "metrics/crm").mkdir(parents=True)
            (registry / "metrics/crm/new.yaml").write_text("kind: metric\n")
        case "main moved":
            git(registry, "commit", "-q", "--allow-empty", "-m", "by hand")
        case "main was rewritten":
            git(registry, "commit", "-q", "--amend", "-m", "rewritten")
        case "objects are not checked":
            git(registry, "config", "transfer.fsckObjects", "false")
        case "line ends are changed":
            git(registry, "config", "core.autocrlf", "true")
            (registry / ".gitattributes").write_text("*.png binary\n")
            git(registry, "commit", "-q", "-a", "-m", "no protection")
        case "objects are replaced":
            git(registry, "replace", "HEAD:metricgov.yaml", "HEAD:governance/raci.yaml")
        case "an index that cannot be read":
            (registry / ".git/metricgov").mkdir()
            (registry / ".git/metricgov/index.sqlite3").write_bytes(b"no database at all, but long enough" * 9)
        case _:
            raise AssertionError(what)


SICK = {
    "a stranger": ("you", "fail", "git config user.email"),
    "nobody": ("you", "fail", "git config user.email"),
    "no journal": ("journal", "fail", "fetch"),
    "another registry's journal": ("journal", "fail", "restore"),
    "a policy that does not load": ("policy", "fail", ""),
    "a policy that nobody can meet": ("policy", "fail", "people"),
    "a damaged journal": ("journal", "fail", "audit verify"),
    "a merge that was begun": ("work tree", "fail", "git merge --abort"),
    "edits that are not committed": ("work tree", "warn", "propose"),
    "main moved": ("journal", "warn", "gate"),
    "main was rewritten": ("journal", "warn", "rewrote"),
    "objects are not checked": ("settings", "warn", "transfer.fsckObjects true"),
    "line ends are changed": ("settings", "warn", "eol=lf"),
    "objects are replaced": ("repository", "warn", "git replace"),
    "an index that cannot be read": ("index", "warn", "index rebuild"),
}


@pytest.mark.parametrize("what", SICK)
def test_it_finds_what_is_wrong_and_says_what_helps(
    metricgov: Metricgov, registry: Path, git: RunGit, what: str
) -> None:
    check, state, hint = SICK[what]
    break_nothing_but(what, registry, git)
    email = {"a stranger": "eve@example.com", "nobody": ""}.get(what, "ada@example.com")
    before = git(registry, "for-each-ref")
    done = metricgov("doctor", "--json", cwd=registry, email=email)
    worst = found(done)
    assert worst[check][0] == state, worst
    assert hint in worst[check][2]
    assert done.code == (1 if state == "fail" else 0), worst
    assert git(registry, "for-each-ref") == before


def test_a_clone_is_told_to_fetch_the_journal(
    metricgov: Metricgov, registry: Path, git: RunGit, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "-q", str(registry), "clone")
    state, _, hint = found(metricgov("doctor", "--json", cwd=tmp_path / "clone"))["journal"]
    assert (state, hint) == ("fail", "run: git fetch origin metricgov/journal:metricgov/journal")
    git(tmp_path / "clone", *hint.removeprefix("run: git ").split())
    assert found(metricgov("doctor", "--json", cwd=tmp_path / "clone"))["journal"][0] == "ok"


def test_outside_of_a_registry_it_says_how_to_start_one(metricgov: Metricgov, tmp_path: Path, git: RunGit) -> None:
    assert "metricgov init" in found(metricgov("doctor", "--json"))["repository"][2]
    git(tmp_path, "init", "-q", "empty")
    assert "metricgov init" in found(metricgov("doctor", "--json", cwd=tmp_path / "empty"))["registry"][2]
    git(tmp_path, "init", "-q", "--bare", "bare")
    assert found(metricgov("doctor", "--json", cwd=tmp_path / "bare"))["repository"][0] == "warn"
