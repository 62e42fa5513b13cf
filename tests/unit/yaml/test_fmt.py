"""The canonical form: stable, idempotent, comments kept, values never changed."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from metricgov.adapters.yaml.emit import WIDTH, block
from metricgov.adapters.yaml.fmt import fmt
from metricgov.adapters.yaml.layout import block_entries, layout
from metricgov.adapters.yaml.load import load
from metricgov.domain.digest import JSON
from metricgov.domain.errors import InvalidFiles

STARTER = sorted((Path(__file__).resolve().parents[3] / "registry").rglob("*.yaml"))


def text(source: str) -> str:
    """Return the canonical form of an indented literal."""
    return fmt(dedent(source).encode(), "f.yaml").decode()


CASES = [
    (
        "keys in the order of the schema, unknown ones last",
        """
        own: 1
        name: leads
        title: Leads
        kind: metric
        """,
        """
        kind: metric
        name: leads
        title: Leads
        own: 1
        """,
    ),
    (
        "keys inside blocks",
        """
        kind: metric
        calculation:
            aggregate: count
            source: crm_leads
            type: simple
        """,
        """
        kind: metric
        calculation:
          type: simple
          source: crm_leads
          aggregate: count
        """,
    ),
    (
        "a comment travels with what it speaks of",
        """
        # yaml-language-server: $schema=x
        # why this title
        title: Leads   # shown
        # what it is
        kind: metric
        """,
        """
        # yaml-language-server: $schema=x
        # what it is
        kind: metric
        # why this title
        title: Leads  # shown
        """,
    ),
    (
        "a comment set apart by an empty line speaks of the file",
        """
        # Owned by the CRM team.

        title: Leads
        kind: metric
        """,
        """
        # Owned by the CRM team.

        kind: metric
        title: Leads
        """,
    ),
    (
        "comments inside and after blocks",
        """
        kind: metric
        calculation: # how
          # the kind of calculation
          type: simple
          # nothing else here
        # about tags
        tags: [a]
        # the end
        """,
        """
        kind: metric
        calculation:  # how
          # the kind of calculation
          type: simple
          # nothing else here
        # about tags
        tags: [a]
        # the end
        """,
    ),
    (
        "comments inside a list over several lines move above it",
        """
        kind: metric
        tags: [a,  # first
          b]  # both
        """,
        """
        kind: metric
        # first
        tags: [a, b]  # both
        """,
    ),
    (
        "comments at items",
        """
        kind: workflow
        steps:
        # the first
        - One   # at once
        - # odd
          Two
        """,
        """
        kind: workflow
        steps:
          # the first
          - One  # at once
          - Two  # odd
        """,
    ),
    (
        "quotes only where they are needed",
        """
        kind: "metric"
        title: 'Leads: all'
        description: "no"
        unit: 'eur'
        version: "1.0.0"
        own: "12"
        other: "it's"
        """,
        """
        kind: metric
        title: 'Leads: all'
        version: 1.0.0
        description: 'no'
        unit: eur
        own: '12'
        other: it's
        """,
    ),
    (
        "SQL never stands in a flow mapping",
        """
        kind: metric
        calculation: {type: ratio, numerator: {where: "a IN (1, 2)", aggregate: count}}
        """,
        """
        kind: metric
        calculation:
          type: ratio
          numerator:
            where: a IN (1, 2)
            aggregate: count
        """,
    ),
    (
        "numbers keep their spelling",
        """
        kind: metric
        calculation: {scale: 1.50, type: simple}
        own: 0o17
        """,
        """
        kind: metric
        calculation: {type: simple, scale: 1.50}
        own: 0o17
        """,
    ),
    (
        "lines of SQL stay lines",
        """
        kind: metric
        calculation:
          type: sql
          sql: |-
            SELECT a,
              b

            FROM c
        """,
        """
        kind: metric
        calculation:
          type: sql
          sql: |-
            SELECT a,
              b

            FROM c
        """,
    ),
    (
        "one empty line stays, several become one",
        """
        kind: metric



        name: leads

        # a comment
        title: Leads
        """,
        """
        kind: metric

        name: leads

        # a comment
        title: Leads
        """,
    ),
    (
        "governance files keep their order",
        """
        registry: {accountable: ann}
        council: all
        kind: raci
        """,
        """
        kind: raci
        registry: {accountable: ann}
        council: all
        """,
    ),
    (
        "Windows line ends go",
        "kind: metric\r\ntitle: a\r\n",
        "kind: metric\ntitle: a\n",
    ),
]


@pytest.mark.parametrize(("source", "wanted"), [pytest.param(*row, id=name) for name, *row in CASES])
def test_canonical_form(source: str, wanted: str) -> None:
    assert text(source) == dedent(wanted).lstrip("\n")
    assert text(wanted) == dedent(wanted).lstrip("\n")


def test_long_text_is_folded_and_stays_the_same_text() -> None:
    words = " ".join(f"word{number}" for number in range(60))
    done = text(f'kind: metric\ndescription: "{words}"\n')
    assert "description: >-\n  word0" in done
    assert max(map(len, done.splitlines())) <= WIDTH
    assert load(done.encode(), "f")["description"] == words


@pytest.mark.parametrize("path", STARTER, ids=lambda path: path.stem)
def test_the_starter_is_canonical(path: Path) -> None:
    assert fmt(path.read_bytes(), path.name) == path.read_bytes()


def test_a_file_that_does_not_load_is_not_formatted() -> None:
    with pytest.raises(InvalidFiles):
        fmt(b"a: 1\na: 2\n", "f.yaml")


PIECES = st.sampled_from([*"ab:#'\"{}[],-?!|>%@&*=~ \n\\.01é", "no", "1.0", "- ", ": ", " #", "  "])
WORDS = st.sampled_from(["alpha", "beta", "gamma:", "#delta", "'", "  "])
TEXTS = st.lists(PIECES, max_size=10).map("".join) | st.lists(WORDS, max_size=40).map(" ".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.sampled_from([1.5, -0.25, 1e30, 1e-7]) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "type", "where", "id", "own key", "no", "1"]), inner, max_size=4)
    ),
    max_leaves=10,
)
FILES = st.dictionaries(
    st.sampled_from(["name", "title", "calculation", "tags", "checks", "kpi", "own", "zz top"]), VALUES, min_size=1
).map(lambda data: {"kind": "metric", **data})


@settings(max_examples=200, deadline=None)
@given(FILES)
def test_any_value_can_be_written_and_read_back(data: dict[str, JSON]) -> None:
    lines = [line for key, value in data.items() for line in block(f"{key}:", value, 0)]
    try:
        found = load(("\n".join(lines) + "\n").encode(), "f")
    except InvalidFiles as error:
        assume(not all(problem.code in ("yaml_number", "yaml_hidden_character") for problem in error.problems))
        raise
    assert found == data


@settings(max_examples=150, deadline=None)
@given(FILES)
@example({"kind": "metric", "name": "a\n ", "title": None})
@example({"kind": "metric", "name": "a\n \n", "title": None})
def test_formatting_is_idempotent_and_changes_no_value(data: dict[str, JSON]) -> None:
    source = json.dumps(data, ensure_ascii=False).encode()
    try:
        value = load(source, "f")
    except InvalidFiles:
        assume(False)
    once = fmt(source, "f")
    assert load(once, "f") == value
    assert fmt(once, "f") == once


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([path for path in STARTER if path.stat().st_size < 4000]), st.data())
def test_comments_anywhere_are_kept(path: Path, data: st.DataObject) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    for number in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines)))
        if data.draw(st.booleans()):
            lines.insert(at, " " * data.draw(st.integers(0, 6)) + f"# comment {number}")
        elif at < len(lines):
            lines[at] += f"  # comment {number}"
    source = ("\n".join(lines) + "\n").encode()
    try:
        value = load(source, "f")
    except InvalidFiles:
        assume(False)
    comments = sorted(_comments(source.decode()))
    done = fmt(source, "f")
    assert load(done, "f") == value
    assert fmt(done, "f") == done
    assert sorted(_comments(done.decode())) == comments


def _comments(source: str) -> list[str]:
    found = layout(source)
    lines = [*found.header, *found.tail]
    for entry in block_entries(found.root):
        lines += [*entry.leading, entry.beside, *entry.after]
    return [line for line in lines if line]
