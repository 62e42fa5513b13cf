"""Who can approve what: a table by domain and class, and each weakness with its reason and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.workflow.alike import GOVERNANCE_AREA
from metricgov.domain.workflow.coverage import Standing
from metricgov.render.coverage import NAMED, WORDS
from metricgov.render.kit import clean, plural, wrap_words
from metricgov_tui.lines import Line

if TYPE_CHECKING:
    from metricgov.domain.workflow.proof import Cell, Coverage, Row, Weakness
    from metricgov_tui.look import Look

STYLES = {Standing.ONE_PERSON: "warn", Standing.DEADLOCK: "grave", Standing.GAP: "grave"}
COLUMNS = (
    ("editorial", (ChangeClass.EDITORIAL,)),
    ("compatible", (ChangeClass.COMPATIBLE,)),
    ("breaking, unknown", (ChangeClass.BREAKING, ChangeClass.UNKNOWN)),
)


def summary(found: Coverage) -> list[Line]:
    """Return the question, and the answer in one line."""
    counts = ((Standing.GAP, "gap", "gaps"), (Standing.DEADLOCK, "deadlock", "deadlocks"))
    said = [plural(found.count(one), word, many) for one, word, many in counts if found.count(one)]
    alone = found.count(Standing.ONE_PERSON)
    said += [f"{alone} on one person"] if alone else []
    tried = f"{plural(found.definitions, 'definition')}, each class, each of {plural(found.authors, 'author')}"
    style = "grave" if not found.holds else "warn" if said else "ok"
    return [
        Line(
            Text(" Can every change be approved, whoever writes it?", style="bold").append(
                f"   {clean(found.preset)}", "dim"
            )
        ),
        Line(Text(f" {tried}")),
        Line(Text(f" {' · '.join(said) or 'Every change can be approved.'}", style=style)),
    ]


def lines(found: Coverage, look: Look) -> list[Line]:
    """Return the table, a row for each domain and one for the rules themselves."""
    names = max([len(row.area) for row in found.rows] + [len("domain")]) + 2
    head = f"  {'domain':<{names}}" + "".join(f"{title:<18}" for title, _ in COLUMNS)
    made = [*summary(found), Line(Text(head, style="dim"))]
    for place, row in enumerate(found.rows, start=1):
        made.append(_row(row, names, look, f"{place} of {len(found.rows)}", found.governance))
    return made


def _row(row: Row, names: int, look: Look, place: str, governance: str) -> Line:
    text = Text(f"  {clean(row.area):<{names}}")
    words = []
    if not set(row.cells) <= set(ChangeClass):
        only = next(iter(row.cells.values()))
        word = WORDS[only.standing]
        text.append(f"{governance}: ").append(word, STYLES.get(only.standing))
        words.append(f"{governance}: {word}")
    else:
        for title, classes in COLUMNS:
            cell = worst([row.cells.get(one) for one in classes])
            word = WORDS[cell.standing] if cell else look.dash
            text.append(f"{word:<18}", STYLES.get(cell.standing) if cell else "dim")
            words.append(f"{title} {word}")
    if row.observed:
        text.append("observes", "dim")
    said = f"{row.area.replace('_', ' ')}: {', '.join(words)}, {place}"
    return Line(text, row.area, said)


def facet_of(area: str) -> dict[str, str]:
    """Return the facet that lets the definitions of an area through: its domain, or their kind where it is of none."""
    if area == GOVERNANCE_AREA:
        return {"kind": "governance"}
    if area.startswith("all "):
        return {"kind": area.removeprefix("all ").removesuffix("s")}
    return {"domain": area}


ORDER = (Standing.OK, Standing.ONE_PERSON, Standing.DEADLOCK, Standing.GAP)


def worst(cells: list[Cell | None]) -> Cell | None:
    """Return the cell that stands worst; None where none is asked for."""
    known = [one for one in cells if one is not None]
    return max(known, key=lambda one: ORDER.index(one.standing), default=None)


def detail(found: Coverage, area: str, width: int, look: Look) -> list[Line]:
    """Return what is weak in an area and how it is mended; that all is well, where it is."""
    weak = [one for one in found.weaknesses if area in one.areas]
    if not weak:
        row = next((one for one in found.rows if one.area == area), None)
        if row is None:
            return []
        title = f"{look.rule * 2} {clean(area)}: ok, {plural(row.definitions, 'definition')} "
        waits = sorted({person for cell in row.cells.values() for person in cell.waits})
        said = "Somebody can always approve, whoever writes it."
        if waits:
            said += f" It waits while one of these is away: {', '.join(map(clean, waits))}."
        return [Line(Text(title.ljust(width, look.rule), style="title")), *_wrapped(said, width)]
    made: list[Line] = []
    for one in weak:
        made += _weakness(one, width, look)
    return made


def _weakness(one: Weakness, width: int, look: Look) -> list[Line]:
    places = clean(one.areas[0]) if len(one.areas) == 1 else f"{len(one.areas)} domains"
    classes = " and ".join(one.classes)
    what = "new definitions" if one.new else plural(len(one.definitions), "definition")
    title = f"{look.rule * 2} {places}, {classes}: {WORDS[one.standing]}, {what} "
    made = [Line(Text(title[: width - 1].ljust(width, look.rule), style=STYLES.get(one.standing, "title")))]
    made += _wrapped(f"{clean(one.says[:1].upper() + one.says[1:])}.", width)
    named = ", ".join(clean(name.partition(":")[2]) for name in one.definitions[:NAMED])
    more = len(one.definitions) - NAMED
    pairs = (
        ("Which", named + (f" and {more:,} more" if more > 0 else "")),
        ("Mend it", clean(one.mend)),
        ("Who", clean(one.who)),
        ("Until", clean(one.until)),
    )
    for name, said in pairs:
        if said:
            made += [Line(Text(part)) for part in wrap_words(f"{name:<9}{said}", width - 1, " ", " " * 10)]
    return made


def _wrapped(said: str, width: int) -> list[Line]:
    return [Line(Text(part)) for part in wrap_words(said, width - 1, " ")]
