"""Requests made from the description of the API by schemathesis: how many meet a bug or get an answer of another shape.

Half of them are signed in with every right, and name a change and definitions that are there.
"""

from __future__ import annotations

import logging
import random
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from jsonschema_rs import validator_for

from bench.measure import Bar, Section

EXAMPLES, QUICK = 320, 20
"""Requests made for each operation; there are over 60."""

STEPS: Final = 12
"""Requests that follow from one another."""

FEW: Final = 6
"""Requests made for those that start a process each."""

APART: Final = frozenset({"verify", "export", "series", "scores", "evaluate", "effect_of_draft", "compare", "why"})

ENDLESS: Final = frozenset({"live"})
"""What never ends by itself; tests/api/test_live.py asks it."""

REAL: Final = {"definition": "routing_speed", "metric": "sales_accepted_lead_rate"}
"""Names that are there, put in the place of most of those that are made up."""


@dataclass
class Found:
    """What came: calls, those of them along a link, statuses, and by operation the first thing that was wrong."""

    calls: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    steps: int = 0
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
    section.rows["requests"] = {
        "sent_n": found.calls,
        "along links_n": found.steps,
        **{f"{one}_n": count for one, count in found.statuses.items()},
    }
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
    found = Found()
    with whole(registry, folder) as (url, _):
        environ = {DATABASE_VARIABLE: database_of(folder)}
        workspace = Workspace(folder / "registry", environ=environ)
        _, secret = workspace.store.tokens.issue(Wanted("fuzz", "crm-lead", tuple(Right), ""), NOW)
        described = httpx.get(f"{url}/v1/openapi.json").json()
        schema = schemathesis.openapi.from_dict(described)
        asker = Asker(url, {"Authorization": f"Bearer {secret}"}, {**REAL, "change": OPEN}, Promises(described), found)
        for result in schema.get_all_operations():
            operation = result.ok()
            name = operation.definition.raw["operationId"]
            if name not in ENDLESS:
                asker.send(operation, min(FEW, examples) if name in APART else examples)
        asker.wander(schema, examples)
        workspace.store.close()
        workspace.repository.close()
    return found


@dataclass
class Asker:
    """Sends requests to a server, most of them signed in and about what is there (`real`), and notes the answers."""

    url: str
    signed: Mapping[str, str]
    real: Mapping[str, str]
    promises: Promises
    found: Found
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def send(self, operation: Any, most: int) -> None:
        """Send requests of one operation."""
        from hypothesis import given

        @_made(most)
        @given(case=operation.as_strategy())
        def sent(case: Any) -> None:
            for name in case.path_parameters or {}:
                if name in self.real and self.chance.random() < 0.8:
                    case.path_parameters[name] = self.real[name]
            headers = self.signed if self.chance.random() < 0.9 else {}
            self._note(case, case.call(base_url=self.url, headers=dict(headers), timeout=60))

        sent()

    def wander(self, schema: Any, most: int) -> None:
        """Go from answer to question along the links that schemathesis finds: what one gave, the next takes."""
        asker = self

        class Wandering(schema.as_state_machine()):  # type: ignore[misc]  # made at run time
            def get_call_kwargs(self, case: Any) -> dict[str, Any]:  # noqa: ARG002 - schemathesis passes it
                return {"base_url": asker.url, "headers": dict(asker.signed), "timeout": 60}

            def validate_response(self, response: Any, case: Any, **_: Any) -> None:
                asker.found.steps += 1
                asker._note(case, response)

        Wandering.run(settings=_made(most, stateful_step_count=STEPS))

    def _note(self, case: Any, answer: Any) -> None:
        """Count an answer, and keep the first of each operation that is none that it may give."""
        self.found.calls += 1
        self.found.statuses[answer.status_code] += 1
        where = f"{case.method} {case.path}"
        if answer.status_code >= 500 and answer.status_code != 503:
            self.found.faults.setdefault(where, f"{answer.status_code} {answer.text[:200]}")
        elif broken := self.promises.broken_by(case, answer):
            self.found.faults.setdefault(where, broken)


def _made(most: int, **more: Any) -> Any:
    from hypothesis import HealthCheck, Phase, settings

    return settings(
        max_examples=most,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        **more,
    )


class Promises:
    """What the description says that each operation may answer: status, content type and shape."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self._paths, self._parts = description["paths"], {"components": description["components"]}
        self._validators: dict[tuple[str, str, int], Any] = {}

    def broken_by(self, case: Any, answer: Any) -> str:
        """Return how an answer is none that was promised, "" where it is one."""
        promised = self._paths[case.path][case.method.lower()]["responses"].get(str(answer.status_code))
        if promised is None:
            return f"{answer.status_code} is not described"
        kind = answer.headers.get("content-type", [""])[0].partition(";")[0]
        kinds = promised.get("content", {})
        if not kinds:
            return f"{kind} is not described" if answer.content else ""
        if kind not in kinds:
            return f"{answer.status_code} as {kind}, described is {', '.join(kinds)}"
        key = case.path, case.method, answer.status_code
        if key not in self._validators:
            self._validators[key] = validator_for({**self._parts, **kinds[kind].get("schema", {})})
        if kind != "text/event-stream" and kind.endswith("json"):
            for error in self._validators[key].iter_errors(answer.json()):
                return f"{answer.status_code}: {error.message[:200]} at {list(error.instance_path)}"
        return ""
