"""A small registry with a quarter worth reporting, and the auditor's file of it as the program writes it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from integration.gate.gate_world import ACCEPTED, PEOPLE, SPEED, VIEWS, World, edited
from metricgov.domain.workflow import commands

FROM, TO = "2026-06-01", "2026-06-30"

SLOWER = edited(SPEED, ("'4' HOUR", "'8' HOUR"), ("4 hours", "8 hours"))
FORMULA = '=HYPERLINK("https://evil.example","x") <script>alert(\'x\')</script> \u202e'
"""Words that a spreadsheet would calculate, a browser run, and a terminal turn round."""


@dataclass(frozen=True)
class Ran:
    """How a call of the program ended."""

    code: int
    out: str
    err: str


def program(root: Path, *words: str | Path, environment: Mapping[str, str] | None = None) -> Ran:
    """Run the program in a folder, in a process of its own."""
    command = [sys.executable, "-m", "metricgov.cli.main", *map(str, words)]
    done = subprocess.run(
        command, cwd=root, env=os.environ | (environment or {}), capture_output=True, text=True, encoding="utf-8"
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def written(root: Path, out: Path, *words: str, environment: Mapping[str, str] | None = None) -> Ran:
    """Write the file of the quarter."""
    return program(root, "audit", "report", "--from", FROM, "--to", TO, "--out", out, *words, environment=environment)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
    }


def quarter(world: World) -> dict[str, str]:
    """Let things happen, and return the changes by what they are."""
    faster = world.propose({SPEED: edited(SPEED, ("'4' HOUR", "'2' HOUR"), ("4 hours", "2 hours"))}, why=FORMULA)
    world.say(faster, "crm-deputy", commands.Comment(text=FORMULA, path=SPEED, field="calculation"))
    world.decide(faster, commands.RequestChanges, "crm-lead", reason="Say why two hours.")
    world.revise(faster, {SPEED: edited(SPEED, ("'4' HOUR", "'3' HOUR"), ("4 hours", "3 hours"))})
    world.say(faster, "crm-lead", commands.WithdrawDecision(reason="It says so now."))
    world.say(faster, "crm-deputy", commands.ResolveThread(thread=world.state(faster).threads[0].id))
    world.apply(world.agree(faster), "crm-lead")
    left = {PEOPLE: edited(PEOPLE, ("email: crm-deputy@example.com", "email: crm-deputy@example.com, status: left"))}
    people = world.agree(world.reword(left))
    world.apply(people)
    world.push({VIEWS: edited(VIEWS, ("where: NOT is_test", "where: TRUE"), ("that somebody", "that anybody"))})
    world.push({SPEED: SLOWER}, message="quick fix")
    dropped = world.reword({ACCEPTED: edited(ACCEPTED, ("Moves the weekly", "Moves the whole weekly"))}, "crm-lead")
    world.say(dropped, "crm-lead", commands.Withdraw(reason="Not now."))
    waiting = world.propose({"models/leads.sql": b"select 1 as lead_id\n"})
    return {"faster": faster, "people": people, "dropped": dropped, "waiting": waiting}
