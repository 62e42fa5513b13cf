"""The reference pages of governance files and journal events, made from the models and their descriptions."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

FILES = (
    ("metricgov", "metricgov.yaml", "What this registry is."),
    ("people", "governance/people.yaml", "Who exists."),
    ("raci", "governance/raci.yaml", "Who decides about what."),
    ("policy", "governance/policy.yaml", "What a change needs."),
)

VARIABLES = (
    ("METRICGOV_ACTOR", "Who acts, as with `--as`: recorded as claimed."),
    (
        "METRICGOV_SIGNING_KEY",
        "The SSH key that signs decisions: a file, or `key::` and a public key; else git's user.signingkey.",
    ),
    ("METRICGOV_OFFLINE", "Set to 1, everything that is decided waits in this clone, as with `--offline`; see sync."),
    ("METRICGOV_NOTIFY", "The private file that says how people are told; by default notify.toml beside the index."),
    ("METRICGOV_INDEX", "A SQLAlchemy URL of another database for the index; by default a file in the git directory."),
    ("METRICGOV_SERVER", "The address of a server at which commands are done, as with `--server`."),
    ("METRICGOV_TOKEN", "The token by which one signs in there; goes before what `metricgov login` has kept."),
    ("XDG_CONFIG_HOME", "The folder in whose `metricgov` logins.json and tui.yaml lie; by default ~/.config."),
    (
        "METRICGOV_DATABASE",
        "A SQLAlchemy URL of a server's own database; by default METRICGOV_INDEX, else a file in the git directory.",
    ),
    (
        "METRICGOV_SERVER_FILE",
        "The file of a server's [settings](server.md); by default metricgov-server.toml.",
    ),
    ("METRICGOV_DEMO_DIR", "An empty folder in which `make demo` plays and that it leaves behind."),
    ("VISUAL, EDITOR", "The editor that `edit`, `new --edit` and `revise --edit` open; the first that is set counts."),
    ("NO_COLOR", "Set to anything: no colour. Without a terminal there is none anyway."),
)
"""Environment variables that a person may set. The verdict of the gate depends on none of them (INV-24)."""


def configuration_page(note: str) -> str:
    """Return the page of the governance files, field by field, and of the environment."""
    return "\n".join(_configuration(note)) + "\n"


def _configuration(note: str) -> Iterator[str]:
    from metricgov.domain.definitions.governance import MODELS

    yield from ("# Configuration", "", note, "")
    yield "All of it stands in four files of the main branch. They are read from the base of a change, and a change of"
    yield "them is judged by the rules in force before it. Definitions have their own [schemas](schemas)."
    told: set[type[BaseModel]] = set()
    for kind, path, says in FILES:
        yield from ("", f"## {path}", "", says, "")
        yield from _model(MODELS[kind], told)
    yield from ("", "## Environment", "", "| variable | meaning |", "|---|---|")
    yield from (f"| `{name}` | {meaning} |" for name, meaning in VARIABLES)


def _model(model: type[BaseModel], told: set[type[BaseModel]]) -> Iterator[str]:
    """Yield the table of a model, then those of the models inside it; each once on the page."""
    told.add(model)
    yield from ("| field | type | default | meaning |", "|---|---|---|---|")
    for name, field in model.model_fields.items():
        yield f"| `{name}` | {_type(field.annotation)} | {_default(field)} | {_cell(field.description or '')} |"
    for inner in _inner(model):
        if inner not in told:
            yield from ("", f"### {inner.__name__}", "", _sentence(inner), "")
            yield from _model(inner, told)


def _inner(model: type[BaseModel]) -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []

    def look(annotation: Any) -> None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found.append(annotation)
        for argument in typing.get_args(annotation):
            look(argument)

    for field in model.model_fields.values():
        look(field.annotation)
    return found


def _type(annotation: Any) -> str:
    """Return a type in the words of YAML."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_type(one) for one in arguments if one is not type(None)))
    if origin is typing.Literal:
        return " or ".join(f"`{one}`" for one in arguments)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"mapping to {_type(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ", ".join(f"`{one.value}`" for one in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return {str: "text", int: "number", bool: "true or false"}.get(annotation, str(annotation))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value in (None, (), "") or field.default_factory is not None:
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _sentence(model: type[BaseModel]) -> str:
    return _cell((model.__doc__ or "").split("\n\n")[0])


def events_page(note: str) -> str:
    """Return the page of the journal's events: what each says, when it is possible, its payload."""
    return "\n".join(_events(note)) + "\n"


def _events(note: str) -> Iterator[str]:
    from metricgov.domain.workflow.admit import STAGES
    from metricgov.domain.workflow.typed import REGISTRY_TYPES, TYPES

    yield from ("# Events of the journal", "", note, "")
    yield "How they are stored and chained: [the journal](../concepts/journal.md). `Possible in` names the states of a"
    yield "change in which an event has an effect; `metricgov audit verify` reports one that stands anywhere else, and"
    yield "it changes nothing."
    told: set[type[BaseModel]] = set()
    for name, payload in TYPES.items():
        yield from ("", f"## {name}", "", _sentence(payload), "")
        if name in REGISTRY_TYPES:
            yield "Belongs to the registry, not to a change."
        else:
            stages = sorted(stage.value for stage in STAGES[payload])
            yield f"Possible in: {', '.join(f'`{one}`' for one in stages)}."
        yield ""
        yield from _payload(payload, told)


def _payload(model: type[BaseModel], told: set[type[BaseModel]]) -> Iterator[str]:
    yield from ("| key | type | default |", "|---|---|---|")
    for name, field in model.model_fields.items():
        yield f"| `{field.alias or name}` | {_type(field.annotation)} | {_default(field)} |"
    for inner in _inner(model):
        if inner not in told:
            told.add(inner)
            yield from ("", f"### {inner.__name__}", "", _sentence(inner), "")
            yield from _payload(inner, told)
