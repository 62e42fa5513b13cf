"""The registry as lines: the list of definitions, and the tabs of one: definition, who decides, versions, values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.text import Text

from metricgov.desk.searching import NAMES
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.kinds import Kind
from metricgov.domain.digest import JSON
from metricgov.domain.searched import Facets, Found
from metricgov.domain.views import DefinitionRow
from metricgov.render.changes import state_words
from metricgov.render.inline import words_of
from metricgov.render.kit import clean, day_words, plural
from metricgov_tui import words_registry as words
from metricgov_tui.lines import Line, Lines, Rows
from metricgov_tui.panels.parts import cut, labelled, valued, wrapped
from metricgov_tui.panels.requirements import requirement_lines

if TYPE_CHECKING:
    from metricgov.domain.cards import DefinitionCard
    from metricgov.domain.reading_views import SeriesView
    from metricgov.domain.views import WhoView
    from metricgov_tui.look import Look

TABS: Final = ("Definition", "Lineage", "Who", "Versions", "Values")

KPI_SIGN: Final = "K"
TITLES_FROM: Final = 80
"""Columns from which the list shows titles beside names."""

SHOWN_FACETS: Final = ("domain", "owner", "category", "status", "kpi")
"""Facets that are named whether they narrow or not."""


# the list


def facet_row(facets: Facets, sort: str) -> Text:
    """Return what the list is narrowed to."""
    chosen = facets.chosen
    row = Text(" ", style="text")
    for name in NAMES:
        if name not in chosen and name not in SHOWN_FACETS:
            continue
        row.append(f"{NAMES[name]} ", "dim")
        row.append(clean(chosen.get(name, "any")), "title" if name in chosen else "dim")
        row.append(" · ", "dim")
    row.right_crop(3)
    if sort != "name":
        row.append(f" · by {sort}", "dim")
    return row


def list_lines(found: Found, width: int, look: Look) -> Lines:
    """Return one line a definition, made when it is looked at."""
    rows = found.rows
    return Rows([one.id for one in rows], lambda place: _row(rows[place], place, len(rows), width, look))


def _row(row: DefinitionRow, place: int, total: int, width: int, look: Look) -> Line:
    kind, _, name = row.id.partition(":")
    shown = clean(name)
    version = clean(row.version) or ("" if kind != Kind.OPAQUE else "file")
    marks = (KPI_SIGN if row.kpi else "") + (look.open_change if row.open_change else "")
    kinds = "" if kind == Kind.METRIC else kind
    right = " ".join(filter(None, [kinds, marks or " ", f"{version:>5}"]))
    room = width
    text = Text(style="text")
    if row.problem:
        left = f"{look.error} {shown}  {clean(row.problem)}"
        text.append(cut(left, room - 1, look), "grave")
        return Line(text, row.id, f"{shown}, {clean(row.problem)}, {place + 1} of {total}")
    names = min(44, room // 2) if width >= TITLES_FROM else room - len(right) - 3
    style = "dim" if row.status in ("retired", "deprecated", "draft") else ""
    text.append(f"{cut(shown, names, look):<{names}}  ", style or None)
    if width >= TITLES_FROM:
        titles = room - names - len(right) - 5
        text.append(f"{cut(clean(row.title), titles, look):<{titles}}  ", "dim")
    text.append(kinds + (" " if kinds else ""), "dim")
    text.append(marks or " ", "warn" if row.open_change else "key")
    text.append(f" {version:>5}", "dim")
    return Line(text, row.id, _spoken(row, shown, place, total))


def _spoken(row: DefinitionRow, name: str, place: int, total: int) -> str:
    said = [
        name.replace("_", " "),
        row.id.partition(":")[0] if not row.id.startswith("metric:") else "",
        f"version {row.version}" if row.version else "",
        row.status if row.status != "active" else "",
        "KPI" if row.kpi else "",
        f"open change {row.open_change}" if row.open_change else "",
        f"{place + 1} of {total}",
    ]
    return ", ".join(filter(None, said))


def tab_row(tab: str, width: int) -> Text:
    """Return the tabs of the detail, the one that is shown in brackets."""
    gap = " " if width < 50 else "  "
    row = Text(" ", style="text")
    for one in TABS:
        row.append(f"[{one}]" if one == tab else one, "title" if one == tab else "text")
        row.append(gap)
    row.rstrip()
    return row


# one definition


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the definition under the cursor; None is asked for, an error is said in its place."""

    row: DefinitionRow
    card: DefinitionCard | None = None
    values: SeriesView | None = None
    error: str = ""


