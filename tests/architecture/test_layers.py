"""The layers of the program: each import contract of pyproject.toml holds."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_import_contract_holds(tmp_path: Path) -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--config", ROOT / "pyproject.toml", "--cache-dir", tmp_path / "cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert " 0 broken" in done.stdout


def test_packages_hold_no_code_of_their_own() -> None:
    """What a package imports in its `__init__`, every door pays for."""
    filled = [
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "src").rglob("__init__.py")
        if file.read_text().strip() and file.parent.name not in ("metricgov", "client")  # what other programs import
    ]
    assert filled == []


def test_only_bootstrap_names_adapters() -> None:
    """The doors ask bootstrap; a door that names an adapter could not be given another."""
    named = [
        f"{file.relative_to(ROOT).as_posix()}: {line.strip()}"
        for file in sorted((ROOT / "src" / "metricgov" / "cli").glob("*.py"))
        for line in file.read_text().splitlines()
        if "import" in line and "metricgov.adapters" in line
    ]
    assert named == []


def test_every_test_module_has_a_name_of_its_own() -> None:
    """Two of one name in folders that are no packages cannot be collected together."""
    names = Counter(file.name for file in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
