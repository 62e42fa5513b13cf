"""`retire`: the file stays in place as a tombstone that says why, until when, and what to read instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import Desk


def after(desk: Desk, change: str, field: str) -> object:
    findings = [one for each in desk.shown(change)["definitions"] for one in each["findings"]]
    return next((one["after"] for one in findings if one["field"] == field), None)


def test_the_series_ends_with_a_reason_and_a_last_day(desk: Desk) -> None:
    """INV-27: nothing is deleted."""
    done = desk.run("ops-lead", "retire", "routing_speed", "-m", "leads route themselves", "--effective", "2031-07-01")
    assert done.code == 0, done.err
    change = desk.shown("routing_speed")
    assert (change["treatment"], change["effective_from"], change["intent"]) == ("break", "2031-07-01", "redefinition")
    assert after(desk, "routing_speed", "status") == "retired"
    assert after(desk, "routing_speed", "retirement") == {
        "reason": "leads route themselves",
        "last_good_date": "2031-06-30",
    }


def test_readers_are_sent_to_the_successor(desk: Desk) -> None:
    done = desk.run(
        "ops-lead", "retire", "routing_speed", "-m", "x", "--replaced-by", "qualification_rate",
        "--relation", "different", "--last-good-date", "2031-06-30",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert after(desk, "routing_speed", "replaced_by") == {"metric": "qualification_rate", "relation": "different"}
    change = desk.shown("routing_speed")
    assert (change["treatment"], change["effective_from"]) == ("new_metric", "2031-07-01")


def test_on_a_terminal_it_asks_why_and_confirms(desk: Desk) -> None:
    done = desk.run("ops-lead", "retire", "routing_speed", answers=["nobody reads it", "y"])
    assert done.code == 0, done.err
    assert desk.shown("routing_speed")["why"] == "nobody reads it"


@pytest.mark.parametrize(
    ("words", "exit_code", "says"),
    [
        pytest.param(("routing_speed",), 2, "words_missing", id="no-reason"),
        pytest.param(("routing_sped", "-m", "x"), 2, "did you mean routing_speed?", id="no-such-name"),
        pytest.param(("routing_speed", "-m", "x", "--relation", "kin"), 2, "superset", id="no-relation"),
        pytest.param(("routing_speed", "-m", "x", "--replaced-by", "nothing_here"), 2, "names no", id="no-successor"),
        pytest.param(("routing_speed", "-m", "x", "--replaced-by", "routing_speed"), 2, "itself", id="itself"),
        pytest.param(("routing_speed", "-m", "x", "--last-good-date", "june"), 2, "bad_date", id="no-date"),
        pytest.param(("people", "-m", "x"), 2, "metricgov edit governance:people", id="governance"),
    ],
)
def test_slips(desk: Desk, words: tuple[str, ...], exit_code: int, says: str) -> None:
    before = desk.events()
    done = desk.run("ops-lead", "retire", *words)
    assert (done.code, says in " ".join(done.err.split())) == (exit_code, True), done.err
    assert desk.events() == before
