"""What the canonicaliser calls the same gives the same rows in a real engine, NULLs included."""

from __future__ import annotations

import itertools
import random
import sqlite3

from hypothesis import given, settings
from hypothesis import strategies as st

from metricgov.domain.changes.sql_compare import Difference, compare_sql

VALUES = (None, 0, 1, 2)
COLUMNS = ("a", "b", "c")


def number(chance: random.Random, depth: int) -> str:
    if depth <= 0 or chance.random() < 0.4:
        return chance.choice([*COLUMNS, "0", "1", "2"])
    left, right = number(chance, depth - 1), number(chance, depth - 1)
    form = chance.choice(["({0} + {1})", "({0} - {1})", "({0} * {1})", "COALESCE({0}, {1})", "{0}", "NULLIF({0}, {1})"])
    return form.format(left, right)


def condition(chance: random.Random, depth: int) -> str:
    if depth <= 0 or chance.random() < 0.25:
        left, right, third = (number(chance, 1) for _ in range(3))
        forms = ["{0} = {1}", "{0} <> {1}", "{0} < {1}", "{0} <= {1}", "{0} > {1}", "{0} IN (0, 1)", "{0} IN (1)"]
        forms += ["{0} BETWEEN {1} AND {2}", "{0} IS NULL", "{0} IN (1, 0, 1)", "{0} IN (1, NULL)"]
        return "(" + chance.choice(forms).format(left, right, third) + ")"
    left, right = condition(chance, depth - 1), condition(chance, depth - 1)
    forms = ["({0} AND {1})", "({0} OR {1})", "(NOT {0})", "(NOT ({0} AND {1}))", "(NOT ({0} OR {1}))"]
    forms += ["(CASE WHEN {0} THEN {1} ELSE {0} END)", "(CASE WHEN {0} THEN {1} END)"]
    return chance.choice(forms).format(left, right)


def variant(text: str, chance: random.Random) -> str:
    """Return the text after a few edits, of which some keep the meaning and some do not."""
    for _ in range(chance.randint(1, 3)):
        edits = [
            lambda one: f"NOT (NOT {one})",
            lambda one: one.replace(" AND ", " OR ", 1),
            lambda one: one.replace(" < ", " <= ", 1),
            lambda one: one.replace(" = ", " <> ", 1),
            lambda one: one.replace("IN (1)", "= 1", 1),
            lambda one: one.replace("IN (0, 1)", "IN (1, 0, 1)", 1),
            lambda one: one.replace("NOT (", "(NOT ", 1),
            lambda one: f"{one} AND {one}",
            lambda one: f"{one} OR (a = 1 AND a = 1)",
            lambda one: one.replace("a", "b", 1),
            lambda one: one.replace("(", "((", 1).replace(")", "))", 1),
        ]
        text = chance.choice(edits)(text)
    return text


def swapped(text: str, chance: random.Random) -> str:
    """Return the text with the operands of one bracketed pair exchanged."""
    for word in chance.sample([" AND ", " OR ", " + ", " - ", " * ", " = ", " < "], 7):
        for at in [index for index in range(len(text)) if text.startswith(word, index)]:
            start, end = _operand_before(text, at), _operand_after(text, at + len(word))
            if start is not None and end is not None:
                return text[:start] + text[at + len(word) : end] + word + text[start:at] + text[end:]
    return text


def _operand_before(text: str, at: int) -> int | None:
    if text[at - 1] != ")":
        return at - 1 if text[at - 1].isalnum() and (at < 2 or text[at - 2] in "( ,") else None
    depth = 0
    for index in range(at - 1, -1, -1):
        depth += (text[index] == ")") - (text[index] == "(")
        if depth == 0:
            return index if index == 0 or text[index - 1] in "( " else None
    return None


def _operand_after(text: str, at: int) -> int | None:
    if text[at] != "(":
        return at + 1 if text[at].isalnum() and (at + 1 == len(text) or text[at + 1] in ") ,") else None
    depth = 0
    for index in range(at, len(text)):
        depth += (text[index] == "(") - (text[index] == ")")
        if depth == 0:
            return index + 1
    return None


def rows(engine: sqlite3.Connection, text: str) -> list[object] | None:
    try:
        return [row[0] for row in engine.execute(f"SELECT ({text}) FROM t ORDER BY rowid")]
    except sqlite3.Error:
        return None


def table() -> sqlite3.Connection:
    engine = sqlite3.connect(":memory:")
    engine.execute("CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER)")
    engine.executemany("INSERT INTO t VALUES (?, ?, ?)", itertools.product(VALUES, repeat=3))
    return engine


@settings(max_examples=400, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_what_is_called_the_same_gives_the_same_rows(chance: random.Random, depth: int) -> None:
    before = condition(chance, depth)
    after = swapped(before, chance) if chance.random() < 0.5 else variant(before, chance)
    found = compare_sql(before, after, "sqlite").difference
    engine = table()
    old, new = rows(engine, before), rows(engine, after)
    engine.close()
    if old is None or new is None or old == new:
        return
    assert found not in {Difference.NONE, Difference.SPELLING}, (before, after)
