"""Many files at once, the second process, and a cache that may be anything."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metricgov.adapters.yaml import bulk
from metricgov.adapters.yaml.bulk import Loaded, load_many
from metricgov.adapters.yaml.cache import Cache
from metricgov.adapters.yaml.record import examined
from metricgov.domain.errors import InvalidFiles

STARTER = Path(__file__).resolve().parents[3] / "registry"


class Store:
    """Blobs as git would give them, and what was asked for."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.items = [(path, hashlib.sha1(data).hexdigest()) for path, data in files.items()]
        self.blobs = {hashlib.sha1(data).hexdigest(): data for data in files.values()}
        self.asked: list[str] = []

    def read(self, oids: Sequence[str]) -> Iterable[bytes]:
        self.asked += oids
        return (self.blobs[oid] for oid in oids)

    def load(self, folder: Path | None = None) -> Loaded:
        return load_many(self.items, self.read, folder)


def starter() -> dict[str, bytes]:
    """Return the starter registry."""
    return {path.relative_to(STARTER).as_posix(): path.read_bytes() for path in STARTER.rglob("*.yaml")}


def broken() -> dict[str, bytes]:
    """Return the starter registry with one file of each sort of trouble."""
    files = starter()
    files["metrics/leadership/bad_yaml.yaml"] = b"kind: metric\nname: bad_yaml\nname: twice\n"
    files["metrics/leadership/bad_field.yaml"] = files["metrics/leadership/revenue.yaml"].replace(
        b"name: revenue\n", b"name: bad_field\ntitel: x\n"
    )
    files["metrics/leadership/bad_reference.yaml"] = re.sub(
        rb"\nworkflow: .*",
        b"\nworkflow: nowhere_to_be_found",
        files["metrics/leadership/revenue.yaml"].replace(b"name: revenue\n", b"name: bad_reference\n"),
    )
    files["metrics/stray.yaml"] = b"kind: metric\n"
    return files


def told(loaded: Loaded) -> list[tuple[str, str, int]]:
    """Return code, path and line of every finding."""
    return [(one.problem.code, one.problem.place.path, one.problem.place.line) for one in loaded.findings]


def test_the_starter_is_sound() -> None:
    files = starter()
    loaded = Store(files).load()
    assert told(loaded) == []
    assert len(loaded.require()) == len(files)


def test_every_problem_has_its_file_and_line() -> None:
    loaded = Store(broken()).load()
    found = {(code, path.rpartition("/")[2]) for code, path, _ in told(loaded)}
    assert {
        ("yaml_duplicate_key", "bad_yaml.yaml"),
        ("FIELD_UNKNOWN", "bad_field.yaml"),
        ("REFERENCE_DANGLING", "bad_reference.yaml"),
        ("PATH_MISPLACED", "stray.yaml"),
    } <= found
    assert all(line for code, _, line in told(loaded) if code != "PATH_MISPLACED")
    with pytest.raises(InvalidFiles) as caught:
        loaded.require()
    assert len(caught.value.problems) == len(loaded.errors)


