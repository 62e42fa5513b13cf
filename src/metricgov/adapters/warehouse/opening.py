"""From a name in metricgov.yaml to an engine that answers; each library is imported when its engine is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from metricgov.adapters.warehouse.failing import no_secret
from metricgov.domain.errors import BadInput, Undecidable

if TYPE_CHECKING:
    from metricgov.domain.definitions.engines import EngineSettings
    from metricgov.ports.warehouse import Warehouse

EXTRA = {"duckdb": "data", "sqlalchemy": "data", "spark": "spark"}


def open_warehouse(name: str, settings: EngineSettings, *, folder: Path, environ: Mapping[str, str]) -> Warehouse:
    """Return an engine; Undecidable where its address or its library is missing."""
    with require(settings.type):
        match settings.type:
            case "duckdb":
                from metricgov.adapters.warehouse.duckdb import DuckDbWarehouse

                return DuckDbWarehouse(name, settings, folder)
            case "sqlalchemy":
                from metricgov.adapters.warehouse.sql import SqlWarehouse

                url = environ.get(settings.url_from)
                if not url:
                    raise no_secret(name, settings.url_from)
                return SqlWarehouse(name, settings, url)
            case "spark":
                from metricgov.adapters.warehouse.spark import SparkWarehouse

                return SparkWarehouse(name, settings, folder, environ)
            case _:
                assert_never(settings.type)


@contextmanager
def require(engine: str) -> Iterator[None]:
    """Turn a library that is not installed into Undecidable with the command that installs it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise Undecidable(
            "engine_library",
            f"engines of type {engine} need {error.name}, which is not installed",
            hint=f"pip install 'metricgov[{EXTRA[engine]}]'",
        ) from error


def chosen(engines: Mapping[str, EngineSettings], wanted: str | None) -> str:
    """Return the engine to use: the one that is named, or the only one there is."""
    if wanted is not None:
        if wanted in engines:
            return wanted
        raise BadInput(
            "engine_unknown", f"no engine is called {wanted}", hint=f"engines: {', '.join(engines) or 'none'}"
        )
    if not engines:
        raise Undecidable(
            "no_engine",
            "metricgov.yaml names no engine, so no number can be computed",
            hint="add one under `engines`, as `warehouse: {type: duckdb, path: data.duckdb}`: metricgov edit metricgov",
        )
    if len(engines) > 1:
        raise BadInput("engine_unclear", "there are several engines", hint=f"--engine {' | '.join(engines)}")
    return next(iter(engines))
