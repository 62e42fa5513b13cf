"""The second verifier as an auditor gets it: one file, alone in a folder, with git and ssh-keygen (INV-63)."""

from __future__ import annotations

import ast
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from integration.gate.gate_world import FASTER, PEOPLE, POLICY, RACI, SETTINGS, SHORTER, World, make
from metricgov import second_verifier
from metricgov.adapters.yaml.load import load
from metricgov.app.governing import governance_at
from metricgov.domain.digest import canonical_json
from metricgov.domain.errors import InvalidFiles
from metricgov.domain.workflow.typed import REGISTRY_TYPES, TYPES

FILE = Path(second_verifier.__file__)
NOW = "2026-06-19T12:00:00Z"
STARTER = sorted((Path(__file__).resolve().parents[3] / "registry").rglob("*.yaml"))


def alone(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a copy of the file in a folder of its own, without this installation and without anybody's settings."""
    folder.mkdir(exist_ok=True)
    shutil.copy(FILE, folder / "second_verifier.py")
    command = [sys.executable, "-I", "-S", "second_verifier.py", *map(str, words)]
    return subprocess.run(command, cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)


def root_of(world: World) -> str:
    repository = world.workspace.repository
    first = repository.first_parents(world.tip)[0]
    return governance_at(first, source=repository, files=world.workspace.files).digest


def test_it_shares_no_code() -> None:
    """INV-63: the standard library alone, and the two programs it names."""
    tree = ast.parse(FILE.read_text())
    found = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in (node.names if isinstance(node, ast.Import) else [ast.alias(node.module or "metricgov")])
    }
    assert found <= set(sys.stdlib_module_names), found
    programs = {
        node.elts[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.List) and node.elts and isinstance(node.elts[0], ast.Constant)
        and node.elts[0].value in ("git", "ssh-keygen", "sh")
    }  # fmt: skip
    assert programs == {"git", "ssh-keygen"}


def test_it_knows_every_event() -> None:
    """INV-63: what it does not know, it would have to call a finding."""
    assert {*second_verifier.EVENTS} == {*TYPES}
    assert {name for name, row in second_verifier.EVENTS.items() if not row[0]} == REGISTRY_TYPES


@pytest.mark.parametrize("name", TYPES)
def test_it_knows_every_field(name: str) -> None:
    """INV-63"""
    words = [word.partition(":")[0] for word in second_verifier.EVENTS[name][1].split()]
    model = TYPES[name].model_fields
    assert {word.rstrip("?"): word.endswith("?") for word in words} == {
        one.alias or field: not one.is_required() for field, one in model.items()
    }


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_alone_in_an_empty_folder(tmp_path: Path, object_format: str) -> None:
    """INV-63, INV-35: a healthy registry holds, a bypass does not, an anchor that differs does not."""
    world = make(tmp_path / "registry", object_format=object_format)  # type: ignore[arg-type]
    world.apply(world.approved(FASTER))
    root = root_of(world)
    last = world.access.journal.head()
    words = (world.root, "--at", NOW, "--root", root, "--expect", f"{last.seq}:{last.sha256}")
    done = alone(tmp_path / "empty", *words)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert "PASS" in done.stdout
    assert "taken from the record" in done.stdout
    bad = world.push(SHORTER)
    world.close()
    done = alone(tmp_path / "empty", *words, "--json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert (said["verdict"], [one["commit"] for one in said["bypasses"]], said["problems"]) == ("fail", [bad], [])


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--expect", "12"], 2, "usage"),
        (["--root", "abc"], 2, "usage"),
        (["--root", "0" * 64], 1, "is pinned"),
        (["--expect", f"2:{'0' * 64}"], 1, "first bad event: 2"),
        (["--journal", "refs/heads/nothing"], 3, "git fetch"),
        (["--main", "refs/heads/nothing"], 3, "not in this clone"),
    ],
    ids=lambda value: " ".join(value)[:20] if isinstance(value, list) else "",
)
def test_exit_codes(world: World, tmp_path: Path, words: list[str], code: int, says: str) -> None:
    """INV-63, INV-25: pass, findings, usage, undecided."""
    world.close()
    done = alone(tmp_path / "empty", world.root, "--at", NOW, *words)
    assert done.returncode == code, done
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_as_a_module_and_in_what_is_no_repository(world: World, tmp_path: Path) -> None:
    """INV-63, INV-25"""
    world.close()
    module = [sys.executable, "-m", "metricgov.second_verifier"]
    assert subprocess.run([*module, world.root], capture_output=True).returncode == 0
    (tmp_path / "nothing").mkdir()
    done = subprocess.run([*module, tmp_path / "nothing", "--json"], capture_output=True, text=True)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (3, "undecided")


