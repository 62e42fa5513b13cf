"""What each door really loads at run time, seen from inside its process: start-up is part of the promise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from metricgov import bootstrap
from metricgov.app.start import Person, Wishes, begin, plan, touched_paths
from metricgov.assembly import outside, parts

HEAVY = frozenset(
    {
        "sqlmodel",
        "sqlalchemy",
        "alembic",
        "rich",
        "textual",
        "fastapi",
        "git",
        "ruamel",
        "httpx",
        "duckdb",
        "jinja2",
        "cryptography",
    }
)
"""Libraries that cost more than all of a quick answer."""

SQL = frozenset({"sqlglot"})
"""Needed where expressions are compared, and nowhere else."""

PROBE = """
import json, sys
from metricgov.cli.main import run
try:
    run(sys.argv[1:])
except SystemExit as ending:
    tops = sorted({name.partition(".")[0] for name in sys.modules})
    ours = sorted(name for name in sys.modules if name.startswith("metricgov."))
    sys.stdout.flush()
    print("\\n@@" + json.dumps({"code": ending.code, "modules": tops, "ours": ours}))
"""

NAME = "sales_accepted_lead_rate"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A starter registry that nobody changed yet."""
    root = tmp_path_factory.mktemp("doors") / "registry"
    wishes = Wishes(
        (Person("crm-lead", "CRM lead", "crm-lead@example.com"),),
        None,
        (),
        "duckdb",
        "metricgov/journal",
        outside.starter_files(),
        True,
    )
    seen = outside.survey(root, touched_paths(wishes))
    workspace = bootstrap.Workspace(root)
    beginning = plan(
        wishes,
        existing={},
        target=parts.DEFAULT_TARGET,
        tip=seen.tip,
        registry="7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11",
        files=workspace.files,
    )
    with outside.begin_repository(root) as repository:
        begin(beginning, site=outside.site_of(repository), source=repository, clock=workspace.clock)
    return root


def loaded(folder: Path, *words: str) -> tuple[int, frozenset[str], frozenset[str]]:
    """Return exit code, top-level modules and modules of our own after one command in a process of its own."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "COV_", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *words], cwd=folder, env=env, capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout.rpartition("@@")[2])
    return said["code"], frozenset(said["modules"]), frozenset(said["ours"])


@pytest.mark.parametrize(
    ("words", "forbidden"),
    [
        (("--help",), HEAVY | SQL | {"pydantic"}),
        (("--version",), HEAVY | SQL | {"pydantic"}),
        (("approve", "--help"), HEAVY | SQL),
        (("show", NAME), HEAVY | SQL),
        (("show", NAME, "--json"), HEAVY | SQL),
        (("show", NAME, "--format", "yaml"), HEAVY | SQL),
        (("diff",), HEAVY | SQL),
        (("gate", "--base", "main", "--head", "main"), HEAVY | SQL),
        (("gate", "--base", "main", "--head", "shorter"), HEAVY),
        (("list",), HEAVY),
        (("impact", NAME), HEAVY),
        (("lint",), HEAVY),
        (("policy", "check"), HEAVY),
        (("inbox", "--as", "crm-lead"), HEAVY),
        (("schema", "metric"), HEAVY | SQL),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_door_loads_what_it_needs_and_no_more(
    registry: Path, shorter: str, words: tuple[str, ...], forbidden: frozenset[str]
) -> None:
    code, modules, _ = loaded(registry, *words)
    assert code in (0, 1), f"{words} did not answer"
    assert not modules & forbidden


@pytest.fixture(scope="module")
def shorter(registry: Path) -> str:
    """A branch that changes one metric, so that the gate has something to compare."""
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    path = registry / "metrics/crm_handoff" / f"{NAME}.yaml"

    def git(*words: str) -> None:
        subprocess.run(["git", *who, *words], cwd=registry, capture_output=True, check=True)

    git("checkout", "-qb", "shorter")
    path.write_text(path.read_text().replace("INTERVAL '30' DAY", "INTERVAL '14' DAY"))
    git("commit", "-qam", "shorter")
    git("checkout", "-q", "main")
    return "shorter"


def test_help_loads_no_command(registry: Path) -> None:
    """The overview comes from the table alone, however many commands there are."""
    _, _, ours = loaded(registry, "--help")
    commands = {one for one in ours if one.startswith("metricgov.cli.")}
    assert commands <= {f"metricgov.cli.{name}" for name in ("main", "lazy", "options", "table")}
    assert not any(one.startswith(("metricgov.app", "metricgov.adapters")) for one in ours)


def test_the_gate_loads_no_door_but_its_own(registry: Path) -> None:
    _, _, ours = loaded(registry, "gate", "--base", "main", "--head", "main")
    assert not {"metricgov.cli.reading", "metricgov.cli.setup", "metricgov.cli.deciding"} & ours
    assert not any(one.startswith("metricgov.adapters.index") for one in ours)


def test_opening_a_registry_loads_no_library() -> None:
    """`import metricgov.bootstrap` is what every door begins with."""
    seen = (
        "import sys, json, metricgov.bootstrap; print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert not set(json.loads(done.stdout)) & (HEAVY | SQL | {"pydantic", "yaml", "yaml12", "typer"})
