"""The tour: nine steps through a change on a copy of the starter registry; each moves on when it is done."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from rich.text import Text

from metricgov.desk.trying import READER
from metricgov.desk.windows import lives, window_here
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.errors import Undecidable

if TYPE_CHECKING:
    from metricgov_tui.app import GovApp

ROWS: Final = 3
"""Rows of the strip."""

EVERY: Final = 0.3
"""Seconds between two looks at whether a step is done."""


PREFIX: Final = "metricgov-tour-"
"""What the name of a copy's folder begins with."""

OWNER: Final = "window"
"""File beside a copy: the window that takes it away again. A copy without one stays."""

CLOSING: Final = tuple(getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name))
"""Signals of a terminal that is closed, and of a machine that goes down."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a step is told by: the screen in front, its view, what was pressed since the step began, and what came."""

    screen: str
    view: str = ""
    pressed: Counter[str] = field(default_factory=Counter)
    effect: bool = False
    breaking: bool = False
    approved: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What is said, at most in two rows of 80 columns, and when it is done."""

    says: tuple[str, str]
    done: Callable[[Seen], bool]


STEPS: Final = (
    Step(
        ("One change waits for you. j and k move to it.", "Enter opens it."),
        lambda seen: seen.screen == "Review",
    ),
    Step(
        ("≠ moves numbers, ~ is words, = is nothing.", "n walks the findings: press it twice."),
        lambda seen: seen.pressed["next_match"] >= 2 or seen.view == "effect",
    ),
    Step(
        (
            "l goes to the Effect: the same leads under both definitions.",
            "v computes it on made-up data; Ctrl-C stops.",
        ),
        lambda seen: seen.effect,
    ),
    Step(
        (
            "The numbers before you decide. Now a: read the sentence,",
            "and Enter. Nobody is enough alone: see what is missing.",
        ),
        lambda seen: seen.approved,
    ),
    Step(
        ("Propose one yourself: 2 is the registry, / searches.", "Type routing_speed, Enter, then e."),
        lambda seen: seen.screen == "Edit",
    ),
    Step(
        (
            "l goes to the text, i types in it: make '4' HOUR in the numerator",
            "'2' HOUR, and watch the top line turn BREAKING. u takes it back.",
        ),
        lambda seen: seen.screen == "Edit" and seen.breaking,
    ),
    Step(
        (
            "It names who will be asked. S submits, and with no reason given",
            "it is refused: what is missing is said. Then Esc: the draft is kept.",
        ),
        lambda seen: seen.screen == "RegistryPlace" and seen.pressed["submit"] > 0,
    ),
    Step(
        ("t is the timeline of a metric:", "which numbers may stand side by side, and where a break is."),
        lambda seen: seen.screen == "Timeline",
    ),
    Step(
        ("? shows the keys that work where you are,", ": finds everything by its name. Try one of them."),
        lambda seen: bool(seen.pressed["keys"] or seen.pressed["palette"]),
    ),
)
"""The way through; `says` is checked to fit."""

LAST: Final = (
    "That is all it takes. This copy is yours to play with:",
    "q leaves it, and it is deleted; : keep keeps it.",
)


class Tour:
    """Where somebody is on the way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keeps = False
        """Whether the copy stays when the tour is left."""
        self.at = 0
        self.ended = False
        self._pressed: Counter[str] = Counter()

    def press(self, action: str) -> None:
        """Count what was done by a key."""
        self._pressed[action] += 1

    def resume(self) -> None:
        """Go on where it was ended; from the beginning where nothing was left."""
        self.ended = False
        if self.at >= len(STEPS):
            self.at = 0
        self._pressed.clear()

    def keep(self) -> None:
        """Let the copy stay when the tour is left."""
        self.keeps = True
        (self.folder.parent / OWNER).unlink(missing_ok=True)

    def look(self, app: GovApp) -> bool:
        """Go on where the step is done; say whether there is something else to say now."""
        if self.ended or self.at >= len(STEPS):
            return False
        if not STEPS[self.at].done(self._seen(app)):
            return False
        self.at += 1
        self._pressed.clear()
        return True

    def _seen(self, app: GovApp) -> Seen:
        from metricgov_tui.screens.edit import Edit
        from metricgov_tui.screens.review import Review

        screen = app.screen
        name = type(screen).__name__
        if isinstance(screen, Review):
            mine = screen.change is not None and any(
                one.principal == READER and one.decision == "approve" for one in screen.change.decisions
            )
            return Seen(name, screen.view, self._pressed, effect=screen.effect is not None, approved=mine)
        if isinstance(screen, Edit):
            weighed = screen.draft.weighed if screen.draft else None
            breaking = weighed is not None and weighed.change_class == ChangeClass.BREAKING
            return Seen(name, "", self._pressed, breaking=breaking)
        return Seen(name, "", self._pressed)

    def rows(self) -> tuple[Text, ...]:
        """Return what the strip says."""
        if self.ended:
            return ()
        over = self.at >= len(STEPS)
        says = LAST if over else STEPS[self.at].says
        place = "tour done" if over else f"tour, step {self.at + 1} of {len(STEPS)}"
        head = Text.assemble((f" {place}, as {READER}, in a copy", "title"), ("   Esc in the inbox ends it", "dim"))
        return (head, *(Text(f"   {one}", style="text") for one in says))


def make(tell: Callable[[str], object]) -> Path:
    """Make the copy in a folder of its own, and say how far it is; Undecidable where it could not be made.

    What stops it, Ctrl-C or a terminal that is closed, takes away what was made.
    """
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    registry = folder / "starter"
    try:
        (folder / OWNER).write_text(window_here(), encoding="utf-8")
        said, code = _made(registry, tell)
    except BaseException:
        forget(registry)
        raise
    if code:
        forget(registry)
        why = said.splitlines()[-1] if said else "no reason was given"
        hint = "pip install 'metricgov[data]' brings what makes the data; metricgov doctor looks at the rest"
        raise Undecidable("no_tour", f"the copy for the tour could not be made: {why}", hint=hint)
    return registry


def _made(registry: Path, tell: Callable[[str], object]) -> tuple[str, int]:
    """Make the copy in a process; return what it said of errors and how it ended."""
    with subprocess.Popen(
        [sys.executable, "-m", "metricgov.desk.trying", str(registry)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as making:
        assert making.stdout is not None
        assert making.stderr is not None
        try:
            for line in making.stdout:
                done, _, rest = line.strip().partition(" ")
                total, _, what = rest.partition(" ")
                if what:
                    tell(f"{done}/{total} {what}")
            said = making.stderr.read().strip()
        except BaseException:
            making.kill()
            raise
    return said, making.returncode


def forget(registry: Path) -> None:
    """Take a copy away."""
    shutil.rmtree(registry.parent, ignore_errors=True)


def sweep() -> None:
    """Take the copies away whose window ended without doing so."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, UnicodeDecodeError):  # another one's, or just gone
            window = (folder / OWNER).read_text(encoding="utf-8")
            if not folder.is_symlink() and window and not lives(window):
                shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def leaving_nothing() -> Iterator[None]:
    """Let a signal that ends the program end it by an exception, so that what was begun is put away on the way out."""

    def leave(number: int, _frame: object) -> NoReturn:
        for one in CLOSING:
            signal.signal(one, signal.SIG_IGN)  # one is enough: the way out is not cut short
        raise SystemExit(128 + number)

    before = [(one, signal.signal(one, leave)) for one in CLOSING]
    try:
        yield
    finally:
        for one, handler in before:
            signal.signal(one, handler)
