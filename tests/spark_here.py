"""Spark for tests, where `make test-spark` asked for it; anywhere else a test that needs it is skipped and says so.

METRICGOV_TEST_SPARK is `local` for a session in this process, `connect` for a Spark Connect server on this machine.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import pytest

from metricgov.domain.definitions.engines import SparkEngine

WANTED = os.environ.get("METRICGOV_TEST_SPARK", "")


def require_spark() -> None:
    """Skip where nobody asked for Spark; where it was asked for and is not there, the test fails."""
    if WANTED not in ("local", "connect"):
        pytest.skip("Spark is tried by: make test-spark")


def spark_engine() -> tuple[SparkEngine, dict[str, str]]:
    """Return the settings of an engine, and its environment."""
    if WANTED == "connect":
        session()  # starts the server, and leaves its address behind
        return SparkEngine(type="spark", remote_from="SPARK_URL"), {"SPARK_URL": _address()}
    return SparkEngine(type="spark"), {}


@cache
def session() -> Any:
    """Return the session that tests make their tables in."""
    from pyspark.sql import SparkSession

    builder: Any = SparkSession.builder
    builder = builder.remote("local[2]") if WANTED == "connect" else builder.master("local[2]")
    quiet = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }
    for name, value in quiet.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _address() -> str:
    return os.environ.get("SPARK_CONNECT_URL", "sc://localhost:15002")
