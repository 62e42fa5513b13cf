"""Whether every change can be approved: the table, and each weakness with reason and remedy; as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.digest import JSON
from metricgov.domain.workflow.coverage import Standing
from metricgov.domain.workflow.proof import Cell, Coverage, Row, Weakness
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, ink, plural

FORMAT = 1
WORDS: dict[Standing, str] = {
    Standing.OK: "ok",
    Standing.ONE_PERSON: "one person",
    Standing.DEADLOCK: "DEADLOCK",
    Standing.GAP: "GAP",
}
INKS: dict[Standing, Ink] = {Standing.ONE_PERSON: Ink.WARN, Standing.DEADLOCK: Ink.GRAVE, Standing.GAP: Ink.GRAVE}
SHOWN = 20
"""Weaknesses that are told in full."""
NAMED = 3
"""Names in a row before the rest is counted; JSON has all."""


def coverage_text(found: Coverage, *, where: str, screen: Screen | None = None) -> str:
    """Return the table by area and class, then every weakness; `where` says which rules were checked."""
    screen = screen or Screen()
    observed = sum(row.observed for row in found.rows)
    right = found.preset + (f", {plural(observed, 'area observes', 'areas observe')}" if observed else "")
    lines = screen.ends(ink("Can every change be approved, whoever writes it?", Ink.BOLD), clean(right))
    counts = (
        (Standing.GAP, "gap", "gaps"),
        (Standing.DEADLOCK, "deadlock", "deadlocks"),
        (Standing.ONE_PERSON, "on one person", "on one person"),
    )
    said = " · ".join(plural(found.count(one), word, many) for one, word, many in counts if found.count(one))
    tried = f"{plural(found.definitions, 'definition')}, each class, each of {plural(found.authors, 'author')}"
    lines += [*screen.wrap(f"{tried}: {said or 'yes'}."), "", *_table(found, screen), ""]
    for one in found.weaknesses[:SHOWN]:
        lines += [*_weakness(one, screen), ""]
    if len(found.weaknesses) > SHOWN:
        lines += [*screen.wrap(f"And {len(found.weaknesses) - SHOWN} more, less grave: --json has all."), ""]
    notes = [*_notes(found), f"Checked against {where}."]
    for note in notes:
        lines += screen.wrap(note, rest="  ")
    return screen.text(lines)


def _table(found: Coverage, screen: Screen) -> list[str]:
    rows = [row for row in found.rows if set(row.cells) <= set(ChangeClass)]
    columns = _columns(rows)
    width = max(len(row.area) for row in found.rows)
    head = (f"{'domain':<{width}}", *(", ".join(keys) for keys in columns))
    body = [(clean(row.area), *(_cell(row.cells.get(keys[0])) for keys in columns)) for row in rows]
    lines = screen.table(head, body)
    for row in found.rows:
        if row not in rows:
            cell = next(iter(row.cells.values()))
            lines += screen.wrap(f"{clean(row.area):<{width}}  {found.governance}: {_cell(cell)}", rest="    ")
    return lines


def _columns(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Return the classes that ask for somebody, neighbours in one column where all their cells are equal."""
    columns: list[tuple[str, ...]] = []
    for key in (one.value for one in ChangeClass if any(one.value in row.cells for row in rows)):
        last = columns[-1] if columns else ()
        pair = {last[0], key} == {ChangeClass.BREAKING.value, ChangeClass.UNKNOWN.value} if last else False
        if pair and all(row.cells.get(last[0]) == row.cells.get(key) for row in rows):
            columns[-1] = (*last, key)
        else:
            columns.append((key,))
    return columns


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return "–"
    word = WORDS[cell.standing]
    return ink(word, INKS[cell.standing]) if cell.standing in INKS else word


