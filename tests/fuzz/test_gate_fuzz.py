"""Any bytes in any governed file: the gate gives a verdict or a clear error, and never a traceback or a pass."""

from __future__ import annotations

import string
from collections.abc import Iterator

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from integration.gate.gate_world import (
    ATTRIBUTES,
    FILES,
    GATE_AT,
    INDEX,
    LEADS,
    PEOPLE,
    POLICY,
    RACI,
    SETTINGS,
    SPEED,
    World,
    copy_of,
)
from metricgov.adapters.git.objects import Objects, commit_bytes
from metricgov.adapters.git.store import edited_tree, path_parts
from metricgov.domain.errors import MetricgovError
from metricgov.domain.verdict import Coverage, GateReport, Verdict
from metricgov.render.gate import FORMATS
from metricgov.render.gate_text import gate_text
from metricgov.render.kit import Screen

DEFINITIONS = (SPEED, INDEX, LEADS)
GOVERNANCE = (PEOPLE, RACI, POLICY, SETTINGS)
NEW = ("metrics/crm/late_leads.yaml", "events/lead_in.yaml", "workflows/lead_handoff.yaml", "objectives/grow.yaml",
       "scorecards/team.yaml", "models/x.sql")  # fmt: skip

ODD = ("no", "1.0.0", "9" * 400, "\u202e", "\x00", "0x10", "metric", "routing_speed", "*", "", "~", "<<", "2026-02-30")

few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

texts = st.text(
    alphabet=st.one_of(
        st.sampled_from(string.ascii_letters + string.digits + " :{}[]-#&*!|>'\"%@`,\n\t"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=200,
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    texts,
    st.sampled_from(ODD),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)


@st.composite
def mutated(draw: st.DrawFn, path: str) -> bytes:
    """A file of the world with one to three fields replaced, added or dropped, at any depth."""
    data = yaml.safe_load(FILES[path])
    for _ in range(draw(st.integers(1, 3))):
        place = data
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from([*keys, "extra"])) if isinstance(place, dict) else draw(st.sampled_from(keys))
            inner = place.get(key) if isinstance(place, dict) else place[key]
            if isinstance(inner, dict | list) and inner and draw(st.booleans()):
                place = inner
                continue
            break
        if isinstance(place, dict) and key in place and draw(st.integers(0, 3)) == 0:
            del place[key]
        else:
            place[key] = draw(values)
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False).encode("utf-8", "surrogatepass")


@st.composite
def torn(draw: st.DrawFn, path: str) -> bytes:
    """A file of the world with some bytes cut out, doubled or overwritten."""
    data = bytearray(FILES[path].encode())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        data[start:end] = draw(st.one_of(st.binary(max_size=6), st.just(bytes(data[start:end]) * 2), st.just(b"")))
    return bytes(data)


def contents(paths: tuple[str, ...]) -> st.SearchStrategy[tuple[str, bytes]]:
    return st.sampled_from(paths).flatmap(
        lambda path: st.tuples(
            st.just(path),
            st.one_of(
                st.binary(max_size=300),
                texts.map(lambda text: text.encode("utf-8", "surrogatepass")),
                *((torn(path), mutated(path)) if path.endswith(".yaml") and path in FILES else (torn(SPEED),)),
            ),
        )
    )


@pytest.fixture(scope="module")
def shared(_fresh: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all examples: each adds commits that no ref names, and nothing else."""
    world = copy_of(_fresh, tmp_path_factory.mktemp("fuzz") / "registry")
    yield world
    world.close()


def commit(world: World, on: str, path: str, data: bytes | None) -> str:
    """Store a commit with one file replaced; no ref moves."""
    store = world.workspace.repository.store
    objects = Objects(store.object_format)
    edits = {path_parts(path): None if data is None else objects.add("blob", data)}
    root = edited_tree(objects, store.entries, store.tree_of(on), edits)
    made = objects.add("commit", commit_bytes(tree=root, parents=(on,), at=GATE_AT, message="x"))
    with store.written(objects):
        return made


def verdict(world: World, base: str, head: str) -> GateReport | MetricgovError:
    """Return what the program answers; whatever else is raised is a bug. Every format must be able to say it."""
    try:
        report = world.gate(head, base=base)
    except MetricgovError as error:
        assert error.exit_code in (2, 3)
        assert error.code
        assert error.message
        return error
    for write in FORMATS.values():
        write(report)
    gate_text(report, Screen(width=80, colour=False, ascii=True))
    return report


@few
@example(found=(SPEED, b""))
@example(found=(SPEED, b"\xef\xbb\xbf" + FILES[SPEED].encode()))
@example(found=(SPEED, FILES[SPEED].replace("\n", "\r\n").encode()))
@example(found=("models/leads.sql", b"\xff\xfe"))
@example(found=(ATTRIBUTES, b"\x00"))
@given(found=contents((*DEFINITIONS, *NEW, ATTRIBUTES, "models/leads.sql", *GOVERNANCE)))
def test_any_bytes_in_the_head(shared: World, found: tuple[str, bytes]) -> None:
    """INV-25, INV-72: blocked, or passed because it means the same; never anything else."""
    path, data = found
    head = commit(shared, shared.tip, path, data)
    report = verdict(shared, shared.tip, head)
    assert isinstance(report, GateReport), report
    if report.verdict is Verdict.PASS:
        assert {one.coverage for one in report.definitions} <= {Coverage.IDENTICAL}
    else:
        assert report.definitions or report.problems


@few
@given(found=contents(GOVERNANCE))
def test_any_bytes_in_the_governance_of_the_base(shared: World, found: tuple[str, bytes]) -> None:
    """INV-07, INV-09: broken rules let nothing through but what restores them; other rules never let this through."""
    path, data = found
    base = commit(shared, shared.tip, path, data)
    head = commit(shared, base, SPEED, FILES[SPEED].replace("'4' HOUR", "'2' HOUR").encode())
    report = verdict(shared, base, head)
    if isinstance(report, GateReport):
        assert report.verdict in (Verdict.BLOCKED, Verdict.WOULD_BLOCK)
    back = verdict(shared, base, commit(shared, base, path, FILES[path].encode()))
    assert isinstance(back, GateReport | MetricgovError)


@few
@given(found=contents((*DEFINITIONS, "models/leads.sql")))
def test_any_bytes_in_the_base(shared: World, found: tuple[str, bytes]) -> None:
    """INV-25: what somebody pushed past the gate does not break it for the next one."""
    path, data = found
    base = commit(shared, shared.tip, path, data)
    report = verdict(shared, base, commit(shared, base, path, FILES[path].encode()))
    assert isinstance(report, GateReport)
    beside = verdict(shared, base, commit(shared, base, RACI, b"kind: raci\n"))
    assert isinstance(beside, GateReport)
    assert beside.verdict is Verdict.BLOCKED


@few
@given(data=st.binary(max_size=400))
def test_any_bytes_in_the_journal(shared: World, data: bytes) -> None:
    """INV-25: a file of the journal that holds anything is undecided or without effect, never a pass."""
    journal = shared.workspace.repository.resolve("metricgov/journal")
    store = shared.workspace.repository.store
    listed = store.git.read("ls-tree", "-r", "--name-only", "--end-of-options", journal).text.splitlines()
    head = commit(shared, shared.tip, SPEED, FILES[SPEED].replace("'4' HOUR", "'2' HOUR").encode())
    for path in listed[:2] + listed[-2:]:
        broken = commit(shared, journal, path, data)
        try:
            report = shared.gate(head, journal=broken)
        except MetricgovError as error:
            assert error.exit_code == 3
        else:
            assert report.verdict is Verdict.BLOCKED
