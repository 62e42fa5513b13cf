"""The SQL canonicaliser: from text to a tree that can be compared. What a difference means is in `sql_compare`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from metricgov.domain.changes.sql_tree import FLATTENED, Node, Value, flat, make_of
from metricgov.domain.digest import sha256_hex

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.dialects.dialect import Dialect

CANONICALISER: Final = 1
"""Raised whenever the same text may get another key: by a change here or of the pinned sqlglot."""

MAX_CHARACTERS: Final = 100_000
MAX_TOKENS: Final = 6_000
MAX_NESTING: Final = 100
MAX_DEPTH: Final = 150

PLUS_IS_TEXT: Final = frozenset({"tsql", "fabric", "redshift"})
"""Engines where + joins strings, so its operands keep their order."""

CASE_SENSITIVE_FUNCTIONS: Final = frozenset({"bigquery", "clickhouse"})

SAME_FUNCTION: Final = {
    "NVL": "COALESCE",
    "IFNULL": "COALESCE",
    "CEILING": "CEIL",
    "POWER": "POW",
    "SUBSTR": "SUBSTRING",
}
"""Names that mean the same wherever sqlglot gives them one node."""

SPELLED_OTHERWISE: Final = frozenset({"CAST", "AND", "OR", "NOT", "XOR", "IN"})
"""Names that have a spelling without parentheses, so their presence says nothing."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """The canonical form of one text: equal keys mean equal meaning.

    Without `parsed` the key holds the tokens (or the bare text), so equal keys are the same text and different keys
    prove nothing. `reason` says why a text was not parsed.
    """

    key: str
    tree: Node | None
    reason: str = ""

    @property
    def parsed(self) -> bool:
        return self.tree is not None

    @property
    def digest(self) -> str:
        """SHA-256 of the key, for fingerprints."""
        return sha256_hex(self.key.encode("utf-8", "surrogatepass"))


_ESCAPING: Final = (ValueError, TypeError, AttributeError, KeyError, IndexError, AssertionError)
"""What sqlglot itself lets escape for some malformed input; the text is then simply not understood."""


class _NotParsed(Exception):
    pass


def canonical_sql(text: str, dialect: str | None, *, statement: bool = False, exact_sums: bool = False) -> Canonical:
    """Return the canonical form of an expression, or with `statement` of whole SQL statements.

    `exact_sums` keeps the order of + and *, for values that are compared with tolerance 0. Never raises: what cannot
    be parsed, for whatever reason, comes back with `parsed` false.
    """
    return _cached(text, dialect or "", statement, exact_sums)


def same_sql(before: str, after: str, dialect: str | None, *, statement: bool = False) -> bool | None:
    """Return True where both mean the same, False where trees differ, None where that cannot be known."""
    if before == after:
        return True
    one = canonical_sql(before, dialect, statement=statement)
    other = canonical_sql(after, dialect, statement=statement)
    if one.key == other.key:
        return True
    return False if one.parsed and other.parsed else None


@lru_cache(maxsize=4096)
def _cached(text: str, dialect: str, statement: bool, exact_sums: bool) -> Canonical:
    if not dialect:
        return Canonical("text:" + text.strip(), None, "no dialect is known")
    if len(text) > MAX_CHARACTERS:
        return Canonical("text:" + text.strip(), None, f"longer than {MAX_CHARACTERS} characters")
    tokens: list[Any] = []
    try:
        engine = _engine(dialect)
        filled = _with_placeholders(text)
        tokens = _tokens(engine, filled)
        _refuse_bombs(tokens)
        with _quiet_and_deep():
            roots = _parse(engine, filled, statement)
            trees = [_Reader(engine, root, exact_sums).tree() for root in roots]
    except (_NotParsed, RecursionError) as problem:
        reason = str(problem) if isinstance(problem, _NotParsed) else "nested too deep"
        return Canonical(_token_key(tokens) or "text:" + text.strip(), None, reason)
    tree = trees[0] if len(trees) == 1 else make_of("Statements", [("expressions", tuple(trees))])
    return Canonical(tree.key + _ambiguous_names(engine, tokens), tree)


def _engine(dialect: str) -> Dialect:
    from sqlglot.dialects.dialect import Dialect

    try:
        return Dialect.get_or_raise(dialect)
    except ValueError as problem:
        raise _NotParsed(f"no dialect is named {dialect!r}") from problem


def _tokens(engine: Dialect, text: str) -> list[Any]:
    from sqlglot.errors import TokenError

    try:
        return list(engine.tokenize(text))
    except TokenError as problem:
        raise _NotParsed("no SQL tokens") from problem


PLACEHOLDER: Final = re.compile(
    r"""(?P<keep>'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*"|`[^`]*`|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|--[^\n]*|/\*.*?\*/)"""
    r"""|(?P<comment>\{\#.*?\#\})|(?P<block>\{%.*?%\})"""
    r"""|(?P<hole>\{\{.*?\}\}|\$\{[^{}]*\}|\{\s*[A-Za-z_][\w.]*\s*\})""",
    re.DOTALL | re.VERBOSE,
)


