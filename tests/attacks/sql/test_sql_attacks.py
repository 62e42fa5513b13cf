"""SQL in definitions that tries to do more than compute from its rows: refused before an engine hears of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from integration.query.query_world import AS_OF, SOURCES, metric, source
from metricgov.domain.errors import BadInput
from metricgov.domain.query.catalogue import Catalogue
from metricgov.domain.query.dialects import sql_of
from metricgov.domain.query.fragments import table
from metricgov.domain.query.rows import Reading
from metricgov.domain.query.series import compile_metric
from metricgov.domain.query.span import Window

WINDOW = Window.around(datetime(2026, 1, 1), datetime(2026, 2, 1), "day")
DIALECTS = ("duckdb", "postgres", "spark", "bigquery", "snowflake")

FILTERS: dict[str, str] = {
    "a second statement": "TRUE; DROP TABLE leads",
    "a second statement behind a comment": "TRUE /* x */; DELETE FROM leads -- y",
    "nothing but a comment": "-- nothing",
    "a query": "SELECT 1",
    "a query in brackets": "(SELECT COUNT(*) FROM secrets) > 0",
    "a query in IN": "lead_id IN (SELECT lead_id FROM secrets)",
    "a query in EXISTS": "EXISTS (SELECT 1 FROM secrets)",
    "a query in an array": "lead_id = ANY(ARRAY(SELECT lead_id FROM secrets))",
    "values": "lead_id IN (VALUES (1))",
    "a write in a WITH clause": "lead_id IN (WITH d AS (DELETE FROM leads RETURNING *) SELECT 1 FROM d)",
    "a name for it": "TRUE AS x",
    "every column": "*",
    "columns by pattern": "COLUMNS('secret.*') IS NOT NULL",
    "an open bracket": "(TRUE",
    "a bracket too many": "TRUE) OR (TRUE",
    "an open text": "channel = 'web",
    "a setting": "SET enable_external_access = true",
    "a pragma": "PRAGMA database_list",
    "an installation": "INSTALL httpfs",
    "a load": "LOAD httpfs",
    "an attachment": "ATTACH 'other.duckdb' AS other",
    "an export": "EXPORT DATABASE '/tmp/x'",
    "a copy": "COPY leads TO '/tmp/x'",
    "a file": "read_csv('/etc/passwd') IS NOT NULL",
    "a text file": "read_text('/etc/passwd') <> ''",
    "a blob": "read_blob('/etc/passwd') IS NOT NULL",
    "a file list": "glob('/etc/*') IS NOT NULL",
    "the environment": "getenv('PG_URL') <> ''",
    "a quoted name of a function": "\"read_text\"('/etc/passwd') <> ''",
    "a function of a value": "'/etc/passwd'.read_text() <> ''",
    "a setting that is read": "current_setting('data_directory') <> ''",
    "a file of PostgreSQL": "pg_read_file('/etc/passwd') = ''",
    "a file of PostgreSQL by schema": "pg_catalog.pg_read_file('/etc/passwd') = ''",
    "a large object": "lo_import('/etc/passwd') > 0",
    "another server": "dblink('host=evil', 'SELECT 1') IS NOT NULL",
    "a query as text": "query_to_xml('SELECT 1', true, false, '') IS NOT NULL",
    "a table as XML": "table_to_xml('secrets', true, false, '') IS NOT NULL",
    "a pause": "pg_sleep(3600) IS NOT NULL",
    "a lock": "pg_advisory_lock(1) IS NOT NULL",
    "the end of another session": "pg_terminate_backend(1)",
    "a sequence": "nextval('leads_id') > 0",
    "a catalogue": "'secrets'::regclass IS NOT NULL",
    "an operator by schema": "lead_id OPERATOR(evil.=) 1",
    "a function of a schema": "evil.length(channel) > 0",
    "code in Spark": "java_method('java.lang.Runtime', 'getRuntime') IS NOT NULL",
    "code in Spark by another name": "reflect('java.lang.System', 'getenv', 'PG_URL') <> ''",
    "a file of Spark": "read_files('/etc/passwd') IS NOT NULL",
    "a secret of Spark": "secret('scope', 'key') <> ''",
    "a model": "ai_query('model', channel) <> ''",
    "a call over the network": "http_get('http://evil') IS NOT NULL",
    "a service of Snowflake": "snowflake.cortex.complete('m', channel) <> ''",
    "an internal of Snowflake": "SYSTEM$TYPEOF(channel) <> ''",
    "another engine of BigQuery": "EXTERNAL_QUERY('c', 'SELECT 1') IS NOT NULL",
    "a procedure of SQL Server": "xp_cmdshell('dir') IS NOT NULL",
    "who is asking": "current_user = 'admin'",
    "chance": "random() < 0.5",
    "a new number each time": "uuid() IS NOT NULL",
    "a function of nobody": "my_own_function(channel) = 1",
    "a parameter": "lead_id = $1",
    "a question mark": "lead_id = ?",
    "far too deep": "(" * 3000 + "TRUE" + ")" * 3000,
}


def compiled(calculation: dict[str, Any], dialect: str = "duckdb", **more: Any) -> str:
    """Return the SQL that an engine would get."""
    wanted = metric("m", calculation)
    reading = Reading(more.get("read", "duckdb"), {name: table(name, "duckdb", name) for name in SOURCES}, AS_OF)
    tree = compile_metric(wanted, Catalogue({}, more.get("sources", SOURCES)), reading, WINDOW)
    return sql_of(tree, dialect)


COUNT = {"type": "simple", "source": "leads", "time": "created_at", "aggregate": "count"}


@pytest.mark.parametrize("read", ["duckdb", "postgres", "spark"])
@pytest.mark.parametrize("text", FILTERS.values(), ids=list(FILTERS))
def test_a_filter_is_one_expression_and_only_computes(text: str, read: str) -> None:
    """In whatever dialect definitions are written."""
    with pytest.raises(BadInput):
        compiled(COUNT | {"where": text}, read=read)


@pytest.mark.parametrize("place", ["expression", "numerator", "source filter", "source column"])
def test_every_place_for_sql_is_guarded(place: str) -> None:
    """Not filters alone."""
    evil = "read_text('/etc/passwd') <> ''"
    ratio = {"type": "ratio", "source": "leads", "time": "created_at", "denominator": {"aggregate": "count"}}
    columns = {one.name: one.type for one in SOURCES["leads"].columns}
    computed = {"name": "x", "type": "boolean", "expression": evil}
    tried: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "expression": (COUNT | {"aggregate": "sum", "expression": evil}, SOURCES),
        "numerator": (ratio | {"numerator": {"aggregate": "count", "where": evil}}, SOURCES),
        "source filter": (COUNT, {"leads": source("leads", columns, where=evil)}),
        "source column": (COUNT, {"leads": source("leads", columns, computed)}),
    }
    calculation, sources = tried[place]
    with pytest.raises(BadInput) as refused:
        compiled(calculation, sources=sources)
    assert refused.value.code == "sql_function"
    assert "read_text" in refused.value.message


QUERIES: dict[str, str] = {
    "an undeclared table": "SELECT * FROM secrets",
    "an undeclared table in a join": "SELECT l.* FROM leads AS l JOIN secrets AS s ON TRUE",
    "an undeclared table in a subquery": "SELECT * FROM leads WHERE lead_id IN (SELECT id FROM secrets)",
    "an undeclared table in a union": "SELECT 1 AS period, 2 AS value UNION ALL SELECT * FROM secrets",
    "a table under the name of its own WITH clause": "WITH secrets AS (SELECT * FROM secrets) SELECT * FROM secrets",
    "a table under a name that a WITH clause elsewhere gives": (
        "SELECT * FROM secrets WHERE 1 IN (WITH secrets AS (SELECT 1) SELECT * FROM secrets)"
    ),
    "a table of a schema": "SELECT * FROM information_schema.tables",
    "a catalogue": "SELECT * FROM pg_catalog.pg_authid",
    "a catalogue of DuckDB": "SELECT * FROM duckdb_secrets()",
    "a file by its name": "SELECT * FROM 'leads.csv'",
    "a file by a quoted name": 'SELECT * FROM "/etc/passwd"',
    "a file by a function": "SELECT * FROM read_csv('/etc/passwd')",
    "a file beside a source": "SELECT * FROM leads, read_text('/etc/passwd')",
    "a file for each row": "SELECT * FROM leads AS l, LATERAL (SELECT * FROM read_text(l.channel))",
    "a file of Spark": "SELECT * FROM csv.`/etc/passwd`",
    "a scan of another engine": "SELECT * FROM postgres_scan('host=evil', 'public', 'x')",
    "a query made of text": "SELECT * FROM query('SELECT 1')",
    "a table made of text": "SELECT * FROM query_table('secrets')",
    "a write": "DELETE FROM leads",
    "a write in a WITH clause": "WITH d AS (DELETE FROM leads RETURNING *) SELECT * FROM d",
    "an insertion": "INSERT INTO leads SELECT * FROM leads",
    "a new table": "SELECT * INTO copied FROM leads",
    "a created table": "CREATE TABLE x AS SELECT 1",
    "a lock of rows": "SELECT * FROM leads FOR UPDATE",
    "a merge": "MERGE INTO leads USING leads ON TRUE WHEN MATCHED THEN DELETE",
    "a call": "CALL pragma_version()",
    "a show": "SHOW TABLES",
    "a description": "DESCRIBE leads",
    "a summary": "SUMMARIZE leads",
    "an explanation that runs": "EXPLAIN ANALYZE DELETE FROM leads",
    "a transaction": "BEGIN; SELECT 1",
    "two selects": "SELECT 1; SELECT 2",
    "a grant": "GRANT ALL ON leads TO PUBLIC",
    "a vacuum": "VACUUM",
    "a truncation": "TRUNCATE leads",
    "bare values": "VALUES (1)",
}


@pytest.mark.parametrize("text", QUERIES.values(), ids=list(QUERIES))
def test_a_query_of_its_own_reads_its_sources_alone(text: str) -> None:
    """Whatever a name means where it stands: a declared source, a WITH clause, or nothing."""
    with pytest.raises(BadInput):
        compiled({"type": "sql", "sources": ["leads"], "sql": text})


HARMLESS: dict[str, str] = {
    "a WITH clause": "WITH kept AS (SELECT * FROM leads) SELECT created_at AS period, 1 AS value FROM kept",
    "a WITH clause that covers its source": (
        "WITH leads AS (SELECT * FROM leads WHERE amount > 1) SELECT created_at AS period, 1 AS value FROM leads"
    ),
    "a WITH clause that counts up": (
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) "
        "SELECT l.created_at AS period, n.i AS value FROM leads AS l CROSS JOIN n"
    ),
    "a subquery": "SELECT s.period, s.value FROM (SELECT created_at AS period, amount AS value FROM leads) AS s",
}


@pytest.mark.parametrize("text", HARMLESS.values(), ids=list(HARMLESS))
def test_names_that_a_query_makes_itself_may_be_used(text: str) -> None:
    """What is harmless is not refused, and runs."""
    import duckdb

    from integration.query.query_world import LEADS

    with duckdb.connect() as connection:
        connection.execute(LEADS)
        assert connection.execute(compiled({"type": "sql", "sources": ["leads"], "sql": text})).fetchall()


WORDS = ("it's", "a\\' OR TRUE OR '", "\\", "'; DROP TABLE leads; --", "*/ OR TRUE /*", "\n-- x", "%s %(x)s", "$$x$$")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("word", WORDS)
def test_text_stays_text_in_every_dialect(word: str, dialect: str) -> None:
    """A value that looks like SQL elsewhere is rendered as the value that it is."""
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    text = compiled(COUNT | {"where": f"channel = '{quoted}'"}, dialect)
    found = sqlglot.parse(text, read=dialect)
    assert len(found) == 1
    assert found[0] is not None
    literals = [one.name for one in found[0].find_all(sqlglot.exp.Literal) if one.is_string]
    meant = sqlglot.parse_one(f"'{quoted}'", read="duckdb").name
    assert meant in literals
    assert not found[0].find(sqlglot.exp.Or)


def test_a_comment_does_not_travel() -> None:
    """Engines see what is meant, not what is said about it."""
    assert "secret" not in compiled(COUNT | {"where": "TRUE /* secret */ -- secret"})


def test_a_relation_cannot_name_a_file(tmp_path: Path) -> None:
    """A source that names a path where a table belongs is refused (see also test_a_relation_is_a_table)."""
    for text in ("'/etc/passwd'", '"/etc/passwd"', "read_csv('x')", "a.b.c.d", "x; y", "csv.`/etc/passwd`"):
        with pytest.raises(BadInput):
            table(text, "duckdb", "source leads")
