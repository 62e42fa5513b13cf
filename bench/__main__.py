"""`python -m bench [--quick]`: every bar in one run; a table on stderr, JSON on stdout and under bench/out/."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import (
    appending,
    covering,
    crashing,
    crowding,
    effects,
    fuzzing,
    gating,
    loading,
    looking,
    mutating,
    painting,
    pressing,
    proving,
    racing,
    reporting,
    serving,
    sharing,
    signing,
    soaking,
    starting,
    verifying,
    visiting,
)
from bench.measure import Section

PARTS = {
    "gate": gating.measure,
    "sign": signing.measure,
    "load": loading.measure,
    "look": looking.measure,
    "paint": painting.measure,
    "keys": pressing.measure,
    "append": appending.measure,
    "start": starting.measure,
    "prove": proving.measure,
    "verify": verifying.measure,
    "mutate": mutating.measure,
    "race": racing.measure,
    "fuzz": fuzzing.measure,
    "serve": serving.measure,
    "crowd": crowding.measure,
    "soak": soaking.measure,
    "report": reporting.measure,
    "crash": crashing.measure,
    "share": sharing.measure,
    "effect": effects.measure,
    "cover": covering.measure,
    "visit": visiting.measure,
}
OUT = Path(__file__).parent / "out"


def main() -> int:
    """Measure, report, and return 0 if every bar holds, 1 if one does not, 3 if one was not measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and sizes: a first look, not a verdict")
    parser.add_argument("--only", choices=tuple(PARTS), action="append", help="only this part; repeat for more")
    chosen = parser.parse_args()
    try:
        return _measured(chosen.only or tuple(PARTS), quick=chosen.quick)
    except KeyboardInterrupt:
        print(f"interrupted; the parts that ended are in {OUT}", file=sys.stderr)
        return 130


def _measured(names: Sequence[str], *, quick: bool) -> int:
    OUT.mkdir(exist_ok=True)
    report: dict[str, object] = {"format": 1, "quick": quick, "machine": _machine()}
    sections = {}
    with tempfile.TemporaryDirectory(prefix="metricgov-bench-") as folder:
        for number, name in enumerate(names, start=1):
            print(f"measuring {name} ({number} of {len(names)}) …", file=sys.stderr, flush=True)
            section = PARTS[name](Path(folder), quick=quick)
            sections[name] = _as_json(section)
            (OUT / f"{name}.json").write_text(json.dumps({**report, **sections[name]}, indent=2) + "\n")
            print(_table(section), file=sys.stderr, flush=True)
    text = json.dumps({**report, "sections": sections}, indent=2)
    (OUT / "bench.json").write_text(text + "\n")
    print(text)
    verdicts = {str(bar["verdict"]) for one in sections.values() for bar in one["bars"]}
    return 1 if "fail" in verdicts else 3 if "not measured" in verdicts else 0


def _as_json(section: Section) -> dict[str, list[dict[str, object]]]:
    rows = [
        {"name": name, **{key: round(value, 3) for key, value in numbers.items()}}
        for name, numbers in section.rows.items()
    ]
    return {"rows": rows, "bars": [bar.as_json() for bar in section.bars]}


def _table(section: Section) -> str:
    lines = [f"\n{section.name}"]
    for name, numbers in section.rows.items():
        shown = "  ".join(
            f"{key.rpartition('_')[0]} {value:9.2f} {key.rpartition('_')[2]}" for key, value in numbers.items()
        )
        lines.append(f"  {name:<34} {shown}")
    for bar in section.bars:
        value = "" if bar.value is None else f"{bar.value:.2f} {bar.unit}"
        why = f"   ({bar.reason})" if bar.reason else ""
        lines.append(f"  {bar.verdict.upper():<13} {bar.name}: {value}, at most {bar.limit:g} {bar.unit}{why}")
    return "\n".join(lines)


def _machine() -> dict[str, object]:
    git = subprocess.run(["git", "version"], capture_output=True, text=True, check=False).stdout.strip()
    return {"python": platform.python_version(), "cpus": os.cpu_count(), "git": git, "system": platform.platform()}


if __name__ == "__main__":
    sys.exit(main())
