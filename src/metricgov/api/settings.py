"""What a server is told by its environment and its file; the table in docs/reference/server.md is made from this."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

PREFIX: Final = "METRICGOV_"
FILE_VARIABLE: Final = "METRICGOV_SERVER_FILE"
"""Names the file; without it, metricgov-server.toml in the folder that the server is started in."""


class Settings(BaseSettings):
    """Everything a server can be told: by METRICGOV_<NAME> in its environment, or by the name in its file.

    The environment goes before the file, and the options of `metricgov serve` before both.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", toml_file="metricgov-server.toml")

    host: Annotated[str, Field(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port to listen on; 0 is any free one.")] = 8321
    registry: Annotated[Path, Field(description="Folder of the registry's clone.")] = Path()
    database: Annotated[str, Field(description="SQLAlchemy URL of the server's database.")] = ""
    rooms: Annotated[
        int, Field(ge=1, le=32, description="Questions answered at once, each with the registry opened.")
    ] = 2
    apart: Annotated[int, Field(ge=1, le=32, description="Long questions at once, each in a process of its own.")] = 2
    longest: Annotated[float, Field(ge=1, description="Seconds that a long question may take.")] = 900.0
    open_reading: Annotated[bool, Field(description="Let people read who are not signed in.")] = False
    session_hours: Annotated[
        float, Field(gt=0, le=720, description="Hours that somebody stays signed in at the pages.")
    ] = 12
    requests_per_minute: Annotated[
        int, Field(ge=0, description="Requests of one caller in a minute; 0 is no limit.")
    ] = 600
    body_limit: Annotated[int, Field(ge=1024, description="Bytes of the largest request.")] = 4_000_000
    log_format: Annotated[str, Field(pattern="json|text", description="Form of the log on stderr: json or text.")] = (
        "json"
    )
    worker: Annotated[bool, Field(description="Do the work of `metricgov worker` in this process too.")] = True
    worker_seconds: Annotated[
        float, Field(ge=0.1, le=3600, description="Seconds between two rounds of the worker.")
    ] = 30.0

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read options, then the environment, then the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=_file())


def _file() -> Path | None:
    import os

    named = os.environ.get(FILE_VARIABLE, "")
    found = Path(named) if named else Path("metricgov-server.toml")
    return found if found.is_file() else None
