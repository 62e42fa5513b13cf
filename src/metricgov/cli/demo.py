"""The demo: one change of one metric, from proposal to gate, with every command shown before it runs."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from metricgov.desk.trying import METRIC, NARROWED, WHY
from metricgov.desk.trying import PATH as FILE

BRANCH = "narrow-window"


class Surprise(RuntimeError):
    """A command of the demo ended otherwise than it should have."""


@dataclass(slots=True)
class Stage:
    """Where the demo plays: a folder, and an environment in which git knows nobody but the people of the starter."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    step: int = 0

    def say(self, text: str) -> None:
        """Print one sentence of the story."""
        self.step += 1
        mark = "\033[1m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ""
        print(f"\n{mark}{self.step}. {text}{mark and chr(27) + '[0m'}", flush=True)

    def metricgov(self, line: str, *, expect: int = 0, person: str = "") -> None:
        """Show and run one command of the program; Surprise if it ends with another exit code."""
        shown = f"metricgov {line}" + (f" --as {person}" if person else "")
        words = shlex.split(line) + (["--as", person] if person else [])
        self._run(shown, [sys.executable, "-m", "metricgov.cli.main", *words], expect)

    def git(self, line: str) -> None:
        """Show and run one command of git."""
        self._run(f"git {line}", ["git", *shlex.split(line)], 0)

    def _run(self, shown: str, command: list[str], expect: int) -> None:
        print(f"\n$ {shown}", flush=True)
        done = subprocess.run(command, cwd=self.folder, env=self.environment, check=False, stdin=subprocess.DEVNULL)
        if expect:
            print(f"(exit code {done.returncode})", flush=True)
        if done.returncode != expect:
            raise Surprise(f"`{shown}` ended with {done.returncode}, not {expect}")


def environment() -> dict[str, str]:
    """Return an environment without the person's own git settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "METRICGOV_"))}
    return kept | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Marketing operations lead",
        "GIT_AUTHOR_EMAIL": "ops-lead@example.com",
        "GIT_COMMITTER_NAME": "Marketing operations lead",
        "GIT_COMMITTER_EMAIL": "ops-lead@example.com",
    }


def narrow_window(folder: Path) -> None:
    """Edit the metric as its owner would: two windows, the description, target and thresholds."""
    file = folder / FILE
    text = file.read_text(encoding="utf-8")
    for before, after in NARROWED:
        if before not in text:
            raise Surprise(f"{FILE} does not hold {before!r}")
        text = text.replace(before, after)
    file.write_text(text, encoding="utf-8")


def play(stage: Stage) -> None:
    """Run the whole story."""
    today = datetime.now(UTC).date().isoformat()
    stage.say("A registry: definitions on main, decisions on a branch of their own. No server, no database.")
    stage.metricgov("init . --starter --preset standard --yes --person demo --name Demo --email demo@example.com")
    stage.say("The operations lead narrows the window of a ratio metric from 30 to 14 days, on a branch.")
    stage.git(f"switch --quiet --create {BRANCH}")
    narrow_window(stage.folder)
    stage.git("diff --unified=0 --word-diff=plain")
    stage.git("commit --quiet --all --message 'Count leads that were accepted within 14 days'")
    stage.say("CI runs the gate. Nobody agreed, so it blocks, and says what the edit means and who is needed.")
    stage.metricgov(f"gate --base main --head {BRANCH}", expect=1)
    stage.say("So the branch becomes a change request: why, what it is, what happens to history, from when.")
    stage.metricgov(
        f"propose --from {BRANCH} -m {shlex.quote(WHY)} --intent redefinition --treatment restate "
        f"--effective {today} --yes",
        person="ops-lead",
    )
    stage.say("Somebody who is not responsible for it tries to approve. Refused, with who could.")
    stage.metricgov(f"approve {METRIC} -m 'looks fine'", expect=1, person="paid-lead")
    stage.say("What waits for the accountable person?")
    stage.metricgov("inbox", person="crm-lead")
    stage.say("Those who are consulted answer; the accountable agrees, and one of the council.")
    stage.metricgov(f"acknowledge {METRIC} -m 'Our weekly report follows.'", person="sales-ops-lead")
    stage.metricgov(f"approve {METRIC} -m 'The window matches how sales works.'", person="crm-lead")
    stage.metricgov(f"approve {METRIC} -m 'Lead quality trend can take it.'", person="head-of-marketing")
    stage.say("It is applied: judged once more, then one commit on main.")
    before = subprocess.run(
        ["git", "rev-parse", "main"],
        cwd=stage.folder,
        env=stage.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    stage.metricgov(f"apply {METRIC}", person="ops-lead")
    stage.git("log --oneline --max-count 2 main")
    stage.say("The gate passes now, and names the approval; history and journal hold the rest.")
    stage.metricgov(f"gate --base {before} --head main")
    stage.metricgov(f"history {METRIC}")
    stage.metricgov("audit verify")


def main() -> int:
    """Play the demo in a folder that is removed afterwards (kept if METRICGOV_DEMO_DIR names one)."""
    kept = os.environ.get("METRICGOV_DEMO_DIR")
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="metricgov-demo-") as made:
        folder = Path(kept) if kept else Path(made) / "registry"
        folder.mkdir(parents=True, exist_ok=True)
        stage = Stage(folder, environment())
        try:
            play(stage)
        except Surprise as surprise:
            print(f"\nthe demo did not go as it should: {surprise}", file=sys.stderr)
            return 1
    seconds = (datetime.now(UTC) - began).total_seconds()
    print(f"\nThat was the whole way, in {seconds:.0f} s. Yours: metricgov init PATH, then metricgov edit NAME,")
    print("or the same on a screen: metricgov tui.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
