"""`snapshot`: values stored on their branch, shown as they were known, shared by sync, watched by doctor."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

if TYPE_CHECKING:
    from cli.conftest import Desk

NAME = "sales_accepted_lead_rate"
WORDS = ("--from", "2026-01-01", "--to", "2026-05-01", "--as-of", "2026-06-29")


@pytest.fixture
def bound(desk: Desk) -> Desk:
    """A registry whose work tree and main bind sample data."""
    assert desk.run("crm-lead", "sample-data", "sample.duckdb", "--rows", "3000").code == 0
    config = desk.root / "metricgov.yaml"
    config.write_text(config.read_text() + "engines:\n  warehouse: {type: duckdb, path: sample.duckdb}\n")
    assert desk.run("crm-lead", "propose", "metricgov.yaml", "-m", "bind the sample").code == 0
    for who in ("finance-lead", "head-of-marketing"):
        assert desk.run(who, "approve", "governance:metricgov").code == 0
    config.write_text(config.read_text().partition("engines:")[0])
    done = desk.run("crm-lead", "apply", "governance:metricgov")
    assert done.code == 0, done.err
    return desk


def shown(desk: Desk, *words: str) -> list[dict[str, Any]]:
    """Return what was known."""
    done = desk.run("crm-lead", "snapshot", "--show", NAME, *words, "--json")
    assert done.code == 0, done.err
    found: list[dict[str, Any]] = json.loads(done.out)["values"]
    return found


def test_values_are_stored_once_and_shown(bound: Desk, git: Callable[..., str]) -> None:
    """Twelve months, nothing new the second time, late data as a revision; the journal is not touched."""
    events = bound.events()
    done = bound.run("crm-lead", "snapshot", NAME, *WORDS, "--by", "channel")
    assert done.code == 0, done.err
    assert "new, vintage 1" in done.out
    assert "nothing new" in bound.run("crm-lead", "snapshot", NAME, *WORDS, "--by", "channel").out
    with duckdb.connect(str(bound.root / "sample.duckdb")) as connection:
        connection.execute(
            "INSERT INTO crm.crm_leads SELECT * REPLACE (lead_id || '-late' AS lead_id) FROM crm.crm_leads "
            "WHERE created_at >= TIMESTAMP '2026-02-03' AND created_at < TIMESTAMP '2026-02-05'"
        )
    assert "revised, vintage 2" in bound.run("crm-lead", "snapshot", NAME, *WORDS, "--by", "channel").out
    assert bound.events() == events
    (now,) = [one for one in shown(bound, "2026-02") if not one["dimension"]]
    assert (now["period"], now["vintage"], now["version"]) == ("2026-02-01", 2, "1.2.0")
    assert len(now["main"]) == 40
    text = bound.run("crm-lead", "snapshot", "--show", NAME).out
    assert "2026-02" in text
    assert " of " in text
    assert bound.run("crm-lead", "snapshot", "--show", NAME, "--csv").out.startswith("period,dimension,segment,value")
    assert "none of them changed later" in bound.run("crm-lead", "doctor").out
    git(bound.root, "update-ref", "refs/heads/metricgov/values", "refs/heads/metricgov/values^")
    doctor = bound.run("crm-lead", "doctor")
    assert doctor.code == 1
    assert "does not hold" in doctor.out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 2, "name the metrics"),
        ((NAME, "--all"), 2, "--all is every metric"),
        (("crm_leads",), 2, "is not a metric"),
        ((NAME, "--known-at", "2026-01-01"), 2, "add --show"),
        (("--show",), 2, "takes a metric"),
        (("--show", NAME), 2, "no values of"),
        ((NAME, "--by", "colour", *WORDS), 2, "has no dimension colour"),
        ((NAME, "--by", "channel,", *WORDS), 2, "lacks a dimension"),
        ((NAME, "--by", "a,b,c,d", *WORDS), 2, "at most 3"),
        ((NAME, "--from", "2026-05-01", "--to", "2026-01-01"), 2, "does not lie before"),
    ],
)
def test_mistakes_are_named(bound: Desk, words: tuple[str, ...], code: int, says: str) -> None:
    """Each with its next step."""
    done = bound.run("crm-lead", "snapshot", *words)
    assert (done.code, says in done.err) == (code, True), done.err


def test_a_combination_of_dimensions(bound: Desk) -> None:
    """Stored beside the whole under one name in whatever order; revisions and why read one place of it."""
    assert bound.run("crm-lead", "snapshot", NAME, *WORDS, "--by", "country,channel").code == 0
    stored = [one for one in shown(bound, "2026-02") if one["dimension"]]
    assert {one["dimension"] for one in stored} == {"channel,country"}
    assert all(len(one["segment"]) == 2 for one in stored)
    channel, country = next(one["segment"] for one in stored if None not in one["segment"])
    place = ("--by", f"country={country}", "--by", f"channel={channel}")
    done = bound.run("crm-lead", "revisions", NAME, *place)
    assert f"revisions by month, channel {channel}, country" in " ".join(done.out.split()), done.err
    done = bound.run("crm-lead", "why", NAME, "2026-02", *place, "--recorded")
    assert done.code == 0, done.err
    assert f"channel {channel}, country {country}" in " ".join(done.out.split())
    done = bound.run("crm-lead", "why", NAME, "2026-02", "2026-03", "--by", "country,channel", "--recorded")
    assert done.code == 0, done.err
    assert "real movement: mix" in done.out


def test_without_an_engine_nothing_is_stored(desk: Desk) -> None:
    """The refusal says what is missing."""
    done = desk.run("crm-lead", "snapshot", NAME)
    assert done.code == 3
    assert "names no engine" in done.err


def test_every_metric_at_once(bound: Desk) -> None:
    """What cannot be computed says why; the others are stored."""
    with duckdb.connect(str(bound.root / "sample.duckdb")) as connection:
        connection.execute("DROP TABLE crm.crm_leads")
    done = bound.run("crm-lead", "snapshot", "--all", *WORDS)
    assert done.code == 0, done.err
    assert "not stored" in done.out
    assert "vintage 1" in done.out


def test_values_travel_with_sync(bound: Desk, git: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What one clone stored, the other shows."""
    from cli.conftest import Desk as Place

    base = bound.root.parent
    git(base, "clone", "-q", "--bare", str(bound.root), "shared.git")
    places = []
    for name in ("ops", "crm"):
        git(base, "clone", "-q", "shared.git", name)
        (base / name / "sample.duckdb").write_bytes((bound.root / "sample.duckdb").read_bytes())
        places.append(Place(base / name, bound.call, monkeypatch))
    ops, crm = places
    for one in places:
        assert one.run("crm-lead", "sync").code == 0
    assert ops.run("crm-lead", "snapshot", NAME, *WORDS).code == 0
    assert crm.run("crm-lead", "sync").code == 0
    assert len(shown(crm)) == 4
    assert "nothing new" in crm.run("crm-lead", "snapshot", NAME, *WORDS).out
    branch = "refs/heads/metricgov/values"
    git(base / "shared.git", "update-ref", branch, git(base / "shared.git", "rev-list", "--max-parents=0", branch))
    done = crm.run("crm-lead", "sync")
    assert done.code == 1
    assert "were rewritten" in done.err
    assert done.out  # what became of the decisions is said all the same
