"""Requests made from the description of the API by schemathesis: how many meet a bug or get an answer of another shape.

Half of them are signed in with every right, and name a change and definitions that are there.
"""

from __future__ import annotations

import logging
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.measure import Bar, Section

EXAMPLES, QUICK = 320, 20
"""Requests made for each operation; there are over 60."""

FEW: Final = 6
"""Requests made for those that start a process each."""

APART: Final = frozenset({"verify", "export", "series", "scores", "evaluate", "effect_of_draft", "compare", "why"})

ENDLESS: Final = frozenset({"live"})
"""What never ends by itself; tests/api/test_live.py asks it."""

REAL: Final = {"definition": "routing_speed", "metric": "sales_accepted_lead_rate"}
"""Names that are there, put in the place of most of those that are made up."""


@dataclass
class Found:
    """What came: calls, statuses, and by operation the first thing that was wrong."""

    calls: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)


def measure(folder: Path, *, quick: bool) -> Section:
    """Send requests, and count the faults."""
    tests = Path(__file__).parents[1] / "tests"
    sys.path[:0] = [str(tests)]
    from cli.reading_world import build

    section = Section("any request that fits the description of the API")
    root = folder / "past"
    build(root)
    found = fuzz(root, folder / "fuzzed", examples=QUICK if quick else EXAMPLES)
    section.rows["requests"] = {"sent_n": found.calls, **{f"{one}_n": count for one, count in found.statuses.items()}}
    says = "; ".join(f"{where}: {what}" for where, what in found.faults.items())
    section.bars.append(Bar("operations that met a bug or broke their promise", float(len(found.faults)), 0, "x", says))
    return section


def fuzz(registry: Path, folder: Path, *, examples: int) -> Found:
    """Send requests to a server over a copy of a registry."""
    import httpx
    import schemathesis

    from api.whole_server import NOW, database_of, whole
    from cli.reading_world import OPEN
    from metricgov.bootstrap import DATABASE_VARIABLE, Workspace
    from metricgov.domain.people.tokens import Right
    from metricgov.ports.tokens import Wanted

    logging.getLogger("metricgov").setLevel(logging.CRITICAL)
    folder.mkdir(exist_ok=True)
    found, chance = Found(), random.Random(7)
    with whole(registry, folder) as (url, _):
        environ = {DATABASE_VARIABLE: database_of(folder)}
        workspace = Workspace(folder / "registry", environ=environ)
        _, secret = workspace.store.tokens.issue(Wanted("fuzz", "crm-lead", tuple(Right), ""), NOW)
        schema = schemathesis.openapi.from_dict(httpx.get(f"{url}/v1/openapi.json").json())
        for result in schema.get_all_operations():
            operation = result.ok()
            name = operation.definition.raw["operationId"]
            if name in ENDLESS:
                continue
            most = min(FEW, examples) if name in APART else examples
            _send(operation, most, url, secret, {**REAL, "change": OPEN}, chance, found)
        workspace.store.close()
        workspace.repository.close()
    return found


def _send(
    operation: Any, most: int, url: str, secret: str, real: dict[str, str], chance: random.Random, found: Found
) -> None:
    from hypothesis import HealthCheck, Phase, given, settings

    @settings(
        max_examples=most,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        for name in case.path_parameters or {}:
            if name in real and chance.random() < 0.8:
                case.path_parameters[name] = real[name]
        headers = {"Authorization": f"Bearer {secret}"} if chance.random() < 0.9 else {}
        answer = case.call(base_url=url, headers=headers, timeout=60)
        found.calls += 1
        found.statuses[answer.status_code] += 1
        where = f"{case.method} {case.path}"
        if answer.status_code >= 500 and answer.status_code != 503:
            found.faults.setdefault(where, f"{answer.status_code} {answer.text[:200]}")
        elif answer.status_code >= 400 and "problem+json" not in answer.headers["content-type"][0]:
            found.faults.setdefault(where, f"{answer.status_code} without a problem: {answer.text[:100]}")

    send()
