"""A client that prefers it is told what went on record and no more; what is done is the same."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from api.whole_server import whole
from cli.reading_world import OPEN
from metricgov.api.asking import MINIMAL


@pytest.mark.parametrize(
    ("said", "short"),
    [
        ("return=minimal", True),
        ('Return = "minimal"; odd=1', True),
        ("respond-async, return=minimal", True),
        ("return=representation", False),
        ("return=minimally", False),
        ("wait=10", False),
        ("", False),
    ],
)
def test_what_counts_as_the_wish(said: str, short: bool) -> None:
    assert bool(MINIMAL.search(said)) is short


def test_a_deed_is_done_alike_and_told_in_short(past: Path, tmp_path: Path) -> None:
    with whole(past, tmp_path) as (url, tokens):
        signed = {"Authorization": f"Bearer {tokens['propose']}"}
        comment = {"url": f"{url}/v1/changes/{OPEN}/comment", "json": {"words": "Why seven?"}, "timeout": 30}
        full = httpx.post(**comment, headers=signed)
        short = httpx.post(**comment, headers=signed | {"Prefer": "return=minimal"})
        assert full.json()["done"] == short.json()["done"] == ["commented"]
        assert "Preference-Applied" not in full.headers
        assert short.headers["Preference-Applied"] == "return=minimal"
        assert short.json().keys() == {"done", "kept", "refused", "commit"}
        reader = {"Authorization": f"Bearer {tokens['read']}"}
        seen = httpx.get(f"{url}/v1/changes/{OPEN}", headers=reader).json()
        assert seen["seq"] == full.json()["view"]["seq"] + 1


def test_a_refusal_says_as_much_as_ever(past: Path, tmp_path: Path) -> None:
    with whole(past, tmp_path) as (url, tokens):
        signed = {"Authorization": f"Bearer {tokens['propose']}", "Prefer": "return=minimal"}
        reader = {"Authorization": f"Bearer {tokens['read']}"}
        read = httpx.get(f"{url}/v1/changes/{OPEN}", headers=reader)
        httpx.post(f"{url}/v1/changes/{OPEN}/comment", json={"words": "Why?"}, headers=signed)
        signed["If-Match"] = read.headers["ETag"]
        refused = httpx.post(f"{url}/v1/changes/{OPEN}/comment", json={"words": "Late."}, headers=signed)
        assert (refused.status_code, refused.json()["code"]) == (412, "if_match")