def definition_lines(about: About, me: str, width: int, look: Look) -> list[Line]:
    """Return a definition for reading: words first, then how it is computed, what it shall reach, who uses it."""
    row, card = about.row, about.card
    name = row.id.partition(":")[2]
    title = clean(row.title) or clean(name)
    found = wrapped(title, width, style="title")
    if not row.title or width < TITLES_FROM:
        found += wrapped(clean(name) if row.title else "", width, style="dim") if row.title else []
    if row.problem:
        found += wrapped(f"{look.error} {clean(row.problem)}", width, style="grave")
    if card is None:
        return [*found, *wrapped(about.error or look.ellipsis, width, style="grave" if about.error else "dim")]
    data = card.data or {}
    traits = [row.status, row.version, *(_word(data, key) for key in ("category", "family", "indicator"))]
    found += wrapped(f" {look.dot} ".join(filter(None, map(clean, [*traits, _way(data)]))), width, style="dim")
    owner = clean(card.owner) or clean(card.note) or "nobody"
    you = " (you)" if card.owner == me and me else ""
    deputy = f", deputy {clean(card.deputy)}" if card.deputy else ""
    domain = f"{clean(row.domain)} {look.dot} " if row.domain else ""
    found += [*wrapped(f"{domain}accountable {owner}{you}{deputy}", width), Line(Text())]
    if said := _word(data, "description"):
        found += [*wrapped(clean(said), width), Line(Text())]
    for label, text in _facts(data, look):
        found += labelled(label, text, width)
    found += _value(about, data, width)
    for one in card.open_changes:
        text = f"{clean(one.label)}  {state_words(one.state)}, by {clean(one.author)}"
        found += labelled("Open", text, width, style="warn", key=f"change {one.change}")
    found += _rest(data, width)
    if card.data is None:
        for line in card.text.decode("utf-8", "replace").splitlines()[:400]:
            found.append(Line(Text(clean(line)[: width - 1])))
    return found


def _way(data: Mapping[str, JSON]) -> str:
    return {
        "up_is_better": "up is better",
        "down_is_better": "down is better",
        "on_target_is_better": "on target is better",
    }.get(_word(data, "direction"), "")


def _facts(data: Mapping[str, JSON], look: Look) -> Iterator[tuple[str, str]]:
    if said := _word(data, "decision"):
        yield "Decides", clean(said)
    calculation = data.get("calculation")
    if isinstance(calculation, Mapping):
        yield from _calculation(calculation, look)
    kpi = data.get("kpi")
    if isinstance(kpi, Mapping):
        yield from _kpi(kpi, data)
    used = data.get("used_in")
    if isinstance(used, list | tuple) and used:
        kinds: dict[str, int] = {}
        for one in used:
            kind = _word(one, "kind") if isinstance(one, Mapping) else "use"
            kinds[kind] = kinds.get(kind, 0) + 1
        yield "Used in", ", ".join(plural(count, clean(kind)) for kind, count in kinds.items())


def _calculation(calculation: Mapping[str, JSON], look: Look) -> Iterator[tuple[str, str]]:
    kind = _word(calculation, "type")
    scale = calculation.get("scale")
    times = f", {look.times} {scale}" if scale not in (None, 1) else ""
    yield kind.capitalize() or "Computed", _formula(kind, calculation) + times
    source = _word(calculation, "source")
    time, grain = _word(calculation, "time"), _word(calculation, "grain")
    if source or time:
        by = f", by {clean(time)}" if time else ""
        yield "From", f"{clean(source)}{by}{f', per {clean(grain)}' if grain else ''}".lstrip(", ")
    if where := _word(calculation, "where"):
        yield "Where", clean(where)
    for part in ("numerator", "denominator", "measure", "base", "conversion"):
        block = calculation.get(part)
        if isinstance(block, Mapping) and (where := _word(block, "where")):
            yield f" {part[:9]}" if len(part) < 10 else " denom.", clean(where)


def _formula(kind: str, calculation: Mapping[str, JSON]) -> str:
    def side(name: str) -> str:
        block = calculation.get(name)
        if not isinstance(block, Mapping):
            return name
        if metric := _word(block, "metric"):
            return clean(metric)
        what = clean(_word(block, "expression")) or "rows"
        return f"{clean(_word(block, 'aggregate')).replace('_', ' ')} of {what}"

    match kind:
        case "ratio":
            return f"{side('numerator')} / {side('denominator')}"
        case "derived":
            return clean(_word(calculation, "expression"))
        case "simple":
            what = clean(_word(calculation, "expression")) or "rows"
            return f"{clean(_word(calculation, 'aggregate')).replace('_', ' ')} of {what}"
        case "sql":
            return "a query of its own"
        case _:
            return side("measure") if "measure" in calculation else side("base") if "base" in calculation else ""


