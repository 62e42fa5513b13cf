"""What a server is told by its environment and its file; the table in docs/reference/server.md is made from this."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from metricgov.adapters.oidc.documents import is_safe
from metricgov.domain.errors import BadInput
from metricgov.domain.people.tokens import Right, scopes_of

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
    listeners: Annotated[int, Field(ge=1, description="People who may follow what happens at once.")] = 200
    log_format: Annotated[str, Field(pattern="json|text", description="Form of the log on stderr: json or text.")] = (
        "json"
    )
    traces: Annotated[
        str, Field(description="Collector that spans are sent to (OpenTelemetry, OTLP over HTTP): its address.")
    ] = ""
    worker: Annotated[bool, Field(description="Do the work of `metricgov worker` in this process too.")] = True
    worker_seconds: Annotated[
        float, Field(ge=0.1, le=3600, description="Seconds between two rounds of the worker.")
    ] = 30.0
    oidc_issuer: Annotated[
        str, Field(description="Provider of identities (OpenID Connect) at which people sign in: its address.")
    ] = ""
    oidc_client_id: Annotated[
        str, Field(description="Client there, for `metricgov login` (public) and for the pages.")
    ] = ""
    oidc_client_secret: Annotated[
        str, Field(description="Its secret, where the provider wants one from browsers that sign in to the pages.")
    ] = ""
    oidc_audience: Annotated[
        str, Field(description="Audience of the tokens that are sent to this server; without it, the client.")
    ] = ""
    oidc_clients: Annotated[str, Field(description="Other clients whose tokens are taken, by commas.")] = ""
    oidc_bearer: Annotated[
        str, Field(pattern="id_token|access_token", description="Token that is sent: id_token or access_token.")
    ] = "id_token"
    oidc_scopes: Annotated[str, Field(description="Scopes that `metricgov login` asks for.")] = (
        "openid email profile offline_access"
    )
    oidc_claim: Annotated[
        str,
        Field(min_length=1, description="Claim that says who it is: email, or one with an id of people.yaml."),
    ] = "email"
    oidc_rights: Annotated[str, Field(description="Rights of everybody who signs in there; never admin.")] = (
        "read,propose,decide"
    )
    oidc_groups: Annotated[
        dict[str, str], Field(description='Further rights by group: `{"metrics-admins": "audit,admin"}`.')
    ] = {}
    oidc_groups_claim: Annotated[str, Field(description="Claim that lists the groups of somebody.")] = "groups"

    @model_validator(mode="after")
    def _oidc_is_whole(self) -> Settings:
        """Refuse a provider that could not be used, or would be with anybody's tokens."""
        if self.oidc_issuer and not is_safe(self.oidc_issuer):
            raise ValueError("oidc_issuer: an https address, or one of this machine")
        if self.oidc_issuer and not (self.oidc_client_id or self.oidc_audience):
            raise ValueError("oidc_issuer: needs oidc_client_id, else tokens for any other program would count")
        rights_of("oidc_groups", *self.oidc_groups.values())
        if Right.ADMIN in rights_of("oidc_rights", self.oidc_rights):
            raise ValueError('oidc_rights: nobody is admin by signing in; name a group: oidc_groups = {NAME = "admin"}')
        return self

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


def rights_of(setting: str, *words: str) -> frozenset[Right]:
    """Return the rights that a setting names; ValueError where one is none."""
    try:
        return frozenset(right for one in words for right in scopes_of([one]))
    except BadInput as error:
        raise ValueError(f"{setting}: {error.message}; {error.hint}") from None


def _file() -> Path | None:
    import os

    named = os.environ.get(FILE_VARIABLE, "")
    found = Path(named) if named else Path("metricgov-server.toml")
    return found if found.is_file() else None
