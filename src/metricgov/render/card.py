"""One definition as a card for readers and as JSON; its YAML is the file itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from metricgov.domain.cards import DefinitionCard, Held, OpenChange
from metricgov.domain.digest import JSON
from metricgov.render.calculation import calculation_lines, labelled, sql_lines
from metricgov.render.inline import words_of
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, day_words, ink, time_words

FORMAT = 1

HEAD = frozenset({"kind", "name", "title", "version", "status", "effective_from", "description", "domain"})
BLOCKS = frozenset({"calculation", "kpi", "used_in"})
TRAITS = ("unit", "direction", "category", "family", "indicator")
"""Short words of a metric that share one line."""
LAST = ("consulted", "informed", "tags")
NEEDS = {
    "rebase": "gets a new base when values move",
    "keep_old": "keeps the old definition when values move",
    "tell": "is told when values move",
}
WORDY = ("description", "title")
"""Fields of an item that come last, because they are sentences."""

KEYS = ("name", "id", "metric", "base", "match", "paths")
"""What names an item of a list, by its first field that is there."""


def card_text(card: DefinitionCard, *, screen: Screen | None = None) -> str:
    """Return a definition for readers: head, words, calculation, target, consumers, open changes."""
    screen = screen or Screen()
    lines = [*_head(card, screen), ""]
    if card.data is None:
        return screen.text([*lines, *_owner(card, screen), "", *_raw(card.text)])
    if isinstance(card.data.get("description"), str):
        lines += [*screen.wrap(words_of(card.data["description"])), ""]
    lines += [*_owner(card, screen), *_fields(card.data, screen)]
    calculation = card.data.get("calculation")
    if isinstance(calculation, Mapping):
        lines += ["", screen.rule("Calculation"), *calculation_lines(calculation, screen)]
    kpi = card.data.get("kpi")
    if isinstance(kpi, Mapping):
        lines += ["", screen.rule("KPI"), *_kpi(kpi, card.data, screen)]
    used = card.data.get("used_in")
    if isinstance(used, list | tuple) and used:
        lines += ["", screen.rule("Used in"), *_consumers(used, screen)]
    if card.open_changes:
        lines += ["", screen.rule("Open changes"), *_changes(card.open_changes, screen)]
    return screen.text(lines)


def _head(card: DefinitionCard, screen: Screen) -> list[str]:
    data = card.data or {}
    title = words_of(data["title"]) if isinstance(data.get("title"), str) else clean(card.id.partition(":")[2])
    status = clean(str(data.get("status") or ""))
    look = Ink.ADDED if status == "active" else Ink.WARN
    right = " · ".join(filter(None, ["KPI" if "kpi" in data and card.id.startswith("metric:") else "", status]))
    lines = screen.ends(ink(title, Ink.BOLD), ink(right, look))
    parts = [clean(card.id), clean(str(data.get("version") or ""))]
    parts += [f"data from {day_words(str(data['effective_from']))}"] if data.get("effective_from") else []
    lines += screen.wrap("  ".join(filter(None, parts)), rest="  ")
    lines += screen.wrap(ink(clean(card.path), Ink.DIM), rest="  ")
    return lines + (_held(card.held, screen) if card.held else [])


def _held(held: Held, screen: Screen) -> list[str]:
    until = f" until {day_words(held.until)} (exclusive)" if held.until else ""
    since = f"from {day_words(held.since)}" if held.since else "from the beginning"
    known = f", known since {time_words(held.known)}" if held.known else ""
    asked = f"held on {day_words(held.day)}" if held.day else "held"
    said = f"{asked}: {since}{until}{known}; says {clean(held.by)}"
    return screen.wrap(ink(said, Ink.WORDS), rest="  ")


def _owner(card: DefinitionCard, screen: Screen) -> list[str]:
    said = clean(card.owner) or clean(card.note) or "nobody"
    return labelled("owner", said + (f" (deputy {clean(card.deputy)})" if card.deputy else ""), screen)


def _raw(text: bytes) -> list[str]:
    return [clean(line) if line.strip() else "" for line in text.decode("utf-8", "replace").splitlines()]


def _fields(data: Mapping[str, JSON], screen: Screen) -> list[str]:
    """Return every field that has no block of its own, in the order of the file; people and tags last."""
    lines: list[str] = []
    traits = [key for key in TRAITS if isinstance(data.get(key), str)]
    if traits:
        lines += labelled("measured in", " · ".join(words_of(data[key]).replace("_", " ") for key in traits), screen)
    plain = [key for key in data if key not in HEAD | BLOCKS and key not in (*LAST, *traits)]
    for key in (*plain, *(key for key in LAST if key in data)):
        value = data[key]
        if isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
            lines += labelled(key, "", screen)
            lines += [line for one in value for line in _item(one, screen)]
        elif isinstance(value, str) and "\n" in value.strip():
            lines += [*labelled(key, "", screen), *sql_lines(value, screen)]
        elif isinstance(value, list | tuple) and key == "steps":
            lines += labelled(key, "", screen)
            for number, one in enumerate(value, 1):
                lines += screen.wrap(words_of(one), f"    {number}. ")
        else:
            lines += labelled(key, _said(value), screen)
    return lines


def _said(value: JSON) -> str:
    """Return a value in words: a block as `key value` pairs, joined by semicolons where one holds commas."""
    if isinstance(value, Mapping):
        pairs = [f"{clean(key).replace('_', ' ')} {_said(inner)}" for key, inner in value.items()]
        return ("; " if any(isinstance(inner, list | tuple | Mapping) for inner in value.values()) else ", ").join(
            pairs
        )
    return words_of(value)


def _item(value: JSON, screen: Screen) -> list[str]:
    if not isinstance(value, Mapping):
        return screen.wrap(words_of(value), "    ")
    key = next((key for key in KEYS if key in value), "")
    name = _said(value[key]) if key else ""
    rest = [
        _pair(inner, item) for inner, item in sorted(value.items(), key=lambda one: one[0] in WORDY) if inner != key
    ]
    return screen.wrap(f"{ink(name, Ink.BOLD)}  {' · '.join(rest)}".strip(), "    ", "      ")


def _pair(key: str, value: JSON) -> str:
    if key in ("type", "description", "title"):
        return words_of(value)
    if isinstance(value, bool):
        return clean(key) if value else f"not {clean(key)}"
    return f"{clean(key).replace('_', ' ')} {_said(value)}"


def _kpi(kpi: Mapping[str, JSON], data: Mapping[str, JSON], screen: Screen) -> list[str]:
    lines = [line for label, text in _kpi_rows(kpi, data) for line in labelled(label, text, screen)]
    known = ("objective", "tier", "supports", "guards", "target", "baseline", "benchmark", "thresholds")
    return lines + [line for key in kpi if key not in known for line in labelled(key, _said(kpi[key]), screen)]


def _kpi_rows(kpi: Mapping[str, JSON], data: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    unit = words_of(data["unit"]) if isinstance(data.get("unit"), str) else ""
    if "objective" in kpi:
        yield "objective", f"{words_of(kpi['objective'])} ({words_of(kpi.get('tier', 'supporting'))})"
    target = kpi.get("target")
    if isinstance(target, Mapping):
        by = f" by {day_words(str(target['by']))}" if "by" in target else ""
        kind = words_of(target.get("kind", "absolute")).replace("_", " ")
        same = f" {words_of(target['same_as'])}" if "same_as" in target else ""
        yield "target", f"{_valued(target, unit)}{by} ({kind}{same})"
    for key in ("baseline", "benchmark"):
        found = kpi.get(key)
        if isinstance(found, Mapping):
            day = f" on {day_words(str(found['as_of']))}" if "as_of" in found else ""
            source = f", {words_of(found['source'])}" if "source" in found else ""
            yield key, f"{_valued(found, unit)}{day}{source}"
    levels = kpi.get("thresholds")
    if isinstance(levels, Mapping):
        side = {"up_is_better": "below ", "down_is_better": "above "}.get(str(data.get("direction")), "at ")
        yield "thresholds", ", ".join(f"{clean(key)} {side}{words_of(value)}" for key, value in levels.items())
    for key in ("supports", "guards"):
        if key in kpi:
            yield ("guarded by" if key == "guards" else key), words_of(kpi[key])


def _valued(block: Mapping[str, JSON], unit: str) -> str:
    return f"{words_of(block.get('value'))} {unit}".strip()


def _consumers(used: Sequence[JSON], screen: Screen) -> list[str]:
    lines: list[str] = []
    for one in used:
        if not isinstance(one, Mapping):
            lines += screen.wrap(words_of(one), "  ")
            continue
        owner = f" ({words_of(one['owner'])})" if "owner" in one else ""
        need = str(one.get("on_change", "tell"))
        says = f"{words_of(one.get('name'))}{owner}: {NEEDS.get(need, clean(need))}"
        lines += labelled(str(one.get("kind", "")), says, screen)
        lines += labelled("", ink(words_of(one["url"]), Ink.DIM), screen) if "url" in one else []
    return lines


def _changes(changes: Sequence[OpenChange], screen: Screen) -> list[str]:
    lines: list[str] = []
    for one in changes:
        head = f"{ink(clean(one.label), Ink.BOLD)}  {clean(one.state).replace('_', ' ')}, by {clean(one.author)}"
        lines += screen.wrap(head, "  ", "    ")
        lines += screen.wrap(f'"{clean(one.why)}"', "    ") if one.why else []
    return lines


def card_json(card: DefinitionCard) -> str:
    """Return `show --json`: the facts around a definition, and its mapping as the file holds it."""
    data = card.data or {}
    held: JSON = None
    if card.held:
        one = card.held
        held = {
            "day": one.day,
            "from": one.since or None,
            "to": one.until or None,
            "known_from": one.known or None,
            "change": one.label or None,
            "by": one.by,
        }
    changes: list[JSON] = [
        {"change": one.change, "label": one.label, "state": one.state, "author": one.author, "why": one.why}
        for one in card.open_changes
    ]
    body: dict[str, JSON] = {
        "id": card.id,
        "path": card.path,
        "commit": card.commit or None,
        "title": data.get("title"),
        "version": data.get("version"),
        "status": data.get("status"),
        "owner": card.owner or None,
        "deputy": card.deputy or None,
        "open_changes": changes,
        "held": held,
        "data": dict(data) if card.data is not None else None,
        "text": None if card.data is not None else card.text.decode("utf-8", "replace"),
    }
    return json_text({"format": FORMAT, "definition": body})