def _kpi(kpi: Mapping[str, JSON], data: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    if "objective" in kpi:
        yield "KPI", f"{words_of(kpi['objective'])} ({words_of(kpi.get('tier', 'supporting'))})"
    target = kpi.get("target")
    if isinstance(target, Mapping):
        by = f" by {day_words(str(target['by']))}" if "by" in target else ""
        kind = words_of(target.get("kind", "absolute")).replace("_", " ")
        yield "Target", f"{words_of(target.get('value'))}{by} ({kind})"
    levels = kpi.get("thresholds")
    if isinstance(levels, Mapping):
        side = {"up_is_better": "below ", "down_is_better": "above "}.get(_word(data, "direction"), "at ")
        yield "Alarms", ", ".join(f"{clean(key)} {side}{words_of(value)}" for key, value in levels.items())


def _value(about: About, data: Mapping[str, JSON], width: int) -> list[Line]:
    """Return the newest stored value, never without the version that made it."""
    points = about.values.series.lines[0].observations if about.values and about.values.series.lines else ()
    last = next((one for one in reversed(points) if one.value is not None), None)
    if last is None or about.values is None:
        return []
    period = period_words(last.period, about.values.series.grain)
    said = f"{valued(last.value, _word(data, 'unit'))}  in {period}, by {clean(last.version)}"
    return labelled("Value", said, width)


TOLD: Final = frozenset({
    "kind", "name", "title", "version", "status", "description", "decision", "domain", "category", "family",
    "indicator", "direction", "calculation", "kpi", "used_in",
})  # fmt: skip


def _rest(data: Mapping[str, JSON], width: int) -> list[Line]:
    """Return every other field, so that nothing of a definition is hidden."""
    rest = [key for key in data if key not in TOLD]
    if not rest:
        return []
    found = [Line(Text())]
    for key in rest:
        label = clean(key).replace("_", " ")
        value = words_of(data[key])
        if len(label) < 10:
            found += labelled(label, value, width)
        else:
            found += [*wrapped(label, width, style="dim"), *wrapped(value, width, indent=" " * 10)]
    return found


def period_words(period: str, grain: str) -> str:
    """Return a period as people say it: `April 2026`, `Q2 2026`, `the week of 1 Jun 2026`."""
    match grain:
        case "month":
            return _month(period)
        case "quarter":
            return f"Q{(int(period[5:7]) + 2) // 3} {period[:4]}"
        case "year":
            return period[:4]
        case "week":
            return f"the week of {day_words(period[:10])}"
        case _:
            return day_words(period[:10])


def _month(period: str) -> str:
    from datetime import date

    return f"{date.fromisoformat(period[:10]):%B %Y}"


def _word(data: Mapping[str, JSON], field: str) -> str:
    found = data.get(field)
    return found if isinstance(found, str) else ""


# who


CLASSES: Final = (ChangeClass.EDITORIAL, ChangeClass.COMPATIBLE, ChangeClass.BREAKING)


def who_lines(views: Sequence[WhoView] | None, me: str, width: int, look: Look) -> list[Line]:
    """Return who would have to agree to a change that the reader writes, by its class."""
    if views is None:
        return [Line(Text(look.ellipsis, style="dim"))]
    found: list[Line] = []
    for view in views[-1:]:
        for role, people in (
            ("responsible", view.responsible),
            ("accountable", (view.accountable,) if view.accountable else ()),
            ("deputy", (view.deputy,) if view.deputy else ()),
            ("consulted", view.consulted),
            ("informed", view.informed),
        ):
            said = ", ".join(f"{clean(one)} (you)" if one == me else clean(one) for one in people)
            found += labelled(role, said or look.dash, width, at=13)
    for title, view in _by_what_is_asked(views):
        found += [Line(Text()), Line(title)]
        if view.gap:
            found += wrapped(f"GAP  nobody can agree: {clean(view.gap)}", width, style="grave")
        found += requirement_lines(view.requirements, width, look)
        if not view.requirements and not view.gap:
            found += wrapped("nobody else has to agree", width, style="dim")
    for said in dict.fromkeys(one for view in views for one in view.stand_ins):
        found += wrapped(clean(said), width, style="dim")
    return [*found, Line(Text()), *wrapped("As if you wrote the change: authors cannot agree.", width, style="dim")]


def _by_what_is_asked(views: Sequence[WhoView]) -> Iterator[tuple[Text, WhoView]]:
    """Yield what is asked, each once, with the classes for which it is."""
    asked: dict[tuple[object, ...], list[WhoView]] = {}
    for view in views:
        asked.setdefault((view.requirements, view.gap), []).append(view)
    for group in asked.values():
        title = Text(style="bold")
        for place, view in enumerate(group):
            grave = view.change_class in (ChangeClass.BREAKING, ChangeClass.UNKNOWN)
            title.append(", " if place else "")
            title.append(
                view.change_class.value.upper() if grave else view.change_class.value, "grave" if grave else None
            )
        yield title, group[0]


def nothing_lines(typed: str, found: Found, facets: Facets, width: int) -> list[Line]:
    """Return what the list says where it is empty."""
    return wrapped(words.nothing_matches(typed, found.closest, narrowed=bool(facets.chosen)), width)
