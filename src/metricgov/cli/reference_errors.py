"""The reference page of error codes, read out of the source: what is raised there is what stands here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

EXIT_CODES = {"Refused": 1, "BadInput": 2, "Undecidable": 3}
ELLIPSIS = "…"


def errors_page(package: Path, note: str) -> str:
    """Return the page of all codes with their exit code and the form of their message."""
    return "\n".join(_lines(package, note)) + "\n"


def _lines(package: Path, note: str) -> Iterator[str]:
    from metricgov.domain.workflow.requirements import Code

    yield from ("# Error codes", "", note, "")
    yield "An error for people is a sentence with its code in brackets and a hint with the next step. Codes are stable,"
    yield f"words are not. `{ELLIPSIS}` stands for what differs from case to case. What is wrong in a file has codes"
    yield "in capitals: the [rules of structure](lint-rules.md)."
    for exit_code, title in ((1, "refused"), (2, "the call or a file cannot be used"), (3, "no verdict is possible")):
        yield from ("", f"## Exit code {exit_code}: {title}", "", "| code | message |", "|---|---|")
        rows: dict[str, set[str]] = {}
        for code, message, found in raised(package):
            if found == exit_code:
                rows.setdefault(code, set()).add(_cell(message))
        yield from (f"| `{code}` | {' · '.join(sorted(messages))} |" for code, messages in sorted(rows.items()))
    yield from ("", "## What can be missing from a change", "")
    yield "A refusal by the rules names all of these at once, with who can supply each and how; its code is that of the"
    yield "first. They stand in `unmet` of JSON output and of the gate."
    yield ""
    yield ", ".join(f"`{code.value}`" for code in Code)


def raised(package: Path) -> Iterator[tuple[str, str, int]]:
    """Yield code, form of the message and exit code of every error that is made with a code written there."""
    for file in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (found := _made(node)):
                yield found


def _made(call: ast.Call) -> tuple[str, str, int] | None:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    arguments = call.args
    if name == "Failure" and len(arguments) > 2:
        name, arguments = "Undecidable", arguments[1:]
    if name not in EXIT_CODES or len(arguments) < 2 or not isinstance(arguments[0], ast.Constant):
        return None
    return str(arguments[0].value), form(arguments[1]), EXIT_CODES[name]


def form(node: ast.expr) -> str:
    """Return a message with an ellipsis for each part that is only known when it is raised."""
    match node:
        case ast.Constant(value=str(text)):
            return re.sub(r"\{\w+\}", ELLIPSIS, text)
        case ast.JoinedStr(values=values):
            parts = (one.value if isinstance(one, ast.Constant) else ELLIPSIS for one in values)
            return "".join(str(part) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return form(left) + form(right)
        case _:
            return ELLIPSIS


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