def _with_placeholders(text: str) -> str:
    """Return the text with `{{ x }}`, `{x}` and `${x}` as identifiers by a stable hash; strings stay as they are."""
    if "{" not in text:
        return text

    def name(match: re.Match[str]) -> str:
        if match["keep"] is not None:
            return match["keep"]
        if match["comment"] is not None:
            return " "
        if match["block"] is not None:
            raise _NotParsed("template statements can give any text")
        hole = match["hole"]
        marks = "{{" if hole.startswith("{{") else "${" if hole.startswith("$") else "{"
        inner = hole[len(marks) : -2 if marks == "{{" else -1].strip("-+ \t\r\n" if marks == "{{" else " \t\r\n")
        return "ph_" + sha256_hex(f"{marks}{inner}".encode("utf-8", "surrogatepass"))[:20]

    return PLACEHOLDER.sub(name, text)


def _refuse_bombs(tokens: list[Any]) -> None:
    """Refuse what would nest deeper than any stack allows, before a parser written in C sees it."""
    if len(tokens) > MAX_TOKENS:
        raise _NotParsed(f"more than {MAX_TOKENS} tokens")
    from sqlglot.tokenizer_core import TokenType

    opening = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
    closing = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}
    arrowlike = {TokenType.ARROW, TokenType.FARROW, TokenType.DARROW}
    operands = {TokenType.VAR, TokenType.NUMBER, TokenType.STRING, TokenType.IDENTIFIER, TokenType.COMMA, *closing}
    frames: list[int] = []
    run = 0
    arrows = subscripts = 0
    for token in tokens:
        kind = token.token_type
        arrows += kind in arrowlike
        subscripts += kind is TokenType.L_BRACKET
        if kind in opening:
            frames.append(run + 1)
            run = 0
        elif kind in closing:
            run = 0
            if frames:
                frames.pop()
        else:
            run = 0 if kind in operands else run + 1
        if sum(frames) + run > MAX_NESTING or max(arrows, subscripts) > MAX_NESTING:
            raise _NotParsed(f"nested deeper than {MAX_NESTING} levels")


@contextmanager
def _quiet_and_deep() -> Iterator[None]:
    """Keep sqlglot's log off the screen, and let its pure form nest as deep as its compiled one."""
    import logging

    log = logging.getLogger("sqlglot")
    was_disabled, limit = log.disabled, sys.getrecursionlimit()
    log.disabled = True
    sys.setrecursionlimit(max(limit, 20_000))
    try:
        yield
    finally:
        log.disabled = was_disabled
        sys.setrecursionlimit(limit)


def _parse(engine: Dialect, text: str, statement: bool) -> list[exp.Expr]:
    from sqlglot import ErrorLevel, exp
    from sqlglot.errors import SqlglotError

    source = text if statement else f"SELECT (\n{text}\n)"
    try:
        roots = engine.parse(source, error_level=ErrorLevel.IMMEDIATE)
    except (SqlglotError, *_ESCAPING) as problem:
        raise _NotParsed(str(problem).partition("\n")[0] or "not SQL") from problem
    found = [root for root in roots if root is not None and not isinstance(root, exp.Semicolon)]
    if not found or (len(found) > 1 and not statement):
        raise _NotParsed("not one expression")
    if statement:
        return found
    select = found[0]
    columns = select.expressions
    others = [name for name, value in select.args.items() if name != "expressions" and value]
    if not isinstance(select, exp.Select) or others or len(columns) != 1:
        raise _NotParsed("not one expression")
    column = columns[0]
    if (
        not isinstance(column, (exp.Paren, exp.Subquery))
        or column.args.get("alias")
        or isinstance(column.this, exp.Alias)
    ):
        raise _NotParsed("not one expression")
    return [column]


