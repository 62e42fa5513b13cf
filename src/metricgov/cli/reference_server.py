"""The reference pages of the server: its settings, its resources, and the OpenAPI file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

COMPATIBLE = """\
Within `/v1`: paths, methods, names of operations, parameters and fields stay, and keep their types and meanings; no
parameter and no field of a request becomes required; a code keeps its status. What may come at any time: new paths,
new parameters that may be left out, new fields in answers, new words in lists of words, new codes. So a client ignores
fields it does not know, and takes an unknown word for "something else". What would break this goes to `/v2`, and both
are served for a year. A test holds the program to the committed [OpenAPI file](openapi.json)."""


HOW = """\
## How it answers
- **Who asks** stands in `Authorization: Bearer …`: a token of the server, or one of the provider that
  `GET /v1/sign-in` names. [Who may do what](../how-to/run-a-server.md#who-may-do-what) says what comes of it.
- **Errors** are problems (RFC 9457): `code` is stable, `detail` says what is wrong, `hint` the next step, `unmet`
  every requirement that is missing with who can meet it and how.
- **Lists** come in pages: `limit`, and `cursor` with what `next` said. `fields` names the fields that are wanted.
- **Tags**: every answer to GET has an `ETag`; `If-None-Match` saves reading it again. A change keeps its tag while
  nothing happens to it. `If-Match` with that tag holds a command to what was read: 412 when anything happened since,
  up to the moment at which the decision is recorded. In the body, `saw` (the `seq` of the change) does the same, and
  `revision` with `cycle` hold a verdict to the contents alone.
- **Repeats**: a command with an `Idempotency-Key` is carried out once, even when its asker hangs up; for a day the
  same key gets the same answer (`Idempotency-Replayed: true`). A refusal (4xx) changed nothing and is not kept. Nor
  is an error from before there was anything to write: the same key may be asked again. Any other error (5xx) is
  kept, because the event may be recorded: read the change, then ask with a new key; so does
  `outcome_unknown`, the answer to what a process began that was killed.
- **Short answers**: a deed with `Prefer: return=minimal` (RFC 7240) is answered with what went on record, `done` and
  `commit`, without the change as it stands then, which would be judged anew.
- **What takes long** can be followed: with `Accept: text/event-stream` come `progress`, then `answer` or `problem`.
  Whoever hangs up ends it, with or without events; `METRICGOV_LONGEST` ends it too."""


def bare_application() -> FastAPI:
    """Return the application with everything it can serve, over nothing: for its description alone."""
    from metricgov.api.assembled import described

    return described()


def openapi_text() -> str:
    """Return the OpenAPI file."""
    return json.dumps(bare_application().openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def server_page(note: str) -> str:
    """Return the page of the settings."""
    from metricgov.api.settings import FILE_VARIABLE, PREFIX, Settings

    lines = ["# Settings of the server", "", note, ""]
    lines += [f"Each is an environment variable, or a line of the TOML file that `{FILE_VARIABLE}` names"]
    lines += ["(`metricgov-server.toml` in the folder of the server without it). The environment goes before the file,"]
    lines += ["options of `metricgov serve` before both. Secrets belong in the environment.", ""]
    lines += ["| variable | in the file | default | meaning |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        lines.append(
            f"| `{PREFIX}{name.upper()}` | `{name}` | {f'`{shown}`' if shown else '–'} | {field.description} |"
        )
    return "\n".join(lines) + "\n"


def api_page(note: str) -> str:
    """Return the page of all resources."""
    lines = ["# The API", "", note, "", COMPATIBLE, "", HOW, "", "## Resources"]
    lines += ["| method and path | operation | right | does |", "|---|---|---|---|"]
    for path, methods in bare_application().openapi()["paths"].items():
        for method, operation in methods.items():
            lines.append(
                f"| `{method.upper()} {path}` | `{operation['operationId']}` | {operation.get('x-right', '–')} "
                f"| {_first(operation)} |"
            )
    return "\n".join(lines) + "\n"


def _first(operation: dict[str, Any]) -> str:
    says = str(operation.get("description") or operation.get("summary") or "")
    return " ".join(says.split("\n\n", maxsplit=1)[0].split()).replace("|", "\\|")
