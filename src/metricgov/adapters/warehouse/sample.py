"""Rows for the sources of a registry, made up by DuckDB: the same seed gives the same rows, at any size.

Planted in them, so that what the tool finds can be seen: fewer rows at weekends; one channel with nearly all the tests,
so that a filter moves one segment alone; partners who raise the acceptance rate of every channel and lower that of all
(Simpson's reversal); a day on which nothing arrived; later steps that come up to 40 days late; and a source whose rows
arrive up to 12 days late, which shows in data as they were known on an earlier day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from metricgov.domain.errors import BadInput, Refused
from metricgov.domain.query.fragments import table as relation

if TYPE_CHECKING:
    from metricgov.domain.definitions.source import Source, SourceColumn

TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18,2)",
    "float": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
    "json": "JSON",
    "array": "VARCHAR[]",
}

WORDS: dict[str, tuple[str, ...]] = {
    "channel": ("paid_search", "organic", "email", "events", "app"),
    "country": ("DE", "FR", "AT", "NL", "US"),
    "device": ("desktop", "mobile"),
    "plan": ("free", "team", "business"),
    "team": ("marketing", "sales", "analytics", "product"),
    "topic": ("pricing", "setup", "reports", "integrations"),
    "service": ("web", "billing", "tracking"),
    "severity": ("low", "high", "critical"),
    "priority": ("low", "normal", "high"),
    "event_name": ("checkout_started", "payment_succeeded", "trial_started", "signup_completed", "lead_submitted"),
    "stage": ("new", "qualified", "proposal", "won", "lost"),
    "opportunity_type": ("new_business", "renewal"),
    "language": ("de", "en"),
    "platform": ("web", "ios", "android"),
}
"""Values of columns that the sources leave open, by name."""

RARE = frozenset({"is_test", "is_internal", "is_partner", "is_backfill", "is_bot"})
LATE = frozenset({"billing_invoices"})
"""Sources whose rows arrive up to LATE_DAYS after their day."""

LATE_DAYS = 12
STEPS = ("timestamp", "timestamptz")

ACCEPTED = """CASE WHEN {test} THEN 0.05 WHEN i % 5 = 3 THEN CASE WHEN {partner} THEN 0.45 ELSE 0.3 END
  ELSE CASE WHEN {partner} THEN 0.95 ELSE 0.75 END END"""
"""Share of leads that sales accept: hardly tests; of partners more everywhere; less of events, where partners are."""

OUTAGE = "2026-03-18"
"""The day on which nothing arrived."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How much to make up: rows of each source, the seed, the days they spread over, and the day of reading."""

    rows: int
    seed: int = 1
    start: date = date(2025, 1, 1)
    end: date = date(2026, 7, 1)
    known_at: date | None = None

    @property
    def days(self) -> int:
        """Days between the two ends."""
        return (self.end - self.start).days


def make_sample(
    path: Path, sources: Sequence[Source], engine: str, recipe: Recipe, progress: Progress
) -> Mapping[str, int]:
    """Write a new database with a table for every source that names a relation of `engine`; return rows by table.

    Refused where the file exists; nothing is left behind where it fails or is interrupted.
    """
    if path.exists():
        raise Refused("file_exists", f"{path} exists already", hint="name another file, or remove it")
    if recipe.rows < 1 or recipe.days < 1:
        raise BadInput("sample_empty", "at least one row and one day are needed")
    partial = path.with_name(path.name + ".partial")
    made: dict[str, int] = {}
    wanted = [(one.relations[engine], one) for one in sources if engine in one.relations]
    try:
        with duckdb.connect(str(partial)) as connection:
            for number, (table, source) in enumerate(wanted):
                progress(f"rows of {source.name}", number, len(wanted))
                _create(connection, table, source, recipe)
                made[table] = recipe.rows
        partial.rename(path)
    finally:
        for left in (partial, partial.with_name(partial.name + ".wal")):
            left.unlink(missing_ok=True)
    return made


def _create(connection: duckdb.DuckDBPyConnection, table: str, source: Source, recipe: Recipe) -> None:
    name = relation(table, "duckdb", f"source {source.name}")
    if name.db:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name.db}")
    stored = [one for one in source.columns if one.expression is None]
    columns = ", ".join(f'{_value(one, source, recipe)} AS "{one.name}"' for one in stored)
    rows = _base(source, recipe)
    known = _arrived(source, recipe)
    connection.execute(
        f"CREATE TABLE {name.sql('duckdb')} AS SELECT {columns} FROM ({rows}) AS made WHERE {known} ORDER BY i"  # noqa: S608 - names are checked, values quoted
    )


def _base(source: Source, recipe: Recipe) -> str:
    """Return rows with their number and time: fewer at weekends, none on the day of the outage."""
    salt = _text(f"{recipe.seed}:{source.name}")
    moment = f"TIMESTAMP '{recipe.start}' + INTERVAL (CAST(floor(u * {recipe.days}) AS INTEGER)) DAY"
    weekday = f"CASE WHEN isodow({moment}) > 5 AND w < 0.6 THEN {moment} - INTERVAL 3 DAY ELSE {moment} END"
    return f"""
        SELECT i, CASE WHEN CAST(day AS DATE) = DATE '{OUTAGE}' THEN day + INTERVAL 1 DAY ELSE day END
            + INTERVAL (CAST(floor(v * 86400) AS INTEGER)) SECOND AS moment FROM (
          SELECT i, v, {weekday} AS day
          FROM (SELECT i, {_random("i", salt, "u")} AS u, {_random("i", salt, "v")} AS v, {_random("i", salt, "w")} AS w
                FROM range({recipe.rows}) AS t(i)))"""  # noqa: S608 - numbers and quoted words of our own