class _Reader:
    """Reads one tree of sqlglot into ours; the identifiers of that tree are normalised in place first."""

    def __init__(self, engine: Dialect, root: exp.Expr, exact_sums: bool) -> None:
        from sqlglot import exp

        self._engine = engine
        self._name = type(engine).__name__.lower()
        self._root = root
        self._ordered_sums = exact_sums or self._name in PLUS_IS_TEXT
        self._ordered_equals = not isinstance(root, (exp.Query, exp.Paren, exp.Condition))
        for node in root.walk():
            if isinstance(node, exp.Command):
                raise _NotParsed("a command, not a query")
            if isinstance(node, exp.Identifier):
                engine.normalize_identifier(node)
        self._aliases = _private_aliases(root)

    def tree(self) -> Node:
        return self._node(self._root, 0)

    def _node(self, node: exp.Expr, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _NotParsed(f"a tree deeper than {MAX_DEPTH} levels")
        kind = type(node).__name__
        if kind == "Paren":
            return self._node(node.this, depth + 1)
        if kind in FLATTENED:
            ordered = self._ordered_sums and kind in {"Add", "Mul"}
            return flat(kind, [self._node(item, depth + 1) for item in _operands(node)], ordered=ordered)
        special = _SPECIAL.get(kind)
        if special is not None:
            return special(self, node, depth)
        return make_of(kind, self._args(node, depth), ordered=self._ordered_equals)

    def _args(self, node: exp.Expr, depth: int, drop: frozenset[str] = frozenset()) -> list[tuple[str, Value]]:
        found: list[tuple[str, Value]] = []
        for name, value in node.args.items():
            if name not in drop and value is not None and value is not False and value != []:
                found.append((name, self._value(value, depth)))
        return found

    def _value(self, value: Any, depth: int) -> Value:
        from sqlglot import exp

        if isinstance(value, exp.Expr):
            return self._node(value, depth + 1)
        if isinstance(value, (list, tuple)):
            return tuple([self._value(item, depth) for item in value if item is not None])
        if isinstance(value, (bool, int)):
            return value
        return str(getattr(value, "value", value))

    def _identifier(self, node: exp.Expr, _depth: int) -> Node:
        name = str(node.this)
        where = (type(node.parent).__name__, node.arg_key)
        if where in _ALIAS_PLACES and name in self._aliases:
            name = self._aliases[name]
        return make_of("Identifier", [("this", name)])

    def _anonymous(self, node: exp.Expr, depth: int) -> Node:
        args = dict(self._args(node, depth))
        if isinstance(node.this, str) and self._name not in CASE_SENSITIVE_FUNCTIONS:
            args["this"] = node.this.upper()
        return make_of(type(node).__name__, args.items())

    def _coalesce(self, node: exp.Expr, depth: int) -> Node:
        return make_of("Coalesce", self._args(node, depth, frozenset({"is_nvl", "is_null"})))

    def _interval(self, node: exp.Expr, depth: int) -> Node:
        args = dict(self._args(node, depth))
        unit = args.get("unit")
        if isinstance(unit, Node) and unit.kind == "Var":
            name = unit.text().upper()
            args["unit"] = make_of("Var", [("this", name[:-1] if name.endswith("S") else name)])
        return make_of("Interval", args.items())


_SPECIAL: Final = {
    "Identifier": _Reader._identifier,
    "Anonymous": _Reader._anonymous,
    "AnonymousAggFunc": _Reader._anonymous,
    "Coalesce": _Reader._coalesce,
    "Interval": _Reader._interval,
}
_ALIAS_PLACES: Final = frozenset({("Column", "table"), ("TableAlias", "this"), ("Table", "this")})


def _operands(node: exp.Expr) -> list[exp.Expr]:
    """Return the operands of a chain of one operator, left to right, however it was bracketed."""
    kind = type(node)
    found: list[exp.Expr] = []
    waiting = [node]
    while waiting:
        item = waiting.pop()
        inside = item
        while type(inside).__name__ == "Paren":
            inside = inside.this
        if type(inside) is kind:
            waiting.append(inside.expression)
            waiting.append(inside.this)
        else:
            found.append(inside)
    return found


def _private_aliases(root: exp.Expr) -> dict[str, str]:
    """Return new names, by order of appearance, for table aliases that nothing else could be confused with."""
    from sqlglot import exp

    order: list[str] = []
    taken: set[str] = set()
    with_names: set[str] = set()
    for node in root.walk(bfs=False):
        if isinstance(node, exp.TableAlias) and isinstance(node.this, exp.Identifier):
            taken.update([node.this.this] if node.this.this in order else [])
            order.append(node.this.this)
            if isinstance(node.parent, exp.CTE):
                with_names.add(node.this.this)
        elif isinstance(node, exp.Column) and not node.args.get("table"):
            taken.add(node.name)
    for node in root.find_all(exp.Table):
        if node.name not in with_names or node.args.get("db"):
            taken.add(node.name)
    return {name: f"\x00{number}" for number, name in enumerate(order) if name not in taken}


def _ambiguous_names(engine: Dialect, tokens: list[Any]) -> str:
    """Return the names of functions where sqlglot gives several different ones the same node, else nothing."""
    from sqlglot.tokenizer_core import TokenType

    known = engine.parser_class.FUNCTIONS
    used: list[str] = []
    for token, following in pairwise(tokens):
        name = str(token.text).upper()
        if following.token_type is TokenType.L_PAREN and name in known and name not in SPELLED_OTHERWISE:
            used.append(SAME_FUNCTION.get(name, name))
    distinct = sorted(set(used))
    if not distinct:
        return ""
    builders = [known[name] for name in distinct if name in known]
    clash = any(one == other for at, one in enumerate(builders) for other in builders[:at])
    return "|" + ",".join(used if clash else distinct)


def _token_key(tokens: list[Any]) -> str:
    if not tokens:
        return ""
    return "tokens:" + "".join([f"{token.token_type.name}{len(token.text)}:{token.text}" for token in tokens])
