"""The canonical form of a file, and edits of single fields that leave everything else as it was written."""

from __future__ import annotations

import re
from collections.abc import Mapping

from metricgov.adapters.yaml.emit import INDENT, WIDTH, block, flow, scalar, text_lines
from metricgov.adapters.yaml.layout import BLANK, Entry, Layout, Node, block_entries, layout
from metricgov.adapters.yaml.load import load
from metricgov.domain.definitions.fields import Field, fields, item_names
from metricgov.domain.definitions.kinds import NATIVE, Kind
from metricgov.domain.digest import JSON
from metricgov.domain.errors import BadInput, Place


def fmt(data: bytes, path: str) -> bytes:
    """Return the canonical form: keys in the order of the schema, comments kept, every value as it was."""
    before = load(data, path)
    found = layout(data.decode().replace("\r\n", "\n"))
    lines = _Canonical(before).file(found)
    done = ("\n".join(lines) + "\n").encode()
    if load(done, path) != before or _comments(found) != _comments(layout(done.decode())):
        raise BadInput(
            "fmt_unsafe",
            "this file cannot be formatted without changing what it says",
            hint="write multi-line values in block style (>- or |-)",
            place=Place(path),
        )
    return done


def _comments(found: Layout) -> list[str]:
    entries = list(block_entries(found.root))
    texts = [*found.header, *found.tail]
    for entry in entries:
        texts += [*entry.leading, entry.beside, *entry.after]
    return sorted(text for text in texts if text)


class _Canonical:
    """Writes one file in canonical form."""

    def __init__(self, data: Mapping[str, JSON]) -> None:
        kind = data.get("kind")
        self.known: Mapping[str, Field] = fields(Kind(kind)) if isinstance(kind, str) and kind in NATIVE else {}
        self.rank = {path: index for index, path in enumerate(self.known)} or {"kind": 0}

    def file(self, found: Layout) -> list[str]:
        """Return all lines."""
        body = self.entries(found.root, 0, "")
        lines = [*found.header, *body] if found.root.entries else ["{}"]
        lines += found.tail
        return _squeezed(lines)

    def entries(self, node: Node, indent: int, at: str) -> list[str]:
        """Return the lines of a block collection."""
        lines: list[str] = []
        pad = " " * indent
        ordered = self.ordered(node, at)
        for place, entry in enumerate(ordered):
            leading = entry.leading
            if place == 0 and leading[:1] == [BLANK]:
                leading = leading[1:]
            lines += [pad + text if text else text for text in leading]
            lines += self.entry(entry, indent, f"{at}.{entry.key}".lstrip(".") if node.is_map else f"{at}[]")
            lines += [pad + text if text else text for text in entry.after]
        return lines

    def ordered(self, node: Node, at: str) -> list[Entry]:
        """Return the entries of a mapping in the order of the schema, unknown ones last; of a list as they are."""
        if not node.is_map:
            return node.entries
        prefix = f"{at}." if at else ""
        return sorted(node.entries, key=lambda entry: self.rank.get(prefix + entry.key, len(self.rank)))

    def entry(self, entry: Entry, indent: int, at: str) -> list[str]:
        """Return the lines of one entry, without the comments around it."""
        prefix = f"{scalar(entry.key)}:" if entry.key or not at.endswith("[]") else "-"
        node, pad = entry.node, " " * indent
        tail = f"  {entry.beside}" if entry.beside else ""
        if node.is_scalar:
            if isinstance(node.value, str):
                return text_lines(prefix, node.value, indent, entry.beside)
            return [f"{pad}{prefix} {node.source or 'null'}{tail}"]
        if not node.entries or (node.flow and not self.holds_sql(node, at)):
            line = f"{pad}{prefix} {self.flow(node, at)}"
            if len(line) <= WIDTH or not node.entries:
                return [line + tail]
        lines = self.entries(node, indent + INDENT, at)
        if prefix == "-" and node.is_map and not tail and not self.ordered(node, at)[0].leading:
            return [f"{pad}- {lines[0].lstrip()}", *lines[1:]]
        return [f"{pad}{prefix}{tail}", *lines]

    def flow(self, node: Node, at: str) -> str:
        """Return a collection on one line; numbers keep their spelling."""
        if node.is_map:
            inner = (
                f"{scalar(entry.key, flow=True)}: {self.flow(entry.node, f'{at}.{entry.key}')}"
                for entry in self.ordered(node, at)
            )
            return "{" + ", ".join(inner) + "}"
        if node.is_list:
            return "[" + ", ".join(self.flow(entry.node, f"{at}[]") for entry in node.entries) + "]"
        return flow(node.value) if isinstance(node.value, str) else node.source or "null"

    def holds_sql(self, node: Node, at: str) -> bool:
        """Say whether a flow collection holds SQL, which stands in block style."""
        for entry in node.entries:
            inner = f"{at}.{entry.key}" if node.is_map else f"{at}[]"
            field = self.known.get(inner)
            if (field is not None and field.is_sql) or self.holds_sql(entry.node, inner):
                return True
        return False


