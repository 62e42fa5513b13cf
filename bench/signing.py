"""The gate on a change that people approved: where the policy asks for signatures, and where it does not."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench.measure import METRICGOV, Bar, NotMeasuredError, Section, in_turn, process, row

SIZE = 1_000
RATIO = 1.3
GATE = (METRICGOV, "gate", "--base", "before", "--head", "main")
BAR = "gate with signatures / gate without"
CLASSES = ("editorial", "compatible", "breaking", "unknown", "governance")
AUTHOR = "lasse-lind"
HEARD = {"consulted", "dependant"}


def measure(folder: Path, *, quick: bool) -> Section:
    """Return the times of the gate on one landed change, with claimed and with signed decisions, in one run."""
    section = Section("gate on an approved change, signatures asked for or not")
    try:
        jobs = {
            "gate without signatures": partial(process, GATE, landed(folder / "claimed", signs=False)),
            "gate with signatures": partial(process, GATE, landed(folder / "signed", signs=True)),
        }
        section.rows = {name: row(runs) for name, runs in in_turn(jobs, 7 if quick else 31).items()}
    except NotMeasuredError as error:
        section.bars = [Bar(BAR, None, RATIO, "x", str(error))]
        return section
    without, with_signatures = (section.rows[name]["median_ms"] for name in jobs)
    section.bars = [Bar(BAR, with_signatures / without, RATIO)]
    return section


def landed(path: Path, *, signs: bool) -> Path:
    """Return a generated registry whose last step of main is a change that everybody who was asked agreed to."""
    if path.exists():
        return path
    _run((METRICGOV, "bench", "registry", str(path), "--metrics", str(SIZE)), path.parent)
    keys = _with_keys(path) if signs else {}
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    said = ("--intent", "redefinition", "--treatment", "break", "--effective", today, "--meaning-unchanged")
    shown = _change(path, "propose", "--from", "change", "-m", "agreed", "--yes", *said)
    change = shown["change"]
    while unmet := [one for one in shown["requirements"] if not one["met"]]:
        wanted = unmet[0]
        verb, who = "acknowledge" if wanted["code"] in HEARD else "approve", wanted["who"][0]
        _call(path, who, verb, change, *(("--key", str(keys[who])) if signs else ()))
        shown = _change(path, "change", "show", change)
    _run(("git", "branch", "before", "main"), path)
    _call(path, AUTHOR, "apply", change)
    return path


def _with_keys(path: Path) -> Mapping[str, Path]:
    """Give everybody a key and let the policy ask for it, on main and below the branch of the change."""
    people = path / "governance/people.yaml"
    text, keys = people.read_text(), {}
    folder = path.parent / "keys"
    folder.mkdir(exist_ok=True)
    for line in text.splitlines():
        if "email:" in line:
            person = line.partition("id: ")[2].partition(",")[0]
            keys[person] = folder / person
            _run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(keys[person])), path)
            public = keys[person].with_suffix(".pub").read_text().strip()
            text = text.replace(line, f"{line.removesuffix('}')}, keys: [{{key: {public}}}]}}")
    people.write_text(text)
    policy = path / "governance/policy.yaml"
    rules = "".join(f"  {one}: {{identity: signed}}\n" for one in CLASSES)
    policy.write_text(f"{policy.read_text()}classes:\n{rules}")
    as_somebody = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    _run(("git", *as_somebody, "commit", "-q", "-a", "-m", "keys"), path)
    return keys


def _change(path: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_call(path, AUTHOR, *words, "--json"))["change"]
    return found


def _call(path: Path, who: str, *words: str) -> str:
    return _run((METRICGOV, *words), path, {"METRICGOV_ACTOR": who})


def _run(command: tuple[str, ...], cwd: Path, more: Mapping[str, str] | None = None) -> str:
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | dict(more or {})
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotMeasuredError(f"{' '.join(command[1:4])}: {(done.stderr.splitlines() or ['no word'])[0]}")
    return done.stdout
