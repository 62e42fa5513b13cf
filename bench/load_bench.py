"""Measures load, validate and lint of many files, cold and from the cache, against PyYAML's parse alone; JSON out."""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

COLUMNS = [
    f"{word}_{part}"
    for word in ("lead", "order", "visit", "page", "campaign", "reply")
    for part in ("at", "id", "score")
]
FLAGS = ["is_test", "is_partner", "is_internal", "was_merged", "is_bot"]


def predicate(rng: random.Random) -> str:
    """Return one realistic filter, seldom twice the same."""
    column, other, flag = rng.choice(COLUMNS), rng.choice(COLUMNS), rng.choice(FLAGS)
    number, days = rng.randint(1, 9999), rng.randint(1, 90)
    forms = (
        f"NOT {flag} AND {column} >= {number}",
        f"NOT {flag} AND NOT was_merged AND created_at < as_of - INTERVAL '{days}' DAY",
        f"{column} <= created_at + INTERVAL '{days}' HOUR",
        f"channel IN ('paid_{number}', 'email', 'seo_{days}') AND {column} IS NOT NULL",
        f"COALESCE({column}, {days}) > {rng.random():.3f} AND country <> 'x{number}'",
        f"({column} > {number} OR {other} < {days}) AND NOT {flag}",
    )
    return rng.choice(forms)


def metric(number: int, rng: random.Random) -> str:
    """Return a metric of about 30 lines."""
    return f"""# yaml-language-server: $schema=../../docs/reference/schemas/metric.json
kind: metric
name: metric_of_{rng.choice(FLAGS)}_{number * 7919}
title: Share of leads number {number}
version: {rng.randint(1, 4)}.{rng.randint(0, 9)}.0
status: active
effective_from: 2026-0{rng.randint(1, 9)}-01
description: Share of mature qualified leads that sales accepted within {rng.randint(1, 60)} days of the first touch.
decision: Moves budget between lead sources; pauses a source under {rng.randint(1, 60)} for two months.
domain: domain_{number % 20}
category: quality
family: funnel
indicator: leading
direction: up_is_better
unit: percent
calculation:
  type: ratio
  source: source_{number % 10}
  time: created_at
  grain: day
  where: {predicate(rng)}
  numerator:
    aggregate: count
    where: {predicate(rng)}
  denominator:
    aggregate: sum
    expression: CASE WHEN {rng.choice(COLUMNS)} > {rng.randint(1, 500)} THEN 1 ELSE 0 END
  scale: 100
dimensions: [channel, country]
exclusions: Test leads and partner leads.
review: {{every: quarter}}
tags: [lead, tag_{number % 50}]
"""


def source(number: int) -> str:
    """Return a source that the metrics read."""
    names = ["created_at", "channel", "country", *COLUMNS, *FLAGS]
    columns = "\n".join(f"  - {{name: {name}, type: string}}" for name in names)
    return f"""kind: source
name: source_{number}
title: Source {number}
version: 1.0.0
status: active
description: Rows of source {number}.
relations: {{warehouse: raw.source_{number}}}
columns:
{columns}
"""


def registry(metrics: int, seed: int) -> dict[str, bytes]:
    """Return files by path."""
    rng = random.Random(seed)
    files = {f"sources/source_{number}.yaml": source(number).encode() for number in range(10)}
    for number in range(metrics):
        text = metric(number, rng)
        name = text.partition("\nname: ")[2].partition("\n")[0]
        files[f"metrics/domain_{number % 20}/{name}.yaml"] = text.encode()
    return files


def timed(work: Callable[[], object]) -> float:
    """Return seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def one(mode: str, folder: Path, metrics: int, seed: int) -> float:
    """Measure one mode in this process: imports before the clock starts for every side alike."""
    files = registry(metrics, seed)
    blobs = {hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(): data for data in files.values()}
    items = [(path, hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()) for path, data in files.items()]
    if mode == "pyyaml":
        import yaml

        return timed(lambda: [yaml.load(data, Loader=yaml.CSafeLoader) for data in files.values()])
    from metricgov.adapters.yaml.bulk import load_many

    def read(oids: Sequence[str]) -> Iterable[bytes]:
        return (blobs[oid] for oid in oids)

    def work() -> None:
        loaded = load_many(items, read, folder)
        assert len(loaded.registry) == metrics + 10
        assert not loaded.findings, loaded.findings[:3]

    return timed(work)


def main() -> None:
    """Run every mode several times, each in a process of its own, and print the medians."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--metrics", type=int, default=10_000)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--one", choices=["pyyaml", "cold", "warm"])
    arguments.add_argument("--folder", type=Path)
    options = arguments.parse_args()
    if options.one:
        print(one(options.one, options.folder, options.metrics, options.seed))
        return
    seconds: dict[str, list[float]] = {"pyyaml": [], "cold": [], "warm": []}
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            for mode, runs in seconds.items():
                command = [sys.executable, __file__, "--one", mode, "--folder", folder]
                command += ["--metrics", str(options.metrics), "--seed", str(options.seed)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                runs.append(float(done.stdout))
    median = {mode: statistics.median(runs) for mode, runs in seconds.items()}
    result = {
        "metrics": options.metrics,
        "seconds": {mode: round(value, 3) for mode, value in median.items()},
        "cold_over_pyyaml": round(median["cold"] / median["pyyaml"], 3),
        "warm_over_cold": round(median["warm"] / median["cold"], 3),
        "bars": {"cold_over_pyyaml": 0.7, "warm_over_cold": 0.2},
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