def _arrived(source: Source, recipe: Recipe) -> str:
    """Return which rows are there on the day of reading."""
    if recipe.known_at is None:
        return "TRUE"
    late = "INTERVAL 0 DAY"
    if source.name in LATE:
        u = _random("i", _text(f"{recipe.seed}:{source.name}"), "late")
        late = f"INTERVAL (CAST(floor({u} * {LATE_DAYS * 24}) AS INTEGER)) HOUR"
    return f"moment + {late} < TIMESTAMP '{recipe.known_at}'"


def _value(column: SourceColumn, source: Source, recipe: Recipe) -> str:
    """Return the SQL of one column."""
    salt = _text(f"{recipe.seed}:{source.name}")
    u = _random("i", salt, column.name)
    time = source.time.column if source.time is not None else ""
    kind = TYPES[column.type]
    moments = ("date", "timestamp", "timestamptz")
    if column.name == time or (column.name in source.primary_key and column.type in moments):
        return f"CAST(moment AS {kind})"
    if source.primary_key == (column.name,):
        return "i" if column.type == "integer" else f"{_text(column.name.removesuffix('_id'))} || '-' || i"
    value = _plain(column, u, kind)
    if column.type in STEPS and recipe.known_at is not None:
        value = f"CASE WHEN ({value}) < TIMESTAMP '{recipe.known_at}' THEN {value} END"
    if not column.nullable or column.type == "boolean":
        return value
    there = f"{_random('i', salt, column.name + '?')} < {_filled(column, salt)}"
    if column.name == "channel":
        there += " OR i % 5 = 3"  # whoever comes from an event is known to
    return f"CASE WHEN {there} THEN {value} END"


def _filled(column: SourceColumn, salt: str) -> str:
    """Return the share of rows in which a column that may be empty is not."""
    if column.name == "sales_accepted_at":
        who = {one: _boolean(f"is_{one}", _random("i", salt, f"is_{one}")) for one in ("test", "partner")}
        return f"({ACCEPTED.format(**who)})"
    return "0.65" if column.type in ("timestamp", "timestamptz", "date") else "0.92"


def _plain(column: SourceColumn, u: str, kind: str) -> str:
    match column.type:
        case "boolean":
            return _boolean(column.name, u)
        case "timestamp" | "timestamptz" | "date":
            return f"CAST(moment + INTERVAL (CAST(floor(pow({u}, 3) * 40 * 86400) AS INTEGER)) SECOND AS {kind})"
        case "integer" | "decimal" | "float":
            return f"CAST({_amount(column.name, u)} AS {kind})"
        case "array":
            return "CAST([] AS VARCHAR[])"
        case "json":
            return "CAST('{}' AS JSON)"
        case _:
            return _word(column, u)


def _boolean(name: str, u: str) -> str:
    if name == "is_test":  # nearly all tests come in through the app: what filters them moves one channel alone
        return f"{u} < CASE WHEN i % 5 = 4 THEN 0.2 ELSE 0.002 END"
    if name == "is_partner":  # nearly all partners come in through events
        return f"{u} < CASE WHEN i % 5 = 3 THEN 0.6 ELSE 0.02 END"
    return f"{u} < {0.03 if name in RARE else 0.6}"


def _amount(name: str, u: str) -> str:
    if name.endswith("_delta"):
        return f"CASE WHEN {u} < 0.2 THEN -1 ELSE 1 END"
    if "minute" in name or "hours" in name:
        return f"1 + floor({u} * 12)"
    if "eur" in name or "amount" in name:
        return f"round(5 + 995 * pow({u}, 4), 2)"
    if name in ("score", "answer"):
        return f"floor({u} * 11)"
    return f"floor({u} * 100)"


def _word(column: SourceColumn, u: str) -> str:
    """Return one of the allowed or usual values, or a name out of about a thousand."""
    words = column.values or WORDS.get(column.name)
    if column.name == "channel" and not column.values:
        return _listed(WORDS["channel"], "i % 5")  # the fifth is the app
    if words:
        return _listed(words, f"CAST(floor(pow({u}, 1.6) * {len(words)}) AS INTEGER)")
    return f"{_text(column.name.removesuffix('_id'))} || '-' || CAST(floor({u} * 1000) AS INTEGER)"


def _listed(words: Iterable[str], place: str) -> str:
    return f"(CAST([{', '.join(map(_text, words))}] AS VARCHAR[]))[1 + {place}]"


def _random(row: str, salt: str, name: str) -> str:
    """Return a number in [0, 1) that depends on row, seed, source and column alone."""
    return f"(hash({row}, {salt}, {_text(name)}) % 1000003) / 1000003.0"


def _text(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"
