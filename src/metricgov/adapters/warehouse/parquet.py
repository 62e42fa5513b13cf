"""A table written as Parquet by DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from metricgov.domain.errors import BadInput

Column = tuple[str, str]
"""Name, and `text` or `number`."""

TYPES = {"text": "VARCHAR", "number": "DOUBLE"}


def write_parquet(path: Path, columns: Sequence[Column], rows: Sequence[Sequence[str | float | None]]) -> None:
    """Write rows to a file, replacing it; BadInput where that is not possible."""
    import duckdb

    declared = ", ".join(f"{_quoted(name)} {TYPES[kind]}" for name, kind in columns)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE written ({declared})")
        if rows:
            marks = ", ".join("?" for _ in columns)
            connection.executemany(f"INSERT INTO written VALUES ({marks})", [list(row) for row in rows])  # noqa: S608  # marks alone
        try:
            connection.table("written").write_parquet(str(path))
        except duckdb.Error as error:
            raise BadInput("not_written", f"{path} cannot be written: {error}", hint="name another file") from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
