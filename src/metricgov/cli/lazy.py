"""A Typer group that imports the module of a command only when that command runs; help comes from a table."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from typer import BadParameter, _click
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command_from_info
from typer.models import CommandInfo


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command lives (`module:function`) and its one line in the overview."""

    target: str
    says: str


@dataclass(frozen=True, slots=True)
class Group:
    """A command with commands of its own."""

    says: str
    commands: Mapping[str, Command]


ONLY_READ = frozenset({"inbox", "whoami"})
"""Commands that ask who acts and write nothing; all others with `--as` may be told to work `--offline`."""


AT_A_SERVER = frozenset(
    f"{module}:{name}"
    for module, names in {
        "deciding": "approve request_changes reject acknowledge abstain withdraw_decision end_objection comment "
        "resolve reopen withdraw decline submit supersede",
        "landing": "apply rebase revert",
        "scheduling": "schedule unschedule",
        "overriding": "override review_override",
        "numbers": "accept_warning effect",
        "standing_in": "delegate reassign",
        "people": "inbox who whoami",
        "changes": "list_ show diff explain",
        "reading": "list_ show impact",
        "past": "history changelog",
        "comparing": "compare asof",
        "why": "why",
        "snapshots": "revisions",
        "policy": "check",
        "keys": "list_ add revoke",
        "editing": "retire rename",
        "staff": "import_ replace",
        "audit": "log verify",
        "audit_main": "scan",
        "audit_report": "report",
        "audit_export": "export",
    }.items()
    for name in names.split()
)
"""Commands that can be given to a server instead (cli/remotely.py says how)."""


def _built(info: CommandInfo) -> _click.Command:
    return get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)


def _held_by(name: str) -> list[Any]:
    """Return an option that many commands have, with its value passed on."""
    holder = _built(CommandInfo(callback=getattr(importlib.import_module("metricgov.cli.options"), name)))
    return list(holder.params)


def _here_or_there(target: str, here: Callable[..., Any] | None) -> Callable[..., Any]:
    """Return what runs a command in this clone, or at the server that is named."""

    def run(**params: Any) -> Any:
        url = params.pop("server")
        if url:
            return importlib.import_module("metricgov.cli.remotely").run(target, url, params)
        assert here is not None
        return here(**params)

    return run


def _without_value(name: str) -> list[Any]:
    """Return an option that many commands have and no command has to pass on; cli/options.py says what it does."""
    holder = _built(CommandInfo(callback=getattr(importlib.import_module("metricgov.cli.options"), name)))
    for one in holder.params:
        one.expose_value = False
    return list(holder.params)


class LazyGroup(TyperGroup):
    """Builds a command from its function at the moment it is asked for."""

    def __init__(self, *, sections: Mapping[str, Mapping[str, Command | Group]], **settings: Any) -> None:
        super().__init__(rich_markup_mode=None, no_args_is_help=True, **settings)
        self.sections = sections
        table = {name: entry for section in sections.values() for name, entry in section.items()}
        self.table: Mapping[str, Command | Group] = table
        self.commands = dict.fromkeys(table, TyperCommand(None))  # names only: what did-you-mean looks at

    def list_commands(self, ctx: _click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: _click.Context, cmd_name: str) -> _click.Command | None:
        """Import and build one command; None if the table has no such name."""
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        if isinstance(entry, Group):
            return LazyGroup(sections={"Commands": entry.commands}, name=cmd_name, help=entry.says)
        module, function = entry.target.split(":")
        callback = getattr(importlib.import_module(module), function)
        command = _built(CommandInfo(name=cmd_name, callback=callback, short_help=entry.says))
        if (target := entry.target.rpartition(".")[2]) in AT_A_SERVER:
            command.params += _held_by("server")
            command.callback = _here_or_there(target, command.callback)
        if cmd_name not in ONLY_READ and "claimed" in inspect.signature(callback).parameters:
            command.params += _without_value("offline")
        for parameter in command.params:
            _name_its_value(parameter)
        return command

    def invoke(self, ctx: _click.Context) -> Any:
        """Run the command that was asked for; a wrong value is reported without the library's word for it."""
        try:
            return super().invoke(ctx)
        except BadParameter as wrong:
            wrong.message = wrong.message.removeprefix("Value error, ")
            raise

    def format_commands(self, ctx: _click.Context, formatter: _click.HelpFormatter) -> None:
        """Write the overview from the table, importing nothing."""
        width = max(map(len, self.table))
        for title, commands in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), entry.says) for name, entry in commands.items()])

    def shell_complete(self, ctx: _click.Context, incomplete: str) -> list[Any]:
        """Complete the names of commands from the table, importing nothing."""
        from typer._click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=entry.says) for name, entry in self.table.items() if name.startswith(incomplete)
        ]


def _name_its_value(parameter: object) -> None:
    """Let help show what a value is called (`--domain DOMAIN`), not the type that Python holds it in."""
    if isinstance(parameter, TyperArgument):
        setattr(parameter, "display_type_rich", lambda **_: "")  # noqa: B010 - on this one alone
    elif isinstance(parameter, TyperOption) and not parameter.is_flag and parameter.metavar is None:
        described = parameter.type_descriptor
        if not described.is_choice:
            longest = max(parameter.opts, key=len).lstrip("-")
            parameter.metavar = "NUMBER" if described.is_ranged else longest.replace("-", "_").upper()
