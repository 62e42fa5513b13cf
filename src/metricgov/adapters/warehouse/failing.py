"""What engines say when they cannot answer, in words that name the next step; one table for all of them."""

from __future__ import annotations

from metricgov.domain.errors import MetricgovError, Undecidable
from metricgov.ports.warehouse import Limits


def failed(name: str, said: str) -> MetricgovError:
    """Return the error for an engine that answered with one of its own."""
    return Undecidable("engine_failed", f"engine {name}: {_first(said)}", hint="metricgov doctor examines the engine")


def missing(name: str, said: str) -> MetricgovError:
    """Return the error for a table or a column that is not there, or has another type."""
    return Undecidable(
        "engine_missing_data",
        f"engine {name}: {_first(said)}",
        hint="compare the source's relation and columns with the engine",
    )


def unreachable(name: str, said: str) -> MetricgovError:
    """Return the error for an engine that does not answer at all."""
    return Undecidable(
        "engine_unreachable",
        f"engine {name} does not answer: {_first(said)}",
        hint="check its address and whether it runs; the change stays as it was",
    )


def no_java(name: str, said: str) -> MetricgovError:
    """Return the error for a local Spark that finds no Java to run on."""
    return Undecidable(
        "engine_java",
        f"engine {name}: a local Spark needs Java 17: {_first(said)}",
        hint="install Java 17 and set JAVA_HOME, or name a server with remote_from",
    )


def writes(name: str) -> MetricgovError:
    """Return the error for a statement that would do more than read."""
    return Undecidable(
        "engine_read_only",
        f"engine {name} is only read from, and this statement does more",
        hint="this should not happen: tell the makers of metricgov which definition it came from",
    )


def too_slow(name: str, limits: Limits) -> MetricgovError:
    """Return the error for a query that was cancelled at its time limit."""
    return Undecidable(
        "engine_slow",
        f"engine {name}: the query took longer than {limits.seconds:g} s and was cancelled",
        hint="ask for fewer periods or dimensions, or raise `seconds` of the engine in metricgov.yaml",
    )


def too_many(name: str, limits: Limits) -> MetricgovError:
    """Return the error for an answer with more rows than anybody reads."""
    return Undecidable(
        "engine_rows",
        f"engine {name}: the answer has more than {limits.rows:,} rows",
        hint="ask for fewer periods or dimensions, or raise `rows` of the engine in metricgov.yaml",
    )


def no_secret(name: str, variable: str) -> MetricgovError:
    """Return the error for an address that the environment does not hold."""
    return Undecidable(
        "engine_secret",
        f"engine {name}: the environment variable {variable} is not set",
        hint=f"set {variable} to the address of the engine; it stands in no file",
    )


def _first(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[0] if lines else "no reason given"
