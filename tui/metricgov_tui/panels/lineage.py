"""Lineage as a tree with two roots, computed from and used by; what is not opened is not asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rich.text import Text

from metricgov.domain.definitions.kinds import Kind
from metricgov.render.kit import clean
from metricgov_tui.lines import Line
from metricgov_tui.panels.parts import cut

if TYPE_CHECKING:
    from metricgov.domain.reading_views import Lineage, Neighbour
    from metricgov_tui.look import Look

FROM, BY = "computed from", "used by"
SIDES: Final = (FROM, BY)
STEP: Final = " > "
"""Between the steps of a key; no id has it."""

DEEPEST: Final = 12

KINDS: Final = frozenset(kind.value for kind in Kind)


@dataclass
class Tree:
    """A definition in the middle, and which of its neighbours are open: keys are a side and the ids on the way."""

    centre: str
    known: dict[str, Lineage] = field(default_factory=dict)
    opened: set[str] = field(default_factory=lambda: set(SIDES))

    def at(self, centre: str) -> Tree:
        """Return the tree around another definition; what is known stays known."""
        return Tree(centre, self.known)


def id_at(key: str) -> str:
    """Return the definition that a key stands for, "" for a root or for something outside of the registry."""
    last = key.rpartition(STEP)[2]
    return last if STEP in key and last.partition(":")[0] in KINDS else ""


def parent_of(key: str) -> str:
    """Return the key above, "" for a root."""
    return key.rpartition(STEP)[0]


def side_of(key: str) -> str:
    """Return the root that a key hangs from."""
    return key.partition(STEP)[0]


def can_open(tree: Tree, key: str) -> bool:
    """Say whether something hangs, or may hang, below a key."""
    if key in SIDES:
        return True
    one = id_at(key)
    if not one or _looped(key) or key.count(STEP) >= DEEPEST:
        return False
    known = tree.known.get(one)
    return known is None or bool(_neighbours(known, side_of(key)))


def lineage_lines(tree: Tree, width: int, look: Look, *, error: str = "") -> list[Line]:
    """Return the tree as far as it is open."""
    name = clean(tree.centre.removeprefix("metric:"))
    found = [Line(Text(f"{cut(name, width - 2, look)}", style="title"))]
    if error:
        found.append(Line(Text(f"{error}", style="grave")))
    for side in SIDES:
        found += _node(tree, side, tree.centre, side, width, look)
    return found


def _node(tree: Tree, key: str, definition: str, side: str, width: int, look: Look) -> Iterator[Line]:
    known = tree.known.get(definition)
    count = f" {len(_neighbours(known, side))}" if known is not None else f" {look.ellipsis}"
    is_open = key in tree.opened
    sign = look.opened if is_open else look.closed
    yield Line(Text(f"{sign} {side}{count}", style="bold"), key, f"{side},{count}, {'open' if is_open else 'closed'}")
    if is_open and known is not None:
        yield from _below(tree, key, known, side, width, look)


def _below(tree: Tree, key: str, known: Lineage, side: str, width: int, look: Look) -> Iterator[Line]:
    for one in _neighbours(known, side):
        inner = f"{key}{STEP}{one.id}"
        is_open = inner in tree.opened
        yield _line(tree, inner, one, width, look, is_open=is_open)
        further = tree.known.get(one.id)
        if not is_open:
            continue
        if further is None:
            yield Line(Text(f"{' ' * (2 + 2 * inner.count(STEP))}{look.ellipsis}", style="dim"))
        else:
            yield from _below(tree, inner, further, side, width, look)


def _line(tree: Tree, key: str, one: Neighbour, width: int, look: Look, *, is_open: bool) -> Line:
    depth = key.count(STEP)
    openable = can_open(tree, key) and bool(one.more or is_open or one.id.startswith("metric:"))
    sign = (look.opened if is_open else look.closed) if openable else look.dot
    kind, _, name = one.id.partition(":")
    inside = kind in KINDS and bool(name)
    said = clean(name) if inside else clean(one.id)
    before = (f"{kind} " if kind != Kind.METRIC else "") if inside else f"{clean(one.relation)} "
    after = clean(one.version) if inside else ""
    note = "missing on main" if not one.there else "named only" if one.relation == "uses" and inside else ""
    owner = clean(one.owner)
    lead = " " * (2 * depth)
    room = width - len(lead) - 3 - len(before) - len(after) - 1
    shown = cut(said, max(8, room), look)
    text = Text(f"{lead}{sign} ", style="text")
    text.append(before, "dim")
    text.append(shown, "grave" if not one.there else None)
    for extra, style in ((after, "dim"), (note, "warn" if not one.there else "dim"), (owner, "dim")):
        if extra and text.cell_len + len(extra) + 3 <= width:
            text.append(f"  {extra}", style)
    state = ("open" if is_open else "closed") if openable else ""
    spoken = ", ".join(filter(None, [before.strip(), said.replace("_", " "), after, note, owner, state]))
    return Line(text, key, spoken)


def _neighbours(known: Lineage, side: str) -> tuple[Neighbour, ...]:
    return known.computed_from if side == FROM else known.used_by


def _looped(key: str) -> bool:
    steps = key.split(STEP)[1:]
    return len(steps) != len(set(steps))


def open_words(tree: Tree, known: Mapping[str, Lineage]) -> str:
    """Return the tree in one sentence, for the message row."""
    found = known.get(tree.centre)
    if found is None:
        return ""
    return f"{len(found.computed_from)} on the way in, {len(found.used_by)} on the way out. Enter makes one the centre."
