"""A server beside a long past: `inbox` while others decide, with few changes and with many; and its start."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Final

from bench.measure import METRICGOV, Bar, NotMeasuredError, Section, percentile
from bench.serving import World, command_of, prepared, served, signed_in, until_ready
from bench.verifying import A_CHANGE, fill

METRICS, FEWER_METRICS = 10_000, 500
FEW, MANY, FEWER = 1_000, 20_000, 4_000
"""Changes that there were; those that are over have five events each."""

TIMES, QUICK = 400, 100
PAUSE: Final = 0.2
"""Seconds between two decisions of somebody else: nearly every look at the inbox finds a journal that has moved on."""


def measure(folder: Path, *, quick: bool) -> Section:
    """Return how long `inbox` takes beside few and beside many changes, and seconds until the server is ready."""
    metrics, many = (FEWER_METRICS, FEWER) if quick else (METRICS, MANY)
    section = Section(f"a server with {metrics:,} metrics and {many:,} changes")
    root = folder / "crowded"
    world = signed_in(root, prepared(root, metrics), "")
    after, slowest = 0, {}
    for count in (FEW, many):
        fill(root, (count - after) * A_CHANGE, first=after)
        after = count
        _indexed(root)
        with served(command_of(world), cwd=root) as url:
            times = asyncio.run(_looked(world, url, QUICK if quick else TIMES))
        slowest[count] = percentile(times, 0.99)
        section.rows[f"inbox beside {count:,} changes"] = {"p50_ms": percentile(times, 0.5), "p99_ms": slowest[count]}
    ready = [until_ready(world) for _ in range(3 if quick else 5)]
    section.rows[f"start, {many * A_CHANGE:,} events indexed"] = {"median_s": median(ready), "max_s": max(ready)}
    section.bars = [
        Bar(f"inbox, p99: {many:,} changes / {FEW:,}", slowest[many] / slowest[FEW], 3.0),
        Bar(f"ready after, {many * A_CHANGE:,} events indexed", median(ready), 2.0, "s"),
    ]
    return section


def _indexed(root: Path) -> None:
    """Bring the index up to date, as the server in use has it."""
    run = subprocess.run([METRICGOV, "index", "rebuild"], cwd=root, capture_output=True, text=True, check=False)
    if run.returncode:
        raise NotMeasuredError(f"index rebuild: {run.stderr.splitlines()[:1]}")


async def _looked(world: World, url: str, times: int) -> list[float]:
    """Return milliseconds of so many looks at the inbox, by everybody in turn, while one of them decides."""
    import httpx

    signed = [{"Authorization": f"Bearer {one}"} for one in world.tokens]
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:

        async def decide() -> None:
            deeds = ("approve", "withdraw-decision")
            for number in range(sys.maxsize):
                path = f"/v1/changes/{world.changes[0]}/{deeds[number % 2]}"
                (await client.post(path, json={"words": "Agreed."}, headers=signed[0])).raise_for_status()
                await asyncio.sleep(PAUSE)

        for one in signed[1:]:
            (await client.get("/v1/inbox", headers=one)).raise_for_status()
        deciding = asyncio.create_task(decide())
        found = []
        for number in range(times):
            began = time.perf_counter()
            answer = await client.get("/v1/inbox", headers=signed[1 + number % (len(signed) - 1)])
            found.append(1000 * (time.perf_counter() - began))
            answer.raise_for_status()
            await asyncio.sleep(PAUSE / 4)
        if deciding.done():
            deciding.result()
        deciding.cancel()
        return found