def test_one_process_and_two_tell_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(broken())
    alone = told(store.load())
    monkeypatch.setattr(bulk, "ENOUGH_TO_SHARE", 2)
    assert told(store.load()) == alone
    monkeypatch.setattr(bulk, "_may_fork", lambda: False)
    assert told(store.load()) == alone


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no second process here")
def test_a_second_process_that_dies_costs_only_time(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(broken())
    wanted = told(store.load())
    monkeypatch.setattr(bulk, "ENOUGH_TO_SHARE", 2)
    parent = os.getpid()

    def dies(blob: bytes, dialect: str) -> object:
        if os.getpid() != parent:
            os._exit(9)
        return examined(blob, dialect)

    monkeypatch.setattr(bulk, "examined", dies)
    assert told(store.load()) == wanted


def test_no_second_process_is_started_beside_threads() -> None:
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    try:
        assert not bulk._may_fork()
    finally:
        stop.set()
        other.join()


def test_a_second_run_reads_no_blob_and_tells_the_same(tmp_path: Path) -> None:
    files = broken()
    first = told(Store(files).load(tmp_path / "cache"))
    store = Store(starter())
    assert told(store.load(tmp_path / "cache")) == []
    # a few files are looked into again: who exists, and who decides
    assert len(store.asked) < 8
    again = Store(files)
    assert told(again.load(tmp_path / "cache")) == first


def test_one_new_file_is_one_file_read(tmp_path: Path) -> None:
    files = starter()
    Store(files).load(tmp_path)
    changed = {**files, "metrics/leadership/revenue.yaml": files["metrics/leadership/revenue.yaml"] + b"# more\n"}
    store = Store(changed)
    loaded = store.load(tmp_path)
    assert dict(store.items)["metrics/leadership/revenue.yaml"] == store.asked[0]
    assert loaded.registry["metric:revenue"].model.name == "revenue"


def test_the_mapping_comes_from_the_blob_never_from_the_cache(tmp_path: Path) -> None:
    files = starter()
    Store(files).load(tmp_path)
    store = Store(files)
    entry = store.load(tmp_path).registry["metric:revenue"]
    assert entry.data["kind"] == "metric"
    assert dict(store.items)["metrics/leadership/revenue.yaml"] in store.asked


def test_who_reads_many_mappings_reads_them_in_one_batch(tmp_path: Path) -> None:
    files = starter()
    Store(files).load(tmp_path)
    store = Store(files)
    calls: list[int] = []
    plain = store.read

    def counted(oids: Sequence[str]) -> Iterable[bytes]:
        calls.append(len(oids))
        return plain(oids)

    registry = load_many(store.items, counted, tmp_path).registry
    assert all(entry.data for entry in registry)
    assert len(calls) < 12


@pytest.mark.parametrize("state", ["absent", "a file", "read only", "a link"])
def test_a_folder_that_cannot_be_used_is_no_error(tmp_path: Path, state: str) -> None:
    folder = tmp_path / "cache"
    if state == "a file":
        folder.write_text("not a folder")
    elif state == "read only":
        folder.mkdir()
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    elif state == "a link":
        folder.symlink_to(tmp_path / "nowhere")
    store = Store(starter())
    assert told(store.load(folder)) == []
    assert told(store.load(folder)) == []
    folder.chmod(stat.S_IRWXU) if state == "read only" else None


def test_a_link_in_place_of_the_cache_is_not_followed(tmp_path: Path) -> None:
    store = Store(starter())
    store.load(tmp_path)
    (cache,) = tmp_path.iterdir()
    victim = tmp_path / "victim.txt"
    victim.write_text("precious")
    cache.unlink()
    cache.symlink_to(victim)
    assert told(store.load(tmp_path)) == []
    assert victim.read_text() == "precious"


def test_one_changed_letter_in_a_record_is_noticed(tmp_path: Path) -> None:
    files = starter()
    store = Store(files)
    store.load(tmp_path)
    (cache,) = tmp_path.iterdir()
    content = cache.read_bytes()
    cache.write_bytes(content.replace(b'"source:crm_leads"', b'"source:crm_leeds"'))
    assert cache.read_bytes() != content
    assert told(store.load(tmp_path)) == []


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_cache_is_never_believed(tmp_path: Path, data: st.DataObject) -> None:
    files = {path: text for path, text in broken().items() if path.startswith(("metrics/leadership/bad", "objectives"))}
    store = Store(files)
    wanted = told(store.load(tmp_path))
    (cache,) = tmp_path.iterdir()
    content = bytearray(cache.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, max(len(content) - 1, 0)))
        content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    cache.write_bytes(bytes(content))
    assert told(store.load(tmp_path)) == wanted
    cache.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "record",
    [
        b"null",
        b"[]",
        b"[1,2]",
        b'[{"kind":"metric"},[]]',
        b"[null,[[1]]]",
        b"[[1,2,3],[]]",
        b"[" * 5000,
        b'["a","b","c","d","e","f",[],[["x","y","other"]],[],[],[]]',
        b'[["a","b","c","d","e","f",[],[["x","y","other"]],[],[],[]],[]]',
        b"\xff\xfe",
        b"__import__('os').system('true')",
    ],
)
def test_a_forged_record_with_a_right_checksum_is_still_only_data(tmp_path: Path, record: bytes) -> None:
    from zlib import crc32

    store = Store(starter())
    store.load(tmp_path)
    (cache,) = tmp_path.iterdir()
    lines = [b"%s %08x %s" % (oid.encode(), crc32(record), record) for _, oid in store.items]
    cache.write_bytes(b"\n".join(lines))
    assert told(store.load(tmp_path)) == []


def test_another_dialect_is_another_cache(tmp_path: Path) -> None:
    store = Store(starter())
    load_many(store.items, store.read, tmp_path, dialect="duckdb")
    assert Cache.open(tmp_path, "bigquery").get(store.items[0][1]) is None
    assert Cache.open(tmp_path, "duckdb").get(store.items[0][1]) is not None


def test_a_blob_at_two_paths_is_one_blob(tmp_path: Path) -> None:
    files = starter()
    files["metrics/analytics/revenue.yaml"] = files["metrics/leadership/revenue.yaml"]
    loaded = Store(files).load(tmp_path)
    codes = {(code, path) for code, path, _ in told(loaded)}
    assert {code for code, _ in codes} == {"DOMAIN_NOT_FOLDER", "NAME_TAKEN"}
