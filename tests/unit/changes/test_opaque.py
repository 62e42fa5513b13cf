"""Files of other tools: equal content is identical, everything else is unknown, and hostile bytes do no harm."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricgov.adapters.formats.opaque import parse_opaque
from metricgov.domain.changes.diff import classify, diff
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.changes.fingerprint import canonical_digest
from metricgov.domain.changes.rules.rows import short, short_sides
from metricgov.domain.changes.values import DiffContext, Entry

CONTEXT = DiffContext(dialect="duckdb")


def change(path: str, before: bytes, after: bytes, dialect: str | None = None) -> tuple[ChangeClass, list[str]]:
    one, other = (Entry(f"opaque:{path}", path, parse_opaque(data, path, dialect)) for data in (before, after))
    found = diff(one, other, context=CONTEXT)
    same = canonical_digest(one, dialect="duckdb") == canonical_digest(other, dialect="duckdb")
    assert same == (classify(found) is ChangeClass.IDENTICAL)
    return classify(found), [finding.field for finding in found]


IDENTICAL = [
    ("key-order", "a.yml", b"a: 1\nb: {c: 2, d: 3}", b"b: {d: 3, c: 2}\na: 1"),
    ("comments", "a.yaml", b"a: 1 # one", b"# two\na: 1\n"),
    ("quotes-of-text", "a.yaml", b"a: 'x y'", b'a: "x y"'),
    ("flow-and-block", "a.yaml", b"a: [1, 2]", b"a:\n- 1\n- 2"),
    ("anchor", "a.yaml", b"a: &x {b: 1}\nc: *x", b"a: {b: 1}\nc: {b: 1}"),
    ("byte-order-mark", "a.yaml", b"\xef\xbb\xbfa: 1", b"a: 1"),
    ("json-layout", "a.json", b'{"a": 1, "b": [2]}', b'{"b":[2],\n"a":1}'),
    ("toml-layout", "a.toml", b"a = 1\n[b]\nc = 2", b"b.c = 2\na = 1  # x"),
    ("sql-layout", "a.sql", b"SELECT a FROM t WHERE x = 1 AND y = 2", b"select A from t where (2 = y) and x=1;"),
    ("unreadable-but-equal", "a.yaml", b"a: [", b"a: ["),
    ("unknown-format-but-equal", "a.lkml", b"view: x {}", b"view: x {}"),
]
UNKNOWN = [
    ("value", "a.yml", b"models:\n- {name: x, sql: a}", b"models:\n- {name: x, sql: b}", ["models[x].sql"]),
    ("list-order", "a.yaml", b"a: [1, 2]", b"a: [2, 1]", ["a[0]", "a[1]"]),
    ("quoted-number", "a.yaml", b"a: 1", b"a: '1'", ["a"]),
    ("quoted-no", "a.yaml", b"a: no", b"a: 'no'", ["a"]),
    ("int-or-float", "a.yaml", b"a: 1", b"a: 1.0", ["a"]),
    ("octal", "a.yaml", b"a: 010", b"a: 10", ["a"]),
    ("tag", "a.yaml", b"a: !x 1", b"a: 1", ["a"]),
    ("tagged-quotes", "a.yaml", b"a: !!int '1'", b"a: '1'", ["a"]),
    ("tagged-set", "a.yaml", b"a: !!set {x: }", b"a: {x: }", ["a", "a.x"]),
    ("looks-like-a-mark", "a.yaml", b"a: 0x1F", b"a: {'!!int': '0x1F'}", ["a", "a.!=!!int"]),
    ("looks-like-a-tag", "a.yaml", b"a: !x 1", b"a: {'!<!x>': '1'}", ["a.!<!x>", "a.!=!<!x>"]),
    ("looks-like-a-float", "a.json", b'{"a": 1.5}', b'{"a": {"!!float": "1.5"}}', ["a", "a.!=!!float"]),
    ("null-or-empty", "a.yaml", b"a: !!null ''", b"a: ''", ["a"]),
    ("second-document", "a.yaml", b"a: 1\n---\nb: 1", b"a: 1\n---\nb: 2", ["document 2: b"]),
    ("document-added", "a.yaml", b"a: 1", b"a: 1\n---\nb: 2", ["document 2: (document)"]),
    ("float", "a.yaml", b"a: {b: 1.5}", b"a: {b: 2.5}", ["a.b"]),
    ("json", "a.json", b'{"a": 1}', b'{"a": 2}', ["a"]),
    ("toml", "a.toml", b"a = 1", b"a = 1.5", ["a"]),
    ("sql", "a.sql", b"SELECT 1; SELECT a - b", b"SELECT 1; SELECT b - a", ["statement 2"]),
    ("sql-not-parsed", "a.sql", b"SELECT FROM WHERE (", b"SELECT  FROM WHERE ((", ["(text)"]),
    ("sql-template", "a.sql", b"{% if x %}SELECT 1{% endif %}", b"{% if y %}SELECT 1{% endif %}", ["(text)"]),
    ("unreadable", "a.yaml", b"a: [", b"a: [ ", ["(sha256)"]),
    ("unknown-format", "a.lkml", b"view: x {}", b"view: x { }", ["(sha256)"]),
    ("aliases-on-one-side", "a.yaml", b"a: &x 1\nb: *x", b"a: &x 1\nb: 2", ["b"]),
]


@pytest.mark.parametrize(("path", "before", "after"), [row[1:] for row in IDENTICAL], ids=[row[0] for row in IDENTICAL])
def test_the_same_content_is_identical(path: str, before: bytes, after: bytes) -> None:
    assert change(path, before, after) == (ChangeClass.IDENTICAL, [])


@pytest.mark.parametrize(
    ("path", "before", "after", "fields"), [row[1:] for row in UNKNOWN], ids=[row[0] for row in UNKNOWN]
)
def test_other_content_is_unknown_with_its_paths(path: str, before: bytes, after: bytes, fields: list[str]) -> None:
    """INV-13: nobody here knows what a field of another tool means."""
    assert change(path, before, after) == (ChangeClass.UNKNOWN, fields)


def test_the_dialect_of_the_glob_decides() -> None:
    assert change("a.sql", b'SELECT "a"', b"SELECT a", "bigquery")[0] is ChangeClass.UNKNOWN
    assert change("a.sql", b'SELECT "a"', b"SELECT a", "duckdb")[0] is ChangeClass.IDENTICAL


LAUGHS = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (letter, letter, b",".join([b"*%c" % (letter - 1)] * 9)) for letter in range(98, 110)
)
HOSTILE = [
    ("laughs", "a.yaml", LAUGHS),
    ("itself", "a.yaml", b"a: &a [*a]"),
    ("deep-yaml", "a.yaml", b"[" * 5000),
    ("deep-blocks", "a.yaml", b"".join(b" " * at + b"a:\n" for at in range(300))),
    ("deep-json", "a.json", b"[" * 5000 + b"]" * 5000),
    ("deep-toml", "a.toml", b"a = " + b"[" * 5000),
    ("python-object", "a.yaml", b"!!python/object/apply:os.system [touch /tmp/no]"),
    ("duplicate-keys", "a.json", b'{"a": 1, "a": 2}'),
    ("duplicate-yaml-keys", "a.yaml", b"a: 1\na: 2"),
    ("large", "a.yaml", b"a: " + b"x" * 2_000_000),
    ("many", "a.json", b"[" + b"1," * 200_000 + b"1]"),
    ("huge-number", "a.json", b"1" * 10_000),
    ("huge-yaml-number", "a.yaml", b"a: " + b"1" * 10_000),
    ("not-utf-8", "a.sql", b"SELECT \xff"),
    ("nul", "a.yaml", b"a: \x00"),
]


@pytest.mark.parametrize(("path", "data"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_bytes_are_compared_as_bytes(path: str, data: bytes) -> None:
    started = time.perf_counter()
    found = parse_opaque(data, path)
    assert time.perf_counter() - started < 5
    assert found["format"] in {"unparsed", "yaml", "json", "toml"}
    assert change(path, data, data) == (ChangeClass.IDENTICAL, [])
    assert change(path, data, b"a: 1")[0] is ChangeClass.UNKNOWN


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode()),
    st.sampled_from(["yaml", "json", "toml", "sql", "x"]),
)
def test_any_bytes_are_read_or_kept(data: bytes, ending: str) -> None:
    path = f"a.{ending}"
    assert change(path, data, data) == (ChangeClass.IDENTICAL, [])


def test_a_sentence_about_long_texts_begins_where_they_differ() -> None:
    text = "SELECT " + ", ".join(f"column_{number}" for number in range(40)) + " FROM leads WHERE seconds < "
    ends = ("...leads WHERE seconds < 60", "...leads WHERE seconds < 1000")
    assert short_sides(f"{text}60", f"{text}1000") == ends
    assert short_sides("a" * 99 + "b", "a" * 99) == ("..." + "a" * 20 + "b", "..." + "a" * 20)
    assert short_sides(text, f" {text}") == (short(text), short(text))
    assert short_sides("a", "b") == ("a", "b")
    assert short_sides(None, text)[0] == "nothing"
