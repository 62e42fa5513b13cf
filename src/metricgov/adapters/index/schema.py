"""Which shape a database has and how it gets the newest, through Alembic; opening one lives in opening.py."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

HEAD = "0005"
"""The newest migration; a test holds it equal to the one Alembic finds."""

VERSION_TABLE = "alembic_version"


def folder() -> Path:
    """Return the migrations: as the wheel ships them, else as the source tree holds them."""
    package = Path(__file__).resolve().parents[2]
    shipped = package / "_migrations"
    return shipped if shipped.is_dir() else package.parents[1] / "migrations"


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's settings, complete without an alembic.ini."""
    from alembic.config import Config

    # Alembic keeps the stream it was made with, and ours may be closed by the time it prints: it gets one of its own.
    settings = Config(stdout=StringIO())
    settings.set_main_option("script_location", str(folder()).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def version(connection: Connection) -> str:
    """Return the migration that a database is at, "" if it holds none of our tables."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return ""
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant
    return str(found or "")


def known(revision: str) -> bool:
    """Say whether a migration is one of ours; one that is not was made by a newer program."""
    from alembic.script import ScriptDirectory

    return revision in {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}


def upgrade(connection: Connection) -> None:
    """Bring a database to the newest shape."""
    from alembic import command

    command.upgrade(config(connection), "head")
