"""The SQL canonicaliser: what it takes for equal, what it never does, and what it refuses to read."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricgov.domain.changes.sql import CANONICALISER, canonical_sql, same_sql
from metricgov.domain.changes.sql_compare import Difference, compare_sql

DUCKDB = "duckdb"

SAME = [
    ("white-space", "a  =\n1", "a = 1", DUCKDB),
    ("keyword-case", "a and not B is null", "A AND NOT b IS NULL", DUCKDB),
    ("function-case", "sum(a)", "SUM(a)", DUCKDB),
    ("comments", "a = 1 /* one */ -- two", "a = 1", DUCKDB),
    ("parentheses", "((a) = (1))", "a = 1", DUCKDB),
    ("and-order", "a AND b AND c", "c AND (b AND a)", DUCKDB),
    ("or-order", "a OR b OR c", "c OR (b OR a)", DUCKDB),
    ("and-repeats", "a AND b AND a", "b AND a", DUCKDB),
    ("plus-order", "a + b + c", "c + (a + b)", DUCKDB),
    ("times-order", "a * b", "b * a", DUCKDB),
    ("in-order", "x IN (1, 2, 3)", "x IN (3, 1, 2, 2)", DUCKDB),
    ("not-equal", "a <> 1", "a != 1", DUCKDB),
    ("mirrored", "a > b", "b < a", DUCKDB),
    ("mirrored-equal", "a >= b", "b <= a", DUCKDB),
    ("equal-operands", "a = b", "b = a", DUCKDB),
    ("quoted-name", '"a" = 1', "a = 1", DUCKDB),
    ("quoted-upper-duckdb", '"A" = 1', "a = 1", DUCKDB),
    ("quoted-snowflake", '"A" = 1', "a = 1", "snowflake"),
    ("cast", "x::INT", "CAST(x AS INTEGER)", DUCKDB),
    ("nvl", "NVL(a, 0)", "COALESCE(a, 0)", DUCKDB),
    ("ifnull", "IFNULL(a, 0)", "COALESCE(a, 0)", "bigquery"),
    ("interval", "INTERVAL '14' DAY", "INTERVAL '14 days'", DUCKDB),
    ("jinja", "{{ x }} = 1", "{{x}} = 1", DUCKDB),
    ("format-hole", "{x} = 1", "{ x } = 1", DUCKDB),
    ("lookml", "${TABLE}.c = 1", "${ TABLE }.c = 1", DUCKDB),
]
DIFFERENT = [
    ("argument-order", "date_diff('day', a, b)", "date_diff('day', b, a)", DUCKDB),
    ("default-argument", "DATE_DIFF(a, b)", "DATE_DIFF(a, b, DAY)", "bigquery"),
    ("coalesce-order", "COALESCE(a, b)", "COALESCE(b, a)", DUCKDB),
    ("safe-divide-order", "SAFE_DIVIDE(a, b)", "SAFE_DIVIDE(b, a)", "bigquery"),
    ("case-order", "CASE WHEN a THEN 1 WHEN b THEN 2 END", "CASE WHEN b THEN 2 WHEN a THEN 1 END", DUCKDB),
    ("string-space", "x = 'a b'", "x = 'a  b'", DUCKDB),
    ("string-case", "x = 'A'", "x = 'a'", DUCKDB),
    ("placeholder-in-string", "x = '{{ a }}'", "x = '{{a}}'", DUCKDB),
    ("comment-in-string", "x = '--a'", "x = ''", DUCKDB),
    ("minus", "a - b", "b - a", DUCKDB),
    ("division", "a / b", "b / a", DUCKDB),
    ("product-of-quotient", "a * b / c", "a * (b / c)", DUCKDB),
    ("or-and", "a OR b AND c", "(a OR b) AND c", DUCKDB),
    ("mirrored-twice", "a <= b", "b <= a", DUCKDB),
    ("strictness", "a < b", "a <= b", DUCKDB),
    ("number", "a < 60", "a < 1000", DUCKDB),
    ("number-form", "a = 1", "a = 1.0", DUCKDB),
    ("number-or-string", "a = 1", "a = '1'", DUCKDB),
    ("quoted-postgres", '"A" = 1', "a = 1", "postgres"),
    ("double-quotes-are-strings", '"a" = 1', "a = 1", "bigquery"),
    ("week", "DATE_TRUNC(d, WEEK)", "DATE_TRUNC(d, ISOWEEK)", "bigquery"),
    ("count-star", "COUNT(*)", "COUNT(1)", DUCKDB),
    ("in-single", "x IN (1)", "x = 1", DUCKDB),
    ("concat", "CONCAT(a, b)", "a || b", DUCKDB),
    ("shared-node", "uniq(x)", "approx_count_distinct(x)", "clickhouse"),
    ("functions-that-differ-by-case", "f(x)", "F(x)", "clickhouse"),
    ("plus-joins-text", "a + b", "b + a", "tsql"),
    ("plus-with-text", "a + 'x'", "'x' + a", DUCKDB),
    ("try-cast", "TRY_CAST(a AS INT)", "CAST(a AS INT)", DUCKDB),
    ("nulls", "a IS NULL", "a IS NOT NULL", DUCKDB),
    ("distinct", "COUNT(DISTINCT a)", "COUNT(a)", DUCKDB),
    ("window-frame", "SUM(a) OVER (ORDER BY b)", "SUM(a) OVER (ORDER BY b DESC)", DUCKDB),
    ("other-placeholder", "{{ a }} = 1", "{a} = 1", DUCKDB),
]
STATEMENTS_SAME = [
    ("aliases", "SELECT a.x FROM t AS a JOIN u b ON a.i = b.i", "SELECT p.x FROM t p JOIN u AS q ON q.i = p.i"),
    ("with", "WITH w AS (SELECT 1 AS x) SELECT x FROM w", "with v as (select 1 as x) select x from v"),
    ("two-statements", "SELECT 1; SELECT 2;", "select 1;\nselect 2"),
]
STATEMENTS_DIFFERENT = [
    (
        "alias-swapped",
        "SELECT a.x FROM t AS a JOIN t AS b ON a.i = b.j",
        "SELECT b.x FROM t AS a JOIN t AS b ON a.i = b.j",
    ),
    ("output-name", "SELECT x AS a FROM t", "SELECT x AS b FROM t"),
    ("column-order", "SELECT a, b FROM t", "SELECT b, a FROM t"),
    ("join-kind", "SELECT 1 FROM t JOIN u ON t.a = u.a", "SELECT 1 FROM t LEFT JOIN u ON t.a = u.a"),
    ("table", "SELECT x FROM a.t", "SELECT x FROM b.t"),
    ("set-operands", "UPDATE t SET a = b", "UPDATE t SET b = a"),
    ("order-by", "SELECT a FROM t ORDER BY a, b", "SELECT a FROM t ORDER BY b, a"),
    ("statement-order", "SELECT 1; SELECT 2", "SELECT 2; SELECT 1"),
    ("alias-that-is-a-column", "SELECT a FROM t AS a", "SELECT b FROM t AS b"),
]
BOMBS = [
    ("parentheses", "(" * 5000 + "a" + ")" * 5000),
    ("open-parentheses", "(" * 3000),
    ("not", "NOT " * 3000 + "a"),
    ("minus", "- " * 3000 + "a"),
    ("case", "CASE WHEN " * 900 + "a" + " THEN 1 END" * 900),
    ("calls", "f(" * 1500 + "a" + ")" * 1500),
    ("calls-of-negations", "f(NOT " * 900 + "a" + ")" * 900),
    ("subscripts", "a" + "[1]" * 1900),
    ("subqueries", "(SELECT " * 900 + "a" + ")" * 900),
    ("intervals", "INTERVAL " * 3000 + "1"),
    ("arrows", "a -> " * 2500 + "a"),
    ("divisions", "a" + " / a" * 2500),
    ("dots", "a" + ".a" * 2500),
    ("casts", "a" + "::int" * 1900),
    ("many-tokens", "a" + " AND a" * 9000),
    ("long", "a = '" + "x" * 200_000 + "'"),
]
NOT_ONE_EXPRESSION = [
    "",
    " ",
    "a, b",
    "a FROM t",
    "a) + (b",
    "1; DROP TABLE x",
    "a AS b",
    "{% if x %}a{% endif %}",
    "'",
]


@pytest.mark.parametrize(("before", "after", "dialect"), [row[1:] for row in SAME], ids=[row[0] for row in SAME])
def test_the_same_meaning_has_the_same_key(before: str, after: str, dialect: str) -> None:
    assert canonical_sql(before, dialect).parsed
    assert same_sql(before, after, dialect) is True


@pytest.mark.parametrize(
    ("before", "after", "dialect"), [row[1:] for row in DIFFERENT], ids=[row[0] for row in DIFFERENT]
)
def test_another_meaning_has_another_key(before: str, after: str, dialect: str) -> None:
    assert canonical_sql(before, dialect).parsed and canonical_sql(after, dialect).parsed
    assert same_sql(before, after, dialect) is False


@pytest.mark.parametrize(
    ("before", "after"), [row[1:] for row in STATEMENTS_SAME], ids=[row[0] for row in STATEMENTS_SAME]
)
def test_statements_that_mean_the_same(before: str, after: str) -> None:
    assert same_sql(before, after, DUCKDB, statement=True) is True


@pytest.mark.parametrize(
    ("before", "after"), [row[1:] for row in STATEMENTS_DIFFERENT], ids=[row[0] for row in STATEMENTS_DIFFERENT]
)
def test_statements_that_do_not(before: str, after: str) -> None:
    assert same_sql(before, after, DUCKDB, statement=True) is False


@pytest.mark.parametrize("text", [text for _, text in BOMBS], ids=[name for name, _ in BOMBS])
def test_what_nests_too_deep_is_not_parsed_and_never_a_crash(text: str) -> None:
    found = canonical_sql(text, DUCKDB)
    assert not found.parsed and found.reason
    assert same_sql(text, text + " ", DUCKDB) in {True, None}


@pytest.mark.parametrize("text", NOT_ONE_EXPRESSION)
def test_what_is_not_one_expression_is_not_parsed(text: str) -> None:
    assert not canonical_sql(text, DUCKDB).parsed


def test_equal_tokens_of_what_does_not_parse_are_identical_and_nothing_else_is() -> None:
    assert same_sql("a = = 1", "a  = =  1", DUCKDB) is True
    assert same_sql("a = = 1", "1 = = a", DUCKDB) is None
    assert same_sql("a = = 1", "a = 1", DUCKDB) is None


@pytest.mark.parametrize("dialect", [None, "", "no_such_engine"])
def test_without_a_dialect_nothing_but_the_same_text_is_the_same(dialect: str | None) -> None:
    assert same_sql("a = 1", "a = 1", dialect) is True
    assert same_sql("a = 1", "A = 1", dialect) is None


def test_exact_sums_keep_their_order() -> None:
    one, other = (canonical_sql(text, DUCKDB, exact_sums=True) for text in ("a + b", "b + a"))
    assert one.parsed and one.key != other.key


def test_a_moved_argument_of_one_bag_of_tokens_is_seen() -> None:
    assert compare_sql("f(a, b) - g(b, a)", "f(b, a) - g(a, b)", DUCKDB).difference is Difference.OTHER


# --- laws over generated expressions

NAMES = st.sampled_from(["a", "b", "created_at", "is_test", "amount"])
LITERALS = st.one_of(st.integers(0, 9).map(str), st.sampled_from(["'x'", "'X'", "'a  b'", "NULL", "1.50"]))


def _terms(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda p: f"({p[0]}) + ({p[1]})"),
        pair.map(lambda p: f"({p[0]}) - ({p[1]})"),
        pair.map(lambda p: f"({p[0]}) / ({p[1]})"),
        pair.map(lambda p: f"COALESCE({p[0]}, {p[1]})"),
        pair.map(lambda p: f"my_function({p[0]}, {p[1]})"),
    )


TERMS = st.recursive(st.one_of(NAMES, LITERALS), _terms, max_leaves=6)
ATOMS = st.one_of(
    st.tuples(TERMS, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), TERMS).map(" ".join),
    st.tuples(NAMES, st.lists(LITERALS, min_size=2, max_size=4)).map(lambda p: f"{p[0]} IN ({', '.join(p[1])})"),
    NAMES.map(lambda name: f"{name} IS NULL"),
)


def _conditions(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda p: f"({p[0]}) AND ({p[1]})"),
        pair.map(lambda p: f"({p[0]}) OR ({p[1]})"),
        inner.map(lambda one: f"NOT ({one})"),
    )


CONDITIONS = st.recursive(ATOMS, _conditions, max_leaves=5)


def key(text: str) -> str:
    found = canonical_sql(text, DUCKDB)
    assert found.parsed, (text, found.reason)
    return found.key


@settings(max_examples=60, deadline=None)
@given(CONDITIONS, CONDITIONS, CONDITIONS)
def test_and_or_do_not_mind_order_brackets_or_repeats(a: str, b: str, c: str) -> None:
    for word in ("AND", "OR"):
        assert key(f"({a}) {word} ({b}) {word} ({c})") == key(f"({c}) {word} (({a}) {word} ({b}))")
        assert key(f"({a}) {word} ({b})") == key(f"({b}) {word} ({a}) {word} ({b})")


@settings(max_examples=60, deadline=None)
@given(CONDITIONS, st.randoms(use_true_random=False))
def test_layout_comments_case_and_brackets_say_nothing(text: str, chance: random.Random) -> None:
    assert key(_other_layout(text, chance)) == key(text)
    assert key(f"(({text}))") == key(text)


def _other_layout(text: str, chance: random.Random) -> str:
    """Return the text with other white space, case and comments outside its strings."""
    parts = text.split("'")
    for index in range(0, len(parts), 2):
        words = parts[index].split(" ")
        gap = chance.choice(["  ", "\n", " /* x */ ", " -- x\n"])
        parts[index] = gap.join(chance.choice([word.lower(), word.upper()]) for word in words)
    return "'".join(parts)


@settings(max_examples=60, deadline=None)
@given(NAMES, st.lists(LITERALS, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_in_is_a_set(name: str, items: list[str], chance: random.Random) -> None:
    shuffled = [*items, items[0]]
    chance.shuffle(shuffled)
    assert key(f"{name} IN ({', '.join(items)})") == key(f"{name} IN ({', '.join(shuffled)})")


@settings(max_examples=60, deadline=None)
@given(TERMS, TERMS)
def test_order_that_is_meaning_is_kept(a: str, b: str) -> None:
    if key(a) == key(b):
        return
    for form in ("({0}) - ({1})", "({0}) / ({1})", "f({0}, {1})", "COALESCE({0}, {1})", "({0}) <= ({1})"):
        assert key(form.format(a, b)) != key(form.format(b, a))
    cases = "CASE WHEN x = {0} THEN 1 WHEN x = {1} THEN 2 END"
    assert key(cases.format(f"({a})", f"({b})")) != key(cases.format(f"({b})", f"({a})"))


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="'\\\x00"), max_size=12), st.text("ab ", max_size=5))
def test_anything_within_a_string_counts(one: str, other: str) -> None:
    same = key(f"x = '{one}'") == key(f"x = '{other}'")
    assert same == (one == other)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40), st.sampled_from([DUCKDB, "bigquery", "snowflake", "postgres", "tsql", "clickhouse"]))
def test_any_text_at_all_is_read_or_refused(text: str, dialect: str) -> None:
    for statement in (False, True):
        found = canonical_sql(text, dialect, statement=statement)
        assert found == canonical_sql(text, dialect, statement=statement)
        assert found.parsed or found.reason


@settings(max_examples=40, deadline=None)
@given(CONDITIONS, CONDITIONS)
def test_a_comparison_is_total_and_says_none_only_of_equals(a: str, b: str) -> None:
    found = compare_sql(a, b, DUCKDB).difference
    assert (found is Difference.NONE) == (key(a) == key(b))
    assert found is not Difference.NOT_PARSED


def test_the_pure_form_of_sqlglot_gives_the_same_keys(tmp_path: Path) -> None:
    """A wheel without compiled parts must not turn an old fingerprint false."""
    import sqlglot

    installed = Path(sqlglot.__file__).parent
    shutil.copytree(installed, tmp_path / "sqlglot", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    texts = [(text, dialect) for _, one, other, dialect in [*SAME, *DIFFERENT] for text in (one, other)]
    texts += [(text, DUCKDB) for name, text in BOMBS if len(text) < 30_000 and name != "divisions"]
    texts += [("f(" * 90 + "a" + ")" * 90, DUCKDB), ("NOT " * 90 + "a", DUCKDB)]
    program = (
        "import sys, json; sys.path.insert(0, sys.argv[1]); import sqlglot.parser as p\n"
        "assert p.__file__.endswith('.py'), p.__file__\n"
        "from metricgov.domain.changes.sql import canonical_sql\n"
        "print(json.dumps([(f.parsed, f.key) for t, d in json.load(sys.stdin) for f in [canonical_sql(t, d)]]))"
    )
    import json

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    ours = [[found.parsed, found.key] for text, dialect in texts for found in [canonical_sql(text, dialect)]]
    assert json.loads(done.stdout) == ours


def test_equal_texts_load_no_parser() -> None:
    program = (
        "import sys\n"
        "from metricgov.domain.changes.sql import same_sql\n"
        "from metricgov.domain.changes.diff import diff\n"
        "from metricgov.domain.changes.values import DiffContext, Entry\n"
        "assert same_sql('a = 1', 'a = 1', 'duckdb')\n"
        "sides = [Entry('metric:m', 'metrics/a/m.yaml', {'kind': 'metric', 'title': t, 'status': 'active',\n"
        "         'calculation': {'where': 'a = 1', 'grain': 'day'}}) for t in 'ab']\n"
        "assert len(diff(*sides, context=DiffContext(dialect='duckdb'))) == 1\n"
        "heavy = [name for name in ('sqlglot', 'pydantic', 'rfc8785', 'yaml') if name in sys.modules]\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_version_of_the_canonicaliser_is_pinned() -> None:
    """A key that changes makes old fingerprints meaningless: raise CANONICALISER, then this pair."""
    key_now = canonical_sql("a > 1 AND NVL(x, 0) IN (2, 1)", DUCKDB).digest
    assert (CANONICALISER, key_now[:12]) == (1, "24b1e63eafe1")