def test_rules_that_an_event_misnames(approved: World, faster: str) -> None:
    """INV-63: rights come from the rules of the base, whatever governance.json an event names."""
    from metricgov.domain.workflow.envelope import Actor, Draft

    approved.push({"README.md": b"one\n"})
    raw = dict(governance_at(approved.tip, source=approved.access.source, files=approved.access.files).raw)
    forged = canonical_json({**raw, "raci": {**raw["raci"], "council": "crm-lead"}})  # type: ignore[dict-item]
    digest = second_verifier.sha256(forged)
    last = list(approved.access.journal.events())[-1]
    payload = {"before": last.main, "after": approved.tip, "governance": digest}
    moved = Draft(None, "main_moved", Actor(""), last.at, payload, approved.tip, blobs={digest: forged})
    approved.access.journal.append(lambda: (moved,))
    report, _, _ = second_verifier.verify(str(approved.root), now=NOW)
    assert [(seq, code) for seq, code, _ in report.events] == [(last.seq + 1, "governance")]


def test_rules_in_a_form_that_it_does_not_read(tmp_path: Path) -> None:
    """INV-63, INV-25: where no event names the first ones, nobody can tell; it never guesses."""
    from integration.gate.gate_world import FILES

    tagged = {**FILES, POLICY: FILES[POLICY].replace("preset: standard", 'preset: "stan\\x64ard"')}
    world = make(tmp_path / "registry", files=tagged)
    world.push({"README.md": b"one\n"})
    world.apply(world.approved(FASTER))
    assert second_verifier.mapping_in(world.read(POLICY)) is None
    with pytest.raises(second_verifier.Undecided):
        second_verifier.verify(str(world.root), now=NOW)


class TestYaml:
    """INV-63, INV-40: the small reader refuses what it does not know; what it reads, the strict loader reads alike."""

    @pytest.mark.parametrize("path", [SETTINGS, PEOPLE, RACI, POLICY, *STARTER], ids=lambda one: Path(one).name)
    def test_what_registries_hold(self, path: str | Path) -> None:
        """INV-63"""
        from integration.gate.gate_world import FILES

        data = FILES[path].encode() if isinstance(path, str) else path.read_bytes()
        assert second_verifier.mapping_in(data) == load(data, "f.yaml")

    def test_what_somebody_broke(self) -> None:
        """INV-63: thousands of files with a few letters more or less."""
        dice = random.Random(63)
        texts = [path.read_text() for path in STARTER]
        bits = ['"', "'", "#", " #", ",", ": ", ":", "- ", "\n", "\n  ", "[", "]", "{", "}", "|", ">", "~", "null", "1",
                "*a", "&a", "!x", "  ", "k: v\n", "\\", "? ", "---\n", "''", "\n\n", "\t", "0x1f", "1e3"]  # fmt: skip
        read = 0
        for _ in range(3000):
            text = dice.choice(texts)[: dice.randint(20, 600)] + "\n"
            for _ in range(dice.randint(1, 3)):
                at = dice.randrange(len(text))
                text = text[:at] + (dice.choice(bits) if dice.random() < 0.7 else "") + text[at + dice.randint(0, 2) :]
            mine = second_verifier.mapping_in(text.encode())
            if mine is None:
                continue
            read += 1
            try:
                theirs = load(text.encode(), "f.yaml")
            except InvalidFiles:
                continue
            assert json.dumps(mine, sort_keys=True) == json.dumps(theirs, sort_keys=True), text
        assert read > 500

    def test_canonical_json(self) -> None:
        """INV-63: the same bytes as the library that the program uses."""
        value = {"b": [1, None, True, 'é\u2028\x7f\x01"\\'], "a": {"\U0001f600": 1, "\ufb33": 2, "": {}}, "é": []}
        assert second_verifier.canonical(value) == canonical_json(value)
        for figure in (0.05, 1.5, -2.0, 1e20, 1e-6, 0.0, -0.0, 123456789.125, 1e16, 0.1 + 0.2):
            assert second_verifier.canonical(figure) == canonical_json(figure)
        for bad in (1e21, 1e-7, 2**53, {"a": float("nan")}):
            with pytest.raises(ValueError, match="number"):
                second_verifier.canonical(bad)
