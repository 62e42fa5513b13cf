"""Spark for tests, where `make test-spark` asked for it; anywhere else a test that needs it is skipped and says so."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import pytest


def require_spark() -> Any:
    """Return a local session; skip where nobody asked for Spark, fail where it was asked for and is not there."""
    if os.environ.get("METRICGOV_TEST_SPARK") != "1":
        pytest.skip("Spark is tried by: make test-spark")
    return _session()


@cache
def _session() -> Any:
    from pyspark.sql import SparkSession

    builder: Any = SparkSession.builder
    return (
        builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