def _weakness(one: Weakness, screen: Screen) -> list[str]:
    areas = ", ".join(clean(area) for area in one.areas)
    place = areas if len(one.areas) == 1 else f"{len(one.areas)} areas"
    classes = "" if not set(one.classes) <= set(ChangeClass) else f", {_classes(one.classes)}"
    what = "new definitions" if one.new else plural(len(one.definitions), "definition")
    lines = [screen.rule(f"{place}{classes}: {WORDS[one.standing]}, {what}")]
    lines += screen.wrap(clean(one.says[:1].upper() + one.says[1:]) + ".")
    named = ", ".join(clean(name.partition(":")[2]) for name in one.definitions[:NAMED])
    more = len(one.definitions) - NAMED
    which = named + (f" and {more:,} more" if more > 0 else "")
    said = (
        ("Where", areas if len(one.areas) > 1 else ""),
        ("Which", which),
        ("Mend it", clean(one.mend)),
        ("Who", clean(one.who)),
        ("Until", clean(one.until)),
    )
    return [*lines, *(line for label, words in said if words for line in screen.wrap(words, f"{label:<8}  "))]


def _notes(found: Coverage) -> list[str]:
    notes = []
    for identity, people in found.keyless.items():
        have = "has" if len(people) == 1 else "have"
        notes.append(
            f"{plural(len(people), 'person', 'people')} with a role {have} no key, which counts for nothing "
            f"where identity {identity} is asked for: {_some(people)}."
        )
    for identity, classes in found.unattested.items():
        notes.append(
            f"Identity {identity} is asked for ({_classes(classes)}), and nothing attests {identity} yet: only "
            "decisions that are signed with a key count there. Who decides needs one (metricgov key add FILE)."
        )
    if found.unproved:
        holds = "it" if len(found.unproved) == 1 else "theirs"
        notes.append(
            f"{_some(found.unproved)}: a key stands in people.yaml, and nobody has shown that they hold {holds} "
            "(metricgov key add FILE)."
        )
    if found.pairs:
        cases = [
            f"while {_or(one.gone)} is away, what {_or(one.authors)} writes ({_some(one.areas)})"
            for one in found.pairs[:NAMED]
        ]
        more = f"; and {len(found.pairs) - NAMED} more" if len(found.pairs) > NAMED else ""
        notes.append(f"Nobody can approve, where two things meet: {'; '.join(cases)}{more}.")
    waits = {person for row in found.rows for cell in row.cells.values() for person in cell.waits}
    if waits:
        notes.append(
            "A deputy stands in for somebody who wrote the change or has left, not for somebody on holiday: "
            f"{len(waits)} of the {plural(found.authors, 'person', 'people')} can keep changes waiting. A team as "
            "accountable avoids that."
        )
    return notes


def _some(names: Sequence[str]) -> str:
    return ", ".join(clean(name) for name in names[:NAMED]) + (" …" if len(names) > NAMED else "")


def _or(people: Sequence[str]) -> str:
    names = [clean(name) for name in people[:NAMED]] + (["others"] if len(people) > NAMED else [])
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _classes(classes: Sequence[str]) -> str:
    return "every class" if len(classes) >= len(ChangeClass) - 1 else _and(classes)


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def coverage_json(found: Coverage, *, commit: str) -> str:
    """Return `policy check --json`; `commit` "" is the work tree and shown as null."""
    return json_text(
        {
            "format": FORMAT,
            "holds": found.holds,
            "commit": commit or None,
            "preset": found.preset,
            "definitions": found.definitions,
            "authors": found.authors,
            "areas": [_row_json(row) for row in found.rows],
            "weaknesses": [_weakness_json(one) for one in found.weaknesses],
            "keyless": dict(found.keyless),
            "unattested": dict(found.unattested),
            "unproved": found.unproved,
            "governance": found.governance,
            "pairs": [{"gone": one.gone, "authors": one.authors, "areas": one.areas} for one in found.pairs],
        }
    )


def _row_json(row: Row) -> Mapping[str, JSON]:
    cells = {key: {"standing": cell.standing.value, "waits": cell.waits} for key, cell in row.cells.items()}
    return {"area": row.area, "definitions": row.definitions, "observed": row.observed, "classes": cells}


def _weakness_json(one: Weakness) -> Mapping[str, JSON]:
    return {
        "standing": one.standing.value,
        "cause": one.cause.value,
        "areas": one.areas,
        "classes": one.classes,
        "definitions": one.definitions,
        "new": one.new,
        "authors": one.authors,
        "gone": one.gone,
        "says": one.says,
        "mend": one.mend,
        "who": one.who,
        "until": one.until,
    }
