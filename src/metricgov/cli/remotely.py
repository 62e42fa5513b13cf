"""Commands that also work through a server (`--server URL`): asked there by the typed client, told as they are here."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from metricgov.cli.remotely_proposing import PROPOSING
from metricgov.cli.remotely_proving import PROVING
from metricgov.cli.remotely_reading import READING, needs_clone

if TYPE_CHECKING:
    from metricgov.desk.asked import Desk

Params = Mapping[str, Any]


def desk_at(url: str) -> Desk:
    """Return the desk of a server, for whoever is signed in there; BadInput where something is missing."""
    from metricgov.client.kept_logins import TOKEN_VARIABLE, KeptToken
    from metricgov.domain.errors import BadInput

    if not url.startswith(("http://", "https://")):
        raise BadInput("bad_server", f"{url!r} is no address", hint="write --server https://metrics.example.com")
    try:
        if not os.environ.get(TOKEN_VARIABLE, "") and not KeptToken(url)():
            says = f"you are not signed in at {url}, so the server would know nobody"
            raise BadInput("no_token", says, hint=f"metricgov login --server {url}, or export {TOKEN_VARIABLE}=…")
        from metricgov.client import connect

        return connect(url)
    except ModuleNotFoundError as error:
        hint = "pip install 'metricgov[client]'"
        raise BadInput("extra_missing", f"--server needs {error.name}", hint=hint) from None


def run(command: str, url: str, params: Params) -> None:
    """Do a command at a server."""
    needs_clone(params, **{name: option for name, option in ONLY_HERE.items() if (command, name) != REVOKED})
    COMMANDS[command](desk_at(url), params)


ONLY_HERE: Final[Mapping[str, str]] = {"only": "--only", "key": "--key", "claimed": "--as"}
"""Options that mean something only in a clone: whose person and key a server knows, the token says."""

REVOKED: Final = ("keys:revoke", "key")
"""There it is an argument: the key that is meant."""


def _deed(name: str, **taken: str) -> Callable[[Desk, Params], None]:
    """Return what does a deed; `taken` maps its fields to parameters of the command."""
    from metricgov.desk.deciding import VERDICTS

    fields = {"words": "message", **taken}

    def do(desk: Desk, params: Params) -> None:
        from metricgov.cli.output import data, screen, talk
        from metricgov.desk.deciding import Deed
        from metricgov.render.as_json import change_json
        from metricgov.render.outcome import outcome_text

        held: dict[str, Any] = {field: value for field, parameter in fields.items() if (value := params.get(parameter))}
        if name in VERDICTS:
            view = desk.change(params["change"])
            held |= {"revision": params.get("revision") or view.revision, "cycle": view.cycle}
        done = desk.do(params["change"], Deed(name, **held))
        if params.get("as_json"):
            data(change_json(done.view))
            return
        if done.commit:
            talk(f"On main as {done.commit[:12]}.")
        data(outcome_text(done.view, done.done, who=desk.reader().principal, screen=screen()))

    return do


def _inbox(desk: Desk, params: Params) -> None:
    from datetime import UTC, datetime

    from metricgov.cli.output import data, screen
    from metricgov.domain import time
    from metricgov.render.as_json import inbox_json
    from metricgov.render.changes import inbox_text

    rows, drafts, now = desk.inbox(), desk.drafts(), time.to_text(datetime.now(UTC))
    data(inbox_json(rows, drafts) if params["as_json"] else inbox_text(rows, drafts, now=now, screen=screen()))


def _changes(desk: Desk, params: Params) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.render.as_json import changes_json
    from metricgov.render.changes import change_list_text

    rows = desk.change_rows(
        ended=params["every"],
        state=params["state"].value if params["state"] else "",
        person=params["person"],
        definition=params["definition"],
        most=params["limit"],
    )
    data(changes_json(rows) if params["as_json"] else change_list_text(rows, screen=screen()))


def _change(desk: Desk, params: Params) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.render.as_json import change_json
    from metricgov.render.changes import change_text

    view = desk.change(params["change"])
    data(change_json(view) if params["as_json"] else change_text(view, screen=screen()))


def _story(desk: Desk, params: Params) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.render.past_json import story_json
    from metricgov.render.story import story_text

    view, lines = desk.change(params["change"]), desk.story(params["change"])
    data(story_json(view, lines) if params["as_json"] else story_text(view, lines, screen=screen()))


COMMANDS: Final[Mapping[str, Callable[[Desk, Params], None]]] = {
    **{
        f"deciding:{name}": _deed(name, name_of="name")
        for name in ("approve", "request_changes", "reject", "acknowledge", "abstain")
    },
    **{f"deciding:{name}": _deed(name) for name in ("withdraw_decision", "withdraw", "decline", "submit")},
    "deciding:end_objection": _deed("end_objection", person="person"),
    "deciding:comment": _deed("comment", thread="thread", path="path", field="field"),
    "deciding:resolve": _deed("resolve", thread="thread"),
    "deciding:reopen": _deed("reopen", thread="thread"),
    "landing:apply": _deed("apply"),
    "landing:rebase": _deed("rebase"),
    "landing:revert": _deed("revert"),
    "scheduling:schedule": _deed("schedule", day="at"),
    "scheduling:unschedule": _deed("unschedule"),
    "overriding:override": _deed("override"),
    "deciding:supersede": _deed("supersede", other="by"),
    "numbers:accept_warning": _deed("accept_warning", warning="warning", metric="metric"),
    "overriding:review_override": _deed("review_override", again="revert"),
    "standing_in:reassign": _deed("reassign", person="to"),
    "people:inbox": _inbox,
    "changes:list_": _changes,
    "changes:show": _change,
    "changes:explain": _story,
    **READING,
    **PROVING,
    **PROPOSING,
}
"""What each command does at a server, by its place in the table of commands."""