def _squeezed(lines: list[str]) -> list[str]:
    """Return lines without empty ones at the ends; runs of them between comments become one."""
    while lines and not lines[0]:
        lines = lines[1:]
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


def set_fields(data: bytes, changes: Mapping[str, JSON]) -> bytes:
    """Return the file with fields set by dotted path, everything else as it was written; None removes a field.

    An item of a list is named by its key or its index: `people[ada].status`; `people[+]` puts the items
    of a list behind the last one.
    BadInput where a path does not fit the file.
    """
    text = data.decode().replace("\r\n", "\n")
    wanted = load(data, "")
    for path, value in changes.items():
        text = _set(text, path, value)
        wanted = _with(wanted, _steps(path), value)
    done = text.encode()
    if load(done, "") != wanted:
        raise BadInput(
            "edit_unsafe",
            f"{', '.join(changes)} cannot be set without changing other fields",
            hint="edit the file by hand",
        )
    return done


MORE = "[+]"
"""The step of a path that stands for items that are not there yet."""

_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")


def _steps(path: str) -> list[str]:
    return [name or f"[{item}]" for name, item in _STEP.findall(path)]


def _with(value: JSON, steps: list[str], new: JSON) -> dict[str, JSON]:
    if not isinstance(value, dict):
        raise BadInput("edit_unsafe", f"{steps[0]} stands in no block of fields", hint="edit the file by hand")
    step, rest = steps[0], steps[1:]
    changed = dict(value)
    if not rest:
        if new is None:
            changed.pop(step, None)
        else:
            changed[step] = new
        return changed
    if rest[0].startswith("["):
        items = list(value.get(step) or [])
        if rest == [MORE]:
            changed[step] = [*items, *_items(new)]
            return changed
        index = _index(items, rest[0])
        if len(rest) == 1:
            items[index : index + 1] = [] if new is None else [new]
        else:
            items[index] = _with(items[index], rest[1:], new)
        changed[step] = items
        return changed
    if new is None and step not in value:
        return changed
    changed[step] = _with(value.get(step, {}), rest, new)
    return changed


def _index(items: list[JSON], step: str) -> int:
    label = step[1:-1]
    for field in _KEYED:
        names = item_names(field, items)
        if label in names:
            return names.index(label)
    raise BadInput("edit_unsafe", f"there is no item {label}", hint="edit the file by hand")


_KEYED = tuple({field.key: field for kind in NATIVE for field in fields(kind).values() if field.key}.values())


def _set(text: str, path: str, value: JSON) -> str:
    found = layout(text)
    node, steps = found.root, _steps(path)
    owners: list[Entry] = []
    while steps:
        entry = _child(node, steps[0])
        if entry is None:
            break
        owners.append(entry)
        node, steps = entry.node, steps[1:]
    if not steps:
        return _remove(text, owners) if value is None else _replace(text, owners, value)
    if value is None:
        return text
    if steps == [MORE] and node.is_list:
        return _append(text, node, value)
    if any(step.startswith("[") for step in steps) or not node.is_map:
        raise BadInput("edit_unsafe", f"{path} does not fit the file", hint="edit the file by hand")
    for step in reversed(steps[1:]):
        value = {step: value}
    return _insert(found, node, owners, steps[0], value, path)


def _child(node: Node, step: str) -> Entry | None:
    if step.startswith("["):
        if not node.is_list or step == MORE:
            return None
        return node.entries[_index([entry.node.value for entry in node.entries], step)]
    return next((entry for entry in node.entries if entry.key == step), None) if node.is_map else None


