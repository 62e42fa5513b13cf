"""Paths, ids and names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.definitions.kinds import (
    NAME_PATTERN,
    NATIVE,
    Kind,
    domain_of,
    id_of,
    is_name,
    misplaced,
    path_for,
    split_id,
    stem_of,
)
from metricgov.domain.errors import BadInput


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("metrics/crm/lead_rate.yaml", "metric:lead_rate", id="metric"),
        pytest.param("sources/crm_leads.yaml", "source:crm_leads", id="source"),
        pytest.param("events/lead_submitted.yaml", "event:lead_submitted", id="event"),
        pytest.param("workflows/handoff.yaml", "workflow:handoff", id="workflow"),
        pytest.param("objectives/grow.yaml", "objective:grow", id="objective"),
        pytest.param("scorecards/crm.yaml", "scorecard:crm", id="scorecard"),
        pytest.param("governance/people.yaml", "governance:people", id="people"),
        pytest.param("governance/raci.yaml", "governance:raci", id="raci"),
        pytest.param("governance/policy.yaml", "governance:policy", id="policy"),
        pytest.param("metricgov.yaml", "governance:metricgov", id="metricgov"),
        pytest.param(".gitattributes", "governance:gitattributes", id="attributes"),
        pytest.param("metrics/.gitattributes", "opaque:metrics/.gitattributes", id="attributes in a folder"),
        pytest.param("models/a/b.sql", "opaque:models/a/b.sql", id="opaque"),
        pytest.param("models/b.sql", "opaque:models/b.sql", id="opaque without folder between"),
        pytest.param("README.md", None, id="not governed"),
        pytest.param("metrics/lead_rate.yaml", None, id="metric without domain"),
        pytest.param("metrics/a/b/c.yaml", None, id="metric too deep"),
        pytest.param("metrics/a/B.yaml", None, id="upper case"),
        pytest.param("metrics/a/b.yml", None, id="other ending"),
        pytest.param("metrics/a/b.yaml\n", None, id="line end in the name"),
        pytest.param("metrics/a/../b.yaml", None, id="climbing"),
        pytest.param(f"sources/{'a' * 81}.yaml", None, id="81 characters"),
    ],
)
def test_id_of(path: str, found: str | None) -> None:
    assert id_of(path, ["models/**/*.sql"]) == found


def test_globs_do_not_cross_folders_unless_they_say_so() -> None:
    assert id_of("a/b/c.sql", ["a/*.sql"]) is None
    assert id_of("a/c.sql", ["a/*.sql"]) == "opaque:a/c.sql"
    assert id_of("a+b.sql", ["a+b.sql"]) == "opaque:a+b.sql"
    assert id_of("aab.sql", ["a+b.sql"]) is None
    assert id_of("a1.sql", ["a?.sql"]) == "opaque:a1.sql"


@pytest.mark.parametrize("kind", NATIVE)
def test_a_path_and_its_id_agree(kind: Kind) -> None:
    path = path_for(kind, "some_name", "a_domain" if kind is Kind.METRIC else None)
    assert id_of(path) == f"{kind}:some_name"
    assert stem_of(path) == "some_name"
    assert domain_of(path) == ("a_domain" if kind is Kind.METRIC else None)
    assert split_id(f"{kind}:some_name") == (kind, "some_name")


@pytest.mark.parametrize("text", ["../../etc/passwd", "-rf", "a/b", "", "A", "1a", "a" * 81, "ä", "a\n", "a.b", "a b"])
def test_no_path_is_made_of_anything_but_a_name(text: str) -> None:
    """INV-42: no path on disk is derived from user text; INV-41: what a name is."""
    assert not is_name(text)
    with pytest.raises(BadInput):
        path_for(Kind.SOURCE, text)
    with pytest.raises(BadInput):
        path_for(Kind.METRIC, "fine", text)


@given(st.text(max_size=90))
def test_names_are_those_of_the_pattern(text: str) -> None:
    """INV-41: names are `[a-z][a-z0-9_]*`, at most 80 characters."""
    # `$` would match before a final line feed, `\\Z` does not
    assert is_name(text) == (re.match(NAME_PATTERN[:-1] + r"\Z", text) is not None and len(text) <= 80)


def test_a_kind_without_files_has_no_path() -> None:
    with pytest.raises(BadInput):
        path_for(Kind.OPAQUE, "a")
    with pytest.raises(BadInput):
        path_for(Kind.METRIC, "a")
    with pytest.raises(BadInput):
        path_for(Kind.SOURCE, "a", "b")


@pytest.mark.parametrize(
    ("path", "is_misplaced"),
    [
        pytest.param("metrics/a.yaml", True, id="metric without domain"),
        pytest.param("metrics/a/b/c.yaml", True, id="too deep"),
        pytest.param("metrics/a/b.yml", True, id="ending"),
        pytest.param("Metrics/a/b.yaml", True, id="folder in upper case"),
        pytest.param("sources/A.yaml", True, id="name in upper case"),
        pytest.param("governance/other.yaml", True, id="governance"),
        pytest.param("metrics/a/b.yaml", False, id="right"),
        pytest.param("metrics/README.md", False, id="no YAML"),
        pytest.param("other/a.yaml", False, id="another folder"),
        pytest.param("a.yaml", False, id="no folder"),
    ],
)
def test_files_that_only_look_governed_are_named(path: str, is_misplaced: bool) -> None:
    assert (misplaced(path) is not None) == is_misplaced
