"""Generated registries hold what real ones hold: valid, canonical, distinct definitions at every size."""

from __future__ import annotations

import pytest

from metricgov.adapters.yaml.files import YamlFiles
from metricgov.app.contents import REGULAR, Content
from metricgov.app.generated import generate
from metricgov.app.governing import load_governance
from metricgov.app.start import deadlocks
from metricgov.domain.changes.diff import classify, diff
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.changes.values import DiffContext, Entry
from metricgov.domain.definitions.kinds import id_of
from metricgov.domain.definitions.parse import parse

FILES = YamlFiles()


@pytest.mark.parametrize("size", [1, 19, 20, 200])
def test_every_file_is_valid_and_in_canonical_form(size: int) -> None:
    generated = generate(size)
    names = set()
    for path, data in generated.files.items():
        if path == ".gitattributes":
            continue
        loaded = FILES.load(data, path)
        assert FILES.fmt(data, path) == data, path
        if path.startswith(("governance/", "metricgov")):
            continue
        parse(loaded, path)
        names.add(id_of(path))
    assert sum(1 for path in generated.files if path.startswith("metrics/")) == size
    assert len(names) == len(generated.files) - 5


def test_no_two_metrics_are_computed_alike() -> None:
    generated = generate(2_000)
    metrics = [data for path, data in generated.files.items() if path.startswith("metrics/")]
    blocks = {data.partition(b"calculation:")[2].partition(b"dimensions:")[0] for data in metrics}
    assert len(blocks) == len(metrics) == 2_000
    assert 28 <= sum(data.count(b"\n") for data in metrics) / len(metrics) <= 36


@pytest.mark.parametrize("size", [5, 100, 10_000])
def test_its_people_can_approve_everything(size: int) -> None:
    """INV-07: at every size, up to 500 people."""
    generated = generate(size)
    held = {path: Content(REGULAR, data) for path, data in generated.files.items() if path.count("/") < 2}
    governance, problems = load_governance(held, files=FILES)
    assert not problems
    assert governance is not None
    assert list(deadlocks(governance)) == []
    assert len(governance.active) == min(500, max(12, size // 20))


@pytest.mark.parametrize("size", [1, 20, 1_000])
def test_the_changed_metric_breaks_by_one_literal(size: int) -> None:
    generated = generate(size, seed=3)
    path = generated.changed_path
    name = id_of(path)
    assert name is not None
    sides = [Entry(name, path, FILES.load(data, path)) for data in (generated.files[path], generated.changed)]
    found = diff(*sides, context=DiffContext(dialect="duckdb"))
    assert classify(found) is ChangeClass.BREAKING
    assert [one.field for one in found if one.change_class is ChangeClass.BREAKING] == ["calculation.where"]


def test_equal_arguments_give_equal_bytes() -> None:
    assert generate(50, seed=4) == generate(50, seed=4)
    assert generate(50, seed=4).files != generate(50, seed=5).files
