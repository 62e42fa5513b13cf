"""Drafts on disk: whole or not at all, never overwritten, never named by anybody's free text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.adapters.drafts import FileDrafts
from metricgov.adapters.git.worktrees import write_file
from metricgov.app.foreseeing import first_of_month_after
from metricgov.domain import time
from metricgov.domain.errors import Undecidable
from metricgov.ports.drafts import Kept, KeptFile

PATH = "metrics/crm/speed.yaml"
DRAFT = Kept("metric:speed", "2026-06-18T09:52:30Z", (KeptFile(PATH, b"old", b"new"),), {"why": "because"})


@pytest.fixture
def drafts(tmp_path: Path) -> FileDrafts:
    return FileDrafts(tmp_path / "drafts")


def test_what_is_kept_is_found_again(drafts: FileDrafts) -> None:
    assert drafts.find("metric:speed") is None
    drafts.begin(DRAFT)
    assert drafts.find("metric:speed") == DRAFT


def test_an_editor_writes_into_it_and_answers_are_added(drafts: FileDrafts) -> None:
    drafts.begin(DRAFT)
    drafts.places("metric:speed")[PATH].write_bytes(b"typed")
    drafts.answer("metric:speed", {"why": "because", "intent": "defect"})
    found = drafts.find("metric:speed")
    assert found is not None
    assert (found.files[0].text, found.files[0].base) == (b"typed", b"old")
    assert found.answers == {"why": "because", "intent": "defect"}


def test_beginning_again_keeps_the_old_one(drafts: FileDrafts, tmp_path: Path) -> None:
    drafts.begin(DRAFT)
    drafts.begin(Kept("metric:speed", DRAFT.begun, (KeptFile(PATH, b"old", b"other"),), {}))
    assert sorted(path.read_bytes() for path in (tmp_path / "drafts").rglob("*.yaml")) == [b"new", b"other"]


def test_a_recorded_one_is_gone(drafts: FileDrafts, tmp_path: Path) -> None:
    drafts.begin(DRAFT)
    drafts.done("metric:speed")
    assert list((tmp_path / "drafts").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "drafts").write_text("a file stands here")
    with pytest.raises(Undecidable, match="cannot be kept"):
        FileDrafts(tmp_path / "drafts").begin(DRAFT)


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=3, unique=True))
def test_no_path_comes_from_free_text(tmp_path_factory: pytest.TempPathFactory, key: str, paths: list[str]) -> None:
    """INV-42: whatever a definition or a file is called, its draft stays in the folder of drafts."""
    root = tmp_path_factory.mktemp("drafts")
    drafts = FileDrafts(root)
    drafts.begin(Kept(key, "", tuple(KeptFile(path, None, path.encode(errors="replace")) for path in paths), {}))
    found = drafts.find(key)
    assert found is not None
    assert [one.path for one in found.files] == paths
    for place in drafts.places(key).values():
        assert place.resolve().parent.parent == root.resolve()
        assert place.name.isascii()


@pytest.mark.parametrize(
    ("path", "written"),
    [
        pytest.param("metrics/new/speed.yaml", True, id="new-folder"),
        pytest.param("../outside.yaml", False, id="outside"),
        pytest.param(".git/config", False, id="git"),
        pytest.param("linked/speed.yaml", False, id="through-a-link"),
        pytest.param("link.yaml", False, id="a-link"),
        pytest.param("folder", False, id="a-folder"),
    ],
)
def test_a_file_is_written_only_where_one_may_stand(tmp_path: Path, path: str, written: bool) -> None:
    """INV-31, INV-42: no link is followed and nothing outside the work tree is touched."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root / "folder", outside):
        folder.mkdir(parents=True)
    (root / "linked").symlink_to(outside)
    (root / "link.yaml").symlink_to(outside / "target")
    assert write_file(root, path, b"data") is written
    assert list(outside.iterdir()) == []
    assert not written or (root / path).read_bytes() == b"data"


@pytest.mark.parametrize(
    ("day", "first"),
    [
        ("2026-06-01", "2026-06-01"),
        ("2026-06-02", "2026-07-01"),
        ("2026-12-31", "2027-01-01"),
        ("2028-02-29", "2028-03-01"),
    ],
)
def test_the_first_of_a_month_not_before_a_day(day: str, first: str) -> None:
    assert first_of_month_after(time.day(day)).isoformat() == first
