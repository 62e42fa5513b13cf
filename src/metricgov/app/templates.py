"""The text a new definition begins with: its few required fields, and marks where its author has to fill something in.

A mark is `fill_in` where a name or SQL stands and `<fill in: …>` where words do; every template loads, and lint names
each mark that is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metricgov.domain.definitions.fields import CALCULATIONS
from metricgov.domain.definitions.kinds import Kind
from metricgov.domain.definitions.walk import leaves
from metricgov.domain.digest import JSON
from metricgov.domain.errors import BadInput
from metricgov.domain.practice.placeholders import MARK, WORDS_MARK, unfilled


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is known of a new definition before its file is written; "" and () where nothing is.

    `time` is the time column of `source`; `team` and `owner` are principals.
    """

    name: str
    today: str
    title: str = ""
    description: str = ""
    domain: str = ""
    calculation: str = "simple"
    source: str = ""
    time: str = ""
    inputs: tuple[str, ...] = ()
    team: str = ""


def template(kind: Kind, wishes: Wishes) -> bytes:
    """Return the text of a new definition; the caller brings it into canonical form."""
    if kind is Kind.METRIC and wishes.calculation not in CALCULATIONS:
        raise BadInput(
            "bad_type", f"{wishes.calculation!r} is no type of calculation", hint=f"one of {', '.join(CALCULATIONS)}"
        )
    bodies = {
        Kind.METRIC: _metric,
        Kind.SOURCE: _source,
        Kind.EVENT: _event,
        Kind.WORKFLOW: _workflow,
        Kind.OBJECTIVE: _objective,
        Kind.SCORECARD: _scorecard,
    }
    body = bodies.get(kind)
    if body is None:
        raise BadInput("bad_kind", f"{kind} is not a kind with files of its own", hint=f"one of {', '.join(bodies)}")
    return (_head(kind, wishes) + body(wishes)).encode()


def open_fields(data: Mapping[str, JSON]) -> tuple[str, ...]:
    """Return the fields of a definition that nobody has filled in yet."""
    return tuple(dict.fromkeys(one.field for one in unfilled(data, leaves(data))))


def title_of(name: str) -> str:
    """Return a name as a title: `lead_count` is `Lead count`."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _quoted(text: str) -> str:
    """Return words as a YAML scalar on one line."""
    import json

    plain = text and text[0].isalpha() and not any(mark in text for mark in (": ", " #", "\n")) and text[-1] != ":"
    return text if plain and text.lower() not in {"true", "false", "null"} else json.dumps(text, ensure_ascii=False)


def _head(kind: Kind, wishes: Wishes) -> str:
    said = {
        Kind.METRIC: "what the number says, in a sentence, without the formula",
        Kind.SOURCE: "what one row is, and where the rows come from",
        Kind.EVENT: "what happened when this is sent",
        Kind.WORKFLOW: "what this process is for",
        Kind.OBJECTIVE: "why this objective matters",
        Kind.SCORECARD: "what the team decides with it",
    }[kind]
    measured = f"effective_from: {wishes.today}\n" if kind in (Kind.METRIC, Kind.SOURCE, Kind.EVENT) else ""
    return (
        f"kind: {kind}\n"
        f"name: {wishes.name}\n"
        f"title: {_quoted(wishes.title or title_of(wishes.name))}\n"
        "version: 1.0.0\n"
        "status: active\n"
        f"{measured}"
        f"description: {_quoted(wishes.description or f'{WORDS_MARK}{said}>')}\n"
    )


def _metric(wishes: Wishes) -> str:
    calculations = {
        "simple": _simple,
        "ratio": _ratio,
        "derived": _derived,
        "cumulative": _cumulative,
        "conversion": _conversion,
        "sql": _sql,
    }
    return (
        f'decision: "{WORDS_MARK}who decides what by it>"\n'
        f"domain: {wishes.domain or MARK}\n"
        "direction: up_is_better\n"
        f"unit: {'percent' if wishes.calculation in ('ratio', 'conversion') else 'count'}\n"
        "calculation:\n"
        f"  type: {wishes.calculation}\n" + calculations[wishes.calculation](wishes)
    )


def _rows(wishes: Wishes, indent: str = "  ") -> str:
    return f"{indent}source: {wishes.source or MARK}\n{indent}time: {wishes.time or MARK}\n"


def _simple(wishes: Wishes) -> str:
    return f"{_rows(wishes)}  grain: day\n  aggregate: count\n"


def _ratio(wishes: Wishes) -> str:
    return (
        f"{_rows(wishes)}  grain: day\n"
        f"  numerator:\n    where: {MARK}\n    aggregate: count\n"
        "  denominator:\n    aggregate: count\n"
        "  scale: 100\n"
    )


def _derived(wishes: Wishes) -> str:
    inputs = wishes.inputs or (MARK,)
    listed = "".join(f"    - {{metric: {one}}}\n" for one in inputs)
    expression = " / ".join(inputs) if len(inputs) == 2 else " + ".join(inputs)
    return f"  grain: day\n  expression: {expression}\n  inputs:\n{listed}"


def _cumulative(wishes: Wishes) -> str:
    return f"{_rows(wishes)}  grain: day\n  measure:\n    aggregate: count\n  window: 28 days\n"


def _conversion(wishes: Wishes) -> str:
    part = f"    source: {{}}\n    time: {{}}\n    where: {MARK}\n    aggregate: count\n"
    base = part.format(wishes.source or MARK, wishes.time or MARK)
    return f"  grain: day\n  entity: {MARK}\n  base:\n{base}  conversion:\n{base}  window: 7 days\n  scale: 100\n"


def _sql(wishes: Wishes) -> str:
    source = wishes.source or MARK
    lines = (
        f"SELECT date_trunc('day', {wishes.time or MARK}) AS period, count(*) AS value",
        f"FROM {source}",
        "GROUP BY 1",
    )
    query = "".join(f"    {line}\n" for line in lines)
    return f"  grain: day\n  sql: |-\n{query}  sources: [{source}]\n  time: period\n"


def _source(_wishes: Wishes) -> str:
    return (
        f'relations: {{warehouse: "{WORDS_MARK}schema.table of the rows>"}}\n'
        "columns:\n"
        "  - {name: id, type: string, nullable: false}\n"
        "  - {name: created_at, type: timestamp}\n"
        "primary_key: [id]\n"
        "time: {column: created_at, zone: UTC}\n"
    )


def _event(_wishes: Wishes) -> str:
    return (
        f'trigger: "{WORDS_MARK}when exactly it is sent>"\n'
        "properties:\n"
        "  - {name: event_id, type: string, required: true}\n"
        "deduplication_key: [event_id]\n"
    )


def _workflow(wishes: Wishes) -> str:
    return f'team: {wishes.team or MARK}\nsteps:\n  - "{WORDS_MARK}what happens first>"\n'


def _objective(wishes: Wishes) -> str:
    year = wishes.today[:4]
    return (
        f'statement: "{WORDS_MARK}what shall be true at the end of the period>"\n'
        f"owner: {wishes.team or MARK}\n"
        f"period: {{start: {year}-01-01, end: {year}-12-31}}\n"
    )


def _scorecard(wishes: Wishes) -> str:
    metrics = ", ".join(wishes.inputs) or MARK
    return f"team: {wishes.team or MARK}\nrhythm: month\nsections:\n  - {{id: priorities, metrics: [{metrics}]}}\n"
