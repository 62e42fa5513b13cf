"""Canonical SQL trees: nodes built so that equal meaning gives equal keys. How text becomes a tree is in `sql`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = "Node | str | bool | int | tuple[Value, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One node: the name of its kind, its arguments by name, and a key that holds all of both.

    Nodes are equal exactly when their keys are. The key is a notation of the tree, never SQL.
    """

    kind: str
    args: tuple[tuple[str, Value], ...]
    key: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def get(self, name: str) -> Value | None:
        """Return an argument, None where the node has none of that name."""
        for held, value in self.args:
            if held == name:
                return value
        return None

    def child(self, name: str) -> Node | None:
        """Return an argument that is a node, else None."""
        value = self.get(name)
        return value if isinstance(value, Node) else None

    def items(self, name: str = "expressions") -> tuple[Node, ...]:
        """Return the nodes of a list argument, in order."""
        value = self.get(name)
        return tuple([item for item in value if isinstance(item, Node)]) if isinstance(value, tuple) else ()

    def text(self, name: str = "this") -> str:
        """Return an argument that is text, else nothing."""
        value = self.get(name)
        return value if isinstance(value, str) else ""


FLATTENED = frozenset({"And", "Or", "Add", "Mul"})
SETS = frozenset({"And", "Or"})
SYMMETRIC = frozenset({"EQ", "NEQ", "NullSafeEQ", "NullSafeNEQ"})
MIRRORED = {"GT": "LT", "GTE": "LTE"}


def make(kind: str, **args: Value | None) -> Node:
    """Return the node of this kind, normalised at its top; its children must be canonical already."""
    return make_of(kind, [(name, value) for name, value in args.items() if value is not None])


def make_of(kind: str, args: Iterable[tuple[str, Value]], *, ordered: bool = False) -> Node:
    """Return a canonical node; `ordered` keeps operands of `=`, + and * where their order is meaning."""
    held = dict(args)
    if kind == "Paren" and isinstance(held.get("this"), Node):
        return held["this"]  # type: ignore[return-value]  # narrowed by the line above
    if kind in FLATTENED and "expressions" not in held:
        operands = [held.pop("this"), held.pop("expression")]
        return flat(kind, [item for item in operands if isinstance(item, Node)], ordered=ordered)
    if kind in FLATTENED:
        return flat(kind, _nodes(held["expressions"]), ordered=ordered)
    if kind in MIRRORED:
        kind = MIRRORED[kind]
        held["this"], held["expression"] = held["expression"], held["this"]
    if kind in SYMMETRIC and not ordered and {"this", "expression"} <= held.keys():
        held["this"], held["expression"] = sorted((held["this"], held["expression"]), key=value_key)
    if kind == "In" and isinstance(held.get("expressions"), tuple):
        held["expressions"] = tuple(_distinct(_nodes(held["expressions"])))
    return _node(kind, sorted(held.items()))


def flat(kind: str, operands: Iterable[Node], *, ordered: bool = False) -> Node:
    """Return AND, OR, + or * of operands: nested ones joined, sorted, and for AND and OR without repeats."""
    joined: list[Node] = []
    for operand in operands:
        joined.extend(operand.items() if operand.kind == kind else [operand])
    if kind in SETS:
        joined = _distinct(joined)
    elif not ordered and not any(_is_texty(item) for item in joined):
        joined.sort(key=_key)
    if len(joined) == 1:
        return joined[0]
    return _node(kind, [("expressions", tuple(joined))])


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything under it, parents first, in order."""
    waiting: list[Value] = [node]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Node):
            yield value
            waiting.extend(reversed([item for _, item in value.args]))
        elif isinstance(value, tuple):
            waiting.extend(reversed(value))


def rewrite(node: Node, step: Callable[[Node], Node]) -> Node:
    """Return the tree with `step` applied to every node, children first, and normalised again."""

    def inner(value: Value) -> Value:
        if isinstance(value, Node):
            return rewrite(value, step)
        if isinstance(value, tuple):
            return tuple([inner(item) for item in value])
        return value

    return step(make_of(node.kind, [(name, inner(value)) for name, value in node.args]))


def value_key(value: Value) -> str:
    """Return a notation in which no two different values are written alike."""
    if isinstance(value, Node):
        return value.key
    if isinstance(value, tuple):
        return "[" + "".join([value_key(item) for item in value]) + "]"
    written = str(value)
    return f"{type(value).__name__[0]}{len(written)}:{written}"


def literal(node: Node | None) -> str | None:
    """Return the text of a literal, number or string; None for anything else."""
    return node.text() if node is not None and node.kind == "Literal" else None


def _node(kind: str, args: Iterable[tuple[str, Value]]) -> Node:
    held = tuple(args)
    body = "".join([f" {name}={value_key(value)}" for name, value in held])
    return Node(kind, held, f"({kind}{body})")


def _key(node: Node) -> str:
    return node.key


def _nodes(value: Value) -> list[Node]:
    return [item for item in value if isinstance(item, Node)] if isinstance(value, tuple) else []


def _distinct(nodes: Iterable[Node]) -> list[Node]:
    return [found for _, found in sorted({node.key: node for node in nodes}.items())]


def _is_texty(node: Node) -> bool:
    """Whether + may mean concatenation here, where order counts."""
    return (node.kind == "Literal" and bool(node.get("is_string"))) or node.kind in {"Array", "List", "Concat", "DPipe"}