def _replace(text: str, owners: list[Entry], value: JSON) -> str:
    entry = owners[-1]
    node = entry.node
    in_flow = any(owner.node.flow for owner in owners[:-1])
    is_scalar = not isinstance(value, dict | list | tuple)
    if in_flow:
        return text[: node.start] + flow(value) + text[node.end :]
    one_line = "\n" not in text[node.start : node.end]
    if node.is_scalar and is_scalar and one_line and node.end > node.start:
        written = scalar(value)
        if "\n" not in written and text[node.start] not in "|>":
            return text[: node.start] + written + text[node.end :]
    prefix = "-" if not entry.key else f"{scalar(entry.key)}:"
    lines = block(prefix, value, entry.column)
    if entry.beside and len(lines) == 1:
        lines[0] += f"  {entry.beside}"
    elif entry.beside:
        lines.insert(0, " " * entry.column + entry.beside)
    stop = text.find("\n", max(node.end, entry.start))
    stop = len(text) if stop < 0 else stop
    return text[: entry.start] + "\n".join(lines).lstrip(" ") + text[stop:]


def _items(value: JSON) -> list[JSON]:
    if not isinstance(value, list):
        raise BadInput("edit_unsafe", "only a list is put behind a list", hint="edit the file by hand")
    return value


def _append(text: str, node: Node, value: JSON) -> str:
    """Write more items, in the style of the one before them."""
    assert isinstance(node.value, list)
    if node.flow or not node.entries:
        return text[: node.start] + flow([*node.value, *_items(value)]) + text[node.end :]
    last = node.entries[-1]
    lines: list[str] = []
    for item in _items(value):
        in_flow = f"{' ' * last.column}- {flow(item)}"
        lines += [in_flow] if last.node.flow and len(in_flow) <= WIDTH else block("-", item, last.column)
    stop = text.find("\n", max(last.node.end, last.start))
    stop = len(text) if stop < 0 else stop
    return text[:stop] + "\n" + "\n".join(lines) + text[stop:]


def _remove(text: str, owners: list[Entry]) -> str:
    entry = owners[-1]
    if any(owner.node.flow for owner in owners[:-1]):
        parent = owners[-2].node
        left = _without(parent.value, entry)
        return text[: parent.start] + flow(left) + text[parent.end :]
    begin = text.rfind("\n", 0, entry.start) + 1
    if text[begin : entry.start].strip():
        raise BadInput("edit_unsafe", f"{entry.key} stands behind a dash", hint="edit the file by hand")
    stop = text.find("\n", max(entry.node.end, entry.start))
    stop = len(text) if stop < 0 else stop + 1
    return text[:begin] + text[stop:]


def _without(value: JSON, entry: Entry) -> JSON:
    if isinstance(value, dict):
        return {key: inner for key, inner in value.items() if key != entry.key}
    assert isinstance(value, list)
    return [inner for inner in value if inner is not entry.node.value]


def _insert(found: Layout, node: Node, owners: list[Entry], key: str, value: JSON, path: str) -> str:
    text = found.text
    if node.flow or not node.entries:
        assert isinstance(node.value, dict)
        if not owners:
            return "\n".join(block(f"{scalar(key)}:", value, 0)) + "\n"
        return text[: node.start] + flow({**node.value, key: value}) + text[node.end :]
    kind = found.root.value.get("kind") if isinstance(found.root.value, dict) else None
    known = list(fields(Kind(kind))) if isinstance(kind, str) and kind in NATIVE else []
    parent = _parent_of(path, key)
    rank = {name: index for index, name in enumerate(known)}
    mine = rank.get(f"{parent}.{key}" if parent else key, len(rank))
    before = [entry for entry in node.entries if rank.get(f"{parent}.{entry.key}".lstrip("."), len(rank)) <= mine]
    column = node.entries[0].column
    lines = "\n".join(block(f"{scalar(key)}:", value, column))
    if not before:
        at = node.entries[0].start
        return text[:at] + lines.lstrip(" ") + "\n" + " " * column + text[at:]
    last = before[-1]
    stop = text.find("\n", max(last.node.end, last.start))
    if stop < 0:
        return text + "\n" + lines + "\n"
    return text[:stop] + "\n" + lines + text[stop:]


def _parent_of(path: str, key: str) -> str:
    """Return the pattern of the block that gets the key."""
    steps = _steps(path)
    upto = steps[: steps.index(key)]
    return "".join("[]" if step.startswith("[") else f".{step}" for step in upto).lstrip(".")
