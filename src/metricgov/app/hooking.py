"""Putting our hooks beside those that are there, and taking them away again; what a hook does is for guarding.py."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from metricgov.domain.errors import Refused
from metricgov.ports.hooks import Hooks

MARK = "# metricgov-hook 1"
READS_INPUT = frozenset({"pre-push", "pre-receive"})
KEPT = ".before-metricgov"
"""What the name of a hook that was there before gets behind it."""

SCRIPT = """#!/bin/sh
{mark}: written by `metricgov hook install`, taken away by `metricgov hook uninstall`
input={input}
before="$(dirname "$0")/{name}{kept}"
if [ -x "$before" ]; then
  {say_input}"$before" "$@" || exit $?
fi
if [ -x {python} ]; then
  {say_input}{python} -m metricgov.cli.main hook run {name}{options} "$@"
elif command -v metricgov >/dev/null 2>&1; then
  {say_input}metricgov hook run {name}{options} "$@"
else
  echo 'metricgov is gone from where this hook looks for it; install it again, then: metricgov hook install' >&2
  exit 1
fi
"""


@dataclass(frozen=True, slots=True)
class Installed:
    """What became of one hook: `written`, `renewed`, `in place`, `removed`, `not ours`, `none`; what runs first."""

    name: str
    what: str
    runs_first: str = ""


def script(name: str, *, python: str, options: Sequence[str] = ()) -> bytes:
    """Return the text of a hook; the one that was there before runs first, with the same input."""
    reads = name in READS_INPUT
    return SCRIPT.format(
        mark=MARK,
        name=name,
        kept=KEPT,
        python=shlex.quote(python),
        options="".join(f" {shlex.quote(one)}" for one in options),
        input="$(cat)" if reads else "",
        say_input="printf '%s\\n' \"$input\" | " if reads else "",
    ).encode()


def install(
    hooks: Hooks, names: Sequence[str], *, python: str, chain: bool, options: Sequence[str] = ()
) -> list[Installed]:
    """Write these hooks.

    Refused, before anything is written, where one of them is somebody else's and `chain` does not say that it shall
    run first.
    """
    found = {name: hooks.read(name) for name in names}
    foreign = [name for name, data in found.items() if data is not None and not _ours(data) and not _calls(data, name)]
    if foreign and not chain:
        name = foreign[0]
        raise Refused(
            "hook_exists",
            f"{hooks.folder()}/{name} is there already and is not ours",
            hint=f'let it run first with --chain, or add to it yourself: metricgov hook run {name} "$@"',
        )
    done: list[Installed] = []
    for name, data in found.items():
        wanted = script(name, python=python, options=options)
        if name in foreign:
            hooks.move(name, name + KEPT)
        elif data is not None and (data == wanted or not _ours(data)):
            done.append(Installed(name, "in place", _first(hooks, name)))
            continue
        hooks.write(name, wanted)
        done.append(Installed(name, "renewed" if data is not None and _ours(data) else "written", _first(hooks, name)))
    return done


def uninstall(hooks: Hooks, names: Sequence[str]) -> list[Installed]:
    """Take our hooks away; those that were there before get their names back, and others are left alone."""
    done: list[Installed] = []
    for name in names:
        data = hooks.read(name)
        if data is None or not _ours(data):
            done.append(Installed(name, "none" if data is None else "not ours"))
            continue
        before = hooks.read(name + KEPT) is not None
        hooks.remove(name)
        if before:
            hooks.move(name + KEPT, name)
        done.append(Installed(name, "removed", name + " of before" if before else ""))
    return done


def _first(hooks: Hooks, name: str) -> str:
    return name + KEPT if hooks.read(name + KEPT) is not None else ""


def _ours(data: bytes) -> bool:
    return MARK.encode() in data


def _calls(data: bytes, name: str) -> bool:
    return f"metricgov hook run {name}".encode() in data
